package hdf5

import (
	"fmt"
	"math/bits"
	"slices"
)

// arrays visits all chunks in the order of their number, for the indexes that are arrays.
func (g *grid) arrays(total int64, visit func(chunk) error) error {
	lookup, err := g.lookup()
	if err != nil {
		return err
	}
	// The number of a chunk counts over the largest grid there can be, the endless dimension first.
	rank := len(g.counts)
	order := make([]int, rank)
	for k := range order {
		order[k] = k
	}
	most := make([]int64, rank)
	for k, n := range g.d.space.most {
		if n >= 0 {
			most[k] = max(0, n-1)/g.d.layout.chunk[k] + 1
			continue
		}
		if g.d.layout.index != indexExtensible || k > 0 && order[0] != 0 {
			return &Error{Object: g.d.o.name, Offset: -1, Msg: "an endless dimension more than its index of chunks can have"}
		}
		copy(order[1:k+1], order[:k])
		order[0] = k
	}
	at := make([]int64, rank)
	for i := range total {
		r := i
		for k := rank - 1; k >= 0; k-- {
			at[order[k]] = r % g.counts[order[k]]
			r /= g.counts[order[k]]
		}
		number := int64(0)
		for _, k := range order {
			if number > 0 && most[k] > (1<<62)/number {
				return &Error{Object: g.d.o.name, Offset: -1, Msg: fmt.Sprintf("a largest shape of %v has too many chunks", g.d.space.most)}
			}
			number = number*most[k] + at[k]
		}
		c, err := lookup(number)
		if err != nil {
			return err
		}
		c.at = slices.Clone(at)
		if err := visit(c); err != nil {
			return err
		}
	}
	return nil
}

// lookup reads the head of the index, and returns what finds a chunk by its number.
func (g *grid) lookup() (func(int64) (chunk, error), error) {
	switch g.d.layout.index {
	case indexFixed:
		return g.fixed()
	case indexExtensible:
		return g.extensible()
	}
	return func(i int64) (chunk, error) { // implicit: chunk after chunk
		return chunk{address: g.d.layout.address + uint64(i)*uint64(g.bytes), size: uint64(g.bytes)}, nil
	}, nil
}

// entry reads an element of an index of n bytes: an address and, of filtered chunks, size and mask.
func (g *grid) entry(c *cursor, n int, filtered bool) (chunk, error) {
	k := chunk{address: c.address(), size: uint64(g.bytes)}
	if filtered {
		k.size = c.uint(min(8, max(0, n-c.f.offsetSize-4)))
		k.mask = c.u32()
	}
	return k, c.err
}

// entrySize checks the size of an element against what it must hold.
func (g *grid) entrySize(c *cursor, client, n int) bool {
	want := c.f.offsetSize
	if client > 1 || client == 0 && n != want || client == 1 && (n < want+5 || n > want+12) {
		c.fail("elements of %d bytes for a client of type %d", n, client)
	}
	return client == 1
}

// fixed reads the head of a fixed array. Beyond 2^pages elements it is cut into pages.
func (g *grid) fixed() (func(int64) (chunk, error), error) {
	f := g.d.o.f
	c, err := f.read(g.d.layout.address, int64(8+f.lengthSize+f.offsetSize+4), "fixed array")
	if err != nil {
		return nil, err
	}
	c.signature("FAHD")
	c.version(0)
	client, size, pages := c.u8(), c.u8(), c.u8()
	count := c.length()
	block := c.address()
	c.checksum(0)
	filtered := g.entrySize(c, client, size)
	if c.err == nil && (pages > 30 || count < 1 || count > 1<<40) {
		c.fail("%d elements in pages of 2^%d", count, pages)
	}
	if c.err != nil {
		return nil, c.err
	}
	head := int64(6 + f.offsetSize)
	page := int64(1) << pages
	cut := count > page
	if cut {
		head += ((count-1)/page + 8) / 8 // which pages exist
	}
	n := head + 4
	if !cut {
		n += count * int64(size)
	}
	b, err := f.read(block, n, "fixed array")
	if err != nil {
		return nil, err
	}
	b.i = len(b.b) - 4
	b.checksum(0)
	b.i = 0
	b.signature("FADB")
	b.version(0)
	b.skip(1 + f.offsetSize)
	if b.err != nil {
		return nil, b.err
	}
	exists := b.b[b.i:]
	cache := pageCache{}
	return func(i int64) (chunk, error) {
		if i >= count {
			return chunk{}, c.fail("chunk %d of %d", i, count)
		}
		p := b
		at := int(head)
		if cut {
			if exists[i/page/8]>>(7-i/page%8)&1 == 0 {
				return chunk{address: undefined}, nil
			}
			n := min(page, count-i/page*page)
			if p, err = cache.get(f, block+uint64(head)+4+uint64(i/page*(page*int64(size)+4)), n*int64(size)); err != nil {
				return chunk{}, err
			}
			i, at = i%page, 0
		}
		e := *p
		e.i = at + int(i)*size
		return g.entry(&e, size, filtered)
	}, nil
}

// pageCache holds the page of an array that was read last.
type pageCache struct {
	at uint64
	c  *cursor
}

// get returns the page of n bytes at an address, which a checksum follows.
func (p *pageCache) get(f *File, at uint64, n int64) (*cursor, error) {
	if p.c != nil && p.at == at {
		return p.c, nil
	}
	c, err := f.read(at, n+4, "page of an array")
	if err != nil {
		return nil, err
	}
	c.i = int(n)
	c.checksum(0)
	p.at, p.c = at, c
	return c, c.err
}

// extensibleArray is an index that grows: some elements in the index block, then data blocks, whose length doubles every other time, the first few listed in the
// index block, the others in secondary blocks.
type extensibleArray struct {
	g                   *grid
	size                int
	filtered            bool
	maxBits             int
	inIndex             int64
	leastElements       int64
	page                int64
	index               *cursor
	dataAt, secondaryAt int // in the index block
	levels              int // how often the length of data blocks can change
	firstSecondary      int // level of the first secondary block
	address             uint64
	secondary, data     pageCache
	pages               pageCache
	blockOffset         int // bytes of an offset
}

func (g *grid) extensible() (func(int64) (chunk, error), error) {
	f := g.d.o.f
	c, err := f.read(g.d.layout.address, int64(12+6*f.lengthSize+f.offsetSize+4), "extensible array")
	if err != nil {
		return nil, err
	}
	a := &extensibleArray{g: g, address: g.d.layout.address}
	c.signature("EAHD")
	c.version(0)
	client := c.u8()
	a.size, a.maxBits, a.inIndex, a.leastElements = c.u8(), c.u8(), int64(c.u8()), int64(c.u8())
	leastPointers := c.u8()
	pageBits := c.u8()
	for range 6 {
		c.length()
	}
	block := c.address()
	c.checksum(0)
	a.filtered = g.entrySize(c, client, a.size)
	power := func(x int64) bool { return x > 0 && x&(x-1) == 0 }
	if c.err == nil && (a.maxBits < 1 || a.maxBits > 62 || !power(a.leastElements) || !power(int64(leastPointers)) || leastPointers < 2 || pageBits > 30) {
		c.fail("%d bits, %d elements, %d pointers, pages of 2^%d: want 1 to 62, powers of two, at least 2, and 30", a.maxBits, a.leastElements, leastPointers, pageBits)
	}
	if c.err != nil {
		return nil, c.err
	}
	if block == undefined {
		return func(int64) (chunk, error) { return chunk{address: undefined}, nil }, nil
	}
	a.page = 1 << pageBits
	a.blockOffset = (a.maxBits + 7) / 8
	a.firstSecondary = 2 * (bits.Len(uint(leastPointers)) - 1)
	a.levels = 1 + a.maxBits - (bits.Len64(uint64(a.leastElements)) - 1)
	a.dataAt = 6 + f.offsetSize + int(a.inIndex)*a.size
	a.secondaryAt = a.dataAt + 2*(leastPointers-1)*f.offsetSize
	n := a.secondaryAt + max(0, a.levels-a.firstSecondary)*f.offsetSize
	if a.index, err = f.read(block, int64(n)+4, "index block of an extensible array"); err != nil {
		return nil, err
	}
	a.index.i = n
	a.index.checksum(0)
	a.index.i = 0
	a.index.signature("EAIB")
	a.index.version(0)
	return a.find, a.index.err
}

// find returns element i.
func (a *extensibleArray) find(i int64) (chunk, error) {
	f := a.g.d.o.f
	head := 6 + f.offsetSize
	e := *a.index
	if i < a.inIndex {
		e.i = head + int(i)*a.size
		return a.g.entry(&e, a.size, a.filtered)
	}
	// Level u has 2^(u/2) data blocks of 2^((u+1)/2)·least elements; those below it hold (2^u-1)·least.
	i -= a.inIndex
	u := bits.Len64(uint64(i/a.leastElements+1)) - 1
	if u > 40 || u >= a.levels {
		return chunk{}, e.fail("element %d of an array of %d levels", i, a.levels)
	}
	i -= (1<<u - 1) * a.leastElements
	length := a.leastElements << ((u + 1) / 2)
	j := i / length
	i %= length
	exists, first := []byte(nil), int64(0)
	pages := (length-1)/a.page + 1
	bitmap := (pages + 7) / 8
	if u < a.firstSecondary {
		before := int64(1)<<(u/2) - 1
		before *= 2
		if u%2 == 1 {
			before += 1 << (u / 2)
		}
		e.i = a.dataAt + int(before+j)*f.offsetSize
	} else {
		e.i = a.secondaryAt + (u-a.firstSecondary)*f.offsetSize
		at := e.address()
		if e.err != nil || at == undefined {
			return chunk{address: undefined}, e.err
		}
		start := int64(head + a.blockOffset)
		maps := int64(0)
		if pages > 1 {
			maps = bitmap << (u / 2)
		}
		c, err := a.secondary.get(f, at, start+maps+int64(f.offsetSize)<<(u/2))
		if err != nil {
			return chunk{}, err
		}
		e = *c
		e.i = 0
		e.signature("EASB")
		e.i = int(start + maps + j*int64(f.offsetSize))
		if pages > 1 {
			exists, first = c.b[start:start+maps], j*pages
		}
	}
	at := e.address()
	if e.err != nil || at == undefined {
		return chunk{address: undefined}, e.err
	}
	return a.element(at, i, length, exists, first)
}

// element returns element i of the data block of that length at an address. Its pages have the bits of exists from first on.
func (a *extensibleArray) element(at uint64, i, length int64, exists []byte, first int64) (chunk, error) {
	f := a.g.d.o.f
	start := int64(6 + f.offsetSize + a.blockOffset)
	if length > a.page {
		p := i / a.page
		if exists == nil {
			return chunk{}, a.index.fail("a data block of %d elements in the index: want at most a page of %d", length, a.page)
		}
		if q := first + p; exists[q/8]>>(7-q%8)&1 == 0 {
			return chunk{address: undefined}, nil
		}
		c, err := a.pages.get(f, at+uint64(start)+4+uint64(p*(a.page*int64(a.size)+4)), a.page*int64(a.size))
		if err != nil {
			return chunk{}, err
		}
		e := *c
		e.i = int(i%a.page) * a.size
		return a.g.entry(&e, a.size, a.filtered)
	}
	c, err := a.data.get(f, at, start+length*int64(a.size))
	if err != nil {
		return chunk{}, err
	}
	e := *c
	e.i = 0
	e.signature("EADB")
	e.i = int(start + i*int64(a.size))
	return a.g.entry(&e, a.size, a.filtered)
}

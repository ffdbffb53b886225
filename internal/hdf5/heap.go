package hdf5

import (
	"fmt"
	"math/bits"
)

// fractalHeap is the heap of dense links and attributes. Its managed objects lie in blocks of a doubling table: rows of `width` blocks
// of equal size, which doubles from the second row on; blocks beyond the largest direct size are tables themselves.
type fractalHeap struct {
	f                   *File
	address             uint64
	idLength            int
	offsetSize, lenSize int // of the fields of an identifier
	checksums           bool
	huge                uint64 // index of objects too large for a block
	width, start, most  int64
	root                uint64
	rows                int
	blocks              map[uint64]*cursor // direct blocks and tables already read
}

// fractalHeap reads the header of a heap.
func (f *File) fractalHeap(address uint64) (*fractalHeap, error) {
	n := int64(5+2+2+1+4) + int64(12*f.lengthSize) + int64(3*f.offsetSize) + 2 + 2 + 2 + 2 + 4
	c, err := f.read(address, n, "fractal heap")
	if err != nil {
		return nil, err
	}
	h := &fractalHeap{f: f, address: address, blocks: map[uint64]*cursor{}}
	c.signature("FRHP")
	c.version(0)
	h.idLength = c.u16()
	if filters := c.u16(); c.err == nil && filters != 0 {
		c.fail("a filtered heap: this is not supported")
	}
	h.checksums = c.u8()&2 != 0
	mostManaged := int64(c.u32())
	c.length() // next huge
	h.huge = c.address()
	c.length()  // free space
	c.address() // its manager
	for range 8 {
		c.length() // space and numbers of managed, huge and tiny objects
	}
	h.width = int64(c.u16())
	h.start, h.most = c.length(), c.length()
	heapBits := c.u16()
	c.skip(2)
	h.root = c.address()
	h.rows = c.u16()
	c.checksum(0)
	power := func(x int64) bool { return x > 0 && x&(x-1) == 0 }
	switch {
	case c.err != nil:
	case !power(h.width) || !power(h.start) || !power(h.most) || h.start > h.most || h.most > 1<<32 || h.width > 1<<12:
		c.fail("blocks of %d to %d bytes in rows of %d: want powers of two", h.start, h.most, h.width)
	case heapBits < 1 || heapBits > 62:
		c.fail("offsets of %d bits: want 1 to 62", heapBits)
	case h.rows+bits.Len64(uint64(h.start*h.width)) > 60:
		c.fail("%d rows of blocks: offsets would have more than 60 bits", h.rows)
	}
	if c.err != nil {
		return nil, c.err
	}
	h.offsetSize = (heapBits + 7) / 8
	h.lenSize = min(bytesFor(uint64(mostManaged)), (bits.Len64(uint64(h.most))-1+7)/8)
	return h, nil
}

// bytesFor returns how many bytes a number up to x takes.
func bytesFor(x uint64) int { return max(1, (bits.Len64(x)+7)/8) }

// object returns the object whose identifier comes next.
func (h *fractalHeap) object(c *cursor) (*cursor, error) {
	id := c.sub(h.idLength, "identifier of a heap object")
	flags := id.u8()
	if id.err != nil {
		return nil, id.err
	}
	switch kind := flags >> 4 & 3; {
	case flags>>6 != 0:
		return nil, id.fail("version %d: want 0", flags>>6)
	case kind == 0:
		offset, n := int64(id.uint(h.offsetSize)), int64(id.uint(h.lenSize))
		if id.err != nil {
			return nil, id.err
		}
		return h.managed(offset, n)
	case kind == 1:
		return h.hugeObject(id)
	case kind == 2:
		n := flags&15 + 1
		if h.idLength > 18 {
			n = (flags&15<<8 | id.u8()) + 1
		}
		return id.sub(n, "heap object"), id.err
	}
	return nil, id.fail("an object of type %d: want 0 to 2", flags>>4&3)
}

// managed returns the n bytes at an offset of the heap.
func (h *fractalHeap) managed(offset, n int64) (*cursor, error) {
	at, size, first, err := h.find(offset)
	if err != nil {
		return nil, err
	}
	b := h.blocks[at]
	if b == nil {
		if b, err = h.direct(at, size, first); err != nil {
			return nil, err
		}
		h.blocks[at] = b
	}
	c := &cursor{f: h.f, b: b.b, at: b.at, what: "heap object"}
	c.skip(int(offset - first))
	return c.sub(int(min(n, size+1)), "heap object"), c.err
}

// find returns the address and size of the direct block that holds an offset, and the offset where it begins.
func (h *fractalHeap) find(offset int64) (at uint64, size, first int64, err error) {
	at, size, rows := h.root, h.start, h.rows
	for range mostDepth {
		if rows == 0 {
			return at, size, first, nil
		}
		row, rowStart := 0, int64(0)
		size = h.start
		for offset-first >= rowStart+h.width*size {
			rowStart += h.width * size
			if row++; row > 1 {
				size *= 2
			}
			if row >= rows {
				return 0, 0, 0, &Error{Object: h.f.object, Offset: -1, Msg: "fractal heap: an object beyond the last block"}
			}
		}
		column := (offset - first - rowStart) / size
		child, err := h.child(at, rows, int64(row)*h.width+column, first)
		if err != nil {
			return 0, 0, 0, err
		}
		at, first = child, first+rowStart+column*size
		rows = 0
		if size > h.most { // a table: its rows fill its size
			rows = bits.Len64(uint64(size)) - bits.Len64(uint64(h.start*h.width)) + 1
		}
	}
	return 0, 0, 0, &Error{Object: h.f.object, Offset: -1, Msg: "fractal heap: tables within tables"}
}

// child returns entry i of an indirect block.
func (h *fractalHeap) child(at uint64, rows int, i, first int64) (uint64, error) {
	head := 5 + h.f.offsetSize + h.offsetSize
	entries := int64(rows) * h.width
	b := h.blocks[at]
	if b == nil {
		var err error
		if b, err = h.f.read(at, int64(head)+entries*int64(h.f.offsetSize)+4, "table of a fractal heap"); err != nil {
			return 0, err
		}
		h.head(b, "FHIB", first)
		b.i = len(b.b) - 4
		b.checksum(0)
		if b.err != nil {
			return 0, b.err
		}
		h.blocks[at] = b
	}
	c := *b
	c.i = head + int(i)*h.f.offsetSize
	if i >= entries || c.i > len(c.b)-4-h.f.offsetSize {
		return 0, c.fail("entry %d of %d", i, entries)
	}
	return c.address(), c.err
}

// head reads what direct and indirect blocks begin with.
func (h *fractalHeap) head(c *cursor, signature string, first int64) {
	c.signature(signature)
	c.version(0)
	owner, offset := c.address(), int64(c.uint(h.offsetSize))
	if c.err == nil && (owner != h.address || offset != first) {
		c.fail("belongs to the heap at %#x from its byte %d: want %#x and %d", owner, offset, h.address, first)
	}
}

// direct reads a direct block whole: offsets count its head.
func (h *fractalHeap) direct(at uint64, size, first int64) (*cursor, error) {
	c, err := h.f.read(at, size, "block of a fractal heap")
	if err != nil {
		return nil, err
	}
	h.head(c, "FHDB", first)
	if h.checksums {
		at := c.i
		want := c.u32()
		if c.err == nil {
			clear(c.b[at:c.i])
			if got := lookup3(c.b); got != want && !h.f.unchecked {
				return nil, c.fail("checksum %08x, computed %08x: the file is damaged", want, got)
			}
		}
	}
	return c, c.err
}

// hugeObject returns an object outside of the blocks: the identifier holds its place, or a number under which the index has it.
func (h *fractalHeap) hugeObject(id *cursor) (*cursor, error) {
	if h.idLength-1 >= h.f.offsetSize+h.f.lengthSize {
		at, n := id.address(), id.length()
		if id.err != nil {
			return nil, id.err
		}
		return h.f.read(at, n, "heap object")
	}
	want := id.uint(min(h.idLength-1, 8))
	if id.err != nil {
		return nil, id.err
	}
	var found *cursor
	err := h.f.records(h.huge, func(kind int, c *cursor) error {
		if kind != 1 {
			return c.fail("records of type %d: want 1, huge objects", kind)
		}
		at, n, number := c.address(), c.length(), c.uint(h.f.lengthSize)
		if c.err != nil || number != want || found != nil {
			return c.err
		}
		var err error
		found, err = h.f.read(at, n, "heap object")
		return err
	})
	if err == nil && found == nil {
		err = id.fail("the heap has no object %d", want)
	}
	return found, err
}

// globalObject returns an object of a global heap, where strings of variable length lie. A heap is read once in an operation.
func (f *File) globalObject(address uint64, index int) ([]byte, error) {
	objects, ok := f.heaps[address]
	if !ok {
		var err error
		if objects, err = f.globalHeap(address); err != nil {
			return nil, err
		}
		f.heaps[address] = objects
	}
	b, ok := objects[index]
	if !ok {
		return nil, &Error{Object: f.object, Offset: f.base + int64(address), Msg: fmt.Sprintf("global heap: there is no object %d", index)}
	}
	return b, nil
}

// globalHeap reads the objects of a global heap by their numbers.
func (f *File) globalHeap(address uint64) (map[int][]byte, error) {
	c, err := f.read(address, int64(8+f.lengthSize), "global heap")
	if err != nil {
		return nil, err
	}
	c.signature("GCOL")
	c.version(1)
	c.skip(3)
	n := c.length()
	if c.err != nil {
		return nil, c.err
	}
	if c, err = f.read(address, n, "global heap"); err != nil {
		return nil, err
	}
	c.skip(8 + f.lengthSize)
	objects := map[int][]byte{}
	for c.left() >= 8+f.lengthSize {
		i := c.u16()
		c.skip(6)
		n := c.length()
		if i == 0 { // free space: the end
			break
		}
		if n > int64(c.left()) {
			return nil, c.fail("object %d of %d bytes, %d are left", i, n, c.left())
		}
		objects[i] = c.bytes(int(n))
		c.skip(min(c.left(), int(-n&7)))
	}
	return objects, c.err
}

package hdf5

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"
)

// The kinds of layouts.
const (
	compact    = 0
	contiguous = 1
	chunked    = 2
)

// The indexes of chunks. The numbers are those of layout version 4; indexOldTree is that of the older versions.
const (
	indexOldTree    = 0
	indexSingle     = 1
	indexImplicit   = 2
	indexFixed      = 3
	indexExtensible = 4
	indexTree       = 5
)

// layout says where the data of a dataset lies.
type layout struct {
	kind    int
	data    []byte // compact
	address uint64 // of the data or of the index of the chunks
	chunk   []int64
	index   int
	wholly  bool   // chunks across the edge of the data are not filtered
	single  uint64 // bytes of a single filtered chunk
	mask    uint32 // its filter mask
	pages   int    // bits of the page size of an array
	array   extensible
}

// extensible are the parameters of an extensible array.
type extensible struct{ maxBits, inIndex, leastPointers, leastElements, pageBits int }

// readLayout reads a layout message.
func (d *Dataset) readLayout(c *cursor) error {
	l := &d.layout
	version := c.version(1, 2, 3, 4)
	if version >= 3 {
		l.kind = c.u8()
		switch l.kind {
		case compact:
			l.data = c.bytes(c.u16())
		case contiguous:
			l.address = c.address()
			c.length()
		case chunked:
			if version == 4 {
				d.newChunks(c)
			} else {
				rank := c.u8()
				l.address = c.address()
				d.chunkShape(c, rank, 4)
			}
		default:
			c.fail("a layout of class %d: this is not supported (3 is a virtual dataset)", l.kind)
		}
		return c.err
	}
	rank := c.u8()
	l.kind = c.u8()
	c.skip(5)
	if l.kind != compact {
		l.address = c.address()
	}
	switch l.kind {
	case compact, contiguous:
		c.skip(4 * rank)
		if l.kind == compact {
			l.data = c.bytes(int(c.u32()))
		}
	case chunked:
		d.chunkShape(c, rank, 4)
	default:
		c.fail("a layout of class %d: want 0 to 2", l.kind)
	}
	return c.err
}

// chunkShape reads the shape of a chunk: one more dimension than the data, which is the bytes of an element.
func (d *Dataset) chunkShape(c *cursor, rank, width int) {
	if c.err == nil && (rank != len(d.space.shape)+1 || rank < 2) {
		c.fail("chunks of %d dimensions: want %d", rank-1, len(d.space.shape))
	}
	if c.err != nil {
		return
	}
	most := d.o.f.mostElements(d.Type.Size)
	n := int64(1)
	for range rank - 1 {
		x := int64(c.uint(width))
		if c.err == nil && (x < 1 || x > most/n) {
			c.fail("a chunk has more than %d elements, or none", most)
		}
		if c.err != nil {
			return
		}
		n *= x
		d.layout.chunk = append(d.layout.chunk, x)
	}
	if size := int64(c.uint(width)); c.err == nil && size != int64(d.Type.Size) {
		c.fail("elements of %d bytes: want %d", size, d.Type.Size)
	}
}

// newChunks reads the layout of chunks of version 4.
func (d *Dataset) newChunks(c *cursor) {
	const notEdges, filteredSingle = 1, 2
	l := &d.layout
	flags := c.u8()
	l.wholly = flags&notEdges != 0
	rank := c.u8()
	width := c.u8()
	if c.err == nil && (width < 1 || width > 8) {
		c.fail("sizes of %d bytes: want 1 to 8", width)
	}
	d.chunkShape(c, rank, width)
	l.index = c.u8()
	switch l.index {
	case indexSingle:
		if flags&filteredSingle != 0 {
			l.single = c.uint(c.f.lengthSize)
			l.mask = c.u32()
		}
	case indexImplicit:
	case indexFixed:
		l.pages = c.u8()
	case indexExtensible:
		l.array = extensible{c.u8(), c.u8(), c.u8(), c.u8(), c.u8()}
	case indexTree:
		c.skip(6)
	default:
		c.fail("chunk index %d: want 1 to 5", l.index)
	}
	l.address = c.address()
}

// filter is one step that was applied to chunks when they were written.
type filter struct {
	id     int
	name   string
	values []uint32
}

// The filters we know.
const (
	filterDeflate  = 1
	filterShuffle  = 2
	filterFletcher = 3
)

// filters reads a filter message, and refuses filters that we do not know.
func (f *File) filters(c *cursor) ([]filter, error) {
	version := c.version(1, 2)
	count := c.u8()
	if version == 1 {
		c.skip(6)
	}
	if c.err == nil && count > 32 {
		c.fail("%d filters: want at most 32", count)
	}
	var list []filter
	for range count {
		x := filter{id: c.u16()}
		name := 0
		if version == 1 || x.id >= 256 {
			name = c.u16()
		}
		c.skip(2) // flags
		values := c.u16()
		if version == 1 {
			name = (name + 7) &^ 7
		}
		x.name = text(c.bytes(name))
		for range values {
			if c.err != nil {
				return nil, c.err
			}
			x.values = append(x.values, c.u32())
		}
		if version == 1 && values%2 == 1 {
			c.skip(4)
		}
		if c.err != nil {
			return nil, c.err
		}
		if x.id < filterDeflate || x.id > filterFletcher {
			return nil, c.fail("filter %d %q: want deflate (1), shuffle (2) or fletcher32 (3)", x.id, x.name)
		}
		for _, other := range list {
			if other.id == x.id {
				return nil, c.fail("filter %d is applied twice", x.id)
			}
		}
		list = append(list, x)
	}
	return list, c.err
}

// unfilter undoes the filters on a chunk of which size bytes are to remain.
func (d *Dataset) unfilter(c *cursor, mask uint32, size int64) ([]byte, error) {
	b := c.b
	for i := len(d.filters) - 1; i >= 0; i-- {
		if mask>>i&1 != 0 {
			continue
		}
		switch d.filters[i].id {
		case filterFletcher:
			if len(b) < 4 {
				return nil, c.fail("%d bytes have no checksum", len(b))
			}
			want := binary.LittleEndian.Uint32(b[len(b)-4:])
			b = b[:len(b)-4]
			if got := fletcher32(b); got != want && !c.f.unchecked {
				return nil, c.fail("checksum %08x, computed %08x: the file is damaged", want, got)
			}
		case filterDeflate:
			z, err := zlib.NewReader(bytes.NewReader(b))
			if err != nil {
				return nil, c.fail("deflated data: %v", err)
			}
			out := make([]byte, size+5) // a checksum may follow, and one byte would be too many
			n := 0
			for err == nil && n < len(out) {
				k := 0
				k, err = z.Read(out[n:])
				n += k
			}
			switch {
			case n == len(out):
				return nil, c.fail("deflated data of more than %d bytes", size)
			case err != io.EOF:
				return nil, c.fail("deflated data: %v", err)
			}
			b = out[:n]
		case filterShuffle:
			b = unshuffle(b, d.Type.Size)
		}
	}
	if int64(len(b)) != size {
		return nil, c.fail("a chunk of %d bytes: want %d", len(b), size)
	}
	return b, nil
}

// unshuffle puts the bytes of each element together again: shuffled, all first bytes come first. What is left of an element stays at the end.
func unshuffle(b []byte, size int) []byte {
	n := len(b) / size
	out := make([]byte, len(b))
	for k := range size {
		for i, x := range b[k*n : (k+1)*n] {
			out[i*size+k] = x
		}
	}
	copy(out[n*size:], b[n*size:])
	return out
}

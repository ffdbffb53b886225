package hdf5

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"math"
	"unicode/utf8"
)

// buffer is a piece of a file that grows.
type buffer struct{ b []byte }

func (b *buffer) u8(list ...int) {
	for _, x := range list {
		b.b = append(b.b, byte(x))
	}
}

func (b *buffer) u16(list ...int) {
	for _, x := range list {
		b.b = binary.LittleEndian.AppendUint16(b.b, uint16(x))
	}
}

func (b *buffer) u32(list ...uint32) {
	for _, x := range list {
		b.b = binary.LittleEndian.AppendUint32(b.b, x)
	}
}

func (b *buffer) u64(list ...uint64) {
	for _, x := range list {
		b.b = binary.LittleEndian.AppendUint64(b.b, x)
	}
}

func (b *buffer) float(x float64) { b.u64(math.Float64bits(x)) }
func (b *buffer) text(s string)   { b.b = append(b.b, s...) }

// align appends zeros up to a multiple of 8.
func (b *buffer) align() {
	for len(b.b)%8 != 0 {
		b.b = append(b.b, 0)
	}
}

// header is an object header of version 2 in the making; messages carry their number.
type header struct {
	buffer
	order int
}

// message appends a message.
func (h *header) message(kind int, body []byte) {
	h.u8(kind)
	h.u16(len(body))
	h.u8(0)
	order := 0
	if kind == msgAttribute {
		order = h.order
		h.order++
	}
	h.u16(order)
	h.b = append(h.b, body...)
}

// finish returns the whole header.
func (h *header) finish() []byte {
	const sizeOf4, ordered = 2, 4
	b := &buffer{}
	b.text("OHDR")
	b.u8(2, sizeOf4|ordered)
	b.u32(uint32(len(h.b)))
	b.b = append(b.b, h.b...)
	b.u32(lookup3(b.b))
	return b.b
}

// root returns the header of the root group.
func (x *writer) root() []byte {
	h := &header{}
	info := &buffer{}
	info.u8(0, 1) // the order is tracked
	info.u64(uint64(len(x.list)), x.linksAt[0], x.linksAt[1])
	h.message(msgLinkInfo, info.b)
	if x.attributes() == nil {
		for _, a := range x.c.Attributes {
			h.message(msgAttribute, textAttribute(a))
		}
		return h.finish()
	}
	more := &buffer{}
	more.u8(0, 1) // the order is tracked
	more.u16(len(x.c.Attributes))
	more.u64(x.attributesAt[0], x.attributesAt[1])
	h.message(msgAttributes, more.b)
	return h.finish()
}

func (e *entry) name() string {
	if e.dimension != nil {
		return e.dimension.Name
	}
	return e.variable.Name
}

// typeFloat64, typeFloat32, typeReference and typeInt32 are type messages: little-endian IEEE double, big-endian single (which netCDF takes for dimensions), object
// reference, and little-endian integer.
var (
	typeFloat64   = []byte{0x11, 0x20, 0x3f, 0, 8, 0, 0, 0, 0, 0, 64, 0, 52, 11, 0, 52, 0xff, 3, 0, 0}
	typeFloat32   = []byte{0x11, 0x21, 0x1f, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0}
	typeReference = []byte{0x17, 0, 0, 0, 8, 0, 0, 0}
	typeInt32     = []byte{0x10, 8, 0, 0, 4, 0, 0, 0, 0, 0, 32, 0}
)

// shapeMessage is a dataspace.
func shapeMessage(shape []int) []byte {
	b := &buffer{}
	kind := 1
	if len(shape) == 0 {
		kind = 0
	}
	b.u8(2, len(shape), 0, kind)
	for _, n := range shape {
		b.u64(uint64(n))
	}
	return b.b
}

// attributeMessage is an attribute of version 3.
func attributeMessage(name string, kind, shape, data []byte) []byte {
	b := &buffer{}
	b.u8(3, 0)
	b.u16(len(name)+1, len(kind), len(shape))
	set := 0
	if !ascii(name) {
		set = 1 // UTF-8
	}
	b.u8(set)
	b.text(name)
	b.u8(0)
	for _, part := range [][]byte{kind, shape, data} {
		b.b = append(b.b, part...)
	}
	return b.b
}

// textAttribute is text of fixed length, at least a zero byte: libmysofa does not know attributes without an element.
func textAttribute(a TextAttribute) []byte {
	if a.Text == "" {
		a.Text = "\x00"
	}
	kind := &buffer{}
	set := 0
	if !ascii(a.Text) && utf8.ValidString(a.Text) {
		set = 0x10
	}
	kind.u8(0x13, set, 0, 0)
	kind.u32(uint32(len(a.Text)))
	return attributeMessage(a.Name, kind.b, shapeMessage(nil), []byte(a.Text))
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// object returns the header of a dimension or a variable.
func (x *writer) object(e *entry) []byte {
	const late, grows, ifSet = 2, 3, 2 << 2
	h := &header{}
	h.message(msgDataspace, shapeMessage(x.shape(e)))
	kind, size := typeFloat64, 8
	if e.dimension != nil {
		kind, size = typeFloat32, 4
	}
	h.message(msgDatatype, kind)
	layout, fill := &buffer{}, []byte{3, late | ifSet}
	n := size
	for _, d := range x.shape(e) {
		n *= d
	}
	switch {
	case e.dimension != nil:
		layout.u8(3, contiguous)
		layout.u64(undefined, uint64(n))
	case e.chunks == nil:
		layout.u8(3, contiguous)
		layout.u64(e.data, uint64(n))
	default:
		fill[1] = grows | ifSet
		shape := x.shape(e)
		layout.u8(3, chunked, len(shape)+1)
		layout.u64(e.data)
		layout.u32(uint32(e.rows))
		for _, d := range shape[1:] {
			layout.u32(uint32(d))
		}
		layout.u32(uint32(size))
		filters := &buffer{}
		filters.u8(2, 2)
		filters.u16(filterShuffle, 0, 1)
		filters.u32(uint32(size))
		filters.u16(filterDeflate, 0, 1)
		filters.u32(zlib.BestCompression)
		h.message(msgFilters, filters.b)
	}
	h.message(msgFill, fill)
	h.message(msgLayout, layout.b)
	if e.dimension != nil {
		x.scale(h, e)
	} else {
		x.dimensionList(h, e)
		for _, a := range e.variable.Attributes {
			h.message(msgAttribute, textAttribute(a))
		}
	}
	return h.finish()
}

// scale appends the attributes of a dimension scale, in the words of netCDF.
func (x *writer) scale(h *header, e *entry) {
	// The library knows scales by texts with a zero byte at their end.
	h.message(msgAttribute, textAttribute(TextAttribute{"CLASS", "DIMENSION_SCALE\x00"}))
	h.message(msgAttribute, textAttribute(TextAttribute{"NAME", fmt.Sprintf("This is a netCDF dimension but not a netCDF variable.%10d\x00", e.dimension.Length)}))
	if len(e.refs) == 0 {
		return
	}
	kind, data := &buffer{}, &buffer{}
	kind.u8(0x36, 2, 0, 0) // a compound of two
	kind.u32(12)
	kind.text("dataset\x00")
	kind.u8(0)
	kind.b = append(kind.b, typeReference...)
	kind.text("dimension\x00")
	kind.u8(8)
	kind.b = append(kind.b, typeInt32...)
	for _, r := range e.refs {
		data.u64(r.to.header)
		data.u32(uint32(r.place))
	}
	h.message(msgAttribute, attributeMessage("REFERENCE_LIST", kind.b, shapeMessage([]int{len(e.refs)}), data.b))
}

// dimensionList appends the references of a variable to its dimensions: lists of one, which lie in the global heap.
func (x *writer) dimensionList(h *header, e *entry) {
	n := len(e.variable.Dimensions)
	if n == 0 {
		return
	}
	kind, data := &buffer{}, &buffer{}
	kind.u8(0x19, 0, 0, 0)
	kind.u32(16)
	kind.b = append(kind.b, typeReference...)
	for _, d := range e.variable.Dimensions {
		data.u32(1)
		data.u64(x.heap)
		data.u32(uint32(x.names[d].heapIndex))
	}
	h.message(msgAttribute, attributeMessage("DIMENSION_LIST", kind.b, shapeMessage([]int{n}), data.b))
}

// references returns the global heap: one reference for each dimension, then free space to the 4,096 bytes that a heap has at least.
func (x *writer) references() []byte {
	const least = 4096
	b := &buffer{}
	b.text("GCOL")
	b.u8(1, 0, 0, 0)
	b.u64(least)
	for i := range x.c.Dimensions {
		b.u16(i+1, 1)
		b.u32(0)
		b.u64(8, x.list[i].header)
	}
	free := least - len(b.b)
	b.u16(0, 0)
	b.u32(0)
	b.u64(uint64(free))
	return append(b.b, make([]byte, least-len(b.b))...)
}

// treeRank is K of a B-tree of chunks, the value of files that do not state it: a node has room for twice as many.
const treeRank = 32

// deflate cuts the data along its first dimension into at most 2K chunks, and compresses each.
func (e *entry) deflate(shape []int) {
	rowSize := 8
	for _, d := range shape[1:] {
		rowSize *= d
	}
	const good = 1 << 18 // bytes
	e.rows = min(shape[0], max(1, good/rowSize, (shape[0]+2*treeRank-1)/(2*treeRank)))
	for first := 0; first < shape[0]; first += e.rows {
		raw := make([]byte, e.rows*rowSize) // rows beyond the end are zero
		n := e.rows * rowSize / 8
		for i := range min(n, len(e.variable.Data)-first*rowSize/8) {
			bits := math.Float64bits(e.variable.Data[first*rowSize/8+i])
			for k := range 8 {
				raw[k*n+i] = byte(bits >> (8 * k))
			}
		}
		var out bytes.Buffer
		z, err := zlib.NewWriterLevel(&out, zlib.BestCompression)
		if err == nil {
			_, err = z.Write(raw)
		}
		if err == nil {
			err = z.Close()
		}
		if err != nil {
			panic("hdf5: a buffer refuses bytes")
		}
		e.chunks = append(e.chunks, out.Bytes())
	}
}

// chunkTree returns the index of the chunks: a B-tree of one node.
func (x *writer) chunkTree(e *entry) []byte {
	shape := x.shape(e)
	b := &buffer{}
	b.text("TREE")
	b.u8(1, 0)
	b.u16(len(e.chunks))
	b.u64(undefined, undefined)
	for i, c := range e.chunks {
		b.u32(uint32(len(c)), 0)
		b.u64(uint64(i * e.rows))
		for range shape { // the other dimensions, and that of the bytes
			b.u64(0)
		}
		b.u64(e.places[i])
	}
	// The last key is one chunk further in every dimension: some readers know the end by it.
	b.u32(0, 0)
	b.u64(uint64(len(e.chunks) * e.rows))
	for _, d := range shape[1:] {
		b.u64(uint64(d))
	}
	b.u64(8)
	keySize := 8 + 8*(len(shape)+1)
	full := 24 + 2*treeRank*8 + (2*treeRank+1)*keySize
	return append(b.b, make([]byte, full-len(b.b))...)
}

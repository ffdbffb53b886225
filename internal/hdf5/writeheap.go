package hdf5

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

// Links, and the attributes of the file, are written as netCDF-4 has them, in a fractal heap with a B-tree of their names: some readers of SOFA files,
// libmysofa among them, know no others. The heap has one block, the tree one node.
const (
	heapManaged   = 4096    // longest object
	heapDirect    = 1 << 16 // longest block
	heapWidth     = 4
	leastHeap     = 512
	leastNode     = 512
	longestMember = 255 // bytes of the name of a link
)

// dense is a heap of named objects of a kind.
type dense struct {
	kind     int // of the records of its tree
	heapBits int // of an offset
	list     []member
	end      int // of the objects in the block
}

// member is an object of a heap; order is its place in the order given.
type member struct {
	name          string
	order, offset int
	body          []byte
}

// The kinds of records.
const (
	linksByName      = 5
	attributesByName = 8
)

// newDense makes an empty heap with the sizes that the library has for the kind.
func newDense(kind int) *dense {
	d := &dense{kind: kind, heapBits: 32}
	if kind == attributesByName {
		d.heapBits = 40
	}
	d.end = d.head()
	return d
}

// head returns the bytes before the objects of the block.
func (d *dense) head() int { return 5 + 8 + d.heapBits/8 + 4 }

// idLength returns the bytes of an identifier: kind, offset, length.
func (d *dense) idLength() int { return 1 + d.heapBits/8 + 2 }

// add appends an object.
func (d *dense) add(name string, body []byte) {
	d.list = append(d.list, member{name, len(d.list), d.end, body})
	d.end += len(body)
}

// powerOfTwo returns the least power of two that is not below n, nor below least.
func powerOfTwo(n, least int) int { return max(least, 1<<bits.Len(uint(n-1))) }

// heap returns the heap: its head at an address, and its block after that.
func (d *dense) heap(at uint64) ([]byte, error) {
	size := powerOfTwo(d.end, leastHeap)
	if size > heapDirect {
		return nil, fmt.Errorf("hdf5: names, or attributes, take %d bytes: want at most %d", d.end, heapDirect)
	}
	b := &buffer{}
	b.text("FRHP")
	b.u8(0)
	b.u16(d.idLength(), 0)
	b.u8(2) // blocks have checksums
	b.u32(heapManaged)
	b.u64(0, undefined, uint64(size-d.end), undefined, uint64(size), uint64(size), 0, uint64(len(d.list)), 0, 0, 0, 0)
	b.u16(heapWidth)
	b.u64(uint64(size), heapDirect)
	b.u16(d.heapBits, 1)
	head := len(b.b) + 8 + 2 + 4
	b.u64(at + uint64(head))
	b.u16(0)
	b.u32(lookup3(b.b))

	block := &buffer{}
	block.text("FHDB")
	block.u8(0)
	block.u64(at)
	block.b = append(block.b, make([]byte, d.heapBits/8+4)...) // its offset, and room for the checksum
	for _, m := range d.list {
		block.b = append(block.b, m.body...)
	}
	block.b = append(block.b, make([]byte, size-d.end)...)
	sum := &buffer{}
	sum.u32(lookup3(block.b))
	copy(block.b[d.head()-4:], sum.b)
	return append(b.b, block.b...), nil
}

// index returns the tree: its head at an address, and its node after that. Records are ordered by the hash of the name.
func (d *dense) index(at uint64) []byte {
	record := d.idLength() + 4
	if d.kind == attributesByName {
		record += 1 + 4
	}
	list := slices.Clone(d.list)
	slices.SortFunc(list, func(a, b member) int {
		if x, y := lookup3([]byte(a.name)), lookup3([]byte(b.name)); x != y {
			if x < y {
				return -1
			}
			return 1
		}
		return strings.Compare(a.name, b.name)
	})
	size := powerOfTwo(10+len(list)*record, leastNode)
	b := &buffer{}
	b.text("BTHD")
	b.u8(0, d.kind)
	b.u32(uint32(size))
	b.u16(record, 0)
	b.u8(100, 40) // percentages for splitting and merging, as the library has them
	head := len(b.b) + 8 + 2 + 8 + 4
	b.u64(at + uint64(head))
	b.u16(len(list))
	b.u64(uint64(len(list)))
	b.u32(lookup3(b.b))

	n := &buffer{}
	n.text("BTLF")
	n.u8(0, d.kind)
	for _, m := range list {
		id := &buffer{}
		id.u8(0)
		id.u32(uint32(m.offset))
		id.b = append(id.b, make([]byte, d.heapBits/8-4)...)
		id.u16(len(m.body))
		if d.kind == linksByName {
			n.u32(lookup3([]byte(m.name)))
			n.b = append(n.b, id.b...)
			continue
		}
		n.b = append(n.b, id.b...)
		n.u8(0)
		n.u32(uint32(m.order), lookup3([]byte(m.name)))
	}
	n.u32(lookup3(n.b))
	return append(append(b.b, n.b...), make([]byte, size-len(n.b))...)
}

// links returns the links of the root group.
func (x *writer) links() *dense {
	d := newDense(linksByName)
	for i, e := range x.list {
		const ordered = 4
		b := &buffer{}
		b.u8(1, ordered)
		b.u64(uint64(i))
		b.u8(len(e.name()))
		b.text(e.name())
		b.u64(e.header)
		d.add(e.name(), b.b)
	}
	return d
}

// attributes returns the attributes of the file; nil if they do not fit into the block of a heap, or are none.
func (x *writer) attributes() *dense {
	d := newDense(attributesByName)
	for _, a := range x.c.Attributes {
		body := textAttribute(a)
		if len(body) > heapManaged {
			return nil
		}
		d.add(a.Name, body)
	}
	if len(d.list) == 0 || d.end > heapDirect {
		return nil
	}
	return d
}

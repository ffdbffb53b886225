package hdf5

import (
	"fmt"
	"io"
	"slices"
)

// TextAttribute is an attribute to be written.
type TextAttribute struct{ Name, Text string }

// Dimension is a named dimension.
type Dimension struct {
	Name   string
	Length int
}

// Variable is an array of float64 to be written.
type Variable struct {
	Name       string
	Dimensions []string // their names, the last varying fastest
	Data       []float64
	Attributes []TextAttribute
	Deflate    bool // compress, with bytes shuffled
}

// Contents are what a file is to hold.
type Contents struct {
	Attributes []TextAttribute
	Dimensions []Dimension
	Variables  []Variable
}

// Write writes a file as netCDF-4 would lay it out: dimensions are dimension scales without data, variables are datasets that refer to them, and all stand
// in the order given. Equal contents give equal bytes. Names must be different, dimensions of length 1 to 2^31-1, data as long as its dimensions say, attributes of at most
// 60,000 bytes, and a variable that is compressed needs a dimension.
func Write(w io.Writer, c Contents) error {
	if err := c.check(); err != nil {
		return err
	}
	x := &writer{c: c, names: map[string]*entry{}}
	x.plan()
	// Headers hold addresses, but no address changes their lengths: the first round finds the lengths, the second writes.
	b, err := x.layOut()
	if err == nil {
		b, err = x.layOut()
	}
	if err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}

// mostText is the longest attribute: a message of an object header has at most 65,535 bytes.
const mostText = 60000

func (c Contents) check() error {
	fail := func(format string, args ...any) error { return fmt.Errorf("hdf5: "+format, args...) }
	lengths := map[string]int{}
	seen := map[string]bool{}
	attributes := func(owner string, list []TextAttribute) error {
		names := map[string]bool{}
		for _, a := range list {
			if a.Name == "" || names[a.Name] || len(a.Name) > 1000 || len(a.Text) > mostText {
				return fail("attribute %q of %s has %d bytes: want different names and at most %d bytes", a.Name, owner, len(a.Text), mostText)
			}
			names[a.Name] = true
		}
		return nil
	}
	for _, d := range c.Dimensions {
		if d.Name == "" || len(d.Name) > longestMember || seen[d.Name] || d.Length < 1 || d.Length > 1<<31-1 {
			return fail("dimension %q of length %d: want different names and lengths of 1 to 2^31-1", d.Name, d.Length)
		}
		seen[d.Name], lengths[d.Name] = true, d.Length
	}
	for _, v := range c.Variables {
		n := 1
		for _, d := range v.Dimensions {
			if lengths[d] == 0 || n > mostBytes/8/lengths[d] {
				return fail("variable %q: dimension %q is not there, or makes more than %d values", v.Name, d, mostBytes/8)
			}
			n *= lengths[d]
		}
		switch {
		case v.Name == "" || len(v.Name) > longestMember || seen[v.Name]:
			return fail("variable %q: want different names of at most %d bytes", v.Name, longestMember)
		case len(v.Data) != n:
			return fail("variable %q has %d values: want %d", v.Name, len(v.Data), n)
		case v.Deflate && len(v.Dimensions) == 0:
			return fail("variable %q has no dimension and cannot be compressed", v.Name)
		}
		seen[v.Name] = true
		if err := attributes(v.Name, v.Attributes); err != nil {
			return err
		}
	}
	if len(c.Dimensions)+len(c.Variables) > 1000 || len(c.Dimensions) > 150 {
		return fail("%d dimensions and %d variables: want at most 150, and 1,000 together", len(c.Dimensions), len(c.Variables))
	}
	return attributes("the file", c.Attributes)
}

// entry is an object of the file with its place.
type entry struct {
	header    uint64
	dimension *Dimension
	variable  *Variable
	refs      []ref  // of a dimension: the variables that have it
	heapIndex int    // of a dimension: number of its reference in the global heap
	data      uint64 // of a variable: its data, or the index of its chunks
	chunks    [][]byte
	rows      int // of a chunk
	places    []uint64
}

// ref says that a variable has a dimension in a place.
type ref struct {
	to    *entry
	place int
}

// writer lays out a file.
type writer struct {
	c     Contents
	list  []*entry
	names map[string]*entry
	heap  uint64 // global heap of the references
	// linksAt and attributesAt are where the heaps of the root group lie, and their indexes.
	linksAt, attributesAt [2]uint64
}

// plan makes the entries and compresses the data.
func (x *writer) plan() {
	for i := range x.c.Dimensions {
		e := &entry{dimension: &x.c.Dimensions[i], heapIndex: i + 1}
		x.list = append(x.list, e)
		x.names[e.dimension.Name] = e
	}
	for i := range x.c.Variables {
		e := &entry{variable: &x.c.Variables[i]}
		x.list = append(x.list, e)
		for k, d := range e.variable.Dimensions {
			x.names[d].refs = append(x.names[d].refs, ref{e, k})
		}
		if e.variable.Deflate {
			e.deflate(x.shape(e))
		}
	}
}

// shape returns the shape of an entry.
func (x *writer) shape(e *entry) []int {
	if e.dimension != nil {
		return []int{e.dimension.Length}
	}
	var shape []int
	for _, d := range e.variable.Dimensions {
		shape = append(shape, x.names[d].dimension.Length)
	}
	return shape
}

// layOut writes everything after one another: superblock, root, headers, heap, data.
func (x *writer) layOut() ([]byte, error) {
	const superblock = 48
	b := &buffer{b: make([]byte, superblock)}
	b.b = append(b.b, x.root()...)
	for _, e := range x.list {
		b.align()
		e.header = uint64(len(b.b))
		b.b = append(b.b, x.object(e)...)
	}
	b.align()
	if err := b.dense(x.links(), &x.linksAt); err != nil {
		return nil, err
	}
	if d := x.attributes(); d != nil {
		if err := b.dense(d, &x.attributesAt); err != nil {
			return nil, err
		}
	}
	x.heap = uint64(len(b.b))
	b.b = append(b.b, x.references()...)
	for _, e := range x.list {
		if e.variable == nil {
			continue
		}
		b.align()
		if e.chunks == nil {
			e.data = uint64(len(b.b))
			for _, v := range e.variable.Data {
				b.float(v)
			}
			continue
		}
		e.places = e.places[:0]
		for _, c := range e.chunks {
			e.places = append(e.places, uint64(len(b.b)))
			b.b = append(b.b, c...)
			b.align()
		}
		e.data = uint64(len(b.b))
		b.b = append(b.b, x.chunkTree(e)...)
	}
	b.align()
	s := &buffer{}
	s.text(magic)
	s.u8(2, 8, 8, 0)
	s.u64(0, undefined, uint64(len(b.b)), superblock)
	s.u32(lookup3(s.b))
	copy(b.b, s.b)
	if len(s.b) != superblock || slices.ContainsFunc(x.list, func(e *entry) bool { return e.header == 0 }) {
		return nil, fmt.Errorf("hdf5: a superblock of %d bytes", len(s.b))
	}
	return b.b, nil
}

// dense appends a heap and its index, and notes where they lie.
func (b *buffer) dense(d *dense, at *[2]uint64) error {
	b.align()
	at[0] = uint64(len(b.b))
	heap, err := d.heap(at[0])
	if err != nil {
		return err
	}
	b.b = append(b.b, heap...)
	b.align()
	at[1] = uint64(len(b.b))
	b.b = append(b.b, d.index(at[1])...)
	b.align()
	return nil
}

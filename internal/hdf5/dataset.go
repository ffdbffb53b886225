package hdf5

import (
	"fmt"
	"slices"
)

// Dataset is an array in a file.
type Dataset struct {
	o       *Object
	Type    Type
	space   space
	layout  layout
	filters []filter
	fill    []byte // one element, nil for zero
}

// Shape returns the numbers of elements by dimension, the last varying fastest; none for a single value.
func (d *Dataset) Shape() []int64 { return d.space.shape }

// Name returns the path of the dataset.
func (d *Dataset) Name() string { return d.o.name }

// IsDataset reports whether the object is a dataset.
func (o *Object) IsDataset() bool {
	return slices.ContainsFunc(o.messages, func(m message) bool { return m.kind == msgLayout })
}

// Dataset reads what is known about a dataset. No data is read.
func (o *Object) Dataset() (*Dataset, error) {
	o.f.begin(o.name)
	d := &Dataset{o: o}
	needed := func(kind int, what string) (*cursor, error) {
		m, ok, err := o.find(kind)
		if err == nil && !ok {
			err = &Error{Object: o.name, Offset: -1, Msg: "has no " + what + ": it is no dataset"}
		}
		return o.cursor(m, what), err
	}
	c, err := needed(msgDatatype, "type")
	if err != nil {
		return nil, err
	}
	if d.Type, err = o.f.datatype(c); err != nil {
		return nil, err
	}
	if c, err = needed(msgDataspace, "shape"); err != nil {
		return nil, err
	}
	if d.space, err = o.f.dataspace(c); err != nil {
		return nil, err
	}
	if c, err = needed(msgLayout, "layout"); err != nil {
		return nil, err
	}
	if err := d.readLayout(c); err != nil {
		return nil, err
	}
	m, ok, err := o.find(msgFilters)
	if err == nil && ok {
		d.filters, err = o.f.filters(o.cursor(m, "filters"))
	}
	if err != nil {
		return nil, err
	}
	if _, external, _ := o.find(msgExternal); external {
		return nil, &Error{Object: o.name, Offset: -1, Msg: "its data lies in other files: this is not supported"}
	}
	return d, d.readFill()
}

// readFill reads the value of elements that are not stored.
func (d *Dataset) readFill() error {
	for _, kind := range []int{msgFill, msgOldFill} {
		m, ok, err := d.o.find(kind)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		c := d.o.cursor(m, "fill value")
		defined := true
		if kind == msgFill {
			switch v := c.version(1, 2, 3); v {
			case 3:
				defined = c.u8()&0x20 != 0
			default:
				c.skip(2)
				defined = c.u8() != 0 || v == 1
			}
		}
		if !defined || c.err != nil {
			return c.err
		}
		n := int(c.u32())
		if n == 0 || c.err != nil {
			return c.err
		}
		if n != d.Type.Size {
			return c.fail("%d bytes: want %d", n, d.Type.Size)
		}
		d.fill = c.bytes(n)
		return c.err
	}
	return nil
}

// Floats reads all elements as float64, the last dimension varying fastest. The type must be a number; integers beyond 2^53 are rounded.
func (d *Dataset) Floats() ([]float64, error) {
	f := d.o.f
	f.begin(d.o.name)
	fail := func(format string, args ...any) ([]float64, error) {
		return nil, &Error{Object: d.o.name, Offset: -1, Msg: fmt.Sprintf(format, args...)}
	}
	if d.Type.Class != Integer && d.Type.Class != Float {
		return fail("holds %v: want numbers", d.Type)
	}
	most := f.mostElements(d.Type.Size)
	n, ok := d.space.count(most)
	if !ok {
		return fail("%v elements of %v: a file of %d bytes can hold at most %d", d.space.shape, d.Type, f.size, most)
	}
	if n == 0 {
		return nil, nil
	}
	x := make([]float64, n)
	if d.fill != nil {
		d.Type.decode(x[:1], d.fill)
		for i := range x {
			x[i] = x[0]
		}
	}
	size := n * int64(d.Type.Size)
	switch l := d.layout; l.kind {
	case compact:
		if int64(len(l.data)) < size {
			return fail("%d bytes of data: want %d", len(l.data), size)
		}
		d.Type.decode(x, l.data)
	case contiguous:
		if l.address == undefined {
			break // never written: fill values
		}
		c, err := f.read(l.address, size, "data")
		if err != nil {
			return nil, err
		}
		d.Type.decode(x, c.b)
	case chunked:
		return x, d.readChunks(x)
	}
	return x, nil
}

package hdf5

import (
	"bytes"
	"slices"
	"strings"
)

// Attribute is a named value of an object.
type Attribute struct {
	Name  string
	Type  Type
	Shape []int64  // nil for one element, as for none
	Texts []string // the elements, if they are text
	// Numbers are the elements, if they are numbers.
	Numbers []float64
}

// Text returns the text of an attribute, empty if it is none. Several texts are joined by line feeds.
func (a Attribute) Text() string { return strings.Join(a.Texts, "\n") }

// Attributes returns the attributes of an object in alphabetical order. Of types that are neither numbers nor text only the name and the type
// are known.
func (o *Object) Attributes() ([]Attribute, error) {
	o.f.begin(o.name)
	var list []Attribute
	for _, m := range o.messages {
		if m.kind != msgAttribute {
			continue
		}
		m, err := o.resolve(m, 0)
		if err != nil {
			return nil, err
		}
		a, err := o.attribute(o.cursor(m, "attribute"))
		if err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	m, ok, err := o.find(msgAttributes)
	if err != nil {
		return nil, err
	}
	if ok {
		if list, err = o.denseAttributes(m, list); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(list, func(a, b Attribute) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// denseAttributes appends the attributes in a heap.
func (o *Object) denseAttributes(m message, list []Attribute) ([]Attribute, error) {
	c := o.cursor(m, "attribute info")
	c.version(0)
	if c.u8()&1 != 0 {
		c.skip(2)
	}
	heap, index := c.address(), c.address()
	if c.err != nil || heap == undefined {
		return list, c.err
	}
	h, err := o.f.fractalHeap(heap)
	if err != nil {
		return nil, err
	}
	err = o.f.records(index, func(kind int, c *cursor) error {
		if kind != 8 {
			return c.fail("records of type %d: want 8, attributes by name", kind)
		}
		id := *c
		c.skip(h.idLength)
		if flags := c.u8(); c.err == nil && flags&flagShared != 0 {
			return c.fail("a shared attribute: this is not supported")
		}
		if c.err != nil {
			return c.err
		}
		body, err := h.object(&id)
		if err != nil {
			return err
		}
		a, err := o.attribute(body)
		list = append(list, a)
		return err
	})
	return list, err
}

// attribute reads an attribute message.
func (o *Object) attribute(c *cursor) (Attribute, error) {
	c.what = "attribute"
	a := Attribute{}
	start := c.i
	version := c.version(1, 2, 3)
	flags := c.u8()
	nameSize, typeSize, spaceSize := c.u16(), c.u16(), c.u16()
	if version == 3 {
		c.skip(1)
	}
	pad := func() {
		if version == 1 {
			c.align(start)
		}
	}
	name := c.bytes(nameSize)
	pad()
	a.Name = string(name[:max(0, bytes.IndexByte(name, 0))])
	if c.err == nil && a.Name == "" {
		return a, c.fail("a name without letters, or without an end")
	}
	part := func(n, bit, kind int, what string) (*cursor, error) {
		m := message{kind: kind, at: c.at + int64(c.i), body: c.bytes(n)}
		pad()
		if flags&bit != 0 {
			m.flags = flagShared
		}
		if c.err != nil {
			return nil, c.err
		}
		m, err := o.resolve(m, 0)
		return o.cursor(m, what), err
	}
	tc, err := part(typeSize, 1, msgDatatype, "type of attribute "+a.Name)
	if err != nil {
		return a, err
	}
	sc, err := part(spaceSize, 2, msgDataspace, "shape of attribute "+a.Name)
	if err != nil {
		return a, err
	}
	if a.Type, err = o.f.datatype(tc); err != nil {
		return a, err
	}
	s, err := o.f.dataspace(sc)
	if err != nil {
		return a, err
	}
	a.Shape = s.shape
	if a.Type.Class == Unsupported {
		return a, nil
	}
	n, ok := s.count(int64(c.left()) / int64(a.Type.Size))
	if !ok {
		return a, c.fail("%s has the shape %v of %v: it does not fit into %d bytes", a.Name, s.shape, a.Type, c.left())
	}
	return a, o.values(&a, c.sub(int(n)*a.Type.Size, "attribute "+a.Name), int(n))
}

// values decodes the n elements of an attribute.
func (o *Object) values(a *Attribute, c *cursor, n int) error {
	switch a.Type.Class {
	case Integer, Float:
		a.Numbers = make([]float64, n)
		a.Type.decode(a.Numbers, c.bytes(n*a.Type.Size))
	case Text:
		for range n {
			a.Texts = append(a.Texts, text(c.bytes(a.Type.Size)))
		}
	case VariableText:
		for range n {
			size, address, index := c.u32(), c.address(), int(c.u32())
			if c.err != nil {
				return c.err
			}
			if size == 0 {
				a.Texts = append(a.Texts, "")
				continue
			}
			b, err := o.f.globalObject(address, index)
			if err != nil {
				return err
			}
			if int64(size) > int64(len(b)) {
				return c.fail("text of %d bytes, its heap has %d", size, len(b))
			}
			a.Texts = append(a.Texts, text(b[:size]))
		}
	}
	return c.err
}

// text returns what lies before the first zero byte, without spaces at its end: strings are padded with either.
func text(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return strings.TrimRight(strings.ToValidUTF8(string(b), "\ufffd"), " ")
}

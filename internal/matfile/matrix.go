package matfile

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"unicode/utf16"
)

// Classes of arrays.
const (
	classStruct  = 2
	classText    = 4
	classDouble  = 6
	classUint64  = 15
	flagComplex  = 8
	flagsElement = 8 // bytes of the first part of an array
)

// classNames are those that are not read.
var classNames = map[int]string{1: "cell", 3: "object", 5: "sparse", 16: "function", 17: "opaque"}

// matrix reads an array; nil if its name is not among the names asked for.
func (d *decoder) matrix(b []byte, names []string, depth int) (*Array, error) {
	if len(b) == 0 {
		return &Array{Shape: []int{0, 0}}, nil // an empty field
	}
	if depth > mostDepth {
		return nil, fmt.Errorf("structs within structs: want at most %d", mostDepth)
	}
	r := reader{d: d, b: b}
	parts := [3]element{}
	for i := range parts {
		var err error
		if parts[i], err = r.next(); err != nil {
			return nil, err
		}
	}
	if parts[0].kind != typeUint32 || len(parts[0].b) != flagsElement {
		return nil, fmt.Errorf("an array begins with %d bytes of type %d: want its flags", len(parts[0].b), parts[0].kind)
	}
	flags := d.order.Uint32(parts[0].b)
	class := int(flags & 0xff)
	a := &Array{Name: string(bytes.TrimRight(parts[2].b, "\x00"))}
	if len(names) > 0 && depth == 0 && !slices.Contains(names, a.Name) {
		return nil, nil
	}
	if err := d.shape(a, parts[1]); err != nil {
		return nil, fmt.Errorf("%s: %w", a.Name, err)
	}
	var err error
	switch {
	case class == classStruct:
		err = d.fields(a, &r, depth)
	case class == classText:
		err = d.text(a, &r)
	case class >= classDouble && class <= classUint64 && flags>>8&flagComplex != 0:
		a.refused = fmt.Errorf("holds complex numbers: want real ones")
	case class >= classDouble && class <= classUint64:
		err = d.numbers(a, &r)
	default:
		a.refused = fmt.Errorf("is an array of class %d (%s): want numbers, text or a struct", class, classNames[class])
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.Name, err)
	}
	return a, nil
}

// shape reads the dimensions.
func (d *decoder) shape(a *Array, e element) error {
	if e.kind != typeInt32 || len(e.b)%4 != 0 || len(e.b) < 8 || len(e.b) > 4*mostDims {
		return fmt.Errorf("%d bytes of type %d for the dimensions: want 2 to %d numbers of 4 bytes", len(e.b), e.kind, mostDims)
	}
	n := 1
	for i := 0; i < len(e.b); i += 4 {
		x := int(int32(d.order.Uint32(e.b[i:])))
		if x < 0 || x > 0 && n > mostBytes/x {
			return fmt.Errorf("dimension %d is %d: want at most %d elements in all", i/4, x, mostBytes)
		}
		n *= x
		a.Shape = append(a.Shape, x)
	}
	return nil
}

// fields reads the fields of a struct of one element.
func (d *decoder) fields(a *Array, r *reader, depth int) error {
	if a.Len() != 1 {
		a.refused = fmt.Errorf("is a struct of %v elements: want one", a.Shape)
		return nil
	}
	size, err := r.next()
	if err != nil {
		return err
	}
	if size.kind != typeInt32 || len(size.b) != 4 {
		return fmt.Errorf("%d bytes of type %d for the length of field names", len(size.b), size.kind)
	}
	n := int(int32(d.order.Uint32(size.b)))
	list, err := r.next()
	if err != nil {
		return err
	}
	if n < 1 || n > 256 || len(list.b)%n != 0 || len(list.b)/n > mostFields {
		return fmt.Errorf("%d bytes of field names of %d each: want at most %d names of at most 256", len(list.b), n, mostFields)
	}
	a.Fields = map[string]*Array{}
	for i := 0; i < len(list.b); i += n {
		name := list.b[i : i+n]
		if k := bytes.IndexByte(name, 0); k >= 0 {
			name = name[:k]
		}
		e, err := r.next()
		if err != nil {
			return fmt.Errorf("field %s: %w", name, err)
		}
		if e.kind != typeMatrix {
			return fmt.Errorf("field %s is of type %d: want a matrix (%d)", name, e.kind, typeMatrix)
		}
		f, err := d.matrix(e.b, nil, depth+1)
		if err != nil {
			return fmt.Errorf("field %s: %w", name, err)
		}
		f.Name = a.Name + "." + string(name)
		a.Fields[string(name)] = f
	}
	return nil
}

// text reads characters: of one byte, as UTF-8, or of two bytes.
func (d *decoder) text(a *Array, r *reader) error {
	e, err := r.next()
	if err != nil {
		if a.Len() == 0 {
			return nil
		}
		return err
	}
	switch e.kind {
	case typeUint16, typeUTF16:
		units := make([]uint16, len(e.b)/2)
		for i := range units {
			units[i] = d.order.Uint16(e.b[2*i:])
		}
		a.Text = string(utf16.Decode(units))
	case typeInt8, typeUint8, typeUTF8:
		a.Text = string(bytes.ToValidUTF8(e.b, []byte("\ufffd")))
	default:
		return fmt.Errorf("characters of type %d", e.kind)
	}
	return nil
}

// numbers reads the elements, which may be stored in any smaller type.
func (d *decoder) numbers(a *Array, r *reader) error {
	n := a.Len()
	if n == 0 {
		return nil
	}
	e, err := r.next()
	if err != nil {
		return err
	}
	sizes := map[int]int{
		typeInt8: 1, typeUint8: 1, typeInt16: 2, typeUint16: 2, typeInt32: 4, typeUint32: 4, typeSingle: 4, typeDouble: 8, typeInt64: 8, typeUint64: 8,
	}
	size := sizes[e.kind]
	if size == 0 {
		return fmt.Errorf("numbers of type %d", e.kind)
	}
	if len(e.b) != n*size {
		return fmt.Errorf("%d bytes for %v numbers of %d: want %d", len(e.b), a.Shape, size, n*size)
	}
	if err := d.spend(int64(n) * 8); err != nil {
		return err
	}
	a.Numbers = make([]float64, n)
	for i := range a.Numbers {
		a.Numbers[i] = d.number(e.kind, e.b[i*size:])
	}
	return nil
}

func (d *decoder) number(kind int, b []byte) float64 {
	switch kind {
	case typeInt8:
		return float64(int8(b[0]))
	case typeUint8:
		return float64(b[0])
	case typeInt16:
		return float64(int16(d.order.Uint16(b)))
	case typeUint16:
		return float64(d.order.Uint16(b))
	case typeInt32:
		return float64(int32(d.order.Uint32(b)))
	case typeUint32:
		return float64(d.order.Uint32(b))
	case typeSingle:
		return float64(math.Float32frombits(d.order.Uint32(b)))
	case typeInt64:
		return float64(int64(d.order.Uint64(b)))
	case typeUint64:
		return float64(d.order.Uint64(b))
	}
	return math.Float64frombits(d.order.Uint64(b))
}

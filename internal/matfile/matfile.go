package matfile

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// Limits of a file.
const (
	mostBytes  = 1 << 30
	inflation  = 1032
	mostDepth  = 8
	mostFields = 1 << 12
	mostDims   = 32
	mostHead   = 1 << 12 // bytes of the head of a compressed array, of which its name is the last part
)

// Types of data elements.
const (
	typeInt8       = 1
	typeUint8      = 2
	typeInt16      = 3
	typeUint16     = 4
	typeInt32      = 5
	typeUint32     = 6
	typeSingle     = 7
	typeDouble     = 9
	typeInt64      = 12
	typeUint64     = 13
	typeMatrix     = 14
	typeCompressed = 15
	typeUTF8       = 16
	typeUTF16      = 17
)

// Array is a variable, or a field of a struct.
type Array struct {
	Name    string
	Shape   []int     // at least two dimensions; the first varies fastest
	Numbers []float64 // nil if it holds no numbers
	Text    string    // of characters, row by row as they are stored
	// Fields are those of a struct of one element.
	Fields map[string]*Array
	// refused says why the content was not read.
	refused error
}

// Len returns the number of elements.
func (a *Array) Len() int {
	n := 1
	for _, d := range a.Shape {
		n *= d
	}
	return n
}

// Floats returns the elements, the first dimension varying fastest; an error if they are not real numbers.
func (a *Array) Floats() ([]float64, error) {
	if a.refused != nil {
		return nil, fmt.Errorf("matfile: %s: %w", a.Name, a.refused)
	}
	if a.Numbers == nil && a.Len() > 0 {
		return nil, fmt.Errorf("matfile: %s holds no numbers", a.Name)
	}
	return a.Numbers, nil
}

// Field returns a field of a struct.
func (a *Array) Field(name string) (*Array, error) {
	if a.refused != nil {
		return nil, fmt.Errorf("matfile: %s: %w", a.Name, a.refused)
	}
	f, ok := a.Fields[name]
	if !ok {
		names := []string{}
		for k := range a.Fields {
			names = append(names, k)
		}
		slices.Sort(names)
		return nil, fmt.Errorf("matfile: %s has no field %q: want one of %s", a.Name, name, strings.Join(names, ", "))
	}
	return f, nil
}

// Read reads the named variables of a file; without names, all. A variable that the file does not have is not in the result.
func Read(path string, names ...string) (map[string]*Array, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, mostBytes+1))
	if err != nil {
		return nil, err
	}
	if len(b) > mostBytes {
		return nil, fmt.Errorf("%s: matfile: more than %d bytes", path, mostBytes)
	}
	vars, err := Decode(b, names...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return vars, nil
}

// Decode is Read for a file in memory.
func Decode(b []byte, names ...string) (map[string]*Array, error) {
	const head = 128
	switch {
	case len(b) >= 8 && string(b[1:4]) == "HDF" || bytes.HasPrefix(b, []byte("MATLAB 7.3")):
		return nil, fmt.Errorf("matfile: a MAT-file of version 7.3: want version 5 to 7 (in MATLAB: save -v7)")
	case len(b) < head || string(b[126:128]) != "IM" && string(b[126:128]) != "MI":
		return nil, fmt.Errorf("matfile: no MAT-file of version 5 to 7: want a head of 128 bytes that ends with IM or MI")
	}
	d := &decoder{order: binary.LittleEndian, left: min(mostBytes, max(1<<20, inflation*int64(len(b))))}
	if string(b[126:128]) == "MI" {
		d.order = binary.BigEndian
	}
	if v := d.order.Uint16(b[124:]); v != 0x0100 {
		return nil, fmt.Errorf("matfile: byte 124: version %#04x: want 0x0100", v)
	}
	vars := map[string]*Array{}
	r := reader{d: d, b: b, i: head}
	for r.left() > 0 {
		at := r.i
		e, err := r.next()
		if err == nil {
			err = d.variable(e, vars, names)
		}
		if err != nil {
			return nil, fmt.Errorf("matfile: variable at byte %d: %w", at, err)
		}
	}
	return vars, nil
}

// decoder is a file that is being read.
type decoder struct {
	order binary.ByteOrder
	left  int64 // bytes that may still be made of the file
}

// spend counts n bytes that are made.
func (d *decoder) spend(n int64) error {
	if d.left -= n; d.left < 0 {
		return fmt.Errorf("the file is %d times longer than it looks, or more than %d bytes", inflation, mostBytes)
	}
	return nil
}

// element is a data element.
type element struct {
	kind int
	b    []byte
}

// reader takes data elements from bytes.
type reader struct {
	d *decoder
	b []byte
	i int
}

func (r *reader) left() int { return len(r.b) - r.i }

// next returns the next element. Elements of up to 4 bytes may be packed into their head.
func (r *reader) next() (element, error) {
	if r.left() < 8 {
		return element{}, fmt.Errorf("%d bytes are left: want the 8 of a head", r.left())
	}
	kind := r.d.order.Uint32(r.b[r.i:])
	if small := int(kind >> 16); small != 0 {
		if small > 4 {
			return element{}, fmt.Errorf("a short element of %d bytes: want at most 4", small)
		}
		e := element{int(kind & 0xffff), r.b[r.i+4 : r.i+4+small]}
		r.i += 8
		return e, nil
	}
	n := int64(r.d.order.Uint32(r.b[r.i+4:]))
	r.i += 8
	if n > int64(r.left()) {
		return element{}, fmt.Errorf("an element of %d bytes: %d are left", n, r.left())
	}
	e := element{int(kind), r.b[r.i : r.i+int(n)]}
	r.i += int(n)
	if e.kind != typeCompressed {
		r.i += min(r.left(), int(-n&7))
	}
	return e, nil
}

// variable reads a variable, compressed or not, if it is asked for.
func (d *decoder) variable(e element, vars map[string]*Array, names []string) error {
	if e.kind == typeCompressed {
		var err error
		if e, err = d.inflate(e.b, names); err != nil || e.b == nil {
			return err
		}
	}
	if e.kind != typeMatrix {
		return fmt.Errorf("an element of type %d: want a matrix (%d)", e.kind, typeMatrix)
	}
	a, err := d.matrix(e.b, names, 0)
	if err != nil || a == nil {
		return err
	}
	if _, twice := vars[a.Name]; twice {
		return fmt.Errorf("two variables have the name %q", a.Name)
	}
	vars[a.Name] = a
	return nil
}

// inflate takes the one element out of a compressed one. If it is an array whose name is not among the names asked for it stays where it is, and the result has no bytes.
func (d *decoder) inflate(b []byte, names []string) (element, error) {
	z, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return element{}, err
	}
	in := bufio.NewReaderSize(z, mostHead)
	head, err := in.Peek(mostHead)
	if err != nil && err != io.EOF {
		return element{}, err
	}
	if len(head) < 8 {
		return element{}, fmt.Errorf("%d bytes are compressed: want the 8 of a head", len(head))
	}
	e := element{kind: int(d.order.Uint32(head))}
	n := int64(d.order.Uint32(head[4:]))
	if n == 0 {
		e.b = []byte{}
		return e, nil
	}
	if len(names) > 0 && e.kind == typeMatrix {
		parts := reader{d: d, b: head[8:]} // flags, dimensions, name
		name := element{}
		for range 3 {
			if name, err = parts.next(); err != nil {
				return element{}, err
			}
		}
		if !slices.Contains(names, string(bytes.TrimRight(name.b, "\x00"))) {
			return element{}, nil
		}
	}
	if n > inflation*int64(len(b)) {
		return element{}, fmt.Errorf("an element of %d bytes in %d: want at most %d times as many", n, len(b), inflation)
	}
	if err := d.spend(n); err != nil {
		return element{}, err
	}
	_, _ = in.Discard(8) // they have been peeked at
	e.b = make([]byte, n)
	if k, err := io.ReadFull(in, e.b); err != nil {
		return element{}, fmt.Errorf("an element of %d bytes ends after %d: %w", n, k, err)
	}
	if _, err := io.CopyN(io.Discard, in, 8); err != nil && err != io.EOF { // the checksum
		return element{}, err
	}
	return e, nil
}

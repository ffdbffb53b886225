// Package npy reads and writes arrays in the NPY format of NumPy, versions 1.0 to 3.0, and collections of them in NPZ
// archives, as streams: neither direction needs the array in memory.
//
// Written are little-endian arrays in C order (the last index runs fastest). Read are the types <f8, <f4, <i4 and <i8 in C
// order and scalar texts (<U); anything else, Fortran order included, is refused with an error that says what was found.
//
// Source: NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays".
package npy

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Type is the element type in NumPy's notation.
type Type string

// The element types of numbers.
const (
	Float64 Type = "<f8"
	Float32 Type = "<f4"
	Int32   Type = "<i4"
	Int64   Type = "<i8"
)

// Size is the number of bytes of one element, 0 for a type that this package does not know. Texts of n characters are
// the type <Un of 4 n bytes.
func (t Type) Size() int {
	switch t {
	case Float64, Int64:
		return 8
	case Float32, Int32:
		return 4
	}
	if n, ok := t.characters(); ok {
		return 4 * n
	}
	return 0
}

// characters is the length of a text type.
func (t Type) characters() (int, bool) {
	digits, ok := strings.CutPrefix(string(t), "<U")
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(digits)
	return n, err == nil && n > 0 && n <= 1<<20
}

// HeaderSize is how many bytes the header of an array of up to two dimensions takes, whatever its shape: a header can be
// written before the shape is known and replaced in place afterwards.
const HeaderSize = 128

const magic = "\x93NUMPY"

// maxDimensions is NumPy's own limit.
const maxDimensions = 64

// Header describes an array.
type Header struct {
	Type  Type
	Shape []int64 // nil or empty: a scalar
}

// Count is the number of elements, the product of the shape (1 for a scalar). A negative extent or a product above
// 2^63-1 is an error.
func (h Header) Count() (int64, error) {
	count := int64(1)
	for _, n := range h.Shape {
		if n < 0 {
			return 0, fmt.Errorf("npy: shape %v: want extents >= 0", h.Shape)
		}
		if n > 0 && count > math.MaxInt64/n {
			return 0, fmt.Errorf("npy: shape %v: more than 2^63-1 elements", h.Shape)
		}
		count *= n
	}
	return count, nil
}

// AppendHeader appends the header, padded with spaces so that data begin at a multiple of 64 bytes, at HeaderSize or
// beyond.
func AppendHeader(b []byte, h Header) ([]byte, error) {
	if h.Type.Size() == 0 {
		return b, fmt.Errorf("npy: type %q: want <f8, <f4, <i4, <i8 or <U with a length", string(h.Type))
	}
	if _, err := h.Count(); err != nil {
		return b, err
	}
	if len(h.Shape) > maxDimensions {
		return b, fmt.Errorf("npy: %d dimensions: want at most %d", len(h.Shape), maxDimensions)
	}
	start := len(b)
	b = append(b, magic...)
	b = append(b, 1, 0, 0, 0) // version 1.0; the length of the text follows below
	b = append(b, "{'descr': '"...)
	b = append(b, h.Type...)
	b = append(b, "', 'fortran_order': False, 'shape': ("...)
	for i, n := range h.Shape {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = strconv.AppendInt(b, n, 10)
	}
	if len(h.Shape) == 1 {
		b = append(b, ',')
	}
	b = append(b, "), }"...)
	size := max(HeaderSize, (len(b)-start+1+63)/64*64)
	for len(b)-start < size-1 {
		b = append(b, ' ')
	}
	b = append(b, '\n')
	binary.LittleEndian.PutUint16(b[start+8:], uint16(size-10))
	return b, nil
}

// AppendText appends a whole array file that holds one text: type <Un, shape (). An empty one becomes a zero character, as
// in NumPy, which has no texts of length zero.
func AppendText(b []byte, s string) ([]byte, error) {
	runes := []rune(s)
	if len(runes) == 0 {
		runes = []rune{0}
	}
	b, err := AppendHeader(b, Header{Type: Type("<U" + strconv.Itoa(len(runes)))})
	if err != nil {
		return b, err
	}
	for _, r := range runes {
		b = binary.LittleEndian.AppendUint32(b, uint32(r))
	}
	return b, nil
}

// AppendFloat64 appends x as an element of type <f8.
func AppendFloat64(b []byte, x float64) []byte {
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
}

// AppendInt32 appends x as an element of type <i4.
func AppendInt32(b []byte, x int32) []byte {
	return binary.LittleEndian.AppendUint32(b, uint32(x))
}

// AppendInt64 appends x as an element of type <i8.
func AppendInt64(b []byte, x int64) []byte {
	return binary.LittleEndian.AppendUint64(b, uint64(x))
}

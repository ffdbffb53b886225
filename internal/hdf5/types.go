package hdf5

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Class is what kind of values a type has.
type Class int

// The classes of types.
const (
	Unsupported Class = iota // neither number nor text: compounds, references and others
	Integer
	Float
	Text         // of fixed length
	VariableText // of variable length
)

// Type is the type of the elements of a dataset or an attribute.
type Type struct {
	Class  Class
	Size   int // bytes per element in the file
	Signed bool
	big    bool // most significant byte first
	number int  // class in the file, for messages
}

// String names the type, such as float64.
func (t Type) String() string {
	switch {
	case t.Class == Integer && t.Signed:
		return fmt.Sprintf("int%d", 8*t.Size)
	case t.Class == Integer:
		return fmt.Sprintf("uint%d", 8*t.Size)
	case t.Class == Float:
		return fmt.Sprintf("float%d", 8*t.Size)
	case t.Class == Text:
		return fmt.Sprintf("text of %d bytes", t.Size)
	case t.Class == VariableText:
		return "text"
	}
	return fmt.Sprintf("type of class %d, %d bytes", t.number, t.Size)
}

// datatype reads a type.
func (f *File) datatype(c *cursor) (Type, error) {
	head := c.u8()
	flags := uint32(c.uint(3))
	size := c.u32()
	t := Type{Size: int(size), number: head & 15}
	if version := head >> 4; c.err == nil && (version < 1 || version > 5) {
		return t, c.fail("type of version %d: want 1 to 5", version)
	}
	if c.err == nil && (size == 0 || size > 1<<24) {
		return t, c.fail("elements of %d bytes: want 1 to %d", size, 1<<24)
	}
	t.big = flags&1 != 0
	switch t.number {
	case 0:
		t.Signed = flags&8 != 0
		offset, precision := c.u16(), c.u16()
		if size <= 8 && size&(size-1) == 0 && offset == 0 && precision == 8*int(size) {
			t.Class = Integer
		}
	case 1:
		t.floating(c, flags)
	case 3:
		t.Class = Text
	case 9:
		if flags&15 == 1 {
			t.Class = VariableText
			if c.err == nil && t.Size != 4+f.offsetSize+4 {
				return t, c.fail("text of variable length in %d bytes: want %d", t.Size, 4+f.offsetSize+4)
			}
		}
	}
	return t, c.err
}

// floating reads the layout of a float: only those of IEEE 754 are numbers to us.
func (t *Type) floating(c *cursor, flags uint32) {
	type layout struct {
		offset, precision, exponentAt, exponent, mantissaAt, mantissa, sign int
		bias                                                                uint32
	}
	got := layout{offset: c.u16(), precision: c.u16(), exponentAt: c.u8(), exponent: c.u8(), mantissaAt: c.u8(), mantissa: c.u8(), bias: c.u32()}
	got.sign = int(flags >> 8 & 255)
	const vax, implied = 1 << 6, 2 << 4
	single := layout{precision: 32, exponentAt: 23, exponent: 8, mantissa: 23, sign: 31, bias: 127}
	double := layout{precision: 64, exponentAt: 52, exponent: 11, mantissa: 52, sign: 63, bias: 1023}
	if flags&vax == 0 && flags&0x30 == implied && (t.Size == 4 && got == single || t.Size == 8 && got == double) {
		t.Class = Float
	}
}

// decode writes the elements of src as float64 to dst. Integers beyond 2^53 are rounded.
func (t Type) decode(dst []float64, src []byte) {
	order := binary.ByteOrder(binary.LittleEndian)
	if t.big {
		order = binary.BigEndian
	}
	for i := range dst {
		b := src[i*t.Size:][:t.Size]
		switch {
		case t.Class == Float && t.Size == 8:
			dst[i] = math.Float64frombits(order.Uint64(b))
		case t.Class == Float:
			dst[i] = float64(math.Float32frombits(order.Uint32(b)))
		default:
			dst[i] = t.integer(order, b)
		}
	}
}

func (t Type) integer(order binary.ByteOrder, b []byte) float64 {
	var x uint64
	switch t.Size {
	case 1:
		x = uint64(b[0])
	case 2:
		x = uint64(order.Uint16(b))
	case 4:
		x = uint64(order.Uint32(b))
	default:
		x = order.Uint64(b)
	}
	if t.Signed {
		shift := 64 - 8*t.Size
		return float64(int64(x<<shift) >> shift)
	}
	return float64(x)
}

// space is a dataspace: the shape of a dataset or attribute.
type space struct {
	null  bool
	shape []int64
	most  []int64 // largest shape, -1 for no limit
}

// dataspace reads a shape.
func (f *File) dataspace(c *cursor) (space, error) {
	s := space{}
	version := c.version(1, 2)
	rank := c.u8()
	flags := c.u8()
	if version == 1 {
		c.skip(5)
	} else {
		kind := c.u8()
		s.null = kind == 2
		if c.err == nil && kind > 2 {
			return s, c.fail("a dataspace of type %d: want 0 to 2", kind)
		}
	}
	if c.err == nil && rank > mostRank {
		return s, c.fail("%d dimensions: want at most %d", rank, mostRank)
	}
	for range rank {
		s.shape = append(s.shape, c.length())
	}
	s.most = s.shape
	if flags&1 != 0 {
		s.most = nil
		for i := range rank {
			x := c.uint(f.lengthSize)
			n := int64(-1)
			if x <= math.MaxInt64 {
				n = int64(x)
			}
			s.most = append(s.most, n)
			if c.err == nil && n >= 0 && n < s.shape[i] {
				return s, c.fail("dimension %d has %d elements of at most %d", i, s.shape[i], n)
			}
		}
	}
	return s, c.err
}

// count returns the number of elements, false if it exceeds most.
func (s space) count(most int64) (int64, bool) {
	if s.null {
		return 0, true
	}
	n := int64(1)
	for _, d := range s.shape {
		if d == 0 {
			return 0, true
		}
	}
	for _, d := range s.shape {
		if d > most/n {
			return 0, false
		}
		n *= d
	}
	return n, true
}

// mostElements returns how many elements a dataset may have, given the bytes of one in the file.
func (f *File) mostElements(size int) int64 {
	most := int64(mostBytes)
	if f.size < mostBytes/Inflation {
		most = max(leastBytes, Inflation*f.size)
	}
	return most / int64(max(size, 8))
}

package hdf5

import (
	"fmt"
	"math"
)

// cursor reads a piece of the file field by field. After the first error it yields zeros; whoever is done asks for err.
type cursor struct {
	f    *File
	b    []byte
	at   int64 // offset of b[0] in the file
	i    int
	what string // names the structure in messages
	err  error
}

// fail records an error at the present place, unless there is one already.
func (c *cursor) fail(format string, args ...any) error {
	if c.err == nil {
		c.err = &Error{Object: c.f.object, Offset: c.at + int64(c.i), Msg: c.what + ": " + fmt.Sprintf(format, args...)}
	}
	return c.err
}

// left returns how many bytes are left.
func (c *cursor) left() int { return len(c.b) - c.i }

// bytes returns the next n bytes, nil if there are not as many.
func (c *cursor) bytes(n int) []byte {
	if c.err != nil {
		return nil
	}
	if n < 0 || n > c.left() {
		c.fail("%d bytes are wanted and %d are left", n, c.left())
		return nil
	}
	c.i += n
	return c.b[c.i-n : c.i]
}

// skip passes over n bytes.
func (c *cursor) skip(n int) { c.bytes(n) }

// uint reads an unsigned little-endian integer of n bytes, 0 to 8.
func (c *cursor) uint(n int) uint64 {
	x := uint64(0)
	for i, b := range c.bytes(n) {
		x |= uint64(b) << (8 * i)
	}
	return x
}

func (c *cursor) u8() int     { return int(c.uint(1)) }
func (c *cursor) u16() int    { return int(c.uint(2)) }
func (c *cursor) u32() uint32 { return uint32(c.uint(4)) }

// address reads an address; see undefined.
func (c *cursor) address() uint64 {
	x := c.uint(c.f.offsetSize)
	if c.f.offsetSize < 8 && x == 1<<(8*c.f.offsetSize)-1 {
		return undefined
	}
	return x
}

// length reads a length, which must fit an int64.
func (c *cursor) length() int64 {
	x := c.uint(c.f.lengthSize)
	if x > math.MaxInt64 {
		c.fail("a length of %d bytes", x)
		return 0
	}
	return int64(x)
}

// signature passes over four letters that must be there.
func (c *cursor) signature(want string) {
	if got := c.bytes(len(want)); c.err == nil && string(got) != want {
		c.i -= len(want)
		c.fail("begins with %q: want %q", got, want)
	}
}

// version reads one byte that must be one of those allowed.
func (c *cursor) version(allowed ...int) int {
	v := c.u8()
	if c.err != nil {
		return 0
	}
	for _, a := range allowed {
		if v == a {
			return v
		}
	}
	c.i--
	c.fail("version %d: want one of %v", v, allowed)
	return 0
}

// checksum verifies that the next four bytes are the checksum of all before them, from byte `from` of the piece.
func (c *cursor) checksum(from int) {
	end := c.i
	want := c.u32()
	if c.err == nil && !c.f.unchecked && lookup3(c.b[from:end]) != want {
		c.i = end
		c.fail("checksum %08x, computed %08x: the file is damaged", want, lookup3(c.b[from:end]))
	}
}

// align passes over bytes up to the next multiple of 8 from byte `from`.
func (c *cursor) align(from int) {
	if r := (c.i - from) % 8; r != 0 {
		c.skip(8 - r)
	}
}

// sub returns a cursor over the next n bytes.
func (c *cursor) sub(n int, what string) *cursor {
	at := c.at + int64(c.i)
	return &cursor{f: c.f, b: c.bytes(n), at: at, what: what, err: c.err}
}

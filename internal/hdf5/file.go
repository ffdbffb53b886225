package hdf5

import (
	"bytes"
	"fmt"
	"io"
	"math"
)

// undefined is the address of what does not exist.
const undefined = math.MaxUint64

// magic begins every superblock.
const magic = "\x89HDF\r\n\x1a\n"

// File is an open file. It is for one goroutine.
type File struct {
	r                      io.ReaderAt
	size                   int64 // of the whole file
	base                   int64 // where address 0 lies
	offsetSize, lengthSize int
	root                   uint64                    // address of the root group's header
	object                 string                    // what is being read, for messages
	left                   int64                     // bytes that the present operation may still read
	heaps                  map[uint64]map[int][]byte // global heaps that the operation has read
	unchecked              bool                      // checksums are not compared: tests damage what lies behind them
}

// Open reads the superblock of a file of the given size.
func Open(r io.ReaderAt, size int64) (*File, error) {
	f := &File{r: r, size: size, offsetSize: 8, lengthSize: 8}
	f.begin("")
	for at := int64(0); at+int64(len(magic)) <= size; at = max(512, 2*at) {
		b, err := f.piece(at, int64(len(magic)), "superblock")
		if err != nil {
			return nil, err
		}
		if bytes.Equal(b.b, []byte(magic)) {
			return f, f.superblock(at)
		}
	}
	return nil, &Error{Offset: 0, Msg: "no superblock: this is no HDF5 file"}
}

// begin starts an operation on an object: it may read a small multiple of the file.
func (f *File) begin(object string) {
	f.object = object
	f.left = 4*f.size + 1<<20
	f.heaps = map[uint64]map[int][]byte{}
}

// piece reads n bytes at an offset in the file.
func (f *File) piece(at, n int64, what string) (*cursor, error) {
	fail := func(format string, args ...any) (*cursor, error) {
		return nil, &Error{Object: f.object, Offset: at, Msg: what + ": " + fmt.Sprintf(format, args...)}
	}
	switch {
	case at < 0 || n < 0 || n > f.size || at > f.size-n:
		return fail("%d bytes from here do not lie in the file, which has %d", n, f.size)
	case n > f.left:
		return fail("the file refers to itself: more has been read than it holds")
	}
	f.left -= n
	b := make([]byte, n)
	if k, err := f.r.ReadAt(b, at); k < len(b) {
		return fail("%d of %d bytes read: %v", k, n, err)
	}
	return &cursor{f: f, b: b, at: at, what: what}, nil
}

// read reads n bytes at an address.
func (f *File) read(address uint64, n int64, what string) (*cursor, error) {
	if address > math.MaxInt64 || int64(address) > f.size-f.base {
		return nil, &Error{Object: f.object, Offset: -1, Msg: fmt.Sprintf("%s: address %#x lies outside of the file, which has %d bytes", what, address, f.size)}
	}
	return f.piece(f.base+int64(address), n, what)
}

// rest returns how many bytes lie between an address and the end of the file, at most n.
func (f *File) rest(address uint64, n int64) int64 {
	if address > math.MaxInt64 || int64(address) > f.size-f.base {
		return n // read will say so
	}
	return min(n, f.size-f.base-int64(address))
}

// superblock reads the superblock at an offset.
func (f *File) superblock(at int64) error {
	const most = 120 // of version 1 with addresses of 8 bytes
	c, err := f.piece(at, min(most, f.size-at), "superblock")
	if err != nil {
		return err
	}
	c.skip(len(magic))
	switch version := c.version(0, 1, 2, 3); version {
	case 0, 1:
		c.version(0) // of the free space storage
		c.version(0) // of the root symbol table
		c.skip(1)
		c.version(0) // of the shared header messages
		f.sizes(c)
		c.skip(1 + 2 + 2 + 4) // K of groups, flags
		if version == 1 {
			c.skip(4) // K of chunks
		}
		f.begins(c, at)
		c.address() // free space
		end := c.address()
		c.address() // driver
		c.address() // name of the root
		f.root = c.address()
		f.ends(c, end)
	default:
		f.sizes(c)
		c.skip(1)
		f.begins(c, at)
		c.address() // extension
		end := c.address()
		f.root = c.address()
		c.checksum(0)
		f.ends(c, end)
	}
	return c.err
}

// sizes reads the sizes of addresses and lengths.
func (f *File) sizes(c *cursor) {
	f.offsetSize, f.lengthSize = c.u8(), c.u8()
	for _, n := range []int{f.offsetSize, f.lengthSize} {
		if c.err == nil && n != 2 && n != 4 && n != 8 {
			c.fail("addresses of %d and lengths of %d bytes: want 2, 4 or 8", f.offsetSize, f.lengthSize)
		}
	}
}

// begins reads the base address, which is where the superblock lies.
func (f *File) begins(c *cursor, at int64) {
	if base := c.address(); c.err == nil && base != uint64(at) {
		c.fail("base address %#x: want that of the superblock, %#x", base, at)
	}
	f.base = at
}

// ends compares the length that the superblock states, which the library counts from the beginning of the file, with that of the file.
func (f *File) ends(c *cursor, end uint64) {
	if c.err == nil && end > uint64(f.size) {
		c.fail("the file should have %d bytes and has %d: it is truncated", end, f.size)
	}
}

// Root returns the root group.
func (f *File) Root() (*Object, error) { return f.open("/", f.root) }

package sinks

import (
	"errors"
	"io"
	"io/fs"

	"hearpipe/internal/npy"
)

// growing is an NPY file whose number of rows is not known beforehand: the header is replaced at the end. The file is
// at its beginning when it starts.
type growing struct {
	w interface {
		io.Writer
		io.WriterAt
	}
	header npy.Header // Shape[0] is rows
	rows   int64
	buf    []byte
}

// begin writes the header of rows of the given width, 0 for an array of one dimension.
func (g *growing) begin(w interface {
	io.Writer
	io.WriterAt
}, t npy.Type, width int,
) error {
	g.w, g.header = w, npy.Header{Type: t, Shape: []int64{0}}
	if width > 0 {
		g.header.Shape = []int64{0, int64(width)}
	}
	g.buf = make([]byte, 0, bufferSize)
	var err error
	g.buf, err = npy.AppendHeader(g.buf, g.header)
	if err != nil {
		return err
	}
	if err := g.flush(); err != nil {
		return err
	}
	// Replacing the header must work at the end of an hour, so it is tried now.
	return g.replaceHeader()
}

// reserve makes room for n bytes in buf.
func (g *growing) reserve(n int) error {
	if len(g.buf)+n > bufferSize {
		return g.flush()
	}
	return nil
}

func (g *growing) flush() error {
	_, err := g.w.Write(g.buf)
	g.buf = g.buf[:0]
	return err
}

func (g *growing) replaceHeader() error {
	g.header.Shape[0] = g.rows
	header, err := npy.AppendHeader(nil, g.header)
	if err != nil {
		return err
	}
	_, err = g.w.WriteAt(header, 0)
	return err
}

// end writes what is buffered and the final header.
func (g *growing) end() error {
	if err := g.flush(); err != nil {
		return err
	}
	return g.replaceHeader()
}

// plain strips the name of a file from an error of the operating system.
func plain(err error) error {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		return p.Err
	}
	return err
}

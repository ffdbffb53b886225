package npy

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// ZipWriter writes an NPZ archive: named arrays in a ZIP file, uncompressed, as numpy.savez does. Equal arrays give
// equal bytes: no time of writing is recorded.
type ZipWriter struct{ zip *zip.Writer }

// NewZipWriter begins an archive. Close must be called at its end.
func NewZipWriter(w io.Writer) *ZipWriter { return &ZipWriter{zip.NewWriter(w)} }

// Add writes an array whose elements data supplies, exactly as many bytes as the header implies.
func (w *ZipWriter) Add(name string, h Header, data io.Reader) error {
	header, err := AppendHeader(nil, h)
	if err != nil {
		return err
	}
	count, err := h.Count()
	if err != nil {
		return err
	}
	member, err := w.member(name)
	if err != nil {
		return err
	}
	if _, err := member.Write(header); err != nil {
		return err
	}
	n, err := io.Copy(member, data)
	if err != nil {
		return err
	}
	if want := count * int64(h.Type.Size()); n != want {
		return fmt.Errorf("npy: array %s: %d bytes of data, want %d", name, n, want)
	}
	return nil
}

// AddFloat64 writes a scalar of type <f8.
func (w *ZipWriter) AddFloat64(name string, x float64) error {
	return w.Add(name, Header{Type: Float64}, bytes.NewReader(AppendFloat64(nil, x)))
}

// AddInt64 writes a scalar of type <i8.
func (w *ZipWriter) AddInt64(name string, x int64) error {
	return w.Add(name, Header{Type: Int64}, bytes.NewReader(AppendInt64(nil, x)))
}

// AddFloat64s writes a vector of type <f8.
func (w *ZipWriter) AddFloat64s(name string, x []float64) error {
	b := make([]byte, 0, 8*len(x))
	for _, v := range x {
		b = AppendFloat64(b, v)
	}
	return w.Add(name, Header{Type: Float64, Shape: []int64{int64(len(x))}}, bytes.NewReader(b))
}

// AddText writes a scalar text.
func (w *ZipWriter) AddText(name, text string) error {
	b, err := AppendText(nil, text)
	if err != nil {
		return err
	}
	member, err := w.member(name)
	if err != nil {
		return err
	}
	_, err = member.Write(b)
	return err
}

// epoch is the earliest date that a ZIP file can state.
var epoch = time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC)

func (w *ZipWriter) member(name string) (io.Writer, error) {
	return w.zip.CreateHeader(&zip.FileHeader{Name: name + ".npy", Method: zip.Store, Modified: epoch})
}

// Close writes the archive's directory. It does not close the writer below.
func (w *ZipWriter) Close() error { return w.zip.Close() }

// Zip is an NPZ archive that is being read.
type Zip struct{ zip *zip.ReadCloser }

// OpenZip opens an NPZ archive. The caller closes it.
func OpenZip(path string) (*Zip, error) {
	z, err := zip.OpenReader(path)
	if err != nil {
		if strings.HasPrefix(err.Error(), "zip:") { // the others name the path already
			err = fmt.Errorf("%s: %w", path, err)
		}
		return nil, err
	}
	return &Zip{z}, nil
}

// Names lists the arrays, in alphabetical order.
func (z *Zip) Names() []string {
	var names []string
	for _, f := range z.zip.File {
		if name, ok := strings.CutSuffix(f.Name, ".npy"); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Member is an array of an archive; the caller closes it.
type Member struct {
	*Reader
	closer io.Closer
}

// Close ends the reading of the member. If it was read to its end, a checksum that does not fit is an error.
func (m *Member) Close() error {
	var err error
	if m.Left() == 0 {
		// The archive compares the checksum when somebody reads beyond the last byte.
		if _, err = m.r.Read(make([]byte, 1)); errors.Is(err, io.EOF) {
			err = nil
		}
	}
	return errors.Join(err, m.closer.Close())
}

// Open opens an array by name. Several may be open at once.
func (z *Zip) Open(name string) (*Member, error) {
	f, err := z.zip.Open(name + ".npy")
	if err != nil {
		return nil, fmt.Errorf("array %q: not in the archive, which holds %s", name, strings.Join(z.Names(), ", "))
	}
	r, err := NewReader(f)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("array %q: %w", name, err)
	}
	return &Member{r, f}, nil
}

// Float64s reads a whole array of numbers.
func (z *Zip) Float64s(name string) (all []float64, err error) {
	err = z.with(name, func(f *Member) error {
		a, err := readAll(f.Reader)
		all = a.Data
		return err
	})
	return all, err
}

// Float64 reads a scalar number.
func (z *Zip) Float64(name string) (float64, error) {
	var x [1]float64
	err := z.with(name, func(f *Member) error {
		if f.Left() != 1 {
			return fmt.Errorf("shape %v: want one number", f.Shape)
		}
		_, err := f.Float64s(x[:])
		return err
	})
	return x[0], err
}

// Int64 reads a scalar integer.
func (z *Zip) Int64(name string) (int64, error) {
	var x [1]int64
	err := z.with(name, func(f *Member) error {
		if f.Left() != 1 {
			return fmt.Errorf("shape %v: want one number", f.Shape)
		}
		_, err := f.Int64s(x[:])
		return err
	})
	return x[0], err
}

// Text reads a scalar text.
func (z *Zip) Text(name string) (text string, err error) {
	err = z.with(name, func(f *Member) error {
		text, err = f.Text()
		return err
	})
	return text, err
}

// with opens an array, has it read, and says its name in errors.
func (z *Zip) with(name string, read func(*Member) error) error {
	f, err := z.Open(name)
	if err != nil {
		return err
	}
	err = read(f)
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("array %q: %w", name, err)
	}
	return nil
}

// Close closes the archive.
func (z *Zip) Close() error { return z.zip.Close() }

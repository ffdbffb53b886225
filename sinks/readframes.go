package sinks

import (
	"bufio"
	"fmt"
	"io"
	"os"

	"hearpipe/internal/npy"
	"hearpipe/stages"
)

// ReadArray reads a whole NPY file of numbers (float64, float32, int32, int64): its shape and its elements in C order,
// the last index running fastest. Other types and Fortran order are errors.
func ReadArray(path string) (shape []int64, data []float64, err error) {
	a, err := npy.ReadFile(path)
	return a.Shape, a.Data, err
}

// FrameReader reads an NPY file of frames from beginning to end in constant memory: those of [FrameFile], and any matrix
// frames × channels of others. A vector is read as frames of one channel.
type FrameReader struct {
	f        *os.File
	array    *npy.Reader
	frames   int64
	channels int
	meta     Meta
	known    bool
}

// OpenFrames opens an NPY file of frames. The caller closes it.
func OpenFrames(path string) (*FrameReader, error) {
	m, known, err := ReadMeta(path)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r := &FrameReader{f: f, meta: m, known: known}
	if r.array, err = npy.NewReader(bufio.NewReaderSize(f, bufferSize)); err == nil {
		err = r.shape()
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

func (r *FrameReader) shape() error {
	shape := r.array.Shape
	switch {
	case len(shape) == 1:
		shape = []int64{shape[0], 1}
	case len(shape) != 2 || shape[1] < 1 || shape[1] > 1<<24:
		return fmt.Errorf("shape %v: want frames × channels with 1 to 2^24 channels", shape)
	}
	r.frames, r.channels = shape[0], int(shape[1])
	// A statistic has channels in rows; its metadata do not describe rows as frames.
	if r.known && (r.meta.Holds != "frames" || r.meta.Channels != r.channels) {
		r.meta, r.known = Meta{}, false
	}
	return nil
}

// Frames is the number of frames in the file.
func (r *FrameReader) Frames() int64 { return r.frames }

// Channels is the number of values per frame.
func (r *FrameReader) Channels() int { return r.channels }

// Type is the element type of the file in NumPy's notation, such as "<f8".
func (r *FrameReader) Type() string { return string(r.array.Type) }

// Meta is what is said about the file. ok is false if nothing is, as for files of others.
func (r *FrameReader) Meta() (m Meta, ok bool) { return r.meta, r.known }

// Next reads the next frames into dst, which has the channels of the file. It returns their number; fewer than dst.N
// come with io.EOF at the end of the file, or with an error.
func (r *FrameReader) Next(dst stages.Frames) (n int, err error) {
	for ; n < dst.N; n++ {
		if _, err := r.array.Float64s(dst.Row(n)); err != nil {
			if err != io.EOF {
				err = fmt.Errorf("%s: %w", r.f.Name(), err)
			}
			return n, err
		}
	}
	return n, nil
}

// Close closes the file.
func (r *FrameReader) Close() error { return r.f.Close() }

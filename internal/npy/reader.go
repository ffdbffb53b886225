package npy

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
)

// Reader reads the elements of one array in order.
type Reader struct {
	Header
	r    io.Reader
	done int64 // elements read
	all  int64 // elements in the array
	buf  []byte
}

// NewReader reads the header of an array; the elements follow by Float64s, Int64s or Text.
func NewReader(r io.Reader) (*Reader, error) {
	h, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	n, err := h.Count()
	if err != nil {
		return nil, err
	}
	return &Reader{Header: h, r: r, all: n}, nil
}

// Left is the number of elements not yet read.
func (r *Reader) Left() int64 { return r.all - r.done }

// Float64s reads the next elements, converted from whatever numbers the array holds. It fills dst unless the array ends
// first: then n < len(dst) comes with io.EOF, or with an error if the file is shorter than its header says. An integer
// that float64 cannot hold exactly is an error.
func (r *Reader) Float64s(dst []float64) (n int, err error) {
	for n < len(dst) {
		raw, err := r.next(len(dst) - n)
		if err != nil {
			return n, err
		}
		size := r.Type.Size()
		for ; len(raw) > 0; raw = raw[size:] {
			switch r.Type {
			case Float64:
				dst[n] = math.Float64frombits(binary.LittleEndian.Uint64(raw))
			case Float32:
				dst[n] = float64(math.Float32frombits(binary.LittleEndian.Uint32(raw)))
			case Int32:
				dst[n] = float64(int32(binary.LittleEndian.Uint32(raw)))
			default:
				v := int64(binary.LittleEndian.Uint64(raw))
				if dst[n] = float64(v); int64(dst[n]) != v || v == math.MaxInt64 {
					return n, fmt.Errorf("npy: element %d: %d has no exact float64", r.done-int64(len(raw)/size), v)
				}
			}
			n++
		}
	}
	return n, nil
}

// Int64s reads the next elements of an array of integers, as Float64s does. An array of other numbers is an error.
func (r *Reader) Int64s(dst []int64) (n int, err error) {
	if r.Type != Int32 && r.Type != Int64 {
		return 0, fmt.Errorf("npy: type %s: want integers, <i4 or <i8", r.Type)
	}
	for n < len(dst) {
		raw, err := r.next(len(dst) - n)
		if err != nil {
			return n, err
		}
		for size := r.Type.Size(); len(raw) > 0; raw = raw[size:] {
			if r.Type == Int32 {
				dst[n] = int64(int32(binary.LittleEndian.Uint32(raw)))
			} else {
				dst[n] = int64(binary.LittleEndian.Uint64(raw))
			}
			n++
		}
	}
	return n, nil
}

// Text reads the one element of an array of texts.
func (r *Reader) Text() (string, error) {
	if _, ok := r.Type.characters(); !ok || r.all != 1 {
		return "", fmt.Errorf("npy: type %s, shape %v: want one text", r.Type, r.Shape)
	}
	raw := make([]byte, r.Type.Size())
	if _, err := io.ReadFull(r.r, raw); err != nil {
		return "", cut("the text", err)
	}
	r.done = r.all
	var text []rune
	for ; len(raw) > 0; raw = raw[4:] {
		if c := binary.LittleEndian.Uint32(raw); c != 0 { // short texts are padded with zeros
			text = append(text, rune(c))
		}
	}
	return string(text), nil
}

// next reads the bytes of 1 to limit elements into the buffer.
func (r *Reader) next(limit int) ([]byte, error) {
	if _, text := r.Type.characters(); text {
		return nil, fmt.Errorf("npy: type %s: want numbers", r.Type)
	}
	if r.done == r.all {
		return nil, io.EOF
	}
	size := r.Type.Size()
	if r.buf == nil {
		r.buf = make([]byte, 1<<15)
	}
	n := min(int64(limit), r.Left(), int64(len(r.buf)/size))
	raw := r.buf[:int(n)*size]
	if got, err := io.ReadFull(r.r, raw); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, fmt.Errorf("npy: file ends at element %d of %d: %w",
				r.done+int64(got/size), r.all, io.ErrUnexpectedEOF)
		}
		return nil, fmt.Errorf("npy: read element %d: %w", r.done, err)
	}
	r.done += n
	return raw, nil
}

// Array is an array of numbers in memory, in C order: element (i, j) of a matrix is Data[i*Shape[1]+j].
type Array struct {
	Shape []int64
	Data  []float64
}

// Read reads a whole array of numbers. Memory grows with what is there, not with what a header claims.
func Read(from io.Reader) (Array, error) {
	r, err := NewReader(from)
	if err != nil {
		return Array{}, err
	}
	return readAll(r)
}

func readAll(r *Reader) (Array, error) {
	a := Array{Shape: r.Shape}
	chunk := make([]float64, min(1<<16, max(1, r.Left())))
	for r.Left() > 0 {
		n, err := r.Float64s(chunk[:min(int64(len(chunk)), r.Left())])
		if err != nil {
			return Array{}, err
		}
		a.Data = append(a.Data, chunk[:n]...)
	}
	return a, nil
}

// ReadFile reads a whole NPY file of numbers.
func ReadFile(path string) (Array, error) {
	f, err := os.Open(path)
	if err != nil {
		return Array{}, err
	}
	defer f.Close()
	a, err := Read(bufio.NewReaderSize(f, 1<<16))
	if err != nil {
		return Array{}, fmt.Errorf("%s: %w", path, err)
	}
	return a, nil
}

package sound

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"math"
	"testing"

	"hearpipe/internal/npy"
	"hearpipe/stages"
)

// reference reads an array that brian2hears computed.
func reference(t *testing.T, name string) npy.Array {
	t.Helper()
	a, err := npy.ReadFile("testdata/reference/" + name + ".npy")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// referenceSound reads a sound that brian2hears computed.
func referenceSound(t *testing.T, name string, rate float64) *Sound {
	t.Helper()
	a := reference(t, name)
	channels := 1
	if len(a.Shape) == 2 {
		channels = int(a.Shape[1])
	}
	s, err := FromInterleaved(rate, channels, a.Data)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// near compares values; tol is relative to the largest magnitude wanted.
func near(t *testing.T, name string, got, want []float64, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d values: want %d", name, len(got), len(want))
		return
	}
	worst, where, top := 0.0, 0, 0.0
	for i := range got {
		top = math.Max(top, math.Abs(want[i]))
		if d := math.Abs(got[i] - want[i]); !(d <= worst) {
			worst, where = d, i
		}
	}
	if !(worst <= tol*top) {
		t.Errorf("%s: max |Δ| %g at %d (got %g, want %g), max |want| %g: want %g of it", name, worst, where, got[where], want[where], top, tol)
	}
}

// must unwraps a result that cannot fail in a test.
func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

// drain fetches a stage to its end in blocks that grow, and returns the frames and the final error.
func drain(src stages.Stage, block int) (*Sound, error) {
	s := &Sound{data: stages.Frames{Channels: src.Format().Channels, Stride: src.Format().Channels}, rate: src.Format().Rate}
	for at := int64(0); ; {
		f, err := src.Fetch(context.Background(), at, at+int64(block))
		for i := range f.N {
			s.data.Data = append(s.data.Data, f.Row(i)...)
		}
		s.data.N += f.N
		if err != nil {
			return s, err
		}
		at += int64(block)
	}
}

// sameBits says whether two sounds have the same bits.
func sameBits(a, b *Sound) bool {
	if a.Len() != b.Len() || a.Channels() != b.Channels() || a.Rate() != b.Rate() {
		return false
	}
	for i := range a.Len() {
		for c := range a.Channels() {
			if math.Float64bits(a.At(i, c)) != math.Float64bits(b.At(i, c)) {
				return false
			}
		}
	}
	return true
}

// pipe hides that a reader can seek, and hands out few bytes at a time.
type pipe struct {
	r    io.Reader
	most int
}

func (p pipe) Read(b []byte) (int, error) {
	if len(b) > p.most {
		b = b[:p.most]
	}
	return p.r.Read(b)
}

// wavFile builds a WAV file from chunks, each an identifier and a payload; data chunks may lie about their size.
type wavFile struct {
	bytes.Buffer
	order binary.ByteOrder
}

func newWAV(container string) *wavFile {
	w := &wavFile{order: binary.LittleEndian}
	if container == "RIFX" {
		w.order = binary.BigEndian
	}
	w.WriteString(container)
	w.put(uint32(0xFFFFFFF0))
	w.WriteString("WAVE")
	return w
}

func (w *wavFile) put(v any) *wavFile {
	binary.Write(w, w.order, v)
	return w
}

// chunk appends a chunk with padding.
func (w *wavFile) chunk(id string, payload ...any) *wavFile {
	var b bytes.Buffer
	for _, p := range payload {
		binary.Write(&b, w.order, p)
	}
	w.WriteString(id)
	w.put(uint32(b.Len()))
	w.Write(b.Bytes())
	if b.Len()%2 == 1 {
		w.WriteByte(0)
	}
	return w
}

// raw appends bytes as they are and returns the file.
func (w *wavFile) raw(b string) []byte {
	w.WriteString(b)
	return w.Bytes()
}

// format appends a plain fmt chunk.
func (w *wavFile) format(tag, channels, rate, bytesPerSample, bits int) *wavFile {
	return w.chunk("fmt ", uint16(tag), uint16(channels), uint32(rate), uint32(rate*channels*bytesPerSample), uint16(channels*bytesPerSample), uint16(bits))
}

// extensible appends an extensible fmt chunk.
func (w *wavFile) extensible(tag, channels, rate, bytesPerSample, valid int) *wavFile {
	return w.chunk("fmt ", uint16(tagExtensible), uint16(channels), uint32(rate), uint32(rate*channels*bytesPerSample), uint16(channels*bytesPerSample),
		uint16(8*bytesPerSample), uint16(22), uint16(valid), uint32(0), uint32(tag), uint16(0), uint16(0x10), []byte{0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71})
}

// open reads the file from memory.
func (w *wavFile) open(p FileParams) (*File, error) {
	return NewReader(bytes.NewReader(w.Bytes()), p)
}

// fuzzOne reads whatever it is: it must come to an end, with finite samples, and without a panic.
func fuzzOne(t *testing.T, b []byte, seekable, allow bool) {
	var r io.Reader = bytes.NewReader(b)
	if !seekable {
		r = pipe{r, 7}
	}
	f, err := NewReader(r, FileParams{AllowTruncated: allow})
	if err != nil {
		return
	}
	if f.Format().Channels > 4096 { // rows are allocated by stages, not by the reader
		return
	}
	for at := int64(0); at <= int64(len(b))+64; at += 64 {
		got, err := f.Fetch(context.Background(), at, at+64)
		for i := range got.N {
			for _, x := range got.Row(i) {
				if x-x != 0 {
					t.Fatalf("sample %g without an error", x)
				}
			}
		}
		if err != nil {
			return
		}
	}
	t.Fatalf("%d bytes gave more than %d frames", len(b), len(b))
}

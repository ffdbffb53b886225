package sound

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"

	"hearpipe/internal/atomicfile"
	"hearpipe/stages"
)

// WAVFormat is how samples are written.
type WAVFormat string

// The formats of samples that can be written.
const (
	PCM16   WAVFormat = "pcm16"
	PCM24   WAVFormat = "pcm24"
	PCM32   WAVFormat = "pcm32"
	Float32 WAVFormat = "float32"
	Float64 WAVFormat = "float64"
)

// WAVParams says how a sound is written.
type WAVParams struct {
	Format    WAVFormat // default PCM16
	FullScale float64   // pressure of full scale [Pa] (default 1)
	Dither    bool      // add triangular noise of ±1 code before rounding (PCM only)
	Seed      uint64    // seed of the dither
}

// riffLimit is how many bytes of samples surely fit a RIFF file, whose sizes have 32 bits.
const riffLimit = math.MaxUint32 - 1024

// WAVSummary says what was written.
type WAVSummary struct {
	Frames  int64
	Clipped int64   // samples beyond full scale, written as the nearest code (PCM only)
	Peak    float64 // largest magnitude of a sample [Pa]
}

// WriteWAV writes a finite stage to a WAV file: whole, or not at all. See [WAVSink] for the format.
func WriteWAV(ctx context.Context, path string, src stages.Stage, p WAVParams) (WAVSummary, error) {
	w, err := NewWAVSink(path, src, p)
	if err != nil {
		return WAVSummary{}, err
	}
	_, err = stages.Run(ctx, stages.RunOptions{}, w)
	return w.Summary(), err
}

// WAVSink writes a stage to a WAV file. The file appears whole or not at all: it gets its name in Finish.
//
// A PCM code of b bits is the sample/FullScale·2^(b-1) rounded to the nearest (half to even), so that reading a file and
// writing it again gives the same codes. Samples beyond full scale become the nearest code and are counted. A sample that is
// not a finite number is an error. Up to two channels of PCM are written in the plain form that everything reads, more
// channels in the extensible one. A file of 4 GiB or more becomes RF64. The rate must be a whole number of Hz.
type WAVSink struct {
	src     stages.Stage
	path    string
	p       WAVParams
	bytes   int // per sample
	f       *atomicfile.File
	bw      *bufio.Writer
	written []byte // the header as it stands in the file
	raw     []byte
	rate    uint32
	reserve bool // place was left for the 64-bit sizes
	comment string
	q       quantiser
}

var _ stages.FrameSink = (*WAVSink)(nil)

// NewWAVSink describes a file to be written. An unknown format, a rate that is no whole number of Hz and more than 65,535 channels
// are errors. Nothing is created before Open.
func NewWAVSink(path string, src stages.Stage, p WAVParams) (*WAVSink, error) {
	if p.Format == "" {
		p.Format = PCM16
	}
	size := map[WAVFormat]int{PCM16: 2, PCM24: 3, PCM32: 4, Float32: 4, Float64: 8}[p.Format]
	f := src.Format()
	switch {
	case size == 0:
		return nil, fmt.Errorf("%s: format %q: want pcm16, pcm24, pcm32, float32 or float64", path, p.Format)
	case f.Rate != math.Trunc(f.Rate) || f.Rate < 1 || f.Rate > math.MaxUint32:
		return nil, fmt.Errorf("%s: sample rate %g Hz: a WAV file stores whole numbers of Hz up to %d; resample first", path, f.Rate, uint32(math.MaxUint32))
	case f.Channels > math.MaxUint16 || f.Channels*size > math.MaxUint16:
		return nil, fmt.Errorf("%s: %d channels of %d bytes: a frame of a WAV file has at most 65535 bytes", path, f.Channels, size)
	}
	bits := 8 * size
	if p.Format == Float32 || p.Format == Float64 {
		bits = 0
	}
	q, err := newQuantiser(path, bits, f.Channels, p.FullScale, p.Dither, p.Seed)
	if err != nil {
		return nil, err
	}
	return &WAVSink{src: src, path: path, p: p, bytes: size, rate: uint32(f.Rate), q: q}, nil
}

// Input is the stage that is written.
func (w *WAVSink) Input() stages.Node { return w.src }

// Summary says what has been written so far.
func (w *WAVSink) Summary() WAVSummary { return w.q.sum }

// Files lists the file that was written.
func (w *WAVSink) Files() []string { return []string{w.path} }

// Notes says what a reader of the file should know: how many samples were beyond full scale.
func (w *WAVSink) Notes() []string { return w.q.notes(w.path) }

// Open creates the temporary file.
func (w *WAVSink) Open(_ context.Context, f stages.Format) error {
	file, err := atomicfile.Create(w.path)
	if err != nil {
		return err
	}
	w.f, w.bw, w.q.sum = file, bufio.NewWriterSize(file, bufferBytes), WAVSummary{}
	w.raw = make([]byte, f.Channels*w.bytes)
	w.reserve = f.Frames > riffLimit/int64(len(w.raw))
	expect := f.Frames
	if expect == stages.Unbounded {
		expect = 0
	}
	w.written = w.header(expect)
	_, err = w.bw.Write(w.written)
	return err
}

// WriteFrames encodes frames.
func (w *WAVSink) WriteFrames(_ context.Context, at int64, f stages.Frames) error {
	for i := range f.N {
		w.q.begin(at + int64(i))
		for c, x := range f.Row(i) {
			x, err := w.q.scaled(w.path, x, at+int64(i), c)
			if err != nil {
				return err
			}
			w.encode(w.raw[c*w.bytes:(c+1)*w.bytes], x, c)
		}
		if _, err := w.bw.Write(w.raw); err != nil {
			return err
		}
		w.q.sum.Frames++
	}
	if n := w.q.sum.Frames * int64(len(w.raw)); n > riffLimit && !w.reserve {
		return fmt.Errorf("cannot write %s: %d bytes of samples, more than the length of the stream announced", w.path, n)
	}
	return nil
}

// encode writes one sample of channel c, of which full scale is 1.
func (w *WAVSink) encode(b []byte, x float64, c int) {
	switch w.p.Format {
	case Float32:
		binary.LittleEndian.PutUint32(b, math.Float32bits(float32(x)))
		return
	case Float64:
		binary.LittleEndian.PutUint64(b, math.Float64bits(x))
		return
	}
	v := w.q.code(x, c)
	for k := range b {
		b[k] = byte(v >> (8 * k))
	}
}

// Finish writes the sizes, if they are not what the format announced, and gives the file its name. A file that was cut
// short by an interrupt or a stop says so in a comment (LIST INFO ICMT) behind the samples; others are plain.
func (w *WAVSink) Finish(e stages.Ending) error {
	if e.Reason == stages.Interrupted || e.Reason == stages.Stopped {
		w.comment = fmt.Sprintf("complete for frames 0:%d, then %s", e.Frames, e.Reason)
	}
	if err := w.complete(); err != nil {
		w.f.Abort(false)
		return err
	}
	return w.f.Commit()
}

func (w *WAVSink) complete() error {
	if w.q.sum.Frames*int64(len(w.raw))%2 != 0 { // chunks are padded to an even size, the padding does not count
		w.bw.WriteByte(0)
	}
	w.bw.Write(w.commentChunk())
	if err := w.bw.Flush(); err != nil {
		return err
	}
	h := w.header(w.q.sum.Frames)
	if bytes.Equal(h, w.written) {
		return nil
	}
	_, err := w.f.WriteAt(h, 0)
	return err
}

// commentChunk is the comment as a chunk of a WAV file, nothing if there is none.
func (w *WAVSink) commentChunk() []byte {
	if w.comment == "" {
		return nil
	}
	text := append([]byte(w.comment), 0)
	if len(text)%2 != 0 {
		text = append(text, 0)
	}
	b := binary.LittleEndian.AppendUint32([]byte("LIST"), uint32(12+len(text)))
	b = binary.LittleEndian.AppendUint32(append(b, "INFOICMT"...), uint32(len(text)))
	return append(b, text...)
}

// Abort removes the temporary file unless it is to be kept; a kept one is completed as far as it goes.
func (w *WAVSink) Abort(keep bool) {
	if w.f == nil {
		return
	}
	if keep {
		_ = w.complete() // the run has failed already
	}
	w.f.Abort(keep)
}

// header is everything before the samples, for a number of frames of them.
func (w *WAVSink) header(frames int64) []byte {
	data := frames * int64(len(w.raw))
	le := binary.LittleEndian
	channels := w.src.Format().Channels
	tag, float := uint16(tagPCM), w.p.Format == Float32 || w.p.Format == Float64
	if float {
		tag = tagFloat
	}
	extensible := channels > 2
	var b []byte
	chunk := func(id string, size int) { b = le.AppendUint32(append(b, id...), uint32(size)) }
	chunk("RIFF", 0)
	b = append(b, "WAVE"...)
	if w.reserve {
		chunk("JUNK", 28)
		b = append(b, make([]byte, 28)...)
	}
	switch {
	case extensible:
		chunk("fmt ", 40)
		b = le.AppendUint16(b, tagExtensible)
	case float:
		chunk("fmt ", 18)
		b = le.AppendUint16(b, tag)
	default:
		chunk("fmt ", 16)
		b = le.AppendUint16(b, tag)
	}
	b = le.AppendUint16(b, uint16(channels))
	b = le.AppendUint32(b, w.rate)
	b = le.AppendUint32(b, uint32(int64(w.rate)*int64(len(w.raw))))
	b = le.AppendUint16(b, uint16(len(w.raw)))
	b = le.AppendUint16(b, uint16(8*w.bytes))
	if extensible {
		b = le.AppendUint16(b, 22)
		b = le.AppendUint16(b, uint16(8*w.bytes))
		b = le.AppendUint32(b, 0) // no speakers assigned
		b = le.AppendUint16(b, tag)
		b = append(b, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71)
	} else if float {
		b = le.AppendUint16(b, 0)
	}
	if float {
		chunk("fact", 4)
		b = le.AppendUint32(b, uint32(min(frames, math.MaxUint32)))
	}
	chunk("data", 0)
	riff := int64(len(b)) - 8 + data + data%2 + int64(len(w.commentChunk()))
	if riff <= math.MaxUint32 {
		le.PutUint32(b[4:], uint32(riff))
		le.PutUint32(b[len(b)-4:], uint32(data))
		return b
	}
	copy(b, "RF64\xff\xff\xff\xff")
	copy(b[12:], "ds64")
	le.PutUint64(b[20:], uint64(riff))
	le.PutUint64(b[28:], uint64(data))
	le.PutUint64(b[36:], uint64(frames))
	le.PutUint32(b[len(b)-4:], math.MaxUint32)
	return b
}

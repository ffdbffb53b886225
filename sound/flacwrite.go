package sound

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/mewkiz/flac"
	"github.com/mewkiz/flac/frame"
	"github.com/mewkiz/flac/meta"

	"hearpipe/internal/atomicfile"
	"hearpipe/stages"
)

// FLACParams says how a sound is written.
type FLACParams struct {
	Bits      int     // of a sample: 16 (default) or 24
	FullScale float64 // pressure of full scale [Pa] (default 1)
	Dither    bool    // add triangular noise of ±1 code before rounding
	Seed      uint64  // seed of the dither
}

// flacBlock is how many frames are predicted together, the usual number.
const flacBlock = 4096

// A block of padding stands between the header and the samples: room for a comment that is known at the end only.
const (
	roomAt = 42  // byte of the file
	room   = 128 // bytes, without the four that say what and how long it is
)

// blockSizesAt is the byte of a FLAC file at which the least and the greatest size of blocks stand, 16 bits each.
const blockSizesAt = 8

// FLACSink writes a stage to a FLAC file (encoder: github.com/mewkiz/flac, fixed predictors). The file appears whole or not at all: it gets
// its name in Finish. Codes and clipping are those of [WAVSink]. The rate must be a whole number of Hz up to 1,048,575, and there are at most
// 8 channels.
type FLACSink struct {
	src   stages.Stage
	path  string
	bits  int
	q     quantiser
	f     *atomicfile.File
	out   *seekableFile
	enc   *flac.Encoder
	block frame.Frame
	rows  int // frames in the block

	comment string // behind the header, "" if the file is whole
}

var _ stages.FrameSink = (*FLACSink)(nil)

// NewFLACSink describes a file to be written. Nothing is created before Open.
func NewFLACSink(path string, src stages.Stage, p FLACParams) (*FLACSink, error) {
	if p.Bits == 0 {
		p.Bits = 16
	}
	f := src.Format()
	switch {
	case p.Bits != 16 && p.Bits != 24:
		return nil, fmt.Errorf("%s: FLAC of %d bits: want 16 or 24", path, p.Bits)
	case f.Rate != math.Trunc(f.Rate) || f.Rate < 1 || f.Rate > 1<<20-1:
		return nil, fmt.Errorf("%s: sample rate %g Hz: a FLAC file stores whole numbers of Hz up to %d; resample first", path, f.Rate, 1<<20-1)
	case f.Channels > 8:
		return nil, fmt.Errorf("%s: %d channels: a FLAC file has at most 8", path, f.Channels)
	}
	q, err := newQuantiser(path, p.Bits, f.Channels, p.FullScale, p.Dither, p.Seed)
	if err != nil {
		return nil, err
	}
	return &FLACSink{src: src, path: path, bits: p.Bits, q: q}, nil
}

// Input is the stage that is written.
func (w *FLACSink) Input() stages.Node { return w.src }

// Summary says what has been written so far.
func (w *FLACSink) Summary() WAVSummary { return w.q.sum }

// Files lists the file that was written.
func (w *FLACSink) Files() []string { return []string{w.path} }

// Notes says what a reader of the file should know: how many samples were beyond full scale.
func (w *FLACSink) Notes() []string { return w.q.notes(w.path) }

// Open creates the temporary file.
func (w *FLACSink) Open(_ context.Context, f stages.Format) error {
	file, err := atomicfile.Create(w.path)
	if err != nil {
		return err
	}
	w.f, w.q.sum, w.rows = file, WAVSummary{}, 0
	w.out = &seekableFile{f: file, bw: bufio.NewWriterSize(file, bufferBytes)}
	w.enc, err = flac.NewEncoder(w.out, &meta.StreamInfo{
		BlockSizeMin: flacBlock, BlockSizeMax: flacBlock, SampleRate: uint32(f.Rate), NChannels: uint8(f.Channels), BitsPerSample: uint8(w.bits),
	}, &meta.Block{Header: meta.Header{Type: meta.TypePadding, Length: room}})
	if err != nil {
		return err
	}
	rate := uint32(f.Rate)
	if rate > 65535 && (rate%10 != 0 || rate > 655350) {
		rate = 0 // a block has no code for it and refers to the header of the file
	}
	w.block = frame.Frame{Header: frame.Header{
		HasFixedBlockSize: true, BlockSize: flacBlock, SampleRate: rate, Channels: frame.Channels(f.Channels - 1), BitsPerSample: uint8(w.bits),
	}}
	for range f.Channels {
		w.block.Subframes = append(w.block.Subframes, &frame.Subframe{Samples: make([]int32, flacBlock)})
	}
	return nil
}

// WriteFrames collects blocks and encodes them.
func (w *FLACSink) WriteFrames(_ context.Context, at int64, f stages.Frames) error {
	for i := range f.N {
		w.q.begin(at + int64(i))
		for c, x := range f.Row(i) {
			x, err := w.q.scaled(w.path, x, at+int64(i), c)
			if err != nil {
				return err
			}
			w.block.Subframes[c].Samples[w.rows] = int32(w.q.code(x, c))
		}
		w.q.sum.Frames++
		if w.rows++; w.rows == flacBlock {
			if err := w.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// flush encodes the frames of the block.
func (w *FLACSink) flush() error {
	w.block.BlockSize = uint16(w.rows)
	for _, s := range w.block.Subframes {
		// The encoder looks for the best predictor of what is marked as verbatim, and leaves its choice behind.
		*s = frame.Subframe{Samples: s.Samples[:w.rows], NSamples: w.rows}
		s.Pred = frame.PredVerbatim
	}
	err := w.enc.WriteFrame(&w.block)
	for _, s := range w.block.Subframes {
		s.Samples = s.Samples[:flacBlock]
	}
	w.rows = 0
	return w.out.cause(err)
}

// Finish encodes the rest, completes the header with length and check sum, and gives the file its name. A file that was cut short by an
// interrupt or a stop says so in a comment, as one of [WAVSink] does.
func (w *FLACSink) Finish(e stages.Ending) error {
	if e.Reason == stages.Interrupted || e.Reason == stages.Stopped {
		w.comment = fmt.Sprintf("complete for frames 0:%d, then %s", e.Frames, e.Reason)
	}
	if err := w.complete(); err != nil {
		w.f.Abort(false)
		return err
	}
	return w.f.Commit()
}

func (w *FLACSink) complete() error {
	if w.rows > 0 {
		if err := w.flush(); err != nil {
			return err
		}
	}
	if err := w.enc.Close(); err != nil { // rewrites the header
		return w.out.cause(err)
	}
	// The encoder writes the sizes of the blocks that it has seen, but a stream is one of equal blocks, the last of which may be short.
	if _, err := w.out.Seek(blockSizesAt, io.SeekStart); err != nil {
		return err
	}
	if _, err := w.out.Write([]byte{flacBlock >> 8, flacBlock & 0xFF, flacBlock >> 8, flacBlock & 0xFF}); err != nil || w.comment == "" {
		return err
	}
	if _, err := w.out.Seek(roomAt, io.SeekStart); err != nil {
		return err
	}
	_, err := w.out.Write(commentBlocks(w.comment))
	return err
}

// commentBlocks are a VORBIS_COMMENT block and the rest of the padding (RFC 9639, section 8.6): the program, and one field.
func commentBlocks(text string) []byte {
	le := binary.LittleEndian
	const program = "hearpipe"
	field := "COMMENT=" + text
	body := append(le.AppendUint32(nil, uint32(len(program))), program...)
	body = le.AppendUint32(body, 1)
	body = append(le.AppendUint32(body, uint32(len(field))), field...)
	rest := room - len(body) - 4
	b := append([]byte{4, 0, 0, byte(len(body))}, body...)
	b = append(b, 0x80|1, 0, 0, byte(rest))
	return append(b, make([]byte, rest)...)
}

// Abort removes the temporary file unless it is to be kept; a kept one is completed as far as it goes.
func (w *FLACSink) Abort(keep bool) {
	if w.f == nil {
		return
	}
	if keep && w.enc != nil {
		_ = w.complete() // the run has failed already
	}
	w.f.Abort(keep)
}

// seekableFile is a file behind a buffer in which the encoder can go back to the header.
type seekableFile struct {
	f      *atomicfile.File
	bw     *bufio.Writer
	header bool // the next byte goes to at, not behind the others
	at     int64
	err    error // of the last write
}

// Write appends, or after a Seek overwrites.
func (s *seekableFile) Write(b []byte) (int, error) {
	var n int
	if !s.header {
		n, s.err = s.bw.Write(b)
	} else {
		n, s.err = s.f.WriteAt(b, s.at)
		s.at += int64(n)
	}
	return n, s.err
}

// cause is err, or in its place the error of the file that lies behind it: the encoder wraps errors in its own places and colours.
func (s *seekableFile) cause(err error) error {
	if err != nil && s.err != nil {
		return s.err
	}
	return err
}

// Seek supports what the encoder does: going to a byte of the header once all else has been written.
func (s *seekableFile) Seek(offset int64, whence int) (int64, error) {
	if whence != io.SeekStart {
		return 0, errors.New("sound: FLAC header: only absolute places")
	}
	if err := s.flush(); err != nil {
		return 0, err
	}
	s.at, s.header = offset, true
	return offset, nil
}

func (s *seekableFile) flush() error { return s.bw.Flush() }

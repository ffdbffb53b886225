package sound

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"hearpipe/stages"
)

// flacInfo is the STREAMINFO block of a FLAC file (RFC 9639, section 8.2).
type flacInfo struct {
	rate     int
	channels int
	bits     int
	frames   int64 // 0: not known
	largest  int   // frames of the largest block
	begin    int64 // byte of the first block of samples
}

// skipTag passes over an ID3v2 tag, which some programs put in front of FLAC. What has such a tag and is not FLAC is an MP3 file.
func (s *scanner) skipTag() error {
	b, err := s.br.Peek(10)
	if err != nil || string(b[:3]) != "ID3" {
		return nil // too short for a tag: the next look at the file says what is wrong with it
	}
	size := int64(b[6]&0x7F)<<21 | int64(b[7]&0x7F)<<14 | int64(b[8]&0x7F)<<7 | int64(b[9]&0x7F)
	if b[5]&0x10 != 0 {
		size += 10 // a footer
	}
	if err := s.skip(10+size, "ID3"); err != nil {
		return err
	}
	if b, _ := s.br.Peek(4); string(b) != "fLaC" {
		return s.fail(0, "an MP3 file; convert it first, for example with ffmpeg -i in.mp3 out.wav: want a WAV, AIFF, AIFC or FLAC file")
	}
	s.note("an ID3 tag of %d bytes in front of the FLAC stream", 10+size)
	return nil
}

// scanFLAC reads the metadata of a FLAC stream, at whose first byte the scanner stands.
func (s *scanner) scanFLAC() (*flacInfo, error) {
	var b [4]byte
	if err := s.read(b[:], "the FLAC signature"); err != nil {
		return nil, err
	}
	var f *flacInfo
	for count := 0; ; count++ {
		at := s.pos
		if count == mostChunks || s.pos > mostPreamble {
			return nil, s.fail(at, "%d blocks of metadata and no samples: want samples within %d blocks and %d bytes", count, mostChunks, mostPreamble)
		}
		if err := s.read(b[:], "a metadata block"); err != nil {
			return nil, err
		}
		kind, size := b[0]&0x7F, int64(b[1])<<16|int64(b[2])<<8|int64(b[3])
		if (kind == 0) != (count == 0) {
			return nil, s.fail(at, "metadata block %d is of type %d: want one STREAMINFO (type 0), and that first", count, kind)
		}
		if kind == 0 {
			if size != 34 {
				return nil, s.fail(at, "STREAMINFO block of %d bytes: want 34", size)
			}
			var err error
			if f, err = s.streamInfo(at + 4); err != nil {
				return nil, err
			}
		} else if err := s.skip(size, fmt.Sprintf("metadata %d", kind)); err != nil {
			return nil, err
		}
		if b[0]&0x80 != 0 {
			f.begin = s.pos
			return f, nil
		}
	}
}

func (s *scanner) streamInfo(at int64) (*flacInfo, error) {
	var b [34]byte
	if err := s.read(b[:], "the STREAMINFO block"); err != nil {
		return nil, err
	}
	packed := binary.BigEndian.Uint64(b[10:])
	f := &flacInfo{
		largest: int(binary.BigEndian.Uint16(b[2:])), rate: int(packed >> 44), channels: int(packed>>41&7) + 1,
		bits: int(packed>>36&31) + 1, frames: int64(packed & (1<<36 - 1)),
	}
	switch {
	case f.rate == 0:
		return nil, s.fail(at+10, "sample rate 0 Hz: want 1 Hz or more")
	case f.bits < 4:
		return nil, s.fail(at+12, "samples of %d bits: want 4 to 32", f.bits)
	case f.largest < 1: // the standard wants 16, but encoders give short files smaller blocks
		return nil, s.fail(at+2, "blocks of at most 0 frames: want 1 to 65535")
	}
	return f, nil
}

// flacReader fills frames from the blocks of a FLAC file (RFC 9639). It holds one block. What was damaged is found by the check sum of
// each block.
type flacReader struct {
	*scanner
	info    *flacInfo
	bits    bitReader
	scale   float64
	allow   bool
	block   [][]int64 // samples of the block, channel by channel
	count   int       // frames of the block
	at      int64     // frame of the stream at which the block begins
	number  int64     // of the next block: its ordinal, or its first frame where blocks differ in size
	fixed   bool      // all blocks but the last have one size
	started bool
	failed  error
}

func newFLACReader(s *scanner, f *flacInfo, p FileParams) *flacReader {
	r := &flacReader{scanner: s, info: f, bits: bitReader{br: s.br}, scale: math.Ldexp(p.FullScale, 1-f.bits), allow: p.AllowTruncated}
	r.block = make([][]int64, f.channels)
	for c := range r.block {
		r.block[c] = make([]int64, f.largest)
	}
	return r
}

// Fill implements [stages.Filler]. It depends on nothing but at: after a snapshot has been loaded, it looks for its place.
func (r *flacReader) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	if at < r.at {
		if err := r.rewind(at); err != nil {
			return 0, err
		}
	}
	for done := 0; done < dst.N; {
		if err := ctx.Err(); err != nil {
			return done, err
		}
		want := at + int64(done)
		if want >= r.at+int64(r.count) {
			if err := r.next(want); err != nil {
				return done, err
			}
			continue
		}
		skip := int(want - r.at)
		n := min(dst.N-done, r.count-skip)
		for c, x := range r.block {
			for i, v := range x[skip : skip+n] {
				dst.Data[(done+i)*dst.Stride+c] = float64(v) * r.scale
			}
		}
		done += n
	}
	return dst.N, nil
}

// rewind goes back to the first block.
func (r *flacReader) rewind(at int64) error {
	if r.seek == nil {
		return fmt.Errorf("%s: frame %d of a pipe that stands at frame %d: a pipe cannot go back", r.name, at, r.at)
	}
	if err := r.seekTo(r.info.begin); err != nil {
		return err
	}
	r.at, r.count, r.started, r.failed = 0, 0, false, nil
	return nil
}

// next decodes the next block, in which frame want is looked for.
func (r *flacReader) next(want int64) error {
	if r.failed != nil {
		return r.failed
	}
	r.at, r.count = r.at+int64(r.count), 0
	if r.info.frames > 0 && r.at >= r.info.frames {
		return io.EOF
	}
	begin := r.pos
	r.bits.start()
	n, err := r.decode()
	r.pos += r.bits.bytes
	if err == nil && r.bits.err != nil {
		err = r.bits.err
	}
	switch {
	case err == nil:
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		switch {
		case r.bits.bytes == 0 && r.info.frames == 0, r.allow:
			err = io.EOF
		case r.info.frames > 0:
			err = r.fail(r.pos, "the data ends after %d frames, the file declares %d: the file is truncated", r.at, r.info.frames)
		default:
			err = r.fail(r.pos, "the data ends within the block that begins with frame %d: the file is truncated", r.at)
		}
	case r.bits.err != nil:
		err = fmt.Errorf("%s: frame %d: %w", r.name, r.at, r.bits.err)
	default:
		err = r.fail(begin, "block that begins with frame %d: %v", r.at, err)
	}
	if err != nil {
		r.failed = err
		return err
	}
	if r.info.frames > 0 {
		n = int(min(int64(n), r.info.frames-r.at))
	}
	r.count = n
	return nil
}

package sound

import (
	"encoding/binary"
	"fmt"
	"math"
)

// common is what the COMM chunk of an AIFF file says.
type common struct {
	layout layout
	order  binary.ByteOrder
	frames int64
}

// scanAIFF reads an AIFF or AIFC stream up to the first sample (Apple, Audio Interchange File Format, 1989; AIFF-C draft, 1991). The
// scanner stands behind the twelve bytes of the form.
func (s *scanner) scanAIFF(h *header) (*header, error) {
	var about *common
	var samples, declared int64 = -1, 0 // of a SSND chunk that came before COMM
	for chunk := 0; ; chunk++ {
		if chunk == mostChunks || s.pos > mostPreamble && samples < 0 {
			return nil, s.fail(s.pos, "%d chunks and no samples: want a SSND chunk within %d chunks and %d bytes", chunk, mostChunks, mostPreamble)
		}
		at := s.pos
		if _, err := s.br.Peek(1); err != nil {
			missing := "a SSND chunk"
			if samples >= 0 {
				missing = "a COMM chunk"
			}
			return nil, s.fail(at, "the file ends without %s", missing)
		}
		var b [8]byte
		if err := s.read(b[:], "a chunk header"); err != nil {
			return nil, err
		}
		id, size := string(b[:4]), int64(binary.BigEndian.Uint32(b[4:]))
		switch id {
		case "COMM":
			if about != nil {
				return nil, s.fail(at, "second COMM chunk: want one")
			}
			var err error
			if about, err = s.common(at, size, h.container == "AIFC"); err != nil {
				return nil, err
			}
			if samples >= 0 { // the samples came first: go back to them
				if err := s.seekTo(samples); err != nil {
					return nil, err
				}
				return h, s.sized(h, about, samples, declared)
			}
		case "SSND":
			var place [8]byte
			if size < 8 {
				return nil, s.fail(at, "SSND chunk of %d bytes: want 8 or more", size)
			}
			if err := s.read(place[:], "the SSND chunk"); err != nil {
				return nil, err
			}
			offset := int64(binary.BigEndian.Uint32(place[:]))
			if offset > size-8 {
				return nil, s.fail(at+8, "SSND chunk whose samples begin %d bytes into %d: want a place within it", offset, size-8)
			}
			if err := s.skip(offset, id); err != nil {
				return nil, err
			}
			if about != nil {
				return h, s.sized(h, about, s.pos, size-8-offset)
			}
			if s.seek == nil {
				return nil, s.fail(at, "SSND chunk before the COMM chunk, which a pipe cannot come back from: read it from a file")
			}
			samples, declared = s.pos, size-8-offset
			if err := s.skip(declared, id); err != nil {
				return nil, err
			}
		default:
			if err := s.skip(size, id); err != nil {
				return nil, err
			}
		}
		if size%2 == 1 {
			if _, err := s.br.Discard(1); err == nil {
				s.pos++
			}
		}
	}
}

// seekTo moves a file to a byte.
func (s *scanner) seekTo(pos int64) error {
	if _, err := s.seek.Seek(s.base+pos, 0); err != nil {
		return fmt.Errorf("%s: byte %d: %w", s.name, pos, err)
	}
	s.br.Reset(s.raw)
	s.pos = pos
	return nil
}

// sized fills in the header. Both chunks say how much there is: a SSND chunk that holds more than the frames of COMM has a rest that
// is left out; one that holds less is an error, unless it says nothing, as writers to a pipe leave it.
func (s *scanner) sized(h *header, about *common, at, declared int64) error {
	h.layout, h.order, h.dataAt = about.layout, about.order, at
	need := about.frames * int64(about.layout.frame())
	switch {
	case about.frames == 0 && declared > 0 && declared < 0x7FFFFF00:
		s.note("the COMM chunk declares 0 frames, the SSND chunk holds %d bytes, which are believed", declared)
		h.declared = declared
	case about.frames == 0:
		s.note("the file was never finished: read to the end")
		h.declared = -1
	case need > declared:
		return s.fail(at, "the COMM chunk declares %d frames (%d bytes), the SSND chunk holds %d bytes: want as many", about.frames, need, declared)
	case need < declared:
		s.note("the SSND chunk holds %d bytes more than the %d frames that the COMM chunk declares; they are left out", declared-need, about.frames)
		h.declared = need
	default:
		h.declared = need
	}
	return nil
}

// common reads the COMM chunk.
func (s *scanner) common(at, size int64, compressed bool) (*common, error) {
	least := int64(18)
	if compressed {
		least = 22
	}
	if size < least || size > mostFmt {
		return nil, s.fail(at, "COMM chunk of %d bytes: want %d to %d", size, least, mostFmt)
	}
	b := make([]byte, least)
	if err := s.read(b, "the COMM chunk"); err != nil {
		return nil, err
	}
	c := &common{order: binary.BigEndian, frames: int64(binary.BigEndian.Uint32(b[2:]))}
	l := &c.layout
	l.channels = int(binary.BigEndian.Uint16(b))
	l.bits = int(binary.BigEndian.Uint16(b[6:]))
	l.rate = extended(b[8:18])
	kind := "NONE"
	if compressed {
		kind = string(b[18:22])
	}
	if err := c.encoding(kind); err != nil {
		return nil, s.fail(at+8, "%v", err)
	}
	switch {
	case l.channels == 0:
		return nil, s.fail(at+8, "0 channels: want 1 to 65535")
	case !(l.rate > 0) || math.IsInf(l.rate, 0):
		return nil, s.fail(at+16, "sample rate %g Hz: want a positive, finite rate", l.rate)
	}
	return c, s.skip(size-least, "COMM")
}

// encoding sorts out the compression type. The bits of samples that do not fill their bytes are the upper ones.
func (c *common) encoding(kind string) error {
	l := &c.layout
	l.encoding = PCM
	fixed, unsigned := 0, false // fixed: bits that the type prescribes
	switch kind {
	case "NONE", "twos":
	case "sowt":
		c.order = binary.LittleEndian
	case "raw ":
		unsigned, fixed = true, 8
	case "in24":
		fixed = 24
	case "in32":
		fixed = 32
	case "42ni": // in24 backwards: its little-endian form
		fixed, c.order = 24, binary.LittleEndian
	case "23ni":
		fixed, c.order = 32, binary.LittleEndian
	case "fl32", "FL32":
		l.encoding, fixed = Float, 32
	case "fl64", "FL64":
		l.encoding, fixed = Float, 64
	case "ulaw", "ULAW":
		l.encoding, fixed = MuLaw, 8
	case "alaw", "ALAW":
		l.encoding, fixed = ALaw, 8
	default:
		return fmt.Errorf("compression %q: want NONE, twos, sowt, raw, in24, in32, 42ni, 23ni, fl32, fl64, ulaw or alaw; convert it first, for example with ffmpeg -i in.aifc out.wav", kind)
	}
	if fixed != 0 {
		l.bits = fixed // writers put 16 there for everything that is compressed
	}
	if l.bits < 1 || l.bits > 32 && l.encoding == PCM {
		return fmt.Errorf("samples of %d bits: want 1 to 32", l.bits)
	}
	l.bytes = (l.bits + 7) / 8
	l.signed = l.encoding == PCM && !unsigned
	return nil
}

// extended is an 80-bit floating-point number: sign and exponent in 16 bits, 64 bits of significand with its leading one.
func extended(b []byte) float64 {
	e := int(binary.BigEndian.Uint16(b))
	m := binary.BigEndian.Uint64(b[2:])
	x := math.Ldexp(float64(m), e&0x7FFF-16383-63)
	if e&0x8000 != 0 {
		return -x
	}
	return x
}

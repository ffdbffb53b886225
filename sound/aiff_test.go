package sound

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-audio/aiff"
	"github.com/go-audio/audio"
)

// aiffChunk is one chunk with its padding.
func aiffChunk(id string, payload ...any) []byte {
	var b bytes.Buffer
	for _, p := range payload {
		binary.Write(&b, binary.BigEndian, p)
	}
	c := binary.BigEndian.AppendUint32([]byte(id), uint32(b.Len()))
	c = append(c, b.Bytes()...)
	if b.Len()%2 == 1 {
		c = append(c, 0)
	}
	return c
}

// aiffRate is a whole number of Hz as an 80-bit float.
func aiffRate(rate int) []byte {
	f, e := math.Frexp(float64(rate))
	b := binary.BigEndian.AppendUint16(nil, uint16(16383+e-1))
	return binary.BigEndian.AppendUint64(b, uint64(math.Ldexp(f, 53))<<11)
}

func aiffCommon(kind string, channels, bits, rate, frames int) []byte {
	parts := []any{uint16(channels), uint32(frames), uint16(bits), aiffRate(rate)}
	if kind != "" {
		parts = append(parts, []byte(kind), []byte("\x03abc"))
	}
	return aiffChunk("COMM", parts...)
}

func aiffForm(form string, chunks ...[]byte) []byte {
	all := bytes.Join(chunks, nil)
	b := binary.BigEndian.AppendUint32([]byte("FORM"), uint32(4+len(all)))
	return append(append(b, form...), all...)
}

func aiffFile(form, kind string, channels, bits, rate, frames int, samples []byte) []byte {
	if form == "AIFF" {
		kind = ""
	}
	return aiffForm(form, aiffChunk("FVER", uint32(0xA2805140)), aiffCommon(kind, channels, bits, rate, frames), aiffChunk("NAME", []byte("odd")),
		aiffChunk("SSND", uint32(0), uint32(0), samples))
}

func TestEveryKindOfAIFFDecodesExactly(t *testing.T) {
	be, le := binary.BigEndian, binary.LittleEndian
	for _, c := range []struct {
		form, kind string
		bits       int
		samples    []byte
		want       []float64
	}{
		{"AIFF", "", 8, []byte{0x80, 0x7F, 0, 0xFF}, []float64{-1, 127. / 128, 0, -1. / 128}},
		{"AIFF", "", 16, be.AppendUint16(be.AppendUint16(nil, 0x8000), 0x1234), []float64{-1, 0x1234 / 32768.}},
		{"AIFF", "", 12, be.AppendUint16(be.AppendUint16(nil, 0x7FF0), 0x0010), []float64{2047. / 2048, 1. / 2048}},
		{"AIFF", "", 24, []byte{0x80, 0, 0, 0x12, 0x34, 0x56}, []float64{-1, 0x123456 / 8388608.}},
		{"AIFF", "", 32, be.AppendUint32(be.AppendUint32(nil, 1<<31), 3), []float64{-1, 3. / (1 << 31)}},
		{"AIFC", "NONE", 16, be.AppendUint16(be.AppendUint16(nil, 0x8000), 0x1234), []float64{-1, 0x1234 / 32768.}},
		{"AIFC", "twos", 16, be.AppendUint16(be.AppendUint16(nil, 0x8000), 0x1234), []float64{-1, 0x1234 / 32768.}},
		{"AIFC", "sowt", 16, le.AppendUint16(le.AppendUint16(nil, 0x8000), 0x1234), []float64{-1, 0x1234 / 32768.}},
		{"AIFC", "raw ", 8, []byte{0, 0xFF, 0x80, 0x81}, []float64{-1, 127. / 128, 0, 1. / 128}},
		{"AIFC", "in24", 16, []byte{0x80, 0, 0, 0x12, 0x34, 0x56}, []float64{-1, 0x123456 / 8388608.}},
		{"AIFC", "42ni", 24, []byte{0, 0, 0x80, 0x56, 0x34, 0x12}, []float64{-1, 0x123456 / 8388608.}},
		{"AIFC", "in32", 32, be.AppendUint32(be.AppendUint32(nil, 1<<31), 3), []float64{-1, 3. / (1 << 31)}},
		{"AIFC", "23ni", 32, le.AppendUint32(le.AppendUint32(nil, 1<<31), 3), []float64{-1, 3. / (1 << 31)}},
		{"AIFC", "fl32", 32, be.AppendUint32(be.AppendUint32(nil, math.Float32bits(0.1)), math.Float32bits(-2)), []float64{float64(float32(0.1)), -2}},
		{"AIFC", "FL64", 64, be.AppendUint64(be.AppendUint64(nil, math.Float64bits(0.1)), math.Float64bits(-2)), []float64{0.1, -2}},
		{"AIFC", "ulaw", 16, []byte{0x80, 0xFF}, []float64{32124. / 32768, 0}},
		{"AIFC", "ALAW", 8, []byte{0xAA, 0x55}, []float64{32256. / 32768, -8. / 32768}},
	} {
		raw := aiffFile(c.form, c.kind, 2, c.bits, 44100, len(c.want)/2, c.samples)
		for _, p := range []FileParams{{}, {FullScale: 2}} {
			f, err := NewReader(pipe{bytes.NewReader(raw), 5}, p)
			if err != nil {
				t.Errorf("%s %s %d: %v", c.form, c.kind, c.bits, err)
				continue
			}
			s := must(Collect(t.Context(), f))
			if s.Rate() != 44100 || s.Channels() != 2 || f.Info().Container != c.form || len(f.Info().Notes) != 0 {
				t.Errorf("%s %s %d: %+v", c.form, c.kind, c.bits, f.Info())
			}
			for i, want := range c.want {
				if p.FullScale != 0 {
					want *= p.FullScale
				}
				if got := s.View().Data[i]; got != want {
					t.Errorf("%s %s %d bits: sample %d is %g: want %g", c.form, c.kind, c.bits, i, got, want)
				}
			}
		}
	}
}

// The recording was decoded with libsndfile.
func TestARecordingInAIFFDecodesAsAnotherReaderDecodesIt(t *testing.T) {
	s, err := Read("testdata/aiff/mono-16-bit.aiff")
	if err != nil {
		t.Fatal(err)
	}
	if got := sum(s.View()); s.Rate() != 44100 || s.Channels() != 1 || s.Len() != 121052 ||
		got != "da02d7208c1d29febea5e95efca2d79d7ea9b1faecf233d4233859cc654daa8b" {
		t.Errorf("%g Hz, %d channels, %d frames, digest %s", s.Rate(), s.Channels(), s.Len(), got)
	}
}

func TestWhatAnotherLibraryWritesAsAIFFIsRead(t *testing.T) {
	for _, bits := range []int{16, 24, 32} {
		path := filepath.Join(t.TempDir(), "a.aiff")
		f := must(os.Create(path))
		enc := aiff.NewEncoder(f, 8000, bits, 2)
		codes := []int{1, -2, 3, -4, 1<<(bits-1) - 1, -1 << (bits - 1)}
		if err := enc.Write(&audio.IntBuffer{Format: &audio.Format{NumChannels: 2, SampleRate: 8000}, Data: codes, SourceBitDepth: bits}); err != nil {
			t.Fatal(err)
		}
		if err := enc.Close(); err != nil {
			t.Fatal(err)
		}
		f.Close()
		s, err := Read(path)
		if err != nil {
			t.Errorf("%d bits: %v", bits, err)
			continue
		}
		for i, v := range codes {
			if got, want := s.View().Data[i], math.Ldexp(float64(v), 1-bits); got != want {
				t.Errorf("%d bits: sample %d is %g: want %g", bits, i, got, want)
			}
		}
	}
}

func TestChunksOfAIFFComeInAnyOrder(t *testing.T) {
	samples := []byte{0x40, 0, 0xC0, 0}
	late := aiffForm("AIFF", aiffChunk("SSND", uint32(2), uint32(0), []byte("xx"), samples), aiffCommon("", 1, 16, 8000, 2))
	f, err := NewReader(bytes.NewReader(late), FileParams{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "late COMM, offset 2", must(Collect(t.Context(), f)).View().Data, []float64{0.5, -0.5}, 0)

	unfinished := aiffForm("AIFF", aiffCommon("", 1, 16, 8000, 0), append([]byte("SSND\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00"), samples...))
	f, err = NewReader(pipe{bytes.NewReader(unfinished), 3}, FileParams{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "never finished", must(Collect(t.Context(), f)).View().Data, []float64{0.5, -0.5}, 0)

	more := aiffFile("AIFF", "", 1, 16, 8000, 1, samples)
	f, err = NewReader(bytes.NewReader(more), FileParams{})
	if err != nil {
		t.Fatal(err)
	}
	if s := must(Collect(t.Context(), f)); s.Len() != 1 || len(f.Info().Notes) != 1 {
		t.Errorf("%d frames, notes %q: want 1 and a note", s.Len(), f.Info().Notes)
	}
	for want, file := range map[string][]byte{
		"second COMM chunk": aiffForm("AIFF", aiffCommon("", 1, 16, 8000, 2), aiffCommon("", 1, 16, 8000, 2)),
		"without a COMM":    aiffForm("AIFF", aiffChunk("SSND", uint32(0), uint32(0), samples)),
		"without a SSND":    aiffForm("AIFF", aiffCommon("", 1, 16, 8000, 2)),
		"compression \"ima4\": want NONE, twos, sowt":        aiffFile("AIFC", "ima4", 1, 16, 8000, 2, samples),
		"the COMM chunk declares 3 frames (6 bytes), the SS": aiffFile("AIFF", "", 1, 16, 8000, 3, samples),
		"0 channels":                           aiffFile("AIFF", "", 0, 16, 8000, 3, samples),
		"sample rate 0 Hz":                     aiffFile("AIFF", "", 1, 16, 0, 3, samples),
		"samples of 40 bits":                   aiffFile("AIFF", "", 1, 40, 8000, 3, samples),
		"begin 9 bytes into 4":                 aiffForm("AIFF", aiffCommon("", 1, 16, 8000, 2), aiffChunk("SSND", uint32(9), uint32(0), samples)),
		`a FORM file of type "ILBM"`:           aiffForm("ILBM"),
		"COMM chunk of 18 bytes: want 22 to 6": aiffForm("AIFC", aiffCommon("", 1, 16, 8000, 2)),
		"the data chunk declares 8 bytes (4 frames), the file ends after 4": func() []byte {
			b := aiffFile("AIFF", "", 1, 16, 8000, 4, append(samples, samples...))
			return b[:len(b)-4]
		}(),
	} {
		if _, err := NewReader(bytes.NewReader(file), FileParams{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	if _, err := NewReader(pipe{bytes.NewReader(late), 3}, FileParams{}); err == nil || !strings.Contains(err.Error(), "a pipe cannot come back from") {
		t.Errorf("samples before their description in a pipe: %v", err)
	}
}

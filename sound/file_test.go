package sound

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearpipe/stages"
)

func TestEveryWidthDecodesExactly(t *testing.T) {
	for _, order := range []string{"RIFF", "RIFX"} {
		for bytesPerSample := 1; bytesPerSample <= 8; bytesPerSample++ {
			bits := 8 * bytesPerSample
			w := newWAV(order).format(tagPCM, 2, 44100, bytesPerSample, bits)
			top := int64(1)<<(bits-1) - 1
			codes := []int64{0, 1, -1, top, -top - 1, top / 3, -top / 5, 42}
			raw := make([]byte, 0, len(codes)*bytesPerSample)
			for _, v := range codes {
				if bits == 8 {
					v += 128
				}
				b := binary.BigEndian.AppendUint64(nil, uint64(v)<<(64-bits))[:bytesPerSample]
				if order == "RIFF" {
					for i := len(b) - 1; i >= 0; i-- {
						raw = append(raw, b[i])
					}
				} else {
					raw = append(raw, b...)
				}
			}
			f, err := w.chunk("data", raw).open(FileParams{FullScale: 2})
			if err != nil {
				t.Fatal(err)
			}
			s := must(Collect(t.Context(), f))
			for i, v := range codes {
				if got, want := s.View().Data[i], math.Ldexp(float64(v), 2-bits); got != want {
					t.Errorf("%s, %d bits: code %d is %g: want %g", order, bits, v, got, want)
				}
			}
		}
	}
}

// TestTelephoneCodesFollowTheStandard: values of ITU-T G.711, tables 1a and 2a, scaled to 16 bits.
func TestTelephoneCodesFollowTheStandard(t *testing.T) {
	for _, c := range []struct {
		tag   int
		code  byte
		value float64
	}{
		{tagMuLaw, 0x80, 32124},
		{tagMuLaw, 0x00, -32124},
		{tagMuLaw, 0xFF, 0},
		{tagMuLaw, 0x7F, 0},
		{tagMuLaw, 0xFE, 8},
		{tagMuLaw, 0x8F, 16764},
		{tagALaw, 0xAA, 32256},
		{tagALaw, 0x2A, -32256},
		{tagALaw, 0xD5, 8},
		{tagALaw, 0x55, -8},
		{tagALaw, 0xD4, 24},
		{tagALaw, 0xC5, 264},
	} {
		f, err := newWAV("RIFF").format(c.tag, 1, 8000, 1, 8).chunk("data", c.code).open(FileParams{})
		if err != nil {
			t.Fatal(err)
		}
		if got := must(Collect(t.Context(), f)).At(0, 0) * 32768; got != c.value {
			t.Errorf("tag %d, code %#x is %g: want %g", c.tag, c.code, got, c.value)
		}
	}
}

func TestUnusualChunksAreRead(t *testing.T) {
	data := []int16{100, -200, 300}
	unpadded := newWAV("RIFF").format(tagPCM, 1, 8000, 2, 16)
	unpadded.WriteString("note")
	unpadded.put(uint32(3))
	unpadded.WriteString("abc") // no padding
	for name, w := range map[string]*wavFile{
		"odd chunk, padded":     newWAV("RIFF").chunk("JUNK", []byte("abc")).format(tagPCM, 1, 8000, 2, 16).chunk("data", data),
		"odd chunk, not padded": unpadded.chunk("data", data),
		"long chunk":            newWAV("RIFF").format(tagPCM, 1, 8000, 2, 16).chunk("bext", make([]byte, 200_001)).chunk("data", data),
		"long fmt":              newWAV("RIFF").chunk("fmt ", uint16(1), uint16(1), uint32(8000), uint32(16000), uint16(2), uint16(16), make([]byte, 30)).chunk("data", data),
		"ambisonic": newWAV("RIFF").chunk("fmt ", uint16(tagExtensible), uint16(1), uint32(8000), uint32(16000), uint16(2), uint16(16), uint16(22), uint16(16),
			uint32(0), uint32(1), uint16(0x0721), uint16(0x11D3), []byte{0x86, 0x44, 0xC8, 0xC1, 0xCA, 0, 0, 0}).chunk("data", data),
		"chunk after the data": newWAV("RIFF").format(tagPCM, 1, 8000, 2, 16).chunk("data", data).chunk("LIST", []byte("INFO")),
		"BW64":                 newWAV("BW64").chunk("ds64", uint64(0), uint64(6), uint64(3), uint32(0)).format(tagPCM, 1, 8000, 2, 16).open64(data),
	} {
		for _, seekable := range []bool{true, false} {
			var r io.Reader = bytes.NewReader(w.Bytes())
			if !seekable {
				r = pipe{r, 5}
			}
			f, err := NewReader(r, FileParams{Name: name})
			if err != nil {
				t.Error(err)
				continue
			}
			s, err := Collect(t.Context(), f)
			if err != nil {
				t.Error(err)
				continue
			}
			near(t, name, s.View().Data, []float64{100. / 32768, -200. / 32768, 300. / 32768}, 0)
		}
	}
}

// open64 appends a data chunk whose size stands in the ds64 chunk.
func (w *wavFile) open64(data []int16) *wavFile {
	w.WriteString("data")
	return w.put(uint32(math.MaxUint32)).put(data)
}

// sized appends a data chunk that declares a size of its own.
func (w *wavFile) sized(declared uint32, data any) *wavFile {
	w.WriteString("data")
	return w.put(declared).put(data)
}

func TestFilesOfUnknownLengthAreReadToTheirEnd(t *testing.T) {
	for declared, container := range map[uint32]string{0xFFFFFFFF: "RIFF", 0xFFFFFFFE: "RF64", 0x7FFFFFDB: "RIFF", 0x80000000: "RIFF", 0x7FFFF000: "RIFF", 0: "RIFF"} {
		w := newWAV("RIFF").format(tagPCM, 1, 8000, 2, 16).sized(declared, []int16{1, 2, 3})
		copy(w.Bytes(), container)
		for _, seekable := range []bool{true, false} {
			var r io.Reader = bytes.NewReader(w.Bytes())
			frames := int64(3)
			if !seekable {
				r, frames = pipe{r, 100}, stages.Unbounded
			}
			f, err := NewReader(r, FileParams{})
			if err != nil {
				t.Errorf("%#x: %v", declared, err)
				continue
			}
			if f.Format().Frames != frames || len(f.Info().Notes) != 1 {
				t.Errorf("%#x: %d frames, notes %q: want %d and one", declared, f.Format().Frames, f.Info().Notes, frames)
			}
			if s := must(Collect(t.Context(), f)); s.Len() != 3 || s.At(2, 0) != 3./32768 {
				t.Errorf("%#x: read %v", declared, s.View().Data)
			}
		}
	}
}

func TestAPipeThatBreaksOffIsAnErrorAfterTheGoodFrames(t *testing.T) {
	whole := newWAV("RIFF").format(tagPCM, 1, 8000, 2, 16).chunk("data", []int16{1, 2, 3, 4})
	open := newWAV("RIFF").format(tagPCM, 1, 8000, 2, 16).sized(0xFFFFFFFF, []int16{1, 2, 3, 4})
	for want, b := range map[string][]byte{
		"byte 51: the data ends after 3 frames, the data chunk declares 4": whole.Bytes()[:whole.Len()-1],
		"byte 51: the data ends within frame 3: 1 of its 2 bytes":          open.Bytes()[:open.Len()-1],
	} {
		for _, block := range []int{1, 2, 100} {
			f, err := NewReader(pipe{bytes.NewReader(b), 3}, FileParams{})
			if err != nil {
				t.Fatal(err)
			}
			s, err := drain(f, block)
			if s.Len() != 3 || !strings.Contains(err.Error(), want) {
				t.Errorf("blocks of %d: %d frames, %v: want 3 frames and %q", block, s.Len(), err, want)
			}
		}
	}
	f := must(NewReader(pipe{bytes.NewReader(whole.Bytes()[:whole.Len()-1]), 3}, FileParams{AllowTruncated: true}))
	if s, err := drain(f, 7); s.Len() != 3 || err != io.EOF {
		t.Errorf("allowed: %d frames, %v", s.Len(), err)
	}
}

func TestSamplesThatAreNotFiniteAreErrors(t *testing.T) {
	for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(-1))} {
		data := make([]float32, 2000)
		data[1501] = bad
		for _, block := range []int{1, 64, 4000} {
			f := must(newWAV("RIFF").format(tagFloat, 2, 8000, 4, 32).chunk("data", data).open(FileParams{}))
			s, err := drain(f, block)
			if s.Len() != 750 || !strings.Contains(err.Error(), "in frame 750 (0.09375 s) of channel 1: want finite numbers") {
				t.Errorf("%d frames, %v", s.Len(), err)
			}
			if !strings.Contains(err.Error(), "byte 6048:") {
				t.Errorf("%v: want byte 6048", err)
			}
		}
	}
}

func TestMalformedHeadersAreErrors(t *testing.T) {
	ok := func() *wavFile { return newWAV("RIFF").format(tagPCM, 1, 8000, 2, 16) }
	big := make([]byte, 0)
	for want, w := range map[string]*wavFile{
		"0 channels":                         newWAV("RIFF").format(tagPCM, 0, 8000, 2, 16).chunk("data", big),
		"sample rate 0 Hz":                   newWAV("RIFF").format(tagPCM, 1, 0, 2, 16).chunk("data", big),
		"format tag 0x0055 (MP3): want PCM":  newWAV("RIFF").format(0x55, 1, 8000, 2, 16).chunk("data", big),
		"format tag 0x1234 (compressed":      newWAV("RIFF").format(0x1234, 1, 8000, 2, 16).chunk("data", big),
		"float samples of 16 bits in 2":      newWAV("RIFF").format(tagFloat, 1, 8000, 2, 16).chunk("data", big),
		"µ-law samples of 16 bits in 2":      newWAV("RIFF").format(tagMuLaw, 1, 8000, 2, 16).chunk("data", big),
		"PCM samples of 8 bits in 2 bytes":   newWAV("RIFF").format(tagPCM, 1, 8000, 2, 8).chunk("data", big),
		"PCM samples of 72 bits in 9 bytes":  newWAV("RIFF").format(tagPCM, 1, 8000, 9, 72).chunk("data", big),
		"in 2 bytes, 16000 bytes/s at 8000":  newWAV("RIFF").format(tagPCM, 1, 8000, 2, 24).chunk("data", big),
		"sub-format 00000001-0000-0010-8000": newWAV("RIFF").chunk("fmt ", uint16(tagExtensible), uint16(1), uint32(8000), uint32(16000), uint16(2), uint16(16), uint16(22), uint16(16), uint32(0), uint32(1), uint16(0), uint16(0x10), []byte{0x80, 0, 1, 2, 3, 4, 5, 6}).chunk("data", big),
		"extensible fmt chunk of 16 bytes":   newWAV("RIFF").format(tagExtensible, 1, 8000, 2, 16).chunk("data", big),
		"the data chunk is empty":            ok().chunk("data", big),
		"1 bytes of data are less than one":  ok().chunk("data", []byte{1}),
		"data chunk before any fmt chunk":    newWAV("RIFF").chunk("data", []int16{1}),
		"second fmt chunk":                   ok().format(tagPCM, 1, 8000, 2, 16).chunk("data", []int16{1}),
		"fmt chunk of 14 bytes":              newWAV("RIFF").chunk("fmt ", make([]byte, 14)),
		"ds64 chunk of 8 bytes":              newWAV("RF64").chunk("ds64", uint64(1)),
		"want at most 2^62":                  newWAV("RF64").chunk("ds64", uint64(1), uint64(math.MaxUint64), uint64(1)),
		"the file ends without a data chunk": ok(),
	} {
		f, err := w.open(FileParams{Name: "x"})
		if err == nil {
			t.Errorf("no error, %+v: want %q", f.Info(), want)
			continue
		}
		var fe *FormatError
		if !strings.Contains(err.Error(), want) || !errors.As(err, &fe) || fe.Name != "x" {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	many := newWAV("RIFF")
	for range mostChunks + 1 {
		many.chunk("JUNK")
	}
	if _, err := many.open(FileParams{}); err == nil || !strings.Contains(err.Error(), "10000 chunks and no samples") {
		t.Errorf("many chunks: %v", err)
	}
}

func TestFilesThatAreNoSoundsAreNamed(t *testing.T) {
	dir := t.TempDir()
	for head, want := range map[string]string{
		"":                         "the file is empty (0 bytes)",
		"OggS\x00":                 "an Ogg file",
		"ID3\x04":                  "an MP3 file",
		"RIFF\x00\x00\x00\x00AVI ": `of form "AVI " (a film)`,
		"RIFF\x00":                 "the file ends after 5 of the 12 bytes of its header",
		"hello world, hello":       `it begins with "hell"`,
	} {
		path := filepath.Join(dir, "x.wav")
		if err := os.WriteFile(path, []byte(head), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), path) {
			t.Errorf("%q: %v: want %q", head, err, want)
		}
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("directory: %v", err)
	}
	if _, err := Open(filepath.Join(dir, "missing.wav")); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "missing.wav") {
		t.Errorf("missing: %v", err)
	}
	if _, err := NewReader(strings.NewReader(""), FileParams{FullScale: math.NaN()}); err == nil {
		t.Error("a full scale of NaN Pa is accepted")
	}
}

// A stream may begin in the middle of a file that can seek; offsets in errors count from where it begins.
func TestAStreamMayBeginAnywhere(t *testing.T) {
	w := newWAV("RIFF").format(tagPCM, 1, 8000, 2, 16).chunk("bext", make([]byte, 200_000)).chunk("data", []int16{1, 2, 3, 4, 5})
	r := bytes.NewReader(append(make([]byte, 300_000), w.Bytes()...))
	r.Seek(300_000, io.SeekStart)
	f := must(NewReader(r, FileParams{}))
	late := stages.MakeFrames(2, 1)
	if n, err := f.reader.Fill(t.Context(), 3, late); n != 2 || err != nil || late.At(0, 0) != 4./32768 {
		t.Errorf("frames 3:5: %d, %v, %v", n, err, late.Data)
	}
	r = bytes.NewReader(append(make([]byte, 300_000), w.Bytes()[:w.Len()-1]...))
	r.Seek(300_000, io.SeekStart)
	_, err := NewReader(r, FileParams{})
	want := "byte 200052: the data chunk declares 10 bytes (5 frames), the file ends after 9 (4 frames)"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestInfoSaysWhatTheFileIs(t *testing.T) {
	f, err := Open("testdata/wav/scipy/test-44100Hz-le-1ch-4bytes-rf64.wav")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in := f.Info()
	if in.Container != "RF64" || in.Encoding != PCM || in.Bits != 32 || in.Bytes != 4 || in.Rate != 44100 || in.Channels != 1 || in.Frames != 4410 ||
		in.Seconds != 0.1 || !in.Extensible || in.Notes != nil {
		t.Errorf("%+v", in)
	}
	last := must(newWAV("RIFF").format(tagPCM, 2, 8000, 2, 16).chunk("data", []int16{1, 2, 3}).open(FileParams{})).Info()
	if last.Frames != 1 || len(last.Notes) != 1 || !strings.Contains(last.Notes[0], "the last 2 bytes of the data are less than a frame of 4 bytes") {
		t.Errorf("%+v", last)
	}
}

// The field for the bytes of a frame has 16 bits: 10,000 channels of float64 overflow it, but the byte rate tells.
func TestFramesWiderThanTheBufferAreRead(t *testing.T) {
	const channels = 10_000
	data := make([]float64, 3*channels)
	for i := range data {
		data[i] = float64(i)
	}
	header := func(byteRate int) *wavFile {
		return newWAV("RIFF").chunk("fmt ", uint16(tagFloat), uint16(channels), uint32(8), uint32(byteRate), uint16(8*channels&0xFFFF), uint16(64))
	}
	if _, err := header(0).open(FileParams{}); err == nil || !strings.Contains(err.Error(), "want numbers that fit each other") {
		t.Errorf("a frame of 80000 bytes in 14464: %v", err)
	}
	w := header(8*8*channels).chunk("data", data)
	for _, seekable := range []bool{true, false} {
		var r io.Reader = bytes.NewReader(w.Bytes())
		if !seekable {
			r = pipe{r, 1000}
		}
		s := must(Collect(t.Context(), must(NewReader(r, FileParams{}))))
		near(t, "wide", s.View().Data, data, 0)
	}
}

func BenchmarkFile(b *testing.B) {
	w := newWAV("RIFF").format(tagPCM, 2, 44100, 2, 16).chunk("data", make([]int16, 2*44100*60))
	r := bytes.NewReader(w.Bytes())
	f := must(NewReader(r, FileParams{}))
	at := int64(0)
	b.ReportAllocs()
	for b.Loop() {
		if at+1024 > f.Format().Frames {
			r.Seek(0, io.SeekStart)
			f, at = must(NewReader(r, FileParams{})), 0
		}
		if _, err := f.Fetch(b.Context(), at, at+1024); err != nil {
			b.Fatal(err)
		}
		at += 1024
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/2048, "ns/(frame·channel)")
}

func BenchmarkWhiteNoise(b *testing.B) {
	g := must(NewWhiteNoise(NoiseParams{}))
	at := int64(0)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := g.Fetch(b.Context(), at, at+1024); err != nil {
			b.Fatal(err)
		}
		at += 1024
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(at), "ns/frame")
}

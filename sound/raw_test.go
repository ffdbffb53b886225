package sound

import (
	"bytes"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hearpipe/stages"
)

func TestRawSamplesAreWhatTheirFormatSays(t *testing.T) {
	for format, c := range map[string]struct {
		raw  string
		want float64
	}{
		"s8": {"\xc0", -0.5}, "u8": {"\xc0", 0.5}, "s16le": {"\x00\x40", 0.5}, "s16be": {"\x40\x00", 0.5}, "s24le": {"\x00\x00\xc0", -0.5},
		"s24be": {"\xc0\x00\x00", -0.5}, "s32le": {"\x00\x00\x00\x40", 0.5}, "s32be": {"\x40\x00\x00\x00", 0.5}, "f32le": {"\x00\x00\x00\x40", 2},
		"f32be": {"\x40\x00\x00\x00", 2}, "f64le": {"\x00\x00\x00\x00\x00\x00\x00\x40", 2}, "f64be": {"\x40\x00\x00\x00\x00\x00\x00\x00", 2},
		"alaw": {"\xaa", 32256. / 32768}, "mulaw": {"\x80", 32124. / 32768},
	} {
		for _, seekable := range []bool{true, false} {
			raw := []byte(c.raw + c.raw + c.raw + c.raw)
			p := RawParams{Format: format, Rate: 8000, Channels: 2}
			f, err := NewRawReader(bytes.NewReader(raw), p)
			if !seekable {
				f, err = NewRawReader(pipe{bytes.NewReader(raw), 3}, p)
			}
			if err != nil {
				t.Fatal(err)
			}
			if want := map[bool]int64{true: 2, false: stages.Unbounded}[seekable]; f.Format().Frames != want {
				t.Errorf("%s: %d frames: want %d", format, f.Format().Frames, want)
			}
			s := must(Collect(t.Context(), f))
			near(t, format, s.View().Data, []float64{c.want, c.want, c.want, c.want}, 0)
		}
		if !slices.Contains(RawFormats(), format) {
			t.Errorf("%s is not listed", format)
		}
	}
	if len(RawFormats()) != 14 {
		t.Errorf("formats %v: some are not tested here", RawFormats())
	}
	for want, p := range map[string]RawParams{
		`format "s12": want one of alaw, f32be`: {Format: "s12", Rate: 8000},
		"sample rate 0 Hz":                      {Format: "s8"},
		"-1 channels":                           {Format: "s8", Rate: 8000, Channels: -1},
	} {
		if _, err := NewRawReader(bytes.NewReader(nil), p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	f := must(NewRawReader(pipe{strings.NewReader("\x00\x40\x00"), 9}, RawParams{Format: "s16le", Rate: 8000}))
	if s, err := drain(f, 9); s.Len() != 1 || err == nil || !strings.Contains(err.Error(), "the data ends within frame 1: 1 of its 2 bytes are there") {
		t.Errorf("%d frames and %v", s.Len(), err)
	}
}

// TestDitherFreesTheErrorFromTheSound writes a constant between two codes: on average it is kept, and the variance of the error is that
// of three uniform numbers, 1/4 of a squared code, wherever the constant lies.
func TestDitherFreesTheErrorFromTheSound(t *testing.T) {
	const n = 200_000
	for _, part := range []float64{0, 0.25, 0.5} {
		s := must(FromFunc(8000, n, func(float64) float64 { return (100 + part) / 32768 }))
		s = must(Join(s, s))
		var last []float64
		for _, format := range []string{"wav", "flac"} {
			path := filepath.Join(t.TempDir(), "d."+format)
			var sink stages.Sink = must(NewWAVSink(path, s, WAVParams{Dither: true, Seed: 4}))
			if format == "flac" {
				sink = must(NewFLACSink(path, s, FLACParams{Dither: true, Seed: 4}))
			}
			if _, err := stages.Run(t.Context(), stages.RunOptions{}, sink); err != nil {
				t.Fatal(err)
			}
			got := must(Read(path))
			x, y := must(got.Channel(0)), must(got.Channel(1))
			m, v := 0.0, 0.0
			for _, a := range x {
				e := a*32768 - 100 - part
				m += e / n
				v += e * e / n
			}
			if math.Abs(m) > 0.005 || math.Abs(v-0.25) > 0.005 { // 3 standard errors: 0.0034
				t.Errorf("%s, %g between codes: mean error %g, mean square %g: want 0 and 0.25", format, part, m, v)
			}
			if r := correlation(x, y); math.Abs(r) > 0.01 {
				t.Errorf("%s: channels have the same dither: correlation %g", format, r)
			}
			if last != nil && !slices.Equal(last, x) {
				t.Error("FLAC and WAV have other dither for one seed")
			}
			last = x
		}
	}
}

func TestClippingIsCountedInEveryFormat(t *testing.T) {
	s := must(New(8000, []float64{0.5, 1.5, -1, -1.01, 1}))
	for format, want := range map[WAVFormat][]float64{
		PCM16: {0.5, 32767. / 32768, -1, -1, 32767. / 32768}, PCM24: {0.5, 8388607. / 8388608, -1, -1, 8388607. / 8388608},
		Float32: {0.5, 1.5, -1, float64(float32(-1.01)), 1},
	} {
		path := filepath.Join(t.TempDir(), "c.wav")
		sum, err := WriteWAV(t.Context(), path, s, WAVParams{Format: format})
		clipped := int64(2)
		if format == Float32 {
			clipped = 0
		}
		if err != nil || sum.Clipped != clipped || sum.Peak != 1.5 {
			t.Errorf("%s: %+v, %v: want %d clipped", format, sum, err, clipped)
		}
		near(t, string(format), must(Read(path)).View().Data, want, 0)
	}
}

func TestNormalisedSoundsFillTheRange(t *testing.T) {
	s := must(New(8000, []float64{0.5, -2, 1}))
	near(t, "normalised", must(s.Normalise(1)).View().Data, []float64{0.25, -1, 0.5}, 0)
	if s.Peak() != 2 {
		t.Errorf("peak %g: want 2", s.Peak())
	}
	for want, err := range map[string]error{
		"silent":       second(must(Silence(SilenceParams{Length: Length{Frames: 3}})).Normalise(1)),
		"peak of 0 Pa": second(s.Normalise(0)),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// The file was written by brian2hears from the reference input with 16 bits; what it reads from it is the other vector.
func TestFilesOfTheReferenceAreReadAsTheReferenceReadsThem(t *testing.T) {
	s, err := Read("testdata/reference/save2.wav")
	if err != nil {
		t.Fatal(err)
	}
	near(t, "load2", s.View().Data, reference(t, "load2").Data, 0)
	near(t, "input", s.View().Data, reference(t, "input").Data, 2./32768)
}

func FuzzRaw(f *testing.F) {
	f.Add([]byte("abcdefghi"), "s24le", 2)
	f.Add([]byte("abcdefgh"), "f64be", 1)
	f.Fuzz(func(t *testing.T, b []byte, format string, channels int) {
		s, err := NewRawReader(bytes.NewReader(b), RawParams{Format: format, Rate: 8000, Channels: channels % 1000})
		if err != nil {
			return
		}
		got, _ := drain(s, 1+rand.IntN(5))
		for _, x := range got.View().Data {
			if x-x != 0 {
				t.Fatal("a sample that is not finite")
			}
		}
	})
}

package sound

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-audio/audio"
	"github.com/go-audio/wav"

	"hearpipe/stages"
)

// sample is a sound that exercises every code: full scale, zero, and noise.
func sample(frames int64, channels int) *Sound {
	s := must(WhiteNoise(NoiseParams{Length: Length{Frames: frames}, Width: channels, Amplitude: 0.2, Seed: 3}))
	return s.each(func(x float64, i, _ int) float64 {
		switch i {
		case 0:
			return -1
		case 1:
			return 0
		case 2:
			return 1
		}
		return math.Max(-1, math.Min(1, x))
	})
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	for _, channels := range []int{1, 2, 3, 7} {
		s := sample(1001, channels)
		for format, step := range map[WAVFormat]float64{PCM16: 1. / (1 << 15), PCM24: 1. / (1 << 23), PCM32: 1. / (1 << 31), Float32: 1. / (1 << 24), Float64: 0} {
			path := filepath.Join(t.TempDir(), "a.wav")
			got, err := WriteWAV(t.Context(), path, s, WAVParams{Format: format})
			if err != nil {
				t.Fatal(err)
			}
			if got.Frames != 1001 || got.Clipped != 0 || got.Peak != 1 {
				t.Errorf("%s: %+v", format, got)
			}
			r := must(Read(path))
			for i := range s.Len() {
				for c := range channels {
					// The top code lies one step below full scale.
					if d := math.Abs(r.At(i, c) - s.At(i, c)); d > step/2 && !(i == 2 && d <= step) {
						t.Fatalf("%s: frame %d of channel %d is %g: want %g to half a step of %g", format, i, c, r.At(i, c), s.At(i, c), step)
					}
				}
			}
			again := filepath.Join(t.TempDir(), "b.wav")
			if _, err := WriteWAV(t.Context(), again, r, WAVParams{Format: format}); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(must(os.ReadFile(path)), must(os.ReadFile(again))) {
				t.Errorf("%s: reading a file and writing it again changes it", format)
			}
		}
	}
}

// go-audio/wav reads what we write and writes what we read.
func TestAnotherLibraryAgrees(t *testing.T) {
	for _, channels := range []int{1, 2, 3} {
		s := sample(333, channels)
		for format, bits := range map[WAVFormat]int{PCM16: 16, PCM24: 24, PCM32: 32} {
			path := filepath.Join(t.TempDir(), "a.wav")
			if _, err := WriteWAV(t.Context(), path, s, WAVParams{Format: format}); err != nil {
				t.Fatal(err)
			}
			f := must(os.Open(path))
			d := wav.NewDecoder(f)
			buf, err := d.FullPCMBuffer()
			f.Close()
			if err != nil {
				t.Fatal(err)
			}
			if int(d.NumChans) != channels || d.SampleRate != 44100 || int(d.BitDepth) != bits {
				t.Errorf("%s: it reads %d channels of %d bits at %d Hz", format, d.NumChans, d.BitDepth, d.SampleRate)
			}
			ours := must(Read(path))
			theirs := make([]float64, len(buf.Data))
			for i, v := range buf.Data {
				theirs[i] = math.Ldexp(float64(v), 1-bits)
			}
			near(t, string(format), ours.View().Data, theirs[:min(len(theirs), 333*channels)], 0)
		}
		for _, bits := range []int{8, 16, 24, 32} {
			path := filepath.Join(t.TempDir(), "b.wav")
			f := must(os.Create(path))
			e := wav.NewEncoder(f, 22050, bits, channels, 1)
			data := make([]int, 333*channels)
			want := make([]float64, len(data))
			for i := range data {
				v := int(math.RoundToEven(s.View().Data[i] * (math.Ldexp(1, bits-1) - 1)))
				want[i] = math.Ldexp(float64(v), 1-bits)
				if bits == 8 {
					v += 128
				}
				data[i] = v
			}
			err := e.Write(&audio.IntBuffer{Data: data, Format: &audio.Format{NumChannels: channels, SampleRate: 22050}, SourceBitDepth: bits})
			if err != nil {
				t.Fatal(err)
			}
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			f.Close()
			r := must(Read(path))
			if r.Rate() != 22050 || r.Channels() != channels {
				t.Errorf("%d channels at %g Hz", r.Channels(), r.Rate())
			}
			near(t, path, r.View().Data, want, 0)
		}
	}
}

func TestClippingIsCountedAndLimited(t *testing.T) {
	s := must(New(8000, []float64{0.5, 1, 1.5, -1, -2, 0.25}))
	path := filepath.Join(t.TempDir(), "a.wav")
	got := must(WriteWAV(t.Context(), path, s, WAVParams{}))
	if got.Clipped != 2 || got.Peak != 2 {
		t.Errorf("%+v: want 2 clipped samples and a peak of 2 Pa", got)
	}
	top := 32767. / 32768
	near(t, "clipped", must(Read(path)).View().Data, []float64{0.5, top, top, -1, -1, 0.25}, 0)
	got = must(WriteWAV(t.Context(), path, s, WAVParams{FullScale: 2}))
	if got.Clipped != 0 {
		t.Errorf("%+v: want nothing clipped at a full scale of 2 Pa", got)
	}
	f := must(OpenWith(path, FileParams{FullScale: 2}))
	defer f.Close()
	near(t, "full scale", must(Collect(t.Context(), f)).View().Data, s.View().Data, 0)
}

// Halves between two codes go to the even one, those below 0 too, so that rounding has no direction.
func TestCodesAreRoundedHalfToEven(t *testing.T) {
	const code = 1. / 32768
	s := must(New(8000, []float64{0.5 * code, 1.5 * code, 2.5 * code, -0.5 * code, -1.5 * code, -2.5 * code}))
	for _, name := range []string{"a.wav", "a.flac"} {
		path := filepath.Join(t.TempDir(), name)
		var sink stages.FrameSink = must(NewWAVSink(path, s, WAVParams{}))
		if name == "a.flac" {
			sink = must(NewFLACSink(path, s, FLACParams{}))
		}
		if _, err := stages.Run(t.Context(), stages.RunOptions{}, sink); err != nil {
			t.Fatal(err)
		}
		near(t, name, must(Read(path)).View().Data, []float64{0, 2 * code, 2 * code, 0, -2 * code, -2 * code}, 0)
	}
}

func TestNothingIsLeftOfAFailedWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.wav")
	bad := &Sound{data: stages.MakeFrames(3000, 2), rate: 8000}
	bad.data.Data[2*2900+1] = math.NaN()
	for _, format := range []WAVFormat{PCM16, Float32} {
		_, err := WriteWAV(t.Context(), path, bad, WAVParams{Format: format})
		if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "sample NaN in frame 2900 of channel 1") {
			t.Errorf("NaN: %v", err)
		}
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := WriteWAV(cancelled, path, sample(10, 1), WAVParams{}); err == nil {
		t.Error("a cancelled write succeeded")
	}
	if left := must(os.ReadDir(dir)); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if _, err := WriteWAV(t.Context(), filepath.Join(dir, "no", "a.wav"), sample(10, 1), WAVParams{}); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("missing folder: %v", err)
	}
}

func TestWhatAFileCannotHoldIsRefusedAtOnce(t *testing.T) {
	ok := sample(10, 1)
	odd := must(New(24414.0625, []float64{1}))
	wide := must(NewSilence(SilenceParams{Width: 40_000}))
	for want, err := range map[string]error{
		`format "mp3": want pcm16`:  second(NewWAVSink("a.wav", ok, WAVParams{Format: "mp3"})),
		"full scale of -1 Pa":       second(NewWAVSink("a.wav", ok, WAVParams{FullScale: -1})),
		"sample rate 24414.0625 Hz": second(NewWAVSink("a.wav", odd, WAVParams{})),
		"40000 channels of 2 bytes": second(NewWAVSink("a.wav", wide, WAVParams{})),
		"at most 65535 bytes":       second(NewWAVSink("a.wav", wide, WAVParams{Format: Float64})),
	} {
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "a.wav") {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

// A stream whose length is not known leaves room for 64-bit sizes; past 4 GiB they are used.
func TestHeadersOfLongFiles(t *testing.T) {
	w := must(NewWAVSink("a.wav", must(NewSilence(SilenceParams{Width: 3})), WAVParams{Format: Float32}))
	w.raw, w.reserve = make([]byte, 12), true
	const frames = 400_000_000 // 4.8 GB
	h := w.header(frames)
	f, err := NewReader(pipe{bytes.NewReader(h), 1000}, FileParams{})
	if err != nil {
		t.Fatal(err)
	}
	if in := f.Info(); in.Container != "RF64" || in.Frames != frames || in.Channels != 3 || in.Encoding != Float {
		t.Errorf("%+v", in)
	}
	if riff := binary.LittleEndian.Uint64(h[20:]); riff != uint64(len(h))-8+12*frames {
		t.Errorf("ds64 says %d bytes: want %d", riff, len(h)-8+12*frames)
	}
	f = must(NewReader(pipe{bytes.NewReader(w.header(1000)), 1000}, FileParams{}))
	if in := f.Info(); in.Container != "RIFF" || in.Frames != 1000 {
		t.Errorf("%+v", in)
	}
	if len(w.header(1)) != len(h) {
		t.Error("the header of a long file does not fit in the place of that of a short one")
	}
}

func TestChunksOfOddSizeArePadded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.wav")
	must(WriteWAV(t.Context(), path, sample(333, 1), WAVParams{Format: PCM24}))
	b := must(os.ReadFile(path))
	if riff, data := binary.LittleEndian.Uint32(b[4:]), binary.LittleEndian.Uint32(b[40:]); len(b) != 44+1000 || riff != 36+1000 || data != 999 {
		t.Errorf("%d bytes, RIFF %d, data %d: want 1044, 1036, 999", len(b), riff, data)
	}
}

func TestAStreamOfUnknownLengthIsWritten(t *testing.T) {
	s := sample(777, 3)
	raw := newWAV("RIFF").format(tagFloat, 3, 44100, 8, 64).sized(0xFFFFFFFF, s.View().Data)
	f := must(NewReader(pipe{bytes.NewReader(raw.Bytes()), 999}, FileParams{}))
	path := filepath.Join(t.TempDir(), "a.wav")
	got := must(WriteWAV(t.Context(), path, f, WAVParams{Format: Float64}))
	if got.Frames != 777 || !sameBits(must(Read(path)), s) {
		t.Errorf("%+v, or other samples", got)
	}
}

// TestAnInterruptedFileSaysSo: the samples are those of a plain file, and a comment behind them names frames and reason.
func TestAnInterruptedFileSaysSo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cut.wav")
	src, err := New(8000, []float64{0.5, -0.25, 0.125})
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewWAVSink(path, src, WAVParams{Format: PCM24})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Open(t.Context(), src.Format()); err != nil {
		t.Fatal(err)
	}
	f, _ := src.Fetch(t.Context(), 0, 3)
	if err := w.WriteFrames(t.Context(), 0, f); err != nil {
		t.Fatal(err)
	}
	if err := w.Finish(stages.Ending{Frames: 3, Reason: stages.Interrupted}); err != nil {
		t.Fatal(err)
	}
	data, _ := os.ReadFile(path)
	if want := "complete for frames 0:3, then interrupted"; !strings.Contains(string(data), want) {
		t.Errorf("the file does not say %q", want)
	}
	if size := binary.LittleEndian.Uint32(data[4:]); int(size) != len(data)-8 {
		t.Errorf("the RIFF chunk is %d bytes long, the file has %d behind its head", size, len(data)-8)
	}
	back, err := Read(path)
	if err != nil || back.Len() != 3 || back.At(1, 0) != -0.25 {
		t.Errorf("read back: %v", err)
	}
}

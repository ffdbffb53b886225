package sound

import (
	"context"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"hearpipe/stages"
)

// Sounds agree with brian2hears to 1e-12 of the peak: both round each operation, in slightly different orders.
const soundTolerance = 1e-12

func TestTonesEqualTheReference(t *testing.T) {
	s := must(Tone(ToneParams{Frequency: []float64{1000}, Length: Length{Seconds: 0.02}}))
	near(t, "tone_1k", s.View().Data, reference(t, "tone_1k").Data, soundTolerance)
	s = must(Tone(ToneParams{Frequency: []float64{440, 1000, 3500}, Phase: []float64{0.5}, Length: Length{Seconds: 0.02}}))
	near(t, "tone_multi", s.View().Data, reference(t, "tone_multi").Data, soundTolerance)
	if s.Channels() != 3 || s.Len() != 882 {
		t.Errorf("%d channels of %d frames: want 3 of 882", s.Channels(), s.Len())
	}
}

func TestClickEqualsTheReference(t *testing.T) {
	s := must(Click(ClickParams{Length: Length{Seconds: 0.001}, Amplitude: PeakPressure(70)}))
	near(t, "click_1ms_70dB", s.View().Data, reference(t, "click_1ms_70dB").Data, soundTolerance)
}

func TestRampEqualsTheReference(t *testing.T) {
	tone := must(Tone(ToneParams{Frequency: []float64{1000}, Length: Length{Seconds: 0.05}}))
	before := sum(tone.View())
	s := must(tone.Ramp(RampParams{When: Both}))
	near(t, "ramp_both", s.View().Data, reference(t, "ramp_both").Data, soundTolerance)
	if sum(tone.View()) != before {
		t.Error("the ramp changed its operand")
	}
	on, off := must(tone.Ramp(RampParams{})), must(tone.Ramp(RampParams{When: Offset}))
	if on.At(0, 0) != 0 || on.At(2204, 0) != tone.At(2204, 0) || off.At(2204, 0) != 0 || off.At(0, 0) != tone.At(0, 0) || off.At(1, 0) != tone.At(1, 0) {
		t.Error("an onset ramp shapes the offset, or the other way round")
	}
}

func TestLevelsEqualTheReference(t *testing.T) {
	x := referenceSound(t, "input", 44100)
	for _, c := range []struct {
		name  string
		level float64
	}{{"input_60dB", 60}, {"input_90dB", 90}} {
		near(t, c.name, must(x.AtLevel(c.level)).View().Data, reference(t, c.name).Data, soundTolerance)
	}
	want := reference(t, "levels").Data
	tone := must(Tone(ToneParams{Frequency: []float64{1000}, Length: Length{Seconds: 1}}))
	got := []float64{x.Levels()[0], tone.Levels()[0], must(x.AtLevel(60)).Levels()[0], Gain(60), PeakPressure(70)}
	near(t, "levels", got, want, soundTolerance)

	stereo := must(New(44100, must(x.Channel(0)), must(must(must(x.Scale(2)).Offset(0.1)).Channel(0))))
	near(t, "levels_stereo", stereo.Levels(), reference(t, "levels_stereo").Data, soundTolerance)
	near(t, "atlevel_stereo", must(stereo.AtLevel(50, 65)).View().Data, reference(t, "atlevel_stereo").Data, soundTolerance)
	near(t, "atmaxlevel_stereo", must(stereo.AtMaxLevel(70)).View().Data, reference(t, "atmaxlevel_stereo").Data, soundTolerance)
	if got, want := stereo.MaxLevel(), stereo.Levels()[1]; got != want {
		t.Errorf("max level %g: want %g", got, want)
	}
}

func TestSilenceHasNoLevel(t *testing.T) {
	s := must(Silence(SilenceParams{Length: Length{Frames: 10}, Width: 2}))
	if l := s.Levels(); !math.IsInf(l[0], -1) || !math.IsInf(l[1], -1) {
		t.Errorf("levels %g: want -Inf", l)
	}
	for _, err := range []error{second(s.AtLevel(60)), second(s.AtMaxLevel(60))} {
		if err == nil || !strings.Contains(err.Error(), "silent") {
			t.Errorf("error %v: want one that says that the sound is silent", err)
		}
	}
}

// The mean of many 0.1 is not 0.1, and what rounding leaves must not be brought to a level.
func TestAConstantChannelHasNoLevel(t *testing.T) {
	same, other := make([]float64, 1000), make([]float64, 1000)
	for i := range same {
		same[i], other[i] = 0.1, 0.1
	}
	other[999] = 0.2
	s := must(New(44100, same, other))
	if l := s.Levels(); !math.IsInf(l[0], -1) || !(l[1] > 40) {
		t.Errorf("levels %g: want -Inf, and that of a step", l)
	}
	if err := second(s.AtLevel(60)); err == nil || !strings.Contains(err.Error(), "channel 0 is silent") {
		t.Errorf("error %v: want one that names channel 0", err)
	}
	empty := must(New(44100, nil))
	if r, l := empty.RMS(), empty.MaxLevel(); r[0] != 0 || !math.IsInf(l, -1) {
		t.Errorf("without frames: rms %g Pa, level %g dB SPL: want 0 and -Inf", r, l)
	}
}

func second[T any](_ T, err error) error { return err }

func TestSlicesAndSequencesEqualTheReference(t *testing.T) {
	x := referenceSound(t, "input", 44100)
	near(t, "shifted_pos", must(x.Slice(-44, 356)).View().Data, reference(t, "shifted_pos").Data, 0)
	three := must(Concat(
		must(Tone(ToneParams{Frequency: []float64{500}, Length: Length{Seconds: 0.005}})),
		must(Silence(SilenceParams{Length: Length{Seconds: 0.002}})),
		must(Click(ClickParams{Length: Length{Frames: 3}}))))
	near(t, "sequence", three.View().Data, reference(t, "sequence").Data, soundTolerance)
	tail := must(must(New(1, []float64{1, 2, 3})).Slice(2, 5))
	near(t, "tail", tail.View().Data, []float64{3, 0, 0}, 0)
}

func TestArithmeticBroadcasts(t *testing.T) {
	mono := must(New(10, []float64{1, 2}))
	stereo := must(New(10, []float64{10, 20, 30}, []float64{-1, -2, -3}))
	long := must(mono.Resize(3))
	near(t, "sum", must(long.Add(stereo)).View().Data, []float64{11, 0, 22, 0, 30, -3}, 0)
	near(t, "difference", must(stereo.Sub(long)).View().Data, []float64{9, -2, 18, -4, 30, -3}, 0)
	short := must(stereo.Slice(0, 2))
	near(t, "product", must(short.Mul(mono)).View().Data, []float64{10, -1, 40, -4}, 0)
	near(t, "quotient", must(short.Div(mono)).View().Data, []float64{10, -1, 10, -1}, 0)
	near(t, "scaled", must(mono.Scale(-2)).View().Data, []float64{-2, -4}, 0)
	near(t, "selected", must(stereo.Select(1, 0, 1)).View().Data, []float64{-1, 10, -1, -2, 20, -2, -3, 30, -3}, 0)
}

func TestMistakesAreErrorsThatCarryTheNumbers(t *testing.T) {
	a := must(New(44100, []float64{1, 2, 0}))
	b := must(New(48000, []float64{1, 2, 3}))
	c := must(New(44100, []float64{1, 2}))
	d := must(New(44100, []float64{1, 2, 3}, []float64{1, 2, 3}))
	e := must(New(44100, []float64{1, 2, 3}, []float64{1, 2, 3}, []float64{1, 2, 3}))
	for _, x := range []struct {
		err  error
		want string
	}{
		{second(a.Add(b)), "cannot add sounds of 44100 Hz and 48000 Hz"},
		{second(a.Mul(c)), "cannot multiply sounds of 3 and 2 frames"},
		{second(a.Add(c)), "cannot add sounds of 3 and 2 frames: want equal lengths; resize one of them"},
		{second(d.Sub(e)), "cannot subtract sounds of 2 and 3 channels"},
		{second(d.Div(a)), "sample +Inf in frame 2 of channel 0"},
		{second(Concat(a, b)), "part 1 has 48000 Hz and 1 channels, part 0 has 44100 Hz and 1 channels"},
		{second(Concat()), "nothing to concatenate"},
		{second(New(0, []float64{1})), "sample rate 0 Hz: want a positive"},
		{second(New(math.Inf(1), []float64{1})), "sample rate +Inf Hz"},
		{second(New(1)), "no channels"},
		{second(New(1, []float64{1}, []float64{1, 2})), "channel 1 has 2 frames, channel 0 has 1"},
		{second(New(1, []float64{1}, []float64{math.NaN()})), "sample NaN in frame 0 of channel 1"},
		{second(FromInterleaved(1, 2, []float64{1})), "1 samples in 2 channels"},
		{second(FromFunc(1, -1, math.Abs)), "-1 frames of 1 channels"},
		{second(a.Ramp(RampParams{})), "ramp of 441 frames (0.01 s) on a sound of 3 frames"},
		{second(a.Ramp(RampParams{Seconds: -1})), "duration -1 s"},
		{second(a.Ramp(RampParams{When: 7})), "ramp at end 7"},
		{second(d.AtLevel(1, 2, 3)), "3 levels for 2 channels"},
		{second(d.AtLevel(math.NaN())), "level NaN dB SPL"},
		{second(a.Scale(math.NaN())), "factor NaN"},
		{second(a.Offset(math.Inf(1))), "offset +Inf Pa"},
		{second(a.Slice(3, 2)), "frames 3:2"},
		{second(a.Channel(1)), "channel 1: want 0 to 0"},
		{second(a.Select(0, -1)), "channel -1: want 0 to 0"},
		{second(Tone(ToneParams{Frequency: []float64{30000}, Length: Length{Seconds: 1}})), "frequency of channel 0 is 30000 Hz: want 0 to 22050 Hz"},
		{second(Tone(ToneParams{Frequency: []float64{1, 2}, Phase: []float64{0, 0, 0}, Length: Length{Seconds: 1}})), "2 values of frequency for 3 channels: want 1 or 3"},
		{second(Tone(ToneParams{Frequency: []float64{1}, Phase: []float64{math.NaN()}, Length: Length{Seconds: 1}})), "phase of channel 0 is NaN rad: want a finite number"},
		{second(Tone(ToneParams{Frequency: []float64{1}})), "a sound needs a length"},
		{second(Tone(ToneParams{Length: Length{Seconds: 1}})), "no frequency"},
		{second(Tone(ToneParams{Frequency: []float64{1}, Length: Length{Seconds: -1}})), "duration -1 s"},
		{second(Tone(ToneParams{Frequency: []float64{1}, Length: Length{Seconds: 1, Frames: 1}})), "want one of them"},
		{second(Tone(ToneParams{Frequency: []float64{1}, Length: Length{Frames: 1 << 40}})), "frames of 1 channels in memory"},
		{second(Silence(SilenceParams{Length: Length{Frames: -1}})), "length of -1 frames"},
		{second(Silence(SilenceParams{Length: Length{Frames: 1}, Channels: stages.Range{Lo: 1, Hi: 2}})), "channels 1:2"},
		{second(Click(ClickParams{Amplitude: math.NaN()})), "amplitude NaN Pa"},
		{second(WhiteNoise(NoiseParams{Length: Length{Frames: 1}, Amplitude: -1})), "standard deviation -1 Pa"},
		{second(WhiteNoise(NoiseParams{Length: Length{Frames: 1}, Rate: -5})), "sample rate -5 Hz"},
	} {
		if x.err == nil || !strings.Contains(x.err.Error(), x.want) {
			t.Errorf("got  %v\nwant %s", x.err, x.want)
		}
	}
}

func TestASoundIsAStage(t *testing.T) {
	s := must(New(10, []float64{1, 2, 3}))
	ctx := t.Context()
	for _, c := range []struct {
		start, end int64
		n          int
		err        error
	}{{0, 3, 3, nil}, {1, 2, 1, nil}, {0, 0, 0, nil}, {7, 7, 0, nil}, {2, 5, 1, io.EOF}, {3, 4, 0, io.EOF}, {9, 12, 0, io.EOF}, {0, 1, 1, nil}} {
		f, err := s.Fetch(ctx, c.start, c.end)
		if f.N != c.n || err != c.err {
			t.Errorf("frames %d:%d: %d frames, %v: want %d, %v", c.start, c.end, f.N, err, c.n, c.err)
		}
		if f.N > 0 && f.At(0, 0) != float64(c.start+1) {
			t.Errorf("frames %d:%d begin with %g", c.start, c.end, f.At(0, 0))
		}
	}
	for _, bad := range [][2]int64{{-1, 1}, {2, 1}} {
		if _, err := s.Fetch(ctx, bad[0], bad[1]); err == nil || err == io.EOF {
			t.Errorf("frames %d:%d: error %v", bad[0], bad[1], err)
		}
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := s.Fetch(cancelled, 0, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if s.Duration() != 0.3 || s.Times()[2] != 0.2 || s.Rate() != 10 {
		t.Error("duration, times or rate are wrong")
	}
}

func TestNoiseIsAFunctionOfItsName(t *testing.T) {
	all := must(WhiteNoise(NoiseParams{Length: Length{Frames: 2000}, Width: 5, Seed: 7}))
	part := must(Collect(t.Context(), must(NewWhiteNoise(NoiseParams{Length: Length{Frames: 2000}, Width: 5, Seed: 7, Channels: stages.Range{Lo: 1, Hi: 4}}))))
	if !sameBits(part, must(all.Select(1, 2, 3))) {
		t.Error("a range of channels differs from the whole")
	}
	if sameBits(all, must(WhiteNoise(NoiseParams{Length: Length{Frames: 2000}, Width: 5, Seed: 8}))) {
		t.Error("the seed does not matter")
	}
	if sameBits(all, must(WhiteNoise(NoiseParams{Length: Length{Frames: 2000}, Width: 5, Seed: 7, Name: "other"}))) {
		t.Error("the name does not matter")
	}
	long := must(WhiteNoise(NoiseParams{Length: Length{Frames: 100_000}, Amplitude: 3, Seed: 1}))
	// The standard error of the standard deviation of n normal numbers is σ/√(2n).
	if sd := long.RMS()[0]; math.Abs(sd-3) > 4*3/math.Sqrt(2*100_000) {
		t.Errorf("standard deviation %g: want 3", sd)
	}
}

func TestAnEndlessToneGoesOnBeyondTwoToTheThirtyTwo(t *testing.T) {
	g := must(NewTone(ToneParams{Frequency: []float64{441}}))
	if g.Format().Frames != stages.Unbounded {
		t.Fatalf("%d frames: want an endless stream", g.Format().Frames)
	}
	at := int64(1)<<33 + 25 // 100 frames per period
	var f stages.Frames
	tone := &tone{rate: 44100, frequency: []float64{2 * math.Pi * 441}, phase: []float64{0}, amplitude: []float64{1}}
	f = stages.MakeFrames(1, 1)
	if n, err := tone.Fill(t.Context(), at, f); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	want := math.Sin(2 * math.Pi * float64(at%100) / 100)
	if math.Abs(f.At(0, 0)-want) > 1e-6 { // the argument, 5e8 rad, is rounded to 1.2e-7
		t.Errorf("sample %g: want %g", f.At(0, 0), want)
	}
}

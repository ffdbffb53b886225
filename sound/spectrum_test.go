package sound

import (
	"math"
	"strings"
	"testing"

	"github.com/mjibson/go-dsp/spectral"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

func TestSpectrumEqualsTheReference(t *testing.T) {
	x := referenceSound(t, "input", 44100)
	z := must(x.Spectrum(SpectrumParams{}))
	near(t, "spectrum_Z", z.Power, reference(t, "spectrum_Z").Data, 1e-9)
	// Where |S| is tiny, another transform may turn once more.
	for k, want := range reference(t, "spectrum_phase").Data {
		if d := math.Remainder(z.Phase[k]-want, 2*math.Pi); math.Abs(d) > 1e-9 {
			t.Fatalf("phase of bin %d: %g, want %g modulo 2π", k, z.Phase[k], want)
		}
		if k > 0 && math.Abs(z.Phase[k]-z.Phase[k-1]) > math.Pi+1e-12 {
			t.Fatalf("bins %d and %d: the phase jumps from %g to %g", k-1, k, z.Phase[k-1], z.Phase[k])
		}
	}
	cut := must(x.Spectrum(SpectrumParams{Low: 200, High: 300, Linear: true}))
	if len(cut.Power) != 6 || cut.Frequencies[0] != 200 || cut.Frequencies[5] != 300 {
		t.Errorf("the band holds %g Hz: want 200, 220, ... 300", cut.Frequencies)
	}
	if got, want := 10*math.Log10(cut.Power[0]), z.Power[10]; math.Abs(got-want) > 1e-12 || cut.Phase[5] != z.Phase[15] {
		t.Errorf("bin at 200 Hz: %g dB, in the whole %g dB", got, want)
	}
}

// A tone in the middle of a bin has (A·N/2)² and the phase of a sine, -π/2.
func TestSpectrumOfATone(t *testing.T) {
	s := must(Tone(ToneParams{Rate: 1000, Frequency: []float64{100, 200}, Amplitude: []float64{1, 3}, Length: Length{Frames: 1000}}))
	z := must(s.Spectrum(SpectrumParams{Channel: 1, Linear: true}))
	if got, want := z.Power[200], 1500.*1500; math.Abs(got-want) > 1e-6 {
		t.Errorf("power %g: want %g", got, want)
	}
	if d := math.Remainder(z.Phase[200]+math.Pi/2, 2*math.Pi); math.Abs(d) > 1e-9 {
		t.Errorf("phase %g: want -π/2 modulo 2π", z.Phase[200])
	}
	silent := must(must(Silence(SilenceParams{Length: Length{Frames: 10}})).Spectrum(SpectrumParams{}))
	if silent.Power[3] != -200 {
		t.Errorf("silence has %g dB: want -200", silent.Power[3])
	}
}

func TestPhasesUnwrapLikeTheOriginal(t *testing.T) {
	for d, want := range map[float64]float64{0.5: 0.5, -3: -3, 4: 4 - 2*math.Pi, -4: 2*math.Pi - 4, math.Pi: math.Pi, -math.Pi: -math.Pi} {
		if got := principal(d); math.Abs(got-want) > 1e-15 {
			t.Errorf("%g: %g, want %g", d, got, want)
		}
	}
}

// TestSpectrogramOfWelchAgreesWithAnotherLibrary compares the mean of the columns with go-dsp.
func TestSpectrogramOfWelchAgreesWithAnotherLibrary(t *testing.T) {
	s := must(Tone(ToneParams{Rate: 8000, Frequency: []float64{1000}, Length: Length{Frames: 3000}}))
	s = must(s.Add(must(WhiteNoise(NoiseParams{Rate: 8000, Length: Length{Frames: 3000}, Seed: 3}))))
	for _, c := range []struct{ segment, hop int }{{256, 128}, {100, 25}, {512, 512}} {
		x := must(s.Channel(0))
		x = x[:(len(x)-c.segment)/c.hop*c.hop+c.segment] // whole segments
		want, freqs := spectral.Pwelch(x, 8000, &spectral.PwelchOptions{NFFT: c.segment, Noverlap: c.segment - c.hop})
		f, got, err := s.PowerDensity(SpectrogramParams{Segment: c.segment, Hop: c.hop, Linear: true})
		if err != nil {
			t.Fatal(err)
		}
		near(t, "frequencies", f, freqs, 1e-15)
		near(t, "density", got, want, 1e-12)
	}
}

func TestSpectrogramHasItsPlaces(t *testing.T) {
	// Silence, then a tone of 1 kHz: 16 bins of 62.5 Hz.
	tone := must(Tone(ToneParams{Rate: 16000, Frequency: []float64{1000}, Length: Length{Frames: 4000}}))
	s := must(tone.Shift(4000))
	g := must(s.Spectrogram(SpectrogramParams{}))
	if len(g.Times) != 61 || len(g.Frequencies) != 129 || g.Times[0] != 128./16000 || g.Times[60] != (128+60*128)/16000. {
		t.Fatalf("%d times from %g s to %g s, %d frequencies", len(g.Times), g.Times[0], g.Times[len(g.Times)-1], len(g.Frequencies))
	}
	for i, column := range g.Power {
		best := 0
		for k, p := range column {
			if p > column[best] {
				best = k
			}
		}
		if i >= 32 && best != 16 {
			t.Errorf("at %g s the peak is at %g Hz: want 1000", g.Times[i], g.Frequencies[best])
		}
		if i < 30 && column[16] != -200 {
			t.Errorf("at %g s silence has %g dB: want -200", g.Times[i], column[16])
		}
	}
	// The power of the tone, 1/2, is under the peak.
	l := must(s.Spectrogram(SpectrogramParams{Linear: true, Window: "hamming"}))
	sum := 0.0
	for _, p := range l.Power[50] {
		sum += p * 62.5
	}
	if math.Abs(sum-0.5) > 1e-3 {
		t.Errorf("mean square %g: want 0.5", sum)
	}
	b := must(s.Spectrogram(SpectrogramParams{Low: 1000, High: 1125}))
	if f := b.Frequencies; len(f) != 5 || f[0] != 937.5 || f[4] != 1187.5 || b.Power[50][1] != g.Power[50][16] {
		t.Errorf("band 1000 to 1125 Hz: %g", f)
	}
}

func TestSpectrogramsConform(t *testing.T) {
	for _, p := range []SpectrogramParams{{Segment: 16}, {Segment: 15, Hop: 4, Channel: 1, Low: 2000, High: 9000}, {Segment: 20, Hop: 20, Linear: true}} {
		hop := max(p.Hop, 1)
		if p.Hop == 0 {
			hop = p.Segment / 2
		}
		stagetest.Run(t, stagetest.Recipe{
			Inputs: []stagetest.Signal{{Channels: 2, Rate: 44100}}, Ahead: p.Segment + hop, Period: 1, Frames: 700, HidesNaN: p.Channel == 1,
			Build: func(in []stages.Stage, _ stages.Range) ([]stages.Node, error) {
				return stagetest.Nodes(NewSpectrogram(in[0], p))
			},
		})
	}
}

func TestSpectrogramOfAStreamIsThatOfTheSound(t *testing.T) {
	s := must(WhiteNoise(NoiseParams{Length: Length{Frames: 3000}, Width: 2}))
	p := SpectrogramParams{Segment: 100, Hop: 30, Channel: 1, Low: 1000}
	g := must(s.Spectrogram(p))
	x := must(NewSpectrogram(s, p))
	got := must(Collect(t.Context(), x))
	if got.Len() != len(g.Times) || got.Rate() != 1470 || got.Channels() != len(g.Frequencies) || x.Frequencies()[0] != g.Frequencies[0] {
		t.Fatalf("%d frames of %d channels at %g Hz", got.Len(), got.Channels(), got.Rate())
	}
	for i, column := range g.Power {
		for k, v := range column {
			if got.At(i, k) != v {
				t.Fatalf("column %d, bin %d: %g, want %g", i, k, got.At(i, k), v)
			}
		}
	}
	if err := second(NewSpectrogram(s, SpectrogramParams{Channel: 2})); err == nil || !strings.Contains(err.Error(), "channel 2: want 0 to 1") {
		t.Errorf("got %v", err)
	}
}

func TestAnalysesRefuseWhatTheyCannotDo(t *testing.T) {
	s := must(Silence(SilenceParams{Length: Length{Frames: 100}}))
	density := func(p SpectrogramParams) error { _, _, err := s.PowerDensity(p); return err }
	for want, err := range map[string]error{
		"channel 1: want 0 to 0":                       second(s.Spectrum(SpectrumParams{Channel: 1})),
		"spectrum from 5 Hz to 2 Hz":                   second(s.Spectrum(SpectrumParams{Low: 5, High: 2})),
		"segments of 3 frames":                         second(s.Spectrogram(SpectrogramParams{Segment: 3})),
		"a hop of 257 frames: want 1 to 256":           second(s.Spectrogram(SpectrogramParams{Hop: 257})),
		`window "Hann": want one of bartlett, bla`:     second(s.Spectrogram(SpectrogramParams{Window: "Hann"})),
		"100 frames: want at least one segment of 256": density(SpectrogramParams{}),
		"100 frames: want at least one segment of 101": density(SpectrogramParams{Segment: 101}),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

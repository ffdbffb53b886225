package sound

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/cmplx"
	"strings"
	"testing"

	"hearpipe/stages"
)

// reDraws gives power-law noise the numbers that the reference was computed with: all real parts, all imaginary parts, and for an
// even length the last bin.
func reDraws(draws []float64, n int) func(k, c int) (float64, float64) {
	half := (n - 1) / 2
	return func(k, _ int) (float64, float64) {
		if k > half {
			return draws[2*half], 0
		}
		return draws[k-1], draws[half+k-1]
	}
}

func TestPowerLawNoiseEqualsTheReference(t *testing.T) {
	draws := reference(t, "powerlaw_draws").Data
	for _, c := range []struct {
		name   string
		n      int
		alpha  float64
		shaped bool
	}{
		{"powerlaw_0.5", 1000, 0.5, false},
		{"powerlaw_1", 1000, 1, false},
		{"powerlaw_2", 1000, 2, false},
		{"powerlaw_odd_1", 999, 1, false},
		{"powerlaw_norm_0.5", 1000, 0.5, true},
		{"powerlaw_norm_1", 1000, 1, true},
		{"powerlaw_norm_2", 1000, 2, true},
	} {
		s := must(powerLaw(PowerLawParams{Length: Length{Frames: int64(c.n)}, Exponent: c.alpha, Normalise: c.shaped}, reDraws(draws, c.n)))
		near(t, c.name, s.View().Data, reference(t, c.name).Data, soundTolerance)
	}
}

// TestPowerLawNoiseHasItsSlopeInEveryChannel fits a line to the power in octaves; 3 standard errors of the fit are about 0.03.
func TestPowerLawNoiseHasItsSlopeInEveryChannel(t *testing.T) {
	for _, alpha := range []float64{0, 1, 2, -1} {
		s := must(PowerLawNoise(PowerLawParams{Length: Length{Frames: 1 << 16}, Exponent: alpha, Width: 3, Seed: 7}))
		var first []float64
		for c := range 3 {
			x := must(s.Channel(c))
			if got := slopeOf(x); math.Abs(got+alpha) > 0.03 {
				t.Errorf("α = %g, channel %d: slope %g", alpha, c, got)
			}
			if c == 0 {
				first = x
			} else if r := correlation(first, x); alpha <= 0 && math.Abs(r) > 0.02 {
				t.Errorf("α = %g: channels 0 and %d correlate %g", alpha, c, r)
			} else if math.Abs(r) > 0.9 { // steep noise has few independent numbers
				t.Errorf("α = %g: channels 0 and %d correlate %g", alpha, c, r)
			}
		}
	}
	pink := must(PinkNoise(PowerLawParams{Length: Length{Frames: 4096}}))
	brown := must(BrownNoise(PowerLawParams{Length: Length{Frames: 4096}}))
	if !(slopeOf(must(pink.Channel(0))) > -1.3 && slopeOf(must(brown.Channel(0))) < -1.7) {
		t.Error("pink and brown noise have other slopes than 1 and 2")
	}
}

// slopeOf is the exponent of the power spectrum between 1/1000 and 1/2 of the rate, fitted to bands of a third of an octave.
func slopeOf(x []float64) float64 {
	bins := newDFT(len(x)).forward(x)
	var lf, lp []float64
	for lo := 64; lo < len(bins); lo = lo*5/4 + 1 {
		hi := min(lo*5/4+1, len(bins))
		p, f := 0.0, 0.0
		for k := lo; k < hi; k++ {
			p += real(bins[k])*real(bins[k]) + imag(bins[k])*imag(bins[k])
			f += math.Log(float64(k))
		}
		lf, lp = append(lf, f/float64(hi-lo)), append(lp, math.Log(p/float64(hi-lo)))
	}
	mf, mp := mean(lf), mean(lp)
	num, den := 0.0, 0.0
	for i := range lf {
		w := math.Exp(lf[i]) // a band has as many independent numbers as bins
		num += w * (lf[i] - mf) * (lp[i] - mp)
		den += w * (lf[i] - mf) * (lf[i] - mf)
	}
	return num / den
}

func mean(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s / float64(len(x))
}

func correlation(x, y []float64) float64 {
	mx, my := mean(x), mean(y)
	var xy, xx, yy float64
	for i := range x {
		xy += (x[i] - mx) * (y[i] - my)
		xx += (x[i] - mx) * (x[i] - mx)
		yy += (y[i] - my) * (y[i] - my)
	}
	return xy / math.Sqrt(xx*yy)
}

func TestSeedsAndNamesMakeOtherNoise(t *testing.T) {
	length := Length{Frames: 100}
	a := must(PinkNoise(PowerLawParams{Length: length, Width: 2, Seed: 1}))
	if !sameBits(a, must(PinkNoise(PowerLawParams{Length: length, Width: 2, Seed: 1}))) {
		t.Error("the same seed gives another noise")
	}
	if mono := must(PinkNoise(PowerLawParams{Length: length, Seed: 1})); !sameBits(mono, must(a.Select(0))) {
		t.Error("the first channel depends on the number of channels")
	}
	if sameBits(a, must(PinkNoise(PowerLawParams{Length: length, Width: 2, Seed: 2}))) ||
		sameBits(a, must(PinkNoise(PowerLawParams{Length: length, Width: 2, Seed: 1, Name: "other"}))) {
		t.Error("another seed or name gives the same noise")
	}
}

func TestRippleNoiseEqualsTheReference(t *testing.T) {
	noise := referenceSound(t, "whitenoise_42", 44100)
	for _, c := range []struct {
		name   string
		kind   RippleKind
		legacy bool
	}{{"irns_addsame", AddSame, false}, {"irno_addoriginal", AddOriginal, false}, {"irns", AddSame, true}, {"irno", AddOriginal, true}} {
		s := must(noise.Ripple(RippleParams{Kind: c.kind, Delay: 0.002, Gain: 0.8, Iterations: 4, Legacy: c.legacy}))
		near(t, c.name, s.View().Data, reference(t, c.name).Data, soundTolerance)
	}
}

// An impulse shows the taps of the networks: binomial weights, and all equal ones.
func TestRipplesAreTheNetworksOfThePaper(t *testing.T) {
	impulse := make([]float64, 100)
	impulse[0] = 1
	s := must(New(1000, impulse, impulse))
	for kind, want := range map[RippleKind][]float64{AddSame: {1, 1.5, 0.75, 0.125}, AddOriginal: {1, 0.5, 0.25, 0.125}} {
		r := must(s.Ripple(RippleParams{Kind: kind, Delay: 0.007, Gain: 0.5, Iterations: 3}))
		for i := range 100 {
			w := 0.0
			if i%7 == 0 && i/7 < 4 {
				w = want[i/7]
			}
			if math.Abs(r.At(i, 1)-w) > 3e-15 {
				t.Errorf("kind %d, frame %d: %g, want %g", kind, i, r.At(i, 1), w)
			}
		}
	}
	// The rate is honoured: the correlation of add-same noise with one iteration peaks at the delay, with g/(1+g²).
	for _, rate := range []float64{8000, 48000} {
		n := must(RippleNoise(RippleNoiseParams{Length: Length{Frames: 40000}, Rate: rate, Width: 2, RippleParams: RippleParams{Delay: 0.01, Gain: 1, Iterations: 1}}))
		lag := int(rate / 100)
		for c := range 2 {
			x := must(n.Channel(c))
			if r := correlation(x[lag:], x[:len(x)-lag]); math.Abs(r-0.5) > 0.02 {
				t.Errorf("%g Hz, channel %d: correlation %g at the delay, want 0.5", rate, c, r)
			}
		}
	}
}

func TestClicksEqualTheReference(t *testing.T) {
	p := ClicksParams{Click: Length{Seconds: 0.001}, Interval: Length{Seconds: 0.004}, Count: 5, Amplitude: PeakPressure(70)}
	near(t, "clicks", must(Clicks(p)).View().Data, reference(t, "clicks").Data, soundTolerance)
	near(t, "cut", must(Clicks(ClicksParams{Click: Length{Frames: 9}, Interval: Length{Frames: 2}, Count: 2, Width: 2})).View().Data,
		[]float64{1, 1, 1, 1, 1, 1, 1, 1}, 0)
}

func TestHarmonicComplexesEqualTheReference(t *testing.T) {
	length := Length{Seconds: 0.02}
	near(t, "harmonic_dflt", must(HarmonicComplex(HarmonicParams{Length: length, Fundamental: 400})).View().Data,
		reference(t, "harmonic_dflt").Data, soundTolerance)
	near(t, "harmonic_amp", must(HarmonicComplex(HarmonicParams{
		Length: length, Fundamental: 250,
		Amplitude: []float64{1, 0.5, 0.25, 0.125}, Phase: []float64{0, 0.1, 0.2, 0.3},
	})).View().Data, reference(t, "harmonic_amp").Data, soundTolerance)
}

// Vowel sections are sharp resonances: the reference is off by more than other sounds.
func TestVowelsEqualTheReference(t *testing.T) {
	length := Length{Seconds: 0.05}
	for _, v := range []string{"a", "i", "u"} {
		near(t, "vowel_"+v, must(Vowel(VowelParams{Length: length, Vowel: v, Pitch: 110})).View().Data, reference(t, "vowel_"+v).Data, 5e-12)
	}
	s := must(Vowel(VowelParams{Length: length, Formants: []float64{500, 1500, 2500}, Width: 2}))
	want := reference(t, "vowel_formants").Data
	near(t, "vowel_formants", must(s.Channel(1)), want, 5e-12)
	if !sameBits(must(s.Select(0)), must(s.Select(1))) {
		t.Error("the channels of a vowel differ")
	}
	if !sameBits(must(Vowel(VowelParams{Length: length, Vowel: "/a/"})), must(Vowel(VowelParams{Length: length, Vowel: "a"}))) {
		t.Error("/a/ is not a")
	}
}

// TestAGlideHasItsFrequencyAtEveryTime compares cycles between two times with the integral of the frequency.
func TestAGlideHasItsFrequencyAtEveryTime(t *testing.T) {
	const rate, T = 48000., 2.
	for _, exponential := range []bool{false, true} {
		s := must(Chirp(ChirpParams{Length: Length{Seconds: T}, Rate: rate, From: 200, To: 3200, Exponential: exponential, Phase: 0.3, Amplitude: 0.5}))
		for _, at := range []int{0, 1, 4801, 24000, 48000, 95999} {
			u := float64(at) / rate
			cycles := 200*u + 3000*u*u/(2*T)
			if exponential {
				cycles = 200 * T / math.Log(16) * (math.Pow(16, u/T) - 1)
			}
			if got, want := s.At(at, 0), 0.5*math.Sin(0.3+2*math.Pi*cycles); math.Abs(got-want) > 1e-10 {
				t.Errorf("exponential %v, frame %d: %g, want %g", exponential, at, got, want)
			}
		}
	}
	down := must(Chirp(ChirpParams{Length: Length{Frames: 1000}, Rate: 1000, From: 400, To: 100, Exponential: true}))
	// Four times as many cycles are heard in the first half of an octave-and-octave glide as its mean frequency says:
	// 400·T/ln4·(1 - 1/2) = 144.27.
	crossings := 0
	for i := 1; i < 500; i++ {
		if down.At(i-1, 0) < 0 && down.At(i, 0) >= 0 {
			crossings++
		}
	}
	if crossings < 143 || crossings > 145 {
		t.Errorf("%d cycles in the first half: want 144", crossings)
	}
	steady := must(Chirp(ChirpParams{Length: Length{Frames: 100}, From: 1000, To: 1000, Exponential: true}))
	near(t, "a glide to where it is", steady.View().Data, must(Tone(ToneParams{Length: Length{Frames: 100}, Frequency: []float64{1000}})).View().Data, 1e-12)
}

// A modulated tone has a line of A at f and two of A·m/2 at f ± fm.
func TestAModulatedToneHasThreeLines(t *testing.T) {
	s := must(ModulatedTone(ModulatedToneParams{Length: Length{Frames: 1000}, Rate: 1000, Frequency: 200, Modulation: 30, Depth: 0.5, Amplitude: 2}))
	bins := newDFT(1000).forward(must(s.Channel(0)))
	for k, b := range bins {
		want := map[int]float64{200: 2, 170: 0.5, 230: 0.5}[k]
		if got := cmplx.Abs(b) / 500; math.Abs(got-want) > 1e-12 {
			t.Errorf("line at %d Hz: %g, want %g", k, got, want)
		}
	}
	s = must(ModulatedTone(ModulatedToneParams{Length: Length{Frames: 3}, Rate: 1000, Frequency: 200, Phase: 0.2, Modulation: 30, ModulationPhase: 1, Depth: 0.5, Amplitude: 2}))
	if got, want := s.At(2, 0), 2*(1+0.5*math.Sin(1+2*math.Pi*0.06))*math.Sin(0.2+2*math.Pi*0.4); math.Abs(got-want) > 1e-14 {
		t.Errorf("frame 2: %g, want %g", got, want)
	}
}

func TestFunctionsAndCallbacksAreStreams(t *testing.T) {
	f := must(NewFunc(FuncParams{Rate: 10, Width: 3, Channels: stages.Range{Lo: 1, Hi: 3}, Func: func(t float64, c int) float64 { return t + float64(10*c) }}))
	got := must(f.Fetch(t.Context(), 1000, 1001))
	if got.At(0, 0) != 110 || got.At(0, 1) != 120 {
		t.Errorf("frame 1000: %v, want 110 and 120", got.Row(0))
	}
	next := int64(0)
	o := must(NewOnline(OnlineParams{Width: 2, Next: func(_ context.Context, at int64, frame []float64) error {
		if at != next {
			return fmt.Errorf("frame %d, want %d", at, next)
		}
		if next++; at == 7 {
			return io.EOF
		}
		frame[1] = float64(at)
		return nil
	}}))
	s, err := drain(o, 3)
	if err != io.EOF || s.Len() != 7 || s.At(6, 1) != 6 || s.At(6, 0) != 0 {
		t.Errorf("%d frames, %v: want 7 and io.EOF", s.Len(), err)
	}
	broken := errors.New("the cable is off")
	for name, o := range map[string]OnlineParams{
		"the cable is off": {Next: func(context.Context, int64, []float64) error { return broken }},
		"sample NaN in frame 0 of channel 1": {Width: 2, Next: func(_ context.Context, _ int64, frame []float64) error {
			frame[1] = math.NaN()
			return nil
		}},
	} {
		if s, err := drain(must(NewOnline(o)), 3); s.Len() != 0 || err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%d frames and %v: want 0 and %q", s.Len(), err, name)
		}
	}
}

func TestGeneratorsRefuseWhatTheyCannotMake(t *testing.T) {
	ten := Length{Frames: 10}
	noise := must(WhiteNoise(NoiseParams{Length: ten}))
	for want, err := range map[string]error{
		"exponent 11: want -10 to 10":                                            second(PowerLawNoise(PowerLawParams{Length: ten, Exponent: 11})),
		"sound.powerlawnoise: a sound needs a length":                            second(PinkNoise(PowerLawParams{})),
		"delay 1 s on a sound of 0.00022675736961451248 s":                       second(noise.Ripple(RippleParams{Delay: 1, Gain: 1, Iterations: 1})),
		"0 iterations: want 1 to 10000":                                          second(noise.Ripple(RippleParams{Gain: 1})),
		"sound.irn: sound.whitenoise: a sound needs a length":                    second(RippleNoise(RippleNoiseParams{})),
		"gain 1e+300, 2 iterations: sound: sample":                               second(noise.Ripple(RippleParams{Gain: 1e300, Iterations: 2})),
		"interval of 0 s: want at least one frame":                               second(NewClicks(ClicksParams{})),
		"fundamental 30000 Hz":                                                   second(NewHarmonicComplex(HarmonicParams{Fundamental: 30000})),
		"3 harmonics of 10000 Hz: want at most 2":                                second(NewHarmonicComplex(HarmonicParams{Fundamental: 10000, Phase: []float64{1, 2, 3}})),
		"2 values of amplitude for 3 harmonics":                                  second(NewHarmonicComplex(HarmonicParams{Fundamental: 1000, Amplitude: []float64{1, 2}, Phase: []float64{1, 2, 3}})),
		"want either a vowel (a, i or u) or formants":                            second(Vowel(VowelParams{Length: ten, Vowel: "a", Formants: []float64{500}})),
		`vowel "e": want a, i or u`:                                              second(Vowel(VowelParams{Length: ten, Vowel: "e"})),
		"formant 0 is 20 Hz: want above 25 Hz":                                   second(Vowel(VowelParams{Length: ten, Formants: []float64{20}})),
		"a glide needs a length":                                                 second(NewChirp(ChirpParams{From: 1, To: 2})),
		"from 0 Hz to 2 Hz: want above 0 Hz to 22050 Hz":                         second(NewChirp(ChirpParams{Length: ten, To: 2, Exponential: true})),
		"modulation at -1 Hz: want 0 to 22050 Hz":                                second(NewModulatedTone(ModulatedToneParams{Modulation: -1})),
		"sound.function: no function":                                            second(NewFunc(FuncParams{})),
		"sound.online: no function":                                              second(NewOnline(OnlineParams{})),
		"sound.function: length of 1 s and of 10 frames: want one of them":       second(NewFunc(FuncParams{Length: Length{Seconds: 1, Frames: 10}, Func: func(float64, int) float64 { return 0 }})),
		"sound.vowel: pitch 4e+06 Hz: want above 0 Hz, at most 22050 Hz":         second(Vowel(VowelParams{Length: ten, Vowel: "u", Pitch: 4e6})),
		"sound.chirp: phase NaN rad, amplitude 1 Pa: want finite numbers":        second(NewChirp(ChirpParams{Length: ten, Phase: math.NaN()})),
		"sound.amtone: depth NaN: want a finite number":                          second(NewModulatedTone(ModulatedToneParams{Depth: math.NaN()})),
		"phase of harmonic 1 is +Inf rad":                                        second(NewHarmonicComplex(HarmonicParams{Fundamental: 1000, Phase: []float64{0, math.Inf(1)}})),
		"sound.clicks: -1 clicks at intervals of 5 frames: want 0 (endless) or ": second(NewClicks(ClicksParams{Interval: Length{Frames: 5}, Count: -1})),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

// TestTransformsOfAnyLengthAreExact compares with the sum that defines them, for lengths with small and with large prime factors.
func TestTransformsOfAnyLengthAreExact(t *testing.T) {
	for _, n := range []int{1, 2, 3, 8, 101, 202, 210, 331, 1009, 1018} {
		x := make([]float64, n)
		for i := range x {
			x[i] = math.Sin(float64(i*i)) + 0.3
		}
		d := newDFT(n)
		bins := d.forward(x)
		for k := range bins {
			want := complex(0, 0)
			for i, v := range x {
				s, c := math.Sincos(-2 * math.Pi * float64(i*k%n) / float64(n))
				want += complex(v*c, v*s)
			}
			if cmplx.Abs(bins[k]-want) > 1e-13*float64(n) {
				t.Errorf("length %d, bin %d: %g, want %g", n, k, bins[k], want)
			}
		}
		near(t, fmt.Sprintf("inverse of length %d", n), d.inverse(bins), x, 1e-13)
	}
}

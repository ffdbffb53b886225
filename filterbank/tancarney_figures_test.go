package filterbank

import (
	"context"
	"math"
	"testing"

	"hearpipe/stages"
)

// The figures of Tan and Carney (2003) that Brian Hears reproduces, as numbers. Sounds have 50 kHz.
const figureRate = 50000.0

// tones are sounds, one per channel.
type tones struct {
	frequencies, levels []float64 // [Hz], [dB SPL]
	frames              int
	ramp                int  // frames of the squared-sine ramps at both ends
	levelWithRamp       bool // the level is that of the sound with its ramps
	silence             int  // frames after the tones
}

func (x tones) sound() stages.Frames {
	out := stages.MakeFrames(x.frames+x.silence, len(x.levels))
	for c, level := range x.levels {
		power, with := 0.0, 0.0
		wave := make([]float64, x.frames)
		for i := range wave {
			envelope := 1.0
			if edge := min(i, x.frames-1-i); edge < x.ramp {
				envelope = math.Pow(math.Sin(math.Pi/2*float64(edge)/float64(x.ramp)), 2)
			}
			y := math.Sin(2 * math.Pi * x.frequencies[c] * float64(i) / figureRate)
			wave[i] = envelope * y
			power += y * y
			with += wave[i] * wave[i]
		}
		if x.levelWithRamp {
			power = with
		}
		factor := 20e-6 * math.Pow(10, level/20) / math.Sqrt(power/float64(x.frames))
		for i, y := range wave {
			out.Row(i)[c] = factor * y
		}
	}
	return out
}

// behindEar is a sound behind a middle ear with the given gains.
func behindEar(t *testing.T, sound stages.Frames, gain ...float64) stages.Stage {
	t.Helper()
	ear, err := NewMiddleEar(memory(t, figureRate, sound), MiddleEarParams{Gain: gain})
	if err != nil {
		t.Fatal(err)
	}
	return ear
}

// Figure 7: the growth of the response with the level, for four characteristic frequencies whose responses are made equal at
// -10 dB SPL.
func TestResponsesGrowAsInFigure7(t *testing.T) {
	cfs := []float64{500, 1100, 2000, 4000}
	// response is the root mean square of the response to a tone at CF, from 10 to 45 ms, without its mean.
	response := func(cf, levels []float64, gain ...float64) []float64 {
		sound := tones{frequencies: cf, levels: levels, frames: 2500, ramp: 125, levelWithRamp: true}.sound()
		bank, err := NewTanCarney(behindEar(t, sound, gain...), TanCarneyParams{CF: cf})
		if err != nil {
			t.Fatal(err)
		}
		f, rms := collect(t, bank.Signal), make([]float64, len(cf))
		for c := range cf {
			mean, power := 0.0, 0.0
			for i := 500; i < 2250; i++ {
				mean += f.At(i, c) / 1750
			}
			for i := 500; i < 2250; i++ {
				power += (f.At(i, c) - mean) * (f.At(i, c) - mean) / 1750
			}
			rms[c] = math.Sqrt(power)
		}
		return rms
	}
	reference := response([]float64{500}, []float64{-10}, 1)[0]
	gains := map[float64]float64{500: 1}
	for _, cf := range cfs[1:] {
		const n = 50
		list, levels, try := make([]float64, n), make([]float64, n), linspace(0.1, 1, n)
		for i := range list {
			list[i], levels[i] = cf, -10
		}
		rms := response(list, levels, try...)
		for i := 1; i < n; i++ {
			if rms[i-1] <= reference && reference <= rms[i] {
				gains[cf] = try[i-1] + (try[i]-try[i-1])*(reference-rms[i-1])/(rms[i]-rms[i-1])
			}
		}
		if gains[cf] == 0 {
			t.Fatalf("%g Hz: responses from %g to %g, none is %g", cf, rms[0], rms[n-1], reference)
		}
	}
	var list, levels, gain []float64
	for _, cf := range cfs {
		for level := -10.0; level <= 100; level += 5 {
			list, levels, gain = append(list, cf), append(levels, level), append(gain, gains[cf])
		}
	}
	rms := response(list, levels, gain...)
	at := func(k int, level float64) float64 { return rms[k*23+int(level+10)/5] }
	slope := func(k int, lo, hi float64) float64 { return 20 * math.Log10(at(k, hi)/at(k, lo)) / (hi - lo) }
	for k, cf := range cfs {
		if d := at(k, -10)/reference - 1; math.Abs(d) > 0.02 {
			t.Errorf("%g Hz: at -10 dB SPL off by %.3f", cf, d)
		}
		for level := -5.0; level <= 100; level += 5 {
			if !(at(k, level) > at(k, level-5)) {
				t.Errorf("%g Hz: at %g dB SPL the response is not larger than at %g", cf, level, level-5)
			}
		}
		if low, high := slope(k, -10, 10), slope(k, 40, 80); math.Abs(low-1) > 0.05 || !(high < 0.9) {
			t.Errorf("%g Hz: growth %.3f dB/dB from -10 to 10 dB SPL, %.3f from 40 to 80, want about 1 and less than 0.9", cf, low, high)
		}
		// Over smaller ranges the growth at 2000 Hz goes up and down, between 0.41 and 0.66 dB/dB above 45 dB SPL.
		if k > 0 && !(slope(k, 20, 80) <= slope(k-1, 20, 80)) {
			t.Errorf("%g Hz: growth %.3f dB/dB from 20 to 80 dB SPL, at %g Hz %.3f: want no less compression at higher frequencies",
				cf, slope(k, 20, 80), cfs[k-1], slope(k-1, 20, 80))
		}
		t.Logf("%g Hz: gain %.4f, growth %.3f, %.3f, %.3f dB/dB", cf, gains[cf], slope(k, -10, 10), slope(k, 20, 80), slope(k, 40, 80))
	}
}

// Figure 11: rate and phase of a fibre at 2200 Hz for tones from 250 to 3500 Hz at five levels. The figure ends at 250 spikes
// per second, as the synapse of Brian Hears does; with the published volume of the local store the onset lasts longer, and
// the mean over 50 ms rises to 297.
func TestTuningIsThatOfFigure11(t *testing.T) {
	t.Run("published", func(t *testing.T) { figure11(t, false, 300) })
	t.Run("legacy", func(t *testing.T) { figure11(t, true, 250) })
}

func figure11(t *testing.T, legacy bool, highest float64) {
	steps := []float64{10, 30, 50, 70, 90}
	var frequencies, levels, cf []float64
	for f := 250.0; f <= 3500; f += 50 {
		for _, level := range steps {
			frequencies, levels, cf = append(frequencies, f), append(levels, level), append(cf, 2200)
		}
	}
	sound := tones{frequencies: frequencies, levels: levels, frames: 2500, ramp: 125}.sound()
	bank, err := NewTanCarney(behindEar(t, sound), TanCarneyParams{CF: cf, Interval: 2})
	if err != nil {
		t.Fatal(err)
	}
	synapse, err := NewZhangRate(bank, ZhangParams{CF: cf, LegacyLocalVolume: legacy})
	if err != nil {
		t.Fatal(err)
	}
	s := collect(t, synapse)
	rate, phase := make([]float64, len(cf)), make([]float64, len(cf))
	for c, f := range frequencies {
		var re, im float64
		for i := range s.N {
			sin, cos := math.Sincos(2 * math.Pi * f * float64(i) / figureRate)
			rate[c] += s.At(i, c) / float64(s.N)
			re += cos * s.At(i, c)
			im += sin * s.At(i, c)
		}
		phase[c] = math.Atan2(im, re)
		if !(rate[c] >= 0 && rate[c] <= highest) {
			t.Errorf("%g Hz, %g dB SPL: %g spikes per second", f, levels[c], rate[c])
		}
	}
	width := make([]int, len(steps))
	for k, level := range steps {
		best := k
		for c := k; c < len(rate); c += len(steps) {
			if rate[c] > rate[best] {
				best = c
			}
		}
		for c := k; c < len(rate); c += len(steps) {
			if rate[c] > rate[best]/2 {
				width[k]++
			}
			if f := frequencies[c]; f >= 1100 && f <= 2900 {
				if d := math.Remainder(phase[c]-phase[c-k+4], 2*math.Pi); math.Abs(d) > 0.75*math.Pi {
					t.Errorf("%g Hz, %g dB SPL: phase %.2fπ from that at 90 dB SPL", f, level, d/math.Pi)
				}
			}
		}
		if level <= 30 && math.Abs(frequencies[best]-2200) > 50 {
			t.Errorf("%g dB SPL: best frequency %g Hz, want 2200 Hz", level, frequencies[best])
		}
		at := 5*39 + k // 2200 Hz
		if k > 0 && !(rate[at] > 0.95*rate[at-1]) {
			t.Errorf("at %g Hz the rate falls from %g to %g Hz towards %g dB SPL", frequencies[at], rate[at-1], rate[at], level)
		}
		t.Logf("%g dB SPL: best frequency %g Hz, %.1f Hz there, more than half of it at %d frequencies", level, frequencies[best], rate[best], width[k])
	}
	if !(width[1] < width[4]) {
		t.Errorf("tones with more than half of the largest rate: %d at 30 dB SPL, %d at 90: want more", width[1], width[4])
	}
}

// Clicks of two frames and tones of 1 kHz at rising levels, in fibres at 1 kHz.
func TestClicksAndTonesInFibres(t *testing.T) {
	clicks := stages.MakeFrames(1875, 5)
	for c, level := range []float64{40, 60, 80, 100, 120} {
		for i := range 2 {
			clicks.Row(i)[c] = 28e-6 * math.Pow(10, level/20)
		}
	}
	if math.Abs(clicks.At(0, 4)-28) > 1e-12 || math.Abs(clicks.At(1, 0)-0.0028) > 1e-15 {
		t.Fatal("clicks of other heights")
	}
	one := []float64{1000, 1000, 1000, 1000, 1000}
	toneLevels := []float64{0, 20, 40, 60, 80}
	sound := tones{frequencies: one, levels: toneLevels, frames: 3000, ramp: 500, silence: 1500}.sound()
	const per = 40
	for _, in := range []stages.Frames{clicks, sound} {
		fibres := func() *ZhangFibres {
			bank, err := NewTanCarney(behindEar(t, in), TanCarneyParams{CF: one})
			if err != nil {
				t.Fatal(err)
			}
			f, err := NewZhangFibres(bank, ZhangFibresParams{ZhangParams: ZhangParams{CF: one}, PerChannel: per, Seed: 5})
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		s, r := collect(t, fibres().Rate), collect(t, fibres().Firing)
		spikes, err := fibres().FetchSpikes(context.Background(), 0, int64(in.N))
		if err != nil {
			t.Fatal(err)
		}
		count, last := make([]int, 5), math.Inf(-1)
		for _, x := range spikes.List {
			count[x.Cell/per]++
			if at := int(x.At); at+1 < in.N && r.At(at+1, int(x.Cell)) > 1e-9 {
				t.Errorf("fibre %d fires in frame %d and has the rate %g right after", x.Cell, at, r.At(at+1, int(x.Cell)))
			}
		}
		for c := range 5 {
			peak, expected, dead := 0.0, 0.0, make([]int, per)
			firedAt := map[[2]int]bool{}
			for _, x := range spikes.List {
				if int(x.Cell)/per == c {
					firedAt[[2]int{int(x.Cell) % per, int(x.At)}] = true
				}
			}
			for i := range in.N {
				peak = max(peak, s.At(i, c))
				for k := range per {
					if now := r.At(i, c*per+k); now > s.At(i, c) {
						t.Fatalf("channel %d, frame %d: fibre at %g Hz, synapse at %g Hz", c, i, now, s.At(i, c))
					}
					if dead[k] > 0 {
						dead[k]--
					} else {
						expected += r.At(i, c*per+k) / figureRate
					}
					if firedAt[[2]int{k, i}] {
						dead[k] = 36
					}
				}
			}
			if math.Abs(float64(count[c])-expected) > 3*math.Sqrt(expected) {
				t.Errorf("channel %d: %d spikes, want about %.0f", c, count[c], expected)
			}
			if peak < last*0.999 {
				t.Errorf("channel %d: the peak of the rate falls from %g to %g Hz", c, last, peak)
			}
			last = peak
		}
	}
	// Phase locking during the tones.
	bank, err := NewTanCarney(behindEar(t, sound), TanCarneyParams{CF: one})
	if err != nil {
		t.Fatal(err)
	}
	synapse, err := NewZhangRate(bank, ZhangParams{CF: one})
	if err != nil {
		t.Fatal(err)
	}
	s := collect(t, synapse)
	for c, level := range toneLevels {
		var re, im, sum float64
		for i := 1000; i < 2500; i++ {
			sin, cos := math.Sincos(2 * math.Pi * 1000 * float64(i) / figureRate)
			re, im, sum = re+cos*s.At(i, c), im+sin*s.At(i, c), sum+s.At(i, c)
		}
		if strength := math.Hypot(re, im) / sum; level >= 40 && !(strength > 0.5) {
			t.Errorf("%g dB SPL: vector strength %.3f, want above 0.5", level, strength)
		}
	}
	// In silence the synapse stays where it is.
	quiet, err := NewTanCarney(memory(t, figureRate, stages.MakeFrames(2000, 1)), TanCarneyParams{CF: one[:1]})
	if err != nil {
		t.Fatal(err)
	}
	if synapse, err = NewZhangRate(quiet, ZhangParams{CF: one[:1]}); err != nil {
		t.Fatal(err)
	}
	s = collect(t, synapse)
	for i := range s.N {
		if math.Abs(s.At(i, 0)-50) > 1e-9 {
			t.Fatalf("silence: %v Hz in frame %d, want 50 Hz", s.At(i, 0), i)
		}
	}
}

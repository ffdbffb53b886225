package hrtf

import (
	"math"
	"testing"

	"hearpipe/internal/kernel"
	"hearpipe/stages/stagetest"
)

// pair is an HRTF whose left response is h and whose right one is a single impulse at tap 0.
func pair(h []float64, rate float64) HRTF {
	r := make([]float64, len(h))
	r[0] = 1
	return HRTF{Left: h, Right: r, Rate: rate}
}

// The minimum-phase version of (1 + 2z⁻¹)(1 + z⁻¹/2) is that with the zero at -2 mirrored: (2 + z⁻¹)(1 + z⁻¹/2).
func TestMinimumPhaseMirrorsZeros(t *testing.T) {
	h := make([]float64, 64)
	copy(h, []float64{1, 2.5, 1})
	m, err := pair(h, 44100).MinimumPhase()
	if err != nil {
		t.Fatal(err)
	}
	want := []float64{2, 2, 0.5}
	for k, x := range m.Left {
		w := 0.0
		if k < len(want) {
			w = want[k]
		}
		if math.Abs(x-w) > 1e-12 {
			t.Errorf("tap %d is %.15g, want %g", k, x, w)
		}
	}
	for k, x := range m.Right { // an impulse stays
		if w := map[bool]float64{true: 1}[k == 0]; math.Abs(x-w) > 1e-12 {
			t.Errorf("tap %d of the impulse is %g, want %g", k, x, w)
		}
	}
}

// A minimum-phase response after a delay comes apart into both.
func TestMinimumPhaseSeparatesTheDelay(t *testing.T) {
	h := make([]float64, 256)
	for k := range 200 {
		h[k+37] = math.Exp(-float64(k)/8) * math.Cos(float64(k)/3)
	}
	p := pair(h, 44100)
	p.Delay = [2]float64{2.25, 5}
	m, err := p.MinimumPhase()
	if err != nil {
		t.Fatal(err)
	}
	// The pulse itself is not quite of minimum phase: its zeros decide. The delay is that of the best match.
	if d := m.Delay[Left] - 2.25; math.Abs(d-37) > 1 {
		t.Errorf("delay of %g samples besides the 2.25, want about 37", d)
	}
	if m.Delay[Right] != 5 {
		t.Errorf("delay of the impulse %g, want 5", m.Delay[Right])
	}
	if e := magnitudeError(h, m.Left); e > 0.01 {
		t.Errorf("the magnitude is off by %g dB", e)
	}
	late, early := 0.0, 0.0 // energy gathers at the front as early as it can
	for k := range h {
		late, early = late+h[k]*h[k], early+m.Left[k]*m.Left[k]
		if early < late-1e-9 {
			t.Fatalf("up to tap %d the original has an energy of %g, its minimum-phase version %g", k, late, early)
		}
	}
}

func TestMinimumPhaseOfNoiseKeepsMagnitudes(t *testing.T) {
	h := make([]float64, 512)
	s := stagetest.Signal{Seed: 3}
	for k := range h {
		h[k] = s.At(int64(k), 0) * math.Exp(-float64(k)/40)
	}
	m, err := pair(h, 44100).MinimumPhase()
	if err != nil {
		t.Fatal(err)
	}
	if e := magnitudeError(h, m.Left); e > 0.1 {
		t.Errorf("the magnitude is off by %g dB", e)
	}
	if e := magnitudeError(h, make([]float64, len(h))); !math.IsInf(e, 1) {
		t.Errorf("silence differs by %g dB", e)
	}
}

// Both ears are made at once, and do not hear each other.
func TestMinimumPhaseKeepsEarsApart(t *testing.T) {
	h := artificial(t, 100, false).At(20)
	both, err := h.MinimumPhase()
	if err != nil {
		t.Fatal(err)
	}
	for e := range 2 {
		alone, err := pair(h.Response(Ear(e)), h.Rate).MinimumPhase()
		if err != nil {
			t.Fatal(err)
		}
		for k, want := range alone.Left {
			if got := both.Response(Ear(e))[k]; math.Abs(got-want) > 1e-12 {
				t.Fatalf("%v ear, tap %d: %g, alone %g", Ear(e), k, got, want)
			}
		}
		if math.Abs(both.Delay[e]-alone.Delay[Left]) > 1e-9 {
			t.Errorf("%v ear: delay %g, alone %g", Ear(e), both.Delay[e], alone.Delay[Left])
		}
	}
}

func TestSetsOfMinimumPhaseKeepTheirPlaces(t *testing.T) {
	set := artificial(t, 60, true)
	m, err := set.MinimumPhase()
	if err != nil {
		t.Fatal(err)
	}
	for i := range set.Len() {
		one, err := set.At(i).MinimumPhase()
		if err != nil {
			t.Fatal(err)
		}
		if h := m.At(i); h.Delay != one.Delay || h.Left[3] != one.Left[3] || h.Right[5] != one.Right[5] || m.Coordinates(i)[0] != set.Coordinates(i)[0] {
			t.Fatalf("response %d is not the minimum-phase version of response %d", i, i)
		}
	}
	silent := HRTF{Left: make([]float64, 3), Right: []float64{0, 1, 0}, Rate: 1}
	if h, err := silent.MinimumPhase(); err != nil || h.Left[0] != 0 || math.Abs(h.Right[0]-1) > 1e-12 || math.Abs(h.Delay[Right]-1) > 1e-9 {
		t.Errorf("%v, %v", h, err)
	}
	_, err = (HRTF{Left: []float64{math.NaN()}, Right: []float64{1}, Rate: 1}).MinimumPhase()
	refused(t, err, "tap 0 is NaN")
}

func TestFourierIsTheSum(t *testing.T) {
	for _, n := range []int{1, 2, 8, 64} {
		f := newFourier(n)
		x := make([]float64, n)
		s := stagetest.Signal{Seed: 9}
		for i := range x {
			x[i] = s.At(int64(i), 0)
		}
		c := f.spectrum(x)
		for k := range n {
			var re, im float64
			for i, v := range x {
				sin, cos := math.Sincos(2 * math.Pi * float64(k*i) / float64(n))
				re, im = re+v*cos, im-v*sin
			}
			if math.Abs(c.re[k]-re) > 1e-13 || math.Abs(c.im[k]-im) > 1e-13 {
				t.Errorf("%d points, bin %d: %g + j·%g, want %g + j·%g", n, k, c.re[k], c.im[k], re, im)
			}
		}
		f.back(c)
		for i, v := range x {
			if math.Abs(c.re[i]-v) > 1e-14 || math.Abs(c.im[i]) > 1e-14 {
				t.Errorf("%d points, value %d comes back as %g + j·%g, was %g", n, i, c.re[i], c.im[i], v)
			}
		}
	}
}

// magnitudeError is how much the magnitudes of two responses of one length differ at most [dB], where the first is above -40 dB of its maximum: what
// cutting and folding have left of the equality of a response and its minimum-phase version.
func magnitudeError(original, early []float64) float64 {
	f := newFourier(cepstrumLength(max(len(original), len(early))))
	a, b := f.spectrum(original), f.spectrum(early)
	peak, worst := 0.0, 0.0
	for k := range a.re {
		a.re[k] = kernel.Hypot(a.re[k], a.im[k])
		b.re[k] = kernel.Hypot(b.re[k], b.im[k])
		peak = max(peak, a.re[k])
	}
	for k, x := range a.re {
		if x > 1e-2*peak {
			worst = max(worst, math.Abs(20*kernel.Log10(b.re[k]/x)))
		}
	}
	return worst
}

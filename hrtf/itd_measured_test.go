package hrtf

import (
	"math"
	"os"
	"path/filepath"
	"testing"
)

// measured reads a set from the folder with the files that are too large to keep here.
func measured(t testing.TB, name string) *Set {
	t.Helper()
	folder := os.Getenv("HEARPIPE_HRTF")
	if folder == "" {
		t.Skip("HEARPIPE_HRTF names no folder with the files")
	}
	set, err := ReadSOFA(filepath.Join(folder, "sofa", name))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// The measures of some responses, found by an independent program: time differences as the maximum of the cross-correlation, in whole samples, and level differences.
func TestMeasuredDifferencesAreThoseOfAnotherProgram(t *testing.T) {
	for name, list := range map[string][]struct {
		index int
		itd   float64 // samples, left minus right
		ild   float64 // dB
	}{
		"LISTEN_1002_IRC_1002_C_HRIR.sofa": {
			{0, 0, 1.1380105654891912},
			{1, -4, 3.920887095430971},
			{93, 19, -11.565078272484723},
			{186, 0, 0.24798909133253344},
			{72, 0, 0.7010437862226147},
			{74, -12, 11.4058976998848},
			{78, -34, 15.757438398716408},
			{84, 1, -0.27948792886391305},
			{90, 32, -15.588297610411463},
		},
		"MIT_KEMAR_normal_pinna.sofa": {
			{0, 0, 0}, {1, -2, 1.201061674278304}, {355, -23, 16.276352695139582}, {266, -11, 8.449251318746732}, {278, -32, 11.786660759251092}, {314, 32, -11.786660759251092},
		},
		"tester.sofa": {
			{0, -139, -0.969100130080564},
			{1, -136, -0.969100130080564},
			{625, 48, 0.7918124604762482},
			{1249, -44, -0.969100130080564},
			{308, 14, 0},
			{24, 40, 2.218487496163564},
			{640, 90, 4.771212547196624},
			{1208, 140, 3.979400086720376},
		},
		"Pulse.sofa": {{0, 0, 0}, {1249, 0, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			set := measured(t, name)
			for _, c := range list {
				h := set.At(c.index)
				d, err := h.ITD(ITDParams{})
				if err != nil || math.RoundToEven(d*set.Rate()) != c.itd || math.Abs(d*set.Rate()-c.itd) > 0.5 {
					t.Errorf("response %d: %g samples (%v), want %g", c.index, d*set.Rate(), err, c.itd)
				}
				if x := h.ILD(); math.Abs(x-c.ild) > 1e-9 {
					t.Errorf("response %d: %g dB, want %g", c.index, x, c.ild)
				}
			}
		})
	}
}

// On a real head the methods agree about the horizontal plane as well as they can, and a source on the left is earlier on the left.
func TestMeasuredTimeDifferencesFollowTheAzimuth(t *testing.T) {
	set := measured(t, "LISTEN_1002_IRC_1002_C_HRIR.sofa")
	plane, err := set.Select("elevation == 0")
	if err != nil {
		t.Fatal(err)
	}
	for i := range plane.Len() {
		d, _ := plane.Direction(i)
		// Woodworth's head: a·(θ + sin θ)/c with the lateral angle θ, a = 8.75 cm.
		lateral := math.Asin(math.Max(-1, math.Min(1, d.Y)))
		want := -0.0875 / 343.2 * (lateral + math.Sin(lateral))
		for _, m := range []ITDMethod{CrossCorrelation, Onset, Phase} {
			x, err := plane.At(i).ITD(ITDParams{Method: m})
			if err != nil || math.Abs(x-want) > 250e-6 {
				t.Errorf("%v, method %d: %.0f µs (%v), want %.0f µs, give or take 250", d, m, x*1e6, err, want*1e6)
			}
		}
	}
}

// The minimum-phase version of a real set keeps its magnitudes and its time differences, and interpolates better than what was measured.
func TestMeasuredSetsInterpolateAsMinimumPhase(t *testing.T) {
	set := measured(t, "LISTEN_1002_IRC_1002_C_HRIR.sofa")
	set, err := set.Select("elevation == 0")
	if err != nil {
		t.Fatal(err)
	}
	minimum, err := set.MinimumPhase()
	if err != nil {
		t.Fatal(err)
	}
	worst := 0.0
	for i := range set.Len() {
		for _, e := range []Ear{Left, Right} {
			worst = max(worst, magnitudeError(set.At(i).Response(e), minimum.At(i).Response(e)))
		}
		a, err := set.At(i).ITD(ITDParams{})
		if err != nil {
			t.Fatal(err)
		}
		b, err := minimum.At(i).ITD(ITDParams{})
		if err != nil || math.Abs(a-b) > 200e-6 {
			t.Errorf("response %d: %.0f µs as measured, %.0f µs with minimum phase (%v)", i, a*1e6, b*1e6, err)
		}
	}
	t.Logf("magnitudes are off by up to %.3f dB", worst)
	if worst > 0.5 {
		t.Errorf("magnitudes are off by up to %.3f dB", worst)
	}
	// Leave every second direction out, and compare what is interpolated there.
	var frequencies []float64
	for f := 300.0; f < 14000; f *= 1.05 {
		frequencies = append(frequencies, f)
	}
	lost := func(s *Set) float64 {
		half, err := s.Select("i % 2 == 0")
		if err != nil {
			t.Fatal(err)
		}
		between, err := NewInterpolator(half, Barycentric)
		if err != nil {
			t.Fatal(err)
		}
		sum, n := 0.0, 0
		for i := 1; i < s.Len(); i += 2 {
			d, _ := s.Direction(i)
			for _, e := range []Ear{Left, Right} {
				want, got := set.At(i).Gains(e, frequencies), mixed(t, between, d).Flat().Gains(e, frequencies)
				for k := range want {
					x := 20 * math.Log10(got[k]/want[k])
					sum, n = sum+x*x, n+1
				}
			}
		}
		return math.Sqrt(sum / float64(n))
	}
	a, b := lost(set), lost(minimum)
	t.Logf("30 degrees apart, interpolation is off by %.2f dB (rms) as measured and by %.2f dB with minimum phase", a, b)
	if !(b < 0.8*a) {
		t.Errorf("interpolation is off by %.2f dB with minimum phase, by %.2f dB as measured: want clearly less", b, a)
	}
}

package filterbank

import (
	"math"
	"strings"
	"testing"

	"hearpipe/stages/stagetest"
)

func TestUnstableCoefficientsAreRefused(t *testing.T) {
	src := stagetest.NewSource(stagetest.Signal{Rate: 44100, Channels: 1, Frames: 10})
	for _, x := range []struct {
		a    []float64
		says string
	}{
		{[]float64{1, -1.5}, "channel 1, section 2: a pole of magnitude 1.5: want at most 1"},
		{[]float64{1, 1.00001}, "a pole of magnitude 1.00001"},
		{[]float64{2, -2 * 2 * 1.25 * math.Cos(1), 2 * 1.5625}, "a pole of magnitude 1.25"},
		{multiply([]float64{1, -0.5}, []float64{1, 3}), "a pole of magnitude 3"},
		{[]float64{1, -1}, ""},                  // an integrator
		{[]float64{1, -2, 1}, ""},               // two
		{[]float64{1, -2 * math.Cos(1), 1}, ""}, // an oscillator
		{[]float64{1, -0.999999}, ""},
		{[]float64{1}, ""},
	} {
		c, err := NewCoefficients(3, 4, 2)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Set(1, 2, []float64{1}, x.a); err != nil {
			t.Fatal(err)
		}
		_, err = NewCascade(src, CascadeParams{Coefficients: c})
		if x.says == "" && err != nil || x.says != "" && (err == nil || !strings.Contains(err.Error(), x.says)) {
			t.Errorf("a = %v: error %v, want %q", x.a, err, x.says)
		}
	}
}

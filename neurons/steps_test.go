package neurons_test

import (
	"math"
	"testing"

	"hearpipe/neurons"
)

func TestMultiplesOfTheStepAreExact(t *testing.T) {
	truncated, raised := 0, 0
	for k := int64(1); k <= 1000; k++ {
		x, dt := float64(k)/10*1e-3, 1e-4
		for _, as := range []neurons.Rounding{neurons.Nearest, neurons.Ceil, neurons.Floor} {
			if got := neurons.Steps(x, dt, as); got != k {
				t.Fatalf("%g s are %d steps, want %d", x, got, k)
			}
		}
		if int64(x/dt) != k {
			truncated++
		}
		if int64(math.Ceil(x/dt)) != k {
			raised++
		}
	}
	// What the tolerance repairs: bare rounding is wrong for many of them.
	if truncated == 0 || raised == 0 {
		t.Errorf("bare truncation is wrong %d times and bare ceil %d times: this test would not see a missing tolerance", truncated, raised)
	}
}

func TestOtherTimesAreRoundedAsAsked(t *testing.T) {
	for _, c := range []struct {
		x    float64
		as   neurons.Rounding
		want int64
	}{
		{2.4e-4, neurons.Nearest, 2},
		{2.4e-4, neurons.Ceil, 3},
		{2.6e-4, neurons.Floor, 2},
		{2.6e-4, neurons.Nearest, 3},
		{2.0002e-4, neurons.Ceil, 3},
		{2.00005e-4, neurons.Ceil, 2},
		{-1.5e-4, neurons.Floor, -2},
		{-1.5e-4, neurons.Ceil, -1},
		{5e-3 * 44100 / 44100, neurons.Floor, 50},
		{math.Inf(1), neurons.Floor, 1 << 61},
		{math.Inf(-1), neurons.Nearest, -1 << 61},
	} {
		if got := neurons.Steps(c.x, 1e-4, c.as); got != c.want {
			t.Errorf("%g s, rounding %d: %d steps, want %d", c.x, c.as, got, c.want)
		}
	}
	if got := neurons.Steps(5e-3, 1./44100, neurons.Floor); got != 220 {
		t.Errorf("5 ms at 44.1 kHz are %d steps, want 220", got)
	}
}

package filterbank

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

func ExampleERBSpace() {
	cf, err := ERBSpace(100, 1000, 10)
	if err != nil {
		fmt.Println(err)
	}
	for _, f := range cf {
		fmt.Printf("%.2f ", f)
	}
	fmt.Println()
	// Output: 100.00 151.87 211.93 281.45 361.95 455.14 563.04 687.95 832.57 1000.00
}

func ExampleERB() {
	erb, err := ERB(1000, ERBParams{})
	fmt.Printf("%.3f Hz %v\n", erb, err)
	// Output: 132.639 Hz <nil>
}

func TestSpacingEqualsTheReference(t *testing.T) {
	for _, c := range []struct {
		name      string
		low, high float64
		n         int
		p         ERBParams
	}{
		{"erbspace_20_20k_32", 20, 20000, 32, ERBParams{}},
		{"erbspace_20_20k_3000", 20, 20000, 3000, ERBParams{}},
		{"erbspace_100_1000_50", 100, 1000, 50, ERBParams{}},
		{"erbspace_alt", 80, 8000, 16, ERBParams{EarQ: 8, MinBandwidth: 30}},
	} {
		want := load(t, c.name).data
		got, err := ERBSpaceWith(c.low, c.high, c.n, c.p)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(want) {
			t.Fatalf("%s: %d frequencies, want %d", c.name, len(got), len(want))
		}
		for i := range want {
			if d := math.Abs(got[i]-want[i]) / want[i]; d > toleranceSpacing {
				t.Errorf("%s: frequency %d is %v, want %v: relative error %.3g, allowed %.3g", c.name, i, got[i], want[i], d, toleranceSpacing)
			}
		}
	}
}

func TestSpacingAscendsInEqualStepsOfTheERB(t *testing.T) {
	cf, err := ERBSpace(20, 20000, 101)
	if err != nil {
		t.Fatal(err)
	}
	k := 9.26449 * 24.7
	ratio := (cf[1] + k) / (cf[0] + k)
	for i := 1; i < len(cf); i++ {
		if r := (cf[i] + k) / (cf[i-1] + k); math.Abs(r-ratio) > 1e-12 {
			t.Errorf("step %d is a ratio of %v, the first of %v", i, r, ratio)
		}
	}
	if one, err := ERBSpace(300, 1000, 1); err != nil || len(one) != 1 || one[0] != 300 {
		t.Errorf("one channel: %v, %v, want the low frequency", one, err)
	}
}

func TestERBScaleFollowsGlasbergAndMoore(t *testing.T) {
	// Glasberg and Moore (1990): ERB 132.6 Hz and ERB rate 15.6 at 1 kHz; the ERB rate grows by 1 per ERB.
	if e := ERBRate(1000); math.Abs(e-15.62) > 0.01 || ERBRate(0) != 0 {
		t.Errorf("ERB rate at 1 kHz %v, at 0 Hz %v", e, ERBRate(0))
	}
	for _, f := range []float64{50, 500, 5000} {
		width, err := ERB(f, ERBParams{})
		if err != nil {
			t.Fatal(err)
		}
		if step := ERBRate(f+width/2) - ERBRate(f-width/2); math.Abs(step-1) > 0.01 {
			t.Errorf("one ERB at %g Hz is %v steps of the ERB rate", f, step)
		}
	}
	got, err := ERB(300, ERBParams{EarQ: 8, MinBandwidth: 20, Order: 2})
	if want := math.Sqrt(37.5*37.5 + 400); err != nil || math.Abs(got-want) > 1e-12*want {
		t.Errorf("ERB of order 2: %v, %v, want %v", got, err, want)
	}
}

func TestImpossibleScalesAreRefused(t *testing.T) {
	space := func(low, high float64, n int, p ERBParams) error {
		_, err := ERBSpaceWith(low, high, n, p)
		return err
	}
	bandwidth := func(f float64, p ERBParams) error {
		_, err := ERB(f, p)
		return err
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{space(20, 20000, 0, ERBParams{}), "erbspace: 0 channels: want 1 to 16777216"},
		{space(20, 20000, 1<<50, ERBParams{}), "erbspace: 1125899906842624 channels: want 1 to 16777216"},
		{space(20, 10, 3, ERBParams{}), "20 Hz to 10 Hz: want 0 Hz <= low <= high"},
		{space(-1, 10, 3, ERBParams{}), "-1 Hz to 10 Hz"},
		{space(math.NaN(), 10, 3, ERBParams{}), "NaN Hz"},
		{space(20, math.Inf(1), 3, ERBParams{}), "+Inf Hz"},
		{space(20, 100, 3, ERBParams{EarQ: -1}), "ear Q -1: want a positive number (0 for the default, 9.26449)"},
		{space(20, 100, 3, ERBParams{MinBandwidth: math.NaN()}), "minimal bandwidth NaN Hz"},
		{bandwidth(100, ERBParams{Order: math.Inf(1)}), "ERB order +Inf"},
		{bandwidth(-100, ERBParams{}), "frequency -100 Hz"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("error %q does not say %q", c.err, c.want)
		}
	}
}

package filterbank

import (
	"fmt"
	"math"
	"math/cmplx"
	"slices"
	"strings"
	"testing"
)

func ExampleCoefficients_Set() {
	// A leaky integrator y_n = x_n + y_(n-1)/2, given with a_0 = 2.
	c, _ := NewCoefficients(1, 1, 1)
	if err := c.Set(0, 0, []float64{2}, []float64{2, -1}); err != nil {
		fmt.Println(err)
	}
	fmt.Println(c.Section(0, 0))
	// Output: [1 0] [1 -0.5] <nil>
}

func TestSectionsAreKeptApart(t *testing.T) {
	c, err := NewCoefficients(3, 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	value := func(channel, section, i int) float64 { return float64(100*channel + 10*section + i + 1) }
	for ch := range 3 {
		for k := range 2 {
			b := []float64{value(ch, k, 0), value(ch, k, 1), value(ch, k, 2)}
			if err := c.Set(ch, k, b, []float64{1, -value(ch, k, 1), -value(ch, k, 2)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	check := func(c *Coefficients, channels []int, sections int) {
		t.Helper()
		if c.Channels() != len(channels) || c.First() != channels[0] || c.Sections() != sections || c.Order() != 2 {
			t.Fatalf("%d channels from %d, %d sections of order %d", c.Channels(), c.First(), c.Sections(), c.Order())
		}
		for _, ch := range channels {
			for k := range sections {
				b, a, err := c.Section(ch, k)
				want := []float64{value(ch, k, 0), value(ch, k, 1), value(ch, k, 2)}
				if err != nil || !slices.Equal(b, want) || !slices.Equal(a, []float64{1, -want[1], -want[2]}) {
					t.Errorf("channel %d, section %d: b %v a %v %v, want b %v", ch, k, b, a, err, want)
				}
			}
		}
	}
	check(c, []int{0, 1, 2}, 2)
	check(c.slice(rangeOf(1, 3)), []int{1, 2}, 2)
	if err := c.slice(rangeOf(1, 2)).Set(0, 0, []float64{1}, []float64{1}); err == nil {
		t.Error("a slice of channel 1 let channel 0 be set")
	}
}

func TestResponseIsThatOfTheImpulseResponse(t *testing.T) {
	c, err := NewCoefficients(2, 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	for k := range 2 {
		if err := c.Set(1, k, []float64{0.5, -0.25, 0.125}, []float64{1, -0.5, 0.3}); err != nil {
			t.Fatal(err)
		}
	}
	const n, rate, frequency = 400, 1000.0, 90.0
	impulse := memoryImpulse(t, rate, n)
	bank, err := NewCascade(impulse, CascadeParams{Coefficients: c})
	if err != nil {
		t.Fatal(err)
	}
	var want complex128
	for i, f := 0, collect(t, bank); i < n; i++ {
		want += complex(f.At(i, 1), 0) * cmplx.Exp(complex(0, -2*math.Pi*frequency/rate*float64(i)))
	}
	got, err := c.Response(1, frequency, rate)
	if err != nil || cmplx.Abs(got-want) > 1e-13 {
		t.Errorf("response %v, %v; the impulse response says %v", got, err, want)
	}
}

func TestImpossibleCoefficientsAreRefused(t *testing.T) {
	c, err := NewCoefficients(2, 3, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Set(1, 2, []float64{3, 4}, []float64{1, 5}); err != nil {
		t.Fatal(err)
	}
	_, badSize := NewCoefficients(0, 1, 2)
	_, _, badSection := c.Section(0, 3)
	_, badResponse := c.Response(2, 1, 10)
	for _, e := range []struct {
		err  error
		want string
	}{
		{badSize, "0 channels, 1 sections of order 2: want at least 1, 1 and 0"},
		{badSection, "channel 0, section 3: want channels 0:2, sections 0:3"},
		{badResponse, "channel 2, section 0: want channels 0:2"},
		{c.Set(1, 2, []float64{1, 2, 3}, []float64{1}), "3 values of b, 1 of a: want at most 2"},
		{c.Set(1, 2, []float64{1}, []float64{0, 1}), "channel 1, section 2: a_0 is zero"},
		{c.Set(1, 2, []float64{1}, nil), "a_0 is zero"},
		{c.Set(1, 2, []float64{math.NaN()}, []float64{1}), "b_0/a_0 = NaN"},
		{c.Set(1, 2, []float64{1}, []float64{1, math.Inf(1)}), "a_1/a_0 = +Inf"},
		{c.Set(-1, 2, []float64{1}, []float64{1}), "channel -1"},
	} {
		if e.err == nil || !strings.Contains(e.err.Error(), e.want) {
			t.Errorf("error %q does not say %q", e.err, e.want)
		}
	}
	if b, a, err := c.Section(1, 2); err != nil || !slices.Equal(b, []float64{3, 4}) || !slices.Equal(a, []float64{1, 5}) {
		t.Errorf("a refused change left b %v, a %v, %v", b, a, err)
	}
}

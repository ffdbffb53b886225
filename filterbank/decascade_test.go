package filterbank

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"hearpipe/stages"
)

func ExampleCoefficients_Decascade() {
	c, _ := NewCoefficients(1, 2, 1)
	for k := range 2 {
		if err := c.Set(0, k, []float64{1, 2}, []float64{1, -0.5}); err != nil {
			fmt.Println(err)
		}
	}
	one, err := c.Decascade(1)
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(one.Section(0, 0))
	// Output: [1 4 4] [1 -1 0.25] <nil>
}

// Errors relative to each channel's peak: what the comment of Decascade states.
func TestFewerSectionsAreLessExact(t *testing.T) {
	cf := []float64{210, 545, 2200, 7100, 15000}
	four, err := DesignGammatone(44100, GammatoneParams{CF: cf})
	if err != nil {
		t.Fatal(err)
	}
	in := load(t, "input").frames()
	output := func(c *Coefficients) stages.Frames {
		bank, err := NewCascade(memory(t, 44100, in), CascadeParams{Coefficients: c})
		if err != nil {
			t.Fatal(err)
		}
		return collect(t, bank)
	}
	want := output(four)
	for groups, limits := range map[int][]float64{4: {0, 0, 0, 0, 0}, 2: {2e-9, 1e-9, 5e-12, 5e-12, 5e-12}, 1: {1, 2e-3, 5e-8, 5e-12, 5e-12}} {
		c, err := four.Decascade(groups)
		if err != nil {
			t.Fatal(err)
		}
		if c.Sections() != groups || c.Order() != 8/groups {
			t.Fatalf("%d sections of order %d from 4 of order 2 in %d groups", c.Sections(), c.Order(), groups)
		}
		got := output(c)
		for ch := range cf {
			var worst, peak float64
			for i := range want.N {
				worst, peak = max(worst, math.Abs(got.At(i, ch)-want.At(i, ch))), max(peak, math.Abs(want.At(i, ch)))
			}
			t.Logf("%d groups, %g Hz: relative error %.2g", groups, cf[ch], worst/peak)
			if !(worst <= limits[ch]*peak) {
				t.Errorf("%d groups, %g Hz: max |Δ| %.3g, max |want| %.3g: relative %.3g, allowed %.3g", groups, cf[ch], worst, peak, worst/peak, limits[ch])
			}
		}
	}
}

func TestUnstableProductsAreRefused(t *testing.T) {
	c, err := DesignGammatone(44100, GammatoneParams{CF: []float64{5000, 20}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Decascade(2); err != nil {
		t.Errorf("two groups: %v", err)
	}
	for groups, want := range map[int]string{1: "channel 1: the section of order 8 made of sections 0:4 is unstable", 0: "0 groups of 4 sections", 3: "want a divisor of 4"} {
		if _, err := c.Decascade(groups); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d groups: error %v does not say %q", groups, err, want)
		}
	}
}

func TestStabilityIsThatOfTheRoots(t *testing.T) {
	// (1 - r·z^-1)(1 - 2s·cos(1)·z^-1 + s²·z^-2): roots of magnitude r, s, s.
	for _, c := range []struct {
		r, s float64
		want bool
	}{{0.5, 0.9, true}, {-0.99, 0.99, true}, {1.01, 0.5, false}, {-1.01, 0.2, false}, {0.5, 1.01, false}, {2, 3, false}, {0, 0, true}} {
		a := multiply([]float64{1, -c.r}, []float64{1, -2 * c.s * math.Cos(1), c.s * c.s})
		if stable(a) != c.want {
			t.Errorf("roots %g and %g: stable %v, want %v", c.r, c.s, !c.want, c.want)
		}
	}
}

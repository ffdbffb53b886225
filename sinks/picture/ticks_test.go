package picture

import (
	"slices"
	"testing"
)

func labels(marks ticks) []string {
	var all []string
	for _, t := range marks {
		if t.label != "" {
			all = append(all, t.label)
		}
	}
	return all
}

func TestFrequenciesHaveRoundTicks(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		want      []string
	}{
		{20, 20000, []string{"20", "50", "100", "200", "500", "1k", "2k", "5k", "10k", "20k"}},
		{19.9, 20100, []string{"20", "50", "100", "200", "500", "1k", "2k", "5k", "10k", "20k"}},
		{120, 3000, []string{"200", "500", "1k", "2k"}},
		{0.5, 5, []string{"0.5", "1", "2", "5"}},
		{950, 1050, []string{"960", "980", "1000", "1020", "1040"}},
		{1, 1e6, []string{"1", "10", "100", "1k", "10k", "100k", "1000k"}},
	} {
		if got := labels(frequencyTicks(c.low, c.high)); !slices.Equal(got, c.want) {
			t.Errorf("%v to %v Hz: %v, want %v", c.low, c.high, got, c.want)
		}
	}
}

func TestTicksAreMultiplesOfRoundNumbers(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		n         int
		want      []string
	}{
		{0, 2600, 9, []string{"0", "500", "1000", "1500", "2000", "2500"}},
		{0, 100, 5, []string{"0", "20", "40", "60", "80", "100"}},
		{-1, 1, 4, []string{"-1.0", "-0.5", "0.0", "0.5", "1.0"}},
		{0, 0.00002, 4, []string{"0.000000", "0.000005", "0.000010", "0.000015", "0.000020"}},
		{0, 3e-9, 3, []string{"0", "1e-09", "2e-09", "3e-09"}},
		{0, 2e9, 2, []string{"0", "1e+09", "2e+09"}},
		{1, 1, 5, nil},
	} {
		if got := labels(linearTicks(c.low, c.high, c.n)); !slices.Equal(got, c.want) {
			t.Errorf("%v to %v: %v, want %v", c.low, c.high, got, c.want)
		}
	}
	for _, c := range []struct {
		low, high float64
		want      []string
	}{
		{-0.5, 0.5, []string{"0"}}, {-0.5, 2.5, []string{"0", "1", "2"}}, {99.5, 102.5, []string{"100", "101", "102"}},
	} {
		if got := labels(wholeTicks(c.low, c.high, 8)); !slices.Equal(got, c.want) {
			t.Errorf("whole numbers in %v to %v: %v, want %v", c.low, c.high, got, c.want)
		}
	}
}

func TestTimeHasAUnitThatGivesShortNumbers(t *testing.T) {
	for _, c := range []struct {
		frames int64
		rate   float64
		max    float64
		label  string
	}{
		{44100, 44100, 1000, "time (ms)"},
		{44100 * 10, 44100, 10, "time (s)"},
		{44100 * 600, 44100, 10, "time (min)"},
		{44100 * 36000, 44100, 10, "time (h)"},
		{0, 1000, 1, "time (ms)"},
		{7, 0, 7, "frame"},
	} {
		a := timeAxis(c.frames, c.rate)
		if a.label != c.label || a.min != 0 || a.max != c.max || len(a.ticks) < 2 {
			t.Errorf("%d frames at %v Hz: %+v", c.frames, c.rate, a)
		}
	}
}

func TestCountsHaveCommas(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 24100: "24,100", 1234567: "1,234,567", -1000: "-1,000"} {
		if got := thousands(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

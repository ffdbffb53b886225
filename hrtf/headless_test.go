package hrtf

import (
	"math"
	"testing"

	"hearpipe/filterbank"
	"hearpipe/internal/npy"
	"hearpipe/sound"
)

// reference reads an array of shape (n) or (n, m).
func reference(t testing.TB, name string) ([]float64, int) {
	t.Helper()
	a, err := npy.ReadFile("testdata/" + name + ".npy")
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Shape) == 1 {
		return a.Data, 1
	}
	return a.Data, int(a.Shape[1])
}

// The set of 13 places and what it makes of a sound, against Brian Hears: the time differences and every 49th frame, to the rounding of the tones of the sound.
func TestHeadlessEqualsBrianHears(t *testing.T) {
	set, err := NewHeadless(HeadlessParams{Positions: 13})
	if err != nil {
		t.Fatal(err)
	}
	want, _ := reference(t, "headless_itd")
	itd, err := set.Column("itd")
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range want {
		if math.Abs(itd[i]-x) > 1e-18 {
			t.Errorf("time difference %d is %g s, want %g s", i, itd[i], x)
		}
	}
	x := make([]float64, 2205)
	for n := range x {
		at := float64(n) / 44100
		x[n] = 0.25*math.Sin(2*math.Pi*1000*at) + 0.15*math.Sin(2*math.Pi*2750*at+0.4)
		if n < 200 {
			x[n] = 0
		}
	}
	x[10] = 1
	src, err := sound.New(44100, x)
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewBank(src, BankParams{Set: set})
	if err != nil {
		t.Fatal(err)
	}
	out := collect(t, b)
	rows, channels := reference(t, "headless_fb_every49")
	if out.Channels() != channels {
		t.Fatalf("%d channels, want %d", out.Channels(), channels)
	}
	for k, v := range rows {
		if got := out.At(k/channels*49, k%channels); math.Abs(got-v) > 1e-13 {
			t.Errorf("frame %d, channel %d: %g, want %g", k/channels*49, k%channels, got, v)
		}
	}
}

// A source on the right arrives later at the left ear.
func TestHeadlessSourcesOnTheRightAreLaterOnTheLeft(t *testing.T) {
	set, err := NewHeadless(HeadlessParams{Positions: 3})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct{ left, right int }{{0, 29}, {0, 0}, {29, 0}} { // 650 µs are 28.665 samples
		h := set.At(i)
		for k := range h.Left {
			if (h.Left[k] == 1) != (k == want.left) || (h.Right[k] == 1) != (k == want.right) {
				t.Errorf("place %d: tap %d is %g on the left and %g on the right, want impulses at %v", i, k, h.Left[k], h.Right[k], want)
			}
		}
		if d, ok := set.Direction(i); !ok || math.Abs(d.Y-float64(1-i)) > 1e-15 {
			t.Errorf("place %d is at %v (%v)", i, d, ok)
		}
	}
	if set.Taps() != 30 {
		t.Errorf("%d taps, want 30", set.Taps())
	}
}

func TestHeadlessFractionsDelayBothEars(t *testing.T) {
	itd := []float64{-500e-6, 0, 123e-6}
	set, err := NewHeadless(HeadlessParams{ITD: itd, Fractional: true, Rate: 48000})
	if err != nil {
		t.Fatal(err)
	}
	want, offset, err := filterbank.DesignFractionalDelay(48000, []float64{-250e-6, 0, 61.5e-6, 250e-6, 0, -61.5e-6}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for c, h := range set.Responses(Serial) {
		for k := range h {
			if h[k] != want[c][k] {
				t.Fatalf("channel %d, tap %d: %g, want %g", c, k, h[k], want[c][k])
			}
		}
	}
	if offset != 1024 || set.System() != Other {
		t.Errorf("offset %d, system %v", offset, set.System())
	}
	for i, x := range itd {
		d, err := set.At(i).ITD(ITDParams{Method: Phase})
		if err != nil || math.Abs(d-x) > 1e-8 {
			t.Errorf("place %d: a time difference of %g s is measured as %g s (%v)", i, x, d, err)
		}
	}
}

func TestHeadlessDatabaseHasOneSubject(t *testing.T) {
	var db Database = HeadlessDatabase{HeadlessParams{Positions: 5}}
	set, err := db.Load(db.Subjects()[0])
	if err != nil || set.Len() != 5 {
		t.Errorf("%v, %v", set, err)
	}
	_, err = db.Load("1")
	refused(t, err, `"1"`, "the only one is 0")
}

func TestImpossibleHeadlessSetsAreRefused(t *testing.T) {
	for want, p := range map[string]HeadlessParams{
		"-1 places":                    {Positions: -1},
		"0 time differences":           {ITD: []float64{}},
		"time difference 1 is 2 s":     {ITD: []float64{0, 2}},
		"time difference 0 is NaN s":   {ITD: []float64{math.NaN()}},
		"largest azimuth 2 rad":        {MaxAzimuth: 2},
		"diameter -1 m":                {Diameter: -1},
		"rate -1 Hz":                   {Rate: -1},
		"delays up to":                 {ITD: filled(60000, 1), Rate: 1e5},
		"less than half of the 8 taps": {Fractional: true, Taps: 8},
		"60000 places of 5000 taps":    {ITD: filled(60000, 0), Fractional: true, Taps: 5000},
	} {
		_, err := NewHeadless(p)
		refused(t, err, want)
	}
}

// filled is n values x.
func filled(n int, x float64) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = x
	}
	return list
}

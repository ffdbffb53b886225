package hrtf

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// circle is a set of n directions in the horizontal plane, and one above, whose tap 0 is the number of the response.
func circle(t testing.TB, n int) *Set {
	t.Helper()
	p := SetParams{Name: "ring", Subject: "nobody", System: Spherical, Rate: 44100}
	for i := range n {
		p.Coordinates = append(p.Coordinates, []float64{float64(i) * 360 / float64(n), 0})
		p.Left = append(p.Left, []float64{float64(i), 1, 0})
		p.Right = append(p.Right, []float64{float64(i), 0, -1})
	}
	p.Coordinates = append(p.Coordinates, []float64{0, 90})
	p.Left = append(p.Left, []float64{float64(n), 1, 0})
	p.Right = append(p.Right, []float64{float64(n), 0, -1})
	s, err := NewSet(p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// refused fails unless the error says all the words.
func refused(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want one with %q", words)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not say %q", err, w)
		}
	}
}

func TestFindWantsExactlyOneMatch(t *testing.T) {
	s := circle(t, 24)
	i, err := s.Find(map[string]float64{"azimuth": 30, "elevation": 0})
	if err != nil || i != 2 {
		t.Fatalf("found %d, %v; want 2", i, err)
	}
	if i, err = s.Find(map[string]float64{"azim": 345 + 0.9e-10}); err != nil || i != 23 {
		t.Fatalf("found %d, %v; want 23", i, err)
	}
	_, err = s.Find(map[string]float64{"azim": 345 + 1.1e-10})
	refused(t, err, "no response at azim 345", "the nearest is at azimuth 345")
	_, err = s.Find(map[string]float64{"azimuth": -15, "elevation": 0})
	refused(t, err, "the nearest is at azimuth 345, elevation 0")
	_, err = s.Find(map[string]float64{"azimuth": 0})
	refused(t, err, "2 responses at azimuth 0")
	_, err = s.Find(map[string]float64{"altitude": 0})
	refused(t, err, `"altitude"`, "azimuth, elevation")
	_, err = s.Find(nil)
	refused(t, err, "no coordinates")
}

func TestNearestIsTheNearest(t *testing.T) {
	s := circle(t, 24)
	for _, c := range []struct {
		azimuth, elevation float64
		want               int
		angle              float64
	}{{0, 0, 0, 0}, {-15, 0, 23, 0}, {37, 0, 2, 7}, {38, 0, 3, 7}, {200, 80, 24, 10}, {90, -30, 6, 30}} {
		i, angle, err := s.Nearest(FromAngles(c.azimuth, c.elevation))
		if err != nil || i != c.want || math.Abs(angle-c.angle) > 1e-12 {
			t.Errorf("nearest to %g, %g is %d at %g, %v; want %d at %g", c.azimuth, c.elevation, i, angle, err, c.want, c.angle)
		}
	}
}

func TestConditionsSelectInOrder(t *testing.T) {
	s := circle(t, 24)
	for text, want := range map[string][]int{
		"elevation == 0 and azimuth < 40": {0, 1, 2},
		"elev > 45":                       {24},
		"azim == 90 or azim == 270":       {6, 18},
		"i % 12 == 0":                     {0, 12, 24},
		"i == n - 1":                      {24},

		"abs(azimuth - 180) <= 15 and not i == 12": {11, 13},
	} {
		got, err := s.Select(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		var list []int
		for i := range got.Len() {
			list = append(list, int(got.At(i).Left[0]))
			if got.Coordinates(i)[0] != s.Coordinates(list[i])[0] {
				t.Errorf("%s: response %d has lost its coordinates", text, i)
			}
		}
		if !slices.Equal(list, want) {
			t.Errorf("%s selects %v, want %v", text, list, want)
		}
	}
	_, err := s.Select("elevation == 10")
	refused(t, err, "none of the 25 responses", "elevation is 0 to 90 degree")
	_, err = s.Select("altitude == 10")
	refused(t, err, "altitude", "azimuth, elevation")
	_, err = s.Select("elevation")
	refused(t, err, "not a condition")
	_, err = s.Select("elevation == ")
	refused(t, err, "line 1")
}

func TestSubsetKeepsOrderAndPicks(t *testing.T) {
	s := circle(t, 4)
	odd, err := s.Subset(func(i int) bool { return i%2 == 1 })
	if err != nil || odd.Len() != 2 || odd.At(0).Left[0] != 1 || odd.At(1).Right[0] != 3 {
		t.Fatalf("odd subset: %v, %v", odd, err)
	}
	picked, err := s.Pick([]int{3, 0, 3})
	if err != nil || picked.Len() != 3 || picked.At(0).Left[0] != 3 || picked.At(1).Left[0] != 0 {
		t.Fatalf("picked: %v, %v", picked, err)
	}
	if s.Len() != 5 {
		t.Errorf("the set itself has changed: %d responses", s.Len())
	}
	_, err = s.Pick(nil)
	refused(t, err, "at least one")
	_, err = s.Pick([]int{5})
	refused(t, err, "no response 5", "0 to 4")
}

func TestOrdersArrangeChannels(t *testing.T) {
	s := circle(t, 2)
	for o, want := range map[Order][]float64{Serial: {0, 1, 2, 0, 1, 2}, Interleaved: {0, 0, 1, 1, 2, 2}} {
		rows := s.Responses(o)
		for c, h := range rows {
			left := h[1] == 1
			wantLeft := c < 3
			if o == Interleaved {
				wantLeft = c%2 == 0
			}
			if h[0] != want[c] || left != wantLeft {
				t.Errorf("%v: channel %d is response %g, left %v", o, c, h[0], left)
			}
		}
		if p, err := ParseOrder(o.String()); err != nil || p != o {
			t.Errorf("%v reads as %v, %v", o, p, err)
		}
	}
	_, err := ParseOrder("sideways")
	refused(t, err, "sideways", "serial or interleaved")
}

func TestDelaysBecomeTaps(t *testing.T) {
	s := circle(t, 1)
	p := s.params()
	p.LeftDelay, p.RightDelay = []float64{0, 3}, []float64{2, 0}
	d, err := NewSet(p)
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Delays(Interleaved); !slices.Equal(got, []float64{0, 2, 3, 0}) {
		t.Errorf("delays %v", got)
	}
	if got := d.Delays(Serial); !slices.Equal(got, []float64{0, 3, 2, 0}) {
		t.Errorf("delays %v", got)
	}
	f, err := d.Flat()
	if err != nil {
		t.Fatal(err)
	}
	if f.Delays(Serial) != nil || f.Taps() != 6 {
		t.Fatalf("%d taps, delays %v; want 6 and none", f.Taps(), f.Delays(Serial))
	}
	if h := f.At(1); !slices.Equal(h.Left, []float64{0, 0, 0, 1, 1, 0}) || !slices.Equal(h.Right, []float64{1, 0, -1, 0, 0, 0}) {
		t.Errorf("flat response %v", h)
	}
}

func TestFractionalDelaysMoveTheCentreOfGravity(t *testing.T) {
	// A smooth pulse far from both ends: its first moment moves by the delay.
	pulse := make([]float64, 200)
	for k := range pulse {
		x := float64(k-90) / 6
		pulse[k] = math.Exp(-x * x)
	}
	moment := func(h []float64) float64 {
		sum, first := 0.0, 0.0
		for k, x := range h {
			sum, first = sum+x, first+float64(k)*x
		}
		return first / sum
	}
	s, err := NewSet(SetParams{
		System: Spherical, Rate: 48000, Coordinates: [][]float64{{0, 0}}, Left: [][]float64{pulse}, Right: [][]float64{pulse},
		LeftDelay: []float64{12.3}, RightDelay: []float64{0.5},
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := s.Flat()
	if err != nil {
		t.Fatal(err)
	}
	for e, want := range []float64{90 + 12.3, 90 + 0.5} {
		if got := moment(f.At(0).Response(Ear(e))); math.Abs(got-want) > 1e-3 {
			t.Errorf("%v: centre at %g, want %g", Ear(e), got, want)
		}
	}
}

func TestSystemsAgreeOnDirections(t *testing.T) {
	front, left, up := Direction{1, 0, 0}, Direction{0, 1, 0}, Direction{0, 0, 1}
	right, behind := Direction{0, -1, 0}, Direction{-1, 0, 0}
	for _, c := range []struct {
		system System
		at     []float64
		want   Direction
	}{
		{Spherical, []float64{90, 0}, left},
		{Spherical, []float64{270, 0, 2}, right},
		{Clockwise, []float64{90, 0}, right},
		{Clockwise, []float64{0, 90}, up},
		{InterauralPolar, []float64{90, 0}, right},
		{InterauralPolar, []float64{0, 90}, up},
		{InterauralPolar, []float64{0, 180}, behind},
		{Cartesian, []float64{0, 2, 0}, left},
		{Headless, []float64{0}, front},
	} {
		if d, ok := c.system.Direction(c.at); !ok || d.Angle(c.want) > 1e-13 {
			t.Errorf("%v %v is %v, want %v", c.system, c.at, d, c.want)
		}
	}
	if d, ok := Headless.Direction([]float64{math.Pi / 2, 1e-4}); !ok || d.Angle(right) > 1e-12 {
		t.Errorf("positive azimuth of a headless set is %v, want the right", d)
	}
	if _, ok := Cartesian.Direction([]float64{0, 0, 0}); ok {
		t.Error("the centre of the head has a direction")
	}
	if _, ok := Other.Direction([]float64{0, 0, 0}); ok {
		t.Error("columns without geometry have a direction")
	}
}

func TestPlacesAndDirectionsAreInverse(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		d, length, err := FromVector(r.NormFloat64(), r.NormFloat64(), r.NormFloat64())
		if err != nil || length <= 0 {
			t.Fatal(err)
		}
		for _, s := range []System{Spherical, Clockwise, InterauralPolar, Cartesian} {
			at, ok := s.Place(d, 1.5)
			if !ok {
				t.Fatalf("%v has no place for %v", s, d)
			}
			if e, ok := s.Direction(at); !ok || d.Angle(e) > 2e-9 {
				t.Fatalf("%v: %v became %v", s, d, e)
			}
			if got := s.distance(at); math.Abs(got-1.5) > 1e-15*10 {
				t.Fatalf("%v: distance %g", s, got)
			}
		}
	}
	for a := 0.0; a < 360; a += 15 {
		for e := -75.0; e < 90; e += 15 {
			at, _ := Spherical.Place(FromAngles(a, e), math.NaN())
			if !slices.Equal(at, []float64{a, e}) {
				t.Errorf("(%g, %g) became %v", a, e, at)
			}
		}
	}
}

// At the ears all angles around their axis are one place: it has the angle 0 on both sides. All others are -90 to below 270.
func TestInterauralAnglesAreThoseOfCIPIC(t *testing.T) {
	for azimuth, lateral := range map[float64]float64{90: -90, -270: -90, 270: 90, -90: 90} {
		if at, _ := InterauralPolar.Place(FromAngles(azimuth, 0), 1); !slices.Equal(at, []float64{lateral, 0, 1}) {
			t.Errorf("azimuth %g is %v, want lateral angle %g, elevation 0", azimuth, at, lateral)
		}
	}
	for around := -90.0; around < 270; around += 5.625 {
		d, _ := InterauralPolar.Direction([]float64{30, around})
		if at, _ := InterauralPolar.Place(d, math.NaN()); math.Abs(at[0]-30) > 2e-9 || math.Abs(at[1]-around) > 2e-9 {
			t.Errorf("(30, %g) became %v", around, at)
		}
	}
}

func TestSetsCopyTheirArrays(t *testing.T) {
	p := SetParams{System: Spherical, Rate: 1, Coordinates: [][]float64{{0, 0}}, Left: [][]float64{{1}}, Right: [][]float64{{2}}, LeftDelay: []float64{3}, RightDelay: []float64{4}}
	s, err := NewSet(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range [][]float64{p.Coordinates[0], p.Left[0], p.Right[0], p.LeftDelay, p.RightDelay} {
		x[0] = 9
	}
	if h := s.At(0); s.Coordinates(0)[0] != 0 || h.Left[0] != 1 || h.Right[0] != 2 || h.Delay != [2]float64{3, 4} {
		t.Errorf("the set changed to %v at %v", h, s.Coordinates(0))
	}
}

func TestConversionMirrorsAzimuth(t *testing.T) {
	s := circle(t, 24)
	c, err := s.In(Clockwise)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 24 {
		if got, want := c.Coordinates(i)[0], math.Mod(360-s.Coordinates(i)[0], 360); got != want {
			t.Errorf("response %d: azimuth %g, want %g", i, got, want)
		}
	}
	other, err := NewSet(SetParams{
		System: Other, Columns: []Column{{"itd", "s"}}, Rate: 1, Coordinates: [][]float64{{1e-4}},
		Left: [][]float64{{1}}, Right: [][]float64{{1}},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = other.In(Spherical)
	refused(t, err, "cannot be converted", "other", "spherical")
	_, _, err = other.Nearest(FromAngles(0, 0))
	refused(t, err, "no directions", "itd")
	if got, err := other.Select("itd > 50 us"); err != nil || got.Len() != 1 {
		t.Errorf("itd > 50 us: %v, %v", got, err)
	}
	_, err = other.Select("itd > 50")
	refused(t, err, "itd")
}

func TestResamplingKeepsGainAndTimes(t *testing.T) {
	pulse := make([]float64, 400)
	for k := range pulse {
		x := float64(k-150) / 8
		pulse[k] = math.Exp(-x * x)
	}
	s, err := NewSet(SetParams{
		System: Spherical, Rate: 44100, Coordinates: [][]float64{{0, 0}}, Left: [][]float64{pulse}, Right: [][]float64{pulse},
		LeftDelay: []float64{441}, RightDelay: []float64{0},
	})
	if err != nil {
		t.Fatal(err)
	}
	u, err := s.Resample(48000)
	if err != nil {
		t.Fatal(err)
	}
	sum := func(h []float64) (sum, first float64) {
		for k, x := range h {
			sum, first = sum+x, first+float64(k)*x
		}
		return sum, first / sum
	}
	gain, centre := sum(pulse)
	got, where := sum(u.At(0).Left)
	if math.Abs(got/gain-1) > 1e-4 {
		t.Errorf("gain at 0 Hz %g, want %g", got, gain)
	}
	if math.Abs(where/48000-centre/44100) > 1e-8 {
		t.Errorf("centre at %g s, want %g s", where/48000, centre/44100)
	}
	if d := u.At(0).Delay; math.Abs(d[0]-480) > 1e-9 || d[1] != 0 {
		t.Errorf("delays %v, want 480 and 0", d)
	}
	if same, err := s.Resample(44100); err != nil || same != s {
		t.Errorf("the same rate makes another set: %v", err)
	}
	_, err = s.Resample(-1)
	refused(t, err, "rate -1 Hz")
	if w, err := s.WithRate(48000); err != nil || w.Rate() != 48000 || s.Rate() != 44100 || &w.At(0).Left[0] != &s.At(0).Left[0] {
		t.Errorf("another rate on the same taps: %v", err)
	}
}

func TestWrongParametersAreRefused(t *testing.T) {
	good := func() SetParams {
		return SetParams{
			System: Spherical, Rate: 1000, Coordinates: [][]float64{{0, 0}, {90, 0}},
			Left: [][]float64{{1, 2}, {3, 4}}, Right: [][]float64{{1, 2}, {3, 4}},
		}
	}
	if _, err := NewSet(good()); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		spoil func(p *SetParams)
		words []string
	}{
		"no rate":      {func(p *SetParams) { p.Rate = 0 }, []string{"rate 0 Hz"}},
		"empty":        {func(p *SetParams) { p.Left = nil }, []string{"without responses"}},
		"one ear":      {func(p *SetParams) { p.Right = p.Right[:1] }, []string{"2 responses for the left ear and 1"}},
		"places":       {func(p *SetParams) { p.Coordinates = p.Coordinates[:1] }, []string{"coordinates of 1 responses: want 2"}},
		"ragged":       {func(p *SetParams) { p.Right[1] = []float64{1} }, []string{"right response 1 has 1 taps: want 2"}},
		"no taps":      {func(p *SetParams) { p.Left[0] = nil }, []string{"2 responses of 0 taps"}},
		"nan":          {func(p *SetParams) { p.Left[1][1] = math.NaN() }, []string{"left response 1: tap 1 is NaN"}},
		"nan place":    {func(p *SetParams) { p.Coordinates[1][0] = math.Inf(1) }, []string{"response 1: azimuth is +Inf"}},
		"short place":  {func(p *SetParams) { p.Coordinates[1] = p.Coordinates[1][:1] }, []string{"response 1 has 1 coordinates: want 2"}},
		"one place":    {func(p *SetParams) { p.Coordinates = [][]float64{{0}, {1}} }, []string{"wants 2 or 3"}},
		"delay":        {func(p *SetParams) { p.LeftDelay = []float64{0, -1}; p.RightDelay = []float64{0, 0} }, []string{"left response 1: delay of -1"}},
		"one delay":    {func(p *SetParams) { p.LeftDelay = []float64{0, 1} }, []string{"delays for one ear only"}},
		"few delays":   {func(p *SetParams) { p.LeftDelay = []float64{0}; p.RightDelay = []float64{0, 0} }, []string{"1 delays for the left ear: want 2"}},
		"columns":      {func(p *SetParams) { p.Columns = []Column{{"a", ""}, {"b", ""}} }, []string{"column 0 is a", "spherical"}},
		"same columns": {func(p *SetParams) { p.System = Other; p.Columns = []Column{{"a", ""}, {"a", ""}} }, []string{`column 1 has the name "a"`}},
		"no columns":   {func(p *SetParams) { p.System = Other }, []string{"need columns"}},
		"system":       {func(p *SetParams) { p.System = 99 }, []string{"no coordinate system"}},
	} {
		p := good()
		c.spoil(&p)
		_, err := NewSet(p)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		refused(t, err, c.words...)
	}
	p := good()
	s, _ := NewSet(p)
	p.Left[0][0], p.Coordinates[0][0] = 99, 99
	if s.At(0).Left[0] != 1 || s.Coordinates(0)[0] != 0 {
		t.Error("the set shares memory with its parameters")
	}
	h := s.At(0)
	if err := h.Check(); err != nil {
		t.Error(err)
	}
	h.Right = h.Right[:1]
	refused(t, h.Check(), "2 taps for the left ear and 1")
}

package hrtf

import (
	"context"
	"fmt"
	"math"
	"testing"

	"hearpipe/sound"
	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// round is a source that goes round the head, left first, in a time [s], swaying up and down.
func round(seconds float64) Trajectory {
	return func(t float64) Direction { return FromAngles(360*t/seconds, 40*math.Sin(7*t)) }
}

// rest is a source that stays.
func rest(azimuth, elevation float64) Trajectory {
	return func(float64) Direction { return FromAngles(azimuth, elevation) }
}

func moving(t testing.TB, src stages.Stage, p MovingParams) *sound.Sound {
	t.Helper()
	m, err := NewMoving(src, p)
	if err != nil {
		t.Fatal(err)
	}
	return collect(t, m)
}

// A source that does not move is the filter of its place, measured or interpolated, with delays and without.
func TestRestingSourcesAreFilters(t *testing.T) {
	for _, delays := range []string{"none", "some", "whole"} {
		set := artificial(t, 100, delays != "none")
		if delays == "whole" { // which mix to fractions
			for e := range set.delays {
				for i, d := range set.delays[e] {
					set.delays[e][i] = 33 + math.Round(d)
				}
			}
		}
		for _, at := range []Direction{FromAngles(60, 30), FromAngles(47, 12)} {
			for _, how := range []Interpolation{Barycentric, Nearest} {
				h := mixed(t, interpolator(t, set, how), at)
				src := noise(t, 700, 1)
				want, err := h.Apply(context.Background(), src)
				if err != nil {
					t.Fatal(err)
				}
				got := moving(t, src, MovingParams{Set: set, Trajectory: func(float64) Direction { return at }, Interpolation: how})
				for e := range 2 {
					equal(t, fmt.Sprintf("%v, %v, delays %v", at, how, delays), got, e, channel(t, want, e), toleranceDirect)
				}
			}
		}
	}
}

// Between two moments of the grid the output fades from the response of one place to that of the next.
func TestMovingSourcesFade(t *testing.T) {
	set := artificial(t, 70, true)
	const interval = 50
	path := round(0.7)
	between := interpolator(t, set, Barycentric)
	src := noise(t, 400, 2)
	got := moving(t, src, MovingParams{Set: set, Trajectory: path, Interval: interval})
	for e := range 2 {
		want := make([]float64, 400)
		x := channel(t, src, e)
		for k := range 400 / interval {
			at := float64(k*interval) / 8192
			a := convolved(x, mixed(t, between, path(at)).Flat().Response(Ear(e)), 0)
			b := convolved(x, mixed(t, between, path(float64((k+1)*interval)/8192)).Flat().Response(Ear(e)), 0)
			for j := range interval {
				w := float64(j) / interval
				want[k*interval+j] = (1-w)*a[k*interval+j] + w*b[k*interval+j]
			}
		}
		equal(t, "moving", got, e, want, toleranceDirect)
	}
}

// Switching responses at once clicks: the samples of a low tone jump. Fading keeps their steps those of the tone.
func TestMovingSourcesDoNotClick(t *testing.T) {
	tone, err := sound.Tone(sound.ToneParams{Length: sound.Length{Frames: 8192}, Rate: 8192, Frequency: []float64{42}})
	if err != nil {
		t.Fatal(err)
	}
	p := SetParams{System: Spherical, Rate: 8192}
	for i := range 4 {
		p.Coordinates = append(p.Coordinates, []float64{90 * float64(i), 0})
		p.Left, p.Right = append(p.Left, []float64{float64(i)}), append(p.Right, []float64{float64(-i)})
	}
	set, err := NewSet(p)
	if err != nil {
		t.Fatal(err)
	}
	step := func(interval int) float64 {
		s := moving(t, tone, MovingParams{Set: set, Trajectory: round(0.5), Interpolation: Nearest, Interval: interval})
		worst := 0.0
		for i := 1; i < s.Len(); i++ {
			worst = max(worst, math.Abs(s.At(i, 0)-s.At(i-1, 0)))
		}
		return worst
	}
	tallest := 3 * 2 * math.Pi * 42 / 8192 // the steepest step of the loudest tone
	if x := step(1); x < 5*tallest {
		t.Errorf("switched from frame to frame, the largest step is %g: want a click, more than %g, to compare with", x, 5*tallest)
	}
	if x := step(64); x > tallest+3./64 {
		t.Errorf("the largest step is %g, want at most %g of the tone and %g of the fade", x, tallest, 3./64)
	}
}

func TestMovingConforms(t *testing.T) {
	for name, set := range map[string]*Set{"plain": artificial(t, 70, false), "delays": artificial(t, 30, true)} {
		for _, channels := range []int{1, 2} {
			t.Run(fmt.Sprintf("%s, %d channels", name, channels), func(t *testing.T) {
				stagetest.Run(t, stagetest.Recipe{
					Inputs: []stagetest.Signal{{Channels: channels}},
					Build: func(in []stages.Stage, _ stages.Range) ([]stages.Node, error) {
						return stagetest.Nodes(NewMoving(in[0], MovingParams{Set: set, Trajectory: round(0.3), Interval: 37}))
					},
				})
			})
		}
	}
	set := artificial(t, 20, true) // a clock that does not matter
	stagetest.Run(t, stagetest.Recipe{
		Build: func(in []stages.Stage, _ stages.Range) ([]stages.Node, error) {
			return stagetest.Nodes(NewMoving(in[0], MovingParams{Set: set, Trajectory: rest(20, 10), Interpolation: Nearest}))
		},
		Inputs: []stagetest.Signal{{}}, Period: 1,
	})
}

func TestPathsAreLinearBetweenWaypoints(t *testing.T) {
	path, err := Path([]Waypoint{{1, 350, 0}, {2, 370, 40}, {4, 90, 0}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ t, azimuth, elevation float64 }{
		{0, 350, 0}, {1, 350, 0}, {1.5, 0, 20}, {1.75, 5, 30}, {2, 10, 40}, {3, 230, 20}, {4, 90, 0}, {9, 90, 0},
	} {
		if a := path(c.t).Angle(FromAngles(c.azimuth, c.elevation)); a > 1e-12 {
			t.Errorf("at %g s: %v, want azimuth %g, elevation %g", c.t, path(c.t), c.azimuth, c.elevation)
		}
	}
	for want, points := range map[string][]Waypoint{
		"without waypoints":                           nil,
		"waypoint 1 is at 1 s, the one before at 1 s": {{1, 0, 0}, {1, 9, 0}},
		"waypoint 0: elevation 91 degrees":            {{1, 0, 91}},
		"waypoint 1 is (2 s, azimuth NaN":             {{1, 0, 0}, {2, math.NaN(), 0}},
	} {
		_, err := Path(points)
		refused(t, err, want)
	}
}

func TestImpossibleMovingSourcesAreRefused(t *testing.T) {
	set := artificial(t, 5, false)
	src := noise(t, 300, 1)
	path := rest(0, 0)
	fast, err := set.WithRate(48000)
	if err != nil {
		t.Fatal(err)
	}
	bare, err := NewHeadless(HeadlessParams{ITD: []float64{0}, Rate: 8192})
	if err != nil {
		t.Fatal(err)
	}
	for want, p := range map[string]MovingParams{
		"the set is missing":              {Trajectory: path},
		"the trajectory is missing":       {Set: set},
		"an interval of -1 frames":        {Set: set, Trajectory: path, Interval: -1},
		"the set artificial has 48000 Hz": {Set: fast, Trajectory: path},
		"has no direction":                {Set: bare, Trajectory: path},
	} {
		_, err := NewMoving(src, p)
		refused(t, err, "hrtf.moving: ", want)
	}
	_, err = NewMoving(noise(t, 10, 3), MovingParams{Set: set, Trajectory: path})
	refused(t, err, "hrtf.moving", "3", "2 for the ears")
	// A place that is none ends the stream where its interval begins, not before.
	lost := func(at float64) Direction { return FromAngles(0, at/at*math.Sqrt(0.02-at)) }
	m, err := NewMoving(src, MovingParams{Set: set, Trajectory: func(at float64) Direction {
		if at == 0 {
			return FromAngles(0, 0)
		}
		return lost(at)
	}, Interval: 32})
	if err != nil {
		t.Fatal(err)
	}
	f, err := m.Fetch(context.Background(), 0, 300)
	refused(t, err, "hrtf.moving: at 0.0234375 s", "no direction", "angles of a trajectory must be finite")
	if f.N != 160 { // the response at frame 192 would be needed from frame 160 on
		t.Errorf("%d frames, want 160", f.N)
	}
}

func BenchmarkMoving(b *testing.B) {
	set := artificial(b, 512, true)
	src, err := stagetest.NewStream(stagetest.Signal{Frames: stages.Unbounded})
	if err != nil {
		b.Fatal(err)
	}
	m, err := NewMoving(src, MovingParams{Set: set, Trajectory: round(1)})
	if err != nil {
		b.Fatal(err)
	}
	const block = 256
	for i := 0; b.Loop(); i++ {
		if _, err := m.Fetch(context.Background(), int64(i)*block, int64(i+1)*block); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/block, "ns/frame")
}

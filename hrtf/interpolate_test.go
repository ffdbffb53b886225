package hrtf

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// sphere is n directions with the given step of the two angles [degrees], from an elevation up to 90.
func sphere(from, step float64) []Direction {
	var list []Direction
	for elevation := from; elevation < 90; elevation += step {
		for azimuth := 0.0; azimuth < 360; azimuth += step {
			list = append(list, FromAngles(azimuth, elevation))
		}
	}
	return append(list, FromAngles(0, 90))
}

// anywhere is a direction drawn evenly from the sphere.
func anywhere(r *rand.Rand) Direction {
	z, a := 2*r.Float64()-1, 360*r.Float64()
	s := math.Sqrt(1 - z*z)
	d := FromAngles(a, 0)
	return Direction{d.X * s, d.Y * s, z}
}

// single is a set of directions, the taps of response i being i on the left and -i on the right.
func single(t testing.TB, directions []Direction) *Set {
	t.Helper()
	p := SetParams{System: Spherical, Rate: 44100}
	for i, d := range directions {
		at, _ := Spherical.Place(d, math.NaN())
		p.Coordinates = append(p.Coordinates, at)
		p.Left, p.Right = append(p.Left, []float64{float64(i)}), append(p.Right, []float64{-float64(i)})
		p.LeftDelay, p.RightDelay = append(p.LeftDelay, float64(i)/8), append(p.RightDelay, 1)
	}
	s, err := NewSet(p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func interpolator(t testing.TB, s *Set, how Interpolation) *Interpolator {
	t.Helper()
	p, err := NewInterpolator(s, how)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// grids are sets of directions that make triangulation hard: whole circles in one plane, a pole, random places, few places.
func grids() map[string][]Direction {
	r := rand.New(rand.NewPCG(1, 2))
	random := []Direction{}
	for range 300 {
		random = append(random, anywhere(r))
	}
	cube := []Direction{}
	for _, x := range []float64{-1, 1} {
		for _, y := range []float64{-1, 1} {
			for _, z := range []float64{-1, 1} {
				d, _, _ := FromVector(x, y, z)
				cube = append(cube, d)
			}
		}
	}
	// A patch of a fiftieth of a degree, whose tetrahedra are too flat for rounded volumes.
	patch := []Direction{FromAngles(90, 0), FromAngles(180, 0), FromAngles(270, 0), FromAngles(0, 90), FromAngles(0, -90)}
	for range 40 {
		patch = append(patch, FromAngles(0.02*r.Float64(), 0.02*r.Float64()))
	}
	double := append(sphere(-45, 15), sphere(-45, 15)...)
	return map[string][]Direction{
		"15 degrees": sphere(-45, 15), "whole": append(sphere(-80, 10), FromAngles(0, -90)), "random": random,
		"octahedron": {FromAngles(0, 0), FromAngles(90, 0), FromAngles(180, 0), FromAngles(270, 0), FromAngles(0, 90), FromAngles(0, -90)},
		"cube":       cube, "double": double, "patch": patch,
	}
}

// A closed surface of triangles round the centre has two fewer corners than half its facets, each edge in two facets in opposite directions, and all
// points are below or in the plane of each facet.
func TestMeshIsTheConvexHull(t *testing.T) {
	for name, points := range grids() {
		m := newMesh(points)
		edges, corners := map[[2]int]int{}, map[int]bool{}
		for _, f := range m.facets {
			for k, c := range f.corners {
				corners[c] = true
				edges[[2]int{c, f.corners[(k+1)%3]}]++
			}
			for i := range points {
				if m.above(f.corners[0], f.corners[1], f.corners[2], i) > 0 {
					t.Errorf("%s: point %d lies above facet %v", name, i, f.corners)
				}
			}
		}
		for e, n := range edges {
			if n != 1 || edges[[2]int{e[1], e[0]}] != 1 {
				t.Errorf("%s: edge %v is in %d facets, its opposite in %d", name, e, n, edges[[2]int{e[1], e[0]}])
			}
		}
		want := len(points)
		if name == "double" {
			want /= 2
		}
		if len(corners) != want || len(m.facets) != 2*want-4 {
			t.Errorf("%s: %d corners and %d facets, want %d and %d", name, len(corners), len(m.facets), want, 2*want-4)
		}
	}
}

func TestWeightsAreBarycentric(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for name, points := range grids() {
		p := interpolator(t, single(t, points), Barycentric)
		for i, d := range p.directions {
			w := weights(t, p, d)
			if len(w) != 1 || w[0].Weight != 1 || w[0].Index != i && !(name == "double" && w[0].Index == i-len(points)/2) {
				t.Fatalf("%s: at measured direction %d the weights are %v", name, i, w)
			}
		}
		for range 300 {
			d := anywhere(r)
			w := weights(t, p, d)
			sum := 0.0
			var v Direction
			for _, x := range w {
				if !(x.Weight > 0 && x.Weight <= 1) {
					t.Fatalf("%s: %v: weights %v", name, d, w)
				}
				sum += x.Weight
				e := p.directions[x.Index].times(x.Weight)
				v = Direction{v.X + e.X, v.Y + e.Y, v.Z + e.Z}
			}
			if math.Abs(sum-1) > 1e-15 {
				t.Errorf("%s: %v: the weights %v sum to %.17g", name, d, w, sum)
			}
			u, _, err := FromVector(v.X, v.Y, v.Z)
			if err != nil || u.Angle(d) > 1e-6 {
				t.Errorf("%s: %v is mixed of %v, which is at %v", name, d, w, u)
			}
			if !slices.IsSortedFunc(w, func(a, b Weight) int { return a.Index - b.Index }) {
				t.Errorf("%s: %v are not in order", name, w)
			}
		}
	}
}

// Across an edge of the mesh the mixture does not jump.
func TestInterpolationIsContinuous(t *testing.T) {
	p := interpolator(t, single(t, sphere(-45, 15)), Barycentric)
	last := math.NaN()
	for k := range 20000 {
		h := mixed(t, p, FromAngles(float64(k)*0.018, 40*math.Sin(float64(k)/1000)))
		if math.Abs(h.Left[0]-last) > 3 { // numbers of neighbours differ by up to 47, and 833 steps are a turn of 15 degrees
			t.Fatalf("step %d: the mixture jumps from %g to %g", k, last, h.Left[0])
		}
		last = h.Left[0]
		if h.Right[0] != -h.Left[0] || math.Abs(h.Delay[Left]-h.Left[0]/8) > 1e-12 || math.Abs(h.Delay[Right]-1) > 1e-12 {
			t.Fatalf("step %d: taps %g and %g, delays %v", k, h.Left[0], h.Right[0], h.Delay)
		}
	}
}

func TestNearestTakesTheSmallestAngle(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	s := single(t, sphere(-45, 15))
	p := interpolator(t, s, Nearest)
	for range 200 {
		d := anywhere(r)
		w := weights(t, p, d)
		want, _, err := s.Nearest(d)
		if err != nil || len(w) != 1 || w[0] != (Weight{want, 1}) {
			t.Errorf("%v: %v (%v), want response %d", d, w, err, want)
		}
	}
}

// In the middle between two measurements the first is the nearest, whatever rounding makes of the angles.
func TestTiesGoToTheFirst(t *testing.T) {
	var plane []Direction
	for i := range 72 {
		plane = append(plane, FromAngles(5*float64(i), 0))
	}
	s := single(t, plane)
	p := interpolator(t, s, Nearest)
	for i := range 72 {
		d := FromAngles(5*float64(i)+2.5, 0)
		want := min(i, (i+1)%72)
		if got, angle, err := s.Nearest(d); got != want || math.Abs(angle-2.5) > 1e-9 || err != nil {
			t.Errorf("%v: response %d, %g degrees away (%v); want %d", d, got, angle, err, want)
		}
		if w := weights(t, p, d); len(w) != 1 || w[0] != (Weight{want, 1}) {
			t.Errorf("%v: %v, want response %d", d, w, want)
		}
	}
}

func TestWhatIsNoDirectionHasNoNearest(t *testing.T) {
	s := single(t, sphere(-45, 45))
	for _, d := range []Direction{{}, FromAngles(math.NaN(), 0), FromAngles(0, math.Inf(1)), {X: 2}} {
		_, _, err := s.Nearest(d)
		refused(t, err, "is no direction: want a vector of length 1")
	}
}

// In a plane the place along the circle counts, linear in the angle.
func TestCirclesInterpolateAlongTheAngle(t *testing.T) {
	var plane []Direction
	for _, azimuth := range []float64{0, 30, 90, 150, 270} {
		plane = append(plane, FromAngles(azimuth, 0))
	}
	p := interpolator(t, single(t, plane), Barycentric)
	for _, c := range []struct {
		azimuth, elevation float64
		want               []Weight
	}{
		{30, 0, []Weight{{1, 1}}},
		{10, 0, []Weight{{0, 2. / 3}, {1, 1. / 3}}},
		{10, 60, []Weight{{0, 2. / 3}, {1, 1. / 3}}},
		{75, 0, []Weight{{1, 0.25}, {2, 0.75}}},
		{300, -10, []Weight{{0, 1. / 3}, {4, 2. / 3}}},
		{180, 0, []Weight{{3, 0.75}, {4, 0.25}}},
	} {
		w := weights(t, p, FromAngles(c.azimuth, c.elevation))
		ok := len(w) == len(c.want)
		for i := range w {
			ok = ok && w[i].Index == c.want[i].Index && math.Abs(w[i].Weight-c.want[i].Weight) < 1e-12
		}
		if !ok {
			t.Errorf("azimuth %g, elevation %g: %v, want %v", c.azimuth, c.elevation, w, c.want)
		}
	}
	// Straight above no angle is nearer than another; behind a half plane nothing was measured.
	if w := weights(t, p, FromAngles(0, 90)); len(w) != 1 {
		t.Errorf("above: %v", w)
	}
	half := interpolator(t, single(t, []Direction{FromAngles(-90, 0), FromAngles(0, 0), FromAngles(90, 0)}), Barycentric)
	if w := weights(t, half, FromAngles(175, 0)); len(w) != 1 || w[0].Index != 2 {
		t.Errorf("behind: %v, want the left end", w)
	}
	if w := weights(t, half, FromAngles(-45, 0)); len(w) != 2 || math.Abs(w[0].Weight-0.5) > 1e-12 {
		t.Errorf("front right: %v, want half of each", w)
	}
}

// Outside of a cap, and with one or two directions, the nearest is taken.
func TestRegionsWithoutMeasurementsTakeTheNearest(t *testing.T) {
	p := interpolator(t, single(t, []Direction{FromAngles(-20, 0), FromAngles(20, 0), FromAngles(20, 40), FromAngles(-20, 40), FromAngles(0, 20)}), Barycentric)
	if w := weights(t, p, FromAngles(5, 25)); len(w) != 3 {
		t.Errorf("in the cap: %v", w)
	}
	if w := weights(t, p, FromAngles(90, 0)); len(w) != 1 || w[0].Index != 1 {
		t.Errorf("outside of the cap: %v, want response 1", w)
	}
	for n := 1; n <= 2; n++ {
		few := interpolator(t, single(t, []Direction{FromAngles(0, 0), FromAngles(60, 0)}[:n]), Barycentric)
		if w := weights(t, few, FromAngles(40, 0)); len(w) != 1 || w[0].Index != n-1 {
			t.Errorf("%d directions: %v", n, w)
		}
	}
}

func TestSetsWithoutDirectionsAreNotInterpolated(t *testing.T) {
	s, err := NewHeadless(HeadlessParams{ITD: []float64{0}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = NewInterpolator(s, Nearest)
	refused(t, err, "response 0 of the set headless has no direction", "itd 0")
	_, err = NewInterpolator(nil, Nearest)
	refused(t, err, "the set is missing")
	_, err = ParseInterpolation("cubic")
	refused(t, err, `"cubic"`, "barycentric or nearest")
	for _, how := range []Interpolation{Nearest, Barycentric} {
		if got, err := ParseInterpolation(how.String()); err != nil || got != how {
			t.Errorf("%v is read as %v (%v)", how, got, err)
		}
	}
}

// Straight above and below the azimuth is 0, whatever the signs of zeros.
func TestPolesHaveAzimuthZero(t *testing.T) {
	for _, elevation := range []float64{90, -90} {
		for azimuth := 0.0; azimuth < 360; azimuth += 30 {
			if d := FromAngles(azimuth, elevation); math.Hypot(d.X, d.Y) == 0 && d.Azimuth() != 0 {
				t.Errorf("azimuth %g, elevation %g is %v", azimuth, elevation, d)
			}
		}
	}
}

// weights and mixed are those of a direction that is one.
func weights(t *testing.T, p *Interpolator, d Direction) []Weight {
	t.Helper()
	w, err := p.Weights(d)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func mixed(t *testing.T, p *Interpolator, d Direction) HRTF {
	t.Helper()
	h, err := p.At(d)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestInterpolationWantsADirection(t *testing.T) {
	for _, how := range []Interpolation{Barycentric, Nearest} {
		p := interpolator(t, single(t, sphere(-45, 15)), how)
		for _, d := range []Direction{{}, {X: math.NaN()}, FromAngles(math.NaN(), 0), {X: 2}, {Y: math.Inf(1)}} {
			_, err := p.Weights(d)
			refused(t, err, "is no direction", "length 1")
			_, err = p.At(d)
			refused(t, err, "is no direction", "length 1")
		}
	}
}

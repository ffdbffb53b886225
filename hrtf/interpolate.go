package hrtf

import (
	"fmt"
	"math"
	"slices"
)

// Interpolation is how responses between measured directions are found.
type Interpolation int

// The ways to interpolate.
const (
	// Barycentric mixes the three measurements around a direction, so that responses change without jumps.
	Barycentric Interpolation = iota
	// Nearest takes the measurement at the smallest angle, the first of several.
	Nearest
)

// String returns "barycentric" or "nearest".
func (i Interpolation) String() string {
	if i == Nearest {
		return "nearest"
	}
	return "barycentric"
}

// ParseInterpolation returns the interpolation of a name, barycentric or nearest.
func ParseInterpolation(name string) (Interpolation, error) {
	switch name {
	case "barycentric":
		return Barycentric, nil
	case "nearest":
		return Nearest, nil
	}
	return 0, fmt.Errorf("hrtf: interpolation %q: want barycentric or nearest", name)
}

// Interpolator finds the response of a set for any direction.
//
// Barycentric: the measured directions are the corners of triangles that cover the sphere (the convex hull of the directions, their
// spherical Delaunay triangulation). With the direction d = a·w_a + b·w_b + c·w_c of the triangle abc that it goes through, the taps and the
// delays are those of the corners times w_a, w_b, w_c over their sum. At a measured direction it is that measurement, exactly. Directions that all lie on one
// circle, such as the horizontal plane, are interpolated along the circle, linear in the angle, and what is off the circle counts as the place
// of the circle at the same angle. Where nothing was measured (a direction that goes through no triangle, a gap of 180 degrees or more on a circle, or
// fewer than three different directions) the nearest measurement is taken. A region without measurements inside of the grid, such as the one below most
// grids, is spanned by its rim. Of several measurements in one direction the first counts: select one distance.
//
// Responses to sounds that arrive at different times cancel in part when they are mixed. Interpolate what [Set.MinimumPhase] gives: its delays
// are apart, and mix as numbers.
//
// An Interpolator never changes.
type Interpolator struct {
	set        *Set
	how        Interpolation
	directions []Direction
	mesh       *mesh
}

// NewInterpolator prepares the interpolation of a set. A missing set, and one with responses without direction, are errors.
func NewInterpolator(set *Set, how Interpolation) (*Interpolator, error) {
	if set == nil {
		return nil, fmt.Errorf("hrtf: interpolation: the set is missing")
	}
	p := &Interpolator{set: set, how: how}
	for i := range set.Len() {
		d, ok := set.Direction(i)
		if !ok {
			return nil, fmt.Errorf("hrtf: interpolation: response %d of %s has no direction: its coordinates are %s", i, set.title(), set.describe(i))
		}
		p.directions = append(p.directions, d)
	}
	if how == Barycentric {
		p.mesh = newMesh(p.directions)
	}
	return p, nil
}

// Set returns the set.
func (p *Interpolator) Set() *Set { return p.set }

// Weight is what one response contributes to a mixture.
type Weight struct {
	Index  int     // of the response in the set
	Weight float64 // above 0, at most 1
}

// Weights returns the responses that are mixed for a direction, in rising order of their number; their weights sum to 1. A vector
// whose length is not 1 is an error.
func (p *Interpolator) Weights(d Direction) ([]Weight, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	var list [3]Weight
	found := p.weights(d, &list)
	return append([]Weight(nil), found...), nil
}

// onto is the distance of two unit vectors, 1e-9 degrees, up to which they count as the same direction.
const onto = 1e-9 * math.Pi / 180

// weights fills a list that the caller keeps.
func (p *Interpolator) weights(d Direction, list *[3]Weight) []Weight {
	most := math.Inf(-1)
	for _, e := range p.directions {
		most = max(most, d.Dot(e))
	}
	nearest := 0
	for d.Dot(p.directions[nearest]) < most-tie {
		nearest++
	}
	list[0] = Weight{nearest, 1}
	if p.how == Nearest {
		return list[:1]
	}
	for i, e := range p.directions { // the cosine of small angles is 1 for many: look for the first that is the direction
		if square(d.minus(e)) < onto*onto {
			list[0].Index = i
			return list[:1]
		}
	}
	corners, w, ok := p.mesh.weights(d)
	if p.mesh.loop != nil {
		corners, w, ok = p.mesh.loop.weights(d)
	}
	if !ok {
		return list[:1]
	}
	found := list[:0]
	for k, c := range corners {
		if w[k] > 0 {
			found = append(found, Weight{c, w[k]})
		}
	}
	slices.SortFunc(found, func(a, b Weight) int { return a.Index - b.Index })
	return found
}

// At returns the response for a direction. Its taps are those of the measurements times their weights, its delays likewise. A vector
// whose length is not 1 is an error.
func (p *Interpolator) At(d Direction) (HRTF, error) {
	if err := d.check(); err != nil {
		return HRTF{}, err
	}
	var list [3]Weight
	mix := p.weights(d, &list)
	if len(mix) == 1 {
		return p.set.At(mix[0].Index), nil
	}
	n := p.set.Taps()
	h := HRTF{Left: make([]float64, n), Right: make([]float64, n), Rate: p.set.Rate(), Delay: p.delays(mix)}
	for _, w := range mix {
		g := p.set.At(w.Index)
		addDelayed(h.Left, g.Left, 0, w.Weight, nil)
		addDelayed(h.Right, g.Right, 0, w.Weight, nil)
	}
	return h, nil
}

// delays is the weighted mean of the delays of some responses.
func (p *Interpolator) delays(mix []Weight) (delay [2]float64) {
	for _, w := range mix {
		d := p.set.At(w.Index).Delay
		delay[Left] = math.FMA(w.Weight, d[Left], delay[Left])
		delay[Right] = math.FMA(w.Weight, d[Right], delay[Right])
	}
	return delay
}

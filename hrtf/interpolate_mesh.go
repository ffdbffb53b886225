package hrtf

import (
	"math"
	"math/big"
	"sort"

	"hearpipe/internal/kernel"
)

// mesh covers a sphere with triangles whose corners are given directions: the facets of their convex hull, which is the
// spherical Delaunay triangulation. Directions on one circle, such as the horizontal plane, become a loop instead.
type mesh struct {
	points []Direction
	facets []facet
	loop   *loop
}

// facet is a triangle of a mesh, its corners counter-clockwise as seen from outside.
type facet struct {
	corners [3]int
	normals [3]Direction // b×c, c×a, a×b: the weight of a corner is proportional to the product of its normal and the direction
}

// snap is the grid to which coordinates are rounded before anything is decided, so that a decision can be made in integers.
const snap = 1 << 50

// thin is the volume of a tetrahedron below which its corners count as lying in one plane: directions 1e-9 degrees off a circle do.
const thin = 1e-10

// newMesh makes the mesh of some directions; equal ones (within 1e-9) count once, the first of them.
func newMesh(directions []Direction) *mesh {
	m := &mesh{points: make([]Direction, len(directions))}
	round := func(x float64) float64 { return math.RoundToEven(x*snap) / snap }
	for i, d := range directions {
		m.points[i] = Direction{round(d.X), round(d.Y), round(d.Z)}
	}
	a, b, c, d := m.simplex()
	switch {
	case c < 0: // fewer than three different directions: nothing lies between them
	case d < 0:
		m.loop = newLoop(m.points, m.cross(a, b, c))
	default:
		m.facets = m.hull(a, b, c, d)
	}
	return m
}

// simplex finds four directions that are far from lying in one plane. c is negative if there are fewer than three different ones, d
// if all lie in one plane.
func (m *mesh) simplex() (a, b, c, d int) {
	farthest := func(of func(i int) float64, least float64) int {
		best, at := least, -1
		for i := range m.points {
			if x := of(i); x > best {
				best, at = x, i
			}
		}
		return at
	}
	p := m.points
	if len(p) == 0 {
		return 0, -1, -1, -1
	}
	b = farthest(func(i int) float64 { return square(p[i].minus(p[0])) }, 1e-18)
	if b < 0 {
		return 0, b, -1, -1
	}
	c = farthest(func(i int) float64 { return square(m.cross(0, b, i)) }, 1e-18)
	if c < 0 {
		return 0, b, c, -1
	}
	d = farthest(func(i int) float64 { return math.Abs(m.volume(0, b, c, i)) }, thin)
	return 0, b, c, d
}

// minus is d - e, which has no length of 1.
func (d Direction) minus(e Direction) Direction { return Direction{d.X - e.X, d.Y - e.Y, d.Z - e.Z} }

// cross is the vector product d × e.
func (d Direction) cross(e Direction) Direction {
	return Direction{
		float64(d.Y*e.Z) - float64(d.Z*e.Y),
		float64(d.Z*e.X) - float64(d.X*e.Z),
		float64(d.X*e.Y) - float64(d.Y*e.X),
	}
}

func square(d Direction) float64 { return d.Dot(d) }

// cross is (b - a) × (c - a).
func (m *mesh) cross(a, b, c int) Direction {
	p := m.points
	return p[b].minus(p[a]).cross(p[c].minus(p[a]))
}

// volume is six times the volume of a tetrahedron, positive if d lies on the side from which a, b, c run counter-clockwise.
func (m *mesh) volume(a, b, c, d int) float64 {
	return m.cross(a, b, c).Dot(m.points[d].minus(m.points[a]))
}

// above is the sign of volume, exactly: grids of measurements have many points in one plane, and a hull that is built on
// rounding errors tears.
func (m *mesh) above(a, b, c, d int) int {
	// Coordinates are at most 1, so that rounding moves the determinant by less than 1e-14.
	if v := m.volume(a, b, c, d); v > 1e-12 {
		return 1
	} else if v < -1e-12 {
		return -1
	}
	whole := func(i int) [3]*big.Int {
		p := m.points[i]
		return [3]*big.Int{big.NewInt(int64(p.X * snap)), big.NewInt(int64(p.Y * snap)), big.NewInt(int64(p.Z * snap))}
	}
	minus := func(x, y [3]*big.Int) (z [3]*big.Int) {
		for i := range z {
			z[i] = new(big.Int).Sub(x[i], y[i])
		}
		return z
	}
	o := whole(a)
	u, v, w := minus(whole(b), o), minus(whole(c), o), minus(whole(d), o)
	sum := new(big.Int)
	for i := range 3 {
		j, k := (i+1)%3, (i+2)%3
		minor := new(big.Int).Sub(new(big.Int).Mul(u[j], v[k]), new(big.Int).Mul(u[k], v[j]))
		sum.Add(sum, minor.Mul(minor, w[i]))
	}
	return sum.Sign()
}

// hull builds the convex hull point by point: what a new point sees of the hull so far is taken away, and the rim of the hole is
// joined to the point. A point in the plane of a facet does not see it.
func (m *mesh) hull(a, b, c, d int) []facet {
	if m.above(a, b, c, d) > 0 {
		b, c = c, b
	}
	type edge struct{ from, to int }
	faces := [][3]int{{a, b, c}, {a, d, b}, {b, d, c}, {c, d, a}}
	owner := map[edge]int{} // the face to the left of an edge
	own := func(f int) {
		for k, from := range faces[f] {
			owner[edge{from, faces[f][(k+1)%3]}] = f
		}
	}
	for f := range faces {
		own(f)
	}
	var seen []bool
	for i := range m.points {
		if i == a || i == b || i == c || i == d {
			continue
		}
		seen = seen[:0]
		some := false
		for _, f := range faces {
			sees := m.above(f[0], f[1], f[2], i) > 0
			seen = append(seen, sees)
			some = some || sees
		}
		if !some {
			continue // equal to a corner
		}
		var rim []edge
		for f, sees := range seen {
			if !sees {
				continue
			}
			for k, from := range faces[f] {
				to := faces[f][(k+1)%3]
				if !seen[owner[edge{to, from}]] {
					rim = append(rim, edge{from, to})
				}
			}
		}
		for f, sees := range seen {
			if sees {
				for k, from := range faces[f] {
					delete(owner, edge{from, faces[f][(k+1)%3]})
				}
			}
		}
		// The new faces take the places of the old ones, of which there are at least two fewer.
		for f := 0; len(rim) > 0; f++ {
			if f == len(faces) {
				faces = append(faces, [3]int{})
			} else if !seen[f] {
				continue
			}
			faces[f] = [3]int{rim[0].from, rim[0].to, i}
			own(f)
			rim = rim[1:]
		}
	}
	var list []facet
	for _, f := range faces {
		a, b, c := m.points[f[0]], m.points[f[1]], m.points[f[2]]
		n := facet{corners: f, normals: [3]Direction{b.cross(c), c.cross(a), a.cross(b)}}
		// A facet whose plane has the centre in front of it, or runs through it, is the rim of a region without measurements.
		if a.Dot(n.normals[0]) > thin {
			list = append(list, n)
		}
	}
	return list
}

// weights are those of the corners of the facet that a direction goes through; they are not negative and sum to 1. They are found
// by looking at all facets, so that they depend on nothing but the direction: on an edge, the first facet counts. ok is false
// if it goes through none.
func (m *mesh) weights(d Direction) (corners [3]int, w [3]float64, ok bool) {
	best := -1e-9 // a direction on an edge may lie outside of both facets by rounding
	for i := range m.facets {
		f := &m.facets[i]
		x, y, z := f.normals[0].Dot(d), f.normals[1].Dot(d), f.normals[2].Dot(d)
		sum := x + y + z
		if sum <= 0 {
			continue
		}
		if least := min(x, y, z) / sum; least > best {
			best, ok = least, true
			corners, w = f.corners, [3]float64{max(x, 0), max(y, 0), max(z, 0)}
		}
	}
	if ok {
		sum := w[0] + w[1] + w[2]
		w[0], w[1], w[2] = w[0]/sum, w[1]/sum, w[2]/sum
	}
	return corners, w, ok
}

// loop is directions on one circle, by the angle around its axis.
type loop struct {
	x, y  Direction // directions of angle 0 and 90 degrees
	order []int     // the points by angle
	angle []float64 // of each in turn, in degrees, 0 to below 360, rising
}

func newLoop(points []Direction, normal Direction) *loop {
	axis, _, _ := FromVector(normal.X, normal.Y, normal.Z)
	in := points[0].minus(axis.times(points[0].Dot(axis)))
	x, _, _ := FromVector(in.X, in.Y, in.Z)
	l := &loop{x: x, y: axis.cross(x)}
	angles := make([]float64, len(points))
	for i, p := range points {
		angles[i] = l.of(p)
		if angles[i] > 360-1e-9 {
			angles[i] = 0
		}
		l.order = append(l.order, i)
	}
	sort.SliceStable(l.order, func(a, b int) bool { return angles[l.order[a]] < angles[l.order[b]] })
	kept := l.order[:0]
	for _, i := range l.order {
		if n := len(l.angle); n > 0 && angles[i]-l.angle[n-1] < 1e-9 {
			continue
		}
		kept = append(kept, i)
		l.angle = append(l.angle, angles[i])
	}
	l.order = kept
	return l
}

// times is d scaled.
func (d Direction) times(s float64) Direction {
	return Direction{float64(d.X * s), float64(d.Y * s), float64(d.Z * s)}
}

// of is the angle of a direction around the axis, 0 to 360 degrees.
func (l *loop) of(d Direction) float64 {
	a := degrees(kernel.Atan2(l.y.Dot(d), l.x.Dot(d)))
	if a < 0 {
		a += 360
	}
	return a
}

// weights are those of the neighbours on the circle, linear in the angle. ok is false along the axis, where no angle is nearer than another, and in
// a gap of 180 degrees or more.
func (l *loop) weights(d Direction) (corners [3]int, w [3]float64, ok bool) {
	if x, y := l.x.Dot(d), l.y.Dot(d); float64(x*x)+float64(y*y) < 1e-18 {
		return corners, w, false
	}
	a := l.of(d)
	n := len(l.angle)
	hi := sort.SearchFloat64s(l.angle, a) // the first that is not below
	lo := (hi + n - 1) % n
	hi %= n
	gap, from := l.angle[hi]-l.angle[lo], a-l.angle[lo]
	if gap < 0 {
		gap += 360
	}
	if from < 0 {
		from += 360
	}
	if !(gap > 0 && gap < 180) {
		return corners, w, false
	}
	t := min(from/gap, 1)
	return [3]int{l.order[lo], l.order[hi], l.order[hi]}, [3]float64{1 - t, t, 0}, true
}

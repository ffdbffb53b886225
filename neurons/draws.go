package neurons

import (
	"math"

	"hearpipe/internal/expr"
	"hearpipe/internal/kernel"
	"hearpipe/internal/random"
	"hearpipe/neurons/equations"
)

// draws fills the random numbers of one program: each is a function of its stream, the absolute number of the cell and
// the step.
type draws struct {
	list  []draw
	first int64 // absolute number of cell 0
	step  int64
}

// draw is one source of random numbers.
type draw struct {
	stream random.Stream
	normal bool
	scale  float64 // factor of normal numbers
}

// newDraws names the streams of a program. Increments of white noise keep their own names; rand() and randn() are named
// by the purpose of the program and counted in the order of its text.
func newDraws(p *expr.Program, seed uint64, path, purpose string, first int, dt float64, noises []equations.Noise) *draws {
	d := &draws{first: int64(first)}
	for _, one := range p.Draws() {
		x := draw{normal: one.Name != "rand", scale: 1}
		where, ordinal := purpose, one.Ordinal
		for _, n := range noises {
			if n.Increment == one.Name {
				where, ordinal, x.scale = n.Purpose, n.Ordinal, math.Sqrt(dt)
			}
		}
		x.stream = random.New(seed, path, where, ordinal)
		d.list = append(d.list, x)
	}
	return d
}

// Fill sets the values of draw number k for the listed cells.
func (d *draws) Fill(k int, dst []float64, at expr.Elements) {
	x := &d.list[k]
	switch {
	case at.Index == nil && x.normal:
		x.stream.Normals(dst, d.first+int64(at.First), d.step)
	case at.Index == nil:
		x.stream.Uniforms(dst, d.first+int64(at.First), d.step)
	case x.normal:
		for j, c := range at.Index {
			dst[j] = x.stream.Normal(d.first+int64(c), d.step)
		}
	default:
		for j, c := range at.Index {
			dst[j] = x.stream.Uniform(d.first+int64(c), d.step)
		}
	}
	if x.scale != 1 {
		kernel.VecMulScalar(dst, dst, x.scale)
	}
}

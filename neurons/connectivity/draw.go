package connectivity

import (
	"slices"

	"hearpipe/internal/expr"
	"hearpipe/internal/kernel"
	"hearpipe/internal/random"
)

// drawn is how many random numbers are made at a time.
const drawn = 64

// sequence reads the uniform numbers of one row in order. The number is a function of the row and its ordinal.
type sequence struct {
	stream random.Stream
	row    int64
	next   int64
	buffer [drawn]float64
}

func (s *sequence) begin(row int) { s.row, s.next = int64(row), 0 }

func (s *sequence) uniform() float64 {
	if s.next%drawn == 0 {
		s.stream.Uniforms(s.buffer[:], s.next, s.row)
	}
	u := s.buffer[s.next%drawn]
	s.next++
	return u
}

// sampler draws subsets.
type sampler struct {
	sequence
	taken map[int32]bool
}

func newSampler(s random.Stream) *sampler {
	return &sampler{sequence: sequence{stream: s}, taken: map[int32]bool{}}
}

// sample appends k different numbers of 0:n, ascending, all subsets being equally likely (Floyd's algorithm; Bentley and
// Floyd 1987, Communications of the ACM 30:754). row names the random numbers.
func (s *sampler) sample(to []int32, n, k, row int) []int32 {
	s.begin(row)
	clear(s.taken)
	first := len(to)
	for m := n - k; m < n; m++ {
		x := int32(min(int(s.uniform()*float64(m+1)), m))
		if s.taken[x] {
			x = int32(m)
		}
		s.taken[x] = true
		to = append(to, x)
	}
	slices.Sort(to[first:])
	return to
}

// hop appends the numbers of lo:hi that independent trials of probability p choose, jumping from one to the next by
// geometric gaps: floor(log(1-u)/log(1-p)) numbers are passed over.
func (s *sequence) hop(to []int32, lo, hi int, p float64) []int32 {
	switch {
	case !(p > 0):
		return to
	case p >= 1:
		for j := lo; j < hi; j++ {
			to = append(to, int32(j))
		}
		return to
	}
	rate := kernel.Log1p(-p)
	for j := lo; j < hi; j++ {
		gap := kernel.Log1p(-s.uniform()) / rate
		if gap >= float64(hi-j) {
			break
		}
		j += int(gap)
		to = append(to, int32(j))
	}
	return to
}

// probability thins rows.
type probability struct {
	row     *rowProgram // value of a row where it does not depend on j
	pair    *rowProgram // values of the pairs of a row where it does
	largest float64     // upper bound
	hops    sequence
	trials  random.Stream
	u       []float64
	first   int // absolute number of target 0
	source  int // absolute number of source 0
	last    int // row whose numbers are being read
	of      float64
}

func newProbability(b *rows, text string) (*probability, error) {
	p := &probability{largest: 1, of: 1, last: -1, first: b.space.Post.First, source: b.space.Pre.First}
	if text == "" {
		return p, nil
	}
	n, t, err := b.parse(text)
	if err != nil {
		return nil, err
	}
	src, start, end := n.Span()
	if !t.IsNumber() || t.Kind == expr.Boolean {
		return nil, src.Errorf(start, end, "a probability is a number without dimension, but this is %s", t)
	}
	p.hops.stream, p.trials = b.make.stream("p", 0), b.make.stream("p", 1)
	switch {
	case b.constant(n):
		v, err := expr.EvalNode(n, b.scope)
		if err != nil {
			return nil, err
		}
		if !(v.X >= 0 && v.X <= 1) {
			return nil, src.Errorf(start, end, "a probability of %g: want 0 to 1", v.X)
		}
		p.of, p.largest = v.X, v.X
	case b.sameInRow(n):
		p.row, err = b.compileRow(n)
	default:
		p.pair, err = b.compile(n, "probability")
		p.u = make([]float64, b.space.Post.N)
	}
	return p, err
}

// choose appends the hits of row i among the targets of an interval. Intervals of one row come in ascending order.
func (p *probability) choose(to []int32, i int, r interval) []int32 {
	if p.pair != nil {
		at := p.source + i
		p.trials.Uniforms(p.u[r.lo:r.hi], int64(p.first+r.lo), int64(at))
		values := p.pair.run(i, r)
		for k, x := range values {
			if p.u[r.lo+k] < x {
				to = append(to, int32(r.lo+k))
			}
		}
		return to
	}
	if i != p.last {
		p.last = i
		p.hops.begin(p.source + i)
		if p.row != nil {
			p.of = p.row.value(i)
		}
	}
	return p.hops.hop(to, r.lo, r.hi, p.of)
}

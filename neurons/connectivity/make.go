package connectivity

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"hearpipe/internal/expr"
	"hearpipe/internal/random"
)

// Vector is a variable of the cells of one side, one value per cell.
type Vector struct {
	Type expr.Type
	Data []float64
}

// Side is the cells on one side of the connections.
type Side struct {
	N     int // how many cells
	First int // absolute number of cell 0, in the names of random numbers
	// Vectors are the variables that texts may use, by the name they have there (x_pre, x_post).
	Vectors map[string]Vector
}

// Space is what the texts of a description are about. They know i, j, N_pre, N_post, the vectors of both sides, the names of
// Scope, rand() and randn().
type Space struct {
	Pre, Post Side
	Scope     *expr.Scope
	Seed      uint64
	Path      string // name of the object in the names of random numbers
	Call      int    // number of the call for this object, from 0
}

// Params describes connections.
type Params struct {
	// I and J are index arrays of equal lengths; both or none.
	I, J []int
	// Condition connects the pairs for which it is true.
	Condition string
	// Targets gives the targets of cell i: an expression in i, or "EXPRESSION for NAME in range(...) if CONDITION" with the
	// arguments of Python's range, or sample(stop | start, stop | start, stop, step, p=... | size=...) in the place of range.
	Targets string
	// SkipInvalid drops targets outside 0:N_post, which are an error else.
	SkipInvalid bool
	// Sources connects each target with this many different cells (0: not used).
	Sources int
	// OneToOne connects i with i; both sides must have the same number of cells.
	OneToOne bool
	// P is a probability, a constant or an expression in i and j ("": 1). Values of an expression that depends on cells are
	// limited to 0 ... 1.
	P string
	// N is how many synapses each pair gets (0: one). The whole list of pairs is repeated N times.
	N int
	// Most is how many synapses there may be; more are an error, found before much memory is taken. 0: 2147483647.
	Most int
}

// Pairs is a list of connected pairs.
type Pairs struct {
	Pre, Post []int32
}

// Len is the number of pairs.
func (p *Pairs) Len() int { return len(p.Pre) }

func (p *Pairs) add(i int, targets []int32) {
	for range targets {
		p.Pre = append(p.Pre, int32(i))
	}
	p.Post = append(p.Post, targets...)
}

// reserve makes room for n more pairs.
func (p *Pairs) reserve(n float64) {
	if n > 1000 && n < math.MaxInt32 {
		p.Pre, p.Post = make([]int32, 0, int(n)), make([]int32, 0, int(n))
	}
}

// maxSynapses bounds the number of pairs: numbers of synapses are 32-bit integers.
const maxSynapses = math.MaxInt32

// Make lists the pairs of a description. Errors about texts are *expr.Error or expr.Errors with place and caret.
func Make(s Space, p Params) (*Pairs, error) {
	if err := p.once(); err != nil {
		return nil, err
	}
	if err := p.check(s); err != nil {
		return nil, err
	}
	m := newMaker(s, p)
	var err error
	switch {
	case p.I != nil || p.J != nil:
		err = m.indices()
	case p.Targets != "":
		err = m.generated()
	case p.Sources > 0:
		err = m.fixedSources()
	default:
		err = m.conditional()
	}
	if err != nil {
		return nil, err
	}
	if err := m.full(); err != nil {
		return nil, err
	}
	block := m.pairs.Len()
	for range p.N - 1 {
		m.pairs.Pre = append(m.pairs.Pre, m.pairs.Pre[:block]...)
		m.pairs.Post = append(m.pairs.Post, m.pairs.Post[:block]...)
	}
	return m.pairs, nil
}

// Check finds the mistakes in a description and its texts that do not depend on the number of cells.
func Check(s Space, p Params) error {
	if err := p.once(); err != nil {
		return err
	}
	m := newMaker(s, p)
	if p.Targets != "" {
		_, _, err := m.loop()
		return err
	}
	_, _, _, err := m.texts()
	return err
}

// once refuses descriptions that say two things at once.
func (p *Params) once() error {
	if (p.I == nil) != (p.J == nil) {
		return errors.New("index arrays: both i and j are needed")
	}
	var said []string
	for _, one := range []struct {
		is   bool
		name string
	}{
		{p.I != nil, "index arrays"},
		{p.Condition != "", "a condition"},
		{p.Targets != "", "targets"},
		{p.Sources != 0, "a number of sources"},
		{p.OneToOne, "one to one"},
	} {
		if one.is {
			said = append(said, one.name)
		}
	}
	switch {
	case len(said) > 1:
		return fmt.Errorf("connections are given by %s: want one of them", strings.Join(said, " and by "))
	case p.P != "" && (p.I != nil || p.Sources != 0):
		return fmt.Errorf("a probability together with %s: want one of them", said[0])
	case p.N < 0:
		return fmt.Errorf("%d synapses per pair: want 1 or more", p.N)
	}
	return nil
}

// check refuses what does not fit the numbers of cells.
func (p *Params) check(s Space) error {
	switch {
	case s.Pre.N < 0 || s.Post.N < 0 || s.Pre.N > maxSynapses || s.Post.N > maxSynapses:
		panic("connectivity: sizes out of range")
	case p.Sources < 0 || p.Sources > s.Pre.N:
		return fmt.Errorf("%d sources for each target: want 1 to %d, the number of source cells", p.Sources, s.Pre.N)
	case p.OneToOne && s.Pre.N != s.Post.N:
		return fmt.Errorf("one to one between %d source and %d target cells: want equal numbers", s.Pre.N, s.Post.N)
	}
	return nil
}

// maker collects pairs.
type maker struct {
	space  Space
	params Params
	pairs  *Pairs
	most   int     // pairs, before they are repeated
	hits   []int32 // targets of the current row
}

func newMaker(s Space, p Params) *maker {
	if p.OneToOne {
		p.Condition = "i == j"
	}
	if p.Most <= 0 || p.Most > maxSynapses {
		p.Most = maxSynapses
	}
	return &maker{space: s, params: p, pairs: &Pairs{}, most: p.Most / max(1, p.N)}
}

// stream names random numbers of this call.
func (m *maker) stream(purpose string, ordinal int) random.Stream {
	return random.New(m.space.Seed, m.space.Path, fmt.Sprintf("connect %d %s", m.space.Call, purpose), ordinal)
}

// full refuses more synapses than there may be.
func (m *maker) full() error {
	if m.pairs.Len() > m.most {
		return m.tooMany()
	}
	return nil
}

func (m *maker) tooMany() error { return fmt.Errorf("more than %d synapses", m.params.Most) }

func (m *maker) indices() error {
	p := &m.params
	if len(p.I) != len(p.J) {
		return fmt.Errorf("index arrays: %d values of i, but %d of j", len(p.I), len(p.J))
	}
	if len(p.I) > m.most {
		return m.tooMany()
	}
	m.pairs.Pre, m.pairs.Post = make([]int32, len(p.I)), make([]int32, len(p.I))
	for k := range p.I {
		if p.I[k] < 0 || p.I[k] >= m.space.Pre.N {
			return fmt.Errorf("index arrays: i[%d] = %d: want 0 to %d, the source has %d cells", k, p.I[k], m.space.Pre.N-1, m.space.Pre.N)
		}
		if p.J[k] < 0 || p.J[k] >= m.space.Post.N {
			return fmt.Errorf("index arrays: j[%d] = %d: want 0 to %d, the target has %d cells", k, p.J[k], m.space.Post.N-1, m.space.Post.N)
		}
		m.pairs.Pre[k], m.pairs.Post[k] = int32(p.I[k]), int32(p.J[k])
	}
	return nil
}

// texts compiles a condition (nil if there is none), what bounds it, and a probability.
func (m *maker) texts() (condition *rowProgram, among bounder, p *probability, err error) {
	b := &rows{space: m.space, make: m}
	among = func(int) []interval { return b.whole() }
	if m.params.Condition != "" {
		n, t, err := b.parse(m.params.Condition)
		if err != nil {
			return nil, nil, nil, err
		}
		if t.Kind != expr.Boolean {
			src, start, end := n.Span()
			return nil, nil, nil, src.Errorf(start, end, "a condition such as i != j is needed, but this is %s; a probability has its own field", t)
		}
		if condition, err = b.compile(n, "condition"); err != nil {
			return nil, nil, nil, err
		}
		if among, err = b.bound(n); err != nil {
			return nil, nil, nil, err
		}
	}
	p, err = newProbability(b, m.params.P)
	return condition, among, p, err
}

// conditional makes the pairs of a condition (or all) that a probability leaves.
func (m *maker) conditional() error {
	condition, among, p, err := m.texts()
	if err != nil {
		return err
	}
	if condition == nil {
		if p.row == nil && p.pair == nil && p.of == 1 && float64(m.space.Pre.N)*float64(m.space.Post.N) > float64(m.most) {
			return m.tooMany() // before they fill the memory
		}
		m.pairs.reserve(min(float64(1.02*p.largest*float64(m.space.Pre.N)*float64(m.space.Post.N))+1000, float64(m.most)))
	}
	for i := range m.space.Pre.N {
		m.hits = m.hits[:0]
		for _, r := range among(i) {
			m.hits = p.choose(m.hits, i, r)
		}
		if condition != nil {
			m.hits = condition.filter(m.hits, i)
		}
		m.pairs.add(i, m.hits)
		if err := m.full(); err != nil {
			return err
		}
	}
	return nil
}

// fixedSources draws the sources of each target without replacement, then puts the pairs in the order of the sources.
func (m *maker) fixedSources() error {
	pre, post, k := m.space.Pre.N, m.space.Post.N, m.params.Sources
	if float64(post)*float64(k) > float64(m.most) {
		return m.tooMany()
	}
	sources := make([]int32, 0, post*k)
	start := make([]int32, pre+1)
	draw := newSampler(m.stream("sources", 0))
	for j := range post {
		sources = draw.sample(sources, pre, k, m.space.Post.First+j)
		for _, i := range sources[j*k:] {
			start[i+1]++
		}
	}
	for i := range pre {
		start[i+1] += start[i]
	}
	m.pairs.Pre, m.pairs.Post = make([]int32, post*k), make([]int32, post*k)
	for n, i := range sources {
		at := start[i]
		start[i]++
		m.pairs.Pre[at], m.pairs.Post[at] = i, int32(n/k)
	}
	return nil
}

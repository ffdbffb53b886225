package connectivity

import (
	"slices"

	"hearpipe/internal/expr"
	"hearpipe/internal/random"
)

// Names of the texts.
const (
	preIndex  = "i"
	postIndex = "j"
	preCells  = "N_pre"
	postCells = "N_post"
)

// rows computes expressions row by row: i and the vectors of the source are scalars, j and those of the target vectors.
type rows struct {
	space Space
	make  *maker
	scope *expr.Scope
	j     []float64
	all   [1]interval
}

// names builds the scope.
func (b *rows) names() *expr.Scope {
	if b.scope != nil {
		return b.scope
	}
	index := expr.Type{Kind: expr.Integer}
	symbols := map[string]expr.Symbol{
		preIndex:  {Role: expr.Scalar, Type: index},
		postIndex: {Role: expr.Vector, Type: index},
		preCells:  expr.ConstantSymbol(expr.IntegerValue(b.space.Pre.N)),
		postCells: expr.ConstantSymbol(expr.IntegerValue(b.space.Post.N)),
	}
	for name, v := range b.space.Pre.Vectors {
		symbols[name] = expr.Symbol{Role: expr.Scalar, Type: v.Type}
	}
	for name, v := range b.space.Post.Vectors {
		symbols[name] = expr.Symbol{Role: expr.Vector, Type: v.Type}
	}
	b.scope = &expr.Scope{Symbols: symbols, Parent: b.space.Scope, Random: true}
	return b.scope
}

func (b *rows) parse(text string) (expr.Node, expr.Type, error) {
	n, err := expr.Parse(text, expr.Options{})
	if err != nil {
		return nil, expr.Type{}, err
	}
	t, err := expr.Check(n, b.names())
	return n, t, err
}

// whole is all targets.
func (b *rows) whole() []interval {
	b.all[0] = interval{0, b.space.Post.N}
	return b.all[:]
}

// numbers is 0 ... N_post-1.
func (b *rows) numbers() []float64 {
	if b.j == nil {
		b.j = make([]float64, b.space.Post.N)
		for k := range b.j {
			b.j[k] = float64(k)
		}
	}
	return b.j
}

// constant reports whether an expression has one value for all pairs.
func (b *rows) constant(n expr.Node) bool {
	return b.pure(n) && !slices.ContainsFunc(expr.Identifiers(n), func(name string) bool {
		s, ok := b.names().Lookup(name)
		return !ok || s.Role != expr.Constant
	})
}

// sameInRow reports whether an expression has one value for all targets of a cell.
func (b *rows) sameInRow(n expr.Node) bool {
	return b.pure(n) && !slices.ContainsFunc(expr.Identifiers(n), func(name string) bool {
		s, ok := b.names().Lookup(name)
		return !ok || s.Role == expr.Vector || s.Role == expr.Drawn
	})
}

// pure reports whether an expression has nothing random and no function that depends on the element.
func (b *rows) pure(n expr.Node) bool {
	return !slices.ContainsFunc(expr.Calls(n), func(name string) bool {
		if s, ok := b.names().Lookup(name); ok {
			return s.Function == nil || s.Function.Scalar == nil
		}
		return name == "rand" || name == "randn"
	})
}

// rowProgram computes an expression for the pairs of one row.
type rowProgram struct {
	machine *expr.Machine
	result  []float64
	row     int // slot of i, -1 if not used
	scalars []bound
	draws   *pairDraws
	source  int // absolute number of source 0
}

// bound is a scalar that depends on the row.
type bound struct {
	slot int
	data []float64
}

func (b *rows) compile(n expr.Node, purpose string) (*rowProgram, error) {
	return b.program(n, purpose, b.space.Post.N)
}

// compileRow compiles an expression that has one value per row.
func (b *rows) compileRow(n expr.Node) (*rowProgram, error) { return b.program(n, "", 1) }

func (b *rows) program(n expr.Node, purpose string, size int) (*rowProgram, error) {
	p, err := expr.Compile(n, b.names())
	if err != nil {
		return nil, err
	}
	r := &rowProgram{machine: p.NewMachine(), result: make([]float64, size), row: p.ScalarSlot(preIndex), source: b.space.Pre.First}
	for slot, v := range p.Vectors() {
		switch {
		case v.Name == expr.Result:
			r.machine.SetVector(slot, r.result)
		case v.Name == postIndex:
			r.machine.SetVector(slot, b.numbers())
		default:
			r.machine.SetVector(slot, b.space.Post.Vectors[v.Name].Data)
		}
	}
	for slot, name := range p.Scalars() {
		if v, ok := b.space.Pre.Vectors[name]; ok {
			r.scalars = append(r.scalars, bound{slot, v.Data})
		}
	}
	r.draws = &pairDraws{first: b.space.Post.First}
	for _, d := range p.Draws() {
		r.draws.list = append(r.draws.list, pairDraw{stream: b.make.stream(purpose, d.Ordinal), normal: d.Name == "randn"})
	}
	r.machine.SetRandom(r.draws)
	return r, nil
}

// set prepares a row.
func (r *rowProgram) set(i int) {
	if r.row >= 0 {
		r.machine.SetScalar(r.row, float64(i))
	}
	for _, c := range r.scalars {
		r.machine.SetScalar(c.slot, c.data[i])
	}
	r.draws.row = int64(r.source + i)
}

// run returns the values for the targets of an interval.
func (r *rowProgram) run(i int, among interval) []float64 {
	r.set(i)
	r.machine.Run(among.lo, among.hi)
	return r.result[among.lo:among.hi]
}

// value is the value of a row.
func (r *rowProgram) value(i int) float64 { return r.run(i, interval{0, 1})[0] }

// filter keeps the targets for which a condition holds.
func (r *rowProgram) filter(list []int32, i int) []int32 {
	if len(list) == 0 {
		return list
	}
	r.set(i)
	if first, last := int(list[0]), int(list[len(list)-1]); last-first == len(list)-1 {
		r.machine.Run(first, last+1)
	} else {
		r.machine.RunAt(list)
	}
	kept := list[:0]
	for _, j := range list {
		if r.result[j] != 0 {
			kept = append(kept, j)
		}
	}
	return kept
}

// pairDraws fills rand() and randn(): each number is a function of both cells.
type pairDraws struct {
	list  []pairDraw
	first int // absolute number of target 0
	row   int64
}

type pairDraw struct {
	stream random.Stream
	normal bool
}

// Fill sets the numbers of draw k for the targets at.
func (d *pairDraws) Fill(k int, dst []float64, at expr.Elements) {
	x := &d.list[k]
	switch {
	case at.Index == nil && x.normal:
		x.stream.Normals(dst, int64(d.first+at.First), d.row)
	case at.Index == nil:
		x.stream.Uniforms(dst, int64(d.first+at.First), d.row)
	case x.normal:
		for n, j := range at.Index {
			dst[n] = x.stream.Normal(int64(d.first)+int64(j), d.row)
		}
	default:
		for n, j := range at.Index {
			dst[n] = x.stream.Uniform(int64(d.first)+int64(j), d.row)
		}
	}
}

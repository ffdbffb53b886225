package connectivity

import (
	"math"

	"hearpipe/internal/expr"
)

// interval is the targets lo:hi.
type interval struct{ lo, hi int }

// bounder gives the targets of row i among which all pairs of a condition are: disjoint intervals, ascending.
type bounder func(i int) []interval

// bound reads limits of j from the text of a condition. What it does not understand bounds nothing, and limits are widened
// by a target or two against rounding: the condition itself decides.
func (b *rows) bound(n expr.Node) (bounder, error) {
	if b.sameInRow(n) {
		p, err := b.compileRow(n)
		if err != nil {
			return nil, err
		}
		return func(i int) []interval {
			if p.value(i) != 0 {
				return b.whole()
			}
			return nil
		}, nil
	}
	switch n := n.(type) {
	case *expr.Binary:
		if n.Op != "and" && n.Op != "or" {
			break
		}
		x, err := b.bound(n.X)
		if err != nil {
			return nil, err
		}
		y, err := b.bound(n.Y)
		if err != nil {
			return nil, err
		}
		join, buffer := intersect, []interval(nil)
		if n.Op == "or" {
			join = unite
		}
		return func(i int) []interval {
			left := append([]interval(nil), x(i)...)
			buffer = join(buffer[:0], left, y(i))
			return buffer
		}, nil
	case *expr.Compare:
		return b.comparisons(n)
	}
	return func(int) []interval { return b.whole() }, nil
}

// comparisons bounds a chain: all its links must hold.
func (b *rows) comparisons(n *expr.Compare) (bounder, error) {
	var links []func(i int) interval
	for k, op := range n.Ops {
		link, err := b.comparison(op, n.Operands[k], n.Operands[k+1])
		if err != nil {
			return nil, err
		}
		if link != nil {
			links = append(links, link)
		}
	}
	buffer := make([]interval, 1)
	return func(i int) []interval {
		r := interval{0, b.space.Post.N}
		for _, link := range links {
			one := link(i)
			r.lo, r.hi = max(r.lo, one.lo), min(r.hi, one.hi)
		}
		if r.lo >= r.hi {
			return nil
		}
		buffer[0] = r
		return buffer
	}, nil
}

// mirrored is the operator with its operands exchanged.
var mirrored = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}

// comparison bounds "x op y", nil if it does not.
func (b *rows) comparison(op string, x, y expr.Node) (func(i int) interval, error) {
	if op == "!=" {
		return nil, nil
	}
	for _, side := range []struct {
		abs, limit expr.Node
		op         string
	}{{x, y, op}, {y, x, mirrored[op]}} {
		call, ok := side.abs.(*expr.Call)
		if !ok || call.Func != "abs" || side.op == ">" || side.op == ">=" || !b.sameInRow(side.limit) {
			continue
		}
		if _, own := b.names().Lookup("abs"); own {
			continue
		}
		f, err := b.linear(call.Args[0])
		if f == nil || err != nil {
			return nil, err
		}
		limit, err := b.compileRow(side.limit)
		if err != nil {
			return nil, err
		}
		return func(i int) interval {
			c, r := f(i)
			k := limit.value(i)
			if c == 0 {
				return interval{0, b.space.Post.N}
			}
			return b.between((-k-r)/c, (k-r)/c)
		}, nil
	}
	f, err := b.linear(expr.NewBinary("-", x, y))
	if f == nil || err != nil {
		return nil, err
	}
	return func(i int) interval {
		c, r := f(i)
		root := -r / c
		switch {
		case c == 0:
			return interval{0, b.space.Post.N}
		case op == "==":
			return b.between(root, root)
		case (op == "<" || op == "<=") == (c > 0):
			return b.between(math.Inf(-1), root)
		}
		return b.between(root, math.Inf(1))
	}, nil
}

// linear splits an expression into c*j + r with c and r the same in a row; nil if it is not of this form.
func (b *rows) linear(n expr.Node) (func(i int) (c, r float64), error) {
	l, ok := expr.LinearIn(n, []string{postIndex})
	if !ok || l.Coefficients[0] == nil || !b.sameInRow(l.Coefficients[0]) || l.Constant != nil && !b.sameInRow(l.Constant) {
		return nil, nil
	}
	slope, err := b.compileRow(l.Coefficients[0])
	if err != nil {
		return nil, err
	}
	if l.Constant == nil {
		return func(i int) (float64, float64) { return slope.value(i), 0 }, nil
	}
	rest, err := b.compileRow(l.Constant)
	if err != nil {
		return nil, err
	}
	return func(i int) (float64, float64) { return slope.value(i), rest.value(i) }, nil
}

// between is the targets from x to y (in any order), widened by one on each side; all of them where a limit is NaN.
func (b *rows) between(x, y float64) interval {
	n := b.space.Post.N
	if x != x || y != y {
		return interval{0, n}
	}
	lo, hi := math.Floor(min(x, y))-1, math.Ceil(max(x, y))+2
	return interval{int(min(max(lo, 0), float64(n))), int(min(max(hi, 0), float64(n)))}
}

// intersect appends what two ascending lists share.
func intersect(to, x, y []interval) []interval {
	for len(x) > 0 && len(y) > 0 {
		lo, hi := max(x[0].lo, y[0].lo), min(x[0].hi, y[0].hi)
		if lo < hi {
			to = append(to, interval{lo, hi})
		}
		if x[0].hi < y[0].hi {
			x = x[1:]
		} else {
			y = y[1:]
		}
	}
	return to
}

// unite appends what either of two ascending lists holds.
func unite(to, x, y []interval) []interval {
	for len(x) > 0 || len(y) > 0 {
		if len(x) == 0 || len(y) > 0 && y[0].lo < x[0].lo {
			x, y = y, x
		}
		if k := len(to) - 1; k >= 0 && x[0].lo <= to[k].hi {
			to[k].hi = max(to[k].hi, x[0].hi)
		} else {
			to = append(to, x[0])
		}
		x = x[1:]
	}
	return to
}

package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// plainly is a step of a chain for one element, written from its definition.
func plainly(c ChainStep, a, v, other, s float64) float64 {
	switch c.Op {
	case ChainAdd:
		return a + v
	case ChainSub:
		return a - v
	case ChainFrom:
		return v - a
	case ChainMul:
		return a * v
	case ChainAddScalar:
		return a + s
	case ChainSubScalar:
		return a - s
	case ChainFromScalar:
		return s - a
	case ChainMulScalar:
		return a * s
	case ChainAddScaled:
		return a + float64(v*s)
	case ChainDivScalar, ChainDivAny:
		return a / s
	case ChainDiv:
		return a / v
	case ChainInto:
		return v / a
	case ChainIntoScalar:
		return s / a
	case ChainSquare:
		return a * a
	case ChainCube:
		return float64(a*a) * a
	case ChainCopy, ChainWatch:
		return a
	case ChainNeg:
		return -a
	case ChainWhere:
		if v != 0 {
			return a
		}
		return other
	}
	panic("no such operation")
}

// TestChainsGiveTheSameBits runs random chains of every length of blocks over ordinary and awkward numbers.
func TestChainsGiveTheSameBits(t *testing.T) {
	// The table: scalars, then the reciprocals of those by which ordinary division goes.
	scalars := []float64{0.001, -3, 7, 0, inf, nan, 5e-324, 1e300, -0.25}
	table := append([]float64(nil), scalars...)
	reciprocals := map[int32]int32{}
	for k, s := range scalars {
		if high, low, ok := Reciprocal(s); ok {
			reciprocals[int32(k)] = int32(len(table))
			table = append(table, high, low)
		}
	}
	if len(reciprocals) != 4 {
		t.Fatalf("%d ordinary divisors, want 4", len(reciprocals))
	}
	const count = 6 // of views
	forAllTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(31, 37))
		for n := range 300 {
			var views [][]float64
			var intact []func() bool
			for range count {
				v, ok := guarded(n, r.IntN(4))
				for i := range v {
					v[i] = r.NormFloat64()
					if r.IntN(20) == 0 {
						v[i] = awkward[r.IntN(len(awkward))]
					}
				}
				views, intact = append(views, v), append(intact, ok)
			}
			var code []ChainStep
			for len(code) < 1+n%40 {
				c := ChainStep{From: -1, To: -1, Op: ChainOp(r.IntN(int(chainOps))), View: int32(r.IntN(count)), Scalar: int32(r.IntN(len(scalars)))}
				if r.IntN(3) == 0 || len(code) == 0 {
					c.From = int32(r.IntN(count))
				}
				if r.IntN(3) == 0 {
					c.To = int32(r.IntN(count))
				}
				switch c.Op {
				case ChainWhere:
					c.Other = int32(r.IntN(count))
				case ChainDivScalar:
					at, ok := reciprocals[c.Scalar]
					if !ok {
						continue
					}
					c.Other = at
				}
				code = append(code, c)
			}
			code[len(code)-1].To = 0
			want := make([][]float64, count)
			for k, v := range views {
				want[k] = append(want[k], v...)
			}
			finite := true
			for i := range n {
				a := 0.0
				for _, c := range code {
					if c.From >= 0 {
						a = want[c.From][i]
					}
					other := math.NaN()
					if c.Op == ChainWhere {
						other = want[c.Other][i]
					}
					a = plainly(c, a, want[c.View][i], other, table[c.Scalar])
					if c.To >= 0 {
						want[c.To][i] = a
					}
					finite = finite && !(c.Op == ChainWatch && a-a != 0)
				}
			}
			if got := Chain(code, views, table, n); got != finite {
				t.Fatalf("%d elements: finite is %v, want %v\n%v", n, got, finite, code)
			}
			for k, v := range views {
				if i := differ(v, want[k]); i >= 0 {
					t.Fatalf("%d elements, element %d of view %d: %v, want %v\n%v", n, i, k, v[i], want[k][i], code)
				}
				if !intact[k]() {
					t.Fatalf("%d elements: wrote outside of view %d", n, k)
				}
			}
			if a := testing.AllocsPerRun(1, func() { Chain(code, views, table, n) }); a != 0 {
				t.Fatalf("%v allocations", a)
			}
		}
	})
}

// Every operation on its own, so that none hides behind a number that is not one.
func TestStepsOfChains(t *testing.T) {
	forAllTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(41, 43))
		for o := range chainOps {
			for _, s := range []float64{0.001, -5} {
				high, low, _ := Reciprocal(s)
				table := []float64{9, s, high, low}
				const n = 205
				views := make([][]float64, 4)
				for k := range views {
					views[k] = make([]float64, n)
					for i := range views[k] {
						views[k][i] = float64(r.IntN(5)-2) * r.Float64() // some are zero
					}
				}
				c := ChainStep{Op: o, To: 3, View: 1, Scalar: 1, Other: 2}
				want := make([]float64, n)
				for i := range want {
					want[i] = plainly(c, views[0][i], views[1][i], views[2][i], s)
				}
				Chain([]ChainStep{c}, views, table, n)
				if i := differ(views[3], want); i >= 0 {
					t.Errorf("operation %d: %v, want %v", o, views[3][i], want[i])
				}
			}
		}
	})
}

// TestWatchedElementsAreAllSeen covers every length and place; the scalar steps before make unused lanes infinite, which must not
// count.
func TestWatchedElementsAreAllSeen(t *testing.T) {
	code := []ChainStep{{Op: ChainIntoScalar, From: 0, To: 1, Scalar: 0}, {Op: ChainWatch, From: -1, To: -1}, {Op: ChainIntoScalar, From: -1, To: -1, Scalar: 0}}
	forAllTiers(t, func(t *testing.T) {
		for n := range 200 {
			views := [][]float64{filled(n, 0.5), filled(n, 0)}
			if !Chain(code, views, []float64{1}, n) {
				t.Fatalf("%d finite numbers are not", n)
			}
			for i := range n {
				for _, v := range []float64{0, nan} {
					views[0][i] = v
					if Chain(code, views, []float64{1}, n) {
						t.Fatalf("1/%v at %d of %d counts as finite", v, i, n)
					}
				}
				views[0][i] = 0.5
			}
		}
	})
}

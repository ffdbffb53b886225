package expr

import (
	"math"
	"testing"
)

// TestWatchedVectorsAreSeen watches vectors that chains, other operations, or nobody writes, in blocks that are shorter than the run,
// and compares with a look at the values; results stay the same.
func TestWatchedVectorsAreSeen(t *testing.T) {
	const n = 45
	for _, text := range []string{"x = 2*x + y/3\ny = y*x - 1", "x = exp(x)\ny = 2*y + x/s", "x = x\ny = y + 1", "y = where(x > 0, y/s*2, 5) + x"} {
		list, err := ParseStatements(text, Options{})
		if err != nil {
			t.Fatal(err)
		}
		p, err := CompileStatements(list, bench(), CompileOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, names := range [][]string{nil, {"x"}, {"y"}, {"y", "x"}} {
			for at := -1; at < n; at++ {
				for _, odd := range []float64{math.NaN(), math.Inf(-1), 1e308} {
					x, y := make([]float64, n), make([]float64, n)
					for i := range x {
						x[i], y[i] = 0.25*float64(i%7)-0.5, float64(i)
					}
					if at >= 0 {
						x[at] = odd
					}
					data, scalars := map[string][]float64{"x": x, "y": y}, map[string]float64{"s": 0.3}
					plain, want := bind(p, 16, data, n, scalars)
					plain.Run(0, n)
					m, own := bind(p, 16, data, n, scalars)
					var slots []int
					finite := true
					for _, name := range names {
						if slot := p.VectorSlot(name); slot >= 0 {
							slots = append(slots, slot)
							for _, v := range want[name] {
								finite = finite && v-v == 0
							}
						}
					}
					m.Watch(slots...)
					m.Run(0, n)
					if m.Finite() != finite {
						t.Fatalf("%s, %v watched, %v at %d: finite is %v", text, names, odd, at, m.Finite())
					}
					for name := range want {
						for i := range want[name] {
							if !same(own[name][i], want[name][i]) {
								t.Fatalf("%s: %s of %d is %v, want %v", text, name, i, own[name][i], want[name][i])
							}
						}
					}
				}
			}
		}
	}
}

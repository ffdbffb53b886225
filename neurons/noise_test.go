package neurons_test

import (
	"context"
	"math"
	"testing"

	"hearpipe/neurons"
	"hearpipe/stages"
)

// moments are mean and variance of all values of a variable from a step on.
func moments(f stages.Frames, from int) (mean, variance float64) {
	n := 0.0
	for k := from; k < f.N; k++ {
		for _, x := range f.Row(k) {
			mean += x
			n++
		}
	}
	mean /= n
	for k := from; k < f.N; k++ {
		for _, x := range f.Row(k) {
			variance += (x - mean) * (x - mean)
		}
	}
	return mean, variance / (n - 1)
}

// TestStationaryVarianceExceedsTheContinuousOneByItsFactor: the exact drift followed by noise at the end of the step makes
// the variance of dx/dt = -x/tau + sqrt(2/tau)*xi larger than 1 by 2h/(1-exp(-2h)) with h = dt/tau.
func TestStationaryVarianceExceedsTheContinuousOneByItsFactor(t *testing.T) {
	for _, c := range []struct {
		tau  string
		want float64
	}{{"10*ms", 1.0100333}, {"5*ms", 1.0201333}, {"1*ms", 1.1033311}} {
		p := neurons.GroupParams{N: 400, Equations: "dx/dt = -x/tau + (2/tau)**.5*xi : 1\ntau = " + c.tau + " : second", Frames: 6000, Seed: 1}
		mean, variance := moments(trace(t, p, "x"), 1000)
		// 400 cells of 500 ms: at least 400*500/(2*10) = 10,000 independent values, relative standard error of the
		// variance sqrt(2/10000) = 1.4 %; three of them.
		if math.Abs(variance/c.want-1) > 0.042 || math.Abs(mean) > 0.03 {
			t.Errorf("tau %s: mean %.4f, variance %.4f: want 0, %.4f", c.tau, mean, variance, c.want)
		}
	}
}

// TestVarianceFactorIsExact checks the same without chance: the variance of the recursion follows from its two factors,
// which are those of two deterministic runs.
func TestVarianceFactorIsExact(t *testing.T) {
	for _, c := range []struct{ tau, want float64 }{{10e-3, 1.0100333}, {5e-3, 1.0201333}, {1e-3, 1.1033311}} {
		p := neurons.GroupParams{
			N: 1, Equations: "dx/dt = -x/tau : 1\ntau = T : second", Constants: constants("T", c.tau), Init: map[string]string{"x": "1"}, Frames: 1,
		}
		decay := trace(t, p, "x").At(0, 0)
		step := 2 / c.tau * 1e-4 // square of sqrt(2/tau)*sqrt(dt)
		if got := step / (1 - decay*decay); math.Abs(got-c.want) > 1e-7 {
			t.Errorf("tau %g s: %.8f, want %.7f", c.tau, got, c.want)
		}
	}
}

func TestNoiseIsIndependentUnlessNamed(t *testing.T) {
	const equations = `
		da/dt = xi/second**.5 : 1
		db/dt = xi/second**.5 : 1
		dc/dt = xi_c/second**.5 : 1
		dd/dt = xi_c/second**.5 : 1
		de/dt = u/second : 1
		df/dt = u/second : 1
		u = xi*second**.5 : 1`
	p := neurons.GroupParams{N: 3000, Equations: equations, Frames: 2, Record: []string{"a", "b", "c", "d", "e", "f"}, Seed: 5}
	first := map[string][]float64{}
	second := map[string][]float64{}
	for _, name := range p.Record {
		f, err := stages.Collect(context.Background(), group(t, p).Variable(name))
		if err != nil {
			t.Fatal(err)
		}
		first[name] = append([]float64(nil), f.Row(0)...)
		for c := range first[name] {
			second[name] = append(second[name], f.At(1, c)-f.At(0, c))
		}
	}
	correlation := func(x, y []float64) float64 {
		xy, xx, yy := 0.0, 0.0, 0.0
		for i := range x {
			xy, xx, yy = xy+x[i]*y[i], xx+x[i]*x[i], yy+y[i]*y[i]
		}
		return xy / math.Sqrt(xx*yy)
	}
	const none = 0.08 // more than four standard errors of 1/sqrt(3000)
	for _, pair := range []struct {
		what string
		x, y []float64
		same bool
	}{
		{"plain xi of two equations", first["a"], first["b"], false},
		{"a noise by name", first["c"], first["d"], true},
		{"a static equation", first["e"], first["f"], true},
		{"a name and a plain xi", first["a"], first["c"], false},
		{"two steps", first["a"], second["a"], false},
		{"neighbouring cells", first["a"][:2999], first["a"][1:], false},
	} {
		r := correlation(pair.x, pair.y)
		if pair.same && r != 1 && math.Abs(r-1) > 1e-12 || !pair.same && math.Abs(r) > none {
			t.Errorf("%s: correlation %.3f, same noise: %t", pair.what, r, pair.same)
		}
	}
	mean, variance := 0.0, 0.0
	for _, x := range first["a"] {
		mean += x / 3000
		variance += x * x / 3000
	}
	// Increments have the variance dt = 1e-4; standard errors 1e-2/sqrt(3000) and dt*sqrt(2/3000).
	if math.Abs(mean) > 4e-2/math.Sqrt(3000) || math.Abs(variance-1e-4) > 4e-4*math.Sqrt(2./3000) {
		t.Errorf("increments have mean %g and variance %g, want 0 and 1e-4", mean, variance)
	}
}

func TestSeedAndNameChooseTheNoise(t *testing.T) {
	run := func(seed uint64, name string) float64 {
		p := neurons.GroupParams{Name: name, Seed: seed, N: 1, Equations: "dv/dt = xi/second**.5 : 1", Frames: 1}
		return trace(t, p, "v").At(0, 0)
	}
	a := run(1, "left")
	if run(1, "left") != a {
		t.Error("the same seed and name give other noise")
	}
	if run(2, "left") == a || run(1, "right") == a {
		t.Error("another seed or name gives the same noise")
	}
}

func TestRandomNumbersOfAResetAreDrawnPerCellAndStep(t *testing.T) {
	p := neurons.GroupParams{N: 2000, Threshold: "i % 2 == 0", Reset: "w = rand()", Equations: "w : 1", Frames: 2, Seed: 9}
	f := trace(t, p, "w")
	seen := map[float64]bool{}
	sum := 0.0
	for k := range 2 {
		for c, x := range f.Row(k) {
			if c%2 == 1 {
				if x != 0 {
					t.Fatalf("cell %d did not fire and has %g", c, x)
				}
				continue
			}
			if seen[x] || x < 0 || x >= 1 {
				t.Fatalf("cell %d has %g in frame %d: drawn twice or out of range", c, x, k)
			}
			seen[x] = true
			sum += x
		}
	}
	if mean := sum / 2000; math.Abs(mean-0.5) > 4*0.289/math.Sqrt(2000) {
		t.Errorf("mean %g, want 0.5", mean)
	}
}

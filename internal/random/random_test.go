package random

import (
	"math"
	"slices"
	"testing"
)

func TestVectorFormsEqualScalarOnesHoweverCut(t *testing.T) {
	s := New(1, "anf", "xi", 0)
	const n = 300
	u, z := make([]float64, n), make([]float64, n)
	for _, base := range []int64{0, 7, 1 << 40, 1<<62 + 1} {
		for i := range n {
			u[i], z[i] = s.Uniform(base+int64(i), 77), s.Normal(base+int64(i), 77)
		}
		for _, size := range []int{1, 2, 3, 7, 32, 299, 300} {
			got := make([]float64, n)
			for lo := 0; lo < n; lo += size {
				s.Uniforms(got[lo:min(lo+size, n)], base+int64(lo), 77)
			}
			if !slices.Equal(got, u) {
				t.Errorf("uniforms from %d in pieces of %d differ", base, size)
			}
			for lo := 0; lo < n; lo += size {
				s.Normals(got[lo:min(lo+size, n)], base+int64(lo), 77)
			}
			if !slices.Equal(got, z) {
				t.Errorf("normals from %d in pieces of %d differ", base, size)
			}
		}
	}
}

func TestEveryPartOfTheNameMatters(t *testing.T) {
	streams := map[Stream]string{}
	for name, s := range map[string]Stream{
		"base": New(1, "anf", "xi", 0), "seed": New(2, "anf", "xi", 0), "path": New(1, "ihc", "xi", 0), "purpose": New(1, "anf", "eta", 0),
		"ordinal": New(1, "anf", "xi", 1), "moved border": New(1, "an", "fxi", 0), "long": New(1, "a node with a long path", "xi", 0),
		"longer": New(1, "a node with a long path\x00", "xi", 0), "negative": New(1, "anf", "xi", -1), "empty": New(1, "", "", 0),
	} {
		if other, taken := streams[s]; taken {
			t.Errorf("%s and %s are the same stream", name, other)
		}
		streams[s] = name
	}
}

// The names are part of the results: a change of the hash changes every simulation.
func TestNumbersStayWhatTheyAre(t *testing.T) {
	s := New(1, "anf", "xi", 0)
	got := []float64{s.Uniform(0, 0), s.Uniform(5, 1000), s.Normal(0, 0), s.Normal(5, 1000)}
	want := []float64{0.695195103739166, 0.22966693292495177, -0.9042619762744813, -0.29278949312432095}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// moments of n numbers: mean, variance, skewness, excess kurtosis.
func moments(x []float64) (m [4]float64) {
	n := float64(len(x))
	for _, v := range x {
		m[0] += v / n
	}
	var m3, m4 float64
	for _, v := range x {
		d := v - m[0]
		m[1] += d * d / n
		m3 += d * d * d / n
		m4 += d * d * d * d / n
	}
	m[2] = m3 / math.Pow(m[1], 1.5)
	m[3] = m4/(m[1]*m[1]) - 3
	return m
}

// kolmogorov is √n times the largest distance between the distribution of x and cdf. For the right distribution its mean is
// 0.869, its standard deviation 0.26, and it exceeds 2.5 once in 130,000 samples.
func kolmogorov(x []float64, cdf func(float64) float64) float64 {
	x = slices.Sorted(slices.Values(x))
	n, worst := float64(len(x)), 0.0
	for i, v := range x {
		f := cdf(v)
		worst = max(worst, f-float64(i)/n, float64(i+1)/n-f)
	}
	return worst * math.Sqrt(n)
}

func correlation(x, y []float64) float64 {
	mx, my := moments(x), moments(y)
	sum := 0.0
	for i := range x {
		sum += (x[i] - mx[0]) * (y[i] - my[0])
	}
	return sum / float64(len(x)) / math.Sqrt(mx[1]*my[1])
}

// The seeds are fixed, so that these statistical tests either pass always or never. Limits are about 4 standard errors.
func TestDistributions(t *testing.T) {
	const n = 200_000
	normal := func(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) }
	uniform := func(x float64) float64 { return x }
	root := math.Sqrt(n)
	const seeds = 6
	sums := make(map[string]float64)
	for seed := uint64(1); seed <= seeds; seed++ {
		s := New(seed, "anf", "xi", 0)
		z, u := make([]float64, n), make([]float64, n)
		fill := map[string]func(){
			"along the index": func() { s.Normals(z, 0, 9); s.Uniforms(u, 0, 9) },
			"along the step": func() {
				for i := range z {
					z[i], u[i] = s.Normal(3, int64(i)), s.Uniform(3, int64(i))
				}
			},
		}
		for name, f := range fill {
			f()
			m := moments(z)
			if math.Abs(m[0]) > 4/root || math.Abs(m[1]-1) > 4*math.Sqrt2/root || math.Abs(m[2]) > 4*math.Sqrt(6)/root || math.Abs(m[3]) > 4*math.Sqrt(24)/root {
				t.Errorf("seed %d, %s: mean, variance, skewness, excess of normals %v", seed, name, m)
			}
			d := kolmogorov(z, normal)
			if sums["normals "+name] += d; d > 2.5 {
				t.Errorf("seed %d, %s: normals are %v from normal", seed, name, d)
			}
			m = moments(u)
			if math.Abs(m[0]-0.5) > 4*math.Sqrt(1.0/12)/root || math.Abs(m[1]-1.0/12) > 4*math.Sqrt(1.0/180)/root {
				t.Errorf("seed %d, %s: mean, variance of uniforms %v", seed, name, m)
			}
			d = kolmogorov(u, uniform)
			if sums["uniforms "+name] += d; d > 2.5 {
				t.Errorf("seed %d, %s: uniforms are %v from uniform", seed, name, d)
			}
			if slices.Min(u) < 0 || slices.Max(u) >= 1 {
				t.Errorf("seed %d, %s: uniforms outside [0, 1): %v to %v", seed, name, slices.Min(u), slices.Max(u))
			}
		}
	}
	for name, sum := range sums {
		if mean := sum / seeds; math.Abs(mean-0.869) > 4*0.26/math.Sqrt(seeds) {
			t.Errorf("%s: distances are %v in the mean", name, mean)
		}
	}
}

func TestNeighboursAreUncorrelated(t *testing.T) {
	const n = 200_000
	limit := 4 / math.Sqrt(n)
	s := New(1, "anf", "xi", 0)
	draw := func(s Stream, first, step int64) []float64 {
		z := make([]float64, n)
		s.Normals(z, first, step)
		return z
	}
	base := draw(s, 0, 5)
	squares := func(x []float64) []float64 {
		y := make([]float64, len(x))
		for i, v := range x {
			y[i] = v * v
		}
		return y
	}
	uniforms := make([]float64, n)
	s.Uniforms(uniforms, 0, 5)
	even, odd := make([]float64, n/2), make([]float64, n/2)
	for i := range even {
		even[i], odd[i] = base[2*i], base[2*i+1]
	}
	if r := correlation(squares(even), squares(odd)); math.Abs(r) > limit*math.Sqrt2 {
		t.Errorf("the squares of a pair are correlated: %v", r)
	}
	for name, other := range map[string][]float64{
		"next index": draw(s, 1, 5), "index after that": draw(s, 2, 5), "next step": draw(s, 0, 6), "next seed": draw(New(2, "anf", "xi", 0), 0, 5),
		"next ordinal": draw(New(1, "anf", "xi", 1), 0, 5), "other path": draw(New(1, "anf2", "xi", 0), 0, 5), "uniforms": uniforms,
	} {
		if r := correlation(base, other); math.Abs(r) > limit {
			t.Errorf("%s: correlation %v, limit %v", name, r, limit)
		}
		if r := correlation(squares(base), squares(other)); math.Abs(r) > limit {
			t.Errorf("%s: correlation of the squares %v, limit %v", name, r, limit)
		}
	}
}

func TestNumbersAllocateNothing(t *testing.T) {
	s := New(1, "anf", "xi", 0)
	dst := make([]float64, 33)
	if n := testing.AllocsPerRun(100, func() {
		s.Normals(dst, 1, 2)
		s.Uniforms(dst, 1, 2)
		dst[0] = s.Normal(1, 2) + s.Uniform(1, 2)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

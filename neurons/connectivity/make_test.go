package connectivity

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"hearpipe/internal/expr"
)

func space(pre, post int) Space {
	v := Vector{Data: make([]float64, post)}
	for j := range v.Data {
		v.Data[j] = float64((7 * j) % 5)
	}
	x := Vector{Data: make([]float64, pre)}
	for i := range x.Data {
		x.Data[i] = float64(3*i%7) - 2
	}
	return Space{
		Pre: Side{N: pre, Vectors: map[string]Vector{"x_pre": x}}, Post: Side{N: post, Vectors: map[string]Vector{"v_post": v}},
		Scope: &expr.Scope{Symbols: map[string]expr.Symbol{"K": expr.ConstantSymbol(expr.IntegerValue(4))}}, Seed: 1, Path: "synapses",
	}
}

func list(t *testing.T, s Space, p Params) string {
	t.Helper()
	pairs, err := Make(s, p)
	if err != nil {
		t.Fatalf("%+v: %v", p, err)
	}
	var b strings.Builder
	for k := range pairs.Len() {
		fmt.Fprintf(&b, " %d-%d", pairs.Pre[k], pairs.Post[k])
	}
	return strings.TrimSpace(b.String())
}

func TestDescriptionsGiveThePairsTheySay(t *testing.T) {
	for _, c := range []struct {
		pre, post int
		p         Params
		want      string
	}{
		{2, 3, Params{}, "0-0 0-1 0-2 1-0 1-1 1-2"},
		{3, 3, Params{OneToOne: true}, "0-0 1-1 2-2"},
		{3, 3, Params{I: []int{2, 0, 2}, J: []int{1, 0, 1}}, "2-1 0-0 2-1"},
		{3, 4, Params{Condition: "i == j"}, "0-0 1-1 2-2"},
		{3, 3, Params{Condition: "i != j"}, "0-1 0-2 1-0 1-2 2-0 2-1"},
		{4, 4, Params{Condition: "abs(i-j) < 2 and i != j"}, "0-1 1-0 1-2 2-1 2-3 3-2"},
		{3, 3, Params{Condition: "j == (i+1) % N_post"}, "0-1 1-2 2-0"},
		{2, 2, Params{Condition: "i == j", N: 2}, "0-0 1-1 0-0 1-1"},
		{5, 5, Params{Condition: "2*j == i"}, "0-0 2-1 4-2"},
		{3, 9, Params{Condition: "K*i <= j < K*i+2"}, "0-0 0-1 1-4 1-5 2-8"},
		{2, 4, Params{Condition: "i == 1"}, "1-0 1-1 1-2 1-3"},
		{4, 4, Params{Targets: "i"}, "0-0 1-1 2-2 3-3"},
		{3, 3, Params{Targets: "N_post-1-i"}, "0-2 1-1 2-0"},
		{4, 4, Params{Targets: "k for k in range(i-1, i+2) if k != i", SkipInvalid: true}, "0-1 1-0 1-2 2-1 2-3 3-2"},
		{3, 9, Params{Targets: "2*k+1 for k in range(i)"}, "1-1 2-1 2-3"},
		{2, 9, Params{Targets: "k for k in range(8, i, -3)"}, "0-8 0-5 0-2 1-8 1-5 1-2"},
		{2, 5, Params{Targets: "k for k in sample(1, 4, size=3)"}, "0-1 0-2 0-3 1-1 1-2 1-3"},
		{2, 3, Params{Targets: "k for k in sample(N_post, p=1)"}, "0-0 0-1 0-2 1-0 1-1 1-2"},
		{2, 3, Params{Targets: "j for j in range(N_post) if j > i"}, "0-1 0-2 1-2"},
		{3, 1, Params{Sources: 3}, "0-0 1-0 2-0"},
		{3, 3, Params{P: "0"}, ""},
		{2, 2, Params{P: "1"}, "0-0 0-1 1-0 1-1"},
		{3, 3, Params{P: "j == 1"}, ""},
		{0, 3, Params{}, ""},
	} {
		if c.p.P == "j == 1" { // a condition is no probability
			if _, err := Make(space(c.pre, c.post), c.p); err == nil || !strings.Contains(err.Error(), "probability is a number") {
				t.Errorf("probability %q: error %v", c.p.P, err)
			}
			continue
		}
		if got := list(t, space(c.pre, c.post), c.p); got != c.want {
			t.Errorf("%+v:\n got %s\nwant %s", c.p, got, c.want)
		}
	}
}

// Whatever the bounds make of a condition, the pairs are those of testing all of them. Conditions are put together at random.
func TestBoundsDoNotChangeConditions(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	sides := []string{"i", "j", "i+1", "2*j", "j-3", "-j", "N_post-1-j", "(i*3)%7", "K", "i//2", "v_post", "x_pre", "j/3", "i-j", "j*x_pre", "0*j"}
	ops := []string{"<", "<=", ">", ">=", "==", "!="}
	simple := func() string {
		a, b, op := sides[r.IntN(len(sides))], sides[r.IntN(len(sides))], ops[r.IntN(len(ops))]
		switch r.IntN(4) {
		case 0:
			return fmt.Sprintf("abs(%s-%s) %s %s", a, b, op, sides[r.IntN(len(sides))])
		case 1:
			return fmt.Sprintf("%s %s %s %s %s", a, op, b, ops[r.IntN(4)], sides[r.IntN(len(sides))])
		case 2:
			return fmt.Sprintf("K %s abs(%s)", op, a)
		}
		return fmt.Sprintf("%s %s %s", a, op, b)
	}
	pruned := 0
	for range 400 {
		text := simple()
		for range r.IntN(3) {
			text = fmt.Sprintf("(%s) %s (%s)", text, []string{"and", "or"}[r.IntN(2)], simple())
		}
		if r.IntN(6) == 0 {
			text = "not (" + text + ")"
		}
		s := space(6, 13)
		got := list(t, s, Params{Condition: text})
		b := &rows{space: s, make: &maker{space: s}}
		n, _, err := b.parse(text)
		if err != nil {
			t.Fatal(err)
		}
		p, err := b.compile(n, "condition")
		if err != nil {
			t.Fatal(err)
		}
		among, err := b.bound(n)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for i := range s.Pre.N {
			for j, x := range slices.Clone(p.run(i, interval{0, s.Post.N})) {
				if x != 0 {
					want = append(want, fmt.Sprintf("%d-%d", i, j))
				}
			}
			width, last := 0, -1
			for _, v := range among(i) {
				if v.lo <= last || v.hi > s.Post.N || v.lo >= v.hi && s.Post.N > 0 && v.lo > v.hi {
					t.Fatalf("%s: intervals %v", text, among(i))
				}
				width, last = width+v.hi-v.lo, v.hi
			}
			if width < s.Post.N {
				pruned++
			}
		}
		if got != strings.Join(want, " ") {
			t.Fatalf("%s:\n got %s\nwant %s", text, got, strings.Join(want, " "))
		}
	}
	if pruned < 500 {
		t.Errorf("only %d of 2400 rows were bounded: the bounds do nothing", pruned)
	}
}

// A million cells connected to their neighbours would be 10^12 pairs: without bounds this test would not end.
func TestLocalConnectionsDoNotCostAllPairs(t *testing.T) {
	s := space(100_000, 100_000)
	for _, c := range []struct {
		text string
		want int
	}{
		{"abs(i-j) < 3 and i != j", 4*100_000 - 6},
		{"i == j or j == (i+1) % N_post", 200_000},
		{"i-2 <= j and j <= i", 3*100_000 - 3},
	} {
		pairs, err := Make(s, Params{Condition: c.text})
		if err != nil {
			t.Fatal(err)
		}
		if pairs.Len() != c.want {
			t.Errorf("%s: %d pairs, want %d", c.text, pairs.Len(), c.want)
		}
	}
}

// Numbers of pairs are binomial; five standard deviations fail by chance less than once in a million.
func TestProbabilitiesAreMet(t *testing.T) {
	for _, c := range []struct {
		p    Params
		want func(i, j int) float64
	}{
		{Params{P: "0.02"}, func(i, j int) float64 { return 0.02 }},
		{Params{P: "0.7"}, func(i, j int) float64 { return 0.7 }},
		{Params{P: "i/N_pre"}, func(i, j int) float64 { return float64(i) / 300 }},
		{Params{P: "exp(-abs(i-j)/20.0)"}, func(i, j int) float64 { return math.Exp(-math.Abs(float64(i-j)) / 20) }},
		{Params{P: "0.1", Condition: "i != j"}, func(i, j int) float64 {
			if i == j {
				return 0
			}
			return 0.1
		}},
		{Params{Condition: "rand() < 0.25"}, func(i, j int) float64 { return 0.25 }},
		{Params{Targets: "k for k in sample(N_post, p=0.3)"}, func(i, j int) float64 { return 0.3 }},
		{Params{Targets: "k for k in range(N_post) if rand() < 0.4", P: "0.5"}, func(i, j int) float64 { return 0.2 }},
	} {
		s := space(300, 400)
		pairs, err := Make(s, c.p)
		if err != nil {
			t.Fatal(err)
		}
		mean, variance := 0.0, 0.0
		columns := make([]float64, 400)
		for i := range 300 {
			for j := range 400 {
				p := c.want(i, j)
				mean, variance = mean+p, variance+p*(1-p)
				columns[j] += p
			}
		}
		if d := float64(pairs.Len()) - mean; math.Abs(d) > 5*math.Sqrt(variance) {
			t.Errorf("%+v: %d pairs, want %.0f +- %.0f", c.p, pairs.Len(), mean, math.Sqrt(variance))
		}
		got := make([]float64, 400)
		for k := range pairs.Len() {
			got[pairs.Post[k]]++
			if k > 0 && pairs.Pre[k] == pairs.Pre[k-1] && pairs.Post[k] <= pairs.Post[k-1] {
				t.Fatalf("%+v: targets of a row are not ascending", c.p)
			}
		}
		for j := range got {
			if math.Abs(got[j]-columns[j]) > 6*math.Sqrt(columns[j])+1 {
				t.Errorf("%+v: %g sources of target %d, want about %g", c.p, got[j], j, columns[j])
			}
		}
	}
}

func TestFixedSourcesAreDifferentAndUniform(t *testing.T) {
	s := space(50, 2000)
	pairs, err := Make(s, Params{Sources: 7})
	if err != nil {
		t.Fatal(err)
	}
	in, out := make([]int, 2000), make([]int, 50)
	seen := map[[2]int32]bool{}
	for k := range pairs.Len() {
		in[pairs.Post[k]]++
		out[pairs.Pre[k]]++
		pair := [2]int32{pairs.Pre[k], pairs.Post[k]}
		if seen[pair] {
			t.Fatalf("pair %v twice", pair)
		}
		seen[pair] = true
		if k > 0 && pairs.Pre[k] < pairs.Pre[k-1] {
			t.Fatal("pairs are not ordered by source")
		}
	}
	for j, n := range in {
		if n != 7 {
			t.Fatalf("%d sources of target %d, want 7", n, j)
		}
	}
	for i, n := range out { // binomial, mean 280, deviation 15.5
		if n < 200 || n > 360 {
			t.Errorf("%d targets of source %d, want about 280", n, i)
		}
	}
}

func TestRandomPairsDependOnTheNameOnly(t *testing.T) {
	whole, err := Make(space(40, 60), Params{P: "0.3"})
	if err != nil {
		t.Fatal(err)
	}
	part := space(10, 60) // sources 15:25 of the same group
	part.Pre.First = 15
	some, err := Make(part, Params{P: "0.3"})
	if err != nil {
		t.Fatal(err)
	}
	k := slices.Index(whole.Pre, 15)
	for n := range some.Len() {
		if some.Pre[n]+15 != whole.Pre[k+n] || some.Post[n] != whole.Post[k+n] {
			t.Fatalf("pair %d of the part is not that of the whole", n)
		}
	}
	// So are the sources of targets 20:40, samples, and conditions with random numbers.
	for _, p := range []Params{{Sources: 7}, {Targets: "k for k in sample(N_post, size=5)"}, {Condition: "rand() < 0.2"}, {P: "0.2+0*j"}} {
		whole, err := Make(space(40, 60), p)
		if err != nil {
			t.Fatal(err)
		}
		part, from, to := space(40, 20), int32(0), int32(20)
		part.Post.First = 20
		if p.Targets != "" { // a sample is that of the source, from all targets
			part, from, to = space(10, 60), 15, 0
			part.Pre.First = 15
		}
		some, err := Make(part, p)
		if err != nil {
			t.Fatal(err)
		}
		there := map[[2]int32]bool{}
		for n := range some.Len() {
			there[[2]int32{some.Pre[n] + from, some.Post[n] + to}] = true
		}
		for n, i := range whole.Pre {
			j := whole.Post[n]
			if inside := i >= from && int(i-from) < part.Pre.N && j >= to && int(j-to) < part.Post.N; inside && !there[[2]int32{i, j}] {
				t.Fatalf("%+v: the part lacks %d to %d", p, i, j)
			} else if inside {
				delete(there, [2]int32{i, j})
			}
		}
		if len(there) > 0 || some.Len() == 0 {
			t.Errorf("%+v: the part has %d pairs more than the whole, of %d", p, len(there), some.Len())
		}
	}
	other := space(40, 60)
	other.Call = 1
	if again, err := Make(other, Params{P: "0.3"}); err != nil || slices.Equal(again.Post, whole.Post) {
		t.Errorf("another call gives the same pairs (%v)", err)
	}
}

func TestMistakesAreExplained(t *testing.T) {
	for _, c := range []struct {
		p    Params
		want string
	}{
		{Params{I: []int{0}, J: []int{5}}, "index arrays: j[0] = 5: want 0 to 2, the target has 3 cells"},
		{Params{I: []int{-1}, J: []int{0}}, "index arrays: i[0] = -1: want 0 to 3, the source has 4 cells"},
		{Params{I: []int{0, 1}, J: []int{0}}, "index arrays: 2 values of i, but 1 of j"},
		{Params{I: []int{0}}, "both i and j are needed"},
		{Params{OneToOne: true}, "one to one between 4 source and 3 target cells: want equal numbers"},
		{Params{Sources: 5}, "5 sources for each target: want 1 to 4"},
		{Params{P: "1.5"}, "a probability of 1.5: want 0 to 1"},
		{Params{P: "3*mV"}, "a probability is a number without dimension"},
		{Params{Condition: "i + j"}, "a condition such as i != j is needed"},
		{Params{Condition: "i == k"}, "line 1, column 6: unknown name k"},
		{Params{Condition: "i == j", Targets: "i"}, "given by a condition and by targets: want one of them"},
		{Params{Targets: "k for k in range(i-1, i+2)"}, "a target of i = 0 is -1: want 0 to 2, the target has 3 cells"},
		{Params{Targets: "i/2"}, "a target of i = 1 is 0.5: want a whole number"},
		{Params{Targets: "k for i in range(3)"}, "i is already the name of something else"},
		{Params{Targets: "k for k in list(3)"}, "expected range(...) or sample(...), found list"},
		{Params{Targets: "k for k in sample(3)"}, "sample needs p=PROBABILITY or size=NUMBER"},
		{Params{Targets: "k for k in sample(3, size=4)"}, "the size for i = 0 is 4: want a whole number, 0 to 3"},
		{Params{Targets: "k for k in range(0, 3, 0)"}, "the step is 0"},
		{Params{Targets: "k for k in range(3) if k"}, "expected a condition such as k != i"},
		{Params{Targets: "k for k in range(rand())"}, "an argument of range may depend on i"},
		{Params{Targets: "k for k in range(3) while k"}, "expected if or the end, found while"},
		{Params{Targets: "k for k"}, "expected: for NAME in range(...)"},
		{Params{N: -1}, "-1 synapses per pair: want 1 or more"},
		{Params{Most: 11}, "more than 11 synapses"},
		{Params{Most: 23, N: 2}, "more than 23 synapses"},
		{Params{Most: 2, Condition: "i == j"}, "more than 2 synapses"},
		{Params{Most: 2, Sources: 1}, "more than 2 synapses"},
		{Params{Most: 2, Targets: "0"}, "more than 2 synapses"},
		{Params{Most: 2, I: []int{0, 1, 2}, J: []int{0, 1, 2}}, "more than 2 synapses"},
	} {
		_, err := Make(space(4, 3), c.p)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v:\n got %v\nwant %s", c.p, err, c.want)
		}
	}
}

// All pairs of these cells would need more than 70 GB.
func TestTooManyPairsAreRefusedBeforeTheyAreMade(t *testing.T) {
	if _, err := Make(Space{Pre: Side{N: 100_000}, Post: Side{N: 100_000}}, Params{}); err == nil || !strings.Contains(err.Error(), "more than 2147483647 synapses") {
		t.Error(err)
	}
}

func TestTextsAreCheckedWithoutCells(t *testing.T) {
	for _, c := range []struct {
		p    Params
		want string
	}{
		{Params{Condition: "i == k"}, "unknown name k"},
		{Params{P: "2"}, "a probability of 2"},
		{Params{Targets: "k for k in range(x)"}, "unknown name x"},
		{Params{Condition: "i == j", Sources: 2}, "want one of them"},
		{Params{Targets: "k for k in sample(N_post, size=100)"}, ""},
		{Params{Sources: 100}, ""},
		{Params{Condition: "x_pre > v_post", P: "exp(-abs(i-j)/10)"}, ""},
	} {
		err := Check(space(2, 3), c.p)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.p, err, c.want)
		}
	}
}

package expr

import (
	"math"
	"strings"
	"testing"

	"hearpipe/units"

	"pgregory.net/rapid"
)

// same compares bits; all NaN are equal.
func same(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || a != a && b != b
}

// vectors draws the values of the vectors of bench, special ones among them.
func vectors(t *rapid.T, n int) map[string][]float64 {
	value := rapid.OneOf(
		rapid.Float64Range(-3, 3),
		rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 1, -1, 2, 3, 0.5, math.Inf(1), math.Inf(-1), math.NaN(), 1e300, -1e300, 1e-310}),
	)
	data := make(map[string][]float64)
	for _, name := range []string{"x", "y", "r", "n", "flag", "V", "w"} {
		v := make([]float64, n)
		for i := range v {
			switch name {
			case "n":
				v[i] = float64(rapid.IntRange(-3, 3).Draw(t, name))
			case "flag":
				v[i] = float64(rapid.IntRange(0, 1).Draw(t, name))
			default:
				v[i] = value.Draw(t, name)
			}
		}
		data[name] = v
	}
	return data
}

// bind returns a machine with copies of the data.
func bind(p *Program, block int, data map[string][]float64, size int, scalars map[string]float64) (*Machine, map[string][]float64) {
	m := p.NewMachineBlock(block)
	own := make(map[string][]float64)
	for slot, v := range p.Vectors() {
		own[v.Name] = append([]float64(nil), data[v.Name]...)
		if own[v.Name] == nil {
			own[v.Name] = make([]float64, size)
		}
		m.SetVector(slot, own[v.Name])
	}
	for slot, name := range p.Scalars() {
		m.SetScalar(slot, scalars[name])
	}
	m.SetRandom(noise{})
	return m, own
}

// fused are expressions with superinstructions, by themselves, in series and with operands in common.
var fused = []string{
	"x*s + y", "y + 2*x", "y - 3*x", "x*s + 2*y", "2*x - 0.3*y", "s*x - s*y", "x + 0*y", "2*x + x", "x - 2*x", "2*x + 3*x", "x + (y + 2*r)*s", "(2*x + 3*y)*2 + s*(x - 2*y)",
	"3*clip(x, 0, inf)**(1/3)", "clip(x, 0, 2)**(1/3)", "clip(x, s, 1)**(1/3)*s", "clip(x, 0, 1)**(1/3)*clip(x, 0, 1)", "clip(x, 0, inf)**(1/3)*s + 2*clip(y, -1, 1)**(1/3)",
	"15*cbrt(clip(x, 0, inf))", "cbrt(clip(x, -2, s))", "cbrt(clip(x, s, 1))*s + cbrt(clip(x, s, 1))", "clip(x, 0, inf)**(1/3) + clip(x, 0, inf)**(1/3)", "-1*x + y*0", "2*clip(x, 0, 1) + 3*(y + 2*x)",
	"2*x + 3*y + s*r", "x - 2*y - s*r + 4*x", "2*x + 3", "s - 2*x", "2*x - s", "2*x - 3", "x + y + r", "x - y - r - 1", "1 + x + y", "s + x*s - y + 3*r", "r + (2*x + y)", "r - (2*x + y)",
	"2*x + 3*y + 4*r + 5*x + 6*y + 7", "2*x + 1 + 3*y + s + r", "x + y + (x + y)*2 + (r + x + y)", "(x + 2*y) + (r + 2*x)", "x - x", "x*0 + s*y - 0", "(x - 0) - 0*y",
}

func TestProgramsHaveTheBitsOfTheTree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		condition := rapid.Bool().Draw(t, "condition")
		text := generate(t, rapid.IntRange(0, 5).Draw(t, "depth"), condition)
		if !condition && rapid.Bool().Draw(t, "fused") {
			text = rapid.SampledFrom(fused).Draw(t, "form") // random texts have few of them
		}
		n, err := Parse(text, Options{})
		if err != nil {
			t.Fatal(err)
		}
		scope := bench()
		p, err := Compile(n, scope)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		size := rapid.IntRange(1, 20).Draw(t, "size")
		data := vectors(t, size)
		scalars := map[string]float64{"s": rapid.SampledFrom([]float64{0.3, 2, 3, 0.5, -1, 0, math.NaN()}).Draw(t, "s"), "t": 0.013}
		draws := make(map[Node]int)
		numberDraws(draws, n)
		want := make([]float64, size)
		for i := range want {
			e := &reference{scope: scope, element: i, draws: draws, values: map[string]float64{"s": scalars["s"], "t": scalars["t"]}}
			for name, v := range data {
				e.values[name] = v[i]
			}
			want[i] = e.eval(n)
		}
		for _, block := range []int{1, 3, size, 256} {
			m, own := bind(p, block, data, size, scalars)
			cut := rapid.IntRange(0, size).Draw(t, "cut")
			m.Run(0, cut)
			m.Run(cut, size)
			for i, got := range own[Result] {
				if !same(got, want[i]) {
					t.Fatalf("%s\nelement %d, block %d: got %g, want %g\n%s", text, i, block, got, want[i], p)
				}
			}
		}
		// Listed elements, in any order; the others keep their values.
		m, own := bind(p, 3, data, size, scalars)
		chosen := rapid.Permutation(indices(size)).Draw(t, "chosen")[:rapid.IntRange(0, size).Draw(t, "count")]
		for i := range own[Result] {
			own[Result][i] = 77
		}
		m.RunAt(chosen)
		hit := make([]bool, size)
		for _, i := range chosen {
			hit[i] = true
		}
		for i, got := range own[Result] {
			if hit[i] && !same(got, want[i]) || !hit[i] && got != 77 {
				t.Fatalf("%s\nRunAt, element %d of %v: got %g, want %g", text, i, chosen, got, want[i])
			}
		}
		// Evaluation of constants has the same bits.
		if len(draws) == 0 {
			i := rapid.IntRange(0, size-1).Draw(t, "element")
			fixed := &Scope{Symbols: make(map[string]Symbol), Parent: scope}
			for name, v := range data {
				sym, _ := scope.Lookup(name)
				fixed.Symbols[name] = ConstantSymbol(Value{Type: sym.Type, X: v[i]})
			}
			for name, x := range scalars {
				sym, _ := scope.Lookup(name)
				fixed.Symbols[name] = ConstantSymbol(Value{Type: sym.Type, X: x})
			}
			v, err := EvalNode(n, fixed)
			if err != nil || !same(v.X, want[i]) {
				t.Fatalf("%s evaluated: got %v (%v), want %g", text, v, err, want[i])
			}
			folded, err := Compile(n, fixed)
			if err != nil {
				t.Fatal(err)
			}
			m, own := bind(folded, 4, nil, 1, nil)
			m.Run(0, 1)
			if !same(own[Result][0], want[i]) {
				t.Fatalf("%s folded: got %g, want %g", text, own[Result][0], want[i])
			}
		}
	})
}

func indices(n int) []int32 {
	list := make([]int32, n)
	for i := range list {
		list[i] = int32(i)
	}
	return list
}

func TestStatementsTakeEffectInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var lines []string
		locals := []string{}
		for range rapid.IntRange(1, 8).Draw(t, "lines") {
			target := rapid.SampledFrom(append([]string{"x", "y", "x", "y", "_a", "_b"}, locals...)).Draw(t, "target")
			op := rapid.SampledFrom([]string{"=", "=", "+=", "-=", "*=", "/="}).Draw(t, "op")
			value := generate(t, rapid.IntRange(0, 2).Draw(t, "depth"), false)
			if len(locals) > 0 && rapid.Bool().Draw(t, "use") {
				value = rapid.SampledFrom(locals).Draw(t, "local")
			}
			if target[0] == '_' {
				if !strings.Contains(strings.Join(locals, " "), target) {
					op = "="
					locals = append(locals, target)
					value = "1.0*" + value // a local keeps the type of its first value
				}
			}
			lines = append(lines, target+" "+op+" "+value)
		}
		text := strings.Join(lines, "\n")
		list, err := ParseStatements(text, Options{})
		if err != nil {
			t.Fatal(err)
		}
		scope := bench()
		p, err := CompileStatements(list, scope, CompileOptions{Locals: true})
		if err != nil {
			t.Skip(err) // a local read before it is assigned
		}
		size := rapid.IntRange(1, 9).Draw(t, "size")
		data := vectors(t, size)
		scalars := map[string]float64{"s": 0.3, "t": 0.013}
		draws := make(map[Node]int)
		for _, s := range list {
			numberDraws(draws, s.Value)
		}
		want := map[string][]float64{"x": make([]float64, size), "y": make([]float64, size)}
		for i := range size {
			e := &reference{scope: scope, element: i, draws: draws, values: map[string]float64{"s": 0.3, "t": 0.013}}
			for name, v := range data {
				e.values[name] = v[i]
			}
			for _, s := range list {
				x := e.eval(s.Value)
				switch s.Op {
				case "+=":
					x = e.values[s.Target] + x
				case "-=":
					x = e.values[s.Target] - x
				case "*=":
					x = float64(e.values[s.Target] * x)
				case "/=":
					x = e.values[s.Target] / x
				}
				e.values[s.Target] = x
			}
			want["x"][i], want["y"][i] = e.values["x"], e.values["y"]
		}
		run := func(how string, start func(*Machine), block int) {
			m, own := bind(p, block, data, size, scalars)
			start(m)
			for name, w := range want {
				got, used := own[name]
				if !used {
					got = data[name]
				}
				for i := range got {
					if !same(got[i], w[i]) {
						t.Fatalf("%s\n%s, block %d: %s[%d] = %g, want %g\n%s", text, how, block, name, i, got[i], w[i], p)
					}
				}
			}
		}
		for _, block := range []int{1, 4, 256} {
			run("Run", func(m *Machine) { m.Run(0, size) }, block)
			run("RunAt", func(m *Machine) { m.RunAt(indices(size)) }, block)
		}
	})
}

func TestSwappedVectorsDoNotMix(t *testing.T) {
	for text, want := range map[string][2]float64{
		"_a = x; x = y; y = _a":     {2, 1},
		"x = y; y = 0":              {2, 0},
		"y = x; x = 5":              {5, 1},
		"_a = x+y; x = x-y; y = _a": {-1, 3},
		"_a = x+y; y = x; x = _a":   {3, 1},
		"x = x":                     {1, 2},
		"x = 2*x; y = x":            {2, 2},
		"_a = 3*x; x = _a; y = _a":  {3, 3},

		"_a = x; _b = y; x = _b; y = _a; x += 0*_a":  {2, 1},
		"_a = y*10; _b = x*100; x = _a; y = _b + _a": {20, 120},
	} {
		list, _ := ParseStatements(text, Options{})
		p, err := CompileStatements(list, bench(), CompileOptions{Locals: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []bool{false, true} {
			m, own := bind(p, 2, map[string][]float64{"x": {1, 1, 1}, "y": {2, 2, 2}}, 3, nil)
			if at {
				m.RunAt([]int32{2, 1, 0})
			} else {
				m.Run(0, 3)
			}
			for name, k := range map[string]int{"x": 0, "y": 1} {
				if own[name] == nil {
					continue // not touched
				}
				for i, got := range own[name] {
					if got != want[k] {
						t.Errorf("%s: %s[%d] = %g, want %g\n%s", text, name, i, got, want[k], p)
					}
				}
			}
		}
	}
}

func TestListingsShowSharingAndFolding(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"x**2 + x**2", "r0 = square(x)\nresult = add(r0, r0)\n"},
		{"x**k", "result = square(x)\n"},
		{"x**(1/2)", "result = sqrt(x)\n"},
		{"x**-1 + x**3", "r0 = reciprocal(x)\nr1 = cube(x)\nresult = add(r0, r1)\n"},
		{"3*clip(x, 0, inf)**(1/3)", "result = compress(x, 0, inf, 3)\n"},
		{"exp(-t/tau)*x + exp(-t/tau)", "s1 = neg(t)\ns3 = div(s1, 0.02)\ns4 = exp(s3)\nresult = sum(x, s4, s4)\n"},
		{"(V - 5 mV)/tau", "r0 = sub(V, 0.005)\nresult = div(r0, 0.02)\n"},
		{"1 - x", "result = sub(1, x)\n"},
		{"2 < x < y", "r0 = greater(x, 2)\nr1 = less(x, y)\nresult = and(r0, r1)\n"},
		{"where(x > 0, x, 0)", "r0 = fill(0)\nr1 = greater(x, 0)\nresult = where(r1, x, r0)\n"},
		{"2*3 + 4", "result = copy(10)\n"},
		{"x", "result = copy(x)\n"},
		{"s", "result = copy(s)\n"},
		{"double(double(V)) + double(2 V)", "r0 = double(V)\nr1 = double(r0)\nresult = add(r1, 4)\n"},
		{"lookup(t)+lookup(t)", "r0 = fill(t)\nr1 = lookup(r0)\nresult = add(r1, r1)\n"},
		{"rand() - rand()", "r0 = rand()\nr1 = rand()\nresult = sub(r0, r1)\n"},
		{"xi*sqrt(tau) + xi*sqrt(tau)", "r0 = xi()\nr0 = mul(r0, 0.1414213562373095)\nresult = add(r0, r0)\n"},
		{"x + 0*y", "result = sum(x, 1, y, 0)\n"}, // 0*y is NaN where y is infinite
		{"clip(x, 0, 1)**(1/3)", "result = compress(x, 0, 1, 1)\n"},
		{"15*cbrt(clip(x, 0, inf))", "result = compressroot(x, 0, inf, 15)\n"},
		{"cbrt(clip(x, 0, 1))", "result = compressroot(x, 0, 1, 1)\n"},
		{"clip(x, 0, s)**(1/3) + clip(x, 0, s)", "r0 = clip(x, 0, s)\nr1 = pow(r0, 0.3333333333333333)\nresult = add(r1, r0)\n"}, // two readers
		{"clip(x, 0, y)**(1/3)", "r0 = fill(0)\nr1 = clip(x, r0, y)\nresult = pow(r1, 0.3333333333333333)\n"},
		{"clip(x, 0, 1)**(1/3)*s + y", "r0 = compress(x, 0, 1, s)\nresult = add(r0, y)\n"},
		{"x*s - 2*y", "result = sum(x, s, y, -2)\n"},
		{"y - 3*x", "result = sum(y, 1, x, -3)\n"},
		{"y - s*x", "r0 = mul(x, s)\nresult = sub(y, r0)\n"}, // s is not known yet
		{"3*x - y", "result = sum(x, 3, y, -1)\n"},
		{"3*x + 3*x", "r0 = mul(x, 3)\nresult = add(r0, r0)\n"},
		{"(3*x + y)*(3*x)", "r0 = mul(x, 3)\nr1 = add(r0, y)\nresult = mul(r1, r0)\n"}, // two readers
		{"x + (y + 2*r)*s", "r0 = sum(y, 1, r, 2)\nresult = sum(x, 1, r0, s)\n"},
		{"2*x - 3 + y", "r0 = sum(x, 2, -3)\nresult = add(r0, y)\n"}, // a scalar is the last
		{"2*x - s", "r0 = mul(x, 2)\nresult = sub(r0, s)\n"},
		{"y + (2*x + r)", "result = sum(x, 2, r, 1, y, 1)\n"},
		{"2*x + 3*y + 4*r + 5*x + 6*y + 7", "r0 = sum(x, 2, y, 3, r, 4, x, 5)\nresult = sum(r0, 1, y, 6, 7)\n"},
		{"x + y + r + 1", "result = sum(x, 1, y, 1, r, 1, 1)\n"},
	} {
		n, err := Parse(c.text, Options{})
		if err != nil {
			t.Fatal(err)
		}
		p, err := Compile(n, bench())
		if err != nil {
			t.Fatal(err)
		}
		if got := p.String(); got != c.want {
			t.Errorf("%s\n got %q\nwant %q", c.text, got, c.want)
		}
	}
}

func TestDrawsAreNumberedInTheOrderOfTheText(t *testing.T) {
	list, err := ParseStatements("x = rand()*randn(); y = xi*sqrt(tau) + rand() + xi*sqrt(tau)", Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := CompileStatements(list, bench(), CompileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := []Draw{{"rand", 0}, {"randn", 1}, {"xi", 0}, {"rand", 2}}
	got := p.Draws()
	if len(got) != len(want) {
		t.Fatal(got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("draw %d: %v, want %v", i, got[i], want[i])
		}
	}
	// A substituted place in the text stays one draw.
	u, _ := Parse("randn()*y", Options{})
	n, _ := Parse("u - 2*u", Options{})
	q, err := Compile(Substitute(n, map[string]Node{"u": u}), bench())
	if err != nil || len(q.Draws()) != 1 {
		t.Errorf("%v draws (%v)", q.Draws(), err)
	}
	if _, err := Compile(u, &Scope{Symbols: map[string]Symbol{"y": {Role: Vector}}}); err == nil ||
		message(err) != "line 1, column 1: randn() is not allowed here" {
		t.Error(err)
	}
}

func TestUserFunctionsSeeTheirElements(t *testing.T) {
	n, _ := Parse("double(V) + lookup(t)", Options{})
	p, err := Compile(n, bench())
	if err != nil {
		t.Fatal(err)
	}
	data := map[string][]float64{"V": {10, 20, 30, 40, 50}}
	m, own := bind(p, 2, data, 5, map[string]float64{"t": 0.25})
	m.Run(1, 5)
	for i, want := range []float64{0, 41.25, 62.25, 83.25, 104.25} {
		if own[Result][i] != want {
			t.Errorf("element %d: %g, want %g", i, own[Result][i], want)
		}
	}
	m.RunAt([]int32{0, 4})
	if own[Result][0] != 20.25 || own[Result][4] != 104.25 {
		t.Error(own[Result])
	}
}

func TestVectorsAreDescribed(t *testing.T) {
	list, _ := ParseStatements("V = w*s; x += V/(1 mV)", Options{})
	p, err := CompileStatements(list, bench(), CompileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	volt := FloatType(units.DimVoltage)
	want := map[string]VectorInfo{"V": {"V", volt, false, true}, "w": {"w", volt, true, false}, "x": {"x", Type{}, true, true}}
	if len(p.Vectors()) != len(want) {
		t.Error(p.Vectors())
	}
	for i, v := range p.Vectors() {
		if v != want[v.Name] || p.VectorSlot(v.Name) != i {
			t.Errorf("%+v", v)
		}
	}
	if p.VectorSlot("r") != -1 || p.ScalarSlot("t") != -1 || p.ScalarSlot("s") != 0 {
		t.Error("slots")
	}
}

func TestRunsAllocateNothing(t *testing.T) {
	list, _ := ParseStatements("V = V + (w-V)*exp(-t/tau)*s + double(w)*rand(); x = where(V > w and x < 3, clip(x, y, 1), lookup(t)/(1 V))", Options{})
	p, err := CompileStatements(list, bench(), CompileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	m, _ := bind(p, 64, nil, 1000, map[string]float64{"s": 1, "t": 2})
	index := indices(1000)[100:300]
	m.RunAt(index)
	if n := testing.AllocsPerRun(20, func() { m.SetScalar(0, 3); m.Run(0, 1000); m.RunAt(index) }); n != 0 {
		t.Errorf("%g allocations per run", n)
	}
}

func TestMisuseOfAMachinePanics(t *testing.T) {
	n, _ := Parse("x+y", Options{})
	p, _ := Compile(n, bench())
	for name, f := range map[string]func(){
		"unbound": func() { p.NewMachine().Run(0, 3) },
		"short":   func() { m, _ := bind(p, 4, map[string][]float64{"x": {1, 2, 3}, "y": {1, 2}}, 3, nil); m.Run(0, 3) },
		"order":   func() { m, _ := bind(p, 4, nil, 9, nil); m.Run(5, 3) },
		"block":   func() { p.NewMachineBlock(0) },
	} {
		func() {
			defer func() {
				if s, ok := recover().(string); !ok || !strings.HasPrefix(s, "expr: ") {
					t.Errorf("%s: no panic with a constant string", name)
				}
			}()
			f()
		}()
	}
}

func TestRepeatedSubstitutionStaysSmall(t *testing.T) {
	n, _ := Parse("x", Options{})
	double, _ := Parse("v*v - v", Options{})
	for range 200 {
		n = Substitute(double, map[string]Node{"v": n})
	}
	p, err := Compile(n, bench())
	if err != nil {
		t.Fatal(err)
	}
	if p.Operations() != 400 {
		t.Errorf("%d operations", p.Operations())
	}
	if names := Identifiers(n); len(names) != 1 {
		t.Error(names)
	}
	// Towers of powers are looked at once too.
	text := strings.Repeat("x**(", 100) + "2" + strings.Repeat(")", 100)
	tower, err := Parse(text, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Check(tower, bench()); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkLeakyIntegrateAndFire(b *testing.B) {
	list, _ := ParseStatements("V = V + 0.1 ms*((w-V)/tau) + 0.01*xi*V*sqrt(tau)", Options{})
	p, err := CompileStatements(list, bench(), CompileOptions{})
	if err != nil {
		b.Fatal(err)
	}
	const cells = 4096
	m, _ := bind(p, 256, nil, cells, nil)
	m.SetRandom(zero{})
	b.ReportAllocs()
	for b.Loop() {
		m.Run(0, cells)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/cells, "ns/cell")
	b.ReportMetric(float64(p.Operations()), "operations")
}

type zero struct{}

// Fill fills zeros.
func (zero) Fill(_ int, dst []float64, _ Elements) { clear(dst) }

func TestFunctionsMayWriteBeforeTheyRead(t *testing.T) {
	scope := bench()
	scope.Symbols["reverse"] = Symbol{Role: FunctionName, Function: &Function{
		Name: "reverse", Args: []units.Dimension{units.Dimensionless},
		Elements: func(dst []float64, args [][]float64, _ Elements) {
			clear(dst)
			for k := range dst {
				dst[k] = args[0][len(dst)-1-k]
			}
		},
	}}
	for _, text := range []string{"x = reverse(x)", "x = reverse(2*x)/2", "x = reverse(reverse(reverse(x)))"} {
		list, _ := ParseStatements(text, Options{})
		p, err := CompileStatements(list, scope, CompileOptions{})
		if err != nil {
			t.Fatal(err)
		}
		m, own := bind(p, 8, map[string][]float64{"x": {1, 2, 3}}, 3, nil)
		m.Run(0, 3)
		if x := own["x"]; x[0] != 3 || x[1] != 2 || x[2] != 1 {
			t.Errorf("%s: %v\n%s", text, x, p)
		}
	}
}

func TestASharedNodeFollowsTheStatements(t *testing.T) {
	// One node in two statements: its names have the values of their time, its draws are the same.
	shared, _ := Parse("x + 0*rand()", Options{})
	list, _ := ParseStatements("y = u; x = 5; w = (u + rand())*1 V", Options{})
	for i := range list {
		list[i].Value = Substitute(list[i].Value, map[string]Node{"u": shared})
	}
	p, err := CompileStatements(list, bench(), CompileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Draws()) != 2 {
		t.Errorf("draws %v", p.Draws())
	}
	m, own := bind(p, 8, map[string][]float64{"x": {1}}, 1, nil)
	m.SetRandom(zero{})
	m.Run(0, 1)
	if own["y"][0] != 1 || own["x"][0] != 5 || own["w"][0] != 5 {
		t.Errorf("%v\n%s", own, p)
	}
}

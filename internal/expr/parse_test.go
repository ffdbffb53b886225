package expr

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// full prints an expression with all parentheses.
func full(n Node) string {
	switch n := n.(type) {
	case *Unary:
		return "(" + n.Op + " " + full(n.X) + ")"
	case *Binary:
		return "(" + full(n.X) + " " + n.Op + " " + full(n.Y) + ")"
	case *Compare:
		s := "(" + full(n.Operands[0])
		for i, op := range n.Ops {
			s += " " + op + " " + full(n.Operands[i+1])
		}
		return s + ")"
	case *Call:
		var args []string
		for _, a := range n.Args {
			args = append(args, full(a))
		}
		return n.Func + "(" + strings.Join(args, ", ") + ")"
	case *List:
		var items []string
		for _, a := range n.Items {
			items = append(items, full(a))
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	return n.String()
}

func TestPrecedenceIsThatOfPython(t *testing.T) {
	for text, want := range map[string]string{
		"a+b*c":               "(a + (b * c))",
		"a-b-c":               "((a - b) - c)",
		"a/b/c":               "((a / b) / c)",
		"a/b*c":               "((a / b) * c)",
		"a//b%c":              "((a // b) % c)",
		"-a**b":               "(- (a ** b))",
		"a**-b":               "(a ** (- b))",
		"a**b**c":             "(a ** (b ** c))",
		"2**-1*3":             "((2 ** (- 1)) * 3)",
		"-a*b":                "((- a) * b)",
		"-a+b":                "((- a) + b)",
		"--a":                 "(- (- a))",
		"+-a":                 "(+ (- a))",
		"a*-b":                "(a * (- b))",
		"not a and b":         "((not a) and b)",
		"not a == b":          "(not (a == b))",
		"not not a":           "(not (not a))",
		"a or b and c":        "(a or (b and c))",
		"a and not b or c":    "((a and (not b)) or c)",
		"a < b + 1":           "(a < (b + 1))",
		"a < b < c":           "(a < b < c)",
		"a < b == c != d":     "(a < b == c != d)",
		"(a < b) < c":         "((a < b) < c)",
		"a > 1 and b <= 2":    "((a > 1) and (b <= 2))",
		"(a+b)*c":             "((a + b) * c)",
		"(-a)**2":             "((- a) ** 2)",
		"f(a, -b, (c))":       "f(a, (- b), c)",
		"f()":                 "f()",
		"f(a,)":               "f(a)",
		"f(a)**2":             "(f(a) ** 2)",
		"1/5 ms":              "(1 / 5 ms)",
		"-60 mV":              "(- 60 mV)",
		"5 ms**2":             "(5 ms ** 2)",
		"3 V/2 mA":            "(3 V / 2 mA)",
		"5ms":                 "5 ms",
		"1e3Hz + 1e-3 s":      "(1e3 Hz + 1e-3 s)",
		"60 dB-3 dB":          "(60 dB - 3 dB)",
		".5*3.":               "(.5 * 3.)",
		"1 and x":             "(1 and x)",
		"a + # comment\n b":   "(a + b)",
		"a \\\n + b":          "(a + b)",
		"[1, 2 Hz,]":          "[1, 2 Hz]",
		"$a*'x'":              "($a * 'x')",
		`"it's"`:              `"it's"`,
		"True or False":       "(True or False)",
		"(2/(1*ms))**.5":      "((2 / (1 * ms)) ** .5)",
		"a%b":                 "(a % b)",
		"τ*déjà_vu2":          "(τ * déjà_vu2)",
		"x>0*mV":              "(x > (0 * mV))",
		"0.2*xi*(2/tau)**0.5": "((0.2 * xi) * ((2 / tau) ** 0.5))",
	} {
		n, err := Parse(text, Options{Params: true, Strings: true, Lists: true})
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := full(n); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

func TestPlacesCoverTheText(t *testing.T) {
	text := "  (a+b)*sin( c ) - not_a  < 3 mV**2 "
	n, err := Parse(text, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	Walk(n, func(n Node) bool {
		src, start, end := n.Span()
		got = append(got, src.Text[start:end])
		return true
	})
	want := []string{
		"(a+b)*sin( c ) - not_a  < 3 mV**2", "(a+b)*sin( c ) - not_a", "(a+b)*sin( c )", "a+b", "a", "b", "sin( c )", "c",
		"not_a", "3 mV**2", "3 mV", "2",
	}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestStatementsAreSplit(t *testing.T) {
	list, err := ParseStatements("\n v = 0*mV; w += 3*mV # kick\n\n x *= (1 +\n   2) ;; y -= \\\n 4\nz /= 2;", Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range list {
		got = append(got, s.String())
	}
	want := "v = 0*mV|w += 3*mV|x *= 1 + 2|y -= 4|z /= 2"
	if strings.Join(got, "|") != want {
		t.Errorf("got %s, want %s", strings.Join(got, "|"), want)
	}
	s := list[1]
	if text := s.Src.Text; text[s.Start:s.End] != "w += 3*mV" || text[s.Start:s.TargetEnd] != "w" || text[s.OpStart:s.OpStart+2] != "+=" {
		t.Errorf("places of %+v", s)
	}
}

func TestPrintedExpressionsAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := generate(t, 4, false)
		n, err := Parse(text, Options{})
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		again, err := Parse(n.String(), Options{})
		if err != nil {
			t.Fatalf("%s printed as %s: %v", text, n, err)
		}
		if full(again) != full(n) {
			t.Fatalf("%s printed as %s means %s", full(n), n, full(again))
		}
		if !Equal(n, again) {
			t.Fatalf("%s and %s are not equal", n, again)
		}
	})
}

func TestDeepNestingIsRefused(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("(", 1e5), strings.Repeat("-", 1e5) + "1", strings.Repeat("f(", 1e5), strings.Repeat("2**", 1e5) + "2",
		strings.Repeat("not ", 1e5) + "a",
	} {
		if _, err := Parse(text, Options{}); err == nil || !strings.Contains(err.Error(), "nested more than") {
			t.Errorf("%.10s...: %.80v", text, err)
		}
	}
	if _, err := Parse(strings.Repeat("1+", 2e5)+"1", Options{}); err == nil || !strings.Contains(err.Error(), "more than 100000 parts") {
		t.Errorf("%.80v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"dv/dt", "(I-v)/(1*ms) + 0.2*xi*(2/(1*ms))**.5", "v > 1 and not w", "3*clip(x, 0, inf)**(1/3)", "5 ms", "$a + 'b'",
		"1 < x <= 3 mV", "a = 1; b += 2\nc = [1, 2]", "x\\\n+1", "2**2**2**-1", "V**3//V", "linspace(0, 1, 5)", "60 dB - $level",
	} {
		f.Add(text)
	}
	opt := Options{Params: true, Strings: true, Lists: true}
	f.Fuzz(func(t *testing.T, text string) {
		scope := bench()
		if list, err := ParseStatements(text, opt); err == nil {
			_, _ = CompileStatements(list, scope, CompileOptions{Locals: true})
		}
		n, err := Parse(text, opt)
		if err != nil {
			_ = err.Error()
			return
		}
		again, err := Parse(n.String(), opt)
		if err != nil || full(again) != full(n) {
			t.Fatalf("%q printed as %q: %v", text, n, err)
		}
		if p, err := Compile(n, scope); err == nil {
			m := p.NewMachineBlock(4)
			for s := range p.Vectors() {
				m.SetVector(s, make([]float64, 6))
			}
			m.SetRandom(noise{})
			m.Run(0, 6)
		}
		if !strings.Contains(text, "space") && !strings.Contains(text, "arange") { // long lists are slow
			_, _ = EvalNode(n, scope)
		}
	})
}

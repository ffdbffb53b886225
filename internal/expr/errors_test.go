package expr

import (
	"errors"
	"strings"
	"testing"

	"hearpipe/units"
)

// bench is the scope of the tests: vectors x, y (numbers), V, w (volt), flag; scalars t, gain_;
// constants tau, El (a wrong one, in seconds) and k; functions double and lookup.
func bench() *Scope {
	volt := FloatType(units.DimVoltage)
	return &Scope{
		Random: true,
		Params: map[string]Value{"level": LevelValue(60), "low": QuantityValue(units.Quantity{Value: 20, Dim: units.DimFrequency})},
		Symbols: map[string]Symbol{
			"x":    {Role: Vector, Writable: true},
			"y":    {Role: Vector, Writable: true},
			"V":    {Role: Vector, Writable: true, Type: volt},
			"w":    {Role: Vector, Writable: true, Type: volt},
			"r":    {Role: Vector},
			"n":    {Role: Vector, Writable: true, Type: Type{Kind: Integer}},
			"flag": {Role: Vector, Writable: true, Type: Type{Kind: Boolean}},
			"t":    {Role: Scalar, Type: FloatType(units.DimTime)},
			"s":    {Role: Scalar},
			"xi":   {Role: Drawn, Type: FloatType(units.DimTime.Pow(units.Rat(-1, 2)))},
			"tau":  ConstantSymbol(QuantityValue(units.Quantity{Value: 0.02, Dim: units.DimTime})),
			"El":   ConstantSymbol(QuantityValue(units.Quantity{Value: 0.06, Dim: units.DimTime})),
			"k":    ConstantSymbol(IntegerValue(2)),
			"list": ConstantSymbol(ListValue(units.DimFrequency, []float64{1, 2})),
			"double": {Role: FunctionName, Function: &Function{
				Name: "double", Args: []units.Dimension{units.DimVoltage}, Result: volt,
				Scalar: func(a []float64) float64 { return 2 * a[0] },
			}},
			"lookup": {Role: FunctionName, Function: &Function{
				Name: "lookup", Args: []units.Dimension{units.DimTime}, Result: volt,
				Elements: func(dst []float64, args [][]float64, at Elements) {
					for k := range dst {
						i := at.First + k
						if at.Index != nil {
							i = int(at.Index[k])
						}
						dst[k] = args[0][k] + float64(i)
					}
				},
			}},
			"even": {Role: FunctionName, Function: &Function{
				Name: "even", Min: 1, Max: 1,
				Check: func(a []Type) (Type, error) { return Type{}, errors.New("not today") },
				Eval:  func(a []Value) (Value, error) { return Value{}, nil },
			}},
		},
	}
}

// message strips the leading "line 1, column N: " and the picture from an error of one line.
func message(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text
}

func TestMistakesAreNamedWithTheirPlace(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		// Dimensions.
		{"-(V-El)/tau", "line 1, column 3: cannot subtract El (s) from V (m^2 kg s^-3 A^-1)"},
		{"V + tau", "line 1, column 1: cannot add tau (s) to V (m^2 kg s^-3 A^-1)"},
		{"(V+0*mV)*x + 3", "line 1, column 1: cannot add 3 (1) to (V+0*mV)*x (m^2 kg s^-3 A^-1)"},
		{"V > t", "line 1, column 1: cannot compare V (m^2 kg s^-3 A^-1) with t (s)"},
		{"1 < x <= 3 mV", "line 1, column 1: cannot compare x (1) with 3 mV (m^2 kg s^-3 A^-1)"},
		{"V % tau", "line 1, column 1: cannot take V (m^2 kg s^-3 A^-1) modulo tau (s)"},
		{"V // 2", "line 1, column 1: cannot divide V (m^2 kg s^-3 A^-1) to a whole number by 2 (1)"},
		{"sin(3*volt)", "line 1, column 5: argument 1 of sin needs a number without dimension, but 3*volt is a number of dimension (m^2 kg s^-3 A^-1)"},
		{"clip(V, 0, 3)", "line 1, column 12: argument 3 of clip needs the dimension (m^2 kg s^-3 A^-1), but 3 is a number without dimension"},
		{"where(flag, V, tau)", "line 1, column 16: argument 3 of where needs the dimension (m^2 kg s^-3 A^-1) of the second argument, but tau is a number of dimension (s)"},
		{"where(x, 1, 2)", "line 1, column 7: argument 1 of where needs a condition, such as v > 0, but x is a number without dimension"},
		{"V**x", "line 1, column 4: the exponent of V must be a constant, because V has the dimension (m^2 kg s^-3 A^-1)"},
		{"V**pi", "line 1, column 4: the exponent of V, which has the dimension (m^2 kg s^-3 A^-1), must be a fraction with terms up to 1000, not 3.141592653589793"},
		{"x**V", "line 1, column 4: an exponent must be a number without dimension, but V has the dimension (m^2 kg s^-3 A^-1)"},
		{"((V**999)**999)**999", "line 1, column 2: the dimension of (V**999)**999 has exponents out of range"},
		{"double(x)", "line 1, column 8: argument 1 of double needs the dimension (m^2 kg s^-3 A^-1), but x is a number without dimension"},
		{"even(x)", "line 1, column 1: even: not today"},
		{"gain(60)", "line 1, column 6: argument 1 of gain needs a level in dB, but 60 is a number without dimension"},
		{"60 dB + 3", "line 1, column 1: cannot add 3 (1) to 60 dB (a level in dB)"},
		{"60 dB * 3 dB", "line 1, column 1: cannot compute 60 dB (a level in dB) * 3 dB (a level in dB): a level in dB can be added to a level and scaled by a number; gain(level) is its ratio of amplitudes"},
		{"60 dB * V", "line 1, column 1: cannot compute 60 dB (a level in dB) * V (m^2 kg s^-3 A^-1): a level in dB can be added to a level and scaled by a number; gain(level) is its ratio of amplitudes"},
		{"x > 60 dB", "line 1, column 1: cannot compare x (1) with 60 dB (a level in dB)"},
		{"exp(60 dB)", "line 1, column 5: argument 1 of exp needs a number without dimension, but 60 dB is a level in dB"},
		{"x and flag", "line 1, column 1: and needs conditions such as v > 0, but x is a number without dimension"},
		{"flag or V", "line 1, column 9: or needs conditions such as v > 0, but V is a number of dimension (m^2 kg s^-3 A^-1)"},
		{"not x", "line 1, column 5: not needs a condition such as v > 0, but x is a number without dimension"},
		// Names.
		{"x + tua", "line 1, column 5: unknown name tua (did you mean tau?)"},
		{"TAU*2", "line 1, column 1: unknown name TAU (did you mean tau?)"},
		{"3*Q", "line 1, column 3: unknown name Q"},
		{"20*V2", "line 1, column 4: unknown name V2 (as a unit it stands directly after a number: 2 V2)"},
		{"20*Pa", "line 1, column 4: unknown name Pa (as a unit it stands directly after a number: 2 Pa)"},
		{"20*mvot", "line 1, column 4: unknown name mvot (did you mean the unit mvolt or Mvolt?)"},
		{"x*true", "line 1, column 3: unknown name true (did you mean True?)"},
		{"expp(x)", "line 1, column 1: unknown function expp (did you mean exp?)"},
		{"doubel(V)", "line 1, column 1: unknown function doubel (did you mean double?)"},
		{"x(3)", "line 1, column 1: x is not a function"},
		{"exp + 1", "line 1, column 1: exp is a function; it needs arguments in parentheses"},
		{"double*2", "line 1, column 1: double is a function; it needs arguments in parentheses"},
		{"$lwo", "line 1, column 1: unknown parameter $lwo (did you mean $low?)"},
		{"$quite", "line 1, column 1: unknown parameter $quite (known are level, low)"},
		{"sin(x, y)", "line 1, column 1: sin needs 1 argument, found 2"},
		{"clip(x)", "line 1, column 1: clip needs 3 arguments, found 1"},
		{"arange()", "line 1, column 1: arange needs 1 to 3 arguments, found 0"},
		{"min()", "line 1, column 1: min needs at least 1 arguments, found 0"},
		{"min(x)", "line 1, column 1: min needs two or more arguments, or a list"},
		{"rand(3)", "line 1, column 1: rand needs 0 arguments, found 1"},
		{"list*2", "line 1, column 1: list*2 is a list of (s^-1); a single number is needed here"},
		{"x + len(list) + len(x)", "line 1, column 21: argument 1 of len needs a list, but x is a number without dimension"},
		{"'text'", "line 1, column 1: 'text' is a string; a single number is needed here"},
		{"'a' + 'b'", "line 1, column 1: cannot use + with a string"},
		{"'a' < 'b'", "line 1, column 1: strings can be compared with == and != only"},
		{"-'a'", "line 1, column 1: a string has no sign"},
		{"x*linspace(0, 1, x)[0]", "line 1, column 20: expected an operator or the end, found [ (lists and indices are not allowed here)"},
		// Grammar.
		{"", "line 1, column 1: expected an expression, found nothing"},
		{"  # nothing", "line 1, column 1: expected an expression, found nothing"},
		{"x +", "line 1, column 4: expected a number, a name or (, found the end of the text"},
		{"x + * y", "line 1, column 5: expected a number, a name or (, found *"},
		{"(x + y", "line 1, column 1: this ( is not closed"},
		{"x + y)", "line 1, column 6: expected an operator or the end, found )"},
		{"sin(x y)", "line 1, column 7: expected an operator or ), found y"},
		{"x y", "line 1, column 3: expected an operator or the end, found y"},
		{"x^2", "line 1, column 2: unexpected ^ (use ** for powers)"},
		{"x > 1 && y > 2", "line 1, column 7: unexpected && (use and)"},
		{"!flag", "line 1, column 1: unexpected ! (use not)"},
		{"x = 3", "line 1, column 3: unexpected = (use == to compare)"},
		{"x if flag else y", "line 1, column 3: unexpected if (use where(condition, a, b))"},
		{"x == not flag", "line 1, column 6: not needs parentheses here, such as (not x)"},
		{"5 mz", `line 1, column 3: unknown unit "mz" (did you mean ms or mV or mA?)`},
		{"2x", `line 1, column 2: unknown unit "x" (units are s, ms, Hz, kHz, V, mV, nA, nS, pF, Pa, ... and long names such as mvolt)`},
		{"1e999", "line 1, column 1: the number 1e999 is too large for a float64 (at most about 1.8e308)"},
		{"1e300 Ymetre", "line 1, column 1: the number 1e300 Ymetre is too large for a float64"},
		{"$", "line 1, column 1: $ must be followed by the name of a parameter"},
		{"'abc", "line 1, column 1: this string does not end on its line"},
		{"x @ y", "line 1, column 3: unexpected character '@'"},
		{"x \xff", "line 1, column 3: the text is not valid UTF-8 here"},
		{`x \ + y`, "line 1, column 3: a backslash continues a line and must be the last character of it"},
		{"\n\n  x +\n ?", "line 4, column 2: unexpected ? (use where(condition, a, b))"},
	} {
		n, err := Parse(c.text, Options{Params: true, Strings: true})
		if err == nil {
			_, err = Compile(n, bench())
		}
		if err == nil {
			t.Errorf("%q was accepted", c.text)
			continue
		}
		if got := message(err); got != c.want {
			t.Errorf("%q\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

func TestStatementMistakesAreNamed(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"V", "line 1, column 2: expected = or += or -= or *= or /=, found the end of the text"},
		{"V = 0*mV; 3 = x", "line 1, column 11: expected the name of a variable to assign to, found 3"},
		{"V == 3", "line 1, column 3: expected = or += or -= or *= or /=, found =="},
		{"V = 3 mA", "line 1, column 5: cannot assign 3 mA (A) to V (m^2 kg s^-3 A^-1)"},
		{"V += x", "line 1, column 6: cannot add x (1) to V (m^2 kg s^-3 A^-1)"},
		{"V -= 3*x", "line 1, column 6: cannot subtract 3*x (1) from V (m^2 kg s^-3 A^-1)"},
		{"V *= tau", "line 1, column 6: V *= needs a number without dimension, but tau is a number of dimension (s)"},
		{"flag = 1", "line 1, column 8: cannot assign 1 (1) to flag (a boolean)"},
		{"flag *= 2", "line 1, column 9: flag *= does not keep a boolean"},
		{"n = 2.5", "line 1, column 5: cannot assign 2.5 (1) to n (1)"},
		{"n /= 2", "line 1, column 6: n /= does not keep a number without dimension"},
		{"tau = 3 ms", "line 1, column 1: cannot assign to tau, which is not a variable that may be changed here"},
		{"r = 3", "line 1, column 1: cannot assign to r, which is not a variable that may be changed here"},
		{"exp = 3", "line 1, column 1: cannot assign: exp is a function; it needs arguments in parentheses"},
		{"yy = 3", "line 1, column 1: cannot assign: unknown name yy"},
		{"x = 1\ny = x +\nV = 0", "line 2, column 8: expected a number, a name or (, found the end of the statement"},
		{"x = s y = 2", "line 1, column 7: expected an operator or the end of the statement, found y"},
		{"and = 3", "line 1, column 1: expected the name of a variable to assign to, found and"},
		{"x = (1,\n 2)", "line 1, column 7: expected an operator or ), found ,"},
	} {
		list, err := ParseStatements(c.text, Options{})
		if err == nil {
			_, err = CompileStatements(list, bench(), CompileOptions{})
		}
		if err == nil {
			t.Errorf("%q was accepted", c.text)
			continue
		}
		if got := message(err); got != c.want {
			t.Errorf("%q\n got %s\nwant %s", c.text, got, c.want)
		}
	}
	for _, c := range []struct{ text, want string }{
		{"_a = V; _a = tau", "line 1, column 14: cannot assign tau (s) to _a (m^2 kg s^-3 A^-1)"},
		{"_a += V", "line 1, column 1: cannot assign: unknown name _a"},
		{"x = _a; _a = 3", "line 1, column 5: unknown name _a"},
		{"tau = 3", "line 1, column 1: cannot assign to tau, which is not a variable that may be changed here"},
	} {
		list, err := ParseStatements(c.text, Options{})
		if err == nil {
			_, err = CompileStatements(list, bench(), CompileOptions{Locals: true})
		}
		if err == nil || message(err) != c.want {
			t.Errorf("%q\n got %v\nwant %s", c.text, err, c.want)
		}
	}
}

func TestErrorsShowTheLineAndACaret(t *testing.T) {
	src := &Source{Name: "net.yaml", Text: "dV/dt = -(V-El)/tau\n\tdéjà + V - El", Line: 7, Column: 4, Indent: 6}
	n, err := src.Parse(8, 19, Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = Check(n, bench())
	want := "net.yaml: line 7, column 15: cannot subtract El (s) from V (m^2 kg s^-3 A^-1)\n" +
		"    dV/dt = -(V-El)/tau\n" +
		"              ^~~~"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	n, err = src.Parse(20, len(src.Text), Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = Check(n, bench())
	want = "net.yaml: line 8, column 8: unknown name déjà\n" +
		"    \tdéjà + V - El\n" +
		"    \t^~~~"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	var e *Error
	if !errors.As(err, &e) || e.Line != 8 || e.Column != 8 || e.Width != 4 || e.Msg != "unknown name déjà" {
		t.Errorf("fields %+v", e)
	}
}

func TestNodesWithoutASourceCanBeWrong(t *testing.T) {
	_, err := Check(&Binary{Op: "+", X: &Name{Ident: "V"}, Y: &Name{Ident: "tau"}}, bench())
	if err == nil || message(err) != "line 1, column 1: cannot add tau (s) to V (m^2 kg s^-3 A^-1)" {
		t.Error(err)
	}
}

func TestMessagesAboutRepeatedSubstitutionAreShort(t *testing.T) {
	n, _ := Parse("V", Options{})
	double, _ := Parse("v + v", Options{})
	for range 100 {
		n = Substitute(double, map[string]Node{"v": n})
	}
	sum, _ := Parse("u + tau", Options{})
	_, err := Check(Substitute(sum, map[string]Node{"u": n}), bench())
	if err == nil || message(err) != "line 1, column 1: cannot add tau (s) to v + v (m^2 kg s^-3 A^-1)" {
		t.Error(err)
	}
}

func TestAllUnknownNamesAreReportedTogether(t *testing.T) {
	n, _ := Parse("aa*x + bb(y) - aa/cc", Options{})
	_, err := Check(n, bench())
	var list Errors
	if !errors.As(err, &list) || len(list) != 3 {
		t.Fatal(err)
	}
	for i, want := range []string{"unknown name aa", "unknown function bb", "unknown name cc"} {
		if list[i].Msg != want {
			t.Errorf("%d: %s, want %s", i, list[i].Msg, want)
		}
	}
	var one *Error
	if !errors.As(err, &one) || one.Column != 1 {
		t.Error("the first mistake is not found by errors.As")
	}
	list2, _ := ParseStatements("x = aa\nzz = bb", Options{})
	_, err = CompileStatements(list2, bench(), CompileOptions{})
	if !errors.As(err, &list) || len(list) != 3 {
		t.Error(err)
	}
}

package expr

import (
	"errors"
	"math"
	"strings"
	"testing"

	"hearpipe/units"
)

// parameters is a scope like that of a pipeline: parameters and a function that returns a list.
func parameters() *Scope {
	return &Scope{
		Params: map[string]Value{
			"low": QuantityValue(units.Quantity{Value: 20, Dim: units.DimFrequency}), "channels": IntegerValue(4),
			"level": LevelValue(60), "input": TextValue("speech.wav"), "loud": BoolValue(true),
			"cf": ListValue(units.DimFrequency, []float64{100, 200, 300}),
		},
		Symbols: map[string]Symbol{
			"steps": {Role: FunctionName, Function: &Function{
				Name: "steps", Min: 3, Max: 3,
				Check: func(a []Type) (Type, error) {
					if !a[0].Fits(units.DimFrequency) {
						return Type{}, &ArgumentError{Arg: 0, Msg: "needs a frequency"}
					}
					return Type{Dim: units.DimFrequency, List: true}, nil
				},
				Eval: func(a []Value) (Value, error) {
					n, err := Count(a, 2)
					if err != nil {
						return Value{}, err
					}
					if a[1].X <= a[0].X {
						return Value{}, &ArgumentError{Arg: 1, Msg: "must be above the first"}
					}
					return ListValue(units.DimFrequency, make([]float64, n)), nil
				},
			}},
			"half": {Role: FunctionName, Function: &Function{
				Name: "half", Args: []units.Dimension{units.DimFrequency}, Result: FloatType(units.DimFrequency),
				Scalar: func(a []float64) float64 { return a[0] / 2 },
			}},
		},
	}
}

func TestValuesAreComputed(t *testing.T) {
	for text, want := range map[string]string{
		"20*ms": "20 ms", "20 ms": "20 ms", "2*$low": "40 Hz", "$low + 1 kHz": "1.02 kHz", "$channels//3": "1", "7/2": "3.5",
		"-7//2": "-4", "-7%3": "2", "7.5%2": "1.5", "2**10": "1024", "2**-1": "0.5", "9**.5": "3",
		"$level + 6 dB": "66 dB", "$level/2": "30 dB", "$level - 40 dB": "20 dB", "2*$level": "120 dB", "60 dB/20 dB": "3", "-(3 dB)": "-3 dB",
		"60*dB": "60 dB", "gain(60 dB)": "1000", "gain($level - 80 dB)": "0.1",
		"$input": "'speech.wav'", "$input == 'speech.wav'": "True", "'a' != 'a'": "False", "'a' == 'a' == 'b'": "False",
		"$loud": "True", "$loud and 2 > 1": "True", "not $loud": "False", "$loud*3": "3", "-$loud": "-1", "True + True": "2",
		"1 < 2 < 3": "True", "1 < 3 < 2": "False", "1 mV < 2 mV": "True", "$low > 0": "True", "1 == 1.0": "True",
		"$cf*2": "[200 Hz, 400 Hz, 600 Hz]", "$cf + $cf": "[200 Hz, 400 Hz, 600 Hz]", "1/$cf": "[10 ms, 5 ms, 3.3333333333333335 ms]",
		"$cf > 150 Hz": "[False, True, True]", "-$cf": "[-100 Hz, -200 Hz, -300 Hz]", "where($cf > 150 Hz, $cf, 0)": "[0 Hz, 200 Hz, 300 Hz]",
		"min($cf)": "100 Hz", "max($cf)": "300 Hz", "mean($cf)": "200 Hz", "sum($cf)": "600 Hz", "len($cf)": "3",
		"max($cf, 150 Hz)": "[150 Hz, 200 Hz, 300 Hz]", "min(3, 2, 1)": "1", "clip($cf, 0, 150 Hz)": "[100 Hz, 150 Hz, 150 Hz]",
		"linspace(0, 1, 3)": "[0, 0.5, 1]", "linspace(0 Hz, 1 kHz, 3)": "[0 Hz, 500 Hz, 1 kHz]", "linspace(5, 7, 1)": "[5]",
		"logspace(0, 2, 3)": "[1, 10, 100]", "geomspace(1 Hz, 100 Hz, 3)": "[1 Hz, 10 Hz, 100 Hz]",
		"arange(3)": "[0, 1, 2]", "arange(1, 3)": "[1, 2]", "arange(0 ms, 1 ms, 0.25 ms)": "[0 s, 250 us, 500 us, 750 us]", "arange(3, 1)": "[]",
		"arange(3, 1, -1)": "[3, 2]", "[1 mV, 2 mV, 0]": "[1 mV, 2 mV, 0 V]", "[1, 2]*[3, 4]": "[3, 8]",
		"arange(9)*10":          "[0, 10, 20, 30, 40, 50, 60, 70, ...]",
		"steps($low, 1 kHz, 2)": "[0 Hz, 0 Hz]", "half($cf)": "[50 Hz, 100 Hz, 150 Hz]", "half(3 Hz)": "1.5 Hz",
		"sqrt(4 mV**2)": "4 mV", "sqrt(4*mV**2)": "2 mV", "abs(-3 mV)": "3 mV", "sign(-3 mV)": "-1",
		"floor(2.7)": "2", "ceil(2.1)": "3", "int(-2.7)": "-2", "pi": "3.141592653589793", "inf": "+Inf", "e": "2.718281828459045",
		"1/5 ms": "200 Hz", "1/(5*ms)": "200 Hz", "3 V/2 mA": "1.5 kohm", "1 mV/ms": "1 m^2 kg s^-4 A^-1", "2 nS * 3 mV": "6 pA",
		"arctan2(1 mV, 0)": "1.5707963267948966", "hypot(3 mV, 4 mV)": "5 mV", "cbrt(27)": "3", "rectify(-3 mV)": "0 V", "log10(1000)": "3",
		"trunc(2.5)": "2", "asin(1)*2": "3.141592653589793", "0*mV + 0": "0 V", "min(0, 3 mV)": "0 V", "5 % 0": "NaN",
	} {
		v, err := Eval(text, parameters())
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if got := v.String(); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

func TestBadValuesAreExplained(t *testing.T) {
	for text, want := range map[string]string{
		"linspace(0, 1, 0)":         "line 1, column 16: argument 3 of linspace needs a whole number from 1 to 16777216, but 0 is 0",
		"linspace(0, 1, 2.5)":       "line 1, column 16: argument 3 of linspace needs a whole number from 1 to 16777216, but 2.5 is 2.5",
		"linspace(0, 1 Hz, 3 Hz)":   "line 1, column 19: argument 3 of linspace needs a whole number, but 3 Hz is a number of dimension (s^-1)",
		"linspace(0 s, 1 Hz, 3)":    "line 1, column 15: argument 2 of linspace needs the dimension (s), but 1 Hz is a number of dimension (s^-1)",
		"linspace($cf, 1 Hz, 3)":    "line 1, column 10: argument 1 of linspace needs a single value, but $cf is a list of (s^-1)",
		"arange(0, 1, 1e-12)":       "line 1, column 1: arange: a list has at most 16777216 values",
		"arange(0, 1, 0)":           "line 1, column 1: arange: a list has at most 16777216 values",
		"arange(1 ms)":              "line 1, column 1: arange: values of dimension (s) need a step as third argument",
		"geomspace(0, 1, 3)":        "line 1, column 11: argument 1 of geomspace must be positive and finite, but 0 is 0",
		"$cf + [1 Hz, 2 Hz]":        "line 1, column 1: lists of different lengths: 3 and 2",
		"[1 mV, 2]":                 "line 1, column 8: the values of a list must have one dimension, but 2 (1) differs from 1 mV (m^2 kg s^-3 A^-1)",
		"[1, [2]]":                  "line 1, column 5: a list holds numbers, but [2] is a list of (1)",
		"steps(1 s, 2 Hz, 3)":       "line 1, column 7: argument 1 of steps needs a frequency, but 1 s is a number of dimension (s)",
		"steps(3 Hz, 2 Hz, 3)":      "line 1, column 13: argument 2 of steps must be above the first, but 2 Hz is 2 Hz",
		"min([])":                   "line 1, column 5: argument 1 of min must not be empty, but [] is []",
		"rand()":                    "line 1, column 1: rand() is not allowed here",
		"$cf ** $cf":                "line 1, column 8: an exponent must be a number without dimension, but $cf has the dimension (s^-1)",
		"$low ** [1, 2]":            "line 1, column 9: the exponent of $low must be a constant, because $low has the dimension (s^-1)",
		"$input + 'x'":              "line 1, column 1: cannot use + with a string",
		"logspace(0 Hz, 1 Hz, 3)":   "line 1, column 10: argument 1 of logspace needs a number without dimension, but 0 Hz is a number of dimension (s^-1)",
		"$level + $low":             "line 1, column 1: cannot add $low (s^-1) to $level (a level in dB)",
		"mean(3)":                   "line 1, column 6: argument 1 of mean needs a list, but 3 is a number without dimension",
		"half($cf, 2)":              "line 1, column 1: half needs 1 argument, found 2",
		"where($cf > 1 Hz, 'a', 1)": "line 1, column 24: argument 3 of where needs the dimension a string of the second argument, but 1 is a number without dimension",
	} {
		_, err := Eval(text, parameters())
		if err == nil {
			t.Errorf("%s was accepted", text)
		} else if got := message(err); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
	n, _ := Parse("2*x", Options{})
	if _, err := EvalNode(n, bench()); err == nil || message(err) != "line 1, column 3: x has no constant value" {
		t.Error(err)
	}
}

func TestUnitsOfVariablesAreRead(t *testing.T) {
	for text, want := range map[string]units.Dimension{
		"volt": units.DimVoltage, "1": units.Dimensionless, "mV": units.DimVoltage, "second**(-.5)": units.DimTime.Pow(units.Rat(-1, 2)),
		"siemens/metre**2": units.DimConductance.Div(units.DimLength.Pow(units.Rat(2, 1))),
		"amp*second":       units.DimCharge, "nS": units.DimConductance,
	} {
		s := NewSource("x : " + text)
		if got, err := s.ParseDimension(4, len(s.Text)); err != nil || got != want {
			t.Errorf("%s: %v (%v), want %v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"vlot": "line 1, column 5: unknown name vlot (did you mean the unit volt?)",
		"dB":   "line 1, column 5: expected a unit such as volt or 1, found a level in dB",
		"":     "line 1, column 5: expected an expression, found nothing",
	} {
		s := NewSource("x : " + text)
		if _, err := s.ParseDimension(4, len(s.Text)); err == nil || message(err) != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

func TestNamesAreResolvedFromTheInnermostScope(t *testing.T) {
	outer := &Scope{Symbols: map[string]Symbol{
		"tau": ConstantSymbol(NumberValue(1)), "mV": ConstantSymbol(NumberValue(7)), "pi": ConstantSymbol(NumberValue(3)),
	}, Params: map[string]Value{"p": NumberValue(5)}}
	inner := &Scope{Symbols: map[string]Symbol{"tau": ConstantSymbol(NumberValue(2))}, Parent: outer}
	for text, want := range map[string]float64{"tau": 2, "mV": 7, "pi": 3, "e": math.E, "volt": 1, "$p": 5, "2 mV": 2 * units.Millivolt} {
		if v, err := Eval(text, inner); err != nil || v.X != want {
			t.Errorf("%s: %v (%v), want %g", text, v, err, want)
		}
	}
	if _, err := Eval("volt", &Scope{NoUnits: true}); err == nil {
		t.Error("units are not hidden")
	}
	if _, err := Eval("2 volt", &Scope{NoUnits: true}); err != nil {
		t.Errorf("a literal needs no names: %v", err)
	}
}

func TestExpressionsAreAnalysed(t *testing.T) {
	n, _ := Parse("a*exp(-t/b) + a*$p - min(c, exp(d))", Options{Params: true})
	if got := strings.Join(Identifiers(n), " "); got != "a t b c d" {
		t.Error(got)
	}
	if got := strings.Join(Calls(n), " "); got != "exp min" {
		t.Error(got)
	}
	if !DependsOn(n, "x", "t") || !DependsOn(n, "exp") || DependsOn(n, "p", "x") {
		t.Error("DependsOn")
	}
	b, _ := Parse("a+1", Options{})
	a, _ := Parse("b", Options{})
	r := Substitute(n, map[string]Node{"a": a, "b": b})
	if got := r.String(); got != "b*exp(-t/(a + 1)) + b*$p - min(c, exp(d))" {
		t.Error(got)
	}
	if n.String() != "a*exp(-t/b) + a*$p - min(c, exp(d))" {
		t.Error("the original was changed")
	}
	same := Rewrite(n, func(n Node) Node { return n })
	if same != n {
		t.Error("a rewriting that changes nothing makes a copy")
	}
	if !Equal(a, NewName("b", n)) || Equal(a, b) {
		t.Error("Equal")
	}
	made := NewBinary("*", NewUnary("-", NewNumber(-2e-3, units.DimTime, n)), NewBinary("+", a, NewNumber(-1, units.Dimensionless, n)))
	if got := made.String(); got != "-(-0.002*second)*(b + -1)" {
		t.Error(got)
	}
	if _, err := Parse(made.String(), Options{}); err != nil {
		t.Error(err)
	}
}

func TestErrorsOfSubstitutedPartsNameTheirOwnPlace(t *testing.T) {
	src := &Source{Name: "model", Text: "first line\nu = V + tau"}
	u, err := src.Parse(15, len(src.Text), Options{})
	if err != nil {
		t.Fatal(err)
	}
	n, _ := Parse("u*x", Options{})
	_, err = Check(Substitute(n, map[string]Node{"u": u}), bench())
	want := "model: line 2, column 5: cannot add tau (s) to V (m^2 kg s^-3 A^-1)\n    u = V + tau\n        ^~~~~~~"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestErrorsAreFoundByType(t *testing.T) {
	_, err := Eval("1 +", &Scope{})
	var e *Error
	if !errors.As(err, &e) || e.Column != 4 || e.Line != 1 {
		t.Error(err)
	}
}

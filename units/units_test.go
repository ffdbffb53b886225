package units

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNamesMeanWhatTheSISays(t *testing.T) {
	for name, want := range map[string]Quantity{
		"metre": {1, DimLength}, "meter": {1, DimLength}, "second": {1, DimTime},
		"gram": {1e-3, DimMass}, "kilogram": {1, DimMass}, "kgram": {1, DimMass}, "mgram": {1e-6, DimMass},
		"msecond": {1e-3, DimTime}, "usecond": {1e-6, DimTime}, "ms": {1e-3, DimTime}, "us": {1e-6, DimTime},
		"amp": {1, DimCurrent}, "ampere": {1, DimCurrent}, "namp": {1e-9, DimCurrent}, "pA": {1e-12, DimCurrent},
		"kelvin": {1, DimTemperature}, "celsius": {1, DimTemperature},
		"mole": {1, DimAmount}, "mol": {1, DimAmount}, "mmolar": {1, NewDimension(-3, 0, 0, 0, 0, 1, 0)},
		"volt": {1, DimVoltage}, "mvolt": {1e-3, DimVoltage}, "mV": {1e-3, DimVoltage},
		"Mohm": {1e6, DimResistance}, "nS": {1e-9, DimConductance}, "nsiemens": {1e-9, DimConductance},
		"pF": {1e-12, DimCapacitance}, "mS": {1e-3, DimConductance}, "mF": {1e-3, DimCapacitance},
		"kHz": {1e3, DimFrequency}, "MHz": {1e6, DimFrequency}, "becquerel": {1, DimFrequency},
		"radian": {1, Dimensionless}, "steradian": {1, Dimensionless},
		"cm": {1e-2, DimLength}, "cm2": {1e-4, DimLength.Pow(Rat(2, 1))}, "um3": {1e-18, DimLength.Pow(Rat(3, 1))},
		"metre2": {1, DimLength.Pow(Rat(2, 1))}, "cmetre2": {1e-4, DimLength.Pow(Rat(2, 1))},
		"litre": {1e-3, DimLength.Pow(Rat(3, 1))}, "mliter": {1e-6, DimLength.Pow(Rat(3, 1))},
		"joule": {1, DimForce.Mul(DimLength)}, "watt": {1, DimVoltage.Mul(DimCurrent)},
		"coulomb": {1, DimCapacitance.Mul(DimVoltage)}, "ohm": {1, DimVoltage.Div(DimCurrent)},
		"siemens": {1, Dimensionless.Div(DimResistance)}, "pascal": {1, DimForce.Div(DimLength.Mul(DimLength))},
		"weber": {1, DimVoltage.Mul(DimTime)}, "tesla": {1, DimVoltage.Mul(DimTime).Div(DimLength.Pow(Rat(2, 1)))},
		"henry": {1, DimResistance.Mul(DimTime)}, "farad": {1, DimTime.Div(DimResistance)},
		"lux":  {1, NewDimension(0, 0, 0, 0, 0, 0, 1).Div(DimLength.Pow(Rat(2, 1)))},
		"gray": {1, DimEnergy.Div(DimMass)}, "sievert": {1, DimEnergy.Div(DimMass)},
		"katal": {1, DimAmount.Div(DimTime)}, "newton": {1, DimMass.Mul(DimLength).Div(DimTime.Pow(Rat(2, 1)))},
	} {
		got, ok := Lookup(name)
		if !ok || got != want {
			t.Errorf("%s: got %v %v, want %v %v", name, got.Value, got.Dim, want.Value, want.Dim)
		}
	}
}

func TestPrefixesScaleEveryLongName(t *testing.T) {
	exponents := map[string]int{
		"y": -24, "z": -21, "a": -18, "f": -15, "p": -12, "n": -9, "u": -6, "m": -3, "c": -2, "d": -1,
		"": 0, "da": 1, "h": 2, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18, "Z": 21, "Y": 24,
	}
	if len(exponents) != len(prefixes) {
		t.Fatalf("%d prefixes, want %d", len(prefixes), len(exponents))
	}
	for prefix, e := range exponents {
		for power, suffix := range []string{"", "2", "3"} {
			want := new(big.Rat).SetInt64(1)
			ten := big.NewRat(10, 1)
			if e < 0 {
				ten.Inv(ten)
			}
			for range max(e, -e) * (power + 1) {
				want.Mul(want, ten)
			}
			nearest, _ := want.Float64()
			for _, name := range []string{"volt", "metre", "hertz", "molar", "gram"} {
				scale := map[string]float64{"molar": 3, "gram": -3}[name]
				got, ok := Lookup(prefix + name + suffix)
				if !ok {
					t.Fatalf("%s%s%s is not known", prefix, name, suffix)
				}
				if scale == 0 && got.Value != nearest {
					t.Errorf("%s%s%s = %g, want %g", prefix, name, suffix, got.Value, nearest)
				}
				if ratio := got.Value / nearest; math.Abs(ratio-math.Pow(10, scale*float64(power+1))) > 1e-9*ratio {
					t.Errorf("%s%s%s = %g", prefix, name, suffix, got.Value)
				}
			}
		}
	}
}

func TestSingleLettersAreNotIdentifiers(t *testing.T) {
	for _, name := range []string{"s", "V", "A", "F", "S", "m", "g", "e", "dB", "Pa", "K", "N", "M", "", "mvolts", "metre4"} {
		if q, ok := Lookup(name); ok {
			t.Errorf("%q is an identifier: %v", name, q)
		}
	}
	for name, want := range map[string]float64{
		"s": 1, "V": 1, "uPa": 1e-6, "kPa": 1e3, "kg": 1, "g": 1e-3, "µs": 1e-6, "μV": 1e-6, "kΩ": 1e3, "MΩ": 1e6,
		"ml": 1e-6, "mL": 1e-6, "m2": 1, "mm2": 1e-6, "nC": 1e-9, "GHz": 1e9, "mvolt": 1e-3,
	} {
		if q, ok := LookupSymbol(name); !ok || q.Value != want {
			t.Errorf("%q after a number: %v %v, want %g", name, q, ok, want)
		}
	}
}

// times multiplies at run time: the compiler would multiply the constants exactly.
func times(a, b float64) float64 { return a * b }

func TestLiteralsAreParsed(t *testing.T) {
	for text, want := range map[string]Quantity{
		"20*ms": {times(20, 1e-3), DimTime}, "3 nS": {times(3, 1e-9), DimConductance}, "-60 mV": {times(-60, 1e-3), DimVoltage},
		"44.1 kHz": {times(44.1, 1e3), DimFrequency}, "5": {5, Dimensionless}, "  1e-3  ": {1e-3, Dimensionless},
		"100ms": {times(100, 1e-3), DimTime}, ".5 s": {.5, DimTime}, "3. V": {3, DimVoltage}, "+2 Hz": {2, DimFrequency},
		"20 µPa":           {times(20, 1e-6), DimPressure},
		"2 volt**2/second": {2, DimVoltage.Pow(Rat(2, 1)).Div(DimTime)},
		"1 mS/cm2":         {times(1, 1e-3) / 1e-4, DimConductance.Div(DimLength.Pow(Rat(2, 1)))},
		"4*second**-1":     {4, DimFrequency},
		"1e3Hz":            {1e3, DimFrequency},
	} {
		if got, err := Parse(text); err != nil || got != want {
			t.Errorf("%q: got %v (%v), want %v", text, got, err, want)
		}
	}
}

func TestBadLiteralsAreExplained(t *testing.T) {
	for text, want := range map[string]string{
		"":            `empty text, need a number with an optional unit, such as 20 ms`,
		"ms":          `"ms": need a number with an optional unit, such as 20 ms`,
		"20 mz":       `"20 mz": unknown unit "mz" (did you mean ms or mV or mA?)`,
		"20 hz":       `"20 hz": unknown unit "hz" (did you mean Hz?)`,
		"20 MV2x":     `"20 MV2x": expected * or / before "x"`,
		"3 uPs":       `"3 uPs": unknown unit "uPs" (did you mean us or uPa?)`,
		"5 Herz":      `"5 Herz": unknown unit "Herz" (did you mean hertz?)`,
		"5 qqqqq":     `"5 qqqqq": unknown unit "qqqqq" (units are s, ms,`,
		"5 ms Hz":     `"5 ms Hz": expected * or / before "Hz"`,
		"5 */ ms":     `"5 */ ms": expected the name of a unit`,
		"5**2":        `"5**2": a power belongs to a unit, such as volt**2`,
		"5 ms**x":     `"5 ms**x": the power of ms must be a whole number from -9 to 9`,
		"1e999":       `"1e999": the number 1e999 is too large for a float64`,
		"60 dB":       `"60 dB": a level in dB is not allowed here`,
		"5 m2**9**9":  `"5 m2**9**9": a power belongs to a unit`,
		"1 s/":        `"1 s/": expected the name of a unit`,
		"5 \xff":      `expected the name of a unit`,
		"- 3":         `"- 3": need a number`,
		"1.2.3 s":     `"1.2.3 s": expected the name of a unit`,
		"5 ms**10000": `the power of ms must be a whole number from -9 to 9`,
	} {
		_, err := Parse(text)
		if err == nil {
			t.Errorf("%q was accepted", text)
			continue
		}
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q:\n got %s\nwant %s", text, err, want)
		}
	}
}

func TestQuantitiesPrintWithAPrefix(t *testing.T) {
	for _, c := range []struct {
		q    Quantity
		want string
	}{
		{Quantity{0.02, DimTime}, "20 ms"},
		{Quantity{-0.06, DimVoltage}, "-60 mV"},
		{Quantity{44100, DimFrequency}, "44.1 kHz"},
		{Quantity{0, DimTime}, "0 s"},
		{Quantity{1, DimTime}, "1 s"},
		{Quantity{999.9, DimTime}, "999.9 s"},
		{Quantity{1000, DimTime}, "1 ks"},
		{Quantity{3e-9, DimConductance}, "3 nS"},
		{Quantity{1e-3, DimMass}, "1 g"},
		{Quantity{1, DimMass}, "1 kg"},
		{Quantity{2e-10, DimCapacitance}, "200 pF"},
		{Quantity{0.0003, DimTime}, "300 us"},
		{Quantity{1.25e-17, DimTime}, "0.0125 fs"},
		{Quantity{times(3, 1e-9), DimConductance}, "3 nS"},
		{Quantity{times(0.3, 1e-3), DimTime}, "300 us"},
		{Quantity{1e-30, DimTime}, "1e-30 s"},
		{Quantity{1e20, DimFrequency}, "100000000 THz"},
		{Quantity{1e24, DimFrequency}, "1e+24 Hz"},
		{Quantity{math.Inf(-1), DimTime}, "-Inf s"},
		{Quantity{0.5, DimLength.Div(DimTime)}, "0.5 m s^-1"},
		{Quantity{1e-9, Dimensionless}, "1e-09"},
		{Quantity{math.Pi, DimTime}, "3.141592653589793 s"},
	} {
		if got := c.q.String(); got != c.want {
			t.Errorf("%g %s: got %q, want %q", c.q.Value, c.q.Dim, got, c.want)
		}
	}
}

func TestPrintedQuantitiesAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dim := rapid.SampledFrom([]Dimension{DimTime, DimVoltage, DimCurrent, DimMass, DimFrequency, DimPressure}).Draw(t, "dim")
		q := Quantity{rapid.Float64Range(-1e14, 1e14).Draw(t, "x") * math.Pow(10, float64(rapid.IntRange(-30, 8).Draw(t, "e"))), dim}
		back, err := Parse(q.String())
		if err != nil {
			t.Fatalf("%s: %v", q, err)
		}
		// The decimal number is exact, the product with the unit rounds once more, and the value of
		// a unit such as 1e-3 is rounded itself.
		if back.Dim != q.Dim || math.Abs(back.Value-q.Value) > 4e-16*math.Abs(q.Value) {
			t.Fatalf("%g printed as %s is read as %g", q.Value, q, back.Value)
		}
	})
}

func TestArithmeticChecksDimensions(t *testing.T) {
	second, metre := Quantity{3, DimTime}, Quantity{2, DimLength}
	_, err := second.Add(metre)
	var mismatch *DimensionMismatch
	if !errors.As(err, &mismatch) || err.Error() != "addition, dimensions were (s) (m)" {
		t.Error(err)
	}
	if _, err = metre.Sub(second); err == nil || err.Error() != "subtraction, dimensions were (m) (s)" {
		t.Error(err)
	}
	if _, err = metre.As(DimTime); err == nil {
		t.Error("a length was taken for a time")
	}
	if x, err := (Quantity{0.02, DimTime}).In(Quantity{1e-3, DimTime}); x != 20 || err != nil {
		t.Error(x, err)
	}
	if _, err := second.In(metre); err == nil {
		t.Error("seconds were expressed in metres")
	}
	if x, err := second.As(DimTime); x != 3 || err != nil {
		t.Error(x, err)
	}
	sum, _ := second.Add(second)
	difference, _ := second.Sub(Quantity{1, DimTime})
	for got, want := range map[Quantity]Quantity{
		sum: {6, DimTime}, difference: {2, DimTime},
		second.Mul(metre): {6, DimTime.Mul(DimLength)}, second.Div(metre): {1.5, DimTime.Div(DimLength)},
		second.Neg(): {-3, DimTime}, (Quantity{9, DimLength.Pow(Rat(2, 1))}).Sqrt(): {3, DimLength},
	} {
		if got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}

func TestGainOfALevel(t *testing.T) {
	for n := -300; n <= 308; n++ {
		want := powerOfTen(n)
		if got := Decibel(20 * n).Gain(); got != want {
			t.Errorf("%d dB: %g, want %g", 20*n, got, want)
		}
	}
	last := 0.0
	for x := -400.0; x <= 400; x += 0.03125 {
		got := Decibel(x).Gain()
		if want := math.Pow(10, x/20); math.Abs(got-want) > 4e-15*want {
			t.Fatalf("%g dB: %g, want %g", x, got, want)
		}
		if got <= last {
			t.Fatalf("not increasing at %g dB", x)
		}
		last = got
	}
	if got := Decibel(6).Gain(); got != 1.9952623149688795 {
		t.Errorf("6 dB: %.17g", got)
	}
	if Decibel(7000).Gain() != math.Inf(1) || Decibel(-7000).Gain() != 0 || !math.IsNaN(Decibel(math.NaN()).Gain()) {
		t.Error("limits")
	}
	if got := Decibel(-6470).Gain(); math.Abs(got/math.Pow(10, -323.5)-1) > 0.2 {
		t.Errorf("subnormal gain %g", got)
	}
}

func TestLevelsAreParsed(t *testing.T) {
	for text, want := range map[string]Decibel{"60 dB": 60, "-3.5 dB": -3.5, "60*dB": 60, " 60dB ": 60} {
		if got, err := ParseDecibel(text); err != nil || got != want {
			t.Errorf("%q: %v %v", text, got, err)
		}
	}
	for _, text := range []string{"60", "dB", "60 Hz", "60 db", "", "1e999 dB"} {
		if got, err := ParseDecibel(text); err == nil {
			t.Errorf("%q gave %v", text, got)
		}
	}
	if Decibel(-3.5).String() != "-3.5 dB" {
		t.Error(Decibel(-3.5))
	}
}

func TestConstantsAgreeWithTheTable(t *testing.T) {
	for name, value := range map[string]float64{
		"second": Second, "msecond": Millisecond, "usecond": Microsecond, "hertz": Hertz, "khertz": Kilohertz,
		"Mhertz": Megahertz, "metre": Metre, "cmetre": Centimetre, "mmetre": Millimetre, "umetre": Micrometre,
		"pascal": Pascal, "upascal": Micropascal, "volt": Volt, "mvolt": Millivolt, "amp": Amp, "uamp": Microamp,
		"namp": Nanoamp, "pamp": Picoamp, "siemens": Siemens, "msiemens": Millisiemens, "usiemens": Microsiemens,
		"nsiemens": Nanosiemens, "farad": Farad, "ufarad": Microfarad, "nfarad": Nanofarad, "pfarad": Picofarad,
		"ohm": Ohm, "kohm": Kiloohm, "Mohm": Megaohm,
	} {
		if q, ok := Lookup(name); !ok || q.Value != value {
			t.Errorf("%s is %g, the constant %g", name, q.Value, value)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"20*ms", "3 nS", "1 volt**2/second", "60 dB", "µ", "5 \xff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if q, err := Parse(text); err == nil && !q.Dim.Valid() {
			t.Error("accepted an invalid dimension")
		}
		_, _ = ParseDecibel(text)
	})
}

// TestEveryUnitHasEveryPrefixAndPower: the prefix belongs inside the power, cm2 is a hundredth of a metre, squared.
func TestEveryUnitHasEveryPrefixAndPower(t *testing.T) {
	prefixes := map[string]int{
		"Y": 24, "Z": 21, "E": 18, "P": 15, "T": 12, "G": 9, "M": 6, "k": 3, "h": 2, "da": 1, "": 0,
		"d": -1, "c": -2, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15, "a": -18, "z": -21, "y": -24,
	}
	names := "metre meter kilogram second amp kelvin mole candle radian steradian hertz newton pascal joule watt coulomb volt farad ohm siemens " +
		"weber tesla henry celsius lumen lux becquerel gray sievert katal"
	for _, name := range strings.Fields(names) {
		base, ok := Lookup(name)
		if !ok || base.Value != 1 {
			t.Errorf("%s is %v, %t", name, base, ok)
		}
		for prefix, exponent := range prefixes {
			for power, suffix := range []string{"", "2", "3"} {
				q, ok := Lookup(prefix + name + suffix)
				want, _ := strconv.ParseFloat("1e"+strconv.Itoa(exponent*(power+1)), 64)
				if !ok || q.Value != want || q.Dim != base.Dim.Pow(Rat(power+1, 1)) {
					t.Errorf("%s%s%s is %v, %t, want %g", prefix, name, suffix, q, ok, want)
				}
			}
		}
	}
	for _, name := range strings.Fields("mV mA uA nA pA mF uF nF pF mS uS nS ms Hz kHz MHz cm cm2 cm3 mm mm2 mm3 um um2 um3") {
		short, ok := Lookup(name)
		long, _ := LookupSymbol(name)
		if !ok || short != long {
			t.Errorf("%s is %v, %t", name, short, ok)
		}
	}
}

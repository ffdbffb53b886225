package units

import (
	"testing"

	"pgregory.net/rapid"
)

func TestDimensionsPrintAsInBrian(t *testing.T) {
	for _, c := range []struct {
		dim  Dimension
		want string
	}{
		{Dimensionless, "(1)"},
		{DimTime, "(s)"},
		{DimVoltage, "(m^2 kg s^-3 A^-1)"},
		{DimVoltage.Div(DimTime), "(m^2 kg s^-4 A^-1)"},
		{DimTime.Pow(Rat(-1, 2)), "(s^-0.5)"},
		{DimLength.Pow(Rat(1, 3)), "(m^1/3)"},
		{DimCapacitance, "(m^-2 kg^-1 s^4 A^2)"},
		{NewDimension(1, 0, 0, 0, 1, 2, 3), "(m K mol^2 cd^3)"},
	} {
		if got := c.dim.String(); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

// dimensions draws a dimension with small rational exponents.
func dimensions(t *rapid.T, label string) Dimension {
	d := Dimensionless
	for i, base := range []Dimension{DimLength, DimMass, DimTime, DimCurrent, DimTemperature, DimAmount} {
		n := rapid.IntRange(-6, 6).Draw(t, label+baseSymbols[i])
		d = d.Mul(base.Pow(Rat(n, rapid.IntRange(1, 4).Draw(t, label+"/"))))
	}
	return d
}

func TestDimensionsFormAGroup(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := dimensions(t, "a"), dimensions(t, "b"), dimensions(t, "c")
		if a.Mul(b) != b.Mul(a) {
			t.Fatal("a*b != b*a")
		}
		if a.Mul(b).Mul(c) != a.Mul(b.Mul(c)) {
			t.Fatal("(a*b)*c != a*(b*c)")
		}
		if a.Mul(b).Div(b) != a || a.Div(a) != Dimensionless {
			t.Fatal("division does not undo multiplication")
		}
		if a.Mul(b) == a && b != Dimensionless {
			t.Fatal("a dimension was lost")
		}
		if a.Sqrt().Mul(a.Sqrt()) != a || a.Pow(Rat(2, 3)).Pow(Rat(3, 2)) != a {
			t.Fatal("powers do not compose")
		}
		if a.Pow(Rat(3, 1)) != a.Mul(a).Mul(a) || a.Pow(Rat(-1, 1)) != Dimensionless.Div(a) {
			t.Fatal("whole powers are not products")
		}
	})
}

func TestRationalsAreFoundFromFloats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		den := rapid.IntRange(1, 1000).Draw(t, "den")
		num := rapid.IntRange(-1000, 1000).Draw(t, "num")
		want := Rat(num, den)
		if got, ok := RatOf(float64(num) / float64(den)); !ok || got != want {
			t.Fatalf("%d/%d gave %v %v", num, den, got, ok)
		}
	})
	for _, x := range []float64{3.141592653589793, 1e6, -1e6} {
		if r, ok := RatOf(x); ok {
			t.Errorf("%g gave %v, which is not near", x, r)
		}
	}
	nan := 0.0
	nan /= nan
	if r, ok := RatOf(nan); ok {
		t.Errorf("NaN gave %v", r)
	}
}

func TestExponentsOutOfRangeAreNoticed(t *testing.T) {
	d := DimLength
	for range 3 {
		if !d.Valid() {
			t.Fatal("invalid too early")
		}
		d = d.Pow(Rat(1000, 1))
	}
	if d.Valid() || d.Mul(DimTime).Valid() || d.Sqrt().Valid() {
		t.Error("an exponent of 1e9 counts as valid")
	}
	if d.String() != "(exponents out of range)" {
		t.Error(d)
	}
}

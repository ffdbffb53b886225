package units

import (
	"sort"
	"strconv"
	"strings"
	"sync"
)

// Dimensions that signatures and checks of this project need by name.
var (
	DimLength      = NewDimension(1, 0, 0, 0, 0, 0, 0)
	DimMass        = NewDimension(0, 1, 0, 0, 0, 0, 0)
	DimTime        = NewDimension(0, 0, 1, 0, 0, 0, 0)
	DimCurrent     = NewDimension(0, 0, 0, 1, 0, 0, 0)
	DimTemperature = NewDimension(0, 0, 0, 0, 1, 0, 0)
	DimAmount      = NewDimension(0, 0, 0, 0, 0, 1, 0)
	DimFrequency   = NewDimension(0, 0, -1, 0, 0, 0, 0)
	DimForce       = NewDimension(1, 1, -2, 0, 0, 0, 0)
	DimPressure    = NewDimension(-1, 1, -2, 0, 0, 0, 0)
	DimEnergy      = NewDimension(2, 1, -2, 0, 0, 0, 0)
	DimPower       = NewDimension(2, 1, -3, 0, 0, 0, 0)
	DimCharge      = NewDimension(0, 0, 1, 1, 0, 0, 0)
	DimVoltage     = NewDimension(2, 1, -3, -1, 0, 0, 0)
	DimCapacitance = NewDimension(-2, -1, 4, 2, 0, 0, 0)
	DimResistance  = NewDimension(2, 1, -3, -2, 0, 0, 0)
	DimConductance = NewDimension(-2, -1, 3, 2, 0, 0, 0)
)

// SI factors of the units that Go code of this project writes often: 5*units.Millisecond is 0.005.
const (
	Second       = 1.0
	Millisecond  = 1e-3
	Microsecond  = 1e-6
	Hertz        = 1.0
	Kilohertz    = 1e3
	Megahertz    = 1e6
	Metre        = 1.0
	Centimetre   = 1e-2
	Millimetre   = 1e-3
	Micrometre   = 1e-6
	Pascal       = 1.0
	Micropascal  = 1e-6
	Volt         = 1.0
	Millivolt    = 1e-3
	Amp          = 1.0
	Microamp     = 1e-6
	Nanoamp      = 1e-9
	Picoamp      = 1e-12
	Siemens      = 1.0
	Millisiemens = 1e-3
	Microsiemens = 1e-6
	Nanosiemens  = 1e-9
	Farad        = 1.0
	Microfarad   = 1e-6
	Nanofarad    = 1e-9
	Picofarad    = 1e-12
	Ohm          = 1.0
	Kiloohm      = 1e3
	Megaohm      = 1e6
)

// named is one unit: its names, its symbol, its dimension and its value as a power of ten of the
// SI base unit.
type named struct {
	names  []string
	symbol string
	dim    Dimension
	exp10  int
	shown  bool // the unit in which a quantity of this dimension is printed
}

var namedUnits = []named{
	{[]string{"metre", "meter"}, "m", DimLength, 0, true},
	{[]string{"gram"}, "g", DimMass, -3, true},
	{[]string{"second"}, "s", DimTime, 0, true},
	{[]string{"amp", "ampere"}, "A", DimCurrent, 0, true},
	{[]string{"kelvin"}, "K", DimTemperature, 0, true},
	// The degree Celsius is a difference of temperatures, as in Brian: no offset of 273.15.
	{[]string{"celsius"}, "", DimTemperature, 0, false},
	{[]string{"mole", "mol"}, "mol", DimAmount, 0, true},
	{[]string{"candela", "candle"}, "cd", NewDimension(0, 0, 0, 0, 0, 0, 1), 0, true},
	{[]string{"radian"}, "rad", Dimensionless, 0, false},
	{[]string{"steradian"}, "sr", Dimensionless, 0, false},
	{[]string{"hertz"}, "Hz", DimFrequency, 0, true},
	{[]string{"newton"}, "N", DimForce, 0, true},
	{[]string{"pascal"}, "Pa", DimPressure, 0, true},
	{[]string{"joule"}, "J", DimEnergy, 0, true},
	{[]string{"watt"}, "W", DimPower, 0, true},
	{[]string{"coulomb"}, "C", DimCharge, 0, true},
	{[]string{"volt"}, "V", DimVoltage, 0, true},
	{[]string{"farad"}, "F", DimCapacitance, 0, true},
	{[]string{"ohm"}, "ohm", DimResistance, 0, true},
	{[]string{"siemens"}, "S", DimConductance, 0, true},
	{[]string{"weber"}, "Wb", NewDimension(2, 1, -2, -1, 0, 0, 0), 0, true},
	{[]string{"tesla"}, "T", NewDimension(0, 1, -2, -1, 0, 0, 0), 0, true},
	{[]string{"henry"}, "H", NewDimension(2, 1, -2, -2, 0, 0, 0), 0, true},
	{[]string{"lumen"}, "lm", NewDimension(0, 0, 0, 0, 0, 0, 1), 0, false},
	{[]string{"lux"}, "lx", NewDimension(-2, 0, 0, 0, 0, 0, 1), 0, true},
	{[]string{"becquerel"}, "Bq", DimFrequency, 0, false},
	{[]string{"gray"}, "Gy", NewDimension(2, 0, -2, 0, 0, 0, 0), 0, false},
	{[]string{"sievert"}, "Sv", NewDimension(2, 0, -2, 0, 0, 0, 0), 0, false},
	{[]string{"katal"}, "kat", NewDimension(0, 0, -1, 0, 0, 1, 0), 0, true},
	{[]string{"litre", "liter"}, "l", NewDimension(3, 0, 0, 0, 0, 0, 0), -3, false},
	{[]string{"molar"}, "M", NewDimension(-3, 0, 0, 0, 0, 1, 0), 3, true},
}

// prefixes are the SI prefixes; u stands for micro.
var prefixes = []struct {
	symbol string
	exp10  int
}{
	{"", 0},
	{"y", -24},
	{"z", -21},
	{"a", -18},
	{"f", -15},
	{"p", -12},
	{"n", -9},
	{"u", -6},
	{"m", -3},
	{"c", -2},
	{"d", -1},
	{"da", 1},
	{"h", 2},
	{"k", 3},
	{"M", 6},
	{"G", 9},
	{"T", 12},
	{"P", 15},
	{"E", 18},
	{"Z", 21},
	{"Y", 24},
}

// shortNames are the abbreviations that are identifiers. Single letters such as s, V or A are
// not among them, because models use these letters for variables; they are units in literals only.
var shortNames = []string{
	"ms", "mV", "Hz", "kHz", "MHz", "mA", "uA", "nA", "pA", "mF", "uF", "nF", "pF", "mS", "uS", "nS", "us", "cm", "cm2", "cm3", "mm", "mm2", "mm3", "um", "um2", "um3", "nm",
}

// tables holds every unit name; it is built on first use.
var tables = sync.OnceValue(func() (t struct{ identifiers, symbols map[string]Quantity }) {
	t.identifiers = make(map[string]Quantity)
	t.symbols = make(map[string]Quantity)
	add := func(into map[string]Quantity, name string, d Dimension, exp10 int) {
		for p, suffix := range []string{"", "2", "3"} {
			value, _ := strconv.ParseFloat("1e"+strconv.Itoa(exp10*(p+1)), 64)
			into[name+suffix] = Quantity{Value: value, Dim: d.Pow(Rat(p+1, 1))}
		}
	}
	for _, u := range namedUnits {
		for _, p := range prefixes {
			for _, name := range u.names {
				add(t.identifiers, p.symbol+name, u.dim, p.exp10+u.exp10)
			}
			if u.symbol != "" {
				add(t.symbols, p.symbol+u.symbol, u.dim, p.exp10+u.exp10)
			}
			if u.symbol == "l" {
				add(t.symbols, p.symbol+"L", u.dim, p.exp10+u.exp10)
			}
		}
	}
	for _, p := range prefixes {
		add(t.identifiers, p.symbol+"kilogram", DimMass, p.exp10)
	}
	for _, name := range shortNames {
		t.identifiers[name] = t.symbols[name]
	}
	return t
})

// Lookup returns the unit that name means as an identifier in an expression: the long names of the
// SI with any prefix and an optional power (mvolt, Mohm, nsiemens, metre2; the prefix belongs
// inside the power), and the short names mV mA uA nA pA mF uF nF pF mS uS nS ms us Hz kHz MHz cm
// cm2 cm3 mm mm2 mm3 um um2 um3 nm.
func Lookup(name string) (Quantity, bool) {
	q, ok := tables().identifiers[name]
	return q, ok
}

// LookupSymbol returns the unit that name means directly after a number, as in "2 s" or "20 uPa":
// every name of Lookup, and the SI symbols with any prefix and an optional power. The Greek letter mu
// stands for u, capital omega for ohm.
func LookupSymbol(name string) (Quantity, bool) {
	name = greek.Replace(name)
	if q, ok := tables().identifiers[name]; ok {
		return q, true
	}
	q, ok := tables().symbols[name]
	return q, ok
}

// greek maps the micro sign, the letter mu, the ohm sign and the letter omega.
var greek = strings.NewReplacer("\u00b5", "u", "\u03bc", "u", "\u2126", "ohm", "\u03a9", "ohm")

// Names returns the identifiers that Lookup knows, sorted.
func Names() []string {
	names := make([]string, 0, len(tables().identifiers))
	for name := range tables().identifiers {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// symbolFor returns the symbol in which a dimension is printed and the power of ten by which an SI
// value is multiplied for it (3 for grams).
func symbolFor(d Dimension) (symbol string, shift int, ok bool) {
	for _, u := range namedUnits {
		if u.shown && u.dim == d {
			return u.symbol, -u.exp10, true
		}
	}
	return "", 0, false
}

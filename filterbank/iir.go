package filterbank

import (
	"fmt"
	"math"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
)

// Family is a classical approximation of the ideal filter.
type Family string

// The classical families. They differ in where the gain ripples: nowhere (Butterworth, Bessel), in the pass band (Chebyshev I),
// in the stop band (Chebyshev II), in both (elliptic: the steepest for its order). A Bessel filter keeps the shape of signals.
const (
	Butterworth Family = "butterworth"
	Chebyshev1  Family = "chebyshev1"
	Chebyshev2  Family = "chebyshev2"
	Elliptic    Family = "elliptic"
	Bessel      Family = "bessel"
)

// Families lists them all.
var Families = []Family{Butterworth, Chebyshev1, Chebyshev2, Elliptic, Bessel}

// Band says which frequencies a filter passes.
type Band string

// The bands.
const (
	BandLow  Band = "low"      // those below its edge
	BandHigh Band = "high"     // those above its edge
	BandPass Band = "bandpass" // those between its edges
	BandStop Band = "bandstop" // all but those between its edges
)

// Bands lists them all.
var Bands = []Band{BandLow, BandHigh, BandPass, BandStop}

// IIRDesign describes one classical filter, either by its order or by what it has to do.
//
// By order: Order and Edges. The edges are where the gain is -3 dB (Butterworth), where it leaves the ripple of the pass
// band (Chebyshev I, elliptic), where it reaches the attenuation of the stop band (Chebyshev II), or, for Bessel, the edges
// of the Butterworth filter with the same gain far away. These are the conventions of iirfilter of SciPy.
//
// By task: Edges are those of the pass band, where the loss is at most Ripple, and Stop those of the stop band, where it is at
// least Attenuation; the lowest order that does it is chosen. These are the conventions of iirdesign of SciPy.
// There is no such choice for Bessel filters.
type IIRDesign struct {
	Family Family // default Butterworth
	Band   Band   // default BandLow
	Order  int    // N of the low-pass the filter is made of, 1 to 50 (Bessel: 25); pass and stop bands have order 2N
	// Edges holds one frequency [Hz] for low and high pass, two in ascending order for band pass and band stop, above 0 and
	// below half the rate.
	Edges       []float64
	Stop        []float64 // edges of the stop band [Hz], as many; not with Order
	Ripple      float64   // largest loss in the pass band [dB], above 0; where it is used
	Attenuation float64   // smallest loss in the stop band [dB], above Ripple; where it is used
	// Legacy has effect on band stops designed by task, whose pass-band edges are moved together until the order is
	// least. They are moved by the search of Brian Hears, which stops 1e-5 to 1e-4 before the exact solution (in
	// tan(π·f/rate)); the output differs by about 3e-4.
	Legacy bool
}

// maxOrder is the highest order of a design.
const maxOrder = 50

// IIRParams describe a bank of classical filters.
type IIRParams struct {
	Designs  []IIRDesign  // the filter of each channel, or one for all channels of the source; orders may differ
	Channels stages.Range // channels to compute; zero: all
}

// IIR is a bank of classical recursive filters: Butterworth, Chebyshev, elliptic and Bessel low passes, high passes, band passes
// and band stops. It computes them as sections of order 2, whose coefficients are far less sensitive than those of one
// section of high order.
type IIR struct{ *Cascade }

// NewIIR makes the filters of p on a source. More than one design need a source with as many channels or with one. An
// impossible design is an error that names channel and value.
func NewIIR(src stages.Stage, p IIRParams) (*IIR, error) {
	const kind = "filterbank.iir"
	if src == nil {
		return nil, fmt.Errorf("%s: the source is missing", kind)
	}
	designs, r := p.Designs, p.Channels
	if len(designs) == 1 {
		var n int
		n, r = forAll(src, r)
		designs = make([]IIRDesign, n)
		for c := range designs {
			designs[c] = p.Designs[0]
		}
	}
	all, err := DesignIIR(src.Format().Rate, designs)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	c, err := newCascade(kind, src, all, r)
	if err != nil {
		return nil, err
	}
	return &IIR{c}, nil
}

// DesignIIR gives the coefficients of a bank of classical filters at a rate [Hz], as sections of order 2, of which every channel
// has as many as the one with most.
func DesignIIR(rate float64, designs []IIRDesign) (*Coefficients, error) {
	if len(designs) == 0 {
		return nil, fmt.Errorf("no designs: want one, or one for each channel")
	}
	bank := make([]Roots, len(designs))
	for c, d := range designs {
		if c > 0 && d.equal(designs[c-1]) {
			bank[c] = bank[c-1]
			continue
		}
		var err error
		if bank[c], err = d.Roots(rate); err != nil {
			return nil, fmt.Errorf("channel %d: %w", c, err)
		}
	}
	return sectionsOf(bank)
}

// equal says whether two designs are the same filter.
func (d IIRDesign) equal(e IIRDesign) bool {
	same := func(a, b []float64) bool {
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				return false
			}
		}
		return len(a) == len(b)
	}
	return d.Family == e.Family && d.Band == e.Band && d.Order == e.Order && same(d.Edges, e.Edges) && same(d.Stop, e.Stop) &&
		d.Ripple == e.Ripple && d.Attenuation == e.Attenuation && d.Legacy == e.Legacy
}

// Roots are the zeros, poles and gain of the digital filter at a rate [Hz].
func (d IIRDesign) Roots(rate float64) (Roots, error) {
	d, err := d.check(rate)
	if err != nil {
		return Roots{}, err
	}
	edges := warp(d.Edges, rate)
	if d.Order == 0 {
		if d.Order, edges, err = d.selectOrder(edges, warp(d.Stop, rate)); err != nil {
			return Roots{}, err
		}
	}
	if err := checkOrder(d.Family, d.Order); err != nil {
		return Roots{}, err
	}
	r, err := prototype(d.Family, d.Order, d.Ripple, d.Attenuation)
	if err != nil {
		return Roots{}, err
	}
	// The bilinear transform with the constant 4 maps 4·tan(π·f/rate) to f.
	for i := range edges {
		edges[i] *= 4
	}
	return r.transform(d.Band, edges).bilinear(4), nil
}

// warp is tan(π·f/rate) of some frequencies.
func warp(f []float64, rate float64) []float64 {
	list := make([]float64, len(f))
	for i, x := range f {
		list[i] = kernel.Tan(math.Pi * (2 * x / rate) / 2)
	}
	return list
}

// check fills in the defaults and refuses what is impossible.
func (d IIRDesign) check(rate float64) (IIRDesign, error) {
	if d.Family == "" {
		d.Family = Butterworth
	}
	if d.Band == "" {
		d.Band = BandLow
	}
	want, known := map[Band]int{BandLow: 1, BandHigh: 1, BandPass: 2, BandStop: 2}[d.Band]
	if !known {
		return d, fmt.Errorf("band %q: want one of %q", d.Band, Bands)
	}
	known = false
	for _, f := range Families {
		known = known || f == d.Family
	}
	if !known {
		return d, fmt.Errorf("family %q: want one of %q", d.Family, Families)
	}
	for i, list := range [...][]float64{d.Edges, d.Stop} {
		name := [...]string{"edges", "stop-band edges"}[i]
		if len(list) != want && !(d.Order != 0 && i == 1 && len(list) == 0) {
			return d, fmt.Errorf("%d %s of a filter of band %q: want %d", len(list), name, d.Band, want)
		}
		for i, f := range list {
			if !(f > 0 && f < rate/2) {
				return d, fmt.Errorf("%s: %g Hz: want above 0 Hz and below half the rate, %g Hz", name, f, rate/2)
			}
			if i > 0 && !(f > list[i-1]) {
				return d, fmt.Errorf("%s: %g Hz, %g Hz: want them in ascending order", name, list[i-1], f)
			}
		}
	}
	if d.Order != 0 && len(d.Stop) > 0 {
		return d, fmt.Errorf("order %d and edges of a stop band: want either", d.Order)
	}
	ripples, attenuates := d.Order == 0 || d.Family == Chebyshev1 || d.Family == Elliptic, d.Order == 0 || d.Family == Chebyshev2 || d.Family == Elliptic
	if ripples && !(d.Ripple > 0 && d.Ripple <= 100) {
		return d, fmt.Errorf("ripple %g dB: want above 0 dB, at most 100 dB", d.Ripple)
	}
	if attenuates && !(d.Attenuation > 0 && d.Attenuation <= 300) {
		return d, fmt.Errorf("attenuation %g dB: want above 0 dB, at most 300 dB", d.Attenuation)
	}
	if ripples && attenuates && !(d.Attenuation > d.Ripple) {
		return d, fmt.Errorf("attenuation %g dB, ripple %g dB: want an attenuation above the ripple", d.Attenuation, d.Ripple)
	}
	return d, nil
}

// transform makes a filter of another band of a low-pass with its edge at 1 rad/s, edges [rad/s] being those of the band.
func (r Roots) transform(band Band, edges []float64) Roots {
	switch band {
	case BandHigh:
		return r.inverse(edges[0])
	case BandPass:
		width, square := edges[1]-edges[0], float64(edges[0]*edges[1])
		t := Roots{Gain: r.Gain, Zeros: split(r.Zeros, width/2, square), Poles: split(r.Poles, width/2, square)}
		for range r.excess() {
			t.Gain *= width
			t.Zeros = append(t.Zeros, 0)
		}
		return t
	case BandStop:
		width, square := edges[1]-edges[0], float64(edges[0]*edges[1])
		h := r.inverse(width / 2)
		t := Roots{Gain: h.Gain, Zeros: split(h.Zeros[:len(r.Zeros)], 1, square), Poles: split(h.Poles, 1, square)}
		for range r.excess() {
			centre := complex(0, math.Sqrt(square))
			t.Zeros = append(t.Zeros, centre, -centre)
		}
		return t
	}
	t := Roots{Gain: r.Gain}
	for _, z := range r.Zeros {
		t.Zeros = append(t.Zeros, scaled(edges[0], z))
	}
	for _, p := range r.Poles {
		t.Poles = append(t.Poles, scaled(edges[0], p))
	}
	for range r.excess() {
		t.Gain *= edges[0]
	}
	return t
}

// inverse replaces s by edge/s: zeros at infinity come to 0, behind the others.
func (r Roots) inverse(edge float64) Roots {
	t := Roots{Gain: r.Gain * r.ratio(0)}
	for _, z := range r.Zeros {
		t.Zeros = append(t.Zeros, over(complex(edge, 0), z))
	}
	for _, p := range r.Poles {
		t.Poles = append(t.Poles, over(complex(edge, 0), p))
	}
	for range r.excess() {
		t.Zeros = append(t.Zeros, 0)
	}
	return t
}

// split replaces each root r by the two roots s of s² - 2·scale·r·s + square, those with + first.
func split(roots []complex128, scale, square float64) []complex128 {
	var plus, minus []complex128
	for _, r := range roots {
		r = scaled(scale, r)
		root := squareRoot(times(r, r) - complex(square, 0))
		plus, minus = append(plus, r+root), append(minus, r-root)
	}
	return append(plus, minus...)
}

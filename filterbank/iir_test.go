package filterbank

import (
	"context"
	"fmt"
	"math"
	"math/cmplx"
	"strings"
	"testing"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

func ExampleNewIIR() {
	step, err := stagetest.NewStream(stagetest.Signal{Rate: 1000, Frames: 3, Value: func(int64, int) float64 { return 1 }})
	if err != nil {
		fmt.Println(err)
	}
	// At a quarter of the rate the first-order Butterworth filter is the mean of two frames.
	bank, err := NewIIR(step, IIRParams{Designs: []IIRDesign{{Order: 1, Edges: []float64{250}}}})
	if err != nil {
		fmt.Println(err)
	}
	f, err := bank.Fetch(context.Background(), 0, 3)
	fmt.Printf("%.3f %.3f %.3f %v\n", f.At(0, 0), f.At(1, 0), f.At(2, 0), err)
	// Output: 0.500 1.000 1.000 <nil>
}

func ExampleIIRDesign_Roots() {
	// Telephone band: at most 1 dB lost from 300 Hz to 3.4 kHz, at least 30 dB below 100 Hz and above 3.9 kHz.
	task := IIRDesign{Band: BandPass, Edges: []float64{300, 3400}, Stop: []float64{100, 3900}, Ripple: 1, Attenuation: 30}
	for _, task.Family = range []Family{Butterworth, Chebyshev1, Elliptic} {
		r, err := task.Roots(16000)
		fmt.Println(task.Family, len(r.Poles), err)
	}
	// Output:
	// butterworth 38 <nil>
	// chebyshev1 14 <nil>
	// elliptic 8 <nil>
}

// referenceDesigns are the calls with which the reference vectors were made, with the error against .exact that a
// reimplementation with its own coefficients is known to have: they hold what rounded polynomials of high order compute.
func referenceDesigns() map[string]struct {
	designs []IIRDesign
	error   float64
} {
	low, high := []float64{200, 5771.428571428572}, func(f float64) []float64 { return []float64{f / 1.3, f * 1.3} }
	simple := func(band Band, order int) (list []IIRDesign) {
		for _, f := range low {
			d := IIRDesign{Band: band, Order: order, Edges: []float64{f}}
			if band == BandPass || band == BandStop {
				d.Edges = high(f)
			}
			list = append(list, d)
		}
		return list
	}
	task := func(family Family, band Band, pass, stop []float64, ripple, attenuation float64) IIRDesign {
		return IIRDesign{Family: family, Band: band, Edges: pass, Stop: stop, Ripple: ripple, Attenuation: attenuation, Legacy: true}
	}
	one := func(d IIRDesign) []IIRDesign { return []IIRDesign{d} }
	band := func(f Family) []IIRDesign {
		return []IIRDesign{
			task(f, BandPass, []float64{500, 2000}, []float64{250, 4000}, 1, 30),
			task(f, BandPass, []float64{700, 2800}, []float64{350, 5600}, 1, 30),
		}
	}
	lowTask := func(f Family) []IIRDesign { return one(task(f, BandLow, []float64{1000}, []float64{2000}, 1, 40)) }
	return map[string]struct {
		designs []IIRDesign
		error   float64
	}{
		"butter_low":            {simple(BandLow, 3), 4e-13},
		"butter_low_scalar":     {one(IIRDesign{Order: 2, Edges: []float64{1500}}), 1e-14},
		"butter_high":           {simple(BandHigh, 3), 9e-14},
		"butter_band":           {simple(BandPass, 2), 6e-11},
		"butter_stop":           {simple(BandStop, 2), 3.6e-11},
		"iir_ellip_low":         {lowTask(Elliptic), 1.1e-11},
		"iir_ellip_high":        {one(task(Elliptic, BandHigh, []float64{2000}, []float64{1000}, 1, 40)), 4e-14},
		"iir_ellip_band":        {band(Elliptic), 1.8e-10},
		"iir_ellip_band_shared": {band(Elliptic)[:1], 2.5e-10},
		"iir_cheby2_low":        {lowTask(Chebyshev2), 6e-12},
		"iir_cheby1_low":        {lowTask(Chebyshev1), 4e-10},
		"iir_cheby2_band":       {band(Chebyshev2), 1e-8},
		"iir_cheby1_band":       {band(Chebyshev1), 7e-8},
		"iir_cheby1_stop":       {one(task(Chebyshev1, BandStop, []float64{250, 4000}, []float64{500, 2000}, 1, 30)), 9e-10},
		"iir_butter_low":        {lowTask(Butterworth), 2e-8},
		"iir_butter_band":       {band(Butterworth), 2e-6},
	}
}

func TestClassicalDesignsEqualTheReference(t *testing.T) {
	for name, c := range referenceDesigns() {
		t.Run(name, func(t *testing.T) {
			want := stored(t, name)
			for ch, d := range c.designs {
				r, err := d.Roots(44100)
				if err != nil {
					t.Fatal(err)
				}
				b, a := r.Polynomials()
				wb, wa, err := want.Section(ch, 0)
				if err != nil {
					t.Fatal(err)
				}
				compareList(t, fmt.Sprintf("channel %d: b", ch), b, wb)
				compareList(t, fmt.Sprintf("channel %d: a", ch), a, wa)
			}
		})
	}
}

// compareList holds coefficients against stored ones, elementwise; a zero that is stored as a rounding error counts
// against the largest of them.
func compareList(t *testing.T, what string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d coefficients, want %d", what, len(got), len(want))
	}
	peak, worst := 0.0, 0.0
	for _, w := range want {
		peak = max(peak, math.Abs(w))
	}
	for i, w := range want {
		scale := math.Abs(w)
		if scale < 1e-12*peak {
			scale = peak
		}
		worst = max(worst, math.Abs(got[i]-w)/scale)
	}
	if !(worst <= toleranceDesign) {
		t.Errorf("%s: %v, want %v: relative %.3g, allowed %.3g", what, got, want, worst, toleranceDesign)
	}
}

func TestClassicalFiltersEqualTheReference(t *testing.T) {
	in := load(t, "input").frames()
	for name, c := range referenceDesigns() {
		t.Run(name, func(t *testing.T) {
			bank, err := NewIIR(memory(t, 44100, in), IIRParams{Designs: c.designs})
			if err != nil {
				t.Fatal(err)
			}
			compare(t, collect(t, bank), load(t, name+".exact").frames(), 5*c.error, 20*c.error)
		})
	}
}

// The exact position of a band stop's edges needs no more order, and differs from that of the search by as much as is known.
func TestEdgesOfBandStopsAreExact(t *testing.T) {
	d := IIRDesign{Family: Chebyshev1, Band: BandStop, Edges: []float64{250, 4000}, Stop: []float64{500, 2000}, Ripple: 1, Attenuation: 30}
	in := memory(t, 44100, load(t, "input").frames())
	bank, err := NewIIR(in, IIRParams{Designs: []IIRDesign{d}})
	if err != nil {
		t.Fatal(err)
	}
	want, got := load(t, "iir_cheby1_stop.exact").frames(), collect(t, bank)
	worst, peak := 0.0, 0.0
	for i := range want.N {
		worst, peak = max(worst, math.Abs(got.At(i, 0)-want.At(i, 0))), max(peak, math.Abs(want.At(i, 0)))
	}
	if r := worst / peak; r < 2e-4 || r > 3e-4 {
		t.Errorf("the output differs by %.3g of the peak, want 2.6e-4", r)
	}
	pass, stop := warp(d.Edges, 44100), warp(d.Stop, 44100)
	best := d.narrow(pass, stop)
	if n := d.order(best, stop); n > d.order(pass, stop) {
		t.Errorf("order %v after the edges were moved, %v before", n, d.order(pass, stop))
	}
	for _, move := range []float64{-1e-4, 1e-4} {
		if d.order([]float64{best[0] + move, best[1]}, stop) < d.order(best, stop)-1e-12 {
			t.Errorf("the lower edge moved by %g would need a lower order", move)
		}
	}
	if legacy := (IIRDesign{Family: d.Family, Band: d.Band, Ripple: 1, Attenuation: 30, Legacy: true}).narrow(pass, stop); math.Abs(legacy[0]-best[0]) > 1e-5 || math.Abs(legacy[1]-best[1]) > 1e-4 || legacy[0] == best[0] {
		t.Errorf("the search ends at %v, the solution is %v", legacy, best)
	}
}

// gain is |H| of a digital filter by its definition.
func gain(r Roots, f, rate float64) float64 {
	z := cmplx.Exp(complex(0, 2*math.Pi*f/rate))
	h := complex(r.Gain, 0)
	for i := range r.Poles {
		h *= (z - r.Zeros[i]) / (z - r.Poles[i])
	}
	return cmplx.Abs(h)
}

func decibel(x float64) float64 { return 20 * math.Log10(x) }

func TestDesignsByTaskDoWhatIsAsked(t *testing.T) {
	const rate = 16000
	for _, family := range []Family{Butterworth, Chebyshev1, Chebyshev2, Elliptic} {
		for _, d := range []IIRDesign{
			{Band: BandLow, Edges: []float64{1000}, Stop: []float64{1500}},
			{Band: BandHigh, Edges: []float64{1500}, Stop: []float64{1000}},
			{Band: BandPass, Edges: []float64{500, 2000}, Stop: []float64{250, 3000}},
			{Band: BandStop, Edges: []float64{250, 3000}, Stop: []float64{500, 2000}},
		} {
			d.Family, d.Ripple, d.Attenuation = family, 0.5, 50
			r, err := d.Roots(rate)
			if err != nil {
				t.Errorf("%s, %s: %v", family, d.Band, err)
				continue
			}
			for _, p := range r.Poles {
				if cmplx.Abs(p) >= 1 {
					t.Errorf("%s, %s: pole %v", family, d.Band, p)
				}
			}
			for f := 10.0; f < rate/2; f += 10 {
				pass, stop := f <= d.Edges[0], f >= d.Stop[0]
				switch d.Band {
				case BandHigh:
					pass, stop = f >= d.Edges[0], f <= d.Stop[0]
				case BandPass:
					pass, stop = f >= d.Edges[0] && f <= d.Edges[1], f <= d.Stop[0] || f >= d.Stop[1]
				case BandStop:
					pass, stop = f <= d.Edges[0] || f >= d.Edges[1], f >= d.Stop[0] && f <= d.Stop[1]
				}
				db := decibel(gain(r, f, rate))
				if pass && (db < -0.5-1e-6 || db > 1e-6) || stop && db > -50+1e-6 {
					t.Errorf("%s, %s, order %d: %.4f dB at %g Hz", family, d.Band, len(r.Poles), db, f)
				}
			}
			if r.excess() != 0 {
				t.Errorf("%s, %s: %d poles, %d zeros", family, d.Band, len(r.Poles), len(r.Zeros))
			}
		}
	}
}

func TestDesignsByOrderHaveTheirGainsAtTheEdges(t *testing.T) {
	const rate = 44100
	for order := 1; order <= 14; order++ {
		for _, c := range []struct {
			family     Family
			edge, zero float64 // gain [dB] at the edge, and at the frequency that is 0 in the prototype
		}{
			{Butterworth, decibel(math.Sqrt(0.5)), 0},
			{Chebyshev1, -2, []float64{-2, 0}[order%2]},
			{Chebyshev2, -40, 0},
			{Elliptic, -2, []float64{-2, 0}[order%2]},
		} {
			for _, d := range []IIRDesign{
				{Band: BandLow, Edges: []float64{300}},
				{Band: BandHigh, Edges: []float64{9000}},
				{Band: BandPass, Edges: []float64{1000, 4000}},
				{Band: BandStop, Edges: []float64{1000, 4000}},
			} {
				d.Family, d.Order, d.Ripple, d.Attenuation = c.family, order, 2, 40
				r, err := d.Roots(rate)
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range d.Edges {
					if db := decibel(gain(r, f, rate)); math.Abs(db-c.edge) > 1e-6 {
						t.Errorf("%s of order %d, %s: %v dB at %g Hz, want %v", c.family, order, d.Band, db, f, c.edge)
					}
				}
				at := map[Band]float64{
					BandLow: 1e-3, BandHigh: rate / 2, BandStop: 1e-3,
					BandPass: rate / math.Pi * math.Atan(math.Sqrt(math.Tan(math.Pi*1000/rate)*math.Tan(math.Pi*4000/rate))),
				}[d.Band]
				if db := decibel(gain(r, at, rate)); math.Abs(db-c.zero) > 1e-6 {
					t.Errorf("%s of order %d, %s: %v dB at %g Hz, want %v", c.family, order, d.Band, db, at, c.zero)
				}
			}
		}
	}
}

// Roots of reverse Bessel polynomials: the polynomial vanishes, their product is 1, and orders 2 and 3 are known in closed
// form and from tables.
func TestBesselFiltersHaveThePolesOfTheTables(t *testing.T) {
	for order, want := range map[int][]complex128{
		1: {-1}, 2: {complex(-0.8660254037844386, 0.5)},
		3: {complex(-0.9416000265332067, 0), complex(-0.7456403858480766, 0.7113666249728353)},
		4: {complex(-0.6572111716718829, 0.8301614350048733), complex(-0.904758796788245, 0.27091873300387465)},
	} {
		r := besselPrototype(order)
		for _, w := range want {
			found := false
			for _, p := range r.Poles {
				found = found || cmplx.Abs(p-w) < 1e-12
			}
			if !found {
				t.Errorf("order %d: poles %v, want %v", order, r.Poles, w)
			}
		}
	}
	for order := 1; order <= besselMost; order++ {
		r := besselPrototype(order)
		product := complex(1, 0)
		for _, p := range r.Poles {
			product *= -p
			if real(p) >= 0 {
				t.Errorf("order %d: pole %v", order, p)
			}
		}
		if len(r.Poles) != order || cmplx.Abs(product-1) > 1e-12 || math.Abs(r.Gain-1) > 1e-12 {
			t.Errorf("order %d: %d poles, product %v, gain %v", order, len(r.Poles), product, r.Gain)
		}
		// The delay of a Bessel filter at 0, -Σ 1/p, is the scale of its poles; the first terms of the delay's series vanish.
		var first, third complex128
		for _, p := range r.Poles {
			first -= 1 / p
			third -= 1 / (p * p * p)
		}
		if order >= 2 && cmplx.Abs(third) > 1e-11*math.Pow(real(first), 3) {
			t.Errorf("order %d: the delay is not flat: %v, %v", order, first, third)
		}
	}
}

func TestIIRConforms(t *testing.T) {
	designs := []IIRDesign{
		{Order: 5, Edges: []float64{500}},
		{Family: Elliptic, Band: BandPass, Order: 3, Edges: []float64{300, 900}, Ripple: 1, Attenuation: 40},
		{Family: Bessel, Band: BandHigh, Order: 2, Edges: []float64{700}},
	}
	for _, c := range []struct{ inputs, designs int }{{1, 3}, {3, 3}, {3, 1}} {
		t.Run(fmt.Sprintf("%d channels, %d designs", c.inputs, c.designs), func(t *testing.T) {
			stagetest.Run(t, stagetest.Recipe{
				Inputs: []stagetest.Signal{{Channels: c.inputs}},
				Build: func(in []stages.Stage, r stages.Range) ([]stages.Node, error) {
					return stagetest.Nodes(NewIIR(in[0], IIRParams{Designs: designs[:c.designs], Channels: r}))
				},
				Sliced: true, Period: kernel.FlushInterval,
			})
		})
	}
}

// Sections of order 2 are the filter: their transfer function is that of the roots, also where polynomials have lost it.
func TestSectionsKeepTheFilter(t *testing.T) {
	const rate = 44100
	for _, d := range []IIRDesign{
		{Order: 50, Edges: []float64{1000}},
		{Family: Elliptic, Band: BandStop, Order: 9, Edges: []float64{50, 60}, Ripple: 1, Attenuation: 60},
		{Family: Chebyshev2, Band: BandPass, Order: 7, Edges: []float64{20, 40}, Attenuation: 50},
		{Family: Bessel, Order: 25, Edges: []float64{300}},
	} {
		r, err := d.Roots(rate)
		if err != nil {
			t.Fatal(err)
		}
		c, err := DesignIIR(rate, []IIRDesign{d})
		if err != nil {
			t.Fatal(err)
		}
		for f := 5.0; f < 500; f += 1.7 {
			h, err := c.Response(0, f, rate)
			if want := gain(r, f, rate); err != nil || math.Abs(cmplx.Abs(h)-want) > 1e-7 {
				t.Fatalf("%+v: gain %v at %g Hz, want %v, %v", d, cmplx.Abs(h), f, want, err)
			}
		}
	}
}

func TestImpossibleDesignsAreRefused(t *testing.T) {
	src := stagetest.NewSource(stagetest.Signal{Rate: 8000, Frames: 10})
	two := []float64{100, 200}
	for _, c := range []struct {
		d    IIRDesign
		want string
	}{
		{IIRDesign{Order: 2}, "0 edges of a filter of band \"low\": want 1"},
		{IIRDesign{Order: 2, Edges: two}, "2 edges of a filter of band \"low\": want 1"},
		{IIRDesign{Order: 2, Edges: []float64{4000}}, "4000 Hz: want above 0 Hz and below half the rate, 4000 Hz"},
		{IIRDesign{Order: 2, Edges: []float64{math.NaN()}}, "NaN Hz: want above 0 Hz"},
		{IIRDesign{Order: 2, Band: BandPass, Edges: []float64{200, 100}}, "200 Hz, 100 Hz: want them in ascending order"},
		{IIRDesign{Order: 51, Edges: two[:1]}, "order 51: want 1 to 50"},
		{IIRDesign{Order: -1, Edges: two[:1]}, "order -1: want 1 to 50"},
		{IIRDesign{Family: Bessel, Order: 26, Edges: two[:1]}, "order 26: want 1 to 25"},
		{IIRDesign{Family: "gauss", Order: 2, Edges: two[:1]}, "family \"gauss\": want one of"},
		{IIRDesign{Band: "notch", Order: 2, Edges: two[:1]}, "band \"notch\": want one of"},
		{IIRDesign{Family: Chebyshev1, Order: 2, Edges: two[:1]}, "ripple 0 dB: want above 0 dB"},
		{IIRDesign{Family: Chebyshev2, Order: 2, Edges: two[:1], Attenuation: math.Inf(1)}, "attenuation +Inf dB: want above 0 dB"},
		{IIRDesign{Family: Elliptic, Order: 2, Edges: two[:1], Ripple: 3, Attenuation: 3}, "attenuation 3 dB, ripple 3 dB"},
		{IIRDesign{Order: 2, Edges: two[:1], Stop: two[1:]}, "order 2 and edges of a stop band: want either"},
		{IIRDesign{Edges: two[:1]}, "0 stop-band edges"},
		{IIRDesign{Edges: two[1:], Stop: two[:1], Ripple: 1, Attenuation: 20}, "want the stop band above the pass band"},
		{IIRDesign{Band: BandHigh, Edges: two[:1], Stop: two[1:], Ripple: 1, Attenuation: 20}, "want the stop band below the pass band"},
		{IIRDesign{Band: BandPass, Edges: two, Stop: []float64{150, 300}, Ripple: 1, Attenuation: 20}, "want the edges of the pass band between those of the stop band"},
		{IIRDesign{Band: BandStop, Edges: two, Stop: []float64{50, 150}, Ripple: 1, Attenuation: 20}, "want the edges of the stop band between those of the pass band"},
		{IIRDesign{Edges: two[:1], Stop: []float64{100.01}, Ripple: 0.001, Attenuation: 100}, "want at most 50"},
		{IIRDesign{Family: Bessel, Edges: two[:1], Stop: two[1:], Ripple: 1, Attenuation: 20}, "want an order"},
		{IIRDesign{Order: 2, Edges: []float64{1e-14}}, "section 0 is unstable"},
		{IIRDesign{Family: Chebyshev1, Band: BandPass, Order: 2, Edges: []float64{1000, 1000.0000000000002}, Ripple: 1}, "is unstable"},
	} {
		if _, err := NewIIR(src, IIRParams{Designs: []IIRDesign{c.d}}); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "filterbank.iir: channel 0: ") {
			t.Errorf("error %q does not say %q", err, c.want)
		}
	}
	if _, err := NewIIR(nil, IIRParams{Designs: []IIRDesign{{Order: 1, Edges: two[:1]}}}); err == nil {
		t.Error("a missing source was accepted")
	}
	if _, err := NewIIR(src, IIRParams{}); err == nil || !strings.Contains(err.Error(), "no designs") {
		t.Errorf("no designs: %v", err)
	}
}

func BenchmarkIIR(b *testing.B) {
	d := IIRDesign{Family: Elliptic, Band: BandPass, Order: 4, Edges: []float64{500, 2000}, Ripple: 1, Attenuation: 40}
	run(b, 1000, 1000, func(src stages.Stage) (stages.Stage, error) { return NewIIR(src, IIRParams{Designs: []IIRDesign{d}}) })
}

// Designs of two examples of Brian Hears, with coefficients and gains that were computed independently.
func TestExampleDesignsHaveTheirKnownNumbers(t *testing.T) {
	const rate = 44100
	near := func(got, want float64) bool { return math.Abs(got-want) <= 6e-10*math.Abs(want) }
	for _, c := range []struct {
		d    IIRDesign
		gain float64
		b, a []float64
	}{
		{IIRDesign{Band: BandPass, Order: 2, Edges: []float64{75, 125}}, 1.262346512e-5, []float64{1, 0, -2, 0, 1}, []float64{1, -3.989545869934, 5.969069697456, -3.969499805434, 0.989976013945}},
		{IIRDesign{Band: BandPass, Order: 2, Edges: []float64{850, 1150}}, 4.432730225e-4, []float64{1, 0, -2, 0, 1}, []float64{1, -3.900543129976, 5.743972579021, -3.784391885882, 0.941343299442}},
		{IIRDesign{Order: 2, Edges: []float64{200}}, 1.989714060e-4, []float64{1, 2, 1}, []float64{1, -1.959707033816, 0.960502919440}},
		{IIRDesign{Order: 2, Edges: []float64{1000}}, 4.603998475e-3, []float64{1, 2, 1}, []float64{1, -1.799096409485, 0.817512403385}},
	} {
		r, err := c.d.Roots(rate)
		if err != nil {
			t.Fatal(err)
		}
		b, a := r.Polynomials()
		for i := range a {
			if !near(a[i], c.a[i]) || math.Abs(b[i]-c.gain*c.b[i]) > 1e-9*c.gain {
				t.Errorf("%+v: b %v a %v", c.d, b, a)
			}
		}
	}
	for _, c := range []struct {
		d     IIRDesign
		poles int
		at    []float64
		db    []float64
	}{
		{IIRDesign{Band: BandPass, Edges: []float64{175, 225}, Stop: []float64{145, 255}}, 4, []float64{145, 175, 200, 225, 255}, []float64{-15.697, -1, -0.986, -1, -11.472}},
		{IIRDesign{Band: BandPass, Edges: []float64{850, 1150}, Stop: []float64{670, 1330}}, 4, []float64{670, 850, 1000, 1150, 1330}, []float64{-16.384, -1, -0.980, -1, -11.229}},
		{IIRDesign{Edges: []float64{75}, Stop: []float64{125}}, 3, []float64{0, 75, 125}, []float64{0, -1, -16.842}},
		{IIRDesign{Edges: []float64{850}, Stop: []float64{1150}}, 4, []float64{0, 850, 1150}, []float64{-1, -1, -16.664}},
	} {
		c.d.Family, c.d.Ripple, c.d.Attenuation = Chebyshev1, 1, 10
		r, err := c.d.Roots(rate)
		if err != nil || len(r.Poles) != c.poles {
			t.Fatalf("%+v: %d poles, want %d, %v", c.d, len(r.Poles), c.poles, err)
		}
		for i, f := range c.at {
			if db := decibel(gain(r, f, rate)); math.Abs(db-c.db[i]) > 6e-4 {
				t.Errorf("%+v: %v dB at %g Hz, want %v", c.d, db, f, c.db[i])
			}
		}
	}
}

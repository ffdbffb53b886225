package pipelines

import (
	"math"
	"slices"

	"hearpipe/filterbank"
	"hearpipe/stages"
)

// maxFIRTaps bounds the responses of a pipeline.
const maxFIRTaps = 1 << 20

func init() {
	register(&NodeType{
		Name:   "filterbank.fir",
		Doc:    "Filters with finite impulse responses, without latency: one response for all channels, or one for each.",
		Inputs: filterInput, Outputs: "frames: one channel per response, or those of the input", Channels: sameOrOne,
		Fields: []Field{
			{Name: "response", Kind: Values, Unit: "1", Required: true, Limits: "finite", Doc: "the response, first tap first; with filters: all of them, one after another, as in an array of shape (filters, taps)"},
			{Name: "filters", Kind: Integer, Default: "1", Limits: "1 or more, a divisor of the number of values", Doc: "how many responses there are"},
		},
		Example: "mean: {type: filterbank.fir, from: sound, response: [0.25, 0.25, 0.25, 0.25]}",
		from:    minMax{1, 1},
		plan:    planFIR,
	})
	register(&NodeType{
		Name: "filterbank.iir",
		Doc: "Classical recursive filters, as sections of order 2. With order, the edges are where the gain is -3 dB (butterworth), leaves the ripple (chebyshev1, elliptic) or reaches the attenuation (chebyshev2); " +
			"without, edge and stop are the edges of the pass band and of the stop band, and the lowest order is chosen that loses at most ripple in the one and at least attenuation in the other.",
		Source: "Oppenheim & Schafer (1989), Discrete-Time Signal Processing, chapter 7 and appendix B; conventions of iirfilter and iirdesign of SciPy.",
		Inputs: filterInput, Outputs: "frames", Channels: sameOrOne,
		Fields: []Field{
			{Name: "family", Kind: Choice, Choices: words(filterbank.Families), Default: "butterworth", Doc: "kind of approximation"},
			{Name: "band", Kind: Choice, Choices: words(filterbank.Bands), Default: "low", Doc: "what the filters pass; bandpass and bandstop have two edges"},
			{Name: "order", Kind: Integer, Limits: "1 to 50, bessel 25", Doc: "order of the low-pass from which the filters are made; twice that for bandpass and bandstop"},
			{Name: "edge", Kind: Values, Unit: "Hz", Required: true, Limits: "above 0 Hz and below half the rate", Doc: "edge, or lower edge, of each filter"},
			{Name: "upper", Kind: Values, Unit: "Hz", Limits: "above edge and below half the rate", Doc: "upper edge of each bandpass or bandstop filter"},
			{Name: "stop", Kind: Values, Unit: "Hz", Limits: "above 0 Hz and below half the rate", Doc: "edge, or lower edge, of the stop band of each filter"},
			{Name: "stop_upper", Kind: Values, Unit: "Hz", Limits: "above stop and below half the rate", Doc: "upper edge of the stop band"},
			{Name: "ripple", Kind: Values, Unit: "dB", Limits: "above 0 dB, at most 100 dB", Doc: "largest loss in the pass band"},
			{Name: "attenuation", Kind: Values, Unit: "dB", Limits: "above ripple, at most 300 dB", Doc: "smallest loss in the stop band"},
			{Name: "legacy", Kind: Choice, Choices: []string{"no", "yes"}, Default: "no", Doc: "yes places the edges of bandstop filters as Brian Hears does, by a search that stops a little early"},
		},
		Example: `band: {type: filterbank.iir, from: sound, band: bandpass, order: 2, edge: 300 Hz, upper: 3.4 kHz}`,
		from:    minMax{1, 1},
		plan:    planIIR,
	})
	register(&NodeType{
		Name:   "filterbank.middle_ear",
		Doc:    "The middle ear of the model of Tan & Carney, gain 1 at 1 kHz. A gain of 0.9625127036889 makes it equal to their program.",
		Source: "Tan & Carney (2003), A phenomenological model for the responses of auditory-nerve fibers. II, J. Acoust. Soc. Am. 114, 2007–2020.",
		Inputs: filterInput, Outputs: "frames", Channels: sameOrOne,
		Fields: []Field{
			{Name: "gain", Kind: Values, Unit: "1", Default: "1", Limits: "finite", Doc: "factor on the output"},
		},
		Example: "ear: {type: filterbank.middle_ear, from: sound}",
		from:    minMax{1, 1},
		plan:    planMiddleEar,
	})
	register(&NodeType{
		Name:   "filterbank.fractional_delay",
		Doc:    "Delays that need not be whole frames, by a sinc in a Hamming window. All channels are later by half the taps besides, which makes room for negative delays.",
		Inputs: filterInput, Outputs: "frames", Channels: sameOrOne,
		Fields: []Field{
			{Name: "delay", Kind: Values, Unit: "s", Required: true, Limits: "less than half of the taps", Doc: "delay of each channel"},
			{Name: "taps", Kind: Integer, Limits: "1 to 1048576", Doc: "length of the responses; default 2048, or more where the delays need it"},
		},
		Example: "late: {type: filterbank.fractional_delay, from: sound, delay: [0 ms, 0.123 ms]}",
		from:    minMax{1, 1},
		plan:    planFractionalDelay,
	})
}

// words makes plain text of a list of names.
func words[S ~string](list []S) []string {
	var out []string
	for _, s := range list {
		out = append(out, string(s))
	}
	return out
}

// bank fills in what is common to filters that compute channel by channel.
func (n *node) bank(s shape, perChannel int64) {
	n.out = []outPort{{shape: s}}
	n.needs, n.local = n.same, true
	n.perChan = perChannel
}

// firBytes is what filters with that many taps take per channel: responses and the inputs that they reach back to, transformed.
func firBytes(taps int) int64 { return int64(8 * 8 * taps) }

func planFIR(p *planner, n *node) {
	response := n.list("response")
	if !n.within(p, "filters", 1, float64(len(response)), false, false) || !n.within(p, "response", -math.MaxFloat64, math.MaxFloat64, false, false) {
		return
	}
	filters := int(n.num("filters"))
	taps := len(response) / filters
	if taps*filters != len(response) {
		n.fail(p, "filters", "%d, but there are %d values: want a divisor", filters, len(response))
		return
	}
	if taps > maxFIRTaps {
		n.fail(p, "response", "%d taps: want at most %d", taps, maxFIRTaps)
		return
	}
	s, ok := p.filters(n, "filters", filters)
	if !ok {
		return
	}
	n.bank(s, firBytes(taps))
	var list [][]float64
	for c := range filters {
		list = append(list, response[c*taps:(c+1)*taps])
	}
	n.build = func(in []stages.Node, r stages.Range) ([]stages.Node, error) {
		return one(filterbank.NewFIR(in[0].(stages.Stage), filterbank.FIRParams{Responses: list, Channels: r}))
	}
}

func planIIR(p *planner, n *node) {
	fields := []string{"edge", "upper", "stop", "stop_upper", "ripple", "attenuation"}
	filters, longest := 1, "edge"
	for _, f := range fields {
		if k := len(n.list(f)); k > filters {
			filters, longest = k, f
		}
	}
	s, ok := p.filters(n, longest, filters)
	if !ok || !n.perChannel(p, s.channels, fields...) {
		return
	}
	for _, f := range fields[:4] {
		if !n.within(p, f, 0, s.rate/2, true, true) {
			return
		}
	}
	order := 0
	if n.has("order") {
		if !n.within(p, "order", 1, 50, false, false) {
			return
		}
		order = int(n.num("order"))
	} else if !n.has("stop") || !n.has("ripple") || !n.has("attenuation") {
		n.fail(p, "", "want an order, or else stop, ripple and attenuation")
		return
	}
	pick := func(field string, c int) []float64 {
		if list := n.list(field); len(list) > 0 {
			c = min(c, len(list)-1)
			return list[c : c+1]
		}
		return nil
	}
	number := func(field string, c int) float64 {
		if list := pick(field, c); len(list) > 0 {
			return list[0]
		}
		return 0
	}
	designs := make([]filterbank.IIRDesign, s.channels)
	for c := range designs {
		designs[c] = filterbank.IIRDesign{
			Family: filterbank.Family(n.text("family")), Band: filterbank.Band(n.text("band")), Order: order,
			Edges: slices.Concat(pick("edge", c), pick("upper", c)), Stop: slices.Concat(pick("stop", c), pick("stop_upper", c)),
			Ripple: number("ripple", c), Attenuation: number("attenuation", c), Legacy: n.text("legacy") == "yes",
		}
	}
	bank, err := filterbank.DesignIIR(s.rate, designs)
	if err != nil {
		n.fail(p, "", "%v", err)
		return
	}
	n.bank(s, int64(8*7*bank.Sections()))
	n.build = func(in []stages.Node, r stages.Range) ([]stages.Node, error) {
		return one(filterbank.NewCascade(in[0].(stages.Stage), filterbank.CascadeParams{Coefficients: bank, Channels: r}))
	}
}

func planMiddleEar(p *planner, n *node) {
	gain := n.list("gain")
	s, ok := p.filters(n, "gain", len(gain))
	if !ok || !n.within(p, "gain", -math.MaxFloat64, math.MaxFloat64, false, false) {
		return
	}
	if _, err := filterbank.DesignMiddleEar(s.rate, gain[:1]); err != nil {
		n.fail(p, "", "%v", err)
		return
	}
	n.bank(s, 8*7*2)
	n.build = func(in []stages.Node, r stages.Range) ([]stages.Node, error) {
		return one(filterbank.NewMiddleEar(in[0].(stages.Stage), filterbank.MiddleEarParams{Gain: gain, Channels: r}))
	}
}

func planFractionalDelay(p *planner, n *node) {
	delays, taps := n.list("delay"), 0
	s, ok := p.filters(n, "delay", len(delays))
	if !ok {
		return
	}
	if n.has("taps") {
		if !n.within(p, "taps", 1, maxFIRTaps, false, false) {
			return
		}
		taps = int(n.num("taps"))
	}
	longest := delays[0]
	for _, d := range delays {
		if math.Abs(d) > math.Abs(longest) {
			longest = d
		}
	}
	h, _, err := filterbank.DesignFractionalDelay(s.rate, []float64{longest}, taps)
	if err != nil {
		n.fail(p, "delay", "%v", err)
		return
	}
	n.bank(s, firBytes(len(h[0])))
	n.build = func(in []stages.Node, r stages.Range) ([]stages.Node, error) {
		return one(filterbank.NewFractionalDelay(in[0].(stages.Stage), filterbank.FractionalDelayParams{Delays: delays, Length: len(h[0]), Channels: r}))
	}
}

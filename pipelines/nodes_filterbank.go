package pipelines

import (
	"errors"
	"math"
	"strings"

	"hearpipe/filterbank"
	"hearpipe/internal/expr"
	"hearpipe/stages"
	"hearpipe/units"
)

const filterInput = "from: one stream, with one channel (which goes to all filters) or as many as there are filters"

func init() {
	functions["erbspace"] = &expr.Function{
		Name: "erbspace", Min: 3, Max: 3,
		Check: func(args []expr.Type) (expr.Type, error) {
			for i, t := range args[:2] {
				if t.List || t.Kind > expr.Boolean || !(t.Any || t.Dim == units.DimFrequency) {
					return expr.Type{}, &expr.ArgumentError{Arg: i, Msg: "needs a frequency, as in erbspace(20 Hz, 20 kHz, 100)"}
				}
			}
			if args[2].List || !args[2].IsNumber() {
				return expr.Type{}, &expr.ArgumentError{Arg: 2, Msg: "needs the number of frequencies, as in erbspace(20 Hz, 20 kHz, 100)"}
			}
			t := expr.FloatType(units.DimFrequency)
			t.List = true
			return t, nil
		},
		Eval: func(args []expr.Value) (expr.Value, error) {
			n, err := expr.Count(args, 2)
			if err != nil {
				return expr.Value{}, err
			}
			f, err := filterbank.ERBSpace(args[0].X, args[1].X, n)
			if err != nil {
				return expr.Value{}, errors.New(strings.TrimPrefix(err.Error(), "erbspace: "))
			}
			return expr.ListValue(units.DimFrequency, f), nil
		},
	}
	register(&NodeType{
		Name:   "filterbank.gammatone",
		Doc:    "A bank of gammatone filters, a model of the auditory filter: four second-order sections per channel, gain 1 at the centre frequency.",
		Source: "Slaney (1993), An efficient implementation of the Patterson–Holdsworth auditory filter bank, Apple technical report 35; bandwidths of Glasberg & Moore (1990).",
		Inputs: filterInput, Outputs: "frames: one channel per centre frequency, which is its label in tables and pictures", Channels: "the same; an input with one channel is given to all",
		Fields: []Field{
			{Name: "cf", Kind: Values, Unit: "Hz", Required: true, Limits: "above 0 Hz and below half the rate", Doc: "centre frequencies, such as erbspace(20 Hz, 20 kHz, 3000)"},
			{Name: "b", Kind: Values, Unit: "1", Default: "1.019", Limits: "more than 0", Doc: "factor between the bandwidth parameter and the ERB of each filter"},
			{Name: "ear_q", Kind: Quantity, Unit: "1", Default: "9.26449", Limits: "more than 0", Doc: "Q of the ERB, f/Q + m"},
			{Name: "min_bandwidth", Kind: Quantity, Unit: "Hz", Default: "24.7 Hz", Limits: "more than 0 Hz", Doc: "m of the ERB, f/Q + m"},
			{Name: "erb_order", Kind: Quantity, Unit: "1", Default: "1", Limits: "more than 0", Doc: "order o of the ERB, ((f/Q)^o + m^o)^(1/o)"},
		},
		Example: `cochlea: {type: filterbank.gammatone, from: sound, cf: "erbspace(20 Hz, 20 kHz, 3000)"}`,
		from:    minMax{1, 1},
		plan:    planGammatone,
	})
	register(&NodeType{
		Name:   "filterbank.lowpass",
		Doc:    "First-order low-pass filters: y follows x with the time constant 1/(2π·cutoff), in the Euler form y += 2π·cutoff/rate·(x - y).",
		Inputs: filterInput, Outputs: "frames", Channels: "the same; an input with one channel is given to all",
		Fields: []Field{
			{Name: "cutoff", Kind: Values, Unit: "Hz", Required: true, Limits: "above 0 Hz, at most rate/π", Doc: "cutoff frequency, one for all channels or one per channel"},
		},
		Example: "envelope: {type: filterbank.lowpass, from: ihc, cutoff: 10 Hz}",
		from:    minMax{1, 1},
		plan:    planLowPass,
	})
	register(&NodeType{
		Name:   "filterbank.cascade",
		Doc:    "One recursive section, (Σ b_i·z^-i)/(Σ a_i·z^-i), in every channel, any number of times in series.",
		Inputs: "from: one stream", Outputs: "frames: the channels of the input, filtered", Channels: "the same",
		Fields: []Field{
			{Name: "b", Kind: Values, Unit: "1", Required: true, Limits: "finite", Doc: "numerator b_0, b_1, …"},
			{Name: "a", Kind: Values, Unit: "1", Required: true, Limits: "finite, a_0 not zero, no pole outside the unit circle", Doc: "denominator a_0, a_1, …; all are divided by a_0"},
			{Name: "times", Kind: Integer, Default: "1", Limits: "1 to 64", Doc: "how many such sections follow each other"},
		},
		Example: "smooth: {type: filterbank.cascade, from: sound, b: [0.1], a: [1, -0.9], times: 4}",
		from:    minMax{1, 1},
		plan:    planCascade,
	})
}

// filters finds the number of channels of a bank with the given number of filters, 1 meaning one filter for all channels.
func (p *planner) filters(n *node, field string, filters int) (shape, bool) {
	if !p.needFrames(n) {
		return shape{}, false
	}
	s := n.in[0].shape()
	if s.channels == 1 {
		if filters > 1 {
			s.cf = nil
		}
		s.channels = filters
	} else if filters != 1 && filters != s.channels {
		n.fail(p, field, "%d values, but %s has %d channels: want one per channel", filters, n.in[0].from.name, s.channels)
		return shape{}, false
	}
	return s, true
}

func planGammatone(p *planner, n *node) {
	cf := n.list("cf")
	s, ok := p.filters(n, "cf", len(cf))
	if !ok {
		return
	}
	if len(cf) != s.channels {
		n.fail(p, "cf", "one centre frequency, but %s has %d channels: want one per channel", n.in[0].from.name, s.channels)
		return
	}
	inf := math.Inf(1)
	if !n.within(p, "cf", 0, s.rate/2, true, true) || !n.within(p, "b", 0, inf, true, true) || !n.within(p, "ear_q", 0, inf, true, true) ||
		!n.within(p, "min_bandwidth", 0, inf, true, true) || !n.within(p, "erb_order", 0, inf, true, true) {
		return
	}
	if k := len(n.list("b")); k != 1 && k != len(cf) {
		n.fail(p, "b", "%d values for %d channels: want one for all or one per channel", k, len(cf))
		return
	}
	s.cf = cf
	n.out = []outPort{{shape: s}}
	n.needs, n.local = n.same, true
	n.perChan = 8 * (2 + 7 + 8)
	n.build = func(in []stages.Node, r stages.Range) ([]stages.Node, error) {
		return one(filterbank.NewGammatone(in[0].(stages.Stage), filterbank.GammatoneParams{
			CF: cf, B: n.list("b"), EarQ: n.num("ear_q"), MinBandwidth: n.num("min_bandwidth"), ERBOrder: n.num("erb_order"), Channels: r,
		}))
	}
}

func planLowPass(p *planner, n *node) {
	cutoff := n.list("cutoff")
	s, ok := p.filters(n, "cutoff", len(cutoff))
	if !ok || !n.within(p, "cutoff", 0, s.rate/math.Pi, true, false) {
		return
	}
	n.out = []outPort{{shape: s}}
	n.needs, n.local = n.same, true
	n.perChan = 8 * 8
	n.build = func(in []stages.Node, r stages.Range) ([]stages.Node, error) {
		c := cutoff
		if len(c) == 1 {
			c = repeated(c[0], s.channels)
		}
		return one(filterbank.NewLowPass(in[0].(stages.Stage), filterbank.LowPassParams{Cutoff: c, Channels: r}))
	}
}

func planCascade(p *planner, n *node) {
	inf := math.Inf(1)
	b, a := n.list("b"), n.list("a")
	if !p.needFrames(n) || !n.within(p, "b", -inf, inf, true, true) || !n.within(p, "a", -inf, inf, true, true) || !n.within(p, "times", 1, 64, false, false) {
		return
	}
	times, order := int(n.num("times")), max(len(a), len(b))-1
	if order > 64 {
		n.fail(p, "b", "a section of order %d: want at most 64", order)
		return
	}
	if a[0] == 0 {
		n.fail(p, "a", "a_0 is 0: want another number, all coefficients are divided by it")
		return
	}
	s := n.in[0].shape()
	n.out = []outPort{{shape: s}}
	n.needs, n.local = n.same, true
	n.perChan = int64(8 * times * 3 * (order + 1))
	single, err := sections(1, 1, order, b, a)
	if err == nil {
		err = single.CheckStability()
	}
	if err != nil {
		n.fail(p, "a", "%v", err)
		return
	}
	c, err := sections(s.channels, times, order, b, a)
	if err != nil {
		n.fail(p, "", "%v", err)
		return
	}
	n.build = func(in []stages.Node, r stages.Range) ([]stages.Node, error) {
		return one(filterbank.NewCascade(in[0].(stages.Stage), filterbank.CascadeParams{Coefficients: c, Channels: r}))
	}
}

// sections makes the same series of sections for every channel.
func sections(channels, times, order int, b, a []float64) (*filterbank.Coefficients, error) {
	c, err := filterbank.NewCoefficients(channels, times, order)
	if err != nil {
		return nil, err
	}
	for i := range channels {
		for k := range times {
			if err := c.Set(i, k, b, a); err != nil {
				return nil, err
			}
		}
	}
	return c, nil
}

func repeated(x float64, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = x
	}
	return out
}

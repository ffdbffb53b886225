package pipelines

import (
	"math"

	"hearpipe/filterbank"
	"hearpipe/stages"
)

func init() {
	register(&NodeType{
		Name: "filterbank.resonance",
		Doc: "A bank of second-order band passes whose centre frequency a stages.control may move. With ω = 2π·cf/rate and α = sin ω·sinh(asinh(1/(2q))·ω/sin ω) " +
			"they are (sin ω/2)·(1 - z^-2)/(1 + α - 2·cos ω·z^-1 + (1 - α)·z^-2): the gain at cf is about q.",
		Source: "Bristow-Johnson (2005), Cookbook formulae for audio equalizer biquad filter coefficients (band pass with constant skirts).",
		Inputs: filterInput, Outputs: onePerCF, Channels: sameOrOne,
		Fields: []Field{
			cfField("centre frequencies"),
			{Name: "q", Kind: Values, Unit: "1", Default: "5", Limits: "above 0", Doc: "quality factor of each filter, centre frequency / bandwidth"},
		},
		Example: `voice: {type: filterbank.resonance, from: sound, cf: 5 kHz, q: 5}`,
		from:    minMax{1, 1},
		plan:    planResonance,
	})
	register(&NodeType{
		Name:   "filterbank.gain",
		Doc:    "Multiplies each channel by a factor that a stages.control may change: what an automatic gain control turns.",
		Inputs: filterInput, Outputs: "frames: the channels of the input, multiplied", Channels: sameOrOne,
		Fields: []Field{
			{Name: "gain", Kind: Values, Unit: "1", Default: "1", Limits: "finite", Doc: "factor, one for all channels or one per channel"},
		},
		Example: `even: {type: filterbank.gain, from: sound, gain: 0.5}`,
		from:    minMax{1, 1},
		plan:    planGain,
	})
}

func planResonance(p *planner, n *node) {
	s, cf, ok := p.auditoryBank(n)
	if !ok || !n.within(p, "q", 0, math.Inf(1), true, true) || !n.perChannel(p, len(cf), "q") {
		return
	}
	q := filterbank.ResonanceParams{CF: cf, Q: n.list("q")}
	if _, err := filterbank.DesignResonance(s.rate, q); err != nil {
		n.fail(p, "cf", "%v", err)
		return
	}
	n.perChan = 8 * 9
	n.build = func(in []stages.Node, r stages.Range) ([]stages.Node, error) {
		q := q
		q.Channels = r
		return one(filterbank.NewResonance(in[0].(stages.Stage), q))
	}
}

func planGain(p *planner, n *node) {
	gain := n.list("gain")
	s, ok := p.filters(n, "gain", len(gain))
	if !ok || !n.within(p, "gain", -math.MaxFloat64, math.MaxFloat64, false, false) {
		return
	}
	n.out = []outPort{{shape: s}}
	n.needs, n.local = n.same, true
	n.perChan = 8 * 2
	n.build = func(in []stages.Node, r stages.Range) ([]stages.Node, error) {
		g := gain
		if len(g) == 1 {
			g = repeated(g[0], s.channels)
		}
		return one(filterbank.NewGain(in[0].(stages.Stage), filterbank.GainParams{Gain: g, Channels: r}))
	}
}

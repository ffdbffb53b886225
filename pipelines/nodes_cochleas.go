package pipelines

import (
	"math"

	"hearpipe/filterbank"
	"hearpipe/stages"
)

func init() {
	register(&NodeType{
		Name: "filterbank.drnl",
		Doc: "A bank of dual-resonance nonlinear filters, a model of the motion of the basilar membrane: a linear path and a compressive one, added. The sound is in pascal. " +
			"Every quantity of a filter is 10^(p0 + m·log10(cf/Hz)); param changes p0 and m by name.",
		Source: "Meddis, O'Mard & Lopez-Poveda (2001), J. Acoust. Soc. Am. 109, 2852–2861; man: Lopez-Poveda & Meddis (2001), J. Acoust. Soc. Am. 110, 3107–3118; guinea pig: Sumner et al. (2003), J. Acoust. Soc. Am. 113, 3264–3274.",
		Inputs: filterInput, Outputs: onePerCF, Channels: sameOrOne,
		Fields: []Field{
			cfField("characteristic frequencies"),
			{Name: "species", Kind: Choice, Choices: []string{"human", "guinea_pig"}, Default: "human", Doc: "whose ear"},
			{Name: "legacy", Kind: Choice, Choices: []string{"no", "yes"}, Default: "no", Doc: "yes takes the parameters of Brian Hears, in which one slope of each species is wrong"},
			{Name: "param", Kind: Assignments, Doc: "numbers that differ, such as {lp_nl_cutoff_m: 1.1}: cf_lin, bw_lin, lp_lin_cutoff, g, cf_nl, bw_nl, lp_nl_cutoff, a, b or c, followed by _p0 or _m"},
			{Name: "stapes_scale", Kind: Quantity, Unit: "1", Default: "0.00014", Limits: "not 0", Doc: "factor on the input, velocity of the stapes in m/s for 1 Pa"},
			{Name: "order_linear", Kind: Integer, Default: "3", Limits: "1 to 64", Doc: "sections of the gammatone of the linear path"},
			{Name: "order_nonlinear", Kind: Integer, Default: "3", Limits: "1 to 64", Doc: "sections of each gammatone of the nonlinear path"},
		},
		Example: `membrane: {type: filterbank.drnl, from: sound, cf: "erbspace(100 Hz, 8 kHz, 32)", species: human}`,
		from:    minMax{1, 1},
		plan:    planDRNL,
	})
	register(&NodeType{
		Name: "filterbank.dcgc",
		Doc: "A bank of dynamic compressive gammachirps, auditory filters whose shape and gain follow the level of the sound: a passive gammachirp and an asymmetric compensation whose frequency is set " +
			"from the level in a higher channel. For sounds in pascal set param: {RMStoSPL: 93.979 dB}; with the published 30 dB the filters are nearly linear.",
		Source: "Irino & Patterson (2006), A dynamic compressive gammachirp auditory filterbank, IEEE Trans. Audio Speech Lang. Process. 14, 2222–2232.",
		Inputs: filterInput, Outputs: onePerCF, Channels: "the same and some above, whose level they follow; an input with one channel is given to all",
		Fields: []Field{
			{Name: "cf", Kind: Values, Unit: "Hz", Required: true, Limits: "ascending, above 0 Hz and below half the rate; the peaks of the passive filters lie above 0 Hz", Doc: "centre frequencies, such as erbspace(100 Hz, 8 kHz, 32)"},
			{Name: "interval", Kind: Integer, Default: "1", Limits: "1 or more", Doc: "frames between updates of the filters, counted from frame 0"},
			{Name: "param", Kind: Assignments, Doc: "constants that differ, such as {c1: -2.5, decay_tcst: 1 ms}: b1, c1, b2, c2, order_gc, lct_ERB, frat_control, frat0, frat1, decay_tcst, lev_weight, level_ref, level_pwr1, level_pwr2, RMStoSPL"},
			{Name: "legacy", Kind: Choice, Choices: []string{"no", "reference", "decay", "yes"}, Default: "no", Doc: "reference takes the reference level in dB for an amplitude, decay lets the level fall once per update instead of in every frame, yes does both: as Brian Hears does"},
		},
		Example: `membrane: {type: filterbank.dcgc, from: sound, cf: "erbspace(100 Hz, 8 kHz, 32)", param: {RMStoSPL: 93.979 dB}}`,
		from:    minMax{1, 1},
		plan:    planDCGC,
	})
}

// set gives the numbers of a map of names to expressions to a set of parameters. units tells the units of names.
func (p *planner) set(n *node, field string, units map[string]string, set func(name string, x float64) error) bool {
	v := n.values[field]
	if v == nil {
		return true
	}
	for _, x := range v.names {
		value, ok := p.evaluate(x.el)
		if ok && value.Type.List {
			p.add(x.el.mistake("want one number or quantity, this is %s", describe(value)))
			ok = false
		}
		if ok {
			if err := (&Field{Kind: Quantity, Unit: units[x.name]}).fits(value); err != nil {
				p.add(x.el.mistake("%v", err))
				ok = false
			} else if err := set(x.name, value.X); err != nil {
				p.add(x.el.mistake("%v", err))
				ok = false
			}
		}
		if !ok {
			n.broken = true
			return false
		}
	}
	return true
}

func planDRNL(p *planner, n *node) {
	s, cf, ok := p.auditoryBank(n)
	if !ok || !n.within(p, "stapes_scale", -math.MaxFloat64, math.MaxFloat64, false, false) || !n.within(p, "order_linear", 1, 64, false, false) || !n.within(p, "order_nonlinear", 1, 64, false, false) {
		return
	}
	if n.num("stapes_scale") == 0 {
		n.fail(p, "stapes_scale", "0: want another number")
		return
	}
	laws := map[string]func() filterbank.DRNLLaws{
		"human no": filterbank.DRNLHuman, "human yes": filterbank.DRNLHumanLegacy,
		"guinea_pig no": filterbank.DRNLGuineaPig, "guinea_pig yes": filterbank.DRNLGuineaPigLegacy,
	}[n.text("species")+" "+n.text("legacy")]()
	if !p.set(n, "param", nil, laws.Set) {
		return
	}
	q := filterbank.DRNLParams{
		CF: cf, Laws: &laws, StapesScale: n.num("stapes_scale"), OrderLinear: int(n.num("order_linear")), OrderNonlinear: int(n.num("order_nonlinear")),
	}
	if _, err := filterbank.DesignDRNL(s.rate, q); err != nil {
		n.fail(p, "cf", "%v", err)
		return
	}
	n.perChan = int64(8 * (20 + 7*(q.OrderLinear+2*q.OrderNonlinear) + 4*7 + 2*32))
	n.build = func(in []stages.Node, r stages.Range) ([]stages.Node, error) {
		q := q
		q.Channels = r
		return one(filterbank.NewDRNL(in[0].(stages.Stage), q))
	}
}

func planDCGC(p *planner, n *node) {
	s, cf, ok := p.auditoryBank(n)
	if !ok || !n.within(p, "interval", 1, math.MaxInt32, false, false) {
		return
	}
	constants := filterbank.DCGCDefaults()
	if !p.set(n, "param", map[string]string{"decay_tcst": "s", "level_ref": "dB", "RMStoSPL": "dB"}, constants.Set) {
		return
	}
	legacy := n.text("legacy")
	q := filterbank.DCGCParams{
		CF: cf, Constants: &constants, Interval: int(n.num("interval")),
		LegacyReference: legacy == "reference" || legacy == "yes", LegacyDecay: legacy == "decay" || legacy == "yes",
	}
	design, err := filterbank.DesignDCGC(s.rate, q)
	if err != nil {
		n.fail(p, "cf", "%v", err)
		return
	}
	mono := n.in[0].shape().channels == 1
	n.local = mono // otherwise the channels above a slice would be missing
	n.needs = func(input int, r stages.Range) stages.Range {
		if mono {
			return n.same(input, r)
		}
		return design.Needs(r)
	}
	n.perChan = 8 * (17 + 3*4*7 + 20 + 2*32)
	n.build = func(in []stages.Node, r stages.Range) ([]stages.Node, error) {
		q := q
		q.Channels = r
		return one(filterbank.NewDCGC(in[0].(stages.Stage), q))
	}
}

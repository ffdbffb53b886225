package pipelines

import (
	"math"
	"slices"

	"hearpipe/filterbank"
	"hearpipe/stages"
)

// Words that the descriptions of the model of Tan & Carney and of its nerve share.
const (
	tanCarneySource = "Tan & Carney (2003), A phenomenological model for the responses of auditory-nerve fibers. II, J. Acoust. Soc. Am. 114, 2007–2020."
	zhangSource     = "Zhang, Heinz, Bruce & Carney (2001), A phenomenological model for the responses of auditory-nerve fibers. I, J. Acoust. Soc. Am. 109, 648–670; three stores of Westerman & Smith (1988), J. Acoust. Soc. Am. 83, 2266–2276."
	oneOrEach       = "one for all channels or one per channel"
)

// zhangFields are the fields of synapses.
func zhangFields() []Field {
	return []Field{
		{Name: "cf", Kind: Values, Unit: "Hz", Limits: "above 0 Hz and below half the rate", Doc: "characteristic frequencies (default: those of the input)"},
		{Name: "spontaneous", Kind: Quantity, Unit: "Hz", Default: "50 Hz", Limits: "above 0 Hz and below steady_state", Doc: "rate in silence"},
		{Name: "steady_state", Kind: Quantity, Unit: "Hz", Default: "130 Hz", Limits: "above 0 Hz", Doc: "rate at the end of adaptation at high levels; the program of the authors takes 350 Hz where it makes spikes"},
		{Name: "tau_short", Kind: Quantity, Unit: "s", Default: "60 ms", Limits: "above 0 s", Doc: "time constant of short-term adaptation"},
		{Name: "tau_rapid", Kind: Quantity, Unit: "s", Default: "2 ms", Limits: "above 0 s, not tau_short", Doc: "time constant of rapid adaptation"},
		{Name: "rapid_to_short", Kind: Quantity, Unit: "1", Default: "6", Limits: "above 0", Doc: "ratio of rapid to short-term adaptation"},
		{Name: "peak_to_steady", Kind: Quantity, Unit: "1", Default: "8.627", Limits: "above 1", Doc: "ratio of the rate at onset to steady_state"},
		{Name: "max_permeability", Kind: Quantity, Unit: "1", Default: "0.6", Limits: "above 0", Doc: "permeability at high levels"},
		{Name: "legacy", Kind: Choice, Choices: []string{"no", "yes"}, Default: "no", Doc: "yes gives the local store the volume of the immediate one, as Brian Hears does"},
	}
}

func init() {
	register(&NodeType{
		Name: "filterbank.tan_carney",
		Doc: "The cochlea of Tan & Carney, up to the potential of the inner hair cells, for sounds in pascal behind filterbank.middle_ear: a signal path whose gain, bandwidth and glide " +
			"of instantaneous frequency follow the level, measured by a control path that is fed back to itself. Published for a rate of 50 kHz.",
		Source: tanCarneySource,
		Inputs: filterInput, Outputs: "frames: the potential in volts; NODE.signal: the motion of the basilar membrane; NODE.control: the control value in 1/s", Channels: sameOrOne,
		Fields: []Field{
			cfField("characteristic frequencies"),
			{Name: "interval", Kind: Integer, Default: "1", Limits: "1 or more", Doc: "frames between updates of the filters, counted from frame 0"},
			{Name: "pole_frequency", Kind: Values, Unit: "Hz", Doc: "frequency of the first pole pair, " + oneOrEach + " (default: 1.0854·cf - 106.0034)"},
			{Name: "damping_spread", Kind: Values, Unit: "Hz", Limits: "0 or more", Doc: "distance of the outer poles along the real axis in 1/s (default: 10^(1.0230·log10(cf) + 0.1607))"},
			{Name: "frequency_span", Kind: Values, Unit: "Hz", Doc: "distance of the outer poles along the imaginary axis in rad/s (default: 10^(1.4292·log10(cf) - 1.1550) - 1000)"},
			{Name: "rest_damping", Kind: Values, Unit: "Hz", Limits: "more than 0", Doc: "distance of the first pole pair from the imaginary axis at rest in 1/s (default: 10^(0.4·log10(cf) + 1.9))"},
			{Name: "zero", Kind: Values, Unit: "Hz", Doc: "the zero of tenth order, on the real axis, in 1/s (default: -10^(1.5·log10(cf) - 0.9))"},
			{Name: "gain80", Kind: Values, Unit: "Hz", Doc: "damping at 80 dB SPL in 1/s (default: 10^(0.5732·log10(cf) + 1.5220))"},
			{Name: "nonlinear_gain", Kind: Values, Unit: "Hz", Doc: "factor behind the nonlinearity of the control path in 1/s (default: (gain80 - rest_damping)/average_control)"},
			{Name: "average_control", Kind: Quantity, Unit: "1", Default: "0.3357", Limits: "not 0", Doc: "mean of the nonlinearity at 80 dB SPL"},
			{Name: "control_cutoff", Kind: Quantity, Unit: "Hz", Default: "800 Hz", Limits: "above 0 Hz and below half the rate", Doc: "of the three low-passes of the control path"},
			{Name: "feedback_cutoff", Kind: Quantity, Unit: "Hz", Default: "500 Hz", Limits: "above 0 Hz and below half the rate", Doc: "of the low-pass that feeds the control path"},
		},
		Example: `ihc: {type: filterbank.tan_carney, from: ear, cf: "erbspace(200 Hz, 8 kHz, 100)"}`,
		from:    minMax{1, 1},
		plan:    planTanCarney,
	})
	register(&NodeType{
		Name:   "filterbank.inner_hair_cell",
		Doc:    "Inner hair cells of the model of Tan & Carney: a saturation that is larger for motion in one direction, and low-passes. It is part of filterbank.tan_carney.",
		Source: tanCarneySource,
		Inputs: "from: one stream", Outputs: "frames: the potential in volts", Channels: "the same",
		Fields: []Field{
			{Name: "scale", Kind: Quantity, Unit: "1", Default: "0.1", Limits: "not 0", Doc: "potential per e-fold of the input in volts"},
			{Name: "slope", Kind: Quantity, Unit: "1", Default: "2000", Limits: "more than 0", Doc: "gain of the input inside the logarithm"},
			{Name: "exponent", Kind: Quantity, Unit: "1", Default: "1.74", Limits: "more than 0", Doc: "how fast the saturation for negative input begins"},
			{Name: "corner", Kind: Quantity, Unit: "1", Default: "6.87e-9", Limits: "more than 0", Doc: "where it begins, to the power exponent"},
			{Name: "cutoff", Kind: Quantity, Unit: "Hz", Default: "3800 Hz", Limits: "above 0 Hz and below half the rate", Doc: "of the low-passes"},
			{Name: "low_passes", Kind: Integer, Default: "7", Limits: "1 to 64", Doc: "how many there are in series"},
		},
		Example: "ihc: {type: filterbank.inner_hair_cell, from: membrane}",
		from:    minMax{1, 1},
		plan:    planInnerHairCell,
	})
	register(&NodeType{
		Name:   "filterbank.zhang_rate",
		Doc:    "The synapse between inner hair cell and auditory nerve fibre of Zhang et al.: the rate of a fibre, adapted, without refractoriness, from the potential of the hair cell in volts.",
		Source: zhangSource,
		Inputs: filterInput, Outputs: "frames: the rate in Hz; NODE.immediate and NODE.local: concentrations in the immediate and the local store before each step", Channels: sameOrOne,
		Fields:  zhangFields(),
		Example: "rate: {type: filterbank.zhang_rate, from: ihc}",
		from:    minMax{1, 1},
		plan: func(p *planner, n *node) {
			q, s, ok := p.zhang(n)
			if !ok {
				return
			}
			n.out = []outPort{{shape: s}, {"immediate", s}, {"local", s}}
			n.needs, n.local = n.same, true
			n.perChan = 8 * 8
			n.build = func(in []stages.Node, r stages.Range) ([]stages.Node, error) {
				q := q
				q.Channels = r
				z, err := filterbank.NewZhangRate(in[0].(stages.Stage), q)
				if err != nil {
					return nil, err
				}
				return []stages.Node{z, z.Immediate, z.Local}, nil
			}
		},
	})
	register(&NodeType{
		Name: "filterbank.zhang_fibres",
		Doc: "Auditory nerve fibres that fire at random with the rate of filterbank.zhang_rate, silent for a while after a spike and less excitable for longer. " +
			"The input is the potential of hair cells in volts; fibre c·per_channel + j belongs to channel c.",
		Source: zhangSource,
		Inputs: filterInput, Outputs: "spikes; NODE.firing: the rate of each fibre in Hz", Channels: "those the fibres belong to",
		Fields: append(
			zhangFields(),
			Field{Name: "per_channel", Kind: Integer, Default: "1", Limits: "1 or more", Doc: "fibres of each channel"},
			Field{Name: "refractory", Kind: Quantity, Unit: "s", Default: "0.75 ms", Limits: "0 s or more", Doc: "for so long after a spike a fibre cannot fire"},
			Field{Name: "fast", Kind: Quantity, Unit: "1", Default: "0.5", Limits: "0 or more; fast + slow at most 1", Doc: "part of the rate that comes back with fast_tau"},
			Field{Name: "slow", Kind: Quantity, Unit: "1", Default: "0.5", Limits: "0 or more; fast + slow at most 1", Doc: "part of the rate that comes back with slow_tau"},
			Field{Name: "fast_tau", Kind: Quantity, Unit: "s", Default: "1 ms", Limits: "one frame or more", Doc: "time constant of the fast recovery"},
			Field{Name: "slow_tau", Kind: Quantity, Unit: "s", Default: "12.5 ms", Limits: "one frame or more", Doc: "time constant of the slow recovery"},
			Field{Name: "seed", Kind: Integer, Default: "0", Limits: "0 or more", Doc: "another seed gives other random numbers"},
		),
		Example: "nerve: {type: filterbank.zhang_fibres, from: ihc, per_channel: 10}",
		from:    minMax{1, 1},
		plan:    planZhangFibres,
	})
}

func planTanCarney(p *planner, n *node) {
	lists := []string{"pole_frequency", "damping_spread", "frequency_span", "rest_damping", "zero", "gain80", "nonlinear_gain"}
	s, cf, ok := p.auditoryBank(n)
	if !ok || !n.perChannel(p, len(cf), lists...) || !n.within(p, "interval", 1, math.MaxInt32, false, false) ||
		!n.within(p, "damping_spread", 0, math.Inf(1), false, true) || !n.within(p, "rest_damping", 0, math.Inf(1), true, true) ||
		!n.within(p, "control_cutoff", 0, s.rate/2, true, true) || !n.within(p, "feedback_cutoff", 0, s.rate/2, true, true) ||
		!p.finite(n, "average_control") || !p.nonzero(n, "average_control") {
		return
	}
	q := filterbank.TanCarneyParams{
		CF: cf, PoleFrequency: n.list(lists[0]), DampingSpread: n.list(lists[1]), FrequencySpan: n.list(lists[2]), RestDamping: n.list(lists[3]),
		Zero: n.list(lists[4]), Gain80: n.list(lists[5]), NonlinearGain: n.list(lists[6]), AverageControl: n.num("average_control"),
		ControlCutoff: n.num("control_cutoff"), FeedbackCutoff: n.num("feedback_cutoff"), Interval: int(n.num("interval")),
	}
	if _, err := filterbank.DesignTanCarney(s.rate, q); err != nil {
		n.fail(p, "cf", "%v", err)
		return
	}
	n.out = append(n.out, outPort{"signal", s}, outPort{"control", s})
	n.perChan = 8 * (17 + 11*7 + 4*7 + 7*4 + 4*4 + 40 + 3*32)
	n.build = func(in []stages.Node, r stages.Range) ([]stages.Node, error) {
		q := q
		q.Channels = r
		t, err := filterbank.NewTanCarney(in[0].(stages.Stage), q)
		if err != nil {
			return nil, err
		}
		return []stages.Node{t, t.Signal, t.Control}, nil
	}
}

func planInnerHairCell(p *planner, n *node) {
	inf := math.Inf(1)
	if !p.needFrames(n) || !p.finite(n, "scale") || !p.nonzero(n, "scale") || !n.within(p, "slope", 0, inf, true, true) || !n.within(p, "exponent", 0, inf, true, true) ||
		!n.within(p, "corner", 0, inf, true, true) || !n.within(p, "low_passes", 1, 64, false, false) {
		return
	}
	s := n.in[0].shape()
	if !n.within(p, "cutoff", 0, s.rate/2, true, true) {
		return
	}
	n.out = []outPort{{shape: s}}
	n.needs, n.local = n.same, true
	low := int(n.num("low_passes"))
	n.perChan = int64(8 * (2 + 4*low))
	n.build = func(in []stages.Node, r stages.Range) ([]stages.Node, error) {
		return one(filterbank.NewInnerHairCell(in[0].(stages.Stage), filterbank.InnerHairCellParams{
			Scale: n.num("scale"), Slope: n.num("slope"), Exponent: n.num("exponent"), Corner: n.num("corner"), Cutoff: n.num("cutoff"), LowPasses: low, Channels: r,
		}))
	}
}

// zhang reads what synapses have in common.
func (p *planner) zhang(n *node) (q filterbank.ZhangParams, s shape, ok bool) {
	if n.has("cf") {
		s, q.CF, ok = p.auditoryBank(n)
	} else if ok = p.needFrames(n); ok {
		s = n.in[0].shape()
		if q.CF = s.cf; s.cf == nil {
			n.fail(p, "cf", "%s has no characteristic frequencies to take: want cf", n.in[0].from.name)
			ok = false
		}
	}
	if !ok {
		return q, s, false
	}
	k := filterbank.ZhangConstants{
		Spontaneous: n.num("spontaneous"), SteadyState: n.num("steady_state"), TauShort: n.num("tau_short"), TauRapid: n.num("tau_rapid"),
		RapidToShort: n.num("rapid_to_short"), PeakToSteady: n.num("peak_to_steady"), MaxPermeability: n.num("max_permeability"),
	}
	q.Constants, q.LegacyLocalVolume = &k, n.text("legacy") == "yes"
	if _, err := filterbank.DesignZhang(q.CF, k); err != nil {
		n.fail(p, "", "%v", err)
		return q, s, false
	}
	return q, s, true
}

func planZhangFibres(p *planner, n *node) {
	q, s, ok := p.zhang(n)
	if !ok || !n.within(p, "per_channel", 1, float64(maxChannels/s.channels), false, false) || !n.within(p, "seed", 0, 1<<53, false, false) ||
		!n.within(p, "refractory", 0, 1e4, false, false) || !n.within(p, "fast", 0, 1, false, false) || !n.within(p, "slow", 0, 1-n.num("fast"), false, false) ||
		!n.within(p, "fast_tau", 1/s.rate, math.Inf(1), false, true) || !n.within(p, "slow_tau", 1/s.rate, math.Inf(1), false, true) {
		return
	}
	per := int(n.num("per_channel"))
	recovery := filterbank.ZhangRecovery{
		Absolute: n.num("refractory"), Fast: n.num("fast"), Slow: n.num("slow"), FastTau: n.num("fast_tau"), SlowTau: n.num("slow_tau"),
	}
	s.channels *= per
	cf := s.cf
	s.cf = nil
	if len(slices.Compact(slices.Clone(cf))) > 1 { // else fibres differ in what they hear only, and their numbers say more
		for _, f := range cf {
			s.cf = append(s.cf, slices.Repeat([]float64{f}, per)...)
		}
	}
	firing := s
	s.spikes = true
	n.out = []outPort{{shape: s}, {"firing", firing}}
	mono := n.in[0].shape().channels == 1
	n.local = per == 1 || mono
	n.needs = func(input int, r stages.Range) stages.Range {
		return n.same(input, stages.Range{Lo: r.Lo / per, Hi: (r.Hi + per - 1) / per})
	}
	n.perChan = 8 * 12
	n.build = func(in []stages.Node, r stages.Range) ([]stages.Node, error) {
		z, err := filterbank.NewZhangFibres(in[0].(stages.Stage), filterbank.ZhangFibresParams{
			ZhangParams: q, PerChannel: per, Recovery: &recovery, Name: n.name, Seed: uint64(n.num("seed")), Fibres: r,
		})
		if err != nil {
			return nil, err
		}
		return []stages.Node{z, z.Firing}, nil
	}
}

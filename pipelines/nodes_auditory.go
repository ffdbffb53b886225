package pipelines

import (
	"math"

	"hearpipe/filterbank"
	"hearpipe/stages"
)

// Words that the descriptions of auditory filters share.
const (
	sameOrOne   = "the same; an input with one channel is given to all"
	onePerCF    = "frames: one channel per centre frequency, which is its label in tables and pictures"
	rangeOfB    = "above 0, below 12.64"
	rangeOfC    = "above -6.04, below 6.04"
	chirpPhase  = "phase at that time [rad]"
	chirpSource = "Wagner, Brill, Kempter & Carr (2009), Auditory responses in the barn owl's nucleus laminaris to clicks, J. Neurophysiol. 102, 1227–1240."
	tiltSource  = "Irino & Patterson (1997), A time-domain, level-dependent auditory filter: the gammachirp, J. Acoust. Soc. Am. 101, 412–419; recursive form of Unoki, Irino & Patterson (2001), Acoust. Sci. Technol. 22, 426–430."
)

// cfField describes the centre frequencies of a bank.
func cfField(doc string) Field {
	return Field{Name: "cf", Kind: Values, Unit: "Hz", Required: true, Limits: "above 0 Hz and below half the rate", Doc: doc + ", such as erbspace(100 Hz, 8 kHz, 32)"}
}

// tiltFields are the fields of gammachirps.
func tiltFields(cf string) []Field {
	return []Field{
		cfField(cf),
		{Name: "b", Kind: Values, Unit: "1", Default: "1.019", Limits: rangeOfB, Doc: "factor between the bandwidth parameter and the ERB of each filter"},
		{Name: "c", Kind: Values, Unit: "1", Default: "1", Limits: rangeOfC, Doc: "chirp factor of each filter; positive ones make high frequencies stronger, negative ones low frequencies"},
		{Name: "sections", Kind: Integer, Default: "4", Limits: "1 to 64", Doc: "number of sections of the asymmetric compensation"},
	}
}

func init() {
	register(&NodeType{
		Name:   "filterbank.approximate_gammatone",
		Doc:    "A bank of approximate gammatone filters: one second-order section several times in series, gain 1 at the centre frequency.",
		Source: "Hohmann (2002), Frequency analysis and synthesis using a gammatone filterbank, Acta Acustica 88, 433–442.",
		Inputs: filterInput, Outputs: onePerCF, Channels: sameOrOne,
		Fields: []Field{
			cfField("centre frequencies"),
			{Name: "bandwidth", Kind: Values, Unit: "Hz", Required: true, Limits: "above 0 Hz", Doc: "rate of decay β of each filter, exp(-2π·β·t)"},
			{Name: "order", Kind: Integer, Default: "4", Limits: "1 to 64", Doc: "number of sections"},
		},
		Example: `cochlea: {type: filterbank.approximate_gammatone, from: sound, cf: "erbspace(100 Hz, 1 kHz, 50)", bandwidth: 100 Hz, order: 3}`,
		from:    minMax{1, 1},
		plan:    planApproximateGammatone,
	})
	register(&NodeType{
		Name:   "filterbank.asymmetric_compensation",
		Doc:    "A bank of filters with gain 1 at a frequency that tilt the spectrum around it: what makes a gammachirp of a gammatone.",
		Source: tiltSource,
		Inputs: filterInput, Outputs: onePerCF, Channels: sameOrOne,
		Fields:  tiltFields("frequencies with gain 1"),
		Example: `tilted: {type: filterbank.asymmetric_compensation, from: cochlea, cf: "erbspace(100 Hz, 1 kHz, 50)", b: 2.17, c: 2.2}`,
		from:    minMax{1, 1},
		plan: func(p *planner, n *node) {
			planTilt(p, n, 8*16, func(in stages.Stage, q filterbank.LogGammachirpParams) ([]stages.Node, error) {
				return one(filterbank.NewAsymmetricCompensation(in, filterbank.AsymmetricCompensationParams(q)))
			})
		},
	})
	register(&NodeType{
		Name:   "filterbank.log_gammachirp",
		Doc:    "A bank of passive gammachirps, t³·exp(-2π·b·ERB(f)·t)·cos(2π·(f·t + c·ln t)): gammatones followed by asymmetric compensations.",
		Source: tiltSource,
		Inputs: filterInput, Outputs: onePerCF, Channels: sameOrOne,
		Fields:  tiltFields("frequencies of the gammatones"),
		Example: `cochlea: {type: filterbank.log_gammachirp, from: sound, cf: "erbspace(100 Hz, 1 kHz, 50)", b: 1.81, c: -2.96}`,
		from:    minMax{1, 1},
		plan: func(p *planner, n *node) {
			planTilt(p, n, 8*36, func(in stages.Stage, q filterbank.LogGammachirpParams) ([]stages.Node, error) {
				return one(filterbank.NewLogGammachirp(in, q))
			})
		},
	})
	for _, x := range []struct {
		name, doc string
		build     func(in stages.Stage, q filterbank.LinearChirpParams) ([]stages.Node, error)
		design    func(float64, filterbank.LinearChirpParams) ([][]float64, error)
	}{
		{
			"filterbank.linear_gammachirp", "A bank of filters with finite responses: gammatones whose frequency changes linearly in time. The response begins three of the longest time constants before time 0 and is divided by the sum of its magnitudes.",
			func(in stages.Stage, q filterbank.LinearChirpParams) ([]stages.Node, error) {
				return one(filterbank.NewLinearGammachirp(in, q))
			}, filterbank.DesignLinearGammachirp,
		},
		{
			"filterbank.linear_gaborchirp", "A bank of filters with finite responses: tones in a Gaussian envelope whose frequency changes linearly in time. The response begins six of the longest time constants before time 0 and is divided by the root of the sum of its squares.",
			func(in stages.Stage, q filterbank.LinearChirpParams) ([]stages.Node, error) {
				return one(filterbank.NewLinearGaborchirp(in, q))
			}, filterbank.DesignLinearGaborchirp,
		},
	} {
		register(&NodeType{
			Name: x.name, Doc: x.doc, Source: chirpSource,
			Inputs: filterInput, Outputs: onePerCF, Channels: sameOrOne,
			Fields: []Field{
				cfField("frequencies at time 0 of the response"),
				{Name: "time_constant", Kind: Values, Unit: "s", Required: true, Limits: "above 0 s; responses have at most 2²⁰ taps", Doc: "time constant τ of the envelope of each filter"},
				{Name: "sweep", Kind: Values, Unit: "Hz/s", Default: "1 Hz/(1 s)", Limits: "finite", Doc: "change of frequency"},
				{Name: "phase", Kind: Values, Unit: "1", Default: "0", Limits: "finite", Doc: chirpPhase},
			},
			Example: `chirps: {type: ` + x.name + `, from: sound, cf: "erbspace(100 Hz, 1 kHz, 10)", time_constant: 3 ms, sweep: 500 Hz/(1 s)}`,
			from:    minMax{1, 1},
			plan:    func(p *planner, n *node) { planLinearChirp(p, n, x.design, x.build) },
		})
	}
}

// auditoryBank finds the shape of a bank with centre frequencies, one for each channel, and checks them.
func (p *planner) auditoryBank(n *node) (shape, []float64, bool) {
	cf := n.list("cf")
	s, ok := p.filters(n, "cf", len(cf))
	if !ok {
		return s, nil, false
	}
	if len(cf) != s.channels {
		n.fail(p, "cf", "one centre frequency, but %s has %d channels: want one per channel", n.in[0].from.name, s.channels)
		return s, nil, false
	}
	if !n.within(p, "cf", 0, s.rate/2, true, true) {
		return s, nil, false
	}
	s.cf = cf
	n.out = []outPort{{shape: s}}
	n.needs, n.local = n.same, true
	return s, cf, true
}

// perChannel checks fields that hold one value for all channels or one per channel.
func (n *node) perChannel(p *planner, channels int, fields ...string) bool {
	for _, f := range fields {
		if k := len(n.list(f)); k > 1 && k != channels {
			n.fail(p, f, "%d values for %d channels: want one for all or one per channel", k, channels)
			return false
		}
	}
	return true
}

func planApproximateGammatone(p *planner, n *node) {
	_, cf, ok := p.auditoryBank(n)
	if !ok || !n.within(p, "bandwidth", 0, math.Inf(1), true, true) || !n.within(p, "order", 1, 64, false, false) || !n.perChannel(p, len(cf), "bandwidth") {
		return
	}
	order := int(n.num("order"))
	n.perChan = int64(8 * 7 * order)
	n.build = func(in []stages.Node, r stages.Range) ([]stages.Node, error) {
		return one(filterbank.NewApproximateGammatone(in[0].(stages.Stage), filterbank.ApproximateGammatoneParams{
			CF: cf, Bandwidth: n.list("bandwidth"), Order: order, Channels: r,
		}))
	}
}

func planTilt(p *planner, n *node, bytes int64, build func(in stages.Stage, q filterbank.LogGammachirpParams) ([]stages.Node, error)) {
	_, cf, ok := p.auditoryBank(n)
	if !ok || !n.within(p, "b", 0, 12.64, true, true) || !n.within(p, "c", -6.04, 6.04, true, true) || !n.within(p, "sections", 1, 64, false, false) ||
		!n.perChannel(p, len(cf), "b", "c") {
		return
	}
	n.perChan = bytes + int64(8*16*n.num("sections"))
	n.build = func(in []stages.Node, r stages.Range) ([]stages.Node, error) {
		return build(in[0].(stages.Stage), filterbank.LogGammachirpParams{CF: cf, B: n.list("b"), C: n.list("c"), Sections: int(n.num("sections")), Channels: r})
	}
}

func planLinearChirp(p *planner, n *node, design func(float64, filterbank.LinearChirpParams) ([][]float64, error),
	build func(in stages.Stage, q filterbank.LinearChirpParams) ([]stages.Node, error),
) {
	s, cf, ok := p.auditoryBank(n)
	if !ok || !n.within(p, "time_constant", 0, math.Inf(1), true, true) || !n.within(p, "sweep", -math.MaxFloat64, math.MaxFloat64, false, false) || !n.within(p, "phase", -math.MaxFloat64, math.MaxFloat64, false, false) ||
		!n.perChannel(p, len(cf), "time_constant", "sweep", "phase") {
		return
	}
	longest := 0.0
	for _, t := range n.list("time_constant") {
		longest = max(longest, t)
	}
	if taps := 15 * longest * s.rate; taps > 1<<20 {
		n.fail(p, "time_constant", "%s: responses of %.0f taps: want at most 2²⁰", quantityText(longest, "s"), taps)
		return
	}
	q := filterbank.LinearChirpParams{CF: cf, TimeConstant: n.list("time_constant"), Sweep: n.list("sweep"), Phase: n.list("phase")}
	first := q
	first.CF = cf[:1]
	for _, list := range []*[]float64{&first.TimeConstant, &first.Sweep, &first.Phase} {
		*list = (*list)[:1]
	}
	if _, err := design(s.rate, first); err != nil {
		n.fail(p, "time_constant", "%v", err)
		return
	}
	// Responses, their transforms, and the input that they reach back to.
	n.perChan = int64(8 * 6 * 15 * longest * s.rate)
	n.build = func(in []stages.Node, r stages.Range) ([]stages.Node, error) {
		q := q
		q.Channels = r
		return build(in[0].(stages.Stage), q)
	}
}

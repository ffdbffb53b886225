package library

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
)

// Synapse is a model of synapses as text, for neurons.SynapsesParams. Variables of Init are to be set once synapses exist.
type Synapse struct {
	Model, OnPre, OnPost string
	Init                 map[string]string
}

// ShortTermParams are the parameters of [ShortTerm].
type ShortTermParams struct {
	Variable string // of the target that receives the spike
	Weight   string // its increment at full transmission: a constant, or a variable that Unit makes one of the synapses
	Unit     string // "": Weight is no variable of the synapses
	TauD     string // recovery from depression
	TauF     string // decay of facilitation
	U        string // utilisation by the first spike
}

// ShortTerm is short-term depression and facilitation (Tsodyks and Markram 1997, PNAS 94, 719-723; Markram et al. 1998):
// x recovers to 1 with TauD, u to U with TauF. A spike transmits Weight·u·x with the values before it; then x falls by u·x,
// and u grows by U·(1 - u).
func ShortTerm(p ShortTermParams) Synapse {
	s := Synapse{
		Model: fmt.Sprintf("dx/dt = (1-x)/(%s) : 1 (event-driven)\ndu/dt = ((%s)-u)/(%s) : 1 (event-driven)", p.TauD, p.U, p.TauF),
		OnPre: fmt.Sprintf("%s += (%s)*u*x; x *= 1-u; u += (%s)*(1-u)", p.Variable, p.Weight, p.U),
		Init:  map[string]string{"x": "1", "u": p.U},
	}
	if p.Unit != "" {
		s.Model += fmt.Sprintf("\n%s : %s", p.Weight, p.Unit)
	}
	return s
}

// Interaction says which pairs of spikes change a weight.
type Interaction string

// The interactions of [ExponentialSTDP].
const (
	All         Interaction = "all"          // every pair
	Nearest     Interaction = "nearest"      // each spike with the nearest one of the other cell
	NearestPre  Interaction = "nearest_pre"  // with the nearest presynaptic spike
	NearestPost Interaction = "nearest_post" // with the nearest postsynaptic spike
)

// Update says how a change depends on the weight.
type Update string

// The updates of [ExponentialSTDP].
const (
	Additive       Update = "additive"       // by wmax·A
	Multiplicative Update = "multiplicative" // upwards by (wmax - w)·A, downwards by w·|A|
	Mixed          Update = "mixed"          // upwards by wmax·A, downwards by w·|A|
)

// STDPParams are the parameters of [ExponentialSTDP].
type STDPParams struct {
	Variable    string      // of the target that receives the weight w
	Unit        string      // of the variable
	TauPre      string      // decay of the trace of presynaptic spikes
	TauPost     string      // of postsynaptic ones
	APre        float64     // change of w for a spike of the target after one of the source, in parts of WMax
	APost       float64     // for a spike of the source after one of the target
	WMax        string      // largest weight
	WMin        string      // default 0
	Interaction Interaction // default All
	Update      Update      // default Additive
}

// Rule is plasticity of the weights w of a connection as text, for neurons.STDPParams.
type Rule struct {
	Equations  string // of the traces apre and apost
	Pre, Post  string
	WMin, WMax string
}

// ExponentialSTDP is spike-timing-dependent plasticity with exponential windows (Song, Miller and Abbott 2000, Nat Neurosci
// 3, 919-926; interactions as in Morrison, Diesmann and Gerstner 2008, Biol Cybern 98, 459-478, section 4.1.2). A spike of the
// source is transmitted with the weight from before it. A pair in the same step counts as source before target.
func ExponentialSTDP(p STDPParams) (Synapse, error) {
	r, err := ExponentialRule(p)
	if err != nil {
		return Synapse{}, err
	}
	clip := fmt.Sprintf("; w = clip(w, %s, %s)", r.WMin, r.WMax)
	return Synapse{
		Model:  fmt.Sprintf("w : %s\ndapre/dt = -apre/(%s) : 1 (event-driven)\ndapost/dt = -apost/(%s) : 1 (event-driven)", p.Unit, p.TauPre, p.TauPost),
		OnPre:  p.Variable + " += w; " + r.Pre + clip,
		OnPost: r.Post + clip,
	}, nil
}

// ExponentialRule is the rule of [ExponentialSTDP] for connections, which transmit by themselves: Variable and Unit are not used.
func ExponentialRule(p STDPParams) (Rule, error) {
	var bad []error
	preStep, postStep := "apre += ", "apost += "
	switch cmp.Or(p.Interaction, All) {
	case All:
	case Nearest:
		preStep, postStep = "apre = ", "apost = "
	case NearestPre:
		preStep = "apre = "
	case NearestPost:
		postStep = "apost = "
	default:
		bad = append(bad, fmt.Errorf("interaction %q: want all, nearest, nearest_pre or nearest_post", p.Interaction))
	}
	update := cmp.Or(p.Update, Additive)
	down, up := p.APre < 0 || p.APost < 0, p.APre > 0 || p.APost > 0
	switch update {
	case Additive, Multiplicative:
	case Mixed:
		if !down || !up {
			bad = append(bad, fmt.Errorf("amplitudes %g and %g: mixed updates need a positive and a negative one", p.APre, p.APost))
		}
	default:
		bad = append(bad, fmt.Errorf("update %q: want additive, multiplicative or mixed", p.Update))
	}
	if strings.TrimSpace(p.WMax) == "" {
		bad = append(bad, errors.New("no largest weight"))
	}
	if len(bad) > 0 {
		return Rule{}, fmt.Errorf("STDP: %w", errors.Join(bad...))
	}
	change := func(trace string, amplitude float64) string {
		switch {
		case update == Additive || update == Mixed && amplitude > 0:
			return fmt.Sprintf("w += (%s)*%s", p.WMax, trace)
		case amplitude > 0:
			return fmt.Sprintf("w += ((%s)-w)*%s", p.WMax, trace)
		}
		return fmt.Sprintf("w *= 1+%s", trace)
	}
	return Rule{
		Equations: fmt.Sprintf("dapre/dt = -apre/(%s) : 1\ndapost/dt = -apost/(%s) : 1", p.TauPre, p.TauPost),
		Pre:       preStep + literal(p.APre) + "; " + change("apost", p.APost),
		Post:      postStep + literal(p.APost) + "; " + change("apre", p.APre),
		WMin:      cmp.Or(p.WMin, fmt.Sprintf("0*(%s)", p.WMax)), WMax: p.WMax,
	}, nil
}

// Hebbian is plasticity by the rates of both cells, dw/dt = eta·v·u (Hebb 1949, The Organization of Behavior, in the simplest
// form), which advances in every step: target and source are variables of the cells, eta a rate of change in 1/s per
// unit of both, unit that of w. Synapses only get stronger by it: limit w with an operation where that matters.
func Hebbian(target, source, eta, unit string) Synapse {
	return Synapse{Model: fmt.Sprintf("dw/dt = (%s)*%s_post*%s_pre : %s", eta, target, source, unit)}
}

// literal writes a number with all its digits, in parentheses where it has a sign.
func literal(x float64) string {
	if x < 0 {
		return fmt.Sprintf("(%.17g)", x)
	}
	return fmt.Sprintf("%.17g", x)
}

package library

import (
	"cmp"
	"fmt"
)

// ExponentialCurrent is a synaptic current that jumps by 1 unit of the given name at a spike and decays:
// dx/dt = -x/tau. It is called name.
func ExponentialCurrent(name, tau, unit string) Current {
	return Current{Name: name, Equations: fmt.Sprintf("d%s/dt = -%s/(%s) : %s", name, name, tau, unit)}
}

// AlphaCurrent has the form (t/tau)·exp(1 - t/tau), with the peak 1 at tau after an increment of NAME_in by 1. The current is
// called name.
func AlphaCurrent(name, tau, unit string) Current {
	return Current{Name: name, Equations: fmt.Sprintf("d%s_in/dt = -%s_in/(%s) : %s\nd%s/dt = (e*%s_in-%s)/(%s) : %s", name, name, tau, unit, name, name, name, tau, unit)}
}

// BiexponentialCurrent is the difference of two exponentials with the time constants rise and decay, normalised to the peak 1
// at rise·decay/(decay - rise)·ln(decay/rise) after an increment of NAME_in by 1. The current is called name. The time constants
// must differ.
func BiexponentialCurrent(name, rise, decay, unit string) Current {
	k := fmt.Sprintf("((%s)/(%s))**((%s)/((%s)-(%s)))", decay, rise, rise, decay, rise)
	return Current{Name: name, Equations: fmt.Sprintf("d%s_in/dt = -%s_in/(%s) : %s\nd%s/dt = (%s*%s_in-%s)/(%s) : %s", name, name, decay, unit, name, k, name, name, rise, unit)}
}

// Conductance turns a current that was made in siemens into one in ampere: NAME_current = g·(E - vm), positive inwards.
func Conductance(g Current, reversal string) Current {
	return Current{Name: g.Name + "_current", Equations: g.Equations + fmt.Sprintf("\n%s_current = %s*((%s)-vm) : amp", g.Name, g.Name, reversal)}
}

// Receptor is a kind of synaptic receptor: what a spike opens, and for how long.
type Receptor struct {
	Name     string
	Tau      string // decay of the open probability
	Rise     string // its rise, in the model with a pulse of transmitter
	Reversal string
	Block    string // factor that depends on vm, "" for none
	// IgnoreFall has nothing close while transmitter is there, in the model with a pulse of transmitter.
	IgnoreFall bool
}

// The receptors, with the constants of a widely used primer (after Destexhe, Mainen and Sejnowski 1994, Neural Comput 6,
// 14-18, in orders of magnitude).
var (
	AMPA  = Receptor{Name: "AMPA", Tau: "5*ms", Rise: "0.5*ms", Reversal: "0*mV"}
	NMDA  = Receptor{Name: "NMDA", Tau: "150*ms", Rise: "2*ms", Reversal: "0*mV", Block: MagnesiumBlock("vm", "1")}
	GABAA = Receptor{Name: "GABAA", Tau: "6*ms", Rise: "0.5*ms", Reversal: "-70*mV"}
	GABAB = Receptor{Name: "GABAB", Tau: "150*ms", Rise: "10*ms", Reversal: "-90*mV"}
)

// MagnesiumBlock is the open part of NMDA receptors, 1/(1 + [Mg]/3.57 mM·exp(-0.062·V/mV)) (Jahr and Stevens 1990, J Neurosci
// 10, 3178-3182), for a concentration in mM.
func MagnesiumBlock(vm, millimolar string) string {
	return fmt.Sprintf("1/(1+(%s)/3.57*exp(-0.062*%s/mV))", millimolar, vm)
}

// Saturating is a receptor whose open probability P_NAME is set to 1 by a spike (not increased) and decays with its time
// constant; the current I_NAME = g·P·block·(E - vm) is positive inwards. OnPre of its synapses is [Receptor.Open].
func (r Receptor) Saturating(g string) Current {
	return r.current(g, fmt.Sprintf("dP_%s/dt = -P_%s/(%s) : 1", r.Name, r.Name, r.Tau))
}

// Open are the statements of a spike for [Receptor.Saturating].
func (r Receptor) Open() string { return "P_" + r.Name + " = 1" }

// Gated is a receptor that a pulse of transmitter opens: while T_NAME, a parameter between 0 and 1, is above 0,
// dP/dt = alpha·T·(1 - P) - beta·P with alpha = 1/rise and beta = 1/tau (Destexhe et al. 1994, eq. 1). The pulse is set by an
// operation or by [Receptor.Pulse] synapses.
func (r Receptor) Gated(g string) Current {
	if r.IgnoreFall {
		return r.current(g, fmt.Sprintf("dP_%s/dt = T_%s*(1-P_%s)/(%s)-(1-T_%s)*P_%s/(%s) : 1\nT_%s = int(t < end_%s) : 1\nend_%s : second", r.Name, r.Name, r.Name, r.Rise, r.Name, r.Name, r.Tau, r.Name, r.Name, r.Name))
	}
	return r.current(g, fmt.Sprintf("dP_%s/dt = T_%s*(1-P_%s)/(%s)-P_%s/(%s) : 1\nT_%s = int(t < end_%s) : 1\nend_%s : second", r.Name, r.Name, r.Name, r.Rise, r.Name, r.Tau, r.Name, r.Name, r.Name))
}

// Pulse are the statements of a spike for [Receptor.Gated]: transmitter is there for the given time (1 ms usually); a new
// spike begins the time anew. The pulse is there in the steps after that of the spike.
func (r Receptor) Pulse(duration string) string {
	return fmt.Sprintf("end_%s = t+0.75*dt+(%s)", r.Name, cmp.Or(duration, "1*ms"))
}

func (r Receptor) current(g, gating string) Current {
	block := ""
	if r.Block != "" {
		block = "*" + "(" + r.Block + ")"
	}
	return Current{Name: "I_" + r.Name, Equations: fmt.Sprintf("%s\nI_%s = (%s)*P_%s%s*((%s)-vm) : amp", gating, r.Name, g, r.Name, block, r.Reversal)}
}

// FullGABAB is the GABA-B receptor with its second messenger (Destexhe and Sejnowski 1995, PNAS 92, 9515-9519):
// dr/dt = 0.09·T·(1 - r) - 0.0012·r, ds/dt = 0.18·r - 0.034·s per ms, P = s⁴/(s⁴ + 100). Its synapses set end_GABAB as
// those of [Receptor.Pulse] do.
func FullGABAB(g string) Current {
	return GABAB.current(g, `dr_GABAB/dt = (0.09*T_GABAB*(1-r_GABAB)-0.0012*r_GABAB)/ms : 1
ds_GABAB/dt = (0.18*r_GABAB-0.034*s_GABAB)/ms : 1
P_GABAB = s_GABAB**4/(s_GABAB**4+100) : 1
T_GABAB = int(t < end_GABAB) : 1
end_GABAB : second`)
}

// RisingGABAAParams are the parameters of [RisingGABAA]; "" is the default in parentheses.
type RisingGABAAParams struct {
	G        string // peak conductance before the factors of rise and decay
	Rise     string // (1*ms)
	Fast     string // (6*ms)
	Slow     string // (100*ms)
	Fraction string // of the fast decay (0.9)
	Reversal string // (-75*mV)
}

// RisingGABAA is a GABA-A conductance g·(1 - exp(-t/rise))·(a·exp(-t/fast) + (1 - a)·exp(-t/slow)) for each spike, as four
// linear traces, so that spikes add. Its synapses run [OpenGABAA].
func RisingGABAA(p RisingGABAAParams) Current {
	rise, fast, slow := cmp.Or(p.Rise, "1*ms"), cmp.Or(p.Fast, "6*ms"), cmp.Or(p.Slow, "100*ms")
	trace := func(name, decay string) string {
		return fmt.Sprintf("d%s/dt = -%s/(%s) : 1\nd%s_rise/dt = -%s_rise/((%s)*(%s)/((%s)+(%s))) : 1\n", name, name, decay, name, name, rise, decay, rise, decay)
	}
	a := cmp.Or(p.Fraction, "0.9")
	return Current{Name: "I_GABAA", Equations: trace("E_fast", fast) + trace("E_slow", slow) +
		fmt.Sprintf("g_GABAA = (%s)*((%s)*(E_fast-E_fast_rise)+(1-(%s))*(E_slow-E_slow_rise)) : siemens\n", p.G, a, a) +
		fmt.Sprintf("I_GABAA = g_GABAA*((%s)-vm) : amp", cmp.Or(p.Reversal, "-75*mV"))}
}

// OpenGABAA are the statements of a spike for [RisingGABAA].
const OpenGABAA = "E_fast += 1; E_fast_rise += 1; E_slow += 1; E_slow_rise += 1"

// Release is a release probability P_rel of each synapse that decays to rest with tau and changes at a spike: facilitation
// adds change·(1 - P_rel), depression multiplies by change. The value from before the spike is transmitted; transmit are
// the statements that do it, with P_rel in them.
func Release(rest, tau, change string, facilitate bool, transmit string) Synapse {
	after := fmt.Sprintf("P_rel *= (%s)", change)
	if facilitate {
		after = fmt.Sprintf("P_rel += (%s)*(1-P_rel)", change)
	}
	return Synapse{
		Model: fmt.Sprintf("dP_rel/dt = ((%s)-P_rel)/(%s) : 1 (event-driven)", rest, tau),
		OnPre: transmit + "; " + after,
		Init:  map[string]string{"P_rel": rest},
	}
}

// InhibitorySTDP is the homeostatic plasticity of inhibitory synapses of Vogels et al. (2011, Science 334, 1569-1573): near
// coincidences of both cells strengthen, lone spikes of the source weaken, so that the target fires at a rate
// alpha/(2·tau). eta is the rate of learning; w is in the unit of the variable.
func InhibitorySTDP(variable, unit, tau, eta, alpha, wmax string) Synapse {
	r := InhibitoryRule(tau, eta, alpha, wmax)
	clip := fmt.Sprintf("; w = clip(w, %s, %s)", r.WMin, r.WMax)
	return Synapse{
		Model:  fmt.Sprintf("w : %s\ndapre/dt = -apre/(%s) : 1 (event-driven)\ndapost/dt = -apost/(%s) : 1 (event-driven)", unit, tau, tau),
		OnPre:  variable + " += w; " + r.Pre + clip,
		OnPost: r.Post + clip,
	}
}

// InhibitoryRule is the rule of [InhibitorySTDP] for connections, which transmit by themselves.
func InhibitoryRule(tau, eta, alpha, wmax string) Rule {
	return Rule{
		Equations: fmt.Sprintf("dapre/dt = -apre/(%s) : 1\ndapost/dt = -apost/(%s) : 1", tau, tau),
		Pre:       fmt.Sprintf("apre += 1; w += (%s)*(apost-(%s))", eta, alpha),
		Post:      fmt.Sprintf("apost += 1; w += (%s)*apre", eta),
		WMin:      fmt.Sprintf("0*(%s)", wmax), WMax: wmax,
	}
}

package library

import (
	"cmp"
	"fmt"
)

// LeakyIF is the leaky integrate-and-fire model dvm/dt = (EL - vm)/tau.
func LeakyIF(tau, rest string) string {
	return fmt.Sprintf("dvm/dt = ((%s)-vm)/(%s) : volt", rest, tau)
}

// PerfectIF is the perfect integrator: dvm/dt = (sum of currents)/tau, with currents in volt.
func PerfectIF(tau string, currents ...Current) string { return Membrane(tau, currents...) }

// ExponentialIFParams are the parameters of [ExponentialIF].
type ExponentialIFParams struct {
	C, GL, EL, VT, DeltaT string // capacity, leak conductance, rest, threshold, slope factor
}

// ExponentialIF is the exponential integrate-and-fire model (Fourcaud-Trocmé et al. 2003, J Neurosci 23, 11628-11640, eq. 11):
// C·dvm/dt = gL·(EL - vm) + gL·ΔT·exp((vm - VT)/ΔT) + currents.
func ExponentialIF(p ExponentialIFParams, currents ...Current) string {
	spike := Current{Name: "I_spike", Equations: fmt.Sprintf("I_spike = (%s)*(%s)*exp((vm-(%s))/(%s)) : amp", p.GL, p.DeltaT, p.VT, p.DeltaT)}
	return Membrane(p.C, append([]Current{Leak(p.GL, p.EL), spike}, currents...)...)
}

// QuadraticIFParams are the parameters of [QuadraticIF].
type QuadraticIFParams struct {
	C, A, EL, VT string // capacity, siemens/volt, rest, threshold
}

// QuadraticIF is the quadratic integrate-and-fire model (Ermentrout and Kopell 1986; Latham et al. 2000):
// C·dvm/dt = a·(vm - EL)·(vm - VT) + currents.
func QuadraticIF(p QuadraticIFParams, currents ...Current) string {
	spike := Current{Name: "I_spike", Equations: fmt.Sprintf("I_spike = (%s)*(vm-(%s))*(vm-(%s)) : amp", p.A, p.EL, p.VT)}
	return Membrane(p.C, append([]Current{spike}, currents...)...)
}

// IzhikevichParams are the parameters of [Izhikevich]; "" is the default in parentheses.
type IzhikevichParams struct {
	A string // rate of recovery (0.02/ms)
	B string // coupling of recovery to the potential (0.2/ms)
}

// Izhikevich is the model of Izhikevich (2003, IEEE Trans Neural Netw 14, 1569-1572, eqs. 1 and 2), with w in volt per
// second. input is a variable in volt per second that is added, or "".
func Izhikevich(p IzhikevichParams, input string) string {
	a, b := cmp.Or(p.A, "0.02/ms"), cmp.Or(p.B, "0.2/ms")
	if input != "" {
		input = "+" + input
	}
	return fmt.Sprintf("dvm/dt = (0.04/ms/mV)*vm**2+(5/ms)*vm+140*mV/ms-w%s : volt\ndw/dt = (%s)*((%s)*vm-w) : volt/second", input, a, b)
}

// AdaptiveIFParams are the parameters of [AdaptiveIF]; "" is the default in parentheses.
type AdaptiveIFParams struct {
	C      string // capacity (281*pF)
	GL     string // leak conductance (30*nS)
	EL     string // rest (-70.6*mV)
	VT     string // threshold (-50.4*mV)
	DeltaT string // slope factor (2*mV)
	TauW   string // time constant of the adaptation (144*ms)
	A      string // its conductance (4*nS)
}

// AdaptiveIF is the adaptive exponential integrate-and-fire model (Brette and Gerstner 2005, J Neurophysiol 94, 3637-3642,
// eqs. 2 and 3), with the parameters published there as defaults. [AdaptiveReset] is its reset.
func AdaptiveIF(p AdaptiveIFParams, currents ...Current) string {
	el := cmp.Or(p.EL, "-70.6*mV")
	w := Current{Name: "w", Outward: true, Equations: fmt.Sprintf("dw/dt = ((%s)*(vm-(%s))-w)/(%s) : amp", cmp.Or(p.A, "4*nS"), el, cmp.Or(p.TauW, "144*ms"))}
	return ExponentialIF(ExponentialIFParams{
		C: cmp.Or(p.C, "281*pF"), GL: cmp.Or(p.GL, "30*nS"), EL: el, VT: cmp.Or(p.VT, "-50.4*mV"), DeltaT: cmp.Or(p.DeltaT, "2*mV"),
	}, append([]Current{w}, currents...)...)
}

// AdaptiveReset is the reset of [AdaptiveIF]: vm goes to vr (default -70.6*mV), w grows by b (default 0.0805*nA).
func AdaptiveReset(vr, b string) string {
	return fmt.Sprintf("vm = %s; w += %s", cmp.Or(vr, "-70.6*mV"), cmp.Or(b, "0.0805*nA"))
}

// OrnsteinUhlenbeck is a process with the stationary mean mu and standard deviation sigma, in the given unit:
// dx/dt = (mu - x)/tau + sigma·(2/tau)^½·xi.
func OrnsteinUhlenbeck(name, mu, sigma, tau, unit string) string {
	return fmt.Sprintf("d%s/dt = ((%s)-%s)/(%s)+(%s)*(2/(%s))**.5*xi : %s", name, mu, name, tau, sigma, tau, unit)
}

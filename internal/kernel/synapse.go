package kernel

import "math"

// Synapse holds the constants of the synapse of Zhang et al. (2001), in the order in which the assembly reads them.
type Synapse struct {
	Scale                          float64 // permeability of the immediate store per unit of the drive, p_1
	LocalFlow, GlobalFlow          float64 // permeabilities P_L and P_G
	Global                         float64 // concentration C_G
	ImmediatePerStep, LocalPerStep float64 // T/V_I, T/V_L
}

// Step is one frame of synapses with the given drive q >= 0: it sets rate to that of the fibres, s, and advances the
// concentrations C_I and C_L of the immediate and the local store:
//
//	P   = Scale·q,  s = C_I·P
//	C_I = C_I + ImmediatePerStep·(P_L·(C_L - C_I) - P·C_I)
//	C_L = C_L + LocalPerStep·(P_G·(C_G - C_L) - P_L·(C_L - C_I))      with C_I before the step
//
// A step to C_I < 0 puts both to the steady state for P. rate may be drive.
func (s *Synapse) Step(rate, drive, immediate, local []float64) {
	check3(len(rate), len(drive), len(immediate))
	check2(len(rate), len(local))
	synapseStep(s, rate, drive, immediate, local)
}

func synapseStepGeneric(s *Synapse, rate, drive, immediate, local []float64) {
	drive, immediate, local = drive[:len(rate)], immediate[:len(rate)], local[:len(rate)]
	for c, q := range drive {
		p, ci, cl := float64(s.Scale*q), immediate[c], local[c]
		rate[c] = ci * p
		flow := float64(s.LocalFlow * (cl - ci))
		ci = math.FMA(s.ImmediatePerStep, flow-float64(p*ci), ci)
		cl = math.FMA(s.LocalPerStep, math.FMA(s.GlobalFlow, s.Global-cl, -flow), cl)
		if ci < 0 {
			share := p / s.LocalFlow
			ci = s.Global / (1 + share + p/s.GlobalFlow)
			cl = ci * (1 + share)
		}
		immediate[c], local[c] = ci, cl
	}
}

// Recovery holds the constants of the recovery of fibres from a spike (Zhang et al. 2001, after Carney 1993), in the order in
// which the assembly reads them.
type Recovery struct {
	KeepFast, KeepSlow float64 // what is left of e_0 and e_1 after a step
	Fast, Slow         float64 // c_0, c_1
	Step               float64 // T [s]
}

// Advance is one frame of fibres with the given rate s, but for their spikes. A fibre is active when rest, the number of frames until
// it is, is 0. It sets firing to the rate
//
//	R = s·(1 - c_0·e_0 - c_1·e_1),  e_0 = e_0·KeepFast, e_1 = e_1·KeepSlow before, if the fibre is active
//
// and u, random numbers from 0 to 1, to a number above 0 if an active fibre fires, because u < R·T; rest is counted down.
func (r *Recovery) Advance(firing, rate, u, e0, e1, rest []float64) {
	check3(len(firing), len(rate), len(u))
	check3(len(firing), len(e0), len(e1))
	check2(len(firing), len(rest))
	recoveryAdvance(r, firing, rate, u, e0, e1, rest)
}

func recoveryAdvanceGeneric(r *Recovery, firing, rate, u, e0, e1, rest []float64) {
	n := len(firing)
	rate, u, e0, e1, rest = rate[:n], u[:n], e0[:n], e1[:n], rest[:n]
	for k, left := range rest {
		active := left == 0
		if active {
			e0[k] *= r.KeepFast
			e1[k] *= r.KeepSlow
		} else {
			rest[k] = left - 1
		}
		now := rate[k] * (1 - float64(r.Fast*e0[k]) - float64(r.Slow*e1[k]))
		firing[k] = now
		margin := float64(now*r.Step) - u[k]
		if !active {
			margin = -1
		}
		u[k] = margin
	}
}

//go:build !purego

package kernel

func synapseStep(s *Synapse, rate, drive, immediate, local []float64) {
	done, n := 0, len(rate)
	if n > 0 && level == levelAVX512 {
		done = synapseStepAVX512(&rate[0], &drive[0], &immediate[0], &local[0], &s.Scale, n)
	} else if n > 0 && level == levelAVX2 {
		done = synapseStepAVX2(&rate[0], &drive[0], &immediate[0], &local[0], &s.Scale, n)
	}
	synapseStepGeneric(s, rate[done:], drive[done:], immediate[done:], local[done:])
}

func recoveryAdvance(r *Recovery, firing, rate, u, e0, e1, rest []float64) {
	done, n := 0, len(firing)
	if n > 0 && level == levelAVX512 {
		done = recoveryAdvanceAVX512(&firing[0], &rate[0], &u[0], &e0[0], &e1[0], &rest[0], &r.KeepFast, n)
	} else if n > 0 && level == levelAVX2 {
		done = recoveryAdvanceAVX2(&firing[0], &rate[0], &u[0], &e0[0], &e1[0], &rest[0], &r.KeepFast, n)
	}
	recoveryAdvanceGeneric(r, firing[done:], rate[done:], u[done:], e0[done:], e1[done:], rest[done:])
}

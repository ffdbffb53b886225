//go:build purego || !amd64

package kernel

func synapseStep(s *Synapse, rate, drive, immediate, local []float64) {
	synapseStepGeneric(s, rate, drive, immediate, local)
}

func recoveryAdvance(r *Recovery, firing, rate, u, e0, e1, rest []float64) {
	recoveryAdvanceGeneric(r, firing, rate, u, e0, e1, rest)
}

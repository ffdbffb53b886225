package kernel

// Resonators holds the coefficients of a bank of resonators: for every channel Count equal sections in series, each with the
// transfer function (1 + b·z^-1) / (1 + a_1·z^-1 + a_2·z^-2).
//
// The coefficients of channel c are a_1 = C[c], a_2 = C[Channels+c], b = C[2*Channels+c]. The state of a bank is a slice of
// [Resonators.States] numbers, zero at the start: w_i of section k, i = 1, 2, at (2*k+i-1)*Channels+c.
type Resonators struct {
	Count, Channels int
	C               []float64
}

// States is the number of state variables.
func (r *Resonators) States() int { return 2 * r.Count * r.Channels }

// Run filters frames for channels lo:hi, of which lane 0 of dst and src is the first, in the direct form II: for every
// frame, section by section,
//
//	w   = fma(-a_1, w_1, fma(-a_2, w_2, x))
//	y   = fma(b, w_1, w)
//	w_2 = w_1, w_1 = w
//
// where x is the input of the section and y the input of the next one. dst may be src where src.Step is 1. Who runs them
// flushes the state, see [FlushState].
func (r *Resonators) Run(dst, src Rows, lo, hi, frames int, state []float64) {
	if len(state) != r.States() || len(r.C) != 3*r.Channels || r.Count < 1 || dst.Step != 1 || lo < 0 || lo >= hi || hi > r.Channels {
		panic(errSections)
	}
	for k := 0; k < r.Count; {
		count := 1
		if r.Count-k >= 3 {
			count = 3
		}
		resonators(r, count, dst, src, lo, hi, frames, state[2*k*r.Channels:][:2*count*r.Channels])
		k += count
		src = dst
	}
}

// Integrators holds the coefficients of a bank of leaky integrators, first-order low-passes without their gain: for every
// channel Count equal ones in series, each with the transfer function 1 / (1 - c·z^-1), c being C[channel]. The state is a
// slice of [Integrators.States] numbers, zero at the start: y of section k at k*Channels+channel.
type Integrators struct {
	Count, Channels int
	C               []float64
}

// States is the number of state variables.
func (l *Integrators) States() int { return l.Count * l.Channels }

// Run filters frames for channels lo:hi, of which lane 0 of dst and src is the first: for every frame, section by section,
// y = fma(c, y, x), x being the input of the section and y the input of the next one. dst may be src where src.Step is 1.
// Who runs them flushes the state, see [FlushState].
func (l *Integrators) Run(dst, src Rows, lo, hi, frames int, state []float64) {
	if len(state) != l.States() || len(l.C) != l.Channels || l.Count < 1 || dst.Step != 1 || lo < 0 || lo >= hi || hi > l.Channels {
		panic(errSections)
	}
	for k := 0; k < l.Count; {
		count := 1
		if rest := l.Count - k; rest >= 3 {
			count = min(rest, 4)
		}
		integrators(l, count, dst, src, lo, hi, frames, state[k*l.Channels:][:count*l.Channels])
		k += count
		src = dst
	}
}

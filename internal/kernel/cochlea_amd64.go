//go:build !purego

package kernel

// cochleaTile is how many groups of channels go through all frames of a block before the next ones: their coefficients and
// states stay in the first-level cache.
const cochleaTile = 12

func tanCarneyControl(k *TanCarneyControl, u, q, src Rows, frames int, up updates) {
	if level == levelGo {
		tanCarneyControlGeneric(k, u, q, src, frames, up)
		return
	}
	groups := CochleaWidth(k.channels) / cochleaLanes
	for g := 0; g < groups; g += cochleaTile {
		n, c := min(cochleaTile, groups-g), g*cochleaLanes
		// Called by name, not through a variable: then the compiler knows that the slices do not escape.
		out, feedback, in := &u.Data[c], &q.Data[c], &src.Data[c*src.Step]
		fixed, moving, state := &k.fixed.data[c*controlFixed], &k.moving.data[c*controlMoving], &k.state.data[c*controlStates]
		if level == levelAVX512 {
			tanCarneyControlAVX512(out, feedback, in, fixed, moving, state, &k.shared.twice, n, frames, u.Stride, src.Stride, src.Step, up.due, up.interval)
		} else {
			tanCarneyControlAVX2(out, feedback, in, fixed, moving, state, &k.shared.twice, n, frames, u.Stride, src.Stride, src.Step, up.due, up.interval)
		}
	}
}

func tanCarneySignal(s *TanCarneySignal, dst, u, src Rows, frames int, up updates) (unstable bool) {
	if level == levelGo {
		return tanCarneySignalGeneric(s, dst, u, src, frames, up)
	}
	groups, any := CochleaWidth(s.channels)/cochleaLanes, 0
	out, control, in := &dst.Data[0], &u.Data[0], &src.Data[0]
	fixed, moving, state, spare := &s.fixed.data[0], &s.moving.data[0], &s.state.data[0], &s.spare[0]
	if level == levelAVX512 {
		any = tanCarneySignalAVX512(out, control, in, fixed, moving, state, spare, s.twice, groups, frames, dst.Stride, src.Stride, src.Step, up.due, up.interval)
	} else {
		any = tanCarneySignalAVX2(out, control, in, fixed, moving, state, spare, s.twice, groups, frames, dst.Stride, src.Stride, src.Step, up.due, up.interval)
	}
	return any != 0
}

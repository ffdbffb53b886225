package kernel

import "math"

// Kernels of cochleas whose filters move compute all of a frame at once. Coefficients and states lie in groups of eight
// channels, in the order in which a group is computed: number i of channel c, of n for each channel, is at
// ((c/8)*n+i)*8 + c%8. All groups are whole: a row of the streams between them has room for the channels up to the next
// multiple of eight, and anything may be written there.
const cochleaLanes = 8

// CochleaWidth is how many numbers a row of n channels needs.
func CochleaWidth(n int) int { return (n + cochleaLanes - 1) &^ (cochleaLanes - 1) }

// cochleaBank is n numbers for each of some channels.
type cochleaBank struct {
	n    int
	data []float64
}

func newCochleaBank(channels, n int) cochleaBank {
	return cochleaBank{n, make([]float64, n*CochleaWidth(channels))}
}

// of gives the numbers of a channel: number i at 8*i.
func (b cochleaBank) of(channel int) []float64 {
	return b.data[channel/cochleaLanes*b.n*cochleaLanes+channel%cochleaLanes:]
}

// set sets the numbers of a channel from the first of them on. The lanes behind the last channel are as it.
func (b cochleaBank) set(channel, channels int, numbers ...float64) {
	for c := channel; c < CochleaWidth(channels); c++ {
		list := b.of(c)
		for i, x := range numbers {
			list[i*cochleaLanes] = x
		}
		if channel < channels-1 {
			return
		}
	}
}

// cochleaInput gives the input of a bank with a stride and a step that fit the groups: sources with a channel for each are
// copied to dst, where the filters work in place.
func cochleaInput(dst, src Rows, channels, frames int) Rows {
	if src.Step == 0 {
		_ = src.Data[(frames-1)*src.Stride]
		return src
	}
	for i := range frames {
		row := dst.Data[i*dst.Stride:][:CochleaWidth(channels)]
		copy(row[:channels], src.Data[i*src.Stride:][:channels])
		clear(row[channels:])
	}
	return dst
}

// untilUpdate is how many frames after frame at the next update comes, at multiples of interval; never with an interval of 0.
func untilUpdate(at int64, interval int) int {
	if interval == 0 {
		return math.MaxInt
	}
	if phase := int(at % int64(interval)); phase > 0 {
		return interval - phase
	}
	return 0
}

const errCochlea = "kernel: rows of a cochlea of impossible size"

package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// inSeries is what banks of equal sections in series have in common.
type inSeries interface {
	States() int
	Run(dst, src Rows, lo, hi, frames int, state []float64)
}

func seriesBanks(r *rand.Rand, count, channels int) map[string]inSeries {
	c, leak := normals(r, 3*channels), normals(r, channels)
	for i := range c {
		c[i] *= 0.4
	}
	for i := range leak {
		leak[i] = 0.999 - 0.1*math.Abs(leak[i])
	}
	return map[string]inSeries{"resonators": &Resonators{count, channels, c}, "integrators": &Integrators{count, channels, leak}}
}

// TestSeriesTiersGiveTheSameBits covers every tail of channels and of frames, ranges of channels, padding, both kinds of
// input, in place, several blocks in a row, and writes nothing outside.
func TestSeriesTiersGiveTheSameBits(t *testing.T) {
	forTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(61, 67))
		for channels := 1; channels <= 70; channels++ {
			for count := 1; count <= 8; count++ {
				for name, bank := range seriesBanks(r, count, channels) {
					for step := range 2 {
						lo := r.IntN(channels)
						hi := lo + 1 + r.IntN(channels-lo)
						compareSeries(t, r, name, bank, lo, hi, []int{1, 2, 3, 8, 31, 32}[r.IntN(6)], step)
					}
				}
			}
		}
	})
}

func compareSeries(t *testing.T, r *rand.Rand, name string, bank inSeries, lo, hi, frames, step int) {
	t.Helper()
	where := fmt.Sprintf("%s, %d states, channels %d:%d, %d frames, step %d", name, bank.States(), lo, hi, frames, step)
	state := normals(r, bank.States())
	wantState := slices.Clone(state)
	stride := hi - lo + r.IntN(5)
	srcStride := 1 + step*(stride-1)
	for block := range 3 {
		src := Rows{Data: normals(r, (frames-1)*srcStride+1+step*(hi-lo-1)), Stride: srcStride, Step: step}
		if block == 2 {
			src.Data[r.IntN(len(src.Data))] = math.Inf(1)
		}
		dst, want := filled(frames*stride, guard), filled(frames*stride, guard)
		inReference(func() { bank.Run(Rows{want, stride, 1}, src, lo, hi, frames, wantState) })
		before := slices.Clone(state)
		bank.Run(Rows{dst, stride, 1}, src, lo, hi, frames, state)
		if i := differ(dst, want); i >= 0 {
			t.Fatalf("%s, block %d: number %d of the output is %v, want %v", where, block, i, dst[i], want[i])
		}
		if i := differ(state, wantState); i >= 0 {
			t.Fatalf("%s, block %d: state %d is %v, want %v", where, block, i, state[i], wantState[i])
		}
		if step == 1 {
			bank.Run(Rows{src.Data, stride, 1}, src, lo, hi, frames, before)
			for i := range src.Data {
				if i%stride < hi-lo && math.Float64bits(src.Data[i]) != math.Float64bits(want[i]) && src.Data[i] == src.Data[i] {
					t.Fatalf("%s, in place: number %d is %v, want %v", where, i, src.Data[i], want[i])
				}
			}
		}
	}
}

package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSectionTiersGiveTheSameBits covers every tail of channels, padding, both kinds of input, in place, several blocks in a
// row, and writes nothing outside.
func TestSectionTiersGiveTheSameBits(t *testing.T) {
	forTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(29, 31))
		for channels := 1; channels <= 70; channels++ {
			for order := range 4 {
				for count := 1; count <= 7-2*min(order, 2); count++ { // more of first order go together
					for step := range 2 {
						frames := []int{1, 2, 3, 8, 31, 32}[r.IntN(6)]
						compareSections(t, r, bank(r, count, order, channels), frames, step, r.IntN(5))
					}
				}
			}
		}
	})
}

// compareSections runs three blocks in the tier in use and with the reference.
func compareSections(t *testing.T, r *rand.Rand, s *Sections, frames, step, pad int) {
	t.Helper()
	state := normals(r, s.States())
	wantState := slices.Clone(state)
	dstStride := s.Channels + pad
	srcStride := 1 + step*(dstStride-1)
	for block := range 3 {
		src := Rows{Data: normals(r, frames*srcStride), Stride: srcStride, Step: step}
		if block == 2 {
			src.Data[r.IntN(len(src.Data))] = math.Inf(1)
		}
		at := int64(FlushInterval - 5 + block*frames)
		dst, want := filled(frames*dstStride, guard), filled(frames*dstStride, guard)
		inReference(func() { s.Run(Rows{want, dstStride, 1}, src, at, frames, wantState) })
		before := slices.Clone(state)
		s.Run(Rows{dst, dstStride, 1}, src, at, frames, state)
		if i := differ(dst, want); i >= 0 {
			t.Fatalf("%d sections of order %d, %d channels, %d frames, step %d, block %d: number %d of the output is %v, want %v",
				s.Count, s.Order, s.Channels, frames, step, block, i, dst[i], want[i])
		}
		if i := differ(state, wantState); i >= 0 {
			t.Fatalf("%d sections of order %d, %d channels, %d frames, step %d, block %d: state %d is %v, want %v",
				s.Count, s.Order, s.Channels, frames, step, block, i, state[i], wantState[i])
		}
		if step == 1 {
			place := slices.Clone(src.Data)
			s.Run(Rows{place, dstStride, 1}, Rows{place, dstStride, 1}, at, frames, before)
			for i := range place {
				if i%dstStride >= s.Channels {
					place[i] = guard // the padding of the input
				}
			}
			if i := differ(place, want); i >= 0 {
				t.Fatalf("%d sections of order %d, %d channels in place: number %d is %v, want %v", s.Count, s.Order, s.Channels, i, place[i], want[i])
			}
		}
	}
}

// inReference runs f with the reference kernels.
func inReference(f func()) {
	defer setTier(tier)
	setTier(Go)
	f()
}

// TestBlocksOutOfBoundsPanic: what the assembly would read or write outside of its slices is found before.
func TestBlocksOutOfBoundsPanic(t *testing.T) {
	forAllTiers(t, func(t *testing.T) {
		g, s := gammatoneBank(rand.New(rand.NewPCG(37, 41)), 16)
		long, short := make([]float64, 64), make([]float64, 63)
		for name, f := range map[string]func(){
			"gammatone, short output": func() { g.Run(Rows{short, 16, 1}, Rows{long, 16, 1}, 0, 4, make([]float64, g.States())) },
			"gammatone, short input":  func() { g.Run(Rows{long, 16, 1}, Rows{short, 16, 1}, 0, 4, make([]float64, g.States())) },
			"gammatone, few frames":   func() { g.Run(Rows{long, 16, 1}, Rows{short, 21, 0}, 0, 4, make([]float64, g.States())) },
			"sections, short output":  func() { s.Run(Rows{short, 16, 1}, Rows{long, 16, 1}, 0, 4, make([]float64, s.States())) },
			"sections, short input":   func() { s.Run(Rows{long, 16, 1}, Rows{short, 16, 1}, 0, 4, make([]float64, s.States())) },
		} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s: no panic", name)
					}
				}()
				f()
			}()
		}
	})
}

func TestFiltersAllocateNothing(t *testing.T) {
	forAllTiers(t, func(t *testing.T) {
		g, s := gammatoneBank(rand.New(rand.NewPCG(43, 47)), 21)
		rows := Rows{make([]float64, 21*32), 21, 1}
		gs, ss := make([]float64, g.States()), make([]float64, s.States())
		if n := testing.AllocsPerRun(10, func() { g.Run(rows, rows, 1, 32, gs); s.Run(rows, rows, 1, 32, ss) }); n != 0 {
			t.Errorf("%v allocations", n)
		}
	})
}

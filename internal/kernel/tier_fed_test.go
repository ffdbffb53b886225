package kernel

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestFedGammatoneGivesTheBitsOfACopy repeats, moves and picks lanes, in runs of every length, across a flush.
func TestFedGammatoneGivesTheBitsOfACopy(t *testing.T) {
	forAllTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(43, 47))
		const sources, frames = 24, 37
		for channels := 1; channels <= 90; channels++ {
			g, _ := gammatoneBank(r, channels)
			var feeds []Feed
			for lo := 0; lo < channels; {
				n, step := min(1+r.IntN(20), channels-lo), r.IntN(2)
				feeds = append(feeds, Feed{Lo: lo, Hi: lo + n, From: r.IntN(sources + 1 - max(1, n*step)), Step: step})
				lo += n
			}
			r.Shuffle(len(feeds), func(i, j int) { feeds[i], feeds[j] = feeds[j], feeds[i] })
			src := Rows{Data: normals(r, frames*sources), Stride: sources}
			placed := Rows{Data: make([]float64, frames*channels), Stride: channels, Step: 1}
			for i := range frames {
				for _, f := range feeds {
					for c := f.Lo; c < f.Hi; c++ {
						placed.Data[i*channels+c] = src.Data[i*sources+f.From+(c-f.Lo)*f.Step]
					}
				}
			}
			state := normals(r, g.States())
			wantState := slices.Clone(state)
			got, want := filled(frames*(channels+3), guard), filled(frames*(channels+3), guard)
			g.Run(Rows{want, channels + 3, 1}, placed, FlushInterval-5, frames, wantState)
			g.RunFed(Rows{got, channels + 3, 1}, src, feeds, FlushInterval-5, frames, state)
			if i := differ(got, want); i >= 0 {
				t.Fatalf("%d channels, %v: number %d of the output is %v, want %v", channels, feeds, i, got[i], want[i])
			}
			if i := differ(state, wantState); i >= 0 {
				t.Fatalf("%d channels, %v: state %d is %v, want %v", channels, feeds, i, state[i], wantState[i])
			}
		}
	})
}

func TestImpossibleFeedsPanic(t *testing.T) {
	forAllTiers(t, func(t *testing.T) {
		g, _ := gammatoneBank(rand.New(rand.NewPCG(53, 59)), 16)
		for name, feeds := range map[string][]Feed{
			"a lane is missing":     {{0, 15, 0, 0}},
			"a lane comes twice":    {{0, 16, 0, 0}, {3, 4, 0, 0}},
			"a lane too many":       {{0, 17, 0, 0}},
			"steps of two":          {{0, 16, 0, 2}},
			"before the source":     {{0, 16, -1, 0}},
			"behind the source":     {{0, 8, 0, 0}, {8, 16, 1, 1}},
			"one behind the source": {{0, 16, 8, 0}},
		} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s: no panic", name)
					}
				}()
				x := make([]float64, 8)
				g.RunFed(Rows{make([]float64, 16), 16, 1}, Rows{x, 8, 1}, feeds, 0, 1, make([]float64, g.States()))
			}()
		}
	})
}

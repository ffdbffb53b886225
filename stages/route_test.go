package stages_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// Lists of channels that repeat one, run on or jump, in any mixture, are copied as they stand.
func TestIndexCopiesRuns(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		a, b := stagetest.Signal{Channels: 5, Frames: 9, Seed: 1, Padding: 2}, stagetest.Signal{Channels: 4, Frames: 9, Seed: 2}
		index := []int{r.IntN(9)}
		for range 40 {
			switch k := index[len(index)-1]; r.IntN(3) {
			case 0:
				index = append(index, k)
			case 1:
				index = append(index, (k+1)%9)
			default:
				index = append(index, r.IntN(9))
			}
		}
		s, err := stages.NewIndex([]stages.Stage{stagetest.NewSource(a), stagetest.NewSource(b)}, index, 0)
		if err != nil {
			t.Fatal(err)
		}
		f, err := stages.Collect(context.Background(), s)
		if err != nil {
			t.Fatal(err)
		}
		for i := range f.N {
			for c, k := range index {
				want := a.At(int64(i), min(k, 4))
				if k >= 5 {
					want = b.At(int64(i), k-5)
				}
				if f.At(i, c) != want {
					t.Fatalf("frame %d, channel %d of %v: %g, want %g", i, c, index, f.At(i, c), want)
				}
			}
		}
	}
}

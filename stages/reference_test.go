package stages_test

import (
	"path/filepath"
	"slices"
	"testing"

	"hearpipe/internal/npy"
	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// TestRoutingEqualsTheReference compares with arrays of brian2hears on ab, the numbers 1 to 8 in two channels, and cd, ten times as large.
func TestRoutingEqualsTheReference(t *testing.T) {
	counted := func(scale float64) stages.Stage {
		s := stagetest.NewSource(stagetest.Signal{Channels: 2, Frames: 4, Value: func(at int64, c int) float64 {
			return scale * float64(2*at+int64(c)+1)
		}})
		s.SetReaders(2)
		return s
	}
	for name, build := range map[string]func(ab, cd stages.Stage) (stages.Stage, error){
		"re_repeat":     func(ab, _ stages.Stage) (stages.Stage, error) { return stages.NewRepeat(ab, 3) },
		"re_tile":       func(ab, _ stages.Stage) (stages.Stage, error) { return stages.NewTile(ab, 3) },
		"re_join":       func(ab, cd stages.Stage) (stages.Stage, error) { return stages.NewJoin(ab, cd) },
		"re_interleave": func(ab, cd stages.Stage) (stages.Stage, error) { return stages.NewInterleave(ab, cd) },
		"re_restructure": func(ab, cd stages.Stage) (stages.Stage, error) {
			index, err := stages.RestructureIndex([]int{2, 2}, 2, false, 3)
			if err != nil {
				return nil, err
			}
			return stages.NewIndex([]stages.Stage{ab, cd}, index, 0)
		},
		"re_indexmap": func(ab, cd stages.Stage) (stages.Stage, error) {
			return stages.NewIndex([]stages.Stage{ab, cd}, []int{1, 0, 3, 2}, 0)
		},
		"re_sum": func(ab, cd stages.Stage) (stages.Stage, error) {
			return stages.NewSum([]stages.Stage{ab, cd}, []float64{1, -1})
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := npy.ReadFile(filepath.Join("testdata", name+".npy"))
			if err != nil {
				t.Fatal(err)
			}
			s, err := build(counted(1), counted(10))
			if got := collect(t, s, err); !slices.Equal(got, a.Data) || int64(s.Format().Channels) != int64(a.Shape[1]) {
				t.Errorf("%d channels, %v, want %d, %v", s.Format().Channels, got, a.Shape[1], a.Data)
			}
		})
	}
}

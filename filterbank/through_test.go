package filterbank

import (
	"context"
	"testing"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// copied hides from a bank that its source only repeats or moves channels.
func copied(t *testing.T, s stages.Stage) stages.Stage {
	return memory(t, s.Format().Rate, collect(t, s))
}

// TestGammatoneReadsThroughStagesThatRepeatChannels compares with the bank behind copies, bit by bit, and looks what it reads.
func TestGammatoneReadsThroughStagesThatRepeatChannels(t *testing.T) {
	one := func(s *stages.Stream, err error) stages.Stage {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	moved := make([]int, 48)
	for i := range moved {
		moved[i] = []int{2, 2 + i - 16, 0}[i/16]
		if i/16 == 1 {
			moved[i] %= 3
		}
	}
	for name, c := range map[string]struct {
		channels int // of the source
		build    func(s stages.Stage) stages.Stage
		r        stages.Range
		through  bool
	}{
		"repeated":       {3, func(s stages.Stage) stages.Stage { return one(stages.NewRepeat(s, 20)) }, stages.Range{}, true},
		"some of them":   {3, func(s stages.Stage) stages.Stage { return one(stages.NewRepeat(s, 20)) }, stages.Range{Lo: 5, Hi: 56}, true},
		"repeated twice": {3, func(s stages.Stage) stages.Stage { return one(stages.NewRepeat(one(stages.NewRepeat(s, 4)), 5)) }, stages.Range{}, true},
		"of a view": {5, func(s stages.Stage) stages.Stage {
			return one(stages.NewRepeat(one(stages.NewView(s, stages.Range{Lo: 2, Hi: 5})), 20))
		}, stages.Range{}, true},
		"tiled":               {20, func(s stages.Stage) stages.Stage { return one(stages.NewTile(s, 3)) }, stages.Range{}, true},
		"many short runs":     {20, func(s stages.Stage) stages.Stage { return one(stages.NewRepeat(s, 3)) }, stages.Range{}, false},
		"runs of every kind":  {3, func(s stages.Stage) stages.Stage { return one(stages.NewIndex([]stages.Stage{s}, moved, 0)) }, stages.Range{}, false},
		"one channel for all": {3, func(s stages.Stage) stages.Stage { return one(stages.NewView(s, stages.Range{Lo: 1, Hi: 2})) }, stages.Range{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			source := func() stages.Stage {
				return stagetest.NewSource(stagetest.Signal{Channels: c.channels, Frames: 1300, Seed: 5})
			}
			src := source()
			in := c.build(src)
			p := GammatoneParams{CF: linspace(100, 3000, max(in.Format().Channels, 40)), Channels: c.r}
			bank, err := NewGammatone(in, p)
			if err != nil {
				t.Fatal(err)
			}
			if through := bank.Inputs()[0] == stages.Node(src); through != c.through {
				t.Errorf("it reads the source itself: %t, want %t", through, c.through)
			}
			plain, err := NewGammatone(copied(t, c.build(source())), p)
			if err != nil {
				t.Fatal(err)
			}
			got, want := collect(t, bank), collect(t, plain)
			if got.N != 1300 || got.Channels != want.Channels {
				t.Fatalf("%d frames of %d channels", got.N, got.Channels)
			}
			for i := range got.N {
				for ch := range got.Channels {
					if got.At(i, ch) != want.At(i, ch) {
						t.Fatalf("frame %d, channel %d: %v, want %v", i, ch, got.At(i, ch), want.At(i, ch))
					}
				}
			}
		})
	}
}

func TestGammatoneOfRepeatedChannelsConforms(t *testing.T) {
	stagetest.Run(t, stagetest.Recipe{
		Inputs: []stagetest.Signal{{Channels: 2}},
		Build: func(in []stages.Stage, r stages.Range) ([]stages.Node, error) {
			repeated, err := stages.NewRepeat(in[0], 17)
			if err != nil {
				return nil, err
			}
			return stagetest.Nodes(NewGammatone(repeated, GammatoneParams{CF: linspace(100, 4000, 34), Channels: r}))
		},
		Period: 1024,
	})
}

// TestChannelsThatAreReadThemselvesMayChange: only what the bank passes by is refused.
func TestChannelsThatAreReadThemselvesMayChange(t *testing.T) {
	for times, through := range map[int]bool{3: false, 20: true} {
		src := stagetest.NewSource(stagetest.Signal{Channels: 2, Frames: 100})
		repeated, err := stages.NewRepeat(src, times)
		if err != nil {
			t.Fatal(err)
		}
		bank, err := NewGammatone(repeated, GammatoneParams{CF: linspace(100, 1000, 2*times)})
		if err != nil {
			t.Fatal(err)
		}
		changes := &stages.Changes{}
		changes.Schedule(stages.Change{At: 50, Rate: src.Format().Rate, Replace: []stages.Replacement{{
			Target: repeated, Make: func() (stages.Node, error) { return stages.NewRepeat(src, times) },
		}}})
		_, err = stages.Run(context.Background(), stages.RunOptions{Changes: changes}, stagetest.NewFrameRecorder(bank))
		if through != (err != nil) {
			t.Errorf("%d times: %v", times, err)
		}
	}
}

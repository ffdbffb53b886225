package stages_test

import (
	"context"
	"testing"

	"hearpipe/stages"
)

// ladder is a network in small: port k counts k+1 times the frame number, and it may be stopped from inside.
type ladder struct {
	stopAt int64
	calls  []int64 // where calls began
}

func (l *ladder) Fill(_ context.Context, at int64, n int, dst []stages.Output) (int, error) {
	l.calls = append(l.calls, at)
	for i := range n {
		if l.stopAt > 0 && at+int64(i) == l.stopAt {
			return i, stages.ErrStopped
		}
		for k := range dst {
			if dst[k].Wanted() {
				dst[k].Frames.Row(i)[0] = float64(k+1) * float64(at+int64(i))
			}
		}
	}
	return n, nil
}

// kept collects what it receives.
type kept struct {
	src   stages.Stage
	from  []int64
	value []float64
	end   stages.Ending
}

func (k *kept) Input() stages.Node                        { return k.src }
func (k *kept) Open(context.Context, stages.Format) error { return nil }
func (k *kept) Finish(e stages.Ending) error              { k.end = e; return nil }
func (k *kept) Abort(bool)                                {}
func (k *kept) WriteFrames(_ context.Context, at int64, f stages.Frames) error {
	k.from = append(k.from, at)
	for i := range f.N {
		k.value = append(k.value, f.At(i, 0))
	}
	return nil
}

func port(t *testing.T, g *stages.Growing, name string) stages.Stage {
	t.Helper()
	n, err := g.Add(stages.PortSpec{Name: name, Format: stages.Format{Rate: 1000, Channels: 1, Frames: stages.Unbounded}})
	if err != nil {
		t.Fatal(err)
	}
	return n.(stages.Stage)
}

func TestAnOutputAddedBetweenTwoRunsBeginsThere(t *testing.T) {
	l := &ladder{}
	g := stages.NewGrowing("test.ladder", l)
	first := port(t, g, "first")
	a := &kept{src: first}
	if _, err := stages.Run(context.Background(), stages.RunOptions{Seconds: 0.01, Block: 4}, a); err != nil {
		t.Fatal(err)
	}
	if g.At() != 10 || len(a.value) != 10 {
		t.Fatalf("after the first run at %d with %d frames: want 10 and 10", g.At(), len(a.value))
	}
	second := port(t, g, "second")
	b := &kept{src: second}
	sum, err := stages.Run(context.Background(), stages.RunOptions{Seconds: 0.005, Start: g.At(), Block: 3}, b)
	if err != nil {
		t.Fatal(err)
	}
	if b.from[0] != 10 || len(b.value) != 5 || b.value[0] != 20 || b.value[4] != 28 || b.end.Frames != 15 || sum.Reason != stages.Duration {
		t.Errorf("second run: from %v, values %v, %+v, %+v: want frames 10:15 doubled", b.from, b.value, b.end, sum)
	}
	// The first output was not read in the second run; it goes on after it.
	c := &kept{src: first}
	if _, err := stages.Run(context.Background(), stages.RunOptions{Seconds: 0.002, Start: g.At()}, c); err != nil {
		t.Fatal(err)
	}
	if c.from[0] != 15 || len(c.value) != 2 || c.value[1] != 16 {
		t.Errorf("third run: from %v, values %v: want frames 15:17", c.from, c.value)
	}
}

func TestAStreamStoppedFromInsideGoesOnLater(t *testing.T) {
	l := &ladder{stopAt: 7}
	g := stages.NewGrowing("test.ladder", l)
	a := &kept{src: port(t, g, "first")}
	sum, err := stages.Run(context.Background(), stages.RunOptions{Seconds: 0.02, Block: 5}, a)
	if err != nil || sum.Reason != stages.Stopped || len(a.value) != 7 || a.end.Reason != stages.Stopped {
		t.Fatalf("%+v, %v, %d frames: want a stop after 7", sum, err, len(a.value))
	}
	l.stopAt = 0
	sum, err = stages.Run(context.Background(), stages.RunOptions{Seconds: 0.003, Start: g.At()}, a)
	if err != nil || len(a.value) != 10 || a.value[9] != 9 {
		t.Errorf("%+v, %v, values %v: want 0 to 9", sum, err, a.value)
	}
}

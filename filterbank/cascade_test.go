package filterbank

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

func rangeOf(lo, hi int) stages.Range { return stages.Range{Lo: lo, Hi: hi} }

func memoryImpulse(t testing.TB, rate float64, n int) stages.Stage {
	f := stages.MakeFrames(n, 1)
	f.Data[0] = 1
	return memory(t, rate, f)
}

func ExampleNewCascade() {
	c, _ := NewCoefficients(1, 2, 1) // two sections y_n = x_n + y_(n-1)/2
	for k := range 2 {
		if err := c.Set(0, k, []float64{1}, []float64{1, -0.5}); err != nil {
			fmt.Println(err)
		}
	}
	step, err := stagetest.NewStream(stagetest.Signal{Frames: 4, Value: func(int64, int) float64 { return 1 }})
	if err != nil {
		fmt.Println(err)
	}
	bank, err := NewCascade(step, CascadeParams{Coefficients: c})
	if err != nil {
		fmt.Println(err)
	}
	f, err := bank.Fetch(context.Background(), 0, 4)
	fmt.Println(f.At(0, 0), f.At(1, 0), f.At(2, 0), f.At(3, 0), err)
	// Output: 1 2 2.75 3.25 <nil>
}

// The reference vectors themselves: with their arithmetic and their coefficients they come out to the last bit, so that
// what differs elsewhere is our arithmetic or our coefficients.
func TestReferenceVectorsFollowTheirRecursion(t *testing.T) {
	in := load(t, "input").frames()
	for name, src := range map[string]stages.Frames{
		"gammatone": in, "gammatone_b": in, "gammatone_erb": in, "lowpass": repeated(in, 8), "cascade4_lowpass": repeated(in, 8),
	} {
		t.Run(name, func(t *testing.T) {
			compare(t, separate(t, stored(t, name), src), load(t, name).frames(), toleranceSeparate, toleranceSeparate)
		})
	}
}

func TestCascadeOfStoredCoefficientsEqualsTheReference(t *testing.T) {
	in := load(t, "input").frames()
	for _, name := range []string{"gammatone", "gammatone_b", "gammatone_erb", "lowpass", "cascade4_lowpass"} {
		t.Run(name, func(t *testing.T) {
			bank, err := NewCascade(memory(t, 44100, in), CascadeParams{Coefficients: stored(t, name)})
			if err != nil {
				t.Fatal(err)
			}
			compare(t, collect(t, bank), load(t, name).frames(), toleranceRecursion, toleranceRecursionChannel)
		})
	}
}

// testCoefficients is a stable bank of any size.
func testCoefficients(t *testing.T, channels, sections, order int) *Coefficients {
	t.Helper()
	c, err := NewCoefficients(channels, sections, order)
	if err != nil {
		t.Fatal(err)
	}
	for ch := range channels {
		for k := range sections {
			b, a := []float64{1}, []float64{1}
			for i := 1; i <= order; i++ {
				b = append(b, 0.3/float64(i+ch+1))
				a = append(a, -0.7/float64(order)/float64(i+k))
			}
			if err := c.Set(ch, k, b, a); err != nil {
				t.Fatal(err)
			}
		}
	}
	return c
}

func TestCascadeConforms(t *testing.T) {
	for _, c := range []struct{ inputs, channels, sections, order int }{{1, 5, 3, 2}, {5, 5, 2, 2}, {3, 3, 2, 1}, {1, 3, 1, 4}, {2, 2, 2, 0}} {
		t.Run(fmt.Sprintf("%d to %d channels, %d sections of order %d", c.inputs, c.channels, c.sections, c.order), func(t *testing.T) {
			coefficients := testCoefficients(t, c.channels, c.sections, c.order)
			stagetest.Run(t, stagetest.Recipe{
				Inputs: []stagetest.Signal{{Channels: c.inputs}},
				Build: func(in []stages.Stage, r stages.Range) ([]stages.Node, error) {
					return stagetest.Nodes(NewCascade(in[0], CascadeParams{Coefficients: coefficients, Channels: r}))
				},
				Sliced: true, Period: kernel.FlushInterval,
			})
		})
	}
}

// The suite reads snapshots of stages whose coefficients never change; here a control has changed them.
func TestSnapshotHoldsChangedCoefficients(t *testing.T) {
	build := func() *Cascade {
		bank, err := NewCascade(memoryImpulse(t, 1000, 10), CascadeParams{Coefficients: testCoefficients(t, 2, 2, 2)})
		if err != nil {
			t.Fatal(err)
		}
		return bank
	}
	a, b := build(), build()
	if err := a.Coefficients().Set(1, 1, []float64{7, 8, 9}, []float64{1, 0.1, 0.2}); err != nil {
		t.Fatal(err)
	}
	fa := &sectionsFiller{nil, a.Coefficients(), make([]float64, 8)}
	fb := &sectionsFiller{nil, b.Coefficients(), make([]float64, 8)}
	fa.state[3] = 5
	state := fa.AppendState(nil)
	if err := fb.LoadState(state); err != nil {
		t.Fatal(err)
	}
	gb, ga, err := b.Coefficients().Section(1, 1)
	if err != nil || gb[2] != 9 || ga[2] != 0.2 || fb.state[3] != 5 {
		t.Errorf("restored b %v a %v state %v, %v", gb, ga, fb.state, err)
	}
	for _, bad := range [][]byte{state[:len(state)-1], append(state, 0), nil} {
		if fb.LoadState(bad) == nil {
			t.Errorf("%d bytes of state were accepted, %d are right", len(bad), len(state))
		}
	}
}

func TestControlChangesCoefficientsFromItsFrameOn(t *testing.T) {
	in, err := stagetest.NewStream(stagetest.Signal{Frames: 20, Value: func(int64, int) float64 { return 1 }})
	if err != nil {
		t.Fatal(err)
	}
	gain := func(g float64) *Coefficients {
		c, err := NewCoefficients(1, 1, 0)
		if err == nil {
			err = c.Set(0, 0, []float64{g}, []float64{1})
		}
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	bank, err := NewCascade(in, CascadeParams{Coefficients: gain(1)})
	if err != nil {
		t.Fatal(err)
	}
	update := stages.UpdaterFunc(func(at int64, _ []stages.Frames) error {
		return bank.Coefficients().Set(0, 0, []float64{float64(at)}, []float64{1})
	})
	if _, err := stages.Control([]stages.Stage{in}, []stages.Node{bank}, update, 8); err != nil {
		t.Fatal(err)
	}
	f := collect(t, bank)
	for i := range f.N {
		if want := max(float64(i/8*8), 1); f.At(i, 0) != want {
			t.Errorf("frame %d is %v, want %v", i, f.At(i, 0), want)
		}
	}
}

func TestSourcesThatDoNotFitAreRefused(t *testing.T) {
	c := testCoefficients(t, 3, 1, 1)
	source := func(channels, first int) stages.Stage {
		return stagetest.NewSource(stagetest.Signal{Channels: channels, First: first, Frames: 10})
	}
	try := func(src stages.Stage, p CascadeParams) error {
		_, err := NewCascade(src, p)
		return err
	}
	for _, ok := range []struct {
		src stages.Stage
		r   stages.Range
	}{{source(1, 0), rangeOf(0, 0)}, {source(3, 0), rangeOf(1, 3)}, {source(2, 1), rangeOf(1, 3)}, {source(2, 1), rangeOf(2, 3)}, {source(1, 0), rangeOf(2, 3)}} {
		if err := try(ok.src, CascadeParams{c, ok.r}); err != nil {
			t.Errorf("source of %d channels, range %v: %v", ok.src.Format().Channels, ok.r, err)
		}
	}
	for _, e := range []struct {
		err  error
		want string
	}{
		{try(source(2, 0), CascadeParams{Coefficients: c}), "has 2 channels: want 1 or 3"},
		{try(source(4, 0), CascadeParams{Coefficients: c}), "has 4 channels: want 1 or 3"},
		{try(source(2, 0), CascadeParams{c, rangeOf(1, 3)}), "want 1, 3, or the channels 1:3"},
		{try(source(1, 0), CascadeParams{c, rangeOf(1, 4)}), "channels 1:4: want lo < hi within 0:3"},
		{try(source(1, 0), CascadeParams{}), "coefficients are missing"},
		{try(nil, CascadeParams{Coefficients: c}), "source is missing"},
		{try(source(1, 0), CascadeParams{Coefficients: c.slice(rangeOf(1, 3))}), "coefficients of channels 1:3: want those of the whole bank"},
	} {
		if e.err == nil || !strings.Contains(e.err.Error(), e.want) {
			t.Errorf("error %q does not say %q", e.err, e.want)
		}
	}
	var channelError *stages.ChannelError
	if !errors.As(try(source(2, 0), CascadeParams{Coefficients: c}), &channelError) || channelError.Have != 2 {
		t.Error("a wrong number of channels is not a ChannelError")
	}
}

// After a sound the filters must become silent, not slow: no subnormal number may stay in the state.
func TestSilenceFlushesTheState(t *testing.T) {
	c := testCoefficients(t, 1, 3, 2)
	bank, err := NewCascade(memoryImpulse(t, 1000, 20000), CascadeParams{Coefficients: c})
	if err != nil {
		t.Fatal(err)
	}
	f := collect(t, bank)
	for i := 15000; i < f.N; i++ {
		if f.At(i, 0) != 0 {
			t.Fatalf("frame %d after a click is still %g", i, f.At(i, 0))
		}
	}
}

// A chain of filters computed for a range of channels, on a source that is a range itself, has the bits of the whole.
func TestRangesOfRangesEqualTheWhole(t *testing.T) {
	chain := func(lo, hi int) stages.Frames {
		src, err := stagetest.NewStream(stagetest.Signal{Channels: 6, Frames: 200})
		if err != nil {
			t.Fatal(err)
		}
		bank, err := NewGammatone(src, GammatoneParams{CF: []float64{100, 300, 900, 1800, 2700, 3600}, Channels: rangeOf(lo, hi)})
		if err != nil {
			t.Fatal(err)
		}
		// The cascade computes one channel less than its source has, where it can.
		r := rangeOf(min(lo+1, hi-1), hi)
		cascade, err := NewCascade(bank, CascadeParams{Coefficients: testCoefficients(t, 6, 2, 2), Channels: r})
		if err != nil {
			t.Fatal(err)
		}
		if f := cascade.Format(); f.First != r.Lo || f.Channels != r.Len() || f.Frames != 200 {
			t.Fatalf("format %+v for channels %v", f, r)
		}
		return collect(t, cascade)
	}
	whole := chain(0, 6) // channels 1:6
	for _, r := range []stages.Range{{Lo: 0, Hi: 2}, {Lo: 2, Hi: 6}, {Lo: 4, Hi: 6}} {
		part := chain(r.Lo, r.Hi)
		first := min(r.Lo+1, r.Hi-1)
		for i := range part.N {
			for c := range part.Channels {
				if got, want := part.At(i, c), whole.At(i, first+c-1); got != want {
					t.Fatalf("channels %v: frame %d, channel %d is %v, want %v", r, i, first+c, got, want)
				}
			}
		}
	}
}

// The digest of filtered noise, coefficients of our own design included: the same on every machine. A change of arithmetic
// or design on purpose puts the new digest here.
func TestBitsAreTheSameOnEveryMachine(t *testing.T) {
	const want = 0x78f1247b9a77ff41
	src, err := stagetest.NewStream(stagetest.Signal{Rate: 44100, Frames: 3000})
	if err != nil {
		t.Fatal(err)
	}
	cf, err := ERBSpace(20, 20000, 64)
	if err != nil {
		t.Fatal(err)
	}
	bank, err := NewGammatone(src, GammatoneParams{CF: cf, ERBOrder: 1.5})
	if err != nil {
		t.Fatal(err)
	}
	lp, err := NewLowPass(bank, LowPassParams{Cutoff: []float64{1000}})
	if err != nil {
		t.Fatal(err)
	}
	h := uint64(14695981039346656037)
	f := collect(t, lp)
	for i := range f.N {
		for _, v := range f.Row(i) {
			h = (h ^ math.Float64bits(v)) * 1099511628211
			h ^= h >> 29
		}
	}
	if h != want {
		t.Errorf("digest %#x, want %#x", h, uint64(want))
	}
}

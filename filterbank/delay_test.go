package filterbank

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

func ExampleNewFractionalDelay() {
	click, err := stagetest.NewStream(stagetest.Signal{Rate: 1000, Frames: 10, Value: func(at int64, _ int) float64 {
		if at == 0 {
			return 1
		}
		return 0
	}})
	if err != nil {
		fmt.Println(err)
	}
	// One frame less than the offset of 2 frames, and half a frame more.
	bank, err := NewFractionalDelay(click, FractionalDelayParams{Delays: []float64{-1e-3, 0.5e-3}, Length: 5})
	if err != nil {
		fmt.Println(err)
	}
	f, err := bank.Fetch(context.Background(), 0, 6)
	for i := range f.N {
		fmt.Printf("%.2f\n", f.Row(i))
	}
	fmt.Println(bank.Offset(), err)
	// Output:
	// [0.00 0.01]
	// [1.00 -0.08]
	// [0.00 0.58]
	// [0.00 0.58]
	// [0.00 -0.08]
	// [0.00 0.00]
	// 2 <nil>
}

func TestFractionalDelayEqualsTheReference(t *testing.T) {
	bank, err := NewFractionalDelay(memory(t, 44100, load(t, "input").frames()), FractionalDelayParams{Delays: []float64{-20.5 / 44100, 0.25 / 44100, 3.0 / 44100}})
	if err != nil {
		t.Fatal(err)
	}
	compare(t, collect(t, bank), load(t, "fractional_delay").frames(), toleranceFIR, toleranceFIR)
	got, offset, err := DesignFractionalDelay(44100, []float64{-20.5 / 44100, 0.25 / 44100, 3.0 / 44100}, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := rowsOf(load(t, "fractional_delay.ir"))
	for c := range want {
		for i := range want[c] {
			if math.Abs(got[c][i]-want[c][i]) > toleranceFIR {
				t.Errorf("channel %d, tap %d: %v, want %v", c, i, got[c][i], want[c][i])
			}
		}
	}
	if offset != 1024 {
		t.Errorf("offset %d frames, want 1024", offset)
	}
}

// A tone comes out later by offset and delay.
func TestTonesAreDelayed(t *testing.T) {
	const rate = 8000
	tone := func(at float64) float64 { return math.Sin(2 * math.Pi * 1234.5 * at / rate) }
	delays := []float64{-10.3 / rate, 0.5 / rate, 7.77 / rate, 12 / rate}
	src, err := stagetest.NewStream(stagetest.Signal{Rate: rate, Frames: 6000, Value: func(at int64, _ int) float64 { return tone(float64(at)) }})
	if err != nil {
		t.Fatal(err)
	}
	bank, err := NewFractionalDelay(src, FractionalDelayParams{Delays: delays})
	if err != nil {
		t.Fatal(err)
	}
	f := collect(t, bank)
	for i := 4000; i < 6000; i++ {
		for c, d := range delays {
			if want := tone(float64(i-bank.Offset()) - d*rate); math.Abs(f.At(i, c)-want) > 1e-3 {
				t.Fatalf("frame %d, delay %g: %v, want %v", i, d*rate, f.At(i, c), want)
			}
		}
	}
}

// A delay that is a whole number of frames but for rounding is one; the length grows with the delay.
func TestWholeDelaysAreExact(t *testing.T) {
	h, offset, err := DesignFractionalDelay(44100, []float64{3000.00000000001 / 44100, -2999.99999999999 / 44100}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(h[0]) != 7503 || offset != 3751 || h[0][6751] != 1 || h[1][751] != 1 {
		t.Errorf("%d taps, offset %d", len(h[0]), offset)
	}
	for c := range h {
		sum := 0.0
		for _, v := range h[c] {
			sum += math.Abs(v)
		}
		if sum != 1 {
			t.Errorf("channel %d: the taps add up to %v", c, sum)
		}
	}
}

func TestFractionalDelayConforms(t *testing.T) {
	for _, inputs := range []int{1, 3} {
		t.Run(fmt.Sprint(inputs), func(t *testing.T) {
			stagetest.Run(t, stagetest.Recipe{
				Inputs: []stagetest.Signal{{Channels: inputs}},
				Build: func(in []stages.Stage, r stages.Range) ([]stages.Node, error) {
					return stagetest.Nodes(NewFractionalDelay(in[0], FractionalDelayParams{Delays: []float64{0.3e-3, -1.1e-3, 2e-3}, Length: 101, Channels: r}))
				},
				Sliced: true, Period: 64,
			})
		})
	}
}

func TestImpossibleDelaysAreRefused(t *testing.T) {
	src := stagetest.NewSource(stagetest.Signal{Rate: 1000, Frames: 10})
	for _, c := range []struct {
		p    FractionalDelayParams
		want string
	}{
		{FractionalDelayParams{}, "no delays: want one, or one for each channel"},
		{FractionalDelayParams{Delays: []float64{0, math.NaN()}}, "channel 1: delay NaN s: want a finite number"},
		{FractionalDelayParams{Delays: []float64{0, 5e-3}, Length: 10}, "channel 1: delay 0.005 s, up to 5 frames: want less than half of the 10 taps"},
		{FractionalDelayParams{Delays: []float64{1}, Length: -1}, "-1 taps: want 1 to 1048576"},
		{FractionalDelayParams{Delays: []float64{1e6}}, "channel 0: delay 1e+06 s: want at most 349525 frames"},
	} {
		if _, err := NewFractionalDelay(src, c.p); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "filterbank.fractional_delay: ") {
			t.Errorf("error %q does not say %q", err, c.want)
		}
	}
	if _, err := NewFractionalDelay(nil, FractionalDelayParams{Delays: []float64{0}}); err == nil {
		t.Error("a missing source was accepted")
	}
}

package hrtf

import (
	"fmt"
	"testing"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// Every channel is the convolution of the channel of the source that its ear hears with one response, in both orders and from all kinds of sources.
func TestBankEqualsTheDirectSum(t *testing.T) {
	whole := artificial(t, 150, false)
	set, err := whole.Select("elevation == 0")
	if err != nil {
		t.Fatal(err)
	}
	n := set.Len()
	for _, order := range []Order{Serial, Interleaved} {
		for _, channels := range []int{1, 2, 2 * n} {
			src := noise(t, 600, channels)
			b, err := NewBank(src, BankParams{Set: set, Order: order})
			if err != nil {
				t.Fatal(err)
			}
			out := collect(t, b)
			if out.Channels() != 2*n {
				t.Fatalf("%d channels, want %d", out.Channels(), 2*n)
			}
			for c := range 2 * n {
				e, i := b.Place(c)
				if order.Channel(e, i, n) != c {
					t.Fatalf("%v: channel %d is said to be ear %v of direction %d", order, c, e, i)
				}
				heard := min(c, channels-1)
				if channels == 2 {
					heard = int(e)
				}
				h := set.At(i).Response(e)
				equal(t, fmt.Sprintf("%v, %d channels", order, channels), out, c, convolved(channel(t, src, heard), h, 0), toleranceDirect)
			}
		}
	}
}

func TestBankOrdersChannels(t *testing.T) {
	set := circle(t, 3)
	for order, want := range map[Order][]float64{Serial: {0, 1, 2, 3, 0, 1, 2, 3}, Interleaved: {0, 0, 1, 1, 2, 2, 3, 3}} {
		src, err := stagetest.NewStream(stagetest.Signal{Rate: 44100, Frames: 1, Channels: 2, Value: func(_ int64, c int) float64 { return 1 + 10*float64(c) }})
		if err != nil {
			t.Fatal(err)
		}
		b, err := NewBank(src, BankParams{Set: set, Order: order})
		if err != nil {
			t.Fatal(err)
		}
		out := collect(t, b)
		for c, x := range want {
			e, _ := b.Place(c)
			if got := out.At(0, c); got != x*(1+10*float64(e)) {
				t.Errorf("%v: channel %d is %g, want tap 0 of response %g times what the %v ear hears", order, c, got, x, e)
			}
		}
	}
}

func TestBankHeedsDelays(t *testing.T) {
	set := artificial(t, 20, true)
	src := noise(t, 300, 1)
	b, err := NewBank(src, BankParams{Set: set})
	if err != nil {
		t.Fatal(err)
	}
	out := collect(t, b)
	for i := range set.Len() {
		h := set.At(i).Flat()
		equal(t, "left", out, i, convolved(channel(t, src, 0), h.Left, 0), toleranceDirect)
		equal(t, "right", out, set.Len()+i, convolved(channel(t, src, 0), h.Right, 0), toleranceDirect)
	}
	if b.Set() != set || b.Order() != Serial {
		t.Errorf("the bank forgot its set or order")
	}
}

func TestBankConforms(t *testing.T) {
	set := artificial(t, 90, true)
	set, err := set.Select("i < 9")
	if err != nil {
		t.Fatal(err)
	}
	for _, order := range []Order{Serial, Interleaved} {
		for _, channels := range []int{1, 2, 18} {
			t.Run(fmt.Sprintf("%v, %d channels", order, channels), func(t *testing.T) {
				stagetest.Run(t, stagetest.Recipe{
					Inputs: []stagetest.Signal{{Channels: channels}},
					Build: func(in []stages.Stage, r stages.Range) ([]stages.Node, error) {
						return stagetest.Nodes(NewBank(in[0], BankParams{Set: set, Order: order, Channels: r}))
					},
					Sliced: true, Period: 128, Channels: 18,
				})
			})
		}
	}
}

func TestImpossibleBanksAreRefused(t *testing.T) {
	set := circle(t, 3)
	_, err := NewBank(noise(t, 10, 1), BankParams{})
	refused(t, err, "hrtf.bank: the set is missing")
	_, err = NewBank(noise(t, 10, 1), BankParams{Set: set})
	refused(t, err, "hrtf.bank: ", "8192 Hz", "the set ring has 44100 Hz")
	if set, err = set.WithRate(8192); err != nil {
		t.Fatal(err)
	}
	_, err = NewBank(noise(t, 10, 1), BankParams{Set: set, Order: 2})
	refused(t, err, "hrtf.bank: order 2: want Serial (0) or Interleaved (1)")
	_, err = NewBank(noise(t, 10, 3), BankParams{Set: set})
	refused(t, err, "hrtf.bank: ", "3", "1 or 8")
	_, err = NewBank(noise(t, 10, 1), BankParams{Set: set, Channels: stages.Range{Lo: 4, Hi: 9}})
	refused(t, err, "hrtf.bank: ", "9")
	_, err = NewBank(nil, BankParams{Set: set})
	refused(t, err, "hrtf.bank: the source is missing")
}

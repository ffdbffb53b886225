package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// randomCochlea is both paths for n channels with numbers of the order of the model's.
func randomCochlea(n int) (*TanCarneyControl, *TanCarneySignal) {
	r := rand.New(rand.NewPCG(71, uint64(n)))
	var control []TanCarneyControlChannel
	var signal []TanCarneySignalChannel
	for range n {
		cf := 200 * math.Exp2(5*r.Float64())
		omega, shift := 2*math.Pi*cf, cf/4
		control = append(control, TanCarneyControlChannel{
			Rest: -omega / 4, Omega: 1.25 * omega, Near: shift * shift, Far: (2*cf + shift) * (2*cf + shift), Factor: math.Pow(4*math.Pi*math.Pi, 3) / omega,
			Follow: 3000 * r.Float64(),
		})
		signal = append(signal, TanCarneySignalChannel{
			Rest: -math.Pow(cf, 0.4) * 79, Spread: cf, Omega: [3]float64{omega, 0.96 * omega, 0.92 * omega}, Zero: -cf, Gain: math.Pow(cf, 10) * (1 + r.Float64()),
		})
	}
	law := TanCarneyControlLaw{Rate: 50000, Low: 0.048, LastLow: 0.072, LowPole: 0.904, Feedback: 0.3, FeedbackPole: 0.939}
	return NewTanCarneyControl(law, control), NewTanCarneySignal(50000, signal)
}

// cochleaRun is what both paths make of blocks of noise of different lengths, with everything a later frame depends on.
func cochleaRun(channels, step, interval int, poison float64) (all []float64, unstable bool) {
	r := rand.New(rand.NewPCG(73, uint64(channels)))
	control, signal := randomCochlea(channels)
	stride := CochleaWidth(channels) + 8*(channels%3)
	at := int64(1000)
	q0, u0 := make([]float64, stride), make([]float64, stride)
	for block, frames := range []int{1, 7, 32, 3} {
		src := Rows{Data: normals(r, frames*(1+step*(channels+2))), Stride: 1 + step*(channels+2), Step: step}
		for i := range src.Data {
			src.Data[i] *= math.Pow(10, float64(block-3))
		}
		if block == 2 && poison != 0 {
			src.Data[r.IntN(len(src.Data))] = poison
		}
		u, q, x := filled((frames+1)*stride, guard), filled((frames+1)*stride, guard), filled(frames*stride, guard)
		copy(u, u0)
		copy(q, q0)
		from := func(d []float64) Rows { return Rows{Data: d, Stride: stride, Step: 1} }
		control.Run(from(u[stride:]), from(q), src, at, frames, interval)
		unstable = signal.Run(from(x), from(u), src, at, frames, interval) || unstable
		at += int64(frames)
		copy(u0, u[frames*stride:])
		copy(q0, q[frames*stride:])
		for _, list := range append(append(control.Lists(), signal.Lists()...), u, q, x) {
			all = append(all, list...)
		}
	}
	return all, unstable
}

func TestCochleaTiersGiveTheSameBits(t *testing.T) {
	forTiers(t, func(t *testing.T) {
		for _, channels := range []int{1, 2, 7, 8, 9, 15, 16, 17, 40, 64, 65, 72, 73, 130} {
			for _, interval := range []int{1, 2, 16, 0} {
				for step := range 2 {
					for _, poison := range []float64{0, math.Inf(1), math.NaN(), 1e200, -1e160, 1e-300} {
						name := fmt.Sprintf("%d channels, interval %d, step %d, %v", channels, interval, step, poison)
						got, unstable := cochleaRun(channels, step, interval, poison)
						inReference(func() {
							want, wantUnstable := cochleaRun(channels, step, interval, poison)
							if i := differ(got, want); i >= 0 || len(got) != len(want) {
								t.Fatalf("%s: number %d is %v, want %v", name, i, got[i], want[i])
							}
							if unstable != wantUnstable {
								t.Fatalf("%s: unstable is %v, want %v", name, unstable, wantUnstable)
							}
						})
						if poison == 0 {
							for i, x := range got {
								if math.IsNaN(x) || math.IsInf(x, 0) || math.Abs(x) > 1e200 {
									t.Fatalf("%s: number %d is %v", name, i, x)
								}
							}
						}
					}
				}
			}
		}
	})
}

// The nonlinearity as the paper writes it.
func TestNonlinearityFollowsItsFormula(t *testing.T) {
	x0 := 8 * math.Log(7/(1+math.Exp(5./3)))
	for _, x := range []float64{0, 1e-9, -1e-9, 1e-4, -1e-4, 0.01, -0.02, 0.5, -0.5, 3, -7, 100, -1e4, 1e12, -1e12} {
		n1 := 2.5 * math.Copysign(math.Log1p(100*math.Pow(math.Abs(x), 0.6)), x)
		want := (1/(1+math.Exp(-(n1-x0)/8)*(1+math.Exp(-(n1-5)/3))) - 1./8) * 16
		got := controlNonlinearity(x/3, 9, 2)
		if math.Abs(got-want) > 1e-14*math.Abs(want)+4e-15 || x == 0 && got != 0 {
			t.Errorf("%v becomes %v, want %v", x, got, want)
		}
	}
}

func TestUnstablePolesAreFoundInEveryLane(t *testing.T) {
	forAllTiers(t, func(t *testing.T) {
		const channels, stride, frames = 19, 24, 5
		for c := range channels {
			for i := range frames {
				_, signal := randomCochlea(channels)
				u, x := make([]float64, frames*stride), make([]float64, frames*stride)
				from := func(d []float64) Rows { return Rows{Data: d, Stride: stride, Step: 1} }
				if signal.Run(from(x), from(u), Rows{Data: u}, 0, frames, 2) {
					t.Fatal("poles at rest are called unstable")
				}
				u[i*stride+c] = signal.fixed.of(c)[signalRest*cochleaLanes]
				if got := signal.Run(from(x), from(u), Rows{Data: x[:1]}, 0, frames, 2); got != (i%2 == 0) {
					t.Fatalf("channel %d, frame %d: unstable is %v", c, i, got)
				}
			}
		}
	})
}

// What was in the rows behind the last channel reaches neither states nor the search for unstable poles.
func TestLanesBehindTheLastChannelAreSilent(t *testing.T) {
	forAllTiers(t, func(t *testing.T) {
		const channels, stride, frames = 5, 8, 20
		src := Rows{Data: normals(rand.New(rand.NewPCG(77, 78)), frames*channels), Stride: channels, Step: 1}
		var before [][]float64
		for _, left := range []float64{0, 1e5, math.NaN()} {
			control, signal := randomCochlea(channels)
			u, q, x := make([]float64, (frames+1)*stride), make([]float64, (frames+1)*stride), filled(frames*stride, left)
			copy(u[stride:], x)
			from := func(d []float64) Rows { return Rows{Data: d, Stride: stride, Step: 1} }
			control.Run(from(u[stride:]), from(q), src, 0, frames, 1)
			if signal.Run(from(x), from(u), src, 0, frames, 1) {
				t.Fatalf("%v was left: poles are called unstable", left)
			}
			lists := append(control.Lists(), signal.Lists()...)
			for i := range before {
				if k := differ(lists[i], before[i]); k >= 0 {
					t.Fatalf("%v was left: list %d, number %d is %v, want %v", left, i, k, lists[i][k], before[i][k])
				}
			}
			before = lists
		}
	})
}

func BenchmarkTanCarney(b *testing.B) {
	const channels, frames = 304, 32
	control, signal := randomCochlea(channels)
	src := Rows{Data: normals(rand.New(rand.NewPCG(75, 76)), frames), Stride: 1}
	for i := range src.Data {
		src.Data[i] *= 0.01
	}
	u, q, x := make([]float64, (frames+1)*channels), make([]float64, (frames+1)*channels), make([]float64, frames*channels)
	from := func(d []float64) Rows { return Rows{Data: d, Stride: channels, Step: 1} }
	for _, interval := range []int{1, 16} {
		b.Run(fmt.Sprintf("control, interval %d", interval), func(b *testing.B) {
			benchmarkTiers(b, channels*frames, "frame·channel", func() { control.Run(from(u[channels:]), from(q), src, 1, frames, interval) })
		})
		b.Run(fmt.Sprintf("signal, interval %d", interval), func(b *testing.B) {
			benchmarkTiers(b, channels*frames, "frame·channel", func() { signal.Run(from(x), from(u), src, 1, frames, interval) })
		})
	}
}

package filterbank

import (
	"context"
	"fmt"
	"math"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
)

// drnlFiller fills a DRNL, tile by tile: some channels of some frames go through all filters before the next ones, so that
// nothing between them leaves the first-level cache. The filters have no gains of their own. Those before the nonlinearity
// are in its numbers, all others in the weights of the paths.
type drnlFiller struct {
	in                                *input
	linear, nonlinear                 kernel.Resonators
	linearLow, nonlinearLow           kernel.Integrators
	linearState, firstState           []float64 // of the gammatones of both paths
	secondState                       []float64 // of that behind the nonlinearity
	linearLowState, nonlinearLowState []float64
	stick                             kernel.BrokenStick
	linearWeight, nonlinearWeight     []float64
	slow, fast                        []float64 // a tile of either path
}

// A tile takes 16 KiB on either path.
const (
	tileChannels = 64
	tileFrames   = 32
)

// leastSeriesGain is the smallest gain of a path's filters at their centre: without it numbers inside are larger by as much.
const leastSeriesGain = 1e-250

func newDRNLFiller(in *input, rate float64, filters []DRNLFilter, p DRNLParams) (*drnlFiller, error) {
	n := len(filters)
	list := func(n int) []float64 { return make([]float64, n) }
	f := &drnlFiller{
		in:           in,
		linear:       kernel.Resonators{Count: p.OrderLinear, Channels: n, C: list(3 * n)},
		linearLow:    kernel.Integrators{Count: 4, Channels: n, C: list(n)},
		nonlinear:    kernel.Resonators{Count: p.OrderNonlinear, Channels: n, C: list(3 * n)},
		stick:        kernel.BrokenStick{A: list(n), Knee: list(n), V: list(n), B: list(n)},
		nonlinearLow: kernel.Integrators{Count: 3, Channels: n, C: list(n)},
		linearWeight: list(n), nonlinearWeight: list(n),
		slow: list(tileFrames * tileChannels), fast: list(tileFrames * tileChannels),
	}
	f.linearState, f.linearLowState = list(f.linear.States()), list(f.linearLow.States())
	f.firstState, f.secondState = list(f.nonlinear.States()), list(f.nonlinear.States())
	f.nonlinearLowState = list(f.nonlinearLow.States())
	scale := math.Abs(p.StapesScale)
	for c, q := range filters {
		linear := setResonators(&f.linear, c, rate, q.LinearCF, q.LinearBandwidth) * setIntegrators(&f.linearLow, c, rate, q.LinearCutoff)
		f.linearWeight[c] = p.StapesScale * q.Gain * linear
		tone := setResonators(&f.nonlinear, c, rate, q.NonlinearCF, q.NonlinearBandwidth)
		nonlinear := tone * setIntegrators(&f.nonlinearLow, c, rate, q.NonlinearCutoff)
		f.nonlinearWeight[c] = math.Copysign(nonlinear, p.StapesScale)
		if linear < leastSeriesGain || nonlinear < leastSeriesGain {
			return nil, fmt.Errorf("channel %d: gammatones of orders %d and %d with bandwidths of %.6g and %.6g Hz at a rate of %g Hz would compute with numbers beyond all bounds: want fewer sections or wider ones",
				in.channels.Lo+c, p.OrderLinear, p.OrderNonlinear, q.LinearBandwidth, q.NonlinearBandwidth, rate)
		}
		tone *= scale
		f.stick.A[c], f.stick.V[c], f.stick.B[c] = q.A*tone, q.Exponent, math.FMA(q.Exponent, kernel.Log2(tone), kernel.Log2(q.B))
		if q.Exponent < 0.999 { // else the curves may be too close to each other to tell them apart
			f.stick.Knee[c] = 0.999 * q.Knee() / tone
		}
	}
	return f, nil
}

// setResonators makes a channel an approximate gammatone but for its gain, which it returns.
func setResonators(r *kernel.Resonators, channel int, rate, cf, bandwidth float64) float64 {
	g, alpha, square := approximateGammatone(rate, cf, bandwidth)
	r.C[channel], r.C[r.Channels+channel], r.C[2*r.Channels+channel] = 2*alpha, square, alpha
	return gainOfSeries(g, r.Count)
}

// setIntegrators makes a channel first-order low-passes but for their gain, which it returns.
func setIntegrators(l *kernel.Integrators, channel int, rate, cutoff float64) float64 {
	gamma := lowPassStep(rate, cutoff)
	l.C[channel] = 1 - gamma
	return gainOfSeries(gamma, l.Count)
}

// gainOfSeries is the gain of n filters of gain g.
func gainOfSeries(g float64, n int) float64 {
	product := 1.0
	for range n {
		product *= g
	}
	return product
}

// Fill computes the next frames of the source.
func (f *drnlFiller) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	src, n, err := f.in.fetch(ctx, at, dst.N)
	for done := 0; done < n; {
		phase := int((at + int64(done)) % kernel.FlushInterval)
		if phase == 0 {
			for _, state := range f.states() {
				kernel.FlushState(state)
			}
		}
		frames := min(tileFrames, n-done, kernel.FlushInterval-phase)
		for lo := 0; lo < dst.Channels; lo += tileChannels {
			hi := min(lo+tileChannels, dst.Channels)
			in := kernel.Rows{Data: src.Data[done*src.Stride+lo*f.in.step:], Stride: src.Stride, Step: f.in.step}
			f.tile(in, lo, hi, dst.Cut(done, done+frames).Range(lo, hi))
		}
		done += frames
	}
	return n, err
}

// tile computes both paths for channels lo:hi of some frames.
func (f *drnlFiller) tile(in kernel.Rows, lo, hi int, dst stages.Frames) {
	slow, fast := kernel.Rows{Data: f.slow, Stride: tileChannels, Step: 1}, kernel.Rows{Data: f.fast, Stride: tileChannels, Step: 1}
	f.linear.Run(slow, in, lo, hi, dst.N, f.linearState)
	f.linearLow.Run(slow, slow, lo, hi, dst.N, f.linearLowState)
	f.nonlinear.Run(fast, in, lo, hi, dst.N, f.firstState)
	f.stick.Run(fast, lo, hi, dst.N)
	f.nonlinear.Run(fast, fast, lo, hi, dst.N, f.secondState)
	f.nonlinearLow.Run(fast, fast, lo, hi, dst.N, f.nonlinearLowState)
	kernel.WeightedSum(rows(dst), slow, fast, f.linearWeight[lo:hi], f.nonlinearWeight[lo:hi], dst.N)
}

func (f *drnlFiller) states() [5][]float64 {
	return [5][]float64{f.linearState, f.linearLowState, f.firstState, f.secondState, f.nonlinearLowState}
}

// AppendState appends the states of all filters.
func (f *drnlFiller) AppendState(b []byte) []byte {
	for _, state := range f.states() {
		b = stages.AppendFloats(b, state)
	}
	return b
}

// LoadState reads what AppendState wrote.
func (f *drnlFiller) LoadState(b []byte) error {
	states := f.states()
	return readAll(b, states[:]...)
}

package filterbank

import (
	"context"
	"fmt"
	"math"
	"math/bits"

	"hearpipe/internal/kernel"
	"hearpipe/internal/random"
	"hearpipe/stages"
)

// ZhangRecovery describes how a fibre recovers from a spike.
type ZhangRecovery struct {
	Absolute   float64 // no spike is possible for so long, R_A [s], 0 or more
	Fast, Slow float64 // parts of the rate that come back with FastTau and SlowTau, c_0 and c_1, 0 or more, their sum at most 1
	FastTau    float64 // s_0 [s], at least one frame
	SlowTau    float64 // s_1 [s], at least one frame
}

// ZhangRecoveryDefaults are the published values.
func ZhangRecoveryDefaults() ZhangRecovery {
	return ZhangRecovery{Absolute: 0.00075, Fast: 0.5, Slow: 0.5, FastTau: 0.001, SlowTau: 0.0125}
}

func (r ZhangRecovery) check(rate float64) error {
	switch {
	case !(r.Absolute >= 0 && r.Absolute*rate < 1<<31):
		return fmt.Errorf("absolute refractory period %g s: want 0 s or more, fewer than 2³¹ frames", r.Absolute)
	case !(r.Fast >= 0 && r.Slow >= 0 && r.Fast+r.Slow <= 1):
		return fmt.Errorf("parts %g and %g of the rate that recover: want 0 or more, together at most 1", r.Fast, r.Slow)
	case !(r.FastTau >= 1/rate) || !(r.SlowTau >= 1/rate) || !finite(r.FastTau) || !finite(r.SlowTau):
		return fmt.Errorf("time constants of recovery %g s and %g s: want at least one frame, %g s", r.FastTau, r.SlowTau, 1/rate)
	}
	return nil
}

// ZhangFibresParams describe auditory nerve fibres.
type ZhangFibresParams struct {
	ZhangParams
	// PerChannel is the number n of fibres of each channel, at least 1; default 1. Fibre c·n + j is number j of channel c.
	PerChannel int
	Recovery   *ZhangRecovery // nil: that of ZhangRecoveryDefaults
	Name       string         // of the object, in the names of its random numbers; default "zhang0"
	Seed       uint64         // of the random numbers
	// Fibres to compute, instead of Channels: where a range does not begin and end with a channel. Zero: all of Channels.
	Fibres stages.Range
}

// ZhangFibres are auditory nerve fibres that fire at random with the rate of a [ZhangRate], reduced after a spike (Zhang
// et al. 2001, after Carney 1993). For every frame and fibre, with e_0 = e_1 = 0 and no spike before the beginning,
//
//   - a fibre is active if at least n_R = floor((R_A + T/1000)/T) frames have passed since its last spike, T = 1/rate;
//   - if it is active, e_0 = e_0·(1 - T/s_0) and e_1 = e_1·(1 - T/s_1);
//   - its rate is R = s·(1 - c_0·e_0 - c_1·e_1), with s that of its channel in the same frame;
//   - an active fibre fires if u < R·T; then e_0 = e_1 = 1.
//
// u is uniform in [0, 1), the random number of (absolute fibre, frame) under the seed, the name and the purpose "spike"
// (see package random).
type ZhangFibres struct {
	*stages.SpikeStream                // cells are fibres, by absolute number
	Rate                *stages.Stream // rate s of each channel, without refractoriness [Hz]
	Firing              *stages.Stream // rate R of each fibre [Hz]
	design              *ZhangDesign
}

// NewZhangFibres makes the fibres of p on the potential of hair cells: a source with as many channels or with one. Errors
// are those of [NewZhangRate], and impossible numbers of fibres and recoveries.
func NewZhangFibres(src stages.Stage, p ZhangFibresParams) (*ZhangFibres, error) {
	const kind = "filterbank.zhang_fibres"
	if p.PerChannel == 0 {
		p.PerChannel = 1
	}
	if p.PerChannel < 1 || int64(p.PerChannel)*int64(len(p.CF)) > math.MaxInt32 {
		return nil, fmt.Errorf("%s: %d fibres for each of %d channels: want at least 1, together below 2³¹", kind, p.PerChannel, len(p.CF))
	}
	given := p.Fibres != stages.Range{}
	if given {
		if _, err := p.Fibres.Of(len(p.CF) * p.PerChannel); err != nil || p.Channels != (stages.Range{}) {
			return nil, fmt.Errorf("%s: fibres %d:%d and channels %d:%d: want one of both, fibres within 0:%d",
				kind, p.Fibres.Lo, p.Fibres.Hi, p.Channels.Lo, p.Channels.Hi, len(p.CF)*p.PerChannel)
		}
		p.Channels = stages.Range{Lo: p.Fibres.Lo / p.PerChannel, Hi: (p.Fibres.Hi + p.PerChannel - 1) / p.PerChannel}
	}
	in, design, stores, err := connectZhang(kind, src, p.ZhangParams)
	if err != nil {
		return nil, err
	}
	if !given {
		p.Fibres = stages.Range{Lo: in.channels.Lo * p.PerChannel, Hi: in.channels.Hi * p.PerChannel}
	}
	r, rate := ZhangRecoveryDefaults(), src.Format().Rate
	if p.Recovery != nil {
		r = *p.Recovery
	}
	if err := r.check(rate); err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	if p.Name == "" {
		p.Name = "zhang0"
	}
	n := p.Fibres.Len()
	f := &fibresFiller{
		in: in, stores: stores, per: p.PerChannel, first: p.Fibres.Lo, stream: random.New(p.Seed, p.Name, "spike", 0),
		dead: math.Floor((r.Absolute + 1/rate/1000) * rate),
		law:  kernel.Recovery{KeepFast: 1 - 1/rate/r.FastTau, KeepSlow: 1 - 1/rate/r.SlowTau, Fast: r.Fast, Slow: r.Slow, Step: 1 / rate},
		rate: make([]float64, in.channels.Len()), each: make([]float64, n), u: make([]float64, n),
		e0: make([]float64, n), e1: make([]float64, n), rest: make([]float64, n),
	}
	channels := in.format()
	fibres := channels
	fibres.First, fibres.Channels = f.first, n
	ports, err := stages.NewMulti(kind, []stages.PortSpec{{Spikes: true, Format: fibres}, {Name: "rate", Format: channels}, {Name: "firing", Format: fibres}},
		f, stages.Input{From: src})
	if err != nil {
		return nil, err
	}
	return &ZhangFibres{ports[0].(*stages.SpikeStream), ports[1].(*stages.Stream), ports[2].(*stages.Stream), design}, nil
}

// Design is what the synapses are made of, all channels of the bank; it is not to be changed.
func (z *ZhangFibres) Design() *ZhangDesign { return z.design }

// fibresFiller fills a ZhangFibres.
type fibresFiller struct {
	in     *input
	stores *zhangStores
	stream random.Stream

	per, first    int             // fibres of a channel, absolute number of fibre 0
	dead          float64         // frames without a spike after one
	law           kernel.Recovery // of the rate
	rate, each, u []float64       // scratch: rates of channels and of fibres
	e0, e1        []float64
	rest          []float64 // frames until a fibre is active
}

// Fill computes the next frames of the source.
func (f *fibresFiller) Fill(ctx context.Context, at int64, n int, dst []stages.Output) (int, error) {
	src, n, err := f.in.fetch(ctx, at, n)
	for i := range n {
		if (at+int64(i))%kernel.FlushInterval == 0 {
			kernel.FlushState(f.e0)
			kernel.FlushState(f.e1)
		}
		f.stores.step(f.rate, src.Data[i*src.Stride:], src.Step)
		if dst[1].Wanted() {
			copy(dst[1].Frames.Row(i), f.rate)
		}
		f.spread()
		f.stream.Uniforms(f.u, int64(f.first), at+int64(i))
		firing := f.each
		if dst[2].Wanted() {
			firing = dst[2].Frames.Row(i)
		}
		f.law.Advance(firing, f.each, f.u, f.e0, f.e1, f.rest)
		f.fire(at+int64(i), dst[0].Spikes)
	}
	return n, err
}

// spread gives every fibre the rate of its channel.
func (f *fibresFiller) spread() {
	if f.per == 1 {
		copy(f.each, f.rate)
		return
	}
	c := f.first/f.per - f.in.channels.Lo
	for k := 0; k < len(f.each); c++ {
		end := min(len(f.each), (f.in.channels.Lo+c+1)*f.per-f.first)
		for ; k < end; k++ {
			f.each[k] = f.rate[c]
		}
	}
}

// fire lets the fibres fire whose number in u is above 0; spikes may be nil.
func (f *fibresFiller) fire(at int64, spikes *[]stages.Spike) {
	for k := 0; k < len(f.u); k += 32 {
		n, which := kernel.FirstAbove(f.u[k:], 0)
		for k += n; which != 0; which &= which - 1 {
			j := k + bits.TrailingZeros32(which)
			f.e0[j], f.e1[j], f.rest[j] = 1, 1, max(0, f.dead-1)
			if spikes != nil {
				*spikes = append(*spikes, stages.Spike{At: at, Cell: int32(f.first + j)})
			}
		}
	}
}

// AppendState appends the stores and the recovery of the fibres.
func (f *fibresFiller) AppendState(b []byte) []byte {
	for _, list := range f.lists() {
		b = stages.AppendFloats(b, list)
	}
	return b
}

// LoadState reads what AppendState wrote.
func (f *fibresFiller) LoadState(b []byte) error { return readAll(b, f.lists()...) }

func (f *fibresFiller) lists() [][]float64 {
	return [][]float64{f.stores.immediate, f.stores.local, f.e0, f.e1, f.rest}
}

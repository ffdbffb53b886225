package filterbank

import (
	"context"
	"fmt"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
)

// DRNLParams describe a bank of dual-resonance nonlinear filters.
type DRNLParams struct {
	// CF holds the characteristic frequency of each channel [Hz], above 0 and below half the rate, in any order. The laws
	// make other limits of it: for man the low-pass is unstable above about rate/3.25.
	CF             []float64
	Laws           *DRNLLaws    // how filters depend on CF; nil: those of DRNLHuman
	StapesScale    float64      // velocity of the stapes per pressure, factor on the input [m/s/Pa], not 0; default 0.00014
	OrderLinear    int          // sections of the gammatone of the linear path, 1 to 64; default 3
	OrderNonlinear int          // sections of each of the two gammatones of the nonlinear path, 1 to 64; default 3
	Channels       stages.Range // channels to compute; zero: all
}

func (p DRNLParams) resolve(rate float64) (DRNLParams, error) {
	if err := checkCF(rate, p.CF); err != nil {
		return p, err
	}
	if p.Laws == nil {
		laws := DRNLHuman()
		p.Laws = &laws
	}
	if p.StapesScale == 0 {
		p.StapesScale = 0.00014
	}
	if !finite(p.StapesScale) {
		return p, fmt.Errorf("stapes scale %g: want a finite number (0 for the default, 0.00014)", p.StapesScale)
	}
	for _, order := range []*int{&p.OrderLinear, &p.OrderNonlinear} {
		if *order == 0 {
			*order = 3
		}
		if *order < 1 || *order > 64 {
			return p, fmt.Errorf("order %d of a gammatone: want 1 to 64 (0 for the default, 3)", *order)
		}
	}
	return p, nil
}

// DRNL is a bank of dual-resonance nonlinear filters, a model of the motion of the basilar membrane (Meddis et al. 2001; for
// man Lopez-Poveda and Meddis 2001). The sound [Pa], times the stapes scale, takes two paths that are added:
//
//   - linear: an approximate gammatone, a gain, four first-order low-passes;
//   - nonlinear: an approximate gammatone, [DRNLFilter.Compress], the same gammatone again, three first-order low-passes.
//
// As in Brian Hears the gammatones have order 3 and the low-passes are those of [LowPass]; the papers print two, three or
// four sections and second-order Butterworth filters. The bits are those of the same chain of [ApproximateGammatone],
// [LowPass] and functions.
type DRNL struct {
	*stages.Stream
	filters []DRNLFilter
	first   int
}

// NewDRNL makes the filters of p on a source with as many channels or with one. Missing or impossible frequencies, among
// them those whose filters are unstable at the rate of the source, and other params out of range are errors that name
// channel and value.
func NewDRNL(src stages.Stage, p DRNLParams) (*DRNL, error) {
	const kind = "filterbank.drnl"
	if src == nil {
		return nil, fmt.Errorf("%s: the source is missing", kind)
	}
	rate := src.Format().Rate
	filters, err := DesignDRNL(rate, p)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	in, err := connect(kind, src, len(p.CF), p.Channels)
	if err != nil {
		return nil, err
	}
	p, err = p.resolve(rate)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	f, err := newDRNLFiller(in, rate, filters[in.channels.Lo:in.channels.Hi], p)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	stream, err := stages.New(kind, in.format(), f, stages.Input{From: src})
	if err != nil {
		return nil, err
	}
	return &DRNL{stream, filters[in.channels.Lo:in.channels.Hi], in.channels.Lo}, nil
}

// Filter gives the quantities of a channel that is computed (absolute index).
func (d *DRNL) Filter(channel int) DRNLFilter { return d.filters[channel-d.first] }

// drnlFiller fills a DRNL, a few frames at a time: scratch memory is as small as the caches.
type drnlFiller struct {
	in                                     *input
	scale                                  float64
	gain, a, b, v                          []float64
	sameV                                  bool // all exponents are equal
	linear, linearLow, first, nonlinearLow *bank
	second                                 *bank // the gammatone of first, with its own state
	scaled, slow                           stages.Frames
	size, power                            []float64
}

// bank is a series of sections with its state.
type bank struct {
	*Coefficients
	state []float64
}

func newBank(c *Coefficients) *bank { return &bank{c, make([]float64, c.s.States())} }

func (b *bank) run(dst, src kernel.Rows, at int64, frames int) {
	b.s.Run(dst, src, at, frames, b.state)
}

// scratch is room for a block of rows of n values: 8 to 32 frames, about 256 KiB.
func scratch(n int) stages.Frames {
	stride := (n + 7) &^ 7
	if stride%128 == 0 {
		stride += 8 // rows of multiples of 1 KiB compete for the same lines of the cache
	}
	frames := max(8, min(32, 32768/stride))
	return stages.Frames{Data: make([]float64, frames*stride), N: frames, Channels: n, Stride: stride}
}

func newDRNLFiller(in *input, rate float64, filters []DRNLFilter, p DRNLParams) (*drnlFiller, error) {
	n := len(filters)
	list := func(get func(DRNLFilter) float64) []float64 {
		x := make([]float64, n)
		for c, f := range filters {
			x[c] = get(f)
		}
		return x
	}
	tone := func(order int, cf, bandwidth func(DRNLFilter) float64) (*Coefficients, error) {
		return DesignApproximateGammatone(rate, ApproximateGammatoneParams{CF: list(cf), Bandwidth: list(bandwidth), Order: order})
	}
	linear, err := tone(p.OrderLinear, func(f DRNLFilter) float64 { return f.LinearCF }, func(f DRNLFilter) float64 { return f.LinearBandwidth })
	if err != nil {
		return nil, err
	}
	nonlinear, err := tone(p.OrderNonlinear, func(f DRNLFilter) float64 { return f.NonlinearCF }, func(f DRNLFilter) float64 { return f.NonlinearBandwidth })
	if err != nil {
		return nil, err
	}
	low := func(times int, cutoff func(DRNLFilter) float64) (*Coefficients, error) {
		c, err := DesignLowPass(rate, list(cutoff))
		if err != nil {
			return nil, err
		}
		return c.Repeat(times)
	}
	linearLow, err := low(4, func(f DRNLFilter) float64 { return f.LinearCutoff })
	if err != nil {
		return nil, err
	}
	nonlinearLow, err := low(3, func(f DRNLFilter) float64 { return f.NonlinearCutoff })
	if err != nil {
		return nil, err
	}
	lanes := 1 // of the source
	if in.step == 1 {
		lanes = n
	}
	f := &drnlFiller{
		in: in, scale: p.StapesScale,
		gain: list(func(f DRNLFilter) float64 { return f.Gain }), a: list(func(f DRNLFilter) float64 { return f.A }),
		b: list(func(f DRNLFilter) float64 { return f.B }), v: list(func(f DRNLFilter) float64 { return f.Exponent }),
		linear: newBank(linear), linearLow: newBank(linearLow), first: newBank(nonlinear), second: newBank(nonlinear), nonlinearLow: newBank(nonlinearLow),
		slow: scratch(n), size: make([]float64, n), power: make([]float64, n), sameV: true,
	}
	f.scaled = stages.MakeFrames(f.slow.N, lanes)
	for _, v := range f.v {
		f.sameV = f.sameV && v == f.v[0]
	}
	return f, nil
}

// Fill computes the next frames of the source in blocks of the scratch memory.
func (f *drnlFiller) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	src, n, err := f.in.fetch(ctx, at, dst.N)
	for done := 0; done < n; done += f.slow.N {
		block := min(f.slow.N, n-done)
		for i := range block {
			x := f.scaled.Row(i)
			kernel.VecMulScalar(x, src.Data[(done+i)*src.Stride:][:len(x)], f.scale)
		}
		f.block(at+int64(done), block, dst.Cut(done, done+block))
	}
	return n, err
}

// block computes both paths for some frames of the scaled input.
func (f *drnlFiller) block(at int64, n int, dst stages.Frames) {
	in := kernel.Rows{Data: f.scaled.Data, Stride: f.scaled.Stride, Step: f.in.step}
	slow, fast := rows(f.slow), rows(dst)
	f.linear.run(slow, in, at, n)
	for i := range n {
		row := f.slow.Row(i)
		kernel.VecMul(row, row, f.gain)
	}
	f.linearLow.run(slow, slow, at, n)
	f.first.run(fast, in, at, n)
	for i := range n {
		f.compress(dst.Row(i))
	}
	f.second.run(fast, fast, at, n)
	f.nonlinearLow.run(fast, fast, at, n)
	for i := range n {
		row := dst.Row(i)
		kernel.VecAdd(row, f.slow.Row(i), row)
	}
}

// compress is DRNLFilter.Compress for every channel.
func (f *drnlFiller) compress(row []float64) {
	size, power := f.size, f.power
	kernel.VecAbs(size, row)
	if f.sameV {
		kernel.VecPowScalar(power, size, f.v[0])
	} else {
		kernel.VecPow(power, size, f.v)
	}
	kernel.VecMul(size, size, f.a)
	kernel.VecMul(power, power, f.b)
	kernel.VecMin(size, size, power)
	kernel.VecSign(row, row)
	kernel.VecMul(row, row, size)
}

// AppendState appends the states of all filters.
func (f *drnlFiller) AppendState(b []byte) []byte {
	for _, list := range f.lists() {
		b = stages.AppendFloats(b, list)
	}
	return b
}

// LoadState reads what AppendState wrote.
func (f *drnlFiller) LoadState(b []byte) error { return readAll(b, f.lists()...) }

func (f *drnlFiller) lists() [][]float64 {
	return [][]float64{f.linear.state, f.linearLow.state, f.first.state, f.second.state, f.nonlinearLow.state}
}

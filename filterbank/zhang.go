package filterbank

import (
	"context"
	"fmt"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
)

// ZhangParams describe synapses between inner hair cells and auditory nerve fibres.
type ZhangParams struct {
	CF        []float64       // characteristic frequency of each channel [Hz], above 0 and below half the rate
	Constants *ZhangConstants // nil: those of ZhangDefaults
	// LegacyLocalVolume gives the local store the volume of the immediate one, as Brian Hears does. The published equation,
	// which holds otherwise, has a volume of its own.
	LegacyLocalVolume bool
	Channels          stages.Range // channels to compute; zero: all
}

// ZhangRate is the synapse between inner hair cell and auditory nerve of Zhang et al. (2001), after Westerman and Smith
// (1988), for the potential V of the hair cell in volts: three stores of transmitter, of which the immediate one is
// emptied at the rate of the fibre. For every frame, with T = 1/rate and the names of [ZhangDesign],
//
//	P_I = p_1·ln(1 + exp(p_2·V))
//	s   = C_I·P_I
//	C_I = C_I + T/V_I·(P_L·(C_L - C_I) - P_I·C_I)
//	C_L = C_L + T/V_L·(P_G·(C_G - C_L) - P_L·(C_L - C_I))      with C_I before the step
//
// s is the rate of the fibre without refractoriness. At the beginning the stores are those of silence. A permeability so
// large that a step would leave less than nothing in the immediate store puts both stores to their steady state for it, as
// in the program of the authors.
type ZhangRate struct {
	*stages.Stream                // rate s [Hz]
	Immediate      *stages.Stream // concentration C_I before the step
	Local          *stages.Stream // concentration C_L before the step
	design         *ZhangDesign
}

// NewZhangRate makes the synapses of p on a source with as many channels or with one. Missing or impossible frequencies and
// constants out of range are errors that name the value.
func NewZhangRate(src stages.Stage, p ZhangParams) (*ZhangRate, error) {
	const kind = "filterbank.zhang_rate"
	in, design, stores, err := connectZhang(kind, src, p)
	if err != nil {
		return nil, err
	}
	f := &zhangFiller{in: in, stores: stores, rate: make([]float64, in.channels.Len())}
	format := in.format()
	ports, err := stages.NewMulti(kind, []stages.PortSpec{{Format: format}, {Name: "immediate", Format: format}, {Name: "local", Format: format}},
		f, stages.Input{From: src})
	if err != nil {
		return nil, err
	}
	return &ZhangRate{ports[0].(*stages.Stream), ports[1].(*stages.Stream), ports[2].(*stages.Stream), design}, nil
}

// Design is what the synapses are made of, all channels of the bank; it is not to be changed.
func (z *ZhangRate) Design() *ZhangDesign { return z.design }

func connectZhang(kind string, src stages.Stage, p ZhangParams) (*input, *ZhangDesign, *zhangStores, error) {
	if src == nil {
		return nil, nil, nil, fmt.Errorf("%s: the source is missing", kind)
	}
	rate := src.Format().Rate
	if err := checkCF(rate, p.CF); err != nil {
		return nil, nil, nil, fmt.Errorf("%s: %w", kind, err)
	}
	k := ZhangDefaults()
	if p.Constants != nil {
		k = *p.Constants
	}
	d, err := DesignZhang(p.CF, k)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("%s: %w", kind, err)
	}
	in, err := connect(kind, src, len(p.CF), p.Channels)
	if err != nil {
		return nil, nil, nil, err
	}
	n, local := in.channels.Len(), d.LocalVolume
	if p.LegacyLocalVolume {
		local = d.ImmediateVolume
	}
	s := &zhangStores{
		law: kernel.Synapse{
			Scale: d.P1, LocalFlow: d.LocalPermeability, GlobalFlow: d.GlobalPermeability, Global: d.GlobalConcentration,
			ImmediatePerStep: 1 / rate / d.ImmediateVolume, LocalPerStep: 1 / rate / local,
		},
		p2: d.P2[in.channels.Lo:in.channels.Hi], immediate: make([]float64, n), local: make([]float64, n),
	}
	kernel.VecFill(s.immediate, d.Immediate)
	kernel.VecFill(s.local, d.Local)
	return in, d, s, nil
}

// zhangStores are the stores of some channels.
type zhangStores struct {
	law              kernel.Synapse
	p2               []float64
	immediate, local []float64
}

// step computes the rates of one frame, whose channels are step apart, and advances the stores.
func (s *zhangStores) step(rate, v []float64, step int) {
	if step == 0 {
		kernel.VecMulScalar(rate, s.p2, v[0])
	} else {
		kernel.VecMul(rate, s.p2, v[:len(s.p2)])
	}
	kernel.VecSoftplus(rate, rate)
	s.law.Step(rate, rate, s.immediate, s.local)
}

// zhangFiller fills a ZhangRate.
type zhangFiller struct {
	in     *input
	stores *zhangStores
	rate   []float64 // scratch
}

// Fill computes the next frames of the source.
func (f *zhangFiller) Fill(ctx context.Context, at int64, n int, dst []stages.Output) (int, error) {
	src, n, err := f.in.fetch(ctx, at, n)
	for i := range n {
		if dst[1].Wanted() {
			copy(dst[1].Frames.Row(i), f.stores.immediate)
		}
		if dst[2].Wanted() {
			copy(dst[2].Frames.Row(i), f.stores.local)
		}
		rate := f.rate
		if dst[0].Wanted() {
			rate = dst[0].Frames.Row(i)
		}
		f.stores.step(rate, src.Data[i*src.Stride:], src.Step)
	}
	return n, err
}

// AppendState appends the stores.
func (f *zhangFiller) AppendState(b []byte) []byte {
	return stages.AppendFloats(stages.AppendFloats(b, f.stores.immediate), f.stores.local)
}

// LoadState reads what AppendState wrote.
func (f *zhangFiller) LoadState(b []byte) error {
	return readAll(b, f.stores.immediate, f.stores.local)
}

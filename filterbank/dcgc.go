package filterbank

import (
	"context"
	"fmt"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
)

// DCGC is a bank of dynamic compressive gammachirps, auditory filters whose shape and gain follow the level of the sound
// (Irino and Patterson 2006). With the names of [DCGCConstants] and [DCGCDesign]:
//
//   - A passive gammachirp, [LogGammachirp] with b_1 and c_1, feeds both paths.
//   - Control path: for each channel the passive gammachirp of its control channel, and the same behind an
//     [AsymmetricCompensation] with b_2 and c_2 at ControlRatio times the passive peak. The half-waves of both drive a level
//     each, which falls with a half-life ([DCGCDesign.Track]).
//   - Signal path: the passive gammachirp behind an asymmetric compensation with b_2 and c_2 at [DCGCDesign.Ratio] times the
//     passive peak, Ratio0 times at the beginning. The output is this path.
//
// Every Interval frames, counted from frame 0, the frequencies of the signal path are set from the levels of the frames
// before; the states of its filters are kept. The published program filters a
// frame with the coefficients of the same frame, here and in Brian Hears they are those of the frames before.
//
// The output of channels lo:hi needs those lo:hi of the passive gammachirps and their control channels. The bits are those
// of the same model built from its parts with [stages.Control].
type DCGC struct {
	*stages.Stream
	design *DCGCDesign
}

// NewDCGC makes the filters of p on a source with as many channels or with one. Missing or impossible centre frequencies,
// among them those whose passive peak is not above 0 Hz, and other params out of range are errors that name channel or
// constant and value.
func NewDCGC(src stages.Stage, p DCGCParams) (*DCGC, error) {
	const kind = "filterbank.dcgc"
	if src == nil {
		return nil, fmt.Errorf("%s: the source is missing", kind)
	}
	rate := src.Format().Rate
	p, err := p.resolve(rate)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	design, err := designDCGC(rate, p)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	if p.Channels, err = p.Channels.Of(len(p.CF)); err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	f, err := newDCGCFiller(kind, src, design, p)
	if err != nil {
		return nil, err
	}
	format := f.passive.tone.in.format()
	format.First, format.Channels = p.Channels.Lo, p.Channels.Len()
	stream, err := stages.New(kind, format, f, stages.Input{From: src})
	if err != nil {
		return nil, err
	}
	return &DCGC{stream, design}, nil
}

// Design is what the bank is made of; it is not to be changed.
func (d *DCGC) Design() *DCGCDesign { return d.design }

// dcgcFiller fills a DCGC. Lanes of the passive gammachirps are all channels needed, those of the control path the control
// channels, those of the signal path the channels computed.
type dcgcFiller struct {
	decay       float64
	loudness    kernel.Loudness // of the levels: the ratio of frequencies
	interval    int64
	legacyDecay bool

	passive       *gammachirpFiller
	control       *bank
	signal        *bank
	moving        *kernel.Compensation // what the signal path is made of
	own, ctl      int                  // first lane of the signal and control path among those of the passive gammachirps
	passiveFrames stages.Frames
	controlFrames stages.Frames

	l1, l2 []float64 // of the control channels
	// The ratios have a place for each control channel; channels that follow the first or last one for want of others have
	// copies of it before and behind.
	ratios      []float64
	before      int           // how many copies are before
	peak, at    []float64     // of the channels computed: passive peak, frequency of the compensation [Hz]
	frequencies stages.Frames // those frequencies in a block of frames
}

func newDCGCFiller(kind string, src stages.Stage, d *DCGCDesign, p DCGCParams) (*dcgcFiller, error) {
	r, k := p.Channels, *p.Constants
	ctl := stages.Range{Lo: d.Control[r.Lo], Hi: d.Control[r.Hi-1] + 1}
	all := d.Needs(r)
	passive, err := newGammachirpFiller(kind, src, LogGammachirpParams{CF: p.CF, B: []float64{k.B1}, C: []float64{k.C1}, Channels: all})
	if err != nil {
		return nil, err
	}
	rate := src.Format().Rate
	compensation := func(peak []float64, ratio float64) (*bank, error) {
		at := make([]float64, len(peak))
		kernel.VecMulScalar(at, peak, ratio)
		c, err := DesignAsymmetricCompensation(rate, AsymmetricCompensationParams{CF: at, B: []float64{k.B2}, C: []float64{k.C2}})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", kind, err)
		}
		return newBank(c), nil
	}
	f := &dcgcFiller{
		decay: d.Decay, loudness: d.ratio(), interval: int64(p.Interval), legacyDecay: p.LegacyDecay, passive: passive, own: r.Lo - all.Lo, ctl: ctl.Lo - all.Lo,
		passiveFrames: scratch(all.Len()), controlFrames: scratch(ctl.Len()), frequencies: scratch(r.Len()),
		l1: make([]float64, ctl.Len()), l2: make([]float64, ctl.Len()), peak: d.Peak[r.Lo:r.Hi], at: make([]float64, r.Len()),
	}
	n := min(f.passiveFrames.N, f.controlFrames.N, f.frequencies.N)
	f.passiveFrames.N, f.controlFrames.N, f.frequencies.N = n, n, n
	// Without the ends of the bank channel c would follow c + Shift.
	f.before = max(0, ctl.Lo-(r.Lo+d.Shift))
	f.ratios = make([]float64, f.before+ctl.Len()+max(0, r.Hi+d.Shift-ctl.Hi))
	if f.control, err = compensation(d.Peak[ctl.Lo:ctl.Hi], k.ControlRatio); err != nil {
		return nil, err
	}
	if f.signal, err = compensation(f.peak, k.Ratio0); err != nil {
		return nil, err
	}
	kernel.VecMulScalar(f.at, f.peak, k.Ratio0)
	b, c := make([]float64, r.Len()), make([]float64, r.Len())
	kernel.VecFill(b, k.B2)
	kernel.VecFill(c, k.C2)
	f.moving = newCompensation(rate, b, c, f.signal.Sections())
	return f, nil
}

// Fill computes the next frames in blocks of the scratch memory.
func (f *dcgcFiller) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	for done := 0; done < dst.N; {
		block := min(f.passiveFrames.N, dst.N-done)
		n, err := f.passive.Fill(ctx, at, f.passiveFrames.Cut(0, block))
		if n > 0 {
			f.block(at, n, dst.Cut(done, done+n))
		}
		done += n
		at += int64(n)
		if err != nil {
			return done, err
		}
	}
	return dst.N, nil
}

// block computes frames of which the passive gammachirps are there.
func (f *dcgcFiller) block(at int64, n int, dst stages.Frames) {
	f.control.run(rows(f.controlFrames), f.from(f.ctl, 0), at, n)
	if f.interval == 1 {
		for i := range n {
			copy(f.frequencies.Row(i), f.at)
			f.track(i)
			f.update()
		}
		f.moving.Run(rows(dst), f.from(f.own, 0), rows(f.frequencies), at, n, f.signal.state)
		return
	}
	// Between two updates the signal path is a fixed filter.
	for i := 0; i < n; {
		end := int(min(int64(n), int64(i)+f.interval-(at+int64(i))%f.interval))
		f.signal.run(rows(dst.Cut(i, end)), f.from(f.own, i), at+int64(i), end-i)
		due := (at+int64(end))%f.interval == 0
		for ; i < end; i++ {
			if !f.legacyDecay || due && i == end-1 {
				f.track(i)
			}
		}
		if due {
			f.update()
			f.design()
		}
	}
}

// from gives the passive gammachirps from a lane and a frame on.
func (f *dcgcFiller) from(lane, frame int) kernel.Rows {
	return kernel.Rows{Data: f.passiveFrames.Data[frame*f.passiveFrames.Stride+lane:], Stride: f.passiveFrames.Stride, Step: 1}
}

// track is DCGCDesign.Track for both levels of all control channels.
func (f *dcgcFiller) track(frame int) {
	kernel.VecFollow(f.l1, f.l1, f.from(f.ctl, frame).Data[:len(f.l1)], f.decay)
	kernel.VecFollow(f.l2, f.l2, f.controlFrames.Row(frame), f.decay)
}

// update sets the frequencies of the signal path from the levels.
func (f *dcgcFiller) update() {
	end := f.before + len(f.l1)
	f.loudness.Vec(f.ratios[f.before:end], f.l1, f.l2)
	kernel.VecFill(f.ratios[:f.before], f.ratios[f.before])
	kernel.VecFill(f.ratios[end:], f.ratios[end-1])
	kernel.VecMul(f.at, f.peak, f.ratios[:len(f.at)])
}

// design sets the coefficients of the signal path from its frequencies.
func (f *dcgcFiller) design() { f.moving.Design(&f.signal.s, 0, len(f.at), f.at) }

// AppendState appends the states of all filters, the levels, and the frequencies that were set from them.
func (f *dcgcFiller) AppendState(b []byte) []byte {
	for _, list := range f.lists() {
		b = stages.AppendFloats(b, list)
	}
	return b
}

// LoadState reads what AppendState wrote.
func (f *dcgcFiller) LoadState(b []byte) error {
	err := readAll(b, f.lists()...)
	f.design()
	return err
}

func (f *dcgcFiller) lists() [][]float64 {
	return append(f.passive.lists(), f.control.state, f.signal.state, f.at, f.l1, f.l2)
}

package filterbank

import (
	"context"
	"fmt"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
)

// InnerHairCellParams describe inner hair cells, equal in all channels. Zero fields are the defaults, those of Tan and
// Carney (2003).
type InnerHairCellParams struct {
	Scale     float64      // potential per e-fold of the input, A_0 [V]; default 0.1
	Slope     float64      // gain of the input inside the logarithm, B, above 0; default 2000
	Exponent  float64      // how fast hyperpolarisation begins, C, above 0; default 1.74
	Corner    float64      // where it begins, to the power C, D, above 0; default 6.87e-9
	Cutoff    float64      // of the membrane's low-passes [Hz], above 0 and below half the rate; default 3800
	LowPasses int          // how many there are in series, 1 to 64; default 7
	Channels  stages.Range // channels to compute; zero: all
}

func hairCellDefaults() InnerHairCellParams {
	return InnerHairCellParams{Scale: 0.1, Slope: 2000, Exponent: 1.74, Corner: 6.87e-9, Cutoff: 3800, LowPasses: 7}
}

func (p InnerHairCellParams) resolve(rate float64) (InnerHairCellParams, error) {
	d := hairCellDefaults()
	for _, x := range []struct {
		name       string
		value, def *float64
	}{
		{"scale", &p.Scale, &d.Scale},
		{"slope", &p.Slope, &d.Slope},
		{"exponent", &p.Exponent, &d.Exponent},
		{"corner", &p.Corner, &d.Corner},
		{"cutoff [Hz]", &p.Cutoff, &d.Cutoff},
	} {
		if *x.value == 0 {
			*x.value = *x.def
		}
		if !finite(*x.value) || *x.value < 0 && x.value != &p.Scale {
			return p, fmt.Errorf("%s %g: want a positive number (0 for the default, %g)", x.name, *x.value, *x.def)
		}
	}
	if p.Cutoff >= rate/2 {
		return p, fmt.Errorf("cutoff %g Hz: want above 0 Hz and below half the rate, %g Hz", p.Cutoff, rate/2)
	}
	if p.LowPasses == 0 {
		p.LowPasses = d.LowPasses
	}
	if p.LowPasses < 1 || p.LowPasses > 64 {
		return p, fmt.Errorf("%d low-passes: want 1 to 64 (0 for the default, 7)", p.LowPasses)
	}
	return p, nil
}

// InnerHairCell turns the motion of the basilar membrane into the potential of inner hair cells, as in the model of Tan and
// Carney (2003, after Zhang et al. 2001): a saturation that is larger for motion in one direction,
//
//	y = A_0·ln(1 + B·x)                                          for x >= 0
//	y = -A_0·(|x|^C + D)/(3·|x|^C + D)·ln(1 + B·|x|)             for x < 0
//
// and seven first-order low-passes with W = 2π·Cutoff, made by the bilinear transform: b = [W, W]/(c+W),
// a = [1, -(c-W)/(c+W)], c = 2·rate.
type InnerHairCell struct{ *stages.Stream }

// NewInnerHairCell makes a hair cell for every channel of a source. Params out of range are errors that name the value.
func NewInnerHairCell(src stages.Stage, p InnerHairCellParams) (*InnerHairCell, error) {
	const kind = "filterbank.inner_hair_cell"
	if src == nil {
		return nil, fmt.Errorf("%s: the source is missing", kind)
	}
	rate := src.Format().Rate
	p, err := p.resolve(rate)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	n, r := forAll(src, p.Channels)
	in, err := connect(kind, src, n, r)
	if err != nil {
		return nil, err
	}
	stream, err := stages.New(kind, in.format(), &hairCellFiller{in, newHairCell(rate, r.Len(), p)}, stages.Input{From: src})
	if err != nil {
		return nil, err
	}
	return &InnerHairCell{stream}, nil
}

// hairCell computes hair cells of some channels.
type hairCell struct {
	law     *kernel.HairCell
	low     *bank
	scratch []float64
}

func newHairCell(rate float64, channels int, p InnerHairCellParams) *hairCell {
	return &hairCell{
		kernel.NewHairCell(p.Scale, p.Slope, p.Exponent, p.Corner), newBank(bilinearLowPass(rate, p.Cutoff, channels, p.LowPasses)),
		make([]float64, channels),
	}
}

func (h *hairCell) run(dst stages.Frames, src kernel.Rows, at int64, n int) {
	for i := range n {
		h.saturate(dst.Row(i), src.Data[i*src.Stride:], src.Step)
	}
	h.low.run(rows(dst), rows(dst), at, n)
}

// saturate computes the potential before the low-passes. x is one frame, its channels step apart.
func (h *hairCell) saturate(row, x []float64, step int) {
	if step == 0 {
		h.law.Saturate(row[:1], x[:1], h.scratch[:1])
		kernel.VecFill(row, row[0])
		return
	}
	h.law.Saturate(row, x[:len(row)], h.scratch)
}

// hairCellFiller fills an InnerHairCell.
type hairCellFiller struct {
	in *input
	h  *hairCell
}

// Fill computes the next frames of the source.
func (f *hairCellFiller) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	src, n, err := f.in.fetch(ctx, at, dst.N)
	if n > 0 {
		f.h.run(dst, src, at, n)
	}
	return n, err
}

// AppendState appends the state of the low-passes.
func (f *hairCellFiller) AppendState(b []byte) []byte { return stages.AppendFloats(b, f.h.low.state) }

// LoadState reads what AppendState wrote.
func (f *hairCellFiller) LoadState(b []byte) error { return readAll(b, f.h.low.state) }

package picture

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"hearpipe/internal/atomicfile"
	"hearpipe/sinks"
	"hearpipe/stages"
)

// TuningParams describes a [Tuning].
type TuningParams struct {
	// Path is the file to write, .png or .svg.
	Path string
	// Title stands above the picture (default: none).
	Title string
	// Low and High are the lowest and the highest frequency drawn [Hz], above 0, at most half the rate (default: 20 Hz or a
	// thousandth of the rate, the lower, and half the rate).
	Low, High float64
	// Range is how far below the highest gain the picture reaches [dB] (default 60).
	Range float64
	// Size is the size of the data area (default 1200 × 640 pixels).
	Size Size
}

// maxTunings is how many channels one picture of tuning curves shows.
const maxTunings = 256

// Tuning draws the spectrum of every channel, up to 256, as a curve of level over logarithmic frequency: 20·log10|Σ x_n·e^-jωn|,
// one point for every second column of pixels. Of a bank's answer to an impulse of 1 these are its tuning curves. The
// spectra are summed up while the stream passes; what rings beyond its end is missing.
type Tuning struct {
	input   stages.Stage
	p       TuningParams
	format  stages.Format
	file    *atomicfile.File // nil before Open
	spectra spectra
	files   []string
}

var _ stages.FrameSink = (*Tuning)(nil)

// NewTuning describes a picture of the spectra of input. A path without .png or .svg, an impossible size or range, frequencies
// that the rate does not allow and more than 256 channels are errors.
func NewTuning(input stages.Stage, p TuningParams) (*Tuning, error) {
	p, err := p.check(input.Format())
	if err != nil {
		return nil, err
	}
	return &Tuning{input: input, p: p}, nil
}

// check fills in the defaults for frames of that format, and refuses what cannot be drawn of them.
func (p TuningParams) check(f stages.Format) (TuningParams, error) {
	if p.High == 0 {
		p.High = f.Rate / 2
	}
	if p.Low == 0 {
		p.Low = min(20, f.Rate/1000)
	}
	if p.Range == 0 {
		p.Range = 60
	}
	if err := checkPath(p.Path); err != nil {
		return p, err
	}
	if f.Channels > maxTunings {
		return p, fmt.Errorf("tuning curves %s: %d channels: want at most %d", p.Path, f.Channels, maxTunings)
	}
	if !(p.Low > 0 && p.Low < p.High && p.High <= f.Rate/2) {
		return p, fmt.Errorf("tuning curves %s: from %g Hz to %g Hz: want them in ascending order, above 0 Hz and at most half the rate, %g Hz", p.Path, p.Low, p.High, f.Rate/2)
	}
	if !(p.Range > 0 && p.Range <= 1000) {
		return p, fmt.Errorf("tuning curves %s: a range of %g dB: want above 0 dB, at most 1000 dB", p.Path, p.Range)
	}
	return p, p.Size.check()
}

// Input is the stream of frames.
func (s *Tuning) Input() stages.Node { return s.input }

// Open begins the file under a temporary name, as [stages.Sink] says.
func (s *Tuning) Open(ctx context.Context, f stages.Format) error {
	file, err := atomicfile.Create(s.p.Path)
	if err != nil {
		return err
	}
	s.file, s.format = file, f
	s.spectra = newSpectra(s.p.Low, s.p.High, f.Rate, max(2, s.p.Size.Width/2), f.Channels)
	return nil
}

// WriteFrames adds a block, as [stages.FrameSink] says.
func (s *Tuning) WriteFrames(ctx context.Context, at int64, f stages.Frames) error {
	for i := range f.N {
		s.spectra.add(f.Row(i))
	}
	return nil
}

// Finish draws the picture, as [stages.Sink] says.
func (s *Tuning) Finish(e stages.Ending) error {
	levels, top := s.spectra.levels()
	if math.IsInf(top, -1) {
		top = 0 // silence
	}
	high := 5 * math.Ceil(top/5)
	low := high - s.p.Range
	x := frequencyAxis(s.p.Low, s.p.High)
	x.label = "frequency (Hz)"
	p := &panel{
		title: s.p.Title, x: x, y: axis{low, high, "gain (dB)", linearTicks(low, high, 8)},
		contents: []content{grid{}}, wide: s.p.Size.Width, high: s.p.Size.Height,
	}
	logs := make([]float64, len(s.spectra.frequency))
	for i, f := range s.spectra.frequency {
		logs[i] = math.Log(f)
	}
	for _, y := range levels {
		for i := range y {
			y[i] = max(y[i], low) // what is lower lies on the edge
		}
		p.contents = append(p.contents, tuningCurve{logs, y})
	}
	if err := (figure{[]*panel{p}}).save(s.file, sinks.NewMeta("tuning", s.format, e, nil)); err != nil {
		return err
	}
	s.files = []string{s.p.Path}
	return nil
}

// Abort removes what was begun, as [stages.Sink] says; there is no partial picture.
func (s *Tuning) Abort(keep bool) {
	if s.file != nil {
		s.file.Abort(false)
	}
}

// Files lists the files that Finish completed.
func (s *Tuning) Files() []string { return s.files }

// spectra sums up the spectra of some channels at some frequencies.
type spectra struct {
	channels  int
	frequency []float64 // [Hz]
	turn, now []complex128
	re, im    []float64 // of every frequency, then channel
}

// newSpectra is for n frequencies, evenly spaced on a logarithmic axis.
func newSpectra(low, high, rate float64, n, channels int) spectra {
	s := spectra{channels: channels, re: make([]float64, n*channels), im: make([]float64, n*channels)}
	for i := range n {
		f := low * math.Pow(high/low, float64(i)/float64(n-1))
		sin, cos := math.Sincos(-2 * math.Pi * f / rate)
		s.frequency = append(s.frequency, f)
		s.turn, s.now = append(s.turn, complex(cos, sin)), append(s.now, 1)
	}
	return s
}

// add adds the next frame.
func (s *spectra) add(row []float64) {
	for k, w := range s.now {
		re, im := s.re[k*s.channels:][:len(row)], s.im[k*s.channels:][:len(row)]
		for c, x := range row {
			re[c] += x * real(w)
			im[c] += x * imag(w)
		}
		s.now[k] = w * s.turn[k]
	}
}

// levels are the levels of each channel [dB], and the highest of all.
func (s *spectra) levels() (list [][]float64, top float64) {
	top = math.Inf(-1)
	for c := range s.channels {
		y := make([]float64, len(s.frequency))
		for k := range y {
			i := k*s.channels + c
			y[k] = 20 * math.Log10(math.Hypot(s.re[i], s.im[i]))
			if !math.IsNaN(y[k]) && !math.IsInf(y[k], 1) {
				top = max(top, y[k])
			}
		}
		list = append(list, y)
	}
	return list, top
}

// tuningCurve is a thin line through points.
type tuningCurve struct{ x, y []float64 }

func (l tuningCurve) draw(c draw.Canvas, p *panel) {
	strokeCurve(c, p, draw.LineStyle{Color: curveColour, Width: vg.Points(0.8)}, l.x, l.y)
}

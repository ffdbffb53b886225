package picture

import (
	"context"
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"hearpipe/internal/atomicfile"
	"hearpipe/sinks"
	"hearpipe/stages"
)

// CurvesParams describes [Curves].
type CurvesParams struct {
	// Path is the file to write, .png or .svg.
	Path string
	// Title stands above the picture (default: none).
	Title string
	// Of is the statistic of each channel that is drawn (default: RMS).
	Of sinks.Statistic
	// Frequencies are those of the statistic phase, one per channel [Hz].
	Frequencies []float64
	// Reference is the channel whose number is subtracted from that of each channel (default: nothing is). Differences of
	// phases lie above -1 and up to 1.
	Reference []int
	// Decibels draws 20·log10 of it.
	Decibels bool
	// X is where each channel of the input lies on the horizontal axis, finite.
	X []float64
	// Curve is the number of the curve to which each channel belongs, from 0 (default: one curve). Points of a curve are joined
	// in the order of X.
	Curve []int
	// Labels name the curves (default: no legend).
	Labels []string
	// XLabel and YLabel stand at the axes.
	XLabel, YLabel string
	// Size is the size of the data area (default 1200 × 640 pixels).
	Size Size
}

// maxCurves is how many curves one picture shows.
const maxCurves = 16

// Curves draws a statistic of each channel over a quantity that differs between channels, such as the rate of a nerve fibre
// over the frequency of the tone in each channel, as one curve or several.
type Curves struct {
	p         CurvesParams
	statistic *sinks.StatisticFile
	file      *atomicfile.File // nil before Open
	format    stages.Format
	files     []string
}

var _ stages.FrameSink = (*Curves)(nil)

// NewCurves describes a picture of a statistic of the channels of input. A path without .png or .svg, an impossible size or
// statistic, lists that do not fit the channels, and more than 16 curves are errors.
func NewCurves(input stages.Stage, p CurvesParams) (*Curves, error) {
	if p.Of == "" {
		p.Of = sinks.RMS
	}
	n := input.Format().Channels
	if p.Curve == nil {
		p.Curve = make([]int, n)
	}
	if err := checkPath(p.Path); err != nil {
		return nil, err
	}
	if err := p.Size.check(); err != nil {
		return nil, err
	}
	if len(p.X) != n || len(p.Curve) != n {
		return nil, fmt.Errorf("curves %s: %d places and %d numbers of curves for %d channels: want one each", p.Path, len(p.X), len(p.Curve), n)
	}
	most := slices.Max(p.Curve) + 1
	if most > maxCurves || slices.Min(p.Curve) < 0 || p.Labels != nil && len(p.Labels) < most {
		return nil, fmt.Errorf("curves %s: curve %d with %d labels: want curves 0 to %d, and a label for each or none", p.Path, most-1, len(p.Labels), maxCurves-1)
	}
	for c, x := range p.X {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, fmt.Errorf("curves %s: channel %d lies at %g: want a finite number", p.Path, c, x)
		}
	}
	for c, r := range p.Reference {
		if len(p.Reference) != n || r < 0 || r >= n {
			return nil, fmt.Errorf("curves %s: channel %d of %d references refers to channel %d: want one of 0 to %d for each", p.Path, c, len(p.Reference), r, n-1)
		}
	}
	s, err := sinks.NewStatisticFile(input, sinks.StatisticFileParams{Of: []sinks.Statistic{p.Of}, Frequencies: p.Frequencies})
	if err != nil {
		return nil, err
	}
	return &Curves{p: p, statistic: s}, nil
}

// Input is the stream of frames.
func (s *Curves) Input() stages.Node { return s.statistic.Input() }

// Open begins the file under a temporary name, as [stages.Sink] says.
func (s *Curves) Open(ctx context.Context, f stages.Format) error {
	if err := s.statistic.Open(ctx, f); err != nil {
		return err
	}
	file, err := atomicfile.Create(s.p.Path)
	if err != nil {
		return err
	}
	s.file, s.format = file, f
	return nil
}

// WriteFrames adds a block, as [stages.FrameSink] says.
func (s *Curves) WriteFrames(ctx context.Context, at int64, f stages.Frames) error {
	return s.statistic.WriteFrames(ctx, at, f)
}

// Finish draws the picture, as [stages.Sink] says. Channels whose number is not finite, such as the level of silence, leave a
// gap.
func (s *Curves) Finish(e stages.Ending) error {
	fig, err := s.figure()
	if err != nil {
		return err
	}
	if err := fig.save(s.file, sinks.NewMeta("curves", s.format, e, nil)); err != nil {
		return err
	}
	s.files = []string{s.p.Path}
	return nil
}

func (s *Curves) figure() (figure, error) {
	values, err := s.statistic.Values(s.p.Of)
	if err != nil {
		return figure{}, err
	}
	if s.p.Decibels {
		for c, v := range values {
			values[c] = 20 * math.Log10(v)
		}
	}
	if s.p.Reference != nil {
		values = s.relative(values)
	}
	x, y := axis{label: s.p.XLabel}, axis{label: s.p.YLabel}
	x.min, x.max, _ = finiteRange(s.p.X)
	low, high, some := finiteRange(values)
	if !some {
		low, high = 0, 0 // nothing to draw but the axes
	}
	fromZero := low >= 0 && low < high-low && !s.p.Decibels
	if fromZero {
		low = 0
	}
	y.min, y.max = widened(low, high, 0.05, !fromZero)
	x.min, x.max = widened(x.min, x.max, 0, true)
	x.ticks, y.ticks = linearTicks(x.min, x.max, 9), linearTicks(y.min, y.max, 8)
	p := &panel{title: s.p.Title, x: x, y: y, contents: []content{grid{}}, wide: s.p.Size.Width, high: s.p.Size.Height}
	order := make([]int, len(s.p.X))
	for c := range order {
		order[c] = c
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case s.p.X[a] < s.p.X[b]:
			return -1
		case s.p.X[a] > s.p.X[b]:
			return 1
		}
		return 0
	})
	curves := make([]namedCurve, slices.Max(s.p.Curve)+1)
	for _, c := range order {
		k := &curves[s.p.Curve[c]]
		k.x, k.y = append(k.x, s.p.X[c]), append(k.y, values[c])
	}
	for k := range curves {
		curves[k].place, curves[k].colour = k, curveColour
		if len(curves) > 1 {
			curves[k].colour = palette[30+180*k/(len(curves)-1)]
		}
		if s.p.Labels != nil {
			curves[k].label = s.p.Labels[k]
		}
		p.contents = append(p.contents, curves[k])
	}
	return figure{[]*panel{p}}, nil
}

// relative subtracts from each number that of the channel it refers to.
func (s *Curves) relative(values []float64) []float64 {
	out := make([]float64, len(values))
	for c, r := range s.p.Reference {
		out[c] = values[c] - values[r]
		switch {
		case s.p.Of != sinks.Phase:
		case out[c] > 1:
			out[c] -= 2
		case out[c] <= -1:
			out[c] += 2
		}
	}
	return out
}

// Abort removes what was begun, as [stages.Sink] says; there is no partial picture.
func (s *Curves) Abort(keep bool) {
	if s.file != nil {
		s.file.Abort(false)
	}
}

// Files lists the files that Finish completed.
func (s *Curves) Files() []string { return s.files }

// namedCurve is a line through points in a colour, with a line of a legend in the upper left corner.
type namedCurve struct {
	x, y   []float64
	colour color.Color
	label  string // "" for none
	place  int    // in the legend
}

func (l namedCurve) draw(c draw.Canvas, p *panel) {
	pen := draw.LineStyle{Color: l.colour, Width: vg.Points(1.2)}
	strokeCurve(c, p, pen, l.x, l.y)
	if l.label == "" {
		return
	}
	s := style(10, draw.XLeft, draw.YCenter)
	height := vg.Points(15)
	at := vg.Point{X: c.Min.X + vg.Points(10), Y: c.Max.Y - height*(vg.Length(l.place)+1)}
	c.StrokeLines(pen, []vg.Point{at, {X: at.X + vg.Points(18), Y: at.Y}})
	c.FillText(s, vg.Point{X: at.X + vg.Points(24), Y: at.Y}, l.label)
}

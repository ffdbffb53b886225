package hrtf

import (
	"context"
	"fmt"
	"math"

	"hearpipe/stages"
)

// defaultInterval is how many frames lie between two responses of a moving source: 1.5 ms at 44.1 kHz, in which a source that goes round the head once a
// second moves by half a degree.
const defaultInterval = 64

// MovingParams describe a source that moves.
type MovingParams struct {
	Set           *Set          // the responses and their places
	Trajectory    Trajectory    // where the source is at a time
	Interpolation Interpolation // between measured directions
	// Interval is the number of frames from one response to the next, default 64.
	Interval int
}

// Moving lets a source be heard from a place that changes. Its two channels are the source as the left and the right ear hear it. At frames k·Interval, counted
// from the start of the stream, the responses are those of the place at that time; between them the output fades linearly from one to the next:
//
//	y_t = (1-w)·Σ h_i·x_(t-i) + w·Σ g_i·x_(t-i),   w = (t - k·Interval)/Interval,
//
// h and g being the responses at k·Interval and (k+1)·Interval, delays included, summed from i = 0 on. Nothing jumps, and nothing depends on blocks: places are looked up at
// absolute frames. There is no latency and no look-ahead. It costs two multiplications per tap, ear and frame while the source moves, one while it rests.
type Moving struct {
	*stages.Stream
	set *Set
}

// NewMoving makes a moving source of a stream of one channel, or of two, of which the first is heard by the left ear and the second by the right. A missing set or
// trajectory, responses without direction, a rate that is not that of the set, and an interval out of 1 to 2^20 are errors.
func NewMoving(src stages.Stage, p MovingParams) (*Moving, error) {
	const kind = "hrtf.moving"
	switch {
	case p.Set == nil:
		return nil, fmt.Errorf("%s: the set is missing", kind)
	case p.Trajectory == nil:
		return nil, fmt.Errorf("%s: the trajectory is missing", kind)
	case p.Interval < 0 || p.Interval > 1<<20:
		return nil, fmt.Errorf("%s: an interval of %d frames: want 1 to %d (0 for %d)", kind, p.Interval, 1<<20, defaultInterval)
	}
	if p.Interval == 0 {
		p.Interval = defaultInterval
	}
	if err := sameRate(kind, src, p.Set.Rate(), p.Set.title()); err != nil {
		return nil, err
	}
	format := src.Format()
	if format.Channels > 2 {
		return nil, &stages.ChannelError{Kind: kind, Input: stages.KindOf(src), Have: format.Channels, Want: "1, or 2 for the ears"}
	}
	f, err := newMovingFiller(src, p)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	format.Channels, format.First = 2, 0
	s, err := stages.New(kind, format, f, stages.Input{From: src})
	if err != nil {
		return nil, err
	}
	return &Moving{s, p.Set}, nil
}

// Set returns the set.
func (m *Moving) Set() *Set { return m.set }

// movingFiller fills a Moving. What it remembers between frames is the last frames of the source; responses follow from the frame number.
type movingFiller struct {
	src      stages.Stage
	between  *Interpolator
	where    Trajectory
	rate     float64
	interval int64
	taps     int
	lines    [][]float64 // of each channel of the source: the frames before a run, then the run

	cell   int64 // the interval that from and to belong to; -1: none
	from   mixture
	to     mixture
	sum    []float64 // workspace: a mixture without its delay
	filter []float64
}

// mixture is the responses of a place.
type mixture struct {
	weights [3]Weight
	n       int
	taps    [2][]float64 // of each ear, delays included, last tap first
}

func newMovingFiller(src stages.Stage, p MovingParams) (*movingFiller, error) {
	between, err := NewInterpolator(p.Set, p.Interpolation)
	if err != nil {
		return nil, err
	}
	f := &movingFiller{
		src: src, between: between, where: p.Trajectory, rate: p.Set.Rate(), interval: int64(p.Interval),
		cell: -1, sum: make([]float64, p.Set.Taps()), filter: make([]float64, fractionTaps),
	}
	longest, whole := 0.0, true
	for i := range p.Set.Len() {
		for _, d := range p.Set.At(i).Delay {
			_, fraction := split(d)
			longest, whole = max(longest, d), whole && fraction == 0
		}
	}
	f.taps = p.Set.Taps() + int(math.Ceil(longest))
	if longest > 0 && (!whole || p.Interpolation != Nearest) {
		f.taps += delayReach // delays between others have fractions
	}
	if f.taps > mostTaps {
		return nil, fmt.Errorf("delays of up to %g samples and responses of %d taps: want at most %d taps together", longest, p.Set.Taps(), mostTaps)
	}
	for range src.Format().Channels {
		f.lines = append(f.lines, make([]float64, f.taps-1+p.Interval))
	}
	for _, m := range []*mixture{&f.from, &f.to} {
		m.taps = [2][]float64{make([]float64, f.taps), make([]float64, f.taps)}
	}
	return f, nil
}

// Fill filters the next frames of the source, one interval after the other.
func (f *movingFiller) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	src, err := f.src.Fetch(ctx, at, at+int64(dst.N))
	for done := 0; done < src.N; {
		t := at + int64(done)
		if err := f.enter(t / f.interval); err != nil {
			return done, err
		}
		n := int(min(int64(src.N-done), f.interval-t%f.interval))
		f.run(t, src.Cut(done, done+n), dst.Cut(done, done+n))
		done += n
	}
	return src.N, err
}

// enter makes the responses of an interval ready.
func (f *movingFiller) enter(cell int64) error {
	if cell == f.cell {
		return nil
	}
	if f.cell >= 0 && cell == f.cell+1 {
		f.from, f.to = f.to, f.from
	} else if err := f.mix(&f.from, cell); err != nil {
		return err
	}
	f.cell = -1 // until both are there
	if err := f.mix(&f.to, cell+1); err != nil {
		return err
	}
	f.cell = cell
	return nil
}

// mix makes the responses at the beginning of an interval.
func (f *movingFiller) mix(m *mixture, cell int64) error {
	t := float64(cell*f.interval) / f.rate
	d := f.where(t)
	if !d.unit() {
		return fmt.Errorf("hrtf.moving: at %g s the source is at (%g, %g, %g), which is no direction: want a vector of length 1; angles of a trajectory must be finite", t, d.X, d.Y, d.Z)
	}
	m.n = len(f.between.weights(d, &m.weights))
	mix := m.weights[:m.n]
	delay := f.between.delays(mix)
	for e, h := range m.taps {
		clear(f.sum)
		for _, w := range mix {
			addDelayed(f.sum, f.between.set.taps[e][w.Index], 0, w.Weight, nil)
		}
		clear(h)
		addDelayed(h, f.sum, delay[e], 1, f.filter)
		for i, k := 0, len(h)-1; i < k; i, k = i+1, k-1 {
			h[i], h[k] = h[k], h[i]
		}
	}
	return nil
}

// same reports whether two mixtures are the same responses.
func (m *mixture) same(o *mixture) bool {
	if m.n != o.n {
		return false
	}
	for i, w := range m.weights[:m.n] {
		if w != o.weights[i] {
			return false
		}
	}
	return true
}

// run filters frames of one interval, the first of them being t.
func (f *movingFiller) run(t int64, src, dst stages.Frames) {
	history := f.taps - 1
	for c, line := range f.lines {
		for j := range src.N {
			line[history+j] = src.At(j, c)
		}
	}
	rests := f.from.same(&f.to)
	into := t % f.interval
	for j := range dst.N {
		w := float64(into+int64(j)) / float64(f.interval)
		row := dst.Row(j)
		for e := range row {
			x := f.lines[min(e, len(f.lines)-1)][j : j+f.taps]
			if rests {
				row[e] = backwards(f.from.taps[e], x)
				continue
			}
			a, b := backwards2(f.from.taps[e], f.to.taps[e], x)
			row[e] = math.FMA(w, b-a, a)
		}
	}
	for _, line := range f.lines {
		copy(line, line[dst.N:dst.N+history])
	}
}

// backwards is Σ h_i·x_i in two sums, one of the last, third last, … terms and one of the others, both from the end.
func backwards(h, x []float64) float64 {
	var a, b float64
	x = x[:len(h)]
	i := len(h) - 1
	for ; i > 0; i -= 2 {
		a, b = math.FMA(h[i], x[i], a), math.FMA(h[i-1], x[i-1], b)
	}
	if i == 0 {
		a = math.FMA(h[0], x[0], a)
	}
	return a + b
}

// backwards2 is backwards of two responses at once.
func backwards2(g, h, x []float64) (float64, float64) {
	var a, b, c, d float64
	x, g = x[:len(h)], g[:len(h)]
	i := len(h) - 1
	for ; i > 0; i -= 2 {
		x1, x0 := x[i], x[i-1]
		a, b = math.FMA(g[i], x1, a), math.FMA(g[i-1], x0, b)
		c, d = math.FMA(h[i], x1, c), math.FMA(h[i-1], x0, d)
	}
	if i == 0 {
		a, c = math.FMA(g[0], x[0], a), math.FMA(h[0], x[0], c)
	}
	return a + b, c + d
}

// AppendState appends the frames of the source that are still heard.
func (f *movingFiller) AppendState(b []byte) []byte {
	for _, line := range f.lines {
		b = stages.AppendFloats(b, line[:f.taps-1])
	}
	return b
}

// LoadState reads what AppendState wrote.
func (f *movingFiller) LoadState(b []byte) error {
	for _, line := range f.lines {
		var err error
		if b, err = stages.ReadFloats(b, line[:f.taps-1]); err != nil {
			return err
		}
	}
	if len(b) > 0 {
		return fmt.Errorf("hrtf.moving: %d bytes too many", len(b))
	}
	f.cell = -1
	return nil
}

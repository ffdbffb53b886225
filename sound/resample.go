package sound

import (
	"context"
	"fmt"
	"io"
	"math"

	"hearpipe/stages"
)

// ResampleParams shapes the low-pass filter of a resampler. The zero value suits hearing research at the usual rates.
type ResampleParams struct {
	Attenuation float64 // of images and aliases, and of the ripple in the pass band [dB] (default 120; 40 to 160)
	Transition  float64 // width of the transition band below the lower Nyquist frequency, as a fraction of it (default 0.1; 0.01 to 0.5)
}

// Resampler is a stream at another sample rate.
//
// Frame j is the value at the time j/rate of the band-limited signal that the input's frames are samples of: the input,
// taken as zeros outside its length, filtered with a linear-phase Kaiser-windowed sinc (half gain in the middle of the
// transition band) evaluated exactly at that time. There is no delay: what was at time t stays there. The stream has
// rint(frames·rate/rate of the input) frames. It reads [Resampler.Reach] frames of the input ahead of, and as many behind, the time of a frame.
//
// With the default parameters the pass band, up to 0.9 of the lower of the two Nyquist frequencies, is flat to ±1·10⁻⁵ dB and its
// images are 127 dB down; what is above the lower Nyquist frequency is 121 dB down (measured with tones from 44.1 to 48 kHz and back, 16
// to 44.1 and back, 44.1 to 88.2, 96 to 44.1 and 97.65625 to 44.1 kHz). A constant is kept exactly but for rounding. The rates must be in a ratio p:q of integers up to 1,000,000.
type Resampler struct {
	*stages.Stream
	f *resampler
}

// NewResample changes the rate [Hz] of a stream with the default filter.
func NewResample(src stages.Stage, rate float64) (*Resampler, error) {
	return NewResampleWith(src, rate, ResampleParams{})
}

// NewResampleWith changes the rate [Hz] of a stream. Rates in no ratio of integers up to 1,000,000, a ratio whose filter would need
// more than a million taps, and parameters outside their ranges are errors.
func NewResampleWith(src stages.Stage, rate float64, p ResampleParams) (*Resampler, error) {
	const kind = "sound.resample"
	f := src.Format()
	if err := checkRate(rate); err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	up, down, err := ratio(rate, f.Rate)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	b, err := newBank(up, down, p)
	if err != nil {
		return nil, fmt.Errorf("%s: %g Hz to %g Hz: %w", kind, f.Rate, rate, err)
	}
	r := &resampler{bank: b, src: src, end: f.Frames, channels: f.Channels}
	var fill stages.Filler = r
	input := stages.Input{From: src, History: b.half, Ahead: b.half + 1}
	if up == down {
		fill, input = through{src}, stages.Input{From: src}
	}
	s, err := stages.New(kind, stages.Format{Rate: rate, Channels: f.Channels, First: f.First, Frames: b.outputs(f.Frames)}, fill, input)
	if err != nil {
		return nil, err
	}
	return &Resampler{Stream: s, f: r}, nil
}

// Resample returns the sound at another rate; see [Resampler].
func (s *Sound) Resample(rate float64) (*Sound, error) {
	r, err := NewResample(s, rate)
	if err != nil {
		return nil, err
	}
	return Collect(context.Background(), r)
}

// Ratio is the rate of the stream over that of its input in lowest terms, p:q.
func (r *Resampler) Ratio() (p, q int64) { return r.f.up, r.f.down }

// Reach is how many frames of the input before and after the time of a frame contribute to it.
func (r *Resampler) Reach() int { return r.f.half }

// ratio writes a/b as p:q in lowest terms with integers up to 10^6, found by continued fractions. The tolerance of a few units
// in the last place lets rates pass that were computed; a wider one would find a ratio near any two numbers.
func ratio(a, b float64) (p, q int64, err error) {
	const limit = 1_000_000
	x := a / b
	p0, q0, p1, q1 := int64(0), int64(1), int64(1), int64(0)
	for y := x; y < limit+1; {
		n := int64(y)
		p0, q0, p1, q1 = p1, q1, n*p1+p0, n*q1+q0
		if p1 > limit || q1 > limit {
			break
		}
		if p1 > 0 && math.Abs(float64(p1)/float64(q1)-x) <= 1e-15*x {
			return p1, q1, nil
		}
		y = 1 / (y - float64(n))
	}
	return 0, 0, fmt.Errorf("rates %g Hz and %g Hz: want a ratio of integers up to 1,000,000", a, b)
}

// bank is a polyphase filter bank: the coefficients of a resampler. Phase k of up serves the frames that lie k/up of an
// input frame after an input frame.
type bank struct {
	up, down int64 // rate : rate of the input
	half     int   // taps on either side
	cut      float64
	width    float64 // half-width of the window [input frames]
	beta     float64
	i0       float64
	phases   []float64 // up × 2·half taps, nil if that would be too large: then each frame has its taps computed
	scratch  []float64
}

const (
	mostTaps  = 1 << 20
	mostTable = 1 << 22 // coefficients: 32 MiB
)

func newBank(up, down int64, p ResampleParams) (*bank, error) {
	if p.Attenuation == 0 {
		p.Attenuation = 120
	}
	if p.Transition == 0 {
		p.Transition = 0.1
	}
	if !(p.Attenuation >= 40 && p.Attenuation <= 160) {
		return nil, fmt.Errorf("attenuation %g dB: want 40 to 160", p.Attenuation)
	}
	if !(p.Transition >= 0.01 && p.Transition <= 0.5) {
		return nil, fmt.Errorf("transition band of %g of the Nyquist frequency: want 0.01 to 0.5", p.Transition)
	}
	b := &bank{up: up, down: down}
	if up == down {
		return b, nil // no filter: see through
	}
	nyquist := math.Min(1, float64(up)/float64(down)) // the lower of the two, as a fraction of the input's
	b.cut = nyquist * (1 - float64(p.Transition/2))
	b.beta = KaiserBeta(p.Attenuation)
	b.i0 = besselI0(b.beta)
	// Kaiser's formula for the order: (A - 7.95)/(2.285 Δω), Δω the transition band in radians per frame.
	b.width = (p.Attenuation - 7.95) / (2.285 * math.Pi * p.Transition * nyquist) / 2
	b.half = int(math.Ceil(b.width))
	if 2*b.half > mostTaps {
		return nil, fmt.Errorf("a filter of %d taps: want a ratio of rates that needs at most %d; resample in steps", 2*b.half, mostTaps)
	}
	taps := 2 * int64(b.half)
	if up*taps > mostTable {
		b.scratch = make([]float64, taps)
		return b, nil
	}
	b.phases = make([]float64, up*taps)
	for k := range up {
		b.design(b.phases[k*taps:(k+1)*taps], k)
	}
	return b, nil
}

// design computes the taps of phase k: tap i multiplies the input frame i-half+1 after the one at or before the time of the
// output. They are divided by their sum, so that a constant input gives the same constant in every phase.
func (b *bank) design(taps []float64, k int64) {
	frac := float64(k) / float64(b.up)
	sum := 0.0
	for i := range taps {
		taps[i] = lowPassTap(float64(i-b.half+1)-frac, b.cut, b.width, b.beta, b.i0)
		sum += taps[i]
	}
	for i := range taps {
		taps[i] /= sum
	}
}

// taps returns the taps of phase k.
func (b *bank) taps(k int64) []float64 {
	if b.phases == nil {
		b.design(b.scratch, k)
		return b.scratch
	}
	n := 2 * int64(b.half)
	return b.phases[k*n : (k+1)*n : (k+1)*n]
}

// place is the input frame at or before the time of output frame j, and the phase: j·down = frame·up + phase.
func (b *bank) place(j int64) (frame, phase int64) {
	whole, rest := j/b.up, j%b.up*b.down
	return whole*b.down + rest/b.up, rest % b.up
}

// outputs is rint(n·up/down), half to even.
func (b *bank) outputs(n int64) int64 {
	if n == stages.Unbounded {
		return n
	}
	whole, rest := n/b.down*b.up, n%b.down*b.up
	whole += rest / b.down
	switch rest = rest % b.down * 2; {
	case rest > b.down, rest == b.down && whole%2 == 1:
		whole++
	}
	return whole
}

// through passes frames on where the rate does not change.
type through struct{ src stages.Stage }

// Fill implements [stages.Filler].
func (t through) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	f, err := t.src.Fetch(ctx, at, at+int64(dst.N))
	dst.CopyFrom(f, f.N)
	return f.N, err
}

// resampler fills frames of the other rate.
type resampler struct {
	*bank
	src      stages.Stage
	end      int64 // length of the input, stages.Unbounded until known
	channels int
	flat     []float64 // input frames, channel by channel, each contiguous
}

// piece is how many frames are computed from one fetch of the input.
const piece = 256

// Fill implements [stages.Filler]. Frames depend on nothing but their number and the input.
func (r *resampler) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	for done := 0; done < dst.N; {
		n := min(dst.N-done, r.piece())
		got, err := r.fill(ctx, at+int64(done), dst.Cut(done, done+n))
		done += got
		if err != nil {
			return done, err
		}
	}
	return dst.N, nil
}

// piece bounds the scratch: when the rate falls, a frame takes several input frames.
func (r *resampler) piece() int {
	return max(1, int(min(piece, piece*r.up/r.down)))
}

// fill computes dst.N frames from one fetch of the input.
func (r *resampler) fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	first, _ := r.place(at)
	last, _ := r.place(at + int64(dst.N) - 1)
	lo, hi := first-int64(r.half)+1, last+int64(r.half)+1
	have, err := r.gather(ctx, lo, hi)
	n := dst.N
	if r.end != stages.Unbounded {
		n = int(max(0, min(int64(n), r.outputs(r.end)-at)))
		if n < dst.N && err == nil {
			err = io.EOF
		}
	}
	width := int(hi - lo)
	for i := range n {
		frame, phase := r.place(at + int64(i))
		skip := int(frame - first)
		if skip+2*r.half > have { // the input failed before a frame this one needs
			return i, err
		}
		h := r.taps(phase)
		row := dst.Row(i)
		for c := range row {
			row[c] = dot(h, r.flat[c*width+skip:])
		}
	}
	return n, err
}

// gather puts input frames lo:hi into flat, zeros where there is no input: before frame 0 and after the end. It returns
// how many of them are good: all, unless the input failed with the error.
func (r *resampler) gather(ctx context.Context, lo, hi int64) (int, error) {
	width := int(hi - lo)
	if n := width * r.channels; cap(r.flat) < n {
		r.flat = make([]float64, n)
	}
	r.flat = r.flat[:width*r.channels]
	from, to := max(lo, 0), min(hi, r.end)
	var f stages.Frames
	var err error
	if from < to {
		f, err = r.src.Fetch(ctx, from, to)
	}
	r.spread(f, int(from-lo), width)
	if err == io.EOF {
		r.end, err = from+int64(f.N), nil
	}
	if err != nil {
		return int(from-lo) + f.N, err
	}
	return width, nil
}

// spread copies frames into flat at a place and clears the rest.
func (r *resampler) spread(f stages.Frames, at, width int) {
	for c := range r.channels {
		x := r.flat[c*width : (c+1)*width]
		clear(x[:min(at, width)])
		for i := range f.N {
			x[at+i] = f.Data[i*f.Stride+c]
		}
		if end := at + f.N; end < width {
			clear(x[end:])
		}
	}
}

// dot is Σ h[i]·x[i] over eight interleaved partial sums (i mod 8), added pairwise, products fused. The order depends on the
// number of taps alone, so neither alignment nor block matters.
func dot(h, x []float64) float64 {
	var s0, s1, s2, s3, s4, s5, s6, s7 float64
	x = x[:len(h)]
	i := 0
	for ; i <= len(h)-8; i += 8 {
		a, b := (*[8]float64)(h[i:]), (*[8]float64)(x[i:])
		s0 = math.FMA(a[0], b[0], s0)
		s1 = math.FMA(a[1], b[1], s1)
		s2 = math.FMA(a[2], b[2], s2)
		s3 = math.FMA(a[3], b[3], s3)
		s4 = math.FMA(a[4], b[4], s4)
		s5 = math.FMA(a[5], b[5], s5)
		s6 = math.FMA(a[6], b[6], s6)
		s7 = math.FMA(a[7], b[7], s7)
	}
	for ; i < len(h); i++ {
		s0 = math.FMA(h[i], x[i], s0)
	}
	return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7))
}

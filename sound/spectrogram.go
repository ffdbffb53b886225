package sound

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mjibson/go-dsp/window"
	"gonum.org/v1/gonum/dsp/fourier"
)

// Windows of a spectrogram, all symmetric.
var windows = map[string]func(int) []float64{
	"hann": window.Hann, "hamming": window.Hamming, "blackman": window.Blackman, "bartlett": window.Bartlett, "flattop": window.FlatTop,
	"rectangular": window.Rectangular,
}

// WindowNames lists the windows of [SpectrogramParams].
func WindowNames() []string {
	var names []string
	for name := range windows {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// defaultSegment is that of Brian Hears and matplotlib [frames].
const defaultSegment = 256

// SpectrogramParams describes a short-time spectrum. The zero value is that of Brian Hears and matplotlib.
type SpectrogramParams struct {
	Channel int     // channel of the sound (default 0)
	Segment int     // frames of a segment (default 256), 4 to 2^24
	Hop     int     // frames from the beginning of a segment to the next (default: half a segment), 1 to Segment
	Window  string  // one of WindowNames (default hann)
	Low     float64 // lowest frequency [Hz] (default 0); one bin below it is shown too
	High    float64 // highest frequency [Hz] (default: half the rate); one bin above it is shown too
	Linear  bool    // power density as it is; otherwise in dB
}

// Spectrogram is the power density of a sound over time and frequency.
type Spectrogram struct {
	Times       []float64   // middle of each segment [s]
	Frequencies []float64   // [Hz]
	Power       [][]float64 // Power[i][k] at Times[i], Frequencies[k] [Pa²/Hz], or 10·log10(max(·, 1e-20)) [dB]
}

// Spectrogram computes |DFT(w·x)|²/(fs·Σw²), doubled for all bins but the first and, if the segment is even, the last, for all segments
// that lie within the sound. Its sum over frequency, times the width of a bin, is the mean square of a segment as the window weighs
// it. A sound shorter than a segment has no columns.
func (s *Sound) Spectrogram(p SpectrogramParams) (Spectrogram, error) {
	x, err := s.Channel(p.Channel)
	if err != nil {
		return Spectrogram{}, err
	}
	a, err := newAnalyser(s.rate, p)
	if err != nil {
		return Spectrogram{}, err
	}
	g := Spectrogram{Frequencies: a.frequencies()}
	for at := 0; at+a.n <= len(x); at += a.hop {
		column := make([]float64, len(g.Frequencies))
		copy(a.segment, x[at:])
		a.column(column)
		g.Times = append(g.Times, float64(a.n+2*at)/(2*s.rate))
		g.Power = append(g.Power, column)
	}
	return g, nil
}

// analyser computes columns of a spectrogram.
type analyser struct {
	n, hop     int
	first, end int // bins
	rate       float64
	scale      float64 // fs·Σw²
	linear     bool
	window     []float64
	segment    []float64 // frames to be transformed
	bins       []complex128
	fft        *fourier.FFT
}

func newAnalyser(rate float64, p SpectrogramParams) (*analyser, error) {
	if p.Segment == 0 {
		p.Segment = defaultSegment
	}
	if p.Hop == 0 {
		p.Hop = max(p.Segment/2, 1)
	}
	if p.Window == "" {
		p.Window = "hann"
	}
	low, high, err := band("spectrogram", p.Low, p.High)
	if err != nil {
		return nil, err
	}
	shape := windows[p.Window]
	switch {
	case p.Segment < 4 || p.Segment > 1<<24:
		return nil, fmt.Errorf("sound: spectrogram of segments of %d frames: want 4 to %d", p.Segment, 1<<24)
	case p.Hop < 1 || p.Hop > p.Segment:
		return nil, fmt.Errorf("sound: spectrogram with a hop of %d frames: want 1 to %d", p.Hop, p.Segment)
	case shape == nil:
		return nil, fmt.Errorf("sound: window %q: want one of %s", p.Window, strings.Join(WindowNames(), ", "))
	}
	n := p.Segment
	a := &analyser{n: n, hop: p.Hop, rate: rate, linear: p.Linear, window: shape(n), segment: make([]float64, n), bins: make([]complex128, n/2+1), fft: fourier.NewFFT(n)}
	a.first, a.end = binsBetween(n, rate, low, high)
	weight := 0.0
	for _, v := range a.window {
		weight += float64(v * v)
	}
	a.scale = rate * weight
	return a, nil
}

// frequencies of the bins [Hz].
func (a *analyser) frequencies() []float64 {
	f := make([]float64, a.end-a.first)
	for i := range f {
		f[i] = float64(a.first+i) * a.rate / float64(a.n)
	}
	return f
}

// column writes the power density of the segment, which it uses up.
func (a *analyser) column(dst []float64) {
	for i := range a.segment {
		a.segment[i] *= a.window[i]
	}
	a.fft.Coefficients(a.bins, a.segment)
	for i := range dst {
		k := a.first + i
		re, im := real(a.bins[k]), imag(a.bins[k])
		power := (float64(re*re) + float64(im*im)) / a.scale
		if k > 0 && 2*k != a.n {
			power *= 2
		}
		dst[i] = shown(power, a.linear)
	}
}

// binsBetween is the bins first:end of a transform of n frames that lie in a band, and one more on either side where there is one. A
// band between two bins has both of them.
func binsBetween(n int, rate, low, high float64) (first, end int) {
	count := n/2 + 1
	for first < count-1 && float64(first+1)*rate/float64(n) < low {
		first++
	}
	for end = first; end < count && float64(end)*rate/float64(n) <= high; {
		end++
	}
	return first, min(end+1, count)
}

// PowerDensity is the mean of the columns of the spectrogram (Welch 1967), one value per frequency, in its unit; dB are taken of the
// mean. A sound shorter than a segment has none: an error.
func (s *Sound) PowerDensity(p SpectrogramParams) (frequencies, power []float64, err error) {
	linear := p.Linear
	p.Linear = true
	g, err := s.Spectrogram(p)
	if err != nil {
		return nil, nil, err
	}
	if len(g.Power) == 0 {
		if p.Segment == 0 {
			p.Segment = defaultSegment
		}
		return nil, nil, fmt.Errorf("sound: power density of %d frames: want at least one segment of %d", s.data.N, p.Segment)
	}
	power = make([]float64, len(g.Frequencies))
	for _, column := range g.Power {
		for k, v := range column {
			power[k] += v
		}
	}
	for k := range power {
		power[k] = shown(power[k]/float64(len(g.Power)), linear)
	}
	return g.Frequencies, power, nil
}

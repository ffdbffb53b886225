package filterbank

import (
	"context"
	"fmt"
	"math"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
)

// ImpulseResponse is what a bank answers to a click, an impulse of 1 in frame 0 of all its input channels, in so many
// frames: one column for each channel of the bank. bank builds it on the source it is given, of the given rate [Hz] and number of
// channels. For a bank that is not linear, the answer to this click is all that is measured.
func ImpulseResponse(ctx context.Context, rate float64, channels int, frames int64, bank func(src stages.Stage) (stages.Stage, error)) (stages.Frames, error) {
	if frames < 1 {
		return stages.Frames{}, fmt.Errorf("impulse response of %d frames: want at least 1", frames)
	}
	src, err := stages.New("filterbank.click", stages.Format{Rate: rate, Channels: channels, Frames: frames}, click{})
	if err != nil {
		return stages.Frames{}, err
	}
	s, err := bank(src)
	if err != nil {
		return stages.Frames{}, err
	}
	if s == nil {
		return stages.Frames{}, fmt.Errorf("impulse response: the bank is missing")
	}
	return stages.Collect(ctx, s)
}

// click is an impulse in frame 0.
type click struct{}

// Fill makes the next frames.
func (click) Fill(_ context.Context, at int64, dst stages.Frames) (int, error) {
	for i := range dst.N {
		row := dst.Row(i)
		for c := range row {
			row[c] = 0
			if at+int64(i) == 0 {
				row[c] = 1
			}
		}
	}
	return dst.N, nil
}

// FrequencyResponse is the transfer function of a channel of an impulse response at a frequency [Hz]: Σ h_k·e^(-2πj·f·k/rate). An
// impulse response that is cut while it still rings gives the response of what is left of it.
func FrequencyResponse(impulse stages.Frames, channel int, frequency, rate float64) (complex128, error) {
	if channel < 0 || channel >= impulse.Channels {
		return 0, fmt.Errorf("frequency response: channel %d: want channels 0:%d", channel, impulse.Channels)
	}
	sin, cos := kernel.Sincos(2 * math.Pi * frequency / rate)
	w, sum := complex(cos, -sin), complex(0, 0)
	for i := impulse.N - 1; i >= 0; i-- {
		sum = times(sum, w)
		sum = complex(real(sum)+impulse.At(i, channel), imag(sum))
	}
	return sum, nil
}

// Gains is the tuning curve of every channel of a bank: its gain |H| at each of the frequencies [Hz], in the order channels, then
// frequencies.
func (c *Coefficients) Gains(frequencies []float64, rate float64) ([][]float64, error) {
	list := make([][]float64, c.Channels())
	for i := range list {
		list[i] = make([]float64, len(frequencies))
		for j, f := range frequencies {
			h, err := c.Response(c.First()+i, f, rate)
			if err != nil {
				return nil, err
			}
			list[i][j] = magnitude(h)
		}
	}
	return list, nil
}

// Tuning is what a tuning curve is described by.
type Tuning struct {
	Peak      float64 // frequency of the largest gain [Hz]
	Gain      float64 // gain there
	Low, High float64 // on both sides of the peak, where the gain has dropped [Hz]; the end of the frequencies where it has not
	// ERB is the width of the rectangular filter with the same largest gain that lets as much power of white noise through
	// [Hz]: ∫|H|²df/|H(Peak)|² over all frequencies given.
	ERB float64
}

// Bandwidth is the distance of the edges [Hz].
func (t Tuning) Bandwidth() float64 { return t.High - t.Low }

// Q is the peak frequency divided by the bandwidth.
func (t Tuning) Q() float64 { return t.Peak / t.Bandwidth() }

// MeasureTuning measures a tuning curve, the gain as a function of frequency, between the edges of a drop in decibel, above 0
// (3 dB, 10 dB). The frequencies [Hz], at least 3 in ascending order, tell where to look: peak and edges are found
// between them to 1e-9, but a peak narrower than their distance may be missed; the integral is that of the trapezia.
func MeasureTuning(gain func(frequency float64) float64, frequencies []float64, drop float64) (Tuning, error) {
	n := len(frequencies)
	if n < 3 {
		return Tuning{}, fmt.Errorf("tuning: %d frequencies: want at least 3", n)
	}
	if !(drop > 0 && finite(drop)) {
		return Tuning{}, fmt.Errorf("tuning: a drop of %g dB: want more than 0 dB", drop)
	}
	values, best := make([]float64, n), 0
	for i, f := range frequencies {
		if i > 0 && !(f > frequencies[i-1]) || !finite(f) {
			return Tuning{}, fmt.Errorf("tuning: frequency %d is %g Hz: want finite ones in ascending order", i, f)
		}
		if values[i] = gain(f); !finite(values[i]) {
			return Tuning{}, fmt.Errorf("tuning: gain %g at %g Hz: want a finite number", values[i], f)
		}
		if values[i] > values[best] {
			best = i
		}
	}
	t := Tuning{Low: frequencies[0], High: frequencies[n-1]}
	t.Peak = summit(gain, frequencies[max(best-1, 0)], frequencies[min(best+1, n-1)])
	if t.Gain = gain(t.Peak); t.Gain < values[best] {
		t.Peak, t.Gain = frequencies[best], values[best]
	}
	level := t.Gain * kernel.Exp(-drop/20*math.Ln10)
	inside := t.Peak
	for i := best; i >= 0; i-- {
		if values[i] < level {
			t.Low = crossing(gain, level, frequencies[i], inside)
			break
		}
		inside = min(inside, frequencies[i])
	}
	inside = t.Peak
	for i := best; i < n; i++ {
		if values[i] < level {
			t.High = crossing(gain, level, frequencies[i], inside)
			break
		}
		inside = max(inside, frequencies[i])
	}
	for i := 1; i < n; i++ {
		a, b := values[i-1]/t.Gain, values[i]/t.Gain
		t.ERB += float64((frequencies[i] - frequencies[i-1]) * math.FMA(a, a, float64(b*b)) / 2)
	}
	return t, nil
}

// summit searches the largest value of f between lo and hi by golden sections.
func summit(f func(float64) float64, lo, hi float64) float64 {
	golden := (math.Sqrt(5) - 1) / 2
	a, b := hi-float64(golden*(hi-lo)), lo+float64(golden*(hi-lo))
	fa, fb := f(a), f(b)
	for range 60 {
		if fa >= fb {
			hi, b, fb = b, a, fa
			a = hi - float64(golden*(hi-lo))
			fa = f(a)
		} else {
			lo, a, fa = a, b, fb
			b = lo + float64(golden*(hi-lo))
			fb = f(b)
		}
	}
	return float64(lo+hi) / 2
}

// crossing finds where f passes a level, between below, where it is less, and above, where it is not.
func crossing(f func(float64) float64, level, below, above float64) float64 {
	for range 60 {
		middle := (below + above) / 2
		if f(middle) < level {
			below = middle
		} else {
			above = middle
		}
	}
	return above
}

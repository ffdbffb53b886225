package sound

import (
	"context"
	"fmt"
	"math"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
)

// Length is how long a generator plays. It is embedded in the parameters of all of them. At most one of the two is set;
// with neither, a stream is endless and a [Sound] cannot be made.
type Length struct {
	Seconds float64 // length [s], rounded to the nearest whole number of frames (half to even)
	Frames  int64   // length [frames]
}

// resolve is the number of frames, stages.Unbounded if none is given.
func (l Length) resolve(rate float64) (int64, error) {
	switch {
	case l.Seconds != 0 && l.Frames != 0:
		return 0, fmt.Errorf("length of %g s and of %d frames: want one of them", l.Seconds, l.Frames)
	case l.Frames < 0:
		return 0, fmt.Errorf("length of %d frames: want 0 (endless) or more", l.Frames)
	case l.Frames > 0:
		return l.Frames, nil
	case l.Seconds == 0:
		return stages.Unbounded, nil
	}
	return framesOf(l.Seconds, rate)
}

// framesOf is a time in frames, rounded half to even.
func framesOf(seconds, rate float64) (int64, error) {
	n := math.RoundToEven(seconds * rate)
	if !(n >= 0) || n > 1<<53 {
		return 0, fmt.Errorf("duration %g s at %g Hz: want 0 s or more, and at most 2^53 frames", seconds, rate)
	}
	return int64(n), nil
}

// Generator is a source that computes each frame from its number alone: nothing is remembered, memory is constant.
type Generator struct{ *stages.Stream }

// generator makes the stream of a generator of width channels, of which the range is computed.
func generator(kind string, rate float64, length Length, width int, channels stages.Range, fill stages.Filler) (*Generator, error) {
	rate = rateOf(rate)
	if err := checkRate(rate); err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	frames, err := length.resolve(rate)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	r, err := channels.Of(width)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	s, err := stages.New(kind, stages.Format{Rate: rate, Channels: r.Len(), First: r.Lo, Frames: frames}, fill)
	if err != nil {
		return nil, err
	}
	return &Generator{s}, nil
}

// rateOf is the rate of a generator that may have been given none.
func rateOf(rate float64) float64 {
	if rate == 0 {
		return DefaultRate
	}
	return rate
}

// render makes a Sound of a generator that has a length.
func render(g *Generator, err error) (*Sound, error) {
	if err != nil {
		return nil, err
	}
	if g.Format().Frames == stages.Unbounded {
		return nil, fmt.Errorf("%s: a sound needs a length: set Seconds or Frames", g.Kind())
	}
	return Collect(context.Background(), g)
}

// ToneParams describes pure tones.
type ToneParams struct {
	Length
	Rate      float64      // sample rate [Hz] (default 44100)
	Frequency []float64    // frequency f [Hz], one for all channels or one per channel; 0 <= f <= Rate/2
	Phase     []float64    // phase φ at time 0 [rad], one for all channels or one per channel (default 0)
	Amplitude []float64    // peak pressure [Pa], one for all channels or one per channel (default 1)
	Width     int          // number of channels (default: the longest of the lists)
	Channels  stages.Range // channels to compute (default: all)
}

// Tone makes a sound of pure tones; see [NewTone].
func Tone(p ToneParams) (*Sound, error) { return render(NewTone(p)) }

// NewTone makes a stream of pure tones: channel c is A·sin(φ + 2πf·i/rate) in frame i. The argument is rounded to a float64, so
// that the phase is good to 4e-9 rad after an hour of 1 kHz.
func NewTone(p ToneParams) (*Generator, error) {
	const kind = "sound.tone"
	rate := rateOf(p.Rate)
	width := p.Width
	if width == 0 {
		width = max(len(p.Frequency), len(p.Phase), len(p.Amplitude))
	}
	if len(p.Frequency) == 0 {
		return nil, fmt.Errorf("%s: no frequency", kind)
	}
	phase, amplitude := p.Phase, p.Amplitude
	if len(phase) == 0 {
		phase = []float64{0}
	}
	if len(amplitude) == 0 {
		amplitude = []float64{1}
	}
	r, err := p.Channels.Of(width)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	t := &tone{rate: rate}
	for _, list := range []struct {
		name, unit string
		values     []float64
		lo, hi     float64
		to         *[]float64
	}{
		{"frequency", "Hz", p.Frequency, 0, rate / 2, &t.frequency},
		{"phase", "rad", phase, -math.MaxFloat64, math.MaxFloat64, &t.phase},
		{"amplitude", "Pa", amplitude, -math.MaxFloat64, math.MaxFloat64, &t.amplitude},
	} {
		all, err := spread(list.name, list.unit, list.values, width, list.lo, list.hi)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", kind, err)
		}
		*list.to = all[r.Lo:r.Hi]
	}
	for c := range t.frequency {
		t.frequency[c] *= 2 * math.Pi
	}
	return generator(kind, rate, p.Length, width, p.Channels, t)
}

// spread gives each of n channels its value of a list of one or n, after checking the values.
func spread(name, unit string, list []float64, n int, lo, hi float64) ([]float64, error) {
	if len(list) != 1 && len(list) != n {
		return nil, fmt.Errorf("%d values of %s for %d channels: want 1 or %d", len(list), name, n, n)
	}
	all := make([]float64, n)
	for c := range all {
		v := list[min(c, len(list)-1)]
		if !(v >= lo && v <= hi) {
			allowed := "a finite number"
			if lo > -math.MaxFloat64 {
				allowed = fmt.Sprintf("%g to %g %s", lo, hi, unit)
			}
			return nil, fmt.Errorf("%s of channel %d is %g %s: want %s", name, c, v, unit, allowed)
		}
		all[c] = v
	}
	return all, nil
}

// tone fills frames with A·sin(φ + ω·i/rate).
type tone struct {
	rate      float64
	frequency []float64 // ω = 2πf [rad/s] once built
	phase     []float64
	amplitude []float64
}

// Fill implements [stages.Filler].
func (t *tone) Fill(_ context.Context, at int64, dst stages.Frames) (int, error) {
	for i := range dst.N {
		time := float64(at+int64(i)) / t.rate
		row := dst.Row(i)
		for c := range row {
			row[c] = t.amplitude[c] * kernel.Sin(t.phase[c]+float64(t.frequency[c]*time))
		}
	}
	return dst.N, nil
}

// ClickParams describes a click: a rectangular pulse.
type ClickParams struct {
	Length            // duration (default: one frame)
	Rate      float64 // sample rate [Hz] (default 44100)
	Amplitude float64 // pressure during the click [Pa] (default 1); PeakPressure(70) makes a click of 70 dB
	Width     int     // number of channels (default 1)
}

// Click makes a sound of constant pressure.
func Click(p ClickParams) (*Sound, error) {
	if p.Length == (Length{}) {
		p.Length.Frames = 1
	}
	if p.Amplitude == 0 {
		p.Amplitude = 1
	}
	if p.Amplitude-p.Amplitude != 0 {
		return nil, fmt.Errorf("sound.click: amplitude %g Pa: want a finite number", p.Amplitude)
	}
	return render(generator("sound.click", p.Rate, p.Length, max(p.Width, 1), stages.Range{}, constant(p.Amplitude)))
}

// SilenceParams describes silence.
type SilenceParams struct {
	Length
	Rate     float64      // sample rate [Hz] (default 44100)
	Width    int          // number of channels (default 1)
	Channels stages.Range // channels to compute (default: all)
}

// Silence makes a sound of zeros.
func Silence(p SilenceParams) (*Sound, error) { return render(NewSilence(p)) }

// NewSilence makes a stream of zeros.
func NewSilence(p SilenceParams) (*Generator, error) {
	return generator("sound.silence", p.Rate, p.Length, max(p.Width, 1), p.Channels, constant(0))
}

// generatorOfZeros is silence under the name of another generator.
func generatorOfZeros(kind string, rate float64, length Length, width int) (*Generator, error) {
	return generator(kind, rate, length, max(width, 1), stages.Range{}, constant(0))
}

// constant fills frames with one value.
type constant float64

// Fill implements [stages.Filler].
func (k constant) Fill(_ context.Context, _ int64, dst stages.Frames) (int, error) {
	for i := range dst.N {
		row := dst.Row(i)
		for c := range row {
			row[c] = float64(k)
		}
	}
	return dst.N, nil
}

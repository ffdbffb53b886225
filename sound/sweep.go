package sound

import (
	"context"
	"fmt"
	"math"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
)

// ChirpParams describes a tone whose frequency glides.
type ChirpParams struct {
	Length                   // the glide lasts as long as the sound; required
	Rate        float64      // sample rate [Hz] (default 44100)
	From        float64      // frequency f0 at time 0 [Hz], 0 to Rate/2; above 0 if Exponential
	To          float64      // frequency f1 at the end, T [Hz], 0 to Rate/2; above 0 if Exponential
	Exponential bool         // equal times per octave instead of per hertz
	Phase       float64      // φ [rad] at time 0
	Amplitude   float64      // A [Pa] (default 1)
	Width       int          // number of channels (default 1), all the same
	Channels    stages.Range // channels to compute (default: all)
}

// Chirp makes a sound of a gliding tone; see [NewChirp].
func Chirp(p ChirpParams) (*Sound, error) { return render(NewChirp(p)) }

// NewChirp makes a stream of A·sin(φ + 2π·∫f): linear f(t) = f0 + (f1-f0)·t/T, with the integral f0·t + (f1-f0)·t²/(2T); exponential
// f(t) = f0·(f1/f0)^(t/T), with the integral f0·T/L·(e^(L·t/T) - 1), L = ln(f1/f0).
func NewChirp(p ChirpParams) (*Generator, error) {
	const kind = "sound.chirp"
	rate := rateOf(p.Rate)
	frames, err := p.Length.resolve(rate)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	if p.Amplitude == 0 {
		p.Amplitude = 1
	}
	lowest := 0.0
	if p.Exponential {
		lowest = math.SmallestNonzeroFloat64
	}
	switch {
	case frames == stages.Unbounded || frames == 0:
		return nil, fmt.Errorf("%s: a glide needs a length: set Seconds or Frames", kind)
	case !(p.From >= lowest && p.From <= rate/2) || !(p.To >= lowest && p.To <= rate/2):
		allowed := "0 Hz"
		if p.Exponential {
			allowed = "above 0 Hz"
		}
		return nil, fmt.Errorf("%s: from %g Hz to %g Hz: want %s to %g Hz", kind, p.From, p.To, allowed, rate/2)
	case p.Phase-p.Phase != 0 || p.Amplitude-p.Amplitude != 0:
		return nil, fmt.Errorf("%s: phase %g rad, amplitude %g Pa: want finite numbers", kind, p.Phase, p.Amplitude)
	}
	t := &chirp{p: p, rate: rate, seconds: float64(frames) / rate}
	if p.Exponential && p.From != p.To {
		t.octaves = kernel.Log(p.To / p.From)
	}
	return generator(kind, rate, p.Length, max(p.Width, 1), p.Channels, t)
}

// chirp fills frames with a gliding tone.
type chirp struct {
	p       ChirpParams
	rate    float64
	seconds float64 // T [s]
	octaves float64 // L = ln(f1/f0) of an exponential glide, 0 of a linear one
}

// Fill implements [stages.Filler].
func (t *chirp) Fill(_ context.Context, at int64, dst stages.Frames) (int, error) {
	for i := range dst.N {
		time := float64(at+int64(i)) / t.rate
		cycles := 0.0
		if t.octaves != 0 {
			cycles = t.p.From * t.seconds / t.octaves * kernel.Expm1(t.octaves*(time/t.seconds))
		} else {
			cycles = float64(t.p.From*time) + float64((t.p.To-t.p.From)*time*(time/(2*t.seconds)))
		}
		x := t.p.Amplitude * kernel.Sin(t.p.Phase+float64(2*math.Pi*cycles))
		row := dst.Row(i)
		for c := range row {
			row[c] = x
		}
	}
	return dst.N, nil
}

// ModulatedToneParams describes a tone with sinusoidal amplitude modulation.
type ModulatedToneParams struct {
	Length
	Rate            float64      // sample rate [Hz] (default 44100)
	Frequency       float64      // f of the carrier [Hz], 0 to Rate/2
	Phase           float64      // φ of the carrier at time 0 [rad]
	Modulation      float64      // fm of the modulator [Hz], 0 to Rate/2
	ModulationPhase float64      // φm of the modulator at time 0 [rad]
	Depth           float64      // m: 1 (default) modulates fully, 2 and so on beyond; finite
	Amplitude       float64      // A of the carrier [Pa] (default 1)
	Width           int          // number of channels (default 1), all the same
	Channels        stages.Range // channels to compute (default: all)
}

// ModulatedTone makes a sound of an amplitude-modulated tone; see [NewModulatedTone].
func ModulatedTone(p ModulatedToneParams) (*Sound, error) { return render(NewModulatedTone(p)) }

// NewModulatedTone makes a stream of A·(1 + m·sin(φm + 2π·fm·t))·sin(φ + 2π·f·t).
func NewModulatedTone(p ModulatedToneParams) (*Generator, error) {
	const kind = "sound.amtone"
	rate := rateOf(p.Rate)
	if p.Depth == 0 {
		p.Depth = 1
	}
	if p.Amplitude == 0 {
		p.Amplitude = 1
	}
	switch {
	case !(p.Frequency >= 0 && p.Frequency <= rate/2):
		return nil, fmt.Errorf("%s: frequency %g Hz: want 0 to %g Hz", kind, p.Frequency, rate/2)
	case !(p.Modulation >= 0 && p.Modulation <= rate/2):
		return nil, fmt.Errorf("%s: modulation at %g Hz: want 0 to %g Hz", kind, p.Modulation, rate/2)
	}
	for name, v := range map[string]float64{"phase": p.Phase, "phase of the modulation": p.ModulationPhase, "depth": p.Depth, "amplitude": p.Amplitude} {
		if v-v != 0 {
			return nil, fmt.Errorf("%s: %s %g: want a finite number", kind, name, v)
		}
	}
	return generator(kind, rate, p.Length, max(p.Width, 1), p.Channels, &modulated{p: p, rate: rate})
}

// modulated fills frames with an amplitude-modulated tone.
type modulated struct {
	p    ModulatedToneParams
	rate float64
}

// Fill implements [stages.Filler].
func (t *modulated) Fill(_ context.Context, at int64, dst stages.Frames) (int, error) {
	for i := range dst.N {
		time := float64(at+int64(i)) / t.rate
		envelope := 1 + float64(t.p.Depth*kernel.Sin(t.p.ModulationPhase+float64(2*math.Pi*t.p.Modulation*time)))
		x := t.p.Amplitude * envelope * kernel.Sin(t.p.Phase+float64(2*math.Pi*t.p.Frequency*time))
		row := dst.Row(i)
		for c := range row {
			row[c] = x
		}
	}
	return dst.N, nil
}

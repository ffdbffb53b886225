package sound

import (
	"fmt"
	"math"
	"strings"

	"hearpipe/internal/kernel"
)

// VowelParams describes an artificial vowel. Exactly one of Vowel and Formants is given.
type VowelParams struct {
	Length
	Rate     float64   // sample rate fs [Hz] (default 44100)
	Vowel    string    // "a", "i" or "u", also written "/a/"
	Formants []float64 // F [Hz], above 25, below fs/2
	Pitch    float64   // pulses per second [Hz] (default 100), at most fs/2
	Width    int       // number of channels (default 1), all the same
}

// Formants of the vowels [Hz].
var formants = map[string][]float64{
	"a": {730, 1090, 2440},
	"i": {270, 2290, 3010},
	"u": {300, 870, 2240},
}

// The glottal source and the formants of the model [Hz].
const (
	glottalBandwidth = 250
	formantBandwidth = 50
)

// Vowel makes an artificial vowel after the source–filter model of speech, in the form of MakeVowel of the Auditory Toolbox (Slaney
// 1998): pulses at the pitch, between two frames where they fall there; the glottal source y_n += ρ²·y_{n-2} with ρ = exp(-2π·250/fs); one
// resonance of 50 Hz bandwidth and unit gain at 0 Hz per formant, in series; divided by the largest magnitude, which makes the peak 1 Pa.
func Vowel(p VowelParams) (*Sound, error) {
	const kind = "sound.vowel"
	list := p.Formants
	switch known := formants[strings.Trim(p.Vowel, "/")]; {
	case (p.Vowel == "") == (len(p.Formants) == 0):
		return nil, fmt.Errorf("%s: want either a vowel (a, i or u) or formants", kind)
	case p.Vowel != "" && known == nil:
		return nil, fmt.Errorf("%s: vowel %q: want a, i or u", kind, p.Vowel)
	case p.Vowel != "":
		list = known
	}
	if p.Pitch == 0 {
		p.Pitch = 100
	}
	s, err := silentSound(kind, p.Rate, p.Length, p.Width)
	if err != nil {
		return nil, err
	}
	if !(p.Pitch > 0 && p.Pitch <= s.rate/2) {
		return nil, fmt.Errorf("%s: pitch %g Hz: want above 0 Hz, at most %g Hz", kind, p.Pitch, s.rate/2)
	}
	for i, f := range list {
		if !(f > formantBandwidth/2 && f < s.rate/2) {
			return nil, fmt.Errorf("%s: formant %d is %g Hz: want above %d Hz, below %g Hz", kind, i, f, formantBandwidth/2, s.rate/2)
		}
	}
	y := glottalPulses(s.Len(), s.rate, p.Pitch)
	for _, f := range list {
		resonate(y, f, s.rate)
	}
	peak := 0.0
	for _, v := range y {
		peak = max(peak, math.Abs(v))
	}
	for i := range y {
		if peak > 0 {
			y[i] /= peak
		}
	}
	for c := range s.data.Channels {
		s.setChannel(c, y)
	}
	return s, s.check()
}

// glottalPulses is the source of n frames.
func glottalPulses(n int, rate, pitch float64) []float64 {
	y := make([]float64, n)
	period := rate / pitch
	count := max(0, int(math.Ceil(float64(n-1)/period)))
	place := func(i int) (k int, fraction float64) {
		at := float64(float64(i) * period)
		k = min(int(at), n-2) // rounding of at must not lead out of the sound
		return k, at - float64(k)
	}
	for i := range count {
		k, fraction := place(i)
		y[k] = 1 - fraction
	}
	for i := range count {
		k, fraction := place(i)
		y[k+1] = fraction
	}
	rho := kernel.Exp(-2 * math.Pi * glottalBandwidth / rate)
	for i := 2; i < n; i++ {
		y[i] += float64(rho * rho * y[i-2])
	}
	return y
}

// resonate passes y through one formant f: poles of radius r = exp(-π(f/fs)/Q) and angle θ = 2π(f/fs)·√(1 - 1/(4Q²)), Q = f/50.
func resonate(y []float64, f, rate float64) {
	q := f / formantBandwidth
	r := kernel.Exp(-math.Pi * (f / rate) / q)
	theta := 2 * math.Pi * (f / rate) * math.Sqrt(1-1/(4*q*q))
	a1, a2 := float64(-2*r*kernel.Cos(theta)), float64(r*r)
	gain := 1 + a1 + a2
	y1, y2 := 0.0, 0.0
	for i, x := range y {
		v := float64(gain*x) - float64(a1*y1) - float64(a2*y2)
		y2, y1 = y1, v
		y[i] = v
	}
}

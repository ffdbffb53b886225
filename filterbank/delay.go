package filterbank

import (
	"fmt"
	"math"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
)

// FractionalDelayParams describe delays that need not be whole frames.
type FractionalDelayParams struct {
	// Delays holds the delays [s], which may be negative: one for each channel, or one for all channels of the source. They
	// count from [FractionalDelay.Offset].
	Delays []float64
	// Length is the number of taps L, more than twice the longest delay in frames; default the larger of 2048 and
	// 2·⌊1.25·D⌋ + 1, D being the longest delay in frames, rounded up.
	Length   int
	Channels stages.Range // channels to compute; zero: all
}

// FractionalDelay delays every channel by its delay and a common offset of M = ⌊L/2⌋ frames, which is the latency of the
// model and makes room for negative delays. With a delay of d frames the taps are
//
//	h_i = (0.54 - 0.46·cos(2π·(i-d+0.5)/L)) · sinc(i-d-M),   i = 0..L-1,   sinc(x) = sin(πx)/(πx)
//
// a sinc in a Hamming window that moves with the delay. A delay within 1e-10 of a whole number of frames is one, exactly.
// The gain is not normalised; it is 1 within 1e-3 up to about 0.45 times the rate with 2048 taps.
type FractionalDelay struct {
	*FIR
	offset int
}

// NewFractionalDelay makes delays of the channels of a source. More than one delay needs a source with as many channels or
// with one. A delay that is not finite or too long for the number of taps is an error that names channel and value.
func NewFractionalDelay(src stages.Stage, p FractionalDelayParams) (*FractionalDelay, error) {
	const kind = "filterbank.fractional_delay"
	if src == nil {
		return nil, fmt.Errorf("%s: the source is missing", kind)
	}
	taps, offset, err := DesignFractionalDelay(src.Format().Rate, p.Delays, p.Length)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	f, err := newFIR(kind, src, FIRParams{Responses: taps, Channels: p.Channels})
	if err != nil {
		return nil, err
	}
	return &FractionalDelay{f, offset}, nil
}

// Offset is the delay of a channel whose own delay is 0, in frames.
func (d *FractionalDelay) Offset() int { return d.offset }

// DesignFractionalDelay gives the impulse responses of fractional delays [s] at a rate [Hz], and the common offset in frames.
// length 0 means the default of [FractionalDelayParams].
func DesignFractionalDelay(rate float64, delays []float64, length int) (responses [][]float64, offset int, err error) {
	if len(delays) == 0 {
		return nil, 0, fmt.Errorf("no delays: want one, or one for each channel")
	}
	if length < 0 || length > maxTaps {
		return nil, 0, fmt.Errorf("%d taps: want 1 to %d (0 for the default)", length, maxTaps)
	}
	longest, at := 0.0, 0
	for c, d := range delays {
		if !finite(d * rate) {
			return nil, 0, fmt.Errorf("channel %d: delay %g s: want a finite number", c, d)
		}
		if frames := math.Ceil(math.Abs(d) * rate); frames > longest {
			longest, at = frames, c
		}
	}
	if length == 0 {
		if longest > maxTaps/3 {
			return nil, 0, fmt.Errorf("channel %d: delay %g s: want at most %d frames, %g s", at, delays[at], maxTaps/3, maxTaps/3/rate)
		}
		length = max(2048, 2*int(1.25*longest)+1)
	}
	if !(float64(length)/2 > longest) {
		return nil, 0, fmt.Errorf("channel %d: delay %g s, up to %g frames: want less than half of the %d taps", at, delays[at], longest, length)
	}
	offset = length / 2
	for _, delay := range delays {
		h := make([]float64, length)
		d := float64(delay * rate)
		if whole := math.RoundToEven(d); math.Abs(whole-d) < 1e-10 {
			h[offset+int(whole)] = 1
		} else {
			for i := range h {
				x := float64(i) - d
				window := 0.54 - float64(0.46*kernel.Cos(2*math.Pi*(x+0.5)/float64(length)))
				h[i] = window * sinc(x-float64(offset))
			}
		}
		responses = append(responses, h)
	}
	return responses, offset, nil
}

// sinc is sin(πx)/(πx), x ≠ 0.
func sinc(x float64) float64 {
	k := math.RoundToEven(x)
	sin := kernel.Sin(math.Pi * (x - k))
	if math.Mod(k, 2) != 0 {
		sin = -sin
	}
	return sin / (math.Pi * x)
}

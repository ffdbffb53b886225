package hrtf

import (
	"fmt"
	"math"
)

// Ear is one of the two ears.
type Ear int

// The ears, in the order of channels.
const (
	Left Ear = iota
	Right
)

// String returns "left" or "right".
func (e Ear) String() string {
	if e == Left {
		return "left"
	}
	return "right"
}

// mostTaps, mostResponses and mostValues bound what one set may hold: 2^20 taps are 22 s at 48 kHz, 2^27 values 1 GiB.
const (
	mostTaps      = 1 << 20
	mostResponses = 1 << 20
	mostValues    = 1 << 27
)

// HRTF is a head-related transfer function: the impulse responses from one direction to both ears. Its slices may be views of
// a set and are not to be changed.
type HRTF struct {
	Left, Right []float64  // impulse responses, of equal length
	Rate        float64    // frames per second [Hz]
	Delay       [2]float64 // of the left and the right ear, before the first tap [samples], not negative
}

// Taps returns the length of the responses without their delays.
func (h HRTF) Taps() int { return len(h.Left) }

// Response returns the impulse response of an ear, without its delay.
func (h HRTF) Response(e Ear) []float64 {
	if e == Left {
		return h.Left
	}
	return h.Right
}

// Check returns an error unless the responses are finite, of one length from 1 to 2^20, at a positive finite rate, with
// delays that are finite and from 0 to 2^20 samples.
func (h HRTF) Check() error {
	if err := checkRate(h.Rate); err != nil {
		return err
	}
	if len(h.Left) != len(h.Right) {
		return fmt.Errorf("hrtf: %d taps for the left ear and %d for the right: want equal lengths", len(h.Left), len(h.Right))
	}
	if len(h.Left) < 1 || len(h.Left) > mostTaps {
		return fmt.Errorf("hrtf: responses of %d taps: want 1 to %d", len(h.Left), mostTaps)
	}
	for _, e := range []Ear{Left, Right} {
		if err := checkDelay(h.Delay[e], e, -1); err != nil {
			return err
		}
		if err := checkTaps(h.Response(e), e, -1); err != nil {
			return err
		}
	}
	return nil
}

// checkRate refuses what is no rate.
func checkRate(rate float64) error {
	if !(rate > 0) || math.IsInf(rate, 1) {
		return fmt.Errorf("hrtf: rate %g Hz: want a positive finite number", rate)
	}
	return nil
}

// response names response i in a message; a negative i stands for a single one.
func response(e Ear, i int) string {
	if i < 0 {
		return fmt.Sprintf("%v response", e)
	}
	return fmt.Sprintf("%v response %d", e, i)
}

func checkDelay(d float64, e Ear, i int) error {
	if !(d >= 0 && d <= mostTaps) {
		return fmt.Errorf("hrtf: %s: delay of %g samples: want 0 to %d", response(e, i), d, mostTaps)
	}
	return nil
}

func checkTaps(h []float64, e Ear, i int) error {
	for k, x := range h {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("hrtf: %s: tap %d is %g: want a finite number", response(e, i), k, x)
		}
	}
	return nil
}

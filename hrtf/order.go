package hrtf

import (
	"fmt"
	"math"
)

// Order is how the responses of n directions become 2n channels.
type Order int

// The orders of channels.
const (
	Serial      Order = iota // L0 L1 … R0 R1 …: channel e·n+i
	Interleaved              // L0 R0 L1 R1 …: channel 2i+e
)

// String returns "serial" or "interleaved".
func (o Order) String() string {
	if o == Interleaved {
		return "interleaved"
	}
	return "serial"
}

// ParseOrder returns the order of a name, serial or interleaved.
func ParseOrder(name string) (Order, error) {
	switch name {
	case "serial":
		return Serial, nil
	case "interleaved":
		return Interleaved, nil
	}
	return 0, fmt.Errorf("hrtf: order %q: want serial or interleaved", name)
}

// Channel returns the channel of the response to ear e in direction i of n.
func (o Order) Channel(e Ear, i, n int) int {
	if o == Interleaved {
		return 2*i + int(e)
	}
	return int(e)*n + i
}

// Responses returns 2·Len responses in that order, ready for a bank of filters. Delays are not part of them: see [Set.Flat].
func (s *Set) Responses(o Order) [][]float64 {
	n := s.Len()
	rows := make([][]float64, 2*n)
	for i := range n {
		rows[o.Channel(Left, i, n)] = s.taps[Left][i]
		rows[o.Channel(Right, i, n)] = s.taps[Right][i]
	}
	return rows
}

// Delays returns the delays of the channels in that order [samples], nil if the set has none.
func (s *Set) Delays(o Order) []float64 {
	if s.delays[Left] == nil {
		return nil
	}
	n := s.Len()
	d := make([]float64, 2*n)
	for i := range n {
		d[o.Channel(Left, i, n)] = s.delays[Left][i]
		d[o.Channel(Right, i, n)] = s.delays[Right][i]
	}
	return d
}

// fractionTaps is the length of the filter for the part of a delay below one sample; its half is what a fractional delay
// adds to the response.
const fractionTaps = 64

// Flat returns the set with the delays as part of the responses, which become longer; without delays it is the set itself. Whole samples are
// zeros in front, exactly; the rest of a delay is a filter of 64 taps, a windowed sinc, see [HRTF.Flat].
func (s *Set) Flat() (*Set, error) {
	if s.delays[Left] == nil {
		return s, nil
	}
	most, fraction := 0.0, false
	for e := range s.delays {
		for _, d := range s.delays[e] {
			most = max(most, d)
			fraction = fraction || d != math.Trunc(d)
		}
	}
	taps := s.Taps() + int(math.Ceil(most))
	if fraction {
		taps += fractionTaps / 2
	}
	if taps > mostTaps || taps > mostValues/2/s.Len() {
		return nil, fmt.Errorf("hrtf: %s: with delays up to %g samples %d responses have %d taps: want at most %d, and %d values for both ears",
			s.title(), most, s.Len(), taps, mostTaps, mostValues)
	}
	p := s.params()
	p.LeftDelay, p.RightDelay = nil, nil
	rows := [2][][]float64{}
	filter := make([]float64, fractionTaps)
	for e := range s.taps {
		for i, h := range s.taps[e] {
			long := make([]float64, taps)
			addDelayed(long, h, s.delays[e][i], 1, filter)
			rows[e] = append(rows[e], long)
		}
	}
	p.Left, p.Right = rows[Left], rows[Right]
	return NewSet(p)
}

// params describes the set again, to make another of it.
func (s *Set) params() SetParams {
	return SetParams{
		Name: s.name, Subject: s.subject, System: s.system, Columns: s.columns, Coordinates: s.places,
		Left: s.taps[Left], Right: s.taps[Right], LeftDelay: s.delays[Left], RightDelay: s.delays[Right],
		Rate: s.rate, Attributes: s.attributes,
	}
}

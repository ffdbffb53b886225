package filterbank

import (
	"fmt"

	"hearpipe/stages"
)

// FIRParams describe a bank of filters with finite impulse responses.
type FIRParams struct {
	// Responses holds the impulse response of each channel, h_0 first, or one for all channels of the source. They have 1 to
	// 2²⁰ finite values and may differ in length.
	Responses [][]float64
	Channels  stages.Range // channels to compute; zero: all
}

// FIR is a bank of filters with finite impulse responses, y_t = Σ h_k·x_(t-k), zero before frame 0. There is no latency.
//
// The first taps are summed directly; the others are cut into parts whose sizes are powers of two, see [FIRParts]. When the
// last input frame of a block of that size has come, at a multiple of the size, the block is transformed, multiplied with
// the transforms of all parts of its size, and what comes out is used for later frames. How a response is cut depends on its
// length alone (the longest of the bank), and every sum has a fixed order: the bits depend neither on blocks nor on the
// company of a channel. The result differs from the direct sum by rounding, less than 1e-14 of the peak.
type FIR struct {
	*stages.Stream
	f *firFiller
}

// maxTaps bounds the length of a response.
const maxTaps = 1 << 20

// NewFIR makes the filters of p on a source. More than one response need a source with as many channels or with one.
// Missing responses and values that are not finite are errors that name channel and tap.
func NewFIR(src stages.Stage, p FIRParams) (*FIR, error) {
	return newFIR("filterbank.fir", src, p)
}

func newFIR(kind string, src stages.Stage, p FIRParams) (*FIR, error) {
	if src == nil {
		return nil, fmt.Errorf("%s: the source is missing", kind)
	}
	if len(p.Responses) == 0 {
		return nil, fmt.Errorf("%s: no impulse responses: want one, or one for each channel", kind)
	}
	longest := 0
	for c, h := range p.Responses {
		if len(h) == 0 || len(h) > maxTaps {
			return nil, fmt.Errorf("%s: channel %d: an impulse response of %d values: want 1 to %d", kind, c, len(h), maxTaps)
		}
		for k, v := range h {
			if !finite(v) {
				return nil, fmt.Errorf("%s: channel %d: tap %d of the impulse response is %g: want a finite number", kind, c, k, v)
			}
		}
		longest = max(longest, len(h))
	}
	n, r := len(p.Responses), p.Channels
	if n == 1 {
		n, r = forAll(src, r)
	}
	in, err := connect(kind, src, n, r)
	if err != nil {
		return nil, err
	}
	responses := p.Responses
	if len(responses) > 1 {
		responses = responses[in.channels.Lo:in.channels.Hi]
	}
	f := newFIRFiller(in, responses, longest)
	stream, err := stages.New(kind, in.format(), f, stages.Input{From: src})
	if err != nil {
		return nil, err
	}
	return &FIR{stream, f}, nil
}

// Parts is how the responses of the bank were cut.
func (f *FIR) Parts() []FIRPart { return append([]FIRPart(nil), f.f.parts...) }

// FIRPart says how some taps of a response are computed.
type FIRPart struct {
	First int // the first of them
	Size  int // frames and taps in a block; 0: directly, frame by frame
	Count int // number of blocks, or of taps
}

// The table by which responses are cut. A size serves up to firReach times itself, where the next size begins; if the
// response ends before firLast times the size, it serves to the end, since a longer transform would hardly be used.
var firSizes = [...]int{32, 128, 512, 2048, 8192}

const (
	firReach = 4
	firLast  = 8
)

// FIRParts is how a response of that length is cut: up to 64 taps are computed directly. Otherwise the first 32 are, those from
// 32 to 128 in blocks of 32, to 512 in blocks of 128, to 2048 in blocks of 512, to 8192 in blocks of 2048, and the rest in
// blocks of 8192; but when the response is at most 8 times as long as a size, that size is the last. length >= 1.
func FIRParts(length int) []FIRPart {
	if length <= 2*firSizes[0] {
		return []FIRPart{{0, 0, length}}
	}
	parts := []FIRPart{{0, 0, firSizes[0]}}
	for i, size := range firSizes {
		end := firReach * size
		if i == len(firSizes)-1 || length <= firLast*size {
			end = length
		}
		parts = append(parts, FIRPart{size, size, (end - 1) / size})
		if end == length {
			break
		}
	}
	return parts
}

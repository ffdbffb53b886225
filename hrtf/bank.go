package hrtf

import (
	"fmt"

	"hearpipe/filterbank"
	"hearpipe/stages"
)

// BankParams describe the filters of all responses of a set.
type BankParams struct {
	// Set holds the responses.
	Set *Set
	// Order is how the responses become channels: L0 L1 … R0 R1 … (serial, the default) or L0 R0 L1 R1 ….
	Order Order
	// Channels are the channels to compute, of 2·Set.Len() (absolute indices); zero: all.
	Channels stages.Range
}

// Bank applies all responses of a set at once: of n directions it has 2n channels, each the source, or the channel of the source that belongs to its ear,
// convolved with one response, delays included: y_t = Σ h_k·x_(t-k), with x zero before frame 0. It is as long as the source and adds no latency. Channels that
// hear the same channel of the source share its transforms; see [filterbank.FIR].
type Bank struct {
	*stages.Stream
	set   *Set
	order Order
}

// NewBank makes the filters of a set on a source of 1 channel, which all responses hear; of 2, the left ear and the right, each heard by the responses of its
// ear; or of 2n, one for each response in their order (or of the channels that are computed). A missing set, an unknown order, other numbers of channels, and a rate that is
// not that of the set are errors.
func NewBank(src stages.Stage, p BankParams) (*Bank, error) {
	const kind = "hrtf.bank"
	if p.Set == nil {
		return nil, fmt.Errorf("%s: the set is missing", kind)
	}
	if p.Order != Serial && p.Order != Interleaved {
		return nil, fmt.Errorf("%s: order %d: want Serial (0) or Interleaved (1)", kind, int(p.Order))
	}
	if err := sameRate(kind, src, p.Set.Rate(), p.Set.title()); err != nil {
		return nil, err
	}
	n := p.Set.Len()
	r, err := p.Channels.Of(2 * n)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	flat, err := p.Set.Flat()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	b := &Bank{set: p.Set, order: p.Order}
	if src.Format().Channels != 2 || n == 1 {
		f, err := filterbank.NewFIR(src, filterbank.FIRParams{Responses: flat.Responses(p.Order), Channels: r})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", kind, err)
		}
		b.Stream = f.Stream
		return b, nil
	}
	b.Stream, err = ears(src, flat, p.Order, r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	return b, nil
}

// ears filters the left channel of a source with the left responses, the right one with the right responses, and puts them in order.
func ears(src stages.Stage, set *Set, order Order, r stages.Range) (*stages.Stream, error) {
	n := set.Len()
	first := src.Format().First
	index := make([]int, r.Len())
	var banks []stages.Stage
	stacked := 0
	for _, e := range []Ear{Left, Right} {
		lo, hi := n, 0
		for i := range n {
			if c := order.Channel(e, i, n); c >= r.Lo && c < r.Hi {
				lo, hi = min(lo, i), max(hi, i+1)
				index[c-r.Lo] = stacked + i - lo // those between are in the range too
			}
		}
		if lo >= hi {
			continue
		}
		heard, err := stages.NewView(src, stages.Range{Lo: first + int(e), Hi: first + int(e) + 1})
		if err != nil {
			return nil, err
		}
		f, err := filterbank.NewFIR(heard, filterbank.FIRParams{Responses: set.taps[e], Channels: stages.Range{Lo: lo, Hi: hi}})
		if err != nil {
			return nil, err
		}
		banks = append(banks, f)
		stacked += hi - lo
	}
	return stages.NewIndex(banks, index, r.Lo)
}

// Set returns the set, with its delays apart.
func (b *Bank) Set() *Set { return b.set }

// Order returns how responses have become channels.
func (b *Bank) Order() Order { return b.order }

// Place returns which ear and which direction of the set a channel belongs to (absolute index, 0 to 2n-1).
func (b *Bank) Place(channel int) (e Ear, i int) {
	if b.order == Interleaved {
		return Ear(channel % 2), channel / 2
	}
	return Ear(channel / b.set.Len()), channel % b.set.Len()
}

package queue

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Loss is a range of frames of which something was lost.
type Loss struct {
	Start int64 `json:"start"` // first frame
	End   int64 `json:"end"`   // one past the last
	Count int64 `json:"count"` // things lost in it: spikes, frames
}

// Losses is what a ledger holds.
type Losses struct {
	Items  int64  `json:"items"` // entries: messages, blocks
	Count  int64  `json:"count"` // things in them
	Ranges []Loss `json:"ranges,omitempty"`
	Coarse bool   `json:"coarse,omitempty"` // there were more ranges than are kept: the last one spans gaps. The sums are exact
}

// String lists the ranges for people, "" if nothing was lost.
func (l Losses) String() string {
	if l.Items == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d in frames", l.Count)
	for i, r := range l.Ranges {
		if i == 8 {
			fmt.Fprintf(&b, " and %d more ranges up to %d", len(l.Ranges)-8, l.Ranges[len(l.Ranges)-1].End)
			break
		}
		fmt.Fprintf(&b, " %d:%d", r.Start, r.End)
	}
	return b.String()
}

// maxRanges bounds the memory of a ledger.
const maxRanges = 1024

// Ledger keeps the accounts of what was lost: exact sums, and the ranges of frames, neighbours joined. It is bounded; see
// [Losses.Coarse]. The zero value is ready. It is not for concurrent use.
type Ledger struct{ l Losses }

// Add enters a loss of count things in frames start:end.
func (l *Ledger) Add(start, end, count int64) { l.add(Loss{start, end, count}, 1) }

// add enters a loss that so many items share.
func (l *Ledger) add(x Loss, items int64) {
	start, end, count := x.Start, x.End, x.Count
	l.l.Items += items
	l.l.Count += count
	n := len(l.l.Ranges)
	if n > 0 {
		last := &l.l.Ranges[n-1]
		near := start <= last.End && end >= last.Start
		if near || n == maxRanges {
			l.l.Coarse = l.l.Coarse || !near
			last.Start, last.End = min(last.Start, start), max(last.End, end)
			last.Count += count
			return
		}
	}
	l.l.Ranges = append(l.l.Ranges, Loss{start, end, count})
}

// Losses returns a copy of the accounts, its ranges in order and neighbours joined, in whatever order they were entered: what
// waited at the end is given up after what came later.
func (l *Ledger) Losses() Losses {
	out := l.l
	out.Ranges = nil
	return out.With(Losses{Ranges: l.l.Ranges})
}

// With is the sum of two accounts, the ranges in order and neighbours joined.
func (l Losses) With(more Losses) Losses {
	all := slices.Concat(l.Ranges, more.Ranges)
	slices.SortStableFunc(all, func(a, b Loss) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End)) })
	l.Items, l.Count, l.Coarse, l.Ranges = l.Items+more.Items, l.Count+more.Count, l.Coarse || more.Coarse, nil
	for _, x := range all {
		if n := len(l.Ranges); n > 0 && x.Start <= l.Ranges[n-1].End {
			last := &l.Ranges[n-1]
			last.End = max(last.End, x.End)
			last.Count += x.Count
			continue
		}
		l.Ranges = append(l.Ranges, x)
	}
	return l
}

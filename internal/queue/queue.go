// Package queue holds what a live stream has produced and its consumer has not taken yet: a bounded queue with a stated
// policy for when it is full, and a ledger of what was lost.
//
// Every item says which frames it stands for and how many things (spikes, frames) are in it, so that a loss can be
// reported with its range. The order of items is the order of pushing; what is dropped leaves a gap and never reorders.
//
//	q, err := queue.New[[]byte](queue.Params[[]byte]{Items: 256, Policy: queue.DropOldest})
//	q.Push(ctx, queue.Item[[]byte]{Start: at, End: at + n, Count: spikes, Value: message})   // producer
//	item, err := q.Pop(ctx)                                                                // consumer
//	q.Stats().Lost.Ranges                                                                    // what did not fit
package queue

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
)

// Policy says what happens to an item that finds the queue full.
type Policy string

// The policies.
const (
	// Wait makes the producer wait until there is room: nothing is lost, and a slow consumer slows the producer.
	Wait Policy = "wait"
	// DropOldest gives up the items that have waited longest until the new one fits.
	DropOldest Policy = "drop-oldest"
	// DropNewest gives up the new item.
	DropNewest Policy = "drop-newest"
	// Fail gives up the new item and returns an error that wraps ErrFull.
	Fail Policy = "fail"
)

// Policies lists all policies.
func Policies() []Policy { return []Policy{Wait, DropOldest, DropNewest, Fail} }

// ParsePolicy reads the name of a policy. An unknown one is an error that lists those there are.
func ParsePolicy(name string) (Policy, error) {
	for _, p := range Policies() {
		if string(p) == name {
			return p, nil
		}
	}
	return "", fmt.Errorf("queue policy %q: want %s, %s, %s or %s", name, Wait, DropOldest, DropNewest, Fail)
}

// ErrFull is what Push returns, wrapped, if the queue is full and its policy is Fail.
var ErrFull = errors.New("the queue is full")

// errClosed is what Push returns after Close.
var errClosed = errors.New("queue: closed")

// Item is one entry: a value, and what it stands for.
type Item[T any] struct {
	Start, End int64 // frames it covers, half open
	Count      int64 // what is in it, such as the number of spikes; for the accounts
	Size       int64 // what it takes of Params.Size [bytes]
	Value      T
}

// Spill is further room behind the memory of a queue, such as a file. Its order is first in, first out. The queue calls
// it under its lock: from one goroutine at a time.
type Spill[T any] interface {
	// Put stores an item. false with a nil error means that there is no room.
	Put(Item[T]) (bool, error)
	// Take removes the oldest item; false if there is none.
	Take() (Item[T], bool, error)
	// Len is the number of items stored.
	Len() int
}

// Params describes a queue.
type Params[T any] struct {
	Items  int           // largest number of items held in memory, >= 1 (default 256)
	Size   int64         // largest sum of their sizes [bytes]; 0 means no limit. One item always fits into an empty queue
	Policy Policy        // what happens when it is full (default Wait)
	Spill  Spill[T]      // where items go when memory is full; nil if there is no such place
	Gone   func(Item[T]) // is told of each item that was dropped, under the lock of the queue; it must not call the queue
}

// Stats says how a queue has fared. The sums hold: Pushed = Popped + Waiting + Lost.Items.
type Stats struct {
	Pushed, Popped int64 // items
	Waiting        int   // items in the queue now, those of the spill included
	Spilled        int   // of these in the spill
	Highest        int   // largest number that ever waited
	Lost           Losses
}

// Queue is a bounded first-in first-out queue. One goroutine pushes and one pops; Close, Discard and Stats may be called
// by any.
type Queue[T any] struct {
	p      Params[T]
	mu     sync.Mutex
	ring   []Item[T]
	head   int // index of the oldest
	n      int // items in the ring
	size   int64
	stats  Stats
	lost   Ledger
	behind Loss // what is in the spill, in case that it cannot be read
	closed bool
	err    error         // of the spill: final
	room   chan struct{} // an item was taken
	more   chan struct{} // an item came, or the queue was closed
}

// New makes a queue. A limit below one or an unknown policy is an error.
func New[T any](p Params[T]) (*Queue[T], error) {
	if p.Items == 0 {
		p.Items = 256
	}
	if p.Policy == "" {
		p.Policy = Wait
	}
	if _, err := ParsePolicy(string(p.Policy)); err != nil {
		return nil, err
	}
	if p.Items < 1 || p.Size < 0 {
		return nil, fmt.Errorf("queue of %d items and %d bytes: want at least 1 item and 0 (no limit) or more bytes", p.Items, p.Size)
	}
	return &Queue[T]{p: p, ring: make([]Item[T], p.Items), room: make(chan struct{}, 1), more: make(chan struct{}, 1)}, nil
}

// Push adds an item, following the policy if there is no room. The error is that of a cancelled context, one that wraps
// ErrFull, that of the spill, or says that the queue is closed; in each case the item is counted as lost. A nil error
// means that the item was kept or, under one of the drop policies, that what was dropped instead is in the accounts.
func (q *Queue[T]) Push(ctx context.Context, it Item[T]) error {
	return q.PushUntil(ctx, nil, it)
}

// PushUntil is Push that also stops to wait when stop is closed: it then returns context.Canceled, the item is lost.
func (q *Queue[T]) PushUntil(ctx context.Context, stop <-chan struct{}, it Item[T]) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stats.Pushed++
	for {
		if q.closed {
			q.drop(it)
			return errClosed
		}
		kept, err := q.keep(it)
		if err != nil {
			q.drop(it)
			return err
		}
		if kept {
			return nil
		}
		switch q.p.Policy {
		case DropNewest:
			q.drop(it)
			return nil
		case Fail:
			q.drop(it)
			return fmt.Errorf("frames %d:%d: %w: %s", it.Start, it.End, ErrFull, q.fullness())
		case DropOldest:
			if err := q.dropOldest(); err != nil {
				q.drop(it)
				return err
			}
			continue
		}
		q.mu.Unlock()
		select {
		case <-q.room:
		case <-stop:
			err = context.Canceled
		case <-ctx.Done():
			err = ctx.Err()
		}
		q.mu.Lock()
		if err != nil {
			q.drop(it)
			return err
		}
	}
}

// keep stores an item if there is room for it.
func (q *Queue[T]) keep(it Item[T]) (bool, error) {
	if q.err != nil {
		return false, q.err
	}
	behind := q.p.Spill != nil && q.p.Spill.Len() > 0 // an item behind those in the spill goes there too
	if !behind && q.fits(it) {
		q.append(it)
	} else {
		if q.p.Spill == nil {
			return false, nil
		}
		if ok, err := q.p.Spill.Put(it); err != nil || !ok {
			q.err = err
			return false, err
		}
		if !behind {
			q.behind = Loss{Start: it.Start}
		}
		q.behind.End = it.End
		q.behind.Count += it.Count
	}
	q.stats.Highest = max(q.stats.Highest, q.waiting())
	wake(q.more)
	return true, nil
}

func (q *Queue[T]) fits(it Item[T]) bool {
	return q.n < len(q.ring) && (q.n == 0 || q.p.Size == 0 || q.size+it.Size <= q.p.Size)
}

func (q *Queue[T]) append(it Item[T]) {
	q.ring[(q.head+q.n)%len(q.ring)] = it
	q.n++
	q.size += it.Size
}

// dropOldest gives up the item at the head.
func (q *Queue[T]) dropOldest() error {
	it, ok, err := q.take()
	if ok {
		q.drop(it)
	}
	return err
}

// take removes the item at the head and lets the spill move up. If there is none, ok is false.
func (q *Queue[T]) take() (it Item[T], ok bool, err error) {
	if q.n > 0 {
		var none Item[T]
		it, q.ring[q.head] = q.ring[q.head], none
		q.head = (q.head + 1) % len(q.ring)
		q.n--
		q.size -= it.Size
		ok = true
	}
	for q.p.Spill != nil && q.p.Spill.Len() > 0 && q.err == nil && (q.n == 0 || q.n < len(q.ring)/2) {
		next, some, err := q.p.Spill.Take()
		if err != nil || !some {
			q.err = err
			return it, ok, err
		}
		q.behind.Start = next.End
		q.behind.Count -= next.Count
		if !ok {
			return next, true, nil
		}
		q.append(next)
		if q.p.Size > 0 && q.size >= q.p.Size {
			break
		}
	}
	return it, ok, nil
}

// drop enters an item into the accounts.
func (q *Queue[T]) drop(it Item[T]) {
	q.lost.Add(it.Start, it.End, it.Count)
	if q.p.Gone != nil {
		q.p.Gone(it)
	}
}

// Pop takes the oldest item and waits for one if there is none. After Close it returns what is left, then io.EOF. Other
// errors are those of the context and of the spill.
func (q *Queue[T]) Pop(ctx context.Context) (Item[T], error) {
	for {
		it, ok, err := q.TryPop()
		if ok || err != nil {
			return it, err
		}
		select {
		case <-q.more:
		case <-ctx.Done():
			return it, ctx.Err()
		}
	}
}

// TryPop takes the oldest item; false if there is none now. The error is io.EOF after Close if nothing is left, or that of
// the spill.
func (q *Queue[T]) TryPop() (Item[T], bool, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	it, ok, err := q.take()
	if ok {
		q.stats.Popped++
		wake(q.room)
		return it, true, nil // an error of the spill is final: the next call reports it
	}
	if err == nil {
		err = q.err
	}
	if err == nil && q.closed {
		err = io.EOF
	}
	return it, false, err
}

// More is a channel that receives when an item may have come or the queue was closed, for consumers that wait for
// several things. A receive may be spurious: call TryPop until it finds nothing, then receive.
func (q *Queue[T]) More() <-chan struct{} { return q.more }

// Close ends the producing: Push fails from now on, Pop returns what is left. It may be called more than once.
func (q *Queue[T]) Close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	wake(q.more)
	wake(q.room)
}

// Discard closes the queue, enters all that waits into the accounts as lost, and returns how many items that were.
func (q *Queue[T]) Discard() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	n := 0
	for {
		it, ok, err := q.take()
		if !ok || err != nil && q.n == 0 {
			if ok {
				q.drop(it)
				n++
			}
			break
		}
		q.drop(it)
		n++
	}
	if s := q.p.Spill; s != nil && s.Len() > 0 { // which cannot be read
		n += s.Len()
		q.lost.add(q.behind, int64(s.Len()))
		q.p.Spill = nil
	}
	wake(q.more)
	wake(q.room)
	return n
}

// fullness says for people what waits and what may.
func (q *Queue[T]) fullness() string {
	text := fmt.Sprintf("%d items wait in memory, %d may", q.n, q.p.Items)
	if q.p.Size > 0 {
		text = fmt.Sprintf("%d bytes in %d items wait in memory, %d bytes in %d items may", q.size, q.n, q.p.Size, q.p.Items)
	}
	if n := q.waiting() - q.n; q.p.Spill != nil {
		text += fmt.Sprintf(", and %d items fill the spill", n)
	}
	return text
}

// waiting is the number of items in memory and spill.
func (q *Queue[T]) waiting() int {
	n := q.n
	if q.p.Spill != nil {
		n += q.p.Spill.Len()
	}
	return n
}

// Stats returns the accounts so far.
func (q *Queue[T]) Stats() Stats {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.stats
	s.Waiting = q.waiting()
	s.Spilled = s.Waiting - q.n
	s.Lost = q.lost.Losses()
	return s
}

// wake leaves a note that something has changed; one is enough.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

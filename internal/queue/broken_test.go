package queue

import (
	"errors"
	"io"
	"testing"
)

// deadSpill takes items and gives none back.
type deadSpill struct{ n int }

func (s *deadSpill) Put(Item[int]) (bool, error) { s.n++; return true, nil }
func (s *deadSpill) Take() (it Item[int], ok bool, err error) {
	return it, false, errors.New("the disk is broken")
}
func (s *deadSpill) Len() int { return s.n }

// What lies in a spill that cannot be read is lost, and counted as that: nothing waits for ever.
func TestUnreadableSpillIsCountedAsLost(t *testing.T) {
	q, err := New(Params[int]{Items: 1, Spill: &deadSpill{}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range int64(5) {
		if err := q.Push(t.Context(), Item[int]{Start: 10 * i, End: 10*i + 10, Count: 3}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := q.Pop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := q.Pop(t.Context()); err == nil || err == io.EOF {
		t.Errorf("error %v, want that of the spill", err)
	}
	if n := q.Discard(); n != 4 {
		t.Errorf("%d items discarded, want 4", n)
	}
	s := q.Stats()
	if s.Pushed != 5 || s.Popped != 1 || s.Waiting != 0 || s.Lost.Items != 4 || s.Lost.Count != 12 {
		t.Errorf("accounts %+v", s)
	}
	if l := s.Lost.Ranges; len(l) != 1 || l[0] != (Loss{10, 50, 12}) {
		t.Errorf("ranges %+v, want 10:50", l)
	}
	if n := q.Discard(); n != 0 || q.Stats().Lost.Items != 4 {
		t.Errorf("%d items discarded a second time", n)
	}
}

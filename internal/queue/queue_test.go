package queue

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// item stands for frames 10i:10i+10 with i things of one byte each.
func item(i int) Item[int] {
	return Item[int]{Start: int64(10 * i), End: int64(10*i + 10), Count: int64(i), Size: int64(i), Value: i}
}

func mustNew(t *testing.T, p Params[int]) *Queue[int] {
	t.Helper()
	q, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// drain closes the queue and takes what is left.
func drain(t *testing.T, q *Queue[int]) []int {
	t.Helper()
	q.Close()
	var got []int
	for {
		it, err := q.Pop(context.Background())
		if err == io.EOF {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		if it != item(it.Value) {
			t.Fatalf("item %+v came out as another", it)
		}
		got = append(got, it.Value)
	}
}

func TestPoliciesDecideWhatIsLost(t *testing.T) {
	for _, c := range []struct {
		policy Policy
		kept   []int
		lost   []Loss
		count  int64
	}{
		{DropOldest, []int{3, 4, 5}, []Loss{{10, 30, 3}}, 3},
		{DropNewest, []int{1, 2, 3}, []Loss{{40, 60, 9}}, 9},
	} {
		t.Run(string(c.policy), func(t *testing.T) {
			told := int64(0)
			q := mustNew(t, Params[int]{Items: 3, Policy: c.policy, Gone: func(it Item[int]) { told += it.Count }})
			for i := 1; i <= 5; i++ {
				if err := q.Push(context.Background(), item(i)); err != nil {
					t.Fatal(err)
				}
			}
			s := q.Stats()
			if s.Waiting != 3 || s.Highest != 3 || s.Pushed != 5 {
				t.Errorf("stats %+v", s)
			}
			if got := drain(t, q); !slices.Equal(got, c.kept) {
				t.Errorf("kept %v, want %v", got, c.kept)
			}
			s = q.Stats()
			if !slices.Equal(s.Lost.Ranges, c.lost) || s.Lost.Count != c.count || told != c.count {
				t.Errorf("lost %+v (told %d), want %v", s.Lost, told, c.lost)
			}
			if s.Pushed != s.Popped+int64(s.Waiting)+s.Lost.Items {
				t.Errorf("the sums do not hold: %+v", s)
			}
		})
	}
}

func TestFailSaysWhatDidNotFit(t *testing.T) {
	q := mustNew(t, Params[int]{Items: 1, Policy: Fail})
	if err := q.Push(context.Background(), item(1)); err != nil {
		t.Fatal(err)
	}
	err := q.Push(context.Background(), item(2))
	if !errors.Is(err, ErrFull) || q.Stats().Lost.Count != 2 {
		t.Fatalf("error %v, stats %+v", err, q.Stats())
	}
}

func TestSizeBoundsTheQueueButOneItemAlwaysFits(t *testing.T) {
	q := mustNew(t, Params[int]{Items: 100, Size: 10, Policy: DropNewest})
	for _, i := range []int{20, 1, 2} { // 20 alone is above the limit
		q.Push(context.Background(), item(i))
	}
	if it, ok, _ := q.TryPop(); !ok || it.Value != 20 {
		t.Fatalf("got %+v", it)
	}
	for _, i := range []int{4, 6, 1} {
		q.Push(context.Background(), item(i))
	}
	if got := drain(t, q); !slices.Equal(got, []int{4, 6}) {
		t.Errorf("kept %v, want 4 and 6, together 10 bytes", got)
	}
}

func TestWaitingProducerGoesOnWhenThereIsRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := mustNew(t, Params[int]{Items: 2})
		done := make(chan error, 1)
		go func() {
			var err error
			for i := range 100 {
				err = errors.Join(err, q.Push(context.Background(), item(i)))
			}
			q.Close()
			done <- err
		}()
		synctest.Wait()
		if s := q.Stats(); s.Waiting != 2 || s.Pushed != 3 {
			t.Fatalf("the producer did not wait: %+v", s)
		}
		for want := range 100 {
			time.Sleep(time.Millisecond)
			it, err := q.Pop(context.Background())
			if err != nil || it.Value != want {
				t.Fatalf("got %d, %v; want %d", it.Value, err, want)
			}
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if _, err := q.Pop(context.Background()); err != io.EOF {
			t.Fatalf("error %v, want io.EOF", err)
		}
	})
}

func TestWaitingEndsByContextStopAndClose(t *testing.T) {
	for name, end := range map[string]func(cancel func(), stop chan struct{}, q *Queue[int]){
		"context": func(cancel func(), _ chan struct{}, _ *Queue[int]) { cancel() },
		"stop":    func(_ func(), stop chan struct{}, _ *Queue[int]) { close(stop) },
		"close":   func(_ func(), _ chan struct{}, q *Queue[int]) { q.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				stop := make(chan struct{})
				q := mustNew(t, Params[int]{Items: 1})
				q.Push(ctx, item(1))
				done := make(chan error, 1)
				go func() { done <- q.PushUntil(ctx, stop, item(2)) }()
				synctest.Wait()
				end(cancel, stop, q)
				if err := <-done; err == nil {
					t.Fatal("the item was taken")
				}
				if s := q.Stats(); s.Lost.Count != 2 || s.Waiting != 1 {
					t.Fatalf("stats %+v", s)
				}
			})
		})
	}
}

func TestDiscardCountsWhatWaits(t *testing.T) {
	q := mustNew(t, Params[int]{Items: 2, Spill: &shelf{room: 10}})
	for i := 1; i <= 5; i++ {
		q.Push(context.Background(), item(i))
	}
	if n := q.Discard(); n != 5 {
		t.Fatalf("discarded %d items, want 5", n)
	}
	s := q.Stats()
	if s.Lost.Count != 15 || s.Waiting != 0 || !slices.Equal(s.Lost.Ranges, []Loss{{10, 60, 15}}) {
		t.Fatalf("stats %+v", s)
	}
	if err := q.Push(context.Background(), item(6)); err == nil {
		t.Error("a closed queue took an item")
	}
}

// shelf is a spill in memory.
type shelf struct {
	room  int
	items []Item[int]
	err   error
}

func (s *shelf) Put(it Item[int]) (bool, error) {
	if s.err != nil || len(s.items) == s.room {
		return false, s.err
	}
	s.items = append(s.items, it)
	return true, nil
}

func (s *shelf) Take() (Item[int], bool, error) {
	if len(s.items) == 0 {
		return Item[int]{}, false, nil
	}
	it := s.items[0]
	s.items = s.items[1:]
	return it, true, nil
}

func (s *shelf) Len() int { return len(s.items) }

func TestSpillKeepsTheOrder(t *testing.T) {
	q := mustNew(t, Params[int]{Items: 4, Spill: &shelf{room: 1000}})
	var got []int
	next := 0
	for round := range 50 { // fill and empty at changing paces, across the border in both directions
		for range (round * 7) % 13 {
			if err := q.Push(context.Background(), item(next)); err != nil {
				t.Fatal(err)
			}
			next++
		}
		for range (round * 5) % 11 {
			if it, ok, err := q.TryPop(); err != nil {
				t.Fatal(err)
			} else if ok {
				got = append(got, it.Value)
			}
		}
	}
	if q.Stats().Highest <= 4 {
		t.Fatal("the spill was not used")
	}
	got = append(got, drain(t, q)...)
	for i, v := range got {
		if v != i {
			t.Fatalf("item %d came out as number %d", v, i)
		}
	}
	if len(got) != next {
		t.Fatalf("%d of %d items came out", len(got), next)
	}
}

func TestOldestIsDroppedAcrossTheSpill(t *testing.T) {
	q := mustNew(t, Params[int]{Items: 2, Policy: DropOldest, Spill: &shelf{room: 3}})
	for i := range 20 {
		q.Push(context.Background(), item(i))
	}
	if got := drain(t, q); !slices.Equal(got, []int{16, 17, 18, 19}) && !slices.Equal(got, []int{15, 16, 17, 18, 19}) {
		t.Errorf("kept %v, want the newest", got)
	}
	if s := q.Stats(); len(s.Lost.Ranges) != 1 || s.Lost.Ranges[0].Start != 0 || s.Pushed != s.Popped+s.Lost.Items {
		t.Errorf("stats %+v", s)
	}
}

func TestSpillErrorIsReported(t *testing.T) {
	full := errors.New("no space left on device")
	q := mustNew(t, Params[int]{Items: 1, Policy: DropOldest, Spill: &shelf{err: full}})
	q.Push(context.Background(), item(1))
	if err := q.Push(context.Background(), item(2)); !errors.Is(err, full) {
		t.Fatalf("error %v, want %v", err, full)
	}
	if s := q.Stats(); s.Lost.Count != 2 {
		t.Fatalf("stats %+v", s)
	}
	if it, err := q.Pop(context.Background()); err != nil || it.Value != 1 {
		t.Fatalf("what was there before is gone: %v", err)
	}
	if _, err := q.Pop(context.Background()); !errors.Is(err, full) {
		t.Fatalf("error %v, want %v", err, full)
	}
}

func TestLedgerStaysBoundedAndExact(t *testing.T) {
	var l Ledger
	const n = 3 * maxRanges
	for i := range int64(n) {
		l.Add(10*i, 10*i+5, 2)
	}
	got := l.Losses()
	if len(got.Ranges) != maxRanges || !got.Coarse || got.Items != n || got.Count != 2*n || got.Ranges[maxRanges-1].End != 10*(n-1)+5 {
		t.Errorf("%d ranges, coarse %v, %d items, %d things, end %d", len(got.Ranges), got.Coarse, got.Items, got.Count, got.Ranges[maxRanges-1].End)
	}
	var near Ledger
	near.Add(0, 5, 1)
	near.Add(5, 9, 1)
	near.Add(20, 21, 1)
	if got := near.Losses().String(); got != "3 in frames 0:9 20:21" {
		t.Errorf("got %q", got)
	}
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	q := mustNew(t, Params[int]{Items: 8})
	ctx := context.Background()
	if n := testing.AllocsPerRun(100, func() {
		q.Push(ctx, item(1))
		q.Pop(ctx)
	}); n > 0 {
		t.Errorf("%g allocations per item", n)
	}
}

func TestBadParametersAreRefused(t *testing.T) {
	for _, p := range []Params[int]{{Items: -1}, {Size: -1}, {Policy: "sometimes"}} {
		if _, err := New(p); err == nil {
			t.Errorf("%+v was accepted", p)
		}
	}
}

func BenchmarkPushPop(b *testing.B) {
	q, _ := New(Params[int]{})
	ctx := context.Background()
	for b.Loop() {
		q.Push(ctx, item(1))
		q.Pop(ctx)
	}
}

// What was lost is told in order, whatever was given up first, and with neighbours joined.
func TestRangesOfLossesAreInOrder(t *testing.T) {
	var l Ledger
	l.Add(30, 40, 1)
	l.Add(10, 20, 2)
	l.Add(20, 30, 4) // between them
	l.Add(50, 50, 0) // a message that covers nothing
	got := l.Losses()
	if want := []Loss{{10, 40, 7}, {50, 50, 0}}; !slices.Equal(got.Ranges, want) || got.Items != 4 || got.Count != 7 {
		t.Errorf("%+v, want %v", got, want)
	}
	sum := got.With(Losses{Items: 1, Count: 3, Ranges: []Loss{{40, 49, 3}}, Coarse: true})
	if want := []Loss{{10, 49, 10}, {50, 50, 0}}; !slices.Equal(sum.Ranges, want) || sum.Items != 5 || sum.Count != 10 || !sum.Coarse {
		t.Errorf("%+v, want %v", sum, want)
	}
}

// The error of a full queue names the limit that was reached.
func TestFullQueueSaysWhatWaits(t *testing.T) {
	q, err := New(Params[int]{Items: 9, Size: 100, Policy: Fail})
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Push(context.Background(), Item[int]{End: 10, Size: 70}); err != nil {
		t.Fatal(err)
	}
	err = q.Push(context.Background(), Item[int]{Start: 10, End: 20, Size: 70})
	if want := "frames 10:20: the queue is full: 70 bytes in 1 items wait in memory, 100 bytes in 9 items may"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %q", err, want)
	}
}

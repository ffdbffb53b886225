package live

import (
	"sync"
	"time"

	"hearpipe/stages"
)

// queue holds the newest frames of a device until somebody fetches them. The thread of the device writes and never waits for the
// reader, but for the time of a copy; where there is no room the oldest frames are overwritten. Frames that were never delivered take
// no room.
type queue struct {
	mu       sync.Mutex
	data     []float32 // size frames in a circle
	size     int64
	channels int           // of a frame here
	width    int           // of a frame of the device, whose first channels are kept
	start    int64         // number of the first frame
	got      int64         // frames delivered
	silent   int64         // frames that were never delivered
	passed   int64         // of them so many the reader has passed
	missing  []span        // the ranges of the others
	bad      int64         // samples that were no finite numbers
	clock    guard         // of the device against the machine's
	early    bool          // that says nothing about this device: see [Device.Monitor]
	ended    bool          // nothing more will come
	err      error         // and why
	lost     []loss        // of the last read, for the reader
	ready    chan struct{} // something has changed
}

// span is the frames from:to.
type span struct{ from, to int64 }

// loss is frames that a read had to replace by silence.
type loss struct {
	span
	why Cause
}

func newQueue(size int64, channels, width int, rate float64) *queue {
	return &queue{
		data: make([]float32, size*int64(channels)), size: size, channels: channels, width: width,
		clock: guard{rate: rate}, ready: make(chan struct{}, 1),
	}
}

// head is the number of the next frame.
func (q *queue) head() int64 { return q.start + q.got + q.silent }

// slot is the place of the k-th frame that was delivered.
func (q *queue) slot(k int64) []float32 { return q.data[k%q.size*int64(q.channels):][:q.channels] }

// Receive implements [Receiver].
func (q *queue) Receive(samples []float32) {
	now := time.Now()
	n := int64(len(samples) / q.width)
	if n == 0 {
		return
	}
	q.mu.Lock()
	if !q.ended {
		q.write(samples, n)
		if gap := q.gap(now, n); gap > 0 {
			q.missing = append(q.missing, span{q.head(), q.head() + gap})
			q.silent += gap
		}
	}
	q.mu.Unlock()
	q.wake()
}

// gap is how many frames are missing after the n that arrived now.
func (q *queue) gap(now time.Time, n int64) int64 {
	if q.early {
		return 0
	}
	return q.clock.observe(now, n, q.head())
}

// End implements [Receiver].
func (q *queue) End(err error) {
	q.mu.Lock()
	if !q.ended {
		q.ended, q.err = true, err
	}
	q.mu.Unlock()
	q.wake()
}

func (q *queue) wake() {
	select {
	case q.ready <- struct{}{}:
	default: // the reader has not seen the last one yet
	}
}

// write appends n frames. A sample that is no finite number would spoil every filter for good: it becomes 0.
func (q *queue) write(samples []float32, n int64) {
	for i := max(0, n-q.size); i < n; i++ {
		to := q.slot(q.got + i)
		for c, x := range samples[i*int64(q.width):][:q.channels] {
			if x-x != 0 {
				x = 0
				q.bad++
			}
			to[c] = x
		}
	}
	q.got += n
}

// read writes frames at, at+1, ... to dst, as far as there are any, their samples multiplied by scale. It returns how many, and which of
// them are lost; that list is good until the next read. It does not wait. Reads follow each other without a gap, from the start on.
func (q *queue) read(at int64, dst stages.Frames, scale float64) (int, []loss) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.lost = q.lost[:0]
	end := min(q.head(), at+int64(dst.N))
	for i := at; i < end; {
		stop, why := end, Cause("")
		if len(q.missing) > 0 {
			if m := q.missing[0]; m.from <= i {
				stop, why = min(end, m.to), Missing
				q.passed += stop - i
				if stop == m.to {
					q.missing = q.missing[:copy(q.missing, q.missing[1:])]
				}
			} else {
				stop = min(end, m.from)
			}
		}
		k := i - q.start - q.passed
		if gone := q.got - q.size - k; why == "" && gone > 0 {
			stop, why = min(stop, i+gone), Dropped
		}
		if why != "" {
			q.lost = append(q.lost, loss{span{i, stop}, why})
		}
		for ; i < stop; i, k = i+1, k+1 {
			row := dst.Row(int(i - at))
			if why != "" {
				clear(row)
				continue
			}
			for c, x := range q.slot(k) {
				row[c] = float64(x) * scale
			}
		}
	}
	return int(end - at), q.lost
}

// state is whether and why the device has ended.
func (q *queue) state() (ended bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.ended, q.err
}

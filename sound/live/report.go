package live

import (
	"fmt"
	"sync/atomic"
	"time"
)

// Cause is why frames were lost.
type Cause string

// The causes.
const (
	Dropped Cause = "dropped" // the queue was full, because frames were fetched too slowly
	Missing Cause = "missing" // the device did not deliver them
)

// Loss is a range of frames that are silence in the stream because they were lost.
type Loss struct {
	Start  int64   `json:"start"`  // first frame
	End    int64   `json:"end"`    // the frame behind the last
	Frames int64   `json:"frames"` // so many in this range are lost, the others are good
	Cause  Cause   `json:"cause"`
	Rate   float64 `json:"rate"` // of the frames [Hz]
}

// String says what was lost, where and why.
func (l Loss) String() string {
	at := fmt.Sprintf("frames %d:%d (at %.3f s)", l.Start, l.End, float64(l.Start)/l.Rate)
	length := float64(l.Frames) / l.Rate
	n := fmt.Sprintf("%d frames (%.4g s)", l.Frames, length)
	if length < 1 {
		n = fmt.Sprintf("%d frames (%.3g ms)", l.Frames, length*1000)
	}
	if l.Cause == Missing {
		return n + " were not delivered by the device and are silence, in " + at
	}
	return n + " were dropped because the run is too slow and are silence, in " + at
}

// Report says what became of the frames of a device. Captured = Given - Missing + Unread, exactly.
type Report struct {
	Device   string  `json:"device"`
	Rate     float64 `json:"rate"`     // [Hz]
	Captured int64   `json:"captured"` // frames that the device has delivered
	Given    int64   `json:"given"`    // frames that the stream has given, silence included
	Dropped  int64   `json:"dropped"`  // of them silence, because the queue was full
	Missing  int64   `json:"missing"`  // of them silence, because the device did not deliver them
	Unread   int64   `json:"unread"`   // delivered, but not fetched by anybody before the end
	Invalid  int64   `json:"invalid"`  // samples that were no finite numbers and became 0
	Losses   []Loss  `json:"losses"`   // the ranges, in order of time, the first 1,000 of them
	Omitted  int64   `json:"omitted"`  // ranges that are not in Losses
	Ended    error   `json:"-"`        // a *[GoneError] if the device has vanished
}

// Lost is the number of frames of the stream that are silence because they were lost.
func (r Report) Lost() int64 { return r.Dropped + r.Missing }

// mostLosses bounds the list in a report.
const mostLosses = 1000

// ledger keeps the losses. Losses of one cause that follow each other within a second are one entry.
type ledger struct {
	rate             float64
	log              func(Loss)
	dropped, missing int64
	losses           []Loss
	omitted          int64
	lost             atomic.Int64 // dropped and missing together, for other goroutines
	open             Loss         // being gathered, if it has frames
	since            time.Time    // it was begun
}

// note takes what became of n frames that were read.
func (l *ledger) note(n int, lost []loss) {
	if l.open.Frames > 0 && (time.Since(l.since) >= time.Second || n > 0 && len(lost) == 0) {
		l.flush()
	}
	for _, x := range lost {
		k := x.to - x.from
		l.lost.Add(k)
		if x.why == Missing {
			l.missing += k
		} else {
			l.dropped += k
		}
		if l.open.Frames > 0 && l.open.Cause != x.why {
			l.flush()
		}
		if l.open.Frames == 0 {
			l.open = Loss{Start: x.from, Cause: x.why, Rate: l.rate}
			l.since = time.Now()
		}
		l.open.Frames += k
		l.open.End = x.to
	}
}

// flush ends the entry that is being gathered.
func (l *ledger) flush() {
	if l.open.Frames == 0 {
		return
	}
	if len(l.losses) < mostLosses {
		l.losses = append(l.losses, l.open)
	} else {
		l.omitted++
	}
	if l.log != nil {
		l.log(l.open)
	}
	l.open = Loss{}
}

// report sums up.
func (m *microphone) report() Report {
	l := &m.ledger
	losses := append([]Loss(nil), l.losses...)
	omitted := l.omitted
	if l.open.Frames > 0 {
		if len(losses) < mostLosses {
			losses = append(losses, l.open)
		} else {
			omitted++
		}
	}
	q := m.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	r := Report{
		Device: m.device.ID, Rate: m.capture.Rate, Captured: q.got, Given: m.at - q.start,
		Dropped: l.dropped, Missing: l.missing, Invalid: q.bad, Losses: losses, Omitted: omitted,
	}
	r.Unread = r.Captured - (r.Given - r.Missing)
	if q.ended && m.at == q.head() && q.err != errClosed {
		if gone, ok := m.end(q.err).(*GoneError); ok {
			r.Ended = gone
		}
	}
	return r
}

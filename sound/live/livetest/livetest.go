// Package livetest has devices that follow a script, for tests of what records: they deliver sound whose every sample is known,
// late, not at all, or until they vanish, on the clock of the machine. In a bubble of [testing/synctest] that clock is virtual, and an hour
// takes a second.
package livetest

import (
	"errors"
	"io"
	"sync"
	"time"

	"hearpipe/sound/live"
)

// Script says what a device does. The zero value delivers for ever, in time.
type Script struct {
	Frames int64 // it ends after so many frames; 0: never
	End    error // with this error (default io.EOF)
	Mute   bool  // instead of an end it says nothing more
	Hurry  bool  // it delivers as fast as it can, without a clock; needs Frames and a queue that holds them
	// Late is how much later than due delivery k comes; those after it catch up. nil: never.
	Late func(k int64) time.Duration
	// Skip is how many frames are lost before delivery k; their time passes. nil: none.
	Skip func(k int64) int64
}

// System is a machine whose devices all follow one script.
type System struct {
	List   []live.Device
	Script Script
	Refuse error // Open fails with it

	mu    sync.Mutex
	open  int
	asked live.Capture
}

// NewSystem makes a machine with one device, the default one, called "scripted".
func NewSystem(rate float64, channels int, s Script) *System {
	return &System{Script: s, List: []live.Device{{System: "test", ID: "scripted", Name: "Scripted device", Rates: []float64{rate}, Channels: channels, Default: true}}}
}

// Devices lists the devices.
func (s *System) Devices() ([]live.Device, error) { return s.List, nil }

// Opened is the number of captures that were not closed, and what the last one asked for.
func (s *System) Opened() (int, live.Capture) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open, s.asked
}

// Sample is what a device delivers in channel c at the time of frame at: never 0, and never the same twice within 2,039 frames.
func Sample(at int64, c int) float32 { return float32(at%2039*8+int64(c%8)+1) / 16384 }

// Open begins to follow the script.
func (s *System) Open(_ live.Device, c live.Capture, r live.Receiver) (io.Closer, error) {
	if s.Refuse != nil {
		return nil, s.Refuse
	}
	if s.Script.Hurry && s.Script.Frames == 0 {
		return nil, errors.New("livetest: an endless device in a hurry fills any queue")
	}
	s.mu.Lock()
	s.open++
	s.asked = c
	s.mu.Unlock()
	x := &capture{s: s, stop: make(chan struct{}), done: make(chan struct{})}
	go x.run(s.Script, c, r)
	return x, nil
}

type capture struct {
	s    *System
	once sync.Once
	stop chan struct{}
	done chan struct{}
}

// Close ends the capture and waits for its goroutine.
func (x *capture) Close() error {
	x.once.Do(func() {
		close(x.stop)
		<-x.done
		x.s.mu.Lock()
		x.s.open--
		x.s.mu.Unlock()
	})
	return nil
}

func (x *capture) run(s Script, c live.Capture, r live.Receiver) {
	defer close(x.done)
	began := time.Now()
	buf := make([]float32, c.Period*c.Channels)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	at := c.Start // in the time of the device
	for k := int64(0); s.Frames == 0 || at < s.Frames; k++ {
		if s.Skip != nil {
			at += s.Skip(k)
		}
		n := int64(c.Period)
		if s.Frames > 0 {
			n = min(n, s.Frames-at)
		}
		due := time.Duration(float64(at+n-c.Start) / c.Rate * float64(time.Second))
		if s.Late != nil {
			due += s.Late(k)
		}
		if wait := due - time.Since(began); !s.Hurry && wait > 0 {
			timer.Reset(wait)
			select {
			case <-timer.C:
			case <-x.stop:
				return
			}
		}
		for i := range n {
			for ch := range c.Channels {
				buf[i*int64(c.Channels)+int64(ch)] = Sample(at+i, ch)
			}
		}
		r.Receive(buf[:max(0, n)*int64(c.Channels)])
		at += n
		select {
		case <-x.stop:
			return
		default:
		}
	}
	if s.Mute {
		return
	}
	err := s.End
	if err == nil {
		err = io.EOF
	}
	r.End(err)
}

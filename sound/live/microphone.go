package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"hearpipe/stages"
)

// MicrophoneParams says how a device is recorded. The zero value is right for most.
type MicrophoneParams struct {
	Rate      float64 // sample rate [Hz] to open the device at, if it offers it (default: its usual one)
	Channels  int     // the first channels of the device are recorded (default: all)
	Period    int     // frames that arrive at once, as far as the device agrees: the latency of the device (default 128)
	Buffer    float64 // the queue holds so much sound [s] (default 2)
	FullScale float64 // pressure of full scale [Pa] (default 1)
	Patience  float64 // a device that delivers nothing for so long has vanished [s] (default 3)
	// Log is told what was lost, while the stream runs, at most once a second, on the goroutine that fetches. nil: nobody is.
	Log func(Loss)
}

// Microphone is an input of the machine as a stream of pressures [Pa], frames × channels, of unknown length. The device is opened by
// the first fetch: frame 0 is the first that it delivers. A fetch waits until its frames are there; an end comes with a cancelled
// context, an interrupt of the run, or the device ([GoneError]).
//
// The stream is no function of anything: two microphones differ, and there is no snapshot. But for losses it does not depend on how it
// is fetched.
type Microphone struct {
	*stages.Stream
	m *microphone
}

// Limits of the parameters.
const (
	mostPeriod   = 1 << 20
	mostBuffer   = 600.0
	mostPatience = 3600.0
	mostWidth    = 1 << 10
)

// NewMicrophone makes a stream of a device. Nothing is opened yet. A parameter outside its range is an error that names it, its value and
// what is allowed.
func NewMicrophone(sys System, d Device, p MicrophoneParams) (*Microphone, error) {
	const kind = "sound.microphone"
	if sys == nil {
		return nil, errors.New(kind + ": there is no system to record with")
	}
	if p.Period == 0 {
		p.Period = 128
	}
	if p.Buffer == 0 {
		p.Buffer = 2
	}
	if p.FullScale == 0 {
		p.FullScale = 1
	}
	if p.Patience == 0 {
		p.Patience = 3
	}
	width := d.Channels
	if p.Channels == 0 {
		p.Channels = width
	}
	rate := d.Rate(p.Rate)
	switch {
	case width < 1 || width > mostWidth:
		return nil, fmt.Errorf("%s: %s has %d channels: want 1 to %d", kind, d.ID, width, mostWidth)
	case p.Channels < 1 || p.Channels > width:
		return nil, fmt.Errorf("%s: %d channels of %s, which has %d: want 1 to %d", kind, p.Channels, d.ID, width, width)
	case !(rate >= 1) || rate > 1e7:
		return nil, fmt.Errorf("%s: sample rate %g Hz: want 1 Hz to 10 MHz", kind, rate)
	case p.Period < 1 || p.Period > mostPeriod:
		return nil, fmt.Errorf("%s: period of %d frames: want 1 to %d", kind, p.Period, mostPeriod)
	case !(p.Buffer > 0) || p.Buffer > mostBuffer:
		return nil, fmt.Errorf("%s: buffer of %g s: want more than 0 s, at most %g s", kind, p.Buffer, mostBuffer)
	case !(p.Patience > 0) || p.Patience > mostPatience:
		return nil, fmt.Errorf("%s: patience of %g s: want more than 0 s, at most %g s", kind, p.Patience, mostPatience)
	case p.FullScale-p.FullScale != 0:
		return nil, fmt.Errorf("%s: full scale of %g Pa: want a finite pressure", kind, p.FullScale)
	}
	// Less than four periods could not hold what arrives while one is read.
	size := max(int64(math.Ceil(p.Buffer*rate)), 4*int64(p.Period))
	m := &microphone{
		sys: sys, device: d, capture: Capture{Rate: rate, Channels: width, Period: p.Period},
		queue: newQueue(size, p.Channels, width, rate), scale: p.FullScale,
		patience: time.Duration(p.Patience * float64(time.Second)),
		ledger:   ledger{rate: rate, log: p.Log},
	}
	m.queue.early = d.Monitor
	s, err := stages.New(kind, stages.Format{Rate: rate, Channels: p.Channels, Frames: stages.Unbounded}, m)
	if err != nil {
		return nil, err
	}
	return &Microphone{s, m}, nil
}

// Device is the device that is recorded.
func (x *Microphone) Device() Device { return x.m.device }

// Close stops the recording; frames that were not fetched yet are given up and counted in the report. It may be called twice, but not while a fetch
// goes on.
func (x *Microphone) Close() error { return x.m.close() }

// Lost is the number of frames that are silence because they were lost, so far. Any goroutine may ask.
func (x *Microphone) Lost() int64 { return x.m.ledger.lost.Load() }

// Report says what became of every frame so far. It may not be called while a fetch goes on.
func (x *Microphone) Report() Report { return x.m.report() }

// microphone fills frames from the queue.
type microphone struct {
	sys      System
	device   Device
	capture  Capture
	queue    *queue
	scale    float64
	patience time.Duration
	running  io.Closer // the capture, once it is open
	timer    *time.Timer
	ledger   ledger
	at       int64 // frames handed out
	closed   bool
}

var errClosed = errors.New("the microphone is closed")

// looks is how often the patience is divided: a process that was stopped and goes on finds its timer expired before the
// device has had a chance to deliver.
const looks = 8

// Fill implements [stages.Filler].
func (m *microphone) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	if err := m.open(at); err != nil {
		return 0, err
	}
	defer m.timer.Stop()
	for done, silent := 0, 0; ; {
		n, lost := m.queue.read(at+int64(done), dst.Cut(done, dst.N), m.scale)
		m.ledger.note(n, lost)
		done += n
		m.at = at + int64(done)
		if done == dst.N {
			return done, nil
		}
		if n > 0 {
			silent = 0
			continue
		}
		if ended, err := m.queue.state(); ended {
			return done, m.end(err)
		}
		m.timer.Reset(m.patience / looks)
		select {
		case <-ctx.Done():
			return done, ctx.Err()
		case <-stages.InterruptOf(ctx):
			return done, stages.ErrInterrupted
		case <-m.queue.ready:
		case <-m.timer.C:
			if silent++; silent == looks {
				m.queue.End(fmt.Errorf("it delivered nothing for %g s", m.patience.Seconds()))
			}
		}
	}
}

// open begins to record, once: what is delivered first is the frame that is asked for first.
func (m *microphone) open(at int64) error {
	if m.closed {
		return errClosed
	}
	if m.running != nil {
		return nil
	}
	m.queue.start, m.at, m.capture.Start = at, at, at
	c, err := m.sys.Open(m.device, m.capture, m.queue)
	if err != nil {
		return fmt.Errorf("the device %s cannot be recorded at %g Hz with %d channels: %w", m.device.ID, m.capture.Rate, m.capture.Channels, err)
	}
	m.running = c
	m.timer = time.NewTimer(time.Hour)
	m.timer.Stop()
	return nil
}

// end makes the error that ends the stream of what the device said.
func (m *microphone) end(err error) error {
	if err == io.EOF {
		return err
	}
	return &GoneError{Device: m.device, At: m.at, Rate: m.capture.Rate, Cause: err}
}

func (m *microphone) close() error {
	m.closed = true
	if m.running == nil {
		return nil
	}
	c := m.running
	m.running = nil
	err := c.Close()
	m.queue.End(errClosed)
	m.ledger.flush()
	return err
}

// GoneError says that a device has ended although nobody asked it to. It is a [stages.ErrInterrupted]: a run ends well by it,
// with all sinks complete up to there.
type GoneError struct {
	Device Device
	At     int64   // frames that the stream has given
	Rate   float64 // of the device [Hz]
	Cause  error   // what the system says
}

// Error names the device, when it went and why.
func (e *GoneError) Error() string {
	return fmt.Sprintf("the device %s is gone after frame %d (%.6g s): %v", e.Device.ID, e.At, float64(e.At)/e.Rate, e.Cause)
}

// Unwrap is the cause.
func (e *GoneError) Unwrap() error { return e.Cause }

// Is makes it an interrupt.
func (e *GoneError) Is(target error) bool { return target == stages.ErrInterrupted }

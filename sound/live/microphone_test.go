package live_test

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hearpipe/sound/live"
	"hearpipe/sound/live/livetest"
	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

func microphone(t *testing.T, s *livetest.System, p live.MicrophoneParams) *live.Microphone {
	t.Helper()
	m, err := live.NewMicrophone(s, s.List[0], p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func TestMicrophonesConform(t *testing.T) {
	stagetest.Run(t, stagetest.Recipe{Build: func([]stages.Stage, stages.Range) ([]stages.Node, error) {
		s := livetest.NewSystem(16000, 3, livetest.Script{Frames: 1200, Hurry: true})
		m, err := live.NewMicrophone(s, s.List[0], live.MicrophoneParams{FullScale: 2})
		if err != nil {
			return nil, err
		}
		t.Cleanup(func() { m.Close() })
		return []stages.Node{m}, nil
	}})
}

func TestMicrophoneGivesWhatTheDeviceDelivers(t *testing.T) {
	s := livetest.NewSystem(16000, 4, livetest.Script{Frames: 5000, Hurry: true})
	m := microphone(t, s, live.MicrophoneParams{Channels: 2, FullScale: 3, Period: 100})
	f, err := stages.Collect(t.Context(), m)
	if err != nil || f.N != 5000 || f.Channels != 2 {
		t.Fatalf("%d frames × %d channels, %v: want 5000 × 2", f.N, f.Channels, err)
	}
	for i := range f.N {
		for c := range 2 {
			if got, want := f.At(i, c), 3*float64(livetest.Sample(int64(i), c)); got != want {
				t.Fatalf("frame %d of channel %d: %g, want %g", i, c, got, want)
			}
		}
	}
	if n, c := s.Opened(); n != 1 || c != (live.Capture{Rate: 16000, Channels: 4, Period: 100}) {
		t.Errorf("%d captures open, the last %+v", n, c)
	}
	if err := errors.Join(m.Close(), m.Close()); err != nil {
		t.Error(err)
	}
	if n, _ := s.Opened(); n != 0 {
		t.Error("the device is still open")
	}
	if _, err := m.Fetch(t.Context(), 5000, 5001); err != io.EOF {
		t.Errorf("after the end: %v, want io.EOF", err)
	}
}

func TestNothingIsOpenedBeforeTheFirstFetch(t *testing.T) {
	s := livetest.NewSystem(8000, 1, livetest.Script{})
	m := microphone(t, s, live.MicrophoneParams{})
	if n, _ := s.Opened(); n != 0 {
		t.Error("the constructor opened the device")
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if _, err := m.Fetch(t.Context(), 0, 1); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("%v", err)
	}
	s.Refuse = errors.New("it is busy")
	m = microphone(t, s, live.MicrophoneParams{})
	_, err := m.Fetch(t.Context(), 0, 1)
	if err == nil || !errors.Is(err, s.Refuse) || !strings.Contains(err.Error(), "scripted cannot be recorded at 8000 Hz with 1 channels") {
		t.Errorf("%v", err)
	}
}

// listener fetches a microphone and accounts for each frame: it is the one of its time, or silence within a loss.
type listener struct {
	m      *live.Microphone
	at     int64
	silent []int64 // frames that were silence
	shift  int64   // frames that the device skipped and the stream does not know of yet
	odd    int
}

func (l *listener) listen(t *testing.T, n int64) error {
	t.Helper()
	f, err := l.m.Fetch(t.Context(), l.at, l.at+n)
	for i := range f.N {
		at := l.at + int64(i)
		switch x := f.At(i, 0); {
		case x == 0:
			l.silent = append(l.silent, at)
		case x != float64(livetest.Sample(at+l.shift, 0)):
			l.odd++
			if l.odd < 5 {
				t.Errorf("frame %d is %g, want %g", at, x, livetest.Sample(at+l.shift, 0))
			}
		}
	}
	l.at += int64(f.N)
	return err
}

// account holds the report against what was heard.
func (l *listener) account(t *testing.T) live.Report {
	t.Helper()
	r := l.m.Report()
	if r.Given != l.at || r.Captured != r.Given-r.Missing+r.Unread || r.Unread < 0 {
		t.Errorf("heard %d frames, the report says %+v", l.at, r)
	}
	if int64(len(l.silent)) != r.Lost() || l.m.Lost() != r.Lost() {
		t.Errorf("%d frames are silent, %d are reported", len(l.silent), r.Lost())
	}
	sum, k := int64(0), 0
	for _, x := range r.Losses {
		sum += x.Frames
		for ; k < len(l.silent) && l.silent[k] < x.End; k++ {
			if l.silent[k] < x.Start {
				t.Fatalf("frame %d is silent and in no range", l.silent[k])
			}
		}
		if x.Frames > x.End-x.Start || x.Frames < 1 {
			t.Errorf("%+v", x)
		}
	}
	if r.Omitted == 0 && (sum != r.Lost() || k != len(l.silent)) {
		t.Errorf("the ranges hold %d frames of %d, and %d of %d silent ones", sum, r.Lost(), k, len(l.silent))
	}
	return r
}

func TestSlowReaderGetsSilenceAtTheRightIndex(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := livetest.NewSystem(8000, 2, livetest.Script{})
		var told []live.Loss
		m := microphone(t, s, live.MicrophoneParams{Channels: 1, Period: 80, Buffer: 1, Log: func(l live.Loss) { told = append(told, l) }})
		l := &listener{m: m}
		l.listen(t, 800)                          // to 0.1 s
		time.Sleep(1900*time.Millisecond - 1)     // 15,200 frames more, less the period that comes at 2 s; the queue holds 8,000
		if err := l.listen(t, 8000); err != nil { // the oldest are gone
			t.Fatal(err)
		}
		for range 100 {
			l.listen(t, 80)
		}
		r := l.account(t)
		if r.Dropped != 15920-800-8000 || r.Missing != 0 || len(r.Losses) != 1 || r.Losses[0].Start != 800 || r.Losses[0].End != 15920-8000 {
			t.Errorf("%+v", r)
		}
		if len(told) != 1 || told[0] != r.Losses[0] || !strings.Contains(told[0].String(), "7120 frames (890 ms) were dropped because the run is too slow and are silence, in frames 800:7920 (at 0.100 s)") {
			t.Errorf("%v", told)
		}
		m.Close()
	})
}

func TestLossesAreReadable(t *testing.T) {
	l := live.Loss{Start: 508032, End: 767193, Frames: 259161, Cause: live.Missing, Rate: 48000}
	if got, want := l.String(), "259161 frames (5.399 s) were not delivered by the device and are silence, in frames 508032:767193 (at 10.584 s)"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestHourIsAccountedFor records an hour on a virtual clock, from a device that jitters, by a reader that falls behind now and then: every frame is the right one, or silence that is reported.
func TestHourIsAccountedFor(t *testing.T) {
	hour := int64(3600)
	if testing.Short() {
		hour = 360
	}
	synctest.Test(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(1, 2))
		const rate = 16000
		s := livetest.NewSystem(rate, 1, livetest.Script{
			Frames: hour * rate,
			Late:   func(k int64) time.Duration { return time.Duration(k*7919%30) * time.Millisecond },
		})
		m := microphone(t, s, live.MicrophoneParams{Period: 160})
		l := &listener{m: m}
		err := error(nil)
		for err == nil {
			if rng.IntN(500) == 0 {
				time.Sleep(time.Duration(rng.IntN(6000)) * time.Millisecond)
			}
			err = l.listen(t, 1+rng.Int64N(1024))
		}
		if err != io.EOF || l.at != hour*rate {
			t.Errorf("%d frames, %v: want %d and io.EOF", l.at, err, hour*rate)
		}
		r := l.account(t)
		if r.Unread != 0 || r.Missing != 0 || r.Captured != hour*rate || r.Dropped == 0 {
			t.Errorf("%+v", r)
		}
		t.Logf("%d frames, %d dropped in %d ranges", r.Given, r.Dropped, len(r.Losses))
		m.Close()
	})
}

func TestVanishedDeviceEndsTheStream(t *testing.T) {
	unplugged := errors.New("it was unplugged")
	for name, script := range map[string]livetest.Script{
		"it was unplugged":             {Frames: 8000, End: unplugged},
		"it delivered nothing for 2 s": {Frames: 8000, Mute: true},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := livetest.NewSystem(8000, 1, script)
			m := microphone(t, s, live.MicrophoneParams{Patience: 2})
			began := time.Now()
			f, err := stages.Collect(t.Context(), m)
			var gone *live.GoneError
			if f.N != 8000 || !errors.As(err, &gone) || !errors.Is(err, stages.ErrInterrupted) || gone.At != 8000 {
				t.Fatalf("%d frames, %v", f.N, err)
			}
			if !strings.Contains(err.Error(), "the device scripted is gone after frame 8000 (1 s): "+name) {
				t.Error(err)
			}
			if d := time.Since(began); d > 3100*time.Millisecond {
				t.Errorf("it was noticed after %v", d-time.Second)
			}
			if r := m.Report(); r.Ended == nil || r.Unread != 0 || r.Given != 8000 || r.Captured != 8000 {
				t.Errorf("%+v", r)
			}
			m.Close()
			if r := m.Report(); r.Ended == nil {
				t.Error("after Close the reason is gone")
			}
		})
	}
}

// TestPatienceBeginsAnewWithEachDelivery has a device that delivers twice in the time of its patience.
func TestPatienceBeginsAnewWithEachDelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := livetest.NewSystem(8000, 1, livetest.Script{})
		m := microphone(t, s, live.MicrophoneParams{Period: 8000, Buffer: 10, Patience: 2})
		if f, err := m.Fetch(t.Context(), 0, 80000); f.N != 80000 || err != nil {
			t.Errorf("%d frames, %v", f.N, err)
		}
		m.Close()
	})
}

func TestCancelledFetchGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := livetest.NewSystem(8000, 1, livetest.Script{})
		m := microphone(t, s, live.MicrophoneParams{Period: 80})
		ctx, cancel := context.WithTimeout(t.Context(), 505*time.Millisecond)
		defer cancel()
		f, err := m.Fetch(ctx, 0, 8000)
		if f.N != 4000 || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("%d frames, %v", f.N, err)
		}
		l := &listener{m: m, at: 4000}
		if err := l.listen(t, 4000); err != nil {
			t.Error(err)
		}
		if r := l.account(t); r.Lost() != 0 || r.Ended != nil {
			t.Errorf("%+v", r)
		}
		m.Close()
		if r := m.Report(); r.Ended != nil {
			t.Errorf("a device that was closed has vanished: %v", r.Ended)
		}
	})
}

func TestSamplesThatAreNoNumbersAreSilence(t *testing.T) {
	var zero float32
	s := &odd{samples: []float32{0.5, zero / zero, 1 / zero, -0.25}}
	m, err := live.NewMicrophone(s, live.Device{ID: "odd", Channels: 2, Rates: []float64{8000}}, live.MicrophoneParams{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := stages.Collect(t.Context(), m)
	if err != nil || f.N != 2 || f.At(0, 0) != 0.5 || f.At(0, 1) != 0 || f.At(1, 0) != 0 || f.At(1, 1) != -0.25 {
		t.Errorf("%v, %v", f.Data, err)
	}
	if r := m.Report(); r.Invalid != 2 {
		t.Errorf("%+v", r)
	}
}

// odd delivers what it is given, from within Open.
type odd struct{ samples []float32 }

func (*odd) Devices() ([]live.Device, error) { return nil, nil }

func (o *odd) Open(_ live.Device, _ live.Capture, r live.Receiver) (io.Closer, error) {
	r.Receive(o.samples)
	r.End(io.EOF)
	r.Receive(o.samples) // too late
	r.End(errors.New("too late"))
	return io.NopCloser(nil), nil
}

func TestParametersOutOfRangeAreErrors(t *testing.T) {
	s := livetest.NewSystem(8000, 2, livetest.Script{})
	for want, p := range map[string]live.MicrophoneParams{
		"3 channels of scripted, which has 2: want 1 to 2":  {Channels: 3},
		"period of -1 frames: want 1 to 1048576":            {Period: -1},
		"buffer of 1000 s: want more than 0 s, at most 600": {Buffer: 1000},
		"patience of -1 s: want more than 0 s":              {Patience: -1},
	} {
		if _, err := live.NewMicrophone(s, s.List[0], p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if _, err := live.NewMicrophone(s, live.Device{ID: "x"}, live.MicrophoneParams{}); err == nil || !strings.Contains(err.Error(), "x has 0 channels") {
		t.Error(err)
	}
	if _, err := live.NewMicrophone(nil, s.List[0], live.MicrophoneParams{}); err == nil {
		t.Error("no system is no error")
	}
}

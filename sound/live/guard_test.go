package live_test

import (
	"testing"
	"testing/synctest"
	"time"

	"hearpipe/sound/live"
	"hearpipe/sound/live/livetest"
)

func TestLateFramesAreNotLost(t *testing.T) {
	for name, late := range map[string]func(k int64) time.Duration{
		"jitter": func(k int64) time.Duration { return time.Duration(k*7919%40) * time.Millisecond },
		"stalls": func(k int64) time.Duration {
			if k%997 < 200 { // 10 ms each: two seconds of every ten
				return time.Duration(200-k%997) * 10 * time.Millisecond
			}
			return 0
		},
		"slow clock": func(k int64) time.Duration { return time.Duration(k) * 10 * time.Microsecond }, // 1 in 1,000
		"store": func(k int64) time.Duration { // 2 s of sound are there when it begins, and are used up
			if k < 200 {
				return -time.Duration(200-k) * 10 * time.Millisecond
			}
			return 0
		},
		"fast clock": func(k int64) time.Duration { return -time.Duration(k) * 10 * time.Microsecond },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := livetest.NewSystem(8000, 1, livetest.Script{Late: late})
				m := microphone(t, s, live.MicrophoneParams{Period: 80, Buffer: 4})
				l := &listener{m: m}
				for range 300 * 10 {
					if err := l.listen(t, 800); err != nil {
						t.Fatal(err)
					}
				}
				if r := l.account(t); r.Lost() != 0 {
					t.Errorf("%+v", r)
				}
				m.Close()
			})
		})
	}
}

func TestMissingFramesBecomeSilence(t *testing.T) {
	for _, skip := range []int64{1800, 4000, 80000} {
		synctest.Test(t, func(t *testing.T) {
			s := livetest.NewSystem(8000, 1, livetest.Script{
				Late: func(k int64) time.Duration { return time.Duration(k*7919%9) * time.Millisecond },
				Skip: func(k int64) int64 {
					if k == 1000 { // at 10 s
						return skip
					}
					return 0
				},
			})
			m := microphone(t, s, live.MicrophoneParams{Period: 80, Patience: 20})
			l := &listener{m: m}
			for l.at < 80000 {
				l.listen(t, 80)
			}
			l.shift = skip
			for len(l.silent) == 0 && l.at < 300000 {
				l.listen(t, 1)
			}
			first := l.at - 1
			if seconds := float64(first-80000) / 8000; seconds > 2.2 {
				t.Errorf("%d frames were noticed after %g s", skip, seconds)
			}
			l.shift = 0
			for i := int64(0); i < skip-1; i++ {
				l.listen(t, 1)
			}
			// The length is right within the jitter of the deliveries; from here on the clock is that of the device again.
			r := l.m.Report()
			l.shift = skip - r.Missing
			if l.shift < -80 || l.shift > 80 {
				t.Errorf("%d frames for %d that are missing", r.Missing, skip)
			}
			for range 1000 {
				l.listen(t, 80)
			}
			if r := l.account(t); r.Dropped != 0 || len(r.Losses) == 0 || r.Losses[0].Start != first {
				t.Errorf("%+v", r)
			}
			m.Close()
		})
	}
}

// TestMonitorIsNotHeldAgainstTheClock has a device that is ahead of the sound by as much as it likes.
func TestMonitorIsNotHeldAgainstTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := livetest.NewSystem(8000, 1, livetest.Script{Late: func(k int64) time.Duration {
			if k < 1000 {
				return -time.Second
			}
			return 0
		}})
		for _, monitor := range []bool{true, false} {
			s.List[0].Monitor = monitor
			m := microphone(t, s, live.MicrophoneParams{Period: 80})
			if _, err := m.Fetch(t.Context(), 0, 8000); err != nil {
				t.Fatal(err)
			}
			for at := int64(8000); at < 160000; at += 8000 {
				if _, err := m.Fetch(t.Context(), at, at+8000); err != nil {
					t.Fatal(err)
				}
			}
			if lost := m.Lost(); monitor && lost != 0 || !monitor && lost != 8000 {
				t.Errorf("monitor %v: %d frames were lost", monitor, lost)
			}
			m.Close()
		}
	})
}

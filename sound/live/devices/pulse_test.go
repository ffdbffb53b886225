//go:build linux

package devices

import (
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hearpipe/sound/live"
	"hearpipe/stages"
)

// The tests against a real sound server need one: HEARPIPE_TEST_SINK names a null sink of the server that PULSE_SERVER names, with two
// channels at 48 kHz; HEARPIPE_TEST_PULSEAUDIO is the program pulseaudio, of which a test starts one of its own to kill it.
const (
	sinkVariable   = "HEARPIPE_TEST_SINK"
	serverVariable = "HEARPIPE_TEST_PULSEAUDIO"
)

const serverRate = 48000

// play begins to play frames of two channels on a sink of the server, once.
func play(sink string, samples []float32) (finished <-chan error) {
	done := make(chan error, 1)
	go func() {
		done <- Play(sink, serverRate, 2, func(to []float32) (int, error) {
			n := copy(to, samples)
			samples = samples[n:]
			if len(samples) == 0 {
				return n, io.EOF
			}
			return n, nil
		})
	}()
	return done
}

// noise is independent noise in two channels after some silence: a monitor misses the first milliseconds of a stream, which the
// server mixes into what the monitor has heard already.
func noise(silence, frames int) []float32 {
	rng := rand.New(rand.NewPCG(3, 4))
	x := make([]float32, 2*(silence+frames))
	for i := 2 * silence; i < len(x); i++ {
		x[i] = float32(rng.Float64()-0.5) / 2
	}
	return x
}

// find looks for a sound in what was recorded, by the largest cross-correlation with the middle of it, and returns at which frame it begins.
func find(heard stages.Frames, played []float32, c int) int {
	const length = 2000
	from := len(played)/4 - length/2
	best, at := math.Inf(-1), 0
	for lag := 0; lag+length <= heard.N; lag++ {
		sum := 0.0
		for i := range length {
			sum += heard.At(lag+i, c) * float64(played[2*(from+i)+c])
		}
		if sum > best {
			best, at = sum, lag
		}
	}
	return at - from
}

// TestSoundIsHeardAsItIsPlayed plays noise on a null sink and records its monitor.
func TestSoundIsHeardAsItIsPlayed(t *testing.T) {
	sink := os.Getenv(sinkVariable)
	if sink == "" {
		t.Skipf("%s names no sink", sinkVariable)
	}
	systems := map[string]live.System{"pulse": pulse{}, "default": Default()}
	if _, nothing := ways[0].(interface{ err() error }); !nothing {
		systems["first way"] = ways[0]
	}
	for name, s := range systems {
		t.Run(name, func(t *testing.T) {
			list, err := s.Devices()
			if err != nil {
				t.Fatal(err)
			}
			d, err := live.Find(list, sink+".monitor")
			if err != nil || d.System != "pulseaudio" || d.Channels != 2 || !d.Monitor || len(d.Rates) != 1 || d.Rates[0] != serverRate {
				t.Fatalf("%+v, %v", d, err)
			}
			m, err := live.NewMicrophone(s, d, live.MicrophoneParams{Period: 480})
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			f, err := m.Fetch(t.Context(), 0, 4800) // it records
			if err != nil || f.N != 4800 {
				t.Fatalf("%d frames, %v", f.N, err)
			}
			played := noise(serverRate/2, serverRate)
			finished := play(sink, played)
			f, err = m.Fetch(t.Context(), 4800, 4800+3*serverRate)
			if err != nil {
				t.Fatal(err)
			}
			if err := <-finished; err != nil {
				t.Fatal(err)
			}
			at := find(f, played, 0)
			wrong := 0
			for i := serverRate / 2; i < len(played)/2; i++ {
				for c := range 2 {
					// The sink has 16 bits: half a code, and one for what else may be done to it.
					if j := at + i; j < 0 || j >= f.N || math.Abs(f.At(j, c)-float64(played[2*i+c])) > 1.5/32768 {
						wrong++
					}
				}
			}
			if wrong > 0 {
				t.Errorf("begun at frame %d, %d of %d samples are not what was played", at, wrong, 2*serverRate)
			}
			if r := m.Report(); r.Lost() != 0 || r.Invalid != 0 || r.Given != 4800+3*serverRate {
				t.Errorf("%+v", r)
			}
		})
	}
}

// server starts a sound server with a null sink, for this test alone.
func server(t *testing.T) *exec.Cmd {
	t.Helper()
	program := os.Getenv(serverVariable)
	if program == "" {
		t.Skipf("%s names no program", serverVariable)
	}
	dir, err := os.MkdirTemp("", "pulse") // the path of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "native")
	c := exec.Command(program, "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--disable-shm=yes", "--log-level=error",
		"--load=module-native-protocol-unix socket="+socket+" auth-anonymous=1", "--load=module-null-sink sink_name=test rate=48000 channels=2")
	c.Env = append(os.Environ(), "HOME="+dir, "XDG_RUNTIME_DIR="+dir, "PULSE_SERVER=")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
		os.RemoveAll(dir)
	})
	t.Setenv("PULSE_SERVER", "unix:"+socket)
	for range 200 {
		if list, err := (pulse{}).Devices(); err == nil && len(list) > 0 {
			return c
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("the sound server does not answer")
	return nil
}

// TestKilledServerEndsTheStream kills the server in the middle: what came before is good, and the stream says what happened.
func TestKilledServerEndsTheStream(t *testing.T) {
	for _, s := range ways {
		if _, ok := s.(interface{ err() error }); ok {
			continue
		}
		c := server(t)
		list, err := s.Devices()
		if err != nil {
			t.Fatal(err)
		}
		m, err := live.NewMicrophone(s, list[0], live.MicrophoneParams{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Fetch(t.Context(), 0, 4800); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		c.Process.Kill()
		at := int64(4800)
		for err == nil {
			var f stages.Frames
			f, err = m.Fetch(t.Context(), at, at+480)
			at += int64(f.N)
		}
		var gone *live.GoneError
		if !errors.As(err, &gone) || !errors.Is(err, stages.ErrInterrupted) || gone.At != at {
			t.Errorf("%T: after %d frames %v", s, at, err)
		}
		t.Logf("%T: %v, noticed after %v", s, err, time.Since(began).Round(time.Millisecond))
		if d := time.Since(began); d > 10*time.Second {
			t.Errorf("%T: it was noticed after %v", s, d)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		if r := m.Report(); r.Ended == nil || r.Unread != 0 || r.Given != at {
			t.Errorf("%T: %+v", s, r)
		}
		if _, err := s.Devices(); err == nil {
			t.Errorf("%T: a server that was killed has devices", s)
		}
	}
}

func TestServersAreFound(t *testing.T) {
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	got := parseServers("unix:/a/b /c/d {" + name + "}unix:/e {elsewhere}unix:/f tcp:h tcp4:h:1 tcp6:[::1] i")
	want := []address{{"unix", "/a/b"}, {"unix", "/c/d"}, {"unix", "/e"}, {"tcp", "h:4713"}, {"tcp4", "h:1"}, {"tcp6", "[::1]:4713"}, {"tcp", "i:4713"}}
	if len(got) != len(want) {
		t.Fatalf("%v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("server %d is %v, want %v", i, got[i], want[i])
		}
	}
	t.Setenv("PULSE_SERVER", "unix:"+filepath.Join(t.TempDir(), "none"))
	if list, err := (pulse{}).Devices(); err == nil || !strings.Contains(err.Error(), "there is no sound server") {
		t.Errorf("%v, %v", list, err)
	}
}

// TestServerThatHangsUpIsAnError has a server that closes the connection at once, and one that speaks another language.
func TestServerThatHangsUpIsAnError(t *testing.T) {
	for _, answer := range []string{"", "HTTP/1.1"} {
		socket := filepath.Join(t.TempDir(), "s")
		l := listen(t, socket)
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				io.WriteString(conn, answer)
				conn.Close()
			}
		}()
		t.Setenv("PULSE_SERVER", socket)
		if _, err := (pulse{}).Devices(); err == nil {
			t.Errorf("%q is taken for a sound server", answer)
		}
	}
}

// machine is a system for tests of the choice.
type machine struct {
	list   []live.Device
	err    error
	opened *string
}

func (m machine) Devices() ([]live.Device, error) { return m.list, m.err }

func (m machine) Open(d live.Device, _ live.Capture, _ live.Receiver) (io.Closer, error) {
	*m.opened = d.ID
	return io.NopCloser(nil), nil
}

func TestFirstWayWithDevicesIsTaken(t *testing.T) {
	var opened string
	silent, gone := errors.New("no server"), machine{}
	gone.err = silent
	there := machine{list: []live.Device{{System: "x", ID: "one"}}, opened: &opened}
	list, err := first{gone, machine{}, there}.Devices()
	if err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
	if _, err := (first{gone, there}).Open(there.list[0], live.Capture{}, nil); err != nil || opened != "one" {
		t.Errorf("%q, %v", opened, err)
	}
	if _, err := (first{there}).Open(live.Device{System: "x", ID: "two"}, live.Capture{}, nil); err != errGone {
		t.Errorf("%v", err)
	}
	if list, err := (first{gone, machine{}}).Devices(); len(list) != 0 || err != nil {
		t.Errorf("%v, %v: a system without devices is no error", list, err)
	}
	if _, err := (first{gone}).Devices(); !errors.Is(err, silent) {
		t.Errorf("%v", err)
	}
}

func listen(t *testing.T, socket string) net.Listener {
	t.Helper()
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

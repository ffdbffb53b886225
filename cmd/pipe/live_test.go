package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"hearpipe/internal/npy"
	"hearpipe/sound/live"
	"hearpipe/sound/live/livetest"
)

const listening = `
params: {input: x.wav}
nodes:
  sound: {type: sound.file, path: $input}
sinks:
  - {type: frames, from: sound, path: out.npy}
`

// frames is the shape and content of a file of frames.
func frames(t *testing.T, path string) npy.Array {
	t.Helper()
	a, err := npy.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestDevicesAreListed(t *testing.T) {
	s := livetest.NewSystem(48000, 2, livetest.Script{})
	s.List = append(s.List, live.Device{System: "alsa", ID: "hw:1", Name: "USB", Rates: []float64{44100, 48000}, Channels: 8}, live.Device{System: "alsa", ID: "any", Name: "x", Channels: 1})
	c := pipeWith(t, &app{mics: s}, "devices").want(t, 0)
	for _, line := range []string{"* scripted  Scripted device  2         48 kHz        test", "  hw:1      USB              8         44.1, 48 kHz  alsa", "any kHz"} {
		if has := strings.Contains(c.stdout, line); has == (line == "any kHz") {
			t.Errorf("%q in\n%s", line, c.stdout)
		}
	}
	c = pipeWith(t, &app{mics: s}, "devices", "--json").want(t, 0)
	var list []live.Device
	if err := json.Unmarshal([]byte(c.stdout), &list); err != nil || len(list) != 3 || !list[0].Default || list[1].ID != "hw:1" || len(list[1].Rates) != 2 {
		t.Errorf("%v: %s", err, c.stdout)
	}
	pipeWith(t, &app{mics: &livetest.System{}}, "devices").want(t, 0, "there is no device to record from")
	if c := pipeWith(t, &app{mics: &livetest.System{}}, "devices", "--json").want(t, 0); strings.TrimSpace(c.stdout) != "[]" {
		t.Errorf("%q", c.stdout)
	}
}

func TestMachineWithoutSoundIsAnError(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("PULSE_SERVER", "unix:/nowhere/socket")
	if _, err := os.Stat("/dev/snd"); err == nil {
		t.Skip("there are devices")
	}
	write(t, "p.yaml", listening)
	pipe(t, "devices").want(t, 1)
	pipe(t, "run", "p.yaml", "--input", "mic").want(t, 1, "sound.path: no microphone can be listened to: ", "there is no sound server (PulseAudio or PipeWire): dial unix /nowhere/socket")
}

func TestRunListensToAMicrophone(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "p.yaml", listening)
	s := livetest.NewSystem(16000, 3, livetest.Script{})
	c := pipeWith(t, &app{mics: s}, "run", "p.yaml", "--input", "mic:script", "--mic-channels", "2", "--duration", "200 ms", "--json").
		want(t, 0, "sound: listens to Scripted device (scripted), 2 of 3 channels, 16 kHz")
	a := frames(t, "out.npy")
	if a.Shape[0] != 3200 || a.Shape[1] != 2 || a.Data[3201] != float64(livetest.Sample(1600, 1)) {
		t.Errorf("shape %v", a.Shape)
	}
	var sum summary
	if err := json.Unmarshal([]byte(c.stdout), &sum); err != nil || sum.Frames != 3200 || len(sum.Recorded) != 1 || sum.Recorded[0].Given != 3200 || sum.Recorded[0].Device != "scripted" || sum.Ended != "" {
		t.Errorf("%v: %s", err, c.stdout)
	}
	pipeWith(t, &app{mics: s}, "run", "p.yaml", "--input", "mic", "--mic-channels", "0").want(t, 2, "--mic-channels 0: want 1 or more")
	pipeWith(t, &app{mics: s}, "run", "p.yaml", "--input", "mic", "--mic-channels", "4").want(t, 1, "4 channels of scripted, which has 3")
}

func TestVanishedMicrophoneFailsTheRunAndKeepsTheFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "p.yaml", listening)
	s := livetest.NewSystem(16000, 1, livetest.Script{Frames: 3000, End: errors.New("it was unplugged")})
	for _, args := range [][]string{nil, {"--duration", "10s", "--json"}} {
		c := pipeWith(t, &app{mics: s}, append([]string{"run", "p.yaml", "--input", "mic"}, args...)...).want(t, 1, "sound: the device scripted is gone after frame 3000 (0.1875 s): it was unplugged")
		if args == nil && !strings.Contains(c.stderr, "ended after 188 ms; the files are complete up to there") {
			t.Error(c.stderr)
		}
		if args != nil && !strings.Contains(c.stdout, `"ended": "sound: the device scripted is gone`) {
			t.Error(c.stdout)
		}
		onlyFiles(t, "p.yaml", "out.npy", "out.npy.meta.json")
		if a := frames(t, "out.npy"); a.Shape[0] != 3000 {
			t.Errorf("shape %v", a.Shape)
		}
	}
}

func TestInterruptEndsListeningWell(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "p.yaml", listening)
	for _, script := range []livetest.Script{{}, {Frames: 1600, Mute: true}} {
		signals := make(chan os.Signal, 2)
		time.AfterFunc(400*time.Millisecond, func() { signals <- syscall.SIGTERM })
		s := livetest.NewSystem(16000, 1, script)
		began := time.Now()
		pipeWith(t, &app{mics: s, signals: signals}, "run", "p.yaml", "--input", "mic").want(t, 130, "interrupted after", "complete up to there", "0 were lost", "wrote out.npy")
		if d := time.Since(began); d > graces[0] {
			t.Errorf("the end took %v", d)
		}
		a := frames(t, "out.npy")
		for i, x := range a.Data {
			if x != float64(livetest.Sample(int64(i), 0)) {
				t.Fatalf("frame %d is %g", i, x)
			}
		}
		if n, _ := s.Opened(); n != 0 || len(a.Data) < 1600 {
			t.Errorf("%d captures are open, %d frames", n, len(a.Data))
		}
	}
}

func TestRunReadsRawSamples(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "p.yaml", listening)
	stdin := func(b []byte) *app { return &app{stdin: struct{ io.Reader }{bytes.NewReader(b)}} }
	raw := []string{"run", "p.yaml", "--input", "-", "--raw", "s16le", "--raw-rate", "8 kHz", "--raw-channels", "2"}
	samples := bytes.Repeat([]byte{0x00, 0x40, 0x00, 0xC0}, 500) // 0.5 and -0.5
	c := pipeWith(t, stdin(samples), append(raw, "--json")...).want(t, 0)
	if a := frames(t, "out.npy"); a.Shape[0] != 500 || a.Shape[1] != 2 || a.Data[998] != 0.5 || a.Data[999] != -0.5 || !strings.Contains(c.stdout, `"seconds": 0.0625`) {
		t.Errorf("%v: %s", a.Shape, c.stdout)
	}
	// A writer that dies in the middle of a frame.
	pipeWith(t, stdin(samples[:1999]), raw...).want(t, 1, "ended after 62.4 ms; the files are complete up to there", "the data ends within frame 499: 3 of its 4 bytes are there")
	if a := frames(t, "out.npy"); a.Shape[0] != 499 {
		t.Errorf("%v", a.Shape)
	}
	write(t, "x.pcm", string(samples))
	pipe(t, "run", "p.yaml", "--input", "x.pcm", "--raw", "s16le", "--raw-rate", "8kHz").want(t, 0)
	if a := frames(t, "out.npy"); a.Shape[0] != 1000 || a.Shape[1] != 1 {
		t.Errorf("%v", a.Shape)
	}
	for want, args := range map[string][]string{
		"--raw-rate fast: want a positive rate":  {"--input", "-", "--raw", "s16le", "--raw-rate", "fast"},
		"--raw-rate -8kHz: want a positive rate": {"--input", "-", "--raw", "s16le", "--raw-rate", "-8kHz"},
		"--raw-rate 3 s: want a positive rate":   {"--input", "-", "--raw", "s16le", "--raw-rate", "3 s"},
		"--raw s16le needs --raw-rate":           {"--input", "-", "--raw", "s16le"},
		"--input mic is a microphone":            {"--input", "mic", "--raw", "s16le", "--raw-rate", "8kHz"},
		"--input - is no microphone":             {"--input", "-", "--mic-channels", "2"},
		"--raw s17le: want one of alaw, f32be":   {"--input", "-", "--raw", "s17le", "--raw-rate", "8kHz"},
		"--raw s16le says what --input is":       {"--raw", "s16le", "--raw-rate", "8kHz"},
		"describe samples without a header":      {"--input", "-", "--raw-rate", "8kHz"},
		"--raw-channels -1: want 1 or more":      {"--input", "-", "--raw", "s16le", "--raw-rate", "8kHz", "--raw-channels", "-1"},
	} {
		pipeWith(t, stdin(samples), append([]string{"run", "p.yaml"}, args...)...).want(t, 2, want)
	}
}

package pipelines

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hearpipe/internal/npy"
	"hearpipe/sound"
	"hearpipe/sound/live"
	"hearpipe/sound/live/livetest"
	"hearpipe/stages"
)

const listening = `
nodes:
  sound: {type: sound.microphone}
  louder: {type: stages.scale, from: sound, factor: 2}
sinks:
  - {type: frames, from: louder, path: out.npy}
`

// listening to a microphone of the test whose node has these fields.
func listen(t *testing.T, s live.System, fields string, opt Options, run stages.RunOptions) (Result, npy.Array, error) {
	t.Helper()
	text := strings.Replace(listening, "{type: sound.microphone}", "{type: sound.microphone"+fields+"}", 1)
	return listenTo(t, text, s, opt, run)
}

// listenTo runs a pipeline that writes out.npy.
func listenTo(t *testing.T, text string, s live.System, opt Options, run stages.RunOptions) (Result, npy.Array, error) {
	t.Helper()
	folder := t.TempDir()
	opt.Access.Folder, opt.Access.Microphones = folder, s
	d, err := Parse("p.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p, err := d.Check(opt)
	if err != nil {
		return Result{}, npy.Array{}, err
	}
	res, err := p.Run(t.Context(), run)
	if err != nil {
		return res, npy.Array{}, err
	}
	a, err := npy.ReadFile(filepath.Join(folder, "out.npy"))
	if err != nil {
		t.Fatal(err)
	}
	meta, err := os.ReadFile(filepath.Join(folder, "out.npy.meta.json"))
	var m struct{ Reason stages.Reason }
	if err != nil || json.Unmarshal(meta, &m) != nil || m.Reason != res.Reason {
		t.Errorf("the file says %s, the run %q; %v", meta, res.Reason, err)
	}
	return res, a, nil
}

// heardAll holds what was written against what the device delivered.
func heardAll(t *testing.T, a npy.Array, frames, channels int, factor float64) {
	t.Helper()
	if len(a.Shape) != 2 || a.Shape[0] != int64(frames) || a.Shape[1] != int64(channels) {
		t.Fatalf("shape %v, want %d × %d", a.Shape, frames, channels)
	}
	for i, x := range a.Data {
		if want := factor * float64(livetest.Sample(int64(i/channels), i%channels)); x != want {
			t.Fatalf("frame %d of channel %d is %g, want %g", i/channels, i%channels, x, want)
		}
	}
}

func TestMicrophoneIsListenedTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := livetest.NewSystem(8000, 4, livetest.Script{})
		res, a, err := listen(t, s, ", channels: 2, period: 80, duration: 2 s, full_scale: 3 Pa", Options{}, stages.RunOptions{})
		if err != nil {
			t.Fatal(err)
		}
		heardAll(t, a, 16000, 2, 6)
		if res.Block != liveBlock || res.Dropped != 0 || res.Ended != nil || res.Reason != stages.EndOfStream || len(res.Microphones) != 1 {
			t.Errorf("%+v", res)
		}
		n, c := s.Opened()
		if n != 0 || c != (live.Capture{Rate: 8000, Channels: 4, Period: 80}) {
			t.Errorf("%d captures are open, the last %+v", n, c)
		}
		if notes := strings.Join(res.Notes, "\n"); !strings.Contains(notes, "frames were recorded at 8 kHz, 0 were lost") {
			t.Errorf("%s", notes)
		}
	})
}

func TestInputMayBeAMicrophone(t *testing.T) {
	text := `
params: {input: x.wav}
nodes:
  louder: {type: sound.file, path: $input}
sinks:
  - {type: frames, from: louder, path: out.npy}
`
	for name, opt := range map[string]Options{
		"mic":         {Seconds: 0.5},
		"mic:scripts": {Seconds: 0.5},
		"mic:Script":  {Seconds: 0.5, MicChannels: 2, FullScale: 4},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := livetest.NewSystem(8000, 2, livetest.Script{})
			opt.Set = []Setting{{"input", name, "--input"}}
			res, a, err := listenTo(t, text, s, opt, stages.RunOptions{})
			if name == "mic:scripts" {
				if err == nil || !strings.Contains(err.Error(), `there is no device "scripts" to record from; there is scripted; pipe devices describes them`) {
					t.Errorf("%v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			heardAll(t, a, 4000, max(1, opt.MicChannels), math.Max(1, opt.FullScale))
			if res.Reason != stages.EndOfStream {
				t.Errorf("%+v", res)
			}
		})
	}
}

// TestMicrophoneIsResampled listens at another rate than the device offers, and compares with the same sound as a file.
func TestMicrophoneIsResampled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := livetest.NewSystem(48000, 1, livetest.Script{})
		_, a, err := listen(t, s, ", rate: 44.1 kHz, duration: 250 ms", Options{}, stages.RunOptions{})
		if err != nil {
			t.Fatal(err)
		}
		x := make([]float64, 20000)
		for i := range x {
			x[i] = float64(livetest.Sample(int64(i), 0))
		}
		want, err := sound.New(48000, x)
		if err == nil {
			want, err = want.Resample(44100)
		}
		if err != nil {
			t.Fatal(err)
		}
		if a.Shape[0] != 11025 {
			t.Fatalf("shape %v", a.Shape)
		}
		for i, x := range a.Data {
			if x != 2*want.At(i, 0) {
				t.Fatalf("frame %d is %g, want %g", i, x, 2*want.At(i, 0))
			}
		}
	})
}

func TestMicrophoneIsOpenedAtTheRateOfThePipeline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := livetest.NewSystem(48000, 1, livetest.Script{})
		s.List[0].Rates = []float64{48000, 16000}
		_, a, err := listenTo(t, "rate: 16 kHz"+listening, s, Options{Seconds: 0.1}, stages.RunOptions{})
		if err != nil {
			t.Fatal(err)
		}
		heardAll(t, a, 1600, 1, 2)
		if _, c := s.Opened(); c.Rate != 16000 {
			t.Errorf("opened at %g Hz", c.Rate)
		}
	})
}

func TestMicrophoneEndsWithAnInterrupt(t *testing.T) {
	for _, script := range []livetest.Script{{}, {Frames: 8080, Mute: true}} {
		synctest.Test(t, func(t *testing.T) {
			s := livetest.NewSystem(8000, 1, script)
			interrupt := make(chan struct{})
			time.AfterFunc(1500*time.Millisecond-1, func() { close(interrupt) })
			began := time.Now()
			res, a, err := listen(t, s, ", period: 80", Options{}, stages.RunOptions{Interrupt: interrupt})
			if err != nil {
				t.Fatal(err)
			}
			if d := time.Since(began); d > 1600*time.Millisecond {
				t.Errorf("it took %v", d)
			}
			heardAll(t, a, int(res.Frames), 1, 2)
			if res.Reason != stages.Interrupted || res.Ended != nil || res.Frames < 8080 {
				t.Errorf("%+v", res)
			}
			r := res.Microphones[0]
			if r.Given != res.Frames || r.Captured != r.Given+r.Unread || r.Unread > 160 {
				t.Errorf("%+v", r)
			}
		})
	}
}

// TestVanishedMicrophoneEndsARunWell wants everything up to the end of the device, although the run was to go on, and the reason.
func TestVanishedMicrophoneEndsARunWell(t *testing.T) {
	for _, fields := range []string{"", ", duration: 10 s", ", rate: 16 kHz, duration: 10 s"} {
		synctest.Test(t, func(t *testing.T) {
			s := livetest.NewSystem(8000, 1, livetest.Script{Frames: 12345, End: errors.New("it was unplugged")})
			res, a, err := listen(t, s, fields, Options{}, stages.RunOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(fields, "rate") {
				heardAll(t, a, 12345, 1, 2)
			} else if short := 2*12345 - a.Shape[0]; short < 0 || short > 200 { // what the filter would need from beyond the end
				t.Errorf("%d frames", a.Shape[0])
			}
			var gone *live.GoneError
			if res.Reason != stages.Interrupted || !errors.As(res.Ended, &gone) || gone.At != 12345 ||
				!strings.Contains(res.Ended.Error(), "sound: the device scripted is gone after frame 12345") {
				t.Errorf("%q: %+v", fields, res)
			}
			if r := res.Microphones[0]; r.Captured != 12345 || r.Given != 12345 || r.Unread != 0 {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestLossesAreToldAndCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []string
		opt := Options{Seconds: 10}
		opt.Access.Tell = func(node, text string) { told = append(told, node+": "+text) }
		s := livetest.NewSystem(8000, 1, livetest.Script{})
		run := stages.RunOptions{Progress: func(p stages.Progress) {
			if p.Done > 1 && p.Done < 1.04 {
				time.Sleep(5 * time.Second)
			}
		}}
		res, a, err := listen(t, s, ", period: 80, buffer: 1 s", opt, run)
		if err != nil {
			t.Fatal(err)
		}
		r := res.Microphones[0]
		if res.Dropped < 30000 || res.Dropped > 33000 || r.Dropped != res.Dropped || len(r.Losses) != 1 || len(told) != 1 {
			t.Fatalf("%+v told %q", r, told)
		}
		for i, x := range a.Data {
			lost := int64(i) >= r.Losses[0].Start && int64(i) < r.Losses[0].End
			if want := 2 * float64(livetest.Sample(int64(i), 0)); lost && x != 0 || !lost && x != want {
				t.Fatalf("frame %d is %g; lost are %v", i, x, r.Losses)
			}
		}
		if !strings.HasPrefix(told[0], "sound: ") || !strings.Contains(strings.Join(res.Notes, "\n"), told[0]) {
			t.Errorf("told %q, noted %q", told, res.Notes)
		}
	})
}

func TestMicrophonesThatCannotBe(t *testing.T) {
	s := livetest.NewSystem(8000, 2, livetest.Script{})
	for fields, want := range map[string]string{
		", device: radio":    `there is no device "radio" to record from; there is scripted`,
		", channels: 3":      "3 channels of scripted, which has 2",
		", period: 0":        "period",
		", buffer: 0 s":      "buffer",
		", duration: 1 ns":   "less than half a frame",
		", rate: 0.001 Hz":   "resample",
		", patience: -1 s":   "patience",
		", full_scale: 0 Pa": "full_scale",
	} {
		if _, _, err := listen(t, s, fields, Options{}, stages.RunOptions{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", fields, err, want)
		}
	}
	if _, _, err := listen(t, nil, "", Options{}, stages.RunOptions{}); err == nil || !strings.Contains(err.Error(), "there is no microphone here") {
		t.Errorf("%v", err)
	}
	busy := livetest.NewSystem(8000, 2, livetest.Script{})
	busy.Refuse = errors.New("somebody else records")
	if _, _, err := listen(t, busy, "", Options{}, stages.RunOptions{}); err == nil || !errors.Is(err, busy.Refuse) {
		t.Errorf("%v", err)
	}
	twice := `
nodes:
  louder: {type: sound.microphone, duration: 100 ms}
  quiet: {type: sound.level, from: louder, level: 30 dB}
sinks:
  - {type: frames, from: louder, path: out.npy}
  - {type: frames, from: quiet, path: quiet.npy}
`
	if _, _, err := listenTo(t, twice, s, Options{}, stages.RunOptions{}); err == nil || !strings.Contains(err.Error(), "once only") {
		t.Errorf("%v", err)
	}
}

const piped = `
params: {input: x.wav}
nodes:
  louder: {type: sound.file, path: $input}
sinks:
  - {type: frames, from: louder, path: out.npy}
`

// TestBrokenPipeEndsARunWell closes standard input in the middle of a frame, and breaks it.
func TestBrokenPipeEndsARunWell(t *testing.T) {
	raw := &sound.RawParams{Format: "s16le", Rate: 8000, Channels: 2}
	bytesOf := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(i)
		}
		return b
	}
	unplugged := errors.New("the cable is off")
	for want, in := range map[string]io.Reader{
		"":                                    bytes.NewReader(bytesOf(4000)),
		"within frame 1000: 3 of its 4 bytes": bytes.NewReader(bytesOf(4003)),
		"the cable is off":                    io.MultiReader(bytes.NewReader(bytesOf(4000)), broken{unplugged}),
	} {
		opt := Options{Set: []Setting{{"input", "-", "--input"}}, Raw: raw, Seconds: 0.125}
		if want != "" {
			opt.Seconds = 60 // a pipe that broke is not extended
		}
		opt.Access.Stdin = struct{ io.Reader }{in}
		res, a, err := listenTo(t, piped, nil, opt, stages.RunOptions{})
		if err != nil {
			t.Fatalf("%q: %v", want, err)
		}
		if a.Shape[0] != 1000 || a.Shape[1] != 2 || a.Data[1] != float64(0x0302)/32768 {
			t.Errorf("%q: shape %v", want, a.Shape)
		}
		if want == "" != (res.Ended == nil) || res.Ended != nil && (!strings.Contains(res.Ended.Error(), want) || res.Reason != stages.Interrupted) {
			t.Errorf("%q: ended by %v, %s", want, res.Ended, res.Reason)
		}
	}
}

// broken is a reader that fails.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// called is what a call of the command did.
type called struct {
	status         int
	stdout, stderr string
}

// pipe calls the command in the current folder.
func pipe(t *testing.T, args ...string) called { return pipeWith(t, &app{}, args...) }

func pipeWith(t *testing.T, a *app, args ...string) called {
	t.Helper()
	var out bytes.Buffer
	var err shared
	a.stdout, a.stderr = &out, &err
	if a.stdin == nil {
		a.stdin = strings.NewReader("")
	}
	status := a.main(args)
	c := called{status, out.String(), err.String()}
	if strings.Contains(c.stderr, "goroutine ") || strings.Contains(c.stderr, "defect of the program") {
		t.Fatalf("pipe %v ended in a panic:\n%s", args, c.stderr)
	}
	return c
}

// want checks status and text of a call.
func (c called) want(t *testing.T, status int, stderr ...string) called {
	t.Helper()
	if c.status != status {
		t.Errorf("status %d, want %d; stderr:\n%s", c.status, status, c.stderr)
	}
	for _, s := range stderr {
		if !strings.Contains(c.stderr, s) {
			t.Errorf("stderr does not say %q:\n%s", s, c.stderr)
		}
	}
	return c
}

// write makes a file in the current folder.
func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// onlyFiles checks that the folder holds these files and no others.
func onlyFiles(t *testing.T, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for _, n := range names {
		want[n] = true
	}
	for _, e := range entries {
		if !want[e.Name()] {
			t.Errorf("the file %s is left", e.Name())
		}
		delete(want, e.Name())
	}
	for n := range want {
		t.Errorf("the file %s is missing", n)
	}
}

// wav is a WAV file in 16-bit PCM, as bytes.
func wav(rate, channels int, samples ...int16) []byte {
	var b bytes.Buffer
	le := binary.LittleEndian
	data := make([]byte, 0, 2*len(samples))
	for _, s := range samples {
		data = le.AppendUint16(data, uint16(s))
	}
	b.WriteString("RIFF")
	b.Write(le.AppendUint32(nil, uint32(36+len(data))))
	b.WriteString("WAVEfmt ")
	head := le.AppendUint32(nil, 16)
	head = le.AppendUint16(head, 1)
	head = le.AppendUint16(head, uint16(channels))
	head = le.AppendUint32(head, uint32(rate))
	head = le.AppendUint32(head, uint32(rate*channels*2))
	head = le.AppendUint16(head, uint16(channels*2))
	head = le.AppendUint16(head, 16)
	b.Write(head)
	b.WriteString("data")
	b.Write(le.AppendUint32(nil, uint32(len(data))))
	b.Write(data)
	return b.Bytes()
}

func noise(n int) []int16 {
	s := make([]int16, n)
	x := uint32(1)
	for i := range s {
		x = x*1664525 + 1013904223
		s[i] = int16(x >> 18)
	}
	return s
}

const spikesOfFile = `
params: {input: in.wav, channels: 70, seed: 1}
rate: 44.1 kHz
nodes:
  sound:   {type: sound.file, path: $input}
  cochlea: {type: filterbank.gammatone, from: sound, cf: "erbspace(100 Hz, 8 kHz, $channels)"}
  cells:
    type: neurons.group
    inputs: {I: cochlea}
    equations: |
      dv/dt = (50*I-v)/ms : 1
      I : 1
    threshold: v > 1
    reset: v = 0
    refractory: 1 ms
    seed: $seed
sinks:
  - {type: spikes, from: cells, path: spikes.csv}
  - {type: raster, from: cells, path: raster.png, width: 200, height: 100}
`

func TestReadyMadePipelineRuns(t *testing.T) {
	t.Chdir(t.TempDir())
	c := pipe(t, "run", "simple-anf", "--set", "channels=80", "--duration", "50 ms").want(t, 0,
		"the recording that comes with the program", "spikes of 80 cells", "× real time", "dropped = 0", "wrote spikes.csv, raster.png")
	if c.stdout != "" {
		t.Errorf("stdout: %q", c.stdout)
	}
	onlyFiles(t, "spikes.csv", "spikes.csv.meta.json", "raster.png")
	pipe(t, "info", "spikes.csv", "raster.png").want(t, 0)
	pipe(t, "plot", "spikes.csv", "-o", "again.svg").want(t, 0, "wrote again.svg")
}

func TestSpikesGoToStandardOutput(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "p.yaml", strings.Replace(spikesOfFile, "path: spikes.csv", `path: "-"`, 1))
	c := pipeWith(t, &app{stdin: bytes.NewReader(wav(44100, 1, noise(2000)...))}, "run", "p.yaml", "--input", "-").want(t, 0)
	if !strings.HasPrefix(c.stdout, "t,i\n") || strings.Count(c.stdout, "\n") < 10 {
		t.Errorf("stdout: %.60q", c.stdout)
	}
	pipeWith(t, &app{stdin: strings.NewReader("")}, "run", "p.yaml", "--input", "-").want(t, 1, "standard input")
}

func TestSummaryIsJSON(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "p.yaml", spikesOfFile)
	write(t, "in.wav", string(wav(22050, 1, noise(1000)...)))
	c := pipe(t, "run", "p.yaml", "--json", "-o", "out").want(t, 0, "is resampled to 44.1 kHz")
	var s struct {
		Seconds float64
		Speed   float64
		Spikes  int64
		Cells   int
		Dropped *int64
		Reason  string
		Files   []string
	}
	if err := json.Unmarshal([]byte(c.stdout), &s); err != nil {
		t.Fatalf("%v in %s", err, c.stdout)
	}
	if s.Spikes == 0 || s.Cells != 70 || s.Dropped == nil || *s.Dropped != 0 || s.Reason != "end of stream" || len(s.Files) != 3 ||
		math.Abs(s.Seconds-1000.0/22050) > 1e-12 || !(s.Speed > 0) {
		t.Errorf("summary: %+v", s)
	}
	if s.Files[0] != filepath.Join("out", "spikes.csv") {
		t.Errorf("files: %v", s.Files)
	}
}

// TestBadInputGivesOneClearMessage is the list of what goes wrong in practice: a message, a status, no half file.
func TestBadInputGivesOneClearMessage(t *testing.T) {
	good := wav(44100, 1, noise(2000)...)
	float := func(x float32) []byte {
		b := bytes.Clone(wav(44100, 1, noise(2000)...))
		binary.LittleEndian.PutUint16(b[20:], 3)
		binary.LittleEndian.PutUint32(b[28:], 44100*4)
		binary.LittleEndian.PutUint16(b[32:], 4)
		binary.LittleEndian.PutUint16(b[34:], 32)
		for i := range 1000 {
			binary.LittleEndian.PutUint32(b[44+4*i:], math.Float32bits(0.1))
		}
		binary.LittleEndian.PutUint32(b[44+4*700:], math.Float32bits(x))
		return b
	}
	zeroChannels := bytes.Clone(good)
	binary.LittleEndian.PutUint16(zeroChannels[22:], 0)
	tests := []struct {
		name   string
		file   []byte
		args   []string
		status int
		says   []string
	}{
		{"missing file", nil, []string{"run", "p.yaml"}, 1, []string{"p.yaml:5:", "nodes.sound.path", "there is no file in.wav"}},
		{"missing pipeline", good, []string{"run", "q.yaml"}, 1, []string{"there is no file q.yaml"}},
		{"misspelt pipeline", good, []string{"run", "simple-amf"}, 1, []string{`did you mean "simple-anf"?`}},
		{"directory", good, []string{"run", "p.yaml", "--input", "folder"}, 1, []string{"folder is a folder"}},
		{"pipeline is a directory", good, []string{"run", "./folder"}, 1, []string{"./folder is a folder"}},
		{"truncated", good[:1000], []string{"run", "p.yaml"}, 1, []string{"in.wav"}},
		{"truncated header", good[:30], []string{"run", "p.yaml"}, 1, []string{"in.wav"}},
		{"malformed", []byte("this is text, not sound, whatever the name says"), []string{"run", "p.yaml"}, 1, []string{"in.wav", "RIFF"}},
		{"empty file", []byte{}, []string{"run", "p.yaml"}, 1, []string{"in.wav"}},
		{"zero channels", zeroChannels, []string{"run", "p.yaml"}, 1, []string{"in.wav", "channels"}},
		{"no samples", wav(44100, 1), []string{"run", "p.yaml"}, 1, []string{"nodes.sound.path: in.wav: byte 36", "empty"}},
		{"not a number", float(float32(math.NaN())), []string{"run", "p.yaml"}, 1, []string{"in.wav", "700", "NaN"}},
		{"unwritable", good, []string{"run", "p.yaml", "-o", "p.yaml"}, 1, []string{"p.yaml"}},
		{"no channels", good, []string{"run", "p.yaml", "--set", "channels=0"}, 1, []string{"erbspace", "whole number from 1"}},
		{"above half the rate", good, []string{"run", "p.yaml", "--set", "channels=70000000000"}, 1, []string{"erbspace"}},
		{"unknown parameter", good, []string{"run", "p.yaml", "--set", "chanels=3"}, 1, []string{"--set chanels", `did you mean "channels"?`}},
		{"unit", good, []string{"run", "p.yaml", "--set", "channels=3Hz"}, 1, []string{"--set channels", "does not fit"}},
		{"setting without value", good, []string{"run", "p.yaml", "--set", "channels"}, 2, []string{"NAME=VALUE"}},
		{"negative duration", good, []string{"run", "p.yaml", "--duration=-1s"}, 2, []string{"--duration -1s", "positive"}},
		{"duration without unit", good, []string{"run", "p.yaml", "--duration=3"}, 2, []string{"--duration 3", "a time such as"}},
		{"range", good, []string{"run", "p.yaml", "--channels", "60:80"}, 1, []string{"60:80", "the most is 70"}},
		{"no range", good, []string{"run", "p.yaml", "--channels", "6"}, 2, []string{"lo:hi"}},
		{"memory", good, []string{"run", "p.yaml", "--memory", "100KB"}, 1, []string{"sinks[1]", "--memory", "100 KB"}},
		{"no memory", good, []string{"run", "p.yaml", "--memory", "much"}, 2, []string{"--memory", "500MB"}},
		{"workers", good, []string{"run", "p.yaml", "--workers=-1"}, 2, []string{"--workers -1"}},
		{"block", good, []string{"run", "p.yaml", "--block=-1"}, 2, []string{"--block -1"}},
		{"slice", good, []string{"run", "p.yaml", "--slice=-1"}, 2, []string{"--slice -1: want 1 to 16777216"}},
		{"seed", good, []string{"run", "p.yaml", "--seed=-1"}, 2, []string{"--seed -1"}},
		{"microphone", good, []string{"run", "p.yaml", "--input", "mic:no such device"}, 1, []string{"microphone"}},
		{"unknown flag", good, []string{"run", "p.yaml", "--wokers", "1"}, 2, []string{"--wokers", "pipe run --help"}},
		{"unknown command", good, []string{"rum", "p.yaml"}, 2, []string{"rum", "pipe --help"}},
		{"no pipeline", good, []string{"run"}, 2, []string{"pipe run --help"}},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			write(t, "p.yaml", spikesOfFile)
			left := []string{"p.yaml", "folder"}
			if err := os.Mkdir("folder", 0o777); err != nil {
				t.Fatal(err)
			}
			if x.file != nil {
				write(t, "in.wav", string(x.file))
				left = append(left, "in.wav")
			}
			c := pipe(t, x.args...).want(t, x.status, x.says...)
			if c.stdout != "" {
				t.Errorf("stdout: %q", c.stdout)
			}
			if n := strings.Count(c.stderr, "\n"); n > 6 {
				t.Errorf("%d lines of messages:\n%s", n, c.stderr)
			}
			onlyFiles(t, left...)
		})
	}
}

func TestUnwritableOutputIsFoundBeforeTheRun(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "p.yaml", strings.Replace(spikesOfFile, "path: spikes.csv", "path: folder/spikes.csv", 1))
	write(t, "in.wav", string(wav(44100, 1, noise(100)...)))
	pipe(t, "run", "p.yaml").want(t, 1, "sinks[0].path", "there is no folder folder")
	if err := os.MkdirAll(filepath.Join("folder", "spikes.csv"), 0o777); err != nil {
		t.Fatal(err)
	}
	pipe(t, "run", "p.yaml").want(t, 1, "folder/spikes.csv is a folder")
	onlyFiles(t, "p.yaml", "in.wav", "folder")
}

func TestFullDiskLeavesNoFile(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full")
	}
	t.Chdir(t.TempDir())
	write(t, "p.yaml", spikesOfFile)
	write(t, "in.wav", string(wav(44100, 1, noise(20000)...)))
	if err := os.Symlink("/dev/full", "spikes.csv"); err != nil {
		t.Fatal(err)
	}
	pipe(t, "run", "p.yaml").want(t, 1, "outside of the working folder")
	pipe(t, "run", "p.yaml", "--allow-path", "/dev").want(t, 1, "spikes.csv", "no space left on device")
	// The picture was complete before the disk was found full; a file that is there is whole.
	for _, name := range []string{"spikes.csv.meta.json", "spikes.csv.tmp"} {
		if _, err := os.Stat(name); err == nil {
			t.Errorf("the file %s is left", name)
		}
	}
	if left, _ := filepath.Glob("*spikes*"); len(left) != 1 {
		t.Errorf("left: %v", left)
	}
}

const endless = `
nodes:
  noise:   {type: sound.whitenoise}
  cochlea: {type: filterbank.gammatone, from: noise, cf: "erbspace(100 Hz, 8 kHz, 70)"}
sinks:
  - {type: statistic, from: cochlea, path: rms.csv}
  - {type: frames, from: noise, path: noise.npy}
`

func TestWhatOtherCommandsUnderstandIsUnderstood(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "p.yaml", endless)
	write(t, "in.yaml", spikesOfFile)
	for args, want := range map[string]string{"help": "Usage: pipe <command>", "help run": "Usage: pipe run <pipeline>", "--version": "pipe "} {
		if c := pipe(t, strings.Fields(args)...).want(t, 0); !strings.HasPrefix(c.stdout, want) {
			t.Errorf("pipe %s: %q", args, c.stdout)
		}
	}
	pipe(t, "run", "p.yaml", "--duration", "-1s").want(t, 2, "--duration -1s: want a positive, finite time")
	pipe(t, "run", "p.yaml", "--workers", "-1").want(t, 2, "--workers -1: want 1 to 4096")
	pipe(t, "run", "in.yaml", "--seed", "-1").want(t, 2, "--seed -1: want 0 or more")
	pipe(t, "run", "in.yaml", "--input", "").want(t, 2, "--input: the value is empty")
	pipe(t, "nodes", "gammatone").want(t, 1, "did you mean filterbank.gammatone?")
	pipe(t, "graph", "p.yaml", "--duration", "1s", "-o", "no/g.svg").want(t, 1, "write no/g.svg: folder no does not exist")
}

func TestProgressEstimatesTheEnd(t *testing.T) {
	for _, x := range []struct {
		done, total, elapsed float64
		want                 string
	}{
		{30, 120, 60, "30 s of 2 min 0 s, 0.5 × real time, 3 min 0 s left"},
		{5, math.Inf(1), 2, "5 s of sound, 2.5 × real time"},
		{0, 10, 1, "0 ms of sound, 0 × real time"},
		{3599, 3600, 10, "59 min 59 s of 1 h 0 min 0 s, 360 × real time, 2.78 ms left"},
	} {
		if have := progressText(x.done, x.total, x.elapsed); have != x.want {
			t.Errorf("%q, want %q", have, x.want)
		}
	}
}

package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

const looked = `
params: {input: in.wav}
nodes:
  sound:   {type: sound.file, path: $input}
  cochlea: {type: filterbank.gammatone, from: sound, cf: "erbspace(100 Hz, 4 kHz, 20)"}
sinks:
  - {type: frames, from: cochlea, path: cochlea.npy}
  - {type: statistic, from: cochlea, of: [rms, max], path: rms.csv}
`

// made runs a pipeline in a new folder, so that there are files of all kinds to look at.
func made(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	write(t, "p.yaml", looked)
	write(t, "in.wav", string(wav(22050, 2, noise(600)...)))
	pipe(t, "run", "p.yaml").want(t, 1, "one per channel") // twenty filters do not fit two channels
	write(t, "in.wav", string(wav(22050, 1, noise(600)...)))
	pipe(t, "run", "p.yaml").want(t, 0)
}

func TestInfoKnowsWhatFilesAre(t *testing.T) {
	made(t)
	c := pipe(t, "info", "in.wav", "cochlea.npy", "rms.csv").want(t, 0)
	for _, want := range []string{"22050 Hz", "encoding    PCM", "27.2 ms", "600", "table of a statistic", "100 Hz to 4000 Hz", "end of stream"} {
		if !strings.Contains(c.stdout, want) {
			t.Errorf("no %q in\n%s", want, c.stdout)
		}
	}
	var x struct {
		Kind             string
		Frames, Channels int
		Rate             float64
	}
	if err := json.Unmarshal([]byte(pipe(t, "info", "cochlea.npy", "--json").want(t, 0).stdout), &x); err != nil {
		t.Fatal(err)
	}
	if x.Kind != "array" || x.Frames != 600 || x.Channels != 20 || x.Rate != 22050 {
		t.Errorf("%+v", x)
	}
	write(t, "broken.npy", "\x93NUMPY")
	write(t, "broken.csv", "a,b\n1,2\n")
	// What can be read is described even if something else cannot.
	c = pipe(t, "info", "broken.npy", "missing.wav", "broken.csv", ".", "in.wav").want(t, 1, "broken.npy", "there is no file missing.wav", "broken.csv: line 1", ". is a folder")
	if !strings.Contains(c.stdout, "22050 Hz") {
		t.Errorf("in.wav is not described: %s", c.stdout)
	}
}

func TestPlotDrawsWhatFilesHold(t *testing.T) {
	made(t)
	pipe(t, "plot", "in.wav", "cochlea.npy", "rms.csv", "-o", "pictures", "--width", "200", "--height", "100").want(t, 0)
	for _, name := range []string{"in", "cochlea", "rms"} {
		data, err := os.ReadFile("pictures/" + name + ".png")
		if err != nil || !strings.HasPrefix(string(data), "\x89PNG") {
			t.Errorf("%s: %v", name, err)
		}
	}
	pipe(t, "plot", "cochlea.npy", "-o", "c.svg", "--kind", "waveform").want(t, 1, "want at most 16")
	pipe(t, "plot", "cochlea.npy", "-o", "c.svg", "--reduce", "max", "--title", "a <b> & c").want(t, 0)
	if data, err := os.ReadFile("c.svg"); err != nil || !strings.Contains(string(data), "a &lt;b&gt; &amp; c") {
		t.Errorf("c.svg: %v", err)
	}
	pipe(t, "plot", "cochlea.npy", "-o", "tuning.svg", "--kind", "tuning").want(t, 0)
	if data, err := os.ReadFile("tuning.svg"); err != nil || !strings.Contains(string(data), ">frequency (Hz)<") {
		t.Errorf("tuning.svg: %v", err)
	}
	pipe(t, "plot", "in.wav", "-o", "in-tuning.svg", "--kind", "tuning", "--width", "200", "--height", "100").want(t, 0, "wrote in-tuning.svg\n")
	pipe(t, "plot", "cochlea.npy", "--kind", "phase").want(t, 2, "cochlea.npy: --kind phase is for sounds")
	pipe(t, "plot", "rms.csv", "-o", "c.gif").want(t, 2, ".png or .svg")
	pipe(t, "plot", "missing.npy").want(t, 1, "there is no file missing.npy")
	pipe(t, "plot", "rms.csv", "--width", "3").want(t, 2, "100 to 10000")
	write(t, "t.csv", "channel,rms\n0,x\n")
	pipe(t, "plot", "t.csv").want(t, 1, `t.csv: line 2, column rms: "x" is not a number`)
}

func TestSpikesOfOthersAreDrawn(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "s.csv", "t,i\n0.002,3\n0.001,0\n0.5,7\n")
	pipe(t, "plot", "s.csv", "-o", "s.svg", "--width", "200", "--height", "100").want(t, 0, "wrote s.svg")
	if c := pipe(t, "info", "s.csv").want(t, 0); !strings.Contains(c.stdout, "0 to 7") || !strings.Contains(c.stdout, "1 ms to 500 ms") {
		t.Errorf("%s", c.stdout)
	}
}

func TestGraphIsWrittenWhereItIsWanted(t *testing.T) {
	made(t)
	if c := pipe(t, "graph", "p.yaml").want(t, 0); !strings.HasPrefix(c.stdout, "<svg ") {
		t.Errorf("%.60s", c.stdout)
	}
	if c := pipe(t, "graph", "p.yaml", "--format", "dot").want(t, 0); !strings.HasPrefix(c.stdout, `digraph "p.yaml"`) {
		t.Errorf("%.60s", c.stdout)
	}
	pipe(t, "graph", "simple-anf", "-o", "g.dot").want(t, 0, "wrote g.dot")
	if text, err := os.ReadFile("g.dot"); err != nil || !strings.Contains(string(text), `"ihc" -> "anf"`) {
		t.Errorf("g.dot: %s %v", text, err)
	}
	pipe(t, "graph", "p.yaml", "-o", "g.png").want(t, 2, ".svg or .dot")
	pipe(t, "graph", "p.yaml", "-o", "nowhere/g.svg").want(t, 1, "nowhere/g.svg")
}

func TestCheckFindsEverything(t *testing.T) {
	made(t)
	pipe(t, "check", "p.yaml").want(t, 0, "nothing is wrong; 27.2 ms of sound")
	write(t, "q.yaml", strings.ReplaceAll(looked, "from: cochlea,", "from: cochle,"))
	pipe(t, "check", "q.yaml").want(t, 1, "q.yaml:7:26: sinks[0].from", "q.yaml:8:29: sinks[1].from", `did you mean "cochlea"?`)
	c := pipe(t, "check", "q.yaml", "--json").want(t, 1)
	var x struct {
		OK       bool
		Findings []struct {
			File, Element, Message string
			Line, Column           int
		}
	}
	if err := json.Unmarshal([]byte(c.stdout), &x); err != nil || x.OK || len(x.Findings) != 2 || x.Findings[1].Line != 8 || x.Findings[1].Element != "sinks[1].from" {
		t.Errorf("%v %+v", err, x)
	}
	if err := json.Unmarshal([]byte(pipe(t, "check", "p.yaml", "--json").want(t, 0).stdout), &x); err != nil || !x.OK || len(x.Findings) != 0 {
		t.Errorf("%v %+v", err, x)
	}
}

func TestListsAreComplete(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"cochleagram", "gammatone", "online-rms", "simple-anf"} {
		if c := pipe(t, "list").want(t, 0); !strings.Contains(c.stdout, name) {
			t.Errorf("%s is not listed", name)
		}
		c := pipe(t, "show", name).want(t, 0)
		write(t, "mine.yaml", c.stdout)
		pipe(t, "check", "mine.yaml", "--set", "channels=10").want(t, 0)
	}
	pipe(t, "show", "nothing").want(t, 1, "ready-made are")
	if c := pipe(t, "nodes").want(t, 0); !strings.Contains(c.stdout, "filterbank.gammatone") || !strings.Contains(c.stdout, "cochleagram") {
		t.Error(c.stdout)
	}
	if c := pipe(t, "nodes", "neurons.group").want(t, 0); !strings.Contains(c.stdout, "refractory: expression") {
		t.Error(c.stdout)
	}
	pipe(t, "nodes", "neuron.group").want(t, 1, `did you mean "neurons.group"?`)
	var types []struct{ Name string }
	if err := json.Unmarshal([]byte(pipe(t, "nodes", "--json").stdout), &types); err != nil || len(types) < 30 {
		t.Errorf("%v, %d types", err, len(types))
	}
	if c := pipe(t, "version").want(t, 0); !strings.HasPrefix(c.stdout, "pipe ") {
		t.Error(c.stdout)
	}
}

func TestHelpSuffices(t *testing.T) {
	if c := pipe(t).want(t, 0); !strings.Contains(c.stdout, "pipe run simple-anf") || !strings.Contains(c.stdout, "130 interrupted") {
		t.Error(c.stdout)
	}
	for _, command := range []string{"run", "list", "show", "check", "graph", "nodes", "info", "plot", "convert", "play", "devices", "version"} {
		c := pipe(t, command, "--help").want(t, 0)
		if !strings.Contains(c.stdout, "pipe "+command) || !strings.Contains(c.stdout, "Example") {
			t.Errorf("help of %s:\n%s", command, c.stdout)
		}
	}
}

func TestMistakesOfTheReadmeAreThoseOfCheck(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	text := pipe(t, "show", "simple-anf").want(t, 0).stdout
	write(t, "mine.yaml", strings.NewReplacer("v > 1", "v > 1 mV", "type: raster", "type: rastre").Replace(text))
	c := pipe(t, "check", "mine.yaml").want(t, 1)
	for _, line := range strings.Split(strings.TrimSpace(c.stderr), "\n") {
		if !strings.Contains(string(readme), "\n    "+line+"\n") {
			t.Errorf("README.md does not show this line of pipe check: %s", line)
		}
	}
}

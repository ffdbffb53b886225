package pipelines

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearpipe/stages"
)

// usable is a pipeline with an own recording, parameters of every kind, a group and a node that counts channels.
const usable = `
name: usable
params: {input: speech.wav, channels: 4, top: 4 kHz, tau: 2 ms, gain: $channels/2}
duration: 20 ms
nodes:
  sound: {type: sound.file, path: $input}
  bank:  {type: filterbank.gammatone, from: sound, cf: "erbspace(200 Hz, $top, $channels)"}
  low:   {type: filterbank.lowpass, from: bank, cutoff: 100 Hz*(i + 1)}
  ihc:   {type: stages.function, from: low, expr: "$gain*clip(x, 0, inf)**(1/3)"}
  cells:
    type: neurons.group
    inputs: {I: ihc}
    equations: |
      dv/dt = (20*I - v)/$tau : 1
      I : 1
    threshold: v > 1
    reset: v = 0
    record: v
sinks:
  - {type: frames, from: ihc, path: ihc.npy}
  - {type: frames, from: cells.v, path: v.npy}
  - {type: spikes, from: cells, path: spikes.csv}
`

// inFolder runs a pipeline in a folder that holds other pipelines, by name, and returns the files it wrote.
func inFolder(t *testing.T, text string, others map[string]string, opt Options) map[string][]byte {
	t.Helper()
	d, err := Parse("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	opt.Access.Folder = folderOf(t, others)
	p, err := d.Check(opt)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Warnings) > 0 {
		t.Errorf("warnings: %v", p.Warnings)
	}
	res, err := p.Run(t.Context(), stages.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range res.Files {
		if files[filepath.Base(f)], err = os.ReadFile(f); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func folderOf(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// TestUsedPipelinesComputeWhatTheyDoAlone uses a pipeline twice, once through another one, with different parameters.
func TestUsedPipelinesComputeWhatTheyDoAlone(t *testing.T) {
	others := map[string]string{
		"usable.yaml": usable,
		"middle.yaml": `
params: {n: 3}
nodes:
  deep: {use: usable.yaml, set: {channels: $n + 2, tau: 1 ms}}
  half: {type: stages.scale, from: deep.ihc, factor: 0.5}
sinks: [{type: frames, from: half, path: half.npy}]
`,
	}
	text := `
params: {top: 2 kHz, n: 4}
duration: 20 ms
nodes:
  low:  {use: usable.yaml, set: {top: 2*$top/2}}
  both: {use: ./middle.yaml, set: {n: $n}}
  sum:  {type: stages.sum, from: [low.ihc, low.cells.v]}
sinks:
  - {type: frames, from: low.ihc, path: ihc.npy}
  - {type: frames, from: low.cells.v, path: v.npy}
  - {type: spikes, from: low.cells, path: spikes.csv}
  - {type: frames, from: both.deep.cells.v, path: deep-v.npy}
  - {type: spikes, from: both.deep.cells, path: deep-spikes.csv}
  - {type: frames, from: both.half, path: half.npy}
  - {type: frames, from: sum, path: sum.npy}
`
	have := inFolder(t, text, others, Options{})
	set := func(pairs ...string) (opt Options) {
		for i := 0; i < len(pairs); i += 2 {
			opt.Set = append(opt.Set, Setting{Name: pairs[i], Value: pairs[i+1], Option: "--set"})
		}
		return opt
	}
	alone := inFolder(t, usable, nil, set("top", "2 kHz"))
	deep := inFolder(t, usable, nil, set("channels", "6", "tau", "1 ms"))
	for file, want := range map[string][]byte{
		"ihc.npy": alone["ihc.npy"], "v.npy": alone["v.npy"], "spikes.csv": alone["spikes.csv"],
		"deep-v.npy": deep["v.npy"], "deep-spikes.csv": deep["spikes.csv"],
	} {
		if len(want) < 20 || !bytes.Equal(have[file], want) {
			t.Errorf("%s (%d bytes) is not what the pipeline writes alone (%d bytes)", file, len(have[file]), len(want))
		}
	}
	if len(have) != 2*7 { // with metadata
		t.Errorf("%d files were written; sinks of used pipelines are not run", len(have))
	}
}

// TestControlsOfUsedPipelinesStayInside uses a pipeline with a control, and changes one of its nodes from outside.
func TestControlsOfUsedPipelinesStayInside(t *testing.T) {
	const inner = `
nodes:
  tone:  {type: sound.tone, frequency: 700 Hz, duration: 20 ms}
  bank:  {type: filterbank.gammatone, from: tone, cf: [500 Hz, 1 kHz]}
%s
sinks: [{type: frames, from: bank, path: bank.npy}]
`
	const control = `  follow: {type: stages.control, inputs: {p: %sbank}, every: 16, set: {%sbank.cf: "cf*(1 + clip(mean(p), 0, 0.5))"}}
`
	with := fmt.Sprintf(inner, fmt.Sprintf(control, "", ""))
	without := fmt.Sprintf(inner, "")
	want := inFolder(t, with, nil, Options{})["bank.npy"]
	plain := inFolder(t, without, nil, Options{})["bank.npy"]
	outer := "nodes:\n  ear: {use: inner.yaml}\n%ssinks: [{type: frames, from: ear.bank, path: bank.npy}]\n"
	inside := inFolder(t, fmt.Sprintf(outer, ""), map[string]string{"inner.yaml": with}, Options{})["bank.npy"]
	outside := inFolder(t, fmt.Sprintf(outer, fmt.Sprintf(control, "ear.", "ear.")), map[string]string{"inner.yaml": without}, Options{})["bank.npy"]
	if bytes.Equal(want, plain) {
		t.Fatal("the control changes nothing")
	}
	if same := [2]bool{bytes.Equal(inside, want), bytes.Equal(outside, want)}; same != [2]bool{true, true} {
		t.Errorf("a control does not do the same in a used pipeline, or from outside of it: %v", same)
	}
}

func TestReadyMadePipelinesCanBeUsed(t *testing.T) {
	text := "nodes:\n  ear: {use: simple-anf, set: {channels: 5}}\nduration: 600 ms\nsinks: [{type: spikes, from: ear.anf, path: spikes.csv}]\n"
	if have := inFolder(t, text, nil, Options{}); len(have["spikes.csv"]) < 10 {
		t.Errorf("%q", have["spikes.csv"])
	}
}

func TestWrongUsesAreRefused(t *testing.T) {
	others := map[string]string{
		"usable.yaml": usable,
		"a.yaml":      "name: a\nnodes: {x: {use: b.yaml}}\nsinks: [{type: frames, from: x.x, path: x.npy}]\n",
		"b.yaml":      "name: b\nnodes: {x: {use: ./a.yaml}}\nsinks: [{type: frames, from: x.x, path: x.npy}]\n",
		"wrong.yaml":  "nodes:\n  s: {type: sound.silence, duration: 1 kHz}\nsinks: [{type: frames, from: s, path: x.npy}]\n",
		"many.yaml":   "nodes:\n  s: {type: sound.silence}\n" + strings.Repeat(" ", 2) + "t: {type: stages.scale, from: s}\nsinks: [{type: frames, from: t, path: x.npy}]\n",
	}
	var b strings.Builder
	for i := range 400 {
		fmt.Fprintf(&b, "  n%d: {use: many.yaml}\n", i)
	}
	for nodes, says := range map[string][]string{
		"  x: {use: a.yaml}\n":                                                 {"b.yaml:2:18: nodes.x.use: the pipelines use each other in a circle: a uses b uses ./a.yaml"},
		"  x: {use: cochleagran}\n":                                            {`there is no pipeline "cochleagran" (did you mean "cochleagram"?)`},
		"  x: {use: ../a.yaml}\n":                                              {"../a.yaml lies outside of the working folder"},
		"  x: {use: missing.yaml}\n":                                           {"there is no file missing.yaml"},
		"  x: {use: wrong.yaml}\n":                                             {"wrong.yaml:2:38: nodes.s.duration: want a quantity in s such as 10 ms"},
		"  x: {use: usable.yaml, set: {chanels: 3}}\n":                         {`nodes.x.set.chanels: the pipeline usable has no parameter "chanels" (did you mean "channels"?)`},
		"  x: {use: usable.yaml, set: {top: 3 ms}}\n":                          {`nodes.x.set.top: "3 ms" does not fit: the parameter is a quantity in Hz such as 4 kHz`},
		"  x: {use: usable.yaml, set: {top: $nobody}}\n":                       {`there is no parameter "nobody"`},
		"  x: {use: usable.yaml, set: 3}\n":                                    {"want a map from parameters of usable to values"},
		"  x: {use: usable.yaml, from: y}\n":                                   {"nodes.x.from: a node that uses a pipeline has the keys use and set"},
		"  x: {use: usable.yaml, set: {input: /etc/passwd}}\n":                 {"/etc/passwd lies outside of the working folder"},
		"  x: {use: usable.yaml}\n  y: {type: stages.scale, from: x}\n":        {"x is a pipeline: name one of its nodes x.sound, x.bank, x.low, x.ihc and x.cells"},
		"  x: {use: usable.yaml}\n  y: {type: stages.scale, from: x.bnak}\n":   {`there is no node "x.bnak" (did you mean "bank"?)`},
		"  x: {use: usable.yaml}\n  y: {type: stages.scale, from: x.bank.v}\n": {`x.bank (filterbank.gammatone) has no output "v"`},
		"  x: {use: usable.yaml}\n  bank: {type: sound.silence}\n  y: {type: stages.control, inputs: {p: x.bank}, every: 4, set: {x.low.cf: 1}}\n": {"cf of x.low (filterbank.lowpass) cannot be changed"},
		b.String(): {"more than 1000 nodes and sinks with those of the pipelines that are used"},
	} {
		d, err := Parse("p.yaml", []byte("nodes:\n"+nodes+"  s: {type: sound.silence, duration: 10 ms}\nsinks: [{type: frames, from: s, path: out.npy}]\n"))
		if err != nil {
			t.Fatal(err)
		}
		p, err := d.Check(Options{Access: Access{Folder: folderOf(t, others)}})
		if err == nil {
			p.Close()
		}
		for _, s := range says {
			if have := fmt.Sprint(err); !strings.Contains(have, s) {
				t.Errorf("%.200s: %.600s, want %q", nodes, have, s)
			} else if n := strings.Count(have, "\n      |"); n > 1 {
				t.Errorf("%.200s: %d mistakes, want one:\n%s", nodes, n, have)
			}
		}
	}
}

func TestPathsGivenOnTheCommandLineReachUsedPipelines(t *testing.T) {
	wav := filepath.Join(t.TempDir(), "in.wav")
	if err := os.WriteFile(wav, speech, 0o644); err != nil {
		t.Fatal(err)
	}
	text := "params: {input: speech.wav}\nduration: 5 ms\nnodes:\n  ear: {use: usable.yaml, set: {input: $input}}\nsinks: [{type: frames, from: ear.sound, path: x.npy}]\n"
	opt := Options{Set: []Setting{{Name: "input", Value: wav, Option: "--input"}}}
	if have := inFolder(t, text, map[string]string{"usable.yaml": usable}, opt); len(have["x.npy"]) < 1000 {
		t.Errorf("x.npy has %d bytes", len(have["x.npy"]))
	}
}

func TestUnreadPipelinesAreMentioned(t *testing.T) {
	text := "nodes:\n  ear: {use: usable.yaml}\n  s: {type: sound.silence, duration: 10 ms}\nsinks: [{type: frames, from: s, path: out.npy}]\n"
	d, err := Parse("p.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p, err := d.Check(Options{Access: Access{Folder: folderOf(t, map[string]string{"usable.yaml": usable})}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0].Error(), "p.yaml:2:8: warning: nodes.ear: nobody reads a node of this pipeline") {
		t.Errorf("%v", p.Warnings)
	}
}

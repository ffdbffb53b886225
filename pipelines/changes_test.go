package pipelines

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hearpipe/stages"
)

// planned checks a pipeline in an empty folder.
func planned(t *testing.T, text string, others map[string]string, opt Options) (*Plan, string) {
	t.Helper()
	folder := t.TempDir()
	for name, s := range others {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(s), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	opt.Access.Folder = folder
	d, err := Parse("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p, err := d.Check(opt)
	if err != nil {
		t.Fatal(err)
	}
	return p, folder
}

// changedRun runs a pipeline with changes and returns the file out.npy or out.csv.
func changedRun(t *testing.T, text string, others map[string]string, opt Options, run stages.RunOptions, list ...Change) []byte {
	t.Helper()
	p, folder := planned(t, text, others, opt)
	if err := p.Schedule(list); err != nil {
		p.Close()
		t.Fatal(err)
	}
	if _, err := p.Run(context.Background(), run); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"out.npy", "out.csv"} {
		if data, err := os.ReadFile(filepath.Join(folder, name)); err == nil {
			return data
		}
	}
	t.Fatal("no output")
	return nil
}

func set(name, value string) []Setting {
	return []Setting{{Name: name, Value: value, Option: "set " + name}}
}

// tuned are nodes in which every field that may change follows $p, by type and field.
var tuned = map[string]struct{ node, from, to string }{
	"stages.sum.weights":                    {"{type: stages.sum, from: [noise, noise], weights: [1, $p]}", "2", "-3"},
	"stages.scale.factor":                   {"{type: stages.scale, from: noise, factor: $p}", "2", "-3"},
	"stages.scale.gain":                     {"{type: stages.scale, from: noise, gain: $p}", "2 dB", "-3 dB"},
	"stages.scale.offset":                   {"{type: stages.scale, from: noise, offset: $p}", "2", "-3"},
	"stages.function.expr":                  {"{type: stages.function, from: noise, expr: $p*x + t/(1 s)}", "2", "-3"},
	"filterbank.function.expr":              {`{type: filterbank.function, from: noise, expr: "clip(x, 0, $p)"}`, "2", "0.3"},
	"filterbank.gammatone.cf":               {`{type: filterbank.gammatone, from: noise, cf: "erbspace(100 Hz, $p, 70)"}`, "2 kHz", "3 kHz"},
	"filterbank.gammatone.b":                {`{type: filterbank.gammatone, from: noise, cf: "erbspace(100 Hz, 2 kHz, 70)", b: $p}`, "1", "1.1"},
	"filterbank.gammatone.ear_q":            {`{type: filterbank.gammatone, from: noise, cf: "erbspace(100 Hz, 2 kHz, 70)", ear_q: $p}`, "9", "10"},
	"filterbank.gammatone.min_bandwidth":    {`{type: filterbank.gammatone, from: noise, cf: "erbspace(100 Hz, 2 kHz, 70)", min_bandwidth: $p}`, "20 Hz", "30 Hz"},
	"filterbank.gammatone.erb_order":        {`{type: filterbank.gammatone, from: noise, cf: "erbspace(100 Hz, 2 kHz, 70)", erb_order: $p}`, "1", "2"},
	"filterbank.asymmetric_compensation.cf": {`{type: filterbank.asymmetric_compensation, from: noise, cf: "erbspace(100 Hz, $p, 70)"}`, "2 kHz", "3 kHz"},
	"filterbank.asymmetric_compensation.b":  {`{type: filterbank.asymmetric_compensation, from: noise, cf: "erbspace(100 Hz, 2 kHz, 70)", b: $p}`, "1", "1.1"},
	"filterbank.asymmetric_compensation.c":  {`{type: filterbank.asymmetric_compensation, from: noise, cf: "erbspace(100 Hz, 2 kHz, 70)", c: $p}`, "1", "1.1"},
	"filterbank.resonance.cf":               {"{type: filterbank.resonance, from: noise, cf: $p}", "2 kHz", "3 kHz"},
	"filterbank.resonance.q":                {"{type: filterbank.resonance, from: noise, cf: 1 kHz, q: $p}", "5", "3"},
	"filterbank.lowpass.cutoff":             {"{type: filterbank.lowpass, from: noise, cutoff: $p}", "100 Hz", "1 kHz"},
	"filterbank.gain.gain":                  {"{type: filterbank.gain, from: noise, gain: $p}", "2", "-3"},
	"neurons.group.equations":               {`{type: neurons.group, inputs: {I: noise}, cells: 70, equations: "dv/dt = (I-v)/$p + 0.1*xi*(2/$p)**.5 : 1\nI : 1", record: [v]}`, "2 ms", "5 ms"},
	"neurons.group.threshold":               {`{type: neurons.group, inputs: {I: noise}, cells: 70, equations: "dv/dt = (5*I-v)/ms + 0.1*xi*(2/ms)**.5 : 1\nI : 1", threshold: v > $p, reset: v = 0, record: [v]}`, "1", "0.3"},
	"neurons.group.reset":                   {`{type: neurons.group, inputs: {I: noise}, cells: 70, equations: "dv/dt = (5*I-v)/ms + 0.1*xi*(2/ms)**.5 : 1\nI : 1", threshold: v > 0.5, reset: v = $p, record: [v]}`, "0", "-0.4"},
	"neurons.group.refractory":              {`{type: neurons.group, inputs: {I: noise}, cells: 70, equations: "dv/dt = (5*I-v)/ms + 0.1*xi*(2/ms)**.5 : 1\nI : 1", threshold: v > 0.5, reset: v = 0, refractory: $p, record: [v]}`, "1 ms", "3 ms"},
	"neurons.group.constants":               {`{type: neurons.group, inputs: {I: noise}, cells: 70, equations: "dv/dt = (I-v)/tau : 1\nI : 1", constants: {tau: $p}, record: [v]}`, "2 ms", "5 ms"},
}

func tunedPipeline(key string) (text, to string) {
	x := tuned[key]
	out := "node"
	if strings.HasPrefix(key, "neurons") {
		out = "node.v"
	}
	return fmt.Sprintf(`
params: {p: %s, half: $p}
rate: 16 kHz
duration: 150 ms
nodes:
  noise: {type: sound.whitenoise, seed: 3}
  node:  %s
sinks: [{type: frames, from: %s, path: out.npy}]
`, x.from, strings.ReplaceAll(x.node, "$p", "$half"), out), x.to
}

func TestEveryFieldThatMayChangeChangesAtItsSample(t *testing.T) {
	for typ, fields := range mayChange {
		for _, f := range fields {
			if _, ok := tuned[typ+"."+f]; !ok {
				t.Errorf("%s.%s may change, and no test changes it", typ, f)
			}
		}
	}
	const at = 1777
	for _, key := range slices.Sorted(maps.Keys(tuned)) {
		t.Run(key, func(t *testing.T) {
			text, to := tunedPipeline(key)
			plain := changedRun(t, text, nil, Options{}, stages.RunOptions{Workers: 1})
			whole := changedRun(t, text, nil, Options{Set: set("p", to)}, stages.RunOptions{Workers: 1})
			change := Change{At: at, Set: set("p", to)}
			want := changedRun(t, text, nil, Options{}, stages.RunOptions{Workers: 1}, change)
			for _, run := range []stages.RunOptions{{Block: 3, Workers: 1}, {Block: 100, Workers: 2}, {Block: 479, Workers: 1}} {
				if run.Block == 3 && testing.Short() {
					continue
				}
				if have := changedRun(t, text, nil, Options{}, run, change); !bytes.Equal(have, want) {
					t.Fatalf("block %d, workers %d: other bits", run.Block, run.Workers)
				}
			}
			if len(want) != len(plain) {
				t.Fatalf("%d bytes with the change, %d without", len(want), len(plain))
			}
			header := len(plain) - len(plain)/128*128
			frame := (len(plain) - header) / 2400
			differ := 0
			for differ < len(want) && want[differ] == plain[differ] {
				differ++
			}
			first := (differ - header) / frame
			// What depends on a spike or a sign differs a little later.
			if first < at || first > at+400 || bytes.Equal(want, whole) {
				t.Errorf("the change at %d shows first in frame %d", at, first)
			}
			if !strings.HasPrefix(key, "neurons") && first > at+40 {
				t.Errorf("the change at %d shows first in frame %d", at, first)
			}
			if start := changedRun(t, text, nil, Options{}, stages.RunOptions{Workers: 1}, Change{At: 0, Set: set("p", to)}); !bytes.Equal(start, whole) {
				t.Error("a change at sample 0 is not the same as the value from the beginning")
			}
		})
	}
}

const ear = `
name: ear
params: {gain: 2, tau: 2 ms, top: 2 kHz, seed: 3, n: 80}
duration: 300 ms
rate: 16 kHz
nodes:
  noise: {type: sound.whitenoise, seed: $seed}
  bank:  {type: filterbank.gammatone, from: noise, cf: "erbspace(100 Hz, $top, $n)"}
  ihc:   {type: filterbank.function, from: bank, expr: "$gain*clip(x, 0, inf)**(1/3)"}
  cells: {type: neurons.group, inputs: {I: ihc}, equations: "dv/dt = (I-v)/$tau + 0.1*xi*(2/$tau)**.5 : 1\nI : 1", threshold: v > 1, reset: v = 0}
sinks: [{type: spikes, from: cells, path: out.csv}]
`

func TestChangesInAUsedPipeline(t *testing.T) {
	outer := `
params: {loud: 1}
nodes:
  one: {use: ear.yaml, set: {gain: 2*$loud, top: 2 kHz}}
  two: {use: ear.yaml, set: {gain: 3}}
  out: {type: stages.join, from: [one.ihc, two.ihc]}
duration: 300 ms
rate: 16 kHz
sinks: [{type: frames, from: out, path: out.npy}]
`
	others := map[string]string{"ear.yaml": ear}
	p, _ := planned(t, outer, others, Options{})
	defer p.Close()
	if have := p.Tunables(); len(have) != 1 || !slices.Equal(have[0].Uses, []string{"one.ihc.expr"}) {
		t.Fatalf("%+v", have)
	}
	change := []Change{{At: 1000, Set: set("loud", "3")}, {At: 1000, Set: set("loud", "1")}, {At: 3000, Set: set("loud", "2")}}
	have := changedRun(t, outer, others, Options{}, stages.RunOptions{Block: 100}, change...)
	plain := changedRun(t, outer, others, Options{}, stages.RunOptions{})
	whole := changedRun(t, outer, others, Options{Set: set("loud", "2")}, stages.RunOptions{})
	header, row := len(plain)-4800*160*8, 160*8
	if cut := header + 3000*row; !bytes.Equal(have[:cut], plain[:cut]) || !bytes.Equal(have[cut:], whole[cut:]) {
		t.Error("want the values of the beginning up to frame 3000, and from there on those of the change, since a function has no state")
	}
}

func TestChangeOfARunThatGoesOnIsReplayed(t *testing.T) {
	p, folder := planned(t, ear, nil, Options{})
	var accepted []int64
	changer := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		<-changer
		for i, x := range []Change{
			{At: stages.Next, Set: set("gain", "3")},
			{At: stages.Next, Set: append(set("tau", "1 ms"), set("top", "1500 Hz")...)},
		} {
			at, err := p.Change(context.Background(), x)
			if err != nil {
				t.Error(err)
			}
			accepted = append(accepted, at)
			if i == 0 {
				var late *stages.LateError
				if _, err := p.Change(context.Background(), Change{At: 3, Set: set("gain", "1")}); !errors.As(err, &late) || late.Earliest < at {
					t.Errorf("a change in the past: %v", err)
				}
			}
		}
	}()
	blocks := 0
	_, err := p.Run(context.Background(), stages.RunOptions{Block: 16, Progress: func(stages.Progress) {
		if blocks++; blocks == 20 {
			close(changer)
		}
		if blocks > 20 && blocks < 290 { // slow enough to be changed before it ends
			select {
			case <-done:
			case <-t.Context().Done():
			case <-after():
			}
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	<-done
	if len(accepted) != 2 || accepted[0] < 20*16 || accepted[1] < accepted[0] {
		t.Fatalf("accepted at %v", accepted)
	}
	have, err := os.ReadFile(filepath.Join(folder, "out.csv"))
	if err != nil {
		t.Fatal(err)
	}
	list := p.Changed()
	if len(list) != 2 || list[0].At != accepted[0] {
		t.Fatalf("%+v", list)
	}
	for _, block := range []int{7, 1024} {
		if again := changedRun(t, ear, nil, Options{}, stages.RunOptions{Block: block}, list...); !bytes.Equal(again, have) {
			t.Errorf("blocks of %d: a replay gives other spikes", block)
		}
	}
	if plain := changedRun(t, ear, nil, Options{}, stages.RunOptions{}); bytes.Equal(plain, have) {
		t.Error("the changes changed nothing")
	}
	if _, err := p.Change(context.Background(), Change{At: stages.Next, Set: set("gain", "1")}); !errors.Is(err, stages.ErrEnded) {
		t.Errorf("after the run: %v", err)
	}
}

func TestChangesThatCannotBeAreRefused(t *testing.T) {
	text := `
params: {gain: 2, tau: 2 ms, file: x.csv, seed: 3, n: 80, top: 2 kHz, fine: 3 Hz, time: 30 ms, unused: 1, moved: 1 kHz, drawn: 100 Hz}
duration: $time
rate: 16 kHz
nodes:
  noise: {type: sound.whitenoise}
  bank:  {type: filterbank.gammatone, from: noise, cf: "erbspace(100 Hz, $top, $n)"}
  ihc:   {type: filterbank.function, from: bank, expr: "$gain*clip(x, 0, inf)"}
  res:   {type: filterbank.resonance, from: noise, cf: $moved}
  rnd:   {type: filterbank.resonance, from: bank, cf: "$drawn + 100 Hz*rand()"}
  slow:  {type: stages.control, inputs: {x: bank}, every: 16, set: {res.cf: "1 kHz + $fine"}}
  cells: {type: neurons.group, inputs: {I: ihc}, equations: "dv/dt = (I-v)/$tau : 1\nI : 1", threshold: v > 1, reset: v = 0, init: {v: "$gain/4"}}
sinks: [{type: spikes, from: cells, path: $file}, {type: statistic, from: res, path: r.csv}, {type: statistic, from: rnd, path: q.csv}]
`
	text = strings.Replace(text, "inputs: {x: bank}", "inputs: {x: noise}", 1)
	for _, c := range []struct{ name, value, says string }{
		{"nobody", "1", `the pipeline test.yaml has no parameter "nobody"`},
		{"file", "y.csv", "sinks[0].path: $file is used here, and path of spikes cannot change while it runs"},
		{"n", "100", "would give 100 channels, 16 kHz instead of 80 channels, 16 kHz"},
		{"time", "1 s", "duration: $time is used here, and neither rate nor duration of a pipeline can change while it runs"},
		{"unused", "2", "params.unused: nothing that runs follows $unused"},
		{"gain", "3", "nodes.cells.init: $gain is used here, and init of neurons.group cannot change while it runs"},
		{"top", "20 kHz", "nodes.bank.cf: channel 62: 8.107923251107836 kHz: want a positive value below 8 kHz"},
		{"top", "2 s", "does not fit: the parameter is a quantity in Hz"},
		{"tau", "1", "does not fit: the parameter is a quantity in s"},
		{"tau", "(0/0)*ms", "(0/0)*ms is not a number (NaN)"},
		{"tau", "1 +* ms", "tau"},
		{"fine", "5 Hz", "set of stages.control cannot change while it runs"},
		{"moved", "2 kHz", "res is changed by a control already"},
		{"seed", "4", "is the seed of the random numbers here"},
	} {
		p, folder := planned(t, text, nil, Options{})
		err := p.Schedule([]Change{{At: 10, Set: set(c.name, c.value)}})
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s=%s: %v\nwant a refusal with %q", c.name, c.value, err, c.says)
		}
		if err := p.Schedule([]Change{{At: 10, Set: set("drawn", "200 Hz")}}); err != nil {
			t.Errorf("after a refused change: %v", err)
		}
		if _, err := p.Run(context.Background(), stages.RunOptions{}); err != nil {
			t.Errorf("%s=%s: the run after a refused change: %v", c.name, c.value, err)
		}
		if files, _ := filepath.Glob(filepath.Join(folder, "*.csv")); len(files) != 3 {
			t.Errorf("%s=%s: files %v", c.name, c.value, files)
		}
	}
	p, _ := planned(t, text, nil, Options{})
	defer p.Close()
	if err := p.Schedule([]Change{{At: 10, Set: set("drawn", "200 Hz")}, {At: 9, Set: set("drawn", "200 Hz")}}); err == nil {
		t.Error("changes out of order were accepted")
	}
	if err := p.Schedule([]Change{{At: 10}}); err == nil {
		t.Error("a change of nothing was accepted")
	}
}

// after is a moment for others to run in.
func after() <-chan time.Time { return time.After(time.Millisecond) }

func TestChangeOfANetworkIsRefused(t *testing.T) {
	text := `
params: {tau: 5 ms, w: 0.2}
duration: 20 ms
nodes:
  a: {type: neurons.group, cells: 3, equations: "dv/dt = (2-v)/$tau : 1", threshold: v > 1, reset: v = 0}
  b: {type: neurons.group, cells: 3, equations: "dv/dt = -v/(5*ms) : 1", threshold: v > 1, reset: v = 0}
  s: {type: neurons.synapses, source: a, target: b, on_pre: v_post += $w, connect: {p: 1}}
sinks: [{type: spikes, from: b, path: out.csv}]
`
	for _, name := range []string{"tau", "w"} {
		p, _ := planned(t, text, nil, Options{})
		defer p.Close()
		err := p.Schedule([]Change{{At: 10, Set: set(name, map[string]string{"tau": "1 ms", "w": "0.1"}[name])}})
		if err == nil || !strings.Contains(err.Error(), "$"+name+" is used here") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLaterChangeKeepsTheEarlierOne(t *testing.T) {
	text := `
params: {a: 1, b: 0}
duration: 20 ms
rate: 10 kHz
nodes:
  tone: {type: sound.tone, frequency: 1 kHz}
  line: {type: stages.function, from: tone, expr: $a*x + $b}
sinks: [{type: frames, from: line, path: out.npy}]
`
	have := changedRun(t, text, nil, Options{}, stages.RunOptions{}, Change{At: 50, Set: set("a", "3")}, Change{At: 100, Set: set("b", "2")})
	both := changedRun(t, text, nil, Options{Set: append(set("a", "3"), set("b", "2")...)}, stages.RunOptions{})
	if n := len(have) - 100*8; !bytes.Equal(have[n:], both[n:]) {
		t.Error("after both changes the values are not those of both")
	}
}

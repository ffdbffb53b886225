package pipelines

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"hearpipe/stages"
)

// controlled is a filterbank whose centre frequencies follow its own output: a loop through the stages behind it.
const controlled = `
params: {n: 80}
nodes:
  noise:   {type: sound.whitenoise, duration: 30 ms, seed: 5}
  cochlea: {type: filterbank.gammatone, from: noise, cf: "erbspace(100 Hz, 8 kHz, $n)"}
  level:   {type: stages.function, from: cochlea, expr: "abs(x)"}
  smooth:  {type: filterbank.lowpass, from: level, cutoff: 300 Hz}
  other:   {type: filterbank.gammatone, from: noise, cf: "erbspace(100 Hz, 8 kHz, $n)"}
  shift:
    type: stages.control
    inputs: {x: smooth, y: level}
    every: 16
    state: {L: 0, last: 1 kHz}
    update: |
      L += 0.2*(mean(y) + max(x) - L)
      last = cf*SHIFT
    set: {cochlea.cf: last, smooth.cutoff: 300 Hz + 10 Hz*L}
sinks:
  - {type: frames, from: cochlea, path: cochlea.npy}
  - {type: frames, from: other, path: other.npy}
  - {type: statistic, from: smooth, path: smooth.csv}
`

func TestControlDoesNotDependOnBlocks(t *testing.T) {
	text := []byte(strings.Replace(controlled, "SHIFT", "(1 + clip(L, 0, 0.3) + 0.01*sin(t/ms) + 0.0001*i)", 1))
	_, want := outputs(t, text, Options{}, stages.RunOptions{})
	if bytes.Equal(want["cochlea.npy"], want["other.npy"]) {
		t.Error("the control has no effect")
	}
	for _, run := range []stages.RunOptions{{Block: 1, Workers: 1}, {Block: 16, Workers: 2}, {Block: 17}, {Block: 1000}} {
		_, have := outputs(t, text, Options{}, run)
		for file := range want {
			if !bytes.Equal(have[file], want[file]) {
				t.Errorf("block %d: %s differs", run.Block, file)
			}
		}
	}
	// A range of channels is a part of the whole: the control works on all of them.
	whole, _ := outputs(t, text, Options{}, stages.RunOptions{})
	r := stages.Range{Lo: 11, Hi: 43}
	part, _ := outputs(t, text, Options{Channels: r}, stages.RunOptions{})
	for _, file := range []string{"/cochlea.npy", "/other.npy"} {
		checkPart(t, whole+file, part+file, r)
	}
}

func TestControlThatChangesNothingChangesNoBit(t *testing.T) {
	text := []byte(strings.Replace(controlled, "SHIFT", "1", 1))
	_, have := outputs(t, text, Options{}, stages.RunOptions{})
	if !bytes.Equal(have["cochlea.npy"], have["other.npy"]) {
		t.Error("setting the centre frequencies that are there gives another output")
	}
}

func TestControlSaysWhatItSees(t *testing.T) {
	// The frames before the update at 8: x is the last, frame 7 of 0, 1, 2, …; cf of the target follows exactly.
	text := `
nodes:
  ramp:  {type: stages.function, from: zero, expr: "t*(44.1 kHz)"}
  zero:  {type: sound.silence, duration: 24/(44.1 kHz), channels: 2}
  low:   {type: filterbank.lowpass, from: ramp, cutoff: 1 kHz}
  watch: {type: stages.control, inputs: {x: ramp}, every: 8, set: {low.cutoff: VALUE}}
sinks:
  - {type: frames, from: low, path: low.npy}
`
	run := func(value string) []byte {
		_, files := outputs(t, []byte(strings.Replace(text, "VALUE", value, 1)), Options{}, stages.RunOptions{})
		return files["low.npy"]
	}
	// With t = 8/rate and 16/rate the values are known: the last frames are 7 and 15, means 3.5 and 11.5, maxima as the last.
	want := run("1 kHz + 10 Hz*(t*(44.1 kHz) - 1)")
	for _, value := range []string{"1 kHz + 10 Hz*x", "1 kHz + 10 Hz*max(x)", "1 kHz + 10 Hz*(mean(x) + 3.5)", "1 kHz + 10 Hz*(min(x) + 7)"} {
		if !bytes.Equal(run(value), want) {
			t.Errorf("%s does not give what the frames before the update say", value)
		}
	}
	if bytes.Equal(run("1 kHz + 10 Hz*(x+1)"), want) {
		t.Error("the test sees no difference")
	}
}

func TestControlRefusesWhatCannotChange(t *testing.T) {
	for _, x := range []struct{ control, says string }{
		{`{type: stages.control, inputs: {x: level}, every: 16, set: {cochlea.b: 1}}`, "b of cochlea (filterbank.gammatone) cannot be changed while it runs"},
		{`{type: stages.control, inputs: {x: level}, every: 16, set: {cochle.cf: 1}}`, `there is no node "cochle" (did you mean "cochlea"?)`},
		{`{type: stages.control, inputs: {x: level}, every: 0, set: {cochlea.cf: cf}}`, "shift.every: 0: want 1 to"},
		{`{type: stages.control, inputs: {x: level}, every: 16, set: {cochlea.cf: x}}`, "shift.set.cochlea.cf"},
		{`{type: stages.control, inputs: {x: level}, every: 16, update: z = y, set: {cochlea.cf: cf}}`, "unknown name y"},
		{`{type: stages.control, inputs: {x: two}, every: 16, set: {cochlea.cf: cf}}`, "the inputs of the control have 2"},
		{`{type: stages.control, from: level, every: 16, set: {cochlea.cf: cf}}`, `has no field "from"`},
		{`{type: stages.control, inputs: {x: level}, every: 16, set: {cochlea.cf: 3*cf}}`, "channel 77"},
	} {
		text := fmt.Sprintf(`
nodes:
  noise:   {type: sound.whitenoise, duration: 30 ms, seed: 5}
  two:     {type: sound.silence, duration: 30 ms, channels: 2}
  cochlea: {type: filterbank.gammatone, from: noise, cf: "erbspace(100 Hz, 8 kHz, 80)"}
  level:   {type: stages.function, from: cochlea, expr: "abs(x)"}
  shift:   %s
sinks:
  - {type: frames, from: level, path: level.npy}
`, x.control)
		have := verdict(t, "p.yaml", []byte(text), Options{})
		if x.says == "channel 77" { // known only when the control runs
			d, err := Parse("p.yaml", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			p, err := d.Check(Options{Access: Access{Folder: t.TempDir()}})
			if err != nil {
				t.Fatal(err)
			}
			_, err = p.Run(t.Context(), stages.RunOptions{})
			have = fmt.Sprint(err)
		}
		if !strings.Contains(have, x.says) {
			t.Errorf("%s\nsays %s\nwant %s", x.control, have, x.says)
		}
	}
}

package pipelines

import (
	"strings"
	"testing"
)

// TestLimitsAreReportedBelowMistakes wants every value out of its limits in one go, whatever is wrong upstream, and nothing
// that only might be wrong.
func TestLimitsAreReportedBelowMistakes(t *testing.T) {
	text := `
nodes:
  a: {type: sound.tone, frequency: 1 kHz, duration: 10 s/ms}
  b: {type: filterbank.gammatone, from: a, cf: 300 kHz, b: -1}
  c: {type: filterbank.gammatone, from: b, cf: -5 Hz}
  d: {type: filterbank.lowpass, from: missing, cutoff: [1 Hz, 0 Hz]}
  e: {type: stages.repeat, from: d, times: 0}
  f: {type: stages.function, from: e, expr: "x + y"}
  g:
    type: neurons.group
    inputs: {I: f}
    equations: |
      dv/dt = (I - v)/ms : volt
      I : 1
  h: {type: filterbank.lowpass, from: g.w, cutoff: -3 Hz}
  ok:
    type: neurons.group
    inputs: {I: f}
    equations: |
      dv/dt = (I - v)/ms : 1
      I : 1
    threshold: v > 1
    record: v
  lp: {type: filterbank.lowpass, from: ok.v, cutoff: 300 kHz}
  w:  {type: filterbank.lowpass, from: e, cutoff: [1 Hz, 2 Hz, 3 Hz]}
sinks:
  - {type: frames, from: a, path: x.npy, every: 0}
  - {type: spikes, from: ok, path: x.csv, every: 2, channels: 5:9}
  - {type: spikes, from: ok, path: fine.csv, channels: 5:9, end: 3 s}
  - {type: raster, from: ok, path: x.png, width: 3}
  - {type: cochleagram, from: lp, path: y.png, start: 3}
`
	have := verdict(t, "p.yaml", []byte(text), Options{})
	want := []string{
		"nodes.a.duration: want a quantity in s",
		"nodes.c.cf: -5 Hz",
		`nodes.d.from: there is no node "missing"`,
		"nodes.d.cutoff: channel 1: 0 Hz",
		"nodes.e.times: 0",
		"nodes.f.expr: ",
		"nodes.g.equations: ",
		"nodes.h.cutoff: -3 Hz",
		"sinks[0].every: 0",
		"sinks[1].every: spikes are written one and all",
		"sinks[3].width: 3",
		"sinks[4].start: the time axis of cochleagram begins with frame 0",
	}
	for _, w := range want {
		if !strings.Contains(have, w) {
			t.Errorf("missing: %s", w)
		}
	}
	if n := strings.Count(have, "      |"); n != len(want) || t.Failed() {
		t.Errorf("%d mistakes, want %d:\n%s", n, len(want), have)
	}
}

package pipelines

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearpipe/sinks"
	"hearpipe/stages"
)

// frameOf runs nodes at a rate of 1 kHz and returns the frames of the node x.
func frameOf(t *testing.T, nodes string) (shape []int64, data []float64) {
	t.Helper()
	text := "rate: 1 kHz\nnodes:\n  ramp: {type: stages.function, from: zero, expr: t*(1 kHz)}\n  zero: {type: sound.silence, duration: 4 ms}\n" +
		"  two: {type: stages.join, from: [ramp, ten]}\n  ten: {type: stages.scale, from: ramp, factor: 10}\n" + nodes +
		"\nsinks:\n  - {type: frames, from: x, path: x.npy}\n"
	folder, _ := outputs(t, []byte(text), Options{}, stages.RunOptions{})
	shape, data, err := sinks.ReadArray(filepath.Join(folder, "x.npy"))
	if err != nil {
		t.Fatal(err)
	}
	return shape, data
}

// TestNodesDoWhatTheirNamesSay compares small results with what can be computed by hand: ramp is 0 1 2 3, ten is 0 10 20 30.
func TestNodesDoWhatTheirNamesSay(t *testing.T) {
	for _, x := range []struct {
		nodes    string
		channels int64
		want     []float64
	}{
		{"x: {type: stages.sum, from: [ramp, ten], weights: [2, 0.5]}", 1, []float64{0, 7, 14, 21}},
		{"x: {type: stages.sum, from: [ramp, two]}", 2, []float64{0, 0, 2, 11, 4, 22, 6, 33}},
		{"x: {type: stages.difference, from: [ten, ramp]}", 1, []float64{0, 9, 18, 27}},
		{"x: {type: stages.product, from: [ten, ramp, ramp]}", 1, []float64{0, 10, 80, 270}},
		{"x: {type: stages.quotient, from: [ten, one]}\n  one: {type: stages.scale, from: ramp, offset: 1}", 1, []float64{0, 5, 20. / 3, 7.5}},
		{"x: {type: stages.scale, from: ramp, factor: 3, gain: 20 dB, offset: -1}", 1, []float64{-1, 29, 59, 89}},
		{"x: {type: stages.repeat, from: two, times: 2}", 4, []float64{0, 0, 0, 0, 1, 1, 10, 10, 2, 2, 20, 20, 3, 3, 30, 30}},
		{"x: {type: stages.tile, from: two, times: 2}", 4, []float64{0, 0, 0, 0, 1, 10, 1, 10, 2, 20, 2, 20, 3, 30, 3, 30}},
		{"x: {type: stages.interleave, from: [two, two]}", 4, []float64{0, 0, 0, 0, 1, 1, 10, 10, 2, 2, 20, 20, 3, 3, 30, 30}},
		{"x: {type: stages.index, from: [two, ramp], index: [2, 1]}", 2, []float64{0, 0, 1, 10, 2, 20, 3, 30}},
		{"x: {type: stages.extend, from: ramp, by: 2 ms}", 1, []float64{0, 1, 2, 3, 0, 0}},
		{"x: {type: stages.fit, from: ramp, duration: 2 ms}", 1, []float64{0, 1}},
		{"x: {type: stages.every, from: ten, k: 3}", 1, []float64{0, 30}},
		{"x: {type: stages.function, from: [ramp, ten], expr: x0*x1 + 1}", 1, []float64{1, 11, 41, 91}},
		{"x: {type: sound.click, duration: 2 ms, peak: 20*log10(1e6/28)*dB}", 1, []float64{1, 1}},
		{"x: {type: sound.tone, frequency: 250 Hz, phase: pi/2, amplitude: 2 Pa, duration: 4 ms}", 1, []float64{2, 0, -2, 0}},
		{"x: {type: sound.ramp, from: fives, duration: 3 ms, when: both}\n  fives: {type: sound.click, duration: 7 ms, peak: 20*log10(5e6/28)*dB}", 1, []float64{0, 2.5, 5, 5, 5, 2.5, 0}},
		{"x: {type: sound.level, from: pm, level: 20*log10(3e6/20)*dB}\n  pm: {type: sound.tone, frequency: 500 Hz, phase: pi/2, amplitude: 0.1 Pa, duration: 4 ms}", 1, []float64{3, -3, 3, -3}},
		{"x: {type: filterbank.cascade, from: ramp, b: [2], a: [2, -1], times: 2}", 1, []float64{0, 1, 3, 5.75}},
		{"x: {type: filterbank.lowpass, from: ten, cutoff: 1000/(4*pi)*Hz}", 1, []float64{0, 5, 12.5, 21.25}},
	} {
		shape, have := frameOf(t, "  "+x.nodes)
		if len(shape) != 2 || shape[1] != x.channels || len(have) != len(x.want) {
			t.Errorf("%s: shape %v, %v, want %d channels, %v", x.nodes, shape, have, x.channels, x.want)
			continue
		}
		for i := range have {
			if math.Abs(have[i]-x.want[i]) > 1e-11*math.Max(1, math.Abs(x.want[i])) {
				t.Errorf("%s: %v, want %v", x.nodes, have, x.want)
				break
			}
		}
	}
}

func TestWhiteNoiseHasItsDeviation(t *testing.T) {
	_, x := frameOf(t, "  x: {type: sound.whitenoise, sigma: 3 Pa, duration: 20 s, seed: 9}")
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	if s := math.Sqrt(sum / float64(len(x))); math.Abs(s-3) > 0.1 {
		t.Errorf("standard deviation %g of %d samples, want 3", s, len(x))
	}
}

func TestDurationCutsAndExtends(t *testing.T) {
	text := []byte("nodes:\n  a: {type: sound.tone, frequency: 100 Hz, duration: 10 ms, rate: 1 kHz}\n  b: {type: sound.whitenoise, rate: 1 kHz}\n" +
		"sinks:\n  - {type: frames, from: a, path: a.npy}\n  - {type: frames, from: b, path: b.npy}\n")
	for _, seconds := range []float64{0.004, 0.025} {
		folder, _ := outputs(t, text, Options{Seconds: seconds}, stages.RunOptions{})
		for _, name := range []string{"a.npy", "b.npy"} {
			shape, _, err := sinks.ReadArray(filepath.Join(folder, name))
			if err != nil || shape[0] != int64(seconds*1000+0.5) {
				t.Errorf("%g s: %s has shape %v, %v", seconds, name, shape, err)
			}
		}
	}
}

// TestSinksTakeTheirCells writes parts of one group to several files.
func TestSinksTakeTheirCells(t *testing.T) {
	text := `
nodes:
  cells: {type: neurons.group, cells: 100, duration: 20 ms, equations: "dv/dt = (3-v)/(10*ms) : 1", threshold: v > 1, reset: v = 0, init: {v: i/N}}
sinks:
  - {type: spikes, from: cells, path: all.csv}
  - {type: spikes, from: cells, channels: 0:40, path: low.csv}
  - {type: spikes, from: cells, channels: 40:100, path: high.csv}
  - {type: spikes, from: cells, channels: 40:41, path: one.csv}
`
	_, files := outputs(t, []byte(text), Options{}, stages.RunOptions{})
	if joinLines([][]byte{files["low.csv"], files["high.csv"]}, "") != sortedLines(files["all.csv"], "") {
		t.Error("the parts do not join to the whole")
	}
	for _, line := range strings.Split(sortedLines(files["one.csv"], ""), "\n") {
		if !strings.HasSuffix(line, ",40") {
			t.Errorf("%q in the file of cell 40", line)
		}
	}
}

// TestSoundOfUnknownLengthEnds reads a pipe whose header does not say how long it is, as programs write it to a pipe.
func TestSoundOfUnknownLengthEnds(t *testing.T) {
	wav := bytes.Clone(speech[:44+2000])
	binary.LittleEndian.PutUint32(wav[4:], math.MaxUint32)
	binary.LittleEndian.PutUint32(wav[40:], math.MaxUint32)
	text := []byte("params: {input: x.wav}\nnodes:\n  a: {type: sound.file, path: $input}\n  b: {type: stages.scale, from: a, factor: 2}\nsinks:\n  - {type: frames, from: b, path: b.npy}\n")
	run := func() (int64, error) {
		folder := t.TempDir()
		d, err := Parse("p.yaml", text)
		if err != nil {
			t.Fatal(err)
		}
		p, err := d.Check(Options{Set: []Setting{{"input", "-", "--input"}}, Access: Access{Folder: folder, Stdin: struct{ io.Reader }{bytes.NewReader(wav)}}})
		if err != nil {
			return 0, err
		}
		if !math.IsInf(p.Seconds(), 1) {
			t.Errorf("the run is said to take %g s", p.Seconds())
		}
		res, err := p.Run(context.Background(), stages.RunOptions{})
		return res.Frames, err
	}
	if n, err := run(); n != 1000 || err != nil {
		t.Errorf("%d frames, %v; want 1000", n, err)
	}
	// A node that works on whole sounds cannot, and says so.
	text = bytes.Replace(text, []byte("stages.scale, from: a, factor: 2"), []byte("sound.ramp, from: a"), 1)
	if _, err := run(); err == nil || !strings.Contains(err.Error(), "does not say how long it is") {
		t.Errorf("%v", err)
	}
}

func TestValuesComeFromFiles(t *testing.T) {
	folder := t.TempDir()
	var b bytes.Buffer
	b.WriteString("\x93NUMPY\x01\x00\x76\x00{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }")
	b.WriteString(strings.Repeat(" ", 127-b.Len()) + "\n")
	binary.Write(&b, binary.LittleEndian, []float64{300, 500})
	if err := os.WriteFile(filepath.Join(folder, "f.npy"), b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	d, err := Parse("p.yaml", []byte("nodes:\n  a: {type: sound.tone, frequency: {file: f.npy}, duration: 1 ms}\nsinks:\n  - {type: frames, from: a, path: a.npy}\n"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := d.Check(Options{Access: Access{Folder: folder}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if f := p.nodes[0].list("frequency"); len(f) != 2 || f[0] != 300 || f[1] != 500 {
		t.Errorf("frequencies %v", f)
	}
}

package pipelines

import (
	"encoding/binary"
	"path/filepath"
	"strings"
	"testing"

	"hearpipe/sinks"
	"hearpipe/stages"
)

// sectionSubject writes one stream whole and in parts, and spikes likewise; the last source has no end of its own.
const sectionSubject = `
nodes:
  noise: {type: sound.whitenoise, channels: 3, duration: 50 ms, seed: 4, rate: 10 kHz}
  cells:
    type: neurons.group
    inputs: {I: noise}
    equations: |
      dv/dt = (2*I - v)/ms : 1
      I : 1
    threshold: v > -100 # in every step
    reset: v = 0
  endless: {type: sound.whitenoise, channels: 3, seed: 4, rate: 10 kHz}
sinks:
  - {type: frames, from: noise, path: whole.npy}
  - {type: frames, from: noise, path: part.npy, start: 10.1 ms, end: 333}
  - {type: frames, from: noise, path: tail.npy, start: 499, end: 10 s}
  - {type: frames, from: noise, path: thin.npy, start: 101, end: 300, every: 7, channels: 1:3}
  - {type: frames, from: endless, path: endless.npy, end: 33.3 ms}
  - {type: statistic, from: noise, path: power.npy, of: sumsquares, start: 100, end: 103}
  - {type: sound, from: noise, path: part.wav, format: float64, start: 100, end: 103}
  - {type: sound, from: noise, path: slow.wav, every: 2}
  - {type: spikes, from: cells, path: spikes.csv}
  - {type: spikes, from: cells, path: spikes-part.csv, start: 10.1 ms, end: 33.3 ms}
`

func readRows(t *testing.T, folder, file string) (rows [][]float64) {
	t.Helper()
	shape, data, err := sinks.ReadArray(filepath.Join(folder, file))
	if err != nil {
		t.Fatal(err)
	}
	for i := range int(shape[0]) {
		rows = append(rows, data[i*int(shape[1]):(i+1)*int(shape[1])])
	}
	return rows
}

func TestSectionsOfSinksAreExactlyTheseFrames(t *testing.T) {
	for _, run := range []stages.RunOptions{{}, {Block: 1}, {Block: 7}, {Block: 100}} {
		folder, files := outputs(t, []byte(sectionSubject), Options{}, run)
		whole := readRows(t, folder, "whole.npy")
		for _, x := range []struct {
			file              string
			first, n, step, c int
		}{
			{"part.npy", 101, 232, 1, 0}, {"tail.npy", 499, 1, 1, 0}, {"thin.npy", 105, 28, 7, 1}, {"endless.npy", 0, 333, 1, 0},
		} {
			part := readRows(t, folder, x.file)
			if len(part) != x.n {
				t.Fatalf("block %d: %s has %d frames, want %d", run.Block, x.file, len(part), x.n)
			}
			for i, row := range part {
				for c, y := range row {
					if want := whole[x.first+i*x.step][c+x.c]; x.file != "endless.npy" && y != want {
						t.Fatalf("block %d: %s: frame %d, channel %d is %g, want %g", run.Block, x.file, i, c, y, want)
					}
				}
			}
			rate := 10000 / float64(x.step)
			if m, ok, err := sinks.ReadMeta(filepath.Join(folder, x.file)); err != nil || !ok || m.Frames != int64(x.n) || m.Rate != rate {
				t.Errorf("%s: the metadata say %d frames at %g Hz (%v), want %d at %g Hz", x.file, m.Frames, m.Rate, err, x.n, rate)
			}
		}
		_, power, err := sinks.ReadArray(filepath.Join(folder, "power.npy"))
		if err != nil || len(power) != 3 {
			t.Fatalf("%d sums of squares (%v), want 3", len(power), err)
		}
		for c, y := range whole[100] {
			y = float64(y*y) + float64(whole[101][c]*whole[101][c]) + float64(whole[102][c]*whole[102][c])
			if have := power[c]; have < y*(1-1e-12) || have > y*(1+1e-12) {
				t.Errorf("the sum of squares of channel %d is %g, want %g", c, have, y)
			}
		}
		if n := len(files["part.wav"]); n < 3*3*8 || n > 3*3*8+200 {
			t.Errorf("part.wav has %d bytes, want a header and 3 frames of 3 channels", n)
		}
		if h := files["slow.wav"]; len(h) < 28 || binary.LittleEndian.Uint32(h[24:]) != 5000 {
			t.Error("every second frame of 10 kHz is no sound of 5 kHz")
		}
		all, err := sinks.ReadSpikes(filepath.Join(folder, "spikes.csv"))
		if err != nil {
			t.Fatal(err)
		}
		some, err := sinks.ReadSpikes(filepath.Join(folder, "spikes-part.csv"))
		if err != nil {
			t.Fatal(err)
		}
		k := 0
		for i, at := range all.T {
			if at < 0.01009 || at > 0.03325 {
				continue
			}
			if k >= len(some.T) || some.T[k] != at || some.Cell[k] != all.Cell[i] {
				t.Fatalf("block %d: spike %d of the section is not the one at %g s", run.Block, k, at)
			}
			k++
		}
		if k != 3*(333-101) || len(some.T) != k {
			t.Errorf("%d spikes in the section, want %d", len(some.T), 3*(333-101))
		}
	}
}

func TestRunOfSectionsEndsWithThem(t *testing.T) {
	text := "nodes:\n  a: {type: sound.whitenoise, rate: 10 kHz}\nsinks:\n  - {type: frames, from: a, path: a.npy, start: 100, end: 20 ms}\n"
	d, err := Parse("p.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p, err := d.Check(Options{Access: Access{Folder: t.TempDir()}})
	if err != nil {
		t.Fatal(err)
	}
	if s := p.Seconds(); s != 0.02 {
		t.Errorf("the run is expected to take %g s, want 0.02", s)
	}
	res, err := p.Run(t.Context(), stages.RunOptions{})
	if err != nil || res.Frames != 200 {
		t.Errorf("%d frames were computed (%v), want 200", res.Frames, err)
	}
}

func TestWrongSectionsAreRefused(t *testing.T) {
	for fields, says := range map[string]string{
		"start: 20, end: 20":                    "frame 20 is not after the start, frame 20",
		"start: 60 ms":                          "sinks[0].start: frame 600 lies behind the end: a has 500 frames (50 ms)",
		"start: -1":                             "-1 frames: want 0 to 2^53",
		"end: 2.5":                              "2.5 frames: want a whole number, or a time such as 10 ms",
		"end: 1 kHz":                            "want a time such as 10 ms or a number of frames such as 441, this is a quantity in Hz",
		"start: 101, end: 105, every: 50":       "none of the frames 101:105 is a multiple of 50",
		"end: inf":                              "want",
		"start: 1 ms, end: 2 ms, channels: 0:1": "nothing",
	} {
		text := "nodes:\n  a: {type: sound.silence, duration: 50 ms, rate: 10 kHz}\nsinks:\n  - {type: frames, from: a, path: a.npy, " + fields + "}\n"
		if have := verdict(t, "p.yaml", []byte(text), Options{}); !strings.Contains(have, says) {
			t.Errorf("%s: %s, want %q", fields, have, says)
		}
	}
	text := "nodes:\n  a: {type: sound.silence, duration: 50 ms}\nsinks:\n  - {type: waveform, from: a, path: a.png, start: 1 ms}\n"
	if have := verdict(t, "p.yaml", []byte(text), Options{}); !strings.Contains(have, "the time axis of waveform begins with frame 0") {
		t.Error(have)
	}
}

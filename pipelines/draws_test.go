package pipelines

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"hearpipe/internal/random"
	"hearpipe/sinks"
	"hearpipe/stages"
)

// firstFrame runs a pipeline and returns the first frame of a file that it writes.
func firstFrame(t *testing.T, text string, opt Options, file string) []float64 {
	t.Helper()
	folder, _ := outputs(t, []byte(text), opt, stages.RunOptions{})
	shape, data, err := sinks.ReadArray(filepath.Join(folder, file))
	if err != nil {
		t.Fatal(err)
	}
	return data[:shape[1]]
}

const randomAmplitudes = `
params: {seed: 7}
nodes:
  a: {type: sound.tone, frequency: 0 Hz, phase: 1.5707963267948966, amplitude: 1 Pa*(2 + rand() - 3*randn()*rand()), channels: 6, duration: 1 ms}
  b: {type: sound.tone, frequency: 0 Hz, phase: 1.5707963267948966, amplitude: 1 Pa*(2 + rand() - 3*randn()*rand()), channels: 6, duration: 1 ms}
  seeded: {type: sound.whitenoise, channels: 6, duration: 1 ms, seed: $seed}
  low: {type: filterbank.lowpass, from: seeded, cutoff: 1 kHz + 100 Hz*randn()}
  mono: {type: sound.whitenoise, duration: 1 ms, seed: $seed}
  bank: {type: filterbank.gammatone, from: mono, cf: "linspace(1 kHz, 2 kHz, 6) + 100 Hz*rand()"}
sinks:
  - {type: frames, from: a, path: a.npy}
  - {type: frames, from: b, path: b.npy}
  - {type: frames, from: low, path: low.npy}
  - {type: statistic, from: bank, path: bank.csv}
`

// TestRandomValuesFollowTheSeedLaw recomputes the numbers from seed, node, field, place in the text and channel.
func TestRandomValuesFollowTheSeedLaw(t *testing.T) {
	var all [][]float64
	for _, seed := range []uint64{7, 8} {
		opt := Options{Set: []Setting{{Name: "seed", Value: fmt.Sprint(seed), Option: "--seed"}}}
		for _, node := range []string{"a", "b"} {
			have := firstFrame(t, randomAmplitudes, opt, node+".npy")
			all = append(all, have)
			for c, x := range have {
				u := func(k int) random.Stream { return random.New(seed, node, "amplitude", k) }
				z := float64(3 * u(1).Normal(int64(c), 0))
				want := 2 + u(0).Uniform(int64(c), 0) - float64(z*u(2).Uniform(int64(c), 0))
				if d := x - want; d > 1e-12 || d < -1e-12 {
					t.Errorf("seed %d, node %s, channel %d: %g, want %g", seed, node, c, x, want)
				}
			}
		}
	}
	for i := range all {
		for j := range i {
			if all[i][0] == all[j][0] {
				t.Errorf("runs %d and %d have the same first number", i, j)
			}
		}
	}
}

func TestRandomValuesDoNotDependOnTheChannelsComputed(t *testing.T) {
	for _, file := range []string{"a.npy", "low.npy"} {
		whole := firstFrame(t, randomAmplitudes, Options{}, file)
		part := firstFrame(t, randomAmplitudes, Options{Channels: stages.Range{Lo: 2, Hi: 5}}, file)
		if len(whole) != 6 || len(part) != 3 {
			t.Fatalf("%d and %d channels, want 6 and 3", len(whole), len(part))
		}
		for c, x := range part {
			if x != whole[c+2] {
				t.Errorf("%s: channel %d is %g alone, %g in the whole", file, c+2, x, whole[c+2])
			}
		}
	}
}

func TestRandomValuesTakeTheLengthOfLists(t *testing.T) {
	_, files := outputs(t, []byte(randomAmplitudes), Options{}, stages.RunOptions{})
	lines := strings.Split(strings.TrimSpace(string(files["bank.csv"])), "\n")
	if len(lines) != 7 {
		t.Fatalf("%q", lines)
	}
	for c, line := range lines[1:] {
		var i int
		var cf, rms float64
		if _, err := fmt.Sscanf(line, "%d,%g,%g", &i, &cf, &rms); err != nil {
			t.Fatal(err)
		}
		want := 1000 + 200*float64(c) + float64(100*random.New(7, "bank", "cf", 0).Uniform(int64(c), 0))
		if d := cf - want; d > 1e-9 || d < -1e-9 {
			t.Errorf("channel %d has cf %g Hz, want %g", c, cf, want)
		}
	}
}

func TestRandomNumbersHaveTheirPlaces(t *testing.T) {
	for node, says := range map[string]string{
		"{type: sound.tone, frequency: 100 Hz*rand(), duration: 1 ms}":                                                        "nodes.a.frequency: rand() and randn() give a number for each channel",
		"{type: sound.tone, frequency: 1 kHz, duration: 1 ms*rand()}":                                                         "nodes.a.duration: rand() is not allowed here",
		"{type: sound.tone, frequency: 100 ms*rand(), duration: 1 ms, channels: 3}":                                           "nodes.a.frequency: want a quantity in Hz",
		"{type: sound.tone, frequency: 100 Hz*rand(2), duration: 1 ms, channels: 3}":                                          "nodes.a.frequency: rand",
		"{type: sound.tone, frequency: 100 Hz*rand(), duration: 1 ms, channels: 3}":                                           "nothing",
		"{type: sound.tone, frequency: 100 Hz*(" + strings.Repeat("rand() + ", 40) + "1), duration: 1 ms, channels: 1000000}": "the lists of the pipeline have more than",
	} {
		text := "nodes:\n  a: " + node + "\nsinks: [{type: frames, from: a, path: x.npy}]\n"
		if have := verdict(t, "p.yaml", []byte(text), Options{}); !strings.Contains(have, says) {
			t.Errorf("%s: %s, want %q", node, have, says)
		}
	}
}

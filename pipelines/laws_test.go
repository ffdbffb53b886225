package pipelines

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"hearpipe/sinks"
	"hearpipe/stages"
)

// few makes a ready-made pipeline small enough for a test.
const few = 230

// outputs runs a pipeline and returns the files it wrote, by name, without pictures and metadata.
func outputs(t *testing.T, text []byte, opt Options, run stages.RunOptions) (string, map[string][]byte) {
	t.Helper()
	folder := t.TempDir()
	opt.Access.Folder = folder
	d, err := Parse("test.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	p, err := d.Check(opt)
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.Run(context.Background(), run)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range res.Files {
		if ext := filepath.Ext(f); ext == ".json" || ext == ".png" {
			continue
		}
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if len(data) == 0 {
			t.Errorf("%s is empty", f)
		}
		files[filepath.Base(f)] = data
	}
	return folder, files
}

// subjects are the pipelines that the laws are tested with.
func subjects(t *testing.T) map[string][]byte {
	t.Helper()
	list := map[string][]byte{}
	for _, name := range Names() {
		if testing.Short() && !strings.Contains(" simple-anf cochleagram gammatone online-rms ", " "+name+" ") {
			continue // the race detector needs each kind of graph, not each model
		}
		d, err := Open(name)
		if err != nil {
			t.Fatal(err)
		}
		text := string(d.Text())
		// Pictures are the same for equal streams; as data they are frames and spikes.
		text = strings.ReplaceAll(text, "type: cochleagram, from: envelope, path: cochleagram.png", "type: frames, from: envelope, path: envelope.npy")
		text = strings.ReplaceAll(text, `path: "-"`, "path: spikes.csv")
		list[name] = []byte(text)
	}
	text, err := os.ReadFile("testdata/good/everything.yaml")
	if err != nil {
		t.Fatal(err)
	}
	list["everything"] = text
	return list
}

// small are options that make a subject quick.
func small(name string) Options {
	if name == "everything" {
		return Options{}
	}
	opt := Options{Seconds: 0.06}
	if strings.HasPrefix(name, "live-") { // there is no microphone here
		opt.Set = []Setting{{"input", "speech.wav", "--input"}}
	}
	if d, err := Open(name); err == nil && d.HasParameter("channels") {
		opt.Set = append(opt.Set, Setting{Name: "channels", Value: fmt.Sprint(few), Option: "--set channels"})
	}
	return opt
}

func TestBlocksAndWorkersDoNotChangeBits(t *testing.T) {
	for name, text := range subjects(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, want := outputs(t, text, small(name), stages.RunOptions{})
			if len(want) == 0 {
				t.Fatal("the pipeline wrote nothing")
			}
			for _, run := range []stages.RunOptions{{Block: 1, Workers: 1}, {Block: 32, Workers: 2}, {Block: 1000, Workers: 2}, {Block: 479, Workers: 1}, {Block: 33, Workers: 3, Poison: true}} {
				_, have := outputs(t, text, small(name), run)
				for file := range want {
					if !bytes.Equal(have[file], want[file]) {
						t.Errorf("block %d, workers %d: %s differs", run.Block, run.Workers, file)
					}
				}
			}
			opt := small(name)
			opt.Slice = 7
			_, have := outputs(t, text, opt, stages.RunOptions{Block: 100, Workers: 2})
			for file := range want {
				if !bytes.Equal(have[file], want[file]) {
					t.Errorf("slices of 7: %s differs", file)
				}
			}
		})
	}
}

func TestTwoSeedsDiffer(t *testing.T) {
	d, err := Open("simple-anf")
	if err != nil {
		t.Fatal(err)
	}
	opt := small("simple-anf")
	_, one := outputs(t, d.Text(), opt, stages.RunOptions{})
	opt.Set = append(opt.Set, Setting{Name: "seed", Value: "2", Option: "--seed"})
	_, two := outputs(t, d.Text(), opt, stages.RunOptions{})
	if bytes.Equal(one["spikes.csv"], two["spikes.csv"]) {
		t.Error("seeds 1 and 2 give the same spikes")
	}
}

// TestRangesOfChannelsJoinToTheWhole cuts the channels in three at random places and wants the parts to be those of the
// whole, by bits.
func TestRangesOfChannelsJoinToTheWhole(t *testing.T) {
	for name, text := range subjects(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opt := small(name)
			if len(opt.Set) == 0 && name != "everything" {
				t.Skip("a pipeline of sounds, whose sinks have no channels to share out")
			}
			if strings.HasPrefix(name, "live-") && strings.Contains(string(text), "neurons.synapses") {
				t.Skip("a network, which is computed whole")
			}
			whole, files := outputs(t, text, opt, stages.RunOptions{})
			channels := few
			if name == "gammatone" || name == "everything" {
				channels = 150
			}
			if name == "gammatone" {
				opt.Set[0].Value = fmt.Sprint(channels)
				whole, files = outputs(t, text, opt, stages.RunOptions{})
			}
			rng := rand.New(rand.NewPCG(7, uint64(len(name))))
			cut := []int{0, 1 + rng.IntN(channels/2), channels/2 + 1 + rng.IntN(channels/2-1), channels}
			sort.Ints(cut)
			parts := map[string][][]byte{}
			for i := range 3 {
				part := opt
				part.Channels = stages.Range{Lo: cut[i], Hi: cut[i+1]}
				folder, have := outputs(t, text, part, stages.RunOptions{Block: 100})
				for file := range files {
					checkPart(t, filepath.Join(whole, file), filepath.Join(folder, file), part.Channels)
					parts[file] = append(parts[file], have[file])
				}
			}
			for file, list := range parts {
				if strings.HasSuffix(file, ".csv") && joinLines(list, file) != sortedLines(files[file], file) {
					t.Errorf("%s: the parts at %v do not join to the whole", file, cut)
				}
			}
		})
	}
}

// checkPart compares an array of some channels with the same channels of the whole.
func checkPart(t *testing.T, whole, part string, r stages.Range) {
	t.Helper()
	if filepath.Ext(whole) != ".npy" {
		return
	}
	shape, want, err := sinks.ReadArray(whole)
	if err != nil {
		t.Fatal(err)
	}
	partShape, have, err := sinks.ReadArray(part)
	if err != nil {
		t.Fatal(err)
	}
	n, m := int(shape[1]), r.Len()
	if int(shape[1]) < r.Hi {
		t.Fatalf("%s has %d channels", whole, n)
	}
	if partShape[0] != shape[0] || int(partShape[1]) != m {
		t.Fatalf("%s: shape %v of channels %d:%d, %v of all", filepath.Base(part), partShape, r.Lo, r.Hi, shape)
	}
	for i := range int(shape[0]) {
		for c := range m {
			a, b := have[i*m+c], want[i*n+r.Lo+c]
			if a != b && (a == a || b == b) {
				t.Fatalf("%s: frame %d, channel %d: %v alone, %v in the whole", filepath.Base(part), i, r.Lo+c, a, b)
			}
		}
	}
}

// joinLines puts the lines of parts together, in an order that does not depend on the cut.
func joinLines(parts [][]byte, file string) string {
	return sortedLines(bytes.Join(parts, nil), file)
}

func sortedLines(text []byte, file string) string {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	var kept []string
	for _, l := range lines {
		if !strings.HasPrefix(l, "t,i") && !strings.HasPrefix(l, "channel,") {
			kept = append(kept, l)
		}
	}
	sort.Strings(kept)
	return strings.Join(kept, "\n")
}

func TestToneInNoiseMakesTheSpikesOfThePaper(t *testing.T) {
	if testing.Short() {
		t.Skip("3,000 channels")
	}
	text, err := os.ReadFile("testdata/good/tone-in-noise.yaml")
	if err != nil {
		t.Fatal(err)
	}
	folder, _ := outputs(t, text, Options{}, stages.RunOptions{})
	train, err := sinks.ReadSpikes(filepath.Join(folder, "spikes.csv"))
	if err != nil {
		t.Fatal(err)
	}
	// Brian Hears gives 24,100 ± 350 over seeds, and 15.02 ± 0.04 per fibre near 1 kHz.
	if n := len(train.T); n < 23400 || n > 24800 {
		t.Errorf("%d spikes, want 24,100 ± 350 (two standard deviations are allowed)", n)
	}
	near := 0
	last := map[int32]int64{}
	shortest := int64(1 << 40)
	for k, c := range train.Cell {
		if c >= 1060 && c < 1120 {
			near++
		}
		step := int64(train.T[k]*train.Meta.Rate + 0.5)
		if before, ok := last[c]; ok {
			shortest = min(shortest, step-before)
		}
		last[c] = step
	}
	if mean := float64(near) / 60; mean < 14.8 || mean > 15.2 {
		t.Errorf("%.2f spikes per fibre near 1 kHz, want 15.0", mean)
	}
	// 5 ms are 220 whole steps, in which a cell does not fire; then it has to climb to the threshold.
	if shortest <= 220 || shortest > 300 {
		t.Errorf("the shortest interval is %d steps, want 221 or a little more", shortest)
	}
	// The level per channel in the example "online computation", ten seeds: 0.01137 ± 0.0002 at 1 kHz, 2.02e-3 ± 0.11e-3 at 850 Hz.
	table, err := os.ReadFile(filepath.Join(folder, "rms.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for channel, want := range map[int][2]float64{1089: {0.01137, 0.0006}, 1000: {2.02e-3, 0.33e-3}} {
		var i int
		var cf, rms float64
		line := strings.Split(string(table), "\n")[channel+1]
		if _, err := fmt.Sscanf(line, "%d,%g,%g", &i, &cf, &rms); err != nil || i != channel {
			t.Fatalf("line %q: %v", line, err)
		}
		if rms < want[0]-want[1] || rms > want[0]+want[1] {
			t.Errorf("rms of channel %d is %g Pa, want %g ± %g", channel, rms, want[0], want[1])
		}
	}
}

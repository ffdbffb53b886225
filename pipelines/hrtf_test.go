package pipelines

import (
	"bytes"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"hearpipe/hrtf"
	"hearpipe/sinks"
	"hearpipe/stages"
)

// heads runs a pipeline whose nodes are given on 10 ms of noise, and returns the frames of the node out and of the noise.
func heads(t *testing.T, nodes string, opt Options, run stages.RunOptions) (out, noise stages.Frames) {
	t.Helper()
	text := "name: heads\nrate: 44.1 kHz\nnodes:\n  noise: {type: sound.whitenoise, duration: 10 ms, seed: 3}\n" + nodes +
		"\nsinks:\n  - {type: frames, from: out, path: out.npy}\n  - {type: frames, from: noise, path: noise.npy}\n"
	folder, _ := outputs(t, []byte(text), opt, run)
	return read(t, filepath.Join(folder, "out.npy")), read(t, filepath.Join(folder, "noise.npy"))
}

// convolved compares a channel with the direct sum Σ h_k·x_(t-k).
func convolved(t *testing.T, what string, out stages.Frames, c int, x, h []float64) {
	t.Helper()
	worst, peak := 0.0, 0.0
	for i := range out.N {
		want := 0.0
		for k := range min(len(h), i+1) {
			want += h[k] * x[i-k]
		}
		worst, peak = max(worst, math.Abs(out.At(i, c)-want)), max(peak, math.Abs(want))
	}
	if !(worst <= 1e-10*peak) {
		t.Errorf("%s: channel %d is off by %g of %g", what, c, worst, peak)
	}
}

// first is a channel of frames.
func first(f stages.Frames, c int) []float64 {
	x := make([]float64, f.N)
	for i := range x {
		x[i] = f.At(i, c)
	}
	return x
}

func headless(t *testing.T, positions int) *hrtf.Set {
	t.Helper()
	set, err := hrtf.NewHeadless(hrtf.HeadlessParams{Positions: positions})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// The bank gives what convolution gives, in the order asked for, of one source, two and many.
func TestHeadBanksEqualTheDirectSum(t *testing.T) {
	const n = 7
	set := headless(t, n)
	for _, order := range []hrtf.Order{hrtf.Serial, hrtf.Interleaved} {
		for _, channels := range []int{1, 2, 2 * n} {
			out, in := heads(t, fmt.Sprintf("  many: {type: stages.tile, from: noise, times: %d}\n  loud: {type: stages.scale, from: many, factor: 2}\n  out: {type: hrtf.bank, from: loud, set: headless, positions: %d, order: %v}",
				channels, n, order), Options{}, stages.RunOptions{Workers: 2})
			if out.Channels != 2*n || out.N != 441 {
				t.Fatalf("%d frames of %d channels", out.N, out.Channels)
			}
			x := first(in, 0)
			for i := range x {
				x[i] *= 2
			}
			for c, h := range set.Responses(order) {
				convolved(t, fmt.Sprint(order, channels), out, c, x, h)
			}
		}
	}
}

// Each ear hears its own channel; ranges of channels are those of the whole.
func TestHeadBanksHearWithBothEars(t *testing.T) {
	const n = 60
	set := headless(t, n)
	nodes := fmt.Sprintf("  other: {type: stages.scale, from: noise, factor: -3}\n  ears: {type: stages.join, from: [noise, other]}\n  out: {type: hrtf.bank, from: ears, set: headless, positions: %d}", n)
	whole, in := heads(t, nodes, Options{}, stages.RunOptions{Workers: 2})
	left, right := first(in, 0), first(in, 0)
	for i := range right {
		right[i] *= -3
	}
	for i := range n {
		convolved(t, "left", whole, i, left, set.At(i).Left)
		convolved(t, "right", whole, n+i, right, set.At(i).Right)
	}
	part, _ := heads(t, nodes, Options{Channels: stages.Range{Lo: 50, Hi: 70}}, stages.RunOptions{Workers: 1, Block: 7})
	for i := range part.N {
		for c := range part.Channels {
			if part.At(i, c) != whole.At(i, 50+c) {
				t.Fatalf("frame %d, channel %d: %g, of the whole %g", i, 50+c, part.At(i, c), whole.At(i, 50+c))
			}
		}
	}
}

// A measured set is read, resampled where that is asked for, and a part of it chosen.
func TestMeasuredSetsAreReadAndChosen(t *testing.T) {
	set, err := hrtf.Open("../hrtf/testdata/sofa/tester.sofa", hrtf.OpenParams{})
	if err != nil {
		t.Fatal(err)
	}
	low, err := set.Select("elevation < -50")
	if err != nil {
		t.Fatal(err)
	}
	nodes := "  same: {type: sound.resample, from: noise, rate: 48 kHz}\n  out: {type: hrtf.bank, from: same, set: ../hrtf/testdata/sofa/tester.sofa, select: elevation < -50}"
	text := "name: heads\nrate: 44.1 kHz\nnodes:\n  noise: {type: sound.whitenoise, duration: 10 ms, seed: 3}\n" + nodes + "\nsinks:\n  - {type: frames, from: out, path: out.npy}\n"
	d, err := Parse("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p, err := d.Check(Options{Access: Access{Allow: []string{"../hrtf/testdata"}}})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Notes()) > 0 {
		t.Errorf("notes %v", p.Notes())
	}
	if s := p.sinks[0].in[0].shape(); s.channels != 2*low.Len() || s.rate != 48000 {
		t.Errorf("%d channels at %g Hz, want %d at 48 kHz", s.channels, s.rate, 2*low.Len())
	}
	text = strings.Replace(text, "from: same,", "from: noise, resample: yes,", 1)
	if d, err = Parse("test.yaml", []byte(text)); err != nil {
		t.Fatal(err)
	}
	if p, err = d.Check(Options{Access: Access{Allow: []string{"../hrtf/testdata"}}}); err != nil {
		t.Fatal(err)
	}
	if s := p.sinks[0].in[0].shape(); s.rate != 44100 {
		t.Errorf("rate %g Hz", s.rate)
	}
	text = strings.Replace(text, "resample: yes,", "set_rate: 44.1 kHz,", 1) // as if the file were wrong about its rate
	if d, err = Parse("test.yaml", []byte(text)); err != nil {
		t.Fatal(err)
	}
	if _, err = d.Check(Options{Access: Access{Allow: []string{"../hrtf/testdata"}}}); err != nil {
		t.Fatal(err)
	}
	text = strings.Replace(text, "set_rate: 44.1 kHz,", "", 1)
	if d, err = Parse("test.yaml", []byte(text)); err != nil {
		t.Fatal(err)
	}
	if _, err = d.Check(Options{Access: Access{Allow: []string{"../hrtf/testdata"}}}); err == nil || !strings.Contains(err.Error(), "has 48 kHz, noise has 44.1 kHz: want equal rates") {
		t.Errorf("error %v", err)
	}
}

// A direction is a response, a place, or a path; all give two ears.
func TestSoundsAreHeardFromPlaces(t *testing.T) {
	set := headless(t, 13)
	for _, c := range []struct {
		fields string
		index  int
	}{
		{"index: 4", 4},
		{"azimuth: 0", 6},
		{"azimuth: 3*15", 3},
		{"azimuth: -30, elevation: 0, interpolation: nearest", 8},
		{"azimuth: 0*t/second - 75", 11},
		{"times: [0 s, 1 s], azimuths: [90, 90]", 0},
		{"azimuth: 90 - 0, phase: minimum, interpolation: nearest", 0},
	} {
		out, in := heads(t, "  out: {type: hrtf.apply, from: noise, set: headless, "+c.fields+"}", Options{}, stages.RunOptions{})
		if out.Channels != 2 {
			t.Fatalf("%s: %d channels", c.fields, out.Channels)
		}
		convolved(t, c.fields, out, 0, first(in, 0), set.At(c.index).Left)
		convolved(t, c.fields, out, 1, first(in, 0), set.At(c.index).Right)
	}
}

// A moving source is the same in any blocks, whether its place is an expression or a path.
func TestMovingSoundsDoNotDependOnBlocks(t *testing.T) {
	for _, fields := range []string{`azimuth: "90*sin(2*pi*t/(8 ms))", elevation: "10*t/second"`, "times: [0 s, 4 ms, 10 ms], azimuths: [90, -90, 0], elevations: [0, 20, 0]"} {
		nodes := "  out: {type: hrtf.apply, from: noise, set: headless, interval: 32, " + fields + "}"
		want, in := heads(t, nodes, Options{}, stages.RunOptions{})
		if math.Abs(want.At(100, 0)-in.At(100, 0)) < 1e-9 && math.Abs(want.At(200, 0)-in.At(200, 0)) < 1e-9 {
			t.Errorf("%s: the left ear hears the source itself", fields)
		}
		for _, run := range []stages.RunOptions{{Block: 1}, {Block: 37, Poison: true}} {
			have, _ := heads(t, nodes, Options{}, run)
			for i := range have.N {
				if have.At(i, 0) != want.At(i, 0) || have.At(i, 1) != want.At(i, 1) {
					t.Fatalf("%s: block %d: frame %d differs", fields, run.Block, i)
				}
			}
		}
	}
}

func TestMistakesOfHeadsAreNamed(t *testing.T) {
	for fields, want := range map[string]string{
		"bank, set: nowhere.sofa":                                           "there is no file or folder nowhere.sofa",
		"bank, set: /etc/hostname":                                          "lies outside of the working folder",
		"bank, set: headless, select: elevation == 3":                       "unknown name elevation; the coordinates of headless are azimuth and itd",
		"bank, set: headless, select: itd > 1 second":                       "holds for none of the 13 responses",
		"bank, set: headless, select: azimuth":                              "is not a condition",
		"bank, set: headless, subject: 3":                                   "headless has no subjects",
		"bank, set: headless, positions: 0":                                 "want 1 to 65536",
		"bank, set: headless, order: mixed":                                 `"mixed" is not allowed`,
		"bank":                                                              "set",
		"apply, set: headless":                                              "want one of azimuth, index and times",
		"apply, set: headless, azimuth: 3, index: 2":                        "want one of azimuth, index and times",
		"apply, set: headless, index: 13":                                   "13: headless has 13 responses, want 0 to 12",
		"apply, set: headless, azimuth: 3 ms":                               "want a number of degrees",
		"apply, set: headless, azimuth: 0/0":                                "NaN: want a finite number of degrees",
		"apply, set: headless, azimuth: 30, elevation: 200":                 "200: want -90 to 90 degrees",
		"apply, set: headless, azimuth: 90*t/second, elevation: -91":        "-91: want -90 to 90 degrees",
		"apply, set: headless, azimuth: 0, elevation: log(-1)":              "NaN: want -90 to 90 degrees",
		"bank, set: headless, raw: yes":                                     "was not measured",
		"bank, set: kemar.sofa, subject: 1":                                 "leave subject and raw out",
		"bank, set: kemar.sofa, raw: yes":                                   "leave subject and raw out",
		"bank, set: kemar.sofa, select: elevation == 3 deg":                 "elevation and distance, angles being degrees without a unit",
		"apply, set: headless, azimuth: 30 deg":                             "angles are degrees without a unit",
		"apply, set: headless, times: 1 s, azimuths: 3, elevations: -100":   "out.elevations: waypoint 0: elevation -100",
		"apply, set: headless, times: 1 s, azimuths: inf":                   "out.azimuths: waypoint 0",
		"apply, set: headless, azimuth: 90*x":                               "x",
		"apply, set: headless, index: 3, elevation: 3":                      "beside azimuth only",
		"apply, set: headless, azimuth: 3, azimuths: 3":                     "beside times only",
		"apply, set: headless, times: [0 s, 1 s], azimuths: 3":              "1 azimuths for 2 times",
		"apply, set: headless, times: [1 s, 1 s], azimuths: [3,4]":          "want rising times",
		"apply, set: headless, times: 1 s, azimuths: 3, elevations: [1, 2]": "2 elevations for 1 times",
		"apply, set: headless, times: 1 s, azimuths: 3, elevations: 91":     "want -90 to 90",
		"apply, set: headless, azimuth: 3, set_rate: 0 Hz":                  "a positive, finite value",
		"apply, set: headless, azimuth: 3, interval: 0":                     "want 1 to 1048576",
	} {
		text := "name: heads\nnodes:\n  noise: {type: sound.whitenoise, duration: 10 ms}\n  out: {from: noise, type: hrtf." + fields + "}\nsinks:\n  - {type: frames, from: out, path: out.npy}\n"
		d, err := Parse("test.yaml", []byte(text))
		if err == nil {
			_, err = d.Check(Options{Access: Access{Folder: t.TempDir()}})
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v does not say %q", fields, err, want)
		}
	}
	text := "name: heads\nnodes:\n  noise: {type: sound.whitenoise, duration: 10 ms, channels: 3}\n  a: {from: noise, type: hrtf.bank, set: headless}\n  b: {from: noise, type: hrtf.apply, set: headless, azimuth: 0}\nsinks:\n  - {type: frames, from: a, path: a.npy}\n  - {type: frames, from: b, path: b.npy}\n"
	d, err := Parse("test.yaml", []byte(text))
	if err == nil {
		_, err = d.Check(Options{Access: Access{Folder: t.TempDir()}})
	}
	for _, want := range []string{"noise has 3 channels: want 1, 2, or 26 for 13 directions", "noise has 3 channels: want 1, or 2 for the ears"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
}

// A list is repeated as a whole.
func TestListsAreTiled(t *testing.T) {
	folder, files := outputs(t, []byte("name: tiles\nnodes:\n  tones: {type: sound.tone, frequency: \"tile([100 Hz, 200 Hz], 2)\", duration: 10 ms}\nsinks:\n  - {type: frames, from: tones, path: tones.npy}\n"), Options{}, stages.RunOptions{})
	f := read(t, filepath.Join(folder, "tones.npy"))
	if f.Channels != 4 || f.At(50, 0) != f.At(50, 2) || f.At(50, 1) != f.At(50, 3) || f.At(50, 0) == f.At(50, 1) {
		t.Errorf("%d channels, frame 50: %v", f.Channels, f.Row(50))
	}
	if _, _, err := sinks.ReadArray(filepath.Join(folder, "tones.npy")); err != nil || !bytes.HasPrefix(files["tones.npy"], []byte("\x93NUMPY")) {
		t.Error(err)
	}
}

// Nodes that ask for a set at a rate it was not measured at share what resampling makes of it; where places are needs none.
func TestSetsAreResampledOnce(t *testing.T) {
	text := "name: heads\nrate: 48 kHz\nnodes:\n  noise: {type: sound.whitenoise, duration: 10 ms}\n" +
		"  a: {from: noise, type: hrtf.apply, set: kemar.sofa, select: elevation == 0, index: 3, resample: yes}\n" +
		"  b: {from: noise, type: hrtf.bank, set: kemar.sofa, select: elevation == 0, resample: yes}\n" +
		"  c: {from: noise, type: hrtf.bank, set: kemar.sofa, select: elevation == 90, resample: yes}\n" +
		"  cells: {type: neurons.group, inputs: {I: b}, equations: \"dv/dt = (I-v)/(1*ms) : 1\\n  I : 1\", threshold: v > 1, reset: v = 0}\n" +
		"sinks:\n  - {type: places, from: cells, set: kemar.sofa, select: elevation == 0, path: p.csv}\n" +
		"  - {type: frames, from: a, path: a.npy}\n  - {type: frames, from: c, path: c.npy}\n"
	p := planOf(t, []byte(text), Options{Access: Access{Folder: t.TempDir()}})
	got := map[string]int{}
	for key, set := range p.env.resampled {
		if set.Rate() != 48000 || key.from != 44100 || key.to != 48000 {
			t.Errorf("%+v has %g Hz", key, set.Rate())
		}
		got[key.selected] = set.Len()
	}
	if len(p.env.resampled) != 2 || got["elevation == 0"] != 72 || got["elevation == 90"] != 1 {
		t.Errorf("resampled were %v, want each of two selections once", got)
	}
	notes := strings.Join(p.Notes(), "\n")
	if strings.Count(notes, "is resampled to 48 kHz") != 3 {
		t.Errorf("the notes say\n%s\nwant a line for each of the nodes, and none for the sink", notes)
	}
}

// A node behind one that is wrong does not blame the number of its channels, which is not known.
func TestUnknownNumbersOfChannelsAreNotBlamed(t *testing.T) {
	text := "name: heads\nnodes:\n  noise: {type: sound.whitenoise, duration: 10 ms}\n  ears: {from: noise, type: hrtf.bank, set: headless, positions: 0}\n" +
		"  each: {from: ears, type: stages.repeat, times: 40}\n  out: {from: each, type: filterbank.gammatone, cf: \"tile(erbspace(150 Hz, 5 kHz, 40), n//40)\"}\n" +
		"sinks:\n  - {type: frames, from: out, path: out.npy}\n"
	d, err := Parse("test.yaml", []byte(text))
	if err == nil {
		_, err = d.Check(Options{Access: Access{Folder: t.TempDir()}})
	}
	if err == nil || !strings.Contains(err.Error(), "want 1 to 65536") || strings.Contains(err.Error(), "tile") {
		t.Errorf("the error is %v, want one about positions and none about cf", err)
	}
}

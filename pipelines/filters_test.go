package pipelines

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"hearpipe/filterbank"
	"hearpipe/stages"
)

// TestFilterNodesAreTheBanksOfTheLibrary compares nodes with the constructors they stand for, by bits, whole and in part.
func TestFilterNodesAreTheBanksOfTheLibrary(t *testing.T) {
	type build = func(src stages.Stage) (stages.Stage, error)
	designs := func(n int, design func(x float64) filterbank.IIRDesign) build {
		return func(src stages.Stage) (stages.Stage, error) {
			var list []filterbank.IIRDesign
			for c := range n {
				list = append(list, design(float64(c)))
			}
			return filterbank.NewIIR(src, filterbank.IIRParams{Designs: list})
		}
	}
	for _, x := range []struct {
		node     string
		channels int
		build    build
	}{
		{"type: filterbank.fir, response: [1, -0.5, 0.25]", 1, func(src stages.Stage) (stages.Stage, error) {
			return filterbank.NewFIR(src, filterbank.FIRParams{Responses: [][]float64{{1, -0.5, 0.25}}})
		}},
		{"type: filterbank.fir, response: [1, 2, 3, 4, 5, 6], filters: 3", 3, func(src stages.Stage) (stages.Stage, error) {
			return filterbank.NewFIR(src, filterbank.FIRParams{Responses: [][]float64{{1, 2}, {3, 4}, {5, 6}}})
		}},
		{"type: filterbank.iir, order: 3, edge: \"linspace(100 Hz, 4868 Hz, 150)\"", 150, designs(150, func(c float64) filterbank.IIRDesign {
			return filterbank.IIRDesign{Order: 3, Edges: []float64{100 + 32*c}}
		})},
		{"type: filterbank.iir, family: elliptic, band: bandpass, edge: [300 Hz, 400 Hz], upper: 2 kHz, stop: 100 Hz, stop_upper: 4 kHz, ripple: 1 dB, attenuation: [30 dB, 60 dB]", 2, designs(2, func(c float64) filterbank.IIRDesign {
			return filterbank.IIRDesign{
				Family: filterbank.Elliptic, Band: filterbank.BandPass, Edges: []float64{300 + 100*c, 2000}, Stop: []float64{100, 4000}, Ripple: 1, Attenuation: 30 + 30*c,
			}
		})},
		{"type: filterbank.iir, family: chebyshev2, band: bandstop, legacy: yes, edge: 300 Hz, upper: 2 kHz, stop: 500 Hz, stop_upper: 1 kHz, ripple: 1 dB, attenuation: 30 dB", 1, designs(1, func(float64) filterbank.IIRDesign {
			return filterbank.IIRDesign{
				Family: filterbank.Chebyshev2, Band: filterbank.BandStop, Edges: []float64{300, 2000}, Stop: []float64{500, 1000}, Ripple: 1, Attenuation: 30, Legacy: true,
			}
		})},
		{"type: filterbank.iir, family: bessel, band: high, order: 4, edge: 300 Hz", 1, designs(1, func(float64) filterbank.IIRDesign {
			return filterbank.IIRDesign{Family: filterbank.Bessel, Band: filterbank.BandHigh, Order: 4, Edges: []float64{300}}
		})},
		{"type: filterbank.middle_ear, gain: [1, 0.5]", 2, func(src stages.Stage) (stages.Stage, error) {
			return filterbank.NewMiddleEar(src, filterbank.MiddleEarParams{Gain: []float64{1, 0.5}})
		}},
		{"type: filterbank.fractional_delay, delay: [0.1 ms, -1.23 ms, 5 ms]", 3, func(src stages.Stage) (stages.Stage, error) {
			return filterbank.NewFractionalDelay(src, filterbank.FractionalDelayParams{Delays: []float64{1e-4, -1.23e-3, 5e-3}})
		}},
		{"type: filterbank.fractional_delay, delay: 0.1 ms, taps: 99", 1, func(src stages.Stage) (stages.Stage, error) {
			return filterbank.NewFractionalDelay(src, filterbank.FractionalDelayParams{Delays: []float64{1e-4}, Length: 99})
		}},
	} {
		t.Run(strings.TrimPrefix(x.node, "type: filterbank."), func(t *testing.T) {
			text := []byte("rate: 20 kHz\nnodes:\n  noise: {type: sound.whitenoise, duration: 120 ms, seed: 3}\n  x: {from: noise, " + x.node + "}\n" +
				"sinks:\n  - {type: frames, from: x, path: x.npy}\n  - {type: frames, from: noise, path: noise.npy}\n")
			folder, _ := outputs(t, text, Options{}, stages.RunOptions{})
			have, noise := read(t, filepath.Join(folder, "x.npy")), read(t, filepath.Join(folder, "noise.npy"))
			src, err := stages.New("test", stages.Format{Rate: 20000, Channels: 1, Frames: int64(noise.N)}, recorded{noise})
			if err != nil {
				t.Fatal(err)
			}
			bank, err := x.build(src)
			if err != nil {
				t.Fatal(err)
			}
			want, err := stages.Collect(context.Background(), bank)
			if err != nil {
				t.Fatal(err)
			}
			if have.N != want.N || have.Channels != want.Channels || have.Channels != x.channels || have.N == 0 {
				t.Fatalf("%d frames of %d channels, want %d of %d", have.N, have.Channels, want.N, want.Channels)
			}
			for i := range have.N {
				for c := range have.Channels {
					if have.At(i, c) != want.At(i, c) {
						t.Fatalf("frame %d, channel %d is %v, want %v", i, c, have.At(i, c), want.At(i, c))
					}
				}
			}
			if r := (stages.Range{Lo: x.channels / 3, Hi: x.channels - 1}); r.Hi > r.Lo {
				part, _ := outputs(t, text, Options{Channels: r}, stages.RunOptions{Block: 77})
				checkPart(t, filepath.Join(folder, "x.npy"), filepath.Join(part, "x.npy"), r)
			}
		})
	}
}

func TestImpossibleFiltersAreMistakes(t *testing.T) {
	for node, want := range map[string]string{
		"type: filterbank.fir, response: [1, 2, 3], filters: 2":                                                  "nodes.x.filters: 2, but there are 3 values: want a divisor",
		"type: filterbank.fir, response: [1, 2, 3], filters: 0":                                                  "nodes.x.filters: 0: want 1 to 3",
		"type: filterbank.fir, response: [1, 2, 3], filters: 3, from: two":                                       "two has 2 channels: want one per channel",
		"type: filterbank.iir, edge: 100 Hz":                                                                     "want an order, or else stop, ripple and attenuation",
		"type: filterbank.iir, edge: 10 kHz, order: 1":                                                           "nodes.x.edge: 10 kHz",
		"type: filterbank.iir, edge: 1 kHz, order: 51":                                                           "nodes.x.order: 51: want 1 to 50",
		"type: filterbank.iir, edge: [1 kHz, 2 kHz], upper: 1.5 kHz, band: bandpass, order: 2":                   "channel 1: edges: 2000 Hz, 1500 Hz: want them in ascending order",
		"type: filterbank.iir, edge: 1 kHz, order: 2, family: chebyshev1":                                        "channel 0: ripple 0 dB: want above 0 dB",
		"type: filterbank.iir, edge: 1 kHz, stop: 500 Hz, ripple: 1 dB, attenuation: 30 dB":                      "want the stop band above the pass band",
		"type: filterbank.iir, edge: [1 kHz, 2 kHz], stop: 3 kHz, ripple: [1 dB, 2 dB, 3 dB], attenuation: 9 dB": "nodes.x.edge: 2 values for 3 channels",
		"type: filterbank.fractional_delay, delay: 10 ms, taps: 100":                                             "nodes.x.delay: channel 0: delay 0.01 s, up to 200 frames: want less than half of the 100 taps",
		"type: filterbank.fractional_delay, delay: 1 ms, taps: 0":                                                "nodes.x.taps: 0: want 1 to 1048576",
		"type: filterbank.middle_ear, gain: [1, 2, 3], from: two":                                                "two has 2 channels: want one per channel",
	} {
		from := ", from: noise"
		if strings.Contains(node, "from:") {
			from = ""
		}
		text := "rate: 20 kHz\nnodes:\n  noise: {type: sound.whitenoise, duration: 1 ms}\n  two: {type: stages.repeat, from: noise, times: 2}\n  x: {" + node + from + "}\n" +
			"sinks:\n  - {type: frames, from: x, path: x.npy}\n"
		d, err := Parse("p.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Check(Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s:\n%v\nwant %s", node, err, want)
		}
	}
}

func TestTuningCurvesAreDrawn(t *testing.T) {
	run := func(sink string) error {
		folder := t.TempDir()
		d, err := Parse("p.yaml", []byte("rate: 8 kHz\nnodes:\n  x: {type: sound.click, duration: 10 ms, peak: 20*log10(1e6/28)*dB}\n  many: {type: stages.repeat, from: x, times: 300}\nsinks:\n  - {type: tuning, from: x, path: x.png"+sink+"}\n"))
		if err != nil {
			t.Fatal(err)
		}
		p, err := d.Check(Options{Access: Access{Folder: folder}})
		if err != nil {
			return err
		}
		res, err := p.Run(context.Background(), stages.RunOptions{})
		if err == nil && (len(res.Files) != 1 || filepath.Base(res.Files[0]) != "x.png") {
			t.Errorf("files %v", res.Files)
		}
		return err
	}
	if err := run(", low: 100 Hz, high: 4 kHz, range: 30 dB"); err != nil {
		t.Error(err)
	}
	for sink, want := range map[string]string{
		", high: 5 kHz": "sinks[0].high: 5 kHz", ", low: 0 Hz": "sinks[0].low: 0 Hz", ", range: 0 dB": "sinks[0].range: 0 dB",
		", low: 2 kHz, high: 1 kHz": "want them in ascending order",
	} {
		if err := run(sink); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", sink, err, want)
		}
	}
}

package pipelines

import (
	"context"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"hearpipe/filterbank"
	"hearpipe/sinks"
	"hearpipe/stages"
)

// auditory is a pipeline with one auditory filterbank x; source is mono or two.
func auditory(source, node string) string {
	return "rate: 20 kHz\nparams: {cf: \"erbspace(100 Hz, 4 kHz, 150)\"}\nnodes:\n" +
		"  noise: {type: sound.whitenoise, duration: 30 ms, seed: 3}\n  mono: {type: sound.level, from: noise, level: 70 dB}\n" +
		"  many: {type: stages.repeat, from: mono, times: 150}\n" +
		"  x: {from: " + source + ", cf: $cf, " + node + "}\nsinks:\n  - {type: frames, from: x, path: x.npy}\n  - {type: frames, from: mono, path: mono.npy}\n"
}

// read gives the frames of a file that a pipeline wrote.
func read(t *testing.T, path string) stages.Frames {
	t.Helper()
	shape, data, err := sinks.ReadArray(path)
	if err != nil {
		t.Fatal(err)
	}
	return stages.Frames{Data: data, N: int(shape[0]), Channels: int(shape[1]), Stride: int(shape[1])}
}

// recorded is a stage of frames in memory.
type recorded struct{ stages.Frames }

// Fill copies frames.
func (r recorded) Fill(_ context.Context, at int64, dst stages.Frames) (int, error) {
	dst.CopyFrom(r.Cut(int(at), int(at)+dst.N), dst.N)
	return dst.N, nil
}

// TestAuditoryNodesAreTheBanksOfTheLibrary compares nodes with the constructors they stand for, by bits: from one channel and
// from many, whole and in part, with so many channels that slices compute them.
func TestAuditoryNodesAreTheBanksOfTheLibrary(t *testing.T) {
	cf, err := filterbank.ERBSpace(100, 4000, 150)
	if err != nil {
		t.Fatal(err)
	}
	changed := filterbank.DRNLHuman()
	changed.NonlinearCutoff.M = 1.05
	constants := filterbank.DCGCDefaults()
	constants.Calibration, constants.HalfLife, constants.C1 = 93, 1e-3, -2.5
	guineaPig := filterbank.DRNLGuineaPigLegacy()
	for _, x := range []struct {
		node  string
		build func(src stages.Stage) (stages.Stage, error)
	}{
		{"type: filterbank.approximate_gammatone, bandwidth: 80 Hz, order: 3", func(src stages.Stage) (stages.Stage, error) {
			return filterbank.NewApproximateGammatone(src, filterbank.ApproximateGammatoneParams{CF: cf, Bandwidth: []float64{80}, Order: 3})
		}},
		{"type: filterbank.asymmetric_compensation, b: 2.17, c: 2.2, sections: 3", func(src stages.Stage) (stages.Stage, error) {
			return filterbank.NewAsymmetricCompensation(src, filterbank.AsymmetricCompensationParams{CF: cf, B: []float64{2.17}, C: []float64{2.2}, Sections: 3})
		}},
		{"type: filterbank.log_gammachirp, b: 1.81, c: -2.96", func(src stages.Stage) (stages.Stage, error) {
			return filterbank.NewLogGammachirp(src, filterbank.LogGammachirpParams{CF: cf, B: []float64{1.81}, C: []float64{-2.96}})
		}},
		{"type: filterbank.linear_gammachirp, time_constant: 2 ms, sweep: 2000 Hz/(1 s), phase: 0.5", func(src stages.Stage) (stages.Stage, error) {
			return filterbank.NewLinearGammachirp(src, filterbank.LinearChirpParams{CF: cf, TimeConstant: []float64{2e-3}, Sweep: []float64{2000}, Phase: []float64{0.5}})
		}},
		{"type: filterbank.linear_gaborchirp, time_constant: 2 ms", func(src stages.Stage) (stages.Stage, error) {
			return filterbank.NewLinearGaborchirp(src, filterbank.LinearChirpParams{CF: cf, TimeConstant: []float64{2e-3}})
		}},
		{"type: filterbank.drnl, param: {lp_nl_cutoff_m: 1.05}", func(src stages.Stage) (stages.Stage, error) {
			return filterbank.NewDRNL(src, filterbank.DRNLParams{CF: cf, Laws: &changed})
		}},
		{"type: filterbank.drnl, species: guinea_pig, legacy: yes, order_linear: 2, order_nonlinear: 4, stapes_scale: 0.001", func(src stages.Stage) (stages.Stage, error) {
			return filterbank.NewDRNL(src, filterbank.DRNLParams{CF: cf, Laws: &guineaPig, OrderLinear: 2, OrderNonlinear: 4, StapesScale: 0.001})
		}},
		{"type: filterbank.dcgc, param: {RMStoSPL: 93 dB, decay_tcst: 1 ms, c1: -2.5}", func(src stages.Stage) (stages.Stage, error) {
			return filterbank.NewDCGC(src, filterbank.DCGCParams{CF: cf, Constants: &constants})
		}},
		{"type: filterbank.dcgc, interval: 16, legacy: yes", func(src stages.Stage) (stages.Stage, error) {
			return filterbank.NewDCGC(src, filterbank.DCGCParams{CF: cf, Interval: 16, LegacyReference: true, LegacyDecay: true})
		}},
	} {
		t.Run(strings.TrimPrefix(x.node, "type: filterbank."), func(t *testing.T) {
			var want stages.Frames
			for _, source := range []string{"mono", "many"} {
				text := []byte(auditory(source, x.node))
				folder, _ := outputs(t, text, Options{}, stages.RunOptions{})
				have := read(t, filepath.Join(folder, "x.npy"))
				if want.N == 0 {
					mono := read(t, filepath.Join(folder, "mono.npy"))
					src, err := stages.New("test", stages.Format{Rate: 20000, Channels: 1, Frames: int64(mono.N)}, recorded{mono})
					if err != nil {
						t.Fatal(err)
					}
					bank, err := x.build(src)
					if err != nil {
						t.Fatal(err)
					}
					if want, err = stages.Collect(context.Background(), bank); err != nil {
						t.Fatal(err)
					}
				}
				if have.N != want.N || have.Channels != want.Channels || have.N == 0 {
					t.Fatalf("%d frames of %d channels, want %d of %d", have.N, have.Channels, want.N, want.Channels)
				}
				for i := range have.N {
					for c := range have.Channels {
						if have.At(i, c) != want.At(i, c) {
							t.Fatalf("from %s: frame %d, channel %d is %v, want %v", source, i, c, have.At(i, c), want.At(i, c))
						}
					}
				}
				for _, r := range []stages.Range{{Lo: 20, Hi: 110}, {Lo: 149, Hi: 150}} {
					part, _ := outputs(t, text, Options{Channels: r}, stages.RunOptions{Block: 77})
					checkPart(t, filepath.Join(folder, "x.npy"), filepath.Join(part, "x.npy"), r)
				}
			}
		})
	}
}

// dcgcOfParts is the dynamic compressive gammachirp made of its parts, with a control path: the way in which the example "dcgc"
// of Brian Hears is written. The control finds the centre frequencies cf in its last input.
const dcgcOfParts = `
rate: 50 kHz
params: {n: 50, b1: 1.81, c1: -2.96, b2: 2.17, c2: 2.2}
nodes:
  noise:   {type: sound.whitenoise, duration: 20 ms, seed: 2}
  sound:   {type: sound.level, from: noise, level: 50 dB}
  passive: {type: filterbank.log_gammachirp, from: sound, cf: "erbspace(100 Hz, 1 kHz, $n)", b: $b1, c: $c1}
  higher:  {type: stages.index, from: passive, index: INDEX}
  above:
    type: filterbank.asymmetric_compensation
    from: higher
    cf: ABOVE
    b: $b2
    c: $c2
  signal:
    type: filterbank.asymmetric_compensation
    from: passive
    cf: "0.233*(erbspace(100 Hz, 1 kHz, $n) + $c1*$b1/4*24.7 Hz*(4.37e-3*erbspace(100 Hz, 1 kHz, $n)/Hz + 1))"
    b: $b2
    c: $c2
  follow:
    type: stages.control
    inputs: {u1: higher, u2: above, p: passive}
    every: 1
    state: {L1: 0, L2: 0, dB: 0}
    update: |
      L1 = clip(u1, L1*exp(-log(2)/(0.5*50)), inf)
      L2 = clip(u2, L2*exp(-log(2)/(0.5*50)), inf)
      dB = 20*log10(clip(0.5*10*(L1/10)**1.5 + 0.5*10*(L2/10)**0.5, 10**(-1.5), inf)) + 30
    set: {signal.cf: "(cf + $c1*$b1/4*24.7 Hz*(4.37e-3*cf/Hz + 1))*(0.233 + 0.005*dB)"}
  library: {type: filterbank.dcgc, from: sound, cf: "erbspace(100 Hz, 1 kHz, $n)"}
sinks:
  - {type: frames, from: signal, path: signal.npy}
  - {type: frames, from: library, path: library.npy}
`

func TestDCGCWithAControlIsThatOfTheLibrary(t *testing.T) {
	cf, err := filterbank.ERBSpace(100, 1000, 50)
	if err != nil {
		t.Fatal(err)
	}
	var index, above []string
	for i := range 50 {
		k := min(i+6, 49) // the channel whose level it follows
		peak := cf[k] - 2.96*1.81/4*24.7*(4.37e-3*cf[k]+1)
		index, above = append(index, strconv.Itoa(k)), append(above, strconv.FormatFloat(1.08*peak, 'g', -1, 64)+" Hz")
	}
	text := strings.NewReplacer("INDEX", "["+strings.Join(index, ", ")+"]", "ABOVE", "["+strings.Join(above, ", ")+"]").Replace(dcgcOfParts)
	folder, _ := outputs(t, []byte(text), Options{}, stages.RunOptions{})
	have, want := read(t, filepath.Join(folder, "signal.npy")), read(t, filepath.Join(folder, "library.npy"))
	worst, peak := 0.0, 0.0
	for i := range want.N {
		for c := range want.Channels {
			worst, peak = max(worst, math.Abs(have.At(i, c)-want.At(i, c))), max(peak, math.Abs(want.At(i, c)))
		}
	}
	if !(worst <= 1e-10*peak) {
		t.Errorf("max |Δ| %.3g, max |want| %.3g", worst, peak)
	}
}

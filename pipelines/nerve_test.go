package pipelines

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"hearpipe/filterbank"
	"hearpipe/stages"
)

// fromMono is a stage of the frames that a pipeline wrote to mono.npy in a folder.
func fromMono(t *testing.T, folder string) stages.Stage {
	t.Helper()
	mono := read(t, filepath.Join(folder, "mono.npy"))
	src, err := stages.New("test", stages.Format{Rate: 20000, Channels: 1, Frames: int64(mono.N)}, recorded{mono})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// TestNerveNodesAreTheModelsOfTheLibrary compares every port with that of the constructor it stands for, by bits: from one
// channel and from many, whole and in part.
func TestNerveNodesAreTheModelsOfTheLibrary(t *testing.T) {
	cf, err := filterbank.ERBSpace(100, 4000, 150)
	if err != nil {
		t.Fatal(err)
	}
	k := filterbank.ZhangDefaults()
	k.Spontaneous, k.SteadyState, k.TauShort, k.TauRapid, k.RapidToShort, k.PeakToSteady, k.MaxPermeability = 40, 150, 0.05, 0.003, 5, 8, 0.5
	const constants = "spontaneous: 40 Hz, steady_state: 150 Hz, tau_short: 50 ms, tau_rapid: 3 ms, rapid_to_short: 5, peak_to_steady: 8, max_permeability: 0.5"
	changed := filterbank.TanCarneyParams{
		CF: cf, PoleFrequency: []float64{900}, DampingSpread: []float64{1500}, FrequencySpan: []float64{500}, RestDamping: []float64{1300}, Zero: []float64{-4000},
		Gain80: []float64{1700}, AverageControl: 0.4, ControlCutoff: 700, FeedbackCutoff: 600, Interval: 16,
	}
	one := func(s stages.Stage, err error) ([]stages.Stage, error) { return []stages.Stage{s}, err }
	for _, x := range []struct {
		node  string
		ports []string
		build func(src stages.Stage) ([]stages.Stage, error)
	}{
		{"type: filterbank.tan_carney", []string{"x", "x.signal", "x.control"}, func(src stages.Stage) ([]stages.Stage, error) {
			b, err := filterbank.NewTanCarney(src, filterbank.TanCarneyParams{CF: cf})
			return []stages.Stage{b, b.Signal, b.Control}, err
		}},
		{"type: filterbank.tan_carney, pole_frequency: 900 Hz, damping_spread: 1500 Hz, frequency_span: 500 Hz, rest_damping: 1300 Hz, zero: -4 kHz, gain80: 1700 Hz, " +
			"average_control: 0.4, control_cutoff: 700 Hz, feedback_cutoff: 600 Hz, interval: 16", []string{"x"}, func(src stages.Stage) ([]stages.Stage, error) {
			return one(filterbank.NewTanCarney(src, changed))
		}},
		{"type: filterbank.tan_carney, nonlinear_gain: 1 kHz", []string{"x.signal"}, func(src stages.Stage) ([]stages.Stage, error) {
			b, err := filterbank.NewTanCarney(src, filterbank.TanCarneyParams{CF: cf, NonlinearGain: []float64{1000}})
			return []stages.Stage{b.Signal}, err
		}},
		{"type: filterbank.zhang_rate, " + constants, []string{"x", "x.immediate", "x.local"}, func(src stages.Stage) ([]stages.Stage, error) {
			z, err := filterbank.NewZhangRate(src, filterbank.ZhangParams{CF: cf, Constants: &k})
			return []stages.Stage{z, z.Immediate, z.Local}, err
		}},
		{"type: filterbank.zhang_rate, legacy: yes", []string{"x"}, func(src stages.Stage) ([]stages.Stage, error) {
			return one(filterbank.NewZhangRate(src, filterbank.ZhangParams{CF: cf, LegacyLocalVolume: true}))
		}},
		{"type: filterbank.zhang_fibres, refractory: 2 ms, fast: 0.2, slow: 0.7, fast_tau: 3 ms, slow_tau: 10 ms, seed: 4", []string{"x.firing"}, func(src stages.Stage) ([]stages.Stage, error) {
			z, err := filterbank.NewZhangFibres(src, filterbank.ZhangFibresParams{
				ZhangParams: filterbank.ZhangParams{CF: cf}, Name: "x", Seed: 4,
				Recovery: &filterbank.ZhangRecovery{Absolute: 0.002, Fast: 0.2, Slow: 0.7, FastTau: 0.003, SlowTau: 0.010},
			})
			return []stages.Stage{z.Firing}, err
		}},
	} {
		t.Run(strings.TrimPrefix(x.node, "type: filterbank."), func(t *testing.T) {
			for k, port := range x.ports {
				for _, source := range []string{"mono", "many"} {
					text := []byte(strings.Replace(auditory(source, x.node), "from: x, path", "from: "+port+", path", 1))
					folder, _ := outputs(t, text, Options{}, stages.RunOptions{})
					ports, err := x.build(fromMono(t, folder))
					if err != nil {
						t.Fatal(err)
					}
					want, err := stages.Collect(context.Background(), ports[k])
					if err != nil {
						t.Fatal(err)
					}
					have := read(t, filepath.Join(folder, "x.npy"))
					if have.N != want.N || have.Channels != want.Channels || have.N == 0 {
						t.Fatalf("%d frames of %d channels, want %d of %d", have.N, have.Channels, want.N, want.Channels)
					}
					for i := range have.N {
						for c := range have.Channels {
							if have.At(i, c) != want.At(i, c) {
								t.Fatalf("%s from %s: frame %d, channel %d is %v, want %v", port, source, i, c, have.At(i, c), want.At(i, c))
							}
						}
					}
					r := stages.Range{Lo: 20, Hi: 110}
					part, _ := outputs(t, text, Options{Channels: r}, stages.RunOptions{Block: 77})
					checkPart(t, filepath.Join(folder, "x.npy"), filepath.Join(part, "x.npy"), r)
				}
			}
		})
	}
	// The hair cell alone takes its channels from the input.
	text := strings.Replace(auditory("g", "type: filterbank.inner_hair_cell, scale: 0.2, slope: 1000, exponent: 1.5, corner: 1e-8, cutoff: 3 kHz, low_passes: 4"), "cf: $cf, ", "", 1)
	text = strings.Replace(text, "  x:", "  g: {type: filterbank.gammatone, from: mono, cf: $cf}\n  x:", 1)
	folder, _ := outputs(t, []byte(text), Options{}, stages.RunOptions{})
	tone, err := filterbank.NewGammatone(fromMono(t, folder), filterbank.GammatoneParams{CF: cf})
	if err != nil {
		t.Fatal(err)
	}
	cell, err := filterbank.NewInnerHairCell(tone, filterbank.InnerHairCellParams{Scale: 0.2, Slope: 1000, Exponent: 1.5, Corner: 1e-8, Cutoff: 3000, LowPasses: 4})
	if err != nil {
		t.Fatal(err)
	}
	want, err := stages.Collect(context.Background(), cell)
	if err != nil {
		t.Fatal(err)
	}
	have := read(t, filepath.Join(folder, "x.npy"))
	for i := range want.N {
		for c := range want.Channels {
			if have.At(i, c) != want.At(i, c) {
				t.Fatalf("hair cell: frame %d, channel %d is %v, want %v", i, c, have.At(i, c), want.At(i, c))
			}
		}
	}
}

// nerve is a pipeline to fibres, three for each of 30 channels, and to their rates.
const nerve = `
rate: 50 kHz
nodes:
  tone:  {type: sound.tone, frequency: 1 kHz, amplitude: 0.05 Pa, duration: 60 ms}
  ear:   {type: filterbank.middle_ear, from: tone}
  ihc:   {type: filterbank.tan_carney, from: ear, cf: "erbspace(300 Hz, 3 kHz, 30)"}
  nerve: {type: filterbank.zhang_fibres, from: ihc, per_channel: 3, seed: 2}
sinks:
  - {type: spikes, from: nerve, path: spikes.csv}
  - {type: frames, from: nerve.firing, path: firing.npy}
`

// TestRangesOfFibresNeedNotBeginWithAChannel joins odd ranges of fibres to the whole.
func TestRangesOfFibresNeedNotBeginWithAChannel(t *testing.T) {
	lines := func(r stages.Range) map[string]bool {
		_, files := outputs(t, []byte(nerve), Options{Channels: r}, stages.RunOptions{})
		set := map[string]bool{}
		for _, line := range strings.Split(strings.TrimSpace(string(files["spikes.csv"])), "\n")[1:] {
			set[line] = true
		}
		return set
	}
	whole, parts := lines(stages.Range{}), map[string]bool{}
	for _, r := range []stages.Range{{Lo: 0, Hi: 17}, {Lo: 17, Hi: 19}, {Lo: 19, Hi: 90}} {
		for line := range lines(r) {
			cell, err := strconv.Atoi(line[strings.Index(line, ",")+1:])
			if err != nil || cell < r.Lo || cell >= r.Hi || !whole[line] {
				t.Errorf("fibres %d:%d: %q is not among the spikes of the whole", r.Lo, r.Hi, line)
			}
			parts[line] = true
		}
	}
	if len(parts) != len(whole) || len(whole) < 100 {
		t.Errorf("%d spikes in parts, %d in the whole", len(parts), len(whole))
	}
}

func TestMistakesInNervesAreNamed(t *testing.T) {
	for _, x := range []struct{ from, to, want string }{
		{"per_channel: 3", "per_channel: 0", "0: want 1 to"},
		{"per_channel: 3", "fast: 0.7", "0.5: want 0 to"},
		{"per_channel: 3", "slow_tau: 1 us", "want at least 20 us"},
		{"per_channel: 3", "spontaneous: 130 Hz", "spontaneous rate [Hz] 130: want above 0 and below the steady-state rate"},
		{"from: ihc, per", "from: tone, per", "tone has no characteristic frequencies to take: want cf"},
		{"from: ear, cf", "from: ear, interval: 0, cf", "0: want 1 to"},
		{"from: ear, cf", "from: ear, rest_damping: 0 Hz, cf", "want a positive, finite value"},
		{"from: ear, cf", "from: ear, average_control: 0, cf", "0: want any other value"},
		{"from: ear, cf", "from: ear, zero: [1 Hz, 2 Hz], cf", "2 values for 30 channels"},
		{"3 kHz, 30", "30 kHz, 30", "channel 28: 26.06"},
	} {
		d, err := Parse("test.yaml", []byte(strings.Replace(nerve, x.from, x.to, 1)))
		if err == nil {
			_, err = d.Check(Options{})
		}
		if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), "µ", "u"), x.want) {
			t.Errorf("%s: error %v does not say %q", x.to, err, x.want)
		}
	}
}

// column reads a column of numbers from a table.
func column(t *testing.T, table []byte, name string) []float64 {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(table)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []float64
	for c, head := range rows[0] {
		for _, row := range rows[1:] {
			if head == name {
				x, err := strconv.ParseFloat(row[c], 64)
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, x)
			}
		}
	}
	return out
}

// TestTanCarneyGrowthIsFigure7 wants responses that are equal at -10 dB SPL and grow with every step, in proportion at low
// levels and by less between 40 and 80 dB SPL.
func TestTanCarneyGrowthIsFigure7(t *testing.T) {
	rms := column(t, ready(t, "tan-carney-growth")["growth.csv"], "rms")
	if len(rms) != 92 {
		t.Fatalf("%d channels, want 92", len(rms))
	}
	for k := range 4 {
		curve := rms[23*k:][:23]
		if d := curve[0]/rms[0] - 1; math.Abs(d) > 0.02 {
			t.Errorf("curve %d: at -10 dB SPL off by %.3f", k, d)
		}
		for j := 1; j < 23; j++ {
			if !(curve[j] > curve[j-1]) {
				t.Errorf("curve %d falls at %d dB SPL", k, 5*j-10)
			}
		}
		low, high := 20*math.Log10(curve[4]/curve[0])/20, 20*math.Log10(curve[18]/curve[10])/40
		if math.Abs(low-1) > 0.05 || !(high < 0.9) {
			t.Errorf("curve %d: growth %.3f and %.3f dB/dB", k, low, high)
		}
	}
}

// TestTanCarneyTuningIsFigure11 wants the best frequency of the fibre at its characteristic frequency at low levels and
// wider tuning at high ones.
func TestTanCarneyTuningIsFigure11(t *testing.T) {
	table := ready(t, "tan-carney-tuning")["tuning.csv"]
	mean, phase := column(t, table, "mean"), column(t, table, "phase")
	legacy := column(t, ready(t, "tan-carney-tuning", Setting{Name: "legacy", Value: "yes"})["tuning.csv"], "mean")
	if slices.Min(mean) < 0 || slices.Max(mean) > 300 || slices.Min(legacy) < 0 || slices.Max(legacy) > 250 {
		t.Errorf("rates from %g to %g, and from %g to %g with the synapse of Brian Hears, per second: want 0 to 300, and to 250",
			slices.Min(mean), slices.Max(mean), slices.Min(legacy), slices.Max(legacy))
	}
	if len(mean) != 330 || len(phase) != 330 {
		t.Fatalf("%d and %d channels, want 330", len(mean), len(phase))
	}
	for k := (1100 - 250) / 50; 250+50*k <= 2900; k++ {
		for j := range 5 {
			d := phase[5*k+j] - phase[5*k+4]
			if d -= 2 * math.Round(d/2); math.Abs(d) > 0.75 {
				t.Errorf("tone of %d Hz at %d dB SPL: phase %g of pi relative to 90 dB SPL, want at most 0.75", 250+50*k, 10+20*j, d)
			}
			// Below the characteristic frequency the fibre fires earlier at low levels, above it later; the tones of even
			// multiples of 50 Hz have whole periods.
			if f := 250 + 50*k; j < 2 && f%100 == 0 && (f < 2000 && !(d < -0.1) || f > 2300 && !(d > 0.3)) {
				t.Errorf("tone of %d Hz at %d dB SPL: phase %g of pi relative to 90 dB SPL", f, 10+20*j, d)
			}
		}
	}
	var width [5]int
	for j := range 5 {
		best := 0
		for k := range 66 {
			if mean[5*k+j] > mean[5*best+j] {
				best = k
			}
		}
		for k := range 66 {
			if mean[5*k+j] > mean[5*best+j]/2 {
				width[j]++
			}
		}
		if f := 250 + 50*best; j < 2 && (f < 2150 || f > 2250) {
			t.Errorf("%d dB SPL: best frequency %d Hz, want 2200 Hz", 10+20*j, f)
		}
	}
	if !(width[1] < width[2] && width[2] < width[3] && width[3] < width[4]) {
		t.Errorf("tones with more than half of the largest rate, from 10 to 90 dB SPL: %v", width)
	}
}

// TestTanCarneyFibresHearTones wants more spikes for louder tones, and the rate of silence before them.
func TestTanCarneyFibresHearTones(t *testing.T) {
	files := ready(t, "tan-carney")
	var count [5]int
	for _, i := range column(t, files["spikes.csv"], "i") {
		count[int(i)/40]++
	}
	for k := 1; k < 5; k++ {
		if count[k] < count[k-1]-20 || count[4] < 2*count[0] {
			t.Errorf("spikes by level: %v", count)
		}
	}
	if len(files["rate.npy"]) == 0 {
		t.Error(fmt.Sprint("no rates among ", len(files), " files"))
	}
}

// TestTanCarneyClicksComeEarlierWhenLouder wants larger and earlier peaks of the rate for louder clicks, and the rate of
// silence at both ends.
func TestTanCarneyClicksComeEarlierWhenLouder(t *testing.T) {
	text, err := library.ReadFile("library/tan-carney-clicks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	folder, files := outputs(t, text, Options{}, stages.RunOptions{})
	rate := read(t, filepath.Join(folder, "rate.npy"))
	if rate.N != 1875 || rate.Channels != 5 || len(column(t, files["spikes.csv"], "t")) < 200 {
		t.Fatalf("%d frames of %d channels, want 1875 of 5, and spikes", rate.N, rate.Channels)
	}
	lastPeak, lastAt := 50.0, rate.N
	for c := range 5 {
		peak, at := 0.0, 0
		for i := range rate.N {
			if y := rate.At(i, c); y > peak {
				peak, at = y, i
			}
		}
		if !(peak > lastPeak) || at > lastAt+1 { // the first two have their peak in the same cycle
			t.Errorf("click %d: peak of %.0f Hz in frame %d, of the one before %.0f Hz in frame %d", c, peak, at, lastPeak, lastAt)
		}
		lastPeak, lastAt = peak, at
		if start := rate.At(0, c); math.Abs(start-50) > 0.5 {
			t.Errorf("click %d: %.1f Hz at the beginning, want 50 Hz", c, start)
		}
	}
	if lastAt > 110 {
		t.Errorf("the loudest click has its peak in frame %d, want before 110", lastAt)
	}
}

// TestCochlearModelsAreFinite wants frames of three cochleas that are finite and not silent.
func TestCochlearModelsAreFinite(t *testing.T) {
	text, err := library.ReadFile("library/cochlear-models.yaml")
	if err != nil {
		t.Fatal(err)
	}
	folder, _ := outputs(t, text, Options{}, stages.RunOptions{})
	for _, name := range []string{"tan-carney", "drnl", "dcgc"} {
		f := read(t, filepath.Join(folder, name+".npy"))
		if f.N != 2500 || f.Channels != 50 {
			t.Errorf("%s: %d frames of %d channels, want 2500 of 50", name, f.N, f.Channels)
		}
		for c := range f.Channels {
			power := 0.0
			for i := range f.N {
				power += f.At(i, c) * f.At(i, c)
			}
			if !(power > 0 && power < math.MaxFloat64) {
				t.Errorf("%s: power of channel %d is %g", name, c, power)
			}
		}
	}
}

// ready runs a ready-made pipeline.
func ready(t *testing.T, name string, set ...Setting) map[string][]byte {
	t.Helper()
	text, err := library.ReadFile("library/" + name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, files := outputs(t, text, Options{Set: set}, stages.RunOptions{})
	return files
}

// Nodes that take characteristic frequencies from an input that is wrong are not wrong themselves.
func TestFrequenciesOfWrongInputsAreNotMissed(t *testing.T) {
	const text = `
rate: 50 kHz
duration: 10 ms
nodes:
  tone: {type: sound.tone, frequency: 1 kHz}
  ihc:  {type: filterbank.tan_carney, from: tone, cf: 0 Hz}
  rate: {type: filterbank.zhang_rate, from: ihc, spontaneous: 0.1 Hz}
  anf:  {type: filterbank.zhang_fibres, from: ihc, per_channel: 0}
sinks: [{type: frames, from: rate, path: r.npy}, {type: spikes, from: anf, path: s.csv}]
`
	d, err := Parse("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Check(Options{Access: Access{Folder: t.TempDir()}})
	if err == nil || strings.Contains(err.Error(), "no characteristic frequencies") || !strings.Contains(err.Error(), "nodes.ihc.cf") || !strings.Contains(err.Error(), "nodes.anf.per_channel") {
		t.Errorf("%v\nwant what is wrong with cf of ihc and per_channel of anf, and nothing else", err)
	}
}

package pipelines

import (
	"bytes"
	"math"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"hearpipe/filterbank"
	"hearpipe/stages"
)

// The sound of a ready-made pipeline, and an impulse of 1 Pa that takes its place so that outputs are impulse responses.
var (
	soundOfExample = regexp.MustCompile(`(?m)^  sound: .*$`)
	impulse        = "  click:  {type: sound.click, duration: 1/(44.1 kHz), peak: \"20*log10(1e6/28)*dB\"}\n  sound:  {type: stages.fit, from: click, duration: 500 ms}"
)

// impulseResponses runs a ready-made pipeline of linear filters on an impulse.
func impulseResponses(t *testing.T, name string) string {
	t.Helper()
	text, err := library.ReadFile("library/" + name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	folder, _ := outputs(t, soundOfExample.ReplaceAll(text, []byte(impulse)), Options{}, stages.RunOptions{})
	return folder
}

// gainAt is the magnitude of the response of a channel at a frequency [Hz], the rate being 44.1 kHz.
func gainAt(f stages.Frames, channel int, frequency float64) float64 {
	var re, im float64
	for i := range f.N {
		s, c := math.Sincos(2 * math.Pi * frequency / 44100 * float64(i))
		re += f.At(i, channel) * c
		im += f.At(i, channel) * s
	}
	return math.Hypot(re, im)
}

// peakOf is the frequency of the largest gain, by steps of 0.1 Hz around a guess.
func peakOf(f stages.Frames, channel int, guess float64) float64 {
	best, at := 0.0, 0.0
	lo, hi, step := 0.6*guess, 1.4*guess, guess/100
	for range 3 {
		for x := lo; x <= hi; x += step {
			if g := gainAt(f, channel, x); g > best {
				best, at = g, x
			}
		}
		lo, hi, step = at-step, at+step, step/10
	}
	return at
}

// knownGains are the known gains of a channel at some frequencies [Hz].
type knownGains struct {
	channel   int
	frequency []float64
	want      []float64
	tolerance float64
}

// TestLinearExamplesHaveTheirGains measures the ready-made pipelines of linear filters with an impulse. The numbers are those
// of an independent design of the examples of Brian Hears.
func TestLinearExamplesHaveTheirGains(t *testing.T) {
	const half = math.Sqrt2 / 2
	dB := func(list ...float64) []float64 {
		for i, x := range list {
			list[i] = math.Pow(10, x/20)
		}
		return list
	}
	for _, x := range []struct {
		name, file string
		gains      []knownGains
	}{
		{"butterworth", "bandpass.npy", []knownGains{
			{0, []float64{75, math.Sqrt(75 * 125), 125}, []float64{half, 1, half}, 1e-4},
			{24, []float64{454.5918367, 627.0408163}, []float64{half, half}, 1e-7},
			{49, []float64{850, 1000, 1150}, []float64{half, 0.999985, half}, 1e-6},
		}},
		{"butterworth", "lowpass.npy", []knownGains{
			{0, []float64{0, 200, 400}, []float64{1, half, 0.242443}, 1e-6},
			{49, []float64{1000, 2000}, []float64{half, 0.240215}, 1e-6},
		}},
		{"iir-filterbank", "bandpass.npy", []knownGains{
			{0, []float64{145, 175, 200, 225, 255}, dB(-15.697, -1, -0.986, -1, -11.472), 1e-4},
			{49, []float64{670, 850, 1000, 1150, 1330}, dB(-16.384, -1, -0.980, -1, -11.229), 1e-4},
		}},
		{"iir-filterbank", "lowpass.npy", []knownGains{
			{0, []float64{0, 75, 125}, dB(0, -1, -16.842), 1e-4},
			{49, []float64{0, 850, 1150}, dB(-1, -1, -16.664), 1e-4},
		}},
		{"gammatone", "gammatone.npy", []knownGains{
			{0, []float64{85, 100, 115, 200}, []float64{half, 1, half, 1.351e-2}, 0.03},
			{0, []float64{100, 200}, []float64{1, 1.351e-2}, 1e-4},
			{49, []float64{1000, 2000, 500}, []float64{1, 3.271e-4, 4.615e-3}, 1e-5},
			{49, []float64{942, 1058}, []float64{half, half}, 0.01},
		}},
		{"approximate-gammatone", "approximate-gammatone.npy", []knownGains{
			{0, []float64{100, 106}, []float64{1, 1.0333 * 1.0333 * 1.0333}, 0.25},
			{0, []float64{100}, []float64{1}, 1e-6},
			{49, []float64{1000}, []float64{1}, 1e-9},
		}},
		{"log-gammachirp", "log-gammachirp.npy", []knownGains{
			{0, []float64{100, 51}, []float64{1, 2.72}, 0.02},
			{49, []float64{1000, 804}, []float64{1, 2.68}, 0.005},
		}},
	} {
		f := read(t, filepath.Join(impulseResponses(t, x.name), x.file))
		for _, g := range x.gains {
			for i, frequency := range g.frequency {
				if have := gainAt(f, g.channel, frequency); math.Abs(have-g.want[i]) > g.tolerance {
					t.Errorf("%s, %s: gain of channel %d at %g Hz is %.9g, want %.9g ± %g", x.name, x.file, g.channel, frequency, have, g.want[i], g.tolerance)
				}
			}
		}
	}
}

// TestChirpExamplesHaveTheirPeaks wants the peaks that an independent design of the examples has.
func TestChirpExamplesHaveTheirPeaks(t *testing.T) {
	logs := read(t, filepath.Join(impulseResponses(t, "log-gammachirp"), "log-gammachirp.npy"))
	for channel, want := range map[int]float64{0: 51, 49: 804} {
		if have := peakOf(logs, channel, want); math.Abs(have-want) > 0.02*want {
			t.Errorf("log-gammachirp: the peak of channel %d is at %.1f Hz, want %g ± 2 %%", channel, have, want)
		}
	}
	linear := read(t, filepath.Join(impulseResponses(t, "linear-gammachirp"), "linear-gammachirp.npy"))
	for channel, want := range map[int]float64{0: 99.93, 4: 362.03, 9: 997.93} {
		if have := peakOf(linear, channel, want); math.Abs(have-want) > 1e-3*want {
			t.Errorf("linear-gammachirp: the peak of channel %d is at %.2f Hz, want %.2f", channel, have, want)
		}
	}
	// The envelope of a channel is largest 3τ after the first tap, 9 ms and 0.9 ms, and the cosine has its crests whole periods
	// before and after 9 ms, the time 0 of all channels.
	for channel, want := range map[int]int{0: 397, 9: 44} {
		largest, sum, last := 0, 0.0, 0
		for i := range linear.N {
			x := math.Abs(linear.At(i, channel))
			sum += x
			if x > math.Abs(linear.At(largest, channel)) {
				largest = i
			}
			if x > 1e-16 { // what the transforms round is below
				last = i
			}
		}
		if largest != want {
			t.Errorf("linear-gammachirp: the largest tap of channel %d is %d, want %d", channel, largest, want)
		}
		if math.Abs(sum-1) > 1e-12 || last >= 1985 {
			t.Errorf("linear-gammachirp: channel %d has taps up to %d whose magnitudes sum to %.15g, want 1985 taps and 1", channel, last, sum)
		}
	}
}

// TestLevelsOfOnlineRMS measures a tone of 1 kHz in white noise at 60 dB SPL in ten channels, for which an independent model
// gives mean and deviation over seeds.
func TestLevelsOfOnlineRMS(t *testing.T) {
	if testing.Short() {
		t.Skip("3,000 channels")
	}
	text, err := library.ReadFile("library/online-rms.yaml")
	if err != nil {
		t.Fatal(err)
	}
	mix := "  tone:   {type: sound.tone, frequency: 1 kHz, duration: 100 ms}\n  noise:  {type: sound.whitenoise, duration: 100 ms, seed: 4}\n" +
		"  mix:    {type: stages.sum, from: [tone, noise]}\n  ramped: {type: sound.ramp, from: mix}\n  sound:  {type: sound.level, from: ramped, level: 60 dB}"
	text = append(soundOfExample.ReplaceAll(text, []byte(mix)), "  - {type: frames, from: cochlea, path: all.npy}\n  - {type: frames, from: sound, path: sound.npy}\n"...)
	folder, files := outputs(t, text, Options{}, stages.RunOptions{})
	rms := func(f stages.Frames, channel int) float64 {
		power := 0.0
		for i := range f.N {
			power += f.At(i, channel) * f.At(i, channel) / float64(f.N)
		}
		return math.Sqrt(power)
	}
	if x := rms(read(t, filepath.Join(folder, "sound.npy")), 0); math.Abs(x-0.02) > 1e-5 {
		t.Errorf("the sound has %.7f Pa, want 0.02", x)
	}
	all := read(t, filepath.Join(folder, "all.npy"))
	lines := bytes.Split(files["rms.csv"], []byte("\n"))
	for _, x := range []struct {
		channel     int
		want, bound float64
	}{
		// Three standard deviations of that model.
		{200, 6.1e-4, 4.5e-4},
		{500, 7.7e-4, 4.5e-4},
		{1000, 2.02e-3, 0.33e-3},
		{1060, 8.59e-3, 0.45e-3},
		{1089, 0.01137, 0.0006},
		{1120, 8.52e-3, 0.42e-3},
		{1300, 1.49e-3, 0.3e-3},
		{2000, 2.42e-3, 0.57e-3},
		{2500, 3.54e-3, 0.54e-3},
		{2999, 5.22e-3, 0.54e-3},
	} {
		have := rms(all, x.channel)
		if math.Abs(have-x.want) > x.bound {
			t.Errorf("channel %d: %.6f Pa, want %.5f ± %g", x.channel, have, x.want, x.bound)
		}
		fields := strings.Split(string(lines[1+x.channel]), ",")
		online, err := strconv.ParseFloat(fields[len(fields)-1], 64)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(online-have) > 1e-12*have {
			t.Errorf("channel %d: %.17g Pa while the sound passes, %.17g afterwards", x.channel, online, have)
		}
	}
}

// TestExampleDRNLHasTheParametersOfTheExample compares the ready-made pipeline with filters of the published parameters, which are not
// those of the library: the nonlinear path is centred at the characteristic frequency and compresses with the exponent 0.2.
func TestExampleDRNLHasTheParametersOfTheExample(t *testing.T) {
	text, err := library.ReadFile("library/drnl.yaml")
	if err != nil {
		t.Fatal(err)
	}
	folder, _ := outputs(t, append(text, "  - {type: frames, from: sound, path: sound.npy}\n"...), Options{}, stages.RunOptions{})
	src, have := read(t, filepath.Join(folder, "sound.npy")), read(t, filepath.Join(folder, "drnl.npy"))
	in := stages.MakeFrames(src.N, 1)
	for i := range src.N {
		in.Row(i)[0] = 0.00014 * src.At(i, 0) // velocity of the stapes [m/s]
	}
	x, err := stages.New("recorded", stages.Format{Rate: 50000, Channels: 1, Frames: int64(src.N)}, recorded{in})
	if err != nil {
		t.Fatal(err)
	}
	cf, err := filterbank.ERBSpace(100, 1000, 50)
	if err != nil {
		t.Fatal(err)
	}
	law := func(p0, m float64) []float64 {
		list := make([]float64, len(cf))
		for c, f := range cf {
			list[c] = math.Pow(10, p0+m*math.Log10(f))
		}
		return list
	}
	must := func(s stages.Stage, err error) stages.Stage {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	low := func(s stages.Stage, cutoff []float64, n int) stages.Stage {
		for range n {
			s = must(filterbank.NewLowPass(s, filterbank.LowPassParams{Cutoff: cutoff}))
		}
		return s
	}
	bank := func(s stages.Stage, cf, bw []float64) stages.Stage {
		return must(filterbank.NewApproximateGammatone(s, filterbank.ApproximateGammatoneParams{CF: cf, Bandwidth: bw, Order: 3}))
	}
	linear := bank(x, law(-0.067, 1.016), law(0.037, 0.785))
	linear = low(must(filterbank.NewGain(linear, filterbank.GainParams{Gain: law(4.2, -0.48)})), law(-0.067, 1.016), 4)
	a, b := law(1.402, 0.819), law(1.619, -0.818)
	first, err := bank(x, cf, law(-0.031, 0.774)).Fetch(t.Context(), 0, int64(src.N))
	if err != nil {
		t.Fatal(err)
	}
	bent := stages.MakeFrames(src.N, len(cf))
	for i := range bent.N {
		for c, v := range first.Row(i) {
			bent.Row(i)[c] = math.Copysign(math.Min(a[c]*math.Abs(v), b[c]*math.Pow(math.Abs(v), 0.2)), v)
		}
	}
	var curved stages.Stage = must(stages.New("recorded", stages.Format{Rate: 50000, Channels: len(cf), Frames: int64(src.N)}, recorded{bent}))
	curved = low(bank(curved, cf, law(-0.031, 0.774)), cf, 3)
	sum := must(stages.NewSum([]stages.Stage{linear, curved}, []float64{1, 1}))
	want, err := sum.Fetch(t.Context(), 0, int64(src.N))
	if err != nil {
		t.Fatal(err)
	}
	worst, peak := 0.0, 0.0
	for i := range want.N {
		for c, w := range want.Row(i) {
			worst, peak = math.Max(worst, math.Abs(w-have.At(i, c))), math.Max(peak, math.Abs(w))
		}
	}
	if !(worst <= 1e-10*peak) || peak == 0 {
		t.Errorf("max |Δ| %.3g, max |want| %.3g", worst, peak)
	}
}

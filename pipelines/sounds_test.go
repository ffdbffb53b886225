package pipelines

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearpipe/sound"
	"hearpipe/stages"
)

func readSound(t *testing.T, path string) *sound.Sound {
	t.Helper()
	s, err := sound.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSoundsOfTheExample: a tone of amplitude 1 and noise of variance 1 have the mean square 1.5 together, the ramp shapes the first
// 441 frames, and the spectrum has its line at 1 kHz.
func TestSoundsOfTheExample(t *testing.T) {
	d, err := Open("sounds")
	if err != nil {
		t.Fatal(err)
	}
	folder, files := outputs(t, d.Text(), Options{}, stages.RunOptions{})
	if len(files) != 1 {
		t.Errorf("%d files that are no pictures: want sound.wav", len(files))
	}
	s := readSound(t, filepath.Join(folder, "sound.wav"))
	x, err := s.Scale(8)
	if err != nil {
		t.Fatal(err)
	}
	if x.Len() != 44100 || x.Channels() != 1 || x.Rate() != 44100 || x.At(0, 0) != 0 {
		t.Errorf("%d frames of %d channels at %g Hz, the first is %g", x.Len(), x.Channels(), x.Rate(), x.At(0, 0))
	}
	rest, err := x.Slice(441, 44100)
	if err != nil {
		t.Fatal(err)
	}
	if r := rest.RMS()[0]; math.Abs(r*r-1.5) > 0.03 {
		t.Errorf("mean square %g: want 1.5", r*r)
	}
	z, err := rest.Spectrum(sound.SpectrumParams{Linear: true, Low: 900, High: 1100})
	if err != nil {
		t.Fatal(err)
	}
	best := 0
	for k, p := range z.Power {
		if p > z.Power[best] {
			best = k
		}
	}
	if f := z.Frequencies[best]; math.Abs(f-1000) > 1.1 {
		t.Errorf("the line is at %g Hz: want 1000", f)
	}
}

// TestVowelsOfCullingAndSummerfield: 4,096 frames at 10 kHz; apart from the ramp a vowel has power in its bands only, and 246 of 4,096 bins
// of white noise have a root mean square of 0.245 ± 0.011.
func TestVowelsOfCullingAndSummerfield(t *testing.T) {
	d, err := Open("artificial-vowels")
	if err != nil {
		t.Fatal(err)
	}
	folder, _ := outputs(t, d.Text(), Options{}, stages.RunOptions{})
	mono, first, second := readSound(t, filepath.Join(folder, "mono_sound.wav")), readSound(t, filepath.Join(folder, "stereo_sound.wav")), readSound(t, filepath.Join(folder, "second_stereo_sound.wav"))
	for name, s := range map[string]*sound.Sound{"mono": mono, "first": first, "second": second} {
		if want := map[string]int{"mono": 1, "first": 2, "second": 2}[name]; s.Len() != 4096 || s.Rate() != 10000 || s.Channels() != want || s.Peak() >= 1 {
			t.Errorf("%s: %d frames of %d channels at %g Hz, peak %g", name, s.Len(), s.Channels(), s.Rate(), s.Peak())
		}
		for c, r := range s.RMS() {
			if r *= 2; math.Abs(r-0.2451) > 0.033 {
				t.Errorf("%s, channel %d: rms %g, want 0.245", name, c, r)
			}
		}
	}
	for i := range mono.Len() {
		if mono.At(i, 0) != first.At(i, 0) {
			t.Fatal("the left ear does not hear the first vowel")
		}
	}
	for _, v := range []struct {
		s       *sound.Sound
		channel int
		centres []float64
	}{{first, 0, []float64{225, 1925}}, {first, 1, []float64{625, 975}}, {second, 0, []float64{225, 975}}, {second, 1, []float64{625, 1925}}} {
		z, err := v.s.Spectrum(sound.SpectrumParams{Channel: v.channel, Linear: true, High: 5000})
		if err != nil {
			t.Fatal(err)
		}
		in, all := 0.0, 0.0
		for k, p := range z.Power {
			all += p
			for _, f := range v.centres {
				if math.Abs(z.Frequencies[k]-f) < 76 {
					in += p
				}
			}
		}
		if in < 0.99*all {
			t.Errorf("vowel at %g Hz: %g of the power lies in its bands", v.centres, in/all)
		}
	}
}

// TestNodesOfSoundsDoWhatTheirNamesSay compares small results with what can be computed by hand: ramp is 0 1 2 3 at 1 kHz.
func TestNodesOfSoundsDoWhatTheirNamesSay(t *testing.T) {
	for _, x := range []struct {
		nodes    string
		channels int64
		want     []float64
	}{
		{"x: {type: sound.shift, from: ramp, by: 2 ms}", 1, []float64{0, 0, 0, 1, 2, 3}},
		{"x: {type: sound.shift, from: ramp, by: -2 ms}", 1, []float64{2, 3}},
		{"x: {type: sound.shift, from: two, by: 1 ms, fractional: yes}", 2, []float64{0, 0, 0, 0, 1, 10, 2, 20, 3, 30}},
		{"x: {type: sound.repeat, from: ramp, times: 2}", 1, []float64{0, 1, 2, 3, 0, 1, 2, 3}},
		{"x: {type: sound.slice, from: ramp, start: -1 ms, end: 2 ms}", 1, []float64{0, 0, 1}},
		{"x: {type: sound.slice, from: ramp, start: 1 ms, step: -1}", 1, []float64{3, 2, 1}},
		{"x: {type: sound.slice, from: ramp, step: 2}", 1, []float64{0, 2}},
		{"x: {type: sound.normalise, from: two, peak: 3 Pa}", 2, []float64{0, 0, 0.1, 1, 0.2, 2, 0.3, 3}},
		{"x: {type: sound.replace, from: [two, ramp2], at: 1 ms, channels: 1}\n  ramp2: {type: sound.slice, from: ramp, start: 1 ms, end: 3 ms}", 2, []float64{0, 0, 1, 1, 2, 2, 3, 30}},
		{"x: {type: sound.ramp, from: ten, duration: 3 ms, envelope: 1 - x/2, when: both}", 1, []float64{0, 3.75, 7.5, 30}},
		{"x: {type: sound.sequence, from: [ten, ramp]}", 1, []float64{0, 10, 20, 30, 0, 1, 2, 3}},
		{"x: {type: sound.clicks, interval: 3 ms, times: 2, peak: 100 dB}", 1, []float64{2.8, 0, 0, 2.8, 0, 0}},
		{"x: {type: sound.function, expr: 1 + 0*x, frames: 3}", 1, []float64{1, 1, 1}},
		{"x: {type: sound.function, expr: 2*t*(1 kHz) + 1, duration: 3 ms, channels: 2}", 2, []float64{1, 1, 3, 3, 5, 5}},
		{"x: {type: sound.harmoniccomplex, fundamental: 250 Hz, amplitude: [2 Pa, 1 Pa], phase: [0, pi/2], duration: 4 ms}", 1, []float64{1, 1, 1, -3}},
		{"x: {type: sound.chirp, start: 250 Hz, end: 250 Hz, amplitude: 2 Pa, duration: 4 ms}", 1, []float64{0, 2, 0, -2}},
		{"x: {type: sound.amtone, frequency: 250 Hz, modulation: 250 Hz, depth: 0.5, modulation_phase: pi/2, duration: 4 ms}", 1, []float64{0, 1, 0, -1}},
	} {
		shape, data := frameOf(t, "  "+x.nodes)
		if shape[1] != x.channels || len(data) != len(x.want) {
			t.Errorf("%s: shape %v, %v", x.nodes, shape, data)
			continue
		}
		for i, want := range x.want {
			if math.Abs(data[i]-want) > 1e-9 {
				t.Errorf("%s: %v, want %v", x.nodes, data, x.want)
				break
			}
		}
	}
}

// TestNoisesAndVowelsAreThoseOfTheSoundPackage runs nodes that compute before the run.
func TestNoisesAndVowelsAreThoseOfTheSoundPackage(t *testing.T) {
	length := sound.Length{Frames: 50}
	for node, make := range map[string]func() (*sound.Sound, error){
		"{type: sound.pinknoise, seed: 3, duration: 50 ms, channels: 2}": func() (*sound.Sound, error) {
			return sound.PinkNoise(sound.PowerLawParams{Length: length, Rate: 1000, Width: 2, Seed: 3, Name: "x"})
		},
		"{type: sound.brownnoise, normalise: yes, duration: 50 ms}": func() (*sound.Sound, error) {
			return sound.BrownNoise(sound.PowerLawParams{Length: length, Rate: 1000, Normalise: true, Name: "x"})
		},
		"{type: sound.powerlawnoise, exponent: -1, duration: 50 ms}": func() (*sound.Sound, error) {
			return sound.PowerLawNoise(sound.PowerLawParams{Length: length, Rate: 1000, Exponent: -1, Name: "x"})
		},
		"{type: sound.irns, delay: 4 ms, gain: 0.5, iterations: 3, duration: 50 ms}": func() (*sound.Sound, error) {
			return sound.RippleNoise(sound.RippleNoiseParams{Length: length, Rate: 1000, Name: "x", RippleParams: sound.RippleParams{Delay: 0.004, Gain: 0.5, Iterations: 3}})
		},
		"{type: sound.irno, delay: 4 ms, legacy: yes, duration: 50 ms}": func() (*sound.Sound, error) {
			return sound.RippleNoise(sound.RippleNoiseParams{
				Length: length, Rate: 1000, Name: "x",
				RippleParams: sound.RippleParams{Kind: sound.AddOriginal, Delay: 0.004, Gain: 1, Iterations: 4, Legacy: true},
			})
		},
		"{type: sound.vowel, formants: [100 Hz, 300 Hz], pitch: 90 Hz, duration: 50 ms}": func() (*sound.Sound, error) {
			return sound.Vowel(sound.VowelParams{Length: length, Rate: 1000, Formants: []float64{100, 300}, Pitch: 90})
		},
	} {
		s, err := make()
		if err != nil {
			t.Fatal(err)
		}
		_, data := frameOf(t, "  x: "+node)
		if len(data) != s.Len()*s.Channels() {
			t.Errorf("%s: %d samples", node, len(data))
			continue
		}
		for i, want := range s.View().Data {
			if data[i] != want {
				t.Errorf("%s: sample %d is %g, want %g", node, i, data[i], want)
				break
			}
		}
	}
}

// TestSoundFilesPassThroughAPipeline writes WAV and FLAC, raw samples and an array, and reads them again.
func TestSoundFilesPassThroughAPipeline(t *testing.T) {
	folder := t.TempDir()
	run := func(text string) {
		t.Helper()
		d, err := Parse("x.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		p, err := d.Check(Options{Access: Access{Folder: folder}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Run(t.Context(), stages.RunOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	run("nodes: {x: {type: sound.tone, rate: 8 kHz, frequency: [500 Hz, 1 kHz], amplitude: 0.5 Pa, duration: 10 ms}}\nsinks:\n" +
		"- {type: sound, from: x, path: a.wav, format: pcm24}\n- {type: sound, from: x, path: a.flac, format: pcm24}\n- {type: frames, from: x, path: a.npy}\n" +
		"- {type: sound, from: x, path: d.wav, dither: yes, full_scale: 2 Pa}")
	wav, flac := readSound(t, filepath.Join(folder, "a.wav")), readSound(t, filepath.Join(folder, "a.flac"))
	raw, err := os.ReadFile(filepath.Join(folder, "a.wav"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "a.pcm"), raw[len(raw)-80*2*3:], 0o644); err != nil {
		t.Fatal(err)
	}
	run("nodes:\n  f: {type: sound.file, path: a.flac}\n  r: {type: sound.raw, path: a.pcm, format: s24le, file_rate: 8 kHz, channels: 2}\n" +
		"  a: {type: sound.array, path: a.npy, rate: 8 kHz}\n  all: {type: stages.join, from: [f, r, a]}\n  up: {type: sound.resample, from: f, rate: 16 kHz}\n" +
		"sinks:\n- {type: sound, from: all, path: all.wav, format: pcm24}\n- {type: sound, from: up, path: up.wav}")
	all, up, dithered := readSound(t, filepath.Join(folder, "all.wav")), readSound(t, filepath.Join(folder, "up.wav")), readSound(t, filepath.Join(folder, "d.wav"))
	if all.Channels() != 6 || all.Len() != 80 || up.Rate() != 16000 || up.Len() != 160 {
		t.Fatalf("%d channels of %d frames; %d frames at %g Hz", all.Channels(), all.Len(), up.Len(), up.Rate())
	}
	worst := 0.0
	for i := range 80 {
		for c := range 2 {
			x := wav.At(i, c)
			if flac.At(i, c) != x || all.At(i, c) != x || all.At(i, 2+c) != x || all.At(i, 4+c) != x {
				t.Fatalf("frame %d, channel %d: %g became %g in FLAC, %v in all", i, c, x, flac.At(i, c), all.View().Row(i))
			}
			worst = math.Max(worst, math.Abs(2*dithered.At(i, c)-x))
		}
	}
	if worst < 1./32768 || worst > 3.1/32768 { // 2 Pa full scale: a code is 2/32768 Pa, the error up to one and a half
		t.Errorf("dither changes samples by up to %g codes of 1 Pa", worst*32768)
	}
}

func TestMistakesInSoundsAreFound(t *testing.T) {
	for node, want := range map[string]string{
		"{type: sound.pinknoise, frames: 3, duration: 1 s}":                                "the length is given twice, by duration and by frames",
		"{type: sound.tone, frequency: 1 Hz, frames: 0}":                                   "0: want",
		"{type: sound.pinknoise}":                                                          "sound.pinknoise needs a duration, or the pipeline has one",
		"{type: sound.chirp, start: 0 Hz, end: 1 kHz, glide: exponential, duration: 1 s}":  "0 Hz: want more than 0 Hz, at most 22.05 kHz",
		"{type: sound.chirp, start: 9 Hz, end: 30 kHz, duration: 1 s}":                     "30 kHz: want 0 Hz to 22.05 kHz",
		"{type: sound.vowel, duration: 1 s}":                                               "needs either the field vowel or the field formants",
		"{type: sound.clicks, interval: 1 us, times: 2}":                                   "is less than half a frame at 44.1 kHz",
		"{type: sound.harmoniccomplex, fundamental: 20 kHz, phase: [1, 2], duration: 1 s}": "2 harmonics of 20000 Hz",
		"{type: sound.amtone, frequency: 1 Hz, modulation: 1 Hz, depth: 0, duration: 1 s}": "0: want any other value",
		"{type: sound.function, expr: t*, duration: 1 s}":                                  "",
		"{type: sound.bands, from: s, low: [1 Hz, 2 Hz], high: 3 Hz}":                      "1 upper ends for 2 lower ends: want as many",
		"{type: sound.bands, from: s, low: 3 Hz, high: 3 Hz}":                              "band 0 ends at 3 Hz: want more than its lower end, 3 Hz",
		"{type: sound.slice, from: s, start: 3 s, end: 1 s}":                               "from 3 s to the end of the part at 1 s",
		"{type: sound.slice, from: s, step: 0}":                                            "0: want any other value",
		"{type: sound.repeat, from: e, times: 2}":                                          "sound.repeat works on a whole sound, and e is endless; give it a duration",
		"{type: sound.sequence, from: [s, e]}":                                             "sound.sequence works on a whole sound, and e is endless; give it a duration",
		"{type: sound.sequence, from: [s, w]}":                                             "w has 2 channels, but s has 1; want equal numbers",
		"{type: sound.replace, from: [s, w]}":                                              "w has 2 channels for 1 that are replaced; want as many, or one",
		"{type: sound.replace, from: [s, s], at: 1 s}":                                     "s ends at 3 s, s at 2 s: want the part within the whole",
		"{type: sound.replace, from: [w, s], channels: [0, 2]}":                            "entry 1 is 2: want a whole number from 0 to 1",
		"{type: sound.ramp, from: s, envelope: y}":                                         "y",
		"{type: sound.resample, from: s, rate: 1.23456789 kHz}":                            "want a ratio of integers up to 1,000,000",
		"{type: sound.spectrogram, from: s, channel: 1}":                                   "1: want 0 to 0",
		"{type: sound.raw, path: none.pcm, format: s16le, file_rate: 8 kHz}":               "there is no file none.pcm",
		"{type: sound.array, path: none.npy}":                                              "there is no file none.npy",
	} {
		text := "nodes:\n  s: {type: sound.silence, duration: 2 s}\n  w: {type: sound.silence, duration: 2 s, channels: 2}\n  e: {type: sound.silence}\n  x: " + node + "\nsinks: [{type: statistic, from: x, path: x.csv}]\n"
		d, err := Parse("x.yaml", []byte(text))
		if err == nil {
			_, err = d.Check(Options{Access: Access{Folder: t.TempDir()}})
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s:\ngot  %v\nwant %s", node, err, want)
		}
	}
	for sink, want := range map[string]string{
		"{type: sound, from: s, path: x.flac, format: float32}": "float32: a FLAC file has pcm16 or pcm24",
		"{type: sound, from: h, path: x.wav}":                   "h has 97.65625 kHz: a sound file stores whole numbers of Hz",
		"{type: sound, from: s, path: x.mp3}":                   `the extension ".mp3" says nothing; want .wav or .flac`,
	} {
		text := "nodes:\n  s: {type: sound.silence, duration: 1 s}\n  h: {type: sound.silence, duration: 1 s, rate: 97.65625 kHz}\nsinks: [" + sink + "]\n"
		d, err := Parse("x.yaml", []byte(text))
		if err == nil {
			_, err = d.Check(Options{Access: Access{Folder: t.TempDir()}})
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s:\ngot  %v\nwant %s", sink, err, want)
		}
	}
}

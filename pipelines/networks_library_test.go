package pipelines

import (
	"bytes"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"hearpipe/sinks"
	"hearpipe/sound"
	"hearpipe/sound/live/livetest"
	"hearpipe/stages"
)

// networkRun runs a ready-made network and gives its spikes.
func networkRun(t *testing.T, name string, values map[string]string, seconds float64) sinks.SpikeTrain {
	t.Helper()
	text, err := library.ReadFile("library/" + name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	opt := Options{Seconds: seconds}
	for k, v := range values {
		opt.Set = append(opt.Set, Setting{Name: k, Value: v, Option: "--set " + k})
	}
	folder, _ := outputs(t, []byte(strings.ReplaceAll(string(text), `path: "-"`, "path: spikes.csv")), opt, stages.RunOptions{})
	s, err := sinks.ReadSpikes(filepath.Join(folder, "spikes.csv"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The numbers of spikes are those of independent programs, with their deviations over seeds.
func TestReadyMadeNetworksFireAsOften(t *testing.T) {
	for _, c := range []struct {
		name            string
		seconds         float64
		mean, deviation float64
	}{
		{"cuba", 1, 22825, 1350}, {"coba", 1, 72300, 4900}, {"stdp", 10, 576, 58},
	} {
		s := networkRun(t, c.name, nil, c.seconds)
		if d := math.Abs(float64(len(s.T)) - c.mean); d > 3*c.deviation {
			t.Errorf("%s: %d spikes, want %g +- %g", c.name, len(s.T), c.mean, c.deviation)
		}
	}
}

// busiest is the mean cell of the busiest ten neighbours among the cells from lo on, for spikes in a window of time.
func busiest(s sinks.SpikeTrain, from, to float64, lo int) float64 {
	var count [300]int
	for k, at := range s.T {
		if at >= from && at < to && int(s.Cell[k]) >= lo {
			count[s.Cell[k]]++
		}
	}
	best, most := 0, -1
	for j := range len(count) - 9 {
		n := 0
		for _, x := range count[j : j+10] {
			n += x
		}
		if n > most {
			best, most = j, n
		}
	}
	sum, n := 0.0, 0
	for j := best; j < best+10; j++ {
		sum, n = sum+float64(j*count[j]), n+count[j]
	}
	return sum / float64(n)
}

// The pitch of the tone rises by 400 Hz in a second from 200 Hz. From 50 ms on the busiest cells stand for it within 4 %;
// cells of half the pitch hear every second period, and are left out below 0.7 of the pitch.
func followsThePitch(t *testing.T, s sinks.SpikeTrain) {
	t.Helper()
	for k := 1; k < 10; k++ {
		pitch := 200 + 400*(float64(k)+0.5)*0.05
		lo := int(299 * math.Log(0.7*pitch/50) / math.Log(20))
		got := 50 * math.Pow(20, busiest(s, float64(k)*0.05, float64(k+1)*0.05, lo)/299)
		if math.Abs(got/pitch-1) > 0.04 {
			t.Errorf("%d to %d ms: %.0f Hz, want %.0f", 50*k, 50*(k+1), got, pitch)
		}
	}
}

func TestLickliderFollowsThePitch(t *testing.T) {
	s := networkRun(t, "licklider", nil, 0)
	if n := len(s.T); n < 2300 || n > 3000 {
		t.Errorf("%d spikes, want about 2650", n)
	}
	followsThePitch(t, s)
}

// soundFile writes a sound into a folder of the test.
func soundFile(t *testing.T, seconds float64, channels ...func(at float64) float64) string {
	t.Helper()
	const rate = 44100
	list := make([][]float64, len(channels))
	for c, f := range channels {
		for i := range int(seconds * rate) {
			list[c] = append(list[c], f(float64(i)/rate))
		}
	}
	s, err := sound.New(rate, list...)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "sound.wav")
	if _, err := sound.WriteWAV(t.Context(), path, s, sound.WAVParams{}); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPitchOfASoundFileIsFollowed(t *testing.T) {
	for _, amplitude := range []float64{0.5, 0.01} {
		path := soundFile(t, 0.5, func(at float64) float64 { return amplitude * math.Sin(2*math.Pi*(200+200*at)*at) })
		followsThePitch(t, networkRun(t, "live-pitch", map[string]string{"input": path}, 0))
	}
}

func TestPitchOfAMicrophoneIsListenedTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		text, err := library.ReadFile("library/live-pitch.yaml")
		if err != nil {
			t.Fatal(err)
		}
		d, err := Parse("live-pitch.yaml", []byte(strings.ReplaceAll(string(text), `path: "-"`, "path: spikes.csv")))
		if err != nil {
			t.Fatal(err)
		}
		opt := Options{Seconds: 0.3}
		opt.Access.Folder, opt.Access.Microphones = t.TempDir(), livetest.NewSystem(44100, 1, livetest.Script{})
		p, err := d.Check(opt)
		if err != nil {
			t.Fatal(err)
		}
		res, err := p.Run(t.Context(), stages.RunOptions{})
		if err != nil || res.Dropped != 0 || len(res.Microphones) != 1 {
			t.Fatalf("%+v, %v", res, err)
		}
		s, err := sinks.ReadSpikes(filepath.Join(opt.Access.Folder, "spikes.csv"))
		if err != nil || len(s.T) == 0 {
			t.Errorf("%d spikes, %v", len(s.T), err)
		}
	})
}

// Noise that reaches the right ear later by some time excites the cells whose delays make up for it.
func TestDirectionOfASoundFileIsFound(t *testing.T) {
	const frames = 22050
	rng := rand.New(rand.NewPCG(1, 2))
	var noise [frames + 100]float64
	for k := range noise {
		noise[k] = 0.1 * rng.NormFloat64()
	}
	for _, late := range []int{-20, 0, 13} {
		ear := func(gain float64, by int) func(float64) float64 {
			return func(at float64) float64 { return gain * noise[int(math.Round(at*44100))+50-by] }
		}
		path := soundFile(t, 0.5, ear(1, 0), ear(0.4, late)) // the right ear is quieter, too
		s := networkRun(t, "live-direction", map[string]string{"input": path}, 0)
		us := 733.3 * (2*busiest(s, 0.1, 0.5, 0)/299 - 1)
		if want := float64(late) / 44.1 * 1e3; math.Abs(us-want) > 60 {
			t.Errorf("%.0f µs, want %.0f; %d spikes", us, want, len(s.T))
		}
	}
}

// A network ends with what drives it, also where nobody knows how long that is.
func TestNetworksEndWithStreamsOfUnknownLength(t *testing.T) {
	const text = `
rate: 16 kHz
params: {input: mic}
nodes:
  sound: {type: sound.file, path: $input}
  ear: {type: neurons.group, cells: 1, inputs: {I: sound}, equations: "dv/dt = (I-v)/ms : 1\nI : 1", threshold: v > 2, reset: v = 0}
  far: {type: neurons.group, cells: 2, equations: "v : 1", threshold: v > 2, reset: v = 0}
  meet: {type: neurons.synapses, source: ear, target: far, on_pre: v += 1}
sinks:
  - {type: spikes, from: far, path: spikes.csv}
`
	d, err := Parse("p.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p, err := d.Check(Options{
		Access: Access{Folder: t.TempDir(), Stdin: bytes.NewReader(make([]byte, 2*5000))},
		Set:    []Setting{{Name: "input", Value: "-", Option: "--input"}}, Raw: &sound.RawParams{Format: "s16le", Rate: 16000, Channels: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.Run(t.Context(), stages.RunOptions{Block: 300})
	if err != nil || res.Frames != 5000 || res.Reason != stages.EndOfStream {
		t.Errorf("%d frames, %q, %v", res.Frames, res.Reason, err)
	}
}

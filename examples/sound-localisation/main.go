// Sound-localisation hears where a noise comes from, with the model of Goodman and Brette (2010): the noise reaches both ears of a head from a direction that
// the model is not told. What the left ear hears is filtered by all responses of the set to the right ear, and the other way round: for the true direction, and for it
// alone, both become the same, since the order of filters does not matter. Behind every filter stands a cochlea of 40 channels with noisy nerve fibres, and for every
// direction and channel one cell that fires when fibres of both sides do so together. The direction whose cells fire most is the answer.
//
//	go run ./examples/sound-localisation                      # two ears without a head, 13 directions
//	go run ./examples/sound-localisation kemar.sofa 31        # the dummy head that comes with the program, direction 31 of every tenth
//	go run ./examples/sound-localisation IRC_1002.sofa 74     # a file, or a folder of a database
package main

import (
	"context"
	"fmt"
	"log"
	"math"
	"os"
	"slices"
	"strconv"

	"hearpipe/filterbank"
	"hearpipe/hrtf"
	"hearpipe/neurons"
	"hearpipe/neurons/connectivity"
	"hearpipe/sinks/picture"
	"hearpipe/sound"
	"hearpipe/stages"
)

const channels = 40 // of each cochlea

func main() {
	log.SetFlags(0)
	name, index := "headless", 4
	if len(os.Args) > 1 {
		name = os.Args[1]
	}
	if len(os.Args) > 2 {
		var err error
		if index, err = strconv.Atoi(os.Args[2]); err != nil {
			log.Fatal("the number of the direction: ", err)
		}
	}
	if err := run(name, index, "sound-localisation.png"); err != nil {
		log.Fatal(err)
	}
}

// heads is the set of a name.
func heads(name string) (*hrtf.Set, error) {
	switch name {
	case "headless":
		return hrtf.NewHeadless(hrtf.HeadlessParams{})
	case hrtf.BuiltInName:
		set, err := hrtf.BuiltIn()
		if err != nil {
			return nil, err
		}
		return set.Select("i % 10 == 0")
	}
	return hrtf.Open(name, hrtf.OpenParams{})
}

// localise lets a noise come from direction index of a set and counts the spikes of the cells of each direction.
func localise(set *hrtf.Set, index int, seconds float64, seed uint64) ([]int, error) {
	n := set.Len()
	if index < 0 || index >= n {
		return nil, fmt.Errorf("direction %d: the set has 0 to %d", index, n-1)
	}
	noise, err := sound.NewWhiteNoise(sound.NoiseParams{Length: sound.Length{Seconds: seconds}, Rate: set.Rate(), Seed: seed})
	if err != nil {
		return nil, err
	}
	ears, err := hrtf.NewFilter(noise, hrtf.FilterParams{HRTF: set.At(index)})
	if err != nil {
		return nil, err
	}
	swapped, err := stages.NewIndex([]stages.Stage{ears}, []int{1, 0}, 0)
	if err != nil {
		return nil, err
	}
	filtered, err := hrtf.NewBank(swapped, hrtf.BankParams{Set: set})
	if err != nil {
		return nil, err
	}
	fibres, err := nerves(filtered, seed)
	if err != nil {
		return nil, err
	}
	net, err := neurons.NewNetwork(neurons.NetworkParams{DT: 1 / set.Rate(), Seed: seed})
	if err != nil {
		return nil, err
	}
	in, err := net.Generator(neurons.GeneratorParams{From: fibres})
	if err != nil {
		return nil, err
	}
	detectors, err := net.Group(neurons.GroupParams{
		Name: "detectors", N: n * channels,
		Equations: "dV/dt = -V/(1*ms) + 0.1*xi/(0.5*ms)**.5 : 1", Threshold: "V > 1", Reset: "V = 0",
	})
	if err != nil {
		return nil, err
	}
	s, err := net.Synapses(neurons.SynapsesParams{Source: in.All(), Target: detectors.All(), OnPre: "V_post += 0.5"})
	if err != nil {
		return nil, err
	}
	// Fibres are ordered by side, direction and channel; each detector has one of either side.
	if err := s.Connect(neurons.ConnectParams{Params: connectivity.Params{Targets: fmt.Sprintf("i %% %d", n*channels)}}); err != nil {
		return nil, err
	}
	m, err := net.SpikeMonitor(detectors.All(), neurons.SpikeMonitorParams{})
	if err != nil {
		return nil, err
	}
	if _, err := net.Run(context.Background(), seconds); err != nil {
		return nil, err
	}
	counts := make([]int, n)
	for c, k := range m.Counts() {
		counts[c/channels] += k
	}
	return counts, nil
}

// nerves puts a cochlea of 40 channels with nerve fibres behind each channel of a source.
func nerves(src stages.Stage, seed uint64) (stages.SpikeStage, error) {
	one, err := filterbank.ERBSpace(150, 5000, channels)
	if err != nil {
		return nil, err
	}
	var cf []float64
	for range src.Format().Channels {
		cf = append(cf, one...)
	}
	nodes, err := stages.Slice([]stages.Stage{src}, stages.Range{Hi: len(cf)}, 0, func(in []stages.Stage, lo, hi int) ([]stages.Node, error) {
		index := make([]int, hi-lo)
		for k := range index {
			index[k] = (lo + k) / channels
		}
		each, err := stages.NewIndex(in, index, lo)
		if err != nil {
			return nil, err
		}
		r := stages.Range{Lo: lo, Hi: hi}
		cochlea, err := filterbank.NewGammatone(each, filterbank.GammatoneParams{CF: cf, Channels: r})
		if err != nil {
			return nil, err
		}
		drive, err := stages.NewFunction([]stages.Stage{cochlea}, stages.FunctionParams{Expr: "15*cbrt(clip(x, 0, inf))"})
		if err != nil {
			return nil, err
		}
		group, err := neurons.NewGroup(neurons.GroupParams{
			Name: "fibres", N: len(cf), Channels: r, Seed: seed, Inputs: map[string]stages.Stage{"I": drive},
			Equations: `
				dV/dt = (I-V)/(1*ms) + 0.1*xi/(0.5*ms)**.5 : 1
				I : 1`,
			Threshold: "V > 1", Reset: "V = 0", Refractory: "5 ms",
		})
		if err != nil {
			return nil, err
		}
		return []stages.Node{group}, nil
	})
	if err != nil {
		return nil, err
	}
	return nodes[0].(stages.SpikeStage), nil
}

func run(name string, index int, out string) error {
	set, err := heads(name)
	if err != nil {
		return err
	}
	counts, err := localise(set, index, 0.5, 1)
	if err != nil {
		return err
	}
	guess := slices.Index(counts, slices.Max(counts))
	truth, _ := set.Direction(index)
	found, _ := set.Direction(guess)
	fmt.Printf("the noise came from direction %d (%v), most spikes, %d, for direction %d (%v)\n", index, truth, counts[guess], guess, found)
	return draw(set, counts, index, guess, out)
}

// draw shows the counts of all directions.
func draw(set *hrtf.Set, counts []int, index, guess int, out string) error {
	p := picture.ScatterParams{Path: out, Title: "where the noise came from", XLabel: "azimuth (degrees, left is positive)", YLabel: "elevation (degrees)"}
	for i, k := range counts {
		d, _ := set.Direction(i)
		p.X, p.Y, p.Size = append(p.X, math.Remainder(d.Azimuth(), 360)), append(p.Y, d.Elevation()), append(p.Size, float64(k))
	}
	p.Marks = []picture.Mark{{X: p.X[index], Y: p.Y[index], Label: "where it was", Plus: true}, {X: p.X[guess], Y: p.Y[guess], Label: "most spikes"}}
	return picture.DrawScatter(p)
}

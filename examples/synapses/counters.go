package main

import (
	"math"

	"hearpipe/neurons"
	"hearpipe/neurons/connectivity"
)

// counting is cells that fire every period [ms] and cells that add up what arrives, with synapses of weight w and a delay.
// late is the largest distance [steps] between a change of a counter and a spike with one of the delays.
func counting(sources, targets int, period string, c connectivity.Params, w, delay string, seconds float64) (*example, error) {
	b := begin(neurons.NetworkParams{})
	p := b.group(neurons.GroupParams{N: sources, Equations: "dv/dt = 1/(" + period + ") : 1", Threshold: "v > 1", Reset: "v = 0"})
	q := b.group(neurons.GroupParams{N: targets, Equations: "v : 1"})
	s := b.synapses(neurons.SynapsesParams{Source: b.all(p), Target: b.all(q), Model: "w : 1", OnPre: "v += w"}, c, "w", w, "delay", delay)
	spikes, v := b.spikes(p), b.states(q, "v")
	return b.finish(&example{
		seconds: []float64{seconds}, trace: b.stream(q, "v"),
		result: func() ([]number, error) {
			weights, err := s.Values("w")
			if err != nil {
				return nil, err
			}
			delays, err := s.Values("delay")
			if err != nil {
				return nil, err
			}
			wrong := 0
			list := []number{{"spikes of cell 0", float64(spikes.Counts()[0]), ""}}
			for j := range targets {
				x := seriesOf(v, "v", j)
				expected := make([]float64, len(x)) // what arrives in each step
				for n := range s.N() {
					if int(s.Post()[n]) != j {
						continue
					}
					for _, spike := range spikes.Spikes() {
						if at := spike.At + int64(math.Round(delays[n]/1e-4)); spike.Cell == s.Pre()[n] && at < int64(len(x)) {
							expected[at] += weights[n]
						}
					}
				}
				for k := 1; k < len(x); k++ {
					if math.Abs(x[k]-x[k-1]-expected[k]) > 1e-12 {
						wrong++
					}
				}
				list = append(list, number{"counter " + string(rune('0'+j)), x[len(x)-1], ""})
			}
			return append(list, number{"steps with a wrong increment", float64(wrong), ""}), nil
		},
	})
}

func oneSynapse(uint64) (*example, error) {
	return counting(1, 1, "10*ms", connectivity.Params{}, "1", "0.5*ms", 0.04)
}

func oneSynapseOfMany(uint64) (*example, error) {
	return counting(5, 4, "10*ms", connectivity.Params{I: []int{2}, J: []int{3}}, "1", "0.5*ms", 0.04)
}

func twoSynapses(uint64) (*example, error) {
	return counting(2, 4, "10*ms", connectivity.Params{I: []int{0, 0}, J: []int{2, 3}}, "where(j == 2, 1, 0.7)", "where(j == 2, 0.5*ms, 0.7*ms)", 0.04)
}

// multipleDelays has two synapses between the same cells.
func multipleDelays(uint64) (*example, error) {
	return counting(1, 1, "20*ms", connectivity.Params{N: 2}, "1-0.5*k", "0.5*ms*(1+k)", 0.06)
}

func construction(uint64) (*example, error) {
	return counting(10, 10, "10*ms", connectivity.Params{Condition: "i == j"}, "2*i", "0*ms", 0.04)
}

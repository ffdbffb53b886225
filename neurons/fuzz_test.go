package neurons_test

import (
	"context"
	"testing"

	"hearpipe/neurons"
	"hearpipe/stages"
)

// FuzzNewGroup builds and runs groups of arbitrary texts: every one gives an error or runs.
func FuzzNewGroup(f *testing.F) {
	f.Add("dv/dt = (I-v)/(1*ms) + 0.2*xi*(2/(1*ms))**.5 : 1\nI : 1", "v > 1", "v = 0", "5 ms", "rand()")
	f.Add("dv/dt = -v/ms : volt (unless refractory)\nu = 2*v : volt", "u > 1*mV", "v -= 3*mV; I += 1", "v > 0*mV", "i*mV")
	f.Add("dv/dt = w/ms : 1\ndw/dt = -v**3/ms + t/ms**2 : 1\nI : 1", "not (v < w) and i != 1", "v = randn()", "I*ms", "1/0")
	f.Add("v : 1", "not_refractory and lastspike < 0*ms", "v *= 2", "", "N")
	f.Add("dv/dt = (k - v)/tau : volt\nk : volt (shared)\ntau : second\nu = v", "1*mV", "-2*mV", "u/volt*ms", "i*mV")
	f.Add("dv/dt = -v/ms + xi*s : 1\ns : second**-.5 (shared)\nw = 2*s : second**-.5 (shared)", "rand() < 0.5", "v", "1 ms", "0")
	f.Fuzz(func(t *testing.T, text, threshold, reset, refractory, initial string) {
		g, err := neurons.NewGroup(neurons.GroupParams{
			N: 3, Equations: text, Threshold: threshold, Reset: reset, Refractory: refractory, Init: map[string]string{"v": initial}, Frames: 5,
		})
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without text")
			}
			return
		}
		list, _ := stages.CollectSpikes(context.Background(), g)
		if len(list) > 15 {
			t.Errorf("%d spikes of 3 cells in 5 steps", len(list))
		}
	})
}

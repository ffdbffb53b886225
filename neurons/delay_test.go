package neurons

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
)

// arrival is what a plain list of spikes says should happen.
type arrival struct {
	at, emitted int64
	cell, syn   int32
}

// A queue delivers what a list of all (spike, synapse) pairs delivers, in the order of emission, then cell, then number.
func TestQueuesDeliverEverySpikeOnceInOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for trial := range 60 {
		cells, synapses, most := 1+r.IntN(9), r.IntN(60), 1+r.IntN(7)
		pre, delay := make([]int32, synapses), make([]int32, synapses)
		for k := range pre {
			pre[k], delay[k] = int32(r.IntN(cells)), int32(r.IntN(most))
		}
		if trial%4 == 3 && synapses > 0 { // one that is far from the others
			delay[r.IntN(synapses)] = 150
		}
		uniform := int32(r.IntN(most))
		if trial%3 == 0 {
			slices.Sort(pre)
		}
		var q spikeQueue
		given := delay
		if trial%2 == 0 {
			given = nil
			for k := range delay {
				delay[k] = uniform
			}
		}
		q.arrange(newFan(pre, cells), uniform, given, 0)
		var want []arrival
		const lo = 3
		for step := range int64(200) {
			var fired []int32
			for c := range cells + 2*lo {
				if r.IntN(3) == 0 {
					fired = append(fired, int32(c))
				}
			}
			if step%37 == 36 && trial%5 == 1 { // delays change while spikes are on their way
				for k := range delay {
					delay[k] = int32(r.IntN(most))
				}
				q.arrange(newFan(pre, cells), 0, delay, step)
			}
			q.emit(step, fired, lo, lo+cells)
			for _, c := range fired {
				for k := range pre {
					if pre[k] == c-lo {
						want = append(want, arrival{step + int64(delay[k]), step, c - lo, int32(k)})
					}
				}
			}
			var now []arrival
			want = slices.DeleteFunc(want, func(a arrival) bool {
				if a.at == step {
					now = append(now, a)
				}
				return a.at == step
			})
			slices.SortStableFunc(now, func(a, b arrival) int {
				return cmp.Or(cmp.Compare(a.emitted, b.emitted), cmp.Compare(a.cell, b.cell), cmp.Compare(a.syn, b.syn))
			})
			var list []int32
			for _, a := range now {
				list = append(list, a.syn)
			}
			if got := q.numbers(step); !slices.Equal(got, list) {
				t.Fatalf("trial %d, step %d: synapses %v, want %v", trial, step, got, list)
			}
			q.done(q.slot(step))
		}
	}
}

func TestQueuesAllocateNothingInSteadyState(t *testing.T) {
	pre, delay := make([]int32, 1000), make([]int32, 1000)
	for k := range pre {
		pre[k], delay[k] = int32(k/10), int32(k%7)
	}
	var q spikeQueue
	q.arrange(newFan(pre, 100), 0, delay, 0)
	fired := []int32{3, 50, 77}
	step := int64(0)
	one := func() {
		q.emit(step, fired, 0, 100)
		q.done(q.slot(step))
		step++
	}
	for range 20 {
		one()
	}
	if n := testing.AllocsPerRun(100, one); n != 0 {
		t.Errorf("%g allocations per step", n)
	}
}

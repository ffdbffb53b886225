package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// filterBench is a filterbank as the benchmarks see it.
type filterBench struct {
	states int
	run    func(dst, src Rows, at int64, frames int, state []float64)
}

// BenchmarkFilters gives the time of a frame of a channel in every tier, every output value consumed in a sum of squares per
// channel, and the number of channels that one core computes in real time at 44.1 kHz.
//
// "slices": banks of 256 channels, 32 frames each in turn, as the stages run them; coefficients and states of all of them are
// beyond the second-level cache. "memory": one bank, the output of 32 frames written to memory and read again.
func BenchmarkFilters(b *testing.B) {
	kinds := []struct {
		name string
		make func(r *rand.Rand, channels int) filterBench
	}{
		{"gammatone", func(r *rand.Rand, channels int) filterBench {
			g, _ := gammatoneBank(r, channels)
			return filterBench{g.States(), g.Run}
		}},
		{"four sections", func(r *rand.Rand, channels int) filterBench {
			_, s := gammatoneBank(r, channels)
			return filterBench{s.States(), s.Run}
		}},
		{"first order", func(r *rand.Rand, channels int) filterBench {
			s := bank(r, 1, 1, channels)
			return filterBench{s.States(), s.Run}
		}},
		{"four of first order", func(r *rand.Rand, channels int) filterBench {
			s := bank(r, 4, 1, channels)
			return filterBench{s.States(), s.Run}
		}},
	}
	for _, c := range []struct {
		layout          string
		banks, channels int
	}{{"300 channels", 1, 300}, {"slices", 128, 256}, {"memory", 1, 32768}} {
		for _, kind := range kinds {
			for _, step := range []int{0, 1} {
				r := rand.New(rand.NewPCG(5, 5))
				banks, states := make([]filterBench, c.banks), make([][]float64, c.banks)
				for i := range banks {
					banks[i] = kind.make(r, c.channels)
					states[i] = make([]float64, banks[i].states)
				}
				b.Run(fmt.Sprintf("%s/%s/%s input", kind.name, c.layout, []string{"shared", "separate"}[step]), func(b *testing.B) {
					defer setTier(tier)
					for _, name := range Tiers() {
						setTier(name)
						b.Run(string(name), func(b *testing.B) { benchmarkBanks(b, banks, states, c.channels, step) })
					}
				})
			}
		}
	}
}

func benchmarkBanks(b *testing.B, banks []filterBench, states [][]float64, channels, step int) {
	const frames = 32
	stride := (channels+7)/8*8 + 8
	in, out, sums := make([]float64, frames*stride), make([]float64, frames*stride), make([]float64, channels)
	for i := range in {
		in[i] = math.Sin(float64(i))
	}
	b.ReportAllocs()
	for at := int64(0); b.Loop(); at += frames {
		for i, bank := range banks {
			bank.run(Rows{out, stride, 1}, Rows{in, stride, step}, at, frames, states[i])
			SumSquares(sums, Rows{out, stride, 1}, frames)
		}
	}
	if math.IsNaN(sums[0]) {
		b.Fatal("unstable")
	}
	ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / float64(len(banks)*frames*channels)
	b.ReportMetric(ns, "ns/frame·channel")
	b.ReportMetric(1e9/44100/ns, "channels")
}

package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
)

// filterBench is a filterbank as the benchmarks see it.
type filterBench struct {
	states int
	run    func(dst, src Rows, at int64, frames int, state []float64)
}

// BenchmarkFilters gives the time of a frame of a channel in every tier, every output value consumed in a sum of squares per
// channel or written to memory, and the number of channels that one core computes in real time at 44.1 kHz.
//
// "slices": banks of 256 channels, 32 frames each in turn, as the stages run them; coefficients and states of all of them are
// beyond the second-level cache. "memory": the same, but each bank writes its part of one block of all 32,768 channels, 8 MB, which
// nothing consumes; [BenchmarkMemoryAlone] writes as much without filters.
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
		whole           bool
	}{{"300 channels", 1, 300, false}, {"slices", 128, 256, false}, {"memory", 128, 256, true}} {
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
						b.Run(string(name), func(b *testing.B) { benchmarkBanks(b, banks, states, c.channels, step, c.whole) })
					}
				})
			}
		}
	}
}

const benchFrames = 32

func benchmarkBanks(b *testing.B, banks []filterBench, states [][]float64, channels, step int, whole bool) {
	stride := (channels+7)/8*8 + 8
	in := make([]float64, benchFrames*stride)
	outStride, skip := stride, 0
	if whole {
		outStride, skip = len(banks)*channels+8, channels
	}
	out, sums := make([]float64, benchFrames*outStride), make([]float64, channels)
	for i := range in {
		in[i] = math.Sin(float64(i))
	}
	b.ReportAllocs()
	for at := int64(0); b.Loop(); at += benchFrames {
		for i, bank := range banks {
			rows := Rows{out[i*skip:], outStride, 1}
			bank.run(rows, Rows{in, stride, step}, at, benchFrames, states[i])
			if !whole {
				SumSquares(sums, rows, benchFrames)
			}
		}
	}
	SumSquares(sums, Rows{out, outStride, 1}, benchFrames)
	if math.IsNaN(sums[0]) {
		b.Fatal("unstable")
	}
	reportChannels(b, len(banks)*channels)
}

func reportChannels(b *testing.B, channels int) {
	ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / float64(benchFrames*channels)
	b.ReportMetric(ns, "ns/frame·channel")
	b.ReportMetric(1e9/44100/ns, "channels")
}

// BenchmarkMemoryAlone is what [BenchmarkFilters] writes to memory, without filters: 32 frames of 32,768 channels filled with
// zeros, and copied from a block of the same size.
func BenchmarkMemoryAlone(b *testing.B) {
	const channels = 32768
	block, other := make([]float64, benchFrames*(channels+8)), make([]float64, benchFrames*(channels+8))
	b.Run("fill", func(b *testing.B) {
		for b.Loop() {
			clear(block)
		}
		reportChannels(b, channels)
	})
	b.Run("copy", func(b *testing.B) {
		for b.Loop() {
			copy(block, other)
		}
		reportChannels(b, channels)
	})
}

// BenchmarkGammatoneOnAllProcessors is "gammatone/slices/shared input" of [BenchmarkFilters] on all processors at once, each with
// 32,768 channels of its own.
func BenchmarkGammatoneOnAllProcessors(b *testing.B) {
	const banks, channels, stride = 128, 256, 264
	defer setTier(tier)
	for _, name := range Tiers() {
		setTier(name)
		b.Run(string(name), func(b *testing.B) {
			workers := runtime.GOMAXPROCS(0)
			block := make([]func(at int64), workers)
			for w := range block {
				r := rand.New(rand.NewPCG(5, uint64(w)))
				list, states := make([]*Gammatone, banks), make([][]float64, banks)
				for i := range list {
					list[i], _ = gammatoneBank(r, channels)
					states[i] = make([]float64, list[i].States())
				}
				in, out, sums := normals(r, benchFrames), make([]float64, benchFrames*stride), make([]float64, channels)
				block[w] = func(at int64) {
					for i, g := range list {
						g.Run(Rows{out, stride, 1}, Rows{in, 1, 0}, at, benchFrames, states[i])
						SumSquares(sums, Rows{out, stride, 1}, benchFrames)
					}
				}
			}
			for at := int64(0); b.Loop(); at += benchFrames {
				var wg sync.WaitGroup
				for _, run := range block {
					wg.Go(func() { run(at) })
				}
				wg.Wait()
			}
			reportChannels(b, workers*banks*channels)
		})
	}
}

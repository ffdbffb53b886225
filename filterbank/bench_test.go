package filterbank

import (
	"context"
	"fmt"
	"math"
	"testing"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// processorTime is the processor time of this process so far [s], where it can be known.
var processorTime = func() float64 { return 0 }

// run pulls blocks of 32 frames through a stage on endless noise, consumes every value, and reports how many channels
// one core sustains at 44.1 kHz: by the clock, and by processor time, which other work on the machine changes less.
func run(b *testing.B, channels, sources int, build func(src stages.Stage) (stages.Stage, error)) {
	const block = 32
	src, err := stages.New("bench.noise", stages.Format{Rate: 44100, Channels: sources, Frames: stages.Unbounded}, &noise{})
	if err != nil {
		b.Fatal(err)
	}
	s, err := build(src)
	if err != nil {
		b.Fatal(err)
	}
	at, total := int64(0), 0.0
	ctx := context.Background()
	b.ReportAllocs()
	begun, first := processorTime(), at
	for b.Loop() {
		f, err := s.Fetch(ctx, at, at+block)
		if err != nil {
			b.Fatal(err)
		}
		at += block
		for i := range f.N {
			total += sumOf(f.Row(i))
		}
	}
	if math.IsNaN(total) || total == 0 {
		b.Fatal("nothing comes out")
	}
	ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / float64(block*channels)
	b.ReportMetric(ns, "ns/frame·channel")
	b.ReportMetric(1e9/44100/ns, "channels")
	if spent := processorTime() - begun; spent > 0 {
		b.ReportMetric(spent*1e9/float64((at-first)*int64(channels)), "processor-ns/frame·channel")
	}
}

// sumOf adds four sums, in a function of its own: the variables of a loop over b.Loop are kept in memory.
func sumOf(row []float64) float64 {
	var a, b, c, d float64
	for ; len(row) >= 4; row = row[4:] {
		a += row[0]
		b += row[1]
		c += row[2]
		d += row[3]
	}
	for _, x := range row {
		a += x
	}
	return a + b + c + d
}

// noise costs nothing: rows are cut out of a table.
type noise struct{ table [4096]float64 }

func (x *noise) Fill(_ context.Context, at int64, dst stages.Frames) (int, error) {
	if x.table[0] == 0 {
		for i := range x.table {
			x.table[i] = math.Mod(float64(i+1)*0.618, 1) - 0.5
		}
	}
	for i := range dst.N {
		copy(dst.Row(i), x.table[int(at+int64(i))%1021:])
	}
	return dst.N, nil
}

func BenchmarkGammatone(b *testing.B) {
	for _, channels := range []int{32, 300, 3000} {
		cf, err := ERBSpace(20, 20000, channels)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprint(channels), func(b *testing.B) {
			run(b, channels, 1, func(src stages.Stage) (stages.Stage, error) { return NewGammatone(src, GammatoneParams{CF: cf}) })
		})
	}
}

func BenchmarkCascade(b *testing.B) {
	for _, channels := range []int{32, 300, 3000} {
		cf, err := ERBSpace(20, 20000, channels)
		if err != nil {
			b.Fatal(err)
		}
		c, err := DesignGammatone(44100, GammatoneParams{CF: cf})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprint(channels), func(b *testing.B) {
			run(b, channels, 1, func(src stages.Stage) (stages.Stage, error) { return NewCascade(src, CascadeParams{Coefficients: c}) })
		})
	}
}

func BenchmarkLowPass(b *testing.B) {
	for _, channels := range []int{32, 300, 3000} {
		b.Run(fmt.Sprint(channels), func(b *testing.B) {
			run(b, channels, channels, func(src stages.Stage) (stages.Stage, error) {
				return NewLowPass(src, LowPassParams{Cutoff: []float64{10}})
			})
		})
	}
}

func BenchmarkAuditoryFilters(b *testing.B) {
	const channels = 300
	cf, err := ERBSpace(100, 8000, channels)
	if err != nil {
		b.Fatal(err)
	}
	for name, build := range map[string]func(src stages.Stage) (stages.Stage, error){
		"approximate gammatone": func(src stages.Stage) (stages.Stage, error) {
			return NewApproximateGammatone(src, ApproximateGammatoneParams{CF: cf, Bandwidth: []float64{100}})
		},
		"asymmetric compensation": func(src stages.Stage) (stages.Stage, error) {
			return NewAsymmetricCompensation(src, AsymmetricCompensationParams{CF: cf})
		},
		"log gammachirp": func(src stages.Stage) (stages.Stage, error) {
			return NewLogGammachirp(src, LogGammachirpParams{CF: cf})
		},
		"linear gammachirp of 1985 taps": func(src stages.Stage) (stages.Stage, error) {
			return NewLinearGammachirp(src, LinearChirpParams{CF: cf, TimeConstant: []float64{3e-3}})
		},
		"linear gaborchirp of 1588 taps": func(src stages.Stage) (stages.Stage, error) {
			return NewLinearGaborchirp(src, LinearChirpParams{CF: cf, TimeConstant: []float64{3e-3}})
		},
		"resonance": func(src stages.Stage) (stages.Stage, error) { return NewResonance(src, ResonanceParams{CF: cf}) },
		"middle ear": func(src stages.Stage) (stages.Stage, error) {
			return NewMiddleEar(src, MiddleEarParams{Gain: linspace(0.1, 1, channels)})
		},
		"fractional delay of 2048 taps": func(src stages.Stage) (stages.Stage, error) {
			return NewFractionalDelay(src, FractionalDelayParams{Delays: linspace(-1e-3, 1e-3, channels)})
		},
		"gain": func(src stages.Stage) (stages.Stage, error) {
			return NewGain(src, GainParams{Gain: linspace(0.1, 1, channels)})
		},
	} {
		b.Run(name, func(b *testing.B) { run(b, channels, 1, build) })
	}
}

func BenchmarkDRNL(b *testing.B) {
	for _, channels := range []int{100, 1000} {
		cf, err := ERBSpace(20, 13000, channels)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprint(channels), func(b *testing.B) {
			run(b, channels, 1, func(src stages.Stage) (stages.Stage, error) { return NewDRNL(src, DRNLParams{CF: cf}) })
		})
	}
}

func BenchmarkDCGC(b *testing.B) {
	for _, channels := range []int{100, 1000} {
		cf, err := ERBSpace(100, 8000, channels)
		if err != nil {
			b.Fatal(err)
		}
		for _, interval := range []int{1, 16} {
			b.Run(fmt.Sprintf("%d, interval %d", channels, interval), func(b *testing.B) {
				run(b, len(cf), 1, func(src stages.Stage) (stages.Stage, error) {
					return NewDCGC(src, DCGCParams{CF: cf, Interval: interval})
				})
			})
		}
	}
}

func TestFiltersAllocateNothing(t *testing.T) {
	src, err := stagetest.NewStream(stagetest.Signal{Rate: 44100, Frames: stages.Unbounded})
	if err != nil {
		t.Fatal(err)
	}
	bank, err := NewGammatone(src, GammatoneParams{CF: []float64{100, 200, 300}})
	if err != nil {
		t.Fatal(err)
	}
	lp, err := NewLowPass(bank, LowPassParams{Cutoff: []float64{10}})
	if err != nil {
		t.Fatal(err)
	}
	band, err := NewResonance(lp, ResonanceParams{CF: []float64{100, 200, 300}})
	if err != nil {
		t.Fatal(err)
	}
	gain, err := NewGain(band, GainParams{})
	if err != nil {
		t.Fatal(err)
	}
	at := int64(0)
	if n := testing.AllocsPerRun(200, func() {
		if _, err := gain.Fetch(context.Background(), at, at+32); err != nil {
			t.Fatal(err)
		}
		at += 32
		// What a control does.
		if bank.SetCF(1, 200+float64(at%50)) != nil || lp.SetCutoff(1, 20) != nil || band.SetCF(1, 300) != nil || gain.SetGain(1, 2) != nil {
			t.Fatal("refused")
		}
	}); n != 0 {
		t.Errorf("%v allocations in steady state", n)
	}
}

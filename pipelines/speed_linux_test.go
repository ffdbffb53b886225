package pipelines

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"hearpipe/stages"
)

// processor is the processor time of this process so far [s].
func processor(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) * 1e-9
}

// rows is a sink that looks at every row.
type rows struct {
	in  stages.Stage
	sum float64
}

func (r *rows) Input() stages.Node                        { return r.in }
func (r *rows) Open(context.Context, stages.Format) error { return nil }
func (r *rows) Finish(stages.Ending) error                { return nil }
func (r *rows) Abort(bool)                                {}
func (r *rows) WriteFrames(_ context.Context, _ int64, f stages.Frames) error {
	for i := range f.N {
		r.sum += f.Row(i)[i%f.Channels]
	}
	return nil
}

// BenchmarkChains gives what a frame of a channel takes by the clock and of processor time, which other work on the machine
// changes less, and how many channels the machine computes in real time: ready-made chains of 3,000 channels on endless noise,
// on one processor and on two, in blocks of several lengths.
func BenchmarkChains(b *testing.B) {
	const channels, each = 3000, 0.02 // stream time of an iteration [s]
	chains := []struct {
		name string
		make func(b *testing.B, seconds float64) stages.Sink
	}{
		{"simple-anf", func(b *testing.B, seconds float64) stages.Sink {
			return &counter{in: endlessANF(b, channels, seconds).built[0].Input().(stages.SpikeStage)}
		}},
		{"cochleagram", func(b *testing.B, seconds float64) stages.Sink {
			d, err := Open("cochleagram")
			if err != nil {
				b.Fatal(err)
			}
			text := strings.ReplaceAll(string(d.Text()), "type: sound.file, path: $input", "type: sound.whitenoise, sigma: 0.1 Pa, seed: 3")
			text = strings.ReplaceAll(text, "  input: speech.wav\n", "")
			text = strings.ReplaceAll(text, "{type: cochleagram, from: envelope, path: cochleagram.png}", "{type: frames, from: envelope, path: x.npy}")
			if d, err = Parse("endless.yaml", []byte(text)); err != nil {
				b.Fatal(err)
			}
			p, err := d.Check(Options{Seconds: seconds, Access: Access{Folder: b.TempDir()}})
			if err != nil {
				b.Fatal(err)
			}
			if err := p.Build(context.Background()); err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { p.Close() })
			return &rows{in: p.built[0].Input().(stages.Stage)}
		}},
	}
	for _, chain := range chains {
		for _, workers := range []int{1, 2} {
			for _, block := range []int{32, 64, 128, 1024} {
				b.Run(fmt.Sprintf("%s/workers=%d/block=%d", chain.name, workers, block), func(b *testing.B) {
					sink := chain.make(b, each*float64(b.N))
					b.ReportAllocs()
					b.ResetTimer()
					begun := processor(b)
					sum, err := stages.Run(context.Background(), stages.RunOptions{Block: block, Workers: workers, Seconds: each * float64(b.N)}, sink)
					if err != nil {
						b.Fatal(err)
					}
					spent, took := processor(b)-begun, b.Elapsed().Seconds()
					frames := sum.Seconds * 44100 * channels
					b.ReportMetric(took*1e9/frames, "ns/frame·channel")
					b.ReportMetric(spent*1e9/frames, "processor-ns/frame·channel")
					b.ReportMetric(channels*sum.Seconds/took, "channels")
				})
			}
		}
	}
}

package broker

import (
	"context"
	"testing"

	"hearpipe/stages"
)

// BenchmarkSpikesThroughOneSubject publishes blocks of spikes over a socket on loopback and decodes them on the other side: sink,
// queue, window, client, server, client, receiver. One operation is one block.
func BenchmarkSpikesThroughOneSubject(b *testing.B) {
	for _, delivery := range []Delivery{Core, JetStream} {
		b.Run(string(delivery), func(b *testing.B) {
			srv := start(b, ServerParams{Store: b.TempDir()})
			const frames, perFrame = 128, 100
			f := stages.Format{Rate: 44100, Channels: 3000, Frames: stages.Unbounded}
			sink, err := NewSpikeSink(spikeStream(b, 1, nil), hubOf(b, srv), SinkParams{Subject: anf, PublisherParams: PublisherParams{Delivery: delivery}})
			if err != nil {
				b.Fatal(err)
			}
			ctx := context.Background()
			if err := sink.Open(ctx, f); err != nil {
				b.Fatal(err)
			}
			r, err := Subscribe(ctx, connect(b, srv), ReceiverParams{Subject: sink.Subject(), Delivery: delivery})
			if err != nil {
				b.Fatal(err)
			}
			defer r.Close()
			heard := make(chan int)
			go func() {
				n := 0
				var list []stages.Spike
				for {
					m, err := r.Next(ctx)
					if err != nil {
						b.Error(err)
						break
					}
					if list, err = m.Spikes(list[:0]); err != nil {
						b.Error(err)
					}
					n += len(list)
					if m.Last {
						break
					}
				}
				heard <- n
			}()
			list := make([]stages.Spike, frames*perFrame)
			at := int64(0)
			b.ReportAllocs()
			for b.Loop() {
				for i := range list {
					list[i] = stages.Spike{At: at + int64(i/perFrame), Cell: int32(i % perFrame * 30)}
				}
				if err := sink.WriteSpikes(ctx, stages.Spikes{List: list, Start: at, End: at + frames}); err != nil {
					b.Fatal(err)
				}
				at += frames
			}
			if err := sink.Finish(stages.Ending{Frames: at, Reason: stages.EndOfStream}); err != nil {
				b.Fatal(err)
			}
			n := <-heard
			b.StopTimer()
			if want := int(at) * perFrame; n != want {
				b.Fatalf("heard %d spikes of %d", n, want)
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "spikes/s")
		})
	}
}

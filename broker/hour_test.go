package broker

import (
	"context"
	"testing"
	"time"

	"hearpipe/internal/queue"
	"hearpipe/internal/wire"
	"hearpipe/stages"
)

// ticks is an hour of spikes at 44.1 kHz: one cell after the other, every 100 frames.
type ticks struct{ before func(at int64) }

func (s ticks) FillSpikes(_ context.Context, at int64, n int, list *[]stages.Spike) (int, error) {
	s.before(at)
	for k := (at + 99) / 100 * 100; k < at+int64(n); k += 100 {
		*list = append(*list, stages.Spike{At: k, Cell: int32(k / 100 % 3000)})
	}
	return n, nil
}

// An hour of sound, as fast as it goes, with the server away four times: every frame is confirmed or counted by the publisher, and
// heard or counted by the subscriber.
func TestAnHourIsAccountedForToTheFrame(t *testing.T) {
	hour := int64(3600 * 44100)
	if testing.Short() {
		hour /= 20
	}
	const block = 1024
	for name, c := range map[string]struct {
		delivery Delivery
		policy   queue.Policy
		spill    int64
	}{
		"core":      {Core, queue.DropOldest, 1 << 16},
		"jetstream": {JetStream, queue.DropOldest, 1 << 16},
		"spilled":   {JetStream, queue.Wait, 1 << 26}, // more than the hour takes: whoever waited would wait for a server that this test starts
	} {
		delivery := c.delivery
		t.Run(name, func(t *testing.T) {
			p := ServerParams{Store: t.TempDir()}
			srv := start(t, p)
			conn := connect(t, srv)
			hub := hubOf(t, srv)
			var r *Receiver
			var sink *SpikeSink
			before := func(at int64) {
				const outages = 5
				period := hour / block / outages
				switch n := at / block; n % period {
				case period / 8:
					srv.Close()
				case period / 3:
					srv = again(t, srv, p)
					for !sink.pub.conn.Connected() || conn.NATS().FlushTimeout(time.Second) != nil { // the subscription is there again
						time.Sleep(time.Millisecond)
					}
				}
			}
			src, err := stages.NewSpikes("test.ticks", stages.Format{Rate: 44100, Channels: 3000, Frames: hour}, ticks{before})
			if err != nil {
				t.Fatal(err)
			}
			sink, err = NewSpikeSink(src, hub, SinkParams{Subject: anf, PublisherParams: PublisherParams{
				Delivery: delivery, Policy: c.policy, Buffer: 1 << 16, Spill: c.spill, SpillFolder: t.TempDir(), Drain: 20 * time.Second,
			}})
			if err != nil {
				t.Fatal(err)
			}
			if delivery == Core {
				if r, err = Subscribe(context.Background(), conn, ReceiverParams{Subject: "hearpipe.ear.anf.spikes"}); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := stages.Run(context.Background(), stages.RunOptions{Block: block}, sink); err != nil {
				t.Fatal(err)
			}
			s := sink.Stats()
			balanced(t, s)
			if s.Items != (hour+99)/100 || s.Unsure.Items > 0 {
				t.Errorf("accounts of the publisher %+v", s)
			}
			if delivery == JetStream {
				if r, err = Subscribe(context.Background(), connect(t, srv), ReceiverParams{Subject: sink.Subject(), Delivery: JetStream}); err != nil {
					t.Fatal(err)
				}
			}
			defer r.Close()
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			heard, spikes, end := int64(0), int64(0), int64(0)
			for last := false; !last; {
				b, err := r.Next(ctx)
				if err != nil {
					t.Fatal(err)
				}
				list, err := wire.ReadSpikes[stages.Spike](nil, b.Header, b.Payload, 0)
				if err != nil {
					t.Fatal(err)
				}
				heard, spikes = heard+b.End-b.Start, spikes+int64(len(list))
				end, last = b.End, b.Last
			}
			st := r.Stats()[0]
			counted := heard + st.Missing.Count
			if delivery == Core {
				counted += st.Begin // who listens live begins with the first message; who reads from frame 0 misses what was before it
			}
			if end != hour || counted != hour {
				t.Errorf("heard %d frames, missing %d, from %d to %d of %d", heard, st.Missing.Count, st.Begin, end, hour)
			}
			if c.policy == queue.Wait && (s.Lost.Items > 0 || heard != hour) {
				t.Errorf("lost %+v, heard %d frames of %d", s.Lost, heard, hour)
			}
			if delivery == JetStream && spikes+s.Lost.Count != s.Items {
				t.Errorf("stored %d spikes, lost %d, made %d", spikes, s.Lost.Count, s.Items)
			}
			t.Logf("%d spikes of %d heard; the publisher lost %d in %d ranges; the connection came back %d times", spikes, s.Items, s.Lost.Count, len(s.Lost.Ranges), s.Reconnects)
		})
	}
}

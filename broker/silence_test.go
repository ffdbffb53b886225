package broker

import (
	"context"
	"strings"
	"testing"
	"time"

	"hearpipe/internal/queue"
	"hearpipe/stages"
)

// quiet never fires.
type quiet struct{ before func(at int64) }

func (q quiet) FillSpikes(_ context.Context, at int64, n int, _ *[]stages.Spike) (int, error) {
	q.before(at)
	return n, nil
}

// A message without spikes says that nobody fired, which readers miss as well: its loss is told with its range.
func TestLostSilenceIsTold(t *testing.T) {
	for _, policy := range []queue.Policy{queue.Wait, queue.DropOldest} {
		t.Run(string(policy), func(t *testing.T) {
			srv := start(t, ServerParams{})
			var sink *SpikeSink
			stream, err := stages.NewSpikes("test.quiet", format(20*128), quiet{func(at int64) {
				if at == 10*128 {
					for sink.Stats().Waiting > 0 {
						time.Sleep(time.Millisecond)
					}
					srv.Close()
				}
			}})
			if err != nil {
				t.Fatal(err)
			}
			sink, err = NewSpikeSink(stream, hubOf(t, srv), SinkParams{Subject: anf, PublisherParams: PublisherParams{Policy: policy, Drain: 200 * time.Millisecond}})
			if err != nil {
				t.Fatal(err)
			}
			_, err = stages.Run(context.Background(), stages.RunOptions{Block: 128}, sink)
			if (policy == queue.Wait) != (err != nil) {
				t.Errorf("error %v", err)
			}
			balanced(t, sink.Stats())
			notes := strings.Join(sink.Notes(), "\n")
			if !strings.Contains(notes, "published 10 messages with 0 spikes") || !strings.Contains(notes, "0 in frames 1280:") || !strings.Contains(notes, ":2560") {
				t.Errorf("notes %q", notes)
			}
		})
	}
}

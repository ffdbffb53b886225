package broker

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"hearpipe/internal/queue"
	"hearpipe/internal/wire"
	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// published runs a sink in the background and returns a function that waits for its end.
func published(ctx context.Context, sinks ...stages.Sink) func() error {
	done := make(chan error, 1)
	go func() {
		_, err := stages.Run(ctx, stages.RunOptions{Block: 128}, sinks...)
		done <- err
	}()
	return func() error { return <-done }
}

func TestSpikesArriveAsTheyWere(t *testing.T) {
	for _, form := range []Form{Binary, JSON} {
		for _, delivery := range []Delivery{Core, JetStream} {
			t.Run(string(form)+"/"+string(delivery), func(t *testing.T) {
				srv := start(t, ServerParams{Store: t.TempDir()})
				const frames = 5000
				ready := make(chan struct{})
				sink, err := NewSpikeSink(spikeStream(t, frames, func(at int64) {
					if at == 0 {
						<-ready
					}
				}), hubOf(t, srv), SinkParams{Subject: anf, PublisherParams: PublisherParams{Form: form, Delivery: delivery}})
				if err != nil {
					t.Fatal(err)
				}
				if delivery == JetStream { // the stream must be there before somebody reads it
					close(ready)
				}
				wait := published(context.Background(), sink)
				if delivery == JetStream {
					if err := wait(); err != nil {
						t.Fatal(err)
					}
				}
				p := SourceParams{Subject: sink.Subject(), Rate: rate, Channels: cells, First: first, From: Live, Delivery: delivery}
				if delivery == JetStream {
					p.From = 0
				}
				src, err := NewSpikeSource(hubOf(t, srv), p)
				if err != nil {
					t.Fatal(err)
				}
				defer src.Close()
				if delivery == Core {
					// The source subscribes when it is asked for its first frame.
					go func() {
						for range 1000 {
							if srv.s.NumSubscriptions() > 60 {
								break
							}
							time.Sleep(time.Millisecond)
						}
						time.Sleep(50 * time.Millisecond)
						close(ready)
					}()
				}
				got := &collector{in: src}
				ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
				defer cancel()
				if _, err := stages.Run(ctx, stages.RunOptions{Block: 97}, got); err != nil {
					t.Fatal(err)
				}
				if delivery == Core {
					if err := wait(); err != nil {
						t.Fatal(err)
					}
				}
				if got.end != frames {
					t.Errorf("the stream ended at frame %d, want %d", got.end, frames)
				}
				same(t, got.list, spikesOf(0, frames))
				st := sink.Stats()
				balanced(t, st)
				if st.Lost.Items+st.Unsure.Items > 0 || st.Items != int64(len(got.list)) {
					t.Errorf("accounts of the sink: %+v", st)
				}
				if src.Missing().Items > 0 {
					t.Errorf("missing %+v", src.Missing())
				}
			})
		}
	}
}

func TestFramesArriveByBits(t *testing.T) {
	srv := start(t, ServerParams{Store: t.TempDir()})
	const frames = 3000
	sink, err := NewFrameSink(frameStream(t, frames, nil), hubOf(t, srv), SinkParams{Subject: anf, PublisherParams: PublisherParams{Delivery: JetStream}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stages.Run(context.Background(), stages.RunOptions{}, sink); err != nil {
		t.Fatal(err)
	}
	src, err := NewFrameSource(hubOf(t, srv), SourceParams{Subject: sink.Subject(), Rate: rate, Channels: cells, First: first, From: 100, Delivery: JetStream})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	got, err := stages.Collect(ctx, src)
	if err != nil {
		t.Fatal(err)
	}
	if got.N != frames-100 {
		t.Fatalf("%d frames, want %d", got.N, frames-100)
	}
	for i := range got.N {
		for c, x := range got.Row(i) {
			if x != sample(int64(i)+100, first+c) {
				t.Fatalf("frame %d, channel %d: %g, want %g", i, c, x, sample(int64(i)+100, first+c))
			}
		}
	}
	if len(src.Notes()) != 1 {
		t.Errorf("notes %q", src.Notes())
	}
}

// A block with more spikes than fit into a message is cut, also within a frame; nothing changes for the reader.
func TestLargeBlocksAreCut(t *testing.T) {
	srv := start(t, ServerParams{Store: t.TempDir()})
	for _, form := range []Form{Binary, JSON} {
		sink, err := NewSpikeSink(spikeStream(t, 300, nil), hubOf(t, srv), SinkParams{
			Subject: Subject{Pipeline: string(form), Node: "anf"}, PublisherParams: PublisherParams{Delivery: JetStream, Form: form},
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := sink.Open(context.Background(), format(300)); err != nil {
			t.Fatal(err)
		}
		sink.most = 3 // less than there are spikes in some frames
		want := spikesOf(0, 300)
		for start := int64(0); start < 300; start += 100 {
			if err := sink.WriteSpikes(context.Background(), stages.Spikes{List: spikesOf(start, start+100), Start: start, End: start + 100}); err != nil {
				t.Fatal(err)
			}
		}
		if err := sink.Finish(stages.Ending{Frames: 300, Reason: stages.EndOfStream}); err != nil {
			t.Fatal(err)
		}
		if n := sink.Stats().Messages; n < int64(len(want)/3) {
			t.Fatalf("%d messages for %d spikes", n, len(want))
		}
		src, err := NewSpikeSource(hubOf(t, srv), SourceParams{Subject: sink.Subject(), Rate: rate, Channels: cells, First: first, Delivery: JetStream})
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		got := &collector{in: src}
		if _, err := stages.Run(context.Background(), stages.RunOptions{Block: 64}, got); err != nil {
			t.Fatal(err)
		}
		same(t, got.list, want)
	}
}

func TestReplayBeginsAtAnyFrameOfTheLastRun(t *testing.T) {
	srv := start(t, ServerParams{Store: t.TempDir()})
	const frames = 1000
	for range 2 { // two runs are stored
		sink, err := NewSpikeSink(spikeStream(t, frames, nil), hubOf(t, srv), SinkParams{Subject: anf, PublisherParams: PublisherParams{Delivery: JetStream}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := stages.Run(context.Background(), stages.RunOptions{Block: 10}, sink); err != nil {
			t.Fatal(err)
		}
	}
	conn := connect(t, srv)
	for _, from := range []int64{0, 1, 9, 10, 11, 500, 999, 1000, 5000} {
		r, err := Subscribe(context.Background(), conn, ReceiverParams{Subject: "hearpipe.ear.anf.spikes", Delivery: JetStream, From: from})
		if err != nil {
			t.Fatal(err)
		}
		got := hear(t, r, 10*time.Second)
		if want := min(from/10*10, 1000); got[0].Start != want {
			t.Errorf("from frame %d: the first message begins at %d, want %d", from, got[0].Start, want)
		}
		if s := r.Stats()[0]; s.Runs != 1 || s.Missing.Count > 0 {
			t.Errorf("from frame %d: %+v", from, s)
		}
		r.Close()
	}
}

func TestSourceRefusesAnotherStream(t *testing.T) {
	srv := start(t, ServerParams{Store: t.TempDir()})
	sink, err := NewSpikeSink(spikeStream(t, 100, nil), hubOf(t, srv), SinkParams{Subject: anf, PublisherParams: PublisherParams{Delivery: JetStream}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stages.Run(context.Background(), stages.RunOptions{}, sink); err != nil {
		t.Fatal(err)
	}
	src, err := NewSpikeSource(hubOf(t, srv), SourceParams{Subject: sink.Subject(), Rate: 44100, Channels: cells, First: first, Delivery: JetStream})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	_, err = stages.CollectSpikes(context.Background(), src)
	if err == nil || !strings.Contains(err.Error(), "16000 Hz are published") || !strings.Contains(err.Error(), "44100 Hz") {
		t.Errorf("error %v, want one that names both rates", err)
	}
}

func TestWaitingSourceIsInterrupted(t *testing.T) {
	srv := start(t, ServerParams{})
	src, err := NewSpikeSource(hubOf(t, srv), SourceParams{Subject: "hearpipe.nobody.anf.spikes", Rate: rate, Channels: 1, From: Live})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	interrupt := make(chan struct{})
	time.AfterFunc(100*time.Millisecond, func() { close(interrupt) })
	sum, err := stages.Run(context.Background(), stages.RunOptions{Interrupt: interrupt}, &collector{in: src})
	if err != nil || sum.Reason != stages.Interrupted {
		t.Errorf("reason %q, error %v", sum.Reason, err)
	}
}

// script is a feed of given messages.
type script struct {
	list []Batch
	i    int
}

func (s *script) Next(ctx context.Context) (Batch, error) {
	if err := ctx.Err(); err != nil {
		return Batch{}, err
	}
	if s.i == len(s.list) {
		return Batch{}, errors.New("the script is over")
	}
	s.i++
	return s.list[s.i-1], nil
}

func (s *script) Close() error { return nil }

// scripted is a source that reads messages of 37 frames of the test stream, 1000 frames later on the publisher's clock, with
// a hole where frames 370:444 should be.
func scripted(kind wire.Kind, frames int64) source {
	const origin = 1000
	var list []Batch
	var data []float64
	for start := int64(0); start < frames; start += 37 {
		end := min(start+37, frames)
		if start == 370 || start == 407 {
			continue
		}
		h := wire.Header{Run: 1, Seq: uint64(start / 37), Start: start + origin, End: end + origin, Rate: rate, First: first, Channels: cells, Width: wire.Float64, Last: end == frames}
		var msg []byte
		if kind == wire.Spikes {
			spikes := spikesOf(start, end)
			for i := range spikes {
				spikes[i].At += origin
			}
			msg = wire.AppendSpikes(nil, h, spikes)
		} else {
			data = data[:0]
			for at := start; at < end; at++ {
				for c := range cells {
					data = append(data, sample(at, first+c))
				}
			}
			msg = wire.AppendFrames(nil, h, data, cells)
		}
		head, payload, err := wire.Decode(msg)
		if err != nil {
			panic(err)
		}
		list = append(list, Batch{Header: head, Payload: payload})
	}
	s := source{p: SourceParams{Subject: "test", Rate: rate, Channels: cells, First: first, From: Live, Delivery: JetStream}, kind: kind}
	s.open = func(_ context.Context, from int64) (feed, error) {
		f := &script{list: list}
		for from >= 0 && f.list[f.i].End <= from {
			f.i++
		}
		return f, nil
	}
	return s
}

func TestSourcesKeepTheLaws(t *testing.T) {
	const frames = 1200
	t.Run("spikes", func(t *testing.T) {
		stagetest.Run(t, stagetest.Recipe{Frames: frames, KeepsClock: true, Build: func([]stages.Stage, stages.Range) ([]stages.Node, error) {
			return stagetest.Nodes(spikeSource(scripted(wire.Spikes, frames)))
		}})
	})
	t.Run("frames", func(t *testing.T) {
		stagetest.Run(t, stagetest.Recipe{Frames: frames, KeepsClock: true, Build: func([]stages.Stage, stages.Range) ([]stages.Node, error) {
			return stagetest.Nodes(frameSource(scripted(wire.Frames, frames)))
		}})
	})
}

func TestMissingFramesAreSilenceAndCounted(t *testing.T) {
	spikes, err := spikeSource(scripted(wire.Spikes, 600))
	if err != nil {
		t.Fatal(err)
	}
	list, err := stages.CollectSpikes(context.Background(), spikes)
	if err != nil {
		t.Fatal(err)
	}
	same(t, list, append(spikesOf(0, 370), spikesOf(444, 600)...))
	frames, err := frameSource(scripted(wire.Frames, 600))
	if err != nil {
		t.Fatal(err)
	}
	got, err := stages.Collect(context.Background(), frames)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got.N {
		want := sample(int64(i), first+1)
		if i >= 370 && i < 444 {
			want = 0
		}
		if got.At(i, 1) != want {
			t.Fatalf("frame %d: %g, want %g", i, got.At(i, 1), want)
		}
	}
	for _, l := range []queue.Losses{spikes.Missing(), frames.Missing()} {
		if l.Count != 74 || len(l.Ranges) != 1 || l.Ranges[0] != (queue.Loss{Start: 370, End: 444, Count: 74}) {
			t.Errorf("missing %+v", l)
		}
	}
}

// A recording keeps the clock of the publisher, whenever it begins.
func TestRecordingKeepsTheClockOfThePublisher(t *testing.T) {
	srv := start(t, ServerParams{Store: t.TempDir()})
	for _, kind := range []string{"spikes", "frames"} {
		var sink stages.Sink
		var err error
		p := SinkParams{Subject: anf, PublisherParams: PublisherParams{Delivery: JetStream}}
		if kind == "spikes" {
			sink, err = NewSpikeSink(spikeStream(t, 3000, nil), hubOf(t, srv), p)
		} else {
			sink, err = NewFrameSink(frameStream(t, 3000, nil), hubOf(t, srv), p)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := stages.Run(context.Background(), stages.RunOptions{Block: 100}, sink); err != nil {
			t.Fatal(err)
		}
		r, err := Subscribe(context.Background(), connect(t, srv), ReceiverParams{Subject: "hearpipe.ear.anf." + kind, Delivery: JetStream, From: 1050})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		node, subject, err := r.Stream(context.Background())
		if err != nil || subject != "hearpipe.ear.anf."+kind {
			t.Fatal(subject, err)
		}
		switch s := node.(type) {
		case *SpikeSource:
			list, err := stages.CollectSpikes(context.Background(), s)
			if err != nil {
				t.Fatal(err)
			}
			same(t, list, spikesOf(1000, 3000))
		case *FrameSource:
			f, err := stages.Collect(context.Background(), s)
			if err != nil {
				t.Fatal(err)
			}
			if f.N != 3000 || f.At(999, 0) != 0 || f.At(1000, 0) != sample(1000, first) || f.At(2999, 3) != sample(2999, first+3) {
				t.Errorf("%d frames; around the beginning %g, %g", f.N, f.At(999, 0), f.At(1000, 0))
			}
		}
	}
}

// A replay that begins within a message has what is in it from that frame on, as frame 0.
func TestReplayCutsWithinAMessage(t *testing.T) {
	srv := start(t, ServerParams{Store: t.TempDir()})
	sink, err := NewSpikeSink(spikeStream(t, 1000, nil), hubOf(t, srv), SinkParams{Subject: anf, PublisherParams: PublisherParams{Delivery: JetStream}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stages.Run(context.Background(), stages.RunOptions{Block: 100}, sink); err != nil {
		t.Fatal(err)
	}
	for _, from := range []int64{101, 137, 250} {
		src, err := NewSpikeSource(hubOf(t, srv), SourceParams{Subject: sink.Subject(), Rate: rate, Channels: cells, First: first, Delivery: JetStream, From: from})
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		got := &collector{in: src}
		if _, err := stages.Run(context.Background(), stages.RunOptions{Block: 33}, got); err != nil {
			t.Fatal(err)
		}
		want := spikesOf(from, 1000)
		for i := range want {
			want[i].At -= from
		}
		same(t, got.list, want)
	}
}

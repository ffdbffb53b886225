package broker

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"strings"
	"testing"
	"time"

	"hearpipe/internal/wire"
	"hearpipe/stages"
)

// deaf subscribes to everything over a socket from which it never reads again.
func deaf(t *testing.T, s *Server) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(s.Address(), "nats://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	hello, err := json.Marshal(map[string]any{"auth_token": s.Token(), "verbose": false, "pedantic": false})
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(c)
	if _, err := c.Write([]byte("CONNECT " + string(hello) + "\r\nSUB > 1\r\nPING\r\n")); err != nil {
		t.Fatal(err)
	}
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(line, "PONG") {
			return c
		}
	}
}

// A program that subscribes and never reads is cut off by the server in its own time. Until then neither the run nor another
// subscriber waits for it, whatever the policy.
func TestDeafSubscriberStopsNobody(t *testing.T) {
	srv := start(t, ServerParams{})
	deaf(t, srv)
	r, err := Subscribe(context.Background(), connect(t, srv), ReceiverParams{Subject: "hearpipe.*.*.spikes"})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	const blocks, frames, perFrame = 1500, 128, 100 // 150 MB: more than the sockets and the server hold for one that does not read
	sink, err := NewSpikeSink(spikeStream(t, 1, nil), hubOf(t, srv), SinkParams{Subject: anf})
	if err != nil {
		t.Fatal(err)
	}
	if err := sink.Open(t.Context(), stages.Format{Rate: 44100, Channels: perFrame, Frames: frames * blocks}); err != nil {
		t.Fatal(err)
	}
	heard := make(chan int64)
	go func() {
		n := int64(0)
		defer func() { heard <- n }()
		for {
			b, err := r.Next(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			if n += b.End - b.Start; b.Last {
				return
			}
		}
	}()
	list := make([]stages.Spike, frames*perFrame)
	began := time.Now()
	for at := int64(0); at < frames*blocks; at += frames {
		for i := range list {
			list[i] = stages.Spike{At: at + int64(i/perFrame), Cell: int32(i % perFrame)}
		}
		if err := sink.WriteSpikes(t.Context(), stages.Spikes{List: list, Start: at, End: at + frames}); err != nil {
			t.Fatal(err)
		}
	}
	if err := sink.Finish(stages.Ending{Frames: frames * blocks, Reason: stages.EndOfStream}); err != nil {
		t.Fatal(err)
	}
	if n := <-heard; n != frames*blocks {
		t.Errorf("the other subscriber heard %d frames of %d", n, frames*blocks)
	}
	took := time.Since(began)
	t.Logf("%d MB in %v", sink.Stats().Items*8>>20, took)
	if took > 15*time.Second {
		t.Errorf("it took %v", took)
	}
	if s := sink.Stats(); s.Lost.Items+s.Unsure.Items > 0 || s.Confirmed != s.Messages {
		t.Errorf("accounts of the sink %+v", s)
	}
}

// A run that waits for a server that is gone, with the policy wait and no room left, ends as quickly as any other when it is
// interrupted: what other sinks have written must be in time.
func TestFullSinksShareTheirPatience(t *testing.T) {
	srv := start(t, ServerParams{})
	hub := hubOf(t, srv)
	interrupt := make(chan struct{})
	var interrupted time.Time
	src := spikeStream(t, stages.Unbounded, func(at int64) {
		if at == 10*128 {
			srv.Close()
			time.AfterFunc(500*time.Millisecond, func() {
				interrupted = time.Now()
				close(interrupt)
			})
		}
	})
	var all []stages.Sink
	for _, name := range []string{"a", "b"} {
		sink, err := NewSpikeSink(src, hub, SinkParams{Subject: Subject{Pipeline: "ear", Node: name}, PublisherParams: PublisherParams{Buffer: 1 << 16}})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, sink)
	}
	if _, err := stages.Run(context.Background(), stages.RunOptions{Block: 128, Interrupt: interrupt}, all...); err == nil {
		t.Error("no error, although spikes were lost under the policy wait")
	}
	if took := time.Since(interrupted); took > urgentDrain+time.Second {
		t.Errorf("the end took %v", took)
	}
	for _, s := range all {
		balanced(t, s.(*SpikeSink).Stats())
	}
}

// A message with a part of a frame that never came leaves no frame missing: it is told all the same.
func TestLostPartsOfFramesAreTold(t *testing.T) {
	s := scripted(wire.Spikes, 370)
	open := s.open
	s.open = func(ctx context.Context, from int64) (feed, error) {
		f, err := open(ctx, from)
		f.(*script).list[3].Skipped = 2
		return f, err
	}
	src, err := spikeSource(s)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stages.CollectSpikes(t.Context(), src); err != nil {
		t.Fatal(err)
	}
	if notes := src.Notes(); len(notes) != 2 || !strings.Contains(notes[1], "missing 2 messages") {
		t.Errorf("notes %q", notes)
	}
}

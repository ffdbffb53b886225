package broker

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"strconv"
	"testing"
	"time"

	"hearpipe/internal/queue"
	"hearpipe/internal/wire"
	"hearpipe/stages"
)

// again starts a server anew where one was.
func again(t *testing.T, old *Server, p ServerParams) *Server {
	t.Helper()
	u, err := url.Parse(old.Address())
	if err != nil {
		t.Fatal(err)
	}
	p.Port, err = strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	p.Token = old.Token()
	for i := 0; ; i++ {
		s, err := StartServer(p)
		if err == nil {
			t.Cleanup(s.Close)
			return s
		}
		if i == 50 {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// outage publishes blocks of 128 frames, and takes the server away while blocks down:up are made.
type outage struct {
	down, up, blocks int64
	delivery         Delivery
	publish          PublisherParams
	back             func() bool // a subscriber is there again; nil: there is none
}

// run returns the sink after the run, and the server that is there at its end. listen is called when the server is there.
func (o outage) run(t *testing.T, listen func(*Server)) (*SpikeSink, *Server) {
	t.Helper()
	p := ServerParams{Store: t.TempDir()}
	srv := start(t, p)
	if listen != nil {
		listen(srv)
	}
	hub := hubOf(t, srv)
	var sink *SpikeSink
	before := func(at int64) {
		switch at {
		case o.down * 128:
			for sink.Stats().Waiting > 0 { // so that it is known what the outage concerns
				time.Sleep(time.Millisecond)
			}
			srv.Close()
			for sink.pub.conn.Connected() {
				time.Sleep(time.Millisecond)
			}
		case o.up * 128:
			srv = again(t, srv, p)
			for !sink.pub.conn.Connected() || o.back != nil && !o.back() {
				time.Sleep(time.Millisecond)
			}
		}
	}
	o.publish.Delivery = o.delivery
	sink, err := NewSpikeSink(spikeStream(t, o.blocks*128, before), hub, SinkParams{Subject: anf, PublisherParams: o.publish})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stages.Run(context.Background(), stages.RunOptions{Block: 128}, sink); err != nil {
		t.Fatal(err)
	}
	balanced(t, sink.Stats())
	return sink, srv
}

func TestJetStreamLosesNothingWhileAnOutageFitsTheSpill(t *testing.T) {
	for _, policy := range []queue.Policy{queue.DropOldest, queue.DropNewest, queue.Fail} {
		t.Run(string(policy), func(t *testing.T) {
			sink, srv := outage{down: 50, up: 450, blocks: 600, delivery: JetStream, publish: PublisherParams{
				Policy: policy, Buffer: 1 << 17, Spill: 1 << 20, SpillFolder: t.TempDir(),
			}}.run(t, nil)
			s := sink.Stats()
			if s.Lost.Items+s.Unsure.Items > 0 || s.Reconnects != 1 {
				t.Fatalf("accounts %+v", s)
			}
			if s.Highest < 300 {
				t.Fatalf("only %d messages waited at once: the outage did not reach the spill", s.Highest)
			}
			src, err := NewSpikeSource(hubOf(t, srv), SourceParams{Subject: sink.Subject(), Rate: rate, Channels: cells, First: first, Delivery: JetStream})
			if err != nil {
				t.Fatal(err)
			}
			defer src.Close()
			list, err := stages.CollectSpikes(context.Background(), src)
			if err != nil {
				t.Fatal(err)
			}
			same(t, list, spikesOf(0, 600*128))
			if src.Missing().Items > 0 {
				t.Errorf("missing %+v", src.Missing())
			}
		})
	}
}

// Beyond the spill both ends agree on what is lost, to the frame.
func TestLossesBeyondTheSpillAreCountedWithTheirRanges(t *testing.T) {
	for _, policy := range []queue.Policy{queue.DropOldest, queue.DropNewest} {
		t.Run(string(policy), func(t *testing.T) {
			sink, srv := outage{down: 50, up: 450, blocks: 600, delivery: JetStream, publish: PublisherParams{
				Policy: policy, Buffer: 1 << 17, Spill: 1 << 18, SpillFolder: t.TempDir(),
			}}.run(t, nil)
			s := sink.Stats()
			if s.Lost.Items == 0 || s.Unsure.Items > 0 {
				t.Fatalf("accounts %+v: want losses", s)
			}
			r, err := Subscribe(context.Background(), connect(t, srv), ReceiverParams{Subject: sink.Subject(), Delivery: JetStream})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			got, known := []stages.Spike(nil), int64(0)
			var missing []queue.Loss
			for _, b := range hear(t, r, 20*time.Second) {
				if b.Missing.Count > 0 {
					missing = append(missing, queue.Loss{Start: b.Missing.Start, End: b.Missing.End})
				}
				if got, err = wire.ReadSpikes(got, b.Header, b.Payload, 0); err != nil {
					t.Fatal(err)
				}
				known = b.End
			}
			var lost []queue.Loss
			var want []stages.Spike
			at, count := int64(0), int64(0)
			for _, l := range s.Lost.Ranges {
				lost = append(lost, queue.Loss{Start: l.Start, End: l.End})
				want = append(want, spikesOf(at, l.Start)...)
				at = l.End
				count += int64(len(spikesOf(l.Start, l.End)))
			}
			want = append(want, spikesOf(at, 600*128)...)
			if known != 600*128 || !reflect.DeepEqual(missing, lost) {
				t.Errorf("the reader misses %v up to %d, the publisher lost %v", missing, known, lost)
			}
			if count != s.Lost.Count {
				t.Errorf("lost %d spikes in these ranges, counted %d", count, s.Lost.Count)
			}
			same(t, got, want)
		})
	}
}

// With core NATS the publisher delivers everything to the server that comes back, as far as its buffer reaches; a subscriber
// that was away counts what it missed. Together they account for every frame.
func TestCoreOutageIsCountedByBothEnds(t *testing.T) {
	for name, buffer := range map[string]int64{"within the buffer": 4 << 20, "beyond the buffer": 1 << 17} {
		t.Run(name, func(t *testing.T) {
			var r *Receiver
			var conn *Conn
			back := func() bool { return conn.Connected() && conn.NATS().FlushTimeout(time.Second) == nil }
			sink, _ := outage{back: back, down: 50, up: 450, blocks: 600, delivery: Core, publish: PublisherParams{Policy: queue.DropOldest, Buffer: buffer}}.run(t, func(s *Server) {
				var err error
				conn = connect(t, s)
				if r, err = Subscribe(context.Background(), conn, ReceiverParams{Subject: "hearpipe.*.*.spikes"}); err != nil {
					t.Fatal(err)
				}
			})
			defer r.Close()
			s := sink.Stats()
			if within := buffer > 1<<20; within != (s.Lost.Items == 0) || s.Unsure.Items > 0 {
				t.Fatalf("accounts %+v", s)
			}
			heard, known := int64(0), int64(0)
			got := []stages.Spike(nil)
			for _, b := range hear(t, r, 20*time.Second) {
				var err error
				if got, err = wire.ReadSpikes(got, b.Header, b.Payload, 0); err != nil {
					t.Fatal(err)
				}
				heard += b.End - b.Start
				known = b.End
			}
			st := r.Stats()[0]
			// What the publisher dropped before the first message that was heard is in its accounts only.
			if st.Begin+heard+st.Missing.Count != known || known != 600*128 || st.Begin > 0 && (s.Lost.Ranges[0].Start > 0 || s.Lost.Ranges[0].End < st.Begin) {
				t.Errorf("began at %d, heard %d frames, missing %d, up to frame %d; the publisher lost %s", st.Begin, heard, st.Missing.Count, known, s.Lost)
			}
			var want []stages.Spike
			at := st.Begin
			for _, l := range st.Missing.Ranges {
				want = append(want, spikesOf(at, l.Start)...)
				at = l.End
			}
			same(t, got, append(want, spikesOf(at, known)...))
			t.Logf("the subscriber missed %s", st.Missing)
		})
	}
}

// The end of a run is bounded although the server is gone, and says what did not arrive.
func TestEndIsBoundedWithoutAServer(t *testing.T) {
	for _, delivery := range []Delivery{Core, JetStream} {
		for _, policy := range []queue.Policy{queue.Wait, queue.DropOldest} {
			t.Run(string(delivery)+"/"+string(policy), func(t *testing.T) {
				srv := start(t, ServerParams{Store: t.TempDir()})
				var sink *SpikeSink
				const blocks, down = 40, 30
				sink, err := NewSpikeSink(spikeStream(t, blocks*128, func(at int64) {
					if at == down*128 {
						for sink.Stats().Waiting > 0 {
							time.Sleep(time.Millisecond)
						}
						srv.Close()
					}
				}), hubOf(t, srv), SinkParams{Subject: anf, PublisherParams: PublisherParams{Delivery: delivery, Policy: policy, Drain: 300 * time.Millisecond}})
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				_, err = stages.Run(context.Background(), stages.RunOptions{Block: 128}, sink)
				if took := time.Since(began); took > 5*time.Second {
					t.Errorf("the end took %v", took)
				}
				if (policy == queue.Wait) != (err != nil) {
					t.Errorf("error %v", err)
				}
				s := sink.Stats()
				balanced(t, s)
				ranges := append(append([]queue.Loss(nil), s.Unsure.Ranges...), s.Lost.Ranges...)
				left := s.Lost.Count + s.Unsure.Count
				if s.Confirmed != down || left != int64(len(spikesOf(down*128, blocks*128))) || ranges[0].Start != down*128 {
					t.Errorf("confirmed %d, lost %+v, unsure %+v", s.Confirmed, s.Lost, s.Unsure)
				}
				if notes := sink.Notes(); len(notes) != 2 {
					t.Errorf("notes %q", notes)
				}
			})
		}
	}
}

// A run that waits for room can be interrupted, and cancelled.
func TestWaitingSinkIsInterrupted(t *testing.T) {
	for _, how := range []string{"interrupt", "cancel"} {
		t.Run(how, func(t *testing.T) {
			srv := start(t, ServerParams{})
			hub := hubOf(t, srv)
			interrupt := make(chan struct{})
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			sink, err := NewSpikeSink(spikeStream(t, stages.Unbounded, func(at int64) {
				if at == 10*128 {
					srv.Close()
					time.AfterFunc(500*time.Millisecond, func() {
						if how == "cancel" {
							cancel()
						} else {
							close(interrupt)
						}
					})
				}
			}), hub, SinkParams{Subject: anf, PublisherParams: PublisherParams{Buffer: 1 << 16, Drain: 200 * time.Millisecond}})
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			sum, err := stages.Run(ctx, stages.RunOptions{Block: 128, Interrupt: interrupt}, sink)
			if err == nil {
				t.Errorf("no error, although spikes were lost under the policy wait: %+v", sum)
			}
			if took := time.Since(began); took > 6*time.Second {
				t.Errorf("it took %v", took)
			}
			s := sink.Stats()
			balanced(t, s)
			if s.Lost.Items+s.Unsure.Items == 0 {
				t.Errorf("accounts %+v", s)
			}
		})
	}
}

// A subscriber that stops to read is cut off by the server and stops nobody; it counts what it missed.
func TestSubscriberThatStopsReadingStopsNobody(t *testing.T) {
	srv := start(t, ServerParams{})
	conn := connect(t, srv)
	r, err := Subscribe(context.Background(), conn, ReceiverParams{Subject: "hearpipe.>", Policy: queue.DropOldest, Buffer: 1 << 16})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	sink, err := NewSpikeSink(spikeStream(t, 128*2000, nil), hubOf(t, srv), SinkParams{Subject: anf})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if _, err := stages.Run(context.Background(), stages.RunOptions{Block: 128}, sink); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the run took %v", took)
	}
	if s := sink.Stats(); s.Lost.Items+s.Unsure.Items > 0 || s.Confirmed != s.Messages {
		t.Errorf("accounts of the sink %+v", s)
	}
	heard := int64(0)
	for _, b := range hear(t, r, 10*time.Second) {
		heard += b.End - b.Start
	}
	st := r.Stats()[0]
	if st.Missing.Count == 0 && r.Overrun().Items == 0 || st.Begin+heard+st.Missing.Count != 128*2000 {
		t.Errorf("began at %d, heard %d frames, missing %+v, overrun %+v", st.Begin, heard, st.Missing, r.Overrun())
	}
}

// An info says how a stream ended, and what it lost.
func TestInfoTellsTheEnd(t *testing.T) {
	srv := start(t, ServerParams{})
	sub, err := connect(t, srv).NATS().SubscribeSync("hearpipe.*.*.info")
	if err != nil {
		t.Fatal(err)
	}
	if err := sub.SetPendingLimits(-1, -1); err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond)
	sink, err := NewSpikeSink(spikeStream(t, 1280, nil), hubOf(t, srv), SinkParams{Subject: anf, CF: make([]float64, cells)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stages.Run(context.Background(), stages.RunOptions{Block: 128}, sink); err != nil {
		t.Fatal(err)
	}
	var ended []string
	for range 2 {
		m, err := sub.NextMsg(2 * time.Second)
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := json.Unmarshal(m.Data, &got); err != nil {
			t.Fatal(err)
		}
		ended = append(ended, fmt.Sprint(got["ended"], " ", got["end"], " ", got["node"]))
	}
	if want := []string{" 0 anf", "end of stream 1280 anf"}; !reflect.DeepEqual(ended, want) {
		t.Errorf("infos %q, want %q", ended, want)
	}
}

// Whoever hears everything hears streams only, and counts what is none.
func TestInfosAreNoStreamsAndStrangeMessagesAreCounted(t *testing.T) {
	srv := start(t, ServerParams{})
	conn := connect(t, srv)
	r, err := Subscribe(context.Background(), conn, ReceiverParams{Subject: "hearpipe.>"})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, strange := range []string{"hello", "", `{"hpip":1,"kind":"spikes"}`, "HPIP"} {
		if err := conn.NATS().Publish("hearpipe.ear.anf.spikes", []byte(strange)); err != nil {
			t.Fatal(err)
		}
	}
	if err := conn.NATS().Flush(); err != nil {
		t.Fatal(err)
	}
	sink, err := NewSpikeSink(spikeStream(t, 1280, nil), hubOf(t, srv), SinkParams{Subject: anf})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stages.Run(context.Background(), stages.RunOptions{Block: 128}, sink); err != nil {
		t.Fatal(err)
	}
	if n := len(hear(t, r, 10*time.Second)); n != 11 {
		t.Errorf("%d messages, want 11", n)
	}
	if s := r.Stats(); len(s) != 1 || s[0].Subject != "hearpipe.ear.anf.spikes" {
		t.Errorf("streams %+v", s)
	}
	if n, err := r.Bad(); n != 4 || err == nil {
		t.Errorf("%d messages could not be read, %v", n, err)
	}
}

// Several sinks that end in a hurry without a server do not add up their patience: files that are completed after them are in time.
func TestInterruptedSinksShareTheirPatience(t *testing.T) {
	srv := start(t, ServerParams{})
	hub := hubOf(t, srv)
	interrupt := make(chan struct{})
	var all []stages.Sink
	src := spikeStream(t, stages.Unbounded, func(at int64) {
		if at == 20*128 {
			srv.Close()
			close(interrupt)
		}
	})
	for _, name := range []string{"a", "b", "c", "d"} {
		sink, err := NewSpikeSink(src, hub, SinkParams{Subject: Subject{Pipeline: "ear", Node: name}, PublisherParams: PublisherParams{Drain: time.Second, Policy: queue.DropOldest}})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, sink)
	}
	began := time.Now()
	sum, err := stages.Run(context.Background(), stages.RunOptions{Block: 128, Interrupt: interrupt}, all...)
	if err != nil || sum.Reason != stages.Interrupted {
		t.Fatalf("reason %q, error %v", sum.Reason, err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("the end of four sinks took %v", took)
	}
	for _, s := range all {
		balanced(t, s.(*SpikeSink).Stats())
	}
}

package broker

import (
	"context"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"hearpipe/stages"
)

// cells is the number of cells and channels of the test streams, rate their rate [Hz].
const (
	cells = 20
	first = 100
	rate  = 16000.0
)

// fires says whether a cell of the test stream fires: about one in eleven.
func fires(at int64, cell int) bool { return (at*2654435761+int64(cell)*40503)%11 == 0 }

// sample is the value of a channel of the test stream.
func sample(at int64, channel int) float64 { return float64((at*31+int64(channel)*17)%1009) / 7 }

// spikesOf lists what the test stream holds.
func spikesOf(start, end int64) []stages.Spike {
	var list []stages.Spike
	for at := start; at < end; at++ {
		for c := first; c < first+cells; c++ {
			if fires(at, c) {
				list = append(list, stages.Spike{At: at, Cell: int32(c)})
			}
		}
	}
	return list
}

// generator makes the test streams; before is called ahead of each block.
type generator struct{ before func(at int64) }

func (g generator) FillSpikes(ctx context.Context, at int64, n int, list *[]stages.Spike) (int, error) {
	if g.before != nil {
		g.before(at)
	}
	for k := at; k < at+int64(n); k++ {
		for c := first; c < first+cells; c++ {
			if fires(k, c) {
				*list = append(*list, stages.Spike{At: k, Cell: int32(c)})
			}
		}
	}
	return n, nil
}

func (g generator) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	if g.before != nil {
		g.before(at)
	}
	for i := range dst.N {
		for c := range dst.Channels {
			dst.Data[i*dst.Stride+c] = sample(at+int64(i), first+c)
		}
	}
	return dst.N, nil
}

func format(frames int64) stages.Format {
	return stages.Format{Rate: rate, Channels: cells, First: first, Frames: frames}
}

func spikeStream(t testing.TB, frames int64, before func(int64)) *stages.SpikeStream {
	t.Helper()
	s, err := stages.NewSpikes("test.spikes", format(frames), generator{before})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func frameStream(t testing.TB, frames int64, before func(int64)) *stages.Stream {
	t.Helper()
	s, err := stages.New("test.frames", format(frames), generator{before})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// start starts a server for a test.
func start(t testing.TB, p ServerParams) *Server {
	t.Helper()
	s, err := StartServer(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// hubOf is a hub on a connection over a socket.
func hubOf(t testing.TB, s *Server) *Hub {
	t.Helper()
	h := NewHub(HubParams{Connect: ConnectParams{URL: s.Address(), Token: s.Token()}})
	t.Cleanup(func() { h.Close() })
	return h
}

func connect(t testing.TB, s *Server) *Conn {
	t.Helper()
	c, err := Connect(context.Background(), ConnectParams{URL: s.Address(), Token: s.Token()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

var anf = Subject{Pipeline: "ear", Node: "anf"}

// collector keeps the spikes of a run.
type collector struct {
	in   stages.SpikeStage
	list []stages.Spike
	end  int64
}

func (c *collector) Input() stages.Node                        { return c.in }
func (c *collector) Open(context.Context, stages.Format) error { return nil }
func (c *collector) Finish(e stages.Ending) error              { c.end = e.Frames; return nil }
func (c *collector) Abort(bool)                                {}

func (c *collector) WriteSpikes(_ context.Context, s stages.Spikes) error {
	c.list = append(c.list, s.List...)
	return nil
}

// same compares lists of spikes.
func same(t *testing.T, got, want []stages.Spike) {
	t.Helper()
	if slices.Equal(got, want) {
		return
	}
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Fatalf("%d spikes, want %d; number %d is %v, want %v", len(got), len(want), i, got[i], want[i])
		}
	}
	t.Fatalf("%d spikes, want %d", len(got), len(want))
}

// hear reads messages until the last of the stream, and gives up after a time.
func hear(t testing.TB, r *Receiver, limit time.Duration) []Batch {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	var out []Batch
	for {
		b, err := r.Next(ctx)
		if err != nil {
			t.Fatalf("after %d messages: %v", len(out), err)
		}
		b.Payload = slices.Clone(b.Payload)
		out = append(out, b)
		if b.Last {
			return out
		}
	}
}

// balanced checks that every message is accounted for.
func balanced(t testing.TB, s PublisherStats) {
	t.Helper()
	if s.Messages != s.Confirmed+int64(s.Waiting)+s.Lost.Items+s.Unsure.Items {
		t.Errorf("messages do not add up: %+v", s)
	}
}

// TestMain fails if goroutines are left behind.
func TestMain(m *testing.M) {
	if os.Getenv(asServer) != "" {
		serveForTests()
	}
	before := runtime.NumGoroutine()
	status := m.Run()
	for wait := time.Now(); status == 0 && runtime.NumGoroutine() > before; time.Sleep(10 * time.Millisecond) {
		if time.Since(wait) < 10*time.Second {
			continue
		}
		buf := make([]byte, 1<<20)
		text := string(buf[:runtime.Stack(buf, true)])
		if !strings.Contains(text, "hearpipe/broker") && !strings.Contains(text, "nats.go") {
			break // those of the server's own, which it ends in its own time
		}
		io.WriteString(os.Stderr, "goroutines are left behind:\n"+text)
		status = 1
	}
	os.Exit(status)
}

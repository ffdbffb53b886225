package broker

import (
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"hearpipe/stages"
)

// forgetful is a wire to a server that can lose what the server says.
type forgetful struct {
	net.Listener
	mute  atomic.Bool
	lost  atomic.Int64 // bytes
	mu    sync.Mutex
	conns []net.Conn
}

func newForgetful(t *testing.T, s *Server) *forgetful {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &forgetful{Listener: l}
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", strings.TrimPrefix(s.Address(), "nats://"))
			if err != nil {
				near.Close()
				continue
			}
			p.mu.Lock()
			p.conns = append(p.conns, near, far)
			p.mu.Unlock()
			go io.Copy(far, near)
			go func() {
				b := make([]byte, 1<<16)
				for {
					n, err := far.Read(b)
					if err != nil {
						near.Close()
						return
					}
					if p.mute.Load() {
						p.lost.Add(int64(n))
						continue
					}
					near.Write(b[:n])
				}
			}()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		p.cut()
	})
	return p
}

// cut ends all connections.
func (p *forgetful) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		c.Close()
	}
	p.conns = nil
}

// Messages that a server has stored, but whose acknowledgements were lost, are sent again and stored once: when the connection was
// lost too, and when it was not.
func TestMessagesThatAreSentAgainAreStoredOnce(t *testing.T) {
	t.Run("connection lost", func(t *testing.T) { sentAgain(t, true) })
	t.Run("acknowledgements lost", func(t *testing.T) {
		if testing.Short() {
			t.Skip("waits until an acknowledgement is overdue")
		}
		sentAgain(t, false)
	})
}

func sentAgain(t *testing.T, cut bool) {
	srv := start(t, ServerParams{Store: t.TempDir()})
	wire := newForgetful(t, srv)
	hub := NewHub(HubParams{Connect: ConnectParams{URL: "nats://" + wire.Addr().String(), Token: srv.Token()}})
	t.Cleanup(func() { hub.Close() })
	js, err := jetstream.New(connect(t, srv).NATS())
	if err != nil {
		t.Fatal(err)
	}
	stored := func(subject string) uint64 {
		s, err := js.Stream(t.Context(), streamName(subject))
		if err != nil {
			t.Fatal(err)
		}
		info, err := s.Info(t.Context(), jetstream.WithSubjectFilter(subject))
		if err != nil {
			t.Fatal(err)
		}
		return info.State.Subjects[subject]
	}
	var sink *SpikeSink
	const blocks = 60
	src := spikeStream(t, blocks*128, func(at int64) {
		switch at {
		case 20 * 128:
			for sink.Stats().Waiting > 0 {
				time.Sleep(time.Millisecond)
			}
			wire.mute.Store(true)
		case 40 * 128:
			for stored(sink.Subject()) < 40 || wire.lost.Load() < 1000 { // of some 2000 bytes of acknowledgements
				time.Sleep(time.Millisecond)
			}
			if cut {
				wire.cut()
			}
			wire.mute.Store(false)
		}
	})
	if sink, err = NewSpikeSink(src, hub, SinkParams{Subject: anf, PublisherParams: PublisherParams{Delivery: JetStream}}); err != nil {
		t.Fatal(err)
	}
	if _, err := stages.Run(t.Context(), stages.RunOptions{Block: 128}, sink); err != nil {
		t.Fatal(err)
	}
	s := sink.Stats()
	balanced(t, s)
	if s.Messages != blocks+1 || s.Confirmed != s.Messages || s.Resent == 0 {
		t.Errorf("accounts %+v: want some sent again, all confirmed", s)
	}
	if n := stored(sink.Subject()); n != blocks+1 {
		t.Errorf("%d messages are stored, want %d", n, blocks+1)
	}
}

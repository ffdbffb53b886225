package broker

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"hearpipe/internal/queue"
	"hearpipe/internal/wire"
)

// Delivery is how messages are kept on the server.
type Delivery string

// The ways of delivery.
const (
	// Core delivers at once to whoever is subscribed, and keeps nothing: the least latency.
	Core Delivery = "core"
	// JetStream stores messages on the server's disk: subscribers can read from any frame, and catch up.
	JetStream Delivery = "jetstream"
)

// Form is how messages are written.
type Form string

// The forms.
const (
	Binary Form = "binary"
	JSON   Form = "json"
)

// PublisherParams describes a [publisher]; [SinkParams] are made of it.
type PublisherParams struct {
	Form        Form          // default Binary
	Delivery    Delivery      // default Core
	Policy      queue.Policy  // what happens when the queue is full (default queue.Wait)
	Buffer      int64         // what may wait in memory, half in the queue, half in the window [bytes] (default 8 MiB)
	Spill       int64         // what it holds on disk behind that [bytes] (default 0: nothing)
	SpillFolder string        // where the file of the spill lies (default: the system's folder for temporary files)
	Drain       time.Duration // how long the end of a run waits while nothing is confirmed (default 4 s)
	MaxBytes    int64         // what JetStream keeps of the pipeline before it forgets the oldest [bytes] (default 0: no limit)
	MaxAge      time.Duration // how long JetStream keeps messages (default 0: for ever)
}

// Limits and defaults.
const (
	defaultBuffer = 8 << 20
	defaultDrain  = 4 * time.Second
	urgentDrain   = 3 * time.Second
	queueItems    = 1 << 14
	windowItems   = 512
	poolItems     = 64
	largestMsg    = 1 << 20         // messages are cut so that they fit here and into what the server takes
	ackWait       = 3 * time.Second // after that a message without an acknowledgement is sent again
	retryAfter    = 200 * time.Millisecond
	infoEvery     = time.Second
)

func (p *PublisherParams) resolve() error {
	if p.Form == "" {
		p.Form = Binary
	}
	if p.Delivery == "" {
		p.Delivery = Core
	}
	if p.Buffer == 0 {
		p.Buffer = defaultBuffer
	}
	if p.Drain == 0 {
		p.Drain = defaultDrain
	}
	switch {
	case p.Form != Binary && p.Form != JSON:
		return fmt.Errorf("nats: form %q: want %s or %s", p.Form, Binary, JSON)
	case p.Delivery != Core && p.Delivery != JetStream:
		return fmt.Errorf("nats: delivery %q: want %s or %s", p.Delivery, Core, JetStream)
	case p.Buffer < 1<<16:
		return fmt.Errorf("nats: buffer of %d bytes: want at least 64 KiB", p.Buffer)
	case p.Spill < 0 || p.Spill > 0 && p.Spill < 1<<16:
		return fmt.Errorf("nats: spill of %d bytes: want 0, or at least 64 KiB", p.Spill)
	case p.Drain < 0 || p.MaxBytes < 0 || p.MaxAge < 0:
		return fmt.Errorf("nats: drain %v, %d bytes kept, for %v: want 0 or more of each", p.Drain, p.MaxBytes, p.MaxAge)
	}
	if p.Policy != "" {
		if _, err := queue.ParsePolicy(string(p.Policy)); err != nil {
			return fmt.Errorf("nats: %w", err)
		}
	}
	return nil
}

// PublisherStats are the accounts of a sink. The sums hold: Messages = Confirmed + Waiting + Lost.Items + Unsure.Items.
type PublisherStats struct {
	Subject    string
	Messages   int64        // made so far
	Items      int64        // spikes, or frames, in them
	Confirmed  int64        // messages the server has
	Resent     int64        // sent once more after a reconnect or without an acknowledgement: harmless
	Waiting    int          // in queue, spill and window
	Spilled    int          // of these on disk
	Highest    int          // the most that ever waited in queue and spill
	Lost       queue.Losses // never sent
	Unsure     queue.Losses // sent, but not confirmed when the run ended: they may have arrived
	Reconnects int64        // of the connection
	Fault      string       // the last thing that went wrong, "" if nothing has
}

// publisher sends the messages of one stream. One goroutine calls put and finish or abort; another one, its own, sends.
type publisher struct {
	p       PublisherParams
	conn    *Conn
	subject string // of the messages
	info    *info
	run     uint64
	q       *queue.Queue[message]
	spill   *spill
	pool    chan []byte
	seq     uint64 // of the next message

	cancel context.CancelFunc // gives up whatever waits
	done   chan struct{}      // the sender has ended

	items     atomic.Int64
	messages  atomic.Int64
	confirmed atomic.Int64
	resent    atomic.Int64
	inWindow  atomic.Int64
	mu        sync.Mutex
	refused   queue.Ledger // what no server would take
	unsure    queue.Ledger
	fault     error
}

// newPublisher starts to publish to a subject. stats of the stream go to the subject of infos.
func newPublisher(conn *Conn, subject string, in *info, p PublisherParams) (*publisher, error) {
	if err := p.resolve(); err != nil {
		return nil, err
	}
	pub := &publisher{p: p, conn: conn, subject: subject, info: in, run: newRun(), pool: make(chan []byte, poolItems), done: make(chan struct{})}
	qp := queue.Params[message]{Items: queueItems, Size: p.Buffer / 2, Policy: p.Policy, Gone: func(it queue.Item[message]) { pub.release(it.Value.data) }}
	if p.Spill > 0 {
		s, err := newSpill(p.SpillFolder, p.Spill, pub.alloc, pub.release, pub.blame)
		if err != nil {
			return nil, fmt.Errorf("nats %s: %w", subject, err)
		}
		pub.spill, qp.Spill = s, s
	}
	q, err := queue.New(qp)
	if err != nil {
		return nil, err
	}
	pub.q = q
	in.Run = fmt.Sprintf("%x", pub.run)
	in.Started = time.Now().UTC().Truncate(time.Second)
	ctx, cancel := context.WithCancel(context.Background())
	pub.cancel = cancel
	s := newSender(pub)
	if err := s.begin(ctx); err != nil {
		cancel()
		pub.closeSpill()
		return nil, fmt.Errorf("nats %s: %w", subject, err)
	}
	go func() {
		defer close(pub.done)
		s.loop(ctx)
	}()
	return pub, nil
}

// newRun is a number that no other run has.
func newRun() uint64 {
	for {
		if r := rand.Uint64(); r != 0 {
			return r
		}
	}
}

// alloc is memory for a message.
func (p *publisher) alloc(n int) []byte {
	select {
	case b := <-p.pool:
		if cap(b) >= n {
			return b[:n]
		}
	default:
	}
	return make([]byte, n)
}

// release gives the memory of a message back.
func (p *publisher) release(b []byte) {
	select {
	case p.pool <- b[:0]:
	default:
	}
}

// room is how large the data of a message may be [bytes].
func (p *publisher) room() int {
	const headers = 512
	return int(min(p.conn.nc.MaxPayload(), largestMsg)) - headers
}

// header is that of the next message, whose number is taken.
func (p *publisher) header(h wire.Header) wire.Header {
	h.Run, h.Seq = p.run, p.seq
	p.seq++
	return h
}

// put hands a message over. stop ends the waiting for room.
func (p *publisher) put(ctx context.Context, stop <-chan struct{}, h wire.Header, count int64, data []byte) error {
	p.messages.Add(1)
	p.items.Add(count)
	p.info.reached(h.End)
	err := p.q.PushUntil(ctx, stop, queue.Item[message]{
		Start: h.Start, End: h.End, Count: count, Size: int64(len(data)), Value: message{data, h.Seq},
	})
	switch {
	case err == nil:
		return nil
	case errors.Is(err, queue.ErrFull):
		return fmt.Errorf("nats %s: %w; the server or the network is too slow, or away (%v)", p.subject, err, p.lastFault())
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return err
}

// deadline is when a publisher is done that ends in a hurry: for all of them on the connection the same.
func (p *publisher) deadline() time.Time { return p.conn.hurry(min(p.p.Drain, urgentDrain)) }

// finish waits until everything is confirmed and ends the sender: as long as something is confirmed within each time of Drain. If
// it is urgent it waits for that time, 3 s at most, once for all publishers on the connection: they end one after the other, and
// files may be completed after them. What is left is counted. reason goes into the last info.
func (p *publisher) finish(reason string, urgent bool) PublisherStats {
	p.q.Close()
	last, since := p.confirmed.Load(), time.Now()
	deadline := time.Time{}
	if urgent {
		deadline = p.deadline()
	}
	tick := time.NewTicker(max(p.p.Drain/20, time.Millisecond))
	defer tick.Stop()
	for waiting := true; waiting; {
		select {
		case <-p.done:
			waiting = false
		case <-tick.C:
			if urgent {
				waiting = time.Now().Before(deadline)
				break
			}
			if now := p.confirmed.Load(); now != last {
				last, since = now, time.Now()
			}
			waiting = time.Since(since) < p.p.Drain
		}
	}
	return p.end(reason)
}

// end stops the sender, counts what it had not finished, and sends the last info.
func (p *publisher) end(reason string) PublisherStats {
	p.cancel()
	<-p.done
	p.q.Discard()
	p.closeSpill()
	s := p.stats()
	if s.Unsure.Items == 0 {
		p.info.end(p.conn, s, reason) // a server that confirms nothing would be waited for in vain
	}
	return s
}

func (p *publisher) closeSpill() {
	if p.spill == nil {
		return
	}
	if err := p.spill.close(); err != nil {
		p.blame(err)
	}
}

func (p *publisher) blame(err error) {
	p.mu.Lock()
	p.fault = err
	p.mu.Unlock()
}

func (p *publisher) lastFault() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fault != nil {
		return p.fault
	}
	if err := p.conn.Err(); err != nil {
		return err
	}
	return errors.New("no error is known")
}

// refuse enters a message that no server would take into the accounts.
func (p *publisher) refuse(it queue.Item[message], err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refused.Add(it.Start, it.End, it.Count)
	if err != nil {
		p.fault = err
	}
}

func (p *publisher) doubt(it queue.Item[message]) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unsure.Add(it.Start, it.End, it.Count)
}

// stats are the accounts so far.
func (p *publisher) stats() PublisherStats {
	q := p.q.Stats()
	p.mu.Lock()
	defer p.mu.Unlock()
	s := PublisherStats{
		Subject: p.subject, Messages: p.messages.Load(), Items: p.items.Load(), Confirmed: p.confirmed.Load(), Resent: p.resent.Load(),
		Waiting: q.Waiting + int(p.inWindow.Load()), Spilled: q.Spilled, Highest: q.Highest, Lost: q.Lost, Unsure: p.unsure.Losses(),
		Reconnects: p.conn.Reconnects(),
	}
	s.Lost = s.Lost.With(p.refused.Losses())
	if p.fault != nil {
		s.Fault = p.fault.Error()
	}
	return s
}

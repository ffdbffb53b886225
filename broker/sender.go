package broker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"

	"hearpipe/internal/queue"
)

// slot is a message in the window.
type slot struct {
	queue.Item[message]
	acked bool
	sent  time.Time // the last time; zero if never
}

// sender moves messages from the queue through the window to the server. It belongs to one goroutine. The window is a ring:
// slots base:base+n hold the oldest unconfirmed messages in order; those before next have been sent on this connection.
type sender struct {
	*publisher
	ring       []slot
	base, n    int
	next       int   // slots sent on this connection, from base
	bytes      int64 // of the window
	limit      int64 // of them
	generation int64 // of the connection on which they were sent
	ready      bool  // the server has what it takes to confirm
	msg        nats.Msg
	header     nats.Header
	ended      bool // the queue has ended
	retry      time.Time
	confirm    confirmer
}

// confirmer finds out what the server has.
type confirmer interface {
	// prepare is called once per connection, before anything is sent on it.
	prepare(ctx context.Context) error
	// reply is the subject to which the server answers, "" if it does not.
	reply(seq uint64) string
	// sent is told after sending: the number of the last message sent, on that connection.
	sent(last uint64, generation int64)
	// answers delivers what was found out.
	answers() <-chan answer
	// close ends it.
	close()
}

// answer is news of messages.
type answer struct {
	seq        uint64
	through    bool // everything up to seq, on that connection
	generation int64
	err        error // not confirmed: send again
	missing    bool  // nobody listens: the server must be prepared again
}

func newSender(p *publisher) *sender {
	s := &sender{publisher: p, ring: make([]slot, windowItems), limit: p.p.Buffer / 2, header: nats.Header{}}
	content := "application/vnd.hearpipe"
	if p.p.Form == JSON {
		content = "application/json"
	}
	s.header.Set("Content-Type", content)
	s.header.Set("Hearpipe-Kind", p.info.Kind)
	s.header.Set("Hearpipe-Rate", strconv.FormatFloat(p.info.Rate, 'g', -1, 64))
	for _, name := range []string{"Hearpipe-Start", "Hearpipe-End", nats.MsgIdHdr} {
		s.header[name] = []string{""}
	}
	s.msg = nats.Msg{Subject: p.subject, Header: s.header}
	return s
}

// begin makes sure that publishing is possible at all.
func (s *sender) begin(ctx context.Context) error {
	var err error
	if s.p.Delivery == JetStream {
		s.confirm, err = newAcks(s.conn, s.subject, s.p)
	} else {
		s.confirm = newPings(ctx, s.conn)
	}
	if err != nil {
		return err
	}
	s.generation = s.conn.Reconnects()
	if err := s.confirm.prepare(ctx); err != nil {
		s.confirm.close()
		return err
	}
	s.ready = true
	s.info.send(s.conn, s.stats(), "")
	return nil
}

// loop runs until everything is confirmed after the queue has ended, or ctx is cancelled.
func (s *sender) loop(ctx context.Context) {
	changed, unwatch := s.conn.watch()
	defer unwatch()
	defer s.confirm.close()
	defer s.abandon()
	timer := time.NewTimer(retryAfter)
	defer timer.Stop()
	news := time.Now()
	for {
		s.fill()
		s.reconnected(ctx)
		s.send()
		if s.ended && s.n == 0 || ctx.Err() != nil {
			return
		}
		var more <-chan struct{}
		if s.n < len(s.ring) && s.bytes < s.limit && !s.ended {
			more = s.q.More()
		}
		timer.Reset(retryAfter)
		select {
		case <-more:
		case <-changed:
		case a := <-s.confirm.answers():
			s.take(a)
			s.drainAnswers()
		case <-timer.C:
			s.overdue()
			if s.p.Delivery == Core && time.Since(news) >= infoEvery {
				news = time.Now()
				s.info.send(s.conn, s.stats(), "")
			}
		case <-ctx.Done():
			return
		}
	}
}

func (s *sender) drainAnswers() {
	for range windowItems {
		select {
		case a := <-s.confirm.answers():
			s.take(a)
		default:
			return
		}
	}
}

// at is slot i of the window.
func (s *sender) at(i int) *slot { return &s.ring[(s.base+i)%len(s.ring)] }

// fill takes messages from the queue while the window has room.
func (s *sender) fill() {
	for !s.ended && s.n < len(s.ring) && (s.n == 0 || s.bytes < s.limit) {
		it, ok, err := s.q.TryPop()
		if err == io.EOF {
			s.ended = true
			return
		}
		if err != nil {
			s.blame(err)
			s.ended = true // nothing more can be read from the spill; what is in it is counted at the end
			return
		}
		if !ok {
			return
		}
		*s.at(s.n) = slot{Item: it}
		s.n++
		s.bytes += it.Size
		s.inWindow.Store(int64(s.n))
	}
}

// reconnected begins anew on a new connection: everything in the window is sent again.
func (s *sender) reconnected(ctx context.Context) {
	if g := s.conn.Reconnects(); g != s.generation {
		s.generation, s.ready, s.next = g, false, 0
		s.retry = time.Time{}
	}
	if s.ready || !s.conn.Connected() || time.Now().Before(s.retry) {
		return
	}
	if err := s.confirm.prepare(ctx); err != nil {
		s.blame(err)
		s.retry = time.Now().Add(retryAfter)
		return
	}
	s.ready = true
}

// send sends what was not sent on this connection.
func (s *sender) send() {
	if !s.ready || s.next == s.n || time.Now().Before(s.retry) {
		return
	}
	last, any := uint64(0), false
	for s.next < s.n {
		x := s.at(s.next)
		if x.acked {
			s.next++
			continue
		}
		err := s.publish(x)
		if errors.Is(err, nats.ErrMaxPayload) || errors.Is(err, nats.ErrBadSubject) {
			s.refuse(x.Item, fmt.Errorf("nats %s: a message of %d bytes: %w", s.subject, len(x.Value.data), err))
			s.drop(x)
			s.next++
			continue
		}
		if err != nil {
			s.conn.note(err)
			s.retry = time.Now().Add(retryAfter)
			break
		}
		if !x.sent.IsZero() {
			s.resent.Add(1)
		}
		x.sent = time.Now()
		last, any = x.Value.seq, true
		s.next++
	}
	s.shift()
	if any {
		s.confirm.sent(last, s.generation)
	}
}

func (s *sender) publish(x *slot) error {
	s.header["Hearpipe-Start"][0] = strconv.FormatInt(x.Start, 10)
	s.header["Hearpipe-End"][0] = strconv.FormatInt(x.End, 10)
	s.header[nats.MsgIdHdr][0] = s.info.Run + "-" + strconv.FormatUint(x.Value.seq, 10)
	s.msg.Data, s.msg.Reply = x.Value.data, s.confirm.reply(x.Value.seq)
	return s.conn.nc.PublishMsg(&s.msg)
}

// drop marks a slot as done with, without counting it as confirmed.
func (s *sender) drop(x *slot) {
	x.acked = true
	s.release(x.Value.data)
	x.Value.data = nil
}

// shift frees the slots at the beginning of the window that are done with.
func (s *sender) shift() {
	for s.n > 0 && s.at(0).acked {
		s.bytes -= s.at(0).Size
		s.base = (s.base + 1) % len(s.ring)
		s.n--
		s.next = max(0, s.next-1)
	}
	s.inWindow.Store(int64(s.n))
}

// take applies an answer.
func (s *sender) take(a answer) {
	if a.through && a.generation != s.generation {
		return // of a connection that is gone: everything has been sent again
	}
	if a.err != nil {
		s.blame(a.err)
		s.retry = time.Now().Add(retryAfter)
		if a.missing {
			s.ready = false
		}
		s.next = 0
		return
	}
	for i := range s.n {
		x := s.at(i)
		if x.Value.seq > a.seq {
			break
		}
		if x.acked || !a.through && x.Value.seq != a.seq || x.sent.IsZero() {
			continue
		}
		s.drop(x)
		s.confirmed.Add(1)
	}
	s.shift()
}

// overdue sends everything again if the oldest message has waited too long for its answer.
func (s *sender) overdue() {
	if s.n > 0 && s.next > 0 {
		if x := s.at(0); !x.acked && time.Since(x.sent) > ackWait {
			s.next = 0
		}
	}
}

// abandon counts what is left in the window: unsent messages are lost, of the others nobody knows.
func (s *sender) abandon() {
	for i := range s.n {
		x := s.at(i)
		switch {
		case x.acked:
		case x.sent.IsZero():
			s.refuse(x.Item, s.conn.Err())
		default:
			s.doubt(x.Item)
		}
	}
	s.n = 0
	s.inWindow.Store(0)
}

package broker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sort"
	"strings"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"hearpipe/internal/queue"
	"hearpipe/internal/wire"
	"hearpipe/stages"
)

// Live as From reads what comes from now on: the only way with core NATS, and its default.
const Live int64 = -1

// since is the first frame to read; the zero value means the default of the delivery.
func since(d Delivery, from int64) int64 {
	if d != JetStream && from == 0 {
		return Live
	}
	return from
}

// ReceiverParams describes a [Receiver].
type ReceiverParams struct {
	Subject  string       // of messages, with wildcards: hearpipe.*.*.spikes
	Delivery Delivery     // Core hears what is sent while it is there; JetStream reads what is stored, and misses nothing
	From     int64        // first frame to read, of the last run that is stored, with JetStream and a subject without wildcards; or Live
	Policy   queue.Policy // what happens when messages come faster than they are read (default queue.Wait)
	Buffer   int64        // what may wait [bytes] (default 8 MiB)
}

// maxStreams bounds what a receiver keeps in mind of whoever publishes.
const maxStreams = 10_000

// Batch is a message as a receiver hands it out. It is valid until the next one is asked for.
type Batch struct {
	Subject string
	wire.Header
	Payload []byte     // for wire.ReadSpikes or wire.ReadFrames
	NewRun  bool       // the first message of its run that was heard, and not the first of the subject
	Missing queue.Loss // frames between the message before and this one that never came; Start == End if none
	Skipped int64      // messages between the one before and this one that never came; of a frame that was cut even if no frame is missing
}

// ReceiverStats are the accounts of one subject.
type ReceiverStats struct {
	Subject  string
	Header   wire.Header  // of the last message
	Begin    int64        // first frame heard of this run
	Messages int64        // heard
	Items    int64        // spikes, or frames, in them
	Repeated int64        // messages that had come before, ignored
	Runs     int64        // of the publisher
	Missing  queue.Losses // frames that never came: Count counts frames
	Skipped  int64        // messages that never came, by their numbers
	Ended    bool         // the last message was marked as the last
}

// Receiver reads messages of one or more streams in order, finds gaps and drops repetitions. Next belongs to one
// goroutine; Stats may be called by any.
type Receiver struct {
	p       ReceiverParams
	q       *queue.Queue[arrival]
	stop    func()
	mu      sync.Mutex
	streams map[string]*ReceiverStats
	bad     int64
	lastBad error
}

// arrival is a message in the binary form, whatever form it came in, or why it is none.
type arrival struct {
	subject string
	data    []byte
	err     error
}

// Subscribe begins to receive. The error says what is wrong with the subject, that there is no JetStream stream that
// keeps it, or that the frame is not there any more.
func Subscribe(ctx context.Context, c *Conn, p ReceiverParams) (*Receiver, error) {
	if err := CheckPattern(p.Subject); err != nil {
		return nil, err
	}
	if p.Delivery == "" {
		p.Delivery = Core
	}
	if p.Buffer == 0 {
		p.Buffer = defaultBuffer
	}
	p.From = since(p.Delivery, p.From)
	switch {
	case p.Delivery != Core && p.Delivery != JetStream:
		return nil, fmt.Errorf("nats: delivery %q: want %s or %s", p.Delivery, Core, JetStream)
	case p.From < Live:
		return nil, fmt.Errorf("nats %s: from frame %d: want 0 or more", p.Subject, p.From)
	case p.From >= 0 && p.Delivery != JetStream:
		return nil, fmt.Errorf("nats %s: from frame %d: only JetStream keeps messages; want delivery %s", p.Subject, p.From, JetStream)
	case p.From >= 0 && strings.ContainsAny(p.Subject, "*>"):
		return nil, fmt.Errorf("nats %s: from frame %d: want a subject without wildcards", p.Subject, p.From)
	}
	r := &Receiver{p: p, streams: map[string]*ReceiverStats{}}
	var err error
	r.q, err = queue.New(queue.Params[arrival]{Items: queueItems, Size: p.Buffer, Policy: p.Policy})
	if err != nil {
		return nil, fmt.Errorf("nats %s: %w", p.Subject, err)
	}
	// What waits for room when the receiver is closed is let go.
	closing, cancel := context.WithCancel(context.Background())
	heard := func(subject string, data []byte) {
		if strings.HasSuffix(subject, "."+kindInfo) || strings.HasSuffix(subject, "."+kindControl) {
			return // hearpipe.> hears these too
		}
		b, err := wire.Binary(data, nil)
		it := queue.Item[arrival]{Size: int64(len(data)), Value: arrival{subject, b, err}}
		if h, _, err := wire.Decode(b); err == nil {
			it.Start, it.End, it.Count = h.Start, h.End, int64(h.Count)
		}
		r.q.Push(closing, it) // what is lost here is in the accounts of the queue, and a gap for Next
	}
	if p.Delivery == JetStream {
		stop, err := r.consume(ctx, c, heard)
		if err != nil {
			cancel()
			return nil, fmt.Errorf("nats %s: %w", p.Subject, err)
		}
		r.stop = func() { cancel(); stop() }
		return r, nil
	}
	sub, err := c.nc.Subscribe(p.Subject, func(m *nats.Msg) { heard(m.Subject, m.Data) })
	if err == nil {
		err = c.nc.FlushWithContext(withDeadline(ctx)) // from here on nothing is missed
	}
	if err != nil {
		cancel()
		return nil, fmt.Errorf("nats %s: %w", p.Subject, err)
	}
	r.stop = func() { cancel(); sub.Unsubscribe() }
	return r, nil
}

// withDeadline gives a context a deadline if it has none: the client wants one.
func withDeadline(ctx context.Context) context.Context {
	if _, ok := ctx.Deadline(); ok {
		return ctx
	}
	limited, cancel := context.WithTimeout(ctx, ackWait)
	context.AfterFunc(limited, cancel)
	return limited
}

// consume reads from the JetStream stream that keeps the subject.
func (r *Receiver) consume(ctx context.Context, c *Conn, heard func(string, []byte)) (func(), error) {
	js, err := jetstream.New(c.nc)
	if err != nil {
		return nil, err
	}
	ctx = withDeadline(ctx)
	name, err := js.StreamNameBySubject(ctx, r.p.Subject)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, errors.New("no JetStream stream keeps this subject; a sink with delivery: jetstream makes one")
	}
	if err != nil {
		return nil, err
	}
	cfg := jetstream.OrderedConsumerConfig{FilterSubjects: []string{r.p.Subject}, DeliverPolicy: jetstream.DeliverNewPolicy}
	if r.p.From >= 0 {
		s, err := js.Stream(ctx, name)
		if err != nil {
			return nil, err
		}
		seq, err := locate(ctx, s, r.p.Subject, r.p.From)
		if err != nil {
			return nil, err
		}
		cfg.DeliverPolicy, cfg.OptStartSeq = jetstream.DeliverByStartSequencePolicy, seq
	}
	cons, err := js.OrderedConsumer(ctx, name, cfg)
	if err != nil {
		return nil, err
	}
	cc, err := cons.Consume(func(m jetstream.Msg) { heard(m.Subject(), m.Data()) })
	if err != nil {
		return nil, err
	}
	return func() {
		cc.Stop()
		<-cc.Closed()
	}, nil
}

// locate finds the stored message of the last run that is the first to reach beyond a frame. Frames grow with the sequence
// numbers, so it takes about as many requests as the number of messages has bits.
func locate(ctx context.Context, s jetstream.Stream, subject string, from int64) (uint64, error) {
	info, err := s.Info(ctx)
	if err != nil {
		return 0, err
	}
	last, err := s.GetLastMsgForSubject(ctx, subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return info.State.LastSeq + 1, nil // nothing yet: everything that comes
	}
	if err != nil {
		return 0, err
	}
	end, err := header(last.Data)
	if err != nil {
		return 0, err
	}
	lo, hi := info.State.FirstSeq, last.Sequence
	for lo < hi { // the answer lies in lo:hi, hi included
		mid := lo + (hi-lo)/2
		m, err := s.GetMsg(ctx, mid, jetstream.WithGetMsgSubject(subject)) // the first at mid or later
		if errors.Is(err, jetstream.ErrMsgNotFound) || err == nil && m.Sequence > hi {
			hi = mid
			continue
		}
		if err != nil {
			return 0, err
		}
		h, err := header(m.Data)
		if err != nil {
			return 0, err
		}
		if h.Run == end.Run && (h.End > from || h.Last) {
			hi = mid
		} else {
			lo = m.Sequence + 1
		}
	}
	return lo, nil
}

func header(data []byte) (wire.Header, error) {
	b, err := wire.Binary(data, nil)
	if err != nil {
		return wire.Header{}, err
	}
	h, _, err := wire.Decode(b)
	return h, err
}

// Next waits for the next message that is new. The error is that of the context, [stages.ErrInterrupted] if the run to which
// the context belongs is to end, or io.EOF after Close. What is no message of ours is counted and passed over, see Bad.
func (r *Receiver) Next(ctx context.Context) (Batch, error) {
	interrupt := stages.InterruptOf(ctx)
	for {
		it, ok, err := r.q.TryPop()
		if err != nil {
			return Batch{}, err
		}
		if ok {
			if b, ok := r.admit(it.Value); ok {
				return b, nil
			}
			continue
		}
		select {
		case <-r.q.More():
		case <-interrupt:
			return Batch{}, stages.ErrInterrupted
		case <-ctx.Done():
			return Batch{}, ctx.Err()
		}
	}
}

// admit decides what a message is: the next one, a repetition, one after a gap, the first of a run, or none of ours.
func (r *Receiver) admit(a arrival) (b Batch, ok bool) {
	b.Subject = a.subject
	err := a.err
	if err == nil {
		b.Header, b.Payload, err = wire.Decode(a.data)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil && r.streams[a.subject] == nil {
		switch { // what is shown to people has no control characters, and what is kept has a bound
		case CheckPattern(a.subject) != nil:
			err = errors.New("no subject of a stream; want letters, digits, - and _ with dots between")
		case len(r.streams) >= maxStreams:
			err = fmt.Errorf("one of more than %d streams; want a subject with fewer", maxStreams)
		}
	}
	if err != nil {
		r.bad++
		r.lastBad = fmt.Errorf("%q: %w", a.subject, err)
		return b, false
	}
	s := r.streams[a.subject]
	switch {
	case s == nil:
		s = &ReceiverStats{Subject: a.subject, Runs: 1, Begin: b.Start}
		r.streams[a.subject] = s
		if r.p.From >= 0 && b.Start > r.p.From {
			b.Missing = queue.Loss{Start: r.p.From, End: b.Start, Count: b.Start - r.p.From}
		}
	case b.Run != s.Header.Run:
		s.Runs++
		s.Begin, s.Ended = b.Start, false
		b.NewRun = true
	case b.Seq <= s.Header.Seq:
		s.Repeated++
		return b, false
	default:
		b.Skipped = int64(min(b.Seq-s.Header.Seq-1, uint64(math.MaxInt64-s.Skipped)))
	}
	if !b.NewRun && s.Messages > 0 && b.Start > s.Header.End {
		b.Missing = queue.Loss{Start: s.Header.End, End: b.Start, Count: b.Start - s.Header.End}
	}
	if b.Missing.Count > 0 {
		s.Missing = add(s.Missing, b.Missing)
	}
	s.Skipped += b.Skipped
	s.Header = b.Header
	s.Messages++
	s.Items += int64(b.Count)
	s.Ended = b.Last
	return b, true
}

// add enters a loss into accounts that are kept as they are printed.
func add(l queue.Losses, x queue.Loss) queue.Losses {
	l.Items++
	l.Count += x.Count
	if n := len(l.Ranges); n < 1000 {
		l.Ranges = append(l.Ranges, x)
	} else {
		l.Ranges[n-1].End, l.Coarse = x.End, true
		l.Ranges[n-1].Count += x.Count
	}
	return l
}

// Stats are the accounts of all subjects heard, in alphabetical order.
func (r *Receiver) Stats() []ReceiverStats {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []ReceiverStats
	for _, s := range r.streams {
		c := *s
		c.Missing.Ranges = append([]queue.Loss(nil), s.Missing.Ranges...)
		out = append(out, c)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Subject < out[j].Subject })
	return out
}

// Bad is the number of messages that were none of ours, and why the last of them was not.
func (r *Receiver) Bad() (int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.bad, r.lastBad
}

// Overrun are the messages that came faster than they were read, under a policy that drops.
func (r *Receiver) Overrun() queue.Losses { return r.q.Stats().Lost }

// Close ends the receiving. It may be called more than once.
func (r *Receiver) Close() error {
	r.q.Close()
	if r.stop != nil {
		r.stop()
		r.stop = nil
	}
	r.q.Discard()
	return nil
}

var _ io.Closer = (*Receiver)(nil)

// Spikes appends the spikes of a batch to dst, at the frames of the publisher.
func (b Batch) Spikes(dst []stages.Spike) ([]stages.Spike, error) {
	if b.Kind != wire.Spikes {
		return dst, fmt.Errorf("nats %s: a message of %v: want spikes", b.Subject, b.Kind)
	}
	return wire.ReadSpikes(dst, b.Header, b.Payload, 0)
}

// AppendJSON appends the message in its JSON form, whatever form it came in.
func (b Batch) AppendJSON(dst []byte) ([]byte, error) {
	if b.Kind == wire.Spikes {
		list, err := b.Spikes(nil)
		if err != nil {
			return dst, err
		}
		return wire.AppendSpikesJSON(dst, b.Header, list), nil
	}
	return wire.AppendFramesJSON(dst, b.Header, wire.ReadFrames(nil, b.Header, b.Payload), b.Channels), nil
}

package broker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// pings confirms messages of core NATS: the server answers a PING after it has taken everything that was sent before. One
// PING is on its way at a time; what is sent meanwhile is confirmed by the next one.
type pings struct {
	conn *Conn
	ask  chan answer // the last message to be confirmed; holds the newest wish only
	ans  chan answer
	stop context.CancelFunc
	wait sync.WaitGroup
}

func newPings(ctx context.Context, c *Conn) *pings {
	ctx, cancel := context.WithCancel(ctx)
	p := &pings{conn: c, ask: make(chan answer, 1), ans: make(chan answer, 1), stop: cancel}
	p.wait.Add(1)
	go func() {
		defer p.wait.Done()
		for {
			select {
			case <-ctx.Done():
				return
			case a := <-p.ask:
				limited, cancel := context.WithTimeout(ctx, ackWait)
				a.err = c.nc.FlushWithContext(limited)
				cancel()
				if c.Reconnects() != a.generation {
					continue // a PONG of another connection says nothing of this one; the sender sends everything again
				}
				select {
				case p.ans <- a:
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	return p
}

func (p *pings) prepare(context.Context) error { return nil }
func (p *pings) reply(uint64) string           { return "" }
func (p *pings) answers() <-chan answer        { return p.ans }

func (p *pings) sent(last uint64, generation int64) {
	select { // a wish that nobody has looked at is replaced
	case <-p.ask:
	default:
	}
	p.ask <- answer{seq: last, through: true, generation: generation}
}

func (p *pings) close() {
	p.stop()
	p.wait.Wait()
}

// acks confirms messages by the acknowledgements of a JetStream stream.
type acks struct {
	conn   *Conn
	js     jetstream.JetStream
	cfg    jetstream.StreamConfig
	sub    *nats.Subscription
	inbox  string
	ans    chan answer
	closed chan struct{}
}

// streamName is the name of the JetStream stream that keeps a subject: one per pipeline.
func streamName(subject string) string {
	pipeline := strings.Join(strings.Split(subject, ".")[:strings.Count(subject, ".")-1], "_")
	return pipeline
}

// duplicates is how long a stream remembers message ids: longer than a broker is away, mostly. Beyond it readers drop
// repetitions by their numbers.
const duplicates = 10 * time.Minute

func newAcks(c *Conn, subject string, p PublisherParams) (*acks, error) {
	js, err := jetstream.New(c.nc)
	if err != nil {
		return nil, err
	}
	parts := strings.Split(subject, ".")
	window := time.Duration(duplicates)
	if p.MaxAge > 0 {
		window = min(window, p.MaxAge)
	}
	a := &acks{
		conn: c, js: js, inbox: c.nc.NewInbox(), ans: make(chan answer, windowItems), closed: make(chan struct{}),
		cfg: jetstream.StreamConfig{
			Name: streamName(subject), Subjects: []string{strings.Join(parts[:len(parts)-2], ".") + ".*.*"}, Storage: jetstream.FileStorage,
			Duplicates: window, MaxBytes: p.MaxBytes, MaxAge: p.MaxAge, Description: "published by hearpipe",
		},
	}
	if p.MaxBytes == 0 {
		a.cfg.MaxBytes = -1
	}
	a.sub, err = c.nc.Subscribe(a.inbox+".*", a.heard)
	if err != nil {
		return nil, err
	}
	return a, nil
}

// prepare makes the stream, or finds it with its limits as they are: who looks after the server may have changed them.
func (a *acks) prepare(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, ackWait)
	defer cancel()
	_, err := a.js.CreateStream(ctx, a.cfg)
	if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
		var s jetstream.Stream
		if s, err = a.js.Stream(ctx, a.cfg.Name); err == nil && !covers(s.CachedInfo().Config.Subjects, a.cfg.Subjects[0]) {
			return fmt.Errorf("the stream %s is there already and keeps %v, not %s", a.cfg.Name, s.CachedInfo().Config.Subjects, a.cfg.Subjects[0])
		}
	}
	if errors.Is(err, jetstream.ErrJetStreamNotEnabled) || errors.Is(err, nats.ErrNoResponders) {
		return errors.New("the server has no JetStream; start it with one, or use delivery: core")
	}
	if err != nil {
		return fmt.Errorf("stream %s: %w", a.cfg.Name, err)
	}
	return nil
}

func covers(subjects []string, want string) bool {
	for _, s := range subjects {
		if s == want || strings.HasSuffix(s, ">") && strings.HasPrefix(want, strings.TrimSuffix(s, ">")) {
			return true
		}
	}
	return false
}

func (a *acks) reply(seq uint64) string { return a.inbox + "." + strconv.FormatUint(seq, 10) }
func (a *acks) sent(uint64, int64)      {}
func (a *acks) answers() <-chan answer  { return a.ans }

// heard reads an acknowledgement.
func (a *acks) heard(m *nats.Msg) {
	seq, err := strconv.ParseUint(m.Subject[len(a.inbox)+1:], 10, 64)
	if err != nil {
		return // nobody else knows the inbox; a stray message says nothing
	}
	x := answer{seq: seq}
	switch {
	case m.Header.Get("Status") == "503":
		x.err, x.missing = fmt.Errorf("stream %s: nobody acknowledges; it was removed, or the server has not loaded it yet", a.cfg.Name), true
	case bytes.Contains(m.Data, []byte(`"error"`)):
		var said struct {
			Error struct {
				Description string `json:"description"`
			} `json:"error"`
		}
		json.Unmarshal(m.Data, &said)
		x.err = fmt.Errorf("stream %s: %s", a.cfg.Name, said.Error.Description)
	}
	select {
	case a.ans <- x:
	case <-a.closed:
	}
}

func (a *acks) close() {
	close(a.closed)
	a.sub.Unsubscribe()
}

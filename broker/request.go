package broker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
)

// Answer answers requests on a subject, such as that of [ControlSubject], one after the other on a goroutine of the connection. The
// function it returns ends that.
func (c *Conn) Answer(subject string, reply func(request []byte) []byte) (stop func(), err error) {
	if err := CheckPattern(subject); err != nil {
		return nil, err
	}
	sub, err := c.nc.Subscribe(subject, func(m *nats.Msg) {
		if m.Reply == "" {
			return // nobody waits
		}
		if err := m.Respond(reply(m.Data)); err != nil {
			c.note(err)
		}
	})
	if err == nil {
		err = c.nc.FlushTimeout(writeTimeout)
	}
	if err != nil {
		return nil, fmt.Errorf("nats %s: %w", subject, err)
	}
	return func() {
		err := sub.Unsubscribe()
		if err == nil {
			// Until the server knows, it would pass requests on that nobody answers any more.
			err = c.nc.FlushTimeout(writeTimeout)
		}
		if err != nil {
			c.note(err)
		}
	}, nil
}

// answerTimeout is how long an answer may take where the context sets no limit.
const answerTimeout = 10 * time.Second

// Ask sends a request and waits for the answer, without a deadline of the context 10 s at most. That nobody answers is an
// error that says so.
func (c *Conn) Ask(ctx context.Context, subject string, request []byte) ([]byte, error) {
	if err := CheckPattern(subject); err != nil {
		return nil, err
	}
	if _, limited := ctx.Deadline(); !limited {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, answerTimeout)
		defer cancel()
	}
	m, err := c.nc.RequestWithContext(ctx, subject, request)
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return nil, fmt.Errorf("nats %s: nobody answers there; does the pipeline run?", subject)
	case err != nil:
		return nil, fmt.Errorf("nats %s: %w", subject, err)
	}
	return m.Data, nil
}

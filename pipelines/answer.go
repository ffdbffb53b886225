package pipelines

import (
	"context"

	"hearpipe/broker"
)

// Answer answers requests to a run over NATS, at <prefix>.<pipeline>.control, if the pipeline publishes or reads there or a
// server is named; else the subject is "". The prefix is that of the first sink that publishes. It is called when the run
// has begun; the function it returns ends the answering. reply is called for one request after the other.
func (p *Plan) Answer(ctx context.Context, reply func(request []byte) []byte) (subject string, stop func(), err error) {
	if p.env.hub == nil && p.env.access.NATS.Connect.URL == "" {
		return "", nil, nil
	}
	prefix := ""
	for _, n := range p.sinks {
		if n.typ.Name == "nats" {
			prefix = n.text("prefix")
			break
		}
	}
	if subject, err = broker.ControlSubject(prefix, broker.Token(p.desc.token())); err != nil {
		return "", nil, err
	}
	conn, err := p.env.broker().Conn(ctx)
	if err != nil {
		return "", nil, err
	}
	stop, err = conn.Answer(subject, reply)
	return subject, stop, err
}

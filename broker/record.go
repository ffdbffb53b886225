package broker

import (
	"context"
	"fmt"
	"slices"

	"hearpipe/internal/wire"
	"hearpipe/stages"
)

// ahead is a feed whose first message has been read to learn what the stream is.
type ahead struct {
	*Receiver
	first   Batch
	waiting bool
}

// Next returns the first message, then what follows on the same subject.
func (a *ahead) Next(ctx context.Context) (Batch, error) {
	if a.waiting {
		a.waiting = false
		return a.first, nil
	}
	b, err := a.Receiver.Next(ctx)
	if err == nil && b.Subject != a.first.Subject {
		err = fmt.Errorf("nats: both %s and %s are published; name one of them", a.first.Subject, b.Subject)
	}
	return b, err
}

// Stream waits for the first message and makes a source of it and of what follows, a *SpikeSource or a *FrameSource. It keeps the
// clock of the publisher: frame k is frame k there, and what was before the first message heard is silence. A message on another
// subject is an error. Closing the source closes the receiver.
func (r *Receiver) Stream(ctx context.Context) (stages.Node, string, error) {
	b, err := r.Next(ctx)
	if err != nil {
		return nil, "", err
	}
	b.Payload = slices.Clone(b.Payload)
	s := source{
		p:    SourceParams{Subject: b.Subject, Rate: b.Rate, Channels: b.Channels, First: b.First, From: Live},
		kind: b.Kind, feed: &ahead{r, b, true}, begun: true, run: b.Run, known: b.Start,
		recorded: true, heard: b.Start,
	}
	if b.Kind == wire.Spikes {
		n, err := spikeSource(s)
		return n, b.Subject, err
	}
	n, err := frameSource(s)
	return n, b.Subject, err
}

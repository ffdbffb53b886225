package pipelines

import "hearpipe/broker"

// dropper is a sink or a source that counts what it could not keep, in frames, spikes or messages.
type dropper interface{ Dropped() int64 }

// publisher is a sink that publishes.
type publisher interface{ Stats() broker.PublisherStats }

// Dropped is how many frames, spikes and messages the run could not keep so far. It is for the goroutine of the run, as in
// [hearpipe/stages.Meter].Block, and for after the run.
func (p *Plan) Dropped() int64 {
	select {
	case <-p.changer.ready:
	default:
		return 0 // nothing is built yet
	}
	var sum int64
	count := func(x any) {
		switch d := x.(type) {
		case dropper:
			sum += d.Dropped()
		case publisher:
			sum += d.Stats().Lost.Count
		}
	}
	for _, s := range p.built {
		inner := s.Sink
		if part, ok := inner.(*partSink); ok {
			inner = part.Sink
		}
		count(inner)
	}
	for _, h := range p.env.heard {
		if h.microphone != nil {
			sum += h.microphone.Lost()
		}
	}
	for _, x := range p.changer.instances {
		for _, port := range x.ports {
			count(port)
		}
	}
	return sum
}

// Package broker connects streams with other processes over NATS, in both directions: sinks that publish spikes and
// frames, sources that read what was published, and a server of its own for when there is none.
//
//	hub := broker.NewHub(broker.HubParams{})                        // or with Connect.URL: a server of yours
//	sink, err := broker.NewSpikeSink(anf, hub, broker.SinkParams{Subject: broker.Subject{Pipeline: "ear", Node: "anf"}})
//	stages.Run(ctx, opt, sink)
//	hub.Close()
//
// What travels is described in docs/wire.md: one message per block with its range of frames, a watermark and a number.
//
// # What happens to every message
//
// A sink encodes each block and puts it into a bounded queue (internal/queue) with a stated policy, behind which there may
// be a spill on disk. A goroutine takes messages from there into a window of those that are not confirmed yet, and sends
// them. With core NATS a message is confirmed when the server has answered a PING that was sent after it; with JetStream
// when the stream has acknowledged it. After a reconnect everything unconfirmed is sent again, in order: each message has a
// number, so readers and JetStream drop what they have already. So while an outage is shorter than queue and spill nothing
// is lost on the way to the server; beyond that the policy decides, and every loss is counted with its range of frames
// ([PublisherStats]).
//
// Core NATS delivers to whoever is subscribed at that moment. A subscriber that was away sees a gap in the numbers and
// counts it ([ReceiverStats]); with JetStream it reads from where it stopped, or from any frame.
package broker

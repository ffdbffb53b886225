package broker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hearpipe/internal/queue"
	"hearpipe/internal/wire"
	"hearpipe/stages"
)

// SinkParams describes a [SpikeSink] or a [FrameSink].
type SinkParams struct {
	Subject Subject    // what the stream is called
	Width   wire.Width // how samples of frames are written (default wire.Float64)
	CF      []float64  // centre frequency of each channel [Hz], told in the info (default: unknown)
	PublisherParams
}

// sink is what both kinds of sinks share.
type sink struct {
	hub     *Hub
	p       SinkParams
	subject string
	kind    wire.Kind
	format  stages.Format
	pub     *publisher // nil before Open
	next    int64      // frame at which the next message begins
	most    int        // spikes or frames that fit into a message
	stats   PublisherStats
	over    bool
	what    string // a spike, a frame
}

func newSink(kind wire.Kind, hub *Hub, p SinkParams) (sink, error) {
	subject, err := p.Subject.of(kind.String())
	if err != nil {
		return sink{}, fmt.Errorf("nats: %w", err)
	}
	if p.Width == 0 {
		p.Width = wire.Float64
	}
	if p.Width != wire.Float32 && p.Width != wire.Float64 {
		return sink{}, fmt.Errorf("nats %s: samples of %d bytes: want 4 or 8", subject, p.Width)
	}
	if err := p.PublisherParams.resolve(); err != nil {
		return sink{}, err
	}
	return sink{hub: hub, p: p, subject: subject, kind: kind, what: kind.String()}, nil
}

// Subject is the subject of the messages.
func (s *sink) Subject() string { return s.subject }

// largest text of a spike and of a sample in JSON, and of what is before them [bytes].
const (
	jsonSpike  = 32
	jsonSample = 26
	jsonHeader = 400
)

// Open connects and announces the stream, as [stages.Sink] says.
func (s *sink) Open(ctx context.Context, f stages.Format) error {
	conn, err := s.hub.Conn(ctx)
	if err != nil {
		return err
	}
	s.format = f
	if s.pub, err = newPublisher(conn, s.subject, newInfo(s.subject, s.kind.String(), f, s.p.CF, s.p.Form), s.p.PublisherParams); err != nil {
		return err
	}
	room := s.pub.room()
	switch {
	case s.kind == wire.Spikes && s.p.Form == JSON:
		s.most = (room - jsonHeader) / jsonSpike
	case s.kind == wire.Spikes:
		s.most = wire.MaxSpikes(room)
	case s.p.Form == JSON:
		s.most = (room - jsonHeader) / (f.Channels*jsonSample + 2)
	default:
		s.most = wire.MaxFrames(room, f.Channels, s.p.Width)
	}
	if s.most < 1 {
		return fmt.Errorf("nats %s: a frame of %d channels does not fit into a message of %d bytes; want fewer channels, or a server with a larger max_payload", s.subject, f.Channels, room)
	}
	return nil
}

func (s *sink) header(start, end int64) wire.Header {
	return s.pub.header(wire.Header{
		Width: s.p.Width, Start: start, End: end, Rate: s.format.Rate, First: s.format.First, Channels: s.format.Channels,
	})
}

// put hands a message over; the next one begins where it ends.
func (s *sink) put(ctx context.Context, h wire.Header, count int, data []byte) error {
	s.next = h.End
	stop := stages.InterruptOf(ctx)
	err := s.pub.put(ctx, stop, h, int64(count), data)
	if errors.Is(err, context.Canceled) && ctx.Err() == nil {
		return stages.ErrInterrupted
	}
	return err
}

// Finish says that the stream ends here and waits until the server has everything, as [stages.Sink] says. With the policies
// wait and fail it is an error if it does not get everything; with the others that is a note.
func (s *sink) Finish(e stages.Ending) error {
	urgent, deadline := e.Reason == stages.Interrupted, time.Now().Add(s.p.Drain)
	if urgent {
		deadline = s.pub.deadline()
	}
	ctx, cancel := context.WithDeadline(context.Background(), deadline)
	defer cancel()
	h := s.header(s.next, max(s.next, e.Frames))
	h.Last = true
	err := s.pub.put(ctx, nil, h, 0, s.last(h))
	s.stats = s.pub.finish(string(e.Reason), urgent)
	s.over = true
	missing := s.stats.Lost.Count+s.stats.Unsure.Count > 0 || s.stats.Lost.Items+s.stats.Unsure.Items > 1
	if !missing {
		err = nil // only the farewell did not fit
	}
	if kept := s.p.Policy; kept != queue.Wait && kept != queue.Fail && kept != "" {
		return nil
	}
	if missing {
		return fmt.Errorf("nats %s: %s", s.subject, s.losses())
	}
	return err
}

// last is a message without content.
func (s *sink) last(h wire.Header) []byte {
	b := s.pub.alloc(0)
	switch {
	case s.kind == wire.Spikes && s.p.Form == JSON:
		return wire.AppendSpikesJSON[stages.Spike](b, h, nil)
	case s.kind == wire.Spikes:
		return wire.AppendSpikes[stages.Spike](b, h, nil)
	}
	h.Start = h.End
	if s.p.Form == JSON {
		return wire.AppendFramesJSON(b, h, nil, 0)
	}
	return wire.AppendFrames(b, h, nil, 0)
}

// abortDrain is how long a failed run waits for the confirmation of what was sent before.
const abortDrain = time.Second

// Abort ends the stream after a failed run, as [stages.Sink] says. What was published cannot be taken back; the info says
// that the run failed, and no message is marked as the last.
func (s *sink) Abort(bool) {
	if s.pub == nil || s.over {
		return
	}
	s.pub.p.Drain = min(s.pub.p.Drain, abortDrain)
	s.stats = s.pub.finish("failed", true)
	s.over = true
}

// Stats are the accounts: of the whole run once it has ended.
func (s *sink) Stats() PublisherStats {
	if s.over || s.pub == nil {
		return s.stats
	}
	return s.pub.stats()
}

// losses says for people what did not arrive, "" if everything did. A message without spikes counts too: it says that nobody fired.
func (s *sink) losses() string {
	st, text := s.stats, ""
	if st.Lost.Items > 0 {
		text = fmt.Sprintf("lost %d messages, %s: %s", st.Lost.Items, s.what, st.Lost)
	}
	if st.Unsure.Items > 0 {
		if text != "" {
			text += "; "
		}
		text += fmt.Sprintf("not confirmed when the run ended %d messages, %s: %s", st.Unsure.Items, s.what, st.Unsure)
	}
	if text != "" && st.Fault != "" {
		text += " (" + st.Fault + ")"
	}
	return text
}

// Notes are what a user should know after the run.
func (s *sink) Notes() []string {
	if !s.over {
		return nil
	}
	gone := s.stats.Lost.With(s.stats.Unsure)
	notes := []string{fmt.Sprintf("%s: published %d messages with %d %s", s.subject, s.stats.Messages-gone.Items, s.stats.Items-gone.Count, s.what)}
	if s.stats.Reconnects > 0 {
		notes[0] += fmt.Sprintf("; times that the connection came back: %d, messages sent again: %d", s.stats.Reconnects, s.stats.Resent)
	}
	if text := s.losses(); text != "" {
		notes = append(notes, s.subject+": "+text)
	}
	return notes
}

// SpikeSink publishes the spikes of a stream, one message per block.
type SpikeSink struct {
	sink
	input stages.SpikeStage
}

var _ stages.SpikeSink = (*SpikeSink)(nil)

// NewSpikeSink describes a sink for the spikes of input. A malformed subject and impossible parameters are errors; nothing is
// connected before the run.
func NewSpikeSink(input stages.SpikeStage, hub *Hub, p SinkParams) (*SpikeSink, error) {
	s, err := newSink(wire.Spikes, hub, p)
	if err != nil {
		return nil, err
	}
	return &SpikeSink{s, input}, nil
}

// Input is the stream of spikes.
func (s *SpikeSink) Input() stages.Node { return s.input }

// WriteSpikes publishes a block, as [stages.SpikeSink] says. A block with very many spikes becomes several messages; a
// frame may be cut between two of them.
func (s *SpikeSink) WriteSpikes(ctx context.Context, b stages.Spikes) error {
	list := b.List
	for {
		part, end := list, b.End
		if len(list) > s.most {
			part, end = list[:s.most], list[s.most].At
		}
		h := s.header(s.next, end)
		data := s.pub.alloc(0)
		if s.p.Form == JSON {
			data = wire.AppendSpikesJSON(data, h, part)
		} else {
			data = wire.AppendSpikes(data, h, part)
		}
		if err := s.put(ctx, h, len(part), data); err != nil {
			return err
		}
		if list = list[len(part):]; len(list) == 0 && end == b.End {
			return nil
		}
	}
}

// Spikes is the number of spikes published so far.
func (s *SpikeSink) Spikes() int64 { return s.Stats().Items }

// FrameSink publishes the frames of a stream, one message per block.
type FrameSink struct {
	sink
	input stages.Stage
}

var _ stages.FrameSink = (*FrameSink)(nil)

// NewFrameSink describes a sink for the frames of input, as [NewSpikeSink] does for spikes.
func NewFrameSink(input stages.Stage, hub *Hub, p SinkParams) (*FrameSink, error) {
	s, err := newSink(wire.Frames, hub, p)
	if err != nil {
		return nil, err
	}
	return &FrameSink{s, input}, nil
}

// Input is the stream of frames.
func (s *FrameSink) Input() stages.Node { return s.input }

// WriteFrames publishes a block, as [stages.FrameSink] says. A large block becomes several messages.
func (s *FrameSink) WriteFrames(ctx context.Context, at int64, f stages.Frames) error {
	for lo := 0; lo < f.N; lo += s.most {
		part := f.Cut(lo, min(lo+s.most, f.N))
		h := s.header(s.next, s.next+int64(part.N))
		data := s.pub.alloc(0)
		if s.p.Form == JSON {
			data = wire.AppendFramesJSON(data, h, part.Data, part.Stride)
		} else {
			data = wire.AppendFrames(data, h, part.Data, part.Stride)
		}
		if err := s.put(ctx, h, part.N, data); err != nil {
			return err
		}
	}
	return nil
}

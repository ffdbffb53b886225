package stages

import "context"

// Stream is a frame port made by [New] or [NewMulti]. Models embed it.
type Stream struct{ p *port }

// Format describes the stream.
func (s *Stream) Format() Format { return s.p.format }

// Inputs lists the streams this one is computed from.
func (s *Stream) Inputs() []Node { return s.p.c.inputNodes }

// Fetch returns frames start:end, as [Stage] says.
func (s *Stream) Fetch(ctx context.Context, start, end int64) (Frames, error) {
	return s.p.fetch(ctx, start, end)
}

// Kind is the kind of node given to New, such as "filterbank.gammatone", with the port's name if it has one.
func (s *Stream) Kind() string { return s.p.label() }

func (s *Stream) port() *port { return s.p }

// SpikeStream is a spike port made by [NewMulti] or [NewSpikes].
type SpikeStream struct{ p *port }

// Format describes the stream; Channels is the number of cells.
func (s *SpikeStream) Format() Format { return s.p.format }

// Inputs lists the streams this one is computed from.
func (s *SpikeStream) Inputs() []Node { return s.p.c.inputNodes }

// FetchSpikes returns the spikes of frames start:end, as [SpikeStage] says.
func (s *SpikeStream) FetchSpikes(ctx context.Context, start, end int64) (Spikes, error) {
	return s.p.fetchSpikes(ctx, start, end)
}

// Kind is the kind of node given to the constructor, with the port's name if it has one.
func (s *SpikeStream) Kind() string { return s.p.label() }

func (s *SpikeStream) port() *port { return s.p }

// PortSpec describes one output of [NewMulti].
type PortSpec struct {
	Name   string // "" for the main output
	Format Format
	Spikes bool // a SpikeStream instead of a Stream
}

// New makes a stream of a Filler. kind names it in errors ("filterbank.gammatone").
// An impossible format (rate not positive and finite, no channels, negative length) is an error that says which.
func New(kind string, format Format, filler Filler, inputs ...Input) (*Stream, error) {
	c, err := newCore(kind, single{filler}, filler, []PortSpec{{Format: format}}, inputs)
	if err != nil {
		return nil, err
	}
	return &Stream{c.ports[0]}, nil
}

// NewMulti makes the ports of a MultiFiller, each a *Stream or a *SpikeStream as its PortSpec says. All ports of a node
// have one rate and one length.
func NewMulti(kind string, ports []PortSpec, filler MultiFiller, inputs ...Input) ([]Node, error) {
	c, err := newCore(kind, filler, filler, ports, inputs)
	if err != nil {
		return nil, err
	}
	nodes := make([]Node, len(c.ports))
	for i, p := range c.ports {
		if p.spikes {
			nodes[i] = &SpikeStream{p}
		} else {
			nodes[i] = &Stream{p}
		}
	}
	return nodes, nil
}

// single lets a Filler serve as the MultiFiller of one port.
type single struct{ f Filler }

func (s single) Fill(ctx context.Context, at int64, n int, dst []Output) (int, error) {
	return s.f.Fill(ctx, at, dst[0].Frames)
}

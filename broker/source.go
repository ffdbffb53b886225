package broker

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"hearpipe/internal/queue"
	"hearpipe/internal/wire"
	"hearpipe/stages"
)

// SourceParams describes a source: the stream that another process publishes. What it is must be known before it runs; a
// publisher that sends something else is an error that names both.
type SourceParams struct {
	Subject  string       // of one stream, without wildcards: hearpipe.ear.anf.spikes
	Rate     float64      // frames per second [Hz]
	Channels int          // cells or channels
	First    int          // absolute index of the first of them (default 0)
	Delivery Delivery     // default Core
	From     int64        // frame of the publisher that becomes frame 0 here, with JetStream; or Live: the first that comes
	Policy   queue.Policy // what happens when messages come faster than they are read (default queue.Wait)
	Buffer   int64        // what may wait [bytes] (default 8 MiB)
}

// feed is where a source gets its messages: a Receiver, or a list in tests.
type feed interface {
	Next(ctx context.Context) (Batch, error)
	Close() error
}

// source is what both kinds of sources share. Frame 0 of the stream is frame origin of the publisher.
type source struct {
	p      SourceParams
	kind   wire.Kind
	open   func(ctx context.Context, from int64) (feed, error)
	feed   feed // nil before the first frame
	begun  bool
	origin int64
	known  int64 // frames known: everything before this frame has been said
	run    uint64
	ended  string // why no more will come, "" while it may
	lost   queue.Losses
	cut    int64 // messages that never came although no frame is missing: parts of frames with very many spikes

	recorded bool  // it keeps the clock of the publisher
	heard    int64 // then: the first frame that was heard
}

func newSource(kind wire.Kind, hub *Hub, p SourceParams) (source, error) {
	if err := CheckPattern(p.Subject); err != nil {
		return source{}, err
	}
	f := stages.Format{Rate: p.Rate, Channels: p.Channels, First: p.First, Frames: stages.Unbounded}
	if !(f.Rate > 0) || math.IsInf(f.Rate, 0) || f.Channels < 1 || f.First < 0 || f.First+f.Channels > math.MaxInt32 {
		return source{}, fmt.Errorf("nats %s: %g Hz, %d channels from %d on: want a positive rate and at least 1 channel, below 2^31", p.Subject, f.Rate, f.Channels, f.First)
	}
	p.From = since(p.Delivery, p.From)
	s := source{p: p, kind: kind}
	s.open = func(ctx context.Context, from int64) (feed, error) {
		conn, err := hub.Subscribing(ctx)
		if err != nil {
			return nil, err
		}
		return Subscribe(ctx, conn, ReceiverParams{Subject: p.Subject, Delivery: p.Delivery, From: from, Policy: p.Policy, Buffer: p.Buffer})
	}
	return s, nil
}

func (s *source) format() stages.Format {
	return stages.Format{Rate: s.p.Rate, Channels: s.p.Channels, First: s.p.First, Frames: stages.Unbounded}
}

// next gets the next message. ok is false at the end of the stream, which is noted.
func (s *source) next(ctx context.Context) (b Batch, ok bool, err error) {
	if s.ended != "" {
		return b, false, nil
	}
	if s.feed == nil {
		from := s.p.From
		if s.begun && s.p.Delivery == JetStream { // after a snapshot
			from = s.origin + s.known
		}
		if s.feed, err = s.open(ctx, from); err != nil {
			return b, false, err
		}
	}
	if b, err = s.feed.Next(ctx); err == io.EOF {
		err = errors.New("the subscription was closed")
	}
	if err != nil {
		return b, false, err
	}
	if err := s.fits(b.Header); err != nil {
		return b, false, err
	}
	if !s.begun {
		s.begun, s.run, s.origin = true, b.Run, b.Start
		if s.p.From >= 0 {
			s.origin = s.p.From
		}
	}
	if b.Run != s.run {
		s.ended = fmt.Sprintf("the publisher began another run after frame %d", s.origin+s.known)
		return b, false, nil
	}
	if start := b.Start - s.origin; start > s.known {
		s.lost = add(s.lost, queue.Loss{Start: s.known, End: start, Count: start - s.known})
	} else {
		s.cut += b.Skipped
	}
	if b.Last {
		s.ended = string(stages.EndOfStream)
	}
	return b, true, nil
}

// fits refuses what is another stream than was described.
func (s *source) fits(h wire.Header) error {
	if h.Kind != s.kind || h.Rate != s.p.Rate || h.Channels != s.p.Channels || h.First != s.p.First {
		return fmt.Errorf("nats %s: %v of %d channels from %d on at %g Hz are published: want %v of %d channels from %d on at %g Hz",
			s.p.Subject, h.Kind, h.Channels, h.First, h.Rate, s.kind, s.p.Channels, s.p.First, s.p.Rate)
	}
	return nil
}

// Notes are what a user should know after the run.
func (s *source) notes() []string {
	if !s.begun {
		return []string{fmt.Sprintf("%s: nothing was heard", s.p.Subject)}
	}
	notes := []string{fmt.Sprintf("%s: frame 0 is frame %d of the publisher, %d frames were heard", s.p.Subject, s.origin, s.known)}
	if s.recorded {
		notes[0] = fmt.Sprintf("%s: heard from frame %d to %d", s.p.Subject, s.heard, s.known)
	}
	if s.lost.Count > 0 {
		notes = append(notes, fmt.Sprintf("%s: missing %s", s.p.Subject, s.lost))
	}
	if s.cut > 0 {
		notes = append(notes, fmt.Sprintf("%s: missing %d messages with parts of frames", s.p.Subject, s.cut))
	}
	if s.ended != "" && s.ended != string(stages.EndOfStream) {
		notes = append(notes, fmt.Sprintf("%s: %s", s.p.Subject, s.ended))
	}
	return notes
}

// close ends the subscription.
func (s *source) close() error {
	if s.feed == nil {
		return nil
	}
	return s.feed.Close()
}

const sourceState = 4 * 8

func (s *source) appendState(b []byte) []byte {
	flags := uint64(0)
	if s.begun {
		flags |= 1
	}
	if s.ended != "" {
		flags |= 2
	}
	for _, x := range [...]uint64{flags, uint64(s.origin), uint64(s.known), s.run} {
		b = binary.LittleEndian.AppendUint64(b, x)
	}
	return b
}

func (s *source) loadState(b []byte) ([]byte, error) {
	if len(b) < sourceState {
		return nil, fmt.Errorf("nats %s: a state of %d bytes: want at least %d", s.p.Subject, len(b), sourceState)
	}
	e := binary.LittleEndian
	flags := e.Uint64(b)
	s.begun, s.origin, s.known, s.run = flags&1 != 0, int64(e.Uint64(b[8:])), int64(e.Uint64(b[16:])), e.Uint64(b[24:])
	if flags&2 != 0 {
		s.ended = "the stream had ended"
	}
	return b[sourceState:], nil
}

// SpikeSource is a stream of spikes that another process publishes. It waits for messages; it ends when the publisher says
// so or begins another run. What never came is silence, counted with its range.
type SpikeSource struct {
	*stages.SpikeStream
	f *spikeFiller
}

// NewSpikeSource describes a source. Nothing is connected before the first frame is asked for.
func NewSpikeSource(hub *Hub, p SourceParams) (*SpikeSource, error) {
	s, err := newSource(wire.Spikes, hub, p)
	if err != nil {
		return nil, err
	}
	return spikeSource(s)
}

func spikeSource(s source) (*SpikeSource, error) {
	f := &spikeFiller{source: s}
	out, err := stages.NewSpikes("nats.spikes", s.format(), f)
	if err != nil {
		return nil, err
	}
	return &SpikeSource{out, f}, nil
}

// Notes say which frame of the publisher frame 0 is, and what is missing.
func (s *SpikeSource) Notes() []string { return s.f.notes() }

// Missing are the frames that never came, in frames of this stream.
func (s *SpikeSource) Missing() queue.Losses { return s.f.lost }

// Close ends the subscription.
func (s *SpikeSource) Close() error { return s.f.close() }

type spikeFiller struct {
	source
	pending []stages.Spike // from frame at on, in order
	used    int            // of these, handed out
}

// FillSpikes waits until everything before at+n has been said.
func (s *spikeFiller) FillSpikes(ctx context.Context, at int64, n int, dst *[]stages.Spike) (int, error) {
	end := at + int64(n)
	for s.known < end {
		b, ok, err := s.next(ctx)
		if err != nil {
			return 0, err
		}
		if !ok {
			break
		}
		s.pending = append(s.pending[:0], s.pending[s.used:]...)
		s.used = 0
		k := len(s.pending)
		if s.pending, err = wire.ReadSpikes(s.pending, b.Header, b.Payload, -s.origin); err != nil {
			return 0, fmt.Errorf("nats %s: %w", s.p.Subject, err)
		}
		early := k
		for early < len(s.pending) && s.pending[early].At < s.known { // before the frame that was asked for, or said before
			early++
		}
		s.pending = append(s.pending[:k], s.pending[early:]...)
		s.known = max(s.known, b.End-s.origin)
	}
	got := min(n, int(min(s.known-at, math.MaxInt32)))
	for s.used < len(s.pending) && s.pending[s.used].At < at+int64(got) {
		*dst = append(*dst, s.pending[s.used])
		s.used++
	}
	if got < n {
		return got, io.EOF
	}
	return got, nil
}

// AppendState implements stages.Snapshotter.
func (s *spikeFiller) AppendState(b []byte) []byte {
	b = s.appendState(b)
	for _, x := range s.pending[s.used:] {
		b = binary.LittleEndian.AppendUint64(b, uint64(x.At))
		b = binary.LittleEndian.AppendUint32(b, uint32(x.Cell))
	}
	return b
}

// LoadState implements stages.Snapshotter. Of a live stream the frames since the snapshot are missing; with JetStream they
// are read again.
func (s *spikeFiller) LoadState(b []byte) error {
	b, err := s.loadState(b)
	if err != nil {
		return err
	}
	if len(b)%12 != 0 {
		return fmt.Errorf("nats %s: a state of %d bytes of spikes: want a multiple of 12", s.p.Subject, len(b))
	}
	s.pending, s.used = s.pending[:0], 0
	for ; len(b) > 0; b = b[12:] {
		s.pending = append(s.pending, stages.Spike{At: int64(binary.LittleEndian.Uint64(b)), Cell: int32(binary.LittleEndian.Uint32(b[8:]))})
	}
	return nil
}

// FrameSource is a stream of frames that another process publishes: a sound, or the output of any stage. It waits and ends
// as a [SpikeSource] does; what never came is zeros, counted with its range.
type FrameSource struct {
	*stages.Stream
	f *frameFiller
}

// NewFrameSource describes a source. Nothing is connected before the first frame is asked for.
func NewFrameSource(hub *Hub, p SourceParams) (*FrameSource, error) {
	s, err := newSource(wire.Frames, hub, p)
	if err != nil {
		return nil, err
	}
	return frameSource(s)
}

func frameSource(s source) (*FrameSource, error) {
	f := &frameFiller{source: s, start: s.known}
	out, err := stages.New("nats.frames", s.format(), f)
	if err != nil {
		return nil, err
	}
	return &FrameSource{out, f}, nil
}

// Notes say which frame of the publisher frame 0 is, and what is missing.
func (s *FrameSource) Notes() []string { return s.f.notes() }

// Missing are the frames that never came, in frames of this stream.
func (s *FrameSource) Missing() queue.Losses { return s.f.lost }

// Close ends the subscription.
func (s *FrameSource) Close() error { return s.f.close() }

type frameFiller struct {
	source
	pending []float64 // the frames start:known of one message, row by row; what lies before start and was not said is zero
	start   int64
}

// Fill waits for each frame.
func (s *frameFiller) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	c := dst.Channels
	for i := range dst.N {
		k := at + int64(i)
		for s.known <= k {
			b, ok, err := s.next(ctx)
			if err != nil {
				return i, err
			}
			if !ok {
				return i, io.EOF
			}
			if end := b.End - s.origin; end > s.known {
				s.pending = wire.ReadFrames(s.pending[:0], b.Header, b.Payload)
				s.start, s.known = b.Start-s.origin, end
			}
		}
		row := dst.Row(i)
		if k < s.start {
			clear(row)
			continue
		}
		copy(row, s.pending[int(k-s.start)*c:])
	}
	return dst.N, nil
}

// AppendState implements stages.Snapshotter.
func (s *frameFiller) AppendState(b []byte) []byte {
	b = s.appendState(b)
	b = binary.LittleEndian.AppendUint64(b, uint64(s.start))
	return stages.AppendFloats(b, s.pending)
}

// LoadState implements stages.Snapshotter, as that of spikes does.
func (s *frameFiller) LoadState(b []byte) error {
	b, err := s.loadState(b)
	if err != nil {
		return err
	}
	if len(b) < 8 {
		return fmt.Errorf("nats %s: a state without the frame where its samples begin", s.p.Subject)
	}
	s.start = int64(binary.LittleEndian.Uint64(b))
	n := (s.known - s.start) * int64(s.p.Channels)
	if n < 0 || int64(len(b)-8) != 8*n {
		return fmt.Errorf("nats %s: a state of %d bytes for frames %d:%d of %d channels", s.p.Subject, len(b)-8, s.start, s.known, s.p.Channels)
	}
	s.pending = make([]float64, n)
	_, err = stages.ReadFloats(b[8:], s.pending)
	return err
}

package filterbank

import (
	"context"
	"fmt"

	"hearpipe/stages"
)

// Socket is a stage that hands on the frames of a source, which can be changed while the stream runs: put it in front of a
// bank whose source is to change. The clock goes on: after a change, frame k of the socket is frame k of the new source. The
// length is not known in advance; the stream ends where the source then plugged in ends.
//
// A change is not part of a snapshot: a graph that is restored has the source it was built with, or the one plugged in
// since.
type Socket struct {
	*stages.Stream
	f *socketFiller
}

// NewSocket makes a socket with its first source.
func NewSocket(src stages.Stage) (*Socket, error) {
	if src == nil {
		return nil, fmt.Errorf("filterbank.socket: the source is missing")
	}
	f := &socketFiller{src}
	format := src.Format()
	format.Frames = stages.Unbounded
	stream, err := stages.New("filterbank.socket", format, f, stages.Input{From: src})
	if err != nil {
		return nil, err
	}
	return &Socket{stream, f}, nil
}

// Plug changes the source from the next frame on that has not been computed. It must have the same rate and channels, and
// must not depend on the socket. It is called between two fetches or by the updater of a control, but not after the end of the
// stream.
func (s *Socket) Plug(src stages.Stage) error {
	const kind = "filterbank.socket"
	if src == nil {
		return fmt.Errorf("%s: the source is missing", kind)
	}
	if _, err := stages.SameRate(kind, s, src); err != nil {
		return err
	}
	have, want := src.Format(), s.Format()
	if have.Channels != want.Channels || have.First != want.First {
		return &stages.ChannelError{Kind: kind, Input: stages.KindOf(src), Have: have.Channels, Want: fmt.Sprintf("the channels %d:%d of the socket", want.First, want.First+want.Channels)}
	}
	s.f.src = src
	return nil
}

// socketFiller fills a Socket.
type socketFiller struct{ src stages.Stage }

// Fill copies the next frames of the source.
func (f *socketFiller) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	src, err := f.src.Fetch(ctx, at, at+int64(dst.N))
	dst.CopyFrom(src, src.N)
	return src.N, err
}

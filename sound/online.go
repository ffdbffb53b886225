package sound

import (
	"context"
	"fmt"

	"hearpipe/stages"
)

// FuncParams describes a sound by a function of time.
type FuncParams struct {
	Length
	Rate     float64                        // sample rate [Hz] (default 44100)
	Func     func(t float64, c int) float64 // pressure [Pa] at time t [s] in channel c; must depend on nothing else
	Width    int                            // number of channels (default 1)
	Channels stages.Range                   // channels to compute (default: all)
}

// Func makes a sound of a function of time; see [NewFunc].
func Func(p FuncParams) (*Sound, error) { return render(NewFunc(p)) }

// NewFunc makes a stream of a function, evaluated at the times i/Rate. A value that is not a finite number ends the stream with an
// error that names frame and channel.
func NewFunc(p FuncParams) (*Generator, error) {
	const kind = "sound.function"
	if p.Func == nil {
		return nil, fmt.Errorf("%s: no function", kind)
	}
	f := &function{rate: rateOf(p.Rate), first: p.Channels.Lo, f: p.Func}
	f.frame = make([]float64, max(p.Width, 1))
	return generator(kind, p.Rate, p.Length, max(p.Width, 1), p.Channels, f)
}

// function fills frames with the values of a function.
type function struct {
	rate  float64
	first int
	f     func(t float64, c int) float64
	frame []float64 // scratch: a frame enters the stream once it is known to be good
}

// Fill implements [stages.Filler].
func (f *function) Fill(_ context.Context, at int64, dst stages.Frames) (int, error) {
	for i := range dst.N {
		time := float64(at+int64(i)) / f.rate
		row := f.frame[:dst.Channels]
		for c := range row {
			row[c] = f.f(time, f.first+c)
		}
		if err := finiteRow("sound.function", row, at+int64(i)); err != nil {
			return i, err
		}
		copy(dst.Row(i), row)
	}
	return dst.N, nil
}

// finiteRow finds a number that is not finite.
func finiteRow(kind string, row []float64, at int64) error {
	for c, v := range row {
		if v-v != 0 {
			return fmt.Errorf("%s: sample %g in frame %d of channel %d: want finite numbers", kind, v, at, c)
		}
	}
	return nil
}

// OnlineParams describes a sound that a program makes while it runs, as OnlineSound of Brian Hears.
type OnlineParams struct {
	Length
	Rate  float64 // sample rate [Hz] (default 44100)
	Width int     // number of channels (default 1)
	// Next writes frame at, a pressure [Pa] per channel, which holds zeros when it is called. It is called once for each frame, in
	// order from 0, whatever the blocks in which the stream is read, so that it may keep state. io.EOF ends the stream before this
	// frame; any other error does so too and is passed on.
	Next func(ctx context.Context, at int64, frame []float64) error
}

// NewOnline makes a stream of a callback. It has no snapshot: the state is the caller's.
func NewOnline(p OnlineParams) (*Generator, error) {
	const kind = "sound.online"
	if p.Next == nil {
		return nil, fmt.Errorf("%s: no function", kind)
	}
	o := &online{next: p.Next, frame: make([]float64, max(p.Width, 1))}
	return generator(kind, p.Rate, p.Length, max(p.Width, 1), stages.Range{}, o)
}

// online fills frames by a callback.
type online struct {
	next  func(ctx context.Context, at int64, frame []float64) error
	frame []float64 // scratch: a frame enters the stream once it is known to be good
}

// Fill implements [stages.Filler].
func (o *online) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	for i := range dst.N {
		if err := ctx.Err(); err != nil {
			return i, err
		}
		clear(o.frame)
		if err := o.next(ctx, at+int64(i), o.frame); err != nil {
			return i, err
		}
		if err := finiteRow("sound.online", o.frame, at+int64(i)); err != nil {
			return i, err
		}
		copy(dst.Row(i), o.frame)
	}
	return dst.N, nil
}

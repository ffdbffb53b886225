package stages

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// NewExtend lets zeros follow the end of src up to the given number of frames, or without end for Unbounded: the ringing
// of filters is heard that way. A length shorter than that of src is an error; [NewFit] cuts too.
func NewExtend(src Stage, frames int64) (*Stream, error) {
	if src == nil {
		return nil, errors.New("stages.extend: the input is missing")
	}
	if f := src.Format().Frames; frames < f && f != Unbounded {
		return nil, fmt.Errorf("stages.extend: %d frames: %s has already %d", frames, KindOf(src), f)
	}
	return fit("stages.extend", src, frames)
}

// NewFit makes src exactly as long as the given number of frames: it is cut, or zeros follow.
func NewFit(src Stage, frames int64) (*Stream, error) { return fit("stages.fit", src, frames) }

func fit(kind string, src Stage, frames int64) (*Stream, error) {
	if src == nil || frames < 0 {
		return nil, fmt.Errorf("%s: input %v, %d frames: want an input and 0 frames or more", kind, src, frames)
	}
	f := src.Format()
	f.Frames = frames
	return New(kind, f, fitter{Pad(src)}, From(src)...)
}

type fitter struct{ in *Padded }

// Fill copies the input, then zeros; the length of the format ends the stream.
func (x fitter) Fill(ctx context.Context, at int64, dst Frames) (int, error) {
	f, err := x.in.Fetch(ctx, at, at+int64(dst.N))
	dst.CopyFrom(f, f.N)
	return f.N, err
}

// NewEvery takes frames 0, k, 2k, … of src; the rate is divided by k. There is no filter against aliasing: it is for
// recording slow signals.
func NewEvery(src Stage, k int64) (*Stream, error) {
	const kind = "stages.every"
	if src == nil || k < 1 {
		return nil, fmt.Errorf("%s: input %v, every %d frames: want an input and at least 1", kind, src, k)
	}
	f := src.Format()
	f.Rate /= float64(k)
	if f.Frames != Unbounded {
		f.Frames = (f.Frames + k - 1) / k
	}
	return New(kind, f, &decimator{src: src, k: k}, From(src)...)
}

type decimator struct {
	src Stage
	k   int64
}

// Fill fetches one frame at a time where k is large, so that the window of the input stays small.
func (d *decimator) Fill(ctx context.Context, at int64, dst Frames) (int, error) {
	for i := range dst.N {
		j := (at + int64(i)) * d.k
		f, err := d.src.Fetch(ctx, j, j+1)
		if f.N == 0 {
			if err == nil {
				err = io.ErrUnexpectedEOF
			}
			return i, err
		}
		copy(dst.Row(i), f.Row(0))
	}
	return dst.N, nil
}

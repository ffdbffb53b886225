// Custom-stage shows how a stage is written: an envelope follower, fetched in two ways with the same bits.
//
//	go run ./examples/custom-stage
package main

import (
	"context"
	"fmt"
	"log"
	"math"

	"hearpipe/sound"
	"hearpipe/stages"
)

// envelope is the state of a follower that jumps to a louder sample and falls exponentially otherwise:
// e[i] = max(|x[i]|, decay·e[i-1]), per channel.
type envelope struct {
	src   stages.Stage
	decay float64 // factor per frame, 0 <= decay < 1
	last  []float64
}

// newEnvelope makes the stage. What is not said here comes with stages.New: a window for each consumer, the end of the
// stream, errors that stay, cancellation.
func newEnvelope(src stages.Stage, decay float64) (*stages.Stream, error) {
	if !(decay >= 0 && decay < 1) {
		return nil, fmt.Errorf("envelope: decay %g per frame: want 0 <= decay < 1", decay)
	}
	f := src.Format()
	e := &envelope{src: src, decay: decay, last: make([]float64, f.Channels)}
	return stages.New("example.envelope", f, e, stages.From(src)...)
}

// Fill computes the frames that begin at at. It is called with consecutive ranges, so the state is that of frame at;
// nothing in it may depend on how many frames are asked for.
func (e *envelope) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	x, err := e.src.Fetch(ctx, at, at+int64(dst.N))
	for i := range x.N {
		in, out := x.Row(i), dst.Row(i)
		for c, v := range in {
			e.last[c] = max(math.Abs(v), e.decay*e.last[c])
			out[c] = e.last[c]
		}
	}
	return x.N, err // fewer frames than asked for come with the reason, io.EOF at the end
}

// AppendState and LoadState let a run be stopped and resumed: all that later frames depend on.
func (e *envelope) AppendState(b []byte) []byte { return stages.AppendFloats(b, e.last) }

// LoadState reads what AppendState wrote.
func (e *envelope) LoadState(b []byte) error {
	_, err := stages.ReadFloats(b, e.last)
	return err
}

func main() {
	tone, err := sound.Tone(sound.ToneParams{Length: sound.Length{Seconds: 0.05}, Frequency: []float64{500, 1000}})
	if err != nil {
		log.Fatal(err)
	}
	tone, err = tone.Ramp(sound.RampParams{Seconds: 0.02})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	var sums [2][]float64
	for i, block := range []int{1, 479} {
		env, err := newEnvelope(tone, 0.999)
		if err != nil {
			log.Fatal(err)
		}
		// Fold is online computation: it keeps a running value, not the stream.
		sums[i], err = stages.Fold(ctx, env, block, make([]float64, 2), func(b stages.Frames, sum []float64) []float64 {
			for i := range b.N {
				for c, v := range b.Row(i) {
					sum[c] += v
				}
			}
			return sum
		})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("blocks of %3d frames: mean envelope %.6f and %.6f Pa\n",
			block, sums[i][0]/float64(tone.Len()), sums[i][1]/float64(tone.Len()))
	}
	fmt.Println("same bits:", sums[0][0] == sums[1][0] && sums[0][1] == sums[1][1])
}

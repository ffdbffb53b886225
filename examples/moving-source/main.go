// Moving-source lets a buzz fly round a head, for headphones: it passes the front, the left, the back and the right in two seconds, rising and sinking.
// The head is the dummy head that comes with the program; its responses are made minimum-phase, with delays apart, so that places between the
// measured ones sound right.
//
//	go run ./examples/moving-source fly.wav
package main

import (
	"context"
	"fmt"
	"log"
	"math"
	"os"

	"hearpipe/hrtf"
	"hearpipe/sound"
)

func main() {
	log.SetFlags(0)
	out := "moving-source.wav"
	if len(os.Args) > 1 {
		out = os.Args[1]
	}
	if err := run(out); err != nil {
		log.Fatal(err)
	}
}

// flight is where the source is at a time [s].
func flight(t float64) hrtf.Direction {
	return hrtf.FromAngles(180*t, 30*math.Sin(2*math.Pi*t/2))
}

func run(out string) error {
	measured, err := hrtf.BuiltIn()
	if err != nil {
		return err
	}
	// No higher than 50 degrees: there the grid of the measurement is fine enough.
	if measured, err = measured.Select("elevation <= 50"); err != nil {
		return err
	}
	head, err := measured.MinimumPhase()
	if err != nil {
		return err
	}
	buzz, err := sound.NewHarmonicComplex(sound.HarmonicParams{Fundamental: 150, Length: sound.Length{Seconds: 2}})
	if err != nil {
		return err
	}
	ears, err := hrtf.NewMoving(buzz, hrtf.MovingParams{Set: head, Trajectory: flight})
	if err != nil {
		return err
	}
	heard, err := sound.Collect(context.Background(), ears)
	if err != nil {
		return err
	}
	if heard, err = heard.Normalise(0.9); err != nil {
		return err
	}
	// What tells the ears where it is: how much louder and later the left one hears than the right one.
	between, err := hrtf.NewInterpolator(head, hrtf.Barycentric)
	if err != nil {
		return err
	}
	for _, t := range []float64{0, 0.25, 0.5, 0.75, 1, 1.5} {
		at, err := between.At(flight(t))
		if err != nil {
			return err
		}
		itd, err := at.Flat().ITD(hrtf.ITDParams{})
		if err != nil {
			return err
		}
		part, err := heard.Between(max(0, t-0.05), min(2, t+0.05))
		if err != nil {
			return err
		}
		level := part.Levels()
		fmt.Printf("%4.2f s: %-29v  left ear %+5.1f dB, %+5.0f µs\n", t, flight(t), level[0]-level[1], itd*1e6)
	}
	if _, err := sound.WriteWAV(context.Background(), out, heard, sound.WAVParams{}); err != nil {
		return err
	}
	fmt.Println("wrote", out)
	return nil
}

// Gain-control shows a control path that listens to its source: every 10 ms a gain goes a part of the way, with a time
// constant of 50 ms, to what would have given the sound so far a root mean square of 0.2. It is the example of a control in
// the reference of Brian Hears; as a pipeline it is called gain-control.
//
//	go run ./examples/gain-control
package main

import (
	"context"
	"fmt"
	"log"
	"math"

	"hearpipe/filterbank"
	"hearpipe/sound"
	"hearpipe/stages"
)

const (
	interval = 441   // frames between updates: 10 ms at 44.1 kHz
	target   = 0.2   // root mean square
	tau      = 0.05  // time constant [s]
	floor    = 1e-12 // power of what counts as silence
)

func main() {
	log.SetFlags(0)
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

// controller is the updater. Power, count and gain are state: a snapshot holds them.
type controller struct {
	target              *filterbank.Gain
	squares, count, now float64
}

// Update gets exactly the frames since the last update, however the sound is read.
func (c *controller) Update(_ int64, in []stages.Frames) error {
	f := in[0]
	for i := range f.N {
		c.squares = math.FMA(f.At(i, 0), f.At(i, 0), c.squares)
	}
	c.count += float64(f.N)
	wanted := target / math.Sqrt(max(c.squares/c.count, floor))
	c.now = math.FMA(math.Exp(-interval/44100./tau), c.now-wanted, wanted)
	return c.target.SetGain(0, c.now)
}

// AppendState appends power, count and gain.
func (c *controller) AppendState(b []byte) []byte {
	return stages.AppendFloats(b, []float64{c.squares, c.count, c.now})
}

// LoadState reads what AppendState wrote.
func (c *controller) LoadState(b []byte) error {
	v := make([]float64, 3)
	_, err := stages.ReadFloats(b, v)
	c.squares, c.count, c.now = v[0], v[1], v[2]
	return err
}

func run() error {
	soft, err := sound.NewTone(sound.ToneParams{Frequency: []float64{1000}, Amplitude: []float64{0.01}, Length: sound.Length{Seconds: 0.5}})
	if err != nil {
		return err
	}
	even, err := filterbank.NewGain(soft, filterbank.GainParams{})
	if err != nil {
		return err
	}
	c := &controller{target: even, now: 1}
	if _, err := stages.Control([]stages.Stage{soft}, []stages.Node{even}, c, interval); err != nil {
		return err
	}
	// A period of the tone has 44.1 frames; 441 frames are 10 periods.
	for _, k := range []int64{0, 1, 5, 10, 49} {
		f, err := even.Fetch(context.Background(), k*interval, (k+1)*interval)
		if err != nil {
			return err
		}
		power := 0.0
		for i := range f.N {
			power += f.At(i, 0) * f.At(i, 0) / float64(f.N)
		}
		fmt.Printf("%3d ms: gain %5.2f, root mean square %.4f\n", 10*k, c.now, math.Sqrt(power))
	}
	return nil
}

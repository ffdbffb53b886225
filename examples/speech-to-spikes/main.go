// Speech-to-spikes shows the whole way in Go: a WAV file through a gammatone cochlea, a compressive hair cell and noisy
// nerve fibres, on all cores, into a file of spikes and a picture.
//
//	go run ./examples/speech-to-spikes [FILE.wav]
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"hearpipe/filterbank"
	"hearpipe/neurons"
	"hearpipe/sinks"
	"hearpipe/sinks/picture"
	"hearpipe/sound"
	"hearpipe/stages"
)

func main() {
	log.SetFlags(0)
	path := "pipelines/data/speech.wav"
	if len(os.Args) > 1 {
		path = os.Args[1]
	}
	if err := run(path); err != nil {
		log.Fatal(err)
	}
}

func run(path string) error {
	speech, err := sound.Open(path)
	if err != nil {
		return err
	}
	defer speech.Close()
	low, high := 80.0, 0.45*speech.Format().Rate
	cf, err := filterbank.ERBSpace(low, high, 1000)
	if err != nil {
		return err
	}
	// The fibres do not hear each other, so the chain is built for slices of channels, which are computed on all cores.
	// A node that is wanted outside is returned; everything between stays in the slice.
	nodes, err := stages.Slice([]stages.Stage{speech}, stages.Range{Hi: len(cf)}, 0, func(in []stages.Stage, lo, hi int) ([]stages.Node, error) {
		cochlea, err := filterbank.NewGammatone(in[0], filterbank.GammatoneParams{CF: cf, Channels: stages.Range{Lo: lo, Hi: hi}})
		if err != nil {
			return nil, err
		}
		hairCell, err := stages.NewFunction([]stages.Stage{cochlea}, stages.FunctionParams{Expr: "3*clip(x, 0, inf)**(1/3)"})
		if err != nil {
			return nil, err
		}
		fibres, err := neurons.NewGroup(neurons.GroupParams{
			Name: "anf",
			N:    len(cf),
			Equations: `
				dv/dt = (I-v)/(1*ms) + 0.2*xi*(2/(1*ms))**.5 : 1
				I : 1`,
			Threshold:  "v > 1",
			Reset:      "v = 0",
			Refractory: "5 ms",
			Inputs:     map[string]stages.Stage{"I": hairCell},
			Seed:       1,
			Channels:   stages.Range{Lo: lo, Hi: hi},
		})
		if err != nil {
			return nil, err
		}
		return []stages.Node{fibres}, nil
	})
	if err != nil {
		return err
	}
	spikes := nodes[0].(stages.SpikeStage)

	file, err := sinks.NewSpikeFile(spikes, sinks.SpikeFileParams{Path: "spikes.csv", CF: cf})
	if err != nil {
		return err
	}
	raster, err := picture.NewRaster(spikes, picture.RasterParams{Path: "raster.png", Title: path, CF: cf})
	if err != nil {
		return err
	}
	sum, err := stages.Run(context.Background(), stages.RunOptions{}, file, raster)
	if err != nil {
		return err
	}
	fmt.Printf("%d fibres heard %.2f s in %.2f s; see spikes.csv and raster.png\n", len(cf), sum.Seconds, sum.Elapsed.Seconds())
	return nil
}

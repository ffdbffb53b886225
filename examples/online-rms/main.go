// Online-rms shows computation on a stream that is never held: the level of each channel of a filterbank on noise. An
// hour takes no more memory than a second:
//
//	go run ./examples/online-rms -seconds 3600
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"math"

	"hearpipe/filterbank"
	"hearpipe/sound"
	"hearpipe/stages"
)

func main() {
	log.SetFlags(0)
	seconds := flag.Float64("seconds", 10, "length of the noise [s]")
	channels := flag.Int("channels", 20, "channels of the filterbank")
	flag.Parse()
	if err := run(*seconds, *channels); err != nil {
		log.Fatal(err)
	}
}

func run(seconds float64, channels int) error {
	// An endless or a long source is made as it is read.
	noise, err := sound.NewWhiteNoise(sound.NoiseParams{Length: sound.Length{Seconds: seconds}, Amplitude: 0.02})
	if err != nil {
		return err
	}
	cf, err := filterbank.ERBSpace(100, 10000, channels)
	if err != nil {
		return err
	}
	cochlea, err := filterbank.NewGammatone(noise, filterbank.GammatoneParams{CF: cf})
	if err != nil {
		return err
	}
	// The running value is the sum of squares so far. It grows frame by frame, so that the block size does not show in it.
	sum, err := stages.Fold(context.Background(), cochlea, 1024, make([]float64, channels), func(b stages.Frames, sum []float64) []float64 {
		for i := range b.N {
			for c, v := range b.Row(i) {
				sum[c] = math.FMA(v, v, sum[c])
			}
		}
		return sum
	})
	if err != nil {
		return err
	}
	for c, s := range sum {
		rms := math.Sqrt(s / float64(cochlea.Format().Frames))
		fmt.Printf("%7.0f Hz  %4.1f dB SPL\n", cf[c], 20*math.Log10(rms/20e-6))
	}
	return nil
}

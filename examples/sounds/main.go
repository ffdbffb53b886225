// Sounds shows how sounds are made, combined, measured and kept in files. What it prints can be checked by hand:
//
//	go run ./examples/sounds
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"hearpipe/sound"
	"hearpipe/stages"
)

func main() {
	log.SetFlags(0)
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	second := sound.Length{Seconds: 1}
	tone, err := sound.Tone(sound.ToneParams{Frequency: []float64{1000}, Length: second})
	if err != nil {
		return err
	}
	noise, err := sound.WhiteNoise(sound.NoiseParams{Length: second, Seed: 1})
	if err != nil {
		return err
	}
	mix, err := tone.Add(noise)
	if err != nil {
		return err
	}
	// The tone has the mean square 1/2, the noise 1: together √1.5 = 1.22.
	fmt.Printf("tone, noise, sum: rms %.3f, %.3f, %.3f Pa\n", tone.RMS()[0], noise.RMS()[0], mix.RMS()[0])

	// 60 dB SPL are 1000 · 20 µPa. The ramp takes the first 441 of 44,100 frames from 0 to 1.
	mix, err = mix.AtLevel(60)
	if err != nil {
		return err
	}
	fmt.Printf("at 60 dB SPL: rms %.6f Pa\n", mix.RMS()[0])
	ramped, err := mix.Ramp(sound.RampParams{When: sound.Both})
	if err != nil {
		return err
	}
	fmt.Printf("ramp: frame 0 times %.3f, frame 220 times %.3f\n", ramped.At(0, 0)/mix.At(0, 0), ramped.At(220, 0)/mix.At(220, 0))

	// 20 ms are 882 frames; three times that, and a silence of 10 ms before it.
	start, err := ramped.Between(0, 0.02)
	if err != nil {
		return err
	}
	thrice, err := start.Repeat(3)
	if err != nil {
		return err
	}
	late, err := thrice.Shift(441)
	if err != nil {
		return err
	}
	fmt.Printf("20 ms: %d frames, three times: %d, after 10 ms: %d\n", start.Len(), thrice.Len(), late.Len())

	// The line of the tone stands out of the spectrum in the bin of 1 kHz: half of N times its amplitude, squared.
	z, err := tone.Spectrum(sound.SpectrumParams{Low: 1000, High: 1000, Linear: true})
	if err != nil {
		return err
	}
	fmt.Printf("power at %.0f Hz: (%d/2)² · %.6f\n", z.Frequencies[0], tone.Len(), z.Power[0]/(22050.*22050))
	return files(ramped)
}

// files writes a sound in two formats and reads it again.
func files(s *sound.Sound) error {
	dir, err := os.MkdirTemp("", "sounds")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	wav, flac := filepath.Join(dir, "s.wav"), filepath.Join(dir, "s.flac")
	if _, err := sound.WriteWAV(context.Background(), wav, s, sound.WAVParams{Format: sound.PCM24}); err != nil {
		return err
	}
	sink, err := sound.NewFLACSink(flac, s, sound.FLACParams{Bits: 24})
	if err != nil {
		return err
	}
	if _, err := stages.Run(context.Background(), stages.RunOptions{}, sink); err != nil {
		return err
	}
	a, err := sound.Read(wav)
	if err != nil {
		return err
	}
	b, err := sound.Read(flac)
	if err != nil {
		return err
	}
	difference, err := a.Sub(b)
	if err != nil {
		return err
	}
	rounding, err := a.Sub(s)
	if err != nil {
		return err
	}
	// Rounding to 24 bits is off by half a code at most, 2⁻²⁴ of full scale.
	fmt.Printf("WAV - FLAC: %g; file - sound: up to %.2f · 2⁻²⁴\n", difference.Peak(), rounding.Peak()*(1<<24))
	return nil
}

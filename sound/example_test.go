package sound_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"hearpipe/sound"
	"hearpipe/stages"
)

// A tone of a quarter of the sample rate has four frames per period.
func ExampleTone() {
	s, err := sound.Tone(sound.ToneParams{Rate: 8000, Frequency: []float64{2000}, Length: sound.Length{Frames: 4}})
	if err != nil {
		panic(err)
	}
	x, _ := s.Channel(0)
	fmt.Printf("%.3f\n", x)
	// Output: [0.000 1.000 0.000 -1.000]
}

// Sounds of one length add sample by sample; mono is heard in every channel.
func ExampleSound_Add() {
	a, _ := sound.New(8000, []float64{1, 2, 3})
	b, _ := sound.New(8000, []float64{10, 20, 0}, []float64{100, 200, 0})
	s, err := a.Add(b)
	if err != nil {
		panic(err)
	}
	for i := range s.Len() {
		fmt.Println(s.At(i, 0), s.At(i, 1))
	}
	// Output:
	// 11 101
	// 22 202
	// 3 3
}

// A sine of amplitude √2·0.02 Pa has an RMS of 0.02 Pa, which is 1000 times 20 µPa: 60 dB.
func ExampleSound_AtLevel() {
	s, _ := sound.Tone(sound.ToneParams{Frequency: []float64{1000}, Length: sound.Length{Seconds: 1}})
	s, err := s.AtLevel(60)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.6f dB SPL, RMS %.6f Pa\n", s.Levels()[0], s.RMS()[0])
	// Output: 60.000000 dB SPL, RMS 0.020000 Pa
}

// Half a frame after the onset of a ramp of three frames lies sin²(π/4) = 1/2.
func ExampleSound_Ramp() {
	s, _ := sound.New(1000, []float64{1, 1, 1, 1, 1})
	s, err := s.Ramp(sound.RampParams{When: sound.Both, Seconds: 0.003})
	if err != nil {
		panic(err)
	}
	x, _ := s.Channel(0)
	fmt.Printf("%.2f\n", x)
	// Output: [0.00 0.50 1.00 0.50 0.00]
}

// A click of 70 dB has a pressure of 28 µPa · 10^(70/20).
func ExamplePeakPressure() {
	s, _ := sound.Click(sound.ClickParams{Amplitude: sound.PeakPressure(70)})
	fmt.Printf("%d frame of %.4f Pa\n", s.Len(), s.At(0, 0))
	// Output: 1 frame of 0.0885 Pa
}

// An endless tone is a stream: any part of it can be fetched, nothing is stored.
func ExampleNewTone() {
	tone, err := sound.NewTone(sound.ToneParams{Rate: 4, Frequency: []float64{1}})
	if err != nil {
		panic(err)
	}
	f, err := tone.Fetch(context.Background(), 4001, 4002)
	fmt.Printf("%.3f %v, endless: %v\n", f.At(0, 0), err, tone.Format().Frames == stages.Unbounded)
	// Output: 1.000 <nil>, endless: true
}

// A file is written whole or not at all, and read as a stream.
func ExampleOpen() {
	dir, _ := os.MkdirTemp("", "sound")
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "loud.wav")
	s, _ := sound.New(8000, []float64{0.5, -0.25, 1.5})
	sum, err := sound.WriteWAV(context.Background(), path, s, sound.WAVParams{})
	if err != nil {
		panic(err)
	}
	fmt.Println(sum.Frames, "frames,", sum.Clipped, "clipped")

	f, err := sound.Open(path)
	if err != nil {
		panic(err)
	}
	defer f.Close()
	in := f.Info()
	fmt.Println(in.Container, in.Encoding, in.Bits, "bits,", in.Rate, "Hz,", in.Channels, "channel,", in.Frames, "frames")
	frames, err := f.Fetch(context.Background(), 0, 2)
	fmt.Println(frames.At(0, 0), frames.At(1, 0), err)
	// Output:
	// 3 frames, 1 clipped
	// RIFF PCM 16 bits, 8000 Hz, 1 channel, 3 frames
	// 0.5 -0.25 <nil>
}

// A second of sound keeps its length and its constants at another rate.
func ExampleNewResample() {
	s, _ := sound.FromFunc(44100, 44100, func(float64) float64 { return 0.25 })
	r, err := sound.NewResample(s, 48000)
	if err != nil {
		panic(err)
	}
	p, q := r.Ratio()
	f, err := r.Fetch(context.Background(), 24000, 24001)
	fmt.Printf("%d:%d, %d frames, %.6f %v\n", p, q, r.Format().Frames, f.At(0, 0), err)
	// Output: 160:147, 48000 frames, 0.250000 <nil>
}

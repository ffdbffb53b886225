// Time-varying-filter shows a control path: the centre frequency of a band pass swings as a sine, set anew in every frame, or
// wanders as an Ornstein–Uhlenbeck process, set every 4 frames. These are the examples "time_varying_filter2" and
// "time_varying_filter1" of Brian Hears; as pipelines they are called time-varying-filter2 and time-varying-filter1.
//
//	go run ./examples/time-varying-filter
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

const rate = 20000 // frames per second

func main() {
	log.SetFlags(0)
	for _, run := range []func() error{swing, wander} {
		if err := run(); err != nil {
			log.Fatal(err)
		}
	}
}

// tone is 300 ms of a tone of 4 kHz, in which one sees where the band pass is.
func tone() (stages.Stage, *filterbank.Resonance, error) {
	src, err := sound.NewTone(sound.ToneParams{Frequency: []float64{4000}, Length: sound.Length{Seconds: 0.3}, Rate: rate})
	if err != nil {
		return nil, nil, err
	}
	band, err := filterbank.NewResonance(src, filterbank.ResonanceParams{CF: []float64{5000}, Q: []float64{5}})
	return src, band, err
}

// swing moves the band pass to a frequency that is itself a stream.
func swing() error {
	src, band, err := tone()
	if err != nil {
		return err
	}
	centre, err := stages.NewFunction([]stages.Stage{src}, stages.FunctionParams{Expr: "4000 + 1500*sin(2*pi*(10*Hz)*t)"})
	if err != nil {
		return err
	}
	// The update at frame k sees the frames of its inputs before k and holds from frame k on.
	follow := stages.UpdaterFunc(func(_ int64, in []stages.Frames) error {
		return band.SetCF(0, in[0].At(in[0].N-1, 0))
	})
	if _, err := stages.Control([]stages.Stage{centre}, []stages.Node{band}, follow, 1); err != nil {
		return err
	}
	fmt.Println("swinging between 2.5 and 5.5 kHz:")
	return print(band, func(ms int) float64 { return 4000 + 1500*math.Sin(2*math.Pi*10*float64(ms)/1000) })
}

// walk is the updater of an Ornstein–Uhlenbeck process. Its frequency is a state that the control keeps in snapshots.
type walk struct {
	band      *filterbank.Resonance
	frequency float64 // [Hz]
}

// Update makes one step of 0.2 ms towards 5 kHz, with a time constant of 100 ms and a standard deviation of 1.2 kHz.
func (w *walk) Update(_ int64, in []stages.Frames) error {
	const step, tau, mean, deviation = 4. / rate, 0.1, 5000, 1200
	noise := in[0].At(in[0].N-1, 0)
	w.frequency += float64((mean-w.frequency)*step/tau) + float64(deviation*math.Sqrt(2*step/tau)*noise)
	return w.band.SetCF(0, min(max(w.frequency, 100), 9500))
}

// AppendState appends the frequency.
func (w *walk) AppendState(b []byte) []byte { return stages.AppendFloats(b, []float64{w.frequency}) }

// LoadState reads what AppendState wrote.
func (w *walk) LoadState(b []byte) error {
	f := []float64{0}
	_, err := stages.ReadFloats(b, f)
	w.frequency = f[0]
	return err
}

// wander moves the band pass by noise.
func wander() error {
	_, band, err := tone()
	if err != nil {
		return err
	}
	noise, err := sound.NewWhiteNoise(sound.NoiseParams{Length: sound.Length{Seconds: 0.3}, Rate: rate, Seed: 1})
	if err != nil {
		return err
	}
	w := &walk{band: band, frequency: 5000}
	if _, err := stages.Control([]stages.Stage{noise}, []stages.Node{band}, w, 4); err != nil {
		return err
	}
	fmt.Println("wandering about 5 kHz:")
	return print(band, func(int) float64 { return w.frequency })
}

// print reads the filter in blocks of 25 ms and prints where it is and how strong the tone comes through.
func print(band stages.Stage, centre func(ms int) float64) error {
	for ms := 25; ms <= 100; ms += 25 {
		f, err := band.Fetch(context.Background(), int64(ms-25)*rate/1000, int64(ms)*rate/1000)
		if err != nil {
			return err
		}
		largest := 0.0
		for i := f.N - 20; i < f.N; i++ { // the last millisecond
			largest = max(largest, math.Abs(f.At(i, 0)))
		}
		fmt.Printf("%4d ms: %4.0f Hz, the tone of 4 kHz times %.1f\n", ms, centre(ms), largest)
	}
	return nil
}

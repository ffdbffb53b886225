package sound

import (
	"context"
	"fmt"

	"hearpipe/internal/random"
	"hearpipe/stages"
)

// NoiseParams describes white noise.
type NoiseParams struct {
	Length
	Rate      float64      // sample rate [Hz] (default 44100)
	Amplitude float64      // standard deviation [Pa] (default 1)
	Width     int          // number of channels (default 1)
	Channels  stages.Range // channels to compute (default: all)
	Seed      uint64       // seed of the run
	Name      string       // name of this source (default "whitenoise"): sources with the same seed and name are the same noise
}

// WhiteNoise makes a sound of white noise; see [NewWhiteNoise].
func WhiteNoise(p NoiseParams) (*Sound, error) { return render(NewWhiteNoise(p)) }

// NewWhiteNoise makes a stream of independent normal numbers of mean 0. Each is a pure function of the seed, the name, the
// absolute channel and the frame, so that any part of any channel can be made alone.
func NewWhiteNoise(p NoiseParams) (*Generator, error) {
	const kind = "sound.whitenoise"
	if p.Amplitude == 0 {
		p.Amplitude = 1
	}
	if !(p.Amplitude > 0) || p.Amplitude-p.Amplitude != 0 {
		return nil, fmt.Errorf("%s: standard deviation %g Pa: want a positive, finite pressure", kind, p.Amplitude)
	}
	if p.Name == "" {
		p.Name = "whitenoise"
	}
	n := &noise{stream: random.New(p.Seed, p.Name, "sample", 0), first: int64(p.Channels.Lo), amplitude: p.Amplitude}
	return generator(kind, p.Rate, p.Length, max(p.Width, 1), p.Channels, n)
}

// noise fills frames with normal numbers.
type noise struct {
	stream    random.Stream
	first     int64
	amplitude float64
}

// Fill implements [stages.Filler].
func (n *noise) Fill(_ context.Context, at int64, dst stages.Frames) (int, error) {
	for i := range dst.N {
		row := dst.Row(i)
		n.stream.Normals(row, n.first, at+int64(i))
		if n.amplitude != 1 {
			for c := range row {
				row[c] *= n.amplitude
			}
		}
	}
	return dst.N, nil
}

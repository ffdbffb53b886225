package sound

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

func TestSoundConforms(t *testing.T) {
	s := sample(1200, 3)
	stagetest.Run(t, stagetest.Recipe{Build: func([]stages.Stage, stages.Range) ([]stages.Node, error) {
		return stagetest.Nodes(FromFrames(s.Rate(), s.View()))
	}})
}

func TestGeneratorsConform(t *testing.T) {
	for _, length := range []Length{{Frames: 1200}, {}} {
		generatorsConform(t, length)
	}
}

func generatorsConform(t *testing.T, length Length) {
	for name, build := range map[string]func(stages.Range) (*Generator, error){
		"tone": func(r stages.Range) (*Generator, error) {
			return NewTone(ToneParams{Length: length, Frequency: []float64{100, 2000, 17, 5000, 1}, Phase: []float64{0.5}, Channels: r})
		},
		"whitenoise": func(r stages.Range) (*Generator, error) {
			return NewWhiteNoise(NoiseParams{Length: length, Width: 5, Seed: 2, Amplitude: 0.1, Channels: r})
		},
		"silence": func(r stages.Range) (*Generator, error) {
			return NewSilence(SilenceParams{Length: length, Width: 5, Channels: r})
		},
		"clicks": func(r stages.Range) (*Generator, error) {
			return NewClicks(ClicksParams{Click: Length{Frames: 3}, Interval: Length{Frames: 100}, Count: int(length.Frames / 100), Width: 5, Channels: r})
		},
		"harmonics": func(r stages.Range) (*Generator, error) {
			return NewHarmonicComplex(HarmonicParams{Length: length, Fundamental: 700, Phase: []float64{1, 2, 3}, Width: 5, Channels: r})
		},
		"amtone": func(r stages.Range) (*Generator, error) {
			return NewModulatedTone(ModulatedToneParams{Length: length, Frequency: 700, Modulation: 40, Width: 5, Channels: r})
		},
		"function": func(r stages.Range) (*Generator, error) {
			return NewFunc(FuncParams{Length: length, Func: func(t float64, c int) float64 { return t * float64(c) }, Width: 5, Channels: r})
		},
	} {
		t.Run(name, func(t *testing.T) {
			stagetest.Run(t, stagetest.Recipe{
				Sliced: true, Channels: 5,
				Build: func(_ []stages.Stage, r stages.Range) ([]stages.Node, error) { return stagetest.Nodes(build(r)) },
			})
		})
	}
}

// A glide and a callback lie beside the others: the one is never endless, the other has no channel ranges.
func TestGlidesConform(t *testing.T) {
	stagetest.Run(t, stagetest.Recipe{
		Sliced: true, Channels: 5, Frames: 1200,
		Build: func(_ []stages.Stage, r stages.Range) ([]stages.Node, error) {
			return stagetest.Nodes(NewChirp(ChirpParams{Length: Length{Frames: 1200}, From: 100, To: 5000, Width: 5, Channels: r}))
		},
	})
}

func TestCallbacksConform(t *testing.T) {
	stagetest.Run(t, stagetest.Recipe{Build: func([]stages.Stage, stages.Range) ([]stages.Node, error) {
		return stagetest.Nodes(NewOnline(OnlineParams{Length: Length{Frames: 1200}, Width: 2, Next: func(_ context.Context, at int64, frame []float64) error {
			frame[0], frame[1] = float64(at%17), 1
			return nil
		}}))
	}})
}

func TestFilesConform(t *testing.T) {
	s := sample(1200, 2)
	path := filepath.Join(t.TempDir(), "a.wav")
	if _, err := WriteWAV(t.Context(), path, s, WAVParams{Format: PCM24}); err != nil {
		t.Fatal(err)
	}
	raw := must(os.ReadFile(path))
	t.Run("file", func(t *testing.T) {
		stagetest.Run(t, stagetest.Recipe{Build: func([]stages.Stage, stages.Range) ([]stages.Node, error) {
			f, err := Open(path)
			if err == nil {
				t.Cleanup(func() { f.Close() })
			}
			return stagetest.Nodes(f, err)
		}})
	})
	t.Run("pipe", func(t *testing.T) {
		stagetest.Run(t, stagetest.Recipe{Build: func([]stages.Stage, stages.Range) ([]stages.Node, error) {
			var r io.Reader = pipe{bytes.NewReader(raw), 1000}
			return stagetest.Nodes(NewReader(r, FileParams{}))
		}})
	})
}

func TestResamplersConform(t *testing.T) {
	for name, c := range map[string]struct{ from, to float64 }{
		"up": {44100, 48000}, "down": {44100, 24000}, "half": {44100, 22050}, "triple": {1000, 3000}, "same": {44100, 44100}, "no table": {44100, 44101},
	} {
		t.Run(name, func(t *testing.T) {
			in := stagetest.Signal{Channels: 2, Rate: c.from}
			probe := must(NewResample(must(NewSilence(SilenceParams{Rate: c.from, Width: 2})), c.to))
			p, _ := probe.Ratio()
			stagetest.Run(t, stagetest.Recipe{
				Inputs: []stagetest.Signal{in}, Ahead: probe.Reach() + 1, Period: p, Frames: 700,
				Build: func(in []stages.Stage, _ stages.Range) ([]stages.Node, error) {
					return stagetest.Nodes(NewResample(in[0], c.to))
				},
			})
		})
	}
}

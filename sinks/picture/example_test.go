package picture_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"hearpipe/sinks"
	"hearpipe/sinks/picture"
	"hearpipe/stages"
)

// rising fires ten cells one after the other, again and again.
type rising struct{}

func (rising) FillSpikes(ctx context.Context, at int64, n int, dst *[]stages.Spike) (int, error) {
	for i := range int64(n) {
		if (at+i)%10 == 0 {
			*dst = append(*dst, stages.Spike{At: at + i, Cell: int32((at + i) / 10 % 10)})
		}
	}
	return n, nil
}

// waves holds a sine of another frequency in each channel.
type waves struct{}

func (waves) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	for i := range dst.N {
		row := dst.Row(i)
		for c := range row {
			row[c] = math.Sin(2 * math.Pi * float64(at+int64(i)) * float64(c+1) / 1000)
		}
	}
	return dst.N, nil
}

func stream(channels int) *stages.Stream {
	s, err := stages.New("example.waves", stages.Format{Rate: 1000, Channels: channels, Frames: 1000}, waves{})
	if err != nil {
		panic(err)
	}
	return s
}

// frequencies of ten channels.
func frequencies() []float64 {
	return []float64{100, 150, 225, 340, 500, 750, 1100, 1700, 2500, 3800}
}

// run drains a sink and says what the picture holds.
func run(s interface {
	stages.Sink
	Files() []string
},
) {
	if _, err := stages.Run(context.Background(), stages.RunOptions{}, s); err != nil {
		fmt.Println(err)
		return
	}
	path := s.Files()[0]
	m, _, err := picture.ReadMeta(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s: %s of %d channels, %v s, %s\n", filepath.Base(path), m.Holds, m.Channels, m.Seconds(), m.Reason)
}

// folder is a temporary folder for pictures.
func folder() (path string, remove func()) {
	path, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	return path, func() { os.RemoveAll(path) }
}

func ExampleNewRaster() {
	dir, remove := folder()
	defer remove()
	spikes, err := stages.NewSpikes("example.rising", stages.Format{Rate: 1000, Channels: 10, Frames: 1000}, rising{})
	if err != nil {
		fmt.Println(err)
		return
	}
	raster, err := picture.NewRaster(spikes, picture.RasterParams{
		Path: filepath.Join(dir, "raster.png"), Title: "one after the other", CF: frequencies(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	run(raster)
	fmt.Println(raster.Spikes(), "spikes")
	// Output:
	// raster.png: raster of 10 channels, 1 s, end of stream
	// 100 spikes
}

func ExampleNewCochleagram() {
	dir, remove := folder()
	defer remove()
	cochleagram, err := picture.NewCochleagram(stream(10), picture.CochleagramParams{
		Path: filepath.Join(dir, "cochleagram.svg"), CF: frequencies(), Reduce: picture.RMS,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	run(cochleagram)
	// Output: cochleagram.svg: cochleagram of 10 channels, 1 s, end of stream
}

func ExampleNewWaveform() {
	dir, remove := folder()
	defer remove()
	waveform, err := picture.NewWaveform(stream(2), picture.WaveformParams{Path: filepath.Join(dir, "waveform.png")})
	if err != nil {
		fmt.Println(err)
		return
	}
	run(waveform)
	// Output: waveform.png: waveform of 2 channels, 1 s, end of stream
}

func ExampleDrawCurve() {
	dir, remove := folder()
	defer remove()
	path := filepath.Join(dir, "curve.png")
	err := picture.DrawCurve(picture.CurveParams{
		Path: path, X: frequencies(), Y: []float64{1, 2, 3, 4, 5, 5, 4, 3, 2, 1}, Frequency: true, YLabel: "rms",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	info, err := os.Stat(path)
	fmt.Println(err == nil && info.Size() > 1000)

	err = picture.DrawCurve(picture.CurveParams{Path: "curve.jpg"})
	fmt.Println(err)
	// Output:
	// true
	// picture curve.jpg: extension ".jpg": want .png or .svg
}

func ExamplePlotSpikes() {
	dir, remove := folder()
	defer remove()
	spikes, err := stages.NewSpikes("example.rising", stages.Format{Rate: 1000, Channels: 10, Frames: 1000}, rising{})
	if err != nil {
		fmt.Println(err)
		return
	}
	file, err := sinks.NewSpikeFile(spikes, sinks.SpikeFileParams{Path: filepath.Join(dir, "spikes.npz")})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := stages.Run(context.Background(), stages.RunOptions{}, file); err != nil {
		fmt.Println(err)
		return
	}

	to := filepath.Join(dir, "spikes.svg")
	if err := picture.PlotSpikes(file.Files()[0], picture.RasterParams{Path: to}); err != nil {
		fmt.Println(err)
		return
	}
	m, _, err := picture.ReadMeta(to)
	fmt.Println(m.Holds, m.Channels, m.Frames, err)
	// Output: raster 10 1000 <nil>
}

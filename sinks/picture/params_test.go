package picture

import (
	"math"
	"strings"
	"testing"

	"hearpipe/stages"
)

func TestParametersThatCannotBeAreRefused(t *testing.T) {
	one := []float64{1}
	raster := func(p RasterParams) error { _, err := NewRaster(spikeInput{format(2, 0)}, p); return err }
	cochleagram := func(p CochleagramParams) error { _, err := NewCochleagram(frameInput{format(2, 0)}, p); return err }
	for _, c := range []struct {
		err  error
		want string
	}{
		{raster(RasterParams{}), "path is empty"},
		{raster(RasterParams{Path: "a.jpg"}), `".jpg": want .png or .svg`},
		{raster(RasterParams{Path: "a.png", CF: one}), "1 centre frequencies for 2"},
		{raster(RasterParams{Path: "a.png", CF: []float64{1, math.NaN()}}), "channel 1: NaN Hz"},
		{raster(RasterParams{Path: "a.png", Size: Size{100, 10_001}}), "100 × 10001 pixels: want 50 to 10000"},
		{cochleagram(CochleagramParams{Path: "a.gif"}), "want .png or .svg"},
		{cochleagram(CochleagramParams{Path: "a.png", Reduce: "median"}), `"median": want mean, max or rms`},
		{cochleagram(CochleagramParams{Path: "a.png", Decibels: -1}), "-1 dB"},
		{cochleagram(CochleagramParams{Path: "a.png", CF: one}), "1 centre frequencies for 2"},
		{cochleagram(CochleagramParams{Path: "a.png", Size: Size{1, 1}}), "1 × 1 pixels"},
		{func() error {
			_, err := NewWaveform(frameInput{format(17, 0)}, WaveformParams{Path: "a.png"})
			return err
		}(), "17 channels: want at most 16"},
		{func() error {
			_, err := NewRaster(spikeInput{format(1<<24+1, 0)}, RasterParams{Path: "a.png"})
			return err
		}(), "want at most 16777216"},
		{DrawCurve(CurveParams{Path: "a.txt"}), "want .png or .svg"},
		{DrawCurve(CurveParams{Path: "a.png"}), "no points"},
		{DrawCurve(CurveParams{Path: "a.png", X: one}), "1 values of x and 0 of y"},
		{DrawCurve(CurveParams{Path: "a.png", X: []float64{0}, Y: one, Frequency: true}), "0 Hz"},
		{DrawCurve(CurveParams{Path: "a.png", X: one, Y: []float64{math.NaN()}}), "no finite points"},
		{DrawCurve(CurveParams{Path: "a.png", X: one, Y: one, Size: Size{1, 1}}), "1 × 1 pixels"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", c.err, c.want)
		}
	}
}

func TestSpikesOfUnknownCellsAreErrors(t *testing.T) {
	r := all(t, t.TempDir(), ".png")["raster"].(*Raster)
	feed(t, r, 0, 1)
	for _, cell := range []int32{6, 107} {
		err := r.WriteSpikes(t.Context(), stages.Spikes{List: []stages.Spike{{At: 3, Cell: cell}}, End: 10})
		if err == nil || !strings.Contains(err.Error(), "want cells 7:107") {
			t.Errorf("cell %d: %v", cell, err)
		}
	}
	r.Abort(false)
}

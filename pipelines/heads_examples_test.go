package pipelines

import (
	"fmt"
	"math"
	"path/filepath"
	"testing"

	"hearpipe/hrtf"
	"hearpipe/sound"
	"hearpipe/stages"
)

// TestIRCAMExampleIsConvolution holds the example of Brian Hears to what it shows: 24 left ears, then 24 right ears, each the noise convolved with one
// response of the horizontal plane.
func TestIRCAMExampleIsConvolution(t *testing.T) {
	text, err := library.ReadFile("library/ircam-hrtf.yaml")
	if err != nil {
		t.Fatal(err)
	}
	folder, _ := outputs(t, append(text, "  - {type: frames, from: noise, path: noise.npy}\n"...), Options{}, stages.RunOptions{Workers: 2})
	out, noise := read(t, filepath.Join(folder, "heads.npy")), read(t, filepath.Join(folder, "noise.npy"))
	if out.N != 441 || out.Channels != 48 {
		t.Fatalf("%d frames of %d channels, want 441 of 48", out.N, out.Channels)
	}
	set, err := hrtf.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	for i := range 24 {
		k, err := set.Find(map[string]float64{"azim": 15 * float64(i), "elev": 0})
		if err != nil {
			t.Fatal(err)
		}
		convolved(t, fmt.Sprint("azimuth ", 15*i), out, i, first(noise, 0), set.At(k).Left)
		convolved(t, fmt.Sprint("azimuth ", 15*i), out, 24+i, first(noise, 0), set.At(k).Right)
	}
}

// TestMovingSourcePassesBothEars wants the voice at the left ear while it is on the left, and at the right one later.
func TestMovingSourcePassesBothEars(t *testing.T) {
	text, err := library.ReadFile("library/moving-source.yaml")
	if err != nil {
		t.Fatal(err)
	}
	folder, _ := outputs(t, text, Options{}, stages.RunOptions{})
	s, err := sound.Read(filepath.Join(folder, "moving-source.wav"))
	if err != nil {
		t.Fatal(err)
	}
	levels := func(from, to float64) (left, right float64) {
		part, err := s.Between(from, to)
		if err != nil {
			t.Fatal(err)
		}
		return part.Levels()[0], part.Levels()[1]
	}
	if l, r := levels(0.3, 0.7); !(l > r+5) {
		t.Errorf("on the left: %.1f dB at the left ear, %.1f dB at the right one", l, r)
	}
	if l, r := levels(1.3, 1.7); !(r > l+5) {
		t.Errorf("on the right: %.1f dB at the left ear, %.1f dB at the right one", l, r)
	}
	if math.IsInf(s.Peak(), 0) || s.Peak() > 0.99 {
		t.Errorf("the peak is %g of full scale", s.Peak())
	}
}

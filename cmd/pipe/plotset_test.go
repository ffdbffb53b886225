package main

import (
	"bytes"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"hearpipe/hrtf"
)

func TestPlotDrawsBothEarsOverAzimuth(t *testing.T) {
	set, err := filepath.Abs("../../hrtf/testdata/sofa/tester.sofa")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	pipe(t, "plot", set, "-o", "set.png", "--width", "200", "--height", "100").want(t, 0, "wrote set.png, set-gains.png")
	for _, name := range []string{"set.png", "set-gains.png"} {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.DecodeConfig(f)
		f.Close()
		if err != nil || img.Width < 300 || img.Height < 100 {
			t.Errorf("%s: %d × %d, %v", name, img.Width, img.Height, err)
		}
	}
	b, err := os.ReadFile(set)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"heads/one.sofa", "heads.d/one.sofa", "content.dat", "empty/readme"} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, name, string(b))
	}
	pipe(t, "plot", "heads/").want(t, 0, "wrote heads.png, heads-gains.png")
	pipe(t, "plot", "heads.d").want(t, 0, "wrote heads.d.png, heads.d-gains.png")
	pipe(t, "plot", "content.dat").want(t, 0, "wrote content.png, content-gains.png")
	pipe(t, "plot", hrtf.BuiltInName).want(t, 0, "wrote kemar.png, kemar-gains.png")
	pipe(t, "plot", "empty", "nowhere.sofa").want(t, 1, "no HRTFs here", "there is no file or folder nowhere.sofa")
	write(t, "broken.sofa", "\x89HDF\r\n\x1a\n")
	pipe(t, "plot", "broken.sofa").want(t, 1, "broken.sofa")
}

// Rows go from -180 to 180 degrees, left is above; where nothing was measured they are empty.
func TestRowsOfSetsFollowTheAzimuth(t *testing.T) {
	set, err := hrtf.NewHeadless(hrtf.HeadlessParams{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := newSetRows(set)
	if err != nil {
		t.Fatal(err)
	}
	for y, want := range map[int]int{0: -1, 360: 6, 359: 6, 540: 0, 179: 12, 390: 5, 719: -1} { // row 540 is at 90 degrees, the left, the first place
		if r.index[y] != want {
			t.Errorf("row %d shows response %d, want %d", y, r.index[y], want)
		}
	}
	maps, err := r.maps("x", func(h hrtf.HRTF, e hrtf.Ear) []float64 { return magnitudes(h.Response(e)) })
	if err != nil {
		t.Fatal(err)
	}
	// The source on the right comes 29 samples later to the left ear.
	if left, right := maps[0].Values[180], maps[1].Values[180]; left[29] != 0 || left[0] != -180 || right[0] != 0 {
		t.Errorf("left %v, right %v", left, right)
	}
	if !math.IsNaN(maps[0].Values[0][0]) {
		t.Errorf("behind: %v", maps[0].Values[0])
	}
	bare, err := hrtf.NewHeadless(hrtf.HeadlessParams{ITD: []float64{0}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newSetRows(bare); err == nil {
		t.Error("a set without directions has rows")
	}
}

// Delays beside the taps are drawn as a part of the responses.
func TestPlotShowsDelays(t *testing.T) {
	p := hrtf.SetParams{System: hrtf.Spherical, Rate: 44100, LeftDelay: []float64{40, 0}, RightDelay: []float64{0, 40}}
	for _, azimuth := range []float64{90, 270} {
		p.Coordinates = append(p.Coordinates, []float64{azimuth, 0})
		p.Left, p.Right = append(p.Left, []float64{1, 0}), append(p.Right, []float64{1, 0})
	}
	set, err := hrtf.NewSet(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	picture := func(name string, s *hrtf.Set) []byte {
		if err := hrtf.WriteSOFA(name+".sofa", s, hrtf.SOFAParams{}); err != nil {
			t.Fatal(err)
		}
		c := plotCommand{Width: 200, Height: 100, Title: "x"}
		if err := c.drawSet(name+".sofa", name+".png"); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(name + ".png")
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	flat, err := set.Flat()
	if err != nil {
		t.Fatal(err)
	}
	p.LeftDelay, p.RightDelay = nil, nil
	bare, err := hrtf.NewSet(p)
	if err != nil {
		t.Fatal(err)
	}
	have := picture("delays", set)
	if !bytes.Equal(have, picture("flat", flat)) || bytes.Equal(have, picture("bare", bare)) {
		t.Error("a set with delays is not drawn like one with the same delays in its responses")
	}
}

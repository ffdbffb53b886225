package pipelines

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"hearpipe/filterbank"
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

// located runs the model of sound localisation and returns what it notes.
func located(t *testing.T, set ...string) string {
	t.Helper()
	d, err := Open("sound-localisation")
	if err != nil {
		t.Fatal(err)
	}
	opt := Options{Access: Access{Folder: t.TempDir()}}
	for _, x := range set {
		name, value, _ := strings.Cut(x, "=")
		opt.Set = append(opt.Set, Setting{Name: name, Value: value, Option: "--set " + name})
	}
	p, err := d.Check(opt)
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.Run(context.Background(), stages.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(res.Notes, "\n")
}

// TestSoundLocalisationFindsThePlace: an independent model of the example finds 14 of 15 places exactly and one beside. The two
// outermost places of either side may be taken for each other: their delays differ by less than a sample.
func TestSoundLocalisationFindsThePlace(t *testing.T) {
	for index := range 5 {
		notes := located(t, fmt.Sprint("index=", 3*index), fmt.Sprint("seed=", index+1))
		want := fmt.Sprintf(" for place %d (", 3*index)
		beside := map[int]string{0: " for place 1 (", 4: " for place 11 ("}[index]
		if !strings.Contains(notes, want) && (beside == "" || !strings.Contains(notes, beside)) {
			t.Errorf("not%s, but %s", want, notes)
		}
		if strings.Count(notes, "most spikes") != 1 { // of a picture and a table
			t.Errorf("said more than once: %s", notes)
		}
	}
	if testing.Short() {
		return
	}
	if notes := located(t, "set=kemar.sofa", "every=10", "places=71", "index=31"); !strings.Contains(notes, " for place 31 (azimuth 250, elevation 0") {
		t.Errorf("around the dummy head: %s", notes)
	}
}

// TestSoundLocalisationOrdersItsChannels wants channels ordered by ear, place and frequency: each is the gammatone filter of its frequency behind the response of
// its place.
func TestSoundLocalisationOrdersItsChannels(t *testing.T) {
	d, err := Open("sound-localisation")
	if err != nil {
		t.Fatal(err)
	}
	text := append(d.Text(), "  - {type: frames, from: heads, path: heads.npy}\n  - {type: frames, from: cochlea, path: cochlea.npy}\n"...)
	folder, _ := outputs(t, text, Options{Seconds: 0.05, Set: []Setting{{Name: "bands", Value: "3"}}}, stages.RunOptions{Workers: 2})
	heads, cochlea := read(t, filepath.Join(folder, "heads.npy")), read(t, filepath.Join(folder, "cochlea.npy"))
	if heads.Channels != 26 || cochlea.Channels != 78 {
		t.Fatalf("%d and %d channels, want 26 and 78", heads.Channels, cochlea.Channels)
	}
	cf, err := filterbank.ERBSpace(150, 5000, 3)
	if err != nil {
		t.Fatal(err)
	}
	for c := range 26 {
		one, err := sound.New(44100, first(heads, c))
		if err != nil {
			t.Fatal(err)
		}
		bank, err := filterbank.NewGammatone(one, filterbank.GammatoneParams{CF: cf})
		if err != nil {
			t.Fatal(err)
		}
		want, err := sound.Collect(t.Context(), bank)
		if err != nil {
			t.Fatal(err)
		}
		for i := range want.Len() {
			for k := range 3 {
				if cochlea.At(i, 3*c+k) != want.At(i, k) {
					t.Fatalf("frame %d, channel %d is not that of place channel %d and frequency %d", i, 3*c+k, c, k)
				}
			}
		}
	}
	// The ears are swapped: for the place of the sound both sides become the same.
	const index, n = 4, 13
	for i := range heads.N {
		if a, b := heads.At(i, index), heads.At(i, n+index); math.Abs(a-b) > 1e-12 {
			t.Fatalf("frame %d: at the place of the sound the sides are %g and %g", i, a, b)
		}
	}
	same := true
	for i := range heads.N {
		same = same && heads.At(i, index+1) == heads.At(i, n+index+1)
	}
	if same {
		t.Error("beside the place of the sound both sides are the same")
	}
}

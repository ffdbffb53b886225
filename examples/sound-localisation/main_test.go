package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"hearpipe/hrtf"
)

// trials localises noises from spread directions and returns how many were found exactly, and how far off the worst was in numbers of places.
func trials(t *testing.T, set *hrtf.Set, n int, seconds float64) (exact, worst int, counts []int) {
	t.Helper()
	for k := range n {
		index := (5 + 7*k) % set.Len()
		list, err := localise(set, index, seconds, uint64(k+1))
		if err != nil {
			t.Fatal(err)
		}
		guess := slices.Index(list, slices.Max(list))
		if guess == index {
			exact++
		}
		worst = max(worst, guess-index, index-guess)
		counts = append(counts, list[index])
	}
	return exact, worst, counts
}

// TestPlacesWithoutAHeadAreFound: of 15 runs an independent model of the example of Brian Hears finds 14 exactly and one beside, with 770 to 940 spikes at the true place. HEARPIPE_LONG
// runs 20.
func TestPlacesWithoutAHeadAreFound(t *testing.T) {
	set, err := heads("headless")
	if err != nil {
		t.Fatal(err)
	}
	n, least := 6, 4 // of a few runs two may well be beside
	if os.Getenv("HEARPIPE_LONG") != "" {
		n, least = 20, 17
	}
	exact, worst, counts := trials(t, set, n, 0.5)
	t.Logf("%d of %d exact, %v spikes", exact, n, counts)
	if exact < least || worst > 1 {
		t.Errorf("%d of %d exact, the worst off by %d places: want %d, and none off by more than 1", exact, n, worst, least)
	}
	sum := 0
	for _, k := range counts {
		if sum += k; k < 640 || k > 1010 { // 70 runs have a standard deviation of 55
			t.Errorf("%d spikes at the true place, want 770 to 940 and not much beyond", k)
		}
	}
	if mean := sum / n; mean < 770 || mean > 940 {
		t.Errorf("%d spikes at the true place in the mean, want 770 to 940", mean)
	}
}

// TestPlacesAroundADummyHeadAreFound is the same with a measured head, 71 directions all round. HEARPIPE_HRTF names the folder with the head of the paper, of which
// 187 directions are tried then.
func TestPlacesAroundADummyHeadAreFound(t *testing.T) {
	set, err := heads(hrtf.BuiltInName)
	if err != nil {
		t.Fatal(err)
	}
	exact, _, _ := trials(t, set, 3, 0.2)
	if exact != 3 {
		t.Errorf("%d of 3 directions found", exact)
	}
	folder := os.Getenv("HEARPIPE_HRTF")
	if folder == "" {
		return
	}
	if set, err = heads(filepath.Join(folder, "sofa/LISTEN_1002_IRC_1002_C_HRIR.sofa")); err != nil {
		t.Fatal(err)
	}
	// The file says 48 kHz of responses that were measured at 44.1 kHz.
	if set, err = set.WithRate(44100); err != nil {
		t.Fatal(err)
	}
	const n = 20
	exact, _, _ = trials(t, set, n, 0.2)
	t.Logf("%d of %d exact", exact, n)
	if exact < 19 {
		t.Errorf("%d of %d directions found, want 19", exact, n)
	}
}

func TestThePictureIsDrawn(t *testing.T) {
	out := filepath.Join(t.TempDir(), "places.png")
	if err := run("headless", 9, out); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(out); err != nil || info.Size() < 1000 {
		t.Errorf("%v, %v", info, err)
	}
	if err := run("headless", 13, out); err == nil {
		t.Error("direction 13 of 13 is not there")
	}
	if err := run("nowhere.sofa", 1, out); err == nil {
		t.Error("a set that is not there is read")
	}
}

package pipelines

import (
	"fmt"
	"os"
	"runtime/debug"
	"testing"

	"hearpipe/stages"
)

// resident is the memory that the process occupies [bytes].
func resident(t *testing.T) int64 {
	t.Helper()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip(err)
	}
	var size, pages int64
	if _, err := fmt.Sscan(string(text), &size, &pages); err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}

// TestMemoryDoesNotGrowWithTime runs simple-anf, its file and its picture included, and wants the process to occupy after 100 s
// of sound what it occupied after 10 s.
func TestMemoryDoesNotGrowWithTime(t *testing.T) {
	if testing.Short() {
		t.Skip("200 s of sound")
	}
	debug.FreeOSMemory() // what tests before this one have left
	for _, block := range []int{32, 1000} {
		p := endlessANF(t, 8, 100)
		var early, late int64
		opt := stages.RunOptions{Block: block, Workers: 2, Progress: func(now stages.Progress) {
			switch {
			case early == 0 && now.Done >= 10:
				early = resident(t)
			case late == 0 && now.Done >= 99.9:
				late = resident(t)
			}
		}}
		res, err := p.Run(t.Context(), opt)
		if err != nil {
			t.Fatal(err)
		}
		if res.Spikes < 1000 || early == 0 || late == 0 {
			t.Fatalf("%d spikes, %d and %d bytes: the run did not get so far", res.Spikes, early, late)
		}
		t.Logf("blocks of %d: %.1f MB after 10 s, %.1f MB after 100 s, %d spikes", block, float64(early)/1e6, float64(late)/1e6, res.Spikes)
		if late-early > 5e6 {
			t.Errorf("blocks of %d: %d bytes after 10 s, %d after 100 s: want less than 5 MB more", block, early, late)
		}
		if late > 300e6 {
			t.Errorf("blocks of %d: %d bytes, want less than 300 MB", block, late)
		}
	}
}

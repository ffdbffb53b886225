package main

import (
	"context"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// One worker or two, the synapses are the same by bits; their weights stay within their limits, and a map of directions
// emerges: cells come to prefer the direction in which they lie in their barrel.
func TestMapOfDirectionsEmerges(t *testing.T) {
	var first []float64
	for workers := 1; workers <= 2; workers++ {
		c, err := build(2, 1)
		if err != nil {
			t.Fatal(err)
		}
		c.net.Options.Workers = workers
		before, err := c.preferences()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.net.Run(context.Background(), 2); err != nil {
			t.Fatal(err)
		}
		after, err := c.preferences()
		if err != nil {
			t.Fatal(err)
		}
		w, err := c.feed.Values("w")
		if err != nil {
			t.Fatal(err)
		}
		if workers == 2 {
			if !slices.Equal(w, first) {
				t.Error("two workers give other weights")
			}
			break
		}
		first = slices.Clone(w)
		epsc := 1e-3 * math.Pow(0.2, -1.25)
		if lo, hi := slices.Min(w), slices.Max(w); lo < 0 || hi > epsc*(1+1e-12) || lo > 0.4*epsc || hi < 0.7*epsc {
			t.Errorf("weights from %g to %g V, want a wide range within 0 and %g", lo, hi, epsc)
		}
		if rate := float64(c.spikes.Total()) / 2 / 3076; rate < 4 || rate > 20 {
			t.Errorf("rate %g Hz", rate)
		}
		if a, b := c.order(before), c.order(after); math.Abs(a) > 0.05 || b < 0.08 || meanStrength(after) < meanStrength(before)+0.005 {
			t.Errorf("order %g and %g, selectivity %g and %g", a, b, meanStrength(before), meanStrength(after))
		}
	}
}

func TestMapIsDrawn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "map.png")
	if err := run(io.Discard, 1, 0.01, 1, path); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() < 1000 {
		t.Errorf("%v", err)
	}
}

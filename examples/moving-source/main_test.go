package main

import (
	"path/filepath"
	"testing"

	"hearpipe/sound"
)

// On the left the left ear hears more, on the right the right one.
func TestTheNearEarHearsMore(t *testing.T) {
	out := filepath.Join(t.TempDir(), "fly.wav")
	if err := run(out); err != nil {
		t.Fatal(err)
	}
	s, err := sound.Read(out)
	if err != nil {
		t.Fatal(err)
	}
	if s.Channels() != 2 || s.Len() != 88200 {
		t.Fatalf("%d channels, %d frames", s.Channels(), s.Len())
	}
	for at, want := range map[float64]float64{0.5: 10, 1.5: -10} {
		part, err := s.Between(at-0.05, at+0.05)
		if err != nil {
			t.Fatal(err)
		}
		if d := part.Levels()[0] - part.Levels()[1]; d/want < 1 {
			t.Errorf("at %g s the left ear hears %g dB more, want %g or beyond", at, d, want)
		}
	}
}

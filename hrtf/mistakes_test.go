package hrtf

import (
	"os"
	"path/filepath"
	"testing"
)

func TestLatitudesBeyondThePolesAreRefused(t *testing.T) {
	for _, c := range []struct {
		system System
		at     []float64
		wrong  string // empty: it is a place
	}{
		{Spherical, []float64{30, 100}, "elevation is 100 degrees: want -90 to 90"},
		{Clockwise, []float64{30, -90.1, 1}, "elevation is -90.1 degrees"},
		{InterauralPolar, []float64{-100, 0}, "azimuth is -100 degrees"},
		{Spherical, []float64{350, -90}, ""},
		{Spherical, []float64{-30, 90.0000025}, ""}, // as single precision may have it
		{InterauralPolar, []float64{80, 230}, ""},
		{Cartesian, []float64{0, 100, 0}, ""},
	} {
		_, err := NewSet(SetParams{System: c.system, Rate: 44100, Coordinates: [][]float64{c.at}, Left: [][]float64{{1}}, Right: [][]float64{{1}}})
		switch {
		case c.wrong != "":
			refused(t, err, "response 0", c.wrong)
		case err != nil:
			t.Errorf("%v, %v: %v", c.system, c.at, err)
		}
	}
}

func TestMissingSetsAndConditionsAreErrors(t *testing.T) {
	_, err := circle(t, 4).Subset(nil)
	refused(t, err, "condition is missing")
	path := filepath.Join(t.TempDir(), "none.sofa")
	refused(t, WriteSOFA(path, nil, SOFAParams{}), path, "set to be written is missing")
	if _, err := os.Stat(path); err == nil {
		t.Error("a file was written")
	}
	refused(t, EncodeSOFA(nil, nil, SOFAParams{}), "set to be written is missing")
}

package hrtf

import (
	"flag"
	"slices"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write data/kemar.sofa anew from the folder HEARPIPE_HRTF")

// TestTheBuiltInSetIsKEMAR compares with the sound files of the measurement.
func TestTheBuiltInSetIsKEMAR(t *testing.T) {
	k, err := ReadKEMAR(collection(t, "mit-kemar-compact"))
	if err != nil {
		t.Fatal(err)
	}
	if k, err = k.In(Spherical); err != nil {
		t.Fatal(err)
	}
	p := k.params()
	if k, err = p.sorted("kemar"); err != nil {
		t.Fatal(err)
	}
	if *update {
		err := WriteSOFA("data/kemar.sofa", k, SOFAParams{
			Title: "HRTF measurements of a KEMAR dummy-head microphone, compact set", DatabaseName: "MIT", Subject: "KEMAR", Author: "Bill Gardner, Keith Martin",
			Organization: "MIT Media Laboratory", Comment: "Azimuths 180 to 360 are mirrored.", Created: time.Date(1994, 5, 18, 0, 0, 0, 0, time.UTC),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	s, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	if digest(s) != digest(k) {
		t.Error("the responses differ")
	}
	for i := range s.Len() {
		if !slices.Equal(s.Coordinates(i), k.Coordinates(i)) {
			t.Fatalf("response %d is at %v, want %v", i, s.Coordinates(i), k.Coordinates(i))
		}
	}
}

func TestTheBuiltInSetIsWhole(t *testing.T) {
	s, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	plane, err := s.Select("elevation == 0")
	if err != nil {
		t.Fatal(err)
	}
	if s.Len() != 710 || s.Taps() != 128 || s.Rate() != 44100 || plane.Len() != 72 || s.Name() != "MIT KEMAR" {
		t.Errorf("%s: %d responses of %d taps at %g Hz, %d in the horizontal plane", s.Name(), s.Len(), s.Taps(), s.Rate(), plane.Len())
	}
	for i := range plane.Len() {
		if plane.Coordinates(i)[0] != float64(5*i) {
			t.Errorf("response %d of the plane is at %v", i, plane.Coordinates(i))
		}
	}
	// The left ear hears what comes from the left first, and the head is symmetric.
	left, right := plane.At(18), plane.At(54)
	if !slices.Equal(left.Left, right.Right) || !slices.Equal(left.Right, right.Left) {
		t.Error("the head is not symmetric")
	}
	if a, b := peak(left.Left), peak(left.Right); a+20 > b {
		t.Errorf("from the left the peaks are at %d (left ear) and %d (right ear)", a, b)
	}
	if licence, _ := s.Attribute("License"); licence == "" {
		t.Error("no licence")
	}
}

func peak(h []float64) int {
	best := 0
	for k, x := range h {
		if x*x > h[best]*h[best] {
			best = k
		}
	}
	return best
}

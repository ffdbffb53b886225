package filterbank

import (
	"math"
	"testing"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// The bits of designs and of transformed filters, wherever they are computed: whoever changes them on purpose puts the new
// digest here.
func TestBitsOfFiltersAreTheSameOnEveryMachine(t *testing.T) {
	const want = 0xebb0d722e45d2375
	src, err := stagetest.NewStream(stagetest.Signal{Rate: 44100, Frames: 3000, Channels: 5})
	if err != nil {
		t.Fatal(err)
	}
	var designs []IIRDesign
	for i, family := range Families {
		designs = append(designs, IIRDesign{Family: family, Band: Bands[i%4], Order: 3 + i, Edges: []float64{500, 3000}[:1+i%4/2], Ripple: 1, Attenuation: 40})
	}
	iir, err := NewIIR(src, IIRParams{Designs: designs})
	if err != nil {
		t.Fatal(err)
	}
	ear, err := NewMiddleEar(iir, MiddleEarParams{})
	if err != nil {
		t.Fatal(err)
	}
	late, err := NewFractionalDelay(ear, FractionalDelayParams{Delays: []float64{1.23e-3}})
	if err != nil {
		t.Fatal(err)
	}
	h := uint64(14695981039346656037)
	for _, s := range []stages.Stage{late, ear} {
		f := collect(t, s)
		for i := range f.N {
			for _, v := range f.Row(i) {
				h = (h ^ math.Float64bits(v)) * 1099511628211
				h ^= h >> 29
			}
		}
	}
	if h != want {
		t.Errorf("digest %#x, want %#x", h, uint64(want))
	}
}

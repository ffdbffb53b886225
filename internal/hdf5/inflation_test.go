package hdf5_test

import (
	"bytes"
	"strings"
	"testing"

	"hearpipe/internal/hdf5"
)

// TestFewBytesDoNotStandForMuchMemory: nearly nothing but zeros deflates to a thousandth; so much is believed up to 64 MiB only.
func TestFewBytesDoNotStandForMuchMemory(t *testing.T) {
	for _, n := range []int{8_000_000, 9_000_000} {
		b := encode(t, hdf5.Contents{
			Dimensions: []hdf5.Dimension{{Name: "N", Length: n}},
			Variables:  []hdf5.Variable{{Name: "zeros", Dimensions: []string{"N"}, Data: make([]float64, n), Deflate: true}},
		})
		if len(b) > n/20 {
			t.Fatalf("%d bytes", len(b))
		}
		f, err := hdf5.Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		root, err := f.Root()
		if err != nil {
			t.Fatal(err)
		}
		links, err := root.Links()
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range links {
			if l.Name != "zeros" {
				continue
			}
			o, err := root.Open(l)
			if err != nil {
				t.Fatal(err)
			}
			var x []float64
			d, err := o.Dataset()
			if err == nil {
				x, err = d.Floats()
			}
			if fits := 8*n <= 64<<20; fits && (err != nil || len(x) != n) || !fits && (err == nil || !strings.Contains(err.Error(), "more than 8388608 elements") && !strings.Contains(err.Error(), "can hold at most 8388608")) {
				t.Errorf("%d zeros in a file of %d bytes: %d values, %v", n, len(b), len(x), err)
			}
		}
	}
}

package hdf5_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	scigolib "github.com/scigolib/hdf5"

	"hearpipe/internal/hdf5"
)

// contents are a file with all that can be written.
func contents() hdf5.Contents {
	c := hdf5.Contents{
		Attributes: []hdf5.TextAttribute{{"Conventions", "SOFA"}, {"Title", ""}, {"Author", "Jürgen"}, {"Long", strings.Repeat("0123456789", 3000)}},
		Dimensions: []hdf5.Dimension{{"M", 300}, {"R", 2}, {"N", 100}, {"I", 1}},
		Variables: []hdf5.Variable{
			{Name: "Data.IR", Dimensions: []string{"M", "R", "N"}, Data: make([]float64, 300*2*100), Deflate: true, Attributes: []hdf5.TextAttribute{{"Units", "metre"}}},
			{Name: "Data.SamplingRate", Dimensions: []string{"I"}, Data: []float64{44100}, Attributes: []hdf5.TextAttribute{{"Units", "hertz"}}},
			{Name: "Positions", Dimensions: []string{"M", "R"}, Data: make([]float64, 600)},
			{Name: "Single", Data: []float64{-2.5}},
		},
	}
	for _, v := range c.Variables {
		if len(v.Data) > 1 {
			for i := range v.Data {
				v.Data[i] = float64(i*7919%10007)/8 - 600
			}
		}
	}
	return c
}

func encode(t *testing.T, c hdf5.Contents) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := hdf5.Write(&b, c); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	c := contents()
	b := encode(t, c)
	if !bytes.Equal(b, encode(t, c)) {
		t.Error("equal contents give different bytes")
	}
	f, err := hdf5.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	root, err := f.Root()
	if err != nil {
		t.Fatal(err)
	}
	same(t, root, c.Attributes)
	links, err := root.Links()
	if err != nil || len(links) != 8 {
		t.Fatalf("%d links, %v; want 8", len(links), err)
	}
	for _, l := range links {
		o, err := root.Open(l)
		if err != nil {
			t.Fatal(err)
		}
		d, err := o.Dataset()
		if err != nil {
			t.Fatal(err)
		}
		x, err := d.Floats()
		if err != nil {
			t.Fatal(err)
		}
		for _, dim := range c.Dimensions {
			if dim.Name == l.Name && !slices.Equal(d.Shape(), []int64{int64(dim.Length)}) {
				t.Errorf("dimension %s has the shape %v", l.Name, d.Shape())
			}
		}
		for _, v := range c.Variables {
			if v.Name == l.Name {
				if !slices.Equal(x, v.Data) || len(d.Shape()) != len(v.Dimensions) {
					t.Errorf("%s of shape %v has other values", l.Name, d.Shape())
				}
				same(t, o, v.Attributes)
			}
		}
	}
}

func same(t *testing.T, o *hdf5.Object, want []hdf5.TextAttribute) {
	t.Helper()
	list, err := o.Attributes()
	if err != nil {
		t.Error(err)
	}
	for _, w := range want {
		i := slices.IndexFunc(list, func(a hdf5.Attribute) bool { return a.Name == w.Name })
		if i < 0 || list[i].Text() != w.Text {
			t.Errorf("%s: attribute %s is missing or different", o.Name(), w.Name)
		}
	}
}

func TestFilesWithoutLongAttributesAreReadBack(t *testing.T) {
	c := contents()
	c.Attributes = c.Attributes[:3]
	b := encode(t, c)
	f, err := hdf5.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	root, err := f.Root()
	if err != nil {
		t.Fatal(err)
	}
	same(t, root, c.Attributes)
	if bytes.Count(b, []byte("FRHP")) != 2 {
		t.Error("attributes of usual length do not lie in a heap")
	}
}

// TestAnotherLibraryReadsWhatIsWritten reads with an independent reader.
func TestAnotherLibraryReadsWhatIsWritten(t *testing.T) {
	c := contents()
	path := filepath.Join(t.TempDir(), "a.h5")
	if err := os.WriteFile(path, encode(t, c), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := scigolib.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	seen := 0
	f.Walk(func(name string, o scigolib.Object) {
		d, ok := o.(*scigolib.Dataset)
		for _, v := range c.Variables {
			if !ok || name != "/"+v.Name {
				continue
			}
			seen++
			if x, err := d.Read(); err != nil || !slices.Equal(x, v.Data) {
				t.Errorf("%s: %d values, %v", name, len(x), err)
			}
		}
	})
	if seen != len(c.Variables) {
		t.Errorf("%d variables seen, want %d", seen, len(c.Variables))
	}
}

func TestWhatCannotBeWrittenIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(c *hdf5.Contents){
		`dimension "M"`:              func(c *hdf5.Contents) { c.Dimensions[1].Name = "M" },
		`length 0`:                   func(c *hdf5.Contents) { c.Dimensions[0].Length = 0 },
		`dimension "X" is not`:       func(c *hdf5.Contents) { c.Variables[1].Dimensions = []string{"X"} },
		`has 2 values: want 1`:       func(c *hdf5.Contents) { c.Variables[1].Data = []float64{1, 2} },
		`variable "M"`:               func(c *hdf5.Contents) { c.Variables[1].Name = "M" },
		`cannot be compressed`:       func(c *hdf5.Contents) { c.Variables[3].Deflate = true },
		`60001 bytes`:                func(c *hdf5.Contents) { c.Attributes[3].Text = strings.Repeat("x", 60001) },
		`attribute "Title" of the f`: func(c *hdf5.Contents) { c.Attributes[0].Name = "Title" },
	} {
		c := contents()
		spoil(&c)
		if err := hdf5.Write(&bytes.Buffer{}, c); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v; want one that says %s", err, name)
		}
	}
}

func ExampleWrite() {
	var b bytes.Buffer
	err := hdf5.Write(&b, hdf5.Contents{
		Dimensions: []hdf5.Dimension{{Name: "N", Length: 3}},
		Variables:  []hdf5.Variable{{Name: "x", Dimensions: []string{"N"}, Data: []float64{1, 2, 3}}},
	})
	f, _ := hdf5.Open(bytes.NewReader(b.Bytes()), int64(b.Len()))
	root, _ := f.Root()
	links, _ := root.Links()
	for _, l := range links {
		o, _ := root.Open(l)
		d, _ := o.Dataset()
		x, _ := d.Floats()
		fmt.Println(err, l.Name, d.Shape(), x)
	}
	// Output:
	// <nil> N [3] [0 0 0]
	// <nil> x [3] [1 2 3]
}

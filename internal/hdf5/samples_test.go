package hdf5

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sample reads a file of the test data.
func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// root opens a file in memory.
func root(t testing.TB, b []byte) *Object {
	t.Helper()
	f, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	o, err := f.Root()
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// child opens an object below o.
func child(t testing.TB, o *Object, path ...string) *Object {
	t.Helper()
	for _, name := range path {
		links, err := o.Links()
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(links, func(l Link) bool { return l.Name == name })
		if i < 0 {
			t.Fatalf("%s has no %q", o.Name(), name)
		}
		if o, err = o.Open(links[i]); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

// attribute returns an attribute of o.
func attribute(t testing.TB, o *Object, name string) Attribute {
	t.Helper()
	list, err := o.Attributes()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		if a.Name == name {
			return a
		}
	}
	t.Fatalf("%s has no attribute %q", o.Name(), name)
	return Attribute{}
}

// rule is the value of element i, as testdata/make.py has it.
func rule(i int, t Type) float64 {
	switch {
	case t.Class == Float:
		return float64(float32(float64(i*7919%10007)/8 - 600)) // exact in both sizes
	case t.Signed:
		return float64(i*7919%100 - 50)
	}
	return float64(i * 7919 % 100)
}

// check compares all datasets at and below o with the rule, and returns how many there are.
func check(t *testing.T, o *Object) int {
	t.Helper()
	links, err := o.Links()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, l := range links {
		if l.Name == "many" || l.Name == "soft" || l.Name == "text" || l.Name == "named type" {
			continue
		}
		c, err := o.Open(l)
		if err != nil {
			t.Errorf("%s: %v", l.Name, err)
			continue
		}
		if !c.IsDataset() {
			seen += check(t, c)
			continue
		}
		seen++
		checkDataset(t, c)
	}
	return seen
}

func checkDataset(t *testing.T, o *Object) {
	t.Helper()
	d, err := o.Dataset()
	if err != nil {
		t.Error(err)
		return
	}
	x, err := d.Floats()
	if err != nil {
		t.Error(err)
		return
	}
	n := 1
	for _, k := range d.Shape() {
		n *= int(k)
	}
	if len(x) != n {
		t.Errorf("%s: %d elements, want %d", o.Name(), len(x), n)
	}
	list, err := o.Attributes()
	if err != nil {
		t.Error(err)
	}
	written, nine := math.Inf(1), -1
	for _, a := range list {
		switch a.Name {
		case "written":
			written = a.Numbers[0]
		case "nine":
			nine = int(a.Numbers[0])
		}
	}
	for i := range x {
		want := rule(i, d.Type)
		if float64(i) >= written {
			want = 7
		}
		if i == nine {
			want = 9
		}
		if x[i] != want {
			t.Errorf("%s: element %d is %g, want %g", o.Name(), i, x[i], want)
			return
		}
	}
}

func TestEveryGenerationOfTheFormatIsRead(t *testing.T) {
	for name, want := range map[string]int{"old.h5": 67, "new.h5": 80} {
		t.Run(name, func(t *testing.T) {
			if n := check(t, root(t, sample(t, name))); n != want {
				t.Errorf("%d datasets compared, want %d", n, want)
			}
		})
	}
}

func TestAttributesOfEveryKindAreRead(t *testing.T) {
	for _, name := range []string{"old.h5", "new.h5"} {
		o := child(t, root(t, sample(t, name)), "plain <f8")
		if a := attribute(t, o, "numbers"); !slices.Equal(a.Numbers, []float64{1.5, -2.5}) || !slices.Equal(a.Shape, []int64{2}) || a.Type.String() != "float32" {
			t.Errorf("%s: numbers: %+v", name, a)
		}
		if a := attribute(t, o, "integer"); !slices.Equal(a.Numbers, []float64{-3}) || a.Shape != nil || a.Type.String() != "int16" {
			t.Errorf("%s: integer: %+v", name, a)
		}
		for k, want := range map[string]string{"fixed": "fixed text", "variable": "variable text, ä", "none": "", "texts": "one\n\nthree"} {
			if a := attribute(t, o, k); a.Text() != want {
				t.Errorf("%s: %s: %q, want %q", name, k, a.Text(), want)
			}
		}
		for _, k := range []string{"compound", "reference"} {
			if a := attribute(t, o, k); a.Type.Class != Unsupported || a.Texts != nil || a.Numbers != nil {
				t.Errorf("%s: %s: %+v", name, k, a)
			}
		}
		if a := attribute(t, child(t, root(t, sample(t, name)), "of named type"), "also"); !slices.Equal(a.Numbers, []float64{2.5}) {
			t.Errorf("%s: attribute of a named type: %+v", name, a)
		}
	}
}

func TestDenseAttributesAreAllThere(t *testing.T) {
	o := child(t, root(t, sample(t, "new.h5")), "compact")
	list, err := o.Attributes()
	if err != nil || len(list) != 62 {
		t.Fatalf("%d attributes, %v; want 62", len(list), err)
	}
	for i := range 60 {
		if a := attribute(t, o, fmt.Sprintf("attribute %02d", i)); a.Numbers[0] != float64(i) {
			t.Errorf("attribute %d is %v", i, a.Numbers)
		}
	}
	if a := attribute(t, o, "long"); a.Text() != strings.Repeat("0123456789", 900) {
		t.Errorf("the long attribute has %d bytes", len(a.Text()))
	}
	if a := attribute(t, o, "longer"); a.Text() != strings.Repeat("abcdefghij", 2000) {
		t.Errorf("the longer attribute has %d bytes", len(a.Text()))
	}
}

// The strings lie in a few heaps, each of which may be read only once.
func TestManyStringsAreReadAtOnce(t *testing.T) {
	a := attribute(t, child(t, root(t, sample(t, "new.h5")), "single"), "strings")
	if len(a.Texts) != 1500 {
		t.Fatalf("%d strings, want 1500", len(a.Texts))
	}
	for i, s := range a.Texts {
		if s != fmt.Sprintf("string %04d", i) {
			t.Fatalf("string %d is %q", i, s)
		}
	}
}

func TestDenseLinksAreAllThere(t *testing.T) {
	g := child(t, root(t, sample(t, "new.h5")), "many")
	links, err := g.Links()
	if err != nil || len(links) != 1500 {
		t.Fatalf("%d links, %v; want 1500", len(links), err)
	}
	for i, l := range links {
		if l.Name != fmt.Sprintf("link %04d", i) {
			t.Fatalf("link %d is %q", i, l.Name)
		}
	}
	checkDataset(t, child(t, g, "link 1234"))
}

func TestNetCDFIsRead(t *testing.T) {
	o := root(t, sample(t, "netcdf.nc"))
	for _, name := range []string{"plain", "records"} {
		checkDataset(t, child(t, o, name))
	}
	for i := range 12 {
		if a := attribute(t, o, fmt.Sprintf("Attribute%d", i)); a.Text() != fmt.Sprintf("value %d", i) {
			t.Errorf("attribute %d is %q", i, a.Text())
		}
	}
	if a := attribute(t, child(t, o, "records"), "Units"); a.Text() != "degree, degree, metre" {
		t.Errorf("Units is %q", a.Text())
	}
}

func TestWhatIsNotNumbersIsRefused(t *testing.T) {
	o := root(t, sample(t, "old.h5"))
	d, err := child(t, o, "text").Dataset()
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Floats()
	says(t, err, "/text", "text of 5 bytes", "want numbers")
	_, err = child(t, o, "group").Dataset()
	says(t, err, "/group", "no dataset")
	_, err = child(t, o, "compact").Links()
	says(t, err, "/compact", "no group")
	links, err := o.Links()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range links {
		if l.Name == "soft" {
			_, err = o.Open(l)
			says(t, err, "/soft", "soft or external link")
		}
	}
	_, err = Open(strings.NewReader("RIFF"), 4)
	says(t, err, "no HDF5 file")
}

// says fails unless err is of our type and says all the words.
func says(t *testing.T, err error, words ...string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Errorf("error %v of type %T: want *Error", err, err)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not say %q", err, w)
		}
	}
}

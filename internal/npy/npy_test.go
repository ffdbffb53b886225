package npy

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sbinet/npyio"
	"github.com/sbinet/npyio/npz"
)

func file(t *testing.T, h Header, data ...[]byte) []byte {
	t.Helper()
	b, err := AppendHeader(nil, h)
	if err != nil {
		t.Fatal(err)
	}
	return append(b, bytes.Join(data, nil)...)
}

func TestHeadersOfOneSizeFitWhateverTheShape(t *testing.T) {
	for _, shape := range [][]int64{nil, {0}, {7}, {math.MaxInt64}, {0, 3000}, {math.MaxInt64, 1}} {
		b := file(t, Header{Float64, shape})
		if len(b) != HeaderSize {
			t.Errorf("shape %v: header of %d bytes, want %d", shape, len(b), HeaderSize)
		}
		r, err := NewReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if r.Type != Float64 || !slices.Equal(r.Shape, shape) {
			t.Errorf("read back %v %v, want <f8 %v", r.Type, r.Shape, shape)
		}
	}
	long := slices.Repeat([]int64{1}, 40)
	if b := file(t, Header{Int32, long}); len(b)%64 != 0 || len(b) == HeaderSize || b[len(b)-1] != '\n' {
		t.Errorf("header of 40 dimensions: %d bytes, last %q", len(b), b[len(b)-1])
	}
}

func TestAnotherLibraryReadsWhatIsWritten(t *testing.T) {
	want := []float64{0, math.Copysign(0, -1), 0.1, -math.MaxFloat64, 5e-324, math.Inf(1)}
	var data []byte
	for _, x := range want {
		data = AppendFloat64(data, x)
	}
	r, err := npyio.NewReader(bytes.NewReader(file(t, Header{Float64, []int64{3, 2}}, data)))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(r.Header.Descr.Shape, []int{3, 2}) || r.Header.Descr.Fortran {
		t.Errorf("header %+v", r.Header)
	}
	var got []float64
	if err := r.Read(&got); err != nil {
		t.Fatal(err)
	}
	if !slices.EqualFunc(got, want, func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }) {
		t.Errorf("got %v, want %v", got, want)
	}

	var ints []int32
	data = AppendInt32(AppendInt32(nil, -1), math.MaxInt32)
	if err := npyio.Read(bytes.NewReader(file(t, Header{Int32, []int64{2}}, data)), &ints); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(ints, []int32{-1, math.MaxInt32}) {
		t.Errorf("got %v", ints)
	}
	var long []int64
	if err := npyio.Read(bytes.NewReader(file(t, Header{Int64, []int64{1}}, AppendInt64(nil, math.MinInt64))), &long); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(long, []int64{math.MinInt64}) {
		t.Errorf("got %v", long)
	}
}

func TestWhatAnotherLibraryWritesIsRead(t *testing.T) {
	check := func(what string, value any, want ...float64) {
		t.Helper()
		var b bytes.Buffer
		if err := npyio.Write(&b, value); err != nil {
			t.Fatal(err)
		}
		a, err := Read(&b)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if !slices.Equal(a.Data, want) {
			t.Errorf("%s: got %v, want %v", what, a.Data, want)
		}
	}
	check("float64", []float64{0.1, -2}, 0.1, -2)
	check("float32", []float32{0.1, -2}, float64(float32(0.1)), -2)
	check("int32", []int32{math.MinInt32, 5}, math.MinInt32, 5)
	check("int64", []int64{1 << 53, -5}, 1<<53, -5)
}

func TestIntegersStayExactOrAreRefused(t *testing.T) {
	big := []int64{1<<53 + 1, math.MaxInt64, math.MinInt64}
	for _, x := range big[:2] {
		a, err := Read(bytes.NewReader(file(t, Header{Int64, []int64{2}}, AppendInt64(AppendInt64(nil, 1), x))))
		if err == nil || !strings.Contains(err.Error(), "element 1") {
			t.Errorf("%d as float64: %v, %v", x, a.Data, err)
		}
	}
	var data []byte
	for _, x := range big {
		data = AppendInt64(data, x)
	}
	r, err := NewReader(bytes.NewReader(file(t, Header{Int64, []int64{3}}, data)))
	if err != nil {
		t.Fatal(err)
	}
	got := make([]int64, 4)
	n, err := r.Int64s(got)
	if n != 3 || err != io.EOF || !slices.Equal(got[:3], big) {
		t.Errorf("got %v, %d, %v; want %v, 3, EOF", got, n, err, big)
	}
}

func TestArraysLongerThanTheBufferAreReadWhole(t *testing.T) {
	const n = 100_003
	var data []byte
	for i := range n {
		data = AppendFloat64(data, float64(i))
	}
	a, err := Read(bytes.NewReader(file(t, Header{Float64, []int64{n}}, data)))
	if err != nil || len(a.Data) != n {
		t.Fatalf("%d elements, %v", len(a.Data), err)
	}
	for i, x := range a.Data {
		if x != float64(i) {
			t.Fatalf("element %d is %v", i, x)
		}
	}
}

func TestBadFilesAreRefusedWithTheReason(t *testing.T) {
	header := func(text string) string {
		return "\x93NUMPY\x01\x00" + string(rune(len(text))) + "\x00" + text
	}
	for _, c := range []struct{ name, data, want string }{
		{"empty", "", "ends within the first 8 bytes"},
		{"other", "RIFF....WAVE", "not an NPY file"},
		{"version", "\x93NUMPY\x04\x00\x00\x00", "version 4.0"},
		{"no header", "\x93NUMPY\x01\x00\x10\x00{", "ends within the header"},
		{"huge header", "\x93NUMPY\x02\x00\xff\xff\xff\x7f{", "want at most 65536"},
		{"fortran", header("{'descr': '<f8', 'fortran_order': True, 'shape': (1,), }"), "Fortran order"},
		{"big endian", header("{'descr': '>f8', 'fortran_order': False, 'shape': (1,), }"), `">f8" is not supported`},
		{"records", header("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }"), "records"},
		{"missing", header("{'descr': '<f8', 'shape': (1,), }"), `"fortran_order" is missing`},
		{"key", header("{'kind': '<f8'}"), `unknown key "kind"`},
		{"negative", header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }"), "whole numbers"},
		{"overflow", header("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }"), "2^63-1"},
		{"rest", header("{'descr': '<f8', 'fortran_order': False, 'shape': ()} ()"), "after the end"},
		{"short", header("{'descr': '<f8', 'fortran_order': False, 'shape': (2,)}") + "12345678abc", "ends at element 1 of 2"},
		{"text", header("{'descr': '<U1', 'fortran_order': False, 'shape': ()}") + "a\x00\x00\x00", "want numbers"},
	} {
		_, err := Read(strings.NewReader(c.data))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
	_, err := ReadFile(filepath.Join(t.TempDir(), "none.npy"))
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

func TestImpossibleHeadersAreNotWritten(t *testing.T) {
	for _, h := range []Header{
		{"<c16", nil}, {Float64, []int64{-1}}, {Float64, []int64{1 << 40, 1 << 40}}, {Float64, make([]int64, 65)},
	} {
		if b, err := AppendHeader(nil, h); err == nil {
			t.Errorf("%+v gave %q", h, b)
		}
	}
}

func TestArchivesRoundTripAndHaveNoClock(t *testing.T) {
	write := func() []byte {
		var b bytes.Buffer
		w := NewZipWriter(&b)
		data := AppendInt32(AppendInt32(nil, 4), 5)
		for _, err := range []error{
			w.Add("i", Header{Int32, []int64{2}}, bytes.NewReader(data)),
			w.AddFloat64("rate", 44100),
			w.AddFloat64s("cf", []float64{20, 0.1, 3}),
			w.AddInt64("frames", 1<<60),
			w.AddText("reason", "end of stream ±"),
			w.AddText("title", ""),
			w.Close(),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		return b.Bytes()
	}
	b := write()
	members, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range members.File {
		if !f.Modified.Equal(epoch) || f.Method != zip.Store {
			t.Errorf("%s: modified %v, method %d", f.Name, f.Modified, f.Method)
		}
	}
	path := filepath.Join(t.TempDir(), "a.npz")
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	z, err := OpenZip(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	if got, want := z.Names(), []string{"cf", "frames", "i", "rate", "reason", "title"}; !slices.Equal(got, want) {
		t.Errorf("names %v, want %v", got, want)
	}
	if x, err := z.Float64("rate"); x != 44100 || err != nil {
		t.Errorf("rate %v, %v", x, err)
	}
	if x, err := z.Float64s("cf"); !slices.Equal(x, []float64{20, 0.1, 3}) || err != nil {
		t.Errorf("cf %v, %v", x, err)
	}
	if x, err := z.Int64("frames"); x != 1<<60 || err != nil {
		t.Errorf("frames %v, %v", x, err)
	}
	if s, err := z.Text("reason"); s != "end of stream ±" || err != nil {
		t.Errorf("reason %q, %v", s, err)
	}
	if s, err := z.Text("title"); s != "" || err != nil {
		t.Errorf("title %q, %v", s, err)
	}
	if _, err := z.Int64("rate"); err == nil || !strings.Contains(err.Error(), `"rate"`) {
		t.Errorf("float as integer: %v", err)
	}
	if _, err := z.Open("t"); err == nil || !strings.Contains(err.Error(), "cf, frames, i, rate, reason, title") {
		t.Errorf("missing array: %v", err)
	}

	// The oracle reads the same members.
	o, err := npz.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	var i []int32
	if err := o.Read("i.npy", &i); err != nil || !slices.Equal(i, []int32{4, 5}) {
		t.Errorf("i %v, %v", i, err)
	}
	var rate float64
	if err := o.Read("rate.npy", &rate); err != nil || rate != 44100 {
		t.Errorf("rate %v, %v", rate, err)
	}
}

func TestDamagedArchivesAreRefused(t *testing.T) {
	var b bytes.Buffer
	w := NewZipWriter(&b)
	if err := w.AddFloat64s("x", []float64{1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	if err := w.Add("y", Header{Float64, []int64{2}}, strings.NewReader("12345678")); err == nil {
		t.Error("half an array was accepted")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(b.Bytes(), AppendFloat64(nil, 2))
	b.Bytes()[at+3] ^= 1
	path := filepath.Join(t.TempDir(), "damaged.npz")
	if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	z, err := OpenZip(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	if x, err := z.Float64s("x"); err == nil {
		t.Errorf("a flipped bit was not noticed: %v", x)
	}
	if _, err := OpenZip(filepath.Join(t.TempDir(), "none.npz")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing archive: %v", err)
	}
	if err := os.WriteFile(path, []byte("not a zip"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenZip(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("not an archive: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	for _, h := range []Header{{Float64, []int64{1}}, {Int32, []int64{2}}, {"<U3", nil}} {
		b, err := AppendHeader(nil, h)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(append(b, "12345678abcd"...))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		n, err := Header{Float64, a.Shape}.Count()
		if err != nil || n != int64(len(a.Data)) {
			t.Errorf("shape %v with %d elements: %v", a.Shape, len(a.Data), err)
		}
	})
}

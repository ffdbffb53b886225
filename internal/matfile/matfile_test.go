package matfile

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestVariablesOfEveryKindAreRead(t *testing.T) {
	for _, name := range []string{"plain.mat", "compressed.mat"} {
		vars, err := Read(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		if len(vars) != 16 {
			t.Errorf("%s: %d variables, want 16", name, len(vars))
		}
		x, err := vars["numbers"].Floats()
		if err != nil || !slices.Equal(vars["numbers"].Shape, []int{2, 3, 4}) {
			t.Fatalf("%s: numbers of shape %v, %v", name, vars["numbers"].Shape, err)
		}
		for i := range 2 {
			for j := range 3 {
				for k := range 4 {
					if got, want := x[i+2*j+6*k], float64(12*i+4*j+k)/4; got != want {
						t.Errorf("%s: element %d %d %d is %g, want %g", name, i, j, k, got, want)
					}
				}
			}
		}
		for v, want := range map[string][]float64{
			"single": {1.5, -2.5}, "whole": {-3, 200, 70000}, "bytes": {-3, 100}, "long": {-3, 1 << 40}, "empty": nil,
			"int16": {-3, 300}, "uint16": {3, 60000}, "int32": {-3, 70000}, "uint32": {3, 3000000000}, "uint8": {3, 200}, "uint64": {3, 1 << 40},
		} {
			if got, err := vars[v].Floats(); err != nil || !slices.Equal(got, want) {
				t.Errorf("%s: %s is %v, %v; want %v", name, v, got, err, want)
			}
		}
		if got := vars["text"].Text; got != "a text, ä" {
			t.Errorf("%s: text %q", name, got)
		}
		record := vars["record"]
		azimuth, err := record.Field("azim_v")
		if err != nil || !slices.Equal(azimuth.Numbers, []float64{0, 15}) || !slices.Equal(azimuth.Shape, []int{2, 1}) {
			t.Errorf("%s: azim_v is %+v, %v", name, azimuth, err)
		}
		if f, err := record.Field("type_s"); err != nil || f.Text != "FIR" {
			t.Errorf("%s: type_s is %+v, %v", name, f, err)
		}
		within, err := record.Field("within")
		if err != nil {
			t.Fatal(err)
		}
		if f, err := within.Field("deep"); err != nil || !slices.Equal(f.Numbers, []float64{7}) {
			t.Errorf("%s: deep is %+v, %v", name, f, err)
		}
		_, err = record.Field("elev_v")
		refused(t, err, `record has no field "elev_v"`, "azim_v, type_s, within")
		_, err = vars["complex"].Floats()
		refused(t, err, "complex", "real")
		_, err = vars["cells"].Floats()
		refused(t, err, "cells", "class 1 (cell)")
		_, err = record.Floats()
		refused(t, err, "record holds no numbers")
	}
}

func TestOnlyWhatIsAskedForIsRead(t *testing.T) {
	vars, err := Read("testdata/compressed.mat", "single", "absent")
	if err != nil || len(vars) != 1 || vars["single"] == nil {
		t.Errorf("read %v, %v; want the variable single", vars, err)
	}
}

// compressed is a MAT-file of one compressed array of n zeros.
func compressed(t *testing.T, name string, n int) []byte {
	t.Helper()
	le := binary.LittleEndian
	part := func(b []byte, kind, length int, data ...byte) []byte {
		b = append(le.AppendUint32(le.AppendUint32(b, uint32(kind)), uint32(length)), data...)
		return append(b, make([]byte, -len(data)&7)...)
	}
	head := part(nil, typeUint32, 8, classDouble, 0, 0, 0, 0, 0, 0, 0)
	head = part(head, typeInt32, 8, le.AppendUint32([]byte{1, 0, 0, 0}, uint32(n))...)
	head = part(head, typeInt8, len(name), []byte(name)...)
	head = part(head, typeDouble, 8*n)
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, err := z.Write(part(nil, typeMatrix, len(head)+8*n, head...))
	for zeros := make([]byte, 1<<16); n > 0 && err == nil; n -= len(zeros) / 8 {
		_, err = z.Write(zeros[:8*min(n, len(zeros)/8)])
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	file := append(bytes.Repeat([]byte{' '}, 124), 0, 1, 'I', 'M')
	return append(part(file, typeCompressed, b.Len()), b.Bytes()...)
}

// A small file that would become a long one takes no memory, and an array that is asked for no more than itself.
func TestLongArraysStayCompressed(t *testing.T) {
	const n = 1 << 23 // 64 MB
	b := append(compressed(t, "junk", n), compressed(t, "more", n)[128:]...)
	if len(b) > 1<<18 {
		t.Fatalf("%d bytes, want a small file", len(b))
	}
	spent := func(names ...string) (vars map[string]*Array, bytes uint64) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		vars, err := Decode(b, names...)
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Fatal(err)
		}
		return vars, after.TotalAlloc - before.TotalAlloc
	}
	if vars, x := spent("other"); len(vars) != 0 || x > 1<<20 {
		t.Errorf("%d variables and %d bytes of memory, want nothing", len(vars), x)
	}
	if vars, x := spent("junk"); len(vars) != 1 || vars["junk"].Len() != n || x > 2*8*n+1<<20 {
		t.Errorf("%d variables and %d bytes of memory, want one in twice %d", len(vars), x, 8*n)
	}
	b = compressed(t, "x", 3)
	b[len(b)-1]++ // of the checksum
	_, err := Decode(b)
	refused(t, err, "checksum")
	_, err = Decode(compressed(t, "x", 1<<26))
	refused(t, err, "byte 128", "times longer than it looks, or more than")
}

func TestOtherFilesAreRefused(t *testing.T) {
	_, err := Decode([]byte("RIFF"))
	refused(t, err, "no MAT-file of version 5")
	_, err = Decode(append([]byte("MATLAB 7.3 MAT-file"), make([]byte, 200)...))
	refused(t, err, "version 7.3", "want version 5")
}

func TestDamageEndsInErrors(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	for _, name := range []string{"plain.mat", "compressed.mat"} {
		whole, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		wrong := 0
		for k := range 2000 {
			b := bytes.Clone(whole)
			for range 1 + r.IntN(4) {
				b[128+r.IntN(len(b)-128)] = byte(r.IntN(256))
			}
			if k%10 == 0 {
				b = b[:r.IntN(len(b))]
			}
			start := time.Now()
			if _, err := Decode(b); err != nil {
				wrong++
			}
			if took := time.Since(start); took > 3*time.Second {
				t.Errorf("%s: took %v", name, took)
			}
		}
		if wrong < 500 {
			t.Errorf("%s: only %d of 2000 damaged files gave an error", name, wrong)
		}
		for n := 129; n < len(whole); n += 3 {
			b := whole[:n]
			vars, err := Decode(b)
			if err == nil && len(vars) == 16 {
				t.Errorf("%s: all variables are in the first %d of %d bytes", name, n, len(whole))
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, name := range []string{"plain.mat", "compressed.mat"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = Decode(b) // must return
	})
}

func refused(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error; want one with %q", words)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not say %q", err, w)
		}
	}
}

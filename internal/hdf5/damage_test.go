package hdf5

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"
)

// walk reads everything at and below o, up to `most` objects, and returns the first error.
func walk(o *Object, depth int, most *int) error {
	if *most--; *most < 0 || depth > 4 {
		return nil
	}
	_, first := o.Attributes()
	if o.IsDataset() {
		d, err := o.Dataset()
		if err == nil && (d.Type.Class == Integer || d.Type.Class == Float) {
			_, err = d.Floats()
		}
		if err != nil && first == nil {
			first = err
		}
		return first
	}
	links, err := o.Links()
	if err != nil && first == nil {
		first = err
	}
	for _, l := range links {
		if *most < 0 {
			break
		}
		c, err := o.Open(l)
		if err == nil {
			err = walk(c, depth+1, most)
		}
		if err != nil && first == nil {
			first = err
		}
	}
	return first
}

// readAll reads a file whole.
func readAll(b []byte, unchecked bool) error {
	f, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return err
	}
	f.unchecked = unchecked
	o, err := f.Root()
	if err != nil {
		return err
	}
	most := 100
	return walk(o, 0, &most)
}

func FuzzDamagedFilesEndInErrors(f *testing.F) {
	for _, name := range []string{"old.h5", "netcdf.nc"} {
		f.Add(sample(f, name), true)
	}
	f.Fuzz(func(t *testing.T, b []byte, unchecked bool) {
		start := time.Now()
		_ = readAll(b, unchecked) // must return
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%d bytes took %v", len(b), took)
		}
	})
}

// TestDamageNeverPanicsOrLasts changes bytes at random, behind the checksums too, and cuts files.
func TestDamageNeverPanicsOrLasts(t *testing.T) {
	rounds := 60
	if testing.Short() {
		rounds = 30
	}
	r := rand.New(rand.NewPCG(7, 11))
	var before, after runtime.MemStats
	for _, name := range []string{"old.h5", "new.h5", "netcdf.nc"} {
		whole := sample(t, name)
		wrong := 0
		for k := range rounds {
			b := bytes.Clone(whole)
			for range 1 + r.IntN(20) {
				at := r.IntN(len(b))
				switch r.IntN(4) {
				case 0:
					b[at] ^= 1 << r.IntN(8)
				case 1:
					b[at] = 0xff
				case 2:
					b[at] = byte(r.IntN(256))
				case 3: // an address or a length becomes another one
					at = min(at, len(b)-8)
					binary.LittleEndian.PutUint64(b[at:], r.Uint64N(uint64(2*len(b))))
				}
			}
			if k%10 == 0 {
				b = b[:r.IntN(len(b))]
			}
			runtime.ReadMemStats(&before)
			start := time.Now()
			if err := readAll(b, true); err != nil {
				wrong++
			}
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if took > 3*time.Second {
				t.Errorf("%s, round %d: took %v", name, k, took)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 8<<30 {
				t.Errorf("%s, round %d: allocated %d MB for a file of %d KB", name, k, used>>20, len(b)>>10)
			}
		}
		if wrong < rounds/4 {
			t.Errorf("%s: only %d of %d damaged files gave an error: are they read at all?", name, wrong, rounds)
		}
	}
}

func TestEveryTruncationIsAnError(t *testing.T) {
	for _, name := range []string{"old.h5", "new.h5", "netcdf.nc"} {
		whole := sample(t, name)
		for n := 0; n < len(whole); n++ {
			if n > 2000 { // all ends within the first structures, then some
				n += len(whole) / 400
			}
			n = min(n, len(whole)-1)
			if err := readAll(whole[:n], false); err == nil {
				t.Errorf("%s: the first %d of %d bytes are read without an error", name, n, len(whole))
			}
		}
		says(t, readAll(whole[:len(whole)-1], false), "superblock", "it is truncated")
	}
}

// TestChecksumsFindEveryFlippedBit flips one bit at a time in what newer versions of the format protect: headers, links, heaps and trees.
func TestChecksumsFindEveryFlippedBit(t *testing.T) {
	whole := sample(t, "new.h5")
	if err := readAll(whole, false); err != nil {
		t.Fatal(err)
	}
	for _, signature := range []string{"OHDR", "FRHP", "FHDB", "BTHD", "BTLF"} {
		at := bytes.Index(whole, []byte(signature))
		if at < 0 {
			t.Fatalf("there is no %s", signature)
		}
		for k := range 20 {
			b := bytes.Clone(whole)
			b[at+k] ^= 4
			if err := readAll(b, false); err == nil {
				t.Errorf("bit flipped in byte %d of %s: no error", k, signature)
			}
		}
	}
}

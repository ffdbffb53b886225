package hrtf

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"hearpipe/internal/hdf5"
)

// collection is the folder of large files, from the environment variable HEARPIPE_HRTF: folders sofa, sofa-broken, ircam-derived and mit-kemar-compact. Tests
// that need it are skipped without it.
func collection(t testing.TB, parts ...string) string {
	t.Helper()
	folder := os.Getenv("HEARPIPE_HRTF")
	if folder == "" {
		t.Skip("HEARPIPE_HRTF names no folder of HRTFs")
	}
	return filepath.Join(append([]string{folder}, parts...)...)
}

// expected is what independent readers decode from a SOFA file (h5py 3.7 with HDF5 1.10.8, and the JSON files that libmysofa's authors made).
type expected struct {
	Responses, Taps int
	Rate            float64
	SHA256          string // of the responses × ears × taps as little-endian float64
	Attributes      map[string]string
	Rows            []struct {
		Index        int
		Position     []float64
		PeakIndex    [2]int `json:"peak_index"`
		Peak, Energy [2]float64
		First        [2][]float64
		ITD, ILD     float64
	}
}

func readJSON(t testing.TB, path string, to any) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, to)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestSOFAFilesHoldWhatOthersRead(t *testing.T) {
	var want map[string]expected
	readJSON(t, "testdata/sofa/expected.json", &want)
	for name, want := range want {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join("testdata", "sofa", name)
			if !exists(path) {
				path = collection(t, "sofa", name)
			}
			s, err := ReadSOFA(path)
			if err != nil {
				t.Fatal(err)
			}
			compareSOFA(t, s, want)
		})
	}
}

// digest is the hash of all responses in the order of a file.
func digest(s *Set) string {
	h := sha256.New()
	b := make([]byte, 8)
	for i := range s.Len() {
		for _, e := range []Ear{Left, Right} {
			for _, x := range s.At(i).Response(e) {
				binary.LittleEndian.PutUint64(b, math.Float64bits(x))
				h.Write(b)
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

func compareSOFA(t *testing.T, s *Set, want expected) {
	t.Helper()
	if s.Len() != want.Responses || s.Taps() != want.Taps || s.Rate() != want.Rate || s.System() != Spherical || s.Delays(Serial) != nil {
		t.Errorf("%d responses, %d taps, %g Hz, %v, delays %v; want %d, %d, %g, spherical, none",
			s.Len(), s.Taps(), s.Rate(), s.System(), s.Delays(Serial), want.Responses, want.Taps, want.Rate)
	}
	if got := digest(s); got != want.SHA256 {
		t.Errorf("responses have the hash %s, want %s", got, want.SHA256)
	}
	for name, text := range want.Attributes {
		if got, ok := s.Attribute(name); !ok || got != text {
			t.Errorf("attribute %s is %q, want %q", name, got, text)
		}
	}
	if s.Subject() != want.Attributes["ListenerShortName"] {
		t.Errorf("subject %q, want %q", s.Subject(), want.Attributes["ListenerShortName"])
	}
	for _, r := range want.Rows {
		if !slices.Equal(s.Coordinates(r.Index), r.Position) {
			t.Errorf("response %d is at %v, want %v", r.Index, s.Coordinates(r.Index), r.Position)
		}
		for _, e := range []Ear{Left, Right} {
			h := s.At(r.Index).Response(e)
			peak, energy := 0, 0.0
			for k, x := range h {
				energy += x * x
				if math.Abs(x) > math.Abs(h[peak]) {
					peak = k
				}
			}
			if peak != r.PeakIndex[e] || h[peak] != r.Peak[e] || math.Abs(energy-r.Energy[e]) > 1e-12*r.Energy[e] || !slices.Equal(h[:4], r.First[e]) {
				t.Errorf("response %d, %v: peak %g at %d, energy %g, begins with %v; want %g at %d, %g, %v",
					r.Index, e, h[peak], peak, energy, h[:4], r.Peak[e], r.PeakIndex[e], r.Energy[e], r.First[e])
			}
		}
	}
}

// TestDamagedSOFAFilesAreErrors reads files that crash or lead astray other readers: an error that says where, at once and in little memory.
func TestDamagedSOFAFilesAreErrors(t *testing.T) {
	paths, err := filepath.Glob("testdata/sofa-broken/*.sofa")
	if err != nil || len(paths) < 5 {
		t.Fatalf("%d files, %v", len(paths), err)
	}
	if folder := os.Getenv("HEARPIPE_HRTF"); folder != "" {
		more, err := filepath.Glob(filepath.Join(folder, "sofa-broken", "*.sofa"))
		if err != nil || len(more) < 11 {
			t.Fatalf("%d files, %v", len(more), err)
		}
		paths = append(paths, more...)
	}
	for _, path := range paths {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		s, err := ReadSOFA(path)
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		var e *hdf5.Error
		if err == nil {
			t.Errorf("%s: a set of %d responses; want an error", path, s.Len())
			continue
		}
		if !errors.As(err, &e) || e.Offset < 0 {
			t.Errorf("%s: error %q does not say where", path, err)
		}
		refused(t, err, path)
		if used := after.TotalAlloc - before.TotalAlloc; took > time.Second || used > 200<<20 {
			t.Errorf("%s: took %v and %d MB", path, took, used>>20)
		}
	}
}

func TestTheListenerTurnsPositions(t *testing.T) {
	l := &listener{
		position: [][3]float64{{1, 0, 0}},
		view:     [][3]float64{{0, 1, 0}},                         // looks to where the left was
		up:       [][3]float64{{0, 0, 2}, {0, 0.5, 1}, {0, 0, 1}}, // of any length, not quite at right angles
	}
	for i, c := range []struct {
		at      []float64
		azimuth float64
		dist    float64
	}{
		{[]float64{1, 3, 0}, 0, 3},
		{[]float64{-1, 0, 0}, 90, 2},
		{[]float64{2, 0, 0}, 270, 1},
	} {
		d, dist, err := l.sees(Cartesian, c.at, i)
		if err != nil || math.Abs(settle(d.Azimuth())-c.azimuth) > 1e-9 || math.Abs(d.Elevation()) > 1e-9 || math.Abs(dist-c.dist) > 1e-12 {
			t.Errorf("%v is seen at %v, %g m, %v; want azimuth %g, %g m", c.at, d, dist, err, c.azimuth, c.dist)
		}
	}
	d, _, err := l.sees(Spherical, []float64{0, 45, math.Sqrt2}, 0) // (1, 0, 1): above
	if err != nil || math.Abs(d.Elevation()-90) > 1e-6 {
		t.Errorf("what is above is seen at %v, %v", d, err)
	}
	l.up = l.view
	_, _, err = l.sees(Cartesian, []float64{0, 0, 1}, 0)
	refused(t, err, "ListenerUp along ListenerView")
}

func FuzzSOFA(f *testing.F) {
	b, err := os.ReadFile("testdata/sofa/tester.sofa")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := DecodeSOFA(bytesAt(b), int64(len(b)))
		if err == nil && s.Len() == 0 {
			t.Error("an empty set")
		}
	})
}

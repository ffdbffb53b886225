package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hearpipe/hrtf"
)

func TestInfoDescribesSetsOfHeads(t *testing.T) {
	t.Chdir(t.TempDir())
	s, err := hrtf.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a.sofa", filepath.Join("heads", "b.sofa"), filepath.Join("heads", "c.sofa")} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := hrtf.WriteSOFA(name, s, hrtf.SOFAParams{Created: time.Unix(0, 0)}); err != nil {
			t.Fatal(err)
		}
	}
	c := pipe(t, "info", "a.sofa").want(t, 0)
	for _, want := range []string{"HRTF set", "MIT KEMAR", "710", "72", "44100 Hz", "128 (2.9 ms)", "spherical", "-40 to 90 degree, 14 values", "1.4 m", "no restrictions on use"} {
		if !strings.Contains(c.stdout, want) {
			t.Errorf("no %q in\n%s", want, c.stdout)
		}
	}
	var x struct {
		Kind, System     string
		Directions, Taps int
		Rate             float64
		Elevation        []float64
	}
	if err := json.Unmarshal([]byte(pipe(t, "info", "a.sofa", "--json").want(t, 0).stdout), &x); err != nil {
		t.Fatal(err)
	}
	if x.Kind != "HRTF set" || x.System != "spherical" || x.Directions != 710 || x.Taps != 128 || x.Rate != 44100 || x.Elevation[0] != -40 || x.Elevation[1] != 90 {
		t.Errorf("%+v", x)
	}
	if c := pipe(t, "info", "heads").want(t, 0); !strings.Contains(c.stdout, "folder of HRTF sets") || !strings.Contains(c.stdout, "2: b, c") {
		t.Errorf("the folder is described by\n%s", c.stdout)
	}
	if c := pipe(t, "info", hrtf.BuiltInName).want(t, 0); !strings.Contains(c.stdout, "in the program") || !strings.Contains(c.stdout, "710") {
		t.Errorf("the set of the program is described by\n%s", c.stdout)
	}
	if err := os.Rename("a.sofa", "a.dat"); err != nil {
		t.Fatal(err)
	}
	if c := pipe(t, "info", "a.dat").want(t, 0); !strings.Contains(c.stdout, "HRTF set") || strings.Contains(c.stdout, "in the program") {
		t.Errorf("a set of another name is described by\n%s", c.stdout)
	}
	b, err := os.ReadFile("a.dat")
	if err != nil {
		t.Fatal(err)
	}
	write(t, "broken.sofa", string(b[:len(b)/2]))
	write(t, "sound.sofa", "RIFF")
	pipe(t, "info", "broken.sofa", "sound.sofa").want(t, 1, "broken.sofa", "it is truncated", "sound.sofa", "no HDF5 file")
}

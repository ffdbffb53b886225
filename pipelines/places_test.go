package pipelines

import (
	"strings"
	"testing"

	"hearpipe/sinks/picture"
	"hearpipe/stages"
)

// Cells 8 and 9 of 26, those of place 4, fire twice as often as the others.
const twice = `
name: places
nodes:
  cells:
    type: neurons.group
    cells: 26
    duration: 105 ms
    equations: |
      dv/dt = (1 + int(i//2 == 4))/(10*ms) : 1
    threshold: v > 0.999999
    reset: v = 0
sinks:
  - {type: places, from: cells, set: headless, true_index: 5, path: places.csv}
  - {type: places, from: cells, set: headless, true_index: 5, path: places.png, width: 300, height: 150}
`

func TestPlacesCountTheirCells(t *testing.T) {
	for _, run := range []stages.RunOptions{{}, {Block: 7}} {
		folder, files := outputs(t, []byte(twice), Options{}, run)
		lines := strings.Split(strings.TrimSpace(string(files["places.csv"])), "\n")
		if len(lines) != 14 || lines[0] != "place,azimuth,itd,spikes" {
			t.Fatalf("%d lines, the first is %q", len(lines), lines[0])
		}
		for i, line := range lines[1:] {
			want := ",20"
			if i == 4 {
				want = ",42"
			}
			if !strings.HasSuffix(line, want) || !strings.HasPrefix(line, []string{"0,-1.57", "1,", "2,", "3,", "4,", "5,", "6,0,0,"}[min(i, 6)]) && i <= 6 {
				t.Errorf("place %d: %q, want the count %s", i, line, want[1:])
			}
		}
		if m, ok, err := picture.ReadMeta(folder + "/places.png"); err != nil || !ok || m.Holds != "places" {
			t.Errorf("picture: %+v, %v, %v", m, ok, err)
		}
	}
}

func TestPlacesSayWhereItWas(t *testing.T) {
	d, err := Parse("test.yaml", []byte(twice))
	if err != nil {
		t.Fatal(err)
	}
	p, err := d.Check(Options{Access: Access{Folder: t.TempDir()}})
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.Run(t.Context(), stages.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if notes := strings.Join(res.Notes, "\n"); !strings.Contains(notes, "most spikes, 42, for place 4 (azimuth -0.5236, itd -0.000325); the sound was at place 5") {
		t.Errorf("notes %q", notes)
	}
}

func TestMistakesOfPlacesAreNamed(t *testing.T) {
	for from, x := range map[string]struct{ to, want string }{
		"cells: 26":                       {"cells: 27", "27 cells for 13 places"},
		"true_index: 5, path: places.png": {"true_index: 13, path: places.png", "want 0 to 12"},
		"path: places.csv":                {"path: places.txt", ".csv"},

		"set: headless, true_index: 5, path: places.csv": {"set: x.sofa, path: places.csv", "there is no file or folder x.sofa"},

		"from: cells, set: headless, true_index: 5, path: places.csv": {"from: cells, set: headless, channels: 0:13, path: places.csv", "a part of the cells tells nothing"},
	} {
		d, err := Parse("test.yaml", []byte(strings.Replace(twice, from, x.to, 1)))
		if err == nil {
			_, err = d.Check(Options{Access: Access{Folder: t.TempDir()}})
		}
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: error %v does not say %q", x.to, err, x.want)
		}
	}
}

package pipelines

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearpipe/stages"
)

const curvesOf20 = `
rate: 1 kHz
nodes:
  tones: {type: sound.tone, frequency: 100 Hz, amplitude: 1 Pa*(i + 1), channels: 20, duration: 50 ms}
sinks:
  - {type: curves, from: tones, x: 10*(i - 10*floor(i/10)), curve: 5*floor(i/10), unit: dB, path: x.svg}
`

// TestCurvesAreDrawn reads labels of the legend in the picture, of all channels and of some.
func TestCurvesAreDrawn(t *testing.T) {
	for _, r := range []stages.Range{{}, {Lo: 3, Hi: 17}} {
		folder, _ := outputs(t, []byte(curvesOf20), Options{Channels: r}, stages.RunOptions{})
		svg, err := os.ReadFile(filepath.Join(folder, "x.svg"))
		if err != nil {
			t.Fatal(err)
		}
		for _, label := range []string{"0 dB", "5 dB"} {
			if !strings.Contains(string(svg), ">"+label+"<") {
				t.Errorf("channels %d:%d: no label %q", r.Lo, r.Hi, label)
			}
		}
	}
}

func TestMistakesInCurvesAreNamed(t *testing.T) {
	for _, x := range []struct{ from, to, want string }{
		{"x: 10*(i - 10*floor(i/10))", "x: [1, 2, 3]", "3 values for 20 channels: want one per channel"},
		{"x: 10*(i - 10*floor(i/10)), ", "", "x"},
		{"curve: 5*floor(i/10)", "curve: i", "20 different values: want at most 16"},
		{"curve: 5*floor(i/10)", "of: median", "median"},
		{"x.svg", "x.csv", ".png"},
	} {
		d, err := Parse("test.yaml", []byte(strings.Replace(curvesOf20, x.from, x.to, 1)))
		if err == nil {
			_, err = d.Check(Options{})
		}
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: error %v does not say %q", x.to, err, x.want)
		}
	}
}

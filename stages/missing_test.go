package stages_test

import (
	"strings"
	"testing"

	"hearpipe/stages"
)

// TestMissingInputsAreErrors: what a caller forgot is named, and so is a number of channels that no memory holds.
func TestMissingInputsAreErrors(t *testing.T) {
	ramp, err := stages.New("ramp", stages.Format{Rate: 1000, Channels: 3, Frames: 4}, rampSource{})
	if err != nil {
		t.Fatal(err)
	}
	update := stages.UpdaterFunc(func(int64, []stages.Frames) error { return nil })
	for name, build := range map[string]func() error{
		"extend": func() error { _, err := stages.NewExtend(nil, 3); return err },
		"fit":    func() error { _, err := stages.NewFit(nil, 3); return err },
		"every":  func() error { _, err := stages.NewEvery(nil, 3); return err },
		"view":   func() error { _, err := stages.NewView(nil, stages.Range{}); return err },
		"control": func() error {
			_, err := stages.Control([]stages.Stage{nil}, []stages.Node{ramp}, update, 1)
			return err
		},
		"target": func() error {
			_, err := stages.Control([]stages.Stage{ramp}, []stages.Node{nil}, update, 1)
			return err
		},
		"sink":   func() error { _, err := stages.Prepare(stages.RunOptions{}, nil); return err },
		"tile":   func() error { _, err := stages.NewTile(ramp, 1<<62); return err },
		"repeat": func() error { _, err := stages.NewRepeat(ramp, 1<<40); return err },
	} {
		if err := build(); err == nil || !strings.Contains(err.Error(), "want") && !strings.Contains(err.Error(), "missing") && !strings.Contains(err.Error(), "no input") {
			t.Errorf("%s: %v, want an error that says what is missing", name, err)
		}
	}
}

package live_test

import (
	"testing"

	"hearpipe/sound/live"
)

func TestDevicesAreFoundByName(t *testing.T) {
	list := []live.Device{{ID: "hw:0", Name: "Built-in Audio"}, {ID: "hw:1", Name: "USB Microphone", Default: true}, {ID: "null.monitor", Name: "Monitor of USB sink"}}
	for name, want := range map[string]string{"": "hw:1", "hw:0": "hw:0", "USB Microphone": "hw:1", "usb mic": "hw:1", "MONITOR": "null.monitor"} {
		if d, err := live.Find(list, name); err != nil || d.ID != want {
			t.Errorf("%q finds %q, %v; want %q", name, d.ID, err, want)
		}
	}
	for name, want := range map[string]string{
		"usb":   `"usb" means 2 devices: hw:1, null.monitor; name one`,
		"radio": `there is no device "radio" to record from; there are hw:0, hw:1, null.monitor`,
	} {
		if _, err := live.Find(list, name); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", name, err, want)
		}
	}
	if d, err := live.Find(list[:1], ""); err != nil || d.ID != "hw:0" {
		t.Errorf("%v %v", d, err)
	}
	if _, err := live.Find(nil, ""); err == nil {
		t.Error("a device was found where there is none")
	}
}

func TestRateIsOneThatTheDeviceOffers(t *testing.T) {
	d := live.Device{Rates: []float64{48000, 44100}}
	for _, x := range [][2]float64{{0, 48000}, {44100, 44100}, {16000, 48000}} {
		if got := d.Rate(x[0]); got != x[1] {
			t.Errorf("%g Hz wanted: opened at %g, want %g", x[0], got, x[1])
		}
	}
	if got := (live.Device{}).Rate(22050); got != 22050 {
		t.Errorf("a device of any rate is opened at %g", got)
	}
}

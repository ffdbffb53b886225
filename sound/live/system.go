package live

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// Device is an input of the machine.
type Device struct {
	System   string    `json:"system"`   // what reaches it: pulseaudio, alsa, ...
	ID       string    `json:"id"`       // its name in that system, by which it is found again
	Name     string    `json:"name"`     // for people
	Rates    []float64 `json:"rates"`    // sample rates it records at without conversion [Hz], the usual one first; empty: any
	Channels int       `json:"channels"` // channels it records
	Default  bool      `json:"default"`  // it is used where no name is given
	Monitor  bool      `json:"monitor"`  // it hears what an output is going to play, as early as the output prepares it: no clock can tell what is missing
}

// Rate is the sample rate to open the device at for a stream of the wanted rate [Hz]: the wanted one where the device
// records at it, else its usual one. 0 wants the usual one.
func (d Device) Rate(want float64) float64 {
	if len(d.Rates) == 0 {
		if want == 0 {
			return 48000
		}
		return want
	}
	for _, r := range d.Rates {
		if r == want {
			return r
		}
	}
	return d.Rates[0]
}

// Capture says how a device is opened: as it is, without conversion.
type Capture struct {
	Rate     float64 // [Hz]
	Channels int     // all channels of the device
	Period   int     // frames that arrive at once, as far as the device agrees
	Start    int64   // number of the first frame in the stream; 0 but where a graph goes on. A device that only plays back begins there
}

// Receiver is what a system gives the sound to, from a goroutine or thread of its own. Neither method blocks for longer
// than it takes to copy the samples.
type Receiver interface {
	// Receive takes the next frames: interleaved samples, of which full scale is 1. It keeps nothing of the slice.
	Receive(samples []float32)
	// End says that nothing more will come, and why. The first call counts. io.EOF ends a device that is known to end,
	// such as one of a test; any other error says what became of the device.
	End(err error)
}

// System captures from the devices of a machine.
type System interface {
	// Devices lists the inputs, those that people look for first. None is no error; a system that is not there is one.
	Devices() ([]Device, error)
	// Open begins to record and returns once the device has agreed. What it records goes to r until the capture is closed. Close
	// waits for the device to stop; it may not be called from within a method of r.
	Open(d Device, c Capture, r Receiver) (io.Closer, error)
}

// Find looks a device up by its name. An empty name means the default device, the first if none is marked. A name is the
// ID or the Name of a device, or a part of either that no other device has, whatever the case of its letters.
func Find(devices []Device, name string) (Device, error) {
	if len(devices) == 0 {
		return Device{}, errors.New("there is no device to record from")
	}
	if name == "" {
		for _, d := range devices {
			if d.Default {
				return d, nil
			}
		}
		return devices[0], nil
	}
	var near []Device
	for _, d := range devices {
		if d.ID == name || d.Name == name {
			return d, nil
		}
		want := strings.ToLower(name)
		if strings.Contains(strings.ToLower(d.ID), want) || strings.Contains(strings.ToLower(d.Name), want) {
			near = append(near, d)
		}
	}
	switch len(near) {
	case 1:
		return near[0], nil
	case 0:
		return Device{}, fmt.Errorf("there is no device %q to record from; there %s %s", name, are(len(devices)), ids(devices))
	}
	return Device{}, fmt.Errorf("%q means %d devices: %s; name one", name, len(near), ids(near))
}

func are(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func ids(devices []Device) string {
	var list []string
	for _, d := range devices {
		list = append(list, d.ID)
	}
	return strings.Join(list, ", ")
}

//go:build !cgo

package devices

import (
	"fmt"
	"io"

	"hearpipe/sound/live"
)

// instead is what works in every build.
const instead = "standard input always works, as in arecord -t wav | pipe run PIPELINE --input -"

// none is the lack of a way to the devices.
type none struct{ why string }

func (n none) err() error { return fmt.Errorf("%s; %s", n.why, instead) }

// Devices says why there are none.
func (n none) Devices() ([]live.Device, error) { return nil, n.err() }

// Open says why that is not possible.
func (n none) Open(live.Device, live.Capture, live.Receiver) (io.Closer, error) { return nil, n.err() }

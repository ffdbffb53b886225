//go:build !linux

package devices

import "errors"

// Play says that this platform has no sound server that it could play on.
func Play(_ string, _, _ int, _ func(samples []float32) (int, error)) error {
	return errors.New("sound is played through PulseAudio or PipeWire, on Linux only; another program can play the file that pipe convert writes")
}

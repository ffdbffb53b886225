//go:build !cgo && linux

package devices

import "hearpipe/sound/live"

// Without a sound server there is nothing to record with: the error says what else there is.
var ways = []live.System{pulse{}, none{"this build of pipe records through PulseAudio or PipeWire only (it was built with CGO_ENABLED=0)"}}

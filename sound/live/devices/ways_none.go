//go:build !cgo && !linux

package devices

import "hearpipe/sound/live"

var ways = []live.System{none{"this build of pipe cannot record (it was built with CGO_ENABLED=0)"}}

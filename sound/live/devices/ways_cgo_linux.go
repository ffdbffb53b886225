//go:build cgo && linux

package devices

import "hearpipe/sound/live"

var ways = []live.System{miniaudio{}, pulse{}}

package hrtf

import (
	"bytes"
	_ "embed" // the file of the built-in set
	"sync"
)

// BuiltInName is the file name that stands for the built-in set where there is no such file.
const BuiltInName = "kemar.sofa"

//go:embed data/kemar.sofa
var builtInFile []byte

var builtIn = sync.OnceValues(func() (*Set, error) {
	return DecodeSOFA(bytes.NewReader(builtInFile), int64(len(builtInFile)))
})

// BuiltIn returns the set that comes with the program: the compact measurements of a KEMAR dummy head at the MIT Media Laboratory (B. Gardner, K. Martin 1994), 710
// directions of 128 taps at 44.1 kHz, whole-circle planes of elevations -40 to 90 in steps of 10 degrees, 72 directions in the horizontal plane, 1.4 m away. The head
// is symmetric. Coordinates are Spherical, ordered by elevation, then azimuth.
func BuiltIn() (*Set, error) { return builtIn() }

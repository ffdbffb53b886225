package hrtf

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"hearpipe/internal/kernel"
	"hearpipe/units"
)

// System is a coordinate system: what the columns of coordinates mean. Angles are degrees but in Headless.
type System int

// The coordinate systems.
const (
	// Other is named columns without geometry, such as a delay alone.
	Other System = iota
	// Spherical: azimuth counter-clockwise from the front as seen from above (90 is left), elevation above the horizontal plane
	// -90 to 90, distance in metres (may be missing). SOFA and IRCAM LISTEN.
	Spherical
	// Clockwise is Spherical with azimuth clockwise: 90 is right. MIT KEMAR.
	Clockwise
	// InterauralPolar: azimuth is the lateral angle from the median plane, -90 (left) to 90 (right); elevation the angle around
	// the axis through the ears, -90 (below) over 0 (front), 90 (above) and 180 (behind) to 270. Distance in metres may follow. CIPIC.
	InterauralPolar
	// Cartesian: x to the front, y to the left, z up, in metres.
	Cartesian
	// Headless: azimuth in the horizontal plane in radians, clockwise (positive is right), and itd, the interaural time
	// difference in seconds, positive if the left ear is later. Artificial sets.
	Headless
)

// systemNames are the names by system.
var systemNames = [...]string{"other", "spherical", "clockwise", "interaural-polar", "cartesian", "headless"}

// String returns the name: other, spherical, clockwise, interaural-polar, cartesian or headless.
func (s System) String() string {
	if s < 0 || int(s) >= len(systemNames) {
		return fmt.Sprintf("System(%d)", int(s))
	}
	return systemNames[s]
}

// ParseSystem returns the system of a name.
func ParseSystem(name string) (System, error) {
	if i := slices.Index(systemNames[:], name); i >= 0 {
		return System(i), nil
	}
	return 0, fmt.Errorf("hrtf: there is no coordinate system %q: want one of %s", name, strings.Join(systemNames[:], ", "))
}

// Column is one named coordinate.
type Column struct {
	Name string // such as azimuth
	Unit string // degree, rad, m, s; empty for none
}

// dimension is what expressions see: seconds and metres have dimensions, angles are plain numbers.
func (c Column) dimension() units.Dimension {
	switch c.Unit {
	case "m":
		return units.DimLength
	case "s":
		return units.DimTime
	}
	return units.Dimensionless
}

// aliases are other names of columns, those of Brian Hears and LISTEN.
var aliases = map[string]string{"azim": "azimuth", "elev": "elevation", "dist": "distance"}

// Columns returns the columns of a system, nil for Other. The last may be missing in a set, unless the system is Cartesian.
func (s System) Columns() []Column {
	switch s {
	case Spherical, Clockwise, InterauralPolar:
		return []Column{{"azimuth", "degree"}, {"elevation", "degree"}, {"distance", "m"}}
	case Cartesian:
		return []Column{{"x", "m"}, {"y", "m"}, {"z", "m"}}
	case Headless:
		return []Column{{"azimuth", "rad"}, {"itd", "s"}}
	}
	return nil
}

// Direction returns the direction of coordinates at. It reports false if the system knows no directions, if at is too short, or if at is the
// origin or not finite.
func (s System) Direction(at []float64) (Direction, bool) {
	for _, x := range at {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return Direction{}, false
		}
	}
	switch {
	case s == Spherical && len(at) >= 2:
		return FromAngles(at[0], at[1]), true
	case s == Clockwise && len(at) >= 2:
		return FromAngles(-at[0], at[1]), true
	case s == InterauralPolar && len(at) >= 2:
		sl, cl := sincosDegrees(at[0])
		se, ce := sincosDegrees(at[1])
		return Direction{X: cl * ce, Y: -sl, Z: cl * se}, true
	case s == Cartesian && len(at) >= 3:
		d, _, err := FromVector(at[0], at[1], at[2])
		return d, err == nil
	case s == Headless && len(at) >= 1:
		return FromAngles(-degrees(at[0]), 0), true
	}
	return Direction{}, false
}

// Place returns the coordinates of a direction at a distance in metres; distance NaN stands for unknown, and is 1 where a system
// cannot do without. Angles are rounded to 1e-9 degrees. It reports false if the system is Other or Headless.
func (s System) Place(d Direction, distance float64) ([]float64, bool) {
	var at []float64
	switch s {
	case Spherical:
		at = []float64{wrap(settle(d.Azimuth())), settle(d.Elevation())}
	case Clockwise:
		at = []float64{wrap(settle(360 - d.Azimuth())), settle(d.Elevation())}
	case InterauralPolar:
		lateral := degrees(kernel.Atan2(-d.Y, math.Sqrt(float64(d.X*d.X)+float64(d.Z*d.Z))))
		around := 0.0
		if d.X != 0 || d.Z != 0 { // at the ears there is no angle, but zeros have signs
			around = degrees(kernel.Atan2(d.Z, d.X))
		}
		if around < -90 {
			around += 360
		}
		at = []float64{settle(lateral), settle(around)}
	case Cartesian:
		if math.IsNaN(distance) {
			distance = 1
		}
		return []float64{d.X * distance, d.Y * distance, d.Z * distance}, true
	default:
		return nil, false
	}
	if !math.IsNaN(distance) {
		at = append(at, distance)
	}
	return at, true
}

// overPole is how much more than 90 degrees a latitude may be that was rounded to single precision.
const overPole = 1e-5

// latitude is the column of the angle that goes from -90 to 90 degrees, -1 if there is none.
func (s System) latitude() int {
	switch s {
	case Spherical, Clockwise:
		return 1
	case InterauralPolar:
		return 0
	}
	return -1
}

// wrap makes 360 degrees 0.
func wrap(a float64) float64 {
	if a >= 360 {
		return a - 360
	}
	return a
}

// distance returns the distance of coordinates in metres, NaN if they hold none.
func (s System) distance(at []float64) float64 {
	switch {
	case s == Cartesian && len(at) >= 3:
		if _, r, err := FromVector(at[0], at[1], at[2]); err == nil {
			return r
		}
	case (s == Spherical || s == Clockwise || s == InterauralPolar) && len(at) >= 3:
		return at[2]
	}
	return math.NaN()
}

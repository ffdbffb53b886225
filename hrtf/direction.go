package hrtf

import (
	"fmt"
	"math"

	"hearpipe/internal/kernel"
)

// Direction is a unit vector from the centre of the head: X to the front, Y to the left, Z up. It is what all coordinate
// systems share.
type Direction struct{ X, Y, Z float64 }

// FromAngles returns the direction at an azimuth, counter-clockwise from the front as seen from above (90 is left), and an
// elevation above the horizontal plane, both in degrees. Multiples of 90 are exact.
func FromAngles(azimuth, elevation float64) Direction {
	sa, ca := sincosDegrees(azimuth)
	se, ce := sincosDegrees(elevation)
	return Direction{X: ce * ca, Y: ce * sa, Z: se}
}

// FromVector returns the direction of a vector (x to the front, y to the left, z up), and its length in the unit of the vector.
// The vector 0 and what is not finite have no direction.
func FromVector(x, y, z float64) (d Direction, length float64, err error) {
	scale := max(math.Abs(x), math.Abs(y), math.Abs(z))
	if !(scale > 0) || math.IsInf(scale, 1) {
		return Direction{}, 0, fmt.Errorf("hrtf: the vector (%g, %g, %g) has no direction", x, y, z)
	}
	x, y, z = x/scale, y/scale, z/scale // so that squares neither vanish nor overflow
	r := math.Sqrt(float64(x*x) + float64(y*y) + float64(z*z))
	return Direction{x / r, y / r, z / r}, r * scale, nil
}

// Azimuth returns the angle in the horizontal plane, counter-clockwise from the front as seen from above: 0 to below 360
// degrees, 90 is left. It is 0 straight above and below.
func (d Direction) Azimuth() float64 {
	if d.X == 0 && d.Y == 0 {
		return 0 // zeros have signs, of which an arc tangent would make 180
	}
	a := degrees(kernel.Atan2(d.Y, d.X))
	if a < 0 {
		a += 360
	}
	if a >= 360 { // a tiny negative angle
		return 0
	}
	return a
}

// Elevation returns the angle above the horizontal plane, -90 to 90 degrees.
func (d Direction) Elevation() float64 {
	return degrees(kernel.Atan2(d.Z, math.Sqrt(float64(d.X*d.X)+float64(d.Y*d.Y))))
}

// unit reports whether the vector is of length 1; one of angles that are not finite is not.
func (d Direction) unit() bool { return math.Abs(d.Dot(d)-1) < 1e-6 }

// check refuses what is no direction.
func (d Direction) check() error {
	if !d.unit() {
		return fmt.Errorf("hrtf: (%g, %g, %g) is no direction: want a vector of length 1", d.X, d.Y, d.Z)
	}
	return nil
}

// Dot returns the scalar product, the cosine of the angle between two directions.
func (d Direction) Dot(e Direction) float64 {
	return float64(d.X*e.X) + float64(d.Y*e.Y) + float64(d.Z*e.Z)
}

// Angle returns the angle between two directions, 0 to 180 degrees. It is exact for small angles, where an arc cosine is not:
// atan2(|d×e|, d·e).
func (d Direction) Angle(e Direction) float64 {
	x := float64(d.Y*e.Z) - float64(d.Z*e.Y)
	y := float64(d.Z*e.X) - float64(d.X*e.Z)
	z := float64(d.X*e.Y) - float64(d.Y*e.X)
	cross := math.Sqrt(float64(x*x) + float64(y*y) + float64(z*z))
	return degrees(kernel.Atan2(cross, d.Dot(e)))
}

// String returns azimuth and elevation in degrees.
func (d Direction) String() string {
	return fmt.Sprintf("azimuth %.4g, elevation %.4g", settle(d.Azimuth()), settle(d.Elevation()))
}

// degrees converts radians to degrees.
func degrees(x float64) float64 { return float64(x * (180 / math.Pi)) }

// radians converts degrees to radians.
func radians(x float64) float64 { return float64(x * (math.Pi / 180)) }

// settle rounds an angle to 1e-9 degrees, far below any measurement, so that what geometry makes of 30 is 30 again and
// conditions like elevation == 0 hold.
func settle(x float64) float64 {
	y := math.RoundToEven(x*1e9) / 1e9
	if y == 0 {
		return 0 // not minus zero
	}
	return y
}

// sincosDegrees returns the sine and the cosine of an angle in degrees; exact at multiples of 90.
func sincosDegrees(x float64) (sin, cos float64) {
	x = math.Remainder(x, 360) // exact, -180 to 180
	quarter := math.RoundToEven(x / 90)
	sin, cos = kernel.Sincos(radians(x - float64(90*quarter)))
	switch int(quarter) & 3 {
	case 1:
		return cos, -sin
	case 2:
		return -sin, -cos
	case 3:
		return -cos, sin
	}
	return sin, cos
}

package hrtf

import (
	"fmt"
	"math"
	"slices"
	"sort"
)

// Trajectory is where a source is at a time [s] from the start of the stream. It is a pure function, so that a stream is the same however it is
// fetched, and is called at the moments of a grid only.
type Trajectory func(t float64) Direction

// Waypoint is a place on a path.
type Waypoint struct {
	Seconds   float64 // time [s]
	Azimuth   float64 // counter-clockwise from the front, 90 is left [degrees]
	Elevation float64 // above the horizontal plane, -90 to 90 [degrees]
}

// Path returns the trajectory through waypoints in rising order of time: between two of them azimuth and elevation change linearly, before the first and
// after the last the source rests. Azimuths are not wrapped: from 350 to 370 a source crosses the front, from 350 to 10 it goes almost round.
// No waypoints, times that do not rise, and numbers that are not finite are errors that name the waypoint.
func Path(points []Waypoint) (Trajectory, error) {
	if len(points) == 0 {
		return nil, fmt.Errorf("hrtf: a path without waypoints: want at least one")
	}
	for i, p := range points {
		for _, x := range []float64{p.Seconds, p.Azimuth, p.Elevation} {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return nil, fmt.Errorf("hrtf: waypoint %d is (%g s, azimuth %g, elevation %g): want finite numbers", i, p.Seconds, p.Azimuth, p.Elevation)
			}
		}
		if math.Abs(p.Elevation) > 90 {
			return nil, fmt.Errorf("hrtf: waypoint %d: elevation %g degrees: want -90 to 90", i, p.Elevation)
		}
		if i > 0 && !(p.Seconds > points[i-1].Seconds) {
			return nil, fmt.Errorf("hrtf: waypoint %d is at %g s, the one before at %g s: want rising times", i, p.Seconds, points[i-1].Seconds)
		}
	}
	points = slices.Clone(points)
	return func(t float64) Direction {
		k := sort.Search(len(points), func(i int) bool { return points[i].Seconds > t }) // the first that is to come
		if k == 0 {
			return FromAngles(points[0].Azimuth, points[0].Elevation)
		}
		a := points[k-1]
		if k == len(points) {
			return FromAngles(a.Azimuth, a.Elevation)
		}
		b := points[k]
		w := (t - a.Seconds) / (b.Seconds - a.Seconds)
		return FromAngles(math.FMA(w, b.Azimuth-a.Azimuth, a.Azimuth), math.FMA(w, b.Elevation-a.Elevation, a.Elevation))
	}, nil
}

package hrtf

import (
	"fmt"
	"math"
)

// listener is where the listener is and looks, for files in which that is not the origin to the front.
type listener struct {
	position, view, up [][3]float64 // cartesian; one for all responses, or one for each
}

// listener returns nil if the listener is at the origin, looks to the front and stands upright, or if the file says nothing.
func (d *sofa) listener() (*listener, error) {
	l := &listener{}
	plain := true
	for _, x := range []struct {
		name  string
		usual [3]float64
		to    *[][3]float64
	}{
		{"ListenerPosition", [3]float64{0, 0, 0}, &l.position},
		{"ListenerView", [3]float64{1, 0, 0}, &l.view},
		{"ListenerUp", [3]float64{0, 0, 1}, &l.up},
	} {
		v, err := d.read(x.name)
		if err != nil {
			return nil, err
		}
		if v == nil {
			*x.to = [][3]float64{x.usual}
			continue
		}
		if err := d.rows(v, 3); err != nil {
			return nil, err
		}
		system := Cartesian
		if v.attributes["Type"] == "spherical" {
			system = Spherical
		}
		for i := range int(v.shape[0]) {
			at := cartesian(system, v.row(i))
			for k := range at {
				if math.IsNaN(at[k]) || math.IsInf(at[k], 0) {
					return nil, fmt.Errorf("hrtf: %s is %v: want finite numbers", x.name, v.row(i))
				}
				plain = plain && math.Abs(at[k]-x.usual[k]) < 1e-9
			}
			*x.to = append(*x.to, at)
		}
	}
	if plain {
		return nil, nil
	}
	return l, nil
}

// cartesian returns the vector of a position.
func cartesian(system System, at []float64) [3]float64 {
	if system == Cartesian {
		return [3]float64{at[0], at[1], at[2]}
	}
	d := FromAngles(at[0], at[1])
	return [3]float64{d.X * at[2], d.Y * at[2], d.Z * at[2]}
}

// sees returns the direction and distance of a position as the listener of response i sees it: x along the view, z along what of
// the upward direction is at right angles to it.
func (l *listener) sees(system System, at []float64, i int) (d Direction, distance float64, err error) {
	of := func(list [][3]float64) [3]float64 { return list[min(i, len(list)-1)] }
	source, position := cartesian(system, at), of(l.position)
	x, _, err := FromVector(of(l.view)[0], of(l.view)[1], of(l.view)[2])
	if err != nil {
		return d, 0, fmt.Errorf("ListenerView: %w", err)
	}
	up := of(l.up)
	along := float64(up[0]*x.X) + float64(up[1]*x.Y) + float64(up[2]*x.Z)
	z, _, err := FromVector(up[0]-float64(along*x.X), up[1]-float64(along*x.Y), up[2]-float64(along*x.Z))
	if err != nil {
		return d, 0, fmt.Errorf("ListenerUp along ListenerView: %w", err)
	}
	y := Direction{
		X: float64(z.Y*x.Z) - float64(z.Z*x.Y),
		Y: float64(z.Z*x.X) - float64(z.X*x.Z),
		Z: float64(z.X*x.Y) - float64(z.Y*x.X),
	}
	s, distance, err := FromVector(source[0]-position[0], source[1]-position[1], source[2]-position[2])
	if err != nil {
		return d, 0, err
	}
	return Direction{X: s.Dot(x), Y: s.Dot(y), Z: s.Dot(z)}, distance, nil
}

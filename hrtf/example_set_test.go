package hrtf_test

import (
	"fmt"

	"hearpipe/hrtf"
)

func ExampleSet_Select() {
	set, err := hrtf.BuiltIn()
	if err != nil {
		fmt.Println(err)
		return
	}
	plane, err := set.Select("elevation == 0 and azimuth % 90 == 0")
	if err != nil {
		fmt.Println(err)
		return
	}
	for i := range plane.Len() {
		d, _ := plane.Direction(i)
		fmt.Println(plane.Coordinates(i), d)
	}
	_, err = set.Select("elevation == 5")
	fmt.Println(err)
	// Output:
	// [0 0 1.4] azimuth 0, elevation 0
	// [90 0 1.4] azimuth 90, elevation 0
	// [180 0 1.4] azimuth 180, elevation 0
	// [270 0 1.4] azimuth 270, elevation 0
	// hrtf: condition "elevation == 5" holds for none of the 710 responses of the set MIT KEMAR: azimuth is 0 to 355 degree, elevation is -40 to 90 degree, distance is 1.4 to 1.4 m
}

func ExampleSet_Find() {
	set, err := hrtf.BuiltIn()
	if err != nil {
		fmt.Println(err)
		return
	}
	i, err := set.Find(map[string]float64{"azim": 90, "elev": 0}) // the left
	fmt.Println(i, err, set.At(i).Taps(), "taps at", set.At(i).Rate, "Hz")
	_, err = set.Find(map[string]float64{"azim": 91, "elev": 0})
	fmt.Println(err)
	near, angle, err := set.Nearest(hrtf.FromAngles(91, 0))
	fmt.Printf("%d, %.3g degrees away, %v\n", near, angle, err)
	// Output:
	// 278 <nil> 128 taps at 44100 Hz
	// hrtf: the set MIT KEMAR has no response at azim 91, elev 0; the nearest is at azimuth 90, elevation 0, distance 1.4
	// 278, 1 degrees away, <nil>
}

func ExampleSet_In() {
	set, err := hrtf.NewSet(hrtf.SetParams{
		Name: "two", System: hrtf.Clockwise, Rate: 44100, Coordinates: [][]float64{{0, 0}, {90, 0}},
		Left: [][]float64{{1, 0}, {0, 0.5}}, Right: [][]float64{{1, 0}, {1, 0}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, system := range []hrtf.System{hrtf.Clockwise, hrtf.Spherical, hrtf.InterauralPolar, hrtf.Cartesian} {
		s, err := set.In(system)
		fmt.Println(system, s.Coordinates(1), err)
	}
	// Output:
	// clockwise [90 0] <nil>
	// spherical [270 0] <nil>
	// interaural-polar [90 0] <nil>
	// cartesian [0 -1 0] <nil>
}

package hrtf

import (
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

// kemarFile matches H-20e105a.wav: elevation and azimuth in degrees.
var kemarFile = regexp.MustCompile(`^H(-?\d{1,2})e(\d{3})a\.wav$`)

// kemarCounts are how many directions were measured around the head at each elevation: the names of the files hold the azimuths rounded to degrees.
var kemarCounts = map[int]int{-40: 56, -30: 60, -20: 72, -10: 72, 0: 72, 10: 72, 20: 72, 30: 60, 40: 56, 50: 45, 60: 36, 70: 24, 80: 12, 90: 1}

// ReadKEMAR reads the compact set of the MIT KEMAR measurements (B. Gardner, K. Martin, MIT Media Lab 1994): 368 sound files of 128 taps at
// 44.1 kHz, H20e105a.wav for elevation 20 and azimuth 105, in the folder or in folders elev20 and the like below it. Azimuth
// runs clockwise, so the set is in the system Clockwise; [Set.In] converts. Files hold azimuths 0 to 180; the other side is
// derived by exchange of the ears, as the measured head is symmetric. The distance is 1.4 m. A file that is missing is an error that names it;
// [Set.Subset] and [Set.Select] take a part of the set.
func ReadKEMAR(folder string) (*Set, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, e := range entries {
		switch {
		case !e.IsDir():
			paths = append(paths, filepath.Join(folder, e.Name()))
		case len(e.Name()) > 4 && e.Name()[:4] == "elev":
			below, err := os.ReadDir(filepath.Join(folder, e.Name()))
			if err != nil {
				return nil, err
			}
			for _, b := range below {
				paths = append(paths, filepath.Join(folder, e.Name(), b.Name()))
			}
		}
	}
	p := SetParams{Name: "MIT KEMAR compact", Subject: "KEMAR", System: Clockwise, Attributes: map[string]string{
		"License": "Copyright 1994 by the MIT Media Laboratory. Provided free with no restrictions on use, provided the authors are cited.",
	}}
	for _, path := range paths {
		m := kemarFile.FindStringSubmatch(filepath.Base(path))
		if m == nil {
			continue
		}
		elevation, _ := strconv.Atoi(m[1])
		named, _ := strconv.Atoi(m[2])
		n := kemarCounts[elevation]
		azimuth, ok := kemarAzimuth(named, n)
		if !ok {
			return nil, fmt.Errorf("%s: hrtf: azimuth %d was not measured at elevation %d: want multiples of 360/%d from 0 to 180 degrees", path, named, elevation, n)
		}
		if err := p.addPair(path, []float64{azimuth, float64(elevation), 1.4}); err != nil {
			return nil, err
		}
		if azimuth > 0 && azimuth < 180 {
			i := len(p.Left) - 1
			p.Left, p.Right = append(p.Left, p.Right[i]), append(p.Right, p.Left[i])
			p.Coordinates = append(p.Coordinates, []float64{360 - azimuth, float64(elevation), 1.4})
		}
	}
	if len(p.Left) == 0 {
		return nil, fmt.Errorf("%s: hrtf: no files H0e000a.wav: want the compact set of MIT KEMAR", folder)
	}
	if missing := kemarMissing(p.Coordinates); len(missing) > 0 {
		return nil, fmt.Errorf("%s: hrtf: %s is missing, one of %d that are: want all 368 files of the compact set of MIT KEMAR", folder, missing[0], len(missing))
	}
	s, err := p.sorted(folder)
	if err != nil {
		return nil, err
	}
	for i := 1; i < s.Len(); i++ {
		if slices.Equal(s.places[i], s.places[i-1]) {
			return nil, fmt.Errorf("%s: hrtf: two files for %s", folder, s.describe(i))
		}
	}
	return s, nil
}

// kemarMissing lists the files of the set whose places are not among those found, from the lowest elevation on.
func kemarMissing(found [][]float64) (missing []string) {
	have := map[[2]float64]bool{}
	for _, at := range found {
		have[[2]float64{at[0], at[1]}] = true
	}
	for _, elevation := range slices.Sorted(maps.Keys(kemarCounts)) {
		n := kemarCounts[elevation]
		for k := 0; 2*k <= n && k < n; k++ {
			azimuth := float64(k) * 360 / float64(n)
			if !have[[2]float64{azimuth, float64(elevation)}] {
				missing = append(missing, fmt.Sprintf("H%de%03.0fa.wav", elevation, azimuth))
			}
		}
	}
	return missing
}

// kemarAzimuth returns the azimuth that was measured, of n in a circle, for that in the name of a file.
func kemarAzimuth(named, n int) (float64, bool) {
	if n == 0 || named > 180 {
		return 0, false
	}
	exact := math.RoundToEven(float64(named)*float64(n)/360) * 360 / float64(n)
	return exact, math.Abs(exact-float64(named)) <= 0.5+1e-9
}

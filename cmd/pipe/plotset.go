package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"hearpipe/hrtf"
	"hearpipe/sinks/picture"
)

// isSet reports whether the name is that of head-related transfer functions: a folder, a file of such a kind, or one that begins like SOFA files of whatever name.
func isSet(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".sofa", ".mat":
		return true
	}
	if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
		return isFolder(name)
	}
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, len(hdf5Signature))
	_, err = io.ReadFull(f, head)
	return err == nil && string(head) == hdf5Signature
}

// hdf5Signature begins every HDF5 file, and so every SOFA file.
const hdf5Signature = "\x89HDF\r\n\x1a\n"

// openSet opens the set of a file or folder, or the one that comes with the program if there is no file of its name.
func openSet(name string) (*hrtf.Set, error) {
	if _, err := os.Stat(name); errors.Is(err, os.ErrNotExist) {
		if name == hrtf.BuiltInName {
			return hrtf.BuiltIn()
		}
		return nil, fmt.Errorf("there is no file or folder %s", name)
	}
	return hrtf.Open(name, hrtf.OpenParams{})
}

// drawSet draws the responses of both ears over the azimuth, in the plane that is nearest to the horizontal one: their samples over time, and their
// gains over frequency.
func (c *plotCommand) drawSet(name, out string) error {
	set, err := openSet(name)
	if err != nil {
		return err
	}
	rows, err := newSetRows(set)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	flat, err := set.Flat() // the picture over time shows delays too
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	p := picture.MapsParams{
		Path: out, X: [2]float64{0, 1e3 * float64(flat.Taps()) / set.Rate()}, XLabel: "time (ms)",
		Y: [2]float64{-180, 180}, YStep: 45, YLabel: "azimuth (degrees, left is positive)",
		Label: "magnitude (dB re maximum)", Colours: [2]float64{-50, 0}, Size: picture.Size{Width: c.Width / 2, Height: c.Height},
	}
	p.Maps, err = rows.of(flat).maps(c.title(name), func(h hrtf.HRTF, e hrtf.Ear) []float64 { return magnitudes(h.Response(e)) })
	if err != nil {
		return err
	}
	if err := picture.DrawMaps(p); err != nil {
		return err
	}
	const columns = 400
	high := min(20e3, set.Rate()/2)
	low := min(100, high/100)
	frequencies := make([]float64, columns)
	for i := range frequencies {
		frequencies[i] = low * math.Pow(high/low, (float64(i)+0.5)/columns)
	}
	p.Path, p.X, p.XLabel, p.Frequency = c.pictures(name, out)[1], [2]float64{low, high}, "frequency (Hz)", true
	p.Maps, err = rows.maps(c.title(name), func(h hrtf.HRTF, e hrtf.Ear) []float64 { return h.Gains(e, frequencies) })
	if err != nil {
		return err
	}
	return picture.DrawMaps(p)
}

// setRows says which response stands in each row of a picture.
type setRows struct {
	set   *hrtf.Set
	plane float64 // elevation of all of them [degrees]
	index []int   // of each row from azimuth -180 to 180; -1: no response is near
}

// newSetRows looks for the responses in one plane.
func newSetRows(set *hrtf.Set) (*setRows, error) {
	best := math.Inf(1)
	r := &setRows{set: set}
	for i := range set.Len() {
		if d, ok := set.Direction(i); ok && math.Abs(d.Elevation()) < best {
			best, r.plane = math.Abs(d.Elevation()), d.Elevation()
		}
	}
	if math.IsInf(best, 1) {
		return nil, fmt.Errorf("its coordinates are no directions, so that there is no azimuth to draw it over")
	}
	type place struct {
		azimuth float64
		index   int
	}
	var places []place
	for i := range set.Len() {
		if d, ok := set.Direction(i); ok && math.Abs(d.Elevation()-r.plane) < 0.5 {
			places = append(places, place{d.Azimuth(), i})
		}
	}
	sort.SliceStable(places, func(a, b int) bool { return places[a].azimuth < places[b].azimuth })
	// A row without a response within the median distance of neighbours stays empty.
	var gaps []float64
	for k := range places {
		gaps = append(gaps, around(places[(k+1)%len(places)].azimuth-places[k].azimuth))
	}
	sort.Float64s(gaps)
	reach := max(gaps[len(gaps)/2], 1)
	const rows = 720
	for y := range rows {
		azimuth := (float64(y)+0.5)*360/rows - 180
		index, least := -1, reach
		for _, p := range places {
			if d := around(p.azimuth - azimuth); d < least {
				index, least = p.index, d
			}
		}
		r.index = append(r.index, index)
	}
	return r, nil
}

// of is the same rows of another set with the same places.
func (r *setRows) of(set *hrtf.Set) *setRows { return &setRows{set, r.plane, r.index} }

// around is the magnitude of an angle, 0 to 180 degrees.
func around(angle float64) float64 { return math.Abs(math.Remainder(angle, 360)) }

// maps makes the images of both ears, in dB below the largest value of both.
func (r *setRows) maps(title string, values func(h hrtf.HRTF, e hrtf.Ear) []float64) ([]picture.Map, error) {
	var rows [2]map[int][]float64
	columns, peak := 0, 0.0
	for e := range rows {
		rows[e] = map[int][]float64{}
		for _, i := range r.index {
			if i < 0 || rows[e][i] != nil {
				continue
			}
			rows[e][i] = values(r.set.At(i), hrtf.Ear(e))
			columns = len(rows[e][i])
			for _, x := range rows[e][i] {
				peak = max(peak, x)
			}
		}
	}
	if peak == 0 {
		return nil, fmt.Errorf("%s: all responses in the plane are zero", title)
	}
	blank := make([]float64, columns)
	for k := range blank {
		blank[k] = math.NaN()
	}
	var maps []picture.Map
	for e, known := range rows {
		for _, row := range known {
			for k, x := range row {
				row[k] = 20 * math.Log10(max(x, 1e-9*peak)/peak)
			}
		}
		m := picture.Map{Title: fmt.Sprintf("%s, %v ear, elevation %.3g", title, hrtf.Ear(e), r.plane+0)}
		for _, i := range r.index {
			if i < 0 {
				m.Values = append(m.Values, blank)
			} else {
				m.Values = append(m.Values, known[i])
			}
		}
		maps = append(maps, m)
	}
	return maps, nil
}

// magnitudes is |x|.
func magnitudes(x []float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = math.Abs(v)
	}
	return y
}

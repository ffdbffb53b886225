package hrtf

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"hearpipe/internal/matfile"
)

// The directions of CIPIC: 25 lateral angles and 50 elevations, -45 to 230.625 in steps of 360/64 degrees.
var cipicAzimuths = []float64{-80, -65, -55, -45, -40, -35, -30, -25, -20, -15, -10, -5, 0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 55, 65, 80}

const (
	cipicElevations = 50
	cipicRate       = 44100
)

// ReadCIPIC reads hrir_final.mat of a subject of the CIPIC database (V. R. Algazi, R. O. Duda, D. M. Thompson, C. Avendano, WASPAA 2001): hrir_l and hrir_r, 25 lateral
// angles × 50 elevations × 200 taps at 44.1 kHz, at 1 m, in the system InterauralPolar. Responses are ordered by lateral angle, then elevation.
func ReadCIPIC(path string) (*Set, error) {
	if err := regular(path); err != nil {
		return nil, err
	}
	vars, err := matfile.Read(path, "hrir_l", "hrir_r", "name")
	if err != nil {
		return nil, err
	}
	p := SetParams{System: InterauralPolar, Rate: cipicRate}
	for e, name := range []string{"hrir_l", "hrir_r"} {
		v := vars[name]
		if v == nil {
			return nil, fmt.Errorf("%s: hrtf: there is no %s in this file: want hrir_final.mat of CIPIC", path, name)
		}
		x, err := v.Floats()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		na := len(cipicAzimuths)
		if len(v.Shape) != 3 || v.Shape[0] != na || v.Shape[1] != cipicElevations || v.Shape[2] < 1 {
			return nil, fmt.Errorf("%s: hrtf: %s has the shape %v: want [%d %d taps]", path, name, v.Shape, na, cipicElevations)
		}
		var rows [][]float64
		for a, azimuth := range cipicAzimuths {
			for k := range cipicElevations {
				row := make([]float64, v.Shape[2])
				for t := range row {
					row[t] = x[(t*cipicElevations+k)*na+a]
				}
				rows = append(rows, row)
				if e == 0 {
					p.Coordinates = append(p.Coordinates, []float64{azimuth, -45 + float64(float64(k)*5.625), 1})
				}
			}
		}
		if e == 0 {
			p.Left = rows
		} else {
			p.Right = rows
		}
	}
	p.Name = "CIPIC"
	if v := vars["name"]; v != nil && v.Text != "" {
		p.Subject = v.Text
		p.Name += " " + v.Text
	}
	s, err := NewSet(p)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// CIPIC is the CIPIC database: folders subject_NNN with a file hrir_final.mat each. Subjects are the digits.
type CIPIC struct {
	rate     float64
	folders  map[string]string
	subjects []string
}

var cipicFolder = regexp.MustCompile(`^subject_(\d+)$`)

// NewCIPIC looks for the subjects in a folder or in standard_hrir_database below it. None is an error. Sets are resampled to a rate [Hz] unless it is zero.
func NewCIPIC(folder string, rate float64) (*CIPIC, error) {
	if rate != 0 {
		if err := checkRate(rate); err != nil {
			return nil, err
		}
	}
	d := &CIPIC{rate: rate, folders: map[string]string{}}
	for _, f := range []string{folder, filepath.Join(folder, "standard_hrir_database")} {
		entries, err := os.ReadDir(f)
		if err != nil {
			if f == folder {
				return nil, err
			}
			continue
		}
		for _, e := range entries {
			m := cipicFolder.FindStringSubmatch(e.Name())
			if m == nil || d.folders[m[1]] != "" || !exists(filepath.Join(f, e.Name(), "hrir_final.mat")) {
				continue
			}
			d.folders[m[1]] = filepath.Join(f, e.Name())
			d.subjects = append(d.subjects, m[1])
		}
	}
	if len(d.subjects) == 0 {
		return nil, fmt.Errorf("%s: hrtf: no files subject_NNN/hrir_final.mat", folder)
	}
	slices.Sort(d.subjects)
	return d, nil
}

// Subjects lists the subjects found, such as 003.
func (d *CIPIC) Subjects() []string { return d.subjects }

// Load reads a subject.
func (d *CIPIC) Load(subject string) (*Set, error) {
	folder, ok := d.folders[subject]
	if !ok {
		return nil, unknownSubject(subject, d.subjects)
	}
	s, err := ReadCIPIC(filepath.Join(folder, "hrir_final.mat"))
	if err != nil {
		return nil, err
	}
	s.name, s.subject = "CIPIC "+subject, subject
	return s.atRate(d.rate)
}

package hrtf

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"hearpipe/internal/matfile"
	"hearpipe/sound"
)

// ListenParams say where an IRCAM LISTEN database lies and what of it to read.
type ListenParams struct {
	// Folders are searched in order for folders IRC_NNNN, or are such folders. None: the environment variable IRCAM_LISTEN, a list like PATH.
	Folders []string
	// Raw asks for the raw measurements (8,192 taps) instead of the compensated ones (512 taps).
	Raw bool
	// RoundElevations rounds elevations to multiples of 0.5 degrees: some subjects have 7.47 for 7.5.
	RoundElevations bool
	// Rate is what sets are resampled to [Hz]; zero: what they were measured at.
	Rate float64
}

// Listen is the IRCAM LISTEN database (O. Warusfel, IRCAM 2002): 187 directions for each subject. Coordinates are Spherical, without distance
// but for the sound files. Subjects are the four digits of their folders.
type Listen struct {
	p        ListenParams
	folders  map[string]string
	subjects []string
}

var listenFolder = regexp.MustCompile(`^IRC_(\d{4})$`)

// NewListen looks for the subjects. None is an error.
func NewListen(p ListenParams) (*Listen, error) {
	if len(p.Folders) == 0 {
		p.Folders = filepath.SplitList(os.Getenv("IRCAM_LISTEN"))
	}
	if len(p.Folders) == 0 {
		return nil, fmt.Errorf("hrtf: no folder for IRCAM LISTEN, and the environment variable IRCAM_LISTEN is empty")
	}
	if p.Rate != 0 {
		if err := checkRate(p.Rate); err != nil {
			return nil, err
		}
	}
	l := &Listen{p: p, folders: map[string]string{}}
	enter := func(name, path string) {
		if m := listenFolder.FindStringSubmatch(name); m != nil && l.folders[m[1]] == "" {
			l.folders[m[1]] = path
			l.subjects = append(l.subjects, m[1])
		}
	}
	for _, folder := range p.Folders {
		entries, err := os.ReadDir(folder)
		if err != nil {
			return nil, err
		}
		if full, err := filepath.Abs(folder); err == nil {
			enter(filepath.Base(full), folder)
		}
		for _, e := range entries {
			if e.IsDir() {
				enter(e.Name(), filepath.Join(folder, e.Name()))
			}
		}
	}
	if len(l.subjects) == 0 {
		return nil, fmt.Errorf("hrtf: no folders IRC_NNNN in %s", strings.Join(p.Folders, ", "))
	}
	slices.Sort(l.subjects)
	return l, nil
}

// Subjects lists the subjects found, such as 1002.
func (l *Listen) Subjects() []string { return l.subjects }

// Load reads a subject from its MAT-file, or from its sound files if there is no MAT-file.
func (l *Listen) Load(subject string) (*Set, error) {
	folder, ok := l.folders[subject]
	if !ok {
		return nil, unknownSubject(subject, l.subjects)
	}
	kind, letter := "COMPENSATED", "C"
	if l.p.Raw {
		kind, letter = "RAW", "R"
	}
	name := fmt.Sprintf("IRC_%s_%s", subject, letter)
	mat := filepath.Join(folder, kind, "MAT", "HRIR", name+"_HRIR.mat")
	wav := filepath.Join(folder, kind, "WAV", name)
	var s *Set
	var err error
	switch {
	case exists(mat):
		s, err = readListenMAT(mat)
	case exists(wav):
		s, err = readListenWAV(wav)
	default:
		err = fmt.Errorf("hrtf: subject %s has neither %s nor %s", subject, mat, wav)
	}
	if err != nil {
		return nil, err
	}
	s.name, s.subject = "IRCAM_"+subject, subject
	if l.p.RoundElevations {
		for _, at := range s.places {
			at[1] = math.RoundToEven(at[1]*2) / 2
		}
	}
	return s.atRate(l.p.Rate)
}

// atRate resamples if a rate is given.
func (s *Set) atRate(rate float64) (*Set, error) {
	if rate == 0 {
		return s, nil
	}
	return s.Resample(rate)
}

// unknownSubject says which subjects there are.
func unknownSubject(subject string, subjects []string) error {
	return fmt.Errorf("hrtf: there is no subject %q: want one of %s", subject, some(subjects))
}

// some lists the first of many names.
func some(names []string) string {
	const most = 20
	list := strings.Join(names[:min(most, len(names))], ", ")
	if len(names) > most {
		list += fmt.Sprintf(" and %d more", len(names)-most)
	}
	return list
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// readListenMAT reads a MAT-file of the database: two structs, for the left and the right ear, of azim_v and elev_v (degrees), content_m (directions × taps) and
// sampling_hz. If that is missing, subjects 3000 and up were measured at 192 kHz, the others at 44.1 kHz.
func readListenMAT(path string) (*Set, error) {
	if err := regular(path); err != nil {
		return nil, err
	}
	vars, err := matfile.Read(path, "l_hrir_S", "r_hrir_S", "l_eq_hrir_S", "r_eq_hrir_S")
	if err != nil {
		return nil, err
	}
	fail := func(err error) (*Set, error) { return nil, fmt.Errorf("%s: %w", path, err) }
	p := SetParams{System: Spherical, Rate: 44100}
	if m := regexp.MustCompile(`IRC_3\d{3}_`).FindString(filepath.Base(path)); m != "" {
		p.Rate = 192000
	}
	for e, names := range [][2]string{{"l_eq_hrir_S", "l_hrir_S"}, {"r_eq_hrir_S", "r_hrir_S"}} {
		v := vars[names[0]]
		if v == nil {
			v = vars[names[1]]
		}
		if v == nil {
			return fail(fmt.Errorf("hrtf: neither %s nor %s is in this file: want an IRCAM LISTEN MAT-file", names[0], names[1]))
		}
		places, rows, rate, err := listenEar(v)
		if err != nil {
			return fail(err)
		}
		if rate != 0 {
			if e == 1 && rate != p.Rate {
				return fail(fmt.Errorf("hrtf: the left ear was sampled at %g Hz and the right at %g Hz: want one rate", p.Rate, rate))
			}
			p.Rate = rate
		}
		if e == 0 {
			p.Coordinates, p.Left = places, rows
			continue
		}
		p.Right = rows
		for i := range min(len(places), len(p.Coordinates)) {
			if !slices.Equal(places[i], p.Coordinates[i]) {
				return fail(fmt.Errorf("hrtf: response %d is at %v for the left ear and at %v for the right: want equal coordinates", i, p.Coordinates[i], places[i]))
			}
		}
	}
	s, err := NewSet(p)
	if err != nil {
		return fail(err)
	}
	return s, nil
}

// listenEar takes apart the struct of an ear; the rate is 0 if it is not there. Vectors may be rows or columns.
func listenEar(v *matfile.Array) (places, rows [][]float64, rate float64, err error) {
	values := func(name string) (*matfile.Array, []float64) {
		if err != nil {
			return nil, nil
		}
		var f *matfile.Array
		var x []float64
		if f, err = v.Field(name); err == nil {
			x, err = f.Floats()
		}
		return f, x
	}
	_, azimuth := values("azim_v")
	_, elevation := values("elev_v")
	content, taps := values("content_m")
	if err != nil {
		return nil, nil, 0, err
	}
	n := len(azimuth)
	if len(elevation) != n || len(content.Shape) != 2 || content.Shape[0] != n {
		return nil, nil, 0, fmt.Errorf("hrtf: %s has %d azimuths, %d elevations and responses of shape %v: want as many of each", v.Name, n, len(elevation), content.Shape)
	}
	for i := range n {
		places = append(places, []float64{azimuth[i], elevation[i]})
		row := make([]float64, content.Shape[1])
		for k := range row {
			row[k] = taps[k*n+i]
		}
		rows = append(rows, row)
	}
	if _, ok := v.Fields["sampling_hz"]; ok {
		_, hz := values("sampling_hz")
		if err == nil && len(hz) != 1 {
			err = fmt.Errorf("hrtf: %s has %d sampling rates: want one", v.Name, len(hz))
		}
		if err != nil {
			return nil, nil, 0, err
		}
		rate = hz[0]
	}
	return places, rows, rate, nil
}

// listenFile matches IRC_1002_C_R0195_T270_P345.wav: radius in cm, azimuth and elevation modulo 360 in degrees.
var listenFile = regexp.MustCompile(`^IRC_\d{4}_[CR]_R(\d{4})_T(\d{3})_P(\d{3})\.wav$`)

// readListenWAV reads a folder of sound files of the database, one for each direction, by elevation, then azimuth.
func readListenWAV(folder string) (*Set, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	p := SetParams{System: Spherical}
	for _, e := range entries {
		m := listenFile.FindStringSubmatch(e.Name())
		if m == nil {
			continue
		}
		radius, _ := strconv.Atoi(m[1])
		azimuth, _ := strconv.Atoi(m[2])
		elevation, _ := strconv.Atoi(m[3])
		if elevation > 180 {
			elevation -= 360
		}
		if err := p.addPair(filepath.Join(folder, e.Name()), []float64{float64(azimuth), float64(elevation), float64(radius) / 100}); err != nil {
			return nil, err
		}
	}
	if len(p.Left) == 0 {
		return nil, fmt.Errorf("%s: hrtf: no files IRC_NNNN_C_R0195_T000_P000.wav", folder)
	}
	return p.sorted(folder)
}

// addPair adds the sound file of a direction: left and right, at the rate of those before.
func (p *SetParams) addPair(path string, at []float64) error {
	if err := regular(path); err != nil {
		return err
	}
	x, err := sound.Read(path)
	if err != nil {
		return err
	}
	if x.Channels() != 2 {
		return fmt.Errorf("%s: hrtf: %d channels: want 2, left and right", path, x.Channels())
	}
	if p.Rate == 0 {
		p.Rate = x.Rate()
	}
	if x.Rate() != p.Rate {
		return fmt.Errorf("%s: hrtf: %g Hz: want %g Hz like the others", path, x.Rate(), p.Rate)
	}
	left, err := x.Channel(0)
	if err != nil {
		return err
	}
	right, err := x.Channel(1)
	if err != nil {
		return err
	}
	p.Coordinates = append(p.Coordinates, at)
	p.Left, p.Right = append(p.Left, left), append(p.Right, right)
	return nil
}

// sorted makes a set ordered by elevation, then azimuth.
func (p *SetParams) sorted(path string) (*Set, error) {
	order := make([]int, len(p.Left))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := p.Coordinates[a], p.Coordinates[b]
		return slices.Compare([]float64{x[1], x[0]}, []float64{y[1], y[0]})
	})
	s, err := NewSet(*p)
	if err == nil {
		s, err = s.Pick(order)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

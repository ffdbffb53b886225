package hrtf

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hearpipe/internal/hdf5"
)

// sofaConventions are those that are read: sets of pairs of impulse responses around a listener.
var sofaConventions = []string{"SimpleFreeFieldHRIR", "GeneralFIR", "FreeFieldHRIR"}

// ReadSOFA reads a set from a SOFA file (AES69): the conventions SimpleFreeFieldHRIR, FreeFieldHRIR and GeneralFIR with the data type FIR and two receivers.
//
// Positions are taken as they stand, in the systems Spherical or Cartesian, unless the listener is moved or turned: then they become Spherical as the
// listener sees them. The first receiver is the left ear; if the receivers' positions say otherwise they are believed in files of version 1.0 and later
// (in files of version 0.6 the signs of these positions are wrong). Delays are kept beside the taps. All rates must be equal.
//
// A file that is damaged, or holds something else, is an error that says what and where; see the package hdf5 for the limits.
func ReadSOFA(path string) (*Set, error) {
	if err := regular(path); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	s, err := DecodeSOFA(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if s.name == "" {
		s.name = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	}
	return s, nil
}

// DecodeSOFA is ReadSOFA for a file of the given size that is already open.
func DecodeSOFA(r io.ReaderAt, size int64) (*Set, error) {
	d := &sofa{attributes: map[string]string{}, objects: map[string]hdf5.Link{}}
	if err := d.open(r, size); err != nil {
		return nil, err
	}
	if err := d.kind(); err != nil {
		return nil, err
	}
	return d.set()
}

// sofa is a file that is being read.
type sofa struct {
	root       *hdf5.Object
	objects    map[string]hdf5.Link
	attributes map[string]string
	m, n       int // responses, taps
	rate       float64
}

// open lists what the file holds.
func (d *sofa) open(r io.ReaderAt, size int64) error {
	f, err := hdf5.Open(r, size)
	if err != nil {
		return err
	}
	if d.root, err = f.Root(); err != nil {
		return err
	}
	attributes, err := d.root.Attributes()
	if err != nil {
		return err
	}
	for _, a := range attributes {
		if a.Type.Class == hdf5.Text || a.Type.Class == hdf5.VariableText {
			d.attributes[a.Name] = a.Text()
		}
	}
	links, err := d.root.Links()
	for _, l := range links {
		d.objects[l.Name] = l
	}
	return err
}

// kind refuses what is no set of pairs of responses.
func (d *sofa) kind() error {
	wrong := func(name string, want ...string) error {
		if got := d.attributes[name]; !slices.Contains(want, got) {
			return fmt.Errorf("hrtf: the attribute %s of this file is %q: want %s", name, got, strings.Join(want, " or "))
		}
		return nil
	}
	if err := wrong("Conventions", "SOFA"); err != nil {
		return err
	}
	if err := wrong("SOFAConventions", sofaConventions...); err != nil {
		return err
	}
	return wrong("DataType", "FIR")
}

// variable is an array of the file with its attributes.
type variable struct {
	name       string
	shape      []int64
	x          []float64
	attributes map[string]string
}

// read reads a variable; it is nil if there is none.
func (d *sofa) read(name string) (*variable, error) {
	l, ok := d.objects[name]
	if !ok {
		return nil, nil
	}
	o, err := d.root.Open(l)
	if err != nil {
		return nil, err
	}
	data, err := o.Dataset()
	if err != nil {
		return nil, err
	}
	v := &variable{name: name, shape: data.Shape(), attributes: map[string]string{}}
	if v.x, err = data.Floats(); err != nil {
		return nil, err
	}
	attributes, err := o.Attributes()
	for _, a := range attributes {
		v.attributes[a.Name] = a.Text()
	}
	return v, err
}

// needed is read for a variable that must exist.
func (d *sofa) needed(name string) (*variable, error) {
	v, err := d.read(name)
	if err == nil && v == nil {
		err = fmt.Errorf("hrtf: this SOFA file has no %s", name)
	}
	return v, err
}

// rows refuses a variable that is not an array of rows × width, where there is one row for all responses or one for each. Further dimensions must be of length 1.
func (d *sofa) rows(v *variable, width int) error {
	ok := len(v.shape) >= 2 && (v.shape[0] == 1 || v.shape[0] == int64(d.m)) && v.shape[1] == int64(width)
	for k := 2; ok && k < len(v.shape); k++ {
		ok = v.shape[k] == 1
	}
	if !ok {
		return fmt.Errorf("hrtf: %s has the shape %v: want [1 %d] or [%d %d]", v.name, v.shape, width, d.m, width)
	}
	return nil
}

// row returns the row of response i.
func (v *variable) row(i int) []float64 {
	width := len(v.x) / int(v.shape[0])
	if v.shape[0] == 1 {
		i = 0
	}
	return v.x[i*width : (i+1)*width]
}

// set reads the set.
func (d *sofa) set() (*Set, error) {
	ir, err := d.needed("Data.IR")
	if err != nil {
		return nil, err
	}
	if len(ir.shape) != 3 || ir.shape[1] != 2 || ir.shape[0] < 1 || ir.shape[2] < 1 {
		return nil, fmt.Errorf("hrtf: Data.IR has the shape %v: want [responses 2 taps], two receivers and at least one of the others", ir.shape)
	}
	d.m, d.n = int(ir.shape[0]), int(ir.shape[2])
	if err := d.readRate(); err != nil {
		return nil, err
	}
	p := SetParams{Rate: d.rate, Subject: d.attributes["ListenerShortName"], Attributes: d.attributes}
	if name := d.attributes["DatabaseName"]; name != "none" { // the word for none in files of version 0.6
		p.Name = strings.TrimSpace(name + " " + p.Subject)
	}
	if err := d.place(&p); err != nil {
		return nil, err
	}
	delays, err := d.delays()
	if err != nil {
		return nil, err
	}
	left, err := d.leftEar()
	if err != nil {
		return nil, err
	}
	for i := range d.m {
		pair := ir.x[2*i*d.n : 2*(i+1)*d.n]
		both := [2][]float64{pair[:d.n:d.n], pair[d.n : 2*d.n : 2*d.n]}
		p.Left = append(p.Left, both[left])
		p.Right = append(p.Right, both[1-left])
		if delays != nil {
			row := delays.row(i)
			p.LeftDelay = append(p.LeftDelay, row[left])
			p.RightDelay = append(p.RightDelay, row[1-left])
		}
	}
	return p.set()
}

// readRate reads the rate, which must be the same for all responses.
func (d *sofa) readRate() error {
	v, err := d.needed("Data.SamplingRate")
	if err != nil {
		return err
	}
	if len(v.x) == 0 {
		return fmt.Errorf("hrtf: Data.SamplingRate is empty: want one rate")
	}
	switch unit := strings.ToLower(v.attributes["Units"]); unit {
	case "hertz", "hz", "":
	default:
		return fmt.Errorf("hrtf: Data.SamplingRate is in %q: want hertz", unit)
	}
	d.rate = v.x[0]
	for i, x := range v.x {
		if x != d.rate {
			return fmt.Errorf("hrtf: Data.SamplingRate is %g Hz for response 0 and %g Hz for response %d: want one rate", d.rate, x, i)
		}
	}
	return checkRate(d.rate)
}

// delays reads the delays in samples; nil if there are none or all are zero.
func (d *sofa) delays() (*variable, error) {
	v, err := d.read("Data.Delay")
	if err != nil || v == nil {
		return nil, err
	}
	if err := d.rows(v, 2); err != nil {
		return nil, err
	}
	switch unit := strings.ToLower(v.attributes["Units"]); unit {
	case "", "sample", "samples":
	case "s", "second", "seconds":
		for i := range v.x {
			v.x[i] *= d.rate
		}
	default:
		return nil, fmt.Errorf("hrtf: Data.Delay is in %q: want samples or seconds", unit)
	}
	if !slices.ContainsFunc(v.x, func(x float64) bool { return x != 0 }) {
		return nil, nil
	}
	return v, nil
}

// leftEar returns which receiver is the left ear.
func (d *sofa) leftEar() (int, error) {
	v, err := d.read("ReceiverPosition")
	kind := Cartesian
	switch {
	case err != nil || v == nil || strings.HasPrefix(d.attributes["Version"], "0."):
		return 0, err
	case v.attributes["Type"] == "spherical":
		kind = Spherical
	case !strings.HasPrefix(v.attributes["Type"], "cartesian"):
		return 0, nil
	}
	if len(v.shape) < 2 || v.shape[0] != 2 || v.shape[1] != 3 || len(v.x) < 6 {
		return 0, fmt.Errorf("hrtf: ReceiverPosition has the shape %v: want [2 3 1] or [2 3 %d]", v.shape, d.m)
	}
	step := len(v.x) / 6
	left := func(r int) float64 { // how far to the left
		return cartesian(kind, []float64{v.x[3*r*step], v.x[(3*r+1)*step], v.x[(3*r+2)*step]})[1]
	}
	if left(0) < 0 && left(1) > 0 {
		return 1, nil
	}
	return 0, nil
}

// place reads the positions of the sources as the listener sees them.
func (d *sofa) place(p *SetParams) error {
	v, err := d.needed("SourcePosition")
	if err != nil {
		return err
	}
	if err := d.rows(v, 3); err != nil {
		return err
	}
	if p.System, err = v.system(); err != nil {
		return err
	}
	l, err := d.listener()
	if err != nil {
		return err
	}
	for i := range d.m {
		p.Coordinates = append(p.Coordinates, v.row(i))
	}
	if l == nil {
		return nil
	}
	for i, at := range p.Coordinates {
		direction, distance, err := l.sees(p.System, at, i)
		if err != nil {
			return fmt.Errorf("hrtf: SourcePosition of response %d: %w", i, err)
		}
		p.Coordinates[i], _ = Spherical.Place(direction, distance)
	}
	p.System = Spherical
	return nil
}

// system returns what a position means, after angles in radians have become degrees.
func (v *variable) system() (System, error) {
	units := strings.FieldsFunc(strings.ToLower(v.attributes["Units"]), func(r rune) bool { return r == ',' || r == ' ' || r == ';' })
	is := func(i int, names ...string) bool {
		return len(units) == 0 || slices.Contains(names, units[min(i, len(units)-1)])
	}
	metre := func(i int) bool { return is(i, "metre", "metres", "meter", "meters", "m") }
	degree := []string{"degree", "degrees", "deg"}
	wrong := func() (System, error) {
		return 0, fmt.Errorf("hrtf: %s is of type %q in %q: want spherical in degree, degree, metre, or cartesian in metre", v.name, v.attributes["Type"], v.attributes["Units"])
	}
	switch kind := v.attributes["Type"]; {
	case kind == "cartesian" && metre(0) && metre(1) && metre(2):
		return Cartesian, nil
	case kind != "spherical" && kind != "" || !metre(2):
		return wrong()
	case is(0, degree...) && is(1, degree...):
		return Spherical, nil
	case is(0, "radian", "radians", "rad") && is(1, "radian", "radians", "rad"):
		for i := range v.x {
			if i%3 < 2 {
				v.x[i] = settle(degrees(v.x[i]))
			}
		}
		return Spherical, nil
	}
	return wrong()
}

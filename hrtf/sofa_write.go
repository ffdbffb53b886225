package hrtf

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"hearpipe/internal/atomicfile"
	"hearpipe/internal/hdf5"
)

// SOFAParams describe a SOFA file to be written. Empty texts stand for what the set says about itself.
type SOFAParams struct {
	Title        string    // of the file
	DatabaseName string    // where the set belongs
	Subject      string    // ListenerShortName
	License      string    // how the data may be used
	Author       string    // AuthorContact
	Organization string    // where the data comes from
	Comment      string    // anything else
	Created      time.Time // zero: now
	Modified     time.Time // zero: Created
}

// WriteSOFA writes a set as a SOFA file of the convention SimpleFreeFieldHRIR 1.0 (AES69-2015), compressed. Coordinates become Spherical unless they are
// Cartesian; a missing set and one without directions are errors. A distance that the set does not say is written as 1 m. Delays are kept beside the taps. Other attributes of
// the set stay. The file appears whole or not at all. Equal sets and params, with a time, give equal bytes.
func WriteSOFA(path string, s *Set, p SOFAParams) error {
	if s == nil {
		return fmt.Errorf("%s: %w", path, errNoSet)
	}
	f, err := atomicfile.Create(path)
	if err != nil {
		return err
	}
	if err := EncodeSOFA(f, s, p); err != nil {
		f.Abort(false)
		return fmt.Errorf("%s: %w", path, err)
	}
	return f.Commit()
}

var errNoSet = errors.New("hrtf: the set to be written is missing")

// EncodeSOFA is WriteSOFA to a writer.
func EncodeSOFA(w io.Writer, s *Set, p SOFAParams) error {
	if s == nil {
		return errNoSet
	}
	system := Spherical
	if s.system == Cartesian {
		system = Cartesian
	}
	positions := make([]float64, 0, 3*s.Len())
	for i := range s.places {
		at := s.places[i]
		if system != s.system {
			d, ok := s.Direction(i)
			if !ok {
				return fmt.Errorf("hrtf: response %d of %s has no direction: its coordinates are %s", i, s.title(), s.columnNames())
			}
			at, _ = system.Place(d, s.Distance(i))
		}
		positions = append(positions, at...)
		if len(at) < 3 {
			positions = append(positions, 1)
		}
	}
	taps := make([]float64, 0, 2*s.Len()*s.Taps())
	for i := range s.places {
		taps = append(append(taps, s.taps[Left][i]...), s.taps[Right][i]...)
	}
	delay := hdf5.Variable{Name: "Data.Delay", Dimensions: []string{"I", "R"}, Data: []float64{0, 0}}
	if d := s.Delays(Interleaved); d != nil {
		delay.Dimensions[0], delay.Data = "M", d
	}
	kind, unit := attributesOf(system)
	c := hdf5.Contents{
		Attributes: s.sofaAttributes(p),
		// M responses, R ears, E emitters, N taps, C coordinates, and I, which is one.
		Dimensions: []hdf5.Dimension{{Name: "M", Length: s.Len()}, {Name: "R", Length: 2}, {Name: "E", Length: 1}, {Name: "N", Length: s.Taps()}, {Name: "C", Length: 3}, {Name: "I", Length: 1}},
		Variables: []hdf5.Variable{
			position("ListenerPosition", "I", 0, 0, 0),
			position("ReceiverPosition", "R", 0, 0.09, 0, 0, -0.09, 0),
			{Name: "SourcePosition", Dimensions: []string{"M", "C"}, Data: positions, Attributes: []hdf5.TextAttribute{kind, unit}, Deflate: true},
			position("EmitterPosition", "E", 0, 0, 0),
			{Name: "ListenerUp", Dimensions: []string{"I", "C"}, Data: []float64{0, 0, 1}},
			position("ListenerView", "I", 1, 0, 0),
			{Name: "Data.IR", Dimensions: []string{"M", "R", "N"}, Data: taps, Deflate: true},
			{Name: "Data.SamplingRate", Dimensions: []string{"I"}, Data: []float64{s.rate}, Attributes: []hdf5.TextAttribute{{Name: "Units", Text: "hertz"}}},
			delay,
		},
	}
	return hdf5.Write(w, c)
}

// attributesOf returns the type and the units of positions.
func attributesOf(system System) (kind, unit hdf5.TextAttribute) {
	if system == Cartesian {
		return hdf5.TextAttribute{Name: "Type", Text: "cartesian"}, hdf5.TextAttribute{Name: "Units", Text: "metre"}
	}
	return hdf5.TextAttribute{Name: "Type", Text: "spherical"}, hdf5.TextAttribute{Name: "Units", Text: "degree, degree, metre"}
}

// position is a variable of cartesian positions; those of receivers and emitters have a third dimension, I.
func position(name, dimension string, x ...float64) hdf5.Variable {
	kind, unit := attributesOf(Cartesian)
	v := hdf5.Variable{Name: name, Dimensions: []string{dimension, "C"}, Data: x, Attributes: []hdf5.TextAttribute{kind, unit}}
	if dimension == "R" || dimension == "E" {
		v.Dimensions = append(v.Dimensions, "I")
	}
	return v
}

// sofaAttributes returns the attributes of the file: those the convention demands first, then what else the set has.
func (s *Set) sofaAttributes(p SOFAParams) []hdf5.TextAttribute {
	if p.Created.IsZero() {
		p.Created = time.Now()
	}
	if p.Modified.IsZero() {
		p.Modified = p.Created
	}
	var list []hdf5.TextAttribute
	add := func(name string, texts ...string) {
		text := ""
		for _, t := range append(texts, s.attributes[name]) {
			if text == "" {
				text = t
			}
		}
		list = append(list, hdf5.TextAttribute{Name: name, Text: text})
	}
	const stamp = "2006-01-02 15:04:05"
	add("Conventions", "SOFA")
	add("Version", "1.0")
	add("SOFAConventions", "SimpleFreeFieldHRIR")
	add("SOFAConventionsVersion", "1.0")
	add("APIName", "hearpipe")
	add("APIVersion", "1.0")
	add("ApplicationName", "hearpipe")
	add("AuthorContact", p.Author)
	add("Comment", p.Comment)
	add("DataType", "FIR")
	add("License", p.License)
	if list[len(list)-1].Text == "" {
		list[len(list)-1].Text = "No license provided, ask the author for permission"
	}
	add("Organization", p.Organization)
	add("RoomType", "free field")
	add("DateCreated", p.Created.UTC().Format(stamp))
	add("DateModified", p.Modified.UTC().Format(stamp))
	add("Title", p.Title)
	if list[len(list)-1].Text == "" {
		list[len(list)-1].Text = s.name
	}
	add("DatabaseName", p.DatabaseName)
	if list[len(list)-1].Text == "" {
		list[len(list)-1].Text = s.name
	}
	add("ListenerShortName", p.Subject, s.subject)
	for _, name := range s.Attributes() {
		if !slices.ContainsFunc(list, func(a hdf5.TextAttribute) bool { return a.Name == name }) {
			add(name)
		}
	}
	return list
}

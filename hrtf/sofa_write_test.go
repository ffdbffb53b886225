package hrtf

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"hearpipe/internal/hdf5"
)

var someTime = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// again writes a set and reads it.
func again(t *testing.T, s *Set, p SOFAParams) *Set {
	t.Helper()
	p.Created = someTime
	path := filepath.Join(t.TempDir(), "a.sofa")
	if err := WriteSOFA(path, s, p); err != nil {
		t.Fatal(err)
	}
	r, err := ReadSOFA(path)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWrittenSetsAreReadBack(t *testing.T) {
	s, err := ReadSOFA("testdata/sofa/Pulse.sofa")
	if err != nil {
		t.Fatal(err)
	}
	r := again(t, s, SOFAParams{Title: "Pulses", License: "CC BY 4.0"})
	if digest(r) != digest(s) || r.Rate() != s.Rate() || r.System() != Spherical {
		t.Error("the responses, the rate or the system differ")
	}
	for i := range s.Len() {
		if !slices.Equal(r.Coordinates(i), s.Coordinates(i)) {
			t.Fatalf("response %d is at %v, was at %v", i, r.Coordinates(i), s.Coordinates(i))
		}
	}
	for name, want := range map[string]string{
		"Title": "Pulses", "License": "CC BY 4.0", "ListenerShortName": "KEMAR", "DateCreated": "2026-01-02 03:04:05",
		"SOFAConventions": "SimpleFreeFieldHRIR", "History": attributeOf(s, "History"), "Version": "1.0",
	} {
		if got := attributeOf(r, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	var a, b bytes.Buffer
	if err := EncodeSOFA(&a, s, SOFAParams{Created: someTime}); err != nil {
		t.Fatal(err)
	}
	if err := EncodeSOFA(&b, s, SOFAParams{Created: someTime}); err != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Errorf("equal sets give different bytes, %v", err)
	}
}

func attributeOf(s *Set, name string) string {
	text, _ := s.Attribute(name)
	return text
}

func TestSystemsAndDelaysSurviveWriting(t *testing.T) {
	s := circle(t, 24)
	p := s.params()
	p.LeftDelay, p.RightDelay = make([]float64, 25), make([]float64, 25)
	p.LeftDelay[3], p.RightDelay[4] = 2.5, 7
	s, err := NewSet(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, system := range []System{Spherical, Clockwise, InterauralPolar, Cartesian} {
		c, err := s.In(system)
		if err != nil {
			t.Fatal(err)
		}
		r := again(t, c, SOFAParams{})
		if want := map[bool]System{true: Cartesian, false: Spherical}[system == Cartesian]; r.System() != want {
			t.Errorf("%v became %v, want %v", system, r.System(), want)
		}
		for i := range s.Len() {
			d, _ := s.Direction(i)
			if e, ok := r.Direction(i); !ok || d.Angle(e) > 1e-8 || math.Abs(r.Distance(i)-1) > 1e-12 {
				t.Errorf("%v: response %d is at %v, %g m; want %v, 1 m", system, i, e, r.Distance(i), d)
			}
			if r.At(i).Delay != s.At(i).Delay {
				t.Errorf("%v: response %d has the delays %v, want %v", system, i, r.At(i).Delay, s.At(i).Delay)
			}
		}
		if digest(r) != digest(s) || r.Name() != "ring nobody" || r.Subject() != "nobody" {
			t.Errorf("%v: %q, %q, or the responses differ", system, r.Name(), r.Subject())
		}
	}
	o, err := NewSet(SetParams{System: Other, Columns: []Column{{"itd", "s"}}, Rate: 1, Coordinates: [][]float64{{0}}, Left: [][]float64{{1}}, Right: [][]float64{{1}}})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "b.sofa")
	refused(t, WriteSOFA(path, o, SOFAParams{}), path, "no direction", "itd")
	if exists(path) {
		t.Error("a file has been left behind")
	}
}

// file is a SOFA file of two responses of two taps, to be spoiled.
func file() hdf5.Contents {
	text := func(list ...string) (a []hdf5.TextAttribute) {
		for i := 0; i < len(list); i += 2 {
			a = append(a, hdf5.TextAttribute{Name: list[i], Text: list[i+1]})
		}
		return a
	}
	return hdf5.Contents{
		Attributes: text("Conventions", "SOFA", "Version", "1.0", "SOFAConventions", "GeneralFIR", "DataType", "FIR", "ListenerShortName", "x"),
		Dimensions: []hdf5.Dimension{{Name: "M", Length: 2}, {Name: "R", Length: 2}, {Name: "N", Length: 2}, {Name: "I", Length: 1}, {Name: "C", Length: 3}},
		Variables: []hdf5.Variable{
			{Name: "Data.IR", Dimensions: []string{"M", "R", "N"}, Data: []float64{1, 2, 3, 4, 5, 6, 7, 8}},
			{Name: "Data.SamplingRate", Dimensions: []string{"I"}, Data: []float64{48000}, Attributes: text("Units", "hertz")},
			{Name: "Data.Delay", Dimensions: []string{"I", "R"}, Data: []float64{0, 0}},
			{Name: "SourcePosition", Dimensions: []string{"M", "C"}, Data: []float64{30, 0, 2, 90, 45, 2}, Attributes: text("Type", "spherical", "Units", "degree, degree, metre")},
			{Name: "ReceiverPosition", Dimensions: []string{"R", "C", "I"}, Data: []float64{0, 0.09, 0, 0, -0.09, 0}, Attributes: text("Type", "cartesian", "Units", "metre")},
			{Name: "ListenerView", Dimensions: []string{"I", "C"}, Data: []float64{1, 0, 0}, Attributes: text("Type", "cartesian", "Units", "metre")},
		},
	}
}

func decode(t *testing.T, c hdf5.Contents) (*Set, error) {
	t.Helper()
	var b bytes.Buffer
	if err := hdf5.Write(&b, c); err != nil {
		t.Fatal(err)
	}
	return DecodeSOFA(bytes.NewReader(b.Bytes()), int64(b.Len()))
}

func TestVariantsOfSOFAAreUnderstood(t *testing.T) {
	for name, c := range map[string]struct {
		change func(c *hdf5.Contents)
		ok     func(s *Set) bool
	}{
		"plain": {func(*hdf5.Contents) {}, func(s *Set) bool { return s.At(1).Right[1] == 8 && s.Coordinates(1)[1] == 45 }},
		"one rate": {func(c *hdf5.Contents) {
			c.Variables[1].Dimensions[0] = "M"
			c.Variables[1].Data = []float64{8000, 8000}
		}, func(s *Set) bool { return s.Rate() == 8000 }},
		"delays": {func(c *hdf5.Contents) { c.Variables[2].Data = []float64{0, 3} }, func(s *Set) bool {
			return slices.Equal(s.Delays(Interleaved), []float64{0, 3, 0, 3})
		}},
		"delays in seconds": {func(c *hdf5.Contents) {
			c.Variables[2].Data = []float64{0, 0.001}
			c.Variables[2].Attributes = []hdf5.TextAttribute{{Name: "Units", Text: "second"}}
		}, func(s *Set) bool { return s.At(0).Delay == [2]float64{0, 48} }},
		"cartesian": {func(c *hdf5.Contents) {
			c.Variables[3].Data = []float64{0, 1, 0, 0, 0, 2}
			c.Variables[3].Attributes[0].Text, c.Variables[3].Attributes[1].Text = "cartesian", "metre, metre, metre"
		}, func(s *Set) bool { d, _ := s.Direction(0); return s.System() == Cartesian && d.Azimuth() == 90 }},
		"radians": {func(c *hdf5.Contents) {
			c.Variables[3].Data = []float64{math.Pi / 6, 0, 1, math.Pi / 2, math.Pi / 4, 1}
			c.Variables[3].Attributes[1].Text = "radian radian metre"
		}, func(s *Set) bool { return s.Coordinates(0)[0] == 30 && s.Coordinates(1)[1] == 45 }},
		"one position": {func(c *hdf5.Contents) { c.Variables[3].Dimensions[0] = "I"; c.Variables[3].Data = []float64{30, 10, 1} }, func(s *Set) bool {
			return slices.Equal(s.Coordinates(0), s.Coordinates(1)) && s.Coordinates(1)[1] == 10
		}},
		"receivers exchanged": {func(c *hdf5.Contents) { c.Variables[4].Data = []float64{0, -0.09, 0, 0, 0.09, 0} }, func(s *Set) bool { return s.At(0).Left[0] == 3 && s.At(0).Right[0] == 1 }},
		"spherical receivers exchanged": {func(c *hdf5.Contents) {
			c.Variables[4].Data = []float64{270, 0, 0.09, 90, 0, 0.09}
			c.Variables[4].Attributes[0].Text, c.Variables[4].Attributes[1].Text = "spherical", "degree, degree, metre"
		}, func(s *Set) bool { return s.At(0).Left[0] == 3 && s.At(0).Right[0] == 1 }},
		"spherical receivers": {func(c *hdf5.Contents) {
			c.Variables[4].Data = []float64{90, 0, 0.09, 270, 0, 0.09}
			c.Variables[4].Attributes[0].Text, c.Variables[4].Attributes[1].Text = "spherical", "degree, degree, metre"
		}, func(s *Set) bool { return s.At(0).Left[0] == 1 && s.At(0).Right[0] == 3 }},
		"receivers of old files": {func(c *hdf5.Contents) {
			c.Variables[4].Data = []float64{0, -0.09, 0, 0, 0.09, 0}
			c.Attributes[1].Text = "0.6"
		}, func(s *Set) bool { return s.At(0).Left[0] == 1 }},
		"the listener looks back": {func(c *hdf5.Contents) { c.Variables[5].Data = []float64{-1, 0, 0} }, func(s *Set) bool {
			return s.Coordinates(0)[0] == 210 && s.Coordinates(1)[0] == 270 && s.Coordinates(1)[1] == 45
		}},
		"sources in metres, the listener looks back": {func(c *hdf5.Contents) {
			c.Variables[3].Data = []float64{0, 1, 0, 0, 0, 2}
			c.Variables[3].Attributes[0].Text, c.Variables[3].Attributes[1].Text = "cartesian", "metre"
			c.Variables[5].Data = []float64{-1, 0, 0}
		}, func(s *Set) bool {
			return s.System() == Spherical && slices.Equal(s.Coordinates(0), []float64{270, 0, 1}) && slices.Equal(s.Coordinates(1), []float64{0, 90, 2})
		}},
		"a spherical place of the listener": {func(c *hdf5.Contents) {
			c.Variables[3].Data = []float64{90, 0, 3, 90, 90, 1}
			at := hdf5.Variable{Name: "ListenerPosition", Dimensions: []string{"I", "C"}, Data: []float64{90, 0, 1}}
			at.Attributes = append(at.Attributes, c.Variables[3].Attributes...)
			c.Variables = append(c.Variables, at)
		}, func(s *Set) bool {
			return slices.Equal(s.Coordinates(0), []float64{90, 0, 2}) && s.Coordinates(1)[0] == 270 && s.Coordinates(1)[1] == 45
		}},
		"no receivers, no delays": {func(c *hdf5.Contents) {
			c.Variables = slices.Delete(c.Variables, 4, 5)
			c.Variables = slices.Delete(c.Variables, 2, 3)
		}, func(s *Set) bool { return s.Delays(Serial) == nil }},
	} {
		f := file()
		c.change(&f)
		s, err := decode(t, f)
		if err != nil || !c.ok(s) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOtherFilesThanSetsAreRefused(t *testing.T) {
	for want, spoil := range map[string]func(c *hdf5.Contents){
		`attribute Conventions of this file is ""`:       func(c *hdf5.Contents) { c.Attributes[0].Name = "Other" },
		`SOFAConventions of this file is "SimpleFreeFie`: func(c *hdf5.Contents) { c.Attributes[2].Text = "SimpleFreeFieldSOS" },
		`DataType of this file is "TF": want FIR`:        func(c *hdf5.Contents) { c.Attributes[3].Text = "TF" },
		`has no Data.IR`: func(c *hdf5.Contents) { c.Variables[0].Name = "Data.Real" },
		`Data.IR has the shape [2 4]`: func(c *hdf5.Contents) {
			c.Dimensions = append(c.Dimensions, hdf5.Dimension{Name: "X", Length: 4})
			c.Variables[0].Dimensions = []string{"M", "X"}
		},
		`Data.IR has the shape [2 1 4]`: func(c *hdf5.Contents) {
			c.Dimensions = append(c.Dimensions, hdf5.Dimension{Name: "X", Length: 4})
			c.Variables[0].Dimensions = []string{"M", "I", "X"}
		},
		`has no Data.SamplingRate`: func(c *hdf5.Contents) { c.Variables[1].Name = "x" },
		`48000 Hz for response 0 and 44100 Hz`: func(c *hdf5.Contents) {
			c.Variables[1].Dimensions[0] = "M"
			c.Variables[1].Data = []float64{48000, 44100}
		},
		`Data.SamplingRate is in "khz"`:              func(c *hdf5.Contents) { c.Variables[1].Attributes[0].Text = "kHz" },
		`rate -1 Hz`:                                 func(c *hdf5.Contents) { c.Variables[1].Data[0] = -1 },
		`left response 0: delay of -1 samples`:       func(c *hdf5.Contents) { c.Variables[2].Data[0] = -1 },
		`Data.Delay has the shape [2 3]: want [1 2]`: func(c *hdf5.Contents) { c.Variables[2] = c.Variables[3]; c.Variables[2].Name = "Data.Delay" },
		`has no SourcePosition`:                      func(c *hdf5.Contents) { c.Variables[3].Name = "x" },
		`SourcePosition is of type "interaural"`:     func(c *hdf5.Contents) { c.Variables[3].Attributes[0].Text = "interaural" },
		`in "inch"`:                                  func(c *hdf5.Contents) { c.Variables[3].Attributes[1].Text = "inch" },
		`azimuth is NaN`:                             func(c *hdf5.Contents) { c.Variables[3].Data[0] = math.NaN() },
		`right response 1: tap 1 is +Inf`:            func(c *hdf5.Contents) { c.Variables[0].Data[7] = math.Inf(1) },
		`ListenerView is [NaN`:                       func(c *hdf5.Contents) { c.Variables[5].Data[0] = math.NaN() },
	} {
		f := file()
		spoil(&f)
		_, err := decode(t, f)
		refused(t, err, want)
	}
}

// TestSetsForOtherReaders writes sets where the environment variable HEARPIPE_WRITE says, to be read by hand with other programs.
func TestSetsForOtherReaders(t *testing.T) {
	folder := os.Getenv("HEARPIPE_WRITE")
	if folder == "" {
		t.Skip("HEARPIPE_WRITE names no folder to write to")
	}
	s, err := ReadSOFA("testdata/sofa/Pulse.sofa")
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteSOFA(filepath.Join(folder, "pulse.sofa"), s, SOFAParams{Created: someTime}); err != nil {
		t.Error(err)
	}
}

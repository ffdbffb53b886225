package main

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"hearpipe/hrtf"
)

// describeHeads describes a file with a set of head-related transfer functions, or a folder of them.
func describeHeads(name string) (*report, error) {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		d, err := hrtf.OpenDatabase(name, hrtf.OpenParams{})
		if err != nil {
			return nil, fmt.Errorf("%s is a folder: %w", name, err)
		}
		if subjects := d.Subjects(); len(subjects) > 1 {
			r := &report{file: name}
			r.add("kind", "folder of HRTF sets", nil)
			r.add("subjects", fmt.Sprintf("%d: %s", len(subjects), strings.Join(subjects, ", ")), subjects)
			return r, nil
		}
	}
	s, err := openSet(name)
	if err != nil {
		return nil, err
	}
	r := &report{file: name}
	r.add("kind", "HRTF set", nil)
	if _, err := os.Stat(name); err != nil {
		r.add("where", "in the program", nil)
	}
	r.add("name", s.Name(), nil)
	if s.Subject() != "" {
		r.add("subject", s.Subject(), nil)
	}
	r.add("directions", grouped(int64(s.Len())), s.Len())
	if n := horizontal(s); n > 0 {
		r.add("in the horizontal plane", grouped(int64(n)), n)
	}
	r.add("rate", fmt.Sprintf("%g Hz", s.Rate()), s.Rate())
	r.add("taps", fmt.Sprintf("%s (%s)", grouped(int64(s.Taps())), seconds(float64(s.Taps())/s.Rate())), s.Taps())
	if d := s.Delays(hrtf.Serial); d != nil {
		lo, hi := slices.Min(d), slices.Max(d)
		r.add("delays", fmt.Sprintf("%.5g to %.5g samples", lo, hi), []float64{lo, hi})
	}
	r.add("system", s.System().String(), nil)
	for _, c := range s.Columns() {
		x, err := s.Column(c.Name)
		if err != nil {
			return nil, err
		}
		slices.Sort(x)
		values := slices.Compact(x)
		text := fmt.Sprintf("%.5g %s", values[0], c.Unit)
		if len(values) > 1 {
			text = fmt.Sprintf("%.5g to %.5g %s, %s values", values[0], values[len(values)-1], c.Unit, grouped(int64(len(values))))
		}
		r.add(c.Name, text, []float64{values[0], values[len(values)-1]})
	}
	for _, a := range []struct{ name, attribute string }{
		{"title", "Title"},
		{"database", "DatabaseName"},
		{"licence", "License"},
		{"organisation", "Organization"},
		{"contact", "AuthorContact"},
		{"comment", "Comment"},
		{"convention", "SOFAConventions"},
		{"created", "DateCreated"},
	} {
		if text, _ := s.Attribute(a.attribute); text != "" {
			r.add(a.name, text, nil)
		}
	}
	return r, nil
}

// horizontal counts the directions in the horizontal plane.
func horizontal(s *hrtf.Set) int {
	n := 0
	for i := range s.Len() {
		if d, ok := s.Direction(i); ok && math.Abs(d.Elevation()) < 1e-6 {
			n++
		}
	}
	return n
}

// isFolder reports whether a name is that of a folder.
func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

package hrtf

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hearpipe/internal/matfile"
)

// OpenParams say what to read of a file or folder.
type OpenParams struct {
	Subject string  // of a folder with several; empty: the only one
	Raw     bool    // raw measurements of IRCAM LISTEN instead of compensated ones; of anything else an error
	Rate    float64 // resample to this rate [Hz]; zero: as measured
}

// Open reads a set from what people have: a SOFA file, a MAT-file of IRCAM LISTEN or of CIPIC, a folder of one of these databases, of MIT
// KEMAR sound files or of SOFA files. What it is is found from the content.
func Open(path string, p OpenParams) (*Set, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		if err := regular(path); err != nil {
			return nil, err
		}
		if p.Subject != "" {
			return nil, fmt.Errorf("%s: hrtf: one file holds one subject: want no subject, not %q", path, p.Subject)
		}
		if p.Raw {
			return nil, fmt.Errorf("%s: hrtf: a file holds what it holds: raw measurements are chosen in a folder of IRCAM LISTEN", path)
		}
		s, err := openFile(path)
		if err != nil {
			return nil, err
		}
		return s.atRate(p.Rate)
	}
	d, err := OpenDatabase(path, p)
	if err != nil {
		return nil, err
	}
	subjects := d.Subjects()
	if p.Subject == "" {
		if len(subjects) > 1 {
			return nil, fmt.Errorf("%s: hrtf: %d subjects: name one of %s", path, len(subjects), some(subjects))
		}
		p.Subject = subjects[0]
	}
	return d.Load(p.Subject)
}

// regular refuses what is no file with an end: opening a named pipe would wait for whoever writes to it.
func regular(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: hrtf: neither a regular file nor a folder", path)
	}
	return err
}

// openFile reads a file by its first bytes.
func openFile(path string) (*Set, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	head := make([]byte, 128)
	n, err := f.Read(head)
	f.Close()
	if err == io.EOF {
		return nil, fmt.Errorf("%s: hrtf: the file is empty (0 bytes): want a SOFA file, or a MAT-file of version 5 to 7", path)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	head = head[:n]
	if !strings.HasPrefix(string(head), "MATLAB 5") {
		s, err := ReadSOFA(path)
		if err != nil && !strings.HasPrefix(string(head), "\x89HDF") && !strings.EqualFold(filepath.Ext(path), ".sofa") {
			return nil, fmt.Errorf("%w; hrtf: want a SOFA file, or a MAT-file of version 5 to 7", err)
		}
		return s, err
	}
	vars, err := matfile.Read(path, "hrir_l")
	if err != nil {
		return nil, err
	}
	if vars["hrir_l"] != nil {
		return ReadCIPIC(path)
	}
	s, err := readListenMAT(path)
	if err != nil {
		return nil, err
	}
	s.name = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	return s, nil
}

// OpenDatabase opens a folder as a database: IRCAM LISTEN, CIPIC, MIT KEMAR, or SOFA files, whose subjects are their names without .sofa.
func OpenDatabase(folder string, p OpenParams) (Database, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	if l, err := NewListen(ListenParams{Folders: []string{folder}, Raw: p.Raw, Rate: p.Rate}); err == nil {
		return l, nil
	}
	if p.Raw {
		return nil, fmt.Errorf("%s: hrtf: raw measurements are chosen in IRCAM LISTEN, and here are no folders IRC_NNNN", folder)
	}
	if c, err := NewCIPIC(folder, p.Rate); err == nil {
		return c, nil
	}
	if exists(filepath.Join(folder, "hrir_final.mat")) {
		return one{name: filepath.Base(folder), load: func() (*Set, error) { return ReadCIPIC(filepath.Join(folder, "hrir_final.mat")) }, rate: p.Rate}, nil
	}
	d := sofaFolder{rate: p.Rate, folder: folder}
	for _, e := range entries {
		name := e.Name()
		if strings.EqualFold(filepath.Ext(name), ".sofa") {
			d.subjects = append(d.subjects, name[:len(name)-len(".sofa")])
			d.files = append(d.files, name)
		}
		if e.IsDir() && strings.HasPrefix(name, "elev") || kemarFile.MatchString(name) {
			return one{name: "KEMAR", load: func() (*Set, error) { return ReadKEMAR(folder) }, rate: p.Rate}, nil
		}
	}
	if len(d.subjects) == 0 {
		return nil, fmt.Errorf("%s: hrtf: no HRTFs here: want folders IRC_NNNN (IRCAM LISTEN) or subject_NNN (CIPIC), files H0e000a.wav (MIT KEMAR) or *.sofa", folder)
	}
	return d, nil
}

// one is a database of one subject.
type one struct {
	name string
	load func() (*Set, error)
	rate float64
}

func (d one) Subjects() []string { return []string{d.name} }

func (d one) Load(subject string) (*Set, error) {
	if subject != d.name {
		return nil, unknownSubject(subject, d.Subjects())
	}
	s, err := d.load()
	if err != nil {
		return nil, err
	}
	return s.atRate(d.rate)
}

// sofaFolder is a folder of SOFA files.
type sofaFolder struct {
	rate            float64
	folder          string
	subjects, files []string
}

func (d sofaFolder) Subjects() []string { return d.subjects }

func (d sofaFolder) Load(subject string) (*Set, error) {
	i := slices.Index(d.subjects, subject)
	if i < 0 {
		return nil, unknownSubject(subject, d.subjects)
	}
	s, err := ReadSOFA(filepath.Join(d.folder, d.files[i]))
	if err != nil {
		return nil, err
	}
	return s.atRate(d.rate)
}

package sinks

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"

	"hearpipe/internal/npy"
	"hearpipe/stages"
)

// SpikeReader reads a spike file from beginning to end in constant memory: the files of [SpikeFile], and files of others
// that look like them.
type SpikeReader struct {
	path   string
	source spikeSource
	meta   Meta
	known  bool
}

// spikeSource reads one of the formats. Spikes come one by one until io.EOF; other errors say where.
type spikeSource interface {
	next() (t float64, cell int32, err error)
	close() error
}

// OpenSpikes opens a spike file; its extension says the format. The caller closes it.
func OpenSpikes(path string) (*SpikeReader, error) {
	format, err := SpikeFormatOf(path)
	if err != nil {
		return nil, err
	}
	r := &SpikeReader{path: path}
	if format == NPZ {
		r.source, r.meta, r.known, err = openSpikeArchive(path)
	} else if r.meta, r.known, err = ReadMeta(path); err == nil {
		r.source, err = openSpikeText(path, format)
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// Meta is what the file says about itself. ok is false if it says nothing, as files of others do.
func (r *SpikeReader) Meta() (m Meta, ok bool) { return r.meta, r.known }

// Next returns the next spike: its time [s], finite and >= 0, and its cell, >= 0. After the last one comes io.EOF.
// Whatever is malformed is an error that says where.
func (r *SpikeReader) Next() (t float64, cell int32, err error) {
	t, cell, err = r.source.next()
	if err == nil {
		switch {
		case !(t >= 0) || math.IsInf(t, 0):
			err = fmt.Errorf("spike at %v s: want a time >= 0", t)
		case cell < 0:
			err = fmt.Errorf("cell %d: want >= 0", cell)
		}
	}
	if err != nil && err != io.EOF {
		err = fmt.Errorf("%s: %w", r.path, err)
	}
	return t, cell, err
}

// Close closes the file. After an archive was read to its end, a checksum that does not fit is an error.
func (r *SpikeReader) Close() error { return r.source.close() }

// SpikeTrain is a spike file in memory: spike k is of cell Cell[k] at the time T[k] [s].
type SpikeTrain struct {
	T    []float64
	Cell []int32
	Meta Meta // zero if the file says nothing about itself
}

// ReadSpikes reads a whole spike file.
func ReadSpikes(path string) (SpikeTrain, error) {
	r, err := OpenSpikes(path)
	if err != nil {
		return SpikeTrain{}, err
	}
	train := SpikeTrain{Meta: r.meta}
	for {
		t, cell, err := r.Next()
		if err == io.EOF {
			err = r.Close() // compares checksums
			if err != nil {
				return SpikeTrain{}, fmt.Errorf("%s: %w", path, err)
			}
			return train, nil
		}
		if err != nil {
			r.Close()
			return SpikeTrain{}, err
		}
		train.T = append(train.T, t)
		train.Cell = append(train.Cell, cell)
	}
}

// spikeLines reads CSV and NDJSON.
type spikeLines struct {
	f     *os.File
	lines *bufio.Scanner
	line  int
	parse func(line []byte) (float64, int32, error)
}

func openSpikeText(path string, format SpikeFormat) (spikeSource, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	s := &spikeLines{f: f, lines: bufio.NewScanner(f), parse: parseJSON}
	if format == NDJSON {
		return s, nil
	}
	s.parse = parseCSV
	header, err := s.scan()
	switch {
	case err == io.EOF:
		err = errors.New("the file is empty")
	case err == nil && string(header) != "t,i":
		err = fmt.Errorf("line %d is %.40q", s.line, header)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w: want the line t,i and then one spike per line", path, err)
	}
	return s, nil
}

// scan returns the next line that is neither empty nor a comment.
func (s *spikeLines) scan() ([]byte, error) {
	for s.lines.Scan() {
		s.line++
		if line := bytes.TrimSpace(s.lines.Bytes()); len(line) > 0 && line[0] != '#' {
			return line, nil
		}
	}
	if err := s.lines.Err(); err != nil {
		return nil, fmt.Errorf("after line %d: %w", s.line, err)
	}
	return nil, io.EOF
}

func (s *spikeLines) next() (float64, int32, error) {
	line, err := s.scan()
	if err != nil {
		return 0, 0, err
	}
	t, cell, err := s.parse(line)
	if err != nil {
		return 0, 0, fmt.Errorf("line %d: %.40q: %w", s.line, line, err)
	}
	return t, cell, nil
}

func (s *spikeLines) close() error { return s.f.Close() }

func parseCSV(line []byte) (float64, int32, error) {
	first, second, ok := bytes.Cut(line, []byte{','})
	if !ok {
		return 0, 0, errors.New("want a time [s], a comma and a cell")
	}
	t, err := strconv.ParseFloat(string(bytes.TrimSpace(first)), 64)
	if err != nil {
		return 0, 0, errors.New("the time is not a number")
	}
	cell, err := strconv.ParseInt(string(bytes.TrimSpace(second)), 10, 32)
	if err != nil {
		return 0, 0, errors.New("the cell is not a whole number below 2^31")
	}
	return t, int32(cell), nil
}

func parseJSON(line []byte) (float64, int32, error) {
	var spike struct {
		T *float64 `json:"t"`
		I *int32   `json:"i"`
	}
	if err := json.Unmarshal(line, &spike); err != nil || spike.T == nil || spike.I == nil {
		return 0, 0, errors.New(`want {"t":seconds,"i":cell}`)
	}
	return *spike.T, *spike.I, nil
}

// spikeMembers reads the two arrays of an archive side by side.
type spikeMembers struct {
	zip   *npy.Zip
	t, i  *npy.Member
	times [512]float64
	cells [512]int64
	at, n int // the buffers hold spikes at:n that were not yet returned
}

func openSpikeArchive(path string) (spikeSource, Meta, bool, error) {
	zip, err := npy.OpenZip(path)
	if err != nil {
		return nil, Meta{}, false, err
	}
	s := &spikeMembers{zip: zip}
	m, known, err := archiveMeta(zip)
	if err == nil {
		s.t, err = zip.Open("t")
	}
	if err == nil {
		s.i, err = zip.Open("i")
	}
	if err == nil && (len(s.t.Shape) != 1 || len(s.i.Shape) != 1 || s.t.Shape[0] != s.i.Shape[0]) {
		err = fmt.Errorf("t has the shape %v and i %v: want vectors of one length", s.t.Shape, s.i.Shape)
	}
	if err != nil {
		_ = s.close()
		return nil, Meta{}, false, fmt.Errorf("%s: %w", path, err)
	}
	return s, m, known, nil
}

// archiveMeta reads the scalars. An archive with t and i alone is one of others.
func archiveMeta(zip *npy.Zip) (Meta, bool, error) {
	names := map[string]bool{}
	for _, name := range zip.Names() {
		names[name] = true
	}
	if !names["rate"] {
		return Meta{}, false, nil
	}
	m := Meta{Holds: "spikes"}
	var cells, first int64
	var reason string
	var err [7]error
	m.Rate, err[0] = zip.Float64("rate")
	cells, err[1] = zip.Int64("cells")
	first, err[2] = zip.Int64("first")
	m.Frames, err[3] = zip.Int64("frames")
	reason, err[4] = zip.Text("reason")
	if names["cf"] {
		m.CF, err[5] = zip.Float64s("cf")
	}
	if names["start"] {
		m.Start, err[6] = zip.Int64("start")
	}
	m.Channels, m.First, m.Reason = int(cells), int(first), stages.Reason(reason)
	if err := errors.Join(err[:]...); err != nil {
		return Meta{}, false, err
	}
	return m, true, m.check()
}

func (s *spikeMembers) next() (float64, int32, error) {
	if s.at == s.n {
		n, err := s.t.Float64s(s.times[:])
		if err != nil && !(err == io.EOF && n > 0) {
			return 0, 0, err
		}
		if _, err := s.i.Int64s(s.cells[:n]); err != nil {
			return 0, 0, err
		}
		s.at, s.n = 0, n
	}
	t, cell := s.times[s.at], s.cells[s.at]
	s.at++
	if cell > math.MaxInt32 || cell < 0 {
		return 0, 0, fmt.Errorf("cell %d: want 0 to 2^31-1", cell)
	}
	return t, int32(cell), nil
}

func (s *spikeMembers) close() error {
	var err [3]error
	if s.t != nil {
		err[0] = s.t.Close()
	}
	if s.i != nil {
		err[1] = s.i.Close()
	}
	err[2] = s.zip.Close()
	return errors.Join(err[:]...)
}

package sinks

import (
	"io"
	"strconv"

	"hearpipe/stages"
)

const (
	bufferSize = 1 << 16
	// lineSize is more than one line of text takes: two numbers of at most 25 and 11 characters and what frames them.
	lineSize = 64
)

// spikeText writes spikes as lines of text, CSV or NDJSON.
type spikeText struct {
	w      io.Writer
	file   *described // nil: w is not ours
	rate   float64
	buf    []byte
	before string // what stands before, between and after the numbers
	middle string
	after  string
	time   []byte // the time of frame at as text: cells often fire together
	at     int64
}

func newSpikeText(w io.Writer, file *described, format SpikeFormat, rate float64) *spikeText {
	s := &spikeText{
		w: w, file: file, rate: rate, at: -1,
		buf: make([]byte, 0, bufferSize), time: make([]byte, 0, lineSize),
		before: `{"t":`, middle: `,"i":`, after: "}\n",
	}
	if format == CSV {
		s.before, s.middle, s.after = "", ",", "\n"
		s.buf = append(s.buf, "t,i\n"...)
	}
	return s
}

func (s *spikeText) write(list []stages.Spike) error {
	for _, spike := range list {
		if len(s.buf) > bufferSize-lineSize {
			if err := s.flush(); err != nil {
				return err
			}
		}
		if spike.At != s.at {
			s.at = spike.At
			s.time = strconv.AppendFloat(s.time[:0], float64(spike.At)/s.rate, 'f', -1, 64)
		}
		s.buf = append(s.buf, s.before...)
		s.buf = append(s.buf, s.time...)
		s.buf = append(s.buf, s.middle...)
		s.buf = strconv.AppendInt(s.buf, int64(spike.Cell), 10)
		s.buf = append(s.buf, s.after...)
	}
	if s.file == nil { // somebody listens
		return s.flush()
	}
	return nil
}

func (s *spikeText) flush() error {
	_, err := s.w.Write(s.buf)
	s.buf = s.buf[:0]
	return err
}

func (s *spikeText) finish(m Meta) ([]string, error) {
	err := s.flush()
	if s.file == nil {
		return nil, err
	}
	if err != nil {
		s.file.abort(false)
		return nil, err
	}
	if err := s.file.commit(m); err != nil {
		return nil, err
	}
	return s.file.files(), nil
}

func (s *spikeText) abort(keep bool) {
	if s.file == nil {
		return
	}
	if keep {
		_ = s.flush() // what a failed run leaves is worth having, whatever else went wrong
	}
	s.file.abort(keep)
}

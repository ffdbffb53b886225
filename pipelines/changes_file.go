package pipelines

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"hearpipe/stages"
)

// changeLine is a change as one line of a file, or as a request to a running pipeline.
type changeLine struct {
	At   *int64                     `json:"at,omitempty"`   // sample; missing: the next block
	Rate float64                    `json:"rate,omitempty"` // in which samples are counted [Hz]; missing: that of the source
	Set  map[string]json.RawMessage `json:"set"`            // values as they would be written in the pipeline file, or plain numbers
}

// maxChangeBytes bounds a change as text.
const maxChangeBytes = 1 << 16

// ParseChange reads a change such as {"at": 44100, "rate": 44100, "set": {"gain": 2, "tau": "5 ms"}}. Without "at" it is one
// at the next block. rate is what "rate", if it is given, must be [Hz]; 0 accepts any. An unknown key, a value that is
// neither text nor a number, and a sample below 0 are errors.
func ParseChange(text []byte, rate float64) (Change, error) {
	if len(text) > maxChangeBytes {
		return Change{}, fmt.Errorf("a change of %d bytes; it may have %d", len(text), maxChangeBytes)
	}
	var line changeLine
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&line); err != nil {
		return Change{}, fmt.Errorf(`want a change such as {"at": 44100, "set": {"gain": 2}}: %w`, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Change{}, errors.New("something follows the change")
	}
	x := Change{At: stages.Next}
	if line.At != nil {
		if x.At = *line.At; x.At < 0 {
			return Change{}, fmt.Errorf("at: sample %d: want 0 or more", x.At)
		}
	}
	if line.Rate != 0 && rate != 0 && math.Abs(line.Rate-rate) > 1e-9*rate {
		return Change{}, fmt.Errorf("rate: samples of %g Hz: the source has %g Hz", line.Rate, rate)
	}
	for _, name := range sortedKeys(line.Set) {
		value := string(line.Set[name])
		switch {
		case strings.HasPrefix(value, `"`):
			if err := json.Unmarshal(line.Set[name], &value); err != nil {
				return Change{}, fmt.Errorf("set %s: %w", name, err)
			}
		case strings.ContainsAny(value[:1], "-0123456789"):
		default:
			return Change{}, fmt.Errorf(`set %s: %s: want a number or a text such as "5 ms"`, name, value)
		}
		x.Set = append(x.Set, Setting{Name: name, Value: value, Option: "set " + name})
	}
	if len(x.Set) == 0 {
		return Change{}, errors.New(`the change sets nothing; want "set": {"NAME": VALUE}`)
	}
	return x, nil
}

// Line writes a change as [ParseChange] reads it, without an end of line. rate is that of its sample [Hz].
func (x Change) Line(rate float64) []byte {
	line := changeLine{Rate: rate, Set: map[string]json.RawMessage{}}
	if x.At != stages.Next {
		line.At = &x.At
	}
	for _, s := range x.Set {
		value, err := json.Marshal(s.Value)
		if err != nil {
			panic("pipelines: a text cannot be written as JSON")
		}
		line.Set[s.Name] = value
	}
	text, err := json.Marshal(line)
	if err != nil {
		panic("pipelines: a change cannot be written as JSON")
	}
	return text
}

// ReadChanges reads changes, one a line, in the order of their samples; empty lines do not count. file is the name that
// errors give, with the line. Each has a sample.
func ReadChanges(file string, r io.Reader, rate float64) ([]Change, error) {
	var list []Change
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxChangeBytes+1)
	for line := 1; s.Scan(); line++ {
		text := bytes.TrimSpace(s.Bytes())
		if len(text) == 0 {
			continue
		}
		x, err := ParseChange(text, rate)
		switch {
		case err != nil:
		case x.At == stages.Next:
			err = errors.New(`the change has no sample; want "at": SAMPLE`)
		case len(list) > 0 && x.At < list[len(list)-1].At:
			err = fmt.Errorf("sample %d comes after sample %d; want changes in the order of their samples", x.At, list[len(list)-1].At)
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, line, err)
		}
		for i := range x.Set {
			x.Set[i].Option = fmt.Sprintf("%s:%d: set %s", file, line, x.Set[i].Name)
		}
		list = append(list, x)
	}
	if err := s.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return list, nil
}

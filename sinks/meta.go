package sinks

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"

	"hearpipe/internal/atomicfile"
	"hearpipe/stages"
)

// Meta says what a file holds and for which frames it is complete.
type Meta struct {
	Holds    string        `json:"holds"`           // "spikes", "frames", "statistic", "counts", or the kind of a picture
	Rate     float64       `json:"rate"`            // frames per second [Hz]
	Channels int           `json:"channels"`        // channels of frames, cells of spikes
	First    int           `json:"first"`           // absolute index of the first channel or cell
	Start    int64         `json:"start,omitempty"` // number of the first frame: later than 0 in a later run of a network
	Frames   int64         `json:"frames"`          // complete for frames Start:Frames
	Reason   stages.Reason `json:"reason"`          // why the run ended there
	CF       []float64     `json:"cf,omitempty"`    // centre frequency of each channel [Hz], if known
}

// NewMeta describes the output of a sink that drained a stream of the format f to the ending e.
func NewMeta(holds string, f stages.Format, e stages.Ending, cf []float64) Meta {
	return Meta{
		Holds: holds, Rate: f.Rate, Channels: f.Channels, First: f.First, Start: e.Start, Frames: e.Frames, Reason: e.Reason, CF: cf,
	}
}

// Seconds is the time for which the file is complete [s].
func (m Meta) Seconds() float64 { return float64(m.Frames-m.Start) / m.Rate }

// check refuses what cannot be the metadata of a stream.
func (m Meta) check() error {
	switch {
	case !(m.Rate > 0) || math.IsInf(m.Rate, 0):
		return fmt.Errorf("rate %v Hz: want a positive number", m.Rate)
	case m.Channels < 1 || m.Channels > math.MaxInt32:
		return fmt.Errorf("%d channels: want 1 to 2^31-1", m.Channels)
	case m.First < 0:
		return fmt.Errorf("first channel %d: want >= 0", m.First)
	case m.Frames < 0:
		return fmt.Errorf("%d frames: want >= 0", m.Frames)
	case m.Start < 0 || m.Start > m.Frames:
		return fmt.Errorf("start at frame %d: want 0 to %d, where it ends", m.Start, m.Frames)
	}
	return CheckCF(m.CF, m.Channels)
}

// CheckCF refuses centre frequencies that do not fit a stream of that many channels: there must be none at all, or one
// per channel, each positive and finite.
func CheckCF(cf []float64, channels int) error {
	if len(cf) == 0 {
		return nil
	}
	if len(cf) != channels {
		return fmt.Errorf("%d centre frequencies for %d channels: want one per channel", len(cf), channels)
	}
	for c, f := range cf {
		if !(f > 0) || math.IsInf(f, 0) {
			return fmt.Errorf("centre frequency of channel %d: %v Hz: want a positive number", c, f)
		}
	}
	return nil
}

// metaSuffix is what the name of a metadata file has after the name of the file it describes.
const metaSuffix = ".meta.json"

// ReadMeta reads the metadata that stand beside a file. ok is false if there are none.
func ReadMeta(path string) (m Meta, ok bool, err error) {
	text, err := os.ReadFile(path + metaSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return Meta{}, false, nil
	}
	if err != nil {
		return Meta{}, false, err
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return Meta{}, false, fmt.Errorf("%s%s: %w", path, metaSuffix, err)
	}
	if err := m.check(); err != nil {
		return Meta{}, false, fmt.Errorf("%s%s: %w", path, metaSuffix, err)
	}
	return m, true, nil
}

// described is a file with its metadata beside it, both under temporary names until commit.
type described struct {
	data, meta *atomicfile.File // meta is nil if the data go to a device or a pipe
}

func createDescribed(path string) (*described, error) {
	data, err := atomicfile.Create(path)
	if err != nil {
		return nil, err
	}
	d := &described{data: data}
	if data.Temporary() != "" {
		if d.meta, err = atomicfile.Create(path + metaSuffix); err != nil {
			data.Abort(false)
			return nil, err
		}
	}
	return d, nil
}

// commit gives both files their names. The metadata come first: whoever sees the data can read what they are.
func (d *described) commit(m Meta) error {
	if d.meta == nil {
		return d.data.Commit()
	}
	text, err := json.Marshal(m)
	if err == nil {
		_, err = d.meta.Write(append(text, '\n'))
	}
	if err == nil {
		err = d.meta.Commit()
	}
	if err != nil {
		d.abort(false)
		return err
	}
	if err := d.data.Commit(); err != nil {
		os.Remove(d.meta.Path())
		return err
	}
	return nil
}

func (d *described) abort(keep bool) {
	if d == nil {
		return
	}
	d.data.Abort(keep)
	if d.meta != nil {
		d.meta.Abort(false) // nothing is known about a partial file
	}
}

func (d *described) files() []string {
	if d.meta == nil {
		return []string{d.data.Path()}
	}
	return []string{d.data.Path(), d.meta.Path()}
}

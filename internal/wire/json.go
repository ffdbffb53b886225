package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
)

// message is the JSON form. Numbers are decimal and read back identically; a sample that is not finite is null.
type message struct {
	HPIP     int        `json:"hpip"`
	Kind     string     `json:"kind"`
	Run      string     `json:"run"` // hexadecimal: JavaScript's numbers hold 53 bits only
	Seq      uint64     `json:"seq"`
	Start    int64      `json:"start"`
	End      int64      `json:"end"`
	Last     bool       `json:"last"`
	Rate     float64    `json:"rate"`
	First    int        `json:"first"`
	Channels int        `json:"channels"`
	At       []int64    `json:"at"`
	Cell     []int32    `json:"cell"`
	Frames   [][]sample `json:"frames"`
}

// sample reads null as NaN.
type sample float64

func (s *sample) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*s = sample(math.NaN())
		return nil
	}
	x, err := strconv.ParseFloat(string(b), 64)
	*s = sample(x)
	return err
}

func appendJSONHeader(b []byte, h Header) []byte {
	b = append(b, `{"hpip":`...)
	b = strconv.AppendInt(b, Version, 10)
	b = append(b, `,"kind":"`...)
	b = append(b, h.Kind.String()...)
	b = append(b, `","run":"`...)
	b = strconv.AppendUint(b, h.Run, 16)
	b = append(b, `","seq":`...)
	b = strconv.AppendUint(b, h.Seq, 10)
	b = append(b, `,"start":`...)
	b = strconv.AppendInt(b, h.Start, 10)
	b = append(b, `,"end":`...)
	b = strconv.AppendInt(b, h.End, 10)
	b = append(b, `,"last":`...)
	b = strconv.AppendBool(b, h.Last)
	b = append(b, `,"rate":`...)
	b = strconv.AppendFloat(b, h.Rate, 'g', -1, 64)
	b = append(b, `,"first":`...)
	b = strconv.AppendInt(b, int64(h.First), 10)
	b = append(b, `,"channels":`...)
	return strconv.AppendInt(b, int64(h.Channels), 10)
}

// AppendSpikesJSON is AppendSpikes in the JSON form: "at" lists absolute frames, "cell" the cells.
func AppendSpikesJSON[S Spike](b []byte, h Header, list []S) []byte {
	h.Kind = Spikes
	b = appendJSONHeader(b, h)
	b = append(b, `,"at":[`...)
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, spike(s).At, 10)
	}
	b = append(b, `],"cell":[`...)
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(spike(s).Cell), 10)
	}
	return append(b, "]}"...)
}

// AppendFramesJSON is AppendFrames in the JSON form: "frames" lists frames, each a list of one number per channel.
func AppendFramesJSON(b []byte, h Header, data []float64, stride int) []byte {
	h.Kind = Frames
	b = appendJSONHeader(b, h)
	b = append(b, `,"frames":[`...)
	bits := 64
	if h.Width == Float32 {
		bits = 32
	}
	for i := range int(h.End - h.Start) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '[')
		for c, x := range data[i*stride : i*stride+h.Channels] {
			if c > 0 {
				b = append(b, ',')
			}
			if math.IsNaN(x) || math.IsInf(x, 0) {
				b = append(b, "null"...)
				continue
			}
			b = strconv.AppendFloat(b, x, 'g', -1, bits)
		}
		b = append(b, ']')
	}
	return append(b, "]}"...)
}

// FromJSON turns a message in the JSON form into the binary form, appended to dst, so that there is one reader for both.
// The samples of frames become Float64.
func FromJSON(dst, text []byte) ([]byte, error) {
	var m message
	if err := json.Unmarshal(text, &m); err != nil {
		return dst, fmt.Errorf("wire: JSON: %w", err)
	}
	if m.HPIP != Version {
		return dst, fmt.Errorf("wire: JSON: hpip is %d: want %d", m.HPIP, Version)
	}
	h := Header{Seq: m.Seq, Start: m.Start, End: m.End, Last: m.Last, Rate: m.Rate, First: m.First, Channels: m.Channels}
	run, err := strconv.ParseUint(m.Run, 16, 64)
	if err != nil {
		return dst, fmt.Errorf("wire: JSON: run %q: want a hexadecimal number of at most 16 digits", m.Run)
	}
	h.Run = run
	switch m.Kind {
	case "spikes":
		h.Kind, h.Count = Spikes, len(m.At)
		if err := h.check(); err != nil {
			return dst, err
		}
		if m.At == nil || m.Cell == nil {
			return dst, errors.New(`wire: JSON: spikes without "at" and "cell"`)
		}
		if len(m.At) != len(m.Cell) {
			return dst, fmt.Errorf("wire: JSON: %d times and %d cells: want one cell per time", len(m.At), len(m.Cell))
		}
		list := make([]spike, len(m.At))
		for i := range list {
			if m.At[i] < h.Start || m.At[i] > h.End || m.Cell[i] < 0 {
				return dst, fmt.Errorf("wire: JSON: spike of cell %d at frame %d: want a cell from 0 on, frames %d to %d", m.Cell[i], m.At[i], h.Start, h.End)
			}
			list[i] = spike{m.At[i], m.Cell[i]}
		}
		return AppendSpikes(dst, h, list), nil
	case "frames":
		h.Kind, h.Count, h.Width = Frames, len(m.Frames), Float64
		if err := h.check(); err != nil {
			return dst, err
		}
		if m.Frames == nil {
			return dst, errors.New(`wire: JSON: frames without "frames"`)
		}
		var data []float64
		for i, f := range m.Frames {
			if len(f) != h.Channels {
				return dst, fmt.Errorf("wire: JSON: frame %d has %d samples: want %d", h.Start+int64(i), len(f), h.Channels)
			}
			for _, x := range f {
				data = append(data, float64(x))
			}
		}
		return AppendFrames(dst, h, data, h.Channels), nil
	}
	return dst, fmt.Errorf("wire: JSON: kind %q: want spikes or frames", m.Kind)
}

// Binary returns the binary form of a message in either form. A message that is binary already is returned as it is;
// otherwise it is written to scratch, which may be reused for the next call once the message is done with.
func Binary(msg, scratch []byte) ([]byte, error) {
	if len(msg) == 0 {
		return nil, errors.New("wire: an empty message")
	}
	if msg[0] != '{' {
		return msg, nil
	}
	return FromJSON(scratch[:0], msg)
}

// Package wire is the form in which batches of spikes and frames travel between processes: one message per block, never
// one per spike. There are two forms with the same content: a binary one for programs (this file) and JSON for people
// (json.go). Both are specified byte by byte in docs/wire.md.
//
// A message covers the frames Start:End of one stream. End is a watermark: whatever happened before it has been said, so
// an empty message tells that nobody fired. Messages of a stream follow each other: the next one begins where this one
// ends, and its number is one higher. A gap in either is a loss, a number that was seen before is a repetition.
//
// What comes from a network is not trusted: Decode checks every field against the length of the message, and what follows
// from it never exceeds the message in memory by more than a small factor.
package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Kind says what a message holds.
type Kind uint8

// The kinds of messages.
const (
	Spikes Kind = 1
	Frames Kind = 2
)

// String names the kind as subjects and JSON do.
func (k Kind) String() string {
	switch k {
	case Spikes:
		return "spikes"
	case Frames:
		return "frames"
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Width is how a sample of a frame is written.
type Width uint8

// The widths of samples, in bytes.
const (
	Float32 Width = 4
	Float64 Width = 8
)

// Version is the version of the binary form that this package writes. It reads this one only.
const Version = 1

// HeaderSize is the number of bytes before the payload [bytes].
const HeaderSize = 64

// spikeSize is what a spike takes [bytes].
const spikeSize = 8

// maxSpan is the number of frames that one message of spikes can cover: offsets are 32 bits wide.
const maxSpan = math.MaxUint32

var magic = [4]byte{'H', 'P', 'I', 'P'}

// Header is what a message says besides its payload.
type Header struct {
	Kind       Kind
	Width      Width   // of the samples of frames; 0 for spikes
	Last       bool    // the stream ends at End; nothing follows
	Run        uint64  // which run of the publisher this is: a random number, never 0
	Seq        uint64  // number of the message in its run, from 0
	Start, End int64   // frames covered, half open
	Rate       float64 // frames per second [Hz]
	First      int     // absolute index of the first cell or channel
	Channels   int     // cells or channels of the stream
	Count      int     // spikes, or frames: then End-Start
}

// Spike is what a spike looks like in memory; stages.Spike is one.
type Spike interface {
	~struct {
		At   int64 // frame
		Cell int32 // absolute index
	}
}

type spike = struct {
	At   int64
	Cell int32
}

// MaxSpikes is how many spikes fit into a message of that size [bytes].
func MaxSpikes(size int) int { return max(0, (size-HeaderSize)/spikeSize) }

// MaxFrames is how many frames fit into a message of that size [bytes].
func MaxFrames(size, channels int, w Width) int {
	return max(0, (size-HeaderSize)/(channels*int(w)))
}

// AppendSpikes appends a message of spikes to b. h.Start <= At <= h.End must hold for each spike, and they must be in
// order of time, then cell; h.Count is set. A span of more than 2^32-1 frames is a programming error.
//
// A spike at At == End is allowed so that a frame with very many spikes can be cut: the watermark of the first part is the
// frame itself, and the rest of the frame follows.
func AppendSpikes[S Spike](b []byte, h Header, list []S) []byte {
	if h.End-h.Start > maxSpan {
		panic("wire: a message of spikes covers more than 2^32-1 frames")
	}
	h.Kind, h.Width, h.Count = Spikes, 0, len(list)
	b = appendHeader(b, h)
	at := len(b)
	b = extend(b, spikeSize*len(list))
	for _, s := range list {
		x := spike(s)
		binary.LittleEndian.PutUint64(b[at:], uint64(uint32(x.At-h.Start))|uint64(uint32(x.Cell))<<32)
		at += spikeSize
	}
	return b
}

// AppendFrames appends a message of h.End-h.Start frames to b: sample i of channel c is data[i*stride+c]. h.Width says how
// samples are written: as they are (Float64) or rounded to float32.
func AppendFrames(b []byte, h Header, data []float64, stride int) []byte {
	n := int(h.End - h.Start)
	h.Kind, h.Count = Frames, n
	b = appendHeader(b, h)
	at := len(b)
	b = extend(b, n*h.Channels*int(h.Width))
	for i := range n {
		row := data[i*stride : i*stride+h.Channels]
		if h.Width == Float64 {
			for _, x := range row {
				binary.LittleEndian.PutUint64(b[at:], math.Float64bits(x))
				at += 8
			}
			continue
		}
		for _, x := range row {
			binary.LittleEndian.PutUint32(b[at:], math.Float32bits(float32(x)))
			at += 4
		}
	}
	return b
}

// extend lengthens b by n bytes that the caller writes.
func extend(b []byte, n int) []byte {
	if cap(b)-len(b) >= n {
		return b[:len(b)+n]
	}
	return append(b, make([]byte, n)...)
}

func appendHeader(b []byte, h Header) []byte {
	flags := byte(0)
	if h.Last {
		flags |= 1
	}
	e := binary.LittleEndian
	b = append(b, magic[:]...)
	b = append(b, Version, byte(h.Kind), flags, byte(h.Width))
	b = e.AppendUint64(b, h.Run)
	b = e.AppendUint64(b, h.Seq)
	b = e.AppendUint64(b, uint64(h.Start))
	b = e.AppendUint64(b, uint64(h.End))
	b = e.AppendUint64(b, math.Float64bits(h.Rate))
	b = e.AppendUint32(b, uint32(h.First))
	b = e.AppendUint32(b, uint32(h.Channels))
	b = e.AppendUint32(b, uint32(h.Count))
	return e.AppendUint32(b, HeaderSize)
}

// errForm is a message that is no message of ours at all.
var errForm = errors.New("wire: not a message of this format: it begins neither with HPIP nor with {")

// Decode reads the header of a binary message and checks it against the length of the message. The payload is a view of
// b, for ReadSpikes or ReadFrames. The error names the field, its value and what is allowed.
func Decode(b []byte) (h Header, payload []byte, err error) {
	if len(b) < 4 || [4]byte(b[:4]) != magic {
		return h, nil, errForm
	}
	if len(b) < HeaderSize {
		return h, nil, fmt.Errorf("wire: %d bytes: a message has at least %d", len(b), HeaderSize)
	}
	if b[4] != Version {
		return h, nil, fmt.Errorf("wire: version %d: want %d; the publisher is of another release", b[4], Version)
	}
	e := binary.LittleEndian
	h = Header{
		Kind: Kind(b[5]), Last: b[6]&1 != 0, Width: Width(b[7]), Run: e.Uint64(b[8:]), Seq: e.Uint64(b[16:]),
		Start: int64(e.Uint64(b[24:])), End: int64(e.Uint64(b[32:])), Rate: math.Float64frombits(e.Uint64(b[40:])),
		First: int(e.Uint32(b[48:])), Channels: int(e.Uint32(b[52:])), Count: int(e.Uint32(b[56:])),
	}
	if b[6] > 1 {
		return h, nil, fmt.Errorf("wire: flags %#x: want 0 or 1", b[6])
	}
	if err := h.check(); err != nil {
		return h, nil, err
	}
	at := int64(e.Uint32(b[60:]))
	want := int64(h.Count) * spikeSize
	if h.Kind == Frames {
		row := int64(h.Channels) * int64(h.Width)
		if row > int64(len(b)) && h.Count > 0 {
			return h, nil, fmt.Errorf("wire: %d bytes: a frame of %d channels has %d", len(b), h.Channels, row)
		}
		want = int64(h.Count) * row
	}
	if at < HeaderSize || at > int64(len(b)) || int64(len(b))-at != want {
		return h, nil, fmt.Errorf("wire: %d bytes: want a header of %d and a payload of %d (%d %s)", len(b), at, want, h.Count, h.Kind)
	}
	return h, b[at:], nil
}

// check refuses impossible values, of whichever form.
func (h Header) check() error {
	switch {
	case h.Kind != Spikes && h.Kind != Frames:
		return fmt.Errorf("wire: %v: want 1 (spikes) or 2 (frames)", h.Kind)
	case h.Kind == Spikes && h.Width != 0 || h.Kind == Frames && h.Width != Float32 && h.Width != Float64:
		return fmt.Errorf("wire: samples of %d bytes in a message of %v: want 4 or 8 for frames, 0 for spikes", h.Width, h.Kind)
	case h.Run == 0:
		return errors.New("wire: the run is 0: want another number")
	case h.Start < 0 || h.End < h.Start || h.End == math.MaxInt64 || h.Kind == Spikes && h.End-h.Start > maxSpan:
		return fmt.Errorf("wire: frames %d:%d: want 0 <= start <= end, less than 2^32 frames of spikes apart", h.Start, h.End)
	case !(h.Rate > 0) || math.IsInf(h.Rate, 0):
		return fmt.Errorf("wire: rate %g Hz: want a positive, finite rate", h.Rate)
	case h.Channels < 1 || h.First < 0 || int64(h.First)+int64(h.Channels) > 1<<31:
		return fmt.Errorf("wire: %d channels from %d on: want at least 1, below 2^31", h.Channels, h.First)
	case h.Kind == Frames && int64(h.Count) != h.End-h.Start:
		return fmt.Errorf("wire: %d frames in the range %d:%d", h.Count, h.Start, h.End)
	}
	return nil
}

// ReadSpikes appends the spikes of a payload to dst, shifted by so many frames. A spike outside of the range or the
// cells of the header, or out of order, is an error; dst is then as it was.
func ReadSpikes[S Spike](dst []S, h Header, payload []byte, shift int64) ([]S, error) {
	n := len(dst)
	last, span := uint64(0), uint64(h.End-h.Start)
	for i := 0; i+spikeSize <= len(payload); i += spikeSize {
		x := binary.LittleEndian.Uint64(payload[i:])
		offset, cell := x&math.MaxUint32, x>>32
		order := offset<<32 | cell
		if offset > span || cell < uint64(h.First) || cell >= uint64(h.First+h.Channels) {
			return dst[:n], fmt.Errorf("wire: spike of cell %d at frame %d: want cells %d:%d, frames %d to %d",
				cell, h.Start+int64(offset), h.First, h.First+h.Channels, h.Start, h.End)
		}
		if order < last {
			return dst[:n], fmt.Errorf("wire: spike of cell %d at frame %d: out of order", cell, h.Start+int64(offset))
		}
		last = order
		dst = append(dst, S(spike{At: h.Start + int64(offset) + shift, Cell: int32(cell)}))
	}
	return dst, nil
}

// ReadFrames appends the samples of a payload to dst, frame by frame without padding.
func ReadFrames(dst []float64, h Header, payload []byte) []float64 {
	if h.Width == Float32 {
		for i := 0; i+4 <= len(payload); i += 4 {
			dst = append(dst, float64(math.Float32frombits(binary.LittleEndian.Uint32(payload[i:]))))
		}
		return dst
	}
	for i := 0; i+8 <= len(payload); i += 8 {
		dst = append(dst, math.Float64frombits(binary.LittleEndian.Uint64(payload[i:])))
	}
	return dst
}

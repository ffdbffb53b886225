package view

import (
	"context"
	"encoding/binary"
	"math"

	"hearpipe/stages"
)

// Columns come so many times a second, fewer where the stream itself is slower.
const (
	pictureRate = 100
	levelRate   = 25
)

// maxRows is the height of a picture.
const maxRows = 256

// A byte of a column is a level in steps of half a decibel above floorDB re 20 µPa, for raster pictures a number of spikes.
const (
	floorDB     = -10.0
	stepsPerDB  = 2.0
	referencePa = 20e-6
)

// levelByte is the byte of a root mean square or a peak.
func levelByte(x float64) byte {
	if !(x > 0) { // nothing, or not a number
		return 0
	}
	db := 20 * math.Log10(x/referencePa)
	return byte(math.Max(0, math.Min(255, math.Round(stepsPerDB*(db-floorDB)))))
}

// Picture describes a stream to a page.
type Picture struct {
	Index    int       `json:"index"`
	Kind     string    `json:"kind"` // level, bank or raster
	Name     string    `json:"name"`
	Rate     float64   `json:"rate"`     // of the stream [Hz]
	Columns  float64   `json:"columns"`  // per second of the stream
	Channels int       `json:"channels"` // or cells
	First    int       `json:"first"`    // absolute index of the first one
	Rows     int       `json:"rows"`
	CF       []float64 `json:"cf,omitempty"` // of each row [Hz]
}

// tap is what the sinks of a server share: it cuts the stream into columns and sends them.
type tap struct {
	s     *Server
	in    stages.Node
	p     Picture
	next  int64 // column that is being filled
	end   int64 // frame at which it is complete
	at    int64 // frames seen
	first int64 // first column of the message
	done  int   // columns in the message
	msg   []byte
}

// headerSize is the size of what stands before the columns of a message: kind 1, picture, rows as uint16, number of
// columns as uint32, number of the first column as int64, little-endian.
const headerSize = 16

func (s *Server) newTap(in stages.Node, kind, name string, rows int, perSecond float64) tap {
	f := in.Format()
	t := tap{s: s, in: in}
	t.p = Picture{
		Kind: kind, Name: name, Rate: f.Rate, Columns: math.Min(perSecond, f.Rate),
		Channels: f.Channels, First: f.First, Rows: rows,
	}
	t.end = t.boundary(1)
	t.p.Index = s.add(t.p)
	return t
}

// boundary is the first frame of column j.
func (t *tap) boundary(j int64) int64 {
	return int64(math.Ceil(float64(j) * t.p.Rate / t.p.Columns))
}

// Input is the stream that is shown.
func (t *tap) Input() stages.Node { return t.in }

// Open does nothing.
func (t *tap) Open(context.Context, stages.Format) error { return nil }

// Finish does nothing: the page keeps what it shows.
func (t *tap) Finish(stages.Ending) error { return nil }

// Abort does nothing.
func (t *tap) Abort(bool) {}

// begin starts a message.
func (t *tap) begin() {
	t.msg = append(t.msg[:0], make([]byte, headerSize)...)
	t.first, t.done = t.next, 0
}

// column ends the present column, whose rows have been appended to the message.
func (t *tap) column() {
	t.done++
	t.next++
	t.end = t.boundary(t.next + 1)
}

// send hands the columns that are complete to all pages.
func (t *tap) send() {
	if t.done == 0 {
		return
	}
	msg := append([]byte(nil), t.msg...) // pages keep it until it is written
	msg[0], msg[1] = 1, byte(t.p.Index)
	binary.LittleEndian.PutUint16(msg[2:], uint16(t.p.Rows))
	binary.LittleEndian.PutUint32(msg[4:], uint32(t.done))
	binary.LittleEndian.PutUint64(msg[8:], uint64(t.first))
	t.s.hub.broadcast(msg, t.boundary(t.first), t.boundary(t.next), int64(t.done))
}

// skip moves to frame end without columns, while nobody watches.
func (t *tap) skip(end int64) {
	t.at = end
	t.next = int64(math.Ceil(float64(end) * t.p.Columns / t.p.Rate))
	for t.boundary(t.next) < end {
		t.next++
	}
	t.end = t.boundary(t.next + 1)
}

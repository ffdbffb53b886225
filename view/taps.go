package view

import (
	"context"
	"math"

	"hearpipe/stages"
)

// Meter shows the level of every channel of a stream of sound.
type Meter struct {
	tap
	sum, peak []float64
	n         int
}

// maxMeters is how many channels of a sound are metered.
const maxMeters = 16

// Level shows the root mean square and the peak of the first 16 channels of a stream, 25 times a second, in dB re 20 µPa.
func (s *Server) Level(in stages.Stage, name string) *Meter {
	channels := min(in.Format().Channels, maxMeters)
	return &Meter{tap: s.newTap(in, "level", name, 2*channels, levelRate), sum: make([]float64, channels), peak: make([]float64, channels)}
}

// WriteFrames adds frames to the meters.
func (m *Meter) WriteFrames(_ context.Context, at int64, f stages.Frames) error {
	if !m.s.watched() {
		m.skip(at + int64(f.N))
		m.clear()
		return nil
	}
	m.begin()
	for i := range f.N {
		row := f.Row(i)
		for c := range m.sum {
			x := row[c]
			m.sum[c] += x * x
			m.peak[c] = math.Max(m.peak[c], math.Abs(x))
		}
		m.n++
		if m.at = at + int64(i) + 1; m.at >= m.end {
			for c, sum := range m.sum {
				m.msg = append(m.msg, levelByte(math.Sqrt(sum/float64(m.n))), levelByte(m.peak[c]))
			}
			m.column()
			m.clear()
		}
	}
	m.send()
	return nil
}

func (m *Meter) clear() {
	clear(m.sum)
	clear(m.peak)
	m.n = 0
}

// Bank shows the levels of the channels of a stream over time: a cochleagram.
type Bank struct {
	tap
	channel []int // that a row shows
	sum     []float64
	n       int
}

// Bank shows a stream of many channels. A picture has at most 256 rows: of a wider bank each row shows the channel in the
// middle of those it stands for. cf are the centre frequencies of the channels of in [Hz], nil if they have none.
func (s *Server) Bank(in stages.Stage, name string, cf []float64) *Bank {
	n := in.Format().Channels
	rows := min(n, maxRows)
	b := &Bank{channel: make([]int, rows), sum: make([]float64, rows)}
	var labels []float64
	for r := range rows {
		b.channel[r] = (2*r + 1) * n / (2 * rows)
		if len(cf) == n {
			labels = append(labels, cf[b.channel[r]])
		}
	}
	b.tap = s.newTap(in, "bank", name, rows, pictureRate)
	b.p.CF = labels
	s.relabel(b.p)
	return b
}

// WriteFrames adds frames to the picture.
func (b *Bank) WriteFrames(_ context.Context, at int64, f stages.Frames) error {
	if !b.s.watched() {
		b.skip(at + int64(f.N))
		clear(b.sum)
		b.n = 0
		return nil
	}
	b.begin()
	for i := range f.N {
		row := f.Row(i)
		for r, c := range b.channel {
			x := row[c]
			b.sum[r] += x * x
		}
		b.n++
		if b.at = at + int64(i) + 1; b.at >= b.end {
			for _, sum := range b.sum {
				b.msg = append(b.msg, levelByte(math.Sqrt(sum/float64(b.n))))
			}
			b.column()
			clear(b.sum)
			b.n = 0
		}
	}
	b.send()
	return nil
}

// Raster shows which cells fire when.
type Raster struct {
	tap
	count  []byte
	spikes int64
}

// Raster shows a stream of spikes. A picture has at most 256 rows: of more cells each row shows some that are
// neighbours, as the number of spikes they fired together.
func (s *Server) Raster(in stages.SpikeStage, name string, cf []float64) *Raster {
	n := in.Format().Channels
	rows := min(n, maxRows)
	r := &Raster{count: make([]byte, rows)}
	var labels []float64
	for i := range rows {
		if len(cf) == n {
			labels = append(labels, cf[(2*i+1)*n/(2*rows)])
		}
	}
	r.tap = s.newTap(in, "raster", name, rows, pictureRate)
	r.p.CF = labels
	s.relabel(r.p)
	return r
}

// Spikes is how many spikes there were.
func (r *Raster) Spikes() int64 { return r.spikes }

// WriteSpikes adds spikes to the picture.
func (r *Raster) WriteSpikes(_ context.Context, s stages.Spikes) error {
	r.spikes += int64(len(s.List))
	if !r.s.watched() {
		r.skip(s.End)
		clear(r.count)
		return nil
	}
	r.begin()
	complete := func(to int64) {
		for r.end <= to {
			r.msg = append(r.msg, r.count...)
			r.column()
			clear(r.count)
		}
	}
	cells, rows := r.p.Channels, len(r.count)
	for _, x := range s.List {
		complete(x.At)
		row := (int(x.Cell) - r.p.First) * rows / cells
		if r.count[row] < math.MaxUint8 {
			r.count[row]++
		}
	}
	complete(s.End)
	r.at = s.End
	r.send()
	return nil
}

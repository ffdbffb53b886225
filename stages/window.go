package stages

import (
	"math"
	"sort"
)

// window holds the frames lo:hi of a port, rows padded to whole cache lines. Rows never move while a view of them may
// be in use: one consumer re-fetches before it asks for more, and where several consumers read (double), compaction
// goes to the other of two buffers, so that a view outlives the next advance of somebody else.
type window struct {
	channels, stride int
	double           bool
	buf              [2][]float64
	cur              int
	rows             int   // capacity of the current buffer, in rows
	lo               int64 // first frame held
	base             int   // its row
}

// paddedStride is the number of values from row to row: whole cache lines of 64 bytes, and one more line when the row
// would be a multiple of 1,024 bytes, because such rows compete for the same cache sets (measured: 4 times slower).
func paddedStride(channels int) int {
	if channels < 8 {
		return channels
	}
	s := (channels + 7) &^ 7
	if s%128 == 0 {
		s += 8
	}
	return s
}

func newWindow(channels int) window {
	return window{channels: channels, stride: paddedStride(channels)}
}

// empty drops all frames and the memory; the next frame is hi.
func (w *window) empty(hi int64) {
	w.buf, w.cur, w.rows, w.lo, w.base = [2][]float64{}, 0, 0, hi, 0
}

// reserve makes room for n frames from hi on, dropping frames below keep where room is needed, and returns their rows.
func (w *window) reserve(keep, hi int64, n int) Frames {
	if keep < w.lo {
		keep = w.lo
	}
	if w.base+int(hi-w.lo)+n > w.rows {
		w.compact(keep, hi, n)
	}
	return w.view(hi, n)
}

func (w *window) compact(keep, hi int64, n int) {
	kept := int(hi - keep)
	old := w.view(keep, kept)
	need := 2*kept + n // twice: the copying is then at most one row per new row
	into := w.cur
	if w.double {
		into = 1 - w.cur
	}
	if len(w.buf[into]) < need*w.stride {
		w.buf[into] = make([]float64, need*w.stride)
	}
	w.cur = into
	w.rows = len(w.buf[into]) / max(w.stride, 1)
	w.lo, w.base = keep, 0
	copy(w.buf[into], old.Data[:kept*w.stride])
}

// view returns n rows from frame at on.
func (w *window) view(at int64, n int) Frames {
	row := w.base + int(at-w.lo)
	f := Frames{N: n, Channels: w.channels, Stride: w.stride}
	if n > 0 {
		f.Data = w.buf[w.cur][row*w.stride : (row+n)*w.stride]
	}
	return f
}

// events holds the spikes of frames lo:hi of a spike port.
type events struct {
	double bool
	buf    [2][]Spike
	cur    int
	lo     int64
}

// drop forgets the spikes before keep once they are at least half of what is held.
func (e *events) drop(keep int64) {
	list := e.buf[e.cur]
	k := firstAt(list, keep)
	if k == 0 || 2*k < len(list) {
		return
	}
	into := e.cur
	if e.double {
		into = 1 - e.cur
	}
	e.buf[into] = append(e.buf[into][:0], list[k:]...)
	e.cur, e.lo = into, keep
}

func (e *events) view(start, end int64) Spikes {
	list := e.buf[e.cur]
	i := firstAt(list, start)
	j := i + firstAt(list[i:], end)
	return Spikes{List: list[i:j:j], Start: start, End: end}
}

// firstAt is the index of the first spike at or after frame at.
func firstAt(list []Spike, at int64) int {
	if len(list) == 0 || list[0].At >= at {
		return 0
	}
	return sort.Search(len(list), func(i int) bool { return list[i].At >= at })
}

// poison overwrites a stale view.
func (f Frames) poison() {
	for i := range f.N {
		row := f.Row(i)
		for c := range row {
			row[c] = math.NaN()
		}
	}
}

package neurons

import (
	"cmp"
	"slices"
)

// fan lists the synapses of each cell on one side of a set of synapses, by cell, then by delay if they differ, then by number.
type fan struct {
	start []int32 // positions of cell c are start[c]:start[c+1]
	order []int32 // number of the synapse at a position; nil: they are the same
}

// newFan sorts the synapses by their cells of one side, which has n cells.
func newFan(cells []int32, n int) fan {
	f := fan{start: make([]int32, n+1)}
	sorted := true
	for k, c := range cells {
		f.start[c+1]++
		sorted = sorted && (k == 0 || cells[k-1] <= c)
	}
	for c := range n {
		f.start[c+1] += f.start[c]
	}
	if sorted {
		return f
	}
	f.order = make([]int32, len(cells))
	next := append([]int32(nil), f.start[:n]...)
	for k, c := range cells {
		f.order[next[c]] = int32(k)
		next[c]++
	}
	return f
}

// at is the number of the synapse at a position.
func (f *fan) at(p int32) int32 {
	if f.order == nil {
		return p
	}
	return f.order[p]
}

// segment is the synapses of a cell that have the same delay, up to the position end.
type segment struct {
	delay int32 // [steps]
	end   int32
}

// sortByDelay sorts the synapses of each cell by their delays [steps] and returns the segments of each cell:
// segments[first[c]:first[c+1]].
func (f *fan) sortByDelay(delay []int32) (segments []segment, first []int32) {
	n := len(f.start) - 1
	order := make([]int32, len(delay))
	first = make([]int32, n+1)
	most := int32(0)
	for _, d := range delay {
		most = max(most, d)
	}
	count := make([]int32, most+2)
	for c := range n {
		lo, hi := f.start[c], f.start[c+1]
		least, last := most, int32(0)
		for p := lo; p < hi; p++ {
			d := delay[f.at(p)]
			count[d+1]++
			least, last = min(least, d), max(last, d)
		}
		if int64(last-least) > 4*int64(hi-lo)+64 { // few synapses of very different delays
			clear(count[least : last+2])
			row := order[lo:hi]
			for p := range row {
				row[p] = f.at(lo + int32(p))
			}
			slices.SortFunc(row, func(a, b int32) int { return cmp.Or(cmp.Compare(delay[a], delay[b]), cmp.Compare(a, b)) })
			for p, k := range row {
				if p == 0 || delay[row[p-1]] != delay[k] {
					segments = append(segments, segment{delay: delay[k]})
				}
				segments[len(segments)-1].end = lo + int32(p) + 1
			}
			first[c+1] = int32(len(segments))
			continue
		}
		for d := least; d <= last && lo < hi; d++ {
			if count[d+1] > 0 {
				end := count[d+1] + lo
				if len(segments) > int(first[c]) {
					end = count[d+1] + segments[len(segments)-1].end
				}
				segments = append(segments, segment{d, end})
			}
			count[d+1] += count[d]
		}
		for p := lo; p < hi; p++ {
			k := f.at(p)
			order[lo+count[delay[k]]] = k
			count[delay[k]]++
		}
		if lo < hi {
			clear(count[least : last+2])
		}
		first[c+1] = int32(len(segments))
	}
	f.order = order
	return segments, first
}

// delivery is a spike of a cell on its way to the synapses at the positions lo:hi.
type delivery struct{ cell, lo, hi int32 }

const chunkEvents = 128

// chunk is a part of a list of events.
type chunk struct {
	events [chunkEvents]delivery
	n      int
	next   *chunk
}

// arrivals is what arrives in one step: synapses that were on their way when delays changed or a state was loaded, by
// number, then events. Both are in the order of their emission.
type arrivals struct {
	carried     []int32
	first, last *chunk
}

// spikeQueue is the spikes of one pathway on their way. The cost of a spike is that of its segments; nothing is allocated
// once the queue has held its largest number of events.
type spikeQueue struct {
	fan
	delay    int32     // of all synapses [steps], if segments is nil
	segments []segment // else
	first    []int32
	ring     []arrivals // by step modulo its length
	free     *chunk
}

// arrange takes the synapses in their new order, with one delay for all or one for each [steps]. now is the step that comes
// next. What is on its way stays there.
func (q *spikeQueue) arrange(f fan, uniform int32, delay []int32, now int64) {
	carried := make([][]int32, len(q.ring))
	for k := range q.ring {
		carried[k] = q.numbers(now + int64(k))
	}
	q.fan, q.delay, q.segments, q.first = f, uniform, nil, nil
	most := uniform
	if delay != nil {
		q.segments, q.first = q.sortByDelay(delay)
		most = 0
		for _, s := range q.segments {
			most = max(most, s.delay)
		}
	}
	for k := range carried { // only what is on its way makes the ring longer than the delays
		if len(carried[k]) > 0 {
			most = max(most, int32(k))
		}
	}
	q.ring = make([]arrivals, most+1)
	for k, list := range carried {
		if len(list) > 0 {
			q.slot(now + int64(k)).carried = list
		}
	}
}

func (q *spikeQueue) slot(step int64) *arrivals { return &q.ring[step%int64(len(q.ring))] }

// numbers lists the synapses that a step will reach, in order.
func (q *spikeQueue) numbers(step int64) []int32 {
	a := q.slot(step)
	list := append([]int32(nil), a.carried...)
	for c := a.first; c != nil; c = c.next {
		for _, e := range c.events[:c.n] {
			for p := e.lo; p < e.hi; p++ {
				list = append(list, q.at(p))
			}
		}
	}
	return list
}

// emit sends the spikes of a step on their way. fired are cells of the whole group, ascending; those in lo:hi count.
func (q *spikeQueue) emit(step int64, fired []int32, lo, hi int) {
	for _, c := range fired {
		if int(c) < lo {
			continue
		}
		if int(c) >= hi {
			break
		}
		cell := c - int32(lo)
		from, to := q.start[cell], q.start[cell+1]
		if from == to {
			continue
		}
		if q.segments == nil {
			q.push(step+int64(q.delay), delivery{cell, from, to})
			continue
		}
		for _, s := range q.segments[q.first[cell]:q.first[cell+1]] {
			q.push(step+int64(s.delay), delivery{cell, from, s.end})
			from = s.end
		}
	}
}

func (q *spikeQueue) push(step int64, e delivery) {
	a := q.slot(step)
	if a.last == nil || a.last.n == chunkEvents {
		c := q.free
		if c == nil {
			c = &chunk{}
		} else {
			q.free = c.next
		}
		c.n, c.next = 0, nil
		if a.last == nil {
			a.first = c
		} else {
			a.last.next = c
		}
		a.last = c
	}
	a.last.events[a.last.n] = e
	a.last.n++
}

// done empties the slot of a step.
func (q *spikeQueue) done(a *arrivals) {
	a.carried = a.carried[:0]
	if a.last != nil {
		a.last.next = q.free
		q.free = a.first
		a.first, a.last = nil, nil
	}
}

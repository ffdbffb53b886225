package stages

import (
	"context"
	"sync"
)

// scratch is memory that slices lend to their windows while they compute a block, and take back. What a node keeps for one
// step only, because its one consumer reads all of it and nothing older, is the same memory in every slice that a
// worker computes, and stays in the cache of that worker, however many slices there are.
type scratch struct {
	mu   sync.Mutex
	free [][]float64
}

// take gives n numbers of any content. What was given back last comes first: to the worker that has just used it.
func (s *scratch) take(n int) []float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var memory []float64
	if k := len(s.free) - 1; k >= 0 {
		memory, s.free = s.free[k], s.free[:k]
	}
	if len(memory) < n {
		memory = make([]float64, n)
	}
	return memory
}

func (s *scratch) give(memory []float64) {
	s.mu.Lock()
	s.free = append(s.free, memory)
	s.mu.Unlock()
}

// borrower is a port of a slice whose window has no memory of its own.
type borrower struct {
	p    *port
	size int // numbers it takes
}

// divide finds out, once the graph is prepared, which ports of a slice borrow their windows. The only result of a slice has
// no window at all, where nothing else reads it: it is written where it goes.
func (sl *slice) divide() {
	sl.borrowers, sl.borrowed, sl.direct = sl.borrowers[:0], 0, nil
	for _, c := range sl.g.cores {
		for _, p := range c.ports {
			// Windows of nodes with several consumers or ports, or under a control, are double and retain a block.
			if p.spikes || !p.reached || p.retain > 0 || p.win.double {
				continue
			}
			if root := p.isOneOf(sl.nodes); root && len(sl.nodes) == 1 {
				sl.direct = p
			} else if !root {
				b := borrower{p, c.block * p.win.stride}
				sl.borrowers = append(sl.borrowers, b)
				sl.borrowed += b.size
			}
		}
	}
}

// isOneOf says whether a node of the list is this port.
func (p *port) isOneOf(list []Node) bool {
	for _, n := range list {
		if o, ok := n.(ported); ok && o.port() == p {
			return true
		}
	}
	return false
}

// lend spreads memory over the windows of a slice. One that still holds frames (see compute, or from a snapshot) takes them along.
func (sl *slice) lend(memory []float64) {
	for _, b := range sl.borrowers {
		w := &b.p.win
		held := w.view(w.lo, int(b.p.c.hi-w.lo)).Data
		if len(held) > b.size {
			continue
		}
		w.buf, w.cur, w.base, w.rows = [2][]float64{memory[:b.size:b.size]}, 0, 0, b.size/w.stride
		memory = memory[b.size:]
		copy(w.buf[0], held)
	}
}

// collect takes the windows away again. One that had to grow will have more the next time.
func (sl *slice) collect() {
	for i := range sl.borrowers {
		b := &sl.borrowers[i]
		w := &b.p.win
		if n := len(w.buf[w.cur]); n > b.size {
			sl.borrowed += n - b.size
			b.size = n
		}
		w.empty(b.p.c.hi)
	}
}

// fetchInto computes the next frames, from start on, straight into dst.
func (p *port) fetchInto(ctx context.Context, start int64, dst Frames) (int, error) {
	p.into, p.intoAt = dst, start
	n, err := p.ready(ctx, start, start+int64(dst.N))
	p.into = Frames{}
	p.win.empty(p.c.hi)
	return int(n), err
}

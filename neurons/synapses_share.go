package neurons

import (
	"runtime"
	"sync"
)

// shareEvents is how many events in a step are worth a second worker: 100,000 take 0.1 to 0.3 ms, starting a worker some µs.
const shareEvents = 100_000

// share divides the events of a direct effect among workers: each changes a range of the cells, in the order of the events.
// So every cell gets the same sums, by bits, whatever the number of workers. Workers live as long as the call.
type share struct {
	net  *Network
	work []func()
	wait sync.WaitGroup

	// Of the present call.
	c *code
	p *pathway
	a *arrivals
}

func newShare(n *Network) *share { return &share{net: n} }

// run applies a direct effect to all that arrives in a step.
func (h *share) run(c *code, p *pathway, a *arrivals) {
	workers := h.net.Options.Workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	events := 0
	for list := a.first; list != nil; list = list.next {
		for _, e := range list.events[:list.n] {
			events += int(e.hi - e.lo)
		}
	}
	if workers < 2 || events < shareEvents || !p.ascending || c.direct.cell.side == p.side {
		for list := a.first; list != nil; list = list.next {
			for _, e := range list.events[:list.n] {
				c.direct.run(c, p, e)
			}
		}
		return
	}
	for k := len(h.work); k < workers; k++ {
		h.work = append(h.work, func() {
			defer h.wait.Done()
			h.part(k)
		})
	}
	h.work = h.work[:workers]
	h.c, h.p, h.a = c, p, a
	h.wait.Add(workers)
	for _, f := range h.work[1:] {
		go f()
	}
	h.work[0]()
	h.wait.Wait()
	h.c, h.p, h.a = nil, nil, nil
}

// part changes the cells of one worker.
func (h *share) part(k int) {
	e := h.c.direct
	n, workers := h.c.s.ends[e.cell.side].N(), len(h.work)
	lo, hi := int32(n*k/workers), int32(n*(k+1)/workers)
	cells := h.c.s.cells[e.cell.side]
	for list := h.a.first; list != nil; list = list.next {
		for _, v := range list.events[:list.n] {
			v.lo = h.from(cells, v, lo)
			v.hi = h.from(cells, v, hi)
			e.run(h.c, h.p, v)
		}
	}
}

// from is the first position of a delivery whose cell is not below the given one.
func (h *share) from(cells []int32, v delivery, cell int32) int32 {
	lo, hi := v.lo, v.hi
	for lo < hi {
		if m := lo + (hi-lo)/2; cells[h.p.queue.at(m)] < cell {
			lo = m + 1
		} else {
			hi = m
		}
	}
	return lo
}

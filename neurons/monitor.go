package neurons

import (
	"cmp"
	"fmt"
	"math"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
)

// watcher is what all monitors are. What a monitor has gathered is no part of the state of the network and stays when the
// network is restored.
type watcher struct {
	name  string
	cells Cells
	slot  Slot
	rank  int
	order int
	step  func(step int64) error
}

func (w *watcher) build(s *schedule) error {
	s.add(w.cells.g.clock, w.slot, w.rank, w.order, w.step)
	return nil
}

func (w *watcher) appendState(b []byte) []byte        { return b }
func (w *watcher) loadState(b []byte) ([]byte, error) { return b, nil }

// Name is the name of the monitor.
func (w *watcher) Name() string { return w.name }

// Cells are the cells that are watched.
func (w *watcher) Cells() Cells { return w.cells }

// DT is the step of the cells [s].
func (w *watcher) DT() float64 { return w.cells.g.e.dt }

// watch registers a monitor.
func (n *Network) watch(w *watcher, o object, kind string) error {
	if w.cells.g == nil || w.cells.g.net != n {
		return fmt.Errorf("%s: %s: the cells are not of this network", n.label(), named(kind, w.name))
	}
	return n.register(o, kind, &w.name)
}

// fired calls f for the cells of the view that fired in this step, counted from its first one.
func (c Cells) fired(f func(cell int32)) {
	for _, k := range c.g.fired {
		if int(k) >= c.lo && int(k) < c.hi {
			f(k - int32(c.lo))
		}
	}
}

// SpikeMonitorParams describes a monitor of spikes.
type SpikeMonitorParams struct {
	Name string // in the network (default spikemonitor0, ...)
	// CountOnly keeps counts and no spikes.
	CountOnly bool
	// Delay is how much later spikes are seen and labelled [s].
	Delay float64
	// Func is called in each step with the cells that fired, also when there are none; it may not keep the list.
	Func func(now Now, cells []int32) error
}

// SpikeMonitor keeps the spikes of cells. It sees them in slot [Connections], before the input of the step arrives.
type SpikeMonitor struct {
	watcher
	p      SpikeMonitorParams
	spikes []stages.Spike
	counts []int
	total  int
	late   [][]int32 // with a delay: who fired in the last steps
	now    []int32
}

// maxMonitorDelay is the longest delay of a monitor in steps, whose spikes wait in memory.
const maxMonitorDelay = 10_000_000

// SpikeMonitor adds a monitor of spikes.
func (n *Network) SpikeMonitor(c Cells, p SpikeMonitorParams) (*SpikeMonitor, error) {
	if !(p.Delay >= 0) || math.IsInf(p.Delay, 0) {
		return nil, fmt.Errorf("%s: %s: delay of %g s: want 0 or more", n.label(), named("spike monitor", p.Name), p.Delay)
	}
	if c.g != nil && Steps(p.Delay, c.g.e.dt, Nearest) > maxMonitorDelay {
		return nil, fmt.Errorf("%s: %s: delay of %g s: want at most %d steps of %g s", n.label(), named("spike monitor", p.Name), p.Delay, maxMonitorDelay, c.g.e.dt)
	}
	m := &SpikeMonitor{p: p, counts: make([]int, max(c.N(), 0))}
	m.watcher = watcher{name: p.Name, cells: c, slot: Connections, rank: rankFirst, step: m.see}
	if err := n.watch(&m.watcher, m, "spikemonitor"); err != nil {
		return nil, err
	}
	m.late = make([][]int32, Steps(p.Delay, m.DT(), Nearest)+1)
	return m, nil
}

func (m *SpikeMonitor) see(step int64) error {
	slot := &m.late[step%int64(len(m.late))]
	*slot = (*slot)[:0]
	m.cells.fired(func(c int32) { *slot = append(*slot, c) })
	m.now = m.late[(step+1)%int64(len(m.late))]
	for _, c := range m.now {
		m.counts[c]++
		if !m.p.CountOnly {
			m.spikes = append(m.spikes, stages.Spike{At: step, Cell: c})
		}
	}
	m.total += len(m.now)
	if m.p.Func != nil {
		return m.p.Func(Now{step, float64(step) * m.DT(), m.DT()}, m.now)
	}
	return nil
}

// Spikes are the spikes by time, then cell; At is the step, Cell counts from the first cell that is watched.
func (m *SpikeMonitor) Spikes() []stages.Spike { return m.spikes }

// Counts are the numbers of spikes per cell.
func (m *SpikeMonitor) Counts() []int { return m.counts }

// Total is the number of spikes of all cells.
func (m *SpikeMonitor) Total() int { return m.total }

// Trains are the times of the spikes of each cell [s], for package trains.
func (m *SpikeMonitor) Trains() [][]float64 {
	trains := make([][]float64, len(m.counts))
	for c, k := range m.counts {
		trains[c] = make([]float64, 0, k)
	}
	for _, s := range m.spikes {
		trains[s.Cell] = append(trains[s.Cell], float64(s.At)*m.DT())
	}
	return trains
}

// RateMonitorParams describes a monitor of the rate of a population.
type RateMonitorParams struct {
	Name string  // in the network (default ratemonitor0, ...)
	Bin  float64 // [s], at least one step (default one step)
}

// RateMonitor keeps the mean rate of cells in bins of time.
type RateMonitor struct {
	watcher
	bin   int64 // steps
	bins  []rateBin
	ended bool // the next step begins a bin
}

// rateBin is a bin of time, up to the step that was seen last.
type rateBin struct {
	first, steps int64
	count        int
}

// RateMonitor adds a monitor of the rate of a population. The first bin begins with the first step it sees.
func (n *Network) RateMonitor(c Cells, p RateMonitorParams) (*RateMonitor, error) {
	if !(p.Bin >= 0) || math.IsInf(p.Bin, 0) {
		return nil, fmt.Errorf("%s: %s: bin of %g s: want a positive time", n.label(), named("rate monitor", p.Name), p.Bin)
	}
	if p.Bin > 0 && c.g != nil && Steps(p.Bin, c.g.e.dt, Nearest) < 1 {
		return nil, fmt.Errorf("%s: %s: bin of %g s: want at least one step of %g s", n.label(), named("rate monitor", p.Name), p.Bin, c.g.e.dt)
	}
	m := &RateMonitor{ended: true}
	m.watcher = watcher{name: p.Name, cells: c, slot: Connections, rank: rankFirst, step: m.see}
	if err := n.watch(&m.watcher, m, "ratemonitor"); err != nil {
		return nil, err
	}
	m.bin = max(1, Steps(p.Bin, m.DT(), Nearest))
	return m, nil
}

func (m *RateMonitor) see(step int64) error {
	if m.ended {
		m.bins = append(m.bins, rateBin{first: step})
	}
	b := &m.bins[len(m.bins)-1]
	b.steps++
	m.cells.fired(func(int32) { b.count++ })
	m.ended = b.steps == m.bin
	return nil
}

// Times are the starts of the bins [s].
func (m *RateMonitor) Times() []float64 {
	t := make([]float64, len(m.bins))
	for k, b := range m.bins {
		t[k] = float64(b.first) * m.DT()
	}
	return t
}

// Rates are the mean rates of a cell in the bins [Hz]. The last bin, and one that ended because the network was restored,
// count with the time they have lasted.
func (m *RateMonitor) Rates() []float64 {
	r := make([]float64, len(m.bins))
	for k, b := range m.bins {
		r[k] = float64(b.count) / (float64(m.cells.N()) * float64(b.steps) * m.DT())
	}
	return r
}

// Bin is the width of a bin [s].
func (m *RateMonitor) Bin() float64 { return float64(m.bin) * m.DT() }

// IntervalMonitorParams describes a monitor of inter-spike intervals.
type IntervalMonitorParams struct {
	Name string // in the network (default intervalmonitor0, ...)
	// Edges are the borders of the bins [s], ascending: bin k holds intervals from Edges[k] up to, not including,
	// Edges[k+1]; the last bin has no end. Shorter intervals are not counted.
	Edges []float64
}

// IntervalMonitor keeps a histogram of the inter-spike intervals of cells.
type IntervalMonitor struct {
	watcher
	edges  []float64 // in steps
	counts []int
	last   []int64
}

// IntervalMonitor adds a monitor of inter-spike intervals.
func (n *Network) IntervalMonitor(c Cells, p IntervalMonitorParams) (*IntervalMonitor, error) {
	m := &IntervalMonitor{counts: make([]int, len(p.Edges)), last: make([]int64, max(c.N(), 0))}
	for k, x := range p.Edges {
		if !(x >= 0) || math.IsInf(x, 0) || k > 0 && x <= p.Edges[k-1] {
			return nil, fmt.Errorf("%s: %s: edge %d at %g s: want ascending times of 0 or more", n.label(), named("interval monitor", p.Name), k, x)
		}
	}
	if len(p.Edges) == 0 {
		return nil, fmt.Errorf("%s: %s: no bins", n.label(), named("interval monitor", p.Name))
	}
	for k := range m.last {
		m.last[k] = noStep
	}
	m.watcher = watcher{name: p.Name, cells: c, slot: Connections, rank: rankFirst, step: m.see}
	if err := n.watch(&m.watcher, m, "intervalmonitor"); err != nil {
		return nil, err
	}
	for _, x := range p.Edges {
		m.edges = append(m.edges, x/m.DT()-1e-9)
	}
	return m, nil
}

func (m *IntervalMonitor) see(step int64) error {
	m.cells.fired(func(c int32) {
		interval := float64(step - m.last[c])
		if m.last[c] != noStep {
			for k := len(m.edges) - 1; k >= 0; k-- {
				if interval >= m.edges[k] {
					m.counts[k]++
					break
				}
			}
		}
		m.last[c] = step
	})
	return nil
}

// Counts are the numbers of intervals in the bins.
func (m *IntervalMonitor) Counts() []int { return m.counts }

// VanRossumMonitorParams describes a monitor of the distances of spike trains.
type VanRossumMonitorParams struct {
	Name string  // in the network (default vanrossummonitor0, ...)
	Tau  float64 // [s] (default 2 ms)
}

// VanRossumMonitor keeps the squared van Rossum distance of the spike trains of each two cells (van Rossum 2001): each spike
// adds 1 to a trace of its cell that decays with tau, and D² = dt/tau·Σ (f_i - f_j)². Time and memory grow with the square
// of the number of cells.
type VanRossumMonitor struct {
	watcher
	tau, decay float64
	trace      []float64
	sums       [][]float64
}

// VanRossumMonitor adds a monitor of the distances of spike trains.
func (n *Network) VanRossumMonitor(c Cells, p VanRossumMonitorParams) (*VanRossumMonitor, error) {
	m := &VanRossumMonitor{tau: cmp.Or(p.Tau, 2e-3), trace: make([]float64, max(c.N(), 0))}
	if !(m.tau > 0) || math.IsInf(m.tau, 0) {
		return nil, fmt.Errorf("%s: %s: time constant of %g s: want a positive time", n.label(), named("van Rossum monitor", p.Name), p.Tau)
	}
	m.watcher = watcher{name: p.Name, cells: c, slot: Connections, rank: rankFirst, step: m.see}
	if err := n.watch(&m.watcher, m, "vanrossummonitor"); err != nil {
		return nil, err
	}
	m.decay = kernel.Exp(-m.DT() / m.tau)
	for i := range m.trace {
		m.sums = append(m.sums, make([]float64, i))
	}
	return m, nil
}

func (m *VanRossumMonitor) see(int64) error {
	for c := range m.trace {
		m.trace[c] *= m.decay
	}
	m.cells.fired(func(c int32) { m.trace[c]++ })
	for i, row := range m.sums {
		for j := range row {
			d := m.trace[i] - m.trace[j]
			row[j] += float64(d * d)
		}
	}
	return nil
}

// Distances is the symmetric matrix of D².
func (m *VanRossumMonitor) Distances() [][]float64 {
	d := make([][]float64, len(m.trace))
	for i := range d {
		d[i] = make([]float64, len(d))
	}
	for i, row := range m.sums {
		for j, x := range row {
			d[i][j] = float64(x*m.DT()) / m.tau
			d[j][i] = d[i][j]
		}
	}
	return d
}

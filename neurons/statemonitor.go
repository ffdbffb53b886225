package neurons

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"hearpipe/stages"
)

// reading is a variable that a monitor reads.
type reading struct {
	cells Cells
	r     recorded
}

func (c Cells) reading(name string) (reading, error) {
	r, err := c.g.b.recorded(name)
	if err != nil {
		return reading{}, fmt.Errorf("group %s: %w", c.g.e.name, err)
	}
	return reading{c, r}, nil
}

// fromInput reports whether the variable has values only while frames of inputs are at hand.
func (x *reading) fromInput() bool {
	return x.r.input >= 0 || x.r.unit != nil && len(x.r.unit.rows)+len(x.r.unit.shared) > 0
}

// values are the values of the cells in this step; they are valid until the state changes.
func (x *reading) values(step int64) []float64 {
	e := x.cells.g.e
	switch {
	case x.r.state >= 0:
		return e.state[x.r.state][x.cells.lo:x.cells.hi]
	case x.r.input >= 0:
		return e.inputs[x.r.input].row(int(step - e.base))[x.cells.lo:x.cells.hi]
	}
	x.r.unit.set(e, step, int(step-e.base))
	x.r.unit.machine.Run(x.cells.lo, x.cells.hi)
	return x.r.unit.result[x.cells.lo:x.cells.hi]
}

// StateMonitorParams describes a monitor of variables.
type StateMonitorParams struct {
	Name string // in the network (default statemonitor0, ...)
	// Cells are those whose values are kept, counted from the first cell that is watched (default: all).
	Cells []int
	// None keeps no values, but mean and deviation only.
	None bool
	// When says where in a step (default slot [End]) and how often: Every is a multiple of the step of the cells; the
	// first step that the monitor sees is kept.
	When When
	// Recent keeps the last values of so much time only [s]; 0: all.
	Recent float64
}

// StateMonitor keeps values of variables over time, and mean and deviation over all steps and cells.
type StateMonitor struct {
	watcher
	p       StateMonitorParams
	every   int64
	keep    int // samples that are kept, 0: all
	names   []string
	vars    []reading
	kept    [][]float64 // of each variable, sample by sample
	steps   []int64
	seen    int64
	count   float64
	mean, m []float64 // of each variable: mean and sum of squared deviations
}

// StateMonitor adds a monitor of differential variables, static equations, parameters or inputs.
func (n *Network) StateMonitor(c Cells, names []string, p StateMonitorParams) (*StateMonitor, error) {
	m := &StateMonitor{p: p, names: slices.Clone(names)}
	m.p.Cells = slices.Clone(p.Cells)
	slot := p.When.Slot
	if slot == 0 {
		slot = End
	}
	fail := func(format string, args ...any) (*StateMonitor, error) {
		return nil, fmt.Errorf("%s: %s: %w", n.label(), named("state monitor", p.Name), fmt.Errorf(format, args...))
	}
	if c.g == nil || c.g.net != n || slot >= slots {
		return fail("the cells or the slot are not of this network")
	}
	if len(names) == 0 {
		return fail("no variables: name at least one, such as v")
	}
	for _, k := range p.Cells {
		if k < 0 || k >= c.N() {
			return fail("cell %d: want 0 to %d", k, c.N()-1)
		}
	}
	if p.Cells == nil {
		for k := range c.N() {
			m.p.Cells = append(m.p.Cells, k)
		}
	}
	m.every = 1
	if p.When.Every != 0 {
		dt := c.g.e.dt
		m.every = Steps(p.When.Every, dt, Nearest)
		if !(p.When.Every > 0) || math.Abs(p.When.Every/dt-float64(m.every)) > 1e-4 {
			return fail("every %g s: want a multiple of the step of %g s", p.When.Every, dt)
		}
	}
	if !(p.Recent >= 0) {
		return fail("the last %g s: want 0 (all) or more", p.Recent)
	}
	if p.Recent > 0 {
		m.keep = int(Steps(p.Recent, c.g.e.dt*float64(m.every), Floor)) + 1
	}
	for _, name := range names {
		x, err := c.reading(name)
		if err != nil {
			return fail("%w", err)
		}
		m.vars = append(m.vars, x)
	}
	m.kept, m.mean, m.m = make([][]float64, len(names)), make([]float64, len(names)), make([]float64, len(names))
	m.watcher = watcher{name: p.Name, cells: c, slot: slot, rank: rankUser, order: p.When.Order, step: m.see}
	return m, n.watch(&m.watcher, m, "statemonitor")
}

func (m *StateMonitor) see(step int64) error {
	due := m.seen%m.every == 0 && !m.p.None
	m.seen++
	if due {
		if m.keep > 0 && len(m.steps) == 2*m.keep { // room for as many again, so that a sample is moved once
			m.forget(m.keep + 1)
		}
		m.steps = append(m.steps, step)
	}
	count := m.count
	for v := range m.vars {
		x := m.vars[v].values(step)
		count = m.count
		for _, y := range x { // Welford's update
			count++
			d := y - m.mean[v]
			m.mean[v] += d / count
			m.m[v] += float64(d * (y - m.mean[v]))
		}
		if !due {
			continue
		}
		for _, c := range m.p.Cells {
			m.kept[v] = append(m.kept[v], x[c])
		}
	}
	m.count = count
	return nil
}

// forget drops the first n samples.
func (m *StateMonitor) forget(n int) {
	m.steps = m.steps[:copy(m.steps, m.steps[n:])]
	n *= len(m.p.Cells)
	for v, x := range m.kept {
		m.kept[v] = x[:copy(x, x[n:])]
	}
}

// recent drops the samples that are not to be kept any more.
func (m *StateMonitor) recent() {
	if m.keep > 0 && len(m.steps) > m.keep {
		m.forget(len(m.steps) - m.keep)
	}
}

// Record keeps one more sample between two runs: the values as they are, labelled with the step that comes next. It is
// an error where inputs are watched, or what follows from them: they have values only while the network runs.
func (m *StateMonitor) Record() error {
	for v := range m.vars {
		if m.vars[v].fromInput() {
			return fmt.Errorf("state monitor %s: %s is an input or follows from one, which have values only while the network runs", m.name, m.names[v])
		}
	}
	m.seen -= m.seen % m.every
	return m.see(m.cells.g.clock.next)
}

// Times are the labels of the samples [s]: the starts of the steps.
func (m *StateMonitor) Times() []float64 {
	m.recent()
	t := make([]float64, len(m.steps))
	for k, s := range m.steps {
		t[k] = float64(s) * m.DT()
	}
	return t
}

func (m *StateMonitor) variable(name string) int {
	for v, n := range m.names {
		if n == name {
			return v
		}
	}
	return -1
}

// Series are the values of a variable of a cell over time [SI]; cell counts from the first cell that is watched. It is an
// error if they were not kept.
func (m *StateMonitor) Series(name string, cell int) ([]float64, error) {
	m.recent()
	v := m.variable(name)
	for k, c := range m.p.Cells {
		if v < 0 || c != cell || m.p.None {
			continue
		}
		x := make([]float64, len(m.steps))
		for i := range x {
			x[i] = m.kept[v][i*len(m.p.Cells)+k]
		}
		return x, nil
	}
	if m.p.None {
		return nil, fmt.Errorf("state monitor %s: %s of cell %d was not kept: None keeps no values", m.name, name, cell)
	}
	return nil, fmt.Errorf("state monitor %s: %s of cell %d was not kept (kept: %s of %d cells)", m.name, name, cell, strings.Join(m.names, ", "), len(m.p.Cells))
}

// Mean is the mean of a variable over all steps and cells [SI], NaN if it is not watched.
func (m *StateMonitor) Mean(name string) float64 {
	if v := m.variable(name); v >= 0 && m.count > 0 {
		return m.mean[v]
	}
	return math.NaN()
}

// Variance is the variance of a variable over all steps and cells (divided by their number less one), NaN if it is not
// watched.
func (m *StateMonitor) Variance(name string) float64 {
	if v := m.variable(name); v >= 0 && m.count > 1 {
		return m.m[v] / (m.count - 1)
	}
	return math.NaN()
}

// SpikeState is the values of variables at a spike.
type SpikeState struct {
	stages.Spike
	Values []float64 // [SI], in the order of the names
}

// SpikeStateMonitorParams describes a monitor of variables at spikes.
type SpikeStateMonitorParams struct {
	Name string // in the network (default spikestatemonitor0, ...)
	// Func is called for each spike instead of keeping it; it may not keep the values.
	Func func(SpikeState) error
}

// SpikeStateMonitor keeps the values of variables at the spikes of their cell: after the threshold was crossed, before the
// input of this step and the reset.
type SpikeStateMonitor struct {
	watcher
	p      SpikeStateMonitorParams
	vars   []reading
	events []SpikeState
	list   []int32
	values []float64 // for Func, reused: those of a cell follow one another
}

// SpikeStateMonitor adds a monitor of variables at spikes.
func (n *Network) SpikeStateMonitor(c Cells, names []string, p SpikeStateMonitorParams) (*SpikeStateMonitor, error) {
	m := &SpikeStateMonitor{p: p}
	m.watcher = watcher{name: p.Name, cells: c, slot: Connections, rank: rankFirst, step: m.see}
	if err := n.watch(&m.watcher, m, "spikestatemonitor"); err != nil {
		return nil, err
	}
	for _, name := range names {
		x, err := c.reading(name)
		if err != nil {
			n.unregister(m, m.name)
			return nil, fmt.Errorf("spike state monitor %s: %w", m.name, err)
		}
		m.vars = append(m.vars, x)
	}
	return m, nil
}

func (m *SpikeStateMonitor) see(step int64) error {
	m.list = m.list[:0]
	m.cells.fired(func(c int32) { m.list = append(m.list, c) })
	if len(m.list) == 0 {
		return nil
	}
	each := len(m.vars)
	values := m.values
	if need := each * len(m.list); m.p.Func == nil || cap(values) < need {
		values = make([]float64, need)
	}
	m.values = values
	values = values[:each*len(m.list)]
	for v := range m.vars {
		x := m.vars[v].values(step)
		for k, c := range m.list {
			values[k*each+v] = x[c]
		}
	}
	for k, c := range m.list {
		s := SpikeState{stages.Spike{At: step, Cell: c}, values[k*each : (k+1)*each : (k+1)*each]}
		if m.p.Func == nil {
			m.events = append(m.events, s)
		} else if err := m.p.Func(s); err != nil {
			return err
		}
	}
	return nil
}

// Events are the spikes with the values of the variables, by time, then cell.
func (m *SpikeStateMonitor) Events() []SpikeState { return m.events }

// HistogramMonitorParams describes a histogram of a variable.
type HistogramMonitorParams struct {
	Name     string  // in the network (default histogrammonitor0, ...)
	Min, Max float64 // range [SI]; values from Min up to, not including, Max are counted
	Bins     int     // (default 20)
	Period   float64 // of the samples [s], a multiple of the step (default 1 ms)
}

// HistogramMonitor keeps a histogram of the values of a variable for each cell, and their mean and variance.
type HistogramMonitor struct {
	watcher
	p       HistogramMonitorParams
	every   int64
	x       reading
	counts  [][]int
	samples int64
	seen    int64
	mean, m []float64
}

// maxBins is how many bins a histogram has for all cells together: 1 GiB.
const maxBins = 1 << 27

// HistogramMonitor adds a histogram of a variable.
func (n *Network) HistogramMonitor(c Cells, variable string, p HistogramMonitorParams) (*HistogramMonitor, error) {
	fail := func(format string, args ...any) (*HistogramMonitor, error) {
		return nil, fmt.Errorf("%s: %s: %w", n.label(), named("histogram monitor", p.Name), fmt.Errorf(format, args...))
	}
	if p.Bins == 0 {
		p.Bins = 20
	}
	if p.Period == 0 {
		p.Period = 1e-3
	}
	m := &HistogramMonitor{p: p}
	m.watcher = watcher{name: p.Name, cells: c, slot: End, rank: rankUser, step: m.see}
	switch {
	case c.g == nil || c.g.net != n:
		return fail("the cells are not of this network")
	case p.Bins > maxBins/c.N():
		return fail("%d bins for each of %d cells: want at most %d together", p.Bins, c.N(), maxBins)
	case !(p.Min < p.Max) || math.IsInf(p.Max-p.Min, 0) || p.Bins < 1:
		return fail("%d bins from %g to %g: want at least one bin and an ascending range", p.Bins, p.Min, p.Max)
	}
	m.every = Steps(p.Period, c.g.e.dt, Nearest)
	if !(p.Period > 0) || m.every < 1 || math.Abs(p.Period/c.g.e.dt-float64(m.every)) > 1e-4 {
		return fail("period of %g s: want a multiple of the step of %g s", p.Period, c.g.e.dt)
	}
	var err error
	if m.x, err = c.reading(variable); err != nil {
		return fail("%w", err)
	}
	for range c.N() {
		m.counts = append(m.counts, make([]int, p.Bins))
	}
	m.mean, m.m = make([]float64, c.N()), make([]float64, c.N())
	return m, n.watch(&m.watcher, m, "histogrammonitor")
}

func (m *HistogramMonitor) see(step int64) error {
	m.seen++
	if (m.seen-1)%m.every != 0 {
		return nil
	}
	m.samples++
	for c, y := range m.x.values(step) {
		d := y - m.mean[c]
		m.mean[c] += d / float64(m.samples)
		m.m[c] += float64(d * (y - m.mean[c]))
		if y >= m.p.Min && y < m.p.Max {
			k := int(float64(float64(m.p.Bins)*(y-m.p.Min)) / (m.p.Max - m.p.Min))
			m.counts[c][min(k, m.p.Bins-1)]++
		}
	}
	return nil
}

// Fractions are the parts of the samples of each cell that lie in the bins.
func (m *HistogramMonitor) Fractions() [][]float64 {
	f := make([][]float64, len(m.counts))
	for c, counts := range m.counts {
		f[c] = make([]float64, len(counts))
		for k, n := range counts {
			f[c][k] = float64(n) / float64(m.samples)
		}
	}
	return f
}

// Centres are the middles of the bins [SI].
func (m *HistogramMonitor) Centres() []float64 {
	x := make([]float64, m.p.Bins)
	for k := range x {
		x[k] = m.p.Min + float64((float64(k)+0.5)*(m.p.Max-m.p.Min))/float64(m.p.Bins)
	}
	return x
}

// Means and Variances are those of the samples of each cell; variances are divided by the number of samples less one.
func (m *HistogramMonitor) Means() []float64 { return m.mean }

// Variances: see Means; NaN before there are two samples.
func (m *HistogramMonitor) Variances() []float64 {
	v := make([]float64, len(m.m))
	for c, s := range m.m {
		v[c] = math.NaN()
		if m.samples > 1 {
			v[c] = s / float64(m.samples-1)
		}
	}
	return v
}

package neurons

import (
	"fmt"
	"math"
	"slices"

	"hearpipe/neurons/trains"
)

// CoincidenceMonitorParams describes the comparison of cells with recorded spike trains.
type CoincidenceMonitorParams struct {
	Name string // in the network (default coincidencemonitor0, ...)
	// Targets are recorded trains [s], ascending: one for each cell, or one for all.
	Targets [][]float64
	// Window is the largest distance of two spikes that coincide [s], itself included (default 4 ms).
	Window float64
	// Inclusive counts each target spike that has a spike of the cell in its window. Else each spike matches one
	// target spike at most: the last one before it if that is free and in the window, else the next one.
	Inclusive bool
	// Delays are added to the times of the cells' spikes before they are compared [s]: one per cell, or none.
	Delays []float64
	// Onset leaves out spikes before this time [s] (of cells: after the delay); 0: none.
	Onset float64
}

// CoincidenceMonitor counts the spikes of cells that coincide with those of recorded trains, in constant memory.
type CoincidenceMonitor struct {
	watcher
	p       CoincidenceMonitorParams
	targets [][]int64 // steps, from the onset on
	window  int64
	onset   int64
	delays  []int64
	next    []int // first target after the last spike; inclusive: first one that is not counted
	used    []int // targets up to here are taken, exclusive
	counts  []int
	lengths []int
}

// CoincidenceMonitor adds a comparison of cells with recorded trains.
func (n *Network) CoincidenceMonitor(c Cells, p CoincidenceMonitorParams) (*CoincidenceMonitor, error) {
	m := &CoincidenceMonitor{p: p}
	fail := func(format string, args ...any) (*CoincidenceMonitor, error) {
		return nil, fmt.Errorf("%s: %s: %w", n.label(), named("coincidence monitor", p.Name), fmt.Errorf(format, args...))
	}
	if p.Window == 0 {
		m.p.Window = 4e-3
	}
	switch {
	case c.g == nil || c.g.net != n:
		return fail("the cells are not of this network")
	case len(p.Targets) != 1 && len(p.Targets) != c.N():
		return fail("%d target trains for %d cells: want one each, or one for all", len(p.Targets), c.N())
	case len(p.Delays) != 0 && len(p.Delays) != c.N():
		return fail("%d delays for %d cells", len(p.Delays), c.N())
	case !(m.p.Window >= 0) || math.IsInf(m.p.Window, 0) || p.Onset-p.Onset != 0:
		return fail("window %g s, onset %g s: want finite times, the window 0 or more", p.Window, p.Onset)
	}
	dt := c.g.e.dt
	m.window, m.onset = Steps(m.p.Window, dt, Nearest), noStep
	if p.Onset != 0 {
		m.onset = Steps(p.Onset, dt, Nearest)
	}
	for k, train := range p.Targets {
		var steps []int64
		for i, t := range train {
			if t-t != 0 || i > 0 && t < train[i-1] {
				return fail("spike %d of target %d is at %g s: want ascending, finite times", i, k, t)
			}
			if s := Steps(t, dt, Nearest); s >= m.onset {
				steps = append(steps, s)
			}
		}
		m.targets = append(m.targets, steps)
	}
	m.delays = make([]int64, c.N())
	for k, d := range p.Delays {
		if d-d != 0 {
			return fail("delay %d is %g s: want a finite time", k, d)
		}
		m.delays[k] = Steps(d, dt, Nearest)
	}
	m.next, m.used, m.counts, m.lengths = make([]int, c.N()), make([]int, c.N()), make([]int, c.N()), make([]int, c.N())
	for k := range m.used {
		m.used[k] = -1
	}
	m.watcher = watcher{name: p.Name, cells: c, slot: Connections, rank: rankFirst, step: m.see}
	return m, n.watch(&m.watcher, m, "coincidencemonitor")
}

func (m *CoincidenceMonitor) target(c int) []int64 { return m.targets[min(c, len(m.targets)-1)] }

func (m *CoincidenceMonitor) see(step int64) error {
	m.cells.fired(func(cell int32) {
		c := int(cell)
		at := step + m.delays[c]
		if at < m.onset {
			return
		}
		m.lengths[c]++
		target := m.target(c)
		k := m.next[c]
		if m.p.Inclusive {
			for k < len(target) && target[k] < at-m.window {
				k++
			}
			for k < len(target) && target[k] <= at+m.window {
				k++
				m.counts[c]++
			}
			m.next[c] = k
			return
		}
		for k < len(target) && target[k] <= at {
			k++
		}
		m.next[c] = k
		switch { // the last target before or at the spike, else the next one
		case k > 0 && m.used[c] < k-1 && at-target[k-1] <= m.window:
			m.used[c] = k - 1
			m.counts[c]++
		case k < len(target) && m.used[c] < k && target[k]-at <= m.window:
			m.used[c] = k
			m.counts[c]++
		}
	})
	return nil
}

// Coincidences are the numbers of coincidences of each cell.
func (m *CoincidenceMonitor) Coincidences() []int { return m.counts }

// Lengths are the numbers of spikes of each cell, from the onset on.
func (m *CoincidenceMonitor) Lengths() []int { return m.lengths }

// TargetLengths are the numbers of spikes of each cell's target, from the onset on.
func (m *CoincidenceMonitor) TargetLengths() []int {
	n := make([]int, len(m.counts))
	for c := range n {
		n[c] = len(m.target(c))
	}
	return n
}

// Gamma is the gamma factor of each cell (Jolivet et al. 2008), see [trains.GammaFactor], with the rate of its target.
func (m *CoincidenceMonitor) Gamma() []float64 {
	g := make([]float64, len(m.counts))
	dt := m.DT()
	for c := range g {
		target := m.target(c)
		if len(target) == 0 || m.lengths[c] == 0 {
			continue
		}
		times := make([]float64, len(target))
		for k, s := range target {
			times[k] = float64(s) * dt
		}
		rate, err := trains.Rate(times)
		if err != nil || len(target) < 2 || slices.Max(target) == slices.Min(target) {
			rate = 0
		}
		chance := float64(2 * float64(float64(m.window)*dt) * rate)
		g[c] = (float64(m.counts[c]) - float64(chance*float64(len(target)))) / (float64(0.5*(1-chance)) * float64(len(target)+m.lengths[c]))
	}
	return g
}

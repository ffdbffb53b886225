package pipelines

import (
	"math"
	"slices"

	"hearpipe/neurons"
	"hearpipe/sinks"
	"hearpipe/stages"
)

// Fields that all cells of a network may have.
var (
	cellsStepField     = Field{Name: "dt", Kind: Quantity, Unit: "s", Limits: "more than 0 s", Doc: "step (default: that of the network, which is the interval of its inputs, else the shortest that is given, else 0.1 ms)"}
	cellsDurationField = Field{Name: "duration", Kind: Quantity, Unit: "s", Limits: "more than 0 s", Doc: "how long the network runs (default: as long as its inputs, else as the pipeline)"}
	cellsSeedField     = Field{Name: "seed", Kind: Integer, Limits: "0 or more", Doc: "seed of the random numbers of the network (default: the parameter seed of the pipeline, else 0)"}
)

const cellsOutput = "spikes"

func init() {
	register(&NodeType{
		Name: "neurons.poisson", cells: true, networked: true, from: minMax{0, 1},
		Doc:     "Cells that fire at random, independently of each other: in each step with the probability rate·dt, at most 1.",
		Inputs:  "none, or a stream of rates in Hz, one channel per cell or one for all",
		Outputs: cellsOutput, Channels: "all",
		Fields: []Field{
			{Name: "cells", Kind: Integer, Limits: "at least 1", Doc: "number of cells (default: as many as the input has channels)"},
			{Name: "rates", Kind: Expression, Doc: "rate of a cell, such as 15 Hz, (i+1)*Hz or 100 Hz*(1+sin(2*pi*5 Hz*t)); without an input"},
			cellsStepField, cellsDurationField, cellsSeedField,
		},
		Example: `noise: {type: neurons.poisson, cells: 100, rates: (i+1)*Hz, duration: 1 s}`,
		plan:    planPoisson,
	})
	register(&NodeType{
		Name: "neurons.generator", cells: true, networked: true, from: minMax{0, 1},
		Doc: "Cells that fire at given times: those of a list, of a file or of another stream of spikes. A spike comes in the first step that does not begin before its time. " +
			"Of several spikes of one cell in one step all but one are left out, with a warning, and so are spikes before time 0.",
		Inputs:  "none, or a stream of spikes",
		Outputs: cellsOutput, Channels: "all",
		Fields: []Field{
			{Name: "cells", Kind: Integer, Limits: "at least 1", Doc: "number of cells (default: one more than the highest number of a spike)"},
			{Name: "indices", Kind: Values, Unit: "1", Limits: "0 to cells - 1", Doc: "cells of the spikes, one for each of times"},
			{Name: "times", Kind: Values, Unit: "s", Doc: "times of the spikes"},
			{Name: "path", Kind: InputPath, Doc: "file of spikes: CSV, NDJSON or NPZ"},
			{Name: "period", Kind: Quantity, Unit: "s", Limits: "more than 0 s", Doc: "repeats the spikes before this time"},
			cellsStepField, cellsDurationField, cellsSeedField,
		},
		Example: `trains: {type: neurons.generator, cells: 2, indices: [0, 1], times: "[10, 20]*ms", period: 50 ms}`,
		plan:    planGenerator,
	})
	register(&NodeType{
		Name: "neurons.packet", cells: true, networked: true,
		Doc:     "Cells that fire once each, at independent, normally distributed times. A time before 0 leaves the cell silent.",
		Inputs:  "none",
		Outputs: cellsOutput, Channels: "all",
		Fields: []Field{
			{Name: "cells", Kind: Integer, Required: true, Limits: "at least 1", Doc: "number of cells"},
			{Name: "time", Kind: Quantity, Unit: "s", Required: true, Doc: "mean of the times"},
			{Name: "sigma", Kind: Quantity, Unit: "s", Required: true, Limits: "at least 0 s", Doc: "their standard deviation"},
			cellsStepField, cellsDurationField, cellsSeedField,
		},
		Example: `volley: {type: neurons.packet, cells: 85, time: 50 ms, sigma: 1 ms}`,
		plan:    planPacket,
	})
	register(&NodeType{
		Name: "neurons.correlated", cells: true, networked: true,
		Doc:     "Cells whose spikes are correlated in time: Poisson processes whose common rate is an Ornstein–Uhlenbeck process, cut at 0.",
		Source:  "Brette (2009), Neural Computation 21, 188-215",
		Inputs:  "none",
		Outputs: cellsOutput, Channels: "all",
		Fields: []Field{
			{Name: "cells", Kind: Integer, Required: true, Limits: "at least 1", Doc: "number of cells"},
			{Name: "rate", Kind: Quantity, Unit: "Hz", Required: true, Limits: "more than 0 Hz", Doc: "mean rate of a cell"},
			{Name: "correlation", Kind: Quantity, Unit: "1", Required: true, Limits: "at least 0", Doc: "total correlation of each two cells"},
			{Name: "tau", Kind: Quantity, Unit: "s", Required: true, Limits: "more than 0 s", Doc: "time constant of the correlations"},
			cellsStepField, cellsDurationField, cellsSeedField,
		},
		Example: `pool: {type: neurons.correlated, cells: 50, rate: 20 Hz, correlation: 0.1, tau: 10 ms}`,
		plan:    planCorrelated,
	})
}

// planCells checks what all cells have and finds their number; 0 means a mistake.
func (p *planner) planCells(n *node, cells int) int {
	inf := math.Inf(1)
	if !n.within(p, "cells", 1, maxChannels, false, false) || !n.within(p, "dt", 0, inf, true, true) ||
		!n.within(p, "duration", 0, inf, true, true) || !n.within(p, "seed", 0, 1<<53, false, false) {
		return 0
	}
	if n.has("cells") {
		cells = int(n.num("cells"))
	}
	if cells < 1 {
		n.fail(p, "", "%s needs the field cells: how many are there?", n.typ.Name)
		return 0
	}
	n.out = []outPort{{shape: p.memberShape(n, cells)}}
	n.whole, n.perChan = true, 256
	return cells
}

// tryCells makes the cells on trial and puts their mistakes to a field.
func (p *planner) tryCells(n *node, field string) {
	g, err := n.try(p)
	if v := n.values[field]; err != nil && field == "rates" && v != nil { // read as the right-hand side of an equation
		n.broken = true
		before := len(p.mistakes)
		p.add(textMistakes(v.el, err, len("rates = "))...)
		p.unhide(before)
	} else if err != nil {
		p.textError(n, field, err)
	} else if n.typ.Name != "neurons.packet" { // the packet on trial has fewer spikes
		p.warn(n, g.Warnings())
	}
}

// warn reports what is allowed but may be a mistake.
func (p *planner) warn(n *node, warnings []string) {
	for _, w := range warnings {
		m := n.el.mistake("%s", w)
		m.Warning = true
		p.add(m)
	}
}

func planPoisson(p *planner, n *node) {
	if !p.needFrames(n) {
		return
	}
	channels := 0
	if len(n.in) > 0 {
		channels = n.in[0].shape().channels
	}
	cells := p.planCells(n, channels)
	if cells == 0 {
		return
	}
	if channels > 1 && cells != channels {
		n.fail(p, "cells", "%d cells, but the input has %d channels", cells, channels)
		return
	}
	if n.has("rates") == (len(n.in) > 0) {
		n.fail(p, "rates", "want either the field rates or an input with the rates")
		return
	}
	text, ok := p.memberText(n, "rates")
	if !ok {
		return
	}
	n.member = func(net *neurons.Network, in []stages.Node, cells int) (*neurons.Group, error) {
		q := neurons.PoissonParams{Name: n.name, N: cells, Rates: text}
		if len(in) > 0 {
			q.Input = in[0].(stages.Stage)
		} else if n.has("dt") {
			q.DT = n.num("dt")
		}
		return net.PoissonGroup(q)
	}
	p.tryCells(n, "rates")
}

func planGenerator(p *planner, n *node) {
	if !n.within(p, "indices", 0, maxChannels, false, true) || !n.within(p, "period", 0, math.Inf(1), true, true) {
		return
	}
	q := neurons.GeneratorParams{Name: n.name}
	cells, ways := 0, 0
	if len(n.in) > 0 {
		ways++
		if !n.in[0].shape().spikes {
			n.fail(p, "", "%s gives frames, %s reads spikes", n.in[0].from.name, n.typ.Name)
			return
		}
		cells = n.in[0].shape().channels
	}
	if n.has("times") || n.has("indices") {
		ways++
		times, indices := n.list("times"), n.list("indices")
		if len(indices) == 1 && len(times) > 1 {
			for range len(times) - 1 {
				indices = append(indices, indices[0])
			}
		}
		if len(times) != len(indices) {
			n.fail(p, "times", "%d times and %d indices: want one each per spike", len(times), len(indices))
			return
		}
		for k, t := range times {
			if c := indices[k]; c != math.Trunc(c) {
				n.fail(p, "indices", "spike %d is of cell %g: want a whole number", k, c)
				return
			}
			q.Cells, q.Times = append(q.Cells, int32(indices[k])), append(q.Times, t)
			cells = max(cells, int(indices[k])+1)
		}
	}
	if n.has("path") {
		ways++
		train, ok := p.spikeFile(n)
		if !ok {
			return
		}
		q.Cells, q.Times = train.Cell, train.T
		for _, c := range train.Cell {
			cells = max(cells, int(c)+1)
		}
		cells = max(cells, train.Meta.First+train.Meta.Channels)
	}
	if ways != 1 {
		n.fail(p, "", "spikes come from the fields times and indices, from a file (path), or from a node (from): want one of these, not %d", ways)
		return
	}
	if cells = p.planCells(n, cells); cells == 0 {
		return
	}
	if n.has("period") {
		q.Period = n.num("period")
	}
	if len(n.in) == 0 && n.has("dt") {
		q.DT = n.num("dt")
	}
	for k, c := range q.Cells {
		if int(c) >= cells {
			n.fail(p, "indices", "spike %d is of cell %d: want 0 to %d", k, c, cells-1)
			return
		}
	}
	n.fixed = int64(len(q.Times)) * 32
	n.member = func(net *neurons.Network, in []stages.Node, cells int) (*neurons.Group, error) {
		q := q
		q.N = cells
		switch {
		case net == n.net.trial:
			q.Cells, q.Times = nil, nil
		case len(in) > 0:
			q.From = in[0].(stages.SpikeStage)
		}
		return net.Generator(q)
	}
	p.tryCells(n, "")
	if n.broken || len(q.Times) == 0 {
		return
	}
	// On trial there are no spikes, since there are fewer cells: this network is made for what it says about them. It has
	// the cells that fire only, so that its size is that of the list.
	numbers := map[int32]int32{}
	some := q
	some.Cells = slices.Clone(q.Cells)
	for k, c := range some.Cells {
		number, known := numbers[c]
		if !known {
			number = int32(len(numbers))
			numbers[c] = number
		}
		some.Cells[k] = number
	}
	some.N = len(numbers)
	net, err := n.net.make()
	if err == nil {
		var g *neurons.Group
		if g, err = net.Generator(some); err == nil {
			p.warn(n, g.Warnings())
		}
	}
	if err != nil {
		n.fail(p, "", "%v", err)
	}
}

func planPacket(p *planner, n *node) {
	inf := math.Inf(1)
	if !n.within(p, "time", -inf, inf, true, true) || !n.within(p, "sigma", 0, inf, false, true) || p.planCells(n, 0) == 0 {
		return
	}
	n.member = func(net *neurons.Network, _ []stages.Node, cells int) (*neurons.Group, error) {
		q := neurons.PulsePacketParams{Name: n.name, N: cells, Time: n.num("time"), Sigma: n.num("sigma")}
		if n.has("dt") {
			q.DT = n.num("dt")
		}
		packet, err := net.PulsePacket(q)
		if err != nil {
			return nil, err
		}
		return packet.Group, nil
	}
	p.tryCells(n, "")
}

func planCorrelated(p *planner, n *node) {
	inf := math.Inf(1)
	if !n.within(p, "rate", 0, inf, true, true) || !n.within(p, "correlation", 0, inf, false, true) || !n.within(p, "tau", 0, inf, true, true) || p.planCells(n, 0) == 0 {
		return
	}
	n.member = func(net *neurons.Network, _ []stages.Node, cells int) (*neurons.Group, error) {
		q := neurons.CorrelatedParams{Name: n.name, N: cells, Rate: n.num("rate"), Correlation: n.num("correlation"), TauC: n.num("tau")}
		if n.has("dt") {
			q.DT = n.num("dt")
		}
		return net.CorrelatedTrains(q)
	}
	p.tryCells(n, "")
}

// spikeFile reads the spikes of the field path.
func (p *planner) spikeFile(n *node) (sinks.SpikeTrain, bool) {
	path, err := p.env.input(n.text("path"), n.values["path"].trusted)
	if err == nil {
		var train sinks.SpikeTrain
		if train, err = sinks.ReadSpikes(path); err == nil {
			return train, true
		}
	}
	n.fail(p, "path", "%v", err)
	return sinks.SpikeTrain{}, false
}

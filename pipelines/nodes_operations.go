package pipelines

import (
	"math"
	"strings"

	"hearpipe/neurons"
	"hearpipe/stages"
)

// slotNames are the words of the field slot.
var slotNames = func() (names []string) {
	for s := neurons.Start; s <= neurons.End; s++ {
		names = append(names, s.String())
	}
	return names
}()

var slotField = Field{Name: "slot", Kind: Choice, Choices: slotNames, Default: "start", Doc: "place in a step"}

const noOutput = "nothing: it belongs to the cells that it names"

func init() {
	register(&NodeType{
		Name: "neurons.regularly", attached: true,
		Doc:    "Runs statements over cells in each step, or at an interval of its own. In them i and N count the cells that are named.",
		Inputs: "none", Outputs: noOutput, Channels: "all",
		Fields: []Field{
			{Name: "target", Kind: CellsOf, Required: true, Doc: "the cells"},
			{Name: "code", Kind: Statements, Required: true, Doc: "statements such as I = rand()*nA"},
			{Name: "every", Kind: Quantity, Unit: "s", Limits: "a multiple of the step", Doc: "interval (default: each step)"},
			slotField,
			{Name: "order", Kind: Integer, Default: "0", Doc: "sorts what is in one slot"},
		},
		Example: `kick: {type: neurons.regularly, target: cells, code: I = rand()*nA, every: 10 ms}`,
		plan:    planRegularly,
	})
	register(&NodeType{
		Name: "neurons.link", attached: true,
		Doc:    "Has a variable of cells follow a variable of others: at the start of each step it gets the value of the end of the step before.",
		Inputs: "none", Outputs: noOutput, Channels: "all",
		Fields: []Field{
			{Name: "target", Kind: CellsOf, Required: true, Doc: "the cells that follow"},
			{Name: "variable", Kind: Text, Required: true, Doc: "their variable"},
			{Name: "source", Kind: CellsOf, Required: true, Doc: "the cells that are followed: as many, or one"},
			{Name: "follows", Kind: Text, Required: true, Doc: "their variable or static equation"},
			{Name: "every", Kind: Quantity, Unit: "s", Limits: "a multiple of the step", Doc: "interval (default: each step)"},
		},
		Example: `drive: {type: neurons.link, target: cells, variable: I, source: oscillator, follows: x}`,
		plan:    planLink,
	})
	register(&NodeType{
		Name: "neurons.poisson_input", attached: true,
		Doc: "Adds the events of many independent Poisson processes to a variable of cells: in each step weight·k, k from the binomial distribution of as many trials as there are processes with the probability rate·dt. " +
			"Where the variable has the flag (unless refractory), refractory cells receive nothing.",
		Inputs: "none", Outputs: noOutput, Channels: "all",
		Fields: []Field{
			{Name: "target", Kind: CellsOf, Required: true, Doc: "the cells"},
			{Name: "variable", Kind: Text, Required: true, Doc: "a differential variable or a parameter of theirs"},
			{Name: "processes", Kind: Integer, Required: true, Limits: "at least 1", Doc: "processes for each cell"},
			{Name: "rate", Kind: Quantity, Unit: "Hz", Required: true, Limits: "0 Hz to one event per step", Doc: "rate of each"},
			{Name: "weight", Kind: Expression, Required: true, Doc: "what an event adds, a constant such as 0.1*mV"},
			{Name: "copies", Kind: Integer, Default: "1", Limits: "at least 1", Doc: "an event adds so many times the weight"},
			{Name: "reliability", Kind: Quantity, Unit: "1", Default: "1", Limits: "more than 0, at most 1", Doc: "probability that a copy arrives"},
			{Name: "jitter", Kind: Quantity, Unit: "s", Default: "0", Limits: "at least 0 s", Doc: "mean of the exponentially distributed delay of each copy"},
		},
		Example: `background: {type: neurons.poisson_input, target: cells, variable: v, processes: 1000, rate: 5 Hz, weight: 0.1*mV}`,
		plan:    planPoissonInput,
	})
	register(&NodeType{
		Name: "neurons.rate", from: minMax{1, 1},
		Doc:    "Mean rate of the cells in bins of time, in Hz.",
		Inputs: "spikes", Outputs: "frames: one channel, one frame for each bin", Channels: "all",
		Fields: []Field{
			{Name: "bin", Kind: Quantity, Unit: "s", Required: true, Limits: "at least one step", Doc: "width of a bin; it is rounded to steps"},
		},
		Example: `rate: {type: neurons.rate, from: cells, bin: 1 ms}`,
		plan:    planRate,
	})
}

// when reads slot, order and interval.
func (p *planner) when(n *node) (neurons.When, bool) {
	if !n.within(p, "every", 0, math.Inf(1), true, true) {
		return neurons.When{}, false
	}
	var w neurons.When
	if n.has("slot") {
		w.Slot, _ = neurons.ParseSlot(n.text("slot"))
	}
	if n.has("order") {
		w.Order = int(n.num("order"))
	}
	if n.has("every") {
		w.Every = n.num("every")
	}
	return w, true
}

func planRegularly(p *planner, n *node) {
	when, ok := p.when(n)
	if !ok {
		return
	}
	code, ok := p.memberText(n, "code")
	if !ok {
		return
	}
	cells, ok := n.tried(p, "target")
	if !ok {
		return
	}
	if err := cells.RunRegularly(code, when); err != nil {
		if strings.Contains(err.Error(), "tick") {
			n.fail(p, "every", "%v", err)
			return
		}
		p.textError(n, "code", err)
		return
	}
	n.attach = func(_ *neurons.Network, groups map[*node]*neurons.Group) error {
		cells, err := n.placed(groups, "target")
		if err != nil {
			return err
		}
		return cells.RunRegularly(code, when)
	}
}

func planLink(p *planner, n *node) {
	when, ok := p.when(n)
	if !ok {
		return
	}
	link := func(net *neurons.Network, target, source neurons.Cells) error {
		return net.Link(neurons.LinkParams{Target: target, Variable: n.text("variable"), Source: source, From: n.text("follows"), When: when})
	}
	target, ok := n.tried(p, "target")
	source, fine := n.tried(p, "source")
	if !ok || !fine {
		return
	}
	if target.N() == source.N() || source.N() == 1 { // of those on trial some have fewer cells
		if err := link(n.net.trial, target, source); err != nil {
			n.fail(p, "", "%v", err)
			return
		}
	}
	n.attach = func(net *neurons.Network, groups map[*node]*neurons.Group) error {
		target, err := n.placed(groups, "target")
		if err != nil {
			return err
		}
		source, err := n.placed(groups, "source")
		if err != nil {
			return err
		}
		return link(net, target, source)
	}
}

func planPoissonInput(p *planner, n *node) {
	inf := math.Inf(1)
	if !n.within(p, "processes", 1, 1<<31, false, false) || !n.within(p, "rate", 0, inf, false, true) || !n.within(p, "copies", 1, 1<<31, false, false) ||
		!n.within(p, "reliability", 0, 1, true, false) || !n.within(p, "jitter", 0, inf, false, true) {
		return
	}
	weight, ok := p.memberText(n, "weight")
	if !ok {
		return
	}
	input := func(net *neurons.Network, target neurons.Cells) error {
		_, err := net.PoissonInput(neurons.PoissonInputParams{
			Name: n.name, Target: target, Variable: n.text("variable"), N: int(n.num("processes")), Rate: n.num("rate"), Weight: weight,
			Copies: int(n.num("copies")), Reliability: n.num("reliability"), Jitter: n.num("jitter"),
		})
		return err
	}
	target, ok := n.tried(p, "target")
	if !ok {
		return
	}
	if err := input(n.net.trial, target); err != nil {
		field := "weight"
		for _, sign := range []struct{ text, field string }{
			{"rate of ", "rate"},
			{"jitter of ", "jitter"},
			{"jitter and ", "jitter"},
			{" processes: ", "processes"},
			{" copies", "copies"},
			{"there is no variable", "variable"},
			{"is (shared)", "variable"},
			{"is a static equation", "variable"},
			{"from an input", "variable"},
		} {
			if strings.Contains(err.Error(), sign.text) {
				field = sign.field
				break
			}
		}
		p.textError(n, field, err)
		return
	}
	n.attach = func(net *neurons.Network, groups map[*node]*neurons.Group) error {
		target, err := n.placed(groups, "target")
		if err != nil {
			return err
		}
		return input(net, target)
	}
}

func planRate(p *planner, n *node) {
	s := n.in[0].shape()
	if !s.spikes {
		n.fail(p, "", "%s gives frames, %s reads spikes", n.in[0].from.name, n.typ.Name)
		return
	}
	bin := neurons.Steps(n.num("bin"), 1/s.rate, neurons.Nearest)
	if !(n.num("bin") > 0) || bin < 1 || bin > 1<<40 {
		n.fail(p, "bin", "%s: want at least one step of %s", quantityText(n.num("bin"), "s"), quantityText(1/s.rate, "s"))
		return
	}
	out := shape{rate: s.rate / float64(bin), channels: 1, frames: s.frames}
	if s.frames != stages.Unbounded {
		out.frames = (s.frames + bin - 1) / bin
	}
	n.out = []outPort{{shape: out}}
	n.whole = true
	n.build = func(in []stages.Node, _ stages.Range) ([]stages.Node, error) {
		return one(neurons.NewRate(in[0].(stages.SpikeStage), bin))
	}
}

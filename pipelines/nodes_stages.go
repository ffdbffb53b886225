package pipelines

import (
	"fmt"
	"math"

	"hearpipe/stages"
)

const (
	anyNodes     = math.MaxInt
	sameChannels = "the same channels; an input with one channel is given to all"
	elementInput = "from: streams of one rate, with equal numbers of channels or one channel, which is given to all; the shorter ones continue with zeros"
)

func init() {
	register(&NodeType{
		Name: "stages.sum", Doc: "Adds its inputs sample by sample, each times its weight.",
		Inputs: elementInput, Outputs: "frames: the weighted sum", Channels: sameChannels,
		Fields:  []Field{{Name: "weights", Kind: Values, Unit: "1", Doc: "one factor per input (default 1)"}},
		Example: "mix: {type: stages.sum, from: [tone, noise], weights: [1, 0.5]}",
		from:    minMax{1, anyNodes},
		plan: func(p *planner, n *node) {
			w := n.list("weights")
			if w != nil && len(w) != len(n.in) {
				n.fail(p, "weights", "%d weights for %d inputs", len(w), len(n.in))
				return
			}
			p.elementwise(n, func(in []stages.Stage) (stages.Node, error) { return stages.NewSum(in, w) })
		},
	})
	register(&NodeType{
		Name: "stages.difference", Doc: "Subtracts the second input from the first.",
		Inputs: elementInput, Outputs: "frames: the difference", Channels: sameChannels,
		Example: "d: {type: stages.difference, from: [left, right]}",
		from:    minMax{2, 2},
		plan: func(p *planner, n *node) {
			p.elementwise(n, func(in []stages.Stage) (stages.Node, error) { return stages.NewDifference(in[0], in[1]) })
		},
	})
	register(&NodeType{
		Name: "stages.product", Doc: "Multiplies its inputs sample by sample.",
		Inputs: elementInput, Outputs: "frames: the product", Channels: sameChannels,
		Example: "am: {type: stages.product, from: [carrier, envelope]}",
		from:    minMax{2, anyNodes},
		plan: func(p *planner, n *node) {
			p.elementwise(n, func(in []stages.Stage) (stages.Node, error) { return stages.NewProduct(in...) })
		},
	})
	register(&NodeType{
		Name: "stages.quotient", Doc: "Divides the first input by the second; a division by zero gives an infinity or not-a-number.",
		Inputs: elementInput, Outputs: "frames: the quotient", Channels: sameChannels,
		Example: "q: {type: stages.quotient, from: [signal, envelope]}",
		from:    minMax{2, 2},
		plan: func(p *planner, n *node) {
			p.elementwise(n, func(in []stages.Stage) (stages.Node, error) { return stages.NewQuotient(in[0], in[1]) })
		},
	})
	register(&NodeType{
		Name: "stages.scale", Doc: "Computes factor·x + offset.",
		Inputs: "from: one stream", Outputs: "frames", Channels: sameChannels,
		Fields: []Field{
			{Name: "factor", Kind: Quantity, Unit: "1", Default: "1", Limits: "finite", Doc: "factor"},
			{Name: "gain", Kind: Quantity, Unit: "dB", Limits: "finite", Doc: "a factor of 10^(gain/20) besides"},
			{Name: "offset", Kind: Quantity, Unit: "any", Default: "0", Limits: "finite", Doc: "what is added, in the unit of the stream"},
		},
		Example: "louder: {type: stages.scale, from: sound, gain: 20 dB}",
		from:    minMax{1, 1},
		plan: func(p *planner, n *node) {
			inf := math.Inf(1)
			if !n.within(p, "factor", -inf, inf, true, true) || !n.within(p, "gain", -inf, inf, true, true) || !n.within(p, "offset", -inf, inf, true, true) {
				return
			}
			factor, offset := n.num("factor"), n.num("offset")
			if n.has("gain") {
				factor *= gain(n.num("gain"))
			}
			p.elementwise(n, func(in []stages.Stage) (stages.Node, error) { return stages.NewScale(in[0], factor, offset) })
		},
	})
	for _, t := range []struct{ name, doc, in, field, example string }{
		{"repeat", "Repeats each channel: ABC becomes AABBCC for times: 2.", "from: one stream", "how often each channel is repeated", "r: {type: stages.repeat, from: ears, times: 40}"},
		{"tile", "Repeats the block of all channels: ABC becomes ABCABC for times: 2.", "from: one stream", "how often the block is repeated", "t: {type: stages.tile, from: ears, times: 2}"},
	} {
		register(&NodeType{
			Name: "stages." + t.name, Doc: t.doc, Inputs: t.in, Outputs: "frames", Channels: "those that are copied there",
			Fields:  []Field{{Name: "times", Kind: Integer, Required: true, Limits: "at least 1", Doc: t.field}},
			Example: t.example, from: minMax{1, 1},
			plan: func(p *planner, n *node) {
				if !n.within(p, "times", 1, maxChannels, false, false) {
					return
				}
				times := int(n.num("times"))
				if times*n.in[0].shape().channels > maxChannels {
					n.fail(p, "times", "%d × %d channels; a node may have %d", times, n.in[0].shape().channels, maxChannels)
					return
				}
				if t.name == "repeat" {
					p.restructure(n, times, false, 1)
				} else {
					p.restructure(n, 1, false, times)
				}
			},
		})
	}
	register(&NodeType{
		Name: "stages.join", Doc: "Puts the channels of its inputs side by side: A0 A1 … B0 B1 …",
		Inputs: "from: streams of one rate", Outputs: "frames", Channels: "those that are copied there",
		Example: "both: {type: stages.join, from: [left, right]}",
		from:    minMax{1, anyNodes},
		plan:    func(p *planner, n *node) { p.restructure(n, 1, false, 1) },
	})
	register(&NodeType{
		Name: "stages.interleave", Doc: "Mixes the channels of its inputs one by one: A0 B0 A1 B1 …",
		Inputs: "from: streams of one rate with equal numbers of channels", Outputs: "frames", Channels: "those that are copied there",
		Example: "both: {type: stages.interleave, from: [left, right]}",
		from:    minMax{1, anyNodes},
		plan: func(p *planner, n *node) {
			for _, e := range n.in {
				if a, b := n.in[0].shape().channels, e.shape().channels; a != b {
					n.fail(p, "", "%s has %d channels, %s has %d; to interleave, the numbers must be equal", n.in[0].from.name, a, e.from.name, b)
					return
				}
			}
			p.restructure(n, 1, true, 1)
		},
	})
	register(&NodeType{
		Name: "stages.index", Doc: "Takes channels of its inputs, which are stacked side by side: output channel k is stacked channel index[k].",
		Inputs: "from: streams of one rate", Outputs: "frames: one channel per entry of index", Channels: "those that index names",
		Fields:  []Field{{Name: "index", Kind: Values, Unit: "1", Required: true, Limits: "whole numbers from 0, below the number of stacked channels", Doc: "the channels to take, in order"}},
		Example: "swapped: {type: stages.index, from: ears, index: [1, 0]}",
		from:    minMax{1, anyNodes},
		plan: func(p *planner, n *node) {
			stacked := 0
			for _, e := range n.in {
				stacked += e.shape().channels
			}
			var index []int
			for i, x := range n.list("index") {
				if x != math.Trunc(x) || x < 0 || x >= float64(stacked) {
					n.fail(p, "index", "entry %d is %g: want a whole number from 0 to %d", i, x, stacked-1)
					return
				}
				index = append(index, int(x))
			}
			p.indexed(n, index)
		},
	})
	register(&NodeType{
		Name: "stages.extend", Doc: "Lets zeros follow the end of a stream, so that the ringing of filters behind it is heard.",
		Inputs: "from: one stream of known length", Outputs: "frames: the input and then zeros", Channels: sameChannels,
		Fields:  []Field{{Name: "by", Kind: Quantity, Unit: "s", Required: true, Limits: "0 s or more", Doc: "how long the zeros last"}},
		Example: "tail: {type: stages.extend, from: sound, by: 50 ms}",
		from:    minMax{1, 1},
		plan: func(p *planner, n *node) {
			if !n.within(p, "by", 0, math.Inf(1), false, true) {
				return
			}
			s := n.in[0].shape()
			if s.frames == stages.Unbounded {
				n.fail(p, "", "the length of %s is not known; only a stream of known length can be extended by a time", n.in[0].from.name)
				return
			}
			more, ok := n.framesOf(p, "by", s.rate)
			if !ok {
				return
			}
			s.frames += more
			p.fitted(n, s)
		},
	})
	register(&NodeType{
		Name: "stages.fit", Doc: "Makes a stream exactly as long as a time: it is cut, or zeros follow.",
		Inputs: "from: one stream", Outputs: "frames", Channels: sameChannels,
		Fields:  []Field{{Name: "duration", Kind: Quantity, Unit: "s", Required: true, Limits: "more than 0 s", Doc: "the length"}},
		Example: "start: {type: stages.fit, from: sound, duration: 20 ms}",
		from:    minMax{1, 1},
		plan: func(p *planner, n *node) {
			if !n.within(p, "duration", 0, math.Inf(1), true, true) {
				return
			}
			s := n.in[0].shape()
			var ok bool
			if s.frames, ok = n.framesOf(p, "duration", s.rate); ok {
				p.fitted(n, s)
			}
		},
	})
	register(&NodeType{
		Name: "stages.every", Doc: "Takes frames 0, k, 2k, …: the rate is divided by k. There is no filter against aliasing: it is for recording slow signals.",
		Inputs: "from: one stream", Outputs: "frames at rate/k", Channels: sameChannels,
		Fields:  []Field{{Name: "k", Kind: Integer, Required: true, Limits: "at least 1", Doc: "one frame in k is taken"}},
		Example: "slow: {type: stages.every, from: envelope, k: 441}",
		from:    minMax{1, 1},
		plan: func(p *planner, n *node) {
			if !p.needFrames(n) || !n.within(p, "k", 1, 1<<40, false, false) {
				return
			}
			k := int64(n.num("k"))
			s := n.in[0].shape()
			s.rate /= float64(k)
			if s.frames != stages.Unbounded {
				s.frames = (s.frames + k - 1) / k
			}
			n.out = []outPort{{shape: s}}
			n.needs = n.same
			n.build = func(in []stages.Node, r stages.Range) ([]stages.Node, error) {
				return one(stages.NewEvery(in[0].(stages.Stage), k))
			}
		},
	})
}

// one wraps the result of a constructor with one output.
func one[T stages.Node](s T, err error) ([]stages.Node, error) {
	if err != nil {
		return nil, err
	}
	return []stages.Node{s}, nil
}

// framesOf turns a time field into frames, rounded half to even as everywhere.
func (n *node) framesOf(p *planner, field string, rate float64) (int64, bool) {
	f := math.RoundToEven(n.num(field) * rate)
	if f > 1<<53 {
		n.fail(p, field, "%s at %s are more than 2^53 frames", quantityText(n.num(field), "s"), quantityText(rate, "Hz"))
		return 0, false
	}
	return int64(f), true
}

// needFrames refuses spikes as an input of a node that computes with frames.
func (p *planner) needFrames(n *node) bool {
	for i, e := range n.in {
		if e.shape().spikes {
			p.add(n.refs[i].mistake("%s gives spikes, %s reads frames", e.from.name, n.typ.Name))
			n.broken = true
			return false
		}
	}
	return true
}

// combined is the shape of a node that works sample by sample on several inputs.
func (p *planner) combined(n *node) (shape, bool) {
	if !p.needFrames(n) {
		return shape{}, false
	}
	var s shape
	widest := 0
	for i, e := range n.in {
		t := e.shape()
		if i == 0 {
			s = t
			continue
		}
		s.frames = max(s.frames, t.frames)
		switch {
		case t.channels == s.channels && s.cf == nil:
			s.cf = t.cf
		case s.channels == 1:
			s.channels, s.cf, widest = t.channels, t.cf, i
		case t.channels != 1 && t.channels != s.channels:
			p.add(n.refs[i].mistake("%s has %d channels, but %s has %d; want equal numbers, or one channel that is given to all",
				e.from.name, t.channels, n.in[widest].from.name, s.channels))
			n.broken = true
			return shape{}, false
		}
	}
	return s, true
}

// elementwise plans a node that works sample by sample.
func (p *planner) elementwise(n *node, make func(in []stages.Stage) (stages.Node, error)) {
	s, ok := p.combined(n)
	if !ok {
		return
	}
	n.out = []outPort{{shape: s}}
	n.needs, n.local = n.same, true
	n.perChan = 8 * int64(len(n.in))
	n.build = func(in []stages.Node, r stages.Range) ([]stages.Node, error) { return one(make(frames(in))) }
}

// frames are nodes that have been found to be streams of frames.
func frames(in []stages.Node) []stages.Stage {
	out := make([]stages.Stage, len(in))
	for i, x := range in {
		out[i] = x.(stages.Stage)
	}
	return out
}

// restructure plans a node that copies channels by the rule of [stages.RestructureIndex].
func (p *planner) restructure(n *node, repeat int, interleave bool, tile int) {
	if !p.needFrames(n) {
		return
	}
	counts := make([]int, len(n.in))
	total := 0
	for i, e := range n.in {
		counts[i] = e.shape().channels
		total += counts[i]
	}
	if total > maxChannels {
		n.fail(p, "", "%d channels; a node may have %d", total, maxChannels)
		return
	}
	index, err := stages.RestructureIndex(counts, repeat, interleave, tile)
	if err != nil {
		n.fail(p, "", "%v", err)
		return
	}
	p.indexed(n, index)
}

// indexed plans a node whose output channel k is stacked input channel index[k].
func (p *planner) indexed(n *node, index []int) {
	if !p.needFrames(n) {
		return
	}
	s := shape{rate: n.in[0].shape().rate, channels: len(index)}
	var offset []int
	var cf []float64
	stacked := 0
	labelled := true
	for _, e := range n.in {
		t := e.shape()
		s.frames = max(s.frames, t.frames)
		offset = append(offset, stacked)
		stacked += t.channels
		labelled = labelled && t.cf != nil
		cf = append(cf, t.cf...)
	}
	if labelled {
		for _, k := range index {
			s.cf = append(s.cf, cf[k])
		}
	}
	n.out = []outPort{{shape: s}}
	n.fixed = 24 * int64(len(index))
	n.table = true
	// Every input is read, be it for one channel: the node is as long as the longest of them.
	n.needs = func(input int, r stages.Range) stages.Range {
		lo, hi := offset[input], offset[input]+n.in[input].shape().channels
		need := stages.Range{}
		for _, k := range index[r.Lo:r.Hi] {
			if k < lo || k >= hi {
				continue
			}
			if need.Len() == 0 {
				need = stages.Range{Lo: k - lo, Hi: k - lo + 1}
			}
			need = stages.Range{Lo: min(need.Lo, k-lo), Hi: max(need.Hi, k-lo+1)}
		}
		if need.Len() == 0 {
			need = stages.Range{Lo: 0, Hi: 1}
		}
		return need
	}
	n.build = func(in []stages.Node, r stages.Range) ([]stages.Node, error) {
		// The inputs hold only the channels asked for: count from there.
		base := 0
		shift := make([]int, len(in))
		for i, x := range in {
			shift[i] = base - offset[i] - x.Format().First
			base += x.Format().Channels
		}
		cut := make([]int, r.Len())
		for i, k := range index[r.Lo:r.Hi] {
			from := len(offset) - 1
			for offset[from] > k {
				from--
			}
			cut[i] = k + shift[from]
		}
		return one(stages.NewIndex(frames(in), cut, r.Lo))
	}
}

// fitted plans a node that cuts or extends its input to the length of s.
func (p *planner) fitted(n *node, s shape) {
	if !p.needFrames(n) {
		return
	}
	n.out = []outPort{{shape: s}}
	n.needs = n.same
	n.build = func(in []stages.Node, r stages.Range) ([]stages.Node, error) {
		return one(stages.NewFit(in[0].(stages.Stage), s.frames))
	}
}

// fitSource cuts or extends a source to the duration of the pipeline.
func (p *planner) fitSource(n *node) {
	if p.seconds == 0 {
		return
	}
	s := &n.out[0].shape
	f := math.RoundToEven(p.seconds * s.rate)
	if f < 1 || f > 1<<53 {
		n.fail(p, "", "the duration %s is %s frames at %s: want 1 to 2^53", quantityText(p.seconds, "s"), fmt.Sprintf("%g", f), quantityText(s.rate, "Hz"))
		return
	}
	if s.frames == int64(f) {
		return
	}
	s.frames = int64(f)
	inner := n.build
	n.build = func(in []stages.Node, r stages.Range) ([]stages.Node, error) {
		ports, err := inner(in, r)
		if err != nil {
			return nil, err
		}
		return one(stages.NewFit(ports[0].(stages.Stage), int64(f)))
	}
}

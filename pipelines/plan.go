package pipelines

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"hearpipe/sound/live"
	"hearpipe/stages"
)

// Plan is a pipeline that has been checked and can be run once.
type Plan struct {
	Warnings Mistakes // what is odd, but not wrong
	Memory   int64    // what the run will take, about [bytes]

	desc     *Description
	nodes    []*node // inputs first
	sinks    []*node
	controls []*node
	env      *environment
	seconds  float64
	slice    int // channels that are computed together, 0: [stages.SliceWidth]
	built    []*counted
	changer  *changer
	notes    []string
}

// Close releases the files that were opened. A plan that has run is closed already.
func (p *Plan) Close() error { return p.env.close() }

// Notes are what a user should know about how the pipeline runs, such as that a file is resampled.
func (p *Plan) Notes() []string {
	var out []string
	for _, n := range append(append([]*node(nil), p.nodes...), p.sinks...) {
		if !n.computed() {
			continue
		}
		for _, note := range n.notes {
			out = append(out, n.label()+": "+note)
		}
	}
	return append(out, p.notes...)
}

// Build constructs all stages and sinks, which finds what only a constructor can find. The error is [Mistakes]. Nothing
// is computed yet, except by nodes that work on whole sounds in memory, and no file is written.
func (p *Plan) Build(ctx context.Context) error {
	if p.built != nil {
		return nil
	}
	p.env.ctx = ctx
	a := &assembly{made: map[*node]*made{}, slice: p.slice, instances: &p.changer.instances}
	for _, r := range regions(p.nodes, p.sinks, p.controls) {
		if err := a.region(r); err != nil {
			return p.blame(err)
		}
	}
	for _, n := range p.firsts() {
		p.changer.networks = append(p.changer.networks, &instance{n: n, ports: a.made[n].ports})
	}
	for _, n := range p.controls {
		if err := a.control(n); err != nil {
			return p.blame(err)
		}
	}
	for _, n := range p.sinks {
		s, err := a.sink(n)
		if err != nil {
			return p.blame(err)
		}
		p.built = append(p.built, s)
	}
	return nil
}

// blame turns an error of a constructor into a mistake at its node.
func (p *Plan) blame(err error) error {
	var b *buildError
	if !errors.As(err, &b) || errors.Is(err, context.Canceled) {
		return err
	}
	var at *placedError
	if errors.As(b.err, &at) {
		if el := at.of(b.n); el != nil {
			return textMistakes(el, at.err, 0)
		}
	}
	return Mistakes{b.n.el.mistake("%v", b.err)}
}

// sink builds a sink and what stands directly before it: the channels and frames it wants.
func (a *assembly) sink(n *node) (*counted, error) {
	in, err := view(a.made[n.in[0].from], n.in[0].port, n.demand)
	if err != nil {
		return nil, &buildError{n, err}
	}
	if in, err = n.cut(in); err != nil {
		return nil, &buildError{n, err}
	}
	shown := in
	if n.part.every > 1 {
		// The sink is made for the slower stream, but drains the stream itself: see partSink.
		if shown, err = stages.NewEvery(in.(stages.Stage), n.part.every); err != nil {
			return nil, &buildError{n, err}
		}
	}
	s, err := n.open(shown)
	if err != nil {
		return nil, &buildError{n, err}
	}
	if f, ok := s.(stages.FrameSink); ok && !n.part.all() {
		s = &partSink{Sink: s, in: in, frames: f, part: n.part}
	}
	return &counted{n: n, Sink: s}, nil
}

// counted is a sink with its node.
type counted struct {
	stages.Sink
	n *node
}

// Result is what came out of a run.
type Result struct {
	stages.Summary
	Spikes int64    // of all groups whose spikes were written, each counted once; -1 if there are none
	Cells  int      // of these groups
	Files  []string // that were written, in the order of the sinks
	Notes  []string // what their readers should know, such as samples that were clipped

	Microphones []live.Report // what became of every frame that was recorded
	Dropped     int64         // frames of them that were lost
	Ended       error         // why a live source ended although nobody asked it to; the files are complete up to there
}

// Run runs the pipeline to its end. Files get their names when it ends well, an interrupt included; a failed run leaves
// none. An error with a Reason in the result is that of sinks that could not be completed: the others are, and listed. The
// plan is closed afterwards.
func (p *Plan) Run(ctx context.Context, opt stages.RunOptions) (res Result, err error) {
	defer func() { err = errors.Join(err, p.Close()) }()
	if err := p.Build(ctx); err != nil {
		return Result{}, err
	}
	sinks := make([]stages.Sink, len(p.built))
	for i, s := range p.built {
		sinks[i] = s.Sink
	}
	if err := p.begin(); err != nil {
		return Result{}, err
	}
	if opt.Meter != nil {
		p.watch(opt.Meter)
	}
	opt.Changes = &p.changer.changes
	if opt.Block == 0 && p.Live() {
		opt.Block = liveBlock
	}
	res.Summary, err = stages.Run(ctx, opt, sinks...)
	if err != nil && res.Reason == "" {
		return res, err
	}
	p.env.account(&res)
	res.Spikes = -1
	seen := map[edge]bool{}
	for _, s := range p.built {
		if f, ok := s.Sink.(interface{ Files() []string }); ok {
			res.Files = append(res.Files, f.Files()...)
		}
		if f, ok := s.Sink.(interface{ Notes() []string }); ok {
			for _, note := range f.Notes() {
				if !slices.Contains(res.Notes, note) { // a picture and a table of one thing say the same
					res.Notes = append(res.Notes, note)
				}
			}
		}
		c, ok := s.Sink.(interface{ Spikes() int64 })
		if e := s.n.in[0]; ok && !seen[e] {
			seen[e] = true
			res.Spikes = max(res.Spikes, 0) + c.Spikes()
			res.Cells += s.n.demand.Len()
		}
	}
	for _, notes := range p.env.after {
		res.Notes = append(res.Notes, notes()...)
	}
	return res, err // of sinks that could not be completed, when the others were
}

// Hears reports whether the pipeline has a source other than cells: networks run without any sound.
func (p *Plan) Hears() bool {
	for _, n := range p.nodes {
		if n.computed() && len(n.in) == 0 && len(n.out) > 0 && !n.typ.cells {
			return true
		}
	}
	return false
}

// Seconds is the stream time the run will take, +Inf if that is not known.
func (p *Plan) Seconds() float64 {
	t := 0.0
	for _, n := range p.sinks {
		t = max(t, n.reach())
	}
	return t
}

// drawing makes boxes and lines of the graph.
func (p *Plan) drawing() *drawing {
	d := &drawing{}
	boxes := map[*node]*box{}
	for _, n := range p.nodes {
		style := "node"
		if len(n.in) == 0 {
			style = "source"
		}
		lines := []string{n.name, n.typ.Name}
		if len(n.out) > 0 {
			lines = append(lines, n.out[0].shape.String())
		}
		if n.demand.Len() > 0 && len(n.out) > 0 && n.demand.Len() != n.out[0].shape.channels {
			lines = append(lines, fmt.Sprintf("computed: %d:%d", n.demand.Lo, n.demand.Hi))
		}
		if !n.computed() {
			lines = append(lines, "not computed")
		}
		boxes[n] = d.add(n.name, style, lines...)
	}
	for i, n := range p.sinks {
		lines := []string{n.typ.Name}
		if n.has("path") {
			lines = append(lines, n.text("path"))
		}
		boxes[n] = d.add(fmt.Sprintf("sink %d", i), "sink", lines...)
	}
	for _, n := range append(append([]*node(nil), p.nodes...), p.sinks...) {
		for _, e := range n.in {
			d.connect(boxes[e.from], boxes[n], e.from.out[e.port].name, false)
		}
		for _, r := range n.cells {
			if r.field == "source" {
				d.connect(boxes[r.n], boxes[n], "", false)
			} else {
				d.connect(boxes[n], boxes[r.n], "", true)
			}
		}
	}
	for _, n := range p.controls {
		b := d.add(n.name, "control", n.name, n.typ.Name, fmt.Sprintf("every %d frames", n.control.interval))
		for _, e := range n.in {
			d.connect(boxes[e.from], b, e.from.out[e.port].name, false)
		}
		for _, t := range n.control.targets {
			d.connect(b, boxes[t.n], t.slot[strings.LastIndex(t.slot, ".")+1:], true)
		}
	}
	return d
}

// String describes a shape for people: "3000 channels, 44.1 kHz".
func (s shape) String() string {
	what := "channel"
	if s.spikes {
		what = "cell"
	}
	if s.channels != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s, %s", s.channels, what, quantityText(s.rate, "Hz"))
}

// SVG draws the graph as a picture.
func (p *Plan) SVG() []byte { return p.drawing().svg(p.desc.Name) }

// DOT writes the graph in the language of Graphviz.
func (p *Plan) DOT() []byte { return p.drawing().dot(p.desc.Name) }

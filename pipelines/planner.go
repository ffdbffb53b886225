package pipelines

import (
	"math"
	"sort"

	"hearpipe/sound"
	"hearpipe/stages"
)

// Options are what a caller adds to a description. The zero value runs the pipeline as it is.
type Options struct {
	Set      []Setting    // parameters
	Seconds  float64      // cuts or extends every source to this time [s]; 0 keeps what the file says
	Channels stages.Range // channels to compute of every sink that has that many; zero means all
	Memory   int64        // what the run may take [bytes]; 0 means half the memory of the machine
	Access   Access       // which files may be read and written
	Slice    int          // channels that are computed together, with which no result changes; 0 is [stages.SliceWidth] of those there are

	Taps     func(streams []Stream) ([]Tap, error) // sinks besides those of the file, chosen when the streams are known; nil means none
	TapsOnly bool                                  // the sinks of the file are checked, but neither opened nor computed for
	Endless  bool                                  // the run may be one that only an interrupt ends

	Raw         *sound.RawParams // the sound files that the command line names are samples without a header, of this kind; nil: they have one
	MicChannels int              // channels of a microphone that the command line names (default 1)

	FullScale float64 // pressure of full scale of sound files whose nodes do not say it [Pa]; 0 is 1 Pa
}

// planner checks a description: parameters, fields, graph, shapes. It collects every mistake.
type planner struct {
	desc     *Description
	opt      Options
	env      *environment
	mistakes Mistakes
	params   map[string]*parameter
	rate     float64 // of the pipeline [Hz], 0 if it has none
	seconds  float64 // of the pipeline, 0 if it has none
	channels int     // of the node whose values are computed, for i and n; 0 outside of that
	draws    *draws  // the random numbers of the field whose values are computed; nil outside of that
	listed   int     // values in lists so far
	nodes    map[string]*node
	order    []*node // nodes in the order of the file
	sinks    []*node
	controls []*node
	sorted   []*node // nodes, inputs first

	spaces    map[string]*space       // the used pipelines, by the names of the nodes that use them
	pipelines map[string]*Description // those that have been read, by key; nil if that failed
	count     int                     // nodes and sinks so far, used pipelines included
	again     bool                    // the pipeline has been read before: files that are written have been checked
}

func (p *planner) add(m ...*Mistake) { p.mistakes = append(p.mistakes, m...) }

// Check finds everything that is wrong with a pipeline without running it. The error is [Mistakes]. The plan holds the
// warnings; it must be closed if it is not run.
func (d *Description) Check(opt Options) (*Plan, error) {
	p := &planner{desc: d, opt: opt, mistakes: append(Mistakes(nil), d.form...), params: map[string]*parameter{}, nodes: map[string]*node{}}
	env, err := newEnvironment(opt.Access)
	if err != nil {
		return nil, err
	}
	p.env = env
	p.readParams()
	p.readTop()
	p.readNodes()
	p.link()
	p.linkCells()
	p.sort()
	for _, n := range p.sorted {
		p.plan(n)
	}
	for _, n := range p.controls {
		p.plan(n)
	}
	for _, n := range p.sinks {
		p.plan(n)
		if n.file != "" && env.reads(n.file) {
			n.fail(p, "path", "%s is read by this pipeline; writing it would replace what it reads", n.file)
		}
	}
	p.tap()
	if len(p.mistakes.fatal()) == 0 {
		p.unused() // with mistakes about, much is unused only because of them
		p.checkEnd()
		p.demands()
	}
	plan := &Plan{desc: d, nodes: p.sorted, sinks: p.sinks, controls: p.controls, env: env, seconds: p.seconds, slice: p.opt.Slice, changer: newChanger(p)}
	if len(p.mistakes.fatal()) == 0 {
		p.checkMemory(plan)
	}
	if bad := p.mistakes.fatal(); len(bad) > 0 {
		env.close()
		return nil, p.mistakes.sorted()
	}
	plan.Warnings = p.mistakes.sorted()
	return plan, nil
}

// readParams computes the parameters in the order of the file; one may use those before it.
func (p *planner) readParams() {
	given := map[string][]func(was *parameter){}
	for _, s := range p.opt.Set {
		if !p.desc.HasParameter(s.Name) {
			have := p.desc.parameterNames()
			p.add((&source{name: s.Option}).mistake(position{}, "", "the pipeline %s has no parameter %q%s; it has %s",
				p.desc.Name, s.Name, suggest(s.Name, have), listed(have)))
			continue
		}
		given[s.Name] = append(given[s.Name], func(was *parameter) { p.setting(s, was) })
	}
	p.computeParams(given)
}

// computeParams computes the parameters of the current space. from holds the values from outside, which replace
// those of the file.
func (p *planner) computeParams(from map[string][]func(was *parameter)) {
	for _, e := range p.desc.params {
		x := &parameter{}
		given := from[e.name]
		if e.value.kind != nullElement || len(given) == 0 {
			before := len(p.mistakes)
			x.value, x.ok = p.parameterValue(e.value)
			if len(given) > 0 && !x.ok {
				p.mistakes = p.mistakes[:before]
			}
		}
		for _, set := range given {
			set(x)
		}
		p.params[e.name] = x // from here on it may be used
	}
}

// readTop reads the fields of the pipeline as a whole.
func (p *planner) readTop() {
	read := func(name string, e *element) float64 {
		if e == nil {
			return 0
		}
		f := &Field{Name: name, Kind: Quantity, Unit: map[string]string{"rate": "Hz", "duration": "s"}[name]}
		v := p.read(f, e)
		if v.ok && !(v.num > 0 && v.num < math.Inf(1)) {
			p.add(e.mistake("%s: want a positive, finite value", quantityText(v.num, f.Unit)))
			return 0
		}
		return v.num
	}
	p.rate = read("rate", p.desc.rate)
	p.seconds = read("duration", p.desc.duration)
	if t := p.opt.Seconds; t != 0 {
		if !(t > 0 && t < math.Inf(1)) {
			p.add((&source{name: "--duration"}).mistake(position{}, "", "%s: want a positive, finite time", quantityText(t, "s")))
			return
		}
		p.seconds = t
	}
}

// readNodes makes the nodes and sinks and computes their fields.
func (p *planner) readNodes() {
	root := p.outermost()
	p.spaces = map[string]*space{}
	if p.pipelines == nil {
		p.pipelines = map[string]*Description{}
	}
	p.count = len(root.desc.sinks)
	p.readSpace(root)
	if p.count > maxNodes && len(root.desc.nodes)+len(root.desc.sinks) <= maxNodes {
		p.add(root.desc.src.mistake(position{}, "", "more than %d nodes and sinks with those of the pipelines that are used; a pipeline may have %d", maxNodes, maxNodes))
	}
	for _, e := range p.desc.sinks {
		n := p.readNode(e, true)
		n.space = root
		if n.typ != nil && !p.again {
			p.outputPath(n)
		}
		p.sinks = append(p.sinks, n)
	}
}

// sinkFields are what every sink may have besides its own fields.
var sinkFields = []Field{
	{Name: "channels", Kind: ChannelRange, Doc: "the channels or cells to write, lo:hi, half open; default all"},
	{Name: "every", Kind: Integer, Limits: "at least 1", Doc: "write every k-th frame only; not for spikes"},
	{Name: "start", Kind: Quantity, Unit: "any", Limits: "a time or a number of frames, before the end of the stream", Doc: "first frame to write (default: 0); frames before it are computed but not written. Spikes keep their times; row k of an array is frame start + k. Not for pictures of frames"},
	{Name: "end", Kind: Quantity, Unit: "any", Limits: "a time or a number of frames, more than start", Doc: "the frame before which the file ends (default: the end of the stream); this sink asks for nothing behind it"},
}

func (p *planner) readNode(e *element, sink bool) *node {
	n := &node{path: e.path, el: e, values: map[string]*value{}}
	what := "node"
	if sink {
		what = "sink"
	}
	fail := func(m *Mistake) *node {
		p.add(m)
		n.broken = true
		return n
	}
	if e.kind != mapElement {
		return fail(e.mistake("want a map with a type, such as %s; this is %v",
			map[bool]string{false: "{type: sound.file, path: speech.wav}", true: "{type: spikes, from: anf, path: spikes.csv}"}[sink], e.kind))
	}
	te := e.get("type")
	if te == nil || te.kind != scalarElement {
		return fail(e.mistake("the %s has no type; pipe nodes lists the types", what))
	}
	n.typ = registry[te.text]
	if n.typ == nil {
		return fail(te.mistake("unknown type of %s %q%s; pipe nodes lists the types", what, te.text, suggest(te.text, typeNames(&sink))))
	}
	if n.typ.Sink != sink {
		return fail(te.mistake("%q is a type of %s, it stands under %s:", te.text, map[bool]string{true: "sink", false: "node"}[n.typ.Sink],
			map[bool]string{true: "sinks", false: "nodes"}[n.typ.Sink]))
	}
	for _, k := range e.keys {
		if k.name == "type" || k.name == "from" && n.typ.from.max > 0 {
			continue
		}
		f := n.field(k.name)
		if f == nil {
			p.add(e.src.mistake(k.at, join(e.path, k.name), "%s has no field %q%s%s%s", n.typ.Name, k.name, suggest(k.name, n.fieldNames()), n.fromHint(k.name), k.value.quoteHint()))
			n.broken = true
			continue
		}
		v := p.read(f, k.value)
		n.values[f.Name] = v
		n.broken = n.broken || !v.ok
	}
	for i := range n.typ.Fields {
		f := &n.typ.Fields[i]
		switch {
		case n.values[f.Name] != nil:
		case f.Required:
			p.add(e.src.mistake(te.at, e.path, "%s needs the field %q: %s (%s)", n.typ.Name, f.Name, f.kindOf(), f.Doc))
			n.broken = true
		case f.Default != "":
			// The default is what the documentation prints.
			v := p.read(f, &element{text: f.Default, at: te.at, path: join(e.path, f.Name), src: &source{name: "default of " + n.typ.Name}})
			v.given, v.el = false, nil
			n.values[f.Name] = v
		}
	}
	return n
}

// field finds the description of a field by name.
func (n *node) field(name string) *Field {
	if f := n.typ.field(name); f != nil {
		return f
	}
	if n.typ.Sink {
		for i := range sinkFields {
			if sinkFields[i].Name == name {
				return &sinkFields[i]
			}
		}
	}
	return nil
}

func (n *node) fieldNames() []string {
	var names []string
	for _, f := range n.typ.Fields {
		names = append(names, f.Name)
	}
	if n.typ.Sink {
		for _, f := range sinkFields {
			names = append(names, f.Name)
		}
	}
	if n.typ.from.max > 0 {
		names = append(names, "from")
	}
	return append(names, "type")
}

func (n *node) fromHint(name string) string {
	if name == "from" {
		return "; " + n.typ.Inputs
	}
	return "; its fields are " + listed(n.fieldNames())
}

// unused warns about parameters and nodes that nobody uses.
func (p *planner) unused() {
	for _, e := range p.desc.params {
		if !p.params[e.name].used {
			m := p.desc.src.mistake(e.at, "params."+e.name, "nobody uses this parameter")
			m.Warning = true
			p.add(m)
		}
	}
	read := map[*node]bool{}
	for _, n := range append(append([]*node(nil), p.order...), p.sinks...) {
		for _, e := range n.in {
			read[e.from] = true
		}
	}
	for _, n := range p.order {
		if n.net != nil && read[n] {
			for _, m := range n.net.members {
				read[m] = true
			}
		}
	}
	for _, n := range p.order {
		if !read[n] && n.control == nil && n.space.el == nil {
			m := n.el.mistake("nobody reads this node, it is not computed")
			m.Warning = true
			p.add(m)
		}
	}
	p.unread()
}

// checkEnd refuses a run that nothing would end.
func (p *planner) checkEnd() {
	for _, n := range p.sinks {
		for _, e := range n.in {
			if !p.opt.Endless && e.shape().frames == stages.Unbounded && p.seconds == 0 && !e.from.endsByItself() && !n.has("end") {
				n.fail(p, "", "%s never ends; give the source or the pipeline a duration, the sink an end, or run with --duration", e.from.name)
			}
		}
	}
}

// endsByItself reports whether an unbounded node ends because a file of unknown length above it does.
func (n *node) endsByItself() bool {
	if n.ends {
		return true
	}
	in := n.in
	if n.net != nil { // which ends as a whole
		if in = nil; n.net.withInputs {
			for _, m := range n.net.members {
				in = append(in, m.in...)
			}
		}
	}
	ends := len(in) > 0
	for _, e := range in {
		ends = ends && (e.shape().frames != stages.Unbounded || e.from.endsByItself())
	}
	return ends
}

// sortedKeys are the keys of a map in alphabetical order.
func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

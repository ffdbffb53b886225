package pipelines

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"hearpipe/internal/expr"
)

// space is a pipeline as a part of the one that runs: its nodes have names of their own, and its parameters values of their
// own. The pipeline that runs is the outermost space.
type space struct {
	prefix string       // of the names of its nodes: "" outermost, "ear." for the pipeline that the node ear uses
	key    string       // what it was read from
	desc   *Description // nil if it cannot be used
	params map[string]*parameter
	el     *element // the node that uses it, nil outermost
	parent *space
}

// enter makes names and parameters those of a space, until the function it returns is called.
func (p *planner) enter(s *space) (leave func()) {
	desc, params := p.desc, p.params
	p.desc, p.params = s.desc, s.params
	return func() { p.desc, p.params = desc, params }
}

// readSpace makes the nodes of a pipeline and, in their places, those of the pipelines it uses.
func (p *planner) readSpace(s *space) {
	for _, e := range s.desc.nodes {
		if p.count++; p.count > maxNodes && s.el != nil {
			return // readNodes says so
		}
		if e.value.kind == mapElement && e.value.get("use") != nil {
			p.insert(s, e)
			continue
		}
		n := p.readNode(e.value, false)
		n.name, n.space = s.prefix+e.name, s
		p.nodes[n.name] = n
		p.order = append(p.order, n)
	}
}

// insert reads a node use: NAME with set:, which stands for the nodes of another pipeline.
func (p *planner) insert(s *space, e entry) {
	inner := &space{prefix: s.prefix + e.name + ".", el: e.value, parent: s, params: map[string]*parameter{}}
	p.spaces[s.prefix+e.name] = inner
	ok := true
	for _, k := range e.value.keys {
		if k.name != "use" && k.name != "set" {
			p.add(e.value.src.mistake(k.at, join(e.value.path, k.name), "a node that uses a pipeline has the keys use and set"))
			ok = false
		}
	}
	if !p.open(inner, e.value.get("use")) {
		return
	}
	given := map[string][]func(*parameter){}
	if set := e.value.get("set"); set != nil {
		if set.kind != mapElement {
			p.add(set.mistake("want a map from parameters of %s to values, this is %v", inner.desc.Name, set.kind))
			inner.desc = nil
			return
		}
		for _, k := range set.keys {
			if !inner.desc.HasParameter(k.name) {
				have := inner.desc.parameterNames()
				p.add(set.src.mistake(k.at, join(set.path, k.name), "the pipeline %s has no parameter %q%s; it has %s", inner.desc.Name, k.name, suggest(k.name, have), listed(have)))
				ok = false
				continue
			}
			given[k.name] = append(given[k.name], func(was *parameter) {
				defer p.enter(s)() // the values are written in the language, and with the parameters, of the pipeline that uses
				p.hand(k.value, was)
			})
		}
	}
	if !ok {
		inner.desc = nil // nothing that follows from it is reported
		return
	}
	defer p.enter(inner)()
	p.computeParams(given)
	p.readSpace(inner)
}

// hand gives a parameter of a used pipeline the value that stands at e.
func (p *planner) hand(e *element, was *parameter) {
	if was.ok && was.value.Type.Kind == expr.String && e.kind == scalarElement {
		text, trusted, ok := p.expand(e)
		*was = parameter{value: expr.TextValue(text), ok: ok, command: trusted}
		return
	}
	v, ok := p.parameterValue(e)
	p.assign(e, v, ok, was)
}

// open finds and reads the pipeline that a use names: a ready-made one, or a file below the folders that are open to the
// pipeline. A pipeline that uses itself, directly or through others, is a mistake.
func (p *planner) open(s *space, e *element) bool {
	name, trusted, ok := p.expand(e)
	if !ok {
		return false
	}
	file := name
	if strings.ContainsAny(name, "./\\") {
		full, err := p.env.input(name, trusted)
		if err != nil {
			p.add(e.mistake("%v", err))
			return false
		}
		file, s.key = full, fileKey(full)
	} else if s.key = libraryKey(name); s.key == "" {
		p.add(e.mistake("there is no pipeline %q%s; ready-made are %s, a file is written ./%s or %s.yaml", name, suggest(name, Names()), listed(Names()), name, name))
		return false
	}
	chain := name
	for x := s.parent; x != nil; x = x.parent {
		chain = x.desc.Name + " uses " + chain
		if x.key == s.key {
			p.add(e.mistake("the pipelines use each other in a circle: %s", chain))
			return false
		}
	}
	if d, known := p.pipelines[s.key]; known {
		s.desc = d
		return d != nil
	}
	p.pipelines[s.key] = nil
	var text []byte
	var err error
	if strings.HasPrefix(s.key, libraryPrefix) {
		text, err = library.ReadFile(strings.TrimPrefix(s.key, libraryPrefix))
	} else {
		text, err = readSmall(file)
	}
	if err != nil {
		p.add(e.mistake("%v", err))
		return false
	}
	d, mistakes := parse(name, text)
	p.add(mistakes...)
	p.pipelines[s.key] = d
	s.desc = d
	return d != nil
}

// libraryPrefix begins the keys of ready-made pipelines. No path is like that.
const libraryPrefix = "library\x00"

// libraryKey is the key of a ready-made pipeline, "" if there is none of that name.
func libraryKey(name string) string {
	file := path.Join("library", name+".yaml")
	if f, err := library.Open(file); err == nil {
		f.Close()
		return libraryPrefix + file
	}
	return ""
}

// fileKey is the key of a file.
func fileKey(file string) string {
	if abs, err := filepath.Abs(file); err == nil {
		file = abs
	}
	return real(file)
}

// outermost is the space of the pipeline that runs.
func (p *planner) outermost() *space {
	s := &space{desc: p.desc, params: p.params}
	if !strings.ContainsAny(p.desc.File, "./\\") {
		s.key = libraryKey(p.desc.File)
	}
	if s.key == "" {
		s.key = fileKey(p.desc.File)
	}
	return s
}

// find is the node that a text such as "cochlea", "anf.v" or "ear.anf.v" means in a space, and what follows its name. If
// there is none it says why.
func (p *planner) find(s *space, text string) (n *node, rest string, problem string) {
	for {
		name, after, more := strings.Cut(text, ".")
		if n := p.nodes[s.prefix+name]; n != nil {
			return n, text[len(name):], ""
		}
		inner := p.spaces[s.prefix+name]
		var have []string
		if inner == nil {
			for _, e := range s.desc.nodes {
				have = append(have, e.name)
			}
			return nil, "", fmt.Sprintf("there is no node %q%s; nodes are %s", s.prefix+name, suggest(name, have), listed(have))
		}
		if inner.desc == nil {
			return nil, "", "" // that has been reported
		}
		if !more {
			for _, e := range inner.desc.nodes {
				have = append(have, inner.prefix+e.name)
			}
			return nil, "", fmt.Sprintf("%s is a pipeline: name one of its nodes %s", s.prefix+name, listed(have))
		}
		s, text = inner, after
	}
}

// unread warns of used pipelines of which nothing is read.
func (p *planner) unread() {
	read := map[*space]bool{}
	for _, n := range append(append([]*node(nil), p.order...), p.sinks...) {
		for _, e := range n.in {
			for s := e.from.space; s != nil && s != n.space; s = s.parent {
				read[s] = true
			}
		}
	}
	for _, name := range sortedKeys(p.spaces) {
		s := p.spaces[name]
		if !read[s] && (s.parent.el == nil || read[s.parent]) {
			m := s.el.mistake("nobody reads a node of this pipeline, it is not computed")
			m.Warning = true
			p.add(m)
		}
	}
}

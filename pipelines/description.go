package pipelines

import (
	"fmt"
	"regexp"
	"slices"
)

// Description is a pipeline as its file describes it, before any value is computed.
type Description struct {
	Name  string // of the pipeline; the file's name if it gives none
	About string // one sentence
	File  string // where it was read from

	text     []byte
	src      *source
	params   []entry
	rate     *element
	duration *element
	nodes    []entry
	sinks    []*element
	form     Mistakes // what is wrong with the form of the text
}

// Text returns the pipeline as it was read.
func (d *Description) Text() []byte { return d.text }

// Limits of what a description may hold.
const (
	maxNodes    = 1000
	maxChannels = 1 << 24
)

var nameRule = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

var topKeys = []string{"name", "about", "params", "rate", "duration", "nodes", "sinks"}

// Parse reads a description. file is the name that mistakes give. The error is [Mistakes] if the text is no pipeline at
// all. Smaller mistakes of form, such as an unknown key, are kept for [Description.Check], which reports them together with
// what it finds itself.
func Parse(file string, text []byte) (*Description, error) {
	d, mistakes := parse(file, text)
	if d == nil {
		return nil, mistakes.sorted()
	}
	d.form = mistakes
	return d, nil
}

func parse(file string, text []byte) (*Description, Mistakes) {
	src := newSource(file, text)
	root, mistakes := readElements(src, text)
	if root == nil {
		return nil, mistakes
	}
	d := &Description{Name: file, File: file, text: text, src: src}
	add := func(m *Mistake) { mistakes = append(mistakes, m) }
	if root.kind != mapElement {
		return nil, append(mistakes, root.mistake("a pipeline is a map with the keys nodes and sinks; this is %v", root.kind))
	}
	for _, k := range root.keys {
		e := k.value
		switch k.name {
		case "name", "about":
			if e.kind != scalarElement {
				add(e.mistake("want text, this is %v", e.kind))
			} else if k.name == "name" {
				d.Name = e.text
			} else {
				d.About = e.text
			}
		case "rate":
			d.rate = e
		case "duration":
			d.duration = e
		case "params":
			d.params = namedMap(e, "a parameter", add)
		case "nodes":
			d.nodes = namedMap(e, "a node", add)
		case "sinks":
			if e.kind != listElement {
				add(e.mistake("want a list of sinks such as - {type: spikes, from: anf, path: spikes.csv}; this is %v", e.kind))
				break
			}
			d.sinks = e.items
		default:
			add(src.mistake(k.at, k.name, "unknown key%s; a pipeline has %s", suggest(k.name, topKeys), listed(topKeys)))
		}
	}
	for _, key := range []string{"nodes", "sinks"} {
		if e := root.get(key); e == nil {
			add(src.mistake(position{}, "", "the pipeline has no %s", key))
		} else if len(e.keys)+len(e.items) == 0 && e.kind != scalarElement {
			add(e.mistake("there must be at least one"))
		}
	}
	if n := len(d.nodes) + len(d.sinks); n > maxNodes {
		add(src.mistake(position{}, "", "%d nodes and sinks; a pipeline may have %d", n, maxNodes))
	}
	return d, mistakes
}

// namedMap checks that an element is a map whose keys are names.
func namedMap(e *element, what string, add func(*Mistake)) []entry {
	if e.kind == nullElement {
		return nil
	}
	if e.kind != mapElement {
		add(e.mistake("want a map from names, this is %v", e.kind))
		return nil
	}
	var out []entry
	for _, k := range e.keys {
		if !nameRule.MatchString(k.name) {
			add(e.src.mistake(k.at, join(e.path, k.name), "the name of %s has letters (a to z), digits and _ and does not begin with a digit", what))
			continue
		}
		out = append(out, k)
	}
	return out
}

// listed writes words as "a, b and c".
func listed(words []string) string {
	switch len(words) {
	case 0:
		return "none"
	case 1:
		return words[0]
	}
	s := ""
	for i, w := range words {
		switch {
		case i == 0:
			s = w
		case i == len(words)-1:
			s += " and " + w
		default:
			s += ", " + w
		}
	}
	return s
}

// Parameter describes a parameter of a pipeline for people.
type Parameter struct {
	Name    string
	Default string // as written in the file
}

// Parameters lists the parameters in the order of the file.
func (d *Description) Parameters() []Parameter {
	out := make([]Parameter, len(d.params))
	for i, p := range d.params {
		out[i] = Parameter{p.name, written(p.value)}
	}
	return out
}

// parameterNames lists the names of the parameters in the order of the file.
func (d *Description) parameterNames() []string {
	var names []string
	for _, x := range d.params {
		names = append(names, x.name)
	}
	return names
}

// HasParameter reports whether the pipeline has a parameter of that name.
func (d *Description) HasParameter(name string) bool {
	return slices.ContainsFunc(d.params, func(p entry) bool { return p.name == name })
}

// written is an element as one line of text.
func written(e *element) string {
	switch e.kind {
	case listElement:
		s := "["
		for i, x := range e.items {
			if i > 0 {
				s += ", "
			}
			s += written(x)
		}
		return s + "]"
	case mapElement:
		s := "{"
		for i, k := range e.keys {
			if i > 0 {
				s += ", "
			}
			s += fmt.Sprintf("%s: %s", k.name, written(k.value))
		}
		return s + "}"
	}
	return e.text
}

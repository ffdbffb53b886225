package pipelines

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"hearpipe/neurons"
	"hearpipe/stages"
)

// FieldKind says what a field of a node may hold.
type FieldKind int

// The kinds of fields.
const (
	// Quantity is one number with a unit: a YAML number, a literal such as "20 Hz", an expression or $name.
	Quantity FieldKind = iota
	// Integer is a whole number.
	Integer
	// Values is one quantity per channel, or one for all channels: a list, an expression that gives a list, or
	// {file: x.npy}.
	Values
	// Text is free text, in which $name is replaced by the parameter.
	Text
	// InputPath is the path of a file that is read.
	InputPath
	// OutputPath is the path of a file that is written.
	OutputPath
	// Choice is one of the words in Field.Choices.
	Choice
	// Expression is text in the expression language that is computed for every sample.
	Expression
	// Statements is text of several statements or equations, one per line.
	Statements
	// NameList is a list of names, or one name.
	NameList
	// Assignments is a map from names to expressions.
	Assignments
	// Streams is a map from names to nodes.
	Streams
	// ChannelRange is lo:hi, half open, in absolute channel numbers.
	ChannelRange
	// CellsOf is the name of a node that is cells, or a part of them: NAME[lo:hi].
	CellsOf
)

// String names the kind as messages and documentation do.
func (k FieldKind) String() string {
	return [...]string{
		"quantity", "integer", "values", "text", "path of a file to read", "path of a file to write", "word",
		"expression", "statements", "names", "map of names to expressions", "map of names to nodes", "channels lo:hi", "cells: NAME or NAME[lo:hi]",
	}[k]
}

// MarshalText gives the name of the kind where types are written as JSON.
func (k FieldKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Field describes one field of a node type.
type Field struct {
	Name     string
	Kind     FieldKind
	Unit     string   // unit of quantities and values: "Hz", "s", "dB", "1"; "any" for any dimension
	Default  string   // as it would be written in the file, "" if there is none
	Required bool     // the field must be given
	Limits   string   // what is allowed, in words, "" if anything of the kind is
	Choices  []string // of a Choice
	Changes  bool     // it may change while the node runs; see [Plan.Change]
	Doc      string   // what it means, one sentence

	listed []string // entries of Assignments that may be lists
}

// lists reports whether an entry of the field may be a list.
func (f *Field) lists(name string) bool { return slices.Contains(f.listed, name) }

// NodeType describes a type of node or of sink, from which documentation and checks are made.
type NodeType struct {
	Name     string  // "filterbank.gammatone"; sinks have no package: "raster"
	Sink     bool    // it ends a stream
	Doc      string  // what it does, in whole sentences
	Source   string  // the paper or definition it follows, "" if it follows none
	Inputs   string  // what it reads, in words
	Outputs  string  // what it gives, in words; of a sink: what it writes
	Channels string  // which input channels output channels lo:hi need, in words
	Fields   []Field // without type and from
	Example  string  // one YAML line

	from       minMax
	cells      bool     // it is cells, which others may name
	networked  bool     // it is part of a network even if nobody names it
	attached   bool     // it belongs to cells that it names and has no output
	extensions []string // of the file a sink writes
	stdout     bool     // it can write to standard output
	fromZero   bool     // its time axis begins with frame 0
	plan       func(p *planner, n *node)
}

// minMax is how many nodes from: may name.
type minMax struct{ min, max int }

// field returns the description of a field, nil if there is none.
func (t *NodeType) field(name string) *Field {
	for i := range t.Fields {
		if t.Fields[i].Name == name {
			return &t.Fields[i]
		}
	}
	return nil
}

// NodeTypes returns all types of nodes and sinks, nodes first, in alphabetical order.
func NodeTypes() []*NodeType {
	out := make([]*NodeType, 0, len(registry))
	for _, t := range registry {
		out = append(out, t)
	}
	sort.Slice(out, func(a, b int) bool {
		if out[a].Sink != out[b].Sink {
			return !out[a].Sink
		}
		return out[a].Name < out[b].Name
	})
	return out
}

// TypeNamed returns a type of node or sink. An unknown name is an error that suggests a near one.
func TypeNamed(name string) (*NodeType, error) {
	if t := registry[name]; t != nil {
		return t, nil
	}
	return nil, fmt.Errorf("no type of node or sink is called %q%s; pipe nodes lists them", name, suggest(name, typeNames(nil)))
}

// typeNames lists the names of all types, or of sinks or nodes only.
func typeNames(sink *bool) []string {
	var names []string
	for _, t := range NodeTypes() {
		if sink == nil || t.Sink == *sink {
			names = append(names, t.Name)
		}
	}
	return names
}

// registry holds the types by name. It is filled before main begins and not changed after.
var registry = map[string]*NodeType{}

// register adds a type. The table is written by us: a wrong entry is a programming error.
func register(t *NodeType) {
	if registry[t.Name] != nil {
		panic("pipelines: a type of node is registered twice")
	}
	if t.plan == nil || t.Doc == "" || t.Outputs == "" {
		panic("pipelines: a type of node is registered without its documentation")
	}
	for _, name := range mayChange[t.Name] {
		f := t.field(name)
		if f == nil {
			panic("pipelines: a field that may change does not exist")
		}
		f.Changes = true
	}
	registry[t.Name] = t
}

// kindOf is the field's kind with its unit, as documentation and messages print it.
func (f *Field) kindOf() string {
	switch f.Kind {
	case Quantity, Values:
		s := "quantity"
		if f.Kind == Values {
			s = "one quantity per channel, or one for all"
		}
		switch f.Unit {
		case "1", "":
			if f.Kind == Values {
				return "one number per channel, or one for all"
			}
			return "number"
		case "any":
			return s
		}
		return s + " [" + f.Unit + "]"
	case Choice:
		return "one of " + strings.Join(f.Choices, ", ")
	}
	return f.Kind.String()
}

// shape is what is known of an output before anything runs.
type shape struct {
	spikes   bool
	rate     float64 // [Hz]
	channels int
	frames   int64     // or stages.Unbounded
	cf       []float64 // centre frequencies [Hz], one per channel; nil if the channels have none
}

// seconds is the length in seconds.
func (s shape) seconds() float64 {
	return stages.Format{Rate: s.rate, Frames: s.frames}.Duration()
}

// outPort is one output of a node.
type outPort struct {
	name  string // "" is the main output
	shape shape
}

// edge is one input of a node.
type edge struct {
	from *node
	port int
}

func (e edge) shape() shape { return e.from.out[e.port].shape }

// builder constructs a node for output channels r, given its inputs with the channels that needs asked for.
type builder func(in []stages.Node, r stages.Range) ([]stages.Node, error)

// node is a node or sink of the graph while it is checked and built.
type node struct {
	name   string // "" for a sink
	space  *space // the pipeline it belongs to
	path   string // "nodes.anf", "sinks[0]"
	el     *element
	typ    *NodeType
	values map[string]*value
	in     []edge
	refs   []*element // where the inputs are named
	ports  []string   // the outputs they name: "" for the main one, else "." and the name
	out    []outPort
	ends   bool // a source of unknown length that ends by itself
	live   bool // a source that cannot wait

	// What the type's plan function fills in.
	needs   func(input int, r stages.Range) stages.Range // nil: all channels of every input
	local   bool                                         // output channel c needs channel c only, or an input of one channel: may be sliced
	table   bool                                         // output channels are other channels of the inputs: it may be the first node of a slice
	whole   bool                                         // always computes all channels
	private bool                                         // reads its whole input while it is built
	fixed   int64                                        // bytes that do not depend on the channels computed
	perChan int64                                        // bytes per channel computed, without windows
	build   builder
	file    string                                    // of a sink
	open    func(in stages.Node) (stages.Sink, error) // of a sink
	part    section                                   // of a sink
	notes   []string                                  // what the user is told when it runs

	control *controlPlan // of stages.control

	// Of what belongs to a network.
	net    *network
	cells  []cellsRef
	member func(net *neurons.Network, in []stages.Node, cells int) (*neurons.Group, error)
	attach func(net *neurons.Network, groups map[*node]*neurons.Group) error
	held   bool // a control changes it

	resolved bool // its inputs know which outputs they read

	broken bool // a mistake was found in it or upstream of it; nothing that follows from it is reported
	state  visit
	demand stages.Range // channels to compute, empty if nobody asks
	wanted []bool       // which ports somebody reads

	inMemory bool // a private copy of it is computed before the run
}

// computed reports whether anything of the node is computed, in the run or before it.
func (n *node) computed() bool { return n.demand.Len() > 0 || n.inMemory }

// visit is the state of a walk through the graph.
type visit int

const (
	unseen visit = iota
	walking
	done
)

// label is how messages name the node.
func (n *node) label() string {
	if n.name != "" {
		return n.name
	}
	return n.path
}

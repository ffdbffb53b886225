package pipelines

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// position is a place in a source, 1-based; the column counts characters.
type position struct{ line, column int }

// source is a text that mistakes point into: a pipeline file, or the value of an option.
type source struct {
	name  string
	lines []string // nil if positions in it say nothing
}

func newSource(name string, text []byte) *source {
	return &source{name: name, lines: strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")}
}

// mistake makes a Mistake at a place.
func (s *source) mistake(at position, element, format string, args ...any) *Mistake {
	m := &Mistake{File: s.name, Element: element, Message: fmt.Sprintf(format, args...)}
	if s.lines != nil && at.line > 0 {
		m.Line, m.Column = at.line, max(at.column, 1)
		if at.line <= len(s.lines) {
			m.Source = s.lines[at.line-1]
		}
	}
	return m
}

// elementKind says what a YAML element is.
type elementKind int

const (
	scalarElement elementKind = iota
	listElement
	mapElement
	nullElement
)

func (k elementKind) String() string {
	return [...]string{"a value", "a list", "a map", "nothing"}[k]
}

// element is one element of a YAML document: what the parser's tree holds, reduced to what a pipeline may contain, with
// positions. Numbers and booleans stay text: the expression language reads them.
type element struct {
	kind   elementKind
	text   string // of a scalar, without quotes
	quoted bool
	at     position // of the element
	textAt position // of the first character of text
	path   string   // "nodes.anf.threshold"
	src    *source
	keys   []entry
	items  []*element
}

// entry is one key of a map with its value.
type entry struct {
	name  string
	at    position
	value *element
}

// mistake makes a Mistake at the element.
func (e *element) mistake(format string, args ...any) *Mistake {
	return e.src.mistake(e.at, e.path, format, args...)
}

// get returns the value of a key, nil if the map has none.
func (e *element) get(name string) *element {
	for i := range e.keys {
		if e.keys[i].name == name {
			return e.keys[i].value
		}
	}
	return nil
}

// maxFileBytes and maxDepth bound what a pipeline file may be. They are far beyond any pipeline that is meant.
const (
	maxFileBytes = 1 << 20
	maxDepth     = 32
)

// readElements reads a YAML document. It returns what could be read and all mistakes; the element is nil if the text is
// no YAML.
func readElements(src *source, text []byte) (root *element, mistakes Mistakes) {
	start := position{1, 1}
	if len(text) > maxFileBytes {
		return nil, Mistakes{src.mistake(position{}, "", "the file has %d bytes; a pipeline file may have %d", len(text), maxFileBytes)}
	}
	if i := bytes.IndexByte(text, 0); i >= 0 {
		return nil, Mistakes{src.mistake(position{}, "", "byte %d is 0: this is no text file", i)}
	}
	// The YAML library is not written for hostile input: a panic in it is a broken file, not a broken program.
	defer func() {
		if r := recover(); r != nil {
			root, mistakes = nil, Mistakes{src.mistake(start, "", "this is no YAML that can be read (%v)", r)}
		}
	}()
	file, err := parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		var syntax *yaml.SyntaxError
		if errors.As(err, &syntax) && syntax.Token != nil && syntax.Token.Position != nil {
			p := syntax.Token.Position
			return nil, Mistakes{src.mistake(position{p.Line, p.Column}, "", "not valid YAML: %s", syntax.Message)}
		}
		return nil, Mistakes{src.mistake(start, "", "not valid YAML: %v", err)}
	}
	c := &converter{src: src}
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if root != nil {
			c.add(nodeAt(doc.Body), "", "a second document (after ---) is not allowed: one file is one pipeline")
			break
		}
		root = c.convert(doc.Body, "", 0)
	}
	if root == nil && len(c.mistakes) == 0 {
		c.add(start, "", "the file is empty; a pipeline has at least nodes and sinks")
	}
	return root, c.mistakes
}

// converter turns the parser's tree into elements.
type converter struct {
	src      *source
	mistakes Mistakes
}

func (c *converter) add(at position, path, format string, args ...any) {
	c.mistakes = append(c.mistakes, c.src.mistake(at, path, format, args...))
}

// nodeAt is where a node begins. A map's own token is its first colon, so the first key is taken.
func nodeAt(n ast.Node) position {
	switch n := n.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return nodeAt(n.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return nodeAt(n.Key)
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		return position{t.Position.Line, t.Position.Column}
	}
	return position{1, 1}
}

func (c *converter) convert(n ast.Node, path string, depth int) *element {
	at := nodeAt(n)
	e := &element{at: at, textAt: at, path: path, src: c.src}
	if depth > maxDepth {
		c.add(at, path, "more than %d levels of nesting", maxDepth)
		return e
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		e.kind = mapElement
		for _, v := range n.Values {
			c.key(e, v, depth)
		}
	case *ast.MappingValueNode:
		e.kind = mapElement
		c.key(e, n, depth)
	case *ast.SequenceNode:
		e.kind = listElement
		for i, v := range n.Values {
			e.items = append(e.items, c.convert(v, path+"["+strconv.Itoa(i)+"]", depth+1))
		}
	case *ast.NullNode:
		e.kind = nullElement
	case *ast.LiteralNode:
		e.text = strings.TrimRight(n.Value.Value, "\n")
		e.quoted = true
		e.textAt = c.blockStart(at.line)
	case *ast.StringNode:
		e.text = n.Value
		if t := n.GetToken(); t != nil {
			o := strings.TrimSpace(t.Origin)
			e.quoted = strings.HasPrefix(o, `"`) || strings.HasPrefix(o, "'")
		}
		if e.quoted {
			e.textAt.column++
		}
	case *ast.AnchorNode:
		c.add(at, path, "anchors and aliases are not used in pipeline files; a value that is used twice is a parameter (params: and $name)")
		return c.convert(n.Value, path, depth+1)
	case *ast.AliasNode, *ast.MergeKeyNode:
		c.add(at, path, "anchors and aliases are not used in pipeline files; a value that is used twice is a parameter (params: and $name)")
	case *ast.TagNode:
		c.add(at, path, "tags such as %s are not used in pipeline files", n.Start.Value)
	default:
		// Integers, floats, booleans, inf and nan: the text as it stands.
		if t := n.GetToken(); t != nil {
			e.text = strings.TrimSpace(t.Value)
		}
	}
	return e
}

func (c *converter) key(e *element, v *ast.MappingValueNode, depth int) {
	at := nodeAt(v.Key)
	name := ""
	switch k := v.Key.(type) {
	case *ast.StringNode:
		name = k.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		name = k.GetToken().Value
	default:
		c.add(at, e.path, "a key must be a plain name")
		return
	}
	for _, have := range e.keys {
		if have.name == name {
			c.add(at, join(e.path, name), "%q stands here twice; the first is in line %d", name, have.at.line)
			return
		}
	}
	e.keys = append(e.keys, entry{name, at, c.convert(v.Value, join(e.path, name), depth+1)})
	// An empty value has no place of its own: point at its key.
	if x := e.keys[len(e.keys)-1].value; x.kind == nullElement {
		x.at, x.textAt = at, at
	}
}

// blockStart finds the first character of a block text whose header (| or >) is in the given line.
func (c *converter) blockStart(header int) position {
	for line := header + 1; line <= len(c.src.lines); line++ {
		text := c.src.lines[line-1]
		if trimmed := strings.TrimLeft(text, " "); trimmed != "" {
			return position{line, len(text) - len(trimmed) + 1}
		}
	}
	return position{header + 1, 1}
}

// join appends a key to the path of an element.
func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

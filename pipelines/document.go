package pipelines

import (
	"fmt"
	"strings"
)

// Text describes the type for a terminal.
func (t *NodeType) Text() string {
	var b strings.Builder
	kind := "node"
	if t.Sink {
		kind = "sink"
	}
	fmt.Fprintf(&b, "%s (%s)\n\n%s\n\n", t.Name, kind, wrap(t.Doc, 100))
	if t.Source != "" {
		fmt.Fprintf(&b, "%s\n\n", wrap("Source: "+t.Source, 100))
	}
	for _, line := range [][2]string{{"reads", t.Inputs}, {t.verb(), t.Outputs}, {"channels", t.Channels}} {
		if line[1] != "" {
			fmt.Fprintf(&b, "%-9s %s\n", line[0], strings.ReplaceAll(wrap(line[1], 88), "\n", "\n          "))
		}
	}
	if fields := t.allFields(); len(fields) > 0 {
		b.WriteString("\nfields\n")
		for _, f := range fields {
			fmt.Fprintf(&b, "  %s: %s%s\n", f.Name, f.kindOf(), f.conditions())
			fmt.Fprintf(&b, "      %s\n", strings.ReplaceAll(wrap(f.Doc, 92), "\n", "\n      "))
		}
	}
	fmt.Fprintf(&b, "\nexample\n  %s\n", strings.ReplaceAll(t.Example, "\n", "\n  "))
	return b.String()
}

func (t *NodeType) verb() string {
	if t.Sink {
		return "writes"
	}
	return "gives"
}

// allFields are the fields of the type and, of a sink, those that all sinks have.
func (t *NodeType) allFields() []Field {
	if !t.Sink {
		return t.Fields
	}
	return append(append([]Field(nil), t.Fields...), sinkFields...)
}

// conditions says whether a field must be given, its default and its limits.
func (f *Field) conditions() string {
	s := ""
	if f.Required {
		s += ", required"
	}
	if f.Default != "" {
		s += ", default " + f.Default
	}
	if f.Limits != "" {
		s += ", " + f.Limits
	}
	if f.Changes {
		s += "; may change while it runs"
	}
	return s
}

// meaning is the documentation of the field for a table.
func (f *Field) meaning() string {
	if f.Changes {
		return f.Doc + "; may change while it runs"
	}
	return f.Doc
}

// wrap breaks text into lines of at most width characters.
func wrap(text string, width int) string {
	var b strings.Builder
	column := 0
	for _, word := range strings.Fields(text) {
		n := len([]rune(word))
		switch {
		case column == 0:
		case column+1+n > width:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}

// Markdown is the reference of all types as docs/nodes.md, which a test keeps fresh.
func Markdown() string {
	var b strings.Builder
	b.WriteString("# Nodes and sinks\n\n")
	b.WriteString("What a pipeline can be made of. This page is made from the program's own table; `pipe nodes TYPE` prints the same.\n")
	b.WriteString("How fields are written is told in [pipelines.md](pipelines.md), the expression language in [expressions.md](expressions.md).\n")
	for _, sink := range []bool{false, true} {
		title := "Nodes"
		if sink {
			title = "Sinks"
		}
		fmt.Fprintf(&b, "\n## %s\n", title)
		for _, t := range NodeTypes() {
			if t.Sink == sink {
				t.markdown(&b)
			}
		}
	}
	return b.String()
}

func (t *NodeType) markdown(b *strings.Builder) {
	fmt.Fprintf(b, "\n### %s\n\n%s\n\n", t.Name, t.Doc)
	if t.Source != "" {
		fmt.Fprintf(b, "Source: %s\n\n", t.Source)
	}
	fmt.Fprintf(b, "* Reads: %s\n* %s: %s\n", t.Inputs, map[bool]string{false: "Gives", true: "Writes"}[t.Sink], t.Outputs)
	if t.Channels != "" {
		fmt.Fprintf(b, "* Channels needed for output channels lo:hi: %s\n", t.Channels)
	}
	if fields := t.allFields(); len(fields) > 0 {
		b.WriteString("\n| Field | Type | Default | Allowed | Meaning |\n|---|---|---|---|---|\n")
		for _, f := range fields {
			def := f.Default
			if f.Required {
				def = "required"
			}
			fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s |\n", f.Name, cell(f.kindOf()), cell(def), cell(f.Limits), cell(f.meaning()))
		}
	}
	fmt.Fprintf(b, "\n```yaml\n%s\n```\n", t.Example)
}

// cell escapes what would end a cell of a table.
func cell(s string) string {
	return strings.NewReplacer("|", "\\|", "\n", " ", "*", "\\*").Replace(s)
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"hearpipe/internal/atomicfile"
	"hearpipe/pipelines"
)

type listCommand struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Help is printed below the flags.
func (listCommand) Help() string { return "Example: pipe list" }

// Run lists the ready-made pipelines.
func (c *listCommand) Run(a *app) error {
	type item struct {
		Name       string            `json:"name"`
		About      string            `json:"about"`
		Parameters map[string]string `json:"parameters"`
	}
	var items []item
	w := tabwriter.NewWriter(a.stdout, 0, 8, 2, ' ', 0)
	for _, name := range pipelines.Names() {
		d, err := pipelines.Open(name)
		if err != nil {
			return err
		}
		it := item{d.Name, d.About, map[string]string{}}
		var params []string
		for _, p := range d.Parameters() {
			it.Parameters[p.Name] = p.Default
			params = append(params, p.Name+"="+p.Default)
		}
		items = append(items, it)
		fmt.Fprintf(w, "%s\t%s\n\t%s\n", d.Name, d.About, strings.Join(params, ", "))
	}
	if c.JSON {
		return printJSON(a, items)
	}
	return w.Flush()
}

func printJSON(a *app, v any) error {
	e := json.NewEncoder(a.stdout)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

type showCommand struct {
	Name string `arg:"" help:"The name of a ready-made pipeline."`
}

// Help is printed below the flags.
func (showCommand) Help() string {
	return "Example: pipe show simple-anf > mine.yaml"
}

// Run prints the pipeline.
func (c *showCommand) Run(a *app) error {
	d, err := pipelines.Open(c.Name)
	if err != nil {
		return err
	}
	_, err = a.stdout.Write(d.Text())
	return err
}

type checkCommand struct {
	pipelineFlags
	outFlag
	JSON bool `name:"json" help:"Print the findings as JSON on standard output."`
}

// Help is printed below the flags.
func (checkCommand) Help() string {
	return `Parameters, fields, units, the graph, files, memory: all mistakes are reported, not just the first. Exit status 1 if there are any.

Examples:
  pipe check mine.yaml
  pipe check mine.yaml --set low=50Hz --json`
}

// Run checks the pipeline.
func (c *checkCommand) Run(a *app) error {
	d, plan, err := c.plan(a, c.Out)
	if err == nil {
		defer plan.Close()
		err = plan.Build(context.Background())
	}
	if c.JSON {
		return c.report(a, plan, err)
	}
	if err != nil {
		return err
	}
	for _, w := range plan.Warnings {
		fmt.Fprintln(a.stderr, w)
	}
	for _, n := range plan.Notes() {
		fmt.Fprintln(a.stderr, n)
	}
	length := "length not known"
	if t := plan.Seconds(); !math.IsInf(t, 1) {
		length = seconds(t) + ofSound(plan)
	}
	fmt.Fprintf(a.stderr, "%s: nothing is wrong; %s, about %.0f MB of memory\n", d.Name, length, math.Ceil(float64(plan.Memory)/(1<<20)))
	return nil
}

// report prints the findings for a machine.
func (c *checkCommand) report(a *app, plan *pipelines.Plan, err error) error {
	type finding struct {
		File    string `json:"file"`
		Line    int    `json:"line,omitempty"`
		Column  int    `json:"column,omitempty"`
		Element string `json:"element,omitempty"`
		Message string `json:"message"`
		Warning bool   `json:"warning"`
	}
	out := struct {
		OK       bool      `json:"ok"`
		Findings []finding `json:"findings"`
	}{err == nil, []finding{}}
	add := func(ms pipelines.Mistakes) {
		for _, m := range ms {
			out.Findings = append(out.Findings, finding{m.File, m.Line, m.Column, m.Element, m.Message, m.Warning})
		}
	}
	switch ms, ok := err.(pipelines.Mistakes); {
	case ok:
		add(ms)
	case err != nil:
		if _, wrong := err.(usageError); wrong {
			return err
		}
		out.Findings = append(out.Findings, finding{File: c.Pipeline, Message: err.Error()})
	default:
		add(plan.Warnings)
	}
	if e := printJSON(a, out); e != nil {
		return e
	}
	if err != nil {
		return fmt.Errorf("%s: %d findings", c.Pipeline, len(out.Findings))
	}
	return nil
}

type graphCommand struct {
	pipelineFlags
	Format string `enum:"auto,svg,dot" default:"auto" help:"svg, dot, or auto: by the extension of the file (svg on standard output)."`
	Out    string `short:"o" placeholder:"FILE" help:"Write to this file instead of standard output."`
}

// Help is printed below the flags.
func (graphCommand) Help() string {
	return `Examples:
  pipe graph simple-anf -o g.svg
  pipe graph mine.yaml --format dot | dot -Tpdf > g.pdf`
}

// Run draws the graph.
func (c *graphCommand) Run(a *app) error {
	_, plan, err := c.plan(a, "")
	if err != nil {
		return err
	}
	defer plan.Close()
	format := c.Format
	if format == "auto" {
		switch ext := strings.ToLower(filepath.Ext(c.Out)); ext {
		case ".svg", ".dot", ".gv":
			format = map[string]string{".svg": "svg", ".dot": "dot", ".gv": "dot"}[ext]
		case "":
			format = "svg"
		default:
			return usagef("-o %s: the extension %q says nothing; want .svg or .dot, or --format", c.Out, ext)
		}
	}
	text := plan.SVG
	if format == "dot" {
		text = plan.DOT
	}
	if c.Out == "" || c.Out == "-" {
		_, err = a.stdout.Write(text())
		return err
	}
	f, err := atomicfile.Create(c.Out)
	if err != nil {
		return err
	}
	if _, err := f.Write(text()); err != nil {
		f.Abort(false)
		return err
	}
	if err := f.Commit(); err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "wrote %s\n", c.Out)
	return nil
}

type nodesCommand struct {
	Type string `arg:"" optional:"" help:"A type such as filterbank.gammatone or raster."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// Help is printed below the flags.
func (nodesCommand) Help() string {
	return `Examples:
  pipe nodes
  pipe nodes filterbank.gammatone`
}

// Run describes one type, or lists all.
func (c *nodesCommand) Run(a *app) error {
	types := pipelines.NodeTypes()
	if c.Type != "" {
		t, err := pipelines.TypeNamed(c.Type)
		if err != nil {
			for _, t := range types {
				if strings.HasSuffix(t.Name, "."+c.Type) {
					err = fmt.Errorf("%w (did you mean %s?)", err, t.Name)
				}
			}
			return err
		}
		types = []*pipelines.NodeType{t}
		if !c.JSON {
			_, err = fmt.Fprint(a.stdout, t.Text())
			return err
		}
	}
	if c.JSON {
		return printJSON(a, types)
	}
	w := tabwriter.NewWriter(a.stdout, 0, 8, 2, ' ', 0)
	for i, t := range types {
		if i == 0 || t.Sink != types[i-1].Sink {
			fmt.Fprintf(w, "%s\n", map[bool]string{false: "nodes", true: "sinks"}[t.Sink])
		}
		first, _, _ := strings.Cut(t.Doc, ". ")
		fmt.Fprintf(w, "  %s\t%s\n", t.Name, strings.TrimSuffix(first, "."))
	}
	return w.Flush()
}

package pipelines

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"hearpipe/stages"
)

var update = flag.Bool("update", false, "write the generated files anew")

// docsFolder is where the pages for users stand.
const docsFolder = "../docs"

func TestReferenceOfNodesIsFresh(t *testing.T) {
	path := filepath.Join(docsFolder, "nodes.md")
	want := Markdown()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != want {
		t.Fatal("docs/nodes.md is not what the table of nodes says; write it anew with: go test ./pipelines -run Reference -update")
	}
}

func TestEveryFieldIsDocumented(t *testing.T) {
	for _, n := range NodeTypes() {
		if n.Example == "" || n.Inputs == "" || n.Channels == "" {
			t.Errorf("%s: example, inputs or channels are not documented", n.Name)
		}
		for _, f := range n.Fields {
			if f.Doc == "" {
				t.Errorf("%s.%s has no documentation", n.Name, f.Name)
			}
			if f.Required && f.Default != "" {
				t.Errorf("%s.%s is required and has a default", n.Name, f.Name)
			}
			if f.Kind == Choice && len(f.Choices) == 0 {
				t.Errorf("%s.%s has no choices", n.Name, f.Name)
			}
		}
	}
}

// TestExamplesOfTheGrammarRun runs every pipeline in docs/pipelines.md, and wants one after every rule.
func TestExamplesOfTheGrammarRun(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(docsFolder, "pipelines.md"))
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```(ebnf|yaml)\n(.*?)```")
	rules, examples := 0, 0
	for _, m := range block.FindAllStringSubmatch(string(text), -1) {
		if m[1] == "ebnf" {
			rules++
			continue
		}
		examples++
		runExample(t, m[2])
	}
	if rules == 0 || rules != examples {
		t.Fatalf("%d rules and %d examples", rules, examples)
	}
}

// runExample runs a pipeline of the documentation.
func runExample(t *testing.T, text string) {
	name := "example " + strings.SplitN(strings.TrimSpace(text), "\n", 2)[0]
	t.Run(name, func(t *testing.T) {
		d, err := Parse("example.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		p, err := d.Check(Options{Access: Access{Folder: t.TempDir()}})
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Warnings) > 0 {
			t.Errorf("warnings: %v", p.Warnings)
		}
		res, err := p.Run(context.Background(), stages.RunOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if res.Frames == 0 || len(res.Files) == 0 {
			t.Fatalf("the run gave %d frames and %d files", res.Frames, len(res.Files))
		}
	})
}

// The pipelines in docs/networks.md run, without warnings.
func TestPipelinesOfThePageOfNetworksRun(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(docsFolder, "networks.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(found) != 3 {
		t.Errorf("%d pipelines", len(found))
	}
	for _, m := range found {
		runExample(t, m[1])
	}
}

// TestExamplesOfTypesAreWritten reads the example of every type: its fields exist and have the right kinds and units.
func TestExamplesOfTypesAreWritten(t *testing.T) {
	for _, n := range NodeTypes() {
		text := "params: {seed: 1}\nnodes:\n  " + strings.ReplaceAll(n.Example, "\n", "\n  ") + "\nsinks: [{type: spikes, path: x.csv}]\n"
		if n.Sink {
			text = "params: {seed: 1}\nnodes: {a: {type: sound.silence}}\nsinks:\n  " + strings.ReplaceAll(n.Example, "\n", "\n  ") + "\n"
		}
		d, err := Parse(n.Name, []byte(text))
		if err != nil {
			t.Errorf("%s: %v", n.Name, err)
			continue
		}
		env, err := newEnvironment(Access{Folder: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		p := &planner{desc: d, env: env, params: map[string]*parameter{}, nodes: map[string]*node{}}
		p.readParams()
		p.readNodes()
		if len(p.mistakes)+len(d.form) > 0 {
			t.Errorf("the example of %s: %v %v", n.Name, p.mistakes, d.form)
		}
		for _, x := range append(p.order, p.sinks...) {
			if x.typ == n && len(n.Example) == 0 {
				t.Errorf("%s has no example", n.Name)
			}
		}
	}
}

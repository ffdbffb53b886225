package hearpipe_test

import (
	"bytes"
	"os"
	"path"
	"regexp"
	"testing"
)

// maxLines is where a file is split by nouns.
const maxLines = 450

func TestFilesStayShort(t *testing.T) {
	for _, s := range sources(t) {
		if n := bytes.Count(s.text, []byte("\n")); n > maxLines && !s.test && !s.generated {
			t.Errorf("%s: %d lines; split it by nouns (limit %d)", s.path, n, maxLines)
		}
	}
}

// machine matches paths of somebody's machine, and numbers of decisions that nobody can look up here. It is put together so
// that it does not match itself.
var machine = regexp.MustCompile(`(^|[^\w.])/` + `(work|tmp|root|farm|home|Users)/` + `|\bD` + `\d+\.\d+\b`)

func TestTextNamesNoMachine(t *testing.T) {
	read := 0
	err := walk(func(name string) error {
		switch path.Ext(name) {
		case ".go", ".md", ".yaml", ".yml", ".txt", ".mod", ".sh", "":
		default:
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil || len(text) > 1<<20 || !isText(text) {
			return err
		}
		read++
		for i, line := range bytes.Split(text, []byte("\n")) {
			if m := machine.Find(line); m != nil {
				t.Errorf("%s:%d: %q means nothing elsewhere", name, i+1, m)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if read < 10 {
		t.Fatalf("read %d files only: the walk is broken", read)
	}
}

// link matches the target of a link in a page that lies in the repository.
var link = regexp.MustCompile(`\]\(([^)#:\s]+)(#[^)]*)?\)`)

func TestLinksBetweenPagesResolve(t *testing.T) {
	seen := 0
	err := walk(func(name string) error {
		if path.Ext(name) != ".md" {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		for _, m := range link.FindAllSubmatch(text, -1) {
			seen++
			if _, err := os.Stat(path.Join(path.Dir(name), string(m[1]))); err != nil {
				t.Errorf("%s: link to %s: %v", name, m[1], err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen == 0 {
		t.Fatal("no links found: the walk is broken")
	}
}

func TestEveryDecisionIsInTheIndex(t *testing.T) {
	const dir = "docs/decisions"
	index, err := os.ReadFile(path.Join(dir, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	pages, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pages {
		if p.Name() != "README.md" && !bytes.Contains(index, []byte("("+p.Name()+")")) {
			t.Errorf("%s/%s is not in the index", dir, p.Name())
		}
	}
}

// named matches a test as the validation table names it: `package.TestSentence`, the package by its folder.
var named = regexp.MustCompile("`([a-z/0-9]+)\\.(Test\\w+)`")

func TestValidationNamesTestsThatExist(t *testing.T) {
	text, err := os.ReadFile("docs/validation.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := named.FindAllSubmatch(text, -1)
	if len(rows) == 0 {
		t.Fatal("docs/validation.md names no tests")
	}
	for _, m := range rows {
		found := false
		for _, s := range sources(t) {
			found = found || s.test && s.dir == string(m[1]) && bytes.Contains(s.text, []byte("func "+string(m[2])+"(t "))
		}
		if !found {
			t.Errorf("docs/validation.md: there is no %s in %s", m[2], m[1])
		}
	}
}

// The README shows a ready-made pipeline and a Go program. They are the ones that run.
func TestReadmeShowsWhatRuns(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	pipeline, err := os.ReadFile("pipelines/library/simple-anf.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(readme, fenced("yaml", pipeline)) {
		t.Error("README.md does not show pipelines/library/simple-anf.yaml as it is")
	}
	example, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, body, found := bytes.Cut(example, []byte("func Example() {\n"))
	body, _, cut := bytes.Cut(body, []byte("\t// Output:"))
	if !found || !cut {
		t.Fatal("example_test.go has no Example with an output")
	}
	body = bytes.ReplaceAll(body, []byte("\n\t"), []byte("\n"))[1:]
	if !bytes.Contains(readme, fenced("go", body)) {
		t.Errorf("README.md does not show the program of example_test.go, which is\n%s", body)
	}
}

func fenced(language string, text []byte) []byte {
	return []byte("```" + language + "\n" + string(bytes.TrimSpace(text)) + "\n```")
}

package hearpipe_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// The rules about the repository are tests in the repository. This file holds the import table and the rule about
// comments; arch_numbers_test.go the rules about arithmetic, arch_text_test.go those about the text itself.

const module = "hearpipe"

// row is what the packages at and below dir may import of ours. The longest matching dir decides. An entry of may
// stands for the package and what lies below it; a package may always import its own subtree.
type row struct {
	dir string
	may []string
}

// below is what everybody but units and internal may import.
var below = []string{"units", "internal"}

// importTable is the arrows of the house: cmd/pipe -> pipelines -> {hrtf, sound, filterbank, neurons, sinks} -> stages.
var importTable = []row{
	{".", nil},
	{"units", nil},
	{"internal", nil},
	{"internal/expr", []string{"units", "internal/kernel"}},
	{"internal/random", []string{"internal/kernel"}}, // normal deviates need Log, Sin and Cos
	{"stages", below},
	{"sound", append([]string{"stages"}, below...)},
	{"filterbank", append([]string{"stages"}, below...)},
	{"neurons", append([]string{"stages"}, below...)},
	{"sinks", append([]string{"stages"}, below...)},
	{"broker", append([]string{"stages"}, below...)},
	{"view", append([]string{"stages", "sinks"}, below...)},
	{"hrtf", append([]string{"stages", "sound", "filterbank"}, below...)},
	{"pipelines", append([]string{"stages", "sound", "filterbank", "neurons", "sinks", "broker", "hrtf"}, below...)},
	{"cmd/pipe", append([]string{"stages", "sound", "filterbank", "neurons", "sinks", "broker", "view", "hrtf", "pipelines"}, below...)},
	{"bench", []string{"stages", "sound", "filterbank", "neurons", "broker"}},
	{"examples", []string{"stages", "sound", "filterbank", "neurons", "sinks", "broker", "hrtf", "pipelines", "units"}},
}

// foreign is which modules of others may be imported, and where; tests may import any. Plotting weighs 9 MB and stays
// out of the core.
var foreign = []row{
	{"github.com/go-audio", []string{"sound"}},
	{"github.com/mewkiz/flac", []string{"sound"}},
	{"github.com/mjibson/go-dsp", []string{"sound"}},
	{"gonum.org/v1/gonum/dsp/fourier", []string{"sound"}},
	{"gonum.org/v1/plot", []string{"sinks"}},
	{"golang.org/x/image", []string{"sinks"}},
	{"github.com/goccy/go-yaml", []string{"pipelines"}},
	{"github.com/alecthomas/kong", []string{"cmd/pipe"}},
	{"github.com/coder/websocket", []string{"view"}},
	{"github.com/prometheus/client_golang", []string{"cmd/pipe"}},
	{"github.com/nats-io", []string{"broker", "examples"}},
	{"github.com/gen2brain/malgo", []string{"sound/live/devices"}},
	{"github.com/jfreymuth/pulse", []string{"sound/live/devices"}},
	{"github.com/schollz/progressbar/v3", []string{"cmd/pipe"}},
	{"golang.org/x/term", []string{"cmd/pipe"}},
	{"golang.org/x/sys", []string{"cmd/pipe", "internal/kernel"}},
}

// conformance is the suite that every stage passes: a package for tests only.
const conformance = "stages/stagetest"

func TestImportsFollowTheTable(t *testing.T) {
	for _, s := range sources(t) {
		if s.external() {
			continue // a test from outside may join siblings; the compiler refuses cycles
		}
		rule, ok := longest(importTable, s.dir)
		if !ok {
			t.Errorf("%s: package %s has no row in importTable: add one", s.path, s.dir)
			continue
		}
		for _, spec := range s.file.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			where := s.place(spec)
			switch {
			case within(name, module):
				if dir := strings.TrimPrefix(strings.TrimPrefix(name, module), "/"); !s.mayImport(rule, dir) {
					t.Errorf("%s: %s imports %s; allowed are its own subtree and %v", where, s.dir, name, rule.may)
				}
			case s.test || !strings.Contains(strings.Split(name, "/")[0], "."): // the standard library
			default:
				f, ok := longest(foreign, name)
				if !ok || !slices.ContainsFunc(f.may, func(dir string) bool { return within(s.dir, dir) }) {
					t.Errorf("%s: %s imports %s, which belongs to %v", where, s.dir, name, f.may)
				}
			}
		}
	}
}

func (s source) mayImport(rule row, dir string) bool {
	if within(dir, conformance) {
		return s.test || within(s.dir, conformance)
	}
	own := within(dir, rule.dir) && rule.dir != "." && rule.dir != "internal"
	return own || slices.ContainsFunc(rule.may, func(may string) bool { return within(dir, may) })
}

func TestEveryPackageHasAComment(t *testing.T) {
	type pkg struct{ dir, name string }
	said := map[pkg]bool{}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		p := pkg{s.dir, s.file.Name.Name}
		text := strings.TrimSpace(s.file.Doc.Text())
		if text != "" && p.name != "main" && !strings.HasPrefix(text, "Package "+p.name+" ") {
			t.Errorf("%s: package comment begins %.30q, want \"Package %s ...\"", s.path, text, p.name)
		}
		said[p] = said[p] || text != ""
	}
	if len(said) < 3 {
		t.Fatalf("found %d packages only: the walk is broken", len(said))
	}
	for p, ok := range said {
		if !ok {
			t.Errorf("%s: package %s has no comment", p.dir, p.name)
		}
	}
}

func TestEveryExportedNameHasAComment(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || s.file.Name.Name == "main" {
			continue
		}
		for _, decl := range s.file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && receiverExported(d) && empty(d.Doc) {
					t.Errorf("%s: func %s has no comment", s.place(d), d.Name.Name)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					uncommented(s, d, spec, t.Errorf)
				}
			}
		}
	}
}

// uncommented reports exported names of one specification without a comment of their own or of their group.
func uncommented(s source, d *ast.GenDecl, spec ast.Spec, report func(string, ...any)) {
	switch v := spec.(type) {
	case *ast.TypeSpec:
		if !v.Name.IsExported() {
			return
		}
		if empty(v.Doc) && (empty(d.Doc) || d.Lparen.IsValid()) {
			report("%s: type %s has no comment", s.place(v), v.Name.Name)
		}
		// What a user fills in carries unit, symbol and default on every field.
		if st, ok := v.Type.(*ast.StructType); ok && (strings.HasSuffix(v.Name.Name, "Params") || strings.HasSuffix(v.Name.Name, "Options")) {
			for _, f := range st.Fields.List {
				for _, name := range f.Names {
					if name.IsExported() && empty(f.Doc) && empty(f.Comment) {
						report("%s: field %s.%s has no comment", s.place(f), v.Name.Name, name.Name)
					}
				}
			}
		}
	case *ast.ValueSpec:
		for _, name := range v.Names {
			if name.IsExported() && empty(v.Doc) && empty(v.Comment) && empty(d.Doc) {
				report("%s: %s %s has no comment", s.place(v), d.Tok, name.Name)
			}
		}
	}
}

func empty(c *ast.CommentGroup) bool { return strings.TrimSpace(c.Text()) == "" }

// receiverExported says whether a method is reachable by its type's name; a function is.
func receiverExported(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	exported := false
	ast.Inspect(d.Recv.List[0].Type, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			exported = id.IsExported()
			return false
		}
		_, index := n.(*ast.IndexExpr)
		return !index || !exported
	})
	return exported
}

// source is one Go file of the module.
type source struct {
	path      string // slash-separated, from the root
	dir       string
	test      bool
	generated bool
	text      []byte
	file      *ast.File
}

var fset = token.NewFileSet()

func (s source) external() bool { return s.test && strings.HasSuffix(s.file.Name.Name, "_test") }

func (s source) place(n ast.Node) string {
	return fmt.Sprintf("%s:%d", s.path, fset.Position(n.Pos()).Line)
}

// sources parses every Go file of the module, whatever its build tags; folders with a go.mod of their own are not ours.
func sources(t *testing.T) []source {
	t.Helper()
	list, err := parsed()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

var parsed = sync.OnceValues(func() ([]source, error) {
	var list []source
	err := walk(func(name string) error {
		if path.Ext(name) != ".go" {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		list = append(list, source{
			path: name, dir: path.Dir(name), test: strings.HasSuffix(name, "_test.go"),
			generated: ast.IsGenerated(file), text: text, file: file,
		})
		return nil
	})
	return list, err
})

// walk visits the files of the module below the root, dot folders (but .ci) and test data excepted.
func walk(visit func(name string) error) error {
	return filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if !d.IsDir() {
			return visit(filepath.ToSlash(name))
		}
		if name == "." || base == ".ci" {
			return nil
		}
		if strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata" || base == "out" {
			return filepath.SkipDir
		}
		if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil {
			return filepath.SkipDir
		}
		return nil
	})
}

// within says whether the slash-separated name is dir or lies below it.
func within(name, dir string) bool { return name == dir || strings.HasPrefix(name, dir+"/") }

func longest(table []row, name string) (row, bool) {
	best, found := row{}, false
	for _, r := range table {
		if within(name, r.dir) && (!found || len(r.dir) > len(best.dir)) {
			best, found = r, true
		}
	}
	return best, found
}

func isText(b []byte) bool { return bytes.IndexByte(b[:min(len(b), 8000)], 0) < 0 }

package equations

import (
	"os"
	"strings"
	"testing"

	"hearpipe/internal/expr"
)

// page is the page about equations, and blocks are its fenced blocks of one kind.
func page(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/equations.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func blocks(t *testing.T, kind string) []string {
	t.Helper()
	var list []string
	for i, part := range strings.Split("\n"+page(t), "\n```") {
		if body, ok := strings.CutPrefix(part, kind+"\n"); ok && i%2 == 1 {
			list = append(list, body)
		}
	}
	if list == nil {
		t.Fatalf("the page has no %s", kind)
	}
	return list
}

func TestExamplesOfThePageAreModels(t *testing.T) {
	for kind, in := range map[string]Context{"equations": OfCells, "synapses": OfSynapses} {
		for _, text := range blocks(t, kind) {
			e, err := ParseSource(expr.NewSource(text), in)
			if err != nil {
				t.Fatal(err)
			}
			m, err := e.Resolve(Namespace{N: 2, DT: 1e-4})
			if err != nil {
				t.Fatal(err)
			}
			if len(m.Derivatives) == 0 {
				t.Errorf("no differential equation in\n%s", text)
			}
			step, err := m.Integrate("")
			if err != nil {
				t.Fatal(err)
			}
			newCells(t, m, step, 1e-4, 2, nil)
		}
	}
}

func TestMistakesOfThePageAreReportedSo(t *testing.T) {
	for _, block := range blocks(t, "mistakes") {
		for _, item := range strings.Split(block, "\n\n") {
			text, want, _ := strings.Cut(item, "\n")
			e, err := Parse(text)
			if err == nil {
				var m *Model
				if m, err = e.Resolve(Namespace{N: 2, DT: 1e-4}); err == nil {
					_, err = m.Integrate("")
				}
			}
			if err == nil || err.Error() != want {
				t.Errorf("%s: got\n%v\nthe page says\n%s", text, err, want)
			}
		}
	}
}

func TestThePageNamesEveryMethodAndFlag(t *testing.T) {
	text := page(t)
	for _, name := range Methods() {
		if !strings.Contains(text, "\n| `"+name+"`") {
			t.Errorf("method %s is missing", name)
		}
	}
	for k := range flagTable {
		if !strings.Contains(text, "\n| `"+flagTable[k].words+"` |") {
			t.Errorf("flag %s is missing", flagTable[k].words)
		}
	}
}

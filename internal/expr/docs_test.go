package expr

import (
	"os"
	"strings"
	"testing"
)

// blocks returns the fenced blocks of one kind in the page about expressions.
func blocks(t *testing.T, kind string) []string {
	page, err := os.ReadFile("../../docs/expressions.md")
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for i, part := range strings.Split("\n"+string(page), "\n```") {
		if body, ok := strings.CutPrefix(part, kind+"\n"); ok && i%2 == 1 {
			list = append(list, body)
		}
	}
	if list == nil {
		t.Fatalf("the page has no %s", kind)
	}
	return list
}

func TestExamplesOfThePageHold(t *testing.T) {
	for _, block := range blocks(t, "examples") {
		for _, line := range strings.Split(block, "\n") {
			text, want, ok := strings.Cut(line, " => ")
			if !ok {
				t.Errorf("no value in %q", line)
				continue
			}
			v, err := Eval(text, &Scope{})
			if err != nil {
				t.Errorf("%s: %v", text, err)
			} else if v.String() != want {
				t.Errorf("%s: the page says %s, it is %s", text, want, v)
			}
		}
	}
}

func TestStatementsOfThePageCompile(t *testing.T) {
	scope := bench()
	scope.Symbols["v"] = scope.Symbols["V"]
	for _, block := range blocks(t, "statements") {
		list, err := ParseStatements(block, Options{})
		if err == nil {
			_, err = CompileStatements(list, scope, CompileOptions{})
		}
		if err != nil || len(list) != 4 {
			t.Errorf("%d statements: %v", len(list), err)
		}
	}
}

func TestMistakesOfThePageAreReportedSo(t *testing.T) {
	for _, block := range blocks(t, "mistakes") {
		for _, item := range strings.Split(block, "\n\n") {
			text, want, _ := strings.Cut(item, "\n")
			if _, err := Eval(text, &Scope{}); err == nil || err.Error() != want {
				t.Errorf("%s: got\n%v\nthe page says\n%s", text, err, want)
			}
		}
	}
}

func TestThePageNamesEveryFunction(t *testing.T) {
	page, err := os.ReadFile("../../docs/expressions.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range Functions() {
		if !strings.Contains(string(page), "`"+name+"`") && !strings.Contains(string(page), "`"+name+"(") {
			t.Errorf("%s is missing", name)
		}
	}
}

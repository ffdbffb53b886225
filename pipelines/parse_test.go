package pipelines

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzCheck feeds any text: a mistake may be found, a panic may not. Nothing is built or run.
func FuzzCheck(f *testing.F) {
	for _, pattern := range []string{"library/*.yaml", "testdata/bad/*.yaml", "testdata/good/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatal(pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	for _, text := range []string{"a: &x [*x]", "nodes: {a: {type: sound.tone, frequency: \"[[[[1]]]]\"}}", "? [a]\n: b", "\xff\xfe", "params: {a: $a}", "a: |\n", strings.Repeat("[", 100)} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 4000 {
			return
		}
		d, err := Parse("fuzz.yaml", text)
		if err == nil {
			var p *Plan
			if p, err = d.Check(Options{Access: Access{Folder: t.TempDir()}, Memory: 1 << 28}); err == nil {
				p.SVG()
				p.Close()
			}
		}
		if err != nil && utf8.Valid(text) && !utf8.ValidString(err.Error()) {
			t.Errorf("the message is no text: %q", err)
		}
	})
}

func TestLongLinesAreCut(t *testing.T) {
	m := &Mistake{File: "f", Line: 3, Column: 151, Element: "e", Message: "wrong", Source: strings.Repeat("a", 150) + "B" + strings.Repeat("c", 150)}
	lines := strings.Split(m.Error(), "\n")
	if len(lines) != 3 || len(lines[1]) > 130 {
		t.Fatalf("%q", lines)
	}
	caret := utf8.RuneCountInString(lines[2]) - 1
	if r := []rune(lines[1]); lines[0] != "f:3:151: e: wrong" || r[caret] != 'B' {
		t.Errorf("the caret does not stand under B:\n%s", m)
	}
}

func TestSuggestionsAreNear(t *testing.T) {
	names := []string{"threshold", "reset", "refractory", "cf"}
	for word, want := range map[string]string{"treshold": "threshold", "RESET": "reset", "refarctory": "refractory", "fc": "cf", "x": "", "something": ""} {
		have := suggest(word, names)
		if want == "" && have != "" || want != "" && !strings.Contains(have, `"`+want+`"`) {
			t.Errorf("%s: %s, want %q", word, have, want)
		}
	}
}

func TestRangesAreRead(t *testing.T) {
	if r, err := ParseRange(" 3:10"); err != nil || r.Lo != 3 || r.Hi != 10 {
		t.Errorf("%v %v", r, err)
	}
	for _, text := range []string{"", "3", "3:3", "5:2", "-1:2", "a:b", "1:2:3", "1:99999999999999999999"} {
		if r, err := ParseRange(text); err == nil {
			t.Errorf("%q: %v, want an error", text, r)
		}
	}
}

package pipelines

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// verdict is everything that is wrong with a pipeline, as a user sees it, or "nothing".
func verdict(t *testing.T, file string, text []byte, opt Options) string {
	t.Helper()
	root := t.TempDir()
	opt.Access.Folder = filepath.Join(root, "home", "work")
	if err := os.MkdirAll(opt.Access.Folder, 0o777); err != nil {
		t.Fatal(err)
	}
	d, err := Parse(file, text)
	if err == nil {
		var p *Plan
		if p, err = d.Check(opt); err == nil {
			defer p.Close()
			err = p.Build(context.Background())
		}
	}
	if err == nil {
		return "nothing"
	}
	return strings.ReplaceAll(err.Error(), root, "FOLDER")
}

// TestMistakesSayWhatAndWhere compares the messages for wrong pipelines with texts that have been read by a person.
func TestMistakesSayWhatAndWhere(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d wrong pipelines found: %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			have := verdict(t, name+".yaml", text, Options{}) + "\n"
			golden := strings.TrimSuffix(file, ".yaml") + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(have), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if have != string(want) {
				t.Errorf("have:\n%s\nwant:\n%s", have, want)
			}
			if have == "nothing\n" {
				t.Error("nothing was found wrong")
			}
		})
	}
}

package pipelines

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestASinkDoesNotReplaceWhatANodeReads: not by the same name, and not by another name of the same file.
func TestASinkDoesNotReplaceWhatANodeReads(t *testing.T) {
	folder := t.TempDir()
	speech, err := os.ReadFile("data/speech.wav")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "in.wav"), speech, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("in.wav", filepath.Join(folder, "other.wav")); err != nil {
		t.Skip("no links here:", err)
	}
	for _, path := range []string{"in.wav", "other.wav", "./in.wav"} {
		text := "name: a\nabout: b\nnodes:\n  s: {type: sound.file, path: in.wav}\nsinks:\n  - {type: sound, from: s, path: " + path + "}\n"
		d, err := Parse("a.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		plan, err := d.Check(Options{Access: Access{Folder: folder}})
		if err == nil {
			plan.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "is read by this pipeline") {
			t.Errorf("writing %s: %v, want it refused", path, err)
		}
	}
}

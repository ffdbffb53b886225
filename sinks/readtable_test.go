package sinks

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestTablesReadBackIdentically(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.csv")
	s, err := NewStatisticFile(channels(2, 100), StatisticFileParams{
		Path: path, Of: []Statistic{RMS, Max}, CF: []float64{1e4 / 3, 0.1},
	})
	if err != nil {
		t.Fatal(err)
	}
	feedFrames(t, s, two(), 2)
	finish(t, s, 2)
	table, err := ReadTable(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"channel", "cf", "rms", "max"}; !slices.Equal(table.Names, want) {
		t.Errorf("names %v, want %v", table.Names, want)
	}
	for name, want := range map[string][]float64{
		"channel": {100, 101}, "cf": {1e4 / 3, 0.1}, "rms": {math.Sqrt(12.5), 1}, "max": {4, 1},
	} {
		if got, ok := table.Column(name); !ok || !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	if got, ok := table.Column("mean"); ok {
		t.Errorf("mean: %v", got)
	}
}

func TestMalformedTablesSayWhere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.csv")
	if _, err := ReadTable(path); !os.IsNotExist(err) {
		t.Errorf("missing file: %v", err)
	}
	for text, want := range map[string]string{
		"":             "empty",
		"a,b\n1,2\n3":  "wrong number of fields",
		"a,b\n1,2\n3,": `line 3, column b: "" is not a number`,
		"a\n\"":        "quote",
	} {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadTable(path); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: error %v, want one with %q", text, err, want)
		}
	}
}

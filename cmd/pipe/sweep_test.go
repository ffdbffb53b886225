package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestValuesOfASweep(t *testing.T) {
	for _, x := range []struct {
		text string
		want []string
	}{
		{"3", []string{"3"}},
		{"40:10:70", []string{"40", "50", "60", "70"}},
		{"40:10:69dB", []string{"40dB", "50dB", "60dB"}},
		{"0.1:0.1:0.3 s", []string{"0.1s", "0.2s", "0.3s"}},
		{"3:-1:1", []string{"3", "2", "1"}},
		{"1kHz:1kHz:2kHz", []string{"1kHz", "2kHz"}},
		{"a.wav, b.wav", []string{"a.wav", "b.wav"}},
		{"[1, 2]", []string{"[1, 2]"}},
		{"linspace(1, 2, 3),[4]", []string{"linspace(1, 2, 3)", "[4]"}},
	} {
		have, err := sweepOf(x.text)
		if err != nil || !slices.Equal(have, x.want) {
			t.Errorf("%s: %q %v, want %q", x.text, have, err, x.want)
		}
	}
	for _, text := range []string{"1:0:2", "1:1:0", "1s:1:2Hz", "a:b:c", "1:1e-9:2"} {
		if have, err := sweepOf(text); err == nil {
			t.Errorf("%s: %q, want an error", text, have)
		}
	}
}

func TestSweepMakesAFolderPerRun(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "p.yaml", `
params: {level: 60 dB, seed: 1, pitch: 1 kHz}
nodes:
  tone:  {type: sound.whitenoise, duration: 10 ms, seed: $seed}
  sound: {type: sound.level, from: tone, level: $level}
  both:  {type: stages.function, from: sound, expr: "x*$pitch/(1 kHz)"}
sinks:
  - {type: statistic, from: both, path: rms.csv}
`)
	pipe(t, "run", "p.yaml", "--set", "level=40:20:80dB", "--set", "seed=1,2", "--set", "pitch=1kHz", "-o", "out").want(t, 0, "run 6 of 6", "level=80dB,seed=2")
	text, err := os.ReadFile(filepath.Join("out", "runs.csv"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != 7 || lines[0] != "folder,level,seed,spikes,seconds,elapsed,reason" || !strings.HasPrefix(lines[3], `"level=60dB,seed=1",60dB,1,,0.01,`) {
		t.Errorf("runs.csv:\n%s", text)
	}
	for _, folder := range []string{"level=40dB,seed=1", "level=80dB,seed=2"} {
		table, err := os.ReadFile(filepath.Join("out", folder, "rms.csv"))
		if err != nil || !strings.HasPrefix(string(table), "channel,rms\n0,") {
			t.Errorf("%s: %q %v", folder, table, err)
		}
	}
	// Everything is checked before anything runs.
	pipe(t, "run", "p.yaml", "--set", "level=40dB,3Hz", "-o", "other").want(t, 1, "level=3Hz", "does not fit")
	if _, err := os.Stat("other"); err == nil {
		t.Error("a sweep with a mistake made a folder")
	}
	pipe(t, "run", "p.yaml", "--set", "level=1:1:0").want(t, 2, "--set level")
}

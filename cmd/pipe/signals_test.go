package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestInterruptEndsWell(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "p.yaml", endless)
	pipe(t, "run", "p.yaml").want(t, 1, "never ends")
	signals := make(chan os.Signal, 2)
	go func() {
		time.Sleep(300 * time.Millisecond)
		signals <- os.Interrupt
	}()
	pipeWith(t, &app{signals: signals}, "run", "p.yaml", "--duration", "1000000 s").want(t, 130, "interrupted after", "complete up to there", "wrote rms.csv, noise.npy")
	onlyFiles(t, "p.yaml", "rms.csv", "rms.csv.meta.json", "noise.npy", "noise.npy.meta.json")
	text, err := os.ReadFile("noise.npy.meta.json")
	if err != nil || !strings.Contains(string(text), `"interrupted"`) {
		t.Errorf("the metadata do not say interrupted: %s %v", text, err)
	}
	if c := pipe(t, "info", "noise.npy"); !strings.Contains(c.stdout, "interrupted") {
		t.Errorf("info: %s", c.stdout)
	}
}

// stuck is a reader that never returns.
type stuck struct{}

func (stuck) Read([]byte) (int, error) { select {} }

func TestInterruptDoesNotWaitForASilentPipe(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "p.yaml", spikesOfFile)
	head := wav(44100, 1, noise(100000)...)
	signals := make(chan os.Signal, 2)
	go func() {
		time.Sleep(200 * time.Millisecond)
		signals <- syscall.SIGTERM
	}()
	a := &app{signals: signals, stdin: newPatient(io.MultiReader(bytes.NewReader(head[:4044]), stuck{}))}
	began := time.Now()
	pipeWith(t, a, "run", "p.yaml", "--input", "-").want(t, 130, "interrupted after 45.4 ms", "complete up to there", "wrote spikes.csv")
	if d := time.Since(began); d > graces[0] {
		t.Errorf("the end took %v", d)
	}
	onlyFiles(t, "p.yaml", "spikes.csv", "spikes.csv.meta.json", "raster.png")
	text, err := os.ReadFile("spikes.csv.meta.json")
	if err != nil || !strings.Contains(string(text), `"frames":2000,"reason":"interrupted"`) {
		t.Errorf("metadata: %s %v", text, err)
	}
}

func TestSecondInterruptAbandons(t *testing.T) {
	defer func(g [2]time.Duration) { graces = g }(graces)
	graces = [2]time.Duration{50 * time.Millisecond, 50 * time.Millisecond}
	for _, keep := range []bool{false, true} {
		t.Chdir(t.TempDir())
		write(t, "p.yaml", spikesOfFile)
		head := wav(44100, 1, noise(100000)...)
		signals := make(chan os.Signal, 2)
		go func() {
			time.Sleep(200 * time.Millisecond)
			signals <- syscall.SIGTERM
		}()
		a := &app{signals: signals, stdin: io.MultiReader(bytes.NewReader(head[:2000]), stuck{})}
		args := []string{"run", "p.yaml", "--input", "-", "--json"}
		if keep {
			args = append(args, "--keep-partial")
		}
		if c := pipeWith(t, a, args...).want(t, 130, "interrupted", "abandoned"); c.stdout != "" {
			t.Errorf("the summary of an abandoned run: %s", c.stdout)
		}
		if left, _ := filepath.Glob("*.part"); (len(left) > 0) != keep {
			t.Errorf("keep %v: left are %v", keep, left)
		}
		if _, err := os.Stat("spikes.csv"); err == nil {
			t.Error("an abandoned run left spikes.csv")
		}
	}
}

//go:build unix

package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asCommand makes the test binary be the command.
const asCommand = "HEARPIPE_TEST_IS_PIPE"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		os.Args = append([]string{"pipe"}, os.Args[1:]...)
		main()
	}
	os.Exit(m.Run())
}

// process starts the command as a process of its own.
func process(t *testing.T, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	return processReading(t, nil, args...)
}

// processReading starts the command with this standard input.
func processReading(t *testing.T, stdin *os.File, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self, args...)
	c.Env = append(os.Environ(), asCommand+"=1")
	var stderr bytes.Buffer
	c.Stderr = &stderr
	if stdin != nil {
		c.Stdin = stdin
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c, &stderr
}

// status waits for a process and returns its exit status.
func status(t *testing.T, c *exec.Cmd) int {
	t.Helper()
	timer := time.AfterFunc(20*time.Second, func() { c.Process.Kill() })
	defer timer.Stop()
	err := c.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode()
}

func TestSignalsEndTheProcessWell(t *testing.T) {
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if signal.Ignored(sig) {
			t.Logf("%v: ignored here (nohup, a background job), so by the command too", sig)
			continue
		}
		t.Chdir(t.TempDir())
		write(t, "p.yaml", endless)
		c, stderr := process(t, "run", "p.yaml", "--duration", "1000000 s")
		untilWritten(t, "noise.npy*.part")
		if err := c.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		if s := status(t, c); s != statusInterrupted {
			t.Errorf("%v: exit status %d, want %d:\n%s", sig, s, statusInterrupted, stderr)
		}
		if !strings.Contains(stderr.String(), "the files are complete up to there") {
			t.Errorf("%v: %s", sig, stderr)
		}
		onlyFiles(t, "p.yaml", "rms.csv", "rms.csv.meta.json", "noise.npy", "noise.npy.meta.json")
	}
}

func TestExitStatusReachesTheShell(t *testing.T) {
	t.Chdir(t.TempDir())
	for want, args := range map[int][]string{statusDone: {"version"}, statusFailed: {"run", "missing.yaml"}, statusUsage: {"frob"}} {
		c, stderr := process(t, args...)
		if s := status(t, c); s != want {
			t.Errorf("pipe %v: exit status %d, want %d:\n%s", args, s, want, stderr)
		}
	}
}

// untilWritten waits until a run has written something to a file that matches the pattern.
func untilWritten(t *testing.T, pattern string) {
	t.Helper()
	for range 2000 {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if i, err := os.Stat(name); err == nil && i.Size() > 0 {
				return
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("nothing was written to %s in 20 s", pattern)
}

// untilRead gives the reader of a pipe the beginning of a sound file: a chunk that is larger than what a pipe holds, so that this returns
// once the reader has begun, and longer than what there is, so that it waits for the header for ever.
func untilRead(t *testing.T, pipe *os.File) {
	t.Helper()
	if err := pipe.SetWriteDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	begin := append([]byte("RIFF\xFF\xFF\xFF\xFFWAVEJUNK\x00\x00\x20\x00"), make([]byte, 1<<20)...)
	if _, err := pipe.Write(begin); err != nil {
		t.Fatalf("the command does not read its standard input: %v", err)
	}
}

func TestSignalEndsWhatIsNoRun(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, args := range [][]string{{"run", "simple-anf", "--input", "-"}, {"check", "simple-anf", "--input", "-"}} {
		silent, quiet, err := os.Pipe() // nobody completes the header of a sound
		if err != nil {
			t.Fatal(err)
		}
		defer silent.Close()
		defer quiet.Close()
		c, stderr := processReading(t, silent, args...)
		untilRead(t, quiet)
		if err := c.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if s := status(t, c); s != statusInterrupted || stderr.String() != "interrupted\n" {
			t.Errorf("pipe %v: exit status %d, want %d:\n%s", args, s, statusInterrupted, stderr)
		}
		onlyFiles(t)
	}
}

func TestUnreadOutputLeavesNoFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "p.yaml", `
nodes:
  tone: {type: sound.tone, frequency: 1 kHz, duration: 20 s}
  cell: {type: neurons.group, inputs: {I: tone}, equations: "dv/dt = (200*I-v)/ms : 1\nI : 1", threshold: v > 1, reset: v = 0}
sinks:
  - {type: spikes, from: cell, path: "-"}
  - {type: frames, from: tone, path: tone.npy}
`)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self, "run", "p.yaml")
	c.Env = append(os.Environ(), asCommand+"=1")
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	out.Close()
	if s := status(t, c); s != statusUnread || stderr.Len() > 0 {
		t.Errorf("exit status %d, want %d and no words:\n%s", s, statusUnread, &stderr)
	}
	onlyFiles(t, "p.yaml")
}

func TestUnknownTierIsAnError(t *testing.T) {
	t.Setenv("HEARPIPE_KERNEL", "sse2")
	pipe(t, "version").want(t, 2, `HEARPIPE_KERNEL is "sse2"`)
}

func TestUnreadHelpIsNoWrongUsage(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	r.Close()
	c := exec.Command(self, "run", "--help")
	c.Env = append(os.Environ(), asCommand+"=1")
	var stderr bytes.Buffer
	c.Stdout, c.Stderr = w, &stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if s := status(t, c); s != statusUnread || stderr.Len() > 0 {
		t.Errorf("exit status %d, want %d and no words:\n%s", s, statusUnread, &stderr)
	}
}

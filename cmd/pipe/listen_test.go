package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"hearpipe/broker"
)

// publishing is a pipeline that publishes spikes and frames, and writes them to files too.
const publishing = `
rate: 16 kHz
params: {long: 250 ms}
nodes:
  noise: {type: sound.whitenoise, duration: $long, seed: 5}
  cochlea: {type: filterbank.gammatone, from: noise, cf: "erbspace(100*Hz, 4*kHz, 20)"}
  anf: {type: neurons.group, inputs: {I: cochlea}, equations: "dv/dt = (40*abs(I)-v)/(1*ms) : 1\nI : 1", threshold: v > 1, reset: v = 0}
sinks:
  - {type: spikes, from: anf, path: here.csv}
  - {type: frames, from: cochlea, path: here.npy}
  - {type: nats, from: anf, delivery: jetstream}
  - {type: nats, from: cochlea, delivery: jetstream}
`

func TestListenRecordsWhatAPipelinePublishes(t *testing.T) {
	t.Chdir(t.TempDir())
	srv, err := broker.StartServer(broker.ServerParams{Store: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	write(t, "ear.yaml", publishing)
	pipe(t, "run", "ear.yaml", "--block", "1024", "--nats", srv.URL(), "--spill", "1MiB", "--nats-buffer", "100KB").want(t, 0, "hearpipe.ear.anf.spikes: published", "hearpipe.ear.cochlea.frames: published")
	t.Setenv("NATS_URL", srv.Address())
	t.Setenv("NATS_TOKEN", srv.Token())
	const spikes, frames = "hearpipe.ear.anf.spikes", "hearpipe.ear.cochlea.frames"
	pipe(t, "listen", spikes, "--from", "0", "-o", "there.csv").want(t, 0, "wrote there.csv", "ended", "heard from frame 0 to 4000")
	pipe(t, "listen", spikes, "--from", "0", "-o", "there.npz", "--raster").want(t, 0, "wrote there.npz", "cells 0:20", "⣿")
	pipe(t, "listen", frames, "--from", "0", "-o", "there.npy").want(t, 0, "wrote there.npy")
	for _, name := range []string{"csv", "npy"} {
		here, err := os.ReadFile("here." + name)
		if err != nil {
			t.Fatal(err)
		}
		there, err := os.ReadFile("there." + name)
		if err != nil || !bytes.Equal(here, there) {
			t.Errorf("there.%s is another file than here.%s (%v)", name, name, err)
		}
	}
	here, _ := os.ReadFile("here.csv")
	if c := pipe(t, "listen", spikes, "--from", "0", "-o", "-").want(t, 0); c.stdout != string(here) {
		t.Errorf("standard output has %d bytes, want %d", len(c.stdout), len(here))
	}
	for _, subject := range []string{spikes, frames} {
		c := pipe(t, "listen", subject, "--from", "3500", "--format", "json").want(t, 0)
		lines := strings.Split(strings.TrimSpace(c.stdout), "\n")
		var m struct {
			Start, End int64
			Last       bool
		}
		if len(lines) != 2 || json.Unmarshal([]byte(lines[0]), &m) != nil || m.Start != 3072 || m.End != 4000 || !strings.Contains(lines[1], `"last":true`) {
			t.Errorf("%s: %d lines, %+v", subject, len(lines), m)
		}
	}
	c := pipe(t, "listen", spikes, "--from", "2000", "--json").want(t, 0)
	var got struct {
		Streams []struct {
			Subject    string
			Begin, End int64
			Items      int64
			Ended      bool
		}
	}
	if err := json.Unmarshal([]byte(c.stdout), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Streams) != 1 || got.Streams[0].Begin != 1024 || got.Streams[0].End != 4000 || !got.Streams[0].Ended || got.Streams[0].Items < 100 {
		t.Errorf("accounts %s", c.stdout)
	}
	pipe(t, "listen", frames, "--from", "0", "-o", "wrong.csv").want(t, 1, "has frames; want a file .npy")
	pipe(t, "listen", "hearpipe.nobody.a.spikes", "--from", "0").want(t, 1, "no JetStream stream keeps this subject")
	pipe(t, "listen", "hearpipe.nobody.>", "--duration", "50ms").want(t, 0, "nothing is heard on hearpipe.nobody.>")
}

func TestListenFindsTheServerOfARun(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	pipe(t, "listen", "hearpipe.>").want(t, 1, "no pipeline of yours publishes")
	write(t, "ear.yaml", strings.ReplaceAll(publishing, ", delivery: jetstream", ""))
	signals := make(chan os.Signal, 2)
	done := make(chan called)
	go func() {
		done <- pipeWith(t, &app{signals: signals}, "run", "ear.yaml", "--set", "long=100000 s", "--progress", "off")
	}()
	var c called
	for range 100 {
		time.Sleep(20 * time.Millisecond)
		if c = pipe(t, "listen", "hearpipe.*.*.spikes", "--duration", "300ms", "--json"); c.status == 0 {
			break
		}
	}
	if !strings.Contains(c.stdout, `"subject": "hearpipe.ear.anf.spikes"`) {
		t.Errorf("status %d\n%s\n%s", c.status, c.stdout, c.stderr)
	}
	signals <- os.Interrupt
	(<-done).want(t, 130, "NATS server at nats://127.0.0.1:", "token ", "interrupted after", "hearpipe.ear.anf.spikes: published")
}

func TestListenRefusesWhatMakesNoSense(t *testing.T) {
	t.Chdir(t.TempDir())
	for want, args := range map[string][]string{
		"want letters, digits":     {"a..b"},
		"must be last":             {"a.>.b"},
		"an info is no stream":     {"a.b.info"},
		"0 or more":                {"a.b", "--from", "x"},
		"without wildcards":        {"a.*", "--from", "3"},
		"want a time":              {"a.b", "--duration", "5"},
		"frames go to .npy":        {"a.b", "-o", "x.txt"},
		"want one of them":         {"a.b", "-o", "-", "--json"},
		"want nats://":             {"a.b", "--nats", "http://host"},
		"more than one of user":    {"a.b", "--nats", "nats://host", "--nats-user", "a", "--nats-creds", "b"},
		"the value is empty":       {"a.b", "--nats", ""},
		"certificate without":      {"a.b", "--nats", "nats://host", "--nats-cert", "x"},
		"missing.nk":               {"a.b", "--nats", "nats://host", "--nats-nkey", "missing.nk"},
		"pipe listen --help says":  {"a.b", "--frm", "3"},
		"want a subject without w": {"a.>", "--from", "0"},
	} {
		pipe(t, append([]string{"listen"}, args...)...).want(t, 2, want)
	}
	write(t, "ear.yaml", publishing)
	pipe(t, "run", "ear.yaml", "--spill", "1KB").want(t, 2, "--spill", "at least 64KB")
	pipe(t, "run", "ear.yaml", "--nats-port", "70000").want(t, 2, "1 to 65535")
	pipe(t, "run", "ear.yaml", "--nats-port", "4222", "--nats", "nats://host").want(t, 2, "want one or the other")
	pipe(t, "run", "ear.yaml", "--nats", "nats://127.0.0.1:1").want(t, 1, "no server answers there")
	onlyFiles(t, "ear.yaml")
}

// A run whose server is gone at the end fails, and says all the same which files are complete.
func TestFilesAreToldAlthoughTheServerIsGone(t *testing.T) {
	t.Chdir(t.TempDir())
	server, err := broker.StartServer(broker.ServerParams{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	write(t, "ear.yaml", strings.ReplaceAll(publishing, ", delivery: jetstream", ""))
	signals := make(chan os.Signal, 2)
	done := make(chan called)
	go func() {
		done <- pipeWith(t, &app{signals: signals}, "run", "ear.yaml", "--set", "long=100000 s", "--progress", "off", "--nats", server.URL(), "--json")
	}()
	if err := server.AwaitSubscriber(t.Context(), "hearpipe.ear.control"); err != nil {
		t.Fatal(err)
	}
	server.Close()
	signals <- os.Interrupt
	c := (<-done).want(t, 1, "nats: the server is away", "nats hearpipe.ear.anf.spikes: lost")
	if !strings.Contains(c.stdout, `"here.csv"`) || strings.Contains(c.stderr, "outbound buffer") {
		t.Errorf("the files are not told:\n%s", c.stdout)
	}
	if _, err := os.Stat("here.csv"); err != nil {
		t.Error(err)
	}
}

// Records are kept and sent around: the token of the server is not among them.
func TestRecordsHoldNoToken(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	write(t, "ear.yaml", strings.ReplaceAll(publishing, ", delivery: jetstream", ""))
	c := pipe(t, "run", "ear.yaml", "--log", "json").want(t, 0, `"msg":"nats server"`, `"token_file":"`)
	for _, line := range strings.Split(strings.TrimSpace(c.stderr), "\n") {
		if !json.Valid([]byte(line)) || strings.Contains(line, `token":`) {
			t.Errorf("line %s", line)
		}
	}
	c = pipe(t, "run", "ear.yaml", "--log", "json", "--nats", "nats://secret@127.0.0.1:1").want(t, 1, `"level":"ERROR"`, "no server answers")
	if !json.Valid([]byte(c.stderr)) || strings.Contains(c.stderr, "secret") {
		t.Errorf("%s", c.stderr)
	}
}

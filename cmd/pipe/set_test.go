package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"hearpipe/broker"
	"hearpipe/pipelines"
)

func TestRunIsChangedOverNATS(t *testing.T) {
	t.Chdir(t.TempDir())
	text, _, _ := strings.Cut(tuneable, "sinks:")
	write(t, "p.yaml", text+"sinks: [{type: nats, from: cells, prefix: my.ears}]\n")
	g := start(t, "run", "p.yaml", "--set", "time=100000s", "--record-changes", "made.ndjson")
	const subject = "my.ears.tuneable.control"
	g.says("pipe set --subject " + subject + " changes it")
	c := pipe(t, "set", "gain=3", "tau=5ms", "--subject", subject, "--json").want(t, 0)
	var done changed
	if err := json.Unmarshal([]byte(c.stdout), &done); err != nil || done.At < 1024 || done.Rate != 16000 || done.Set["gain"] != "3" || done.Set["tau"] != "5ms" {
		t.Errorf("%v: %s", err, c.stdout)
	}
	pipe(t, "set", "n=50", "--subject", subject).want(t, 1, subject+": p.yaml:", "would give 50 channels")
	pipe(t, "set", "gain=4", "--at", "10", "--subject", subject).want(t, 1, "sample 10 (0.000625 s) is computed already; the earliest possible is")
	if list := pipe(t, "set", "--subject", subject).want(t, 0); !strings.Contains(list.stdout, "gain=3\ntau=5ms\n") {
		t.Errorf("%s", list.stdout)
	}
	// Another program gets the same as JSON.
	server, err := broker.FindServer(t.Context(), broker.NoteFolder())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := broker.Connect(t.Context(), server)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var no refusal
	answer, err := conn.Ask(t.Context(), subject, []byte(`{"at": 10, "set": {"gain": 4}}`))
	if err != nil || json.Unmarshal(answer, &no) != nil || no.Earliest == nil || *no.Earliest <= done.At || no.Error == "" {
		t.Errorf("%s, %v", answer, err)
	}
	pipe(t, "set", "gain=4", "--subject", "my.ears.other.control").want(t, 1, "nobody answers there")
	pipe(t, "set", "gain=4", "--subject", "my ears").want(t, 1, "my ears")
	pipe(t, "set", "gain=4", "--subject", subject, "--to", "http://x").want(t, 2, "want one of them")
	g.signals <- os.Interrupt
	g.ends(130, "changed: gain = 3, tau = 5ms from sample")
	made, err := os.Open("made.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	defer made.Close()
	list, err := pipelines.ReadChanges("made.ndjson", made, 16000)
	if err != nil || len(list) != 1 || list[0].At != done.At {
		t.Errorf("recorded: %+v, %v", list, err)
	}
	pipe(t, "set", "gain=4", "--subject", subject).want(t, 1)
}

// Whoever answers in the place of a run cannot control the terminal.
func TestAnswersFromElsewhereAreTextOnly(t *testing.T) {
	srv, err := broker.StartServer(broker.ServerParams{})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	conn, err := srv.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	stop, err := conn.Answer("evil.ear.control", func(request []byte) []byte {
		if len(request) == 0 {
			return []byte(`[{"name": "a", "value": "\u001b[2J"}, {"name": "b", "value": "\u009b2J", "fixed": "\r\u0007"}]`)
		}
		return []byte(`{"error": "\u001b]0;title\u0007 no"}`)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	said := pipe(t, "set", "x=1", "--subject", "evil.ear.control", "--nats", srv.URL()).want(t, 1, " no").stderr +
		pipe(t, "set", "--subject", "evil.ear.control", "--nats", srv.URL()).want(t, 0).stdout
	if strings.ContainsAny(said, "\x1b\a\r\u009b") || !strings.Contains(said, "a=") {
		t.Errorf("%q", said)
	}
}

// The address of a page has a token: the file that tells pipe set of it is for its user only.
func TestNoteOfAPageIsForItsUserOnly(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	path, err := announce("http://127.0.0.1:1/?token=secret")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != want {
			t.Errorf("%s: %v, want %v", name, info.Mode(), want)
		}
	}
	withdraw(path)
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the note is left: %v", err)
	}
}

package pipelines

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearpipe/broker"
	"hearpipe/internal/queue"
	"hearpipe/stages"
)

// runIn runs a pipeline in a folder and returns what it says at its end.
func runIn(t *testing.T, folder, text string, nats NATS) Result {
	t.Helper()
	d, err := Parse("ear.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := d.Check(Options{Access: Access{Folder: folder, NATS: nats}})
	if err != nil {
		t.Fatal(err)
	}
	res, err := plan.Run(context.Background(), stages.RunOptions{Block: 100})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

const publishing = `
rate: 16 kHz
nodes:
  noise: {type: sound.whitenoise, duration: 200 ms, seed: 5}
  cochlea: {type: filterbank.gammatone, from: noise, cf: "erbspace(100*Hz, 4*kHz, 20)"}
  anf: {type: neurons.group, inputs: {I: cochlea}, equations: "dv/dt = (40*abs(I)-v)/(1*ms) : 1\nI : 1", threshold: v > 1, reset: v = 0}
sinks:
  - {type: spikes, from: anf, path: here.csv}
  - {type: frames, from: cochlea, path: here.npy}
  - {type: nats, from: anf, delivery: jetstream, format: json}
  - {type: nats, from: cochlea, prefix: lab.left, name: bm, delivery: jetstream}
`

const reading = `
rate: 16 kHz
nodes:
  nerve: {type: nats.spikes, subject: hearpipe.ear.anf.spikes, cells: 20, delivery: jetstream}
  bm: {type: nats.frames, subject: lab.left.ear.bm.frames, channels: 20, delivery: jetstream}
sinks:
  - {type: spikes, from: nerve, path: there.csv}
  - {type: frames, from: bm, path: there.npy}
`

// What one pipeline publishes another one reads, to the bit.
func TestNATSJoinsTwoPipelines(t *testing.T) {
	srv, err := broker.StartServer(broker.ServerParams{Store: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	nats := NATS{HubParams: broker.HubParams{Connect: broker.ConnectParams{URL: srv.URL()}}, Spill: 1 << 20, SpillFolder: t.TempDir()}
	folder := t.TempDir()
	res := runIn(t, folder, publishing, nats)
	if res.Spikes < 100 || !strings.Contains(strings.Join(res.Notes, "\n"), "hearpipe.ear.anf.spikes: published") {
		t.Errorf("%d spikes, notes %q", res.Spikes, res.Notes)
	}
	res = runIn(t, folder, reading, nats)
	if res.Reason != stages.EndOfStream || len(res.Notes) != 2 || !strings.Contains(res.Notes[0]+res.Notes[1], "3200 frames were heard") {
		t.Errorf("the reader ended by %q, notes %q", res.Reason, res.Notes)
	}
	for _, ext := range []string{".csv", ".npy"} {
		here, err := os.ReadFile(filepath.Join(folder, "here"+ext))
		if err != nil {
			t.Fatal(err)
		}
		there, err := os.ReadFile(filepath.Join(folder, "there"+ext))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(here, there) || len(here) < 1000 {
			t.Errorf("%s differs: %d bytes here, %d there", ext, len(here), len(there))
		}
	}
}

// Without a server a pipeline brings its own, and tells where it is.
func TestPipelineBringsItsOwnServer(t *testing.T) {
	var told string
	notes := t.TempDir()
	runIn(t, t.TempDir(), publishing, NATS{HubParams: broker.HubParams{Server: broker.ServerParams{Note: notes}, Started: func(s *broker.Server) { told = s.URL() }}})
	if !strings.HasPrefix(told, "nats://") {
		t.Errorf("told %q", told)
	}
	if left, _ := os.ReadDir(notes); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

func TestMistakesAroundNATSAreNamed(t *testing.T) {
	const noise = "rate: 16 kHz\nnodes:\n  noise: {type: sound.whitenoise, duration: 10 ms}\n"
	for want, text := range map[string]string{
		"publishes to the same subject": noise + "sinks:\n  - {type: nats, from: noise}\n  - {type: nats, from: noise}\n",
		`"a b"`:                         "name: a b\n" + noise + "sinks:\n  - {type: nats, from: noise}\n",
		"core keeps nothing":            noise + "sinks:\n  - {type: nats, from: noise, keep_time: 1 s}\n",
		"without wildcards":             noise + "  far: {type: nats.frames, subject: hearpipe.*.a.frames}\nsinks:\n  - {type: frames, from: far, path: a.npy}\n",
		"end with .spikes":              noise + "  far: {type: nats.spikes, subject: hearpipe.b.a.frames, cells: 3}\nsinks:\n  - {type: spikes, from: far, path: a.csv}\n",
		"want delivery: jetstream":      noise + "  far: {type: nats.spikes, subject: hearpipe.b.a.spikes, cells: 3, replay: 5}\nsinks:\n  - {type: spikes, from: far, path: a.csv}\n",
		"drop-oldest":                   noise + "sinks:\n  - {type: nats, from: noise, when_full: sometimes}\n",
	} {
		d, err := Parse("ear.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		plan, err := d.Check(Options{Access: Access{Folder: t.TempDir()}})
		if err == nil {
			plan.Close()
			t.Errorf("accepted:\n%s", text)
			continue
		}
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// A live source is not kept waiting unless the sink says so.
func TestLiveSourcesDecideThePolicy(t *testing.T) {
	const text = `
rate: 16 kHz
nodes:
  far: {type: nats.frames, subject: hearpipe.b.a.frames}
  near: {type: sound.whitenoise, duration: 10 ms}
  louder: {type: stages.scale, from: far, factor: 2}
sinks:
  - {type: nats, from: louder}
  - {type: nats, from: near}
  - {type: nats, from: far, when_full: wait}
`
	d, err := Parse("ear.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := d.Check(Options{Access: Access{Folder: t.TempDir()}})
	if err != nil {
		t.Fatal(err)
	}
	defer plan.Close()
	for i, want := range []queue.Policy{queue.DropOldest, queue.Wait, queue.Wait} {
		if have := plan.sinks[i].policy(); have != want {
			t.Errorf("sink %d: %s, want %s", i, have, want)
		}
	}
}

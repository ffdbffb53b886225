package main

import (
	"os/exec"
	"strings"
	"testing"

	"hearpipe/broker"
)

func TestSubscriberHearsThePublisher(t *testing.T) {
	server, err := broker.StartServer(broker.ServerParams{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	spikes, err := subscribe(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	if err := publish(server.URL()); err != nil {
		t.Fatal(err)
	}
	if n := <-spikes; n < 10 {
		t.Errorf("heard %d spikes", n)
	}
}

// The subscriber in Python speaks to the server with the standard library alone.
func TestPythonSubscribesWithItsStandardLibrary(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("there is no python3 here")
	}
	server, err := broker.StartServer(broker.ServerParams{})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	script := exec.Command("python3", "listen.py", server.URL(), "hearpipe.>") // spikes and infos
	script.Stdout, script.Stderr = &out, &out
	if err := script.Start(); err != nil {
		t.Fatal(err)
	}
	defer script.Process.Kill()
	if err := server.AwaitSubscriber(t.Context(), "hearpipe.tone.anf.spikes"); err != nil {
		t.Fatal(err)
	}
	if err := publish(server.URL()); err != nil {
		t.Fatal(err)
	}
	server.Close() // the script ends with the connection
	script.Wait()
	if text := out.String(); !strings.Contains(text, "spikes 0:160 of 10 from 0 at 16000 Hz") || !strings.Contains(text, "last:") || !strings.Contains(text, `.info {"hpip":1`) {
		t.Errorf("it printed\n%s", text)
	}
}

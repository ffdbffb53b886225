package broker

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestRequestsAreAnswered(t *testing.T) {
	srv := start(t, ServerParams{})
	subject, err := ControlSubject("", "ear")
	if err != nil {
		t.Fatal(err)
	}
	stop, err := connect(t, srv).Answer(subject, func(b []byte) []byte { return []byte(strings.ToUpper(string(b))) })
	if err != nil {
		t.Fatal(err)
	}
	c := connect(t, srv)
	if got, err := c.Ask(context.Background(), subject, []byte("gain")); err != nil || string(got) != "GAIN" {
		t.Errorf("answer %q, %v", got, err)
	}
	stop()
	if _, err := c.Ask(context.Background(), subject, []byte("gain")); err == nil || !strings.Contains(err.Error(), "nobody answers") {
		t.Errorf("error %v, want that nobody answers", err)
	}
	if _, err := c.Ask(context.Background(), "a b", nil); err == nil {
		t.Error("a malformed subject was accepted")
	}
}

func TestSubscribersAreAwaited(t *testing.T) {
	srv := start(t, ServerParams{})
	c := connect(t, srv)
	other, err := c.NATS().SubscribeSync("hearpipe.ear.bm.frames")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Unsubscribe()
	if err := c.NATS().Flush(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	if err := srv.AwaitSubscriber(ctx, "hearpipe.ear.anf.spikes"); err == nil {
		t.Error("a subscriber of another subject was taken for one of this")
	}
	r, err := Subscribe(context.Background(), c, ReceiverParams{Subject: "hearpipe.*.anf.spikes"})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := srv.AwaitSubscriber(context.Background(), "hearpipe.ear.anf.spikes"); err != nil {
		t.Error(err)
	}
}

package broker

import (
	"context"
	"strings"
	"testing"
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

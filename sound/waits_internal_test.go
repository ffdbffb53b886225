package sound

import (
	"bytes"
	"io"
	"testing"
)

// What can be sought in is there; a pipe may make its reader wait.
func TestPipesMakeReadersWait(t *testing.T) {
	for _, pipe := range []bool{false, true} {
		var r io.Reader = bytes.NewReader(make([]byte, 100))
		if pipe {
			r = io.MultiReader(r)
		}
		s, _, err := newScanner(r, FileParams{Name: "x.wav"})
		if err != nil {
			t.Fatal(err)
		}
		if s.Waits() != pipe {
			t.Errorf("pipe: %t, waits: %t", pipe, s.Waits())
		}
	}
}

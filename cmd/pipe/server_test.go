package main

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hearpipe/sound"
)

// TestPlayedSpeechIsHeard plays a recording on the sound server and listens to it, with the rate of the recording, which is not that of the
// server. It needs a server: HEARPIPE_TEST_SINK names a null sink, the default one of the server that PULSE_SERVER names.
func TestPlayedSpeechIsHeard(t *testing.T) {
	sink := os.Getenv("HEARPIPE_TEST_SINK")
	if sink == "" {
		t.Skip("HEARPIPE_TEST_SINK names no sink")
	}
	speech, err := filepath.Abs("../../pipelines/data/speech.wav")
	if err != nil {
		t.Fatal(err)
	}
	want, err := sound.Read(speech)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	write(t, "p.yaml", strings.Replace(listening, "nodes:", "rate: 44.1 kHz\nnodes:", 1)+"  - {type: sound, from: sound, path: heard.wav, format: float32}\n")
	listened := make(chan called, 1)
	go func() { // it lasts longer than the recording, even if one of the two is late
		listened <- pipe(t, "run", "p.yaml", "--input", "mic:"+sink+".monitor", "--duration", "7 s")
	}()
	time.Sleep(2500 * time.Millisecond) // a sink that was idle may take two seconds before it does what is asked of it
	pipe(t, "play", speech).want(t, 0, "played 2.59 s")
	(<-listened).want(t, 0, "listens to", "0 were lost")
	heard, err := sound.Read("heard.wav")
	if err != nil {
		t.Fatal(err)
	}
	if heard.Rate() != 44100 || heard.Len() != 7*44100 || want.Rate() != 44100 {
		t.Fatalf("%d frames at %g Hz", heard.Len(), heard.Rate())
	}
	lag := alike(heard, want, want.Len()/2-2000, 4000)
	rest := min(want.Len(), heard.Len()-lag)
	if lag < 0 || rest < want.Len() {
		t.Fatalf("the recording begins at frame %d of %d", lag, heard.Len())
	}
	var xy, xx, yy float64
	for i := range want.Len() {
		x, y := want.At(i, 0), heard.At(lag+i, 0)
		xy, xx, yy = xy+x*y, xx+x*x, yy+y*y
	}
	// Two conversions of the rate, one by the server, take the highest frequencies away and shift by part of a frame.
	if r := xy / math.Sqrt(xx*yy); !(r > 0.98) || math.Abs(math.Sqrt(yy/xx)-1) > 0.05 {
		t.Errorf("correlation %.4f, amplitude %.3f of what was played", r, math.Sqrt(yy/xx))
	} else {
		t.Logf("correlation %.5f, amplitude %.4f", r, math.Sqrt(yy/xx))
	}
}

// alike finds the frame of heard at which want begins, by the largest correlation with n frames of it from the given one on.
func alike(heard, want *sound.Sound, from, n int) int {
	best, at := math.Inf(-1), 0
	for lag := 0; lag+n <= heard.Len(); lag++ {
		sum, power := 0.0, 1e-12
		for i := 0; i < n; i += 2 {
			y := heard.At(lag+i, 0)
			sum += want.At(from+i, 0) * y
			power += y * y
		}
		if r := sum / math.Sqrt(power); r > best {
			best, at = r, lag
		}
	}
	return at - from
}

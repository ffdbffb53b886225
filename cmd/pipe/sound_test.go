package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"hearpipe/sound"
)

// TestInfoOfASoundSaysWhatCanBeComputed: the left channel swings between ±1/4 around 1/4, the right one is constant; two samples have
// the highest and the lowest code.
func TestInfoOfASoundSaysWhatCanBeComputed(t *testing.T) {
	t.Chdir(t.TempDir())
	raw := wav(8000, 2, 0, 8192, 16384, 8192, 0, 8192, 16384, 8192)
	write(t, "a.wav", string(raw))
	var x struct {
		Format, Encoding, Hash       string
		Rate, Duration               float64
		Channels, Frames             int
		RMS, Peak                    []float64
		Level                        []*float64 `json:"level_db"`
		Clipped                      []int
		FullScale                    float64 `json:"full_scale"`
		Kind, File, Container, Other string
	}
	if err := json.Unmarshal([]byte(pipe(t, "info", "a.wav", "--json").want(t, 0).stdout), &x); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(raw)
	if x.Format != "WAV" || x.Encoding != "PCM" || x.Rate != 8000 || x.Channels != 2 || x.Frames != 4 || x.Duration != 0.0005 || x.Hash != "sha256:"+hex.EncodeToString(sum[:]) {
		t.Errorf("%+v", x)
	}
	if len(x.RMS) != 2 || x.RMS[0] != 0.25 || x.RMS[1] != 0 || x.Peak[0] != 0.5 || x.Peak[1] != 0.25 {
		t.Errorf("rms %v, peak %v: want [0.25 0] and [0.5 0.25]", x.RMS, x.Peak)
	}
	if want := 20 * math.Log10(0.25/2e-5); x.Level[0] == nil || math.Abs(*x.Level[0]-want) > 1e-12 || x.Level[1] != nil {
		t.Errorf("levels %v: want %g dB and none", x.Level, want)
	}
	write(t, "b.wav", string(wav(8000, 1, 32767, -32768, 32766, -32767)))
	c := pipe(t, "info", "b.wav", "--calibration", "2 Pa").want(t, 0)
	for _, line := range []string{"clipped     2\n", "full scale  2 Pa\n", "peak        2 Pa\n", "duration    0.5 ms\n"} {
		if !strings.Contains(c.stdout, line) {
			t.Errorf("info does not say %q:\n%s", line, c.stdout)
		}
	}
	pipe(t, "info", "b.wav", "--calibration", "2 s").want(t, 2, "want a positive, finite pressure")
	write(t, "silent.wav", string(wav(8000, 1, 0, 0)))
	if c := pipe(t, "info", "silent.wav").want(t, 0); !strings.Contains(c.stdout, "-Inf dB SPL") {
		t.Errorf("silence:\n%s", c.stdout)
	}
}

func read(t *testing.T, name string) *sound.Sound {
	t.Helper()
	s, err := sound.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestConvertKeepsCodesAndChangesWhatItIsTold(t *testing.T) {
	t.Chdir(t.TempDir())
	samples := noise(4000)
	write(t, "a.wav", string(wav(8000, 2, samples...)))
	pipe(t, "convert", "a.wav", "a.flac").want(t, 0, "wrote a.flac: 2 channels, 250 ms at 8000 Hz")
	pipe(t, "convert", "a.flac", "b.wav").want(t, 0)
	before, _ := os.ReadFile("a.wav")
	after, _ := os.ReadFile("b.wav")
	if !bytes.Equal(before, after) {
		t.Error("WAV to FLAC and back is not the same file")
	}
	a := pipeWith(t, &app{stdin: bytes.NewReader(before[44:])}, "convert", "-", "c.wav", "--raw", "s16le", "--raw-rate", "8kHz", "--raw-channels", "2", "--format", "float64").want(t, 0)
	if c := read(t, "c.wav"); a.status == 0 && (c.Len() != 2000 || c.At(1999, 1) != float64(samples[3999])/32768) {
		t.Error("raw samples are not those of the file")
	}
	pipe(t, "convert", "a.wav", "n.wav", "--normalise", "--format", "float32", "--rate", "16 kHz").want(t, 0)
	if n := read(t, "n.wav"); n.Rate() != 16000 || n.Len() != 4000 || math.Abs(n.Peak()-1) > 1e-6 {
		t.Errorf("%g Hz, %d frames, peak %g: want 16000 Hz, 4000 frames, peak 1", n.Rate(), n.Len(), n.Peak())
	}
	pipe(t, "convert", "a.wav", "loud.wav", "--gain", "40").want(t, 0, "samples lie beyond full scale (1 Pa) and were clipped")
	pipe(t, "convert", "a.wav", "d.wav", "--dither", "--seed", "3").want(t, 0)
	changed, d, original := 0, read(t, "d.wav"), read(t, "a.wav")
	for i := range d.Len() {
		if d.At(i, 0) != original.At(i, 0) {
			changed++
		}
	}
	// The sum of two uniform numbers is beyond half a code once in four times.
	if changed < 400 || changed > 600 {
		t.Errorf("dither changed %d of 2000 samples", changed)
	}
	write(t, "silent.wav", string(wav(8000, 1, 0, 0)))
	pipe(t, "convert", "silent.wav", "x.wav", "--normalise").want(t, 1, "is silent")
	pipe(t, "convert", "a.wav", "x.mp3").want(t, 2, "want .wav or .flac")
	pipe(t, "convert", "a.wav", "x.flac", "--format", "float32").want(t, 2, "a FLAC file has pcm16 or pcm24")
	pipe(t, "convert", "-", "x.wav", "--normalise").want(t, 2, "standard input can be read once")
	pipe(t, "convert", "a.wav", "x.wav", "--rate", "8").want(t, 2, "--rate 8: want a positive rate")
	pipe(t, "convert", "a.wav", "x.wav", "--raw", "s12", "--raw-rate", "8kHz").want(t, 1, `format "s12": want one of`)
	pipe(t, "convert", "missing.wav", "x.wav").want(t, 1, "there is no file missing.wav")
	if _, err := os.Stat("x.wav"); err == nil {
		t.Error("a failed conversion left a file")
	}
}

func TestPlotOfASoundIsWaveformAndSpectrogram(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "a.wav", string(wav(8000, 1, noise(2000)...)))
	write(t, "short.wav", string(wav(8000, 1, noise(20)...)))
	pipe(t, "plot", "a.wav", "--width", "200", "--height", "100").want(t, 0, "wrote a.png, a-spectrogram.png")
	pipe(t, "plot", "short.wav", "--width", "200", "--height", "100").want(t, 0, "wrote short.png\n")
	pipe(t, "plot", "a.wav", "-o", "s.svg", "--kind", "spectrogram", "--width", "200", "--height", "100").want(t, 0, "wrote s.svg\n")
	pipe(t, "plot", "short.wav", "-o", "spectrum.svg", "--kind", "spectrum").want(t, 0, "wrote spectrum.svg\n")
	pipe(t, "plot", "short.wav", "-o", "phase.svg", "--kind", "phase").want(t, 0, "wrote phase.svg\n")
	onlyFiles(t, "a.wav", "short.wav", "a.png", "a-spectrogram.png", "short.png", "s.svg", "spectrum.svg", "phase.svg")
	for name, label := range map[string]string{"spectrum.svg": "power (dB)", "phase.svg": "phase (rad)", "s.svg": "dB below the maximum"} {
		if text, _ := os.ReadFile(name); !bytes.Contains(text, []byte(label)) {
			t.Errorf("%s does not say %q", name, label)
		}
	}
	pipe(t, "plot", "short.wav", "--kind", "spectrogram").want(t, 1, "a sound of 20 frames has no spectrogram")
}

// TestCalibrationReachesFilesWhoseNodesDoNotSayIt runs the same file with 1 Pa and with 3 Pa.
func TestCalibrationReachesFilesWhoseNodesDoNotSayIt(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "a.wav", string(wav(8000, 1, 16384, -16384)))
	write(t, "p.yaml", "nodes:\n  a: {type: sound.file, path: a.wav}\n  b: {type: sound.file, path: a.wav, full_scale: 1 Pa}\n  c: {type: stages.join, from: [a, b]}\n"+
		"sinks: [{type: statistic, from: c, path: s.csv, of: max}]\n")
	pipe(t, "run", "p.yaml", "--calibration", "3Pa").want(t, 0)
	text, err := os.ReadFile("s.csv")
	if err != nil {
		t.Fatal(err)
	}
	if want := "channel,max\n0,1.5\n1,0.5\n"; string(text) != want {
		t.Errorf("got %q, want %q", text, want)
	}
	pipe(t, "run", "p.yaml", "--calibration", "-1 Pa").want(t, 2)
}

// TestPlayHandsOutTheSound plays on a device of the test, which asks for odd amounts.
func TestPlayHandsOutTheSound(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "a.wav", string(wav(8000, 3, 8192, -16384, 1, 4096, 8192, 2, 16384, 0, 3)))
	var played []float32
	device := func(rate, channels int, fill func([]float32) (int, error)) error {
		if rate != 8000 || channels != 2 {
			t.Errorf("%d Hz, %d channels: want 8000 and 2", rate, channels)
		}
		for {
			b := make([]float32, 5)
			n, err := fill(b)
			played = append(played, b[:n]...)
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return err
			}
		}
	}
	pipeWith(t, &app{play: device}, "play", "a.wav", "--normalise").want(t, 0, "a.wav has 3 channels; the first two are played", "played 0.375 ms of a.wav")
	if want := []float32{0.5, -1, 0.25, 0.5, 1, 0}; !slices.Equal(played, want) {
		t.Errorf("played %v, want %v", played, want)
	}
	played = nil
	pipeWith(t, &app{play: device}, "play", "a.wav", "--gain", "20").want(t, 0, "5 samples lie beyond full scale and were clipped")
	if played[0] != 1 || played[1] != -1 || played[5] != 0 {
		t.Errorf("played %v", played)
	}
	broken := func(int, int, func([]float32) (int, error)) error { return errors.New("the loudspeaker is off") }
	pipeWith(t, &app{play: broken}, "play", "a.wav").want(t, 1, "the loudspeaker is off")
	write(t, "odd.wav", string(wav(400000, 1, noise(4000)...)))
	rate := 0
	pipeWith(t, &app{play: func(r, _ int, _ func([]float32) (int, error)) error { rate = r; return nil }}, "play", "odd.wav").want(t, 0)
	if rate != 48000 {
		t.Errorf("400 kHz are played at %d Hz: want 48000", rate)
	}
	t.Setenv("PULSE_SERVER", "/nowhere/socket")
	t.Setenv("XDG_RUNTIME_DIR", "/nowhere")
	pipe(t, "play", "a.wav").want(t, 1, "there is no sound server (PulseAudio or PipeWire)")
	pipe(t, "play", "missing.wav").want(t, 1, "there is no file missing.wav")
}

// TestSpectrumOfAVeryLongSoundIsRefused: the transform needs the channel whole; the file is a hole of 16 MiB and one frame.
func TestSpectrumOfAVeryLongSoundIsRefused(t *testing.T) {
	t.Chdir(t.TempDir())
	const frames = 1<<24 + 1
	head := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x40\x1f\x00\x00\x01\x00\x08\x00data\x00\x00\x00\x00")
	binary.LittleEndian.PutUint32(head[4:], uint32(36+frames+1))
	binary.LittleEndian.PutUint32(head[40:], frames)
	write(t, "long.wav", string(head))
	if err := os.Truncate("long.wav", int64(len(head)+frames+1)); err != nil {
		t.Fatal(err)
	}
	pipe(t, "plot", "long.wav", "--kind", "spectrum", "-o", "s.png").want(t, 1, "a spectrum of 16777217 frames: want at most 16777216, which are 2097 s")
	onlyFiles(t, "long.wav")
}

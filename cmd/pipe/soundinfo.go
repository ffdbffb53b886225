package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"hearpipe/sound"
	"hearpipe/stages"
	"hearpipe/units"
)

// calibrationFlag says what full scale of a sound file means.
type calibrationFlag struct {
	Calibration string `placeholder:"PRESSURE" help:"What full scale of sound files means, such as '2 Pa' or 20uPa (default 1 Pa)."`
}

// pascal is the pressure of full scale [Pa], 0 if none is given.
func (f calibrationFlag) pascal() (float64, error) {
	if f.Calibration == "" {
		return 0, nil
	}
	q, err := units.Parse(f.Calibration)
	if err != nil || q.Dim != units.DimPressure || !(q.Value > 0) || math.IsInf(q.Value, 0) {
		return 0, usagef("--calibration %s: want a positive, finite pressure such as '2 Pa' or 20uPa", f.Calibration)
	}
	return q.Value, nil
}

// describeSound reads a sound file once from its beginning to its end.
func describeSound(name string, fullScale float64) (*report, error) {
	f, err := sound.OpenWith(name, sound.FileParams{FullScale: fullScale})
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if fullScale == 0 {
		fullScale = 1
	}
	i := f.Info()
	m := &meter{src: f, top: highest(i, fullScale), bottom: -fullScale}
	if _, err := stages.Run(context.Background(), stages.RunOptions{Workers: 1}, m); err != nil {
		return nil, err
	}
	r := &report{file: name}
	r.add("kind", "sound", nil)
	r.add("format", formatOf(i), nil)
	r.add("encoding", string(i.Encoding), nil)
	r.add("bits", fmt.Sprint(i.Bits), i.Bits)
	r.add("rate", fmt.Sprintf("%g Hz", i.Rate), i.Rate)
	r.add("channels", fmt.Sprint(i.Channels), i.Channels)
	r.add("frames", grouped(m.n), m.n)
	r.add("duration", seconds(float64(m.n)/i.Rate), float64(m.n)/i.Rate)
	r.add("full scale", fmt.Sprintf("%g Pa", fullScale), fullScale)
	rms, levels := make([]float64, i.Channels), make([]any, i.Channels)
	var rmsText, levelText, peakText, clippedText []string
	for c := range rms {
		rms[c] = m.rms(c)
		level := 20 * math.Log10(rms[c]/2e-5)
		levels[c] = level
		if math.IsInf(level, -1) {
			levels[c] = nil // JSON has no infinity
		}
		rmsText = append(rmsText, fmt.Sprintf("%.5g", rms[c]))
		peakText = append(peakText, fmt.Sprintf("%.5g", m.peak[c]))
		levelText = append(levelText, fmt.Sprintf("%.2f", level))
		clippedText = append(clippedText, grouped(m.clipped[c]))
	}
	r.add("rms", list(rmsText)+" Pa", rms)
	r.add("peak", list(peakText)+" Pa", m.peak)
	r.add("level db", list(levelText)+" dB SPL", levels)
	r.add("clipped", list(clippedText), m.clipped)
	hash, err := hashOf(name)
	if err != nil {
		return nil, err
	}
	r.add("hash", hash, nil)
	r.add("container", i.Container, nil)
	for k, note := range i.Notes {
		r.add(fmt.Sprintf("note %d", k+1), note, nil)
	}
	return r, nil
}

// list writes the values of channels for people; of many channels the first ones.
func list(values []string) string {
	const most = 8
	if len(values) > most {
		return strings.Join(values[:most], ", ") + ", …"
	}
	return strings.Join(values, ", ")
}

// formatOf is the family of file formats.
func formatOf(i sound.Info) string {
	switch i.Container {
	case "RIFF", "RIFX", "RF64", "BW64":
		return "WAV"
	}
	return i.Container
}

// highest is the pressure of the highest code of a file; from there on a sample counts as clipped.
func highest(i sound.Info, fullScale float64) float64 {
	if i.Encoding == sound.PCM && i.Bits > 1 {
		return fullScale * (1 - math.Ldexp(1, 1-i.Bits))
	}
	return fullScale
}

// hashOf is the SHA-256 of the bytes of a file.
func hashOf(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil)), nil
}

// meter is a sink that sums up each channel.
type meter struct {
	src         stages.Stage
	top, bottom float64 // samples at and beyond these are clipped
	n           int64
	first       []float64 // of each channel; sums are of differences to it, so that a large mean costs no digits
	sum, square []float64
	peak        []float64
	clipped     []int64
}

// Input is the sound.
func (m *meter) Input() stages.Node { return m.src }

// Open makes place for the channels.
func (m *meter) Open(_ context.Context, f stages.Format) error {
	n := f.Channels
	m.sum, m.square, m.peak, m.clipped = make([]float64, n), make([]float64, n), make([]float64, n), make([]int64, n)
	return nil
}

// WriteFrames adds frames.
func (m *meter) WriteFrames(_ context.Context, _ int64, f stages.Frames) error {
	for i := range f.N {
		row := f.Row(i)
		if m.first == nil {
			m.first = append(m.first, row...)
		}
		for c, x := range row {
			d := x - m.first[c]
			m.sum[c] += d
			m.square[c] += d * d
			m.peak[c] = max(m.peak[c], math.Abs(x))
			if x >= m.top || x <= m.bottom {
				m.clipped[c]++
			}
		}
		m.n++
	}
	return nil
}

// Finish has nothing to do.
func (m *meter) Finish(stages.Ending) error { return nil }

// Abort has nothing to do.
func (m *meter) Abort(bool) {}

// rms is the root mean square of a channel after its mean has been removed [Pa].
func (m *meter) rms(c int) float64 {
	if m.n == 0 {
		return 0
	}
	mean := m.sum[c] / float64(m.n)
	return math.Sqrt(max(0, m.square[c]/float64(m.n)-mean*mean))
}

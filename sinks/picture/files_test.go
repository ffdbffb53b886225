package picture

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearpipe/sinks"
	"hearpipe/stages"
)

// drain hands a whole stream to a sink.
func drain(t *testing.T, s stages.Sink, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	feed(t, s, length, 100)
	finish(t, s, length)
}

func TestFilesAreDrawnLikeTheirStreams(t *testing.T) {
	folder := t.TempDir()
	path := func(name string) string { return filepath.Join(folder, name) }
	cf := logSpaced(20, 20000, 100)
	same := func(what, a, b string) {
		t.Helper()
		if !bytes.Equal(read(t, path(a)), read(t, path(b))) {
			t.Errorf("the picture of %s differs from that of its stream", what)
		}
	}

	spikes := spikeInput{format(100, 7)}
	r, err := NewRaster(spikes, RasterParams{Path: path("stream.png"), Size: smallSize, CF: cf})
	drain(t, r, err)
	for _, name := range []string{"s.csv", "s.ndjson", "s.npz"} {
		s, err := sinks.NewSpikeFile(spikes, sinks.SpikeFileParams{Path: path(name), CF: cf})
		drain(t, s, err)
		if err := PlotSpikes(path(name), RasterParams{Path: path("file.png"), Size: smallSize}); err != nil {
			t.Fatal(err)
		}
		same(name, "file.png", "stream.png")
	}

	frames := frameInput{format(100, 7)}
	c, err := NewCochleagram(frames, CochleagramParams{Path: path("stream.png"), Size: smallSize, CF: cf, Reduce: RMS})
	drain(t, c, err)
	f, err := sinks.NewFrameFile(frames, sinks.FrameFileParams{Path: path("f.npy"), CF: cf})
	drain(t, f, err)
	if err := PlotFrames(path("f.npy"), CochleagramParams{Path: path("file.png"), Size: smallSize, Reduce: RMS}); err != nil {
		t.Fatal(err)
	}
	same("f.npy", "file.png", "stream.png")

	tuning, err := NewTuning(frames, TuningParams{Path: path("stream.png"), Size: smallSize})
	drain(t, tuning, err)
	if err := PlotTuning(path("f.npy"), TuningParams{Path: path("file.png"), Size: smallSize}); err != nil {
		t.Fatal(err)
	}
	same("f.npy as tuning curves", "file.png", "stream.png")
	if err := os.Rename(path("f.npy"), path("alone.npy")); err != nil {
		t.Fatal(err)
	}
	if err := PlotTuning(path("alone.npy"), TuningParams{Path: path("file.png"), Size: smallSize}); err == nil || !strings.Contains(err.Error(), "its rate is not known") {
		t.Errorf("tuning curves without a rate: %v", err)
	}

	three := frameInput{format(3, 0)}
	w, err := NewWaveform(three, WaveformParams{Path: path("stream.png"), Size: smallSize})
	drain(t, w, err)
	g, err := sinks.NewFrameFile(three, sinks.FrameFileParams{Path: path("g.npy")})
	drain(t, g, err)
	if err := PlotWaveform(path("g.npy"), WaveformParams{Path: path("file.png"), Size: smallSize}); err != nil {
		t.Fatal(err)
	}
	same("g.npy", "file.png", "stream.png")

	of := []sinks.Statistic{sinks.RMS, sinks.Max}
	for _, name := range []string{"r.csv", "r.npy"} {
		s, err := sinks.NewStatisticFile(frames, sinks.StatisticFileParams{Path: path(name), CF: cf, Of: of})
		drain(t, s, err)
		p := CurveParams{Path: path(name + ".png"), Size: smallSize}
		if err := PlotStatistic(path(name), "", p); err != nil {
			t.Fatal(err)
		}
		if m, ok, err := ReadMeta(p.Path); err != nil || !ok || m.Holds != "curve" || m.Frames != length {
			t.Errorf("%s: metadata %+v, %v, %v", name, m, ok, err)
		}
	}
	values, err := func() ([]float64, error) {
		s, err := sinks.NewStatisticFile(frames, sinks.StatisticFileParams{})
		drain(t, s, err)
		return s.Values(sinks.RMS)
	}()
	if err != nil {
		t.Fatal(err)
	}
	meta, _, _ := sinks.ReadMeta(path("r.csv"))
	meta.CF, meta.Holds = nil, "curve"
	err = DrawCurve(CurveParams{
		Path: path("stream.png"), Size: smallSize, X: cf, Y: values, Frequency: true, YLabel: "rms", Meta: meta,
	})
	if err != nil {
		t.Fatal(err)
	}
	same("r.csv", "r.csv.png", "stream.png")
	if err := PlotStatistic(path("r.csv"), "max", CurveParams{Path: path("file.png"), Size: smallSize}); err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(read(t, path("file.png")), read(t, path("stream.png"))) {
		t.Error("the maximum looks like the rms")
	}
}

func TestFilesThatSayNothingAreDrawnFromTheirSpikes(t *testing.T) {
	folder := t.TempDir()
	from, to := filepath.Join(folder, "s.csv"), filepath.Join(folder, "s.png")
	if err := os.WriteFile(from, []byte("t,i\n0.5,3\n0.25,9\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := PlotSpikes(from, RasterParams{Path: to}); err != nil {
		t.Fatal(err)
	}
	m, ok, err := ReadMeta(to)
	if err != nil || !ok || m.Channels != 10 || math.Abs(m.Seconds()-0.5) > 2e-6 {
		t.Errorf("%+v, %v, %v", m, ok, err)
	}
}

func TestFilesThatCannotBeDrawnLeaveNoPicture(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	to := filepath.Join(t.TempDir(), "x.png")
	array := "\x93NUMPY\x01\x00\x40\x00{'descr': '<f8', 'fortran_order': False, 'shape': (4, 2)}"
	array += strings.Repeat(" ", 10+0x40-len(array)) + "too short"
	spikes := func(name, text string) error { return PlotSpikes(write(name, text), RasterParams{Path: to}) }
	statistic := func(text, which string) error {
		return PlotStatistic(write("r.csv", text), which, CurveParams{Path: to})
	}
	described := write("m.csv", "t,i\n0.05,1\n0.2,1\n")
	write("m.csv.meta.json", `{"rate":1000,"channels":2,"frames":100}`)
	for _, c := range []struct {
		err  error
		want string
	}{
		{PlotSpikes(filepath.Join(folder, "none.csv"), RasterParams{Path: to}), "no such file"},
		{spikes("a.csv", "t,i\nx,1\n"), "line 2"},
		{spikes("a.csv", "t,i\n1e10,1\n"), "want at most"},
		{spikes("a.csv", "t,i\n1,20000000\n"), "want at most 16777216"},
		{PlotSpikes(described, RasterParams{Path: to}), "spike at 0.2 s: its metadata say that it ends at 0.1 s"},
		{PlotFrames(write("f.npy", array), CochleagramParams{Path: to}), "ends at element 1 of 8"},
		{PlotFrames(filepath.Join(folder, "none.npy"), CochleagramParams{Path: to}), "no such file"},
		{PlotWaveform(write("f.npy", array), WaveformParams{Path: to}), "ends at element 1 of 8"},
		{PlotFrames(write("f.npy", array), CochleagramParams{Path: "a.txt"}), "want .png or .svg"},
		{statistic("a,b\n1,2\n", ""), "want one named channel or cf"},
		{statistic("channel,rms\n1,2\n", "max"), "want max"},
		{statistic("channel\n1\n", ""), "want a statistic"},
		{statistic("channel,rms\n", ""), "no points"},
		{statistic("", ""), "empty"},
		{PlotStatistic(write("r.npy", array), "", CurveParams{Path: to}), "ends at element 1 of 8"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", c.err, c.want)
		}
	}
	if entries, err := os.ReadDir(filepath.Dir(to)); err != nil || len(entries) > 0 {
		t.Errorf("left %v, %v", entries, err)
	}
}

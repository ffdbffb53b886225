package picture

import (
	"path/filepath"
	"testing"

	"hearpipe/stages"
)

func BenchmarkRaster(b *testing.B) {
	const cells = 3000
	r, err := NewRaster(spikeInput{format(cells, 0)}, RasterParams{
		Path: filepath.Join(b.TempDir(), "r.png"), CF: logSpaced(20, 20000, cells),
	})
	if err != nil {
		b.Fatal(err)
	}
	list := firing(100, cells, 0)
	if err := r.Open(b.Context(), r.Input().Format()); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := r.WriteSpikes(b.Context(), stages.Spikes{List: list}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(list)), "ns/spike")
	r.Abort(false)
}

func BenchmarkCochleagram(b *testing.B) {
	const channels = 3000
	s, err := NewCochleagram(frameInput{format(channels, 0)}, CochleagramParams{
		Path: filepath.Join(b.TempDir(), "c.png"), CF: logSpaced(20, 20000, channels),
	})
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Open(b.Context(), s.Input().Format()); err != nil {
		b.Fatal(err)
	}
	x := noise(32, channels)
	b.ReportAllocs()
	at := int64(0)
	for b.Loop() {
		if err := s.WriteFrames(b.Context(), at, x); err != nil {
			b.Fatal(err)
		}
		at += 32
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/32/channels, "ns/(frame·channel)")
	s.Abort(false)
}

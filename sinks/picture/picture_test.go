package picture

import (
	"bytes"
	"context"
	"encoding/xml"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearpipe/stages"
)

// frameInput and spikeInput are streams that only have a format; tests hand blocks to the pictures themselves.
type frameInput struct{ f stages.Format }

func (i frameInput) Format() stages.Format { return i.f }
func (i frameInput) Inputs() []stages.Node { return nil }
func (i frameInput) Fetch(context.Context, int64, int64) (stages.Frames, error) {
	panic("not fetched here")
}

type spikeInput struct{ f stages.Format }

func (i spikeInput) Format() stages.Format { return i.f }
func (i spikeInput) Inputs() []stages.Node { return nil }
func (i spikeInput) FetchSpikes(context.Context, int64, int64) (stages.Spikes, error) {
	panic("not fetched here")
}

func format(channels, first int) stages.Format {
	return stages.Format{Rate: 44100, Channels: channels, First: first, Frames: stages.Unbounded}
}

// noise is a fixed sequence of numbers in -1:1.
func noise(n, channels int) stages.Frames {
	f := stages.MakeFrames(n, channels)
	state := uint32(7)
	for i := range f.Data {
		state = state*1664525 + 1013904223
		f.Data[i] = float64(int32(state)) / (1 << 31)
	}
	return f
}

// firing makes some of the cells fire, more often the higher their number.
func firing(n, cells, first int) []stages.Spike {
	var list []stages.Spike
	f := noise(n, cells)
	for at := range n {
		for c := range cells {
			if f.At(at, c) > 0.99-0.05*float64(c)/float64(cells) {
				list = append(list, stages.Spike{At: int64(at), Cell: int32(first + c)})
			}
		}
	}
	return list
}

const small = 60

var smallSize = Size{2 * small, small}

// drawn is any of the pictures that are sinks.
type drawn interface {
	stages.Sink
	Files() []string
}

// all makes one of each picture that is a sink.
func all(t testing.TB, folder, ext string) map[string]drawn {
	t.Helper()
	cf := logSpaced(20, 20000, 100)
	r, err := NewRaster(spikeInput{format(100, 7)}, RasterParams{
		Path: filepath.Join(folder, "raster"+ext), CF: cf, Size: smallSize, Title: "a <b> & c",
	})
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewCochleagram(frameInput{format(100, 7)}, CochleagramParams{
		Path: filepath.Join(folder, "cochleagram"+ext), CF: cf, Size: smallSize, Reduce: RMS, Decibels: 20,
	})
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewWaveform(frameInput{format(3, 7)}, WaveformParams{
		Path: filepath.Join(folder, "waveform"+ext), Size: smallSize,
	})
	if err != nil {
		t.Fatal(err)
	}
	u, err := NewTuning(frameInput{format(5, 7)}, TuningParams{
		Path: filepath.Join(folder, "tuning"+ext), Size: smallSize,
	})
	if err != nil {
		t.Fatal(err)
	}
	return map[string]drawn{"raster": r, "cochleagram": c, "waveform": w, "tuning": u}
}

const length = 3000 // frames of the streams below: the bins merge several times

// feed opens a picture and hands over a stream in blocks.
func feed(t testing.TB, s stages.Sink, frames, block int) {
	t.Helper()
	f := s.Input().Format()
	if err := s.Open(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	switch s := s.(type) {
	case stages.SpikeSink:
		list := firing(length, f.Channels, f.First)
		for at := 0; at < frames; at += block {
			stop := min(at+block, frames)
			n := 0
			for n < len(list) && list[n].At < int64(stop) {
				n++
			}
			if err := s.WriteSpikes(t.Context(), stages.Spikes{List: list[:n], Start: int64(at), End: int64(stop)}); err != nil {
				t.Fatal(err)
			}
			list = list[n:]
		}
	case stages.FrameSink:
		x := noise(length, f.Channels)
		for at := 0; at < frames; at += block {
			if err := s.WriteFrames(t.Context(), int64(at), x.Cut(at, min(at+block, frames))); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func finish(t testing.TB, s stages.Sink, frames int) {
	t.Helper()
	if err := s.Finish(stages.Ending{Frames: int64(frames), Reason: stages.Interrupted}); err != nil {
		t.Fatal(err)
	}
}

func decode(t testing.TB, path string) image.Image {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBlockSizeDoesNotChangePictures(t *testing.T) {
	first := map[string][]byte{}
	for _, block := range []int{length, 1, 7, 479} {
		for kind, s := range all(t, t.TempDir(), ".png") {
			feed(t, s, length, block)
			finish(t, s, length)
			b := read(t, s.Files()[0])
			if first[kind] == nil {
				first[kind] = b
			}
			if !bytes.Equal(b, first[kind]) {
				t.Errorf("%s: blocks of %d give other bytes", kind, block)
			}
		}
	}
}

func TestPicturesSayForWhichFramesTheyAreComplete(t *testing.T) {
	for _, ext := range []string{".png", ".svg"} {
		for kind, s := range all(t, t.TempDir(), ext) {
			feed(t, s, 700, 700)
			finish(t, s, 700)
			m, ok, err := ReadMeta(s.Files()[0])
			if err != nil || !ok || m.Holds != kind || m.Frames != 700 || m.First != 7 || m.Rate != 44100 ||
				m.Reason != stages.Interrupted || m.Channels != s.Input().Format().Channels {
				t.Errorf("%s%s: %+v, %v, %v", kind, ext, m, ok, err)
			}
		}
	}
}

func TestPicturesOfOthersSayNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.png")
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{b.String(), "", b.String()[:40]} {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if m, ok, err := ReadMeta(path); ok || err != nil {
			t.Errorf("%.20q: %+v, %v", text, m, err)
		}
	}
	path = filepath.Join(t.TempDir(), "x.svg")
	if err := os.WriteFile(path, []byte("<svg><metadata>other</metadata></svg>"), 0o666); err != nil {
		t.Fatal(err)
	}
	if m, ok, err := ReadMeta(path); ok || err != nil {
		t.Errorf("SVG: %+v, %v", m, err)
	}
}

func TestSVGIsWellFormed(t *testing.T) {
	for kind, s := range all(t, t.TempDir(), ".svg") {
		feed(t, s, length, 100)
		finish(t, s, length)
		text := read(t, s.Files()[0])
		d := xml.NewDecoder(bytes.NewReader(text))
		images, texts := 0, 0
		for {
			token, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
			if start, ok := token.(xml.StartElement); ok {
				switch start.Name.Local {
				case "image":
					images++
				case "text":
					texts++
				}
			}
		}
		if want := map[string]int{"raster": 1, "cochleagram": 2, "waveform": 0}[kind]; images != want || texts < 5 {
			t.Errorf("%s: %d images and %d texts", kind, images, texts)
		}
		if bytes.Contains(text, []byte("image/jpg")) {
			t.Errorf("%s: calls an image JPG that is none", kind)
		}
	}
}

func TestTheImageFillsTheDataAreaPixelByPixel(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.png")
	s, err := NewCochleagram(frameInput{format(smallSize.Height, 0)}, CochleagramParams{Path: path, Size: smallSize, Title: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Open(t.Context(), s.Input().Format()); err != nil {
		t.Fatal(err)
	}
	x := noise(smallSize.Width, smallSize.Height) // one frame per column, one channel per row
	if err := s.WriteFrames(t.Context(), 0, x); err != nil {
		t.Fatal(err)
	}
	finish(t, s, smallSize.Width)
	values := s.values()
	low, high := s.colourRange(values)
	img := decode(t, path)
	// The first pixel of the data area is found by the size of the picture: margins do not depend on what is drawn.
	left, top := dataArea(img, colourOf(x.At(0, smallSize.Height-1), low, high), colourOf(x.At(1, smallSize.Height-1), low, high))
	for at := range smallSize.Width {
		for c := range smallSize.Height {
			want := colourOf(x.At(at, c), low, high)
			got := color.NRGBAModel.Convert(img.At(left+at, top+smallSize.Height-1-c)).(color.NRGBA)
			if got != want {
				t.Fatalf("frame %d, channel %d: colour %v, want %v", at, c, got, want)
			}
		}
	}
}

// dataArea finds two colours beside each other, from left to right and then downwards.
func dataArea(img image.Image, a, b color.NRGBA) (x, y int) {
	is := func(x, y int, c color.NRGBA) bool { return color.NRGBAModel.Convert(img.At(x, y)) == c }
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() - 1 {
			if is(x, y, a) && is(x+1, y, b) {
				return x, y
			}
		}
	}
	return 0, 0
}

func TestPicturesOfNothingAreDrawn(t *testing.T) {
	for _, ext := range []string{".png", ".svg"} {
		for kind, s := range all(t, t.TempDir(), ext) {
			feed(t, s, 0, 1)
			finish(t, s, 0)
			if len(s.Files()) != 1 {
				t.Errorf("%s: files %v", kind, s.Files())
			}
		}
	}
}

func TestAbortLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	for kind, s := range all(t, folder, ".png") {
		s.Abort(false) // never opened
		feed(t, s, 500, 100)
		s.Abort(true)
		if entries, err := os.ReadDir(folder); err != nil || len(entries) > 0 {
			t.Errorf("%s: left %v, %v", kind, entries, err)
		}
	}
}

func TestImpossibleDestinationsAreKnownAtOpen(t *testing.T) {
	folder := t.TempDir()
	for kind, s := range all(t, filepath.Join(folder, "none"), ".png") {
		if err := s.Open(t.Context(), s.Input().Format()); err == nil || !strings.Contains(err.Error(), "does not exist") {
			t.Errorf("%s: %v", kind, err)
		}
		s.Abort(false)
	}
	if err := DrawCurve(CurveParams{Path: folder + ".png/x.png", X: []float64{1}, Y: []float64{1}}); err == nil {
		t.Error("curve: no error")
	}
}

func TestWritingAllocatesNothing(t *testing.T) {
	for kind, s := range all(t, t.TempDir(), ".png") {
		feed(t, s, length, length)
		f := s.Input().Format()
		spikes := stages.Spikes{List: firing(length, f.Channels, f.First)}
		x := noise(length, f.Channels)
		at := int64(length)
		n := testing.AllocsPerRun(10, func() {
			var err error
			switch s := s.(type) {
			case stages.SpikeSink:
				err = s.WriteSpikes(t.Context(), spikes)
			case stages.FrameSink:
				err = s.WriteFrames(t.Context(), at, x)
			}
			if err != nil {
				t.Fatal(err)
			}
			at += length
		})
		if n != 0 {
			t.Errorf("%s: %v allocations per block", kind, n)
		}
		s.Abort(false)
	}
}

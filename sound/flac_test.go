package sound

import (
	"bytes"
	"crypto/md5"
	"encoding/binary"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/mewkiz/flac"
	"github.com/mewkiz/flac/frame"
	"github.com/mewkiz/flac/meta"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

var flacFiles = []string{"243749.flac", "59996.flac", "189983.flac"}

// TestFLACDecodesToTheSumInItsHeader: the encoder left the MD5 of all codes there.
func TestFLACDecodesToTheSumInItsHeader(t *testing.T) {
	for _, name := range flacFiles {
		raw := must(os.ReadFile("testdata/flac/" + name))
		for _, r := range []io.Reader{bytes.NewReader(raw), pipe{bytes.NewReader(raw), 1000}} {
			f, err := NewReader(r, FileParams{})
			if err != nil {
				t.Fatal(err)
			}
			s, err := Collect(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			in := f.Info()
			if in.Container != "FLAC" || in.Frames != int64(s.Len()) {
				t.Errorf("%s: %+v for %d frames", name, in, s.Len())
			}
			if got := codesSum(s, in.Bits); !bytes.Equal(got, raw[26:42]) {
				t.Errorf("%s: MD5 %x: want %x", name, got, raw[26:42])
			}
		}
	}
}

// codesSum is the MD5 of codes as FLAC defines it.
func codesSum(s *Sound, bits int) []byte {
	h := md5.New()
	size := (bits + 7) / 8
	for _, x := range s.View().Data {
		b := binary.LittleEndian.AppendUint64(nil, uint64(int64(math.Ldexp(x, bits-1))))
		h.Write(b[:size])
	}
	return h.Sum(nil)
}

func TestFLACConforms(t *testing.T) {
	raw := must(os.ReadFile("testdata/flac/189983.flac"))
	t.Run("file", func(t *testing.T) {
		stagetest.Run(t, stagetest.Recipe{Build: func([]stages.Stage, stages.Range) ([]stages.Node, error) {
			return stagetest.Nodes(NewReader(bytes.NewReader(raw), FileParams{}))
		}})
	})
	t.Run("pipe", func(t *testing.T) {
		stagetest.Run(t, stagetest.Recipe{Build: func([]stages.Stage, stages.Range) ([]stages.Node, error) {
			return stagetest.Nodes(NewReader(pipe{bytes.NewReader(raw), 999}, FileParams{}))
		}})
	})
}

// TestFLACRoundTripsExactly writes what rounds to nothing, and lets another decoder read it too.
func TestFLACRoundTripsExactly(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		bits, channels, frames int
		rate                   float64
	}{{16, 1, 1, 8000}, {16, 2, 4096, 44100}, {24, 3, 9000, 97656}, {16, 8, 4097, 192000}, {24, 1, 5000, 655350}, {16, 1, 20, 256000}, {16, 1, 20, 1048575}, {16, 1, 20, 1000000}} {
		x := stages.MakeFrames(c.frames, c.channels)
		for i := range x.Data {
			tone := math.Sin(float64(i)/50) * 0.5
			x.Data[i] = math.RoundToEven(math.Ldexp(tone+0.01*rng.NormFloat64(), c.bits-1)) / math.Ldexp(1, c.bits-1)
		}
		x.Data[0] = -1
		s := must(FromFrames(c.rate, x))
		path := filepath.Join(t.TempDir(), "a.flac")
		w := must(NewFLACSink(path, s, FLACParams{Bits: c.bits}))
		if _, err := stages.Run(t.Context(), stages.RunOptions{Block: 100}, w); err != nil {
			t.Fatal(err)
		}
		if sum := w.Summary(); sum.Frames != int64(c.frames) || sum.Clipped != 0 || sum.Peak != 1 {
			t.Errorf("summary %+v", sum)
		}
		if got := must(Read(path)); !sameBits(got, s) {
			t.Errorf("%+v: not what was written", c)
		}
		st := must(flac.Open(path))
		at := 0
		for {
			f, err := st.ParseNext()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			for k, sub := range f.Subframes {
				for i, v := range sub.Samples {
					if float64(v) != math.Ldexp(s.At(at+i, k), c.bits-1) {
						t.Fatalf("%+v: another decoder reads %d in frame %d of channel %d", c, v, at+i, k)
					}
				}
			}
			at += len(f.Subframes[0].Samples)
		}
		st.Close()
		if at != c.frames {
			t.Errorf("another decoder reads %d frames: want %d", at, c.frames)
		}
	}
}

// TestEveryPredictorOfFLACIsUndone: a polynomial of degree d is predicted without a rest by order d+1, so that the encoder takes that.
func TestEveryPredictorOfFLACIsUndone(t *testing.T) {
	orders := map[int]bool{}
	for degree := range 4 {
		s := must(FromFunc(8000, 39, func(t float64) float64 {
			x, v := math.Round(t*8000), 1.0
			for range degree {
				v *= x - 7
			}
			return v / 32768
		}))
		s = must(s.Fill(0, 1, -3./32768)) // a constant is no polynomial then
		path := filepath.Join(t.TempDir(), "p.flac")
		if _, err := stages.Run(t.Context(), stages.RunOptions{}, must(NewFLACSink(path, s, FLACParams{Bits: 24}))); err != nil {
			t.Fatal(err)
		}
		if got := must(Read(path)); !sameBits(got, s) {
			t.Errorf("degree %d: not what was written", degree)
		}
		st := must(flac.Open(path))
		f := must(st.ParseNext())
		if sub := f.Subframes[0]; sub.Pred == frame.PredFixed {
			orders[sub.Order] = true
		}
		st.Close()
	}
	if len(orders) < 3 || !orders[3] {
		t.Errorf("the encoder took orders %v: want most of them, and 3", orders)
	}
}

// TestALateBlockOfFLACIsFoundAgain reads late frames before early ones.
func TestALateBlockOfFLACIsFoundAgain(t *testing.T) {
	raw := must(os.ReadFile("testdata/flac/189983.flac"))
	whole := must(drainAll(raw, FileParams{}))
	s, p, err := newScanner(bytes.NewReader(raw), FileParams{})
	if err != nil {
		t.Fatal(err)
	}
	r := newFLACReader(s, must(s.scanFLAC()), p)
	for _, at := range []int64{15000, 20, 9000, 0} {
		dst := stages.MakeFrames(100, 2)
		if n, err := r.Fill(t.Context(), at, dst); n != 100 || err != nil {
			t.Fatalf("frames from %d: %d, %v", at, n, err)
		}
		for i := range 100 {
			if dst.At(i, 1) != whole.At(int(at)+i, 1) {
				t.Fatalf("frame %d differs", int(at)+i)
			}
		}
	}
	s, p, _ = newScanner(pipe{bytes.NewReader(raw), 500}, FileParams{Name: "pipe"})
	r = newFLACReader(s, must(s.scanFLAC()), p)
	dst := stages.MakeFrames(10, 2)
	if _, err := r.Fill(t.Context(), 15000, dst); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Fill(t.Context(), 20, dst); err == nil || !strings.Contains(err.Error(), "a pipe cannot go back") {
		t.Errorf("got %v", err)
	}
}

// TestWastedBitsComeBack: a subframe may leave out low bits that are always zero. Constant 5 of 12 bits, shifted by 4.
func TestWastedBitsComeBack(t *testing.T) {
	b := must(os.ReadFile("testdata/flac/243749.flac"))[:42]
	head := bytes.Clone(b)
	head[4] = 0x80                                                  // the only block of metadata
	binary.BigEndian.PutUint64(head[18:], 8000<<44|0<<41|15<<36|16) // 8 kHz, 1 channel, 16 bits, 16 frames
	block := []byte{0xFF, 0xF8, 0x60, 0x08, 0x00, 0x0F}             // 16 frames, the rest as in the header of the file
	sum8, sum16 := func(b []byte) (x uint8) {                       // check sums, bit by bit
		for _, v := range b {
			x ^= v
			for range 8 {
				x = x<<1 ^ 0x07*(x>>7)
			}
		}
		return x
	}, func(b []byte) (x uint16) {
		for _, v := range b {
			x ^= uint16(v) << 8
			for range 8 {
				x = x<<1 ^ 0x8005*(x>>15)
			}
		}
		return x
	}
	block = append(block, sum8(block))
	block = append(block, 0x01, 0x10, 0x05) // constant, wasted bits: 0001; then 12 bits 0000 0000 0101
	block = binary.BigEndian.AppendUint16(block, sum16(block))
	s, err := drainAll(append(head, block...), FileParams{})
	if err != nil || s.Len() != 16 || s.At(15, 0) != 80./32768 {
		t.Errorf("%v, %d frames: want 16 of 80", err, s.Len())
	}
}

func TestAnInterruptedFLACFileSaysSo(t *testing.T) {
	src := must(New(8000, []float64{0.5, -0.25, 0.125}))
	for reason, want := range map[stages.Reason]string{stages.Interrupted: "complete for frames 0:3, then interrupted", stages.EndOfStream: ""} {
		path := filepath.Join(t.TempDir(), "cut.flac")
		w := must(NewFLACSink(path, src, FLACParams{}))
		if err := w.Open(t.Context(), src.Format()); err != nil {
			t.Fatal(err)
		}
		if err := w.WriteFrames(t.Context(), 0, src.View()); err != nil {
			t.Fatal(err)
		}
		if err := w.Finish(stages.Ending{Frames: 3, Reason: reason}); err != nil {
			t.Fatal(err)
		}
		if !sameBits(must(Read(path)), src) {
			t.Error("the samples differ")
		}
		st := must(flac.ParseFile(path))
		got := ""
		for _, b := range st.Blocks {
			if c, ok := b.Body.(*meta.VorbisComment); ok {
				got = c.Tags[0][1]
			}
		}
		st.Close()
		if got != want {
			t.Errorf("%s: another reader finds the comment %q, want %q", reason, got, want)
		}
	}
}

func TestFLACIsSmallerThanItsSamples(t *testing.T) {
	s := must(Tone(ToneParams{Frequency: []float64{440}, Amplitude: []float64{0.3}, Length: Length{Seconds: 1}}))
	path := filepath.Join(t.TempDir(), "a.flac")
	if _, err := stages.Run(t.Context(), stages.RunOptions{}, must(NewFLACSink(path, s, FLACParams{}))); err != nil {
		t.Fatal(err)
	}
	if size := must(os.Stat(path)).Size(); size > 60_000 {
		t.Errorf("%d bytes for 88,200 bytes of a tone", size)
	}
}

func TestDamagedFLACIsRefusedAfterTheGoodFrames(t *testing.T) {
	raw := must(os.ReadFile("testdata/flac/189983.flac"))
	whole := must(drainAll(raw, FileParams{}))
	for _, c := range []struct {
		name  string
		bytes []byte
		p     FileParams
		want  string
	}{
		{"damaged", flip(raw, len(raw)-2000), FileParams{}, "block that begins with frame 18432: the check sum does not fit"},
		{"cut", raw[:len(raw)-2000], FileParams{}, "the data ends after 18432 frames, the file declares 20724: the file is truncated"},
		{"cut, allowed", raw[:len(raw)-2000], FileParams{AllowTruncated: true}, ""},
	} {
		s, err := drainAll(c.bytes, c.p)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got  %v\nwant %s", c.name, err, c.want)
		}
		if s.Len() != 18432 || !sameBits(s, must(whole.Slice(0, 18432))) {
			t.Errorf("%s: %d good frames", c.name, s.Len())
		}
	}
}

func flip(b []byte, at int) []byte {
	c := bytes.Clone(b)
	c[at] ^= 4
	return c
}

// drainAll reads what there is and returns the final error, nil for io.EOF.
func drainAll(b []byte, p FileParams) (*Sound, error) {
	f, err := NewReader(bytes.NewReader(b), p)
	if err != nil {
		return nil, err
	}
	s, err := drain(f, 1000)
	if err == io.EOF {
		err = nil
	}
	return s, err
}

func TestBadFLACHeadersAreRefused(t *testing.T) {
	raw := must(os.ReadFile("testdata/flac/243749.flac"))[:300]
	edit := func(at int, b ...byte) []byte {
		c := bytes.Clone(raw)
		copy(c[at:], b)
		return c
	}
	for want, file := range map[string][]byte{
		"the file ends after 2 of the 34 bytes": raw[:10],
		"want one STREAMINFO (type 0), and":     edit(4, 1),
		"STREAMINFO block of 33 bytes: want 34": edit(7, 33),
		"sample rate 0 Hz":                      edit(18, 0, 0, 0),
		"blocks of at most 0 frames":            edit(10, 0, 0),
		"an MP3 file":                           append([]byte("ID3\x04\x00\x00\x00\x00\x00\x02ab"), "\xff\xfb"...),
	} {
		if _, err := NewReader(bytes.NewReader(file), FileParams{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	tagged := append([]byte("ID3\x04\x00\x00\x00\x00\x00\x02ab"), must(os.ReadFile("testdata/flac/243749.flac"))...)
	if s, err := drainAll(tagged, FileParams{}); err != nil || s.Len() != 402 {
		t.Errorf("behind an ID3 tag: %v", err)
	}
	for want, err := range map[string]error{
		"FLAC of 20 bits: want 16 or 24":   second(NewFLACSink("x", sample(3, 1), FLACParams{Bits: 20})),
		"9 channels: a FLAC file has at m": second(NewFLACSink("x", sample(3, 9), FLACParams{})),
		"sample rate 0.5 Hz":               second(NewFLACSink("x", must(New(0.5, []float64{1})), FLACParams{})),
		"full scale of -1 Pa":              second(NewFLACSink("x", sample(3, 1), FLACParams{FullScale: -1})),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

// TestSmallFilesTakeLittleMemory: what a header claims is believed only as far as it goes.
func TestSmallFilesTakeLittleMemory(t *testing.T) {
	flacHead := append([]byte("fLaC\x80\x00\x00\x22\xff\xff\xff\xff"), make([]byte, 6)...)
	flacHead = binary.BigEndian.AppendUint64(flacHead, 44100<<44|7<<41|15<<36|(1<<36-1))
	flacHead = append(flacHead, make([]byte, 16)...)
	for name, b := range map[string][]byte{
		"FLAC, 2^36 frames": flacHead,
		"FLAC, big picture": append([]byte("fLaC\x00\x00\x00\x22"), append(flacHead[8:], 6, 0xFF, 0xFF, 0xFF, 1, 2, 3)...),
		"AIFF, 2^32 frames": aiffForm("AIFF", aiffCommon("", 65535, 32, 8000, math.MaxUint32), []byte("SSND\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00abc")),
		"AIFC, big COMM":    aiffForm("AIFC", []byte("COMM\xff\xff\xff\xff")),
		"WAV, big list":     newWAV("RIFF").format(tagPCM, 1, 8000, 2, 16).raw("LIST\xf0\xff\xff\xffabc"),
		"WAV, 4 GB":         newWAV("RIFF").format(tagPCM, 65535, 8000, 1, 8).raw("data\xf0\xff\xff\x7fabc"),
	} {
		for _, r := range []io.Reader{bytes.NewReader(b), pipe{bytes.NewReader(b), 9}} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			f, err := NewReader(r, FileParams{})
			if err == nil {
				_, err = Collect(t.Context(), f)
			}
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > 48<<20 {
				t.Errorf("%s: %d bytes of file take %d bytes of memory", name, len(b), used)
			}
			if err == nil {
				t.Errorf("%s: no error", name)
			}
		}
	}
}

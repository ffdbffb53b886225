package sound

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"os"
	"strings"
	"testing"

	"hearpipe/stages"
)

// oddFiles are valid files in unusual forms with the SHA-256 of their samples as interleaved little-endian float64, as
// libsndfile 1.2 decodes them.
var oddFiles = []struct {
	name             string
	rate             float64
	channels, frames int
	sum              string
}{
	{"hound/nonstandard-01.wav", 48000, 2, 1, "374708fff7719dd5979ec875d56cd2286f6d3cf7ec317a3b25632aab28ec37bb"},
	{"hound/nonstandard-02.wav", 48000, 2, 2, "216e35887e5c6bddfcc21c1442491803b30859212466a8591d022774e2e795f7"},
	{"hound/pcmwaveformat-16bit-44100Hz-mono-extra.wav", 44100, 1, 4, "26a344ff4aa9abab15987429bf2b2f5d3f4a0378a7de56490dcc1db38fdf4452"},
	{"hound/pcmwaveformat-16bit-44100Hz-mono.wav", 44100, 1, 4, "26a344ff4aa9abab15987429bf2b2f5d3f4a0378a7de56490dcc1db38fdf4452"},
	{"hound/pcmwaveformat-8bit-44100Hz-mono.wav", 44100, 1, 4, "7940ffe31e4bddc3e97447fe18eeee698b5a6070b6ecd400bd5f16fb8aa1377a"},
	{"hound/pop.wav", 44100, 1, 100, "507de954f761b58be0dd77cabf0679380a5a0e8ed83e2270250e19ff75f20f92"},
	{"hound/waveformatex-16bit-44100Hz-mono-extra.wav", 44100, 1, 4, "26a344ff4aa9abab15987429bf2b2f5d3f4a0378a7de56490dcc1db38fdf4452"},
	{"hound/waveformatex-16bit-44100Hz-mono.wav", 44100, 1, 4, "26a344ff4aa9abab15987429bf2b2f5d3f4a0378a7de56490dcc1db38fdf4452"},
	{"hound/waveformatex-16bit-44100Hz-stereo.wav", 44100, 2, 4, "56f2ffae94dd96436665b8b6c914c894db5dd943ec1db58a212177fb651b1929"},
	{"hound/waveformatex-8bit-11025Hz-mono.wav", 11025, 1, 4, "b9cb9f435b7b679dcbb305667ccf159deeb454bc85831f25cf93ab33cbd36c70"},
	{"hound/waveformatex-ieeefloat-44100Hz-mono.wav", 44100, 1, 4, "be1638c1a40382cd3f809b3d7950861fac77c54964f736ebb4242328411c8aa8"},
	{"hound/waveformatextensible-24bit-192kHz-mono.wav", 192000, 1, 4, "0f5407d43d5b62e6fbf446aecb758e53fe1cbc1622b4a4ff18d249176af21dca"},
	{"hound/waveformatextensible-32bit-48kHz-stereo.wav", 48000, 2, 2, "216e35887e5c6bddfcc21c1442491803b30859212466a8591d022774e2e795f7"},
	{"hound/waveformatextensible-ieeefloat-44100Hz-mono.wav", 44100, 1, 4, "be1638c1a40382cd3f809b3d7950861fac77c54964f736ebb4242328411c8aa8"},
	{"scipy/test-1234Hz-le-1ch-10S-20bit-extra.wav", 1234, 1, 10, "f6b8b4e24ab23373c062eaeb833483da3ce247aa33f37c6775f9a6a90eae4da1"},
	{"scipy/test-44100Hz-2ch-32bit-float-be.wav", 44100, 2, 441, "4454dbe174e3301808ea95fee5356a7fc22d496713847a03b4288e5aa13d71d1"},
	{"scipy/test-44100Hz-2ch-32bit-float-le.wav", 44100, 2, 441, "153970ed80e8e4538156a2e838658bfc5d4ab1819b363e88b82c48398d8ca97b"},
	{"scipy/test-44100Hz-be-1ch-4bytes.wav", 44100, 1, 4410, "183abc8b3c270815a35c205358a22145d8d927c748b2e01e8cc89652d7aa9bcc"},
	{"scipy/test-44100Hz-le-1ch-4bytes-rf64.wav", 44100, 1, 4410, "183abc8b3c270815a35c205358a22145d8d927c748b2e01e8cc89652d7aa9bcc"},
	{"scipy/test-44100Hz-le-1ch-4bytes.wav", 44100, 1, 4410, "183abc8b3c270815a35c205358a22145d8d927c748b2e01e8cc89652d7aa9bcc"},
	{"scipy/test-48000Hz-2ch-64bit-float-le-wavex.wav", 48000, 2, 480, "8a9b43046bcbccf897c5e3a8005a0f696fddb7ba62048dd6eb7ac3684342d6f5"},
	{"scipy/test-8000Hz-be-3ch-5S-24bit.wav", 8000, 3, 5, "c6713f0f0d413c76eca4f793eb6c4caf4de78577bb4c4b00956e1dd9f1702745"},
	{"scipy/test-8000Hz-le-1ch-1byte-ulaw.wav", 8000, 1, 9, "a5dfcfad0d26b8e7e94fc0c1277849f198682d415befe13b4330c3e7a1fb8fa5"},
	{"scipy/test-8000Hz-le-2ch-1byteu.wav", 8000, 2, 800, "7b0e5445f90fa3b33378560e3ccfec7bfa0e6be66e65db04e3307ed1a7f660bf"},
	{"scipy/test-8000Hz-le-3ch-5S-24bit-inconsistent.wav", 8000, 3, 5, "c6713f0f0d413c76eca4f793eb6c4caf4de78577bb4c4b00956e1dd9f1702745"},
	{"scipy/test-8000Hz-le-3ch-5S-24bit-rf64.wav", 8000, 3, 5, "c6713f0f0d413c76eca4f793eb6c4caf4de78577bb4c4b00956e1dd9f1702745"},
	{"scipy/test-8000Hz-le-3ch-5S-24bit.wav", 8000, 3, 5, "c6713f0f0d413c76eca4f793eb6c4caf4de78577bb4c4b00956e1dd9f1702745"},
	{"scipy/test-8000Hz-le-4ch-9S-12bit.wav", 8000, 4, 9, "156875c35e16ad66f6d6a1c3a482c90fd97c8fa0b06c2002ddaf268c87abc383"},
	{"scipy/test-8000Hz-le-5ch-9S-5bit.wav", 8000, 5, 9, "fffac6b976f7bca46130f7d50bc2f238a7a0f3e7dce837f8e04dd6bb151dc076"},
}

func TestOddFilesDecodeAsOtherReadersDecodeThem(t *testing.T) {
	for _, want := range oddFiles {
		s, err := Read("testdata/wav/" + want.name)
		if err != nil {
			t.Errorf("%s: %v", want.name, err)
			continue
		}
		if s.Rate() != want.rate || s.Channels() != want.channels || s.Len() != want.frames {
			t.Errorf("%s: %g Hz, %d channels, %d frames: want %g, %d, %d", want.name, s.Rate(), s.Channels(), s.Len(),
				want.rate, want.channels, want.frames)
		}
		if got := sum(s.View()); got != want.sum {
			t.Errorf("%s: samples differ: %v", want.name, s.View().Data[:min(8, len(s.View().Data))])
		}
	}
}

// sum is the SHA-256 of interleaved little-endian float64.
func sum(f stages.Frames) string {
	h := sha256.New()
	for i := range f.N {
		binary.Write(h, binary.LittleEndian, f.Row(i))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// TestTwentyFourBitsInFourBytesAreFoundWhereTheyAre: libsndfile takes such samples for 24 bits in three bytes or for 32 bits. The
// values here are those of hound, whose author wrote the files with arecord -f S24_LE.
func TestTwentyFourBitsInFourBytesAreFoundWhereTheyAre(t *testing.T) {
	for _, name := range []string{"pcmwaveformat-24bit-4byte-48kHz-stereo", "waveformatextensible-24bit-4byte-48kHz-stereo"} {
		s, err := Read("testdata/wav/hound/" + name + ".wav")
		if err != nil {
			t.Fatal(err)
		}
		for i, code := range []float64{-96, 23052, 8388607, -8360672} {
			if got, want := s.View().Data[i], code/(1<<23); got != want {
				t.Errorf("%s: sample %d is %g: want %g", name, i, got, want)
			}
		}
	}
	upper := []int32{-96 << 8, 23052 << 8, 8388607 << 8, -8360672 << 8}
	lower := []int32{-96, 23052, 8388607, -8360672}
	for _, c := range []struct {
		name string
		data []int32
		file *wavFile
	}{
		{"plain, upper", upper, newWAV("RIFF").format(tagPCM, 2, 48000, 4, 24)},
		{"plain, lower", lower, newWAV("RIFF").format(tagPCM, 2, 48000, 4, 24)},
		{"extensible, upper", upper, newWAV("RIFF").extensible(tagPCM, 2, 48000, 4, 24)},
		{"extensible, lower, big-endian", lower, newWAV("RIFX").extensible(tagPCM, 2, 48000, 4, 24)},
	} {
		f, err := c.file.chunk("data", int32(0), int32(0), c.data).open(FileParams{})
		if err != nil {
			t.Fatal(err)
		}
		s := must(Collect(t.Context(), f))
		for i, code := range lower {
			if got, want := s.View().Data[2+i], float64(code)/(1<<23); got != want {
				t.Errorf("%s: sample %d is %g: want %g", c.name, i, got, want)
			}
		}
	}
}

// TestPCMOfUpToSixtyFourBitsIsExact compares with what SciPy reads: codes shifted into the upper bits of an int64.
func TestPCMOfUpToSixtyFourBitsIsExact(t *testing.T) {
	for name, want := range map[string]string{
		"36bit": "5f9841509155601211d1673dde97b6f3f267ea5adef60937d3c2ef6a9eb8ea0e",
		"45bit": "505ecc1767b6976dbfe0a794b56f2dc33167cbf5eaaafa639e1b14d81b79975e",
		"53bit": "7d5516819e25cb7f30c76202f69e1929ee0be3d8cd5db301ae341d15e0446f41",
	} {
		s, err := Read("testdata/wav/scipy/test-8000Hz-le-3ch-5S-" + name + ".wav")
		if err != nil {
			t.Fatal(err)
		}
		h := sha256.New()
		for _, x := range s.View().Data {
			binary.Write(h, binary.LittleEndian, int64(math.Ldexp(x, 63)))
		}
		if got := hex.EncodeToString(h.Sum(nil)); got != want {
			t.Errorf("%s: samples differ: %v", name, s.View().Data)
		}
	}
	s, err := Read("testdata/wav/scipy/test-8000Hz-le-3ch-5S-64bit.wav")
	if err != nil {
		t.Fatal(err)
	}
	for i, code := range []int64{-9223372036854775808, -9223372036854775807, -2, -4611686018427387904, -4611686018427387903, -1, 0, 0} {
		if got, want := s.View().Data[i], math.Ldexp(float64(code), -63); got != want {
			t.Errorf("64 bit: sample %d is %g: want %g", i, got, want)
		}
	}
}

// Silence does not tell where the bits are: then an extensible file is believed to follow the standard (upper bits), a plain one to
// come from arecord (lower bits). Unused bits of less than a byte are always the lower ones.
func TestSilenceLeavesTheUsualPlace(t *testing.T) {
	silence := make([]int32, 20_000)
	for _, c := range []struct {
		name string
		file *wavFile
		data any
		want float64
	}{
		{"extensible", newWAV("RIFF").extensible(tagPCM, 1, 48000, 4, 24), []int32{96 << 8}, 96. / (1 << 23)},
		{"plain", newWAV("RIFF").format(tagPCM, 1, 48000, 4, 24), []int32{96}, 96. / (1 << 23)},
		{"12 bits", newWAV("RIFF").format(tagPCM, 1, 48000, 2, 12), []int16{1 << 4}, 1. / (1 << 11)},
		{
			"a block of 7 bytes", newWAV("RIFF").chunk("fmt ", uint16(tagPCM), uint16(2), uint32(48000), uint32(4*48000), uint16(7), uint16(16)),
			[]int16{3, 3},
			3. / (1 << 15),
		},
	} {
		s := must(Collect(t.Context(), must(c.file.chunk("data", silence, c.data).open(FileParams{}))))
		if got := s.At(s.Len()-1, 0); got != c.want {
			t.Errorf("%s: %g: want %g", c.name, got, c.want)
		}
	}
}

func TestBrokenFilesAreRefusedWithTheReason(t *testing.T) {
	for name, want := range map[string]string{
		"fuzz/crash-24728523ef4be15c838293b676f6853e73723bf4.wav": "byte 12: fmt chunk of 655360 bytes: want 16 to 65536",
		"fuzz/crash-b8447179832529c48f9c6bf17feab6337bbc78ea.wav": "byte 12: fmt chunk of 4278190336 bytes",
		"fuzz/crash-cbd757427cea12bd8a21f86cd8cf74d98ce56bee.wav": "byte 12: fmt chunk of 2555904 bytes",
		"fuzz/crash-e5471f5b58397287b509db7d026e95f1724454f5.wav": "byte 20: a frame of 1 channels of 0 bits in 0 bytes",
		"fuzz/crash-e879de4eb4d206c59e21f0e01def16457af80fdc.wav": "byte 44: the file ends after 1 of the 8 bytes of a chunk header",
		"fuzz/oom-48ae4cd061ff8578ad3f23dc87624bd365cf5216.wav":   `byte 20: chunk "oooo" declares 2974173522 bytes, the file ends after 2`,
		"scipy/example_1.nc":                                     "byte 0: a netCDF file: want a WAV (RIFF, RIFX, RF64 or BW64), AIFF, AIFC or FLAC file",
		"scipy/not-wave-transparent-busy.ani":                    `byte 8: a RIFF file of form "ACON" (an animated cursor): want form WAVE`,
		"scipy/test-44100Hz-le-1ch-4bytes-early-eof-no-data.wav": "byte 72: the file ends without a data chunk",
		"scipy/test-44100Hz-le-1ch-4bytes-early-eof.wav":         "byte 80: the data chunk declares 17640 bytes (4410 frames), the file ends after 944 (236 frames): the file is truncated",
		"scipy/test-44100Hz-le-1ch-4bytes-incomplete-chunk.wav":  "byte 12: the file ends after 1 of the 8 bytes of a chunk header",
	} {
		path := "testdata/wav/" + name
		f, err := Open(path)
		if err == nil {
			f.Close()
			t.Errorf("%s: no error: want %q", name, want)
			continue
		}
		if !strings.HasPrefix(err.Error(), path+": "+want) {
			t.Errorf("%s:\ngot  %v\nwant %s", name, err, want)
		}
	}
}

func TestTruncatedFilesCanBeReadOnDemand(t *testing.T) {
	f, err := OpenWith("testdata/wav/scipy/test-44100Hz-le-1ch-4bytes-early-eof.wav", FileParams{AllowTruncated: true})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := Collect(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	if got := sum(s.View()); s.Len() != 236 || got != "39e8f5bba429d9f0bf20e15e3f7ec4a09b7a47eb83efaa0cdfe4cf9cad160b00" {
		t.Errorf("%d frames, or other samples than libsndfile reads", s.Len())
	}
	if notes := strings.Join(f.Info().Notes, "; "); !strings.Contains(notes, "truncated: the data chunk declares 17640 bytes (4410 frames)") {
		t.Errorf("notes %q say nothing of the loss", notes)
	}
}

func TestARepairedHeaderIsNoted(t *testing.T) {
	f, err := Open("testdata/wav/scipy/test-8000Hz-le-3ch-5S-24bit-inconsistent.wav")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if n := f.Info().Notes; len(n) != 1 || !strings.Contains(n[0], "block of 4 bytes contradicts 3 channels of 24 bits") {
		t.Errorf("notes: %q", n)
	}
}

func FuzzReader(f *testing.F) {
	for _, dir := range []string{"hound", "scipy", "fuzz"} {
		entries, err := os.ReadDir("testdata/wav/" + dir)
		if err != nil {
			f.Fatal(err)
		}
		for _, e := range entries {
			b, err := os.ReadFile("testdata/wav/" + dir + "/" + e.Name())
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b[:min(len(b), 400)])
		}
	}
	for _, name := range []string{"testdata/flac/243749.flac", "testdata/aiff/mono-16-bit.aiff"} {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b[:min(len(b), 1200)])
	}
	f.Add(aiffFile("AIFC", "sowt", 2, 16, 8000, 3, []byte("abcdefghijkl")))
	f.Add(aiffFile("AIFC", "fl64", 1, 64, 8000, 1, []byte("abcdefgh")))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, seekable := range []bool{true, false} {
			for _, allow := range []bool{true, false} {
				fuzzOne(t, b, seekable, allow)
			}
		}
	})
}

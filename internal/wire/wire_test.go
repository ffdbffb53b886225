package wire

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden messages")

var spikeHeader = Header{
	Kind: Spikes, Run: 0x0123456789abcdef, Seq: 7, Start: 1000, End: 1128, Rate: 44100, First: 10, Channels: 100,
}

var someSpikes = []spike{{1000, 10}, {1000, 109}, {1005, 42}, {1127, 11}}

var frameHeader = Header{
	Kind: Frames, Width: Float64, Last: true, Run: 2, Seq: 0, Start: 3, End: 5, Rate: 16000, First: 0, Channels: 3,
}

// someFrames has a stride of 4: the fourth value of a row belongs to nobody.
var someFrames = []float64{0, 1, -0.5, 99, 0.1, math.Inf(1), 1e-300, 99}

func golden() map[string][]byte {
	narrow := frameHeader
	narrow.Width = Float32
	return map[string][]byte{
		"spikes.bin":   AppendSpikes(nil, spikeHeader, someSpikes),
		"frames.bin":   AppendFrames(nil, frameHeader, someFrames, 4),
		"frames32.bin": AppendFrames(nil, narrow, someFrames, 4),
		"spikes.json":  AppendSpikesJSON(nil, spikeHeader, someSpikes),
		"frames.json":  AppendFramesJSON(nil, frameHeader, someFrames, 4),
	}
}

func TestBytesAreThoseOfTheGoldenMessages(t *testing.T) {
	for name, got := range golden() {
		path := "testdata/" + name
		if *update {
			if err := os.WriteFile(path, got, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, hex.Dump(got), hex.Dump(want))
		}
	}
}

// The page shows the golden message of spikes byte by byte.
func TestPageShowsTheGoldenMessage(t *testing.T) {
	page, err := os.ReadFile("../../docs/wire.md")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(string(page)), " ")
	msg := golden()["spikes.bin"]
	for i := 0; i < len(msg); i += 8 {
		var row []string
		for _, b := range msg[i : i+8] {
			row = append(row, hex.EncodeToString([]byte{b}))
		}
		if !strings.Contains(text, strings.Join(row, " ")) {
			t.Errorf("docs/wire.md does not show bytes %d:%d, % x", i, i+8, msg[i:i+8])
		}
	}
	if !strings.Contains(string(page), string(golden()["spikes.json"])) {
		t.Errorf("docs/wire.md does not show %s", golden()["spikes.json"])
	}
}

func TestSpikesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := Header{
			Kind: Spikes, Run: rapid.Uint64Range(1, math.MaxUint64).Draw(t, "run"), Seq: rapid.Uint64().Draw(t, "seq"),
			Start: rapid.Int64Range(0, 1<<60).Draw(t, "start"), Rate: 44100, First: rapid.IntRange(0, 1<<20).Draw(t, "first"),
			Channels: rapid.IntRange(1, 1<<20).Draw(t, "channels"), Last: rapid.Bool().Draw(t, "last"),
		}
		h.End = h.Start + rapid.Int64Range(0, 1<<20).Draw(t, "span")
		list := rapid.SliceOf(rapid.Custom(func(t *rapid.T) spike {
			return spike{rapid.Int64Range(h.Start, h.End).Draw(t, "at"), int32(rapid.IntRange(h.First, h.First+h.Channels-1).Draw(t, "cell"))}
		})).Draw(t, "spikes")
		slices.SortFunc(list, func(a, b spike) int {
			if a.At != b.At {
				return int(a.At - b.At)
			}
			return int(a.Cell - b.Cell)
		})
		h.Count = len(list)
		for _, msg := range [][]byte{AppendSpikes(nil, h, list), AppendSpikesJSON(nil, h, list)} {
			b, err := Binary(msg, nil)
			if err != nil {
				t.Fatal(err)
			}
			got, payload, err := Decode(b)
			if err != nil || got != h {
				t.Fatalf("header %+v, %v; want %+v", got, err, h)
			}
			back, err := ReadSpikes[spike](nil, got, payload, -h.Start)
			if err != nil || len(back) != len(list) {
				t.Fatalf("%d of %d spikes, %v", len(back), len(list), err)
			}
			for i := range back {
				if back[i].At+h.Start != list[i].At || back[i].Cell != list[i].Cell {
					t.Fatalf("spike %d is %v, want %v", i, back[i], list[i])
				}
			}
		}
	})
}

func TestFramesComeBackByBits(t *testing.T) {
	for _, msg := range [][]byte{golden()["frames.bin"], golden()["frames.json"]} {
		b, err := Binary(msg, nil)
		if err != nil {
			t.Fatal(err)
		}
		h, payload, err := Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		got := ReadFrames(nil, h, payload)
		want := []float64{0, 1, -0.5, 0.1, math.Inf(1), 1e-300}
		if msg[0] == '{' {
			want[4] = math.NaN() // JSON has no infinity
		}
		for i := range want {
			if math.Float64bits(got[i]) != math.Float64bits(want[i]) && !(math.IsNaN(got[i]) && math.IsNaN(want[i])) {
				t.Errorf("sample %d is %v, want %v", i, got[i], want[i])
			}
		}
	}
	h, payload, err := Decode(golden()["frames32.bin"])
	if err != nil {
		t.Fatal(err)
	}
	if got := ReadFrames(nil, h, payload); got[3] != float64(float32(0.1)) || got[5] != 0 {
		t.Errorf("float32 samples %v", got)
	}
}

func TestJSONIsJSON(t *testing.T) {
	var m map[string]any
	for _, name := range []string{"spikes.json", "frames.json"} {
		if err := json.Unmarshal(golden()[name], &m); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if m["frames"].([]any)[1].([]any)[1] != nil {
		t.Error("infinity is not null")
	}
}

// Every single changed byte of a header leads to an error or to another header, never to a panic or to a wrong length.
func TestDamagedMessagesAreRefusedOrRead(t *testing.T) {
	for _, name := range []string{"spikes.bin", "frames.bin"} {
		msg := golden()[name]
		for n := range msg {
			if _, _, err := Decode(msg[:n]); err == nil {
				t.Errorf("%s cut to %d bytes was accepted", name, n)
			}
		}
		for i := range msg {
			for _, flip := range []byte{1, 0x80, 0xff} {
				b := slices.Clone(msg)
				b[i] ^= flip
				h, payload, err := Decode(b)
				if err != nil {
					continue
				}
				if h.Kind == Spikes {
					if list, err := ReadSpikes[spike](nil, h, payload, 0); err == nil && len(list) != h.Count {
						t.Errorf("byte %d: %d spikes, header says %d", i, len(list), h.Count)
					}
				} else if got := ReadFrames(nil, h, payload); len(got) != h.Count*h.Channels {
					t.Errorf("byte %d: %d samples", i, len(got))
				}
			}
		}
	}
	for text, want := range map[string]string{
		``:           "empty",
		`<xml>`:      "begins neither",
		`{"hpip":2}`: "hpip is 2",
		`{"hpip":1`:  "JSON",
		`{"hpip":1,"kind":"spikes","run":"1","start":0,"end":9,"rate":10,"channels":1}`:                         "without", // an info
		`{"hpip":1,"kind":"frames","run":"1","start":9,"end":9,"rate":10,"channels":1}`:                         "without",
		`{"hpip":1,"kind":"spikes","run":"1","start":0,"end":9,"rate":10,"channels":1,"at":[3],"cell":[]}`:      "one cell per time",
		`{"hpip":1,"kind":"spikes","run":"1","start":0,"end":9,"rate":10,"channels":1,"at":[10],"cell":[0]}`:    "frames 0 to 9",
		`{"hpip":1,"kind":"spikes","run":"1","start":0,"end":9,"rate":0,"channels":1,"at":[],"cell":[]}`:        "rate 0 Hz",
		`{"hpip":1,"kind":"frames","run":"1","start":0,"end":1,"rate":10,"channels":2,"frames":[[1]]}`:          "want 2",
		`{"hpip":1,"kind":"frames","run":"1","start":0,"end":2,"rate":10,"channels":1,"frames":[[1]]}`:          "1 frames in the range 0:2",
		`{"hpip":1,"kind":"spikes","run":"zz","start":0,"end":9,"rate":10,"channels":1,"at":[3],"cell":[0]}`:    "hexadecimal",
		`{"hpip":1,"kind":"sparks","run":"1","start":0,"end":9,"rate":10,"channels":1,"at":[3],"cell":[0]}`:     "want spikes or frames",
		`{"hpip":1,"kind":"spikes","run":"1","start":0,"end":9,"rate":10,"channels":1,"at":[3,2],"cell":[0,0]}`: "out of order",
		`{"hpip":1,"kind":"spikes","run":"1","start":0,"end":9,"rate":10,"channels":1,"at":[3],"cell":[1]}`:     "want cells 0:1",
	} {
		b, err := Binary([]byte(text), nil)
		if err == nil {
			var h Header
			var payload []byte
			if h, payload, err = Decode(b); err == nil {
				_, err = ReadSpikes[spike](nil, h, payload, 0)
			}
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", text, err, want)
		}
	}
}

func TestWritingAndReadingAllocateNothing(t *testing.T) {
	buf := AppendSpikes(nil, spikeHeader, someSpikes)
	list := make([]spike, 0, 10)
	if n := testing.AllocsPerRun(100, func() {
		buf = AppendSpikes(buf[:0], spikeHeader, someSpikes)
		h, payload, err := Decode(buf)
		if err != nil {
			t.Fatal(err)
		}
		list, _ = ReadSpikes(list[:0], h, payload, 0)
		buf = AppendFrames(buf[:0], frameHeader, someFrames, 4)
	}); n > 0 {
		t.Errorf("%g allocations", n)
	}
}

// Readers in other languages decode the golden messages; see examples.
func TestReadersInOtherLanguages(t *testing.T) {
	for program, script := range map[string]string{"python3": "../../examples/subscribers/hearpipe_wire.py", "node": "../../examples/subscribers/hearpipe-wire.mjs"} {
		t.Run(program, func(t *testing.T) {
			if _, err := exec.LookPath(program); err != nil {
				t.Skipf("there is no %s here", program)
			}
			for _, name := range []string{"spikes.bin", "spikes.json", "frames.bin", "frames32.bin"} {
				out, err := exec.Command(program, script, "testdata/"+name).CombinedOutput()
				if err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				want := "spikes 1000:1128 of 100 from 10 at 44100 Hz: 1000/10 1000/109 1005/42 1127/11"
				switch name {
				case "frames.bin":
					want = "frames 3:5 of 3 from 0 at 16000 Hz last: [0 1 -0.5] [0.1 inf 1e-300]"
				case "frames32.bin":
					want = "frames 3:5 of 3 from 0 at 16000 Hz last: [0 1 -0.5] [0.10000000149011612 inf 0]"
				}
				if got := strings.TrimSpace(string(out)); got != want {
					t.Errorf("%s reads %s as\n%s\nwant\n%s", program, name, got, want)
				}
			}
		})
	}
}

func BenchmarkSpikes(b *testing.B) {
	list := make([]spike, 10000)
	for i := range list {
		list[i] = spike{1000 + int64(i)/100, 10 + int32(i%100)}
	}
	var buf []byte
	var back []spike
	for b.Loop() {
		buf = AppendSpikes(buf[:0], spikeHeader, list)
		h, payload, err := Decode(buf)
		if err != nil {
			b.Fatal(err)
		}
		if back, err = ReadSpikes(back[:0], h, payload, 0); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*float64(len(list))/b.Elapsed().Seconds(), "spikes/s")
}

package wire

import (
	"runtime"
	"testing"
)

// FuzzMessages gives anything to the reader: it neither panics nor takes more memory than a small multiple of the message.
func FuzzMessages(f *testing.F) {
	for _, msg := range golden() {
		f.Add(msg)
	}
	huge := golden()["frames.bin"]
	for i := 48; i < 60; i++ {
		huge[i] = 0xff
	}
	f.Add(huge)
	f.Add([]byte(`{"hpip":1,"kind":"frames","run":"1","start":0,"end":9000000000000,"rate":10,"channels":2000000000,"frames":[]}`))
	f.Add([]byte(`{"hpip":1,"kind":"spikes","run":"1","start":0,"end":4294967295,"rate":1e308,"first":2147483647,"channels":1,"at":[0],"cell":[2147483647]}`))
	f.Fuzz(func(t *testing.T, msg []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		defer func() {
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > uint64(len(msg))*64+1<<16 {
				t.Errorf("%d bytes for a message of %d", used, len(msg))
			}
		}()
		b, err := Binary(msg, nil)
		if err != nil {
			return
		}
		h, payload, err := Decode(b)
		if err != nil {
			return
		}
		if h.Kind == Spikes {
			list, err := ReadSpikes[spike](nil, h, payload, 0)
			if err != nil {
				return
			}
			if len(list) != h.Count {
				t.Fatalf("%d spikes, the header says %d", len(list), h.Count)
			}
			last := spike{At: h.Start}
			for _, s := range list {
				if s.At < last.At || s.At == last.At && s.Cell < last.Cell || s.At > h.End || int(s.Cell) < h.First || int(s.Cell) >= h.First+h.Channels {
					t.Fatalf("spike %v in %+v", s, h)
				}
				last = s
			}
		} else if got := ReadFrames(nil, h, payload); int64(len(got)) != int64(h.Channels)*(h.End-h.Start) {
			t.Fatalf("%d samples in %+v", len(got), h)
		}
	})
}

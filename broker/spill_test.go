package broker

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"hearpipe/internal/queue"
)

func newTestSpill(t testing.TB, limit int64) *spill {
	t.Helper()
	s, err := newSpill(t.TempDir(), limit, func(n int) []byte { return make([]byte, n) }, func([]byte) {}, func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The ring behaves like a list of bounded size, wherever its end falls.
func TestSpillIsAFirstInFirstOutList(t *testing.T) {
	const limit = 1 << 16
	s := newTestSpill(t, limit)
	defer s.close()
	rapid.Check(t, func(t *rapid.T) {
		for { // what an earlier round has left
			if _, ok, err := s.Take(); err != nil {
				t.Fatal(err)
			} else if !ok {
				break
			}
		}
		var model []queue.Item[message]
		used := int64(0)
		for step := range rapid.IntRange(1, 200).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "put") {
				data := bytes.Repeat([]byte{byte(step)}, rapid.IntRange(0, 9000).Draw(t, "size"))
				it := queue.Item[message]{Start: int64(step), End: int64(step) + 1, Count: int64(len(data)) / 8, Size: int64(len(data)), Value: message{data, uint64(step)}}
				ok, err := s.Put(it)
				if fits := used+recordHeader+int64(len(data)) <= limit; err != nil || ok != fits {
					t.Fatalf("put %d bytes with %d in use: %v, %v", len(data), used, ok, err)
				}
				if ok {
					model = append(model, it)
					used += recordHeader + int64(len(data))
				}
				continue
			}
			it, ok, err := s.Take()
			if err != nil || ok != (len(model) > 0) {
				t.Fatalf("take: %v, %v with %d stored", ok, err, len(model))
			}
			if ok {
				w := model[0]
				model = model[1:]
				used -= recordHeader + w.Size
				if it.Start != w.Start || it.End != w.End || it.Count != w.Count || it.Size != w.Size || it.Value.seq != w.Value.seq || !bytes.Equal(it.Value.data, w.Value.data) {
					t.Fatalf("got item %d of %d bytes, want %d of %d", it.Start, it.Size, w.Start, w.Size)
				}
			}
			if s.Len() != len(model) {
				t.Fatalf("%d items, want %d", s.Len(), len(model))
			}
		}
	})
	if info, err := s.f.Stat(); err != nil || info.Size() > limit {
		t.Errorf("the file has %d bytes, the limit is %d (%v)", info.Size(), limit, err)
	}
}

func TestSpillLeavesNoFile(t *testing.T) {
	s := newTestSpill(t, 1<<16)
	folder := filepath.Dir(s.f.Name())
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(folder); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

// A full disk is no end: the policy of the queue decides, and the reason is told.
func TestFullDiskFallsBackToThePolicy(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Skip("there is no /dev/full here")
	}
	var told error
	s := &spill{f: full, limit: 1 << 20, alloc: func(n int) []byte { return make([]byte, n) }, release: func([]byte) {}, fault: func(err error) { told = err }}
	defer full.Close()
	q, err := queue.New(queue.Params[message]{Items: 1, Policy: queue.DropNewest, Spill: s})
	if err != nil {
		t.Fatal(err)
	}
	for i := range int64(3) {
		if err := q.Push(t.Context(), queue.Item[message]{Start: i, End: i + 1, Count: 1, Size: 4, Value: message{data: []byte("data")}}); err != nil {
			t.Fatal(err)
		}
	}
	if st := q.Stats(); st.Lost.Count != 2 || st.Waiting != 1 || told == nil {
		t.Errorf("stats %+v, told %v", st, told)
	}
}

func TestDamagedSpillIsReported(t *testing.T) {
	s := newTestSpill(t, 1<<16)
	defer s.close()
	if _, err := s.Put(queue.Item[message]{Size: 4, Value: message{data: []byte("data")}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.f.WriteAt(bytes.Repeat([]byte{0xff}, 8), 32); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Take(); err == nil {
		t.Error("a record of an impossible length was read")
	}
	if _, err := newSpill(filepath.Join(t.TempDir(), "missing"), 1<<16, nil, nil, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v, want that the folder does not exist", err)
	}
}

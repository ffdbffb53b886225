package broker

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"

	"hearpipe/internal/queue"
)

// message is one encoded block on its way.
type message struct {
	data []byte // its memory goes back to the publisher's pool
	seq  uint64
}

// spill is a ring of bytes in a file: messages that wait behind the memory of a queue. Its size is bounded, place is used
// again at once, and memory does not grow with it. The file has no name of meaning to anybody else and is removed on close.
// It implements queue.Spill.
type spill struct {
	f          *os.File
	limit      int64 // size of the ring [bytes]
	head, used int64 // where the oldest record begins, and bytes in use
	n          int
	record     []byte      // of the entry that is written or read
	fault      func(error) // is told why an item could not be written, such as a full disk
	alloc      func(n int) []byte
	release    func([]byte)
}

// recordHeader is what stands before the data of a message: start, end, count, number and length, 8 bytes each.
const recordHeader = 40

// newSpill makes the file. alloc and release are where the memory of messages comes from and goes.
func newSpill(folder string, limit int64, alloc func(n int) []byte, release func([]byte), fault func(error)) (*spill, error) {
	if limit < 1<<16 {
		return nil, fmt.Errorf("spill of %d bytes: want at least 64 KiB", limit)
	}
	if folder == "" {
		folder = os.TempDir()
	}
	f, err := os.CreateTemp(folder, "hearpipe-spill-*")
	if err != nil {
		return nil, fmt.Errorf("spill: %w", err)
	}
	return &spill{f: f, limit: limit, alloc: alloc, release: release, fault: fault}, nil
}

// Put writes an item at the end of the ring; false if there is no room, be it in the ring or, told to fault, on the
// disk: then the policy of the queue decides.
func (s *spill) Put(it queue.Item[message]) (bool, error) {
	size := int64(recordHeader + len(it.Value.data))
	if s.used+size > s.limit {
		return false, nil
	}
	b := s.record[:0]
	for _, x := range [...]uint64{uint64(it.Start), uint64(it.End), uint64(it.Count), it.Value.seq, uint64(len(it.Value.data))} {
		b = binary.LittleEndian.AppendUint64(b, x)
	}
	s.record = append(b, it.Value.data...)
	if err := s.around(s.record, s.head+s.used, s.f.WriteAt); err != nil {
		s.fault(err)
		return false, nil
	}
	s.used += size
	s.n++
	s.release(it.Value.data)
	return true, nil
}

// Take reads the oldest item and frees its place.
func (s *spill) Take() (it queue.Item[message], ok bool, err error) {
	if s.n == 0 {
		return it, false, nil
	}
	var head [recordHeader]byte
	if err := s.around(head[:], s.head, s.f.ReadAt); err != nil {
		return it, false, err
	}
	e := binary.LittleEndian
	it.Start, it.End, it.Count = int64(e.Uint64(head[:])), int64(e.Uint64(head[8:])), int64(e.Uint64(head[16:]))
	it.Value.seq = e.Uint64(head[24:])
	n := int64(e.Uint64(head[32:]))
	if n < 0 || recordHeader+n > s.used {
		return it, false, fmt.Errorf("spill %s: a record of %d bytes where %d are in use: somebody else has written to it", s.f.Name(), n, s.used)
	}
	it.Size = n
	it.Value.data = s.alloc(int(n))
	if err := s.around(it.Value.data, s.head+recordHeader, s.f.ReadAt); err != nil {
		return it, false, err
	}
	s.head = (s.head + recordHeader + n) % s.limit
	s.used -= recordHeader + n
	if s.n--; s.n == 0 {
		s.head = 0 // what is written next lies in pages that the system still holds
	}
	return it, true, nil
}

// Len is the number of items.
func (s *spill) Len() int { return s.n }

// around reads or writes b at a place of the ring, in two parts where it passes the end.
func (s *spill) around(b []byte, at int64, do func([]byte, int64) (int, error)) error {
	at %= s.limit
	first := min(int64(len(b)), s.limit-at)
	if _, err := do(b[:first], at); err != nil {
		return fmt.Errorf("spill: %w", err)
	}
	if first < int64(len(b)) {
		if _, err := do(b[first:], 0); err != nil {
			return fmt.Errorf("spill: %w", err)
		}
	}
	return nil
}

// close removes the file.
func (s *spill) close() error {
	path := s.f.Name()
	err := s.f.Close()
	if e := os.Remove(filepath.Clean(path)); err == nil {
		err = e
	}
	return err
}

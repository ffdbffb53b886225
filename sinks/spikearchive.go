package sinks

import (
	"fmt"
	"io"
	"os"

	"hearpipe/internal/atomicfile"
	"hearpipe/internal/npy"
	"hearpipe/stages"
)

// spikeArchive writes spikes as an NPZ archive. A member of an archive has to be written in one piece, and the number of
// spikes is known only at the end: until then times and cells grow in two temporary arrays beside the archive.
type spikeArchive struct {
	file *atomicfile.File
	t, i *spill
	rate float64
	done bool // nothing temporary is left
}

// spill is a temporary array. It is a complete NPY file when it is kept after a failed run.
type spill struct {
	array growing
	f     *os.File
}

func createSpill(path, name string, t npy.Type) (*spill, error) {
	f, err := os.OpenFile(path+"."+name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, err
	}
	s := &spill{f: f}
	if err := s.array.begin(f, t, 0); err != nil {
		s.remove()
		return nil, err
	}
	return s, nil
}

func (s *spill) remove() {
	s.f.Close()
	os.Remove(s.f.Name())
}

func newSpikeArchive(path string, rate float64) (spikeEncoder, error) {
	file, err := atomicfile.Create(path)
	if err != nil {
		return nil, err
	}
	if file.Temporary() == "" {
		file.Abort(false)
		return nil, fmt.Errorf("write %s: an archive cannot go to a device or a pipe", path)
	}
	s := &spikeArchive{file: file, rate: rate}
	if s.t, err = createSpill(file.Temporary(), "t.npy", npy.Float64); err == nil {
		if s.i, err = createSpill(file.Temporary(), "i.npy", npy.Int32); err != nil {
			s.t.remove()
		}
	}
	if err != nil {
		file.Abort(false)
		return nil, fmt.Errorf("write %s: %w", path, err)
	}
	return s, nil
}

func (s *spikeArchive) write(list []stages.Spike) error {
	for _, spike := range list {
		if err := s.t.array.reserve(8); err != nil {
			return s.explain(err)
		}
		s.t.array.buf = npy.AppendFloat64(s.t.array.buf, float64(spike.At)/s.rate)
		if err := s.i.array.reserve(4); err != nil {
			return s.explain(err)
		}
		s.i.array.buf = npy.AppendInt32(s.i.array.buf, spike.Cell)
	}
	s.t.array.rows += int64(len(list))
	s.i.array.rows += int64(len(list))
	return nil
}

// explain names the archive: its temporary arrays mean nothing to the user.
func (s *spikeArchive) explain(err error) error {
	return fmt.Errorf("write %s: %w", s.file.Path(), plain(err))
}

func (s *spikeArchive) finish(m Meta) ([]string, error) {
	if err := s.assemble(m); err != nil {
		s.abort(false)
		return nil, err
	}
	s.done = true
	s.t.remove()
	s.i.remove()
	if err := s.file.Commit(); err != nil {
		return nil, err
	}
	return []string{s.file.Path()}, nil
}

func (s *spikeArchive) assemble(m Meta) error {
	zip := npy.NewZipWriter(s.file)
	for _, a := range []struct {
		name string
		*spill
	}{{"t", s.t}, {"i", s.i}} {
		if err := a.array.flush(); err != nil {
			return s.explain(err)
		}
		bytes := a.array.rows * int64(a.array.header.Type.Size())
		data := io.NewSectionReader(a.f, npy.HeaderSize, bytes)
		if err := zip.Add(a.name, npy.Header{Type: a.array.header.Type, Shape: []int64{a.array.rows}}, data); err != nil {
			return s.explain(err)
		}
	}
	if err := zip.AddFloat64("rate", m.Rate); err != nil {
		return err
	}
	for _, n := range []struct {
		name  string
		value int64
	}{{"cells", int64(m.Channels)}, {"first", int64(m.First)}, {"frames", m.Frames}, {"start", m.Start}} {
		if n.name == "start" && n.value == 0 {
			continue
		}
		if err := zip.AddInt64(n.name, n.value); err != nil {
			return err
		}
	}
	if err := zip.AddText("reason", string(m.Reason)); err != nil {
		return err
	}
	if len(m.CF) > 0 {
		if err := zip.AddFloat64s("cf", m.CF); err != nil {
			return err
		}
	}
	return zip.Close()
}

func (s *spikeArchive) abort(keep bool) {
	if s.done {
		return
	}
	s.done = true
	for _, a := range []*spill{s.t, s.i} {
		if keep && a.array.end() == nil {
			a.f.Close()
		} else {
			a.remove()
		}
	}
	s.file.Abort(false) // it is still empty: the arrays hold what there is
}

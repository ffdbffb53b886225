package sinks

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"hearpipe/internal/npy"
	"hearpipe/stages"
)

// FrameFileParams describes a [FrameFile].
type FrameFileParams struct {
	// Path is the file to write; its extension is .npy.
	Path string
	// CF is the centre frequency of each channel of the input [Hz], kept in the metadata (default: unknown).
	CF []float64
}

// FrameFile writes frames to an NPY file of little-endian float64 with the shape frames × channels.
type FrameFile struct {
	input  stages.Stage
	p      FrameFileParams
	format stages.Format
	file   *described // nil before Open
	array  growing
	extent extent
	files  []string
}

var _ stages.FrameSink = (*FrameFile)(nil)

// NewFrameFile describes a file for the frames of input. A path without .npy and centre frequencies that do not fit the
// input are errors.
func NewFrameFile(input stages.Stage, p FrameFileParams) (*FrameFile, error) {
	if p.Path == "" {
		return nil, errors.New("frame file: the path is empty")
	}
	if ext := filepath.Ext(p.Path); strings.ToLower(ext) != ".npy" {
		return nil, fmt.Errorf("frame file %s: extension %q: want .npy", p.Path, ext)
	}
	if err := CheckCF(p.CF, input.Format().Channels); err != nil {
		return nil, fmt.Errorf("frame file %s: %w", p.Path, err)
	}
	return &FrameFile{input: input, p: p}, nil
}

// Input is the stream of frames.
func (s *FrameFile) Input() stages.Node { return s.input }

// Open begins the file under a temporary name, as [stages.Sink] says.
func (s *FrameFile) Open(ctx context.Context, f stages.Format) error {
	if err := s.extent.open("frame file", s.p.Path); err != nil {
		return err
	}
	file, err := createDescribed(s.p.Path)
	if err != nil {
		return err
	}
	s.file, s.format = file, f
	return s.array.begin(file.data, npy.Float64, f.Channels)
}

// WriteFrames writes a block, as [stages.FrameSink] says.
func (s *FrameFile) WriteFrames(ctx context.Context, at int64, f stages.Frames) error {
	if err := s.extent.follow(at, at+int64(f.N)); err != nil {
		return err
	}
	for i := range f.N {
		for row := f.Row(i); len(row) > 0; {
			if err := s.array.reserve(8); err != nil {
				return err
			}
			n := min(len(row), (bufferSize-len(s.array.buf))/8)
			buf := s.array.buf
			for _, x := range row[:n] {
				buf = npy.AppendFloat64(buf, x)
			}
			s.array.buf = buf
			row = row[n:]
		}
	}
	s.array.rows += int64(f.N)
	return nil
}

// Finish completes the file, as [stages.Sink] says.
func (s *FrameFile) Finish(e stages.Ending) error {
	if err := s.array.end(); err != nil {
		s.file.abort(false)
		return err
	}
	if err := s.file.commit(NewMeta("frames", s.format, e, s.p.CF)); err != nil {
		return err
	}
	s.files = s.file.files()
	return nil
}

// Abort removes the file, as [stages.Sink] says. A partial file that is kept is complete in itself.
func (s *FrameFile) Abort(keep bool) {
	if s.file == nil {
		return
	}
	if keep {
		_ = s.array.end()
	}
	s.file.abort(keep)
}

// Files lists the files that Finish completed.
func (s *FrameFile) Files() []string { return s.files }

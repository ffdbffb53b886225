package sinks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"hearpipe/stages"
)

// SpikeFormat is a way to write spikes.
type SpikeFormat string

// The formats of spike files; the package comment says what they look like.
const (
	CSV    SpikeFormat = "csv"
	NDJSON SpikeFormat = "ndjson"
	NPZ    SpikeFormat = "npz"
)

// SpikeFormatOf tells the format by the extension of a path.
func SpikeFormatOf(path string) (SpikeFormat, error) {
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".csv", ".ndjson", ".npz":
		return SpikeFormat(ext[1:]), nil
	default:
		return "", fmt.Errorf("spike file %s: extension %q: want .csv, .ndjson or .npz", path, ext)
	}
}

// SpikeFileParams describes a [SpikeFile].
type SpikeFileParams struct {
	// Path is the file to write.
	Path string
	// Format is how to write it (default: by the extension of Path).
	Format SpikeFormat
	// Writer takes the text in place of a file; then Path must be empty and Format CSV or NDJSON. What a block holds is
	// written at once, for readers that listen. It is not closed, and no metadata are written.
	Writer io.Writer
	// CF is the centre frequency of each cell of the input [Hz], kept in the metadata (default: unknown).
	CF []float64
}

// SpikeFile writes spikes to a file.
type SpikeFile struct {
	input   stages.SpikeStage
	p       SpikeFileParams
	format  stages.Format
	encoder spikeEncoder // nil before Open
	extent  extent
	spikes  int64
	files   []string
}

var _ stages.SpikeSink = (*SpikeFile)(nil)

// spikeEncoder writes one of the formats. After finish, successful or not, nothing temporary is left.
type spikeEncoder interface {
	write(list []stages.Spike) error
	finish(m Meta) ([]string, error)
	abort(keep bool)
}

// NewSpikeFile describes a file for the spikes of input. An unknown format, a missing path and centre frequencies that
// do not fit the input are errors.
func NewSpikeFile(input stages.SpikeStage, p SpikeFileParams) (*SpikeFile, error) {
	if err := CheckCF(p.CF, input.Format().Channels); err != nil {
		return nil, fmt.Errorf("spike file %s: %w", p.Path, err)
	}
	if p.Writer != nil {
		if p.Path != "" {
			return nil, fmt.Errorf("spike file %s: both a path and a writer: want one of them", p.Path)
		}
		if p.Format != CSV && p.Format != NDJSON {
			return nil, fmt.Errorf("spikes to a writer: format %q: want csv or ndjson", p.Format)
		}
		return &SpikeFile{input: input, p: p}, nil
	}
	if p.Path == "" {
		return nil, errors.New("spike file: the path is empty")
	}
	switch p.Format {
	case "":
		format, err := SpikeFormatOf(p.Path)
		if err != nil {
			return nil, err
		}
		p.Format = format
	case CSV, NDJSON, NPZ:
	default:
		return nil, fmt.Errorf("spike file %s: format %q: want csv, ndjson or npz", p.Path, p.Format)
	}
	return &SpikeFile{input: input, p: p}, nil
}

// Input is the stream of spikes.
func (s *SpikeFile) Input() stages.Node { return s.input }

// Open begins the file under a temporary name, as [stages.Sink] says.
func (s *SpikeFile) Open(ctx context.Context, f stages.Format) error {
	if err := s.extent.open("spike file", s.p.Path); err != nil {
		return err
	}
	s.format = f
	var err error
	switch {
	case s.p.Writer != nil:
		s.encoder = newSpikeText(s.p.Writer, nil, s.p.Format, f.Rate)
		err = s.encoder.write(nil) // the header: a reader sees at once that the stream has begun
	case s.p.Format == NPZ:
		s.encoder, err = newSpikeArchive(s.p.Path, f.Rate)
	default:
		var file *described
		if file, err = createDescribed(s.p.Path); err == nil {
			s.encoder = newSpikeText(file.data, file, s.p.Format, f.Rate)
		}
	}
	return err
}

// WriteSpikes writes the spikes of a block, as [stages.SpikeSink] says.
func (s *SpikeFile) WriteSpikes(ctx context.Context, b stages.Spikes) error {
	if err := s.extent.follow(b.Start, b.End); err != nil {
		return err
	}
	s.spikes += int64(len(b.List))
	return s.encoder.write(b.List)
}

// Finish completes the file, as [stages.Sink] says.
func (s *SpikeFile) Finish(e stages.Ending) error {
	files, err := s.encoder.finish(NewMeta("spikes", s.format, e, s.p.CF))
	s.files = files
	return err
}

// Abort removes the file, as [stages.Sink] says.
func (s *SpikeFile) Abort(keep bool) {
	if s.encoder != nil {
		s.encoder.abort(keep)
	}
}

// Spikes is the number of spikes written so far.
func (s *SpikeFile) Spikes() int64 { return s.spikes }

// Files lists the files that Finish completed.
func (s *SpikeFile) Files() []string { return s.files }

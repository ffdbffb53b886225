package sinks

import (
	"bufio"
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"hearpipe/stages"
)

// CountFileParams describes a [CountFile].
type CountFileParams struct {
	// Path is the file to write, .csv. Without one the numbers are only kept.
	Path string
	// Edges, if given, has the inter-spike intervals of all cells counted instead of the spikes of each: they are the
	// borders of the bins [s], ascending, 0 or more. Bin k holds intervals from Edges[k] up to, not including, Edges[k+1];
	// the last bin has no end, and shorter intervals are not counted. An interval within 1e-9 frames of a border is on it.
	Edges []float64
}

// CountFile counts spikes, or inter-spike intervals, while a stream passes, without keeping it, and writes a table at the
// end:
//
//   - spikes: "cell,spikes,rate", one line per cell with its absolute number and its mean rate over the stream [Hz];
//   - intervals: "from,to,intervals", one line per bin [s]; the end of the last one is inf.
type CountFile struct {
	input  stages.SpikeStage
	p      CountFileParams
	format stages.Format
	edges  []float64 // in frames
	counts []int64   // per cell, or per bin
	last   []int64   // frame of the last spike of each cell, -1 before the first
	extent extent
	file   *described
	files  []string
}

var _ stages.SpikeSink = (*CountFile)(nil)

// NewCountFile describes counts of the spikes of input. Another extension and edges that do not ascend are errors.
func NewCountFile(input stages.SpikeStage, p CountFileParams) (*CountFile, error) {
	if ext := strings.ToLower(filepath.Ext(p.Path)); p.Path != "" && ext != ".csv" {
		return nil, fmt.Errorf("count file %s: extension %q: want .csv", p.Path, ext)
	}
	s := &CountFile{input: input, p: p, format: input.Format(), counts: make([]int64, input.Format().Channels)}
	for k, x := range p.Edges {
		if !(x >= 0) || math.IsInf(x, 0) || k > 0 && x <= p.Edges[k-1] {
			return nil, fmt.Errorf("count file %s: edge %d at %g s: want ascending times of 0 s or more", p.Path, k, x)
		}
		s.edges = append(s.edges, x*s.format.Rate-1e-9)
	}
	if len(p.Edges) > 0 {
		s.counts, s.last = make([]int64, len(p.Edges)), slices.Repeat([]int64{-1}, s.format.Channels)
	}
	return s, nil
}

// Input is the stream of spikes.
func (s *CountFile) Input() stages.Node { return s.input }

// Open begins the file under a temporary name, as [stages.Sink] says.
func (s *CountFile) Open(_ context.Context, f stages.Format) error {
	if err := s.extent.open("count file", s.p.Path); err != nil {
		return err
	}
	s.format = f
	if s.p.Path == "" {
		return nil
	}
	var err error
	s.file, err = createDescribed(s.p.Path)
	return err
}

// WriteSpikes counts a block, as [stages.SpikeSink] says.
func (s *CountFile) WriteSpikes(_ context.Context, block stages.Spikes) error {
	if err := s.extent.follow(block.Start, block.End); err != nil {
		return err
	}
	for _, x := range block.List {
		c := int(x.Cell) - s.format.First
		if s.last == nil {
			s.counts[c]++
			continue
		}
		if s.last[c] >= 0 {
			interval := float64(x.At - s.last[c])
			k, _ := slices.BinarySearch(s.edges, interval)
			if k < len(s.edges) && s.edges[k] == interval {
				k++
			}
			if k > 0 {
				s.counts[k-1]++
			}
		}
		s.last[c] = x.At
	}
	return nil
}

// Counts are the numbers of spikes of each cell, or of intervals in each bin, so far.
func (s *CountFile) Counts() []int64 { return slices.Clone(s.counts) }

// Finish writes the file, as [stages.Sink] says.
func (s *CountFile) Finish(e stages.Ending) error {
	if s.file == nil {
		return nil
	}
	w := bufio.NewWriterSize(s.file.data, bufferSize)
	header := "cell,spikes,rate\n"
	if s.last != nil {
		header = "from,to,intervals\n"
	}
	w.WriteString(header) // errors stay in the writer until it is flushed
	var line []byte
	for k, n := range s.counts {
		if s.last == nil {
			line = strconv.AppendInt(append(strconv.AppendInt(line[:0], int64(s.format.First+k), 10), ','), n, 10)
			line = strconv.AppendFloat(append(line, ','), float64(n)*s.format.Rate/float64(e.Frames-e.Start), 'g', -1, 64)
		} else {
			to := math.Inf(1)
			if k+1 < len(s.p.Edges) {
				to = s.p.Edges[k+1]
			}
			line = strconv.AppendFloat(append(strconv.AppendFloat(line[:0], s.p.Edges[k], 'g', -1, 64), ','), to, 'g', -1, 64)
			line = strconv.AppendInt(append(line, ','), n, 10)
		}
		w.Write(append(line, '\n'))
	}
	if err := w.Flush(); err != nil {
		s.file.abort(false)
		return err
	}
	if err := s.file.commit(NewMeta("counts", s.format, e, nil)); err != nil {
		return err
	}
	s.files = s.file.files()
	return nil
}

// Abort removes the file, as [stages.Sink] says. There is nothing to keep: numbers are written at the end only.
func (s *CountFile) Abort(bool) { s.file.abort(false) }

// Files lists the files that were written.
func (s *CountFile) Files() []string { return s.files }

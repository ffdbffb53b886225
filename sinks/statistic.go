package sinks

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"hearpipe/internal/kernel"
	"hearpipe/internal/npy"
	"hearpipe/stages"
)

// Statistic is a number that sums a channel up. x_i are the n samples of the channel, in order.
type Statistic string

// The statistics. All sums run in the order of the frames, so that no result depends on the size of blocks.
const (
	RMS        Statistic = "rms"        // sqrt(sum(x_i²)/n)
	Mean       Statistic = "mean"       // sum(x_i)/n
	Max        Statistic = "max"        // the largest x_i
	Min        Statistic = "min"        // the smallest x_i
	SumSquares Statistic = "sumsquares" // sum(x_i²)
	Phase      Statistic = "phase"      // arg(sum(x_i·exp(2πi·f·i/rate)))/π, -1 < phase <= 1, f being the channel's frequency
)

// Statistics lists all of them.
func Statistics() []Statistic { return []Statistic{RMS, Mean, Max, Min, SumSquares, Phase} }

// StatisticFileParams describes a [StatisticFile].
type StatisticFileParams struct {
	// Path is the file to write, .csv or .npy. Without one the numbers are only kept for Values.
	Path string
	// Of says which statistics are computed (default: RMS).
	Of []Statistic
	// Frequencies are those of [Phase], one per channel [Hz].
	Frequencies []float64
	// CF is the centre frequency of each channel of the input [Hz]: a column of the file (default: none).
	CF []float64
}

// StatisticFile computes statistics of each channel of a stream while it passes, without keeping the stream, and
// writes them at the end:
//
//   - .csv: a header such as "channel,cf,rms" and one line per channel, with absolute channel numbers, cf [Hz] only if
//     it is known, and numbers as the shortest decimals that read back identically;
//   - .npy: a vector of channels float64, or a matrix channels × statistics if there are several.
//
// A NaN in a channel makes all its statistics NaN. Those of an empty stream are NaN, but the sum of squares is 0.
type StatisticFile struct {
	input    stages.Stage
	p        StatisticFileParams
	format   stages.Format
	file     *described // nil before Open, or without a path
	extent   extent
	sum      []float64 // per channel; nil if no statistic needs it
	squares  []float64
	max, min []float64
	re, im   []float64
	files    []string
}

var _ stages.FrameSink = (*StatisticFile)(nil)

// NewStatisticFile describes statistics of the channels of input. Unknown or repeated statistics, another extension and
// centre frequencies that do not fit the input are errors.
func NewStatisticFile(input stages.Stage, p StatisticFileParams) (*StatisticFile, error) {
	if len(p.Of) == 0 {
		p.Of = []Statistic{RMS}
	}
	for i, kind := range p.Of {
		if !slices.Contains(Statistics(), kind) {
			return nil, fmt.Errorf("statistic %q: want one of %v", string(kind), Statistics())
		}
		if slices.Contains(p.Of[:i], kind) {
			return nil, fmt.Errorf("statistic %q is named twice", string(kind))
		}
	}
	if ext := strings.ToLower(filepath.Ext(p.Path)); p.Path != "" && ext != ".csv" && ext != ".npy" {
		return nil, fmt.Errorf("statistic file %s: extension %q: want .csv or .npy", p.Path, ext)
	}
	channels := input.Format().Channels
	if err := CheckCF(p.CF, channels); err != nil {
		return nil, fmt.Errorf("statistic file %s: %w", p.Path, err)
	}
	s := &StatisticFile{input: input, p: p, format: input.Format()}
	fill := func(x float64) []float64 { return slices.Repeat([]float64{x}, channels) }
	for _, kind := range p.Of {
		switch kind {
		case RMS, SumSquares:
			s.squares = fill(0)
		case Mean:
			s.sum = fill(0)
		case Max:
			s.max = fill(math.Inf(-1))
		case Min:
			s.min = fill(math.Inf(1))
		case Phase:
			if len(p.Frequencies) != channels {
				return nil, fmt.Errorf("statistic phase: %d frequencies for %d channels: want one each", len(p.Frequencies), channels)
			}
			for c, f := range p.Frequencies {
				if f-f != 0 {
					return nil, fmt.Errorf("statistic phase: frequency %g Hz of channel %d: want a finite number", f, c)
				}
			}
			s.re, s.im = fill(0), fill(0)
		}
	}
	return s, nil
}

// Input is the stream of frames.
func (s *StatisticFile) Input() stages.Node { return s.input }

// Open begins the file under a temporary name, as [stages.Sink] says.
func (s *StatisticFile) Open(ctx context.Context, f stages.Format) error {
	if err := s.extent.open("statistic file", s.p.Path); err != nil {
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

// WriteFrames adds a block, as [stages.FrameSink] says.
func (s *StatisticFile) WriteFrames(ctx context.Context, at int64, f stages.Frames) error {
	if err := s.extent.follow(at, at+int64(f.N)); err != nil {
		return err
	}
	if s.squares != nil && f.N > 0 {
		kernel.SumSquares(s.squares, kernel.Rows{Data: f.Data, Stride: f.Stride, Step: 1}, f.N)
	}
	for i := range f.N {
		row := f.Row(i)
		if sum := s.sum; sum != nil {
			for c, x := range row {
				sum[c] += x
			}
		}
		if top := s.max; top != nil {
			for c, x := range row {
				top[c] = max(top[c], x) // NaN wins
			}
		}
		if low := s.min; low != nil {
			for c, x := range row {
				low[c] = min(low[c], x)
			}
		}
		if s.re != nil {
			s.turn(row, at+int64(i))
		}
	}
	return nil
}

// turn adds a frame to the sums of the phases.
func (s *StatisticFile) turn(row []float64, frame int64) {
	for c, x := range row {
		cycles := s.p.Frequencies[c] * (float64(frame) / s.format.Rate)
		sin, cos := kernel.Sincos(2 * math.Pi * (cycles - math.Floor(cycles)))
		s.re[c] += float64(x * cos)
		s.im[c] += float64(x * sin)
	}
}

// Values returns the statistic of each channel over the frames so far. A statistic that was not asked for is an error.
func (s *StatisticFile) Values(kind Statistic) ([]float64, error) {
	if !slices.Contains(s.p.Of, kind) {
		return nil, fmt.Errorf("statistic %q: only %v are computed", string(kind), s.p.Of)
	}
	values := make([]float64, s.format.Channels)
	for c := range values {
		values[c] = s.value(kind, c)
	}
	return values, nil
}

func (s *StatisticFile) value(kind Statistic, c int) float64 {
	switch {
	case kind == SumSquares:
		return s.squares[c]
	case s.extent.frames() == 0:
		return math.NaN()
	case kind == RMS:
		return math.Sqrt(s.squares[c] / float64(s.extent.frames()))
	case kind == Mean:
		return s.sum[c] / float64(s.extent.frames())
	case kind == Max:
		return s.max[c]
	case kind == Phase:
		return kernel.Atan2(s.im[c], s.re[c]) / math.Pi
	default:
		return s.min[c]
	}
}

// Finish writes the file, as [stages.Sink] says.
func (s *StatisticFile) Finish(e stages.Ending) error {
	if s.file == nil {
		return nil
	}
	w := bufio.NewWriterSize(s.file.data, bufferSize)
	var err error
	if strings.ToLower(filepath.Ext(s.p.Path)) == ".npy" {
		err = s.array(w)
	} else {
		s.table(w)
	}
	if err = errors.Join(err, w.Flush()); err != nil {
		s.file.abort(false)
		return err
	}
	if err := s.file.commit(NewMeta("statistic", s.format, e, s.p.CF)); err != nil {
		return err
	}
	s.files = s.file.files()
	return nil
}

// table writes CSV. Errors stay in the writer until it is flushed.
func (s *StatisticFile) table(w *bufio.Writer) {
	header := []string{"channel"}
	if len(s.p.CF) > 0 {
		header = append(header, "cf")
	}
	for _, kind := range s.p.Of {
		header = append(header, string(kind))
	}
	io.WriteString(w, strings.Join(header, ",")+"\n")
	var line []byte
	for c := range s.format.Channels {
		line = strconv.AppendInt(line[:0], int64(s.format.First+c), 10)
		if len(s.p.CF) > 0 {
			line = strconv.AppendFloat(append(line, ','), s.p.CF[c], 'g', -1, 64)
		}
		for _, kind := range s.p.Of {
			line = strconv.AppendFloat(append(line, ','), s.value(kind, c), 'g', -1, 64)
		}
		w.Write(append(line, '\n'))
	}
}

// array writes NPY.
func (s *StatisticFile) array(w *bufio.Writer) error {
	shape := []int64{int64(s.format.Channels)}
	if len(s.p.Of) > 1 {
		shape = append(shape, int64(len(s.p.Of)))
	}
	b, err := npy.AppendHeader(nil, npy.Header{Type: npy.Float64, Shape: shape})
	if err != nil {
		return err
	}
	w.Write(b)
	for c := range s.format.Channels {
		for _, kind := range s.p.Of {
			w.Write(npy.AppendFloat64(b[:0], s.value(kind, c)))
		}
	}
	return nil
}

// Abort removes the file, as [stages.Sink] says. There is nothing to keep: numbers are written at the end only.
func (s *StatisticFile) Abort(keep bool) {
	s.file.abort(false)
}

// Files lists the files that Finish completed.
func (s *StatisticFile) Files() []string { return s.files }

package neurons

import (
	"context"

	"hearpipe/stages"
)

// addFrames makes a stream of a variable of n cells; f writes its values at the end of a step.
func (n *Network) addFrames(c *Clock, name string, cells int, f func(step int64, to []float64)) (*stages.Stream, error) {
	if err := n.between("a stream added"); err != nil {
		return nil, err
	}
	node, err := n.node.Add(stages.PortSpec{Name: name, Format: n.format(cells)})
	if err != nil {
		return nil, err
	}
	ticks := node.(*stages.Stream)
	if c.period == 1 {
		n.outputs = append(n.outputs, output{clock: c, frames: f})
		return ticks, nil
	}
	n.outputs = append(n.outputs, output{name: name, clock: c, frames: f, held: make([]float64, cells)})
	s, err := stages.New("neurons.slower", n.slow(c, cells), &slowFrames{ticks, c.period}, stages.From(ticks)...)
	if err != nil {
		return nil, err
	}
	n.node.Follow(s, c.period)
	return s, nil
}

// slow is the format of the streams of a clock that is slower than the tick.
func (n *Network) slow(c *Clock, cells int) stages.Format {
	f := n.format(cells)
	f.Rate = rateOf(c.dt)
	if f.Frames != stages.Unbounded {
		f.Frames = (f.Frames + c.period - 1) / c.period
	}
	return f
}

// slowFrames takes the frame of the last tick of each step.
type slowFrames struct {
	src *stages.Stream
	k   int64
}

// Fill fetches one frame at a time where steps are long, so that the window of the ticks stays small.
func (s *slowFrames) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	for i := range dst.N {
		j := min((at+int64(i)+1)*s.k, s.src.Format().Frames) - 1
		f, err := s.src.Fetch(ctx, j, j+1)
		if f.N == 0 {
			return i, err
		}
		copy(dst.Row(i), f.Row(0))
	}
	return dst.N, nil
}

// addSpikes makes a stream of spikes; f appends those of the step that just ended, labelled with the given tick.
func (n *Network) addSpikes(c *Clock, name string, cells int, f func(tick int64, list *[]stages.Spike)) (*stages.SpikeStream, error) {
	if err := n.between("a stream added"); err != nil {
		return nil, err
	}
	node, err := n.node.Add(stages.PortSpec{Name: name, Format: n.format(cells), Spikes: true})
	if err != nil {
		return nil, err
	}
	n.outputs = append(n.outputs, output{clock: c, spikes: f})
	ticks := node.(*stages.SpikeStream)
	if c.period == 1 {
		return ticks, nil
	}
	s, err := stages.NewSpikes("neurons.slower", n.slow(c, cells), &slower{ticks, c.period}, stages.From(ticks)...)
	if err != nil {
		return nil, err
	}
	n.node.Follow(s, c.period)
	return s, nil
}

// slower labels the spikes of a clock that is slower than the tick with its own steps. They leave with the last tick of
// the step, as frames do.
type slower struct {
	src *stages.SpikeStream
	k   int64
}

// FillSpikes reads the last ticks of n steps and what lies between them.
func (s *slower) FillSpikes(ctx context.Context, at int64, n int, list *[]stages.Spike) (int, error) {
	frames := s.src.Format().Frames
	got, err := s.src.FetchSpikes(ctx, min((at+1)*s.k, frames)-1, min((at+int64(n))*s.k, frames))
	for _, x := range got.List {
		*list = append(*list, stages.Spike{At: x.At / s.k, Cell: x.Cell})
	}
	if got.End == frames {
		return n, err
	}
	return int(max(0, got.End/s.k-at)), err
}

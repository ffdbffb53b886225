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
	n.outputs = append(n.outputs, output{clock: c, frames: f})
	if c.period == 1 {
		return node.(*stages.Stream), nil
	}
	return stages.NewEvery(node.(*stages.Stream), c.period)
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
	format := n.format(cells)
	format.Rate = rateOf(c.dt)
	if format.Frames != stages.Unbounded {
		format.Frames = (format.Frames + c.period - 1) / c.period
	}
	return stages.NewSpikes("neurons.slower", format, &slower{ticks, c.period}, stages.From(ticks)...)
}

// slower labels the spikes of a clock that is slower than the tick with its own steps.
type slower struct {
	src *stages.SpikeStream
	k   int64
}

// FillSpikes reads the ticks of n steps.
func (s *slower) FillSpikes(ctx context.Context, at int64, n int, list *[]stages.Spike) (int, error) {
	end := min((at+int64(n))*s.k, s.src.Format().Frames)
	got, err := s.src.FetchSpikes(ctx, at*s.k, end)
	for _, x := range got.List {
		*list = append(*list, stages.Spike{At: x.At / s.k, Cell: x.Cell})
	}
	return int((got.End - at*s.k + s.k - 1) / s.k), err
}

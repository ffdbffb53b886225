package sinks_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"hearpipe/sinks"
	"hearpipe/stages"
)

// ticks fires cell 0 in every frame and cell 1 in every other.
type ticks struct{}

func (ticks) FillSpikes(ctx context.Context, at int64, n int, dst *[]stages.Spike) (int, error) {
	for i := range int64(n) {
		*dst = append(*dst, stages.Spike{At: at + i, Cell: 0})
		if (at+i)%2 == 1 {
			*dst = append(*dst, stages.Spike{At: at + i, Cell: 1})
		}
	}
	return n, nil
}

func ticking() *stages.SpikeStream {
	s, err := stages.NewSpikes("example.ticks", stages.Format{Rate: 1000, Channels: 2, Frames: 4}, ticks{})
	if err != nil {
		panic(err)
	}
	return s
}

// counting has 0, 1, 2, … in one channel and -1 in the other.
type counting struct{}

func (counting) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	for i := range dst.N {
		dst.Row(i)[0] = float64(at + int64(i))
		dst.Row(i)[1] = -1
	}
	return dst.N, nil
}

func count() *stages.Stream {
	s, err := stages.New("example.count", stages.Format{Rate: 1000, Channels: 2, Frames: 4}, counting{})
	if err != nil {
		panic(err)
	}
	return s
}

// folder is a temporary folder for files.
func folder() (path string, remove func()) {
	path, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	return path, func() { os.RemoveAll(path) }
}

func ExampleNewSpikeFile() {
	dir, remove := folder()
	defer remove()
	path := filepath.Join(dir, "spikes.csv")

	sink, err := sinks.NewSpikeFile(ticking(), sinks.SpikeFileParams{Path: path})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := stages.Run(context.Background(), stages.RunOptions{}, sink); err != nil {
		fmt.Println(err)
		return
	}
	text, _ := os.ReadFile(path)
	fmt.Print(string(text))

	meta, _, _ := sinks.ReadMeta(path)
	fmt.Println(meta.Holds, "of", meta.Channels, "cells in", meta.Seconds(), "s:", meta.Reason)
	// Output:
	// t,i
	// 0,0
	// 0.001,0
	// 0.001,1
	// 0.002,0
	// 0.003,0
	// 0.003,1
	// spikes of 2 cells in 0.004 s: end of stream
}

func ExampleNewSpikeFile_writer() {
	sink, err := sinks.NewSpikeFile(ticking(), sinks.SpikeFileParams{Writer: os.Stdout, Format: sinks.NDJSON})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := stages.Run(context.Background(), stages.RunOptions{Seconds: 0.002}, sink); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"t":0,"i":0}
	// {"t":0.001,"i":0}
	// {"t":0.001,"i":1}
}

func ExampleOpenSpikes() {
	dir, remove := folder()
	defer remove()
	path := filepath.Join(dir, "spikes.npz")
	sink, err := sinks.NewSpikeFile(ticking(), sinks.SpikeFileParams{Path: path})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := stages.Run(context.Background(), stages.RunOptions{Seconds: 0.002}, sink); err != nil {
		fmt.Println(err)
		return
	}

	spikes, err := sinks.OpenSpikes(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer spikes.Close()
	for {
		t, cell, err := spikes.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(t, cell)
	}
	// Output:
	// 0 0
	// 0.001 0
	// 0.001 1
}

func ExampleNewSpikeChannel() {
	sink, err := sinks.NewSpikeChannel(ticking(), sinks.SpikeChannelParams{})
	if err != nil {
		fmt.Println(err)
		return
	}
	failed := make(chan error, 1)
	go func() {
		_, err := stages.Run(context.Background(), stages.RunOptions{Block: 2}, sink)
		sink.Abort(false) // closes the channel if the run could not begin
		failed <- err
	}()
	for b := range sink.Batches() {
		fmt.Println(b.Start, b.End, b.List)
		sink.Recycle(b)
	}
	fmt.Println(<-failed)
	// Output:
	// 0 2 [{0 0} {1 0} {1 1}]
	// 2 4 [{2 0} {3 0} {3 1}]
	// <nil>
}

func ExampleNewFrameFile() {
	dir, remove := folder()
	defer remove()
	path := filepath.Join(dir, "frames.npy")
	sink, err := sinks.NewFrameFile(count(), sinks.FrameFileParams{Path: path})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := stages.Run(context.Background(), stages.RunOptions{}, sink); err != nil {
		fmt.Println(err)
		return
	}
	shape, data, err := sinks.ReadArray(path)
	fmt.Println(shape, data, err)
	// Output: [4 2] [0 -1 1 -1 2 -1 3 -1] <nil>
}

func ExampleNewStatisticFile() {
	dir, remove := folder()
	defer remove()
	path := filepath.Join(dir, "mean.csv")
	sink, err := sinks.NewStatisticFile(count(), sinks.StatisticFileParams{
		Path: path, Of: []sinks.Statistic{sinks.Mean, sinks.Max}, CF: []float64{100, 200},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := stages.Run(context.Background(), stages.RunOptions{}, sink); err != nil {
		fmt.Println(err)
		return
	}
	text, _ := os.ReadFile(path)
	fmt.Print(string(text))
	// Output:
	// channel,cf,mean,max
	// 0,100,1.5,3
	// 1,200,-1,-1
}

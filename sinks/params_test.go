package sinks

import (
	"math"
	"os"
	"strings"
	"testing"
)

func TestParametersThatCannotBeAreRefused(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		name string
		make func() error
		want string
	}{
		{"no path", spikeError(SpikeFileParams{}), "path is empty"},
		{"extension", spikeError(SpikeFileParams{Path: "s.txt"}), `".txt": want .csv, .ndjson or .npz`},
		{"format", spikeError(SpikeFileParams{Path: "s.csv", Format: "xml"}), `"xml"`},
		{"cf", spikeError(SpikeFileParams{Path: "s.csv", CF: []float64{1}}), "1 centre frequencies for 2"},
		{"infinite cf", spikeError(SpikeFileParams{Path: "s.csv", CF: []float64{1, inf}}), "channel 1: +Inf Hz"},
		{"two places", spikeError(SpikeFileParams{Path: "s.csv", Writer: os.Stderr}), "want one of them"},
		{"archive to a writer", spikeError(SpikeFileParams{Format: NPZ, Writer: os.Stderr}), "want csv or ndjson"},
		{"frames without path", frameError(FrameFileParams{}), "path is empty"},
		{"frames as csv", frameError(FrameFileParams{Path: "f.csv"}), "want .npy"},
		{"cf of frames", frameError(FrameFileParams{Path: "f.npy", CF: []float64{1}}), "1 centre frequencies for 2"},
		{"statistic", statisticError(StatisticFileParams{Of: []Statistic{"median"}}), `"median": want one of`},
		{"twice", statisticError(StatisticFileParams{Of: []Statistic{RMS, RMS}}), "twice"},
		{"statistic as txt", statisticError(StatisticFileParams{Path: "a.txt"}), "want .csv or .npy"},
		{"cf of statistic", statisticError(StatisticFileParams{CF: []float64{1}}), "1 centre frequencies for 2"},
		{"batches", func() error { _, err := NewSpikeChannel(cells(2, 0), SpikeChannelParams{-1}); return err }, "-1 batches"},
	} {
		if err := c.make(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
}

func spikeError(p SpikeFileParams) func() error {
	return func() error { _, err := NewSpikeFile(cells(2, 0), p); return err }
}

func frameError(p FrameFileParams) func() error {
	return func() error { _, err := NewFrameFile(channels(2, 0), p); return err }
}

func statisticError(p StatisticFileParams) func() error {
	return func() error { _, err := NewStatisticFile(channels(2, 0), p); return err }
}

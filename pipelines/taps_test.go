package pipelines

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

func TestTapsReadStreamsBesideTheSinks(t *testing.T) {
	for _, only := range []bool{false, true} {
		var names []string
		var cells *stagetest.SpikeRecorder
		var bank *stagetest.FrameRecorder
		opt := Options{TapsOnly: only, Taps: func(list []Stream) ([]Tap, error) {
			for _, s := range list {
				names = append(names, s.Name)
				if s.Source != (s.Name == "noise") || s.Spikes != (s.Name == "cells") || s.Rate != 16000 || s.Name == "bank" && len(s.CF) != 80 {
					t.Errorf("%+v", s)
				}
			}
			return []Tap{
				{"cells", func(in stages.Node) (stages.Sink, error) {
					cells = stagetest.NewSpikeRecorder(in.(stages.SpikeStage))
					return cells, nil
				}},
				{"bank", func(in stages.Node) (stages.Sink, error) {
					bank = stagetest.NewFrameRecorder(in.(stages.Stage))
					return bank, nil
				}},
			}, nil
		}}
		p, folder := planned(t, ear, nil, opt)
		var cost map[string]time.Duration
		m := &stages.Meter{}
		m.Block = func(c stages.BlockCost) {
			if cost == nil {
				cost = map[string]time.Duration{}
			}
			for i, name := range m.Names() {
				cost[name] += c.Nodes[i]
			}
		}
		if _, err := p.Run(context.Background(), stages.RunOptions{Meter: m}); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(names, []string{"noise", "bank", "ihc", "cells"}) || len(bank.Data) != 4800*80 || len(cells.List) == 0 {
			t.Errorf("%v, %d samples, %d spikes", names, len(bank.Data), len(cells.List))
		}
		for _, name := range names {
			if cost[name] <= 0 {
				t.Errorf("%s took %v", name, cost[name])
			}
		}
		sinks := p.SinkNames()
		if files, _ := os.ReadDir(folder); only != (len(files) == 0) || only != slices.Equal(sinks, []string{"cells", "bank"}) {
			t.Errorf("taps only %v: %d files, sinks %v", only, len(files), sinks)
		}
	}
}

func TestTapOfNothingIsRefused(t *testing.T) {
	d, err := Parse("test.yaml", []byte(ear))
	if err != nil {
		t.Fatal(err)
	}
	for stream, says := range map[string]string{"cell": `there is no stream "cell" (did you mean "cells"?); the pipeline has noise, bank, ihc and cells`, "cells.v": "there is no stream"} {
		_, err := d.Check(Options{Access: Access{Folder: t.TempDir()}, Taps: func([]Stream) ([]Tap, error) { return []Tap{{Stream: stream}}, nil }})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", stream, err)
		}
	}
}

func TestEndlessRunEndsByAnInterrupt(t *testing.T) {
	text := strings.Replace(ear, "duration: 300 ms", "", 1)
	p, _ := planned(t, text, nil, Options{Endless: true})
	interrupt := make(chan struct{})
	res, err := p.Run(context.Background(), stages.RunOptions{Interrupt: interrupt, Progress: func(x stages.Progress) {
		if x.Done > 0.5 && interrupt != nil {
			close(interrupt)
			interrupt = nil
		}
	}})
	if err != nil || res.Reason != stages.Interrupted {
		t.Errorf("%v, %v", res.Reason, err)
	}
}

func TestNetworkIsMeasuredAsOne(t *testing.T) {
	p, _ := planned(t, `
duration: 100 ms
nodes:
  a: {type: neurons.group, cells: 30, equations: "dv/dt = (2-v)/(5*ms) : 1", threshold: v > 1, reset: v = 0}
  b: {type: neurons.group, cells: 30, equations: "dv/dt = -v/(5*ms) : 1", threshold: v > 1, reset: v = 0}
  s: {type: neurons.synapses, source: a, target: b, on_pre: v_post += 0.1, connect: {p: 1}}
sinks: [{type: spikes, from: b, path: out.csv}]
`, nil, Options{})
	if names := p.NodeNames(); len(names) != 1 {
		t.Errorf("%v", names)
	}
	var cost time.Duration
	m := &stages.Meter{Block: func(c stages.BlockCost) { cost += c.Nodes[0] }}
	if _, err := p.Run(context.Background(), stages.RunOptions{Meter: m}); err != nil {
		t.Fatal(err)
	}
	if len(m.Names()) != 1 || cost <= 0 {
		t.Errorf("%v took %v", m.Names(), cost)
	}
}

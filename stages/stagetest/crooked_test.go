package stagetest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// crooked breaks the contract of Stage where stages.New would not let it: it is a stage of another make. Without a flaw
// it hands on the frames of the stage behind it.
type crooked struct {
	stages.Stage
	flaw  string
	ended bool
	asked int64
}

// Format changes with the flaw of that name.
func (c *crooked) Format() stages.Format {
	f := c.Stage.Format()
	if c.flaw == "format changes" && c.asked > 0 {
		f.First = 1
	}
	return f
}

// Inputs has a gap with the flaw of that name.
func (c *crooked) Inputs() []stages.Node {
	if c.flaw == "nil input" {
		return []stages.Node{c.Stage, nil}
	}
	return []stages.Node{c.Stage}
}

// Fetch hands on frames, in the wrong way.
func (c *crooked) Fetch(ctx context.Context, start, end int64) (stages.Frames, error) {
	if c.flaw == "accepts impossible ranges" && (start < 0 || end < start) {
		return stages.Frames{}, nil
	}
	f, err := c.Stage.Fetch(ctx, start, end)
	again := end <= c.asked && end > start
	if f.N > 0 {
		c.asked = max(c.asked, start+int64(f.N))
	}
	switch c.flaw {
	case "short without an error":
		return f, nil
	case "whole with an error":
		if f.N > 0 && int64(f.N) == end-start && c.asked >= c.Stage.Format().Frames {
			return f, io.EOF
		}
	case "wraps EOF":
		if err == io.EOF {
			return f, fmt.Errorf("behind: %w", err)
		}
	case "forgets its error":
		if errors.Is(err, io.EOF) && c.ended {
			return f, errors.New("nothing is left")
		}
		c.ended = c.ended || err == io.EOF
	case "answers differently again":
		if again {
			g := stages.MakeFrames(f.N, f.Channels)
			g.CopyFrom(f, f.N)
			g.Data[0]++
			return g, err
		}
	case "too few channels":
		if f.N > 0 {
			return f.Range(0, f.Channels-1), err
		}
	case "data too short":
		if f.N > 1 {
			f.Data = f.Data[:len(f.Data)-f.Stride]
		}
	case "end seen only from before":
		if start > c.asked {
			return f, errors.New("beyond the end")
		}
	}
	return f, err
}

func TestSuiteJudgesStagesOfAnotherMake(t *testing.T) {
	for _, m := range []struct{ flaw, by string }{
		{"", ""},
		{"short without an error", "whole"},
		{"whole with an error", "ends"},
		{"wraps EOF", "whole"},
		{"forgets its error", "ends"},
		{"answers differently again", "consumers"},
		{"too few channels", "whole"},
		{"data too short", "whole"},
		{"end seen only from before", "ends"},
		{"accepts impossible ranges", "arguments"},
		{"format changes", "arguments"},
		{"nil input", "whole"},
	} {
		t.Run(m.flaw, func(t *testing.T) {
			err := stagetest.Check(stagetest.Recipe{
				Inputs: []stagetest.Signal{{Channels: 3}},
				Build: func(in []stages.Stage, _ stages.Range) ([]stages.Node, error) {
					scaled, err := stages.NewScale(in[0], 2, 0.5)
					if err != nil {
						return nil, err
					}
					return []stages.Node{&crooked{Stage: scaled, flaw: m.flaw}}, nil
				},
				Period: 1, Frames: 500,
			})
			if m.flaw == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if failure(err, m.by) == nil {
				t.Errorf("not rejected by %s: %v", m.by, err)
			}
		})
	}
}

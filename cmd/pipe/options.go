package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"hearpipe/pipelines"
	"hearpipe/stages"
	"hearpipe/units"
)

// pipelineFlags are the flags of all commands that work on a pipeline.
type pipelineFlags struct {
	Pipeline  string   `arg:"" help:"A pipeline file, or the name of a ready-made pipeline."`
	Set       []string `placeholder:"NAME=VALUE" sep:"none" help:"Give a parameter a value, as in --set low=50Hz or --set 'low=50 Hz'. May be repeated. start:step:stop and a,b,c run once for each value."`
	Input     string   `placeholder:"FILE" help:"The sound to read (the parameter input): a file, - for standard input, mic or mic:DEVICE for a microphone (pipe devices)."`
	Seed      *int64   `placeholder:"N" help:"Seed of all random numbers (the parameter seed)."`
	Duration  string   `placeholder:"TIME" help:"Cut or extend every source to this time, such as '500 ms'."`
	Channels  string   `placeholder:"LO:HI" help:"Compute these channels only, half open, of sinks that have as many."`
	AllowPath []string `placeholder:"FOLDER" sep:"none" help:"Let the pipeline read and write below this folder too. May be repeated."`
	calibrationFlag
	liveFlags
	Memory string `placeholder:"SIZE" help:"Refuse a pipeline that needs more memory, such as 500MB (default: half the machine)."`
	Slice  int    `placeholder:"CHANNELS" help:"Channels that are computed together, by one worker (default: an eighth of them, 64 to 352). The result is the same for any number."`
	publishFlags
}

// outFlag is the flag of commands that concern the files a pipeline writes.
type outFlag struct {
	Out string `short:"o" placeholder:"FOLDER" help:"Folder for files with relative paths; it is made if it does not exist."`
}

// open reads the pipeline.
func (f *pipelineFlags) open() (*pipelines.Description, error) { return pipelines.Open(f.Pipeline) }

// options turns flags into options; a flag that makes no sense is a usage error.
func (f *pipelineFlags) options(a *app, d *pipelines.Description, out string) (pipelines.Options, error) {
	opt := pipelines.Options{Access: pipelines.Access{Allow: f.AllowPath, Out: out, Stdin: a.stdin, Stdout: a.stdout}}
	for _, s := range f.Set {
		name, value, ok := strings.Cut(s, "=")
		if !ok || name == "" || value == "" {
			return opt, usagef("--set %s: want NAME=VALUE, such as low=50Hz", s)
		}
		opt.Set = append(opt.Set, pipelines.Setting{Name: name, Value: value, Option: "--set " + name})
	}
	named := func(name, value string) error {
		if !d.HasParameter(name) {
			return usagef("--%s: the pipeline %s has no parameter %q", name, d.Name, name)
		}
		opt.Set = append(opt.Set, pipelines.Setting{Name: name, Value: value, Option: "--" + name})
		return nil
	}
	if err := f.listen(a, f.Input, &opt); err != nil {
		return opt, err
	}
	if f.Input != "" {
		if err := named("input", f.Input); err != nil {
			return opt, err
		}
	}
	if f.Seed != nil {
		if *f.Seed < 0 {
			return opt, usagef("--seed %d: want 0 or more", *f.Seed)
		}
		if err := named("seed", strconv.FormatInt(*f.Seed, 10)); err != nil {
			return opt, err
		}
	}
	if f.Duration != "" {
		q, err := units.Parse(f.Duration)
		if err != nil {
			return opt, usagef("--duration %s: want a time such as 2s or '500 ms': %v", f.Duration, err)
		}
		if q.Dim != units.DimTime {
			return opt, usagef("--duration %s: want a time such as 2s or '500 ms'", f.Duration)
		}
		if !(q.Value > 0) || math.IsInf(q.Value, 0) {
			return opt, usagef("--duration %s: want a positive, finite time", f.Duration)
		}
		opt.Seconds = q.Value
	}
	if f.Channels != "" {
		r, err := pipelines.ParseRange(f.Channels)
		if err != nil {
			return opt, usagef("--channels %v", err)
		}
		opt.Channels = r
	}
	nats, err := f.nats(a)
	if err != nil {
		return opt, err
	}
	opt.Access.NATS = nats
	pascal, err := f.pascal()
	if err != nil {
		return opt, err
	}
	opt.FullScale = pascal
	if f.Memory != "" {
		n, err := parseSize(f.Memory)
		if err != nil {
			return opt, usagef("--memory %v", err)
		}
		opt.Memory = n
	}
	if f.Slice < 0 || f.Slice > 1<<24 {
		return opt, usagef("--slice %d: want 1 to %d, or 0 for the default", f.Slice, 1<<24)
	}
	opt.Slice = f.Slice
	return opt, nil
}

// plan opens and checks the pipeline.
func (f *pipelineFlags) plan(a *app, out string) (*pipelines.Description, *pipelines.Plan, error) {
	d, err := f.open()
	if err != nil {
		return nil, nil, err
	}
	opt, err := f.options(a, d, out)
	if err != nil {
		return nil, nil, err
	}
	p, err := d.Check(opt)
	return d, p, err
}

var sizes = map[string]float64{"": 1, "B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30}

// parseSize reads a size in bytes: 500MB, 2 GB, 1000000.
func parseSize(text string) (int64, error) {
	s := strings.ToUpper(strings.TrimSpace(text))
	i := strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	if i < 0 {
		i = len(s)
	}
	x, err := strconv.ParseFloat(s[:i], 64)
	unit, ok := sizes[strings.TrimSpace(s[i:])]
	if err != nil || !ok || !(x*unit >= 1) || x*unit > 1<<60 {
		return 0, fmt.Errorf("%q: want a size such as 500MB or 2GB", text)
	}
	return int64(x * unit), nil
}

// runFlags are the flags of how a pipeline is executed; none changes a result.
type runFlags struct {
	Workers     int    `placeholder:"N" help:"Goroutines that compute (default: one per core). The result is the same for any number."`
	Block       int    `placeholder:"FRAMES" help:"Largest number of frames computed at once (default 1024, or as few as 32 where there are many channels; of a microphone 256). The result is the same for any number."`
	Progress    string `enum:"auto,off" default:"auto" help:"Show a progress bar on long runs in a terminal: auto or off."`
	JSON        bool   `name:"json" help:"Print the summary as JSON on standard output."`
	KeepPartial bool   `help:"Keep the temporary files of a failed run."`
}

func (f *runFlags) options() (stages.RunOptions, error) {
	if f.Workers < 0 || f.Workers > 4096 {
		return stages.RunOptions{}, usagef("--workers %d: want 1 to 4096, or 0 for one per core", f.Workers)
	}
	if f.Block < 0 || f.Block > 1<<24 {
		return stages.RunOptions{}, usagef("--block %d: want 1 to %d, or 0 for the default", f.Block, 1<<24)
	}
	return stages.RunOptions{Workers: f.Workers, Block: f.Block, KeepPartial: f.KeepPartial}, nil
}

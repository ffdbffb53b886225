package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"hearpipe/pipelines"
	"hearpipe/stages"
	"hearpipe/view"
)

type serveCommand struct {
	pipelineFlags
	outFlag
	runFlags
	monitorFlags
	Listen  string   `default:"127.0.0.1:0" placeholder:"HOST:PORT" help:"Address of the page (default: a free port of the loopback interface)."`
	Host    []string `placeholder:"NAME:PORT" sep:"none" help:"A further name by which browsers may call the server. May be repeated."`
	Show    []string `placeholder:"NODE" sep:"none" help:"Show this stream (default: the source, the first bank, all spikes). May be repeated."`
	NoFiles bool     `help:"Only show: the sinks of the pipeline write nothing."`
	Start   string   `enum:"auto,page,now" default:"auto" help:"Begin when the first page is open (page) or at once (now); auto: page for files, now for live sources."`
	Pace    string   `enum:"auto,on,off" default:"auto" help:"Go no faster than the sound: on, off, or auto: off for live sources, which have a pace of their own."`
}

// Help is printed below the flags.
func (serveCommand) Help() string {
	return `Runs the pipeline at the pace of its sound and shows it in a browser: level, cochleagram, spikes, how the run keeps up, and
its parameters, which can be changed there. The address that is printed has a secret token; it works on this machine only, unless
--listen says otherwise.

Examples:
  pipe serve cochleagram --input my.wav
  pipe serve mine.yaml --show cochlea --show anf --listen 127.0.0.1:8642
  pipe serve mine.yaml --no-files --duration 600s
  pipe set gain=2                        from another terminal`
}

// factsEvery is how often a page is told how the run goes.
const factsEvery = 250 * time.Millisecond

// closing is how long pages may take to get what waits for them when the run has ended.
const closing = time.Second

// Run runs the pipeline behind a page.
func (c *serveCommand) Run(a *app) error {
	run, err := c.runFlags.options()
	if err != nil {
		return err
	}
	if err := c.monitorFlags.check(true); err != nil {
		return err
	}
	a.log = c.logger(a.stderr)
	d, err := c.open()
	if err != nil {
		return err
	}
	opt, err := c.pipelineFlags.options(a, d, c.Out)
	if err != nil {
		return err
	}
	// The server needs the plan for what it answers, the plan the server for its taps.
	s := &served{}
	pages := map[string]http.Handler{"/metrics": s}
	if c.Pprof {
		pages["/debug/pprof/"] = profiles()
	}
	server, err := view.New(view.Params{
		Title: d.Name, Hosts: c.Host, Pages: pages,
		Parameters: func() any { return s.monitor.plan.Tunables() },
		Change:     func(ctx context.Context, text []byte) (any, error) { return s.monitor.change(ctx, text) },
	})
	if err != nil {
		return err
	}
	opt.Endless, opt.TapsOnly = true, c.NoFiles
	opt.Taps = func(streams []pipelines.Stream) ([]pipelines.Tap, error) { return taps(server, streams, c.Show) }
	plan, err := d.Check(opt)
	if err != nil {
		return err
	}
	c.tell(a, plan)
	if c.Out != "" {
		if err := os.MkdirAll(c.Out, 0o777); err != nil {
			plan.Close()
			return fmt.Errorf("%s: the folder for the results cannot be made: %w", c.Out, err)
		}
	}
	m, err := c.monitor(a, plan, d.Name, plan.Streams(), &run, true)
	if err != nil {
		plan.Close()
		return err
	}
	defer m.close()
	m.undrawn, m.told = func() int64 { return server.Lost().Count }, server.Tell
	s.monitor = m
	return c.serve(a, d, plan, m, server, run)
}

// tell prints what a user should know before the run.
func (c *serveCommand) tell(a *app, plan *pipelines.Plan) { (&runCommand{}).tell(a, plan) }

// serve listens, waits for the first page if it should, and runs.
func (c *serveCommand) serve(a *app, d *pipelines.Description, plan *pipelines.Plan, m *monitor, server *view.Server, run stages.RunOptions) error {
	a.running.Add(1)
	defer a.running.Add(-1)
	if err := a.build(plan); err != nil { // a page that comes is told what there is to see
		plan.Close()
		return err
	}
	address, err := server.Listen(c.Listen)
	if err != nil {
		plan.Close()
		return err
	}
	note, err := announce(address)
	if err == nil {
		defer withdraw(note)
	}
	a.say(slog.LevelInfo, "open "+address, "page", "address", address)
	if err != nil {
		a.say(slog.LevelWarn, fmt.Sprintf("pipe set will not find this run by itself: %v", err), "note", "error", err.Error())
	}
	live := plan.Live()
	if c.Start == "page" || c.Start == "auto" && !live {
		a.say(slog.LevelInfo, "the run begins when the page is open", "waiting")
		select {
		case <-server.First():
		case <-a.signals:
			plan.Close()
			return errors.Join(closePages(server), errInterrupted)
		}
	}
	if c.Pace == "on" || c.Pace == "auto" && !live {
		p, also := &pacer{late: m.late, wait: time.Sleep}, run.Progress
		run.Progress = func(x stages.Progress) {
			also(x)
			p.progress(x)
		}
	}
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for t := time.NewTicker(factsEvery); ; {
			select {
			case <-t.C:
				server.Tell(m.fact())
			case <-stop:
				t.Stop()
				return
			}
		}
	}()
	res, err := a.run(plan, run, false)
	close(stop)
	<-done
	ended := "ended"
	if res.Reason != "" {
		ended = "ended: " + string(res.Reason)
		m.end(res.Seconds)
		server.Tell(m.fact())
	}
	server.Tell(map[string]string{"type": "ended", "text": ended})
	if err = errors.Join(err, closePages(server)); err != nil && res.Reason == "" {
		return err
	}
	s := summarize(d, plan, res)
	switch {
	case a.log != nil:
		s.log(a.log)
	case !c.JSON:
		s.print(a.stderr)
	}
	if n := server.Lost().Count; n > 0 {
		a.say(slog.LevelInfo, fmt.Sprintf("pages in browsers were too slow for %s of pictures", counted(n, "column")), "view dropped", "columns", n)
	}
	if c.JSON {
		if err := printJSON(a, s); err != nil {
			return err
		}
	}
	if err = errors.Join(err, res.Ended); err != nil {
		return &endedError{err}
	}
	if res.Reason == stages.Interrupted {
		return errInterrupted
	}
	return nil
}

// build constructs the stages of a plan, unless a signal comes.
func (a *app) build(plan *pipelines.Plan) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	built := make(chan error, 1)
	go func() { built <- plan.Build(ctx) }()
	select {
	case err := <-built:
		return err
	case <-a.signals:
		cancel()
		<-built
		return errInterrupted
	}
}

func closePages(server *view.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	if err := server.Close(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil // a page that does not answer is left alone
}

// served hands requests for measures on to the monitor, which is made after the server.
type served struct{ monitor *monitor }

// ServeHTTP writes the measures.
func (s *served) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.monitor.measures.handler().ServeHTTP(w, r)
}

// How many streams are shown if nobody says which.
const (
	shownSpikes = 4
	bankFrom    = 8 // channels make a bank
)

// taps chooses what the page shows: the streams that are named, or the first source of sound, the first bank of filters and
// all spikes.
func taps(server *view.Server, streams []pipelines.Stream, names []string) ([]pipelines.Tap, error) {
	var list []pipelines.Tap
	add := func(s pipelines.Stream) {
		list = append(list, pipelines.Tap{Stream: s.Name, Open: func(in stages.Node) (stages.Sink, error) {
			f := in.Format()
			cf := s.CF
			if lo := f.First; cf != nil && lo+f.Channels <= len(cf) {
				cf = cf[lo : lo+f.Channels]
			}
			switch in := in.(type) {
			case stages.SpikeStage:
				return server.Raster(in, s.Name, cf), nil
			case stages.Stage:
				if f.Channels < bankFrom && cf == nil {
					return server.Level(in, s.Name), nil
				}
				return server.Bank(in, s.Name, cf), nil
			}
			panic("pipe: a stream is neither frames nor spikes")
		}})
	}
	if len(names) > 0 {
		for _, name := range names {
			i := slices.IndexFunc(streams, func(s pipelines.Stream) bool { return s.Name == name })
			if i < 0 {
				list = append(list, pipelines.Tap{Stream: name}) // which is reported with those there are
				continue
			}
			add(streams[i])
		}
		return list, nil
	}
	source, bank, spikes := false, false, 0
	for _, s := range streams {
		switch {
		case s.Spikes && spikes < shownSpikes:
			add(s)
			spikes++
		case !s.Spikes && s.Source && !source && s.Channels < bankFrom:
			add(s)
			source = true
		case !s.Spikes && !bank && s.Channels >= bankFrom:
			add(s)
			bank = true
		}
	}
	if len(list) == 0 && len(streams) > 0 {
		add(streams[len(streams)-1])
	}
	return list, nil
}

// runNote is what a run that can be changed leaves for pipe set.
type runNote struct {
	Address string `json:"address"` // of the page, token included
	Process int    `json:"process"`
}

// noteFile is where the last run of this user leaves its note.
func noteFile() (string, error) {
	folder := os.Getenv("XDG_RUNTIME_DIR")
	if folder == "" {
		var err error
		if folder, err = os.UserCacheDir(); err != nil {
			return "", err
		}
	}
	return filepath.Join(folder, "hearpipe", "serve.json"), nil
}

// announce leaves the address of the page where pipe set of the same user finds it, and nobody else does.
func announce(address string) (string, error) {
	path, err := noteFile()
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	text, err := json.Marshal(runNote{address, os.Getpid()})
	if err != nil {
		return "", err
	}
	temporary := fmt.Sprintf("%s.%d", path, os.Getpid())
	if err := os.WriteFile(temporary, text, 0o600); err != nil {
		return "", err
	}
	return path, os.Rename(temporary, path)
}

// withdraw removes the note of this process, if no other run has taken its place.
func withdraw(path string) {
	var n runNote
	text, err := os.ReadFile(path)
	if err == nil && json.Unmarshal(text, &n) == nil && n.Process == os.Getpid() {
		os.Remove(path)
	}
}

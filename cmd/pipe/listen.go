package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"hearpipe/broker"
	"hearpipe/internal/wire"
	"hearpipe/sinks"
	"hearpipe/stages"
)

type listenCommand struct {
	Subject string `arg:"" help:"What to listen to, such as hearpipe.*.*.spikes; * stands for one part, > for all that follow."`
	natsFlags
	Out      string  `short:"o" placeholder:"FILE" help:"Record: spikes to .csv, .ndjson or .npz, frames to .npy; - writes spikes as CSV to standard output."`
	From     *string `placeholder:"FRAME" help:"Read what the server has kept, from the message with this frame of the last run on (needs delivery: jetstream in the sink)."`
	Stored   bool    `help:"Subscribe to what the server keeps, from now on, so that nothing is missed while the connection is away."`
	Raster   bool    `help:"Draw the spikes as dots in the terminal."`
	Duration string  `placeholder:"TIME" help:"Stop after this time on the clock of this machine, such as 10s."`
	Format   string  `enum:"table,json" default:"table" help:"json prints every message on standard output, in its JSON form, one per line, whatever form it came in."`
	JSON     bool    `name:"json" help:"Print the accounts at the end as JSON on standard output."`
}

// Help is printed below the flags.
func (listenCommand) Help() string {
	return `Says which streams are published, how far they have come, how many spikes they have, and what is missing. It ends with the stream if
the subject has no wildcards, else with Ctrl-C. A recording keeps the clock of the publisher.

Examples:
  pipe listen 'hearpipe.>'
  pipe listen hearpipe.ear.anf.spikes --raster
  pipe listen hearpipe.ear.anf.spikes -o spikes.csv
  pipe listen hearpipe.ear.anf.spikes --from 0 -o all.npz
  pipe listen hearpipe.ear.anf.spikes --format json | jq .at
  pipe listen 'hearpipe.*.*.spikes' --nats nats://token@host:4222`
}

// Run listens.
func (c *listenCommand) Run(a *app) error {
	p, limit, err := c.params()
	if err != nil {
		return err
	}
	at, err := c.connect()
	if err != nil {
		return err
	}
	ctx, interrupt, end := a.listening(limit)
	defer end()
	if at.URL == "" {
		if at, err = broker.FindServer(ctx, broker.NoteFolder()); err != nil {
			return err
		}
	}
	conn, err := broker.Connect(ctx, at)
	if err != nil {
		return err
	}
	defer conn.Close()
	r, err := broker.Subscribe(ctx, conn, p)
	if err != nil {
		return err
	}
	defer r.Close()
	l := &listener{command: c, app: a, conn: conn, receiver: r, began: time.Now(), interrupt: interrupt}
	if c.Raster {
		l.raster = newRaster(a.width())
	}
	stop := l.show()
	if c.Out != "" {
		err = l.record(ctx)
	} else {
		err = l.watch(ctx)
	}
	stop()
	return l.report(err)
}

// params checks the flags.
func (c *listenCommand) params() (p broker.ReceiverParams, limit time.Duration, err error) {
	p = broker.ReceiverParams{Subject: c.Subject, From: broker.Live}
	if err := broker.CheckPattern(c.Subject); err != nil {
		return p, 0, usageError{err}
	}
	if strings.HasSuffix(c.Subject, ".info") {
		return p, 0, usagef("subject %s: an info is no stream; want one that ends with .spikes or .frames", c.Subject)
	}
	if c.Stored {
		p.Delivery = broker.JetStream
	}
	if c.From != nil {
		var n int64
		if _, err := fmt.Sscanf(*c.From, "%d", &n); err != nil || n < 0 || fmt.Sprint(n) != *c.From {
			return p, 0, usagef("--from %s: want a number of frames, 0 or more", *c.From)
		}
		p.Delivery, p.From = broker.JetStream, n
		if strings.ContainsAny(c.Subject, "*>") {
			return p, 0, usagef("--from %d: want a subject without wildcards", n)
		}
	}
	if c.Duration != "" {
		if limit, err = time.ParseDuration(strings.ReplaceAll(c.Duration, " ", "")); err != nil || limit <= 0 {
			return p, 0, usagef("--duration %s: want a time such as 10s or 500ms", c.Duration)
		}
	}
	if ext := strings.ToLower(filepath.Ext(c.Out)); c.Out != "" && c.Out != "-" && ext != ".npy" {
		if _, err := sinks.SpikeFormatOf(c.Out); err != nil {
			return p, 0, usagef("-o %v; frames go to .npy", err)
		}
	}
	if c.Out == "-" && c.JSON || c.Format == "json" && (c.Out != "" || c.JSON) {
		return p, 0, usagef("-o -, --json and --format json: want one of them, each needs standard output; --format json records nothing")
	}
	return p, limit, nil
}

// listening is a context for work that lasts until it is interrupted: the first signal or the end of the time closes the channel, a
// second one cancels.
func (a *app) listening(limit time.Duration) (context.Context, <-chan struct{}, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	interrupt := make(chan struct{})
	a.running.Add(1)
	var timer <-chan time.Time
	if limit > 0 {
		timer = time.After(limit)
	}
	go func() {
		first := true
		for {
			select {
			case <-ctx.Done():
				return
			case <-timer:
			case <-a.signals:
			}
			if !first {
				cancel()
				return
			}
			first, timer = false, nil
			close(interrupt)
		}
	}()
	return ctx, interrupt, func() {
		cancel()
		a.running.Add(-1)
	}
}

// listener is one run of the command.
type listener struct {
	command   *listenCommand
	app       *app
	conn      *broker.Conn
	receiver  *broker.Receiver
	raster    *dots // nil: none
	began     time.Time
	interrupt <-chan struct{}
	spikes    []stages.Spike
	text      []byte
	files     []string
	notes     []string
}

// watch reads until the end of the stream, or for ever with wildcards.
func (l *listener) watch(ctx context.Context) error {
	ctx, cancel := interruptible(ctx, l.interrupt)
	defer cancel()
	for {
		b, err := l.receiver.Next(ctx)
		if err != nil {
			return err
		}
		if l.raster != nil && b.Kind == wire.Spikes {
			if l.spikes, err = wire.ReadSpikes(l.spikes[:0], b.Header, b.Payload, 0); err != nil {
				return err
			}
			l.raster.add(stages.Spikes{List: l.spikes, Start: b.Start, End: b.End}, b.Rate, b.First, b.Channels)
		}
		if l.command.Format == "json" {
			text, err := b.AppendJSON(l.text[:0])
			if err != nil {
				return err
			}
			l.text = append(text, '\n')
			if _, err := l.app.stdout.Write(l.text); err != nil {
				return err
			}
		}
		if b.Last && !strings.ContainsAny(l.command.Subject, "*>") {
			return nil
		}
	}
}

// interruptible is a context that the interrupt cancels.
func interruptible(ctx context.Context, interrupt <-chan struct{}) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-interrupt:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// record writes what is heard to a file, as a run does.
func (l *listener) record(ctx context.Context) error {
	waiting, cancel := interruptible(ctx, l.interrupt)
	defer cancel()
	node, subject, err := l.receiver.Stream(waiting)
	if err != nil {
		return err
	}
	var sink stages.Sink
	var noted func() []string
	isArray := strings.EqualFold(filepath.Ext(l.command.Out), ".npy")
	switch s := node.(type) {
	case *broker.SpikeSource:
		if isArray {
			return fmt.Errorf("%s has spikes; want a file .csv, .ndjson or .npz", subject)
		}
		p := sinks.SpikeFileParams{Path: l.command.Out}
		if p.Path == "-" {
			p = sinks.SpikeFileParams{Writer: l.app.stdout, Format: sinks.CSV}
		}
		var f *sinks.SpikeFile
		if f, err = sinks.NewSpikeFile(s, p); err == nil {
			sink = &seen{f, l}
		}
		noted = s.Notes
	case *broker.FrameSource:
		if !isArray {
			return fmt.Errorf("%s has frames; want a file .npy", subject)
		}
		sink, err = sinks.NewFrameFile(s, sinks.FrameFileParams{Path: l.command.Out})
		noted = s.Notes
	}
	if err != nil {
		return err
	}
	sum, err := stages.Run(ctx, stages.RunOptions{Interrupt: l.interrupt}, sink)
	if err != nil {
		return err
	}
	if f, ok := sink.(interface{ Files() []string }); ok {
		l.files = f.Files()
	}
	l.notes = noted()
	if sum.Reason == stages.Interrupted {
		return stages.ErrInterrupted
	}
	return nil
}

// seen is a file whose spikes are drawn too.
type seen struct {
	*sinks.SpikeFile
	l *listener
}

// WriteSpikes writes and draws.
func (s *seen) WriteSpikes(ctx context.Context, b stages.Spikes) error {
	if s.l.raster != nil {
		f := s.Input().Format()
		s.l.raster.add(b, f.Rate, f.First, f.Channels)
	}
	return s.SpikeFile.WriteSpikes(ctx, b)
}

// report prints what was heard. An interrupt is how listening ends, and no failure.
func (l *listener) report(err error) error {
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, stages.ErrInterrupted) {
		return err
	}
	stats := l.receiver.Stats()
	if l.command.JSON {
		return printJSON(l.app, l.accounts(stats))
	}
	fmt.Fprint(l.app.stderr, l.table(stats))
	for _, n := range l.notes {
		fmt.Fprintln(l.app.stderr, n)
	}
	for _, s := range stats {
		if s.Missing.Count > 0 {
			fmt.Fprintf(l.app.stderr, "%s: missing %s\n", s.Subject, s.Missing)
		}
		if s.Skipped > 0 {
			fmt.Fprintf(l.app.stderr, "%s: %s never came\n", s.Subject, counted(s.Skipped, "message"))
		}
	}
	if n, why := l.receiver.Bad(); n > 0 {
		fmt.Fprintf(l.app.stderr, "%d messages could not be read, the last because: %v\n", n, why)
	}
	for _, f := range l.files {
		fmt.Fprintf(l.app.stderr, "wrote %s\n", f)
	}
	return nil
}

// table is what is heard now.
func (l *listener) table(stats []broker.ReceiverStats) string {
	if len(stats) == 0 {
		return fmt.Sprintf("nothing is heard on %s yet\n", l.command.Subject)
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "subject\tstream\ttime\tmessages\theard\tper second\tmissing\t")
	for _, s := range stats {
		h := s.Header
		what := fmt.Sprintf("%d %s", h.Channels, map[wire.Kind]string{wire.Spikes: "cells", wire.Frames: "channels"}[h.Kind])
		heard := float64(h.End-s.Begin) / h.Rate
		perSecond := "-"
		if heard > 0 {
			perSecond = short(float64(s.Items) / heard)
		}
		state := ""
		if s.Ended {
			state = " ended"
		}
		fmt.Fprintf(w, "%s\t%s, %g Hz\t%s%s\t%d\t%d %v\t%s\t%d\t\n", s.Subject, what, h.Rate, seconds(float64(h.End)/h.Rate), state, s.Messages, s.Items, h.Kind, perSecond, s.Missing.Count)
	}
	w.Flush()
	return b.String()
}

// accounts are what --json prints.
func (l *listener) accounts(stats []broker.ReceiverStats) any {
	type stream struct {
		Subject  string  `json:"subject"`
		Kind     string  `json:"kind"`
		Rate     float64 `json:"rate"`
		First    int     `json:"first"`
		Channels int     `json:"channels"`
		Begin    int64   `json:"begin"`
		End      int64   `json:"end"`
		Messages int64   `json:"messages"`
		Items    int64   `json:"items"`
		Repeated int64   `json:"repeated"`
		Runs     int64   `json:"runs"`
		Missing  any     `json:"missing"`
		Skipped  int64   `json:"skipped"` // messages that never came
		Ended    bool    `json:"ended"`
	}
	bad, _ := l.receiver.Bad()
	out := struct {
		Elapsed    float64  `json:"elapsed"`
		Reconnects int64    `json:"reconnects"`
		Unreadable int64    `json:"unreadable"`
		Files      []string `json:"files"`
		Streams    []stream `json:"streams"`
	}{time.Since(l.began).Seconds(), l.conn.Reconnects(), bad, l.files, []stream{}}
	for _, s := range stats {
		h := s.Header
		out.Streams = append(out.Streams, stream{s.Subject, h.Kind.String(), h.Rate, h.First, h.Channels, s.Begin, h.End, s.Messages, s.Items, s.Repeated, s.Runs, s.Missing, s.Skipped, s.Ended})
	}
	return out
}

// showEvery is how often the table is drawn in a terminal, tellEvery how often a line is written elsewhere.
const (
	showEvery = 100 * time.Millisecond
	tellEvery = 5 * time.Second
)

// show draws table and raster while the command listens, and returns a function that ends and clears that.
func (l *listener) show() func() {
	if (l.command.JSON || l.command.Format == "json") && !l.app.terminal {
		return func() {}
	}
	done, over := make(chan struct{}), make(chan struct{})
	every := tellEvery
	if l.app.terminal {
		every = showEvery
	}
	go func() {
		defer close(over)
		tick := time.NewTicker(every)
		defer tick.Stop()
		lines := 0
		for {
			select {
			case <-tick.C:
			case <-done:
				erase(l.app.stderr, lines)
				return
			}
			text := l.table(l.receiver.Stats())
			if !l.conn.Connected() {
				text += "the server is away; trying to reach it\n"
			}
			if l.app.terminal {
				erase(l.app.stderr, lines)
				if l.raster != nil {
					text = l.raster.String() + text
				}
				lines = strings.Count(text, "\n")
			}
			fmt.Fprint(l.app.stderr, text)
		}
	}()
	return func() {
		close(done)
		<-over
		if l.raster != nil {
			fmt.Fprint(l.app.stderr, l.raster.String())
		}
	}
}

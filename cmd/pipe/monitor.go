package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"hearpipe/pipelines"
	"hearpipe/stages"
)

// monitorFlags are the flags of how a run is watched and changed while it goes on.
type monitorFlags struct {
	Changes       string `placeholder:"FILE" help:"Change parameters while it runs, as the lines of this file say: {\"at\": SAMPLE, \"set\": {\"NAME\": VALUE}}."`
	RecordChanges string `placeholder:"FILE" help:"Write every change of the run to this file, for --changes."`
	Metrics       string `placeholder:"HOST:PORT" help:"Serve measures for Prometheus at http://HOST:PORT/metrics; without HOST on the loopback interface."`
	Pprof         bool   `help:"Serve profiles at /debug/pprof/ beside the measures."`
	Log           string `enum:"off,text,json" default:"off" help:"Write what happens to standard error as records, text or json, instead of sentences."`
}

// monitor watches a run: measures, records, changes. The zero parts are off and cost nothing.
type monitor struct {
	a        *app
	plan     *pipelines.Plan
	name     string
	log      *slog.Logger // nil: sentences
	facts    *facts
	measures *measures
	told     func(v any) // pages
	undrawn  func() int64
	http     *http.Server
	silent   func() // ends the answering of requests over NATS
	mu       sync.Mutex
	record   *os.File
	applied  []pipelines.Change
	dropped  atomic.Int64 // as of the last second
}

// logger is nil if no records are wanted.
func (f *monitorFlags) logger(w io.Writer) *slog.Logger {
	switch f.Log {
	case "text":
		return slog.New(slog.NewTextHandler(w, nil))
	case "json":
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return nil
}

// check refuses flags that make no sense together.
func (f *monitorFlags) check(served bool) error {
	if f.Pprof && f.Metrics == "" && !served {
		return usagef("--pprof: want --metrics HOST:PORT, beside which the profiles are served")
	}
	return nil
}

// monitor begins to watch a plan that is about to run, and puts what the run needs for it into opt. streams are those of
// the plan, which are known if measures are wanted.
func (f *monitorFlags) monitor(a *app, plan *pipelines.Plan, name string, streams []pipelines.Stream, opt *stages.RunOptions, watched bool) (*monitor, error) {
	m := &monitor{a: a, plan: plan, name: name, log: a.log, undrawn: func() int64 { return 0 }}
	if f.Changes != "" {
		if err := m.schedule(f.Changes); err != nil {
			return nil, err
		}
	}
	if f.RecordChanges != "" {
		file, err := os.Create(f.RecordChanges)
		if err != nil {
			return nil, err
		}
		m.record = file
	}
	for _, x := range plan.Changed() {
		m.enter(x, "scheduled")
	}
	if f.Metrics != "" || watched {
		m.measure(streams, opt)
	}
	m.answer(opt)
	if f.Metrics != "" {
		if err := m.listen(f.Metrics, f.Pprof); err != nil {
			m.close()
			return nil, err
		}
	}
	return m, nil
}

// schedule reads the file of --changes.
func (m *monitor) schedule(file string) error {
	text, err := os.Open(file)
	if err != nil {
		return err
	}
	defer text.Close()
	list, err := pipelines.ReadChanges(file, text, m.plan.ChangeRate())
	if err != nil {
		return err
	}
	return m.plan.Schedule(list)
}

// measure prepares the measures of a run.
func (m *monitor) measure(streams []pipelines.Stream, opt *stages.RunOptions) {
	nodes := m.plan.NodeNames()
	meter := &stages.Meter{}
	f := &facts{meter: meter}
	from := sources(streams)
	for _, name := range nodes {
		meter.Watch(name, nil) // the plan adds the stages once they are built
		f.source = append(f.source, from[name])
	}
	sinks := m.plan.SinkNames()
	var read []string
	for i, s := range m.plan.SpikeSinks() {
		if s != "" && !slices.Contains(read, s) {
			read = append(read, s)
			f.distinct = append(f.distinct, i)
		}
	}
	m.facts = f
	m.measures = newMeasures(m.name, nodes, sinks, m.dropped.Load, func() int64 { return m.undrawn() })
	meter.Block = func(c stages.BlockCost) {
		busy := c.Elapsed - f.waiting(c)
		m.measures.add(c, busy)
		if f.add(c, busy, time.Now()) {
			m.measures.factor.Set(f.complete.speed)
			m.tellDropped()
		}
	}
	opt.Meter = meter
}

// fact is what a page is told of the run.
func (m *monitor) fact() fact {
	x := m.facts.fact()
	x.Dropped, x.Undrawn = m.dropped.Load(), m.undrawn()
	return x
}

// late says how far the run is behind the clock.
func (m *monitor) late(d time.Duration) {
	m.facts.late(d)
	m.measures.lag.Set(d.Seconds())
}

// tellDropped says that more has been dropped, while the run goes on.
func (m *monitor) tellDropped() {
	n := m.plan.Dropped()
	if old := m.dropped.Swap(n); n > old && m.log != nil {
		m.log.Warn("dropped", "count", n-old, "total", n)
	}
}

// listen serves the measures at an address.
func (m *monitor) listen(address string, profile bool) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return usagef("--metrics %s: want HOST:PORT or :PORT: %w", address, err)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		return fmt.Errorf("--metrics: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("/metrics", m.measures.handler())
	if profile {
		mux.Handle("/debug/pprof/", profiles())
	}
	local := net.ParseIP(host).IsLoopback() || host == "localhost"
	m.http = &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A name that somebody else made point here is none of ours.
		if name, _, err := net.SplitHostPort(r.Host); local && (err != nil || name != "localhost" && !net.ParseIP(name).IsLoopback()) {
			http.Error(w, "this server is not called "+r.Host, http.StatusMisdirectedRequest)
			return
		}
		mux.ServeHTTP(w, r)
	})}
	go m.http.Serve(l)
	m.say(slog.LevelInfo, fmt.Sprintf("measures at http://%s/metrics", l.Addr()), "measures", "address", l.Addr().String())
	return nil
}

// say tells people a sentence, or whoever reads records a record.
func (m *monitor) say(level slog.Level, sentence, event string, attributes ...any) {
	m.a.say(level, sentence, event, attributes...)
}

// changed is what a change that was accepted is answered with.
type changed struct {
	Type string            `json:"type,omitempty"` // changed, for pages
	At   int64             `json:"at"`
	Rate float64           `json:"rate"`
	Set  map[string]string `json:"set"`
}

// change makes a change that somebody asks for while the run goes on.
func (m *monitor) change(ctx context.Context, text []byte) (any, error) {
	rate := m.plan.ChangeRate()
	x, err := pipelines.ParseChange(text, rate)
	if err == nil {
		x.At, err = m.plan.Change(ctx, x)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = errors.New("the run has not taken the change in time: it waits for its source, or a block takes long")
	}
	if err != nil {
		m.say(slog.LevelWarn, "a change was refused: "+plain(err), "change refused", "request", string(bytes.TrimSpace(text)), "error", plain(err))
		if late := (*stages.LateError)(nil); errors.As(err, &late) {
			return nil, late
		}
		return nil, errors.New(plain(err))
	}
	a := m.enter(x, "changed")
	if m.told != nil {
		a.Type = "changed"
		m.told(a)
		a.Type = ""
	}
	return a, nil
}

// answer lets the run be changed over NATS from its first block on, when connections are there.
func (m *monitor) answer(opt *stages.RunOptions) {
	also, begun := opt.Progress, false
	opt.Progress = func(p stages.Progress) {
		if !begun {
			begun = true
			ctx, cancel := context.WithTimeout(context.Background(), setTimeout)
			defer cancel()
			subject, stop, err := m.plan.Answer(ctx, m.reply)
			m.silent = stop
			switch {
			case err != nil:
				m.say(slog.LevelWarn, "the run cannot be changed over NATS: "+plain(err), "no control", "error", plain(err))
			case subject != "":
				m.say(slog.LevelInfo, "pipe set --subject "+subject+" changes it", "control", "subject", subject)
			}
		}
		if also != nil {
			also(p)
		}
	}
}

// refusal answers a request that was refused.
type refusal struct {
	Error    string `json:"error"`
	Earliest *int64 `json:"earliest,omitempty"` // the first sample that is possible, if that is why
}

// reply answers a request over NATS: a change, or nothing at all, which asks for the parameters.
func (m *monitor) reply(request []byte) []byte {
	var v any
	if len(bytes.TrimSpace(request)) == 0 {
		v = m.plan.Tunables()
	} else {
		ctx, cancel := context.WithTimeout(context.Background(), setTimeout/2)
		defer cancel()
		x, err := m.change(ctx, request)
		if v = x; err != nil {
			no := refusal{Error: err.Error()}
			if late := (*stages.LateError)(nil); errors.As(err, &late) {
				no.Earliest = &late.Earliest
			}
			v = no
		}
	}
	text, err := json.Marshal(v)
	if err != nil {
		panic("pipe: an answer cannot be written as JSON")
	}
	return text
}

// plain is an error on one line.
func plain(err error) string {
	first, _, _ := strings.Cut(err.Error(), "\n")
	return first
}

// enter writes a change that has been accepted down.
func (m *monitor) enter(x pipelines.Change, event string) changed {
	rate := m.plan.ChangeRate()
	a := changed{At: x.At, Rate: rate, Set: map[string]string{}}
	var words []string
	for _, s := range x.Set {
		a.Set[s.Name] = s.Value
		words = append(words, s.Name+" = "+s.Value)
	}
	m.say(slog.LevelInfo, fmt.Sprintf("%s: %s from sample %s (%s) on", event, strings.Join(words, ", "), grouped(x.At), seconds(float64(x.At)/rate)),
		event, "at", x.At, "seconds", float64(x.At)/rate, "set", a.Set)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.applied = append(m.applied, x)
	if m.measures != nil {
		m.measures.changes.Inc()
	}
	if m.record != nil {
		if _, err := m.record.Write(append(x.Line(rate), '\n')); err != nil {
			m.say(slog.LevelError, "the changes cannot be recorded any more: "+err.Error(), "record", "error", err.Error())
			m.record.Close()
			m.record = nil
		}
	}
	return a
}

// end tells of changes that the run never came to, after so much stream time [s].
func (m *monitor) end(done float64) {
	if m.facts != nil {
		m.tellDropped()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, x := range m.applied {
		if float64(x.At) >= done*m.plan.ChangeRate() {
			m.say(slog.LevelWarn, fmt.Sprintf("the change at sample %s was not made: the run ended before", grouped(x.At)), "change not made", "at", x.At)
		}
	}
}

// close stops to serve and to record.
func (m *monitor) close() {
	if m.http != nil {
		m.http.Close()
	}
	if m.silent != nil {
		m.silent()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.record != nil {
		m.record.Close()
		m.record = nil
	}
}

// say tells people a sentence, or whoever reads records a record.
func (a *app) say(level slog.Level, sentence, event string, attributes ...any) {
	if a.log != nil {
		a.log.Log(context.Background(), level, event, attributes...)
		return
	}
	fmt.Fprintln(a.stderr, sentence)
}

package pipelines

import (
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"
	"time"

	"hearpipe/broker"
	"hearpipe/internal/queue"
	"hearpipe/internal/wire"
	"hearpipe/stages"
)

// NATS says where the nats sinks and sources of a pipeline connect to. A pipeline may come from anywhere, so its file names
// no server; who runs it does.
type NATS struct {
	broker.HubParams        // the server; with an empty URL sinks start one in this process
	Buffer           int64  // what a sink may hold in memory [bytes]; 0 is 8 MiB
	Spill            int64  // what it may hold on disk behind that [bytes]; 0 is nothing
	SpillFolder      string // where; "" is the system's folder for temporary files
}

// The fields that nats sources share.
var (
	subjectField = Field{Name: "subject", Kind: Text, Required: true, Limits: "a subject without wildcards", Doc: "what to read: prefix.pipeline.node.spikes or .frames"}
	remoteRate   = Field{Name: "rate", Kind: Quantity, Unit: "Hz", Limits: "more than 0 Hz", Doc: "rate of what is published (default: the pipeline's rate)"}
	firstField   = Field{Name: "first", Kind: Integer, Default: "0", Limits: "0 or more", Doc: "absolute number of the first cell or channel that is published"}
	replayField  = Field{Name: "replay", Kind: Quantity, Unit: "any", Limits: "a time or a number of frames", Doc: "read from this frame of the publisher on, which becomes frame 0; only with delivery: jetstream (default there: from the beginning)"}
	inField      = Field{Name: "delivery", Kind: Choice, Choices: []string{"core", "jetstream"}, Default: "core", Doc: "core: what comes from now on; jetstream: what the server keeps, so that nothing is missed"}
	fullField    = Field{Name: "when_full", Kind: Choice, Choices: policyNames(), Doc: "what happens when messages come faster than they can be taken (default: wait)"}
)

func policyNames() []string {
	var names []string
	for _, p := range queue.Policies() {
		names = append(names, string(p))
	}
	return names
}

func init() {
	register(&NodeType{
		Name: "nats.spikes", Doc: "Reads spikes that another process publishes over NATS (docs/wire.md). It waits for them, and ends when the publisher says so or begins another run. What never came is silence, counted with its range.",
		Inputs: sourceInput, Outputs: "spikes: those that are published; frame 0 is the first frame heard, or replay", Channels: oneSource,
		Fields: []Field{
			subjectField,
			{Name: "cells", Kind: Integer, Required: true, Limits: "at least 1", Doc: "cells that are published"},
			remoteRate, firstField, inField, replayField, fullField,
		},
		Example: "nerve: {type: nats.spikes, subject: hearpipe.ear.anf.spikes, cells: 100, rate: 44.1 kHz}",
		plan:    func(p *planner, n *node) { planRemote(p, n, true) },
	})
	register(&NodeType{
		Name: "nats.frames", Doc: "Reads frames that another process publishes over NATS (docs/wire.md): a sound, or the output of any node. It waits for them, and ends when the publisher says so or begins another run. What never came is zeros, counted with its range.",
		Inputs: sourceInput, Outputs: "frames: those that are published; frame 0 is the first frame heard, or replay", Channels: oneSource,
		Fields: []Field{
			subjectField,
			{Name: "channels", Kind: Integer, Default: "1", Limits: "at least 1", Doc: "channels that are published"},
			remoteRate, firstField, inField, replayField, fullField,
		},
		Example: "sound: {type: nats.frames, subject: hearpipe.ear.sound.frames, rate: 44.1 kHz}",
		plan:    func(p *planner, n *node) { planRemote(p, n, false) },
	})
	register(&NodeType{
		Name: "nats", Sink: true,
		Doc:    "Publishes spikes or frames over NATS while they are computed, one message per block (docs/wire.md), to prefix.pipeline.node.spikes or .frames. Which server, how much memory and disk may hold what it has not taken yet: see the options of pipe run.",
		Inputs: "from: spikes or frames", Outputs: "messages", Channels: "the channels published",
		Fields: []Field{
			{Name: "prefix", Kind: Text, Default: broker.DefaultPrefix, Limits: "letters, digits, - and _, with dots between", Doc: "what the subject begins with"},
			{Name: "name", Kind: Text, Limits: "letters, digits, - and _", Doc: "what stands for the node in the subject (default: its name)"},
			{Name: "format", Kind: Choice, Choices: []string{"binary", "json"}, Default: "binary", Doc: "how messages are written"},
			{Name: "precision", Kind: Choice, Choices: []string{"float64", "float32"}, Default: "float64", Doc: "how samples of frames are written"},
			{Name: "delivery", Kind: Choice, Choices: []string{"core", "jetstream"}, Default: "core", Doc: "core: to whoever listens now, with the least delay; jetstream: the server keeps it, and it can be read again from any frame"},
			{Name: "when_full", Kind: Choice, Choices: policyNames(), Doc: "what happens when the server takes less than is published (default: wait, so that nothing is lost; with a live source drop-oldest, so that it is never kept waiting)"},
			{Name: "keep_time", Kind: Quantity, Unit: "s", Limits: "more than 0 s", Doc: "how long jetstream keeps messages (default: for ever)"},
		},
		Example: "- {type: nats, from: anf}",
		from:    minMax{1, 1},
		plan:    planPublish,
	})
}

// broker is the hub of the pipeline's connections.
func (env *environment) broker() *broker.Hub {
	if env.hub == nil {
		env.hub = broker.NewHub(env.access.NATS.HubParams)
		env.closers = append(env.closers, env.hub)
	}
	return env.hub
}

// token is the name of the pipeline as it stands in subjects: a file's name without folder and extension if it gives none.
func (d *Description) token() string {
	if d.Name != d.File {
		return d.Name
	}
	base := filepath.Base(d.Name)
	return strings.TrimSuffix(base, filepath.Ext(base))
}

// live reports whether a source above the node cannot wait.
func (n *node) isLive() bool {
	if n.live {
		return true
	}
	for _, e := range n.in {
		if e.from.isLive() {
			return true
		}
	}
	return false
}

// policy is what a nats sink does when the server takes less than is published: a live source is not kept waiting unless the
// sink says so.
func (n *node) policy() queue.Policy {
	switch {
	case n.has("when_full"):
		return queue.Policy(n.text("when_full"))
	case n.isLive():
		return queue.DropOldest
	}
	return queue.Wait
}

func planPublish(p *planner, n *node) {
	s := n.in[0].shape()
	name := broker.Token(strings.ReplaceAll(n.in[0].from.name, "/", "-"))
	if port := n.in[0].from.out[n.in[0].port].name; port != "" {
		name += "-" + port
	}
	if n.has("name") {
		name = n.text("name")
	}
	subject := broker.Subject{Prefix: n.text("prefix"), Pipeline: p.desc.token(), Node: name}
	if err := subject.Check(); err != nil {
		n.fail(p, "", "%v (the pipeline's name, prefix and name make the subject)", err)
		return
	}
	if !n.within(p, "keep_time", 0, math.Inf(1), true, true) {
		return
	}
	where := "nats:" + subject.Prefix + "." + name + map[bool]string{true: ".spikes", false: ".frames"}[s.spikes]
	if other := p.env.outputs[where]; other != "" {
		n.fail(p, "name", "%s publishes to the same subject; give one of them another name", other)
		return
	}
	p.env.outputs[where] = n.path
	access := p.env.access.NATS
	params := broker.SinkParams{Subject: subject, Width: wire.Float64, PublisherParams: broker.PublisherParams{
		Form: broker.Form(n.text("format")), Delivery: broker.Delivery(n.text("delivery")), Policy: n.policy(),
		Buffer: access.Buffer, Spill: access.Spill, SpillFolder: access.SpillFolder,
	}}
	if n.text("precision") == "float32" {
		params.Width = wire.Float32
	}
	if n.has("keep_time") {
		if params.Delivery != broker.JetStream {
			n.fail(p, "keep_time", "core keeps nothing; want delivery: jetstream")
			return
		}
		params.MaxAge = time.Duration(math.Min(n.num("keep_time")*1e9, math.MaxInt64/2))
	}
	hub := p.env.broker()
	if err := hub.Check(); err != nil {
		n.fail(p, "", "%v", err)
		return
	}
	if params.Delivery == broker.JetStream {
		hub.NeedStore()
	}
	n.fixed += max(access.Buffer, 8<<20)
	p.sink(n, s.spikes, func(in stages.Node, _ string, cf []float64) (stages.Sink, error) {
		params.CF = cf
		if s.spikes {
			return broker.NewSpikeSink(in.(stages.SpikeStage), hub, params)
		}
		return broker.NewFrameSink(in.(stages.Stage), hub, params)
	})
}

func planRemote(p *planner, n *node, spikes bool) {
	rate, ok := p.sourceRate(n)
	width := map[bool]string{true: "cells", false: "channels"}[spikes]
	if !ok || !n.within(p, width, 1, maxChannels, false, false) || !n.within(p, "first", 0, maxChannels, false, false) {
		return
	}
	params := broker.SourceParams{
		Subject: n.text("subject"), Rate: rate, Channels: int(n.num(width)), First: int(n.num("first")),
		Delivery: broker.Delivery(n.text("delivery")), Policy: queue.Policy(n.text("when_full")), Buffer: p.env.access.NATS.Buffer,
	}
	if err := broker.CheckPattern(params.Subject); err != nil || strings.ContainsAny(params.Subject, "*>") {
		if err == nil {
			err = fmt.Errorf("subject %s: want one without wildcards", params.Subject)
		}
		n.fail(p, "subject", "%v", err)
		return
	}
	if want := map[bool]string{true: ".spikes", false: ".frames"}[spikes]; !strings.HasSuffix(params.Subject, want) {
		n.fail(p, "subject", "%s: %s reads subjects that end with %s", params.Subject, n.typ.Name, want)
		return
	}
	if n.has("replay") {
		if params.Delivery != broker.JetStream {
			n.fail(p, "replay", "core keeps nothing; want delivery: jetstream")
			return
		}
		if params.From, ok = p.frameNumber(n, "replay", rate, 0); !ok {
			return
		}
	}
	hub := p.env.broker()
	if err := hub.Check(); err != nil {
		n.fail(p, "", "%v", err)
		return
	}
	n.out = []outPort{{shape: shape{spikes: spikes, rate: rate, channels: params.Channels, frames: stages.Unbounded}}}
	n.whole, n.ends, n.live = true, true, true
	n.fixed = 8 << 20
	n.build = func([]stages.Node, stages.Range) ([]stages.Node, error) {
		if spikes {
			s, err := broker.NewSpikeSource(hub, params)
			if err != nil {
				return nil, err
			}
			p.env.source(n.label(), s)
			return []stages.Node{s}, nil
		}
		s, err := broker.NewFrameSource(hub, params)
		if err != nil {
			return nil, err
		}
		p.env.source(n.label(), s)
		return []stages.Node{s}, nil
	}
}

// reporter is a source that has something to say after the run.
type reporter interface {
	Notes() []string
	Close() error
}

// source has a source closed with the environment, before what it reads from, and asked for notes after the run.
func (env *environment) source(name string, s reporter) {
	env.closers = append([]io.Closer{s}, env.closers...)
	env.after = append(env.after, func() []string {
		var notes []string
		for _, x := range s.Notes() {
			notes = append(notes, name+": "+x)
		}
		return notes
	})
}

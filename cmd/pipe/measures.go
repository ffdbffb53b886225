package main

import (
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"hearpipe/pipelines"
	"hearpipe/stages"
)

// measures are what a run tells Prometheus. All are prepared before the first block: a block costs one observation per node.
type measures struct {
	registry *prometheus.Registry
	frames   prometheus.Counter
	seconds  prometheus.Counter
	block    prometheus.Observer
	nodes    []prometheus.Observer
	sinks    []prometheus.Observer
	spikes   []prometheus.Counter
	changes  prometheus.Counter
	factor   prometheus.Gauge
	lag      prometheus.Gauge
	// of the last block
	lastFrames int64
	lastSpikes []int64
}

// timeBuckets are the bounds of histograms of times [s]: 10 µs to 1.3 s, each twice the one before.
var timeBuckets = prometheus.ExponentialBuckets(10e-6, 2, 18)

// newMeasures prepares the measures of a run with these nodes and sinks. dropped and undrawn are asked when they are read.
func newMeasures(pipeline string, nodes, sinks []string, dropped, undrawn func() int64) *measures {
	m := &measures{registry: prometheus.NewRegistry(), lastSpikes: make([]int64, len(sinks))}
	labels := prometheus.Labels{"pipeline": pipeline}
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Name: "hearpipe_" + name, Help: help, ConstLabels: labels})
		m.registry.MustRegister(c)
		return c
	}
	gauge := func(name, help string) prometheus.Gauge {
		g := prometheus.NewGauge(prometheus.GaugeOpts{Name: "hearpipe_" + name, Help: help, ConstLabels: labels})
		m.registry.MustRegister(g)
		return g
	}
	m.frames = counter("frames_total", "Frames of the fastest sink.")
	m.seconds = counter("stream_seconds_total", "Stream time computed.")
	m.changes = counter("changes_total", "Changes of parameters while the run goes on.")
	m.factor = gauge("real_time_factor", "Stream time per time spent computing, of the last second: above 1 is faster than real time.")
	m.lag = gauge("lag_seconds", "How far the run is behind the clock.")
	for name, read := range map[string]func() int64{"dropped_total": dropped, "view_dropped_total": undrawn} {
		help := map[string]string{
			"dropped_total":      "Frames, spikes and messages that could not be kept.",
			"view_dropped_total": "Columns of pictures that a page in a browser did not take in time.",
		}[name]
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "hearpipe_" + name, Help: help, ConstLabels: labels},
			func() float64 { return float64(read()) }))
	}
	times := func(name, help, label string) *prometheus.HistogramVec {
		h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "hearpipe_" + name, Help: help, ConstLabels: labels, Buckets: timeBuckets}, []string{label})
		m.registry.MustRegister(h)
		return h
	}
	block := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "hearpipe_block_seconds", Help: "Time to compute one block, waiting for sources excluded.", ConstLabels: labels, Buckets: timeBuckets})
	m.registry.MustRegister(block)
	m.block = block
	stage := times("stage_seconds", "Time a node takes for one block, that of its inputs excluded, summed over workers.", "stage")
	for _, name := range nodes {
		m.nodes = append(m.nodes, stage.WithLabelValues(name))
	}
	sink := times("sink_seconds", "Time a sink takes for one block.", "sink")
	spikes := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hearpipe_spikes_total", Help: "Spikes that a sink has received.", ConstLabels: labels}, []string{"sink"})
	m.registry.MustRegister(spikes)
	for _, name := range sinks {
		m.sinks = append(m.sinks, sink.WithLabelValues(name))
		m.spikes = append(m.spikes, spikes.WithLabelValues(name))
	}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// add enters a block, which took busy to compute.
func (m *measures) add(c stages.BlockCost, busy time.Duration) {
	done := float64(c.Frames - m.lastFrames)
	m.lastFrames = c.Frames
	m.frames.Add(done)
	m.seconds.Add(done / c.Rate)
	m.block.Observe(busy.Seconds())
	for i, d := range c.Nodes {
		m.nodes[i].Observe(d.Seconds())
	}
	for i, d := range c.Sinks {
		m.sinks[i].Observe(d.Seconds())
		m.spikes[i].Add(float64(c.Spikes[i] - m.lastSpikes[i]))
		m.lastSpikes[i] = c.Spikes[i]
	}
}

func (m *measures) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// profiles serves what the Go runtime knows about where time and memory go.
func profiles() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}

// sources are the names of the nodes that read nothing.
func sources(streams []pipelines.Stream) map[string]bool {
	names := map[string]bool{}
	for _, s := range streams {
		if s.Source {
			names[s.Name] = true
		}
	}
	return names
}

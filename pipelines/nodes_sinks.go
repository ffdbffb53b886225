package pipelines

import (
	"path/filepath"
	"slices"
	"strings"

	"hearpipe/sinks"
	"hearpipe/stages"
)

func init() {
	register(&NodeType{
		Name: "spikes", Sink: true,
		Doc:    "Writes spikes to a file, whose extension says how: .csv (t in seconds, i), .ndjson (one object per line), .npz (arrays t and i). The path - writes text to standard output.",
		Inputs: "from: spikes", Outputs: "one file, and beside it a .meta.json that says for which frames it is complete", Channels: "the cells written",
		Fields: []Field{
			{Name: "path", Kind: OutputPath, Required: true, Doc: "the file"},
			{Name: "format", Kind: Choice, Choices: []string{"csv", "ndjson", "npz"}, Doc: "how to write (default: by the extension; csv for -)"},
		},
		Example: "- {type: spikes, from: anf, path: spikes.csv}",
		from:    minMax{1, 1}, extensions: []string{".csv", ".ndjson", ".npz"}, stdout: true,
		plan: planSpikes,
	})
	register(&NodeType{
		Name: "frames", Sink: true,
		Doc:    "Writes frames to an NPY file: little-endian float64, frames × channels.",
		Inputs: "from: frames", Outputs: "one file, and beside it a .meta.json", Channels: "the channels written",
		Fields:  []Field{{Name: "path", Kind: OutputPath, Required: true, Limits: "*.npy", Doc: "the file"}},
		Example: "- {type: frames, from: cochlea, path: cochlea.npy}",
		from:    minMax{1, 1}, extensions: []string{".npy"},
		plan: func(p *planner, n *node) {
			p.sink(n, false, func(in stages.Node, path string, cf []float64) (stages.Sink, error) {
				return sinks.NewFrameFile(in.(stages.Stage), sinks.FrameFileParams{Path: path, CF: cf})
			})
		},
	})
	register(&NodeType{
		Name: "statistic", Sink: true,
		Doc:    "Computes numbers that sum each channel up while the stream passes, without keeping it: root mean square, mean, maximum, minimum, sum of squares.",
		Inputs: "from: frames", Outputs: "one file: a table (.csv, with the centre frequencies if there are any) or an array (.npy), and beside it a .meta.json", Channels: "the channels written",
		Fields: []Field{
			{Name: "path", Kind: OutputPath, Required: true, Limits: "*.csv or *.npy", Doc: "the file"},
			{Name: "of", Kind: NameList, Default: "rms", Limits: "rms, mean, max, min, sumsquares, phase", Doc: "which numbers; phase is that of a frequency, in parts of pi"},
			{Name: "frequency", Kind: Values, Unit: "Hz", Limits: "finite, one value per channel", Doc: "of which the phase is computed"},
		},
		Example: "- {type: statistic, from: cochlea, of: [rms, max], path: rms.csv}",
		from:    minMax{1, 1}, extensions: []string{".csv", ".npy"},
		plan: planStatistic,
	})
}

// outputPath checks the path of a sink and finds the file it means. It does not depend on what the sink reads, so that a
// mistake in it is reported together with those upstream.
func (p *planner) outputPath(n *node) {
	v := n.values["path"]
	if v == nil || !v.ok {
		return
	}
	if v.text == "-" && n.typ.stdout {
		if p.env.access.Stdout == nil || p.env.outputs["-"] != "" {
			n.fail(p, "path", "standard output is taken or missing")
			return
		}
		p.env.outputs["-"] = n.path
		n.file = "-"
		return
	}
	ext := strings.ToLower(filepath.Ext(v.text))
	if !n.has("format") && !slices.Contains(n.typ.extensions, ext) {
		n.fail(p, "path", "%s: the extension %q says nothing; want %s", v.text, ext, strings.Join(n.typ.extensions, ", "))
		return
	}
	full, err := p.env.output(v.text, v.trusted, n.path)
	if err != nil {
		n.fail(p, "path", "%v", err)
		return
	}
	n.file = full
}

// sink plans what all file sinks share: the kind of stream and the common fields.
func (p *planner) sink(n *node, spikes bool, open func(in stages.Node, path string, cf []float64) (stages.Sink, error)) {
	s := n.in[0].shape()
	if s.spikes != spikes {
		kinds := map[bool]string{true: "spikes", false: "frames"}
		p.add(n.refs[0].mistake("%s gives %s, the sink %s takes %s", n.in[0].from.name, kinds[s.spikes], n.typ.Name, kinds[spikes]))
		n.broken = true
		return
	}
	if c := n.values["channels"]; c != nil && c.hi > s.channels {
		n.fail(p, "channels", "%d:%d, but %s has %d channels", c.lo, c.hi, n.in[0].from.name, s.channels)
		return
	}
	if n.has("every") && spikes {
		n.fail(p, "every", "spikes are written one and all; every is for frames")
		return
	}
	if !n.within(p, "every", 1, 1<<40, false, false) || !p.section(n) {
		return
	}
	n.fixed += 1 << 20
	n.open = func(in stages.Node) (stages.Sink, error) {
		var cf []float64
		if s.cf != nil {
			cf = s.cf[n.demand.Lo:n.demand.Hi]
		}
		return open(in, n.file, cf)
	}
}

func planSpikes(p *planner, n *node) {
	format := sinks.SpikeFormat(n.text("format"))
	if n.text("path") == "-" && format == sinks.NPZ {
		n.fail(p, "format", "an archive cannot be written to standard output; want csv or ndjson")
		return
	}
	p.sink(n, true, func(in stages.Node, path string, cf []float64) (stages.Sink, error) {
		params := sinks.SpikeFileParams{Path: path, Format: format, CF: cf}
		if path == "-" {
			params.Path, params.Writer = "", p.env.access.Stdout
			if params.Format == "" {
				params.Format = sinks.CSV
			}
		}
		return sinks.NewSpikeFile(in.(stages.SpikeStage), params)
	})
}

func planStatistic(p *planner, n *node) {
	var of []sinks.Statistic
	var all []string
	for _, s := range sinks.Statistics() {
		all = append(all, string(s))
	}
	for _, x := range n.values["of"].names {
		known := false
		for _, s := range all {
			known = known || s == x.name
		}
		if !known {
			p.add(x.el.mistake("there is no statistic %q%s; want %s", x.name, suggest(x.name, all), strings.Join(all, ", ")))
			n.broken = true
			return
		}
		of = append(of, sinks.Statistic(x.name))
	}
	frequencies, ok := p.phases(n, slices.Contains(of, sinks.Phase), n.in[0].shape().channels)
	if !ok {
		return
	}
	n.perChan = 8 * int64(len(of))
	p.sink(n, false, func(in stages.Node, path string, cf []float64) (stages.Sink, error) {
		return sinks.NewStatisticFile(in.(stages.Stage), sinks.StatisticFileParams{Path: path, Of: of, CF: cf, Frequencies: part(frequencies, in.Format())})
	})
}

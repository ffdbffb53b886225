package pipelines

import (
	"math"
	"slices"

	"hearpipe/sinks"
	"hearpipe/sinks/picture"
	"hearpipe/stages"
)

// maxCurves is how many curves a picture shows.
const maxCurves = 16

func init() {
	register(&NodeType{
		Name: "curves", Sink: true,
		Doc: "Draws a number that sums each channel up over a quantity that differs between channels, such as the mean rate over the frequency of a tone, as one curve or up to 16. " +
			"In x and curve, i is the channel and n the number of channels.",
		Inputs: "from: frames", Outputs: "one picture", Channels: "the channels drawn",
		Fields: append(append([]Field(nil), pictureFields...),
			Field{Name: "of", Kind: Choice, Choices: []string{"rms", "mean", "max", "min", "sumsquares", "phase"}, Default: "rms", Doc: "which number; phase is that of a frequency, in parts of pi"},
			Field{Name: "frequency", Kind: Values, Unit: "Hz", Limits: "finite, one value per channel", Doc: "of which the phase is drawn"},
			Field{Name: "reference", Kind: Values, Unit: "1", Limits: "channels", Doc: "the channel whose number is subtracted, for each channel (default: nothing is)"},
			Field{Name: "decibels", Kind: Choice, Choices: []string{"no", "yes"}, Default: "no", Doc: "yes draws 20·log10 of it"},
			Field{Name: "x", Kind: Values, Unit: "1", Required: true, Limits: "finite, one value per channel", Doc: "where each channel lies on the horizontal axis"},
			Field{Name: "curve", Kind: Values, Unit: "1", Limits: "finite, one value per channel, up to 16 different ones", Doc: "channels with the same value are one curve, which is named after it (default: one curve)"},
			Field{Name: "unit", Kind: Text, Doc: "stands behind the values of curve in the legend, such as dB SPL"},
			Field{Name: "x_label", Kind: Text, Doc: "what stands at the horizontal axis"},
			Field{Name: "label", Kind: Text, Doc: "what stands at the vertical axis"}),
		Example: "- {type: curves, from: rate, of: mean, x: 100*(i + 1), x_label: frequency (Hz), label: spikes per second, path: tuning.png}",
		from:    minMax{1, 1}, extensions: []string{".png", ".svg"},
		plan: planCurves,
	})
}

func planCurves(p *planner, n *node) {
	size, title, ok := p.picture(n)
	inf := math.Inf(1)
	if !ok || !n.within(p, "x", -inf, inf, true, true) || !n.within(p, "curve", -inf, inf, true, true) {
		return
	}
	x, channels := n.list("x"), n.in[0].shape().channels
	frequencies, ok := p.phases(n, n.text("of") == string(sinks.Phase), channels)
	if !ok || !n.within(p, "reference", 0, float64(channels-1), false, false) {
		return
	}
	var reference []int
	for _, r := range n.list("reference") {
		reference = append(reference, int(r))
	}
	if reference != nil && len(reference) != channels {
		n.fail(p, "reference", "%d values for %d channels: want one per channel", len(reference), channels)
		return
	}
	values := n.list("curve")
	if values == nil {
		values = make([]float64, channels)
	}
	for field, list := range map[string][]float64{"x": x, "curve": values} {
		if len(list) != channels {
			n.fail(p, field, "%d values for %d channels: want one per channel", len(list), channels)
			return
		}
	}
	var different []float64
	curve := make([]int, channels)
	for c, v := range values {
		k := slices.Index(different, v)
		if k < 0 {
			k = len(different)
			different = append(different, v)
		}
		curve[c] = k
	}
	if len(different) > maxCurves {
		n.fail(p, "curve", "%d different values: want at most %d", len(different), maxCurves)
		return
	}
	var labels []string
	if n.has("curve") {
		for _, v := range different {
			label := quantityText(v, "1")
			if u := n.text("unit"); u != "" {
				label += " " + u
			}
			labels = append(labels, label)
		}
	}
	n.perChan = 8 * 4
	p.sink(n, false, func(in stages.Node, path string, _ []float64) (stages.Sink, error) {
		f := in.Format()
		var of []int // counted from the first channel that is drawn
		for _, r := range part(reference, f) {
			of = append(of, r-f.First)
		}
		return picture.NewCurves(in.(stages.Stage), picture.CurvesParams{
			Path: path, Title: title, Of: sinks.Statistic(n.text("of")), Decibels: n.text("decibels") == "yes",
			Frequencies: part(frequencies, f), Reference: of,
			X: x[f.First : f.First+f.Channels], Curve: curve[f.First : f.First+f.Channels], Labels: labels,
			XLabel: n.text("x_label"), YLabel: n.text("label"), Size: size,
		})
	})
}

// phases are the frequencies of the phases that are computed, one per channel.
func (p *planner) phases(n *node, wanted bool, channels int) ([]float64, bool) {
	inf := math.Inf(1)
	f := n.list("frequency")
	switch {
	case !n.within(p, "frequency", -inf, inf, true, true):
		return nil, false
	case !wanted && f != nil:
		n.fail(p, "frequency", "a frequency belongs to the phase, which is not asked for")
		return nil, false
	case wanted && f == nil:
		n.fail(p, "", "the phase needs the field frequency: of which frequency?")
		return nil, false
	case wanted && len(f) == 1:
		return slices.Repeat(f, channels), true
	case wanted && len(f) != channels:
		n.fail(p, "frequency", "%d values for %d channels: want one per channel", len(f), channels)
		return nil, false
	}
	return f, true
}

// part is the values of the channels of a stream, nil of none.
func part[V any](values []V, f stages.Format) []V {
	if values == nil {
		return nil
	}
	return values[f.First : f.First+f.Channels]
}

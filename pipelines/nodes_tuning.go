package pipelines

import (
	"hearpipe/sinks/picture"
	"hearpipe/stages"
)

func init() {
	register(&NodeType{
		Name: "tuning", Sink: true,
		Doc: "Draws the spectrum of each of up to 256 channels as a curve of level over logarithmic frequency. Behind a filterbank that hears an impulse of 1 Pa in one frame these are its tuning curves. " +
			"What still rings when the stream ends is missing: extend the impulse.",
		Inputs: "from: frames", Outputs: "one picture", Channels: "the channels drawn",
		Fields: append(append([]Field(nil), pictureFields...),
			Field{Name: "low", Kind: Quantity, Unit: "Hz", Limits: "above 0 Hz", Doc: "lowest frequency (default: 20 Hz, or a thousandth of the rate if that is lower)"},
			Field{Name: "high", Kind: Quantity, Unit: "Hz", Limits: "above low, at most half the rate", Doc: "highest frequency (default: half the rate)"},
			Field{Name: "range", Kind: Quantity, Unit: "dB", Default: "60 dB", Limits: "more than 0 dB, at most 1000 dB", Doc: "how far below the highest gain the picture reaches"}),
		Example: "- {type: tuning, from: cochlea, path: tuning.png}",
		from:    minMax{1, 1}, extensions: []string{".png", ".svg"},
		plan: planTuning,
	})
}

func planTuning(p *planner, n *node) {
	size, title, ok := p.picture(n)
	s := n.in[0].shape()
	if !ok || !n.within(p, "low", 0, s.rate/2, true, true) || !n.within(p, "high", 0, s.rate/2, true, false) || !n.within(p, "range", 0, 1000, true, false) {
		return
	}
	q := picture.TuningParams{Title: title, Range: n.num("range"), Size: size}
	if n.has("low") {
		q.Low = n.num("low")
	}
	if n.has("high") {
		q.High = n.num("high")
	}
	n.perChan = int64(16 * size.Width)
	n.fixed = int64(size.Width) * int64(size.Height) * 16
	p.sink(n, false, func(in stages.Node, path string, _ []float64) (stages.Sink, error) {
		q := q
		q.Path = path
		return picture.NewTuning(in.(stages.Stage), q)
	})
}

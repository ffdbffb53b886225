package pipelines

import (
	"math"

	"hearpipe/sinks/picture"
	"hearpipe/stages"
)

var pictureFields = []Field{
	{Name: "path", Kind: OutputPath, Required: true, Limits: "*.png or *.svg", Doc: "the file"},
	{Name: "title", Kind: Text, Doc: "what stands above the picture (default: the name of the pipeline)"},
	{Name: "width", Kind: Integer, Default: "1200", Limits: "100 to 10000", Doc: "width of the data area in pixels"},
	{Name: "height", Kind: Integer, Default: "640", Limits: "100 to 10000", Doc: "height of the data area in pixels"},
}

func init() {
	register(&NodeType{
		Name: "raster", Sink: true,
		Doc:    "Draws when each cell fired: time to the right, cells upwards by centre frequency or number. Dense places are darker.",
		Inputs: "from: spikes", Outputs: "one picture", Channels: "the cells drawn",
		Fields:  pictureFields,
		Example: "- {type: raster, from: anf, path: raster.png}",
		from:    minMax{1, 1}, extensions: []string{".png", ".svg"},
		plan: func(p *planner, n *node) {
			size, title, ok := p.picture(n)
			if !ok {
				return
			}
			n.fixed = int64(size.Width) * int64(size.Height) * 16
			p.sink(n, true, func(in stages.Node, path string, cf []float64) (stages.Sink, error) {
				return picture.NewRaster(in.(stages.SpikeStage), picture.RasterParams{Path: path, Title: title, CF: cf, Size: size})
			})
		},
	})
	register(&NodeType{
		Name: "cochleagram", Sink: true,
		Doc:    "Draws frames as an image: time to the right, channels upwards by centre frequency or number, values as colours from 0 (or the lowest value) to the highest.",
		Inputs: "from: frames", Outputs: "one picture", Channels: "the channels drawn",
		Fields: append(append([]Field(nil), pictureFields...),
			Field{Name: "reduce", Kind: Choice, Choices: []string{"mean", "max", "rms"}, Default: "mean", Doc: "what a pixel shows of the samples that fall on it; rms for signals that swing around zero"},
			Field{Name: "range", Kind: Quantity, Unit: "dB", Limits: "more than 0 dB", Doc: "colours are levels down to this far below the maximum (default: colours are linear)"},
			Field{Name: "label", Kind: Text, Doc: "what stands beside the colour bar"}),
		Example: "- {type: cochleagram, from: envelope, path: cochleagram.png}",
		from:    minMax{1, 1}, extensions: []string{".png", ".svg"}, fromZero: true,
		plan: func(p *planner, n *node) {
			size, title, ok := p.picture(n)
			if !ok || !n.within(p, "range", 0, math.Inf(1), true, true) {
				return
			}
			decibels := 0.0
			if n.has("range") {
				decibels = n.num("range")
			}
			n.fixed = int64(size.Width) * int64(size.Height) * 32
			n.perChan = 64
			p.sink(n, false, func(in stages.Node, path string, cf []float64) (stages.Sink, error) {
				return picture.NewCochleagram(in.(stages.Stage), picture.CochleagramParams{
					Path: path, Title: title, CF: cf, Size: size, Reduce: picture.Reduce(n.text("reduce")), Decibels: decibels, Label: n.text("label"),
				})
			})
		},
	})
	register(&NodeType{
		Name: "waveform", Sink: true,
		Doc:    "Draws the samples of up to 16 channels over time, one above the other, with one scale for all.",
		Inputs: "from: frames", Outputs: "one picture", Channels: "the channels drawn",
		Fields:  append(append([]Field(nil), pictureFields...), Field{Name: "label", Kind: Text, Doc: "what stands at the vertical axis"}),
		Example: "- {type: waveform, from: sound, path: sound.png, label: pressure (Pa)}",
		from:    minMax{1, 1}, extensions: []string{".png", ".svg"}, fromZero: true,
		plan: func(p *planner, n *node) {
			size, title, ok := p.picture(n)
			if !ok {
				return
			}
			n.fixed = int64(size.Width) * 16 * 32
			p.sink(n, false, func(in stages.Node, path string, cf []float64) (stages.Sink, error) {
				return picture.NewWaveform(in.(stages.Stage), picture.WaveformParams{Path: path, Title: title, Label: n.text("label"), Size: size})
			})
		},
	})
}

// picture reads what all pictures share.
func (p *planner) picture(n *node) (size picture.Size, title string, ok bool) {
	if !n.within(p, "width", 100, 10000, false, false) || !n.within(p, "height", 100, 10000, false, false) {
		return size, "", false
	}
	title = p.desc.Name
	if n.has("title") {
		title = n.text("title")
	}
	return picture.Size{Width: int(n.num("width")), Height: int(n.num("height"))}, title, true
}

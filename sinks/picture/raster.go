package picture

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"

	"hearpipe/internal/atomicfile"
	"hearpipe/sinks"
	"hearpipe/stages"
)

// RasterParams describes a [Raster].
type RasterParams struct {
	// Path is the file to write, .png or .svg.
	Path string
	// Title stands above the picture, together with the number of spikes.
	Title string
	// CF is the centre frequency of each cell of the input [Hz]; the vertical axis is logarithmic then (default: the
	// axis shows the numbers of the cells).
	CF []float64
	// Size is the size of the data area (default 1200 × 640 pixels).
	Size Size
}

// Raster draws when each cell fired: time to the right, cells upwards by centre frequency or number. Where several spikes
// fall on one pixel the ink is darker the more there are, on a scale that ends at the densest places, so that structure
// stays visible among thousands of cells.
type Raster struct {
	input  stages.SpikeStage
	p      RasterParams
	format stages.Format
	file   *atomicfile.File // nil before Open
	scale  scale
	marks  marks
	grid   timeGrid[uint32] // spikes in a bin × line
	spikes int64
	files  []string
}

var _ stages.SpikeSink = (*Raster)(nil)

// NewRaster describes a raster of the spikes of input. A path without .png or .svg, an impossible size and centre
// frequencies that do not fit the input are errors.
func NewRaster(input stages.SpikeStage, p RasterParams) (*Raster, error) {
	r := &Raster{input: input, p: p}
	if err := r.check(input.Format()); err != nil {
		return nil, err
	}
	return r, nil
}

func (r *Raster) check(f stages.Format) error {
	if err := checkPath(r.p.Path); err != nil {
		return err
	}
	if err := checkChannels(f.Channels); err != nil {
		return fmt.Errorf("raster %s: %w", r.p.Path, err)
	}
	if err := sinks.CheckCF(r.p.CF, f.Channels); err != nil {
		return fmt.Errorf("raster %s: %w", r.p.Path, err)
	}
	return r.p.Size.check()
}

// Input is the stream of spikes.
func (r *Raster) Input() stages.Node { return r.input }

// Open begins the file under a temporary name, as [stages.Sink] says.
func (r *Raster) Open(ctx context.Context, f stages.Format) error {
	file, err := atomicfile.Create(r.p.Path)
	if err != nil {
		return err
	}
	r.file, r.format = file, f
	r.scale = newScale(r.p.CF, f.Channels, f.First, "cell")
	r.marks = newMarks(r.scale, r.p.Size.Height)
	// Four bins per column at most, two at least: where a spike falls is known to half a pixel.
	r.grid = newTimeGrid(4*r.p.Size.Width, len(r.marks.low), func(a, b uint32) uint32 { return a + b })
	return nil
}

// WriteSpikes adds a block, as [stages.SpikeSink] says.
func (r *Raster) WriteSpikes(ctx context.Context, s stages.Spikes) error {
	for _, spike := range s.List {
		c := int(spike.Cell) - r.format.First
		if c < 0 || c >= r.format.Channels {
			return fmt.Errorf("raster %s: spike of cell %d at frame %d: want cells %d:%d",
				r.p.Path, spike.Cell, spike.At, r.format.First, r.format.First+r.format.Channels)
		}
		r.grid.bin(spike.At)[r.marks.line[c]]++
	}
	r.spikes += int64(len(s.List))
	return nil
}

// Finish draws the picture, as [stages.Sink] says.
func (r *Raster) Finish(e stages.Ending) error {
	f := figure{[]*panel{{
		title: r.title(), x: timeAxis(e.Frames, r.format.Rate), y: r.scale.axis,
		contents: []content{grid{}, picture{r.paint(e.Frames)}},
		wide:     r.p.Size.Width, high: r.p.Size.Height,
	}}}
	if err := f.save(r.file, sinks.NewMeta("raster", r.format, e, nil)); err != nil {
		return err
	}
	r.files = []string{r.p.Path}
	return nil
}

func (r *Raster) title() string {
	count := fmt.Sprintf("%s spikes of %s cells", thousands(r.spikes), thousands(int64(r.format.Channels)))
	if r.p.Title == "" {
		return count
	}
	return r.p.Title + ": " + count
}

// paint draws the spikes of n frames as transparent ink, pixel by pixel.
func (r *Raster) paint(n int64) image.Image {
	w, h := r.p.Size.Width, r.p.Size.Height
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	if n == 0 || r.spikes == 0 {
		return img
	}
	density := r.density(n)
	peak := peakDensity(density)
	for y := range h {
		for x := range w {
			if d := density[y*w+x]; d > 0 {
				img.SetNRGBA(x, h-1-y, inkOf(d, peak))
			}
		}
	}
	return img
}

// density counts the spikes of n frames on each pixel, row by row from the bottom.
func (r *Raster) density(n int64) []float64 {
	w, h := r.p.Size.Width, r.p.Size.Height
	density := make([]float64, w*h)
	dot := r.dot()
	stamp := func(x, line, width int, count float64) {
		low, high := r.marks.low[line], r.marks.high[line]
		if high-low > 3 {
			high -= (high - low) / 5 // a gap between cells that are tall enough to have one
		}
		if more := dot - (high - low); more > 0 {
			low = max(0, low-more/2)
			high = min(h, low+dot)
		}
		for y := low; y < high; y++ {
			for dx := range min(width, w-x) {
				density[y*w+x+dx] += count
			}
		}
	}
	lines := len(r.marks.low)
	if perBin := float64(w) / float64(n) * float64(r.grid.width); perBin >= 1 {
		// A short stream: a spike is a mark of a few pixels where its bin begins, not as wide as the bin.
		width := max(dot, min(2, int(perBin)))
		for b := range min(r.grid.bins, int((n+r.grid.width-1)/r.grid.width)) {
			for k, count := range r.grid.values[b*lines : (b+1)*lines] {
				if count > 0 {
					stamp(int(float64(b)*perBin), k, width, float64(count))
				}
			}
		}
		return density
	}
	var list []share
	for x := range w {
		list = r.grid.columns(list[:0], x, w, n)
		for _, s := range list {
			for k, count := range r.grid.values[s.bin*lines : (s.bin+1)*lines] {
				if count > 0 {
					stamp(x, k, dot, s.fraction*float64(count))
				}
			}
		}
	}
	return density
}

// dot is the least size of the mark of a spike in pixels: 1 to 3, the larger the fewer spikes there are, so that these
// are seen.
func (r *Raster) dot() int {
	part := float64(r.spikes) / float64(r.p.Size.Width*r.p.Size.Height)
	for dot := 3; dot > 1; dot-- {
		if part*float64(dot*dot) <= 0.2 {
			return dot
		}
	}
	return 1
}

// peakDensity is the density that gets full ink: that of the densest places but for the densest two percent of all
// pixels with spikes, and at least one spike.
func peakDensity(density []float64) float64 {
	some := make([]float64, 0, len(density)) // as much for few spikes as for many
	for _, d := range density {
		if d > 0 {
			some = append(some, d)
		}
	}
	if len(some) == 0 {
		return 1
	}
	slices.Sort(some)
	return max(1, some[(len(some)-1)*98/100])
}

// inkOf is the ink for a density: transparent for none, and then darker by a power below one, so that a single spike
// shows up beside places where many cells fire.
func inkOf(density, peak float64) color.NRGBA {
	if density <= 0 {
		return color.NRGBA{}
	}
	a := math.Pow(min(1, density/peak), 0.5)
	return color.NRGBA{R: 0x10, G: 0x16, B: 0x30, A: uint8(math.Round(255 * a))}
}

// Abort removes the file, as [stages.Sink] says. There is nothing to keep: the picture is drawn at the end.
func (r *Raster) Abort(keep bool) {
	if r.file != nil {
		r.file.Abort(false)
	}
}

// Spikes is the number of spikes so far.
func (r *Raster) Spikes() int64 { return r.spikes }

// Files lists the files that Finish completed.
func (r *Raster) Files() []string { return r.files }

package pipelines

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"hearpipe/hrtf"
	"hearpipe/internal/atomicfile"
	"hearpipe/sinks"
	"hearpipe/sinks/picture"
	"hearpipe/stages"
)

func init() {
	register(&NodeType{
		Name: "places", Sink: true,
		Doc: "Counts spikes for every place of a set: the cells are those of place 0, of place 1 and so on, equally many for each. The place with the most spikes is the estimate of where a sound came from, the first of several. " +
			"A picture shows the places by azimuth and elevation, with discs of an area that is proportional to the count; a table has a line for each place.",
		Source: "Goodman & Brette (2010), Spike-timing-based computation in sound localization, PLoS Comput. Biol. 6, e1000993.",
		Inputs: "from: spikes of k·n cells, n being the number of places", Outputs: "one picture or table", Channels: "all",
		Fields: append(append([]Field{{Name: "path", Kind: OutputPath, Required: true, Limits: "*.png, *.svg or *.csv", Doc: "the file"}}, setFields...),
			Field{Name: "true_index", Kind: Integer, Limits: "0 or more, below the number of places", Doc: "the place where the sound was, which the picture marks"},
			Field{Name: "title", Kind: Text, Doc: "what stands above the picture (default: the name of the pipeline)"},
			Field{Name: "width", Kind: Integer, Default: "1200", Limits: "100 to 10000", Doc: "width of the data area in pixels"},
			Field{Name: "height", Kind: Integer, Default: "640", Limits: "100 to 10000", Doc: "height of the data area in pixels"}),
		Example: "- {type: places, from: detectors, set: headless, path: places.png}",
		from:    minMax{1, 1}, extensions: []string{".png", ".svg", ".csv"},
		plan: planPlaces,
	})
}

func planPlaces(p *planner, n *node) {
	s := n.in[0].shape()
	set, ok := p.headPlaces(n, s.rate) // where places are does not depend on the rate
	if !ok {
		return
	}
	places := set.Len()
	size, title, ok := p.picture(n)
	if !ok || !n.within(p, "true_index", 0, float64(places-1), false, false) {
		return
	}
	if s.spikes && s.channels%places != 0 {
		n.fail(p, "from", "%s has %d cells for %d places: want equally many for each", n.in[0].from.name, s.channels, places)
		return
	}
	if n.has("channels") || p.opt.Channels != (stages.Range{}) {
		n.fail(p, "", "it compares all places; a part of the cells tells nothing")
		return
	}
	if ext := strings.ToLower(filepath.Ext(n.text("path"))); ext != ".csv" {
		for i := range places {
			if _, ok := set.Direction(i); !ok {
				n.fail(p, "set", "place %d of %s has no direction that a picture could show; a table (.csv) shows its coordinates", i, n.text("set"))
				return
			}
		}
	}
	n.fixed = bytesOf(set) + int64(size.Width)*int64(size.Height)*16
	p.sink(n, true, func(in stages.Node, path string, _ []float64) (stages.Sink, error) {
		k := &placesSink{in: in.(stages.SpikeStage), set: set, per: s.channels / places, path: path, title: title, size: size, truth: -1}
		if n.has("true_index") {
			k.truth = int(n.num("true_index"))
		}
		return k, nil
	})
}

// placesSink counts the spikes of each place.
type placesSink struct {
	in     stages.SpikeStage
	set    *hrtf.Set
	per    int // cells of a place
	path   string
	title  string
	size   picture.Size
	truth  int // -1: not known
	format stages.Format
	counts []int64
	files  []string
}

var _ stages.SpikeSink = (*placesSink)(nil)

// Input is the stream of spikes.
func (s *placesSink) Input() stages.Node { return s.in }

// Open makes place for the counts.
func (s *placesSink) Open(_ context.Context, f stages.Format) error {
	s.format, s.counts = f, make([]int64, s.set.Len())
	return nil
}

// WriteSpikes counts.
func (s *placesSink) WriteSpikes(_ context.Context, spikes stages.Spikes) error {
	for _, x := range spikes.List {
		s.counts[int(x.Cell)/s.per]++
	}
	return nil
}

// estimate is the place with the most spikes, the first of several.
func (s *placesSink) estimate() int { return slices.Index(s.counts, slices.Max(s.counts)) }

// Finish writes the file.
func (s *placesSink) Finish(e stages.Ending) error {
	var err error
	if strings.EqualFold(filepath.Ext(s.path), ".csv") {
		err = s.table()
	} else {
		err = s.draw(e)
	}
	if err == nil {
		s.files = []string{s.path}
	}
	return err
}

// Abort has nothing to remove: the file is made at the end.
func (s *placesSink) Abort(bool) {}

// Files lists the file that Finish completed.
func (s *placesSink) Files() []string { return s.files }

// Notes says where the sound is taken to be.
func (s *placesSink) Notes() []string {
	if len(s.files) == 0 {
		return nil
	}
	note := fmt.Sprintf("most spikes, %d, for place %d (%s)", s.counts[s.estimate()], s.estimate(), s.coordinates(s.estimate()))
	if s.truth >= 0 {
		note += fmt.Sprintf("; the sound was at place %d (%s)", s.truth, s.coordinates(s.truth))
	}
	return []string{note}
}

// coordinates are those of a place with their names.
func (s *placesSink) coordinates(i int) string {
	var parts []string
	for k, c := range s.set.Columns() {
		parts = append(parts, fmt.Sprintf("%s %.4g", c.Name, s.set.Coordinates(i)[k]))
	}
	return strings.Join(parts, ", ")
}

// table writes a line for each place: its number, its coordinates, its count.
func (s *placesSink) table() error {
	var b bytes.Buffer
	b.WriteString("place")
	for _, c := range s.set.Columns() {
		b.WriteString("," + c.Name)
	}
	b.WriteString(",spikes\n")
	for i, count := range s.counts {
		b.WriteString(strconv.Itoa(i))
		for _, x := range s.set.Coordinates(i) {
			b.WriteString("," + strconv.FormatFloat(x, 'g', -1, 64))
		}
		fmt.Fprintf(&b, ",%d\n", count)
	}
	f, err := atomicfile.Create(s.path)
	if err != nil {
		return err
	}
	if _, err := f.Write(b.Bytes()); err != nil {
		f.Abort(false)
		return err
	}
	return f.Commit()
}

// draw draws the places, azimuth to the right, 0 to 360 degrees for a set all round and -180 to 180 for others.
func (s *placesSink) draw(e stages.Ending) error {
	p := picture.ScatterParams{
		Path: s.path, Title: s.title, Area: s.size, XLabel: "azimuth (degrees, left is positive)", YLabel: "elevation (degrees)",
		Meta: sinks.NewMeta("places", s.format, e, nil),
	}
	round := false
	for i, count := range s.counts {
		d, _ := s.set.Direction(i)
		round = round || d.X < -0.5
		p.X, p.Y, p.Size = append(p.X, d.Azimuth()), append(p.Y, d.Elevation()), append(p.Size, float64(count))
	}
	if !round { // in front only: left and right of 0
		for i, x := range p.X {
			p.X[i] = math.Remainder(x, 360)
		}
	}
	if s.truth >= 0 {
		p.Marks = append(p.Marks, picture.Mark{X: p.X[s.truth], Y: p.Y[s.truth], Label: "where it was", Plus: true})
	}
	p.Marks = append(p.Marks, picture.Mark{X: p.X[s.estimate()], Y: p.Y[s.estimate()], Label: "most spikes"})
	return picture.DrawScatter(p)
}

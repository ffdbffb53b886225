package pipelines

import (
	"fmt"
	"html"
	"sort"
	"strings"
	"unicode/utf8"
)

// A drawing is the graph as boxes in columns: sources on the left, sinks on the right. It is laid out in the manner of
// Sugiyama, Tagawa & Toda (1981): layers by the longest way from a source, an order in each layer by the mean position
// of the neighbours, bends where a line passes a layer.
type drawing struct {
	boxes  []*box
	links  []*link
	layers [][]*box
}

// box is a node, a sink, or a bend (no text) of a line that passes a layer.
type box struct {
	id       string
	lines    []string // the first is the name
	style    string   // "source", "node", "sink", "control"; "" is a bend
	layer    int
	place    int // in its layer
	x, y     float64
	w, h     float64
	out, ins []*link
}

// link is a line between two boxes.
type link struct {
	from, to *box
	label    string
	dashed   bool
	bends    []*box
}

// Sizes in pixels.
const (
	boxHeightFirst = 24.0
	boxHeightLine  = 15.0
	boxPadding     = 10.0
	gapAcross      = 64.0 // between layers
	gapAlong       = 22.0 // between boxes of a layer
	margin         = 16.0
	charWidth      = 6.7 // of the small text; the layout needs no font metrics
	nameWidth      = 8.4
)

// add makes a box.
func (d *drawing) add(id, style string, lines ...string) *box {
	b := &box{id: id, lines: lines, style: style, h: boxHeightFirst + boxPadding}
	for i, l := range lines {
		n := float64(utf8.RuneCountInString(l))
		if i == 0 {
			b.w = max(b.w, n*nameWidth)
		} else {
			b.w = max(b.w, n*charWidth)
			b.h += boxHeightLine
		}
	}
	b.w += 2 * boxPadding
	d.boxes = append(d.boxes, b)
	return b
}

func (d *drawing) connect(from, to *box, label string, dashed bool) {
	l := &link{from: from, to: to, label: label, dashed: dashed}
	d.links = append(d.links, l)
	if !dashed {
		from.out = append(from.out, l)
		to.ins = append(to.ins, l)
	}
}

// layout gives every box its place. The solid links must have no cycle; dashed ones are drawn as they come.
func (d *drawing) layout() {
	// Longest way from a source. The boxes are few; repeated relaxation is simple and ends after at most len(boxes) turns.
	for changed, turn := true, 0; changed && turn <= len(d.boxes); turn++ {
		changed = false
		for _, l := range d.links {
			if !l.dashed && l.to.layer < l.from.layer+1 {
				l.to.layer, changed = l.from.layer+1, true
			}
		}
	}
	last := 0
	for _, b := range d.boxes {
		last = max(last, b.layer)
	}
	d.layers = make([][]*box, last+1)
	for _, b := range d.boxes {
		d.layers[b.layer] = append(d.layers[b.layer], b)
	}
	for _, l := range d.links {
		if l.dashed {
			continue
		}
		for k := l.from.layer + 1; k < l.to.layer; k++ {
			bend := &box{layer: k, h: 2}
			l.bends = append(l.bends, bend)
			d.layers[k] = append(d.layers[k], bend)
		}
	}
	d.order()
	d.place()
}

// chain is the link as a list of boxes, bends included.
func (l *link) chain() []*box {
	return append(append([]*box{l.from}, l.bends...), l.to)
}

// order sorts every layer by the mean place of the neighbours, to and fro.
func (d *drawing) order() {
	before, after := map[*box][]*box{}, map[*box][]*box{}
	for _, l := range d.links {
		if l.dashed {
			continue
		}
		c := l.chain()
		for i := 1; i < len(c); i++ {
			before[c[i]] = append(before[c[i]], c[i-1])
			after[c[i-1]] = append(after[c[i-1]], c[i])
		}
	}
	number := func() {
		for _, layer := range d.layers {
			for i, b := range layer {
				b.place = i
			}
		}
	}
	number()
	mean := func(b *box, of map[*box][]*box) float64 {
		if len(of[b]) == 0 {
			return float64(b.place)
		}
		sum := 0
		for _, o := range of[b] {
			sum += o.place
		}
		return float64(sum) / float64(len(of[b]))
	}
	for sweep := range 8 {
		of := before
		if sweep%2 == 1 {
			of = after
		}
		for _, layer := range d.layers {
			sort.SliceStable(layer, func(i, j int) bool { return mean(layer[i], of) < mean(layer[j], of) })
			for i, b := range layer {
				b.place = i
			}
		}
	}
}

// place gives coordinates.
func (d *drawing) place() {
	heights := make([]float64, len(d.layers))
	tallest := 0.0
	for k, layer := range d.layers {
		for _, b := range layer {
			heights[k] += b.h + gapAlong
		}
		heights[k] -= gapAlong
		tallest = max(tallest, heights[k])
	}
	x := margin
	for k, layer := range d.layers {
		w := 0.0
		for _, b := range layer {
			w = max(w, b.w)
		}
		y := margin + (tallest-heights[k])/2
		for _, b := range layer {
			b.x, b.y = x+(w-b.w)/2, y
			if b.style == "" {
				b.x, b.w = x, w
			}
			y += b.h + gapAlong
		}
		x += w + gapAcross
	}
}

// svg draws the boxes and lines.
func (d *drawing) svg(title string) []byte {
	d.layout()
	var width, height float64
	for _, layer := range d.layers {
		for _, b := range layer {
			width, height = max(width, b.x+b.w), max(height, b.y+b.h)
		}
	}
	width, height = width+margin, height+margin
	for _, l := range d.links {
		if l.dashed {
			height = max(height, max(l.from.y+l.from.h, l.to.y+l.to.h)+40+margin)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" font-family="Helvetica, Arial, sans-serif">`+"\n",
		width, height, width, height)
	fmt.Fprintf(&b, "<title>%s</title>\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n", html.EscapeString(title))
	b.WriteString(`<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0,0.8 L8,4 L0,7.2 z" fill="#555"/></marker></defs>` + "\n")
	for _, l := range d.links {
		l.draw(&b)
	}
	for _, x := range d.boxes {
		x.draw(&b)
	}
	b.WriteString("</svg>\n")
	return []byte(b.String())
}

var boxColours = map[string][2]string{
	"source":  {"#e8f1fa", "#4878a8"},
	"node":    {"#f7f7f7", "#666666"},
	"sink":    {"#fdf0e2", "#c07830"},
	"control": {"#f0eaf7", "#7a5aa8"},
}

func (x *box) draw(b *strings.Builder) {
	c := boxColours[x.style]
	fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="6" fill="%s" stroke="%s"/>`+"\n", x.x, x.y, x.w, x.h, c[0], c[1])
	y := x.y + boxPadding/2 + 16
	for i, line := range x.lines {
		size, weight, colour := 12, "normal", "#444"
		if i == 0 {
			size, weight, colour = 14, "bold", "#111"
		}
		fmt.Fprintf(b, `<text x="%.1f" y="%.1f" font-size="%d" font-weight="%s" fill="%s" text-anchor="middle">%s</text>`+"\n",
			x.x+x.w/2, y, size, weight, colour, html.EscapeString(line))
		y += boxHeightLine
		if i == 0 {
			y += 2
		}
	}
}

func (l *link) draw(b *strings.Builder) {
	if l.dashed {
		// A control line runs below the boxes, against the stream.
		x0, y0 := l.from.x+l.from.w/2, l.from.y+l.from.h
		x1, y1 := l.to.x+l.to.w/2, l.to.y+l.to.h
		low := max(y0, y1) + 40
		fmt.Fprintf(b, `<path d="M%.1f,%.1f C%.1f,%.1f %.1f,%.1f %.1f,%.1f" fill="none" stroke="#7a5aa8" stroke-width="1.3" stroke-dasharray="5 4" marker-end="url(#tip)"/>`+"\n",
			x0, y0, x0, low, x1, low, x1, y1)
		if l.label != "" {
			fmt.Fprintf(b, `<text x="%.1f" y="%.1f" font-size="11" fill="#7a5aa8" text-anchor="middle">%s</text>`+"\n", (x0+x1)/2, low-6, html.EscapeString(l.label))
		}
		return
	}
	c := l.chain()
	fmt.Fprintf(b, `<path d="M%.1f,%.1f`, c[0].x+c[0].w, c[0].y+c[0].h/2)
	for i := 1; i < len(c); i++ {
		x0, y0 := c[i-1].x+c[i-1].w, c[i-1].y+c[i-1].h/2
		x1, y1 := c[i].x, c[i].y+c[i].h/2
		mid := (x0 + x1) / 2
		fmt.Fprintf(b, ` C%.1f,%.1f %.1f,%.1f %.1f,%.1f`, mid, y0, mid, y1, x1, y1)
		if c[i].style == "" {
			fmt.Fprintf(b, ` L%.1f,%.1f`, c[i].x+c[i].w, y1)
		}
	}
	b.WriteString(`" fill="none" stroke="#555" stroke-width="1.3" marker-end="url(#tip)"/>` + "\n")
	if l.label != "" {
		to, from := c[len(c)-1], c[len(c)-2]
		x := (from.x + from.w + to.x) / 2
		y := (from.y + from.h/2 + to.y + to.h/2) / 2
		fmt.Fprintf(b, `<text x="%.1f" y="%.1f" font-size="11" fill="#555" text-anchor="middle">%s</text>`+"\n", x, y-5, html.EscapeString(l.label))
	}
}

// dot writes the drawing in the language of Graphviz.
func (d *drawing) dot(title string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "digraph %s {\n  rankdir=LR;\n  node [shape=box, style=\"rounded,filled\", fontname=\"Helvetica\"];\n  edge [fontname=\"Helvetica\", fontsize=10];\n", dotQuote(title))
	for _, x := range d.boxes {
		c := boxColours[x.style]
		fmt.Fprintf(&b, "  %s [label=%s, fillcolor=%q, color=%q];\n", dotQuote(x.id), dotQuote(strings.Join(x.lines, "\n")), c[0], c[1])
	}
	for _, l := range d.links {
		var attr []string
		if l.label != "" {
			attr = append(attr, "label="+dotQuote(l.label))
		}
		if l.dashed {
			attr = append(attr, "style=dashed", "constraint=false")
		}
		fmt.Fprintf(&b, "  %s -> %s", dotQuote(l.from.id), dotQuote(l.to.id))
		if len(attr) > 0 {
			fmt.Fprintf(&b, " [%s]", strings.Join(attr, ", "))
		}
		b.WriteString(";\n")
	}
	b.WriteString("}\n")
	return []byte(b.String())
}

func dotQuote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"golang.org/x/term"

	"hearpipe/stages"
)

// dots draws the newest spikes of one stream in a terminal: time to the right, cells upwards, two columns and four rows of dots in
// each character (Braille patterns). Each column is a whole number of frames, so that columns do not flicker.
type dots struct {
	mu       sync.Mutex
	width    int    // characters
	seen     []bool // row × column, a circle in the columns
	end      int64  // column behind the newest
	perCol   int64  // frames
	rate     float64
	first, n int // cells
}

// Size of the drawing: rows of characters, and the time it shows [s].
const (
	dotRows = 12
	dotSpan = 1.0
)

func newRaster(width int) *dots { return &dots{width: max(10, min(width-2, 200))} }

// add enters the spikes of a block. The first stream that has spikes decides what is drawn; another one replaces it.
func (d *dots) add(s stages.Spikes, rate float64, first, n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	cols, rows := int64(2*d.width), 4*dotRows
	if d.rate != rate || d.first != first || d.n != n || s.End < (d.end-cols)*d.perCol {
		d.rate, d.first, d.n, d.end = rate, first, n, 0
		d.perCol = max(1, int64(dotSpan*rate)/cols)
		d.seen = make([]bool, int(cols)*rows)
	}
	if end := s.End/d.perCol + 1; end > d.end {
		for c := max(d.end, end-cols); c < end; c++ { // what comes into view is empty
			for r := range rows {
				d.seen[int(c%cols)*rows+r] = false
			}
		}
		d.end = end
	}
	for _, x := range s.List {
		c := x.At / d.perCol
		if c < d.end-cols || c >= d.end {
			continue
		}
		lo := (int(x.Cell) - first) * rows / n
		for row := lo; row < max(lo+1, (int(x.Cell)-first+1)*rows/n); row++ { // few cells have several rows of dots each
			d.seen[int(c%cols)*rows+rows-1-row] = true
		}
	}
}

// braille is the bit of each dot of a character, by column and row.
var braille = [2][4]rune{{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}}

// String is the drawing, one line of text per row of characters, with a line below that says what it shows.
func (d *dots) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.seen == nil {
		return ""
	}
	cols, rows := int64(2*d.width), 4*dotRows
	var b strings.Builder
	for line := range dotRows {
		for c := range d.width {
			r := rune(0x2800)
			for dx := range int64(2) {
				col := d.end - cols + 2*int64(c) + dx
				if col < 0 {
					continue
				}
				for dy := range 4 {
					if d.seen[int(col%cols)*rows+4*line+dy] {
						r |= braille[dx][dy]
					}
				}
			}
			b.WriteRune(r)
		}
		b.WriteByte('\n')
	}
	from := max(0, (d.end-cols)*d.perCol)
	fmt.Fprintf(&b, "cells %d:%d, %s to %s\n", d.first, d.first+d.n, seconds(float64(from)/d.rate), seconds(float64(d.end*d.perCol)/d.rate))
	return b.String()
}

// erase removes so many lines above the cursor of a terminal.
func erase(w io.Writer, lines int) {
	if lines > 0 {
		fmt.Fprintf(w, "\x1b[%dA\x1b[J", lines)
	}
}

// width is that of the terminal in characters, 80 if there is none.
func (a *app) width() int {
	if f, ok := a.stderr.(*os.File); ok {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			return w
		}
	}
	return 80
}

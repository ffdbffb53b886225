package filterbank

import (
	"context"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
)

// firLanes is how many channels are computed together: a block of 128 frames of them, real and imaginary parts, stays in the
// first-level cache while it is transformed. A multiple of 8.
const firLanes = 16

// firFiller fills a FIR. Channels are cut into tiles of equal width, the last one padded with silent lanes.
type firFiller struct {
	in          *input
	parts       []FIRPart
	block       int // frames in a block of the direct part: no fewer than its taps, a divisor of all sizes
	sizes       []firSize
	width       int       // lanes of a tile
	lines       []firLine // of each tile, or one for all
	taps        []firTaps // of each tile, or one for all
	tiles       []firTile
	state       [][]float64 // all lists of lines and tiles
	out, re, im []float64   // a block of frames, and products
}

// firSize is one size of blocks.
type firSize struct {
	frames, count int
	ring          *ring
}

// firLine is an input of one tile, or of all.
type firLine struct {
	recent []float64    // rows: the block before, the present one
	blocks [][]firBlock // of each size: transforms of the last blocks, in turn; the oldest makes room for the present one
}

// firBlock is a transformed block, re + j·im. While its frames come in, re holds them as they are.
type firBlock struct{ re, im []float64 }

// firTaps is the responses of a tile.
type firTaps struct {
	head   []float64    // rows of the direct taps
	blocks [][]firBlock // of each size: transforms of its parts over its size
}

// firTile is what becomes of a tile.
type firTile struct {
	now  [][]float64 // of each size: rows to be added in the present block
	then [][]float64 // the part of them for the next block that is known
}

func newFIRFiller(in *input, responses [][]float64, longest int) *firFiller {
	parts := FIRParts(longest)
	channels := in.channels.Len()
	tiles := (channels + firLanes - 1) / firLanes
	width := (channels + tiles - 1) / tiles
	if width > 4 {
		width = (width + 7) &^ 7 // whole cache lines
	}
	f := &firFiller{in: in, parts: parts, width: width, block: firSizes[0]}
	for f.block < parts[0].Count {
		f.block *= 2
	}
	most := 0
	for _, p := range parts[1:] {
		f.sizes = append(f.sizes, firSize{p.Size, p.Count, newRing(p.Size)})
		most = p.Size * f.width
	}
	f.out, f.re, f.im = make([]float64, f.block*f.width), make([]float64, most), make([]float64, most)
	keep := func(n int) []float64 {
		list := make([]float64, n*f.width)
		f.state = append(f.state, list)
		return list
	}
	lines := tiles
	if in.step == 0 {
		lines = 1
	}
	for range lines {
		line := firLine{recent: keep(2 * f.block)}
		for _, s := range f.sizes {
			blocks := make([]firBlock, s.count)
			for i := range blocks {
				blocks[i] = firBlock{keep(s.frames), keep(s.frames)}
			}
			line.blocks = append(line.blocks, blocks)
		}
		f.lines = append(f.lines, line)
	}
	for range tiles {
		tile := firTile{}
		for _, s := range f.sizes {
			tile.now, tile.then = append(tile.now, keep(s.frames)), append(tile.then, keep(s.frames))
		}
		f.tiles = append(f.tiles, tile)
	}
	if len(responses) == 1 {
		f.taps = []firTaps{f.transformed(func(int) []float64 { return responses[0] })}
		return f
	}
	for t := range tiles {
		f.taps = append(f.taps, f.transformed(func(lane int) []float64 {
			if c := t*f.width + lane; c < channels {
				return responses[c]
			}
			return nil
		}))
	}
	return f
}

// transformed prepares the responses of the lanes of a tile.
func (f *firFiller) transformed(response func(lane int) []float64) firTaps {
	put := func(rows []float64, first, count int, scale float64) {
		for lane := range f.width {
			h := response(lane)
			for k := range count {
				if first+k < len(h) {
					rows[k*f.width+lane] = h[first+k] * scale
				}
			}
		}
	}
	direct := f.parts[0].Count
	t := firTaps{head: make([]float64, direct*f.width)}
	put(t.head, 0, direct, 1)
	for _, s := range f.sizes {
		blocks := make([]firBlock, s.count)
		for i := range blocks {
			b := firBlock{re: make([]float64, s.frames*f.width), im: make([]float64, s.frames*f.width)}
			put(b.re, (i+1)*s.frames, s.frames, 1/float64(s.frames))
			s.ring.forward(b.re, b.im)
			blocks[i] = b
		}
		t.blocks = append(t.blocks, blocks)
	}
	return t
}

// Fill filters the next frames of the source.
func (f *firFiller) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	src, n, err := f.in.fetch(ctx, at, dst.N)
	if n == 0 {
		return 0, err
	}
	for i := range f.lines {
		tiles := f.tiles[i : i+1]
		if len(f.lines) < len(f.tiles) {
			tiles = f.tiles
		}
		for done := 0; done < n; {
			t := at + int64(done)
			count := min(n-done, f.block-int(t%int64(f.block)))
			f.take(&f.lines[i], i*f.width, t, src.Data[done*src.Stride:], src.Stride, count)
			for k := range tiles {
				f.give(&f.lines[i], &tiles[k], i+k, t, dst, done, count)
			}
			done += count
			if t += int64(count); t%int64(f.block) == 0 {
				f.turn(&f.lines[i], tiles, i, t)
			}
		}
	}
	return n, err
}

func (f *firFiller) tapsOf(tile int) *firTaps { return &f.taps[min(tile, len(f.taps)-1)] }

// take puts count frames from t on, rows of x, of the lanes from first on at their places; they belong to one block.
func (f *firFiller) take(line *firLine, first int, t int64, x []float64, stride, count int) {
	w := f.width
	rows := line.recent[(f.block+int(t%int64(f.block)))*w:][:count*w]
	last := min(first+w, f.in.channels.Len())
	for j := range count {
		if f.in.step == 0 {
			kernel.VecFill(rows[j*w:][:w], x[j*stride])
		} else {
			copy(rows[j*w:][:w], x[j*stride:][first:last])
		}
	}
	for i, s := range f.sizes {
		size := int64(s.frames)
		copy(line.blocks[i][t/size%int64(s.count)].re[int(t%size)*w:], rows)
	}
}

// give computes frames t and following of a tile, which belong to one block, and puts as many lanes as there are into count
// rows of dst from row first on.
func (f *firFiller) give(line *firLine, tile *firTile, number int, t int64, dst stages.Frames, first, count int) {
	w, y, head := f.width, f.out[:count*f.width], f.tapsOf(number).head
	taps := f.parts[0].Count
	at := f.block + int(t%int64(f.block))
	kernel.ConvolveRows(y, line.recent[(at-taps+1)*w:(at+count)*w], head, w, taps, count)
	for i, s := range f.sizes {
		kernel.VecAdd(y, y, tile.now[i][int(t%int64(s.frames))*w:][:count*w])
	}
	for j := range count {
		copy(dst.Row(first + j)[number*w:], y[j*w:][:w])
	}
}

// turn is called when the frames before t have come, t being a multiple of the block.
func (f *firFiller) turn(line *firLine, tiles []firTile, first int, t int64) {
	copy(line.recent, line.recent[len(line.recent)/2:])
	for i, s := range f.sizes {
		if t%int64(s.frames) != 0 {
			continue
		}
		newest := int((t/int64(s.frames) - 1) % int64(s.count))
		b := &line.blocks[i][newest]
		s.ring.forward(b.re, b.im)
		for k := range tiles {
			f.combine(&s, line.blocks[i], newest, f.tapsOf(first + k).blocks[i], tiles[k].now[i], tiles[k].then[i])
		}
	}
}

// combine multiplies the last blocks with the parts of the responses, the newest with the first part, and adds in this
// order. What comes out is twice as long as a block.
func (f *firFiller) combine(s *firSize, blocks []firBlock, newest int, taps []firBlock, now, then []float64) {
	re, im := f.re[:len(now)], f.im[:len(now)]
	for i := range taps {
		x, h := &blocks[(newest-i+s.count)%s.count], &taps[i]
		if i == 0 {
			kernel.VecComplexMul(re, im, x.re, x.im, h.re, h.im)
		} else {
			kernel.VecComplexFMA(re, im, x.re, x.im, h.re, h.im)
		}
	}
	s.ring.back(re, im)
	kernel.VecAdd(now, then, re)
	copy(then, im)
}

// AppendState appends the blocks and what they will still give.
func (f *firFiller) AppendState(b []byte) []byte {
	for _, list := range f.state {
		b = stages.AppendFloats(b, list)
	}
	return b
}

// LoadState reads what AppendState wrote.
func (f *firFiller) LoadState(b []byte) error { return readAll(b, f.state...) }

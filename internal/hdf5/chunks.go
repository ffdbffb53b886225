package hdf5

// chunk is one stored chunk.
type chunk struct {
	at      []int64 // its place in the grid of chunks
	address uint64
	size    uint64 // bytes in the file
	mask    uint32 // filters that were skipped
}

// grid is the array of chunks of a dataset.
type grid struct {
	d      *Dataset
	counts []int64 // chunks by dimension
	bytes  int64   // of an unfiltered chunk
	done   map[int64]bool
	x      []float64 // where the data goes
}

// readChunks reads all stored chunks into x.
func (d *Dataset) readChunks(x []float64) error {
	f := d.o.f
	g := &grid{d: d, bytes: int64(d.Type.Size), done: map[int64]bool{}, x: x}
	total := int64(1)
	for k, n := range d.space.shape {
		g.bytes *= d.layout.chunk[k]
		g.counts = append(g.counts, (n-1)/d.layout.chunk[k]+1)
		if g.counts[k] > mostChunks/total {
			return &Error{Object: d.o.name, Offset: -1, Msg: "more than 2^20 chunks"}
		}
		total *= g.counts[k]
	}
	// Chunks may reach beyond the edge of the data: what must be unpacked is bounded too.
	if total*g.bytes > 2*8*f.mostElements(8) {
		return &Error{Object: d.o.name, Offset: -1, Msg: "the chunks are far longer than the data"}
	}
	if d.layout.address == undefined {
		return nil // never written: fill values
	}
	visit := g.read
	switch d.layout.index {
	case indexOldTree:
		return d.oldTree(visit)
	case indexSingle:
		c := chunk{at: make([]int64, len(g.counts)), address: d.layout.address, size: d.layout.single, mask: d.layout.mask}
		if total != 1 {
			return &Error{Object: d.o.name, Offset: -1, Msg: "a single chunk for more data than it holds"}
		}
		if c.size == 0 {
			c.size = uint64(g.bytes)
		}
		return visit(c)
	case indexTree:
		return d.tree(g.bytes, visit)
	}
	return g.arrays(total, visit)
}

// oldTree walks the chunks of a B-tree of version 1. A key is size, filter mask and offset in elements.
func (d *Dataset) oldTree(visit func(chunk) error) error {
	rank := len(d.space.shape)
	return d.o.f.oldTree(d.layout.address, oldTree{kind: 1, key: 8 + 8*(rank+1), visit: func(key *cursor, child uint64) error {
		c := chunk{address: child, size: uint64(key.u32()), mask: key.u32()}
		for k := range rank {
			at := int64(key.uint(8))
			if at < 0 || at%d.layout.chunk[k] != 0 {
				return key.fail("a chunk begins at %d of dimension %d: want a multiple of %d", at, k, d.layout.chunk[k])
			}
			c.at = append(c.at, at/d.layout.chunk[k])
		}
		if key.err != nil {
			return key.err
		}
		return visit(c)
	}})
}

// tree walks the chunks of a B-tree of version 2.
func (d *Dataset) tree(bytes int64, visit func(chunk) error) error {
	const plain, filtered = 10, 11
	return d.o.f.records(d.layout.address, func(kind int, r *cursor) error {
		c := chunk{address: r.address(), size: uint64(bytes)}
		switch kind {
		case plain:
		case filtered:
			c.size = r.uint(min(8, max(0, len(r.b)-d.o.f.offsetSize-4-8*len(d.space.shape))))
			c.mask = r.u32()
		default:
			return r.fail("records of type %d: want 10 or 11, chunks", kind)
		}
		for range d.space.shape {
			c.at = append(c.at, int64(r.uint(8)))
		}
		if r.err != nil {
			return r.err
		}
		return visit(c)
	})
}

// read reads a chunk into its place.
func (g *grid) read(k chunk) error {
	d := g.d
	if k.address == undefined {
		return nil
	}
	fail := func(msg string) error {
		return &Error{Object: d.o.name, Offset: d.o.f.base + int64(min(k.address, 1<<62)), Msg: msg}
	}
	number, across := int64(0), false
	for i, at := range k.at {
		if at < 0 || at >= g.counts[i] {
			return fail("a chunk lies outside of the data")
		}
		number = number*g.counts[i] + at
		across = across || (at+1)*d.layout.chunk[i] > d.space.shape[i]
	}
	if g.done[number] {
		return fail("a chunk occurs twice")
	}
	g.done[number] = true
	if k.size > 1<<31 {
		return fail("a chunk of more than 2^31 bytes")
	}
	c, err := d.o.f.read(k.address, int64(k.size), "chunk")
	if err != nil {
		return err
	}
	if d.layout.wholly && across {
		k.mask = 1<<32 - 1
	}
	b, err := d.unfilter(c, k.mask, g.bytes)
	if err != nil {
		return err
	}
	g.place(k.at, b)
	return nil
}

// place copies the part of a chunk that lies in the data, row by row of the last dimension.
func (g *grid) place(at []int64, b []byte) {
	shape, chunk := g.d.space.shape, g.d.layout.chunk
	rank := len(shape)
	last := rank - 1
	extent := make([]int64, rank) // of the part inside
	for k := range rank {
		extent[k] = min(chunk[k], shape[k]-at[k]*chunk[k])
	}
	index := make([]int64, rank)
	for {
		from, to := int64(0), int64(0)
		for k := range rank {
			from = from*chunk[k] + index[k]
			to = to*shape[k] + at[k]*chunk[k] + index[k]
		}
		g.d.Type.decode(g.x[to:to+extent[last]], b[from*int64(g.d.Type.Size):])
		k := last - 1
		for ; k >= 0; k-- {
			if index[k]++; index[k] < extent[k] {
				break
			}
			index[k] = 0
		}
		if k < 0 {
			return
		}
	}
}

package stages

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math"
)

// snapshotVersion is the version of the snapshot format and of what the states in it mean.
const snapshotVersion = 2

var snapshotMagic = [4]byte{'H', 'P', 'S', 'N'}

// Snapshot returns everything that later frames depend on: a format version, a hash of the description of the graph,
// and for each node in order of the walk its frame number, its end, its state and the history in its windows. A node
// with state that cannot be saved is an error.
func (g *Graph) Snapshot() ([]byte, error) {
	b := append([]byte(nil), snapshotMagic[:]...)
	b = binary.LittleEndian.AppendUint32(b, snapshotVersion)
	b = binary.LittleEndian.AppendUint64(b, g.hash())
	return g.appendState(b)
}

// Restore brings a freshly built and prepared graph of the same description, of which nothing has been fetched yet, to
// the frame of the snapshot.
func (g *Graph) Restore(b []byte) error {
	if len(b) < 16 || [4]byte(b[:4]) != snapshotMagic {
		return errors.New("stages: not a snapshot")
	}
	if v := binary.LittleEndian.Uint32(b[4:]); v != snapshotVersion {
		return fmt.Errorf("stages: snapshot of format version %d: this program reads version %d", v, snapshotVersion)
	}
	if h := binary.LittleEndian.Uint64(b[8:]); h != g.hash() {
		return fmt.Errorf("stages: snapshot of another graph (hash %016x, this graph has %016x)", h, g.hash())
	}
	for _, c := range g.cores {
		if c.hi != 0 {
			return fmt.Errorf("stages: %s has already computed %d frames: restore into a freshly built graph", c.kind, c.hi)
		}
	}
	r := &stateReader{b: b[16:]}
	if err := g.loadState(r); err != nil {
		return err
	}
	if r.err != nil || len(r.b) != 0 {
		return errors.New("stages: the snapshot is damaged: its length does not fit the graph")
	}
	return nil
}

// hash identifies the description of the graph: kinds, formats, wiring, slices and which ports are read,
// not values of parameters.
func (g *Graph) hash() uint64 {
	h := fnv.New64a()
	index := map[any]int{}
	for i, n := range g.nodes {
		index[n] = i
		c, ok := n.(*core)
		if !ok {
			fmt.Fprintf(h, "%s %+v;", KindOf(n.(Node)), n.(Node).Format())
			continue
		}
		fmt.Fprintf(h, "%s(", c.kind)
		for _, in := range c.inputNodes {
			if ic := coreOf(in); ic != nil {
				fmt.Fprintf(h, "%d,", index[ic])
			} else {
				fmt.Fprintf(h, "%d,", index[in])
			}
		}
		for _, p := range c.ports {
			fmt.Fprintf(h, ")%s%+v%t%t", p.name, p.format, p.spikes, p.reached)
		}
		if s, ok := c.filler.(*slicer); ok {
			for _, sl := range s.slices {
				fmt.Fprintf(h, "[%x]", sl.g.hash())
			}
		}
		fmt.Fprintf(h, "%d;", len(c.controls))
	}
	return h.Sum64()
}

func (g *Graph) appendState(b []byte) ([]byte, error) {
	for _, c := range g.cores {
		var err error
		if b, err = c.appendState(b); err != nil {
			return nil, err
		}
	}
	for _, k := range g.controls {
		b = binary.LittleEndian.AppendUint64(b, uint64(k.next))
		for _, in := range k.inputs {
			b = binary.LittleEndian.AppendUint64(b, uint64(in.ended))
		}
		b = appendBlob(b, stateOf(k.updater))
	}
	return b, nil
}

func (g *Graph) loadState(r *stateReader) error {
	for _, c := range g.cores {
		if err := c.loadState(r); err != nil {
			return err
		}
	}
	for _, k := range g.controls {
		k.next = int64(r.uint64())
		for _, in := range k.inputs {
			in.ended = int64(r.uint64())
		}
		if err := setState(k.updater, r.blob()); err != nil {
			return fmt.Errorf("stages.control: %w", err)
		}
	}
	return nil
}

func (c *core) appendState(b []byte) ([]byte, error) {
	if c.err != nil && c.err != io.EOF {
		return nil, fmt.Errorf("stages: %s has failed: %w", c.kind, c.err)
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(c.hi))
	end := byte(0)
	if c.err == io.EOF {
		end = 1
	}
	b = append(b, end)
	b = appendBlob(b, stateOf(c.filler))
	if s, ok := c.filler.(*slicer); ok {
		for _, sl := range s.slices {
			var err error
			if b, err = sl.g.appendState(b); err != nil {
				return nil, err
			}
		}
	}
	for _, p := range c.ports {
		if !p.reached {
			b = binary.LittleEndian.AppendUint64(b, uint64(c.hi))
			continue
		}
		keep := max(p.keep(c.hi), p.lo())
		b = binary.LittleEndian.AppendUint64(b, uint64(keep))
		b = binary.LittleEndian.AppendUint64(b, uint64(p.asked))
		if p.spikes {
			held := p.ev.view(keep, c.hi).List
			b = binary.LittleEndian.AppendUint64(b, uint64(len(held)))
			for _, s := range held {
				b = binary.LittleEndian.AppendUint64(b, uint64(s.At))
				b = binary.LittleEndian.AppendUint32(b, uint32(s.Cell))
			}
			continue
		}
		f := p.win.view(keep, int(c.hi-keep))
		for i := range f.N {
			b = AppendFloats(b, f.Row(i))
		}
	}
	return b, nil
}

func (c *core) loadState(r *stateReader) error {
	c.hi = int64(r.uint64())
	if r.byte() == 1 {
		c.err = io.EOF
	}
	if err := setState(c.filler, r.blob()); err != nil {
		return fmt.Errorf("%s: %w", c.kind, err)
	}
	if s, ok := c.filler.(*slicer); ok {
		for _, sl := range s.slices {
			if err := sl.g.loadState(r); err != nil {
				return err
			}
		}
	}
	for _, p := range c.ports {
		keep := int64(r.uint64())
		if !p.reached {
			continue
		}
		p.asked = int64(r.uint64())
		if keep < 0 || keep > c.hi || p.asked < 0 || p.asked > c.hi {
			return fmt.Errorf("%s: the snapshot is damaged: window %d:%d", c.kind, keep, c.hi)
		}
		if p.spikes {
			p.ev.lo = keep
			for n := r.count(12); n > 0; n-- {
				p.ev.buf[p.ev.cur] = append(p.ev.buf[p.ev.cur], Spike{At: int64(r.uint64()), Cell: int32(r.uint32())})
			}
			continue
		}
		if c.hi-keep > int64(len(r.b)/(8*p.format.Channels)) {
			return fmt.Errorf("%s: the snapshot is cut short", c.kind)
		}
		p.win.lo = keep
		f := p.win.reserve(keep, keep, int(c.hi-keep))
		for i := range f.N {
			r.floats(f.Row(i))
		}
	}
	return r.err
}

func stateOf(filler any) []byte {
	if s, ok := filler.(Snapshotter); ok {
		return s.AppendState(nil)
	}
	return nil
}

func setState(filler any, b []byte) error {
	if s, ok := filler.(Snapshotter); ok {
		return s.LoadState(b)
	}
	if len(b) != 0 {
		return errors.New("the snapshot holds a state that this node does not have")
	}
	return nil
}

func appendBlob(b, blob []byte) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(len(blob)))
	return append(b, blob...)
}

// AppendFloats appends values as little-endian float64: for AppendState.
func AppendFloats(b []byte, x []float64) []byte {
	for _, v := range x {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return b
}

// ReadFloats reads len(x) values that AppendFloats wrote and returns the rest: for LoadState. Too few bytes are an error.
func ReadFloats(b []byte, x []float64) ([]byte, error) {
	if len(b) < 8*len(x) {
		return nil, fmt.Errorf("state of %d bytes is too short for %d values", len(b), len(x))
	}
	for i := range x {
		x[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
	}
	return b[8*len(x):], nil
}

// stateReader reads what appendState wrote; after the first short read everything is zero and err is set.
type stateReader struct {
	b   []byte
	err error
}

func (r *stateReader) take(n int) []byte {
	if n < 0 || len(r.b) < n {
		r.err, r.b = errors.New("stages: the snapshot is cut short"), nil
		return nil
	}
	p := r.b[:n]
	r.b = r.b[n:]
	return p
}

func (r *stateReader) uint64() uint64 {
	if p := r.take(8); p != nil {
		return binary.LittleEndian.Uint64(p)
	}
	return 0
}

func (r *stateReader) uint32() uint32 {
	if p := r.take(4); p != nil {
		return binary.LittleEndian.Uint32(p)
	}
	return 0
}

func (r *stateReader) byte() byte {
	if p := r.take(1); p != nil {
		return p[0]
	}
	return 0
}

// count reads a number of items of the given size that must still fit.
func (r *stateReader) count(size int) int {
	n := r.uint64()
	if n > uint64(len(r.b)/size) {
		r.err, r.b = errors.New("stages: the snapshot is cut short"), nil
		return 0
	}
	return int(n)
}

func (r *stateReader) blob() []byte { return r.take(r.count(1)) }

func (r *stateReader) floats(x []float64) {
	p := r.take(8 * len(x))
	if p == nil {
		return
	}
	for i := range x {
		x[i] = math.Float64frombits(binary.LittleEndian.Uint64(p[8*i:]))
	}
}

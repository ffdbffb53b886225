package neurons

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"math"
	"slices"

	"hearpipe/stages"
)

// networkVersion is the version of the layout of Store.
const networkVersion = 2

// Store saves the state of the whole network between two runs: time, variables, refractoriness, spikes on their way, and
// what monitors need to go on. Descriptions, what monitors have gathered, and what operations of the user keep, are not
// part of it.
func (n *Network) Store() ([]byte, error) {
	if err := n.between("a state stored"); err != nil {
		return nil, err
	}
	if err := n.Build(); err != nil {
		return nil, err
	}
	if err := n.node.Err(); err != nil && err != io.EOF {
		return nil, fmt.Errorf("%s: no state to store, a step has failed in its middle: %w", n.label(), err)
	}
	return n.AppendState(nil), nil
}

// Restore brings the network, or another one of the same description, to the state that Store saved. The next run goes on
// from there. The streams of the network go along; other nodes that have read them, such as filters, have to be made
// again.
func (n *Network) Restore(state []byte) error {
	if err := n.between("a state restored"); err != nil {
		return err
	}
	if err := n.Build(); err != nil {
		return err
	}
	before := n.AppendState(nil)
	if err := n.LoadState(state); err != nil {
		if back := n.LoadState(before); back != nil {
			panic("neurons: the state of a network cannot be read back")
		}
		return fmt.Errorf("%s: %w", n.label(), err)
	}
	n.node.Move(int64(binary.LittleEndian.Uint64(state[12:])))
	return nil
}

// hash identifies the description: the objects by name and the clocks.
func (n *Network) hash() uint64 {
	h := fnv.New64a()
	for _, name := range slices.Sorted(maps.Keys(n.names)) {
		fmt.Fprintf(h, "%q", name)
	}
	for _, c := range n.clocks {
		fmt.Fprintf(h, "|%d %d", c.period, c.order)
	}
	return h.Sum64()
}

// AppendState appends everything a later step depends on; it is what snapshots of a graph call.
func (n *Network) AppendState(b []byte) []byte {
	begin := len(b)
	b = binary.LittleEndian.AppendUint32(b, networkVersion)
	b = binary.LittleEndian.AppendUint64(b, n.hash())
	b = binary.LittleEndian.AppendUint64(b, uint64(n.now()))
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(n.target))
	for _, c := range n.clocks {
		b = binary.LittleEndian.AppendUint64(b, uint64(c.next))
	}
	for _, o := range n.objects {
		b = o.appendState(b)
	}
	b = appendPart(b, n.appendHeld(nil))
	return binary.LittleEndian.AppendUint64(b, checksum(b[begin:]))
}

// checksum tells a state that was damaged on its way.
func checksum(b []byte) uint64 {
	h := fnv.New64a()
	h.Write(b)
	return h.Sum64()
}

// appendHeld appends the frames that have not left yet, by name: which variables are streams is no part of the state.
func (n *Network) appendHeld(b []byte) []byte {
	for i := range n.outputs {
		if o := &n.outputs[i]; o.held != nil {
			b = appendPart(b, []byte(o.name))
			b = appendPart(b, stages.AppendFloats(nil, o.held))
		}
	}
	return b
}

func (n *Network) loadHeld(b []byte) error {
	for len(b) > 0 {
		var name, part []byte
		var err error
		if name, b, err = readPart(b); err != nil {
			return err
		}
		if part, b, err = readPart(b); err != nil {
			return err
		}
		for i := range n.outputs {
			if o := &n.outputs[i]; o.held != nil && o.name == string(name) {
				if _, err := stages.ReadFloats(part, o.held); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// LoadState restores what AppendState of a network of the same description wrote.
func (n *Network) LoadState(b []byte) error {
	if err := n.Build(); err != nil {
		return err
	}
	if len(b) < 12 {
		return errShort
	}
	if v := binary.LittleEndian.Uint32(b); v != networkVersion {
		return fmt.Errorf("state of version %d: this program reads version %d", v, networkVersion)
	}
	if binary.LittleEndian.Uint64(b[4:]) != n.hash() {
		return fmt.Errorf("the state is that of another network: its objects or clocks differ")
	}
	end := len(b) - 8
	if binary.LittleEndian.Uint64(b[end:]) != checksum(b[:end]) {
		return errors.New("the state of the network is damaged or cut short: its checksum is wrong")
	}
	if b = b[:end]; len(b) < 28+8*len(n.clocks) {
		return errShort
	}
	at := int64(binary.LittleEndian.Uint64(b[12:]))
	target := math.Float64frombits(binary.LittleEndian.Uint64(b[20:]))
	if at < 0 || !(target >= 0) {
		return fmt.Errorf("the state of the network is damaged: tick %d at %g s", at, target)
	}
	b = b[28:]
	for _, c := range n.clocks {
		c.next = int64(binary.LittleEndian.Uint64(b))
		b = b[8:]
	}
	var err error
	for _, o := range n.objects {
		if b, err = o.loadState(b); err != nil {
			return err
		}
	}
	held, b, err := readPart(b)
	if err != nil {
		return err
	}
	if len(b) != 0 {
		return fmt.Errorf("the state of the network is damaged: %d bytes too many", len(b))
	}
	if err := n.loadHeld(held); err != nil {
		return err
	}
	n.target, n.stopped, n.started = target, false, true
	return nil
}

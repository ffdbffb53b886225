package neurons

import (
	"encoding/binary"
	"errors"
	"fmt"

	"hearpipe/neurons/equations"
	"hearpipe/stages"
)

// stateVersion is the version of the layout of AppendState.
const stateVersion = 1

// AppendState appends everything a later step depends on: the next step, the variables, and per cell the last
// spike and the end of the refractory period. Random numbers have no state.
func (e *engine) AppendState(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, stateVersion)
	b = binary.LittleEndian.AppendUint64(b, uint64(e.next))
	for k, name := range e.names {
		if name != equations.Cell {
			b = stages.AppendFloats(b, e.state[k])
		}
	}
	for c := range e.cells {
		b = binary.LittleEndian.AppendUint64(b, uint64(e.refractory.last[c]))
		b = binary.LittleEndian.AppendUint64(b, uint64(e.refractory.until[c]))
	}
	if e.refractory.keeps {
		b = stages.AppendFloats(b, e.refractory.held)
	}
	return b
}

// LoadState restores what AppendState of a group of the same description wrote.
func (e *engine) LoadState(b []byte) error {
	if len(b) < 12 {
		return errors.New("the state of the group is cut short")
	}
	if v := binary.LittleEndian.Uint32(b); v != stateVersion {
		return fmt.Errorf("state of version %d: this program reads version %d", v, stateVersion)
	}
	next := int64(binary.LittleEndian.Uint64(b[4:]))
	if next < 0 {
		return fmt.Errorf("the state of the group is damaged: step %d", next)
	}
	b = b[12:]
	for k, name := range e.names {
		if name == equations.Cell {
			continue
		}
		var err error
		if b, err = stages.ReadFloats(b, e.state[k]); err != nil {
			return err
		}
	}
	var held []float64
	if e.refractory.keeps {
		held = e.refractory.held
	}
	if len(b) != 16*e.cells+8*len(held) {
		return fmt.Errorf("the state of the group is damaged: %d bytes for the spikes of %d cells", len(b), e.cells)
	}
	for c := range e.cells {
		e.refractory.last[c] = int64(binary.LittleEndian.Uint64(b[16*c:]))
		e.refractory.until[c] = int64(binary.LittleEndian.Uint64(b[16*c+8:]))
	}
	if _, err := stages.ReadFloats(b[16*e.cells:], held); err != nil {
		return err
	}
	e.next = next
	e.relist(next)
	return nil
}

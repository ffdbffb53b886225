package neurons

import (
	"encoding/binary"

	"hearpipe/stages"
)

// What monitors have gathered is not part of the state of a network, but what the next step adds to it may depend on
// steps before: spikes that wait for their delay, the last spike of a cell, the place in a period. That is stored.

func appendLongs(b []byte, list []int64) []byte {
	for _, x := range list {
		b = binary.LittleEndian.AppendUint64(b, uint64(x))
	}
	return b
}

func readLongs(b []byte, list []int64) ([]byte, error) {
	if len(b) < 8*len(list) {
		return nil, errShort
	}
	for k := range list {
		list[k] = int64(binary.LittleEndian.Uint64(b[8*k:]))
	}
	return b[8*len(list):], nil
}

func (m *SpikeMonitor) appendState(b []byte) []byte {
	for _, list := range m.late {
		b = appendInts(b, list)
	}
	return b
}

func (m *SpikeMonitor) loadState(b []byte) (rest []byte, err error) {
	for k := range m.late {
		if m.late[k], b, err = readInts(b, m.late[k]); err != nil {
			return nil, err
		}
		for _, c := range m.late[k] {
			if c < 0 || int(c) >= len(m.counts) {
				return nil, errShort
			}
		}
	}
	return b, nil
}

// loadState ends the bin: the next one begins where the network has been brought to.
func (m *RateMonitor) loadState(b []byte) ([]byte, error) {
	m.ended = true
	return b, nil
}

func (m *IntervalMonitor) appendState(b []byte) []byte        { return appendLongs(b, m.last) }
func (m *IntervalMonitor) loadState(b []byte) ([]byte, error) { return readLongs(b, m.last) }
func (m *VanRossumMonitor) appendState(b []byte) []byte       { return stages.AppendFloats(b, m.trace) }

func (m *VanRossumMonitor) loadState(b []byte) ([]byte, error) { return stages.ReadFloats(b, m.trace) }

func (m *StateMonitor) appendState(b []byte) []byte { return appendLongs(b, []int64{m.seen}) }

func (m *HistogramMonitor) appendState(b []byte) []byte { return appendLongs(b, []int64{m.seen}) }

func (m *StateMonitor) loadState(b []byte) ([]byte, error) { return readPhase(b, &m.seen) }

func (m *HistogramMonitor) loadState(b []byte) ([]byte, error) { return readPhase(b, &m.seen) }

// readPhase reads how many steps a monitor has seen.
func readPhase(b []byte, seen *int64) ([]byte, error) {
	var list [1]int64
	b, err := readLongs(b, list[:])
	if err == nil && list[0] < 0 {
		err = errShort
	}
	if err == nil {
		*seen = list[0]
	}
	return b, err
}

func (m *CoincidenceMonitor) appendState(b []byte) []byte {
	for c := range m.next {
		b = appendLongs(b, []int64{int64(m.next[c]), int64(m.used[c])})
	}
	return b
}

func (m *CoincidenceMonitor) loadState(b []byte) (rest []byte, err error) {
	var pair [2]int64
	for c := range m.next {
		if b, err = readLongs(b, pair[:]); err != nil {
			return nil, err
		}
		if n := int64(len(m.target(c))); pair[0] < 0 || pair[0] > n || pair[1] < -1 || pair[1] >= max(n, 1) {
			return nil, errShort
		}
		m.next[c], m.used[c] = int(pair[0]), int(pair[1])
	}
	return b, nil
}

package neurons

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Slot is a place in the order of a step. A step of a clock runs all operations of that clock slot by slot; inside a slot
// they run by their order, then in the order of their creation.
type Slot uint8

// The slots of a step, in their order.
const (
	// Start: timed arrays and linked variables are copied into their variables; user operations. (The zero Slot means
	// the usual one of what is described.)
	Start Slot = iota + 1
	BeforeGroups
	// Groups: the state of all groups is updated.
	Groups
	BeforeThresholds
	// Thresholds: the cells that fire in this step are found; refractoriness is applied.
	Thresholds
	AfterThresholds
	BeforeConnections
	// Connections: spike monitors and queues of spikes read who fired; short-term plasticity; connections and Poisson
	// inputs; plasticity, first all presynaptic updates, then all postsynaptic ones.
	Connections
	AfterConnections
	// Synapses: each set of synapses updates its state, then runs its pathways.
	Synapses
	BeforeResets
	// Resets: resets of all groups, refractory clamping.
	Resets
	AfterResets
	// End: summed variables, then user operations and monitors of state.
	End
	slots
)

var slotNames = [slots]string{
	"", "start", "before_groups", "groups", "before_thresholds", "thresholds", "after_thresholds", "before_connections",
	"connections", "after_connections", "synapses", "before_resets", "resets", "after_resets", "end",
}

// slotAliases are further names that users know.
var slotAliases = map[string]Slot{
	"before_start": Start, "after_start": Start, "after_groups": AfterThresholds, "middle": AfterThresholds,
	"before_synapses": BeforeConnections, "after_synapses": BeforeResets, "before_end": End, "after_end": End,
}

// String is the name of the slot, such as "before_groups".
func (s Slot) String() string {
	if s == 0 || s >= slots {
		return fmt.Sprintf("slot %d", uint8(s))
	}
	return slotNames[s]
}

// ParseSlot reads the name of a slot or one of the other names in use for it: before_start and after_start for start,
// after_groups and middle for after_thresholds, before_synapses for before_connections, after_synapses for
// before_resets, before_end and after_end for end.
func ParseSlot(name string) (Slot, error) {
	if k := slices.Index(slotNames[:], name); k > 0 {
		return Slot(k), nil
	}
	if s, ok := slotAliases[name]; ok {
		return s, nil
	}
	return 0, fmt.Errorf("there is no slot %q (slots: %s)", name, strings.Join(slotNames[1:], ", "))
}

// Order is a permutation of the parts of a step; see [NetworkParams].
type Order uint8

const (
	// GroupsConnectionsResets is the usual order: a spike of a cell reaches others before its own reset, and input that
	// arrives in the step of a spike is overwritten by the reset.
	GroupsConnectionsResets Order = iota
	// GroupsResetsConnections resets before connections and synapses: such input survives.
	GroupsResetsConnections
)

// place is where slot s stands in a step.
func (o Order) place(s Slot) int {
	if o == GroupsResetsConnections {
		if s >= BeforeResets && s <= AfterResets {
			return int(AfterThresholds)*100 + 1 + int(s-BeforeResets)
		}
	}
	return int(s) * 100
}

// Ranks of the parts of a slot that has several; user operations come with rankUser.
const (
	rankFirst = -10 // in End: summed variables; in Connections: monitors and queues
	rankUser  = 0
)

// operation is what an object does in a slot of each step of its clock.
type operation struct {
	place, rank, order, seq int
	run                     func(step int64) error
	of                      *engine // the group whose state is all that it reads and writes, nil if that may be more
	part                    part
}

// part says which part of a group's step an operation is.
type part uint8

const (
	another part = iota
	advances
	crosses
)

// schedule collects the operations of the clocks while a network is built.
type schedule struct {
	order Order
	seq   int
}

// add makes f an operation of the clock in a slot. rank is the place inside a slot that has several parts, order the
// user's order; what is equal runs in the order of add.
func (s *schedule) add(c *Clock, slot Slot, rank, order int, f func(step int64) error) {
	s.addOf(c, slot, rank, order, nil, another, f)
}

// addOf is add for a part of a group that leaves all others alone.
func (s *schedule) addOf(c *Clock, slot Slot, rank, order int, of *engine, what part, f func(step int64) error) {
	s.seq++
	c.ops = append(c.ops, operation{s.order.place(slot), rank, order, s.seq, f, of, what})
}

// sort orders the operations. A group whose thresholds are tested before anybody else can see its new state may test them
// block by block, while a block is in the cache.
func (c *Clock) sort() {
	slices.SortFunc(c.ops, func(a, b operation) int {
		return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(a.rank, b.rank), cmp.Compare(a.order, b.order), cmp.Compare(a.seq, b.seq))
	})
	for k, op := range c.ops {
		if op.part == advances {
			op.of.early = crossesUnseen(op.of, c.ops[k+1:])
		}
	}
}

// crossesUnseen reports whether the thresholds of a group come before anything that may touch its state.
func crossesUnseen(e *engine, next []operation) bool {
	for _, op := range next {
		switch op.of {
		case nil:
			return false
		case e: // events of the group are tested first: crossing would change refractoriness under them
			return op.part == crosses
		}
	}
	return false
}

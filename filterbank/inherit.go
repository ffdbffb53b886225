package filterbank

import "fmt"

// Fillers whose snapshots hold coefficients besides the state: when a bank is replaced by one with other parameters while
// it runs (see hearpipe/stages.Change) the state goes on, the coefficients are the new ones.

// Inherit takes the state of a bank of the same structure.
func (f *sectionsFiller) Inherit(from any) error {
	old, ok := from.(*sectionsFiller)
	if !ok {
		return fmt.Errorf("sections cannot go on in the place of %T", from)
	}
	return inherit(f.state, old.state)
}

// Inherit takes the state of another bank of gammatones.
func (f *gammatoneFiller) Inherit(from any) error {
	old, ok := from.(*gammatoneFiller)
	if !ok {
		return fmt.Errorf("gammatones cannot go on in the place of %T", from)
	}
	return inherit(f.state, old.state)
}

func inherit(state, old []float64) error {
	if len(state) != len(old) {
		return fmt.Errorf("a state of %d numbers cannot go on with one of %d", len(state), len(old))
	}
	copy(state, old)
	return nil
}

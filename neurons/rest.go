package neurons

import (
	"fmt"
	"slices"
)

// Rest moves the differential variables of all cells to a fixed point of the equations, with parameters at their current
// values and without noise; see equations.Rest. The search begins at the current values and finds a fixed point near
// them. Cells for which there is none keep their values and are returned. Shared inputs and inputs have no value outside
// a run, so that equations that read one are an error.
func (g *Group) Rest() (failed []int, err error) { return g.All().Rest() }

// Rest is [Group.Rest] for the cells of the view; failed cells count from the start of the view.
func (c Cells) Rest() (failed []int, err error) {
	e := c.g.e
	time := 0.0
	if c.g.clock != nil {
		time = c.g.clock.Time()
	}
	var missing string
	r, err := c.g.b.model.NewRest(e.cells, time, func(name string) []float64 {
		if e.inputOf(name) >= 0 {
			missing = name
			return make([]float64, e.cells)
		}
		return e.vector(name)
	})
	if err == nil && missing != "" {
		err = fmt.Errorf("%s is an input, which has values only while the group runs", missing)
	}
	if err != nil {
		return nil, fmt.Errorf("group %s: rest: %w", e.name, err)
	}
	c.g.b.finishHelpers()
	for _, cell := range r.Find(c.lo, c.hi) {
		failed = append(failed, cell-c.lo)
	}
	return failed, nil
}

// start wants something to follow for every linked parameter; it is called before the first step of a run.
func (g *Group) start() error {
	for _, q := range g.b.model.Equations.All() {
		if q.Flags.Linked && !slices.Contains(g.linked, q.Name) && g.e.inputOf(q.Name) < 0 {
			return fmt.Errorf("group %s: %w", g.e.name, q.Errorf("%s is (linked), but nothing says what it follows: call Network.Link", q.Name))
		}
	}
	return nil
}

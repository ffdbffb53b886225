package neurons

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"hearpipe/internal/random"
	"hearpipe/neurons/connectivity"
)

// thin keeps each pair with a probability. Random numbers are named by the source cell and the ordinal of the pair in its row.
func (c *Connection) thin(pairs *connectivity.Pairs, of func(i, j int) float64, first int) error {
	draw := random.New(c.set.net.seed, c.set.path, fmt.Sprintf("connect %d probability", c.calls), 0)
	kept, ordinal := 0, int64(0)
	for k, i := range pairs.Pre {
		if k > 0 && i != pairs.Pre[k-1] {
			ordinal = 0
		}
		j := pairs.Post[k]
		p := of(int(i), int(j))
		if p != p {
			return fmt.Errorf("the probability from %d to %d is not a number", i, j)
		}
		if draw.Uniform(int64(i)+int64(first), ordinal) < p {
			pairs.Pre[kept], pairs.Post[kept] = i, j
			kept++
		}
		ordinal++
	}
	pairs.Pre, pairs.Post = pairs.Pre[:kept], pairs.Post[:kept]
	return nil
}

// made is the synapses that a call connects.
type made struct {
	pairs *connectivity.Pairs // each pair once
	old   []int32             // the synapse that a pair has already, -1 for a new one
}

// merge drops pairs that stand there twice and finds those that are connected already.
func (c *Connection) merge(pairs *connectivity.Pairs) made {
	var m made
	sorted := newFan(pairs.Pre, c.p.Source.N())
	m.pairs = &connectivity.Pairs{Pre: make([]int32, 0, pairs.Len()), Post: make([]int32, 0, pairs.Len())}
	m.old = make([]int32, 0, pairs.Len())
	const none, taken = -1, -2
	at := make([]int32, c.p.Target.N()) // synapse of the present row at each target
	for j := range at {
		at[j] = none
	}
	for i := range int32(c.p.Source.N()) {
		lo, hi := sorted.start[i], sorted.start[i+1]
		if lo == hi {
			continue
		}
		if len(c.rows.start) > 0 {
			for q := c.rows.start[i]; q < c.rows.start[i+1]; q++ {
				k := c.rows.at(q)
				at[c.set.cells[post][k]] = k
			}
		}
		begin := len(m.old)
		for q := lo; q < hi; q++ {
			j := pairs.Post[sorted.at(q)]
			if at[j] == taken {
				continue
			}
			m.pairs.Pre, m.pairs.Post, m.old = append(m.pairs.Pre, i), append(m.pairs.Post, j), append(m.old, at[j])
			at[j] = taken
		}
		for _, j := range m.pairs.Post[begin:] {
			at[j] = none
		}
		if len(c.rows.start) > 0 {
			for q := c.rows.start[i]; q < c.rows.start[i+1]; q++ {
				at[c.set.cells[post][c.rows.at(q)]] = none
			}
		}
	}
	return m
}

// give makes the synapses that are new and sets weights and delays. The values are computed first, so that a mistake in
// them changes nothing.
func (c *Connection) give(m made, p PairsParams, parts [2]Cells) error {
	names, laws := []string{"w"}, []Law{p.Weight}
	if c.ring != nil {
		names, laws = append(names, "delay"), append(laws, p.Delay)
	}
	if !c.set.compiled {
		if err := c.set.compile(); err != nil {
			return c.set.fail("connect", err)
		}
	}
	// Texts are evaluated over synapses: these stand in for those that are not there yet.
	stage := *c.set
	stage.cells = [2][]int32{m.pairs.Pre, m.pairs.Post}
	stage.variables = nil
	values := make([][]float64, len(names))
	list := make([]int32, m.pairs.Len())
	for k := range list {
		list[k] = int32(k)
	}
	offset := [2]int{parts[pre].lo - c.p.Source.lo, parts[post].lo - c.p.Target.lo}
	for n, law := range laws {
		var err error
		if values[n], err = c.valuesOf(&stage, names[n], law, list, offset); err != nil {
			return c.set.fail(map[string]string{"w": "weight", "delay": "delay"}[names[n]], err)
		}
	}
	c.set.sets = stage.sets
	var i, j []int
	for k, old := range m.old {
		if old < 0 {
			i, j = append(i, int(m.pairs.Pre[k])), append(j, int(m.pairs.Post[k]))
		}
	}
	first := c.set.N()
	if len(i) > 0 || first == 0 {
		if i == nil {
			i, j = []int{}, []int{}
		}
		if err := c.set.Connect(ConnectParams{Params: connectivity.Params{I: i, J: j}}); err != nil {
			return err
		}
		c.fresh(first)
	}
	next := int32(first)
	for k, old := range m.old {
		if old < 0 {
			old = next
			next++
		}
		for n, name := range names {
			c.set.variable(name).values[old] = values[n][k]
		}
	}
	return nil
}

// valuesOf computes a law for synapses that are to be made.
func (c *Connection) valuesOf(stage *SynapseSet, name string, law Law, list []int32, offset [2]int) ([]float64, error) {
	x := make([]float64, len(list))
	switch {
	case law.Text != "" && law.Of != nil:
		return nil, fmt.Errorf("a text and a function: want one of both")
	case law.Of != nil:
		for k := range x {
			x[k] = law.Of(int(stage.cells[pre][k])-offset[pre], int(stage.cells[post][k])-offset[post])
		}
	case law.Text != "":
		for _, word := range identifiersOf(law.Text) {
			if c.set.variable(word) != nil {
				return nil, fmt.Errorf("%q reads %s, a variable of the synapses that are to be made", law.Text, word)
			}
		}
		values, t, err := stage.evaluate(within(law.Text, offset), list)
		if err != nil {
			return nil, err
		}
		if dim := c.set.variable(name).dim; !t.Fits(dim) {
			return nil, fmt.Errorf("%q has the dimension %s: want %s", law.Text, t.Dim, dim)
		}
		x = values
	case name == "w":
		for k := range x {
			x[k] = 1
		}
	}
	for k, v := range x {
		if v-v != 0 {
			return nil, fmt.Errorf("%g from %d to %d: want a finite number", v, stage.cells[pre][k], stage.cells[post][k])
		}
		if name == "delay" {
			if err := c.checkDelay(v); err != nil {
				return nil, fmt.Errorf("from %d to %d: %w", stage.cells[pre][k], stage.cells[post][k], err)
			}
		}
	}
	return x, nil
}

var (
	wordI = regexp.MustCompile(`\bi\b`)
	wordJ = regexp.MustCompile(`\bj\b`)
)

// within has i and j of a text count within parts that begin at an offset.
func within(text string, offset [2]int) string {
	if offset[pre] != 0 {
		text = wordI.ReplaceAllString(text, "(i-"+strconv.Itoa(offset[pre])+")")
	}
	if offset[post] != 0 {
		text = wordJ.ReplaceAllString(text, "(j-"+strconv.Itoa(offset[post])+")")
	}
	return text
}

func (c *Connection) checkDelay(d float64) error {
	if !(d >= 0 && d <= c.p.MaxDelay*(1+1e-12)) {
		return fmt.Errorf("delay of %g s: want 0 to %g s", d, c.p.MaxDelay)
	}
	return nil
}

// Weight is the weight of a pair [SI]; ok is false if it is not connected, which counts as 0.
func (c *Connection) Weight(i, j int) (w float64, ok bool, err error) {
	if err := c.position(i, j); err != nil {
		return 0, false, err
	}
	if k := c.find(i, j); k >= 0 {
		return c.set.variable("w").values[k], true, nil
	}
	return 0, false, nil
}

// SetWeight sets the weight of a pair [SI], connecting it if need be.
func (c *Connection) SetWeight(i, j int, w float64) error {
	if err := c.position(i, j); err != nil {
		return err
	}
	if w-w != 0 {
		return c.set.fail("", fmt.Errorf("weight %g from %d to %d: want a finite number", w, i, j))
	}
	if k := c.find(i, j); k >= 0 {
		c.set.variable("w").values[k] = w
		return nil
	}
	return c.Connect(PairsParams{I: []int{i}, J: []int{j}, Weight: Law{Of: func(int, int) float64 { return w }}})
}

// SetDelay sets the delay of a pair that is connected [s], if each has one of its own. What is on its way stays there.
func (c *Connection) SetDelay(i, j int, d float64) error {
	if err := c.position(i, j); err != nil {
		return err
	}
	k := c.find(i, j)
	if c.ring == nil || k < 0 {
		return c.set.fail("", fmt.Errorf("delay from %d to %d: there is no synapse with a delay of its own", i, j))
	}
	if err := c.checkDelay(d); err != nil {
		return c.set.fail("", err)
	}
	c.set.variable("delay").values[k] = d
	for _, o := range c.set.net.objects {
		if s, ok := o.(*SynapseSet); ok {
			if rule, ok := s.host.(*STDP); ok && rule.from == c {
				if err := rule.prepare(); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// Row is the synapses of source cell i: their targets, ascending, and their weights [SI].
func (c *Connection) Row(i int) (targets []int, weights []float64, err error) {
	if err := c.position(i, 0); err != nil {
		return nil, nil, err
	}
	var list []int32
	if len(c.rows.start) > 0 {
		for q := c.rows.start[i]; q < c.rows.start[i+1]; q++ {
			list = append(list, c.rows.at(q))
		}
	}
	targets, weights = c.listed(list, post)
	return targets, weights, nil
}

// Column is the synapses of target cell j: their sources, ascending, and their weights [SI].
func (c *Connection) Column(j int) (sources []int, weights []float64, err error) {
	if err := c.position(0, j); err != nil {
		return nil, nil, err
	}
	var list []int32
	for k, t := range c.set.cells[post] {
		if t == int32(j) {
			list = append(list, int32(k))
		}
	}
	sources, weights = c.listed(list, pre)
	return sources, weights, nil
}

func (c *Connection) listed(list []int32, by side) (cells []int, weights []float64) {
	slices.SortFunc(list, func(a, b int32) int { return int(c.set.cells[by][a] - c.set.cells[by][b]) })
	for _, k := range list {
		cells = append(cells, int(c.set.cells[by][k]))
		weights = append(weights, c.set.variable("w").values[k])
	}
	return cells, weights
}

// SetRow sets the weights of the synapses of source cell i [SI], in the order of [Connection.Row].
func (c *Connection) SetRow(i int, weights []float64) error {
	targets, _, err := c.Row(i)
	if err != nil {
		return err
	}
	return c.setListed(targets, weights, func(n int) (int, int) { return i, targets[n] })
}

// SetColumn sets the weights of the synapses of target cell j [SI], in the order of [Connection.Column].
func (c *Connection) SetColumn(j int, weights []float64) error {
	sources, _, err := c.Column(j)
	if err != nil {
		return err
	}
	return c.setListed(sources, weights, func(n int) (int, int) { return sources[n], j })
}

func (c *Connection) setListed(cells []int, weights []float64, pair func(n int) (i, j int)) error {
	if len(weights) != len(cells) {
		return c.set.fail("", fmt.Errorf("%d weights for %d synapses", len(weights), len(cells)))
	}
	for n, w := range weights {
		i, j := pair(n)
		if err := c.SetWeight(i, j, w); err != nil {
			return err
		}
	}
	return nil
}

// Weights are the weights by the number of the synapse [SI]: the state itself, see [SynapseSet.Values].
func (c *Connection) Weights() []float64 { return c.set.variable("w").values }

// Matrix is the weights as a matrix [SI], row by row, one row for each source cell; NaN where there is no synapse.
func (c *Connection) Matrix() ([]float64, error) { return c.set.Matrix("w", Last) }

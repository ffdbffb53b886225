// Barrel-cortex develops a map of preferred directions in a model of the rat's barrel cortex, whose whiskers are deflected by
// bars that move in random directions: cells of layer 4 of each barrel are tuned to directions, their synapses on layer 2/3
// are plastic, and lateral connections let neighbours agree (Kremer, Léger, Goodman, Brette and Bourdieu 2011, J Neurosci 31,
// 10689-10700; an example of the documentation of Brian 1.4).
//
// The documentation has lost the profile of the lateral connections in print; here they fall off with the distance in two
// dimensions like Gaussians with deviations of 0.4 barrels (excitation) and 0.2 barrels (inhibition), a reconstruction.
//
//	go run ./examples/barrel-cortex -o map.png                        # 3 × 3 barrels
//	go run ./examples/barrel-cortex -barrels 5 -seconds 5 -o map.png  # as published: 31,000 cells, 6 million synapses, 25 s
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"math"
	"math/rand/v2"
	"os"

	"hearpipe/neurons"
	"hearpipe/neurons/connectivity"
	"hearpipe/neurons/library"
	"hearpipe/sinks/picture"
	"hearpipe/units"
)

// Cells along a side of a barrel, and the stimulus.
const (
	side4, sideE, sideI = 22, 25, 12
	per4, perE, perI    = side4 * side4, sideE * sideE, sideI * sideI
	changeTime          = 5e-3 // a bar crosses a barrel [s]
	largestRate         = 0.5 / changeTime
)

func main() {
	log.SetFlags(0)
	barrels := flag.Int("barrels", 3, "barrels along a side of the cortex")
	seconds := flag.Float64("seconds", 5, "time that is simulated")
	seed := flag.Uint64("seed", 1, "seed of all random numbers")
	path := flag.String("o", "", "picture of the map, .png or .svg (default: none)")
	flag.Parse()
	if err := run(os.Stdout, *barrels, *seconds, *seed, *path); err != nil {
		log.Fatal(err)
	}
}

func run(w io.Writer, barrels int, seconds float64, seed uint64, path string) error {
	c, err := build(barrels, seed)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%d cells of layer 4, %d and %d of layer 2/3, %d plastic synapses\n", c.layer4.All().N(), c.excite.N(), c.inhibit.N(), c.feed.N())
	before, err := c.preferences()
	if err != nil {
		return err
	}
	if _, err := c.net.Run(context.Background(), seconds); err != nil {
		return err
	}
	after, err := c.preferences()
	if err != nil {
		return err
	}
	n := float64(c.spikes.Total()) / float64(c.excite.N()+c.inhibit.N()) / seconds
	fmt.Fprintf(w, "rate of layer 2/3: %.2f Hz\nselectivity for a direction: %.3f at first, %.3f after %g s\n", n, meanStrength(before), meanStrength(after), seconds)
	fmt.Fprintf(w, "order of the map: %.3f at first, %.3f after %g s\n", c.order(before), c.order(after), seconds)
	if path == "" {
		return nil
	}
	return picture.DrawMaps(picture.MapsParams{
		Path: path, Maps: []picture.Map{{Title: "preferred direction", Values: c.image(after)}}, X: [2]float64{0, float64(barrels)}, Y: [2]float64{0, float64(barrels)},
		XLabel: "barrel", YLabel: "barrel", Label: "degrees", Colours: [2]float64{0, 360}, Size: picture.Size{Width: 640, Height: 640},
	})
}

// cortex is the network.
type cortex struct {
	net             *neurons.Network
	barrels         int // along a side
	layer4, layer23 *neurons.Group
	excite, inhibit neurons.Cells // of layer 2/3
	feed            *neurons.SynapseSet
	spikes          *neurons.SpikeMonitor

	// The bar.
	rng              *rand.Rand
	direction        float64
	x, y, dirX, dirY float64
	active           []bool // of each barrel
}

func build(barrels int, seed uint64) (*cortex, error) {
	const taum, taue, taui = 10e-3, 2e-3, 25e-3
	volt := func(x float64) units.Quantity { return units.Quantity{Value: x, Dim: units.DimVoltage} }
	epsc := 1e-3 * math.Pow(taue/taum, taum/(taue-taum)) // 1 mV at the peak
	ipsc := -1e-3 * math.Pow(taui/taum, taum/(taui-taum))
	n, err := neurons.NewNetwork(neurons.NetworkParams{Seed: seed, Constants: map[string]units.Quantity{"EPSC": volt(epsc), "IPSC": volt(ipsc)}})
	if err != nil {
		return nil, err
	}
	c := &cortex{net: n, barrels: barrels, rng: rand.New(rand.NewPCG(seed, 0)), active: make([]bool, barrels*barrels)}
	c.layer4, err = n.PoissonGroup(neurons.PoissonParams{Values: make([]float64, barrels*barrels*per4)})
	if err != nil {
		return nil, err
	}
	cells := barrels * barrels * (perE + perI)
	c.layer23, err = n.Group(neurons.GroupParams{
		N: cells, Equations: "dv/dt = (ge+gi-70*mV-v)/(10*ms) : volt\ndge/dt = -ge/(2*ms) : volt\ndgi/dt = -gi/(25*ms) : volt\n" +
			"dvt/dt = (-55*mV-vt)/(50*ms) : volt # adaptation\nx : 1\ny : 1",
		Threshold: "v > vt", Reset: "v = -70*mV; vt += 2*mV", Refractory: "2*ms", Hold: "v", Init: map[string]string{"v": "-70*mV", "vt": "-55*mV"},
		Values: map[string][]float64{"x": places(barrels, 0), "y": places(barrels, 1)},
	})
	if err != nil {
		return nil, err
	}
	if c.excite, err = c.layer23.Cells(0, barrels*barrels*perE); err != nil {
		return nil, err
	}
	if c.inhibit, err = c.layer23.Cells(barrels*barrels*perE, cells); err != nil {
		return nil, err
	}
	if err := c.connect(); err != nil {
		return nil, err
	}
	if c.spikes, err = n.SpikeMonitor(c.layer23.All(), neurons.SpikeMonitorParams{CountOnly: true}); err != nil {
		return nil, err
	}
	rates, err := c.layer4.Values("rates")
	if err != nil {
		return nil, err
	}
	c.turn()
	return c, n.Operation(neurons.When{Slot: neurons.End}, func(now neurons.Now) error {
		c.move(now.DT, rates)
		return nil
	})
}

// places are the coordinates of the cells of layer 2/3 in barrels, excitatory ones first, barrel by barrel.
func places(barrels, axis int) (list []float64) {
	for _, side := range []int{sideE, sideI} {
		for b := range barrels * barrels {
			for k := range side * side {
				if axis == 0 {
					list = append(list, float64(b/barrels)+float64(k%side)/float64(side))
				} else {
					list = append(list, float64(b%barrels)+float64(k/side)/float64(side))
				}
			}
		}
	}
	return list
}

// connect makes the synapses: from layer 4 within a barrel, plastic; lateral ones by distance.
func (c *cortex) connect() error {
	stdp, err := library.ExponentialSTDP(library.STDPParams{
		Variable: "ge", Unit: "volt", TauPre: "5*ms", TauPost: "25*ms", APre: 0.05, APost: -0.04, WMax: "EPSC",
	})
	if err != nil {
		return err
	}
	c.feed, err = c.net.Synapses(neurons.SynapsesParams{Source: c.layer4.All(), Target: c.excite, Model: stdp.Model, OnPre: stdp.OnPre, OnPost: stdp.OnPost})
	if err != nil {
		return err
	}
	for b := range c.barrels * c.barrels {
		from, err := c.layer4.Cells(b*per4, (b+1)*per4)
		if err != nil {
			return err
		}
		to, err := c.excite.Cells(b*perE, (b+1)*perE)
		if err != nil {
			return err
		}
		if err := c.feed.Connect(neurons.ConnectParams{Source: from, Target: to, Params: connectivity.Params{P: "0.5"}}); err != nil {
			return err
		}
	}
	if err := c.feed.Set("w", "EPSC*0.5"); err != nil {
		return err
	}
	const distance = "(((x_pre-x_post)/%g)**2+((y_pre-y_post)/%g)**2)"
	wide, narrow := fmt.Sprintf(distance, 0.4, 0.4), fmt.Sprintf(distance, 0.2, 0.2)
	for _, lateral := range []struct {
		from, to neurons.Cells
		code, p  string
	}{
		{c.excite, c.excite, "ge += EPSC*0.3", "0.15*exp(-0.5*" + wide + ")"},
		{c.excite, c.inhibit, "ge += EPSC", "0.15*exp(-0.5*" + wide + ")"},
		{c.inhibit, c.excite, "gi += IPSC", "exp(-0.5*" + narrow + ")"},
	} {
		s, err := c.net.Synapses(neurons.SynapsesParams{Source: lateral.from, Target: lateral.to, OnPre: lateral.code})
		if err != nil {
			return err
		}
		if err := s.Connect(neurons.ConnectParams{Params: connectivity.Params{P: lateral.p}}); err != nil {
			return err
		}
	}
	return nil
}

// radius of the circle on which bars begin, in barrels, for an array of 5 barrels.
const radius = 6

// turn begins with a new bar.
func (c *cortex) turn() {
	c.direction = 2 * math.Pi * c.rng.Float64()
	c.dirX, c.dirY = math.Cos(c.direction), math.Sin(c.direction)
	middle := float64(c.barrels) / 2
	c.x, c.y = middle-c.dirX*radius, middle-c.dirY*radius
}

// move moves the bar for a step, and sets the rates of the cells of barrels that it reaches or leaves.
func (c *cortex) move(dt float64, rates []float64) {
	c.x, c.y = c.x+dt/changeTime*c.dirX, c.y+dt/changeTime*c.dirY
	middle := float64(c.barrels) / 2
	if math.Hypot(c.x-middle, c.y-middle) > radius {
		c.turn()
	}
	for b := range c.active {
		x, y := float64(b/c.barrels)+0.5, float64(b%c.barrels)+0.5
		active := math.Abs((x-c.x)*c.dirX+(y-c.y)*c.dirY) < 0.5
		if active == c.active[b] {
			continue
		}
		c.active[b] = active
		for k := range per4 {
			rate := 0.0
			if active {
				rate = largestRate * max(0, math.Cos(selectivity(k)-c.direction))
			}
			rates[b*per4+k] = rate
		}
	}
}

// selectivity is the direction that cell k of a barrel of layer 4 prefers.
func selectivity(k int) float64 { return 2 * math.Pi * float64(k) / (per4 - 1) }

// preferences are the means of exp(i·direction) over the synapses of each excitatory cell, weighted by them: as an angle and,
// in parts of the sum of weights, a length.
func (c *cortex) preferences() ([][2]float64, error) {
	w, err := c.feed.Values("w")
	if err != nil {
		return nil, err
	}
	re, im, sum := make([]float64, c.excite.N()), make([]float64, c.excite.N()), make([]float64, c.excite.N())
	pre, post := c.feed.Pre(), c.feed.Post()
	for n, x := range w {
		s, co := math.Sincos(selectivity(int(pre[n]) % per4))
		re[post[n]], im[post[n]], sum[post[n]] = re[post[n]]+x*co, im[post[n]]+x*s, sum[post[n]]+x
	}
	list := make([][2]float64, len(re))
	for k := range list {
		if sum[k] > 0 {
			list[k] = [2]float64{math.Atan2(im[k], re[k]), math.Hypot(re[k], im[k]) / sum[k]}
		}
	}
	return list, nil
}

func meanStrength(list [][2]float64) (mean float64) {
	for _, p := range list {
		mean += p[1] / float64(len(list))
	}
	return mean
}

// order is the mean cosine between the direction that a cell prefers and the direction of its place from the middle of its
// barrel: 1 for a pinwheel in each barrel, 0 without a map.
func (c *cortex) order(list [][2]float64) (mean float64) {
	for cell, p := range list {
		k := cell % perE
		place := math.Atan2(float64(k/sideE)-(sideE-1)/2., float64(k%sideE)-(sideE-1)/2.)
		mean += math.Cos(p[0]-place) / float64(len(list))
	}
	return mean
}

// image is the preferred directions in degrees, by place.
func (c *cortex) image(list [][2]float64) [][]float64 {
	side := c.barrels * sideE
	rows := make([][]float64, side)
	for y := range rows {
		rows[y] = make([]float64, side)
	}
	for cell, p := range list {
		b, k := cell/perE, cell%perE
		x, y := b/c.barrels*sideE+k%sideE, b%c.barrels*sideE+k/sideE
		rows[y][x] = math.Mod(p[0]*180/math.Pi+360, 360)
	}
	return rows
}

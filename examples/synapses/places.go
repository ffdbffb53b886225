package main

import (
	"fmt"
	"math"
	"math/rand/v2"

	"hearpipe/neurons"
	"hearpipe/neurons/connectivity"
	"hearpipe/neurons/equations"
	"hearpipe/units"
)

// detectors are 300 noisy cells that fire when spikes coincide.
var detectors = neurons.GroupParams{
	N: 300, Equations: "dv/dt = -v/(1*ms)+0.1*(2/(1*ms))**.5*xi : 1", Threshold: "v > 1", Reset: "v = 0",
}

// licklider finds a rising pitch: cells hear a receptor at once, and another one that hears the same a period of theirs later
// (Licklider 1951, Experientia 7, 128-134).
func licklider(seed uint64) (*example, error) {
	b := begin(neurons.NetworkParams{Seed: seed, DT: 2e-5})
	ears := b.group(neurons.GroupParams{
		N: 2, Equations: "dx/dt = (sound-x)/(1*ms)+0.1*(2/(1*ms))**.5*xi : 1\nsound = 5*sin(2*pi*frequency*t)**3 : 1\nfrequency = (200+200*t*Hz)*Hz : Hz",
		Threshold: "x > 1", Reset: "x = 0", Refractory: "2*ms",
	})
	cells := b.group(detectors)
	b.synapses(neurons.SynapsesParams{Source: b.all(ears), Target: b.all(cells), Model: "w : 1", OnPre: "v += w"}, connectivity.Params{},
		"w", "0.5", "delay", "i/(50*Hz*20**(j/299))")
	m := b.spikes(cells)
	x := &example{seconds: []float64{0.5}, result: func() ([]number, error) {
		worst := 0.0
		for k := 1; k < 10; k++ { // the first 50 ms are the start
			pitch := 200 + 400*(float64(k)+0.5)*0.05
			lo := int(299 * math.Log(0.7*pitch/50) / math.Log(20)) // below, cells hear every second or third period
			got := 50 * math.Pow(20, busiest(m, 2500*int64(k), 2500*int64(k+1), lo)/299)
			worst = max(worst, math.Abs(got/pitch-1))
		}
		return []number{{"spikes", float64(m.Total()), ""}, {"largest error of the pitch", 100 * worst, "%"}}, nil
	}}
	if b.err == nil {
		x.raster = cells
	}
	return b.finish(x)
}

// jeffress finds the direction of noise that circles around two ears, from the difference of the times of arrival (Jeffress
// 1948, J Comp Physiol Psychol 41, 35-39).
func jeffress(seed uint64) (*example, error) {
	const farthest = 0.2 / 300 // 20 cm at 300 m/s, in seconds
	rng := rand.New(rand.NewPCG(seed, 1))
	noise := make([]float64, 50_000)
	for k := range noise {
		noise[k] = 10 * rng.NormFloat64()
	}
	b := begin(neurons.NetworkParams{
		Seed: seed, DT: 2e-5, TimedArrays: map[string]*equations.TimedArray{"sound": {Values: noise, DT: 2e-5}},
		Constants: map[string]units.Quantity{"farthest": second(farthest)},
	})
	ears := b.group(neurons.GroupParams{
		N: 2, Method: "euler",
		Equations: "dx/dt = (sound(t-delay)-x)/(1*ms)+0.1*(2/(1*ms))**.5*xi : 1\ndelay = distance*sin(theta) : second\n" +
			"distance : second\ndtheta/dt = 2*pi*Hz : 1",
		Threshold: "x > 1", Reset: "x = 0", Refractory: "2.5*ms", Init: map[string]string{"distance": "(i-0.5)*farthest"},
	})
	cells := b.group(detectors)
	b.synapses(neurons.SynapsesParams{Source: b.all(ears), Target: b.all(cells), Model: "w : 1", OnPre: "v += w"}, connectivity.Params{},
		"w", "0.5", "delay", "where(i == 0, j, 299-j)/299*1.1*farthest")
	m := b.spikes(cells)
	x := &example{seconds: []float64{1e-3, 1}, result: func() ([]number, error) {
		worst, mean := 0.0, 0.0
		for k := range 20 {
			want := 299 * (1.1 + math.Sin(2*math.Pi*(float64(k)+.5)*0.05)) / 2.2
			d := math.Abs(busiest(m, 2500*int64(k), 2500*int64(k+1), 0) - want)
			worst, mean = max(worst, d), mean+d/20
		}
		return []number{
			{"largest interaural delay", farthest * 1e6, "µs"},
			{"spikes", float64(m.Total()), ""},
			{"mean distance of the busiest cell", mean, "cells"},
			{"largest distance", worst, "cells"},
		}, nil
	}}
	if b.err == nil {
		x.raster = cells
	}
	return b.finish(x)
}

// busiest is the mean of the cells from lo on that fire in a window of steps, over those 20 neighbours that fire most.
func busiest(m *neurons.SpikeMonitor, from, to int64, lo int) float64 {
	const width = 20
	count := make([]int, detectors.N)
	for _, s := range m.Spikes() {
		if s.At >= from && s.At < to && int(s.Cell) >= lo {
			count[s.Cell]++
		}
	}
	sum, best, at := 0, -1, 0
	for j, n := range count {
		sum += n
		if j >= width {
			sum -= count[j-width]
		}
		if sum > best {
			best, at = sum, j
		}
	}
	mean, n := 0.0, 0
	for j := max(0, at-width+1); j <= at; j++ {
		mean, n = mean+float64(j*count[j]), n+count[j]
	}
	return mean / float64(n)
}

// diesmann is a synfire chain: a volley of spikes goes through ten layers and gets sharper (Diesmann, Gewaltig and Aertsen
// 1999, Nature 402, 529-533).
func diesmann(seed uint64) (*example, error) {
	b := begin(neurons.NetworkParams{Seed: seed, Constants: map[string]units.Quantity{"tau": second(0.325e-3)}})
	p := b.group(neurons.GroupParams{
		N: 1000, Equations: "dV/dt = (-(V+70*mV)+x)/(10*ms) : volt\ndx/dt = (-x+y)/tau : volt\ndy/dt = -y/tau+25.27*mV/ms+(39.24*mV/ms**0.5)*xi : volt",
		Threshold: "-55*mV", Reset: "-70*mV", Refractory: "1*ms", Init: map[string]string{"V": "-70*mV+rand()*15*mV"},
	})
	packet := made(b, 0, func(int) (*neurons.PulsePacket, error) {
		return b.net.PulsePacket(neurons.PulsePacketParams{N: 85, Time: 50e-3, Sigma: 1e-3})
	})
	source := neurons.Cells{}
	if b.err == nil {
		source = packet.All()
	}
	for k := range 10 {
		target := b.part(p, 100*k, 100*(k+1))
		b.synapses(neurons.SynapsesParams{Source: source, Target: target, OnPre: "y += 4.86*mV"}, connectivity.Params{})
		source = target
	}
	m := b.spikes(p)
	x := &example{seconds: []float64{0.1}, result: func() ([]number, error) {
		list := []number{{"spikes of the chain", float64(m.Total()), ""}}
		for _, layer := range []int{1, 5, 10} {
			n, mean, square := 0.0, 0.0, 0.0
			for _, s := range m.Spikes() {
				at := float64(s.At) / 10
				if int(s.Cell)/100 == layer-1 && math.Abs(at-(50.8+float64(layer-1)*5.2/9)) <= 3 {
					n, mean, square = n+1, mean+at, square+at*at
				}
			}
			mean /= max(n, 1)
			list = append(list,
				number{fmt.Sprintf("spikes of the volley in layer %d", layer), n, ""},
				number{fmt.Sprintf("its time in layer %d", layer), mean, "ms"},
				number{fmt.Sprintf("its width in layer %d", layer), math.Sqrt(max(0, square/max(n, 1)-mean*mean)), "ms"})
		}
		return list, nil
	}}
	if b.err == nil {
		x.raster = p
	}
	return b.finish(x)
}

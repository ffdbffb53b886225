package trains_test

import (
	"fmt"
	"log"

	"hearpipe/neurons/trains"
	"hearpipe/stages"
)

// Cell 1 fires 1 ms after cell 0, three times at intervals of 10 ms.
func Example() {
	spikes := []stages.Spike{{At: 10, Cell: 0}, {At: 11, Cell: 1}, {At: 20, Cell: 0}, {At: 21, Cell: 1}, {At: 30, Cell: 0}, {At: 31, Cell: 1}}
	cells, err := trains.ByCell(spikes, trains.ByCellParams{Rate: 1000, Cells: 2})
	if err != nil {
		log.Fatal(err)
	}
	rate, err := trains.Rate(cells[0])
	if err != nil {
		log.Fatal(err)
	}
	locked, err := trains.VectorStrength(cells[0], 10e-3)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.0f Hz, vector strength %.2f\n", rate, locked)

	p := trains.CorrelogramParams{Width: 2e-3, Bin: 1e-3, Duration: 0.1}
	lags, err := p.Lags()
	if err != nil {
		log.Fatal(err)
	}
	pairs, err := trains.Correlogram(cells[0], cells[1], p)
	if err != nil {
		log.Fatal(err)
	}
	for k := range pairs {
		fmt.Printf("%+.0f ms: %.2f Hz\n", lags[k]*1000, pairs[k])
	}
	// Output:
	// 100 Hz, vector strength 1.00
	// -2 ms: 0.00 Hz
	// -1 ms: 0.00 Hz
	// +0 ms: 0.00 Hz
	// +1 ms: 30.30 Hz
}

// A spike that comes late costs its delay, one that is missing costs 1.
func ExampleVictorPurpura() {
	recorded := []float64{0.010, 0.020, 0.030}
	model := []float64{0.012, 0.030}
	d, err := trains.VictorPurpura(recorded, model, 200) // 5 ms for the price of a spike
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.1f\n", d)
	// Output: 1.4
}

// One spike more costs a half, whenever it comes.
func ExampleVanRossum() {
	d, err := trains.VanRossum([]float64{0.1, 0.2}, []float64{0.1}, trains.VanRossumParams{Tau: 5e-3})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.2f\n", d)
	// Output: 0.50
}

// The recording has four spikes, of which the model predicts three.
func ExampleGammaFactor() {
	recorded := []float64{0.010, 0.110, 0.210, 0.310}
	model := []float64{0.011, 0.112, 0.309}
	gamma, err := trains.GammaFactor(model, recorded, trains.GammaFactorParams{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.3f\n", gamma) // (3 - 0.08*4)/(0.5*(1 - 0.08)*7)
	// Output: 0.832
}

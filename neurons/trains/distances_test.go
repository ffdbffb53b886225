package trains

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestVanRossumOfKnownTrains(t *testing.T) {
	one := must[float64](t)
	ten, twelve := []float64{10e-3}, []float64{12e-3}
	p := VanRossumParams{} // 2 ms
	near(t, "one spike and none", one(VanRossum(ten, nil, p)), 0.5, 1e-15)
	near(t, "spikes 2 ms apart", one(VanRossum(ten, twelve, p)), 1-math.Exp(-1), 1e-12)
	p.DT = 0.1e-3
	near(t, "one spike and none, in steps", one(VanRossum(ten, nil, p)), 0.5254165972, 1e-9)
	near(t, "spikes 2 ms apart, in steps", one(VanRossum(ten, twelve, p)), 0.6642532661, 1e-9)
	p = VanRossumParams{Duration: 11e-3} // 1 ms after the spike
	near(t, "one spike cut off", one(VanRossum(ten, twelve, p)), 0.5*(1-math.Exp(-1)), 1e-12)
}

func drawTrain(t *rapid.T, name string) []float64 {
	list := []float64{}
	for _, s := range rapid.SliceOfN(rapid.IntRange(0, 300), 0, 12).Draw(t, name) {
		list = append(list, float64(s)*0.1e-3)
	}
	slices.Sort(list)
	return list
}

// The definition, written down: the double sum over pairs, and the traces step by step.
func TestVanRossumFollowsItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawTrain(t, "a"), drawTrain(t, "b")
		tau := rapid.Float64Range(0.2e-3, 20e-3).Draw(t, "tau")
		sum := func(a, b []float64) (s float64) {
			for _, x := range a {
				for _, y := range b {
					s += 0.5 * math.Exp(-math.Abs(x-y)/tau)
				}
			}
			return s
		}
		scale := 1 + sum(a, a) + sum(b, b)
		got, err := VanRossum(a, b, VanRossumParams{Tau: tau})
		if err != nil {
			t.Fatal(err)
		}
		if want := sum(a, a) + sum(b, b) - 2*sum(a, b); math.Abs(got-want) > 1e-12*scale {
			t.Fatalf("D² is %g, want %g", got, want)
		}

		const dt = 0.1e-3
		steps := rapid.IntRange(1, 400).Draw(t, "steps")
		got, err = VanRossum(a, b, VanRossumParams{Tau: tau, DT: dt, Duration: float64(steps) * dt})
		if err != nil {
			t.Fatal(err)
		}
		f, g, want := 0.0, 0.0, 0.0
		for n := range steps {
			f *= math.Exp(-dt / tau)
			g *= math.Exp(-dt / tau)
			for _, x := range a {
				if int(math.Round(x/dt)) == n {
					f++
				}
			}
			for _, x := range b {
				if int(math.Round(x/dt)) == n {
					g++
				}
			}
			want += dt / tau * (f - g) * (f - g)
		}
		if math.Abs(got-want) > 1e-11*scale*(1+dt/tau) {
			t.Fatalf("D² in %d steps is %g, want %g", steps, got, want)
		}
	})
}

func TestVanRossumMatrixIsSymmetric(t *testing.T) {
	trains := [][]float64{trainA, trainB, nil, trainA}
	matrix := must[[][]float64](t)(VanRossumMatrix(trains, VanRossumParams{Tau: 4e-3, DT: 0.1e-3}))
	for i := range trains {
		for j := range trains {
			want := must[float64](t)(VanRossum(trains[i], trains[j], VanRossumParams{Tau: 4e-3, DT: 0.1e-3}))
			if matrix[i][j] != want || matrix[i][j] != matrix[j][i] {
				t.Errorf("element %d, %d is %g and transposed %g, want %g", i, j, matrix[i][j], matrix[j][i], want)
			}
		}
	}
	if matrix[0][0] != 0 || matrix[0][3] != 0 || !(matrix[0][1] > 0.5) {
		t.Errorf("distances of A to A, A and B are %v", matrix[0])
	}
}

func TestVictorPurpuraByHand(t *testing.T) {
	for _, c := range []struct {
		a, b       []float64
		cost, want float64
	}{
		{nil, nil, 1, 0},
		{nil, []float64{1, 2}, 1, 2},
		{[]float64{1}, []float64{1.5}, 1, 0.5},                        // shifted
		{[]float64{1}, []float64{1.5}, 10, 2},                         // deleted and added: cheaper than 5
		{[]float64{1}, []float64{1.5}, 4, 2},                          // both cost the same
		{[]float64{1, 2, 3}, []float64{1.25, 3.25}, 1, 1.5},           // two shifted by a quarter, one deleted
		{[]float64{0, 10}, []float64{1, 2, 10.5}, 0.5, 0.5 + 1 + .25}, // the nearer of two is matched
		{[]float64{1, 2, 3}, []float64{7}, 0, 2},                      // only numbers count
		{[]float64{1, 2, 3}, []float64{2, 3.001}, math.Inf(1), 3},     // only equal times match
		{[]float64{1, 2}, []float64{1, 2}, math.Inf(1), 0},
	} {
		if got := must[float64](t)(VictorPurpura(c.a, c.b, c.cost)); !(math.Abs(got-c.want) <= 1e-15) { // NaN fails too
			t.Errorf("distance of %v and %v at cost %g is %g, want %g", c.a, c.b, c.cost, got, c.want)
		}
	}
	// A and B at 1 per ms: 10 and 12.3, 25 and 29.6, 50 and 47.4 ms are further than 2 ms apart or not worth it; 80 and 81.2,
	// 120 and 121.5 are shifted: 1.2 + 1.5 + 3 + 4.
	near(t, "distance of known trains", must[float64](t)(VictorPurpura(trainA, trainB, 1000)), 9.7, 1e-12)
}

func TestDistancesAreMetrics(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := drawTrain(t, "a"), drawTrain(t, "b"), drawTrain(t, "c")
		cost := rapid.Float64Range(0, 5000).Draw(t, "cost")
		tau := rapid.Float64Range(0.2e-3, 20e-3).Draw(t, "tau")
		for name, distance := range map[string]func(a, b []float64) (float64, error){
			"Victor-Purpura": func(a, b []float64) (float64, error) { return VictorPurpura(a, b, cost) },
			"van Rossum": func(a, b []float64) (float64, error) {
				d, err := VanRossum(a, b, VanRossumParams{Tau: tau})
				return math.Sqrt(d), err
			},
		} {
			d := func(a, b []float64) float64 {
				v, err := distance(a, b)
				if err != nil {
					t.Fatal(err)
				}
				return v
			}
			switch {
			case d(a, a) != 0:
				t.Fatalf("%s: a train is %g from itself", name, d(a, a))
			case d(a, b) < 0 || d(a, b) != d(b, a):
				t.Fatalf("%s: %g there and %g back", name, d(a, b), d(b, a))
			case cost > 0 && !slices.Equal(a, b) && d(a, b) == 0:
				t.Fatalf("%s: unequal trains are 0 apart", name)
			case d(a, c) > d(a, b)+d(b, c)+1e-9:
				t.Fatalf("%s: %g directly, %g and %g by the way", name, d(a, c), d(a, b), d(b, c))
			}
		}
		// The distance grows with the cost, from the difference of numbers to the number of unmatched spikes.
		low, err := VictorPurpura(a, b, 0)
		if err != nil || low != math.Abs(float64(len(a)-len(b))) {
			t.Fatalf("at cost 0 %g, %v", low, err)
		}
		mid, _ := VictorPurpura(a, b, cost)
		high, _ := VictorPurpura(a, b, math.Inf(1))
		if low > mid || mid > high+1e-9 || high > float64(len(a)+len(b)) {
			t.Fatalf("distances %g, %g, %g at growing cost", low, mid, high)
		}
	})
}

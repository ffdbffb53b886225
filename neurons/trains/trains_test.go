package trains

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"hearpipe/stages"
)

// Two trains whose statistics are known from Brian 1.4, or from an independent model of its definitions.
var (
	trainA = []float64{10e-3, 25e-3, 50e-3, 80e-3, 120e-3}
	trainB = []float64{12.3e-3, 29.6e-3, 47.4e-3, 81.2e-3, 100.7e-3, 121.5e-3}
)

// near fails unless got is want to within the relative tolerance, of 1e-7 where want has eight digits.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > tolerance*math.Abs(want) {
		t.Errorf("%s is %.10g, want %.10g, off by %g", what, got, want, got-want)
	}
}

// must returns a function that unwraps a result without error.
func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestRateAndVariationOfKnownTrains(t *testing.T) {
	one := must[float64](t)
	near(t, "rate of A", one(Rate(trainA)), 36.363636, 2e-8)
	near(t, "rate of B", one(Rate(trainB)), 45.787546, 2e-8)
	near(t, "CV of A", one(CV(trainA)), 0.3277774, 2e-7)
	near(t, "CV of B", one(CV(trainB)), 0.2796656, 2e-7)
	if got := one(CV([]float64{1, 2, 3, 4})); got != 0 {
		t.Errorf("CV of a regular train is %g, want 0", got)
	}
}

func TestIntervalsAreCounted(t *testing.T) {
	got := must[[]float64](t)(Intervals([]float64{-1, 0.5, 0.5, 4}))
	if want := []float64{1.5, 0, 3.5}; !reflect.DeepEqual(got, want) {
		t.Errorf("intervals %v, want %v", got, want)
	}
	// Of A: 15, 25, 30, 40 ms. 10 - 12 = 2 ms comes out below 2e-3 in binary; it lies on the edge all the same.
	trains := [][]float64{trainA, {0.012, 0.014}, {7}}
	counts := must[[]int](t)(IntervalHistogram(trains, []float64{2e-3, 15e-3, 25e-3, 40e-3}))
	if want := []int{1, 1, 2, 1}; !reflect.DeepEqual(counts, want) {
		t.Errorf("counts %v, want %v", counts, want)
	}
	counts = must[[]int](t)(IntervalHistogram(trains, []float64{16e-3}))
	if want := []int{3}; !reflect.DeepEqual(counts, want) {
		t.Errorf("counts above 16 ms %v, want %v", counts, want)
	}
}

func TestSpikesOfAStreamBecomeTrains(t *testing.T) {
	list := []stages.Spike{{At: 0, Cell: 7}, {At: 3, Cell: 5}, {At: 3, Cell: 6}, {At: 10, Cell: 5}, {At: 11, Cell: 4}}
	got := must[[][]float64](t)(ByCell(list, ByCellParams{Rate: 1000, First: 5, Cells: 4}))
	want := [][]float64{{0.003, 0.01}, {0.003}, {0}, {}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("trains %v, want %v", got, want)
	}
	got[0] = append(got[0], 99)
	if got[1][0] != 0.003 {
		t.Error("appending to a train changes its neighbour")
	}
}

// A statistic that an empty train does not have is NaN, not an error and not 0.
func TestEmptyTrainsHaveNoStatistics(t *testing.T) {
	p := CorrelogramParams{Duration: 1}
	for what, f := range map[string]func() (float64, error){
		"rate":                  func() (float64, error) { return Rate(nil) },
		"rate of one spike":     func() (float64, error) { return Rate([]float64{1}) },
		"CV":                    func() (float64, error) { return CV(nil) },
		"CV of one spike":       func() (float64, error) { return CV([]float64{1}) },
		"vector strength":       func() (float64, error) { return VectorStrength(nil, 1) },
		"total correlation":     func() (float64, error) { return TotalCorrelation(nil, trainA, TotalCorrelationParams{}) },
		"correlogram":           func() (float64, error) { return at(Correlogram(trainA, nil, p))(0) },
		"correlogram without T": func() (float64, error) { return at(Correlogram(nil, nil, CorrelogramParams{}))(39) },
		"covariance":            func() (float64, error) { return at(CrossCovariance(trainA, []float64{0.1}, p))(0) },
		"average": func() (float64, error) {
			a, err := SpikeTriggeredAverage(nil, []float64{1, 2}, SpikeTriggeredAverageParams{MaxInterval: 1, DT: 1})
			return a.Values[0], err
		},
		"histogram": func() (float64, error) { return at(PSTH(nil, PSTHParams{Duration: 1}))(0) },
	} {
		if got, err := f(); err != nil || !math.IsNaN(got) {
			t.Errorf("%s of an empty train is %g, %v; want NaN", what, got, err)
		}
	}
	if got, err := Rate([]float64{1, 1}); err != nil || !math.IsInf(got, 1) {
		t.Errorf("rate of two spikes at once is %g, %v; want +Inf", got, err)
	}
}

func at(values []float64, err error) func(int) (float64, error) {
	return func(k int) (float64, error) {
		if err != nil {
			return 0, err
		}
		return values[k], nil
	}
}

func TestErrorsNameTheValue(t *testing.T) {
	wrong := []float64{0.02, 0.01}
	nan := []float64{0, math.NaN()}
	list := []stages.Spike{{At: 5}, {At: 4}}
	for want, f := range map[string]func() error{
		"trains: train: spike 1 at 0.01 s comes after one at 0.02 s": func() error { _, err := Rate(wrong); return err },
		"train: spike 1 at NaN s":                                    func() error { _, err := CV(nan); return err },
		"train 1: spike 1 at 0.01 s":                                 func() error { _, err := IntervalHistogram([][]float64{nil, wrong}, []float64{0}); return err },
		"edge 1 of 1 s follows 1 s":                                  func() error { _, err := IntervalHistogram(nil, []float64{1, 1}); return err },
		"edge 0 of -1 s":                                             func() error { _, err := IntervalHistogram(nil, []float64{-1}); return err },
		"no edges":                                                   func() error { _, err := IntervalHistogram(nil, nil); return err },
		"train 2: spike 1":                                           func() error { _, err := Correlogram(trainA, wrong, CorrelogramParams{}); return err },
		"bin of -1 s":                                                func() error { _, err := CrossCovariance(trainA, trainB, CorrelogramParams{Bin: -1}); return err },
		"in bins of 1e-12 s are 2e+10 bins: want 16777216":           func() error { _, err := (CorrelogramParams{Bin: 1e-12}).Lags(); return err },
		"largest lag of +Inf s":                                      func() error { _, err := Correlogram(nil, nil, CorrelogramParams{Width: math.Inf(1)}); return err },
		"lags of 0.199 s, but the spikes lie within 0.11":            func() error { _, err := Autocorrelogram(trainA, CorrelogramParams{Width: 0.2}); return err },
		"duration of 0.1 s, but the spikes span 0.11":                func() error { _, err := Autocorrelogram(trainA, CorrelogramParams{Duration: 0.1}); return err },
		"duration of 0.2 s, but lags of 0.2 s":                       func() error { _, err := TotalCorrelation(trainA, trainB, TotalCorrelationParams{0.2, 0.2}); return err },
		"period of 0 s":                                              func() error { _, err := VectorStrength(trainA, 0); return err },
		"spike 4 at 0.12 s, but the stimulus ends at 0.1 s":          func() error { return average(trainA, 100, 1e-3, 5e-3) },
		"average of 0.0001 s of samples 0.001 s apart":               func() error { return average(trainA, 200, 1e-3, 1e-4) },
		"source: spike 1":                                            func() error { _, err := Coincidences(wrong, trainA, CoincidenceParams{}); return err },
		"window of -1 s":                                             func() error { _, err := Coincidences(nil, nil, CoincidenceParams{Window: -1}); return err },
		"delay of NaN s":                                             func() error { _, err := Coincidences(nil, nil, CoincidenceParams{Delay: math.NaN()}); return err },
		"onset at +Inf s":                                            func() error { _, err := Coincidences(nil, nil, CoincidenceParams{Onset: math.Inf(1)}); return err },
		"step of -1 s":                                               func() error { _, err := Coincidences(nil, nil, CoincidenceParams{DT: -1}); return err },
		"around spikes at 250 Hz covers all time: want less than 0.002 s": func() error { _, err := GammaFactor(trainA, []float64{0, 4e-3}, GammaFactorParams{}); return err },
		"trial 1: trains: target: spike 1": func() error {
			_, err := GammaFactorOfTrials(nil, [][]float64{nil, wrong}, GammaFactorParams{})
			return err
		},
		"no target train":                  func() error { _, err := GammaFactorOfTrials(nil, nil, GammaFactorParams{}); return err },
		"weight of the rate of -1":         func() error { _, err := GammaFactor(nil, nil, GammaFactorParams{RateWeight: -1}); return err },
		"duration of 0 s: want a positive": func() error { _, err := PSTH(nil, PSTHParams{}); return err },
		"start at NaN s":                   func() error { _, err := PSTH(nil, PSTHParams{Start: math.NaN(), Duration: 1}); return err },
		"bin of 0 s":                       func() error { _, err := SmoothRate(nil, SmoothRateParams{}); return err },
		"unknown window":                   func() error { _, err := SmoothRate(nil, SmoothRateParams{Bin: 1, Window: 5}); return err },
		"time constant of -1 s":            func() error { _, err := VanRossum(nil, nil, VanRossumParams{Tau: -1}); return err },
		"spike at -1 s, but traces are compared from 0 to 2 s": func() error { _, err := VanRossum([]float64{-1}, nil, VanRossumParams{Duration: 2}); return err },
		"cost of NaN per second":                               func() error { _, err := VictorPurpura(nil, nil, math.NaN()); return err },
		"rate of 0 Hz":                                         func() error { _, err := ByCell(nil, ByCellParams{Cells: 1}); return err },
		"0 cells":                                              func() error { _, err := ByCell(nil, ByCellParams{Rate: 1}); return err },
		"first cell -1":                                        func() error { _, err := ByCell(nil, ByCellParams{Rate: 1, First: -1, Cells: 1}); return err },
		"spike 1 in frame 4 comes after one in frame 5: want ascending fr": func() error { _, err := ByCell(list, ByCellParams{Rate: 1, Cells: 1}); return err },
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func average(train []float64, samples int, dt, interval float64) error {
	_, err := SpikeTriggeredAverage(train, make([]float64, samples), SpikeTriggeredAverageParams{DT: dt, MaxInterval: interval})
	return err
}

package trains

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

var fiveMilliseconds = CorrelogramParams{Width: 5e-3, Bin: 1e-3, Duration: 0.2}

func TestCorrelogramsOfKnownTrains(t *testing.T) {
	list := must[[]float64](t)
	got := list(Correlogram(trainA, trainB, fiveMilliseconds))
	want := []float64{0, 0, 5.050505, 0, 0, 0, 10.050251, 5.050505, 0, 5.102041}
	if len(got) != len(want) {
		t.Fatalf("%d bins, want %d", len(got), len(want))
	}
	for k := range want {
		near(t, "bin of the correlogram", got[k], want[k], 1e-7)
	}
	near(t, "cross-correlation", list(CrossCorrelation(trainA, trainB, fiveMilliseconds))[6], 10050.251256, 1e-10)
	covariance := list(CrossCovariance(trainA, trainB, fiveMilliseconds))
	near(t, "cross-covariance", covariance[6], 8385.249591, 1e-10)
	near(t, "cross-covariance of an empty bin", covariance[0], -1665.001665, 1e-10)
	one := must[float64](t)
	near(t, "total correlation within 5 ms", one(TotalCorrelation(trainA, trainB, TotalCorrelationParams{5e-3, 0.2})), 0.2381412, 2e-7)
	near(t, "total correlation within 20 ms", one(TotalCorrelation(trainA, trainB, TotalCorrelationParams{0, 0.2})), -0.6840369, 2e-7)
}

func TestAutocorrelogramCountsEachSpikeWithItself(t *testing.T) {
	list := must[[]float64](t)
	p := CorrelogramParams{Duration: 0.2} // bins of 1 ms, up to 20 ms
	got := list(Autocorrelogram(trainA, p))
	lags := list(p.Lags())
	if len(got) != 40 || lags[0] != -20e-3 || lags[20] != 0 {
		t.Fatalf("%d bins from %g s, number 20 at %g s; want 40 from -0.02, 0", len(got), lags[0], lags[20])
	}
	for k, v := range got {
		want := 0.0
		switch k {
		case 20:
			want = 5 / 0.2
		case 5: // -15 ms, at the border: the bin from -15 to -14 ms, with inner edge 14 ms
			want = 1 / (0.2 - 14e-3)
		case 35:
			want = 1 / (0.2 - 15e-3)
		}
		near(t, "bin of the autocorrelogram", v, want, 1e-12)
	}
	near(t, "autocorrelation", list(Autocorrelation(trainA, p))[20], 25e3, 1e-12)
	near(t, "autocovariance", list(Autocovariance(trainA, p))[20], 25e3-math.Pow(4/0.11, 2), 1e-12)
}

// Without a duration T is the span of both trains, here from 10 to 121.5 ms.
func TestDurationIsTheSpanByDefault(t *testing.T) {
	list := must[[]float64](t)
	p := CorrelogramParams{Width: 5e-3, Bin: 1e-3}
	got := list(Correlogram(trainA, trainB, p))
	p.Duration = 111.5e-3
	want := list(Correlogram(trainA, trainB, p))
	for k := range want {
		near(t, "bin", got[k], want[k], 1e-12)
	}
}

func TestCorrelogramCountsAllPairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// In steps of 1/1024 s lags are exact, and borders of bins are met often.
		steps := rapid.SliceOfN(rapid.IntRange(0, 60), 1, 30)
		train := func(name string) []float64 {
			list := []float64{}
			for _, s := range steps.Draw(t, name) {
				list = append(list, float64(s)/1024)
			}
			slices.Sort(list)
			return list
		}
		a, b := train("a"), train("b")
		m := rapid.IntRange(1, 12).Draw(t, "bins")
		p := CorrelogramParams{Bin: 3. / 1024, Width: float64(3*m) / 1024, Duration: 1}
		got, err := Correlogram(a, b, p)
		if err != nil {
			t.Fatal(err)
		}
		for k := range got {
			count, inner := 0, k-m
			if k < m {
				inner = m - 1 - k
			}
			for _, x := range a {
				for _, y := range b {
					lag := int(y*1024) - int(x*1024)
					if 3*(k-m) <= lag && lag < 3*(k-m+1) {
						count++
					}
				}
			}
			want := float64(count) / (1 - float64(3*inner)/1024)
			if math.Abs(got[k]-want) > 1e-12*want {
				t.Fatalf("bin %d of %d is %g, want %g", k, 2*m, got[k], want)
			}
		}
	})
}

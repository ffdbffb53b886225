package filterbank

import (
	"context"
	"math"
	"path/filepath"
	"testing"

	"hearpipe/internal/npy"
	"hearpipe/stages"
)

// Tolerances of the comparison with the reference vectors of Brian Hears, in one place.
const (
	// Output of filters with our own coefficients, relative to the peak of the whole array. The reference rounds products
	// separately and its lowest channels have gains that are off by up to 3e-11.
	toleranceOutput = 5e-12
	// The same for each channel, relative to its own peak: the wrong gains show undiluted.
	toleranceChannel = 1e-10
	// Two ways to round the same filter, over the whole array and for each channel: the narrow filters of low channels
	// gather rounding errors over many frames while their own peak is small.
	toleranceRecursion        = 1e-13
	toleranceRecursionChannel = 1e-11
	// Section 1 of stored gammatone coefficients, elementwise: the formula of the reference cancels in the gain.
	toleranceStoredGain = 5e-11
	// All other gammatone coefficients, elementwise: rounding of exponential, sine and cosine.
	toleranceCoefficient = 5e-14
	// Output of asymmetric compensation: the normalisers of the reference cancel and are off by up to 3e-12.
	toleranceCompensation = 1e-11
	// Coefficients whose gain cancels in the formula of the reference, elementwise.
	toleranceNormaliser = 2e-11
	// Dual-resonance filters whose linear path dominates.
	toleranceDRNL = 1e-13
	// The same where the compressed path is heard: |x|^v is infinitely steep at 0, so that the rounding of the first gammatone
	// grows at every zero crossing.
	toleranceCompressed = 5e-12
	// Taps of chirps, relative to the largest: rounding of sine, exponential and norm.
	toleranceTaps = 1e-12
	// Centre frequencies, relative: rounding of the exponential.
	toleranceSpacing = 1e-14
	// Polynomials of classical designs, elementwise.
	toleranceDesign = 1e-14
	// Finite impulse responses: transforms and direct sums round alike.
	toleranceFIR = 1e-14
	// The same with responses of thousands of taps that do not decay.
	toleranceDirect = 1e-13
	// The recursion with separate rounding on stored coefficients: the arithmetic the vectors were made with.
	toleranceSeparate = 0
)

// array is a reference array with its shape.
type array struct {
	data  []float64
	shape []int
}

func load(t testing.TB, name string) array {
	t.Helper()
	a, err := npy.ReadFile(filepath.Join("testdata", name+".npy"))
	if err != nil {
		t.Fatal(err)
	}
	shape := make([]int, len(a.Shape))
	for i, n := range a.Shape {
		shape[i] = int(n)
	}
	return array{a.Data, shape}
}

// frames is an array of shape (frames, channels).
func (a array) frames() stages.Frames {
	channels := 1
	if len(a.shape) == 2 {
		channels = a.shape[1]
	}
	return stages.Frames{Data: a.data, N: a.shape[0], Channels: channels, Stride: channels}
}

// memory is a stage of samples in memory.
func memory(t testing.TB, rate float64, f stages.Frames) stages.Stage {
	t.Helper()
	s, err := stages.New("test.memory", stages.Format{Rate: rate, Channels: f.Channels, Frames: int64(f.N)}, samples{f})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

type samples struct{ f stages.Frames }

func (s samples) Fill(_ context.Context, at int64, dst stages.Frames) (int, error) {
	dst.CopyFrom(s.f.Cut(int(at), int(at)+dst.N), dst.N)
	return dst.N, nil
}

func collect(t testing.TB, s stages.Stage) stages.Frames {
	t.Helper()
	f, err := stages.Collect(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// compare holds got against want: peak-relative over the whole array, and channel by channel.
func compare(t *testing.T, got, want stages.Frames, whole, channel float64) {
	t.Helper()
	if got.N != want.N || got.Channels != want.Channels {
		t.Fatalf("%d frames of %d channels, want %d of %d", got.N, got.Channels, want.N, want.Channels)
	}
	var worst, peak float64
	var wi, wc int
	for c := range want.Channels {
		var worstHere, peakHere float64
		for i := range want.N {
			d, p := math.Abs(got.At(i, c)-want.At(i, c)), math.Abs(want.At(i, c))
			if math.IsNaN(d) {
				d = math.Inf(1)
			}
			if d > worst {
				worst, wi, wc = d, i, c
			}
			worstHere, peakHere, peak = max(worstHere, d), max(peakHere, p), max(peak, p)
		}
		if worstHere > channel*peakHere {
			t.Errorf("channel %d: max |Δ| %.3g, max |want| %.3g: relative %.3g, allowed %.3g", c, worstHere, peakHere, worstHere/peakHere, channel)
		}
	}
	t.Logf("relative error %.3g", worst/peak)
	if worst > whole*peak {
		t.Errorf("max |Δ| %.3g at frame %d of channel %d, max |want| %.3g: relative %.3g, allowed %.3g", worst, wi, wc, peak, worst/peak, whole)
	}
}

// stored reads reference coefficients of shape (channels, order+1, sections).
func stored(t *testing.T, name string) *Coefficients {
	t.Helper()
	b, a := load(t, name+".b"), load(t, name+".a")
	channels, width, sections := b.shape[0], b.shape[1], b.shape[2]
	c := newCoefficients(0, channels, sections, width-1)
	for ch := range channels {
		for k := range sections {
			var bs, as []float64
			for i := range width {
				bs = append(bs, b.data[(ch*width+i)*sections+k])
				as = append(as, a.data[(ch*width+i)*sections+k])
			}
			if err := c.Set(ch, k, bs, as); err != nil {
				t.Fatal(err)
			}
		}
	}
	return c
}

// separate runs the recursion with every product and every sum rounded, the arithmetic of the reference.
func separate(t *testing.T, c *Coefficients, src stages.Frames) stages.Frames {
	t.Helper()
	out := stages.MakeFrames(src.N, c.Channels())
	for ch := range c.Channels() {
		z, bs, as := make([][]float64, c.Sections()), make([][]float64, c.Sections()), make([][]float64, c.Sections())
		for k := range z {
			var err error
			if bs[k], as[k], err = c.Section(ch, k); err != nil {
				t.Fatal(err)
			}
			z[k] = make([]float64, c.Order()+1)
		}
		for i := range src.N {
			x := src.At(i, ch%src.Channels)
			for k := range z {
				b, a := bs[k], as[k]
				y := float64(b[0]*x) + z[k][0]
				for j := 1; j < len(b); j++ {
					next := 0.0
					if j < len(b)-1 {
						next = z[k][j]
					}
					z[k][j-1] = float64(float64(b[j]*x)+next) - float64(a[j]*y)
				}
				x = y
			}
			out.Row(i)[ch] = x
		}
	}
	return out
}

// some picks the channels of the list of a reference bank whose output is kept in testdata.
func some(list []float64) []float64 { return []float64{list[0], list[10], list[20], list[31]} }

// linspace is n values from lo to hi, evenly spaced.
func linspace(lo, hi float64, n int) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = lo + (hi-lo)*float64(i)/float64(n-1)
	}
	return list
}

func repeated(src stages.Frames, n int) stages.Frames {
	out := stages.MakeFrames(src.N, n)
	for i := range src.N {
		for c := range n {
			out.Row(i)[c] = src.At(i, 0)
		}
	}
	return out
}

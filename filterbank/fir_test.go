package filterbank

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

func ExampleNewFIR() {
	step, err := stagetest.NewStream(stagetest.Signal{Frames: 4, Value: func(int64, int) float64 { return 1 }})
	if err != nil {
		fmt.Println(err)
	}
	// Two filters on one source: the mean of two frames, and an echo two frames later.
	bank, err := NewFIR(step, FIRParams{Responses: [][]float64{{0.5, 0.5}, {1, 0, 0.25}}})
	if err != nil {
		fmt.Println(err)
	}
	f, err := bank.Fetch(context.Background(), 0, 4)
	for i := range f.N {
		fmt.Println(f.Row(i))
	}
	fmt.Println(err)
	// Output:
	// [0.5 1]
	// [1 1]
	// [1 1.25]
	// [1 1.25]
	// <nil>
}

func ExampleFIRParts() {
	for _, p := range FIRParts(700) {
		fmt.Println(p)
	}
	// Output:
	// {0 0 32}
	// {32 32 3}
	// {128 128 5}
}

// rowsOf are the rows of an array of shape (n, length), or the array itself.
func rowsOf(a array) [][]float64 {
	if len(a.shape) == 1 {
		return [][]float64{a.data}
	}
	var list [][]float64
	for r := range a.shape[0] {
		list = append(list, a.data[r*a.shape[1]:][:a.shape[1]])
	}
	return list
}

// direct is the sum of the definition, a channel after another.
func direct(in stages.Frames, responses [][]float64, channels int) stages.Frames {
	out := stages.MakeFrames(in.N, channels)
	for c := range channels {
		h := responses[c%len(responses)]
		for i := range in.N {
			sum := 0.0
			for k := 0; k < len(h) && k <= i; k++ {
				sum += h[k] * in.At(i-k, c%in.Channels)
			}
			out.Row(i)[c] = sum
		}
	}
	return out
}

func TestFIREqualsTheReference(t *testing.T) {
	in := load(t, "input").frames()
	for name, c := range map[string]struct {
		src       stages.Frames
		responses string
	}{"fir_1d": {repeated(in, 3), "fir_ir1"}, "fir_2d": {in, "fir_ir2"}} {
		t.Run(name, func(t *testing.T) {
			bank, err := NewFIR(memory(t, 44100, c.src), FIRParams{Responses: rowsOf(load(t, c.responses))})
			if err != nil {
				t.Fatal(err)
			}
			compare(t, collect(t, bank), load(t, name).frames(), toleranceFIR, toleranceFIR)
		})
	}
}

// The same responses as a recursive bank of order 99 without recursion.
func TestLongSectionsEqualTheReference(t *testing.T) {
	bank, err := NewCascade(memory(t, 44100, load(t, "input").frames()), CascadeParams{Coefficients: stored(t, "fir_2d_lin")})
	if err != nil {
		t.Fatal(err)
	}
	compare(t, collect(t, bank), load(t, "fir_2d_lin").frames(), toleranceFIR, toleranceFIR)
}

func TestEveryFrameAndTapBelongsToOnePart(t *testing.T) {
	for _, length := range []int{1, 2, 63, 64, 65, 96, 97, 128, 129, 256, 257, 512, 700, 1024, 1025, 2048, 4096, 4097, 16385, 65536, 65537, maxTaps} {
		next := 0
		for i, p := range FIRParts(length) {
			taps := p.Count
			if p.Size > 0 {
				taps *= p.Size
			}
			if p.First != next || p.Count < 1 || i > 0 && p.First < p.Size || i > 0 && p.First%p.Size != 0 {
				t.Errorf("%d taps: part %v after %d taps", length, p, next)
			}
			next += taps
			if last := p.First + taps - max(p.Size, 1); last >= length {
				t.Errorf("%d taps: part %v computes nothing in its end", length, p)
			}
		}
		if next < length {
			t.Errorf("%d taps: %d have a part", length, next)
		}
	}
}

// noisy is a response that does not decay, so that each of its taps counts alike.
func noisy(length int, seed uint64) []float64 {
	h := make([]float64, length)
	s := stagetest.Signal{Seed: seed}
	for i := range h {
		h[i] = s.At(int64(i), 0)
	}
	return h
}

func TestFIREqualsTheDirectSum(t *testing.T) {
	for _, c := range []struct{ inputs, channels, frames, length, second int }{
		{1, 1, 300, 1, 1},
		{2, 2, 300, 2, 2},
		{1, 1, 1300, 511, 511},
		{3, 3, 1300, 512, 2},
		{1, 2, 300, 33, 64},
		{1, 2, 300, 65, 65},
		{3, 3, 400, 97, 64},
		{2, 2, 700, 129, 300},
		{1, 70, 1500, 513, 700},
		{130, 130, 900, 257, 10},
		{1, 2, 5000, 2500, 4096},
		{1, 1, 12000, 5000, 5000},
		{4, 4, 300, 1000, 1},
	} {
		t.Run(fmt.Sprintf("%d to %d channels, %d and %d taps", c.inputs, c.channels, c.length, c.second), func(t *testing.T) {
			in := stages.MakeFrames(c.frames, c.inputs)
			for ch := range c.inputs {
				for i, v := range noisy(c.frames, uint64(100+ch)) {
					in.Row(i)[ch] = v
				}
			}
			responses := [][]float64{noisy(c.length, 1)}
			for ch := 1; ch < c.channels; ch++ {
				responses = append(responses, noisy(c.second, uint64(ch+1)))
			}
			bank, err := NewFIR(memory(t, 1000, in), FIRParams{Responses: responses})
			if err != nil {
				t.Fatal(err)
			}
			compare(t, collect(t, bank), direct(in, responses, c.channels), toleranceDirect, toleranceDirect)
		})
	}
}

// One response for all channels is the same as the response for each, by bits, and so is a source given to all.
func TestSharingDoesNotChangeBits(t *testing.T) {
	in, h := memory(t, 1000, load(t, "input").frames()), noisy(300, 5)
	var each [][]float64
	for range 70 {
		each = append(each, h)
	}
	collected := func(src stages.Stage, responses [][]float64) stages.Frames {
		bank, err := NewFIR(src, FIRParams{Responses: responses})
		if err != nil {
			t.Fatal(err)
		}
		return collect(t, bank)
	}
	many := memory(t, 1000, repeated(load(t, "input").frames(), 70))
	want := collected(many, each)
	compare(t, collected(many, each[:1]), want, 0, 0)
	compare(t, collected(in, each), want, 0, 0)
	compare(t, collected(in, each[:1]), want.Range(69, 70), 0, 0)
}

// With responses of other lengths the sums are cut elsewhere; the first taps come at once whatever is behind them.
func TestThereIsNoLatency(t *testing.T) {
	h := make([]float64, 3000)
	h[0] = 7
	bank, err := NewFIR(memoryImpulse(t, 1000, 10), FIRParams{Responses: [][]float64{h}})
	if err != nil {
		t.Fatal(err)
	}
	if f, err := bank.Fetch(context.Background(), 0, 1); err != nil || f.At(0, 0) != 7 {
		t.Errorf("first frame %v, %v", f.Data, err)
	}
}

func TestFIRConforms(t *testing.T) {
	for _, c := range []struct{ inputs, responses, length int }{{1, 3, 5}, {3, 3, 64}, {3, 1, 200}, {1, 67, 150}, {67, 67, 300}, {2, 2, 1100}} {
		t.Run(fmt.Sprintf("%d channels, %d responses of %d", c.inputs, c.responses, c.length), func(t *testing.T) {
			var responses [][]float64
			for i := range c.responses {
				responses = append(responses, noisy(c.length-i%5, uint64(i)))
			}
			parts := FIRParts(c.length)
			stagetest.Run(t, stagetest.Recipe{
				Inputs: []stagetest.Signal{{Channels: c.inputs}},
				Build: func(in []stages.Stage, r stages.Range) ([]stages.Node, error) {
					return stagetest.Nodes(NewFIR(in[0], FIRParams{Responses: responses, Channels: r}))
				},
				Sliced: true, Period: int64(max(64, parts[len(parts)-1].Size)),
			})
		})
	}
}

// Products in the ring of z^size - j are products of polynomials, whole.
func TestRingMultipliesPolynomials(t *testing.T) {
	for _, size := range []int{2, 4, 32, 256} {
		r, lanes := newRing(size), 3
		n := size * lanes
		x, y := noisy(n, 1), noisy(n, 2)
		xr, xi, yr, yi := slices.Clone(x), make([]float64, n), slices.Clone(y), make([]float64, n)
		r.forward(xr, xi)
		r.forward(yr, yi)
		for i := range xr {
			p := times(complex(xr[i], xi[i]), complex(yr[i], yi[i]))
			xr[i], xi[i] = real(p), imag(p)
		}
		r.back(xr, xi)
		for lane := range lanes {
			for k := range 2 * size {
				want := 0.0
				for i := max(0, k-size+1); i <= min(k, size-1); i++ {
					want += x[i*lanes+lane] * y[(k-i)*lanes+lane]
				}
				got := append(slices.Clone(xr), xi...)[k*lanes+lane] / float64(size)
				if math.Abs(got-want) > 1e-14*float64(size) {
					t.Fatalf("size %d, lane %d, coefficient %d: %v, want %v", size, lane, k, got, want)
				}
			}
		}
	}
}

func TestImpossibleFIRsAreRefused(t *testing.T) {
	src := stagetest.NewSource(stagetest.Signal{Frames: 10, Channels: 2})
	for _, c := range []struct {
		src       stages.Stage
		responses [][]float64
		want      string
	}{
		{nil, [][]float64{{1}}, "the source is missing"},
		{src, nil, "no impulse responses: want one, or one for each channel"},
		{src, [][]float64{{1}, {}}, "channel 1: an impulse response of 0 values: want 1 to 1048576"},
		{src, [][]float64{make([]float64, maxTaps+1)}, "channel 0: an impulse response of 1048577 values"},
		{src, [][]float64{{1}, {1, 2, math.NaN()}}, "channel 1: tap 2 of the impulse response is NaN: want a finite number"},
		{src, [][]float64{{1}, {1}, {1}}, "2 channels"},
	} {
		if _, err := NewFIR(c.src, FIRParams{Responses: c.responses}); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "filterbank.fir: ") {
			t.Errorf("error %q does not say %q", err, c.want)
		}
	}
}

func BenchmarkFIR(b *testing.B) {
	for _, c := range []struct{ channels, sources, taps int }{{1000, 1000, 64}, {1000, 1000, 512}, {1000, 1, 512}, {100, 1, 2048}} {
		var responses [][]float64
		for i := range c.channels {
			h := noisy(c.taps, uint64(i))
			for k := range h {
				h[k] *= kernel.Exp(-float64(k) / 50)
			}
			responses = append(responses, h)
		}
		b.Run(fmt.Sprintf("%d taps, %d to %d", c.taps, c.sources, c.channels), func(b *testing.B) {
			run(b, c.channels, c.sources, func(src stages.Stage) (stages.Stage, error) { return NewFIR(src, FIRParams{Responses: responses}) })
		})
	}
}

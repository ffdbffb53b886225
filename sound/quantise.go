package sound

import (
	"fmt"
	"math"

	"hearpipe/internal/random"
)

// quantiser turns pressures into codes of some bits and counts what does not fit.
type quantiser struct {
	fullScale float64
	top       float64 // 2^(bits-1)
	dither    bool
	a, b      random.Stream
	noise     [2][]float64 // of one frame, per channel
	sum       WAVSummary
}

// newQuantiser checks what the user can get wrong. bits = 0 stands for floats, which are not rounded here.
func newQuantiser(path string, bits, channels int, fullScale float64, dither bool, seed uint64) (quantiser, error) {
	if fullScale == 0 {
		fullScale = 1
	}
	if !(fullScale > 0) || math.IsInf(fullScale, 0) {
		return quantiser{}, fmt.Errorf("%s: full scale of %g Pa: want a positive, finite pressure", path, fullScale)
	}
	q := quantiser{fullScale: fullScale, top: math.Ldexp(1, bits-1), dither: dither && bits > 0}
	if q.dither {
		q.a, q.b = random.New(seed, "dither", "sample", 0), random.New(seed, "dither", "sample", 1)
		q.noise = [2][]float64{make([]float64, channels), make([]float64, channels)}
	}
	return q, nil
}

// begin prepares frame at: its numbers of dither depend on the seed, the channel and the frame alone.
func (q *quantiser) begin(at int64) {
	if q.dither {
		q.a.Uniforms(q.noise[0], 0, at)
		q.b.Uniforms(q.noise[1], 0, at)
	}
}

// scaled checks sample x of channel c in frame at and returns it in units of full scale.
func (q *quantiser) scaled(path string, x float64, at int64, c int) (float64, error) {
	if x-x != 0 {
		return 0, fmt.Errorf("cannot write %s: sample %g in frame %d of channel %d: want finite numbers", path, x, at, c)
	}
	q.sum.Peak = math.Max(q.sum.Peak, math.Abs(x))
	return x / q.fullScale, nil
}

// code rounds a sample in units of full scale to the nearest code (half to even), after the dither: the sum of two uniform numbers,
// whose distribution is a triangle from -1 to 1 code. It makes the error of rounding independent of the sound in mean and variance.
func (q *quantiser) code(x float64, c int) int64 {
	if math.Abs(x) > 1 {
		q.sum.Clipped++
	}
	v := float64(x * q.top)
	if q.dither {
		v += q.noise[0][c] + q.noise[1][c] - 1
	}
	return int64(math.Max(-q.top, math.Min(q.top-1, math.RoundToEven(v))))
}

// notes says that samples were clipped.
func (q *quantiser) notes(path string) []string {
	if q.sum.Clipped == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s: %d samples lie beyond full scale (%g Pa) and were clipped; the largest magnitude is %g Pa", path, q.sum.Clipped, q.fullScale, q.sum.Peak)}
}

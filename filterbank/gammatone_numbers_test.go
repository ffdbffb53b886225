package filterbank

import (
	"math"
	"math/big"
	"testing"

	"hearpipe/internal/random"
	"hearpipe/stages"
)

// Impulse responses, and what follows from them, as an independent design of the example "gammatone" of Brian Hears has them.
func TestImpulseResponseHasItsKnownNumbers(t *testing.T) {
	const rate, frames = 44100, 22050
	click := stages.MakeFrames(frames, 1)
	click.Data[0] = 1
	bank, err := NewGammatone(memory(t, rate, click), GammatoneParams{CF: []float64{100, 500, 1000, 4000}})
	if err != nil {
		t.Fatal(err)
	}
	h := collect(t, bank)
	for c, first := range map[int][]float64{
		2: {2.646498e-7, 1.027887e-6, 2.443821e-6, 4.546426e-6, 7.220624e-6, 1.018661e-5},
		3: {3.381034e-5, 1.065656e-4, 1.237160e-4, -7.675138e-5},
	} {
		for i, want := range first {
			if got := h.At(i, c); math.Abs(got/want-1) > 1e-6 {
				t.Errorf("channel %d: h_%d is %.7g, want %.7g", c, i, got, want)
			}
		}
	}
	for c, want := range []float64{35.446, 78.696, 132.692, 456.783} {
		power, peak := 0.0, 0.0
		for i := range frames {
			power += h.At(i, c) * h.At(i, c)
			peak = max(peak, math.Abs(h.At(i, c)))
		}
		if width := power * rate / 2; math.Abs(width-want) > 0.002 {
			t.Errorf("channel %d: equivalent rectangular bandwidth %.4f Hz, want %.3f Hz", c, width, want)
		}
		if c == 2 && (math.Abs(power/0.0060177623-1) > 1e-7 || math.Abs(peak/0.00861802-1) > 1e-6) {
			t.Errorf("at 1 kHz: Σh² = %.9g, max|h| = %.7g, want 0.0060177623, 0.00861802", power, peak)
		}
	}
}

// White noise of 50 dB SPL, 6.3246e-3 Pa, leaves a channel with the part of its power that lies in its bandwidth.
func TestNoiseKeepsThePowerOfTheBand(t *testing.T) {
	const rate, settled, seconds = 44100, 4410, 20
	cf := []float64{400, 600, 800, 1000, 2000, 4000}
	noise := stages.MakeFrames(settled+2*rate, 1)
	power := make([]float64, len(cf))
	const seeds = seconds / 2
	for seed := range seeds {
		random.New(uint64(seed), "test", "noise", 0).Normals(noise.Data, 0, 0)
		for i := range noise.Data {
			noise.Data[i] *= 6.3246e-3
		}
		bank, err := NewGammatone(memory(t, rate, noise), GammatoneParams{CF: cf})
		if err != nil {
			t.Fatal(err)
		}
		out := collect(t, bank)
		for i := settled; i < out.N; i++ {
			for c := range cf {
				power[c] += out.At(i, c) * out.At(i, c) / (2 * rate * seeds)
			}
		}
	}
	for c, f := range cf {
		erb, err := ERB(f, ERBParams{})
		if err != nil {
			t.Fatal(err)
		}
		// The root mean square of a band of width B over T has the relative deviation 1/√(4BT): 1.3 % at 400 Hz.
		want := 6.3246e-3 * math.Sqrt(erb/22050)
		if rms := math.Sqrt(power[c]); math.Abs(rms/want-1) > 0.03 {
			t.Errorf("%g Hz: root mean square %.4g Pa, want %.4g Pa", f, rms, want)
		}
	}
}

// What the filters round off, against the same recursion in 200 bits with the same coefficients. A rounding of the output is
// amplified by 1/|1 + a_1·z^-1 + a_2·z^-2|, which is 10⁴ to 10⁵ at the lowest frequencies.
func TestRoundingErrorsAreThoseOfTheRecursion(t *testing.T) {
	const frames = 4000
	cf := []float64{20, 100, 1000, 20000}
	limit := []float64{5e-12, 2e-12, 6e-13, 3e-13} // of the peak; three times what is found, for far tones in high channels
	for _, rate := range []float64{44100, 96000} {
		noise := make([]float64, frames)
		random.New(7, "test", "noise", 0).Normals(noise, 0, 0)
		for name, signal := range map[string]func(i int) float64{
			"click":    func(i int) float64 { return float64(max(0, 1-i)) },
			"tone":     func(i int) float64 { return math.Sin(2 * math.Pi * 150 * float64(i) / rate) },
			"noise":    func(i int) float64 { return noise[i] },
			"constant": func(int) float64 { return 1 },
		} {
			in := stages.MakeFrames(frames, 1)
			for i := range in.Data {
				in.Data[i] = signal(i)
			}
			bank, err := NewGammatone(memory(t, rate, in), GammatoneParams{CF: cf})
			if err != nil {
				t.Fatal(err)
			}
			k := bank.f.k
			out := collect(t, bank)
			for c := range cf {
				want := inManyDigits(in.Data, k.Gain[c], [4]float64{k.B[c], k.B[4+c], k.B[8+c], k.B[12+c]}, k.A[c], k.A[4+c])
				off, peak := 0.0, 0.0
				for i, w := range want {
					off, peak = max(off, math.Abs(out.At(i, c)-w)), max(peak, math.Abs(w))
				}
				if off > limit[c]*peak {
					t.Errorf("%s at %g Hz, %g Hz: rounding errors of %.2g of the peak, want at most %.1g", name, rate, cf[c], off/peak, limit[c])
				}
			}
		}
	}
}

// inManyDigits filters x with a gain and four sections (1 + b·z^-1)/(1 + a1·z^-1 + a2·z^-2) in 200 bits.
func inManyDigits(x []float64, gain float64, b [4]float64, a1, a2 float64) []float64 {
	number := func(x float64) *big.Float { return new(big.Float).SetPrec(200).SetFloat64(x) }
	var in, out [4][2]*big.Float // of each section, one frame ago and two
	for k := range in {
		for i := range 2 {
			in[k][i], out[k][i] = number(0), number(0)
		}
	}
	product := number(0)
	y := make([]float64, len(x))
	for n, v := range x {
		v := number(0).Mul(number(gain), number(v))
		for k := range in {
			next := number(0).Add(v, product.Mul(number(b[k]), in[k][0]))
			next.Sub(next, product.Mul(number(a1), out[k][0]))
			next.Sub(next, product.Mul(number(a2), out[k][1]))
			in[k][0] = v
			out[k][1], out[k][0] = out[k][0], next
			v = next
		}
		y[n], _ = v.Float64()
	}
	return y
}

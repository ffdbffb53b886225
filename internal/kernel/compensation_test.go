package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestTurnsAreSinesAndCosinesUpToASign(t *testing.T) {
	r := rand.New(rand.NewPCG(51, 52))
	x := []float64{0, 1e-300, 1e-9, 1e-3, 0.5, 1, math.Pi / 2, 1.6, 3, math.Pi, 3.2, -1, -2}
	for range 5000 {
		x = append(x, 10*(r.Float64()-0.5))
	}
	for _, v := range x {
		sin, cos := turn(v)
		for _, c := range [][2]float64{
			{sin * sin, math.Sin(v) * math.Sin(v)}, {cos * cos, math.Cos(v) * math.Cos(v)}, {sin * cos, math.Sin(v) * math.Cos(v)},
		} {
			if d := math.Abs(c[0] - c[1]); !(d <= 5e-15) {
				t.Fatalf("angle %v: %v, want %v", v, c[0], c[1])
			}
		}
		if math.Abs(v) < 1 && math.Abs(sin-math.Sin(v)) > 1e-15*math.Abs(v) {
			t.Fatalf("sin %v = %v, want %v", v, sin, math.Sin(v))
		}
	}
}

// randomCompensation are filters for n channels as the models have them, some beyond the ordinary, and frequencies for so many frames.
func randomCompensation(r *rand.Rand, n, sections, frames int) (c *Compensation, f Rows) {
	list := func(n int, lo, hi float64) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = lo + (hi-lo)*r.Float64()
		}
		return x
	}
	stride := n + r.IntN(4)
	return &Compensation{n, sections, math.Pi / 44100, list(n*sections, -1e-2, 0), list(n*sections, -8, 8)}, Rows{list(stride*frames, 20, 22000), stride, 1}
}

func sectionsOf(c *Compensation) *Sections {
	n := c.Channels * c.Sections
	return &Sections{c.Sections, 2, c.Channels, filled(3*n, guard), filled(2*n, guard)}
}

func TestCompensationTiersGiveTheSameBits(t *testing.T) {
	forTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(53, 54))
		for n := 1; n < 40; n++ {
			for sections := range 6 {
				c, f := randomCompensation(r, n, sections+1, 1)
				if sections > 1 {
					c.Radius[r.IntN(n)] = []float64{-1e5, nan, 0, -10}[sections-2]
					c.Shift[r.IntN(n)] = []float64{1e9, 0, nan, 50}[sections-2]
					f.Data[r.IntN(n)] = []float64{nan, math.Inf(1), 0, 1e100}[sections-2]
				}
				lo := r.IntN(n)
				hi := lo + 1 + r.IntN(n-lo)
				got, want := sectionsOf(c), sectionsOf(c)
				c.Design(got, lo, hi, f.Data[:hi-lo])
				inReference(func() { c.Design(want, lo, hi, f.Data[:hi-lo]) })
				if i := differ(got.B, want.B); i >= 0 {
					t.Fatalf("%d sections of channels %d:%d of %d: b number %d is %v, want %v", c.Sections, lo, hi, n, i, got.B[i], want.B[i])
				}
				if i := differ(got.A, want.A); i >= 0 {
					t.Fatalf("%d sections of channels %d:%d of %d: a number %d is %v, want %v", c.Sections, lo, hi, n, i, got.A[i], want.A[i])
				}
			}
		}
	})
}

// A moving filter is a design and a filter for each frame, in every tier, and writes nothing outside.
func TestMovingCompensationIsDesignAndFilter(t *testing.T) {
	forAllTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(61, 62))
		for n := 1; n < 30; n++ {
			const frames = 9
			at := int64(FlushInterval - r.IntN(2*frames))
			c, f := randomCompensation(r, n, 1+n%5, frames)
			pad := r.IntN(3)
			src := Rows{normals(r, frames*(n+pad)), n + pad, 1}
			if n%7 == 3 {
				f.Data[r.IntN(n)] = nan
				src.Data[r.IntN(n)] = math.Inf(1)
			}
			dst, want := Rows{filled(frames*(n+pad), guard), n + pad, 1}, Rows{filled(frames*(n+pad), guard), n + pad, 1}
			state := normals(r, c.States())
			state[r.IntN(len(state))] = 1e-201
			wantState, stateInPlace := slices.Clone(state), slices.Clone(state)
			c.Run(dst, src, f, at, 4, state)
			c.Run(dst.from(4), src.from(4), f.from(4), at+4, frames-4, state)
			inReference(func() {
				s := sectionsOf(c)
				for i := range frames {
					c.Design(s, 0, n, f.from(i).Data[:n])
					s.Run(want.from(i), src.from(i), at+int64(i), 1, wantState)
				}
			})
			if i := differ(dst.Data, want.Data); i >= 0 {
				t.Fatalf("%d channels: number %d of the output is %v, want %v", n, i, dst.Data[i], want.Data[i])
			}
			if i := differ(state, wantState); i >= 0 {
				t.Fatalf("%d channels: state %d is %v, want %v", n, i, state[i], wantState[i])
			}
			c.Run(src, src, f, at, frames, stateInPlace)
			for i := range frames {
				if k := differ(src.from(i).Data[:n], want.from(i).Data[:n]); k >= 0 {
					t.Fatalf("%d channels, in place: frame %d, channel %d is %v, want %v", n, i, k, src.from(i).Data[k], want.from(i).Data[k])
				}
			}
		}
	})
}

// The filter as the paper writes it: poles and zeros at angles, gain 1 at ω.
func TestCompensationHasItsPolesItsZerosAndItsGain(t *testing.T) {
	forAllTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(55, 56))
		const n, half = 60, math.Pi / 44100
		c, f := randomCompensation(r, n, 1, 1)
		for i := range n / 2 {
			c.Radius[i] = -math.Exp2(float64(i)) // radii of nothing, as the last of many sections have
		}
		s := sectionsOf(c)
		c.Design(s, 0, n, f.Data[:n])
		clamped := 0
		for i := range n {
			at := f.Data[i]
			erb := 24.7 * (0.00437*at + 1)
			radius, delta := math.Exp2(c.Radius[i]*erb), c.Shift[i]*erb
			if math.Abs(delta) > at {
				clamped++
			}
			b0, b1, b2, a1, a2 := s.B[i], s.B[n+i], s.B[2*n+i], s.A[i], s.A[n+i]
			pole, zero := math.Cos(2*half*max(at+delta, 0)), math.Cos(2*half*max(at-delta, 0))
			z := complex(math.Cos(2*half*at), -math.Sin(2*half*at))
			square := func(x complex128) float64 { return real(x)*real(x) + imag(x)*imag(x) }
			gain := square(complex(b0, 0)+complex(b1, 0)*z+complex(b2, 0)*z*z) / square(1+complex(a1, 0)*z+complex(a2, 0)*z*z)
			for _, x := range []struct{ got, want, error float64 }{
				{a1, -2 * radius * pole, 1e-13},
				{a2, radius * radius, 1e-13},
				{b1 / b0, -2 * radius * zero, 1e-13},
				{b2 / b0, radius * radius, 1e-13},
				{gain, 1, 1e-9},
			} {
				if !(math.Abs(x.got-x.want) <= x.error) {
					t.Fatalf("channel %d: %v, want %v", i, x.got, x.want)
				}
			}
		}
		if clamped == 0 || clamped == n {
			t.Errorf("%d of %d channels with a zero or pole below 0 Hz", clamped, n)
		}
	})
}

func BenchmarkCompensation(b *testing.B) {
	const n, frames = 1000, 32
	c, f := randomCompensation(rand.New(rand.NewPCG(57, 58)), n, 4, frames)
	s, state, x, y := sectionsOf(c), make([]float64, c.States()), Rows{make([]float64, n*frames), n, 1}, Rows{make([]float64, n*frames), n, 1}
	b.Run("design", func(b *testing.B) { benchmarkTiers(b, n, "channel", func() { c.Design(s, 0, n, f.Data[:n]) }) })
	b.Run("moving", func(b *testing.B) {
		benchmarkTiers(b, n*frames, "frame·channel", func() { c.Run(y, x, f, 1, frames, state) })
	})
}

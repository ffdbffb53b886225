package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestVersineIsOneMinusTheCosine(t *testing.T) {
	r := rand.New(rand.NewPCG(51, 52))
	x := []float64{0, 1e-300, 1e-9, 1e-3, 0.5, 1, math.Pi / 2, 1.6, 3, math.Pi, 3.2, 100, -1, -2}
	for range 5000 {
		x = append(x, 4*r.Float64(), 2e5*(r.Float64()-0.5))
	}
	forAllTiers(t, func(t *testing.T) {
		dst := make([]float64, len(x))
		VecVersine(dst, x)
		for i, v := range x {
			s := math.Sin(v)
			want := 2 * s * s
			if d := math.Abs(dst[i] - want); !(d <= 1e-15*want+1e-15*v*v*math.Abs(s)+1e-31*v*v) {
				t.Fatalf("1 - cos(2·%v) = %v, want %v", v, dst[i], want)
			}
		}
	})
}

// randomCompensation is a section for n channels as the models have them, some beyond the ordinary.
func randomCompensation(r *rand.Rand, n int) (c *CompensationSection, f, erb, at []float64) {
	list := func(lo, hi float64) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = lo + (hi-lo)*r.Float64()
		}
		return x
	}
	c = &CompensationSection{list(-1e-2, 0), list(-4, 4), filled(n, guard), filled(n, guard), filled(n, guard), filled(n, guard), filled(n, guard)}
	return c, list(20, 22000), list(25, 2000), list(0, 2)
}

func TestCompensationTiersGiveTheSameBits(t *testing.T) {
	forTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(53, 54))
		for n := range 70 {
			for round := range 4 {
				c, f, erb, at := randomCompensation(r, n)
				if round > 1 && n > 0 { // something for the reference
					c.Radius[r.IntN(n)] = []float64{-1e5, nan}[round-2]
					f[r.IntN(n)] = nan
				}
				want := *c
				for _, list := range []*[]float64{&want.B0, &want.B1, &want.B2, &want.A1, &want.A2} {
					*list = slices.Clone(*list)
				}
				c.Design(f, erb, at, math.Pi/44100)
				inReference(func() { want.Design(f, erb, at, math.Pi/44100) })
				for i, lists := range [][2][]float64{{c.B0, want.B0}, {c.B1, want.B1}, {c.B2, want.B2}, {c.A1, want.A1}, {c.A2, want.A2}} {
					if k := differ(lists[0], lists[1]); k >= 0 {
						t.Fatalf("list %d, channel %d of %d: %v, want %v", i, k, n, lists[0][k], lists[1][k])
					}
				}
			}
		}
	})
}

// The filter as the paper writes it: poles and zeros at angles, gain 1 at ω.
func TestCompensationHasItsPolesItsZerosAndItsGain(t *testing.T) {
	forAllTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(55, 56))
		const n, half = 40, math.Pi / 44100
		c, f, erb, at := randomCompensation(r, n)
		for i := range f {
			at[i] = 1 - math.Cos(2*half*f[i])
		}
		c.Design(f, erb, at, half)
		for i := range n {
			radius, delta := math.Exp(c.Radius[i]*erb[i]), c.Shift[i]*erb[i]
			pole, zero := math.Cos(2*half*max(f[i]+delta, 0)), math.Cos(2*half*max(f[i]-delta, 0))
			z := complex(math.Cos(2*half*f[i]), -math.Sin(2*half*f[i]))
			square := func(x complex128) float64 { return real(x)*real(x) + imag(x)*imag(x) }
			gain := square(complex(c.B0[i], 0)+complex(c.B1[i], 0)*z+complex(c.B2[i], 0)*z*z) /
				square(1+complex(c.A1[i], 0)*z+complex(c.A2[i], 0)*z*z)
			for _, x := range []struct{ got, want float64 }{
				{c.A1[i], -2 * radius * pole}, {c.A2[i], radius * radius}, {c.B1[i] / c.B0[i], -2 * radius * zero}, {c.B2[i] / c.B0[i], radius * radius}, {gain, 1},
			} {
				if math.Abs(x.got-x.want) > 1e-9 {
					t.Fatalf("channel %d: %v, want %v", i, x.got, x.want)
				}
			}
		}
	})
}

func BenchmarkCompensation(b *testing.B) {
	c, f, erb, at := randomCompensation(rand.New(rand.NewPCG(57, 58)), 256)
	benchmarkTiers(b, 256, "element", func() { c.Design(f, erb, at, math.Pi/44100) })
}

package kernel

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// TestSeriesAreTheSameFiltersAsSections compares with sections in the transposed form, without gains.
func TestSeriesAreTheSameFiltersAsSections(t *testing.T) {
	r := rand.New(rand.NewPCG(89, 97))
	const channels, frames = 5, 300
	src := Rows{normals(r, frames*channels), channels, 1}
	for count := 1; count <= 8; count++ {
		for name, b := range seriesBanks(r, count, channels) {
			s := &Sections{Count: count, Channels: channels}
			switch b := b.(type) {
			case *Resonators:
				s.Order = 2
				for range count {
					s.B = append(append(append(s.B, filled(channels, 1)...), b.C[2*channels:]...), filled(channels, 0)...)
					s.A = append(s.A, b.C[:2*channels]...)
				}
			case *Integrators:
				s.Order = 1
				for range count {
					s.B = append(append(s.B, filled(channels, 1)...), filled(channels, 0)...)
					for _, c := range b.C {
						s.A = append(s.A, -c)
					}
				}
			}
			got, want := Rows{make([]float64, frames*channels), channels, 1}, Rows{make([]float64, frames*channels), channels, 1}
			b.Run(got, src, 0, channels, frames, make([]float64, b.States()))
			s.Run(want, src, 1, frames, make([]float64, s.States()))
			peak := 0.0
			for _, y := range want.Data {
				peak = max(peak, math.Abs(y))
			}
			for i, y := range got.Data {
				if math.Abs(y-want.Data[i]) > 1e-12*peak {
					t.Fatalf("%d %s: number %d is %v, want %v", count, name, i, y, want.Data[i])
				}
			}
		}
	}
}

// TestNarrowResonatorsKeepTheirPrecision compares with the same recursion in 256 bits: an approximate gammatone of order 3 at
// 20 Hz, whose poles and zeros lie some thousandths from 1, on noise.
func TestNarrowResonatorsKeepTheirPrecision(t *testing.T) {
	r := rand.New(rand.NewPCG(101, 103))
	phi, theta := 2*math.Pi*9.5/44100, 2*math.Pi*20/44100
	alpha := -math.Exp(-phi) * math.Cos(theta)
	bank := &Resonators{3, 1, []float64{2 * alpha, math.Exp(-2 * phi), alpha}}
	const frames = 5000
	x, y := normals(r, frames), make([]float64, frames)
	bank.Run(Rows{y, 1, 1}, Rows{x, 1, 1}, 0, 1, frames, make([]float64, bank.States()))
	states := [6]*big.Float{bf(0), bf(0), bf(0), bf(0), bf(0), bf(0)}
	worst, peak := 0.0, 0.0
	for i := range x {
		in := bf(x[i])
		for k := 0; k < 6; k += 2 {
			w := bsub(bsub(in, bmul(bf(bank.C[1]), states[k+1])), bmul(bf(bank.C[0]), states[k]))
			in = badd(w, bmul(bf(alpha), states[k]))
			states[k], states[k+1] = w, states[k]
		}
		want, _ := in.Float64()
		worst, peak = max(worst, math.Abs(y[i]-want)), max(peak, math.Abs(want))
	}
	if worst > 4e-12*peak {
		t.Errorf("error %.3g of the peak, want at most 4e-12", worst/peak)
	}
}

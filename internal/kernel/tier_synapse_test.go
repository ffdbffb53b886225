package kernel

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestSynapseTiersGiveTheSameBits(t *testing.T) {
	s := Synapse{0.0386, 0.148, 0.0719, 2902, 2e-5 / 0.0015, 2e-5 / 0.0114}
	forTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(81, 82))
		for n := range 70 {
			immediate, local := filled(n+1, 1869), filled(n+1, 2206)
			wantImmediate, wantLocal := slices.Clone(immediate), slices.Clone(local)
			for frame := range 20 {
				drive := make([]float64, n)
				for i := range drive {
					drive[i] = r.ExpFloat64()
					switch r.IntN(40 + n) {
					case 0:
						drive[i] = 3000 * r.Float64() // empties the store
					case 1:
						drive[i] = []float64{0, nan, inf}[frame%3]
					}
				}
				got, want, inPlace := filled(n+1, guard), filled(n+1, guard), slices.Clone(drive)
				s.Step(inPlace, inPlace, slices.Clone(immediate[:n]), slices.Clone(local[:n]))
				s.Step(got[:n], drive, immediate[:n], local[:n])
				inReference(func() { s.Step(want[:n], drive, wantImmediate[:n], wantLocal[:n]) })
				for i, lists := range [][2][]float64{{got, want}, {immediate, wantImmediate}, {local, wantLocal}} {
					if k := differ(lists[0], lists[1]); k >= 0 {
						t.Fatalf("frame %d, list %d, number %d of %d: %v, want %v", frame, i, k, n, lists[0][k], lists[1][k])
					}
				}
				if k := differ(inPlace, want[:n]); k >= 0 {
					t.Fatalf("frame %d, in place, number %d of %d: %v, want %v", frame, k, n, inPlace[k], want[k])
				}
			}
		}
	})
}

func TestRecoveryTiersGiveTheSameBits(t *testing.T) {
	law := Recovery{0.98, 0.998, 0.5, 0.4, 2e-5}
	forTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(83, 84))
		for n := range 70 {
			e0, e1, rest := make([]float64, n+1), make([]float64, n+1), make([]float64, n+1)
			wantE0, wantE1, wantRest := slices.Clone(e0), slices.Clone(e1), slices.Clone(rest)
			for frame := range 30 {
				rate, u := make([]float64, n), make([]float64, n+1)
				for i := range n {
					rate[i], u[i] = 5000*r.Float64(), r.Float64()
				}
				got, want, wantU := filled(n+1, guard), filled(n+1, guard), slices.Clone(u)
				law.Advance(got[:n], rate, u[:n], e0[:n], e1[:n], rest[:n])
				inReference(func() { law.Advance(want[:n], rate, wantU[:n], wantE0[:n], wantE1[:n], wantRest[:n]) })
				for i, lists := range [][2][]float64{{got, want}, {u, wantU}, {e0, wantE0}, {e1, wantE1}, {rest, wantRest}} {
					if k := differ(lists[0], lists[1]); k >= 0 {
						t.Fatalf("frame %d, list %d, number %d of %d: %v, want %v", frame, i, k, n, lists[0][k], lists[1][k])
					}
				}
				for i := range n {
					if u[i] > 0 {
						if rest[i] != 0 {
							t.Fatalf("a fibre that rests fires")
						}
						e0[i], e1[i], rest[i] = 1, 1, float64(r.IntN(5))
						wantE0[i], wantE1[i], wantRest[i] = 1, 1, rest[i]
					}
				}
			}
		}
	})
}

func BenchmarkSynapse(b *testing.B) {
	r := rand.New(rand.NewPCG(85, 86))
	drive, rate, immediate, local := normals(r, 256), make([]float64, 256), filled(256, 1869), filled(256, 2206)
	for i := range drive {
		drive[i] = r.Float64()
	}
	s := Synapse{0.0386, 0.148, 0.0719, 2902, 2e-5 / 0.0015, 2e-5 / 0.0114}
	b.Run("stores", func(b *testing.B) {
		benchmarkTiers(b, 256, "element", func() { s.Step(rate, drive, immediate, local) })
	})
	law := Recovery{1, 1, 0.5, 0.4, 2e-5}
	u, e0, e1, rest := filled(256, 1), filled(256, 1), filled(256, 1), filled(256, 3)
	b.Run("recovery", func(b *testing.B) {
		benchmarkTiers(b, 256, "element", func() { law.Advance(drive, rate, u, e0, e1, rest) })
	})
}

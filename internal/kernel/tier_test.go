package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// forAllTiers runs f in every tier of this machine, the reference too.
func forAllTiers(t *testing.T, f func(t *testing.T)) {
	forTiers(t, f)
	defer setTier(tier)
	setTier(Go)
	t.Run(string(Go), f)
}

// forTiers runs f in every tier of this machine but the reference.
func forTiers(t *testing.T, f func(t *testing.T)) {
	defer setTier(tier)
	for _, name := range Tiers()[1:] {
		setTier(name)
		t.Run(string(name), f)
	}
}

const guard = 12345.6789

// TestGammatoneTiersGiveTheSameBits covers every tail of channels and of frames, padding, both kinds of input, several
// blocks in a row, and writes nothing outside.
func TestGammatoneTiersGiveTheSameBits(t *testing.T) {
	forTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(7, 11))
		for channels := 1; channels <= 37; channels++ {
			for _, frames := range []int{1, 2, 3, 8, 31, 32} {
				for step := range 2 {
					compareGammatone(t, r, channels, frames, step, r.IntN(5))
				}
			}
		}
	})
}

func compareGammatone(t *testing.T, r *rand.Rand, channels, frames, step, pad int) {
	t.Helper()
	g := &Gammatone{Channels: channels, Gain: normals(r, channels), B: normals(r, 4*channels), A: normals(r, 2*channels)}
	for i := range g.A {
		g.A[i] *= 0.4
	}
	state := normals(r, g.States())
	wantState := slices.Clone(state)
	srcStride := 1 + step*(channels-1+pad)
	for block := range 3 {
		src := Rows{Data: normals(r, frames*srcStride), Stride: srcStride, Step: step}
		if block == 2 {
			src.Data[r.IntN(len(src.Data))] = math.Inf(1)
		}
		dst := Rows{Data: filled(frames*(channels+pad), guard), Stride: channels + pad, Step: 1}
		want := Rows{Data: filled(frames*(channels+pad), guard), Stride: channels + pad, Step: 1}
		g.Run(dst, src, int64(1+block*frames), frames, state)
		gammatoneGeneric(g, want, src, frames, wantState, 0, channels)
		if i := differ(dst.Data, want.Data); i >= 0 {
			t.Fatalf("%d channels, %d frames, step %d, block %d: number %d of the output is %v, want %v", channels, frames, step, block, i, dst.Data[i], want.Data[i])
		}
		if i := differ(state, wantState); i >= 0 {
			t.Fatalf("%d channels, %d frames, step %d, block %d: state %d is %v, want %v", channels, frames, step, block, i, state[i], wantState[i])
		}
	}
}

// differ is the first place where two slices differ in their bits, all NaNs being one; -1 if none.
func differ(a, b []float64) int {
	for i := range a {
		if math.Float64bits(a[i]) != math.Float64bits(b[i]) && (a[i] == a[i] || b[i] == b[i]) {
			return i
		}
	}
	return -1
}

func normals(r *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	return x
}

func filled(n int, v float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = v
	}
	return x
}

func TestForcedTierIsCheckedByName(t *testing.T) {
	for _, c := range []struct {
		value string
		want  Tier
		fails bool
	}{{"", "", false}, {"go", Go, false}, {"avx1024", "", true}} {
		t.Setenv(TierVariable, c.value)
		got, err := ForcedTier()
		if got != c.want || (err != nil) != c.fails {
			t.Errorf("%s=%q: tier %q, error %v", TierVariable, c.value, got, err)
		}
		if err != nil && (!strings.Contains(err.Error(), c.value) || !strings.Contains(err.Error(), string(Go))) {
			t.Errorf("the error %q does not name the value and what there is", err)
		}
		if c.want != "" && chooseTier() != c.want {
			t.Errorf("%s=%q does not force the tier", TierVariable, c.value)
		}
	}
}

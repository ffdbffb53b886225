package stages

import (
	"math/big"
	"testing"
)

// A sink of rate p/q of the fastest has floor(n·p/q) frames after n, also where n·p does not fit in 64 bits.
func TestShareOfVeryManyFramesDoesNotOverflow(t *testing.T) {
	for _, n := range []int64{0, 1, 999_999, 1 << 33, 1<<53 + 1, 1<<62 + 12_345} {
		for _, r := range [][2]int64{{1, 1}, {1, 441}, {160, 441}, {999_983, 1_000_000}} {
			want := new(big.Int).Div(new(big.Int).Mul(big.NewInt(n), big.NewInt(r[0])), big.NewInt(r[1])).Int64()
			p := pull{p: r[0], q: r[1]}
			if have := p.target(n); have != want {
				t.Errorf("after %d frames at %d/%d: %d, want %d", n, r[0], r[1], have, want)
			}
		}
	}
}

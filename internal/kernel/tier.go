package kernel

import (
	"fmt"
	"os"
	"slices"
)

// Tier is an instruction set for which a kernel exists. All tiers give the same bits.
type Tier string

// The tiers, the reference first.
const (
	Go     Tier = "go"     // the reference, on every machine
	AVX2   Tier = "avx2"   // x86-64 with AVX2 and FMA
	AVX512 Tier = "avx512" // x86-64 with AVX-512 F, DQ, BW and VL
)

// TierVariable is the environment variable that forces a tier, for tests and measurements. [ForcedTier] says whether its
// value makes sense; if not, the best tier is used.
const TierVariable = "HEARPIPE_KERNEL"

// tier is the tier in use; only setTier, for tests, changes it after the start.
var tier = chooseTier()

// Current is the tier in use.
func Current() Tier { return tier }

// ForcedTier is the tier that [TierVariable] asks for, empty if it is not set. The error says that there is no such tier,
// or not on this machine and in this build, and which there are.
func ForcedTier() (Tier, error) {
	want := Tier(os.Getenv(TierVariable))
	if want == "" || slices.Contains(Tiers(), want) {
		return want, nil
	}
	return "", fmt.Errorf("environment variable %s is %q; this machine and build have %q", TierVariable, want, Tiers())
}

func chooseTier() Tier {
	if want, err := ForcedTier(); err == nil && want != "" {
		return want
	}
	list := Tiers()
	return list[len(list)-1]
}

package kernel

// Tier is an instruction set for which a kernel exists. All tiers give the same bits.
type Tier string

// The tiers, the reference first.
const (
	Go     Tier = "go"     // the reference, on every machine
	AVX2   Tier = "avx2"   // x86-64 with AVX2 and FMA
	AVX512 Tier = "avx512" // x86-64 with AVX-512 F, DQ, BW and VL
)

// TierVariable is the environment variable that forces a tier, for tests and measurements. A tier that this machine or
// this build does not have falls back to the best one it has.
const TierVariable = "HEARPIPE_KERNEL"

// tier is the tier in use; only tests change it after the start.
var tier = chooseTier()

// Current is the tier in use.
func Current() Tier { return tier }

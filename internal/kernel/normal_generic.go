package kernel

import "math"

// Logarithm, tangent and cosine of normal numbers are short polynomials beside tables of sixteen entries, which fit into
// registers: nobody needs the last digits of noise.
const (
	oneBits    = 1023 << 52
	mantissa   = 1<<52 - 1
	radiusMask = (1<<38 - 1) << 25
	radiusHalf = 1 << 24
	radiusStep = 0x1.62e42fefa0000p-4 // 2·ln(2)/16 to 38 bits, so that its multiples are exact
	turnMask   = 1<<25 - 1<<4
	turnBits   = (1023 + 27) << 52
	turnCentre = 0x1p27 + 0.5 - 0x1p-22
)

// radiusParts are c and 2·ln(c·2^63) + radiusStep·(16·1023 + i) for the sixteenths i of [1, 2): c is the reciprocal of the
// centre, but 1/2 for the last, so that logarithms of numbers next to 1 are small ones and not small differences of large ones.
var radiusParts = [16][2]float64{
	{0x1.f07c1f07c1f08p-1, 0x1.785d108340611p+10},
	{0x1.d41d41d41d41dp-1, 0x1.785b13fe1c7bep+10},
	{0x1.bacf914c1bad0p-1, 0x1.785982a5298d3p+10},
	{0x1.a41a41a41a41ap-1, 0x1.7858512e44776p+10},
	{0x1.8f9c18f9c18fap-1, 0x1.7857760133cc1p+10},
	{0x1.7d05f417d05f4p-1, 0x1.7856e8e4eb26ap+10},
	{0x1.6c16c16c16c17p-1, 0x1.7856a2bfa1f75p+10},
	{0x1.5c9882b931057p-1, 0x1.78569d64d2e37p+10},
	{0x1.4e5e0a72f0539p-1, 0x1.7856d36da88b6p+10},
	{0x1.4141414141414p-1, 0x1.78574019565f8p+10},
	{0x1.3521cfb2b78c1p-1, 0x1.7857df33890a6p+10},
	{0x1.29e4129e4129ep-1, 0x1.7858acff938cdp+10},
	{0x1.1f7047dc11f70p-1, 0x1.7859a62754f7fp+10},
	{0x1.15b1e5f75270dp-1, 0x1.785ac7ad1184ap+10},
	{0x1.0c9714fbcda3bp-1, 0x1.785c0edfa7daep+10},
	{0x1.0000000000000p-1, 0x1.785b7545e2718p+10},
}

// radiusSeries is -2·ln(1+r)/r for -1/32 <= r <= 1/33, with an error below 6e-10.
var radiusSeries = [5]float64{
	-0x1.00000000185ffp+1, 0x1.fffffcdd7c78fp-1, -0x1.55553fcada3a4p-1, 0x1.0033b5c72d8f0p-1, -0x1.9ac1b91902a6ep-2,
}

// turnParts are cosine and sine of π·((s + 1/2)/16 - 1/2).
var turnParts = [16][2]float64{
	{0x1.917a6bc29b42cp-4, -0x1.fd88da3d12526p-1},
	{0x1.294062ed59f06p-2, -0x1.e9f4156c62ddap-1},
	{0x1.e2b5d3806f63bp-2, -0x1.c38b2f180bdb1p-1},
	{0x1.44cf325091dd6p-1, -0x1.8bc806b151741p-1},
	{0x1.8bc806b151741p-1, -0x1.44cf325091dd6p-1},
	{0x1.c38b2f180bdb1p-1, -0x1.e2b5d3806f63bp-2},
	{0x1.e9f4156c62ddap-1, -0x1.294062ed59f06p-2},
	{0x1.fd88da3d12526p-1, -0x1.917a6bc29b42cp-4},
	{0x1.fd88da3d12526p-1, 0x1.917a6bc29b42cp-4},
	{0x1.e9f4156c62ddap-1, 0x1.294062ed59f06p-2},
	{0x1.c38b2f180bdb1p-1, 0x1.e2b5d3806f63bp-2},
	{0x1.8bc806b151741p-1, 0x1.44cf325091dd6p-1},
	{0x1.44cf325091dd6p-1, 0x1.8bc806b151741p-1},
	{0x1.e2b5d3806f63bp-2, 0x1.c38b2f180bdb1p-1},
	{0x1.294062ed59f06p-2, 0x1.e9f4156c62ddap-1},
	{0x1.917a6bc29b42cp-4, 0x1.fd88da3d12526p-1},
}

// tan(πt/16)/t and cos(πt/16) as functions of t² for |t| <= 1/2. The errors of tangent and cosine are below 8e-11 and 4e-11.
var (
	turnTangent = [3]float64{0x1.921fb5682982fp-3, 0x1.4abaaf50b5f13p-9, 0x1.48a91286915f1p-15}
	turnCosine  = [3]float64{0x1.ffffffffaa90bp-1, -0x1.3bd3c99af8cd9p-6, 0x1.03a1e63d93b3fp-14}
)

// normalPair makes two normal numbers of 64 random bits.
func normalPair(w uint64) (float64, float64) {
	// With k for the 38 bits, (k + 1/2)·2^25 = 2^e·(1 + r)/c; index is 16·(e + 1023) and the number of the sixteenth.
	bits := math.Float64bits(float64(int64(w&radiusMask | radiusHalf)))
	index := bits >> 48
	part := &radiusParts[index&15]
	r := math.FMA(math.Float64frombits(bits&mantissa|oneBits), part[0], -1)
	base := math.FMA(float64(int64(index)), -radiusStep, part[1])
	c := &radiusSeries
	series := math.FMA(math.FMA(math.FMA(math.FMA(c[4], r, c[3]), r, c[2]), r, c[1]), r, c[0])
	radius := math.Sqrt(math.FMA(series, r, base)) // of a positive number: base is not negative, and 0 if r is below 0 there
	radius = math.Float64frombits(math.Float64bits(radius) | w&(1<<63))

	t := math.Float64frombits(w&turnMask|turnBits) - turnCentre // exact, between -1/2 and 1/2
	z := t * t
	tangent := t * math.FMA(math.FMA(turnTangent[2], z, turnTangent[1]), z, turnTangent[0])
	radius *= math.FMA(math.FMA(turnCosine[2], z, turnCosine[1]), z, turnCosine[0])
	turn := &turnParts[w&15]
	return radius * math.FMA(-turn[1], tangent, turn[0]), radius * math.FMA(turn[0], tangent, turn[1])
}

// normalOf are numbers 2·p and 2·p+1 of step.
func normalOf(p uint64, step int64, key uint64) (float64, float64) {
	return normalPair(philoxWord(p, normalBlocks, step, key))
}

func philoxNormalsGeneric(dst []float64, key uint64, first, step int64) {
	i := uint64(first)
	for len(dst) > 0 {
		switch {
		case i%normalGroup == 0 && len(dst) >= normalGroup:
			for j := range uint64(8) {
				a, b := philoxWords(i>>2|j|normalBlocks, step, key)
				dst[2*j], dst[2*j+1] = normalPair(a)
				dst[2*j+16], dst[2*j+17] = normalPair(b)
			}
			dst = dst[normalGroup:]
			i += normalGroup
		case i&1 == 1:
			_, dst[0] = normalOf(i>>1, step, key)
			dst = dst[1:]
			i++
		case len(dst) == 1:
			dst[0], _ = normalOf(i>>1, step, key)
			return
		default:
			dst[0], dst[1] = normalOf(i>>1, step, key)
			dst = dst[2:]
			i += 2
		}
	}
}

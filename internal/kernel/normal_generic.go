package kernel

import "math"

// The elementary functions of normal numbers are polynomials of their own, through Chebyshev points in 70-digit arithmetic:
// nobody needs the last digits of noise, and these take half the time.
const (
	oneBits      = 1023 << 52
	mantissa     = 1<<52 - 1
	radiusBits   = mantissa &^ (1<<14 - 1) // the upper 38 bits of a mantissa
	angleBits    = mantissa &^ (1<<27 - 1) // the upper 25
	radiusCentre = 1 - 0x1p-39
	angleCentre  = 1.5 - 0x1p-26
	minusTwoLn2  = -0x1.62e42fefa39efp+0
)

// -2·ln(1.5 + g) for |g| <= 1/2, with an error below 2e-11. It is exact at g = 1/2: with the logarithm of 2 taken off it is
// good there to 1e-5 of itself down to 4e-12, and never negative.
var radiusSeries = [14]float64{
	-0x1.9f323ecbe20d9p-1, -0x1.555555555ca83p+0, 0x1.c71c7188da2d7p-2, -0x1.948b0f7fb56a2p-3, 0x1.948b469a4fee5p-4,
	-0x1.af83887714b3ap-5, 0x1.df632249ffe42p-6, -0x1.11ee8adc78040p-6, 0x1.41187e52d8dbcp-7, -0x1.7ca63e6e69764p-8,
	0x1.a83e7e4e0f096p-9, -0x1.0093e4282ff0fp-9, 0x1.e9018d4558af5p-10, -0x1.2e29418a4f91dp-10,
}

// sin(πt)/t and cos(πt) as functions of t² for |t| <= 1/2, with an error below 1e-12.
var (
	turnSine = [7]float64{
		0x1.921fb54442bb4p+1, -0x1.4abbce624ad99p+2, 0x1.466bc66ed3d1cp+1, -0x1.32d2c9b2d1df5p-1, 0x1.50770f6a5a66bp-4,
		-0x1.e29b82ab98ea9p-8, 0x1.d53abdeb199c1p-12,
	}
	turnCosine = [7]float64{
		0x1.fffffffffe58ap-1, -0x1.3bd3cc9b93532p+2, 0x1.03c1f06d70297p+2, -0x1.55d3c047a1330p+0, 0x1.e1f24d707d37cp-3,
		-0x1.a651b504444edp-6, 0x1.e25799d50d08dp-10,
	}
)

// normalPair makes two normal numbers of 64 random bits.
func normalPair(w uint64) (float64, float64) {
	u := math.Float64frombits(w>>12&radiusBits|oneBits) - radiusCentre // exact, between 0 and 1
	bits := math.Float64bits(u)
	exponent := float64(int64(bits>>52) - 1023)
	g := math.Float64frombits(bits&mantissa|oneBits) - 1.5
	// Even and odd powers apart: each of the two series waits for its own results only.
	c := &radiusSeries
	z := g * g
	even, odd := c[12], c[13]
	for i := 10; i >= 0; i -= 2 {
		even = math.FMA(even, z, c[i])
		odd = math.FMA(odd, z, c[i+1])
	}
	radius := math.Sqrt(math.FMA(exponent, minusTwoLn2, math.FMA(odd, g, even)))
	radius = math.Float64frombits(math.Float64bits(radius) ^ w<<38&(1<<63))

	t := math.Float64frombits(w<<27&angleBits|oneBits) - angleCentre // exact, between -1/2 and 1/2
	z = t * t
	sin, cos := turnSine[6], turnCosine[6]
	for i := 5; i >= 0; i-- {
		sin = math.FMA(sin, z, turnSine[i])
		cos = math.FMA(cos, z, turnCosine[i])
	}
	return radius * cos, radius * float64(t*sin)
}

// normalHalf are numbers 2·p and 2·p+1 of step.
func normalHalf(p uint64, step int64, key uint64) (float64, float64) {
	lo, hi := philox(p>>4<<3|p&7|normalBlocks, uint64(step), key)
	if p&8 != 0 {
		lo = hi
	}
	return normalPair(lo)
}

func philoxNormalsGeneric(dst []float64, key uint64, first, step int64) {
	i := uint64(first)
	for len(dst) > 0 {
		switch {
		case i%normalGroup == 0 && len(dst) >= normalGroup:
			for j := range 8 {
				lo, hi := philox(i>>5<<3|uint64(j)|normalBlocks, uint64(step), key)
				dst[2*j], dst[2*j+1] = normalPair(lo)
				dst[2*j+16], dst[2*j+17] = normalPair(hi)
			}
			dst = dst[normalGroup:]
			i += normalGroup
		case i&1 == 1:
			_, dst[0] = normalHalf(i>>1, step, key)
			dst = dst[1:]
			i++
		case len(dst) == 1:
			dst[0], _ = normalHalf(i>>1, step, key)
			return
		default:
			dst[0], dst[1] = normalHalf(i>>1, step, key)
			dst = dst[2:]
			i += 2
		}
	}
}

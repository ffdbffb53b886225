package kernel

import "math"

// The power 1/3 is the compression of many models of hearing, and its exponent is not 1/3 but the nearest float64, which is less
// by third = 1/3 - 2^-54/3. So x^third is the cube root of x·(1 - ln(x)·2^-54), a correction of up to 50 ulp, for which a rough
// logarithm will do.
const (
	third     = 0x1.5555555555555p-2
	rootMagic = 0x553ee9ae << 32 // minus bits/3: the bits of x^(-1/3)·(1 ± 0.034)
	bitsThird = 0x55555555
	// ln(x)·2^-54 = thirdScale·(upper half of the bits of x) + thirdOffset, to 0.06·2^-54
	thirdScale  = 3 * 0x1.d9303fea2f7eap-77
	thirdOffset = -3 * 0x1.d8b4dda33f6c3p-47
)

// rootSeries is (1-h)^(-2/3) for |h| <= 0.102, with a relative error below 8e-10.
var rootSeries = [7]float64{
	0x1.00000000079a8p+0, 0x1.555556fb8e380p-1, 0x1.1c71c8299594ep-1, 0x1.f9a409289c53cp-2, 0x1.cf81ef3d34dc4p-2,
	0x1.b7e28ac640efcp-2, 0x1.9f28a5281d6d4p-2,
}

// rootParts are c, the cube root of a positive normal number to 2^-30, 1/(3c²) to 2^-30, and c³ - x, for which c² is taken in two
// parts: c minus residue·slope is one step of Newton's. Zeros give zeros.
func rootParts(x float64) (root, slope, residue float64) {
	y := math.Float64frombits(rootMagic - math.Float64bits(x)>>32*bitsThird) // approximates x^(-1/3)
	xy, y2 := x*y, y*y
	h := math.FMA(-xy, y2, 1)
	r := &rootSeries
	s := math.FMA(math.FMA(math.FMA(r[6], h, r[5]), h, r[4]), h, r[3])
	s = math.FMA(math.FMA(math.FMA(s, h, r[2]), h, r[1]), h, r[0])
	root = float64(xy*y) * s
	slope = float64(y2*(1.0/3)) * s
	square := root * root
	return root, slope, math.FMA(math.FMA(root, root, -square), root, math.FMA(square, root, -x))
}

// powThird is x^third for positive normal x.
func powThird(x float64) float64 {
	root, slope, residue := rootParts(x)
	log := math.FMA(float64(math.Float64bits(x)>>32), thirdScale, thirdOffset)
	return math.FMA(-math.FMA(x, log, residue), slope, root)
}

// Cbrt is the cube root, negative for negative x. Cbrt of ±0, ±Inf and NaN is the argument. Largest error found:
// 0.51 ulp, for magnitudes from 2^-1022 to 2^-1010, where residues are subnormal, 0.82 ulp.
func Cbrt(x float64) float64 {
	a := math.Abs(x)
	if math.Float64bits(a)-minNormal >= infBits-minNormal {
		if a == 0 || !(a <= math.MaxFloat64) {
			return x
		}
		return Cbrt(x*0x1p54) * 0x1p-18
	}
	root, slope, residue := rootParts(a)
	return math.Copysign(math.FMA(-residue, slope, root), x)
}

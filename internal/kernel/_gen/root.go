package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The constants and the order of operations are those of the reference: root.go.
const (
	third       = 0x1.5555555555555p-2
	rootMagic   = 0x553ee9ae << 32
	bitsThird   = 0x55555555
	thirdScale  = 3 * 0x1.d9303fea2f7eap-77
	thirdOffset = -3 * 0x1.d8b4dda33f6c3p-47
)

var rootSeries = [7]float64{
	0x1.00000000079a8p+0, 0x1.555556fb8e380p-1, 0x1.1c71c8299594ep-1, 0x1.f9a409289c53cp-2, 0x1.cf81ef3d34dc4p-2,
	0x1.b7e28ac640efcp-2, 0x1.9f28a5281d6d4p-2,
}

// rootParts takes the upper halves of the bits of x too.
func (t tier) rootParts(x, upper v) (root, slope, residue v) {
	y := t.subWords(t.words(rootMagic), t.mulWord(upper, bitsThird))
	xy, y2 := t.mul(x, y), t.mul(y, y)
	s := t.horner(rootSeries[:], 0, 1, t.fnma(xy, y2, t.num(1)))
	root = t.mul(t.mul(xy, y), s)
	slope = t.mul(t.mul(y2, t.num(1.0/3)), s)
	square := t.mul(root, root)
	return root, slope, t.fma(t.fms(root, root, square), root, t.fms(square, root, x))
}

// Classes of VFPCLASSPD: all that is not a number or beyond the normal ones, and what else the power 1/3 leaves to the reference.
const (
	quietNaN     = 0x01
	minusZero    = 0x04
	plusInf      = 0x08
	minusInf     = 0x10
	subnormal    = 0x20
	negative     = 0x40
	signalingNaN = 0x80
	notFinite    = quietNaN | signalingNaN | plusInf | minusInf | subnormal
	notPositive  = notFinite | minusZero | negative
)

// normalOrZero is x, from which the group is left to the reference if there is any of classes. For AVX2, which cannot tell them,
// zeros become 1, and any numbers but positive normal ones leave.
func (t *group) normalOrZero(x v, zero where, classes uint8) v {
	if t.lanes == 8 {
		t.jump(t.masks(func(i int, k reg.Register) { VFPCLASSPDZ(U8(classes), x[i], k) }))
		return x
	}
	x = t.pick(zero, t.num(1), x)
	t.jump(t.notNormal(x))
	return x
}

// orZero is the root, or the second where AVX2 has made 1 of a zero.
func (t *group) orZero(root v, zero where, other v) v {
	if t.lanes == 8 {
		return root
	}
	return t.pick(zero, other, root)
}

// powThird is the power 1/3, rounded to float64, of positive normal numbers, and +0 for zeros.
func (t *group) powThird(x v) v { return t.compress(x, nil) }

// times is a·scale, or a if there is no scale.
func (t tier) times(a, scale v) v {
	if scale == nil {
		return a
	}
	return t.mul(a, scale)
}

// compress is powThird, times scale if there is one.
func (t *group) compress(x, scale v) v {
	nothing := t.num(0)
	zero := t.cmp(cmpEQ, x, nothing)
	return t.unlessAll(zero, t.times(nothing, scale), func() v {
		a := t.normalOrZero(x, zero, notPositive)
		upper := t.shr(a, 32)
		root, slope, residue := t.rootParts(a, upper)
		residue = t.fma(a, t.fma(t.fromHalves(upper), t.num(thirdScale), t.num(thirdOffset)), residue)
		return t.times(t.orZero(t.fnma(residue, slope, root), zero, t.num(0)), scale)
	})
}

func (t *group) cbrt(x v) v { return t.root(x, nil) }

// root is the cube root, times scale if there is one.
func (t *group) root(x, scale v) v {
	zero := t.cmp(cmpEQ, x, t.num(0))
	return t.unlessAll(zero, t.times(x, scale), func() v {
		a := t.normalOrZero(t.abs(x), zero, notFinite)
		root, slope, residue := t.rootParts(a, t.shr(a, 32))
		return t.times(t.withSign(t.orZero(t.fnma(residue, slope, root), zero, t.num(0)), x), scale)
	})
}

// fromHalves converts integers below 2^32.
func (t tier) fromHalves(a v) v {
	if t.lanes == 8 {
		return t.fromWords(a)
	}
	return t.sub(t.or(a, t.num(0x1p52)), t.num(0x1p52))
}

package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The constants and the order of operations are those of the reference: normal_generic.go.
const (
	oneBits    = 1023 << 52
	mantissa   = 1<<52 - 1
	radiusMask = (1<<38 - 1) << 25
	radiusHalf = 1 << 24
	radiusStep = 0x1.62e42fefa0000p-4
	turnMask   = 1<<25 - 1<<4
	turnBits   = (1023 + 27) << 52
	turnCentre = 0x1p27 + 0.5 - 0x1p-22
)

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

var radiusSeries = [5]float64{
	-0x1.00000000185ffp+1, 0x1.fffffcdd7c78fp-1, -0x1.55553fcada3a4p-1, 0x1.0033b5c72d8f0p-1, -0x1.9ac1b91902a6ep-2,
}

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

var (
	turnTangent = [3]float64{0x1.921fb5682982fp-3, 0x1.4abaaf50b5f13p-9, 0x1.48a91286915f1p-15}
	turnCosine  = [3]float64{0x1.ffffffffaa90bp-1, -0x1.3bd3c99af8cd9p-6, 0x1.03a1e63d93b3fp-14}
)

// normals writes groups of thirty-two. With AVX-512 the rounds of two groups and what is made of the words of the two before
// them go together; those words are in memory, because the registers are taken.
func normals(t tier, blocks func(t tier) (a, b v), dst, groups reg.Register) {
	parts := t.normalParts()
	const size = 256
	store := func(t tier, even, odd v, place int) {
		for i := range even {
			low, high := t.vec(), t.vec()
			VUNPCKLPD(odd[i], even[i], low)
			VUNPCKHPD(odd[i], even[i], high)
			VMOVUPD(low, Mem{Base: dst, Disp: place + size/2*i})
			VMOVUPD(high, Mem{Base: dst, Disp: place + size/2*i + t.bytes()})
			pause()
		}
	}
	if t.lanes == 4 {
		t.loop("one", "end", groups, dst, size, func() {
			for half := range 2 {
				a, b := blocks(t)
				for k, w := range []v{a, b} {
					even, odd := t.normalPair(w, parts)
					store(t, even, odd, size/2*k+2*t.bytes()*half)
				}
			}
		})
		return
	}
	two := t.with(2)
	waiting := AllocLocal(4 * t.bytes())
	rounds := func() {
		a, b := blocks(two)
		for i := range a {
			VMOVDQU64(a[i], waiting.Offset(2*i*t.bytes()))
			VMOVDQU64(b[i], waiting.Offset((2*i+1)*t.bytes()))
		}
	}
	rest := func() {
		for i := range two.ways {
			w := two.each(func(k int, r reg.VecVirtual) { VMOVDQU64(waiting.Offset((2*i+k)*t.bytes()), r) })
			even, odd := two.normalPair(w, parts)
			store(two, even, odd, size*i)
		}
	}
	CMPQ(groups, Imm(2))
	JL(LabelRef("one"))
	rounds()
	SUBQ(Imm(2), groups)
	two.loop("more", "last", groups, dst, size, func() {
		var a, b v
		together(func() { a, b = blocks(two) }, 3, rest, 5)
		for i := range a {
			VMOVDQU64(a[i], waiting.Offset(2*i*t.bytes()))
			VMOVDQU64(b[i], waiting.Offset((2*i+1)*t.bytes()))
		}
	})
	Label("last")
	rest()
	ADDQ(U32(2*size), dst)
	t.loop("one", "end", groups, dst, size, func() {
		a, b := blocks(t)
		even, odd := two.normalPair(v{a[0], b[0]}, parts)
		store(two, even, odd, 0)
	})
}

// normalParts are the two tables of normal numbers: the lower halves in registers for AVX-512, in memory for AVX2, with room
// for four indices.
type normalParts struct {
	radius, turn [2]halves
	pairs        [2]reg.Register
	indices      Mem
}

// halves are those of a table of sixteen.
type halves struct {
	low  reg.VecVirtual
	high Mem
}

func (t tier) normalParts() *normalParts {
	p := &normalParts{}
	for i, parts := range []*[16][2]float64{&radiusParts, &turnParts} {
		name := []string{"radiusParts", "turnParts"}[i] + t.name
		if t.lanes == 4 {
			table := GLOBL(name, RODATA|NOPTR)
			for j, part := range parts {
				DATA(16*j, F64(part[0]))
				DATA(16*j+8, F64(part[1]))
			}
			p.pairs[i] = GP64()
			LEAQ(table, p.pairs[i])
			continue
		}
		for j := range 2 {
			table := GLOBL(fmt.Sprint(name, j), RODATA|NOPTR)
			for k, part := range parts {
				DATA(8*k, F64(part[j]))
			}
			low := t.vec()
			VMOVUPD(table, low)
			[]*[2]halves{&p.radius, &p.turn}[i][j] = halves{low, table.Offset(64)}
		}
	}
	if t.lanes == 4 {
		p.indices = AllocLocal(32)
	}
	return p
}

// entry is an entry of a table of sixteen for the lower four bits of every lane; it overwrites index.
func (h halves) entry(index v) v {
	for _, r := range index {
		VPERMI2PD(h.high, h.low, r)
	}
	pause()
	return index
}

// entryPairs are the entries of a table of pairs for every lane; address makes the place of a pair, less base, of the byte of
// every lane with that number.
func (t tier) entryPairs(base reg.Register, indices Mem, index v, byteOf, less int, address func(r reg.Register)) (a, b v) {
	VMOVUPD(index[0], indices)
	var pair [4]Mem
	for i := range pair {
		r := GP64()
		MOVBQZX(indices.Offset(8*i+byteOf), r)
		address(r)
		pair[i] = Mem{Base: base, Index: r, Scale: 1, Disp: -less}
	}
	var both [2]reg.VecVirtual
	for i := range both {
		low := XMM()
		VMOVUPD(pair[i], low)
		both[i] = YMM()
		VINSERTF128(U8(1), pair[i+2], low.AsY(), both[i])
	}
	x, y := t.vec(), t.vec()
	VUNPCKLPD(both[1], both[0], x)
	VUNPCKHPD(both[1], both[0], y)
	return v{x}, v{y}
}

// normalPair are two normal numbers of 64 random bits each, which it overwrites.
func (t tier) normalPair(w v, parts *normalParts) (even, odd v) {
	var number, m, index, c, base, x, y v
	turn := t.sub(t.masked(t.copy(w), t.words(turnMask), t.words(turnBits)), t.num(turnCentre))
	if t.lanes == 8 {
		number = t.masked(t.copy(w), t.words(radiusMask), t.words(radiusHalf))
		number = t.each(func(i int, r reg.VecVirtual) { VCVTQQ2PD(number[i], r) })
		words := t.shr(number, 48)
		index = t.each(func(i int, r reg.VecVirtual) { VCVTQQ2PD(words[i], r) })
		c, base = parts.radius[0].entry(t.copy(words)), parts.radius[1].entry(words)
		x, y = parts.turn[0].entry(t.copy(w)), parts.turn[1].entry(t.copy(w))
		m = t.masked(number, t.words(mantissa), t.words(oneBits))
	} else {
		number = t.sub(t.or(t.shr(t.shl(w, 1), 26), t.num(0x1p77)), t.num(0x1p77-radiusHalf))
		index = t.sub(t.or(t.shr(number, 48), t.num(0x1p52)), t.num(0x1p52))
		m = t.masked(number, t.words(mantissa), t.words(oneBits))
		c, base = t.entryPairs(parts.pairs[0], parts.indices, m, 6, 16*0xf0, func(r reg.Register) { SHLQ(U8(4), r) })
		x, y = t.entryPairs(parts.pairs[1], parts.indices, t.shl(w, 4), 0, 0, func(reg.Register) {})
	}
	for i, r := range c {
		VFMSUB213PD(t.num(1)[0], m[i], r)
		VFNMADD231PD(t.num(radiusStep)[0], index[i], base[i])
	}
	radius := t.horner(radiusSeries[:], 0, 1, c)
	for i, r := range radius {
		VFMADD213PD(base[i], c[i], r)
	}
	radius = t.withSign(t.sqrt(radius), w)
	z := t.mul(turn, turn)
	tangent := t.mul(turn, t.horner(turnTangent[:], 0, 1, z))
	radius = t.mul(radius, t.horner(turnCosine[:], 0, 1, z))
	even = t.fnma(y, tangent, x)
	for i, r := range y {
		VFMADD231PD(tangent[i], x[i], r)
	}
	return t.mul(radius, even), t.mul(radius, y)
}

// copy is a value to be overwritten.
func (t tier) copy(a v) v {
	return t.each(func(i int, r reg.VecVirtual) { VMOVAPD(a[i], r) })
}

package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// tier is an instruction set: its name in function names, its lanes of float64, and its registers.
type tier struct {
	name  string
	lanes int
	vec   func() reg.VecVirtual
	ways  int                       // groups of lanes that are computed side by side
	held  map[uint64]reg.VecVirtual // constants that stay in registers, by their bits
}

var (
	avx512 = tier{name: "AVX512", lanes: 8, vec: ZMM, ways: 1}
	avx2   = tier{name: "AVX2", lanes: 4, vec: YMM, ways: 1}
)

// with is the tier with a number of ways.
func (t tier) with(ways int) tier {
	t.ways = ways
	return t
}

// holding is the tier with constants read into registers now, where a loop does not read them again; nothing may overwrite them.
func (t tier) holding(constants ...uint64) tier {
	held := map[uint64]reg.VecVirtual{}
	for _, bits := range constants {
		held[bits] = t.words(bits)[0]
	}
	t.held = held
	return t
}

// bytes is the size of a register.
func (t tier) bytes() int { return 8 * t.lanes }

// signs is a register with only the sign bits set.
func (t tier) signs() reg.VecVirtual {
	s := t.vec()
	VBROADCASTSD(signBit(), s)
	return s
}

var signBitData *Mem

// signBit is the number with only the sign bit set, in memory.
func signBit() Mem {
	if signBitData == nil {
		m := ConstData("signbit", U64(1<<63))
		signBitData = &m
	}
	return *signBitData
}

// spread is a parameter in every lane. It is read without the older instructions (MOVSD), which would wait for what the
// newer ones left in the upper lanes.
func (t tier) spread(param string) reg.VecVirtual {
	b, err := Param(param).Resolve()
	if err != nil {
		panic(err)
	}
	r := t.vec()
	VBROADCASTSD(b.Addr, r)
	return r
}

// load reads lanes, those under the mask k for AVX-512 when it is given.
func (t tier) load(m Mem, k reg.Register, dst reg.VecVirtual) {
	if k != nil {
		VMOVUPD_Z(m, k, dst)
		return
	}
	VMOVUPD(m, dst)
}

func (t tier) store(src reg.VecVirtual, k reg.Register, m Mem) {
	if k != nil {
		VMOVUPD(src, k, m)
		return
	}
	VMOVUPD(src, m)
}

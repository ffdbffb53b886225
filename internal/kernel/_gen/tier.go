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
}

var (
	avx512 = tier{"AVX512", 8, ZMM}
	avx2   = tier{"AVX2", 4, YMM}
)

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

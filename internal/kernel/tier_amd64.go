//go:build !purego

package kernel

import (
	"os"
	"slices"

	"golang.org/x/sys/cpu"
)

// Tiers lists the tiers of this machine, the best last.
func Tiers() []Tier {
	list := []Tier{Go}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		list = append(list, AVX2)
		if cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL {
			list = append(list, AVX512)
		}
	}
	return list
}

func chooseTier() Tier {
	list := Tiers()
	if want := Tier(os.Getenv(TierVariable)); slices.Contains(list, want) {
		return want
	}
	return list[len(list)-1]
}

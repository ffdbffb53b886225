//go:build !purego

package kernel

import "golang.org/x/sys/cpu"

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

// Levels are the tiers as small numbers, for the choice in every call.
const (
	levelGo = iota
	levelAVX2
	levelAVX512
)

// level is the tier in use, lanes the number of elements that its kernels compute at once.
var level, lanes = levelOf(tier)

func levelOf(t Tier) (level, lanes int) {
	switch t {
	case AVX512:
		return levelAVX512, 8
	case AVX2:
		return levelAVX2, 4
	}
	return levelGo, 1
}

// setTier is for tests, which compare the tiers in one process.
func setTier(t Tier) {
	tier = t
	level, lanes = levelOf(t)
}

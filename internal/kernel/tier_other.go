//go:build purego || !amd64

package kernel

// Tiers lists the tiers of this machine.
func Tiers() []Tier { return []Tier{Go} }

// setTier is for tests, which compare the tiers in one process.
func setTier(t Tier) { tier = t }

//go:build purego || !amd64

package kernel

// Tiers lists the tiers of this machine.
func Tiers() []Tier { return []Tier{Go} }

func setTier(t Tier) { tier = t }

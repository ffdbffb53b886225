//go:build !purego

package kernel

func compensation(c *CompensationSection, f, erb, at []float64, half float64) {
	n := len(f)
	for i := 0; i < n; {
		whole := (n - i) &^ (lanes - 1)
		if level != levelGo && whole > 0 {
			// Called by name, not through a variable: then the compiler knows that the slices do not escape.
			if level == levelAVX512 {
				i += compensationAVX512(&c.B0[i], &c.B1[i], &c.B2[i], &c.A1[i], &c.A2[i], &f[i], &erb[i], &at[i], &c.Radius[i], &c.Shift[i], whole, half)
			} else {
				i += compensationAVX2(&c.B0[i], &c.B1[i], &c.B2[i], &c.A1[i], &c.A2[i], &f[i], &erb[i], &at[i], &c.Radius[i], &c.Shift[i], whole, half)
			}
		}
		// What is left: the end, or a group that the assembly leaves alone.
		end := min(i+lanes, n)
		if level == levelGo {
			end = n
		}
		compensationGeneric(c, f, erb, at, half, i, end)
		i = end
	}
}

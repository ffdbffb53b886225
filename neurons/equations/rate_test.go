package equations

import (
	"fmt"
	"testing"
)

// TestRatesMultiplyByReciprocalsOfUnits: only where a quotient is a part of the rate itself, and only by units.
func TestRatesMultiplyByReciprocalsOfUnits(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"exp(-v)/ms - v/us/2", "exp(-v)*(1000*second**(-1)) - v*(1e+06*second**(-1))/2"},
		{"-a*(1 + v)/ms", "-(sin(v)/(2*ms)*ms)*(1 + v)*(1000*second**(-1))"},
		{"v/nA*(v*pA/ms)/(amp*v/nA)/(1*ms)*ms", "v*(1e+09*amp**(-1))*(v*pA*(1000*second**(-1)))/(amp*v*(1e+09*amp**(-1)))/(1*ms)*ms"},
		// Counts, conditions, functions and powers stay, and so do other divisors and what is no unit here.
		{"sin(v)*floor(t/ms)*Hz + (t/ms > v)*Hz + (v*second/ms)**2*Hz", ""},
		{"t/ms % 2*Hz + t/ms//2*Hz + v/second + v/tau + v/(1*ms)", ""},
		{"v/mV*volt*Hz", ""},
	} {
		m := resolve(t, "dv/dt = "+c.text+" : 1\na = sin(v)/(2*ms)*ms : 1\ntau : second\nmV : volt", 1e-3)
		want := c.want
		if want == "" {
			want = fmt.Sprint(m.Derivatives[0].Drift)
		}
		if got := fmt.Sprint(m.rate(m.Derivatives[0].Drift)); got != want {
			t.Errorf("%s\n got %s\nwant %s", c.text, got, want)
		}
	}
}

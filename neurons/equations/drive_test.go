package equations

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// TestDrivesAreTakenApart shows how what equations add becomes part of a step of 1 ms.
func TestDrivesAreTakenApart(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		// A quotient by a constant, signs, factors on both sides, a constant.
		{"dv/dt = (I - v)/(1*ms) : 1\nI : 1", "0.3678794411714422*v + 0.6321205588285578*I"},
		{"dv/dt = -v/(1*ms) - 2*(I*3 - 4)/(1*ms) : 1\nI : 1", "0.3678794411714422*v + -3.7927233529713464*I + 5.056964470628462"},
		// The same expression twice; what is the same for all cells comes last.
		{"dv/dt = (I + s + 1 - v + 2*I - (-s))/(1*ms) : 1\nI : 1\ns : 1 (shared)", "0.3678794411714422*v + 1.8963616764856732*I + (0.6321205588285578 + 1.2642411176571156*s)"},
		// Products, functions and comparisons stay as they are.
		{"dv/dt = (I*J + exp(J)/2 + (I > 0) - v)/(1*ms) : 1\nI : 1\nJ : 1", "0.3678794411714422*v + 0.6321205588285578*(I*J) + 0.3160602794142789*exp(J) + 0.6321205588285578*(I > 0)"},
		// Noise comes before what is the same for all cells.
		{"dv/dt = (1 - v)/(1*ms) + xi*(1*ms)**-0.5 : 1", "0.3678794411714422*v + (1*ms)**-0.5*dW(xi(v)) + 0.6321205588285578"},
		// One drive in two rows is taken apart, two are not.
		{"dv/dt = (I - v)/(1*ms) : 1\ndw/dt = (v - w)/(2*ms) : 1\nI : 1", "0.3678794411714422*v + 0.6321205588285578*I; 0.2386512185411911*v + 0.6065306597126334*w + 0.15481812174617549*I"},
		{"dv/dt = (I + J - v)/(1*ms) : 1\ndw/dt = (v - w)/(2*ms) : 1\nI : 1\nJ : 1", "0.3678794411714422*v + 0.0006321205588285578*second*((I + J)/(1*ms)); 0.2386512185411911*v + 0.6065306597126334*w + 0.00015481812174617549*second*((I + J)/(1*ms))"},
		{"dv/dt = I/ms : 1\nI : 1", "v + I"},
		{"dv/dt = 0*I/ms : 1\nI : 1", "v"},
		{"dx/dt = y : meter\ndy/dt = 0*meter/second**2 : meter/second", "x + 0.001*second*y; y"},
	} {
		step, err := resolve(t, c.text, 1e-3).Integrate("exact")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range step.Statements {
			if strings.HasPrefix(s.Target, "x_new") {
				got = append(got, fmt.Sprint(s.Value))
			}
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.text, strings.Join(got, "; "), c.want)
		}
	}
}

// TestDrivesActAsTheirSum compares steps with the closed form v = b + (v0 - b) e^(-t/tau) for the sum b of what is added.
func TestDrivesActAsTheirSum(t *testing.T) {
	values := map[string]float64{"v": 0.3, "I": 0.7, "J": -1.3, "s": 0.25, "r": 2}
	sums := map[string]float64{
		"I": 0.7, "-J": 1.3, "+I - (J - 2*I*3)/4": 0.7 - (-1.3-4.2)/4, "(s*3 - 1)/2 + I": (0.75-1)/2 + 0.7, "I*J*2 - I": 0.7*-1.3*2 - 0.7, "2*(I > 0) - r*s": 2 - 0.5,
		"where(J > I, 1, I)/r": 0.35, "3": 3, "s": 0.25, "I*(1 + 2*3)/(2 + 2) - i": 0.7 * 7 / 4, "I - I": 0, "(I - J)*(s - 1)": 2 * -0.75, "I//1 + J % 1": 0.7, "(3 - r)*I/s": 2.8,
	}
	for text, b := range sums {
		s := integrate(t, "dv/dt = ("+text+" - v)/(10*ms) : 1\nI : 1\nJ : 1\ns : 1 (shared)\nr : 1 (shared)", "exact", 1e-3, values)
		s.run(7)
		want := b + (0.3-b)*math.Exp(-0.7)
		if got := s.values["v"][0]; !(math.Abs(got-want) <= 1e-14) {
			t.Errorf("%s: %.17g, want %.17g", text, got, want)
		}
	}
}

// In a step of one second the factor of a speed is 1, but not the plain number.
func TestFactorsOfOneKeepTheirDimension(t *testing.T) {
	s := integrate(t, "dx/dt = y : meter\ndy/dt = 0*meter/second**2 : meter/second", "exact", 1, map[string]float64{"x": 2, "y": 3})
	s.run(4)
	if x := s.values["x"][0]; x != 14 {
		t.Errorf("x = %v m, want 14 m", x)
	}
}

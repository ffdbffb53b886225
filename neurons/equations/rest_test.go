package equations

import (
	"math"
	"testing"
)

// rest finds the fixed points of some cells from the given values.
func rest(t *testing.T, text string, n int, values map[string][]float64) (map[string][]float64, []int) {
	t.Helper()
	m, err := parse(t, text).Resolve(Namespace{N: n, DT: 1e-4})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]float64{Cell: nil}
	for _, q := range m.Equations.All() {
		all[q.Name] = make([]float64, n)
		copy(all[q.Name], values[q.Name])
	}
	for c := range n {
		all[Cell] = append(all[Cell], float64(c))
	}
	r, err := m.NewRest(n, 0, func(name string) []float64 { return all[name] })
	if err != nil {
		t.Fatal(err)
	}
	return all, r.Find(0, n)
}

func TestRestOfAffineSystemsIsTheSolution(t *testing.T) {
	v, failed := rest(t, "dx/dt = (y-x+2)/(10*ms) : 1\ndy/dt = (3*I-y)/(5*ms) + xi/second**.5 : 1\nI : 1", 3, map[string][]float64{"I": {1, 1, 2}})
	for c, want := range []float64{3, 3, 6} {
		near(t, "y", v["y"][c], want, 1e-14)
		near(t, "x", v["x"][c], want+2, 1e-14)
	}
	if len(failed) > 0 {
		t.Errorf("cells %v failed", failed)
	}
	// A line of fixed points y = x: the nearest to the start (1, 0).
	v, _ = rest(t, "dx/dt = (y-x)/ms : 1\ndy/dt = (x-y)/ms : 1", 1, map[string][]float64{"x": {1}})
	near(t, "x on a line", v["x"][0], 0.5, 1e-14)
	near(t, "y on a line", v["y"][0], 0.5, 1e-14)
}

func TestRestOfTheAdaptiveExponentialModel(t *testing.T) {
	const model = `
		dvm/dt = (gL*(EL-vm) + gL*DT*exp((vm-VT)/DT) - w)/C : volt
		dw/dt = (a*(vm-EL) - w)/(144*ms) : amp
		C = 281*pF : farad
		gL = 30*nS : siemens
		EL = -70.6*mV : volt
		VT = -50.4*mV : volt
		DT = 2*mV : volt
		a : siemens`
	v, failed := rest(t, model, 2, map[string][]float64{"vm": {-70e-3, -70e-3}, "a": {4e-9, 0}})
	if len(failed) > 0 {
		t.Fatalf("cells %v failed", failed)
	}
	near(t, "vm", v["vm"][0], -70.599928e-3, 1e-8)
	near(t, "w", v["w"][0], 4e-9*(v["vm"][0]+70.6e-3), 1e-9)
	x := v["vm"][1]
	if f := -70.6e-3 - x + 2e-3*math.Exp((x+50.4e-3)/2e-3); math.Abs(f) > 1e-16 {
		t.Errorf("without adaptation the drift at %g V is %g V", x, f)
	}
}

func TestRestOfIzhikevichsModelDependsOnTheStart(t *testing.T) {
	const model = "dvm/dt = (0.04/ms/mV)*vm**2 + (5/ms)*vm + 140*mV/ms - w : volt\ndw/dt = (0.02/ms)*(0.2/ms*vm - w) : volt/second"
	v, failed := rest(t, model, 2, map[string][]float64{"vm": {-75e-3, -40e-3}})
	if len(failed) > 0 {
		t.Fatalf("cells %v failed", failed)
	}
	for c, want := range []float64{-70e-3, -50e-3} {
		near(t, "vm", v["vm"][c], want, 1e-9)
		near(t, "w", v["w"][c], want*0.2e3, 1e-9)
	}
}

// TestRestOfHodgkinAndHuxley: at rest the gates are those of u = 0.0462 mV (rounded), close to n = .3177, m = .0529, h = .596.
func TestRestOfHodgkinAndHuxley(t *testing.T) {
	const model = `
		du/dt = (36*n**4*(-12-u) + 120*m**3*h*(115-u) + 0.3*(10.613-u))/ms : 1
		dn/dt = (0.1/exprel((10-u)/10)*(1-n) - 0.125*exp(-u/80)*n)/ms : 1
		dm/dt = (1/exprel((25-u)/10)*(1-m) - 4*exp(-u/18)*m)/ms : 1
		dh/dt = (0.07*exp(-u/20)*(1-h) - h/(exp((30-u)/10)+1))/ms : 1`
	v, failed := rest(t, model, 1, nil)
	if len(failed) > 0 {
		t.Fatal("no fixed point found")
	}
	if u := v["u"][0]; math.Abs(u) > 0.1 {
		t.Errorf("rest at %g mV, want about 0", u)
	}
	for name, want := range map[string]float64{"n": .3177, "m": .0529, "h": .596} {
		near(t, name, v[name][0], want, 0.02)
	}
}

func TestRestThatIsNotThereLeavesTheValues(t *testing.T) {
	for _, text := range []string{
		"dx/dt = 3/ms : 1",                    // a pure integrator
		"dx/dt = (x**2+1)/ms : 1",             // no real root
		"dx/dt = sqrt(x-5)/ms + 1/ms : 1",     // not a number at the start
		"dx/dt = -x/ms : 1\ndy/dt = 1*Hz : 1", // one of two
	} {
		v, failed := rest(t, text, 2, map[string][]float64{"x": {0.5, 0.25}})
		if len(failed) != 2 || v["x"][0] != 0.5 || v["x"][1] != 0.25 {
			t.Errorf("%q: cells %v failed, x = %g, want both to fail and keep 0.5 and 0.25", text, failed, v["x"])
		}
	}
	m := resolve(t, "dx/dt = (rand()-x)/ms : 1", 1e-4)
	if _, err := m.NewRest(1, 0, func(string) []float64 { return []float64{0} }); err == nil || !contains(err, "random numbers") {
		t.Errorf("random numbers: %v", err)
	}
}

package library

import (
	"fmt"
	"regexp"
	"strings"

	"hearpipe/neurons/equations"
)

// Current is a current through a membrane.
type Current struct {
	Name      string // of the variable that holds it
	Equations string // what defines it; "" if it is defined elsewhere
	// Outward subtracts the current: a positive one lowers the potential. Else it is added.
	Outward bool
}

// Membrane is C·dvm/dt = sum of currents, with their equations. The capacity is that of a membrane ("281*pF", with currents
// in ampere), that of an area (with currents per area), or a time constant, for currents in volt.
func Membrane(capacity string, currents ...Current) string {
	var sum strings.Builder
	lines := []string{""}
	for _, c := range currents {
		switch {
		case c.Outward:
			sum.WriteString("-" + c.Name)
		case sum.Len() > 0:
			sum.WriteString("+" + c.Name)
		default:
			sum.WriteString(c.Name)
		}
		if c.Equations != "" {
			lines = append(lines, c.Equations)
		}
	}
	if sum.Len() == 0 {
		sum.WriteString("0*volt/second*(" + capacity + ")")
	}
	lines[0] = fmt.Sprintf("dvm/dt = (%s)/(%s) : volt", sum.String(), capacity)
	return strings.Join(lines, "\n")
}

// Input is a current that is a parameter of the group, in ampere.
func Input(name string) Current { return Current{Name: name, Equations: name + " : amp"} }

// Defined is a current that other equations of the model define.
func Defined(name string) Current { return Current{Name: name} }

// Leak is the current of a constant conductance, g·(E - vm).
func Leak(g, reversal string) Current {
	return Current{Name: "I_leak", Equations: fmt.Sprintf("I_leak = (%s)*((%s)-vm) : amp", g, reversal)}
}

// PotassiumHH is the delayed-rectifier potassium current of Hodgkin and Huxley (1952, J Physiol 117, 500-544; equations
// 6, 12 and 13) with rest at 0 mV: g·n⁴·(E - vm).
func PotassiumHH(g, reversal string) Current {
	return Current{Name: "I_K", Equations: fmt.Sprintf(`I_K = (%s)*n**4*((%s)-vm) : amp
dn/dt = (alphan*(1-n)-betan*n)/ms : 1
alphan = 0.1/exprel((10-vm/mV)/10) : 1
betan = 0.125*exp(-vm/mV/80) : 1`, g, reversal)}
}

// SodiumHH is the transient sodium current of Hodgkin and Huxley (1952; equations 14, 20, 21, 23 and 24) with rest at
// 0 mV: g·m³·h·(E - vm).
func SodiumHH(g, reversal string) Current {
	return Current{Name: "I_Na", Equations: fmt.Sprintf(`I_Na = (%s)*m**3*h*((%s)-vm) : amp
dm/dt = (alpham*(1-m)-betam*m)/ms : 1
alpham = 1/exprel((25-vm/mV)/10) : 1
betam = 4*exp(-vm/mV/18) : 1
dh/dt = (alphah*(1-h)-betah*h)/ms : 1
alphah = 0.07*exp(-vm/mV/20) : 1
betah = 1/(exp((30-vm/mV)/10)+1) : 1`, g, reversal)}
}

// Compartment is a part of a cell: a name and its equations, with the potential vm.
type Compartment struct {
	Name      string
	Equations string
}

// Coupling is the resistance between two compartments.
type Coupling struct {
	A, B       string
	Resistance string // [ohm]
}

// Compartments joins compartments: every variable x of compartment a is called x_a, and a coupling of a and b is the current
// I_a_b = (vm_a - vm_b)/R, which leaves a and enters b. The membrane equations must be of [Membrane], in ampere. An error
// names a compartment that does not exist or has two definitions, or equations that cannot be read.
func Compartments(list []Compartment, couplings []Coupling) (string, error) {
	extra := map[string]string{} // currents by compartment
	known := map[string]bool{}
	for _, c := range list {
		if known[c.Name] {
			return "", fmt.Errorf("compartment %s is defined twice", c.Name)
		}
		known[c.Name] = true
	}
	var lines []string
	for _, k := range couplings {
		if !known[k.A] || !known[k.B] || k.A == k.B {
			return "", fmt.Errorf("coupling of %s and %s: want two compartments that exist", k.A, k.B)
		}
		name := fmt.Sprintf("I_%s_%s", k.A, k.B)
		lines = append(lines, fmt.Sprintf("%s = (vm_%s-vm_%s)/(%s) : amp", name, k.A, k.B, k.Resistance))
		extra[k.A] += "-" + name
		extra[k.B] += "+" + name
	}
	var parts []string
	for _, c := range list {
		text, err := suffixed(c)
		if err != nil {
			return "", err
		}
		head := fmt.Sprintf("dvm_%s/dt = (", c.Name)
		if extra[c.Name] != "" {
			if !strings.HasPrefix(text, head) {
				return "", fmt.Errorf("compartment %s does not begin with the equation of a membrane", c.Name)
			}
			// The currents of the couplings come first: a sum may begin with a sign.
			text = head + strings.TrimPrefix(extra[c.Name], "+") + "+" + strings.TrimPrefix(text, head)
		}
		parts = append(parts, text)
	}
	return strings.Join(append(parts, lines...), "\n"), nil
}

// suffixed gives the variables of a compartment its name.
func suffixed(c Compartment) (string, error) {
	eqs, err := equations.Parse(c.Equations)
	if err != nil {
		return "", fmt.Errorf("compartment %s: %w", c.Name, err)
	}
	var names []string
	for _, q := range eqs.All() {
		names = append(names, regexp.QuoteMeta(q.Name))
	}
	// A derivative dx/dt is one word with the d.
	rule := regexp.MustCompile(`\b(d?)(` + strings.Join(names, "|") + `)\b`)
	return rule.ReplaceAllStringFunc(c.Equations, func(word string) string {
		if q, ok := eqs.Lookup(word); ok {
			return q.Name + "_" + c.Name
		}
		return word + "_" + c.Name
	}), nil
}

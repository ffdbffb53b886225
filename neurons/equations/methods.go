package equations

import (
	"slices"
	"strings"

	"hearpipe/internal/expr"
	"hearpipe/units"
)

// Calculus is what a scheme makes of noise that a differential variable multiplies.
type Calculus uint8

const (
	// Additive: such noise is refused. The factors of noises are made of constants, parameters, inputs and t.
	Additive Calculus = iota
	// Stratonovich: the chain rule is that of ordinary calculus.
	Stratonovich
	// Ito: factors are those at the start of the step, and x*dW has the mean 0.
	Ito
)

// Scheme is an explicit integration scheme written as the textbook writes it. x stands for all differential variables
// at the start of the step, x_new for those at its end, f(x, t) for the drift, g(x, t) for the factor of a noise and dW
// for its increment sqrt(dt)*N(0, 1), slope(x, t) for the factor of a variable in its own drift, dt for the step, t for
// its start; any other name on the left of = is an intermediate value, one per variable. A term with dW or g is repeated
// for every noise of a variable, and is absent for a variable without noise.
//
// All variables advance together: x on a right-hand side always means the start of the step.
type Scheme struct {
	Name string
	Text string
	// Noise is the kind of noise that the scheme integrates.
	Noise Calculus
	// Diagonal: noise that a differential variable multiplies must be the only one of its equation, and its factor must
	// not depend on other differential variables.
	Diagonal bool
}

// schemes are the explicit schemes.
var schemes = []Scheme{
	// Euler–Maruyama (Maruyama 1955). For additive noise it is the same in the senses of Itô and Stratonovich, strong
	// order 1; without noise it is Euler's scheme, order 1.
	{Name: "euler", Text: "x_new = x + dt*f(x, t) + g(x, t)*dW"},
	// Each equation is solved exactly while all other variables and t stand still at the start of the step: with
	// f = a*x + b it is x*exp(a*dt) + b/a*(exp(a*dt) - 1), written so that nothing is divided by a. exprel(h) is
	// (exp(h) - 1)/h. Order 1, exact for a single autonomous affine equation, and stable however stiff that is.
	{Name: "exponential_euler", Text: "x_new = x + dt*f(x, t)*exprel(dt*slope(x, t)) + g(x, t)*dW"},
	// Midpoint rule, order 2 (Hairer, Nørsett & Wanner 1993, section II.1).
	{Name: "rk2", Text: `
		k_1 = dt*f(x, t)
		x_new = x + dt*f(x + k_1/2, t + dt/2) + g(x, t)*dW`},
	// The classical scheme of Kutta (1901), order 4 (the same section).
	{Name: "rk4", Text: `
		k_1 = dt*f(x, t)
		k_2 = dt*f(x + k_1/2, t + dt/2)
		k_3 = dt*f(x + k_2/2, t + dt/2)
		k_4 = dt*f(x + k_3, t + dt)
		x_new = x + (k_1 + 2*k_2 + 2*k_3 + k_4)/6 + g(x, t)*dW`},
	// Euler–Heun (Kloeden & Platen 1992): the factor of the noise is the mean of both ends. Strong order 1 where noises
	// commute, which one noise always does, else 1/2.
	{Name: "heun", Noise: Stratonovich, Text: `
		x_support = x + g(x, t)*dW
		x_new = x + dt*f(x, t) + .5*dW*(g(x, t) + g(x_support, t + dt))`},
	// Milstein without derivatives (Kloeden & Platen 1992, chapter 11.1), in the form of Brian 2: g dg/dx is the
	// difference quotient towards x_support. In the sense of Stratonovich its error is multiplied by dW**2, whose mean is
	// not 0: strong order 1 only where f*dg/dx and the second derivative of g vanish, else 1/2. heun has not this flaw.
	{Name: "milstein", Noise: Stratonovich, Diagonal: true, Text: `
		x_support = x + dt*f(x, t) + dt**.5*g(x, t)
		x_new = x + dt*f(x, t) + g(x, t)*dW + (g(x_support, t) - g(x, t))*dW**2/(2*dt**.5)`},
	// Euler–Maruyama where the noise may be multiplied by variables: strong order 1/2.
	{Name: "euler_ito", Noise: Ito, Text: "x_new = x + dt*f(x, t) + g(x, t)*dW"},
	// Milstein without derivatives in the sense of Itô (the same chapter): dW**2 - dt has the mean 0, strong order 1.
	{Name: "milstein_ito", Noise: Ito, Diagonal: true, Text: `
		x_support = x + dt*f(x, t) + dt**.5*g(x, t)
		x_new = x + dt*f(x, t) + g(x, t)*dW + (g(x_support, t) - g(x, t))*(dW**2 - dt)/(2*dt**.5)`},
}

// Schemes lists the explicit schemes, euler first.
func Schemes() []Scheme { return slices.Clone(schemes) }

// schemeOf finds a scheme by its name.
func schemeOf(name string) (s Scheme, ok bool) {
	k := slices.IndexFunc(schemes, func(s Scheme) bool { return s.Name == name })
	if k < 0 {
		return Scheme{}, false
	}
	return schemes[k], true
}

// Methods lists the names of integration methods.
func Methods() []string {
	list := []string{"exact", "exact_ou"}
	for _, s := range schemes {
		list = append(list, s.Name)
	}
	return append(list, "nonlinear")
}

// canonical is the name of a method without regard to case and with its synonyms resolved; ok is false when there is no
// such method.
func canonical(method string) (name string, ok bool) {
	switch name = strings.ToLower(method); name {
	case "":
		return name, true
	case "linear":
		return "exact", true
	case "rk":
		return "rk2", true
	}
	return name, slices.Contains(Methods(), name)
}

// check says which part of the equations a scheme cannot integrate.
func (s Scheme) check(m *Model) error {
	var err error
	switch {
	case s.Noise == Additive:
		err = m.additive()
	case s.Diagonal:
		err = s.diagonal(m)
	}
	if err != nil {
		return err
	}
	drift, noise := s.calls("f")+s.calls("slope") > 1, s.calls("g") > 1
	for k := range m.Derivatives {
		d := &m.Derivatives[k]
		if s.calls("slope") > 0 {
			if _, ok := expr.LinearIn(d.Drift, []string{d.Name}); !ok {
				return errorAt(d.Drift, "method %s needs each equation to be linear in its own variable, and d%s/dt is not linear in %s; use method euler or rk4", s.Name, d.Name, d.Name)
			}
		}
		if drift && isRandom(d.Drift) {
			return s.refuseRandom(d, d.Drift)
		}
		for _, term := range d.Noise {
			if noise && isRandom(term.Coefficient) {
				return s.refuseRandom(d, term.Coefficient)
			}
		}
	}
	return nil
}

// refuseRandom is the error about an expression that would be drawn several times in a step.
func (s Scheme) refuseRandom(d *Derivative, n expr.Node) error {
	return errorAt(n, "method %s evaluates d%s/dt more than once in a step, but rand() and randn() give another number each time; use method euler, or white noise xi", s.Name, d.Name)
}

// calls counts the calls of a function in the text of a scheme.
func (s Scheme) calls(fn string) int {
	count := 0
	for _, one := range s.statements() {
		expr.Walk(one.Value, func(n expr.Node) bool {
			if call, ok := n.(*expr.Call); ok && call.Func == fn {
				count++
			}
			return true
		})
	}
	return count
}

// statements reads the text of a scheme.
func (s Scheme) statements() []expr.Statement {
	list, err := expr.ParseStatements(s.Text, expr.Options{})
	if err != nil {
		panic("equations: the text of a scheme is wrong")
	}
	return list
}

func isRandom(n expr.Node) bool {
	calls := expr.Calls(n)
	return slices.Contains(calls, "rand") || slices.Contains(calls, "randn")
}

// slope is the factor of a variable in its own rate, which Scheme.check has found to be affine in it.
func slope(d *Derivative, rate expr.Node) expr.Node {
	l, ok := expr.LinearIn(rate, []string{d.Name})
	if !ok || l.Coefficients[0] == nil {
		return expr.NewNumber(0, units.Dimensionless.Div(units.DimTime), d.Drift)
	}
	return l.Coefficients[0]
}

// multiplied finds a differential variable in the factor of a noise, other than the one named except.
func (m *Model) multiplied(term Term, except string) (variable string, ok bool) {
	for k := range m.Derivatives {
		if name := m.Derivatives[k].Name; name != except && expr.DependsOn(term.Coefficient, name) {
			return name, true
		}
	}
	return "", false
}

// additive refuses noise that is multiplied by a differential variable: its meaning depends on the calculus (Itô or
// Stratonovich), so that somebody has to choose.
func (m *Model) additive() error {
	for k := range m.Derivatives {
		d := &m.Derivatives[k]
		for _, term := range d.Noise {
			if name, ok := m.multiplied(term, ""); ok {
				return errorAt(term.Coefficient, "the noise %s of %s is multiplied by the differential variable %s: name method heun or milstein (in the sense of Stratonovich), "+
					"euler_ito or milstein_ito (Itô); all others take additive noise only, whose factor is made of constants, parameters, inputs and t",
					m.Noises[term.Noise].Purpose, d.Name, name)
			}
		}
	}
	return nil
}

// diagonal refuses noises that enter each other's factors: they would need integrals over pairs of noises.
func (s Scheme) diagonal(m *Model) error {
	another := "heun"
	if s.Noise == Ito {
		another = "euler_ito"
	}
	for k := range m.Derivatives {
		d := &m.Derivatives[k]
		for _, term := range d.Noise {
			if name, ok := m.multiplied(term, d.Name); ok {
				return errorAt(term.Coefficient, "method %s needs noise that depends on its own variable only, but the noise %s of %s is multiplied by %s; use method %s",
					s.Name, m.Noises[term.Noise].Purpose, d.Name, name, another)
			}
			if _, ok := m.multiplied(term, ""); ok && len(d.Noise) > 1 {
				return errorAt(term.Coefficient, "method %s needs one noise per equation where a variable multiplies it, but d%s/dt has %d; use method %s",
					s.Name, d.Name, len(d.Noise), another)
			}
		}
	}
	return nil
}

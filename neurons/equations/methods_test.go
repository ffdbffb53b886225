package equations

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"hearpipe/internal/expr"
	"hearpipe/units"
)

// toleranceReference is for reference values of an independent model, given to at least ten digits.
const toleranceReference = 1e-9

func TestMethodsGiveReferenceValues(t *testing.T) {
	const (
		sine      = "dv/dt = (-v+sin(2*pi*100*Hz*t))/(10*ms) : 1"
		relaxes   = "dv/dt = (I-v)/(10*ms) : 1\nI : 1"
		scaled    = "dv/dt = -v/(10*ms) + v*xi*(20*ms)**-.5 : 1"
		oneStep   = "dv/dt = (1-v)/(10*ms) + 2*v*xi/second**.5 : 1"
		wandering = "dv/dt = 3*xi/ms**.5 : 1"
		// A model whose variables have the names that the schemes use themselves.
		names = "dx/dt = k_1/(10*ms) : 1\ndk_1/dt = -x/(10*ms) : 1\nv = x : 1"
	)
	for _, c := range []struct {
		method, text string
		steps        int
		dt, normal   float64
		v, want      float64
	}{
		{"exponential_euler", "dv/dt = -v/(10*ms) : 1", 100, 1e-4, 0, 1, math.Exp(-1)},
		{"exponential_euler", "dv/dt = 1*Hz - 2*Hz*v : 1", 1, 0.1, 0, 0.3, 0.3362538494},
		{"exponential_euler", "dv/dt = 5*Hz : 1", 100, 0.1, 0, 1, 51},
		{"exponential_euler", "dv/dt = 0*v/ms + 5*Hz : 1", 100, 0.1, 0, 1, 51},
		{"exponential_euler", relaxes, 100, 1e-4, 0, 0, 1 - math.Exp(-1)},
		{"rk2", relaxes, 100, 1e-4, 0, 0, 0.6321143813},
		{"RK", sine, 100, 1e-4, 0, 1, 0.2697536955571352},
		{"RK4", sine, 100, 1e-4, 0, 1, 0.26975973044669027},
		{"rk4", names, 100, 1e-4, 0, 1, math.Cos(1)},
		{"Heun", wandering, 10, 1e-4, 0.5, 0, 4.743416490252569},
		{"milstein", wandering, 10, 1e-4, 0.5, 0, 4.743416490252569},
		{"milstein", scaled, 20, 1e-4, 0.5, 1, 1.6673717763608789},
		{"heun", scaled, 20, 1e-4, 0.5, 1, 1.6702472629165015},
		{"euler_ito", oneStep, 1, 1e-4, 0.7, 0.5, 0.512},
		{"milstein", oneStep, 1, 1e-4, 0.7, 0.5, 0.5120735},
		{"milstein_ito", oneStep, 1, 1e-4, 0.7, 0.5, 0.5119235},
		{"heun", oneStep, 1, 1e-4, 0.7, 0.5, 0.512049},
		// The factor of the noise is taken at both ends of two steps by heun, (0 + dt + dt + 2 dt)/2, at their starts by
		// the others, 0 + dt.
		{"heun", "dv/dt = t*xi/second**1.5 : 1", 2, 1e-4, 1, 0, 2e-6},
		{"exponential_euler", "dv/dt = t*xi/second**1.5 : 1", 2, 1e-4, 1, 0, 1e-6},
		{"rk2", "dv/dt = t*xi/second**1.5 : 1", 2, 1e-4, 1, 0, 1e-6},
		{"rk4", "dv/dt = t*xi/second**1.5 : 1", 2, 1e-4, 1, 0, 1e-6},
		{"milstein", "dv/dt = t*xi/second**1.5 : 1", 2, 1e-4, 1, 0, 1e-6},
		// Two noises are two terms, in the factor of which the other one stands too.
		{"heun", "dv/dt = v*xi_1/second**.5 - 2*v*xi_2/second**.5 : 1", 1, 1e-4, 1, 1, 1 - 0.01*(1+0.99)/2},
	} {
		t.Run(c.method+" "+c.text, func(t *testing.T) {
			values := map[string]float64{"v": c.v, "x": c.v}
			if strings.Contains(c.text, "I : 1") {
				values["I"] = 1
			}
			s := integrate(t, c.text, c.method, c.dt, values)
			s.normal = c.normal
			s.run(c.steps)
			variable := "v"
			if c.text == names {
				variable = "x"
			}
			near(t, variable, s.values[variable][0], c.want, toleranceReference)
		})
	}
}

// TestMethodsConvergeWithTheirOrder integrates two equations that depend on each other and on the time, each affine in its
// own variable: y = cos(t), dx/dt = x*y, so that x = exp(sin(t)), t in units of 10 ms.
func TestMethodsConvergeWithTheirOrder(t *testing.T) {
	const text = "dx/dt = x*y/(10*ms) : 1\ndy/dt = -sin(t/(10*ms))/(10*ms) : 1"
	const T = 20e-3
	want := math.Exp(math.Sin(2))
	for method, order := range map[string]float64{
		"euler": 1, "exponential_euler": 1, "rk2": 2, "rk4": 4, "heun": 1, "milstein": 1, "euler_ito": 1, "milstein_ito": 1,
	} {
		var errors []float64
		for _, n := range []int{80, 160, 320} {
			s := integrate(t, text, method, T/float64(n), map[string]float64{"x": 1, "y": 1})
			s.run(n)
			errors = append(errors, math.Abs(s.values["x"][0]-want))
		}
		for i := 1; i < len(errors); i++ {
			if got := math.Log2(errors[i-1] / errors[i]); math.Abs(got-order) > 0.05 {
				t.Errorf("%s: halving the step makes the error %g into %g: order %.3f, want %g", method, errors[i-1], errors[i], got, order)
			}
		}
	}
}

// walk gives the increments of a Brownian motion, each the sum of some steps of a finer one.
type walk struct {
	fine   []float64
	sum, n int
}

func (w *walk) Fill(_ int, dst []float64, _ expr.Elements) {
	dst[0] = 0
	for _, x := range w.fine[w.n : w.n+w.sum] {
		dst[0] += x
	}
	w.n += w.sum
}

// strongErrors are the mean distances at the time 1 s between a method and the exact solution of
// dx/dt = mu*x + s*x*xi, x(0) = 1, on the same Brownian motions, for steps of 1/32, 1/64 ... 1/512 s.
func strongErrors(t *testing.T, method string, mu float64, calculus Calculus) []float64 {
	const finest, s, walks = 512, 0.5, 600
	r := rand.New(rand.NewPCG(1, 2))
	var errors []float64
	paths := make([][]float64, walks)
	for k := range paths {
		paths[k] = make([]float64, finest)
		for i := range paths[k] {
			paths[k][i] = r.NormFloat64() / math.Sqrt(finest)
		}
	}
	drift := mu
	if calculus == Ito {
		drift -= s * s / 2
	}
	for n := 32; n <= finest; n *= 2 {
		dt := 1 / float64(n)
		cell := integrate(t, "dx/dt = mu*x + 0.5*x*xi/second**.5 : 1\nmu : Hz", method, dt, map[string]float64{"mu": mu})
		sum := 0.0
		for _, path := range paths {
			cell.values["x"][0] = 1
			cell.machine.SetRandom(&walk{fine: path, sum: finest / n})
			cell.run(n)
			w := 0.0
			for _, x := range path {
				w += x
			}
			sum += math.Abs(cell.values["x"][0]-math.Exp(drift+s*w)) / walks
		}
		errors = append(errors, sum)
	}
	return errors
}

// TestNoiseConvergesStrongly: the error of 600 walks is known to some percent, the order over four halvings to less.
func TestNoiseConvergesStrongly(t *testing.T) {
	for _, c := range []struct {
		method   string
		mu       float64
		calculus Calculus
		order    float64
	}{
		{"heun", 0, Stratonovich, 1},
		{"heun", -1, Stratonovich, 1},
		{"milstein", 0, Stratonovich, 1},
		{"milstein", -1, Stratonovich, 0.5}, // because dW**2 has a mean, see its text
		{"milstein_ito", -1, Ito, 1},
		{"euler_ito", -1, Ito, 0.5},
	} {
		e := strongErrors(t, c.method, c.mu, c.calculus)
		t.Logf("%s, mu %g: %.3g", c.method, c.mu, e)
		if got := math.Log2(e[0]/e[len(e)-1]) / float64(len(e)-1); math.Abs(got-c.order) > 0.12 {
			t.Errorf("%s, mu %g: errors %.3g: order %.3f, want %g", c.method, c.mu, e, got, c.order)
		}
	}
}

func TestVariablesOfAMethodSeeAHeldOneStandStill(t *testing.T) {
	for _, s := range Schemes() {
		ofV, ofW := "w*xi", "v*xi"
		switch {
		case s.Noise == Additive:
			ofV, ofW = "xi", "xi"
		case s.Diagonal:
			ofV, ofW = "v*xi", "w*xi"
		}
		held := "dv/dt = (3*w-v)/(10*ms) + " + ofV + "/second**.5 : 1 (unless refractory)\n"
		text := "dw/dt = (v*w-w)/(10*ms) + " + ofW + "/second**.5 : 1"
		values := map[string]float64{"v": 2, "w": 1, NotRefractory: 0}
		a := integrate(t, held+text, s.Name, 1e-3, values)
		b := integrate(t, "v : 1\n"+text, s.Name, 1e-3, values)
		a.normal, b.normal = 1, 1
		a.run(20)
		b.run(20)
		if v := a.values["v"][0]; v != 2 {
			t.Errorf("%s: v moved to %g while refractory", s.Name, v)
		}
		if a.values["w"][0] != b.values["w"][0] {
			t.Errorf("%s: w is %.17g beside a held v, %.17g beside a parameter of the same value", s.Name, a.values["w"][0], b.values["w"][0])
		}
		a.values[NotRefractory][0] = 1
		a.run(1)
		if a.values["v"][0] == 2 {
			t.Errorf("%s: v does not move when it may", s.Name)
		}
	}
}

func TestMethodNamesHaveSynonyms(t *testing.T) {
	for method, want := range map[string]string{
		"RK": "rk2", "Rk4": "rk4", "exponential_Euler": "exponential_euler", "MILSTEIN": "milstein", "Heun": "heun", "Linear": "exact", "euler_Ito": "euler_ito",
	} {
		step, err := resolve(t, "dv/dt = -v/(10*ms) : 1", 1e-4).Integrate(method)
		if err != nil || step.Method != want {
			t.Errorf("%s: method %v, error %v, want %s", method, step, err, want)
		}
	}
}

func TestEquationsThatASchemeCannotTakeAreRefused(t *testing.T) {
	const scaled = "dv/dt = -v/ms + v*xi/ms**.5 : 1"
	for _, c := range []struct{ method, text, want string }{
		{"", scaled, "name method heun or milstein"},
		{"nonlinear", scaled, "is multiplied by the differential variable v"},
		{"exact", scaled, "is multiplied by the differential variable v"},
		{"rk2", scaled, "is multiplied by the differential variable v"},
		{"exponential_euler", "dw/dt = -w/ms : 1\ndv/dt = -v/ms + w*xi/ms**.5 : 1", "is multiplied by the differential variable w"},
		{"exponential_euler", "dv/dt = -v**2/ms : 1", "method exponential_euler needs each equation to be linear in its own variable, and dv/dt is not"},
		{"milstein", "dw/dt = -w/ms : 1\ndv/dt = -v/ms + w*xi/ms**.5 : 1", "needs noise that depends on its own variable only, but the noise xi of v is multiplied by w; use method heun"},
		{"milstein_ito", "dv/dt = -v/ms + v*xi/ms**.5 + xi_a/ms**.5 : 1", "one noise per equation where a variable multiplies it, but dv/dt has 2; use method euler_ito"},
		{"rk4", "dv/dt = (rand()-v)/ms : 1", "evaluates dv/dt more than once in a step, but rand()"},
		{"exponential_euler", "dv/dt = -v*randn()/ms : 1", "evaluates dv/dt more than once in a step, but rand()"},
		{"heun", "dv/dt = -v/ms + rand()*xi/ms**.5 : 1", "evaluates dv/dt more than once in a step, but rand()"},
	} {
		_, err := resolve(t, c.text, 1e-4).Integrate(c.method)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s, %q: got %v, want %q", c.method, c.text, err, c.want)
		}
	}
	for _, c := range []struct{ method, text string }{
		{"heun", "dv/dt = (rand()-v)/ms + v*xi/ms**.5 : 1"}, // the drift is evaluated once
		{"euler_ito", "dw/dt = -w/ms : 1\ndv/dt = rand()/ms + w*xi/ms**.5 + v*xi_a/ms**.5 : 1"},
		{"milstein", "dv/dt = -v/ms + xi_a/ms**.5 + xi/ms**.5 : 1"},
	} {
		if _, err := resolve(t, c.text, 1e-4).Integrate(c.method); err != nil {
			t.Errorf("%s, %q: %v", c.method, c.text, err)
		}
	}
}

// TestFunctionsOfTheUserMayHaveTheNamesOfAScheme: f and g in the text of a scheme are not those of the equations.
func TestFunctionsOfTheUserMayHaveTheNamesOfAScheme(t *testing.T) {
	triple := func(name string) *expr.Function {
		return &expr.Function{Name: name, Min: 1, Max: 1, Args: make([]units.Dimension, 1), Result: expr.FloatType(units.Dimensionless), Scalar: func(x []float64) float64 { return 3 * x[0] }}
	}
	m, err := parse(t, "dv/dt = f(v)*Hz + g(v)*f(1)*xi*Hz**.5 : 1").Resolve(Namespace{N: 1, DT: 1, Functions: map[string]*expr.Function{"f": triple("f"), "g": triple("g")}})
	if err != nil {
		t.Fatal(err)
	}
	step, err := m.Integrate("euler_ito")
	if err != nil {
		t.Fatal(err)
	}
	s := newStepper(t, m, step, 1, map[string]float64{"v": 1})
	s.normal = 1
	s.run(1)
	near(t, "v", s.values["v"][0], 1+3+9, 1e-15)
}

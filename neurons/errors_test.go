package neurons_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"hearpipe/neurons"
	"hearpipe/stages"
	"hearpipe/stages/stagetest"
	"hearpipe/units"
)

func constants(name string, x float64) map[string]units.Quantity {
	return map[string]units.Quantity{name: seconds(x)}
}

func TestWrongDescriptionsNameFieldValueAndWhatIsAllowed(t *testing.T) {
	source := func(rate float64, channels int) stages.Stage {
		return stagetest.NewSource(stagetest.Signal{Rate: rate, Channels: channels, Frames: 10})
	}
	const lif = "dv/dt = -v/(10*ms) : 1"
	for _, c := range []struct {
		name string
		p    neurons.GroupParams
		want string
	}{
		{"no cells", neurons.GroupParams{}, "group group0: 0 cells: want 1 to"},
		{"negative cells", neurons.GroupParams{N: -3}, "-3 cells"},
		{"range", neurons.GroupParams{N: 3, Channels: stages.Range{Lo: 2, Hi: 4}}, "channels 2:4"},
		{"negative step", neurons.GroupParams{N: 1, DT: -1e-4}, "step of -0.0001 s: want a positive time"},
		{"NaN step", neurons.GroupParams{N: 1, DT: math.NaN()}, "step of NaN s"},
		{"negative length", neurons.GroupParams{N: 1, Frames: -1}, "-1 frames"},
		{
			"other step than the input",
			neurons.GroupParams{Equations: "I : 1", DT: 1e-4, Inputs: map[string]stages.Stage{"I": source(8000, 1)}},
			"step of 0.0001 s, but the inputs have 8000 Hz, which makes a step of 0.000125 s",
		},
		{"two rates", neurons.GroupParams{Equations: "I : 1\nJ : 1", Inputs: map[string]stages.Stage{"I": source(8000, 1), "J": source(9000, 1)}}, "8000 Hz"},
		{"channels", neurons.GroupParams{N: 5, Equations: "I : 1", Inputs: map[string]stages.Stage{"I": source(8000, 3)}}, "has 3 channels: want 1, or the channels 0:5"},
		{"missing input", neurons.GroupParams{N: 1, Inputs: map[string]stages.Stage{"I": nil}}, "input I is missing"},
		{
			"input without parameter",
			neurons.GroupParams{Equations: lif, Inputs: map[string]stages.Stage{"I": source(8000, 1)}},
			"equations: an input is connected to I, but the equations have no parameter of this name (parameters: none); add a line such as I : 1",
		},
		{"name", neurons.GroupParams{Name: "anf", N: 1, Equations: lif, Threshold: "w > 1"}, "group anf: threshold: line 1, column 1: unknown name w"},
		{"threshold that is a number", neurons.GroupParams{N: 1, Equations: lif, Threshold: "v + 1"}, "threshold: line 1, column 1: a threshold is a condition such as v > 1, or a value for v, but this value depends on v itself"},
		{"threshold unit", neurons.GroupParams{N: 1, Equations: lif, Threshold: "v > 1*mV"}, "cannot compare v (1) with 1*mV (m^2 kg s^-3 A^-1)"},
		{"noise in a threshold", neurons.GroupParams{N: 1, Equations: lif, Threshold: "v > xi"}, "white noise xi can drive differential equations only"},
		{"reset unit", neurons.GroupParams{N: 1, Equations: lif, Threshold: "v > 1", Reset: "v -= 60*mV"}, "reset: line 1, column 6: cannot subtract 60*mV"},
		{"reset of a static equation", neurons.GroupParams{N: 1, Equations: lif + "\nu = 2*v : 1", Threshold: "v > 1", Reset: "u = 0"}, "cannot assign to u, which is a static equation"},
		{"reset of a constant parameter", neurons.GroupParams{N: 1, Equations: lif + "\np : 1 (constant)", Threshold: "v > 1", Reset: "p = 0"}, "cannot assign to p"},
		{"reset of an input", neurons.GroupParams{Equations: "I : 1", Threshold: "I > 1", Reset: "I = 0", Inputs: map[string]stages.Stage{"I": source(8000, 2)}}, "cannot assign to I"},
		{"unknown variable in a reset", neurons.GroupParams{N: 1, Equations: lif, Threshold: "v > 1", Reset: "q = 0"}, "cannot assign: unknown name q"},
		{"refractory unit", neurons.GroupParams{N: 1, Threshold: "True", Refractory: "3*Hz"}, "refractory: line 1, column 1: want a time such as 5 ms or a condition such as v > 0, but this has the dimension (s^-1)"},
		{"negative period", neurons.GroupParams{N: 1, Threshold: "True", Refractory: "-3*ms"}, "a period of -0.003 s: want 0 or more"},
		{"refractory without threshold", neurons.GroupParams{N: 1, Refractory: "3*ms"}, "there is no threshold"},
		{"negative longest period", neurons.GroupParams{N: 1, Threshold: "True", Refractory: "3*ms", MaxRefractory: -1}, "longest period of -1 s"},
		{"unknown method", neurons.GroupParams{N: 1, Equations: lif, Method: "does_not_exist"}, `no integration method is called "does_not_exist": want one of exact, exact_ou, euler, exponential_euler, rk2, rk4, heun, milstein, euler_ito, milstein_ito, nonlinear`},
		{"unknown record", neurons.GroupParams{N: 1, Equations: lif, Record: []string{"w"}}, "record: there is no variable w (variables: v)"},
		{"record twice", neurons.GroupParams{N: 1, Equations: lif, Record: []string{"v", "v"}}, "v is listed twice"},
		{"record of a flag", neurons.GroupParams{N: 1, Equations: lif, Record: []string{"not_refractory"}}, "not_refractory exists only where"},
		{"record of noise", neurons.GroupParams{N: 1, Equations: "u = xi : second**-.5", Record: []string{"u"}}, "u contains white noise"},
		{"initial unit", neurons.GroupParams{N: 1, Equations: lif, Init: map[string]string{"v": "3*ms"}}, "initial value of v: line 1, column 1: v has the dimension (1), but this has the dimension (s)"},
		{"initial value of nothing", neurons.GroupParams{N: 1, Equations: lif, Init: map[string]string{"w": "3"}}, "initial value of w: there is no such variable (variables: v)"},
		{"initial value of a static equation", neurons.GroupParams{N: 1, Equations: "u = 2 : 1", Init: map[string]string{"u": "3"}}, "u: it is a static equation"},
		{"initial value of an input", neurons.GroupParams{Equations: "I : 1", Init: map[string]string{"I": "3"}, Inputs: map[string]stages.Stage{"I": source(8000, 2)}}, "gets its values from an input"},
		{"initial value in a circle", neurons.GroupParams{N: 1, Equations: "a : 1\nb : 1", Init: map[string]string{"a": "b"}}, "b has no value yet"},
		{"initial value of time", neurons.GroupParams{N: 1, Equations: lif, Init: map[string]string{"v": "t/second"}}, "t has no value yet"},
		{"initial value that is not finite", neurons.GroupParams{N: 3, Equations: lif, Init: map[string]string{"v": "1/(1-i)"}}, "initial value of v: +Inf for cell 1: want a finite number"},
		{"initial values of another length", neurons.GroupParams{N: 3, Equations: lif, Values: map[string][]float64{"v": {1, 2}}}, "2 values for 3 cells"},
		{"initial values twice", neurons.GroupParams{N: 1, Equations: lif, Init: map[string]string{"v": "1"}, Values: map[string][]float64{"v": {1}}}, "given as an expression and as an array"},
		{"missing function", neurons.GroupParams{N: 1, Functions: map[string]neurons.Function{"f": {}}}, "function f is missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := neurons.NewGroup(c.p)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v\nwant %q", err, c.want)
			}
		})
	}
}

func TestErrorOfAnInputEndsTheGroupThere(t *testing.T) {
	broken := errors.New("the disk is gone")
	in := stagetest.NewSource(stagetest.Signal{Rate: 1000, Channels: 2, Frames: 50, Fail: broken, FailAt: 20})
	g := group(t, neurons.GroupParams{Equations: "dv/dt = (I-v)/(1*ms) : 1\nI : 1", Inputs: map[string]stages.Stage{"I": in}, Record: []string{"v"}})
	f, err := g.Variable("v").Fetch(t.Context(), 0, 50)
	if f.N != 20 || !errors.Is(err, broken) {
		t.Errorf("%d frames and %v: want 20 and the error of the input", f.N, err)
	}
}

package equations

import (
	"math"
	"testing"

	"hearpipe/internal/expr"
)

// FuzzParse reads arbitrary texts as models of cells and of synapses: each gives an error or a program, by every method that
// accepts it, and equations that can be composed.
func FuzzParse(f *testing.F) {
	for _, m := range mistakes {
		f.Add(m.text)
	}
	f.Add("dv/dt = (I-v)/(1*ms) + 0.2*xi*(2/(1*ms))**.5 : 1 (unless refractory)\nI : 1 # input\nu=\\\n2:1")
	f.Add("dv/dt = (g*w - v)/tau + s*xi_a : 1 (unless refractory)\ndw/dt = -w/tau + xi_a/second**.5 : 1\ntau : second (shared)\ns : second**-.5\ng : 1 (linked)\nz = v")
	f.Add("dx/dt = -x/ms + b : 1 (event-driven)\nb : Hz\ny_post = x*w : 1 (summed)\nw : 1\ndz/dt = (ta(t) - z)/ms : 1 (clock-driven)")
	array := map[string]*TimedArray{"ta": {Values: []float64{1, 2}, DT: 1e-3}, "tb": {Values: []float64{1, 2, 3, 4}, Columns: 2, DT: 1e-3}}
	f.Fuzz(func(t *testing.T, text string) {
		for _, in := range []Context{OfCells, OfSynapses} {
			e, err := ParseSource(expr.NewSource(text), in)
			if err != nil {
				said(t, err)
				continue
			}
			composeAll(t, e)
			m, err := e.Resolve(Namespace{N: 2, DT: 1e-4, TimedArrays: array})
			if err != nil {
				said(t, err)
				continue
			}
			integrateAll(t, m, text)
		}
	})
}

// said wants an error to have a text.
func said(t *testing.T, err error) {
	if err.Error() == "" {
		t.Error("an error without text")
	}
}

// composeAll hides, renames and adds what there is.
func composeAll(t *testing.T, e *Equations) {
	f, err := e.Suffix("_2")
	if err != nil { // a name and its suffixed form may both be there
		return
	}
	h, err := f.Hide(f.allNames()...)
	if err != nil {
		t.Fatalf("%q cannot be hidden: %v", f, err)
	}
	sum, err := e.Add(h)
	if err == nil {
		_, err = sum.Add(h)
	}
	if err != nil {
		t.Errorf("%q cannot be added to itself under hidden names: %v", e, err)
	}
}

// integrateAll compiles and runs a step of a model by every method that takes it.
func integrateAll(t *testing.T, m *Model, text string) {
	for _, method := range append(Methods(), "") {
		step, err := m.Integrate(method)
		if err != nil {
			said(t, err)
			continue
		}
		s := newCells(t, m, step, 1e-4, 2, nil)
		s.run(2)
	}
	if _, err := expr.CompileStatements(m.UpToDate(), m.Scope, expr.CompileOptions{}); err != nil {
		t.Errorf("%q: events cannot be compiled: %v", text, err)
	}
	values := map[string][]float64{}
	r, err := m.NewRest(2, 0, func(name string) []float64 {
		if values[name] == nil {
			values[name] = make([]float64, 2)
		}
		return values[name]
	})
	if err != nil {
		said(t, err)
		return
	}
	r.Find(0, 2)
	for name, x := range values {
		if math.IsNaN(x[0]) {
			t.Errorf("%q: rest makes %s no number", text, name)
		}
	}
}

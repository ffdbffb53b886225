package pipelines

import (
	"errors"
	"math"
	"slices"
	"strings"

	"hearpipe/hrtf"
	"hearpipe/internal/expr"
	"hearpipe/stages"
	"hearpipe/units"
)

// planHRTFApply plans a source at one place, or one that moves.
func planHRTFApply(p *planner, n *node) {
	if !p.needFrames(n) || !n.within(p, "index", 0, math.MaxInt32, false, false) || !n.within(p, "interval", 1, 1<<20, false, false) {
		return
	}
	s := n.in[0].shape()
	if s.channels > 2 {
		n.fail(p, "from", "%s has %d channels: want 1, or 2 for the ears", n.in[0].from.name, s.channels)
		return
	}
	path, moves, ok := p.trajectory(n)
	if !ok {
		return
	}
	set, ok := p.headSet(n, s.rate)
	if !ok {
		return
	}
	if n.has("index") && int(n.num("index")) >= set.Len() {
		n.fail(p, "index", "%g: %s has %d responses, want 0 to %d", n.num("index"), n.text("set"), set.Len(), set.Len()-1)
		return
	}
	if n.text("phase") == "minimum" {
		var err error
		if set, err = set.MinimumPhase(); err != nil {
			n.fail(p, "phase", "%s", strings.TrimPrefix(err.Error(), "hrtf: "))
			return
		}
	}
	how, err := hrtf.ParseInterpolation(n.text("interpolation"))
	if err != nil {
		n.fail(p, "interpolation", "%v", err)
		return
	}
	s.channels, s.cf = 2, nil
	n.out = []outPort{{shape: s}}
	n.whole = true
	n.fixed = bytesOf(set) + 64*int64(set.Taps())
	if !n.has("index") {
		if _, err := hrtf.NewInterpolator(set, how); err != nil {
			n.fail(p, "set", "%s; name a response by its index", strings.TrimPrefix(err.Error(), "hrtf: "))
			return
		}
	}
	n.build = func(in []stages.Node, _ stages.Range) ([]stages.Node, error) {
		src := in[0].(stages.Stage)
		switch {
		case n.has("index"):
			return one(hrtf.NewFilter(src, hrtf.FilterParams{HRTF: set.At(int(n.num("index")))}))
		case moves:
			return one(hrtf.NewMoving(src, hrtf.MovingParams{Set: set, Trajectory: path(), Interpolation: how, Interval: int(n.num("interval"))}))
		}
		between, err := hrtf.NewInterpolator(set, how)
		if err != nil {
			return nil, err
		}
		at, err := between.At(path()(0))
		if err != nil {
			return nil, err
		}
		return one(hrtf.NewFilter(src, hrtf.FilterParams{HRTF: at}))
	}
}

// trajectory reads where the source is. A new one is made for each stage: what it computes with belongs to one goroutine.
func (p *planner) trajectory(n *node) (path func() hrtf.Trajectory, moves, ok bool) {
	ways := 0
	for _, f := range []string{"azimuth", "index", "times"} {
		if n.has(f) {
			ways++
		}
	}
	switch {
	case ways != 1:
		n.fail(p, "", "want one of azimuth, index and times: where is the source?")
		return nil, false, false
	case n.has("elevation") && !n.has("azimuth"):
		n.fail(p, "elevation", "it stands beside azimuth only; with times it is elevations")
		return nil, false, false
	case !n.has("times") && (n.has("azimuths") || n.has("elevations")):
		n.fail(p, "", "azimuths and elevations stand beside times only")
		return nil, false, false
	case n.has("index"):
		return nil, false, true
	case n.has("times"):
		path, ok = p.waypoints(n)
		return path, true, ok
	}
	azimuth, moves, ok := p.angle(n, "azimuth")
	if !ok {
		return nil, false, false
	}
	elevation, sways, ok := p.angle(n, "elevation")
	if !ok {
		return nil, false, false
	}
	if a := azimuth()(0); !moves && !finite(a) {
		n.fail(p, "azimuth", "%g: want a finite number of degrees", a)
		return nil, false, false
	}
	// A source that moves may go on over the top; of one that does not an elevation beyond is a mistake.
	if e := elevation()(0); !sways && !(math.Abs(e) <= 90) {
		n.fail(p, "elevation", "%g: want -90 to 90 degrees", e)
		return nil, false, false
	}
	return func() hrtf.Trajectory {
		a, e := azimuth(), elevation()
		return func(t float64) hrtf.Direction { return hrtf.FromAngles(a(t), e(t)) }
	}, moves || sways, true
}

// finite reports whether a number is neither infinite nor NaN.
func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// waypoints reads a path of times and places.
func (p *planner) waypoints(n *node) (func() hrtf.Trajectory, bool) {
	times, azimuths, elevations := n.list("times"), n.list("azimuths"), n.list("elevations")
	if len(azimuths) != len(times) {
		n.fail(p, "azimuths", "%d azimuths for %d times: want one for each", len(azimuths), len(times))
		return nil, false
	}
	if elevations == nil {
		elevations = []float64{0}
	}
	if len(elevations) == 1 {
		elevations = repeated(elevations[0], len(times))
	}
	if len(elevations) != len(times) {
		n.fail(p, "elevations", "%d elevations for %d times: want one for each, or one", len(elevations), len(times))
		return nil, false
	}
	var points []hrtf.Waypoint
	for i, t := range times {
		points = append(points, hrtf.Waypoint{Seconds: t, Azimuth: azimuths[i], Elevation: elevations[i]})
	}
	path, err := hrtf.Path(points)
	if err != nil {
		field := "times"
		if slices.ContainsFunc(azimuths, func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) }) {
			field = "azimuths"
		}
		if slices.ContainsFunc(elevations, func(x float64) bool { return !(math.Abs(x) <= 90) }) {
			field = "elevations"
		}
		n.fail(p, field, "%s", strings.TrimPrefix(err.Error(), "hrtf: "))
		return nil, false
	}
	return func() hrtf.Trajectory { return path }, true
}

// angle compiles an expression in t that gives degrees; a field without a value is 0. moves reports whether it depends on t.
func (p *planner) angle(n *node, field string) (angle func() func(t float64) float64, moves, ok bool) {
	if !n.has(field) {
		return func() func(float64) float64 { return func(float64) float64 { return 0 } }, false, true
	}
	scope := &expr.Scope{Symbols: map[string]expr.Symbol{"t": {Role: expr.Scalar, Type: expr.FloatType(units.DimTime)}}, Params: p.scope().Params}
	node, err := expr.Parse(n.text(field), expr.Options{Params: true})
	if err != nil {
		var wrong *expr.Error
		if errors.As(err, &wrong) && strings.HasPrefix(wrong.Msg, "unknown unit") {
			wrong.Msg += "; angles are degrees without a unit"
		}
		n.failIn(p, field, err)
		return nil, false, false
	}
	typ, err := expr.Check(node, scope)
	if err == nil && !typ.IsNumber() && !typ.Any {
		err = errors.New("want a number of degrees, without a unit; a time is made one by dividing it, as in 90*t/second")
	}
	if err == nil {
		_, err = expr.Compile(node, scope)
	}
	if err != nil {
		n.failIn(p, field, err)
		return nil, false, false
	}
	return func() func(float64) float64 {
		prog, err := expr.Compile(node, scope)
		if err != nil {
			panic("pipelines: an expression compiled once and not twice")
		}
		m := prog.NewMachine()
		result, slot := make([]float64, 1), prog.ScalarSlot("t")
		m.SetVector(prog.VectorSlot(expr.Result), result)
		return func(t float64) float64 {
			if slot >= 0 {
				m.SetScalar(slot, t)
			}
			m.Run(0, 1)
			return result[0]
		}
	}, expr.DependsOn(node, "t"), true
}

package pipelines

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"hearpipe/filterbank"
	"hearpipe/hrtf"
	"hearpipe/internal/expr"
	"hearpipe/stages"
)

// setFields are those by which nodes name a set of head-related transfer functions.
var setFields = []Field{
	{Name: "set", Kind: InputPath, Required: true, Doc: "the set: a SOFA file, a CIPIC file (.mat), a folder of MIT KEMAR or IRCAM LISTEN data; " + hrtf.BuiltInName + " is one that comes with the program, unless the working folder has such a file; headless is one without a head"},
	{Name: "subject", Kind: Text, Doc: "which subject of a folder with several, such as 1002"},
	{Name: "raw", Kind: Choice, Choices: []string{"no", "yes"}, Default: "no", Doc: "yes reads the raw measurements of IRCAM LISTEN, no the compensated ones"},
	{Name: "select", Kind: Text, Limits: "true for at least one response", Doc: "condition on the coordinates, such as elevation == 0; i is the number of a response, n how many there are (default: all)"},
	{Name: "set_rate", Kind: Quantity, Unit: "Hz", Limits: "more than 0 Hz", Doc: "rate at which the set was measured, where its file states a wrong one: the same taps, faster or slower"},
	{Name: "resample", Kind: Choice, Choices: []string{"no", "yes"}, Default: "no", Doc: "yes resamples the set to the rate of the input, if it has another"},
	{Name: "positions", Kind: Integer, Default: "13", Limits: "1 to 65536", Doc: "of headless: number of places, evenly spaced from -90 to 90 degrees"},
	{Name: "fractional", Kind: Choice, Choices: []string{"no", "yes"}, Default: "no", Doc: "of headless: no delays the later ear by whole samples, yes both ears by half of the exact time difference, besides 1,024 samples"},
}

const setSource = "Goodman & Brette (2010), Spike-timing-based computation in sound localization, PLoS Comput. Biol. 6, e1000993; formats as in docs/hrtf.md."

func init() {
	functions["tile"] = &expr.Function{
		Name: "tile", Min: 2, Max: 2,
		Check: func(args []expr.Type) (expr.Type, error) {
			if !args[0].List {
				return expr.Type{}, &expr.ArgumentError{Arg: 0, Msg: "needs a list, as in tile(erbspace(150 Hz, 5 kHz, 40), 26)"}
			}
			if args[1].List || !args[1].IsNumber() {
				return expr.Type{}, &expr.ArgumentError{Arg: 1, Msg: "needs how often the list is repeated, as in tile(erbspace(150 Hz, 5 kHz, 40), 26)"}
			}
			return args[0], nil
		},
		Eval: func(args []expr.Value) (expr.Value, error) {
			n, err := expr.Count(args, 1)
			if err != nil {
				return expr.Value{}, err
			}
			v := args[0]
			if len(v.List) > 0 && n > maxListed/len(v.List) {
				return expr.Value{}, fmt.Errorf("%d times %d values: want at most %d", n, len(v.List), maxListed)
			}
			list := make([]float64, 0, n*len(v.List))
			for range n {
				list = append(list, v.List...)
			}
			v.List = list
			return v, nil
		},
	}
	register(&NodeType{
		Name: "hrtf.bank",
		Doc: "Applies all head-related transfer functions of a set at once: 2n channels for n directions. An input of one channel is heard by all of them; of two channels the first is heard by the left " +
			"responses and the second by the right; of 2n channels each by its own.",
		Source: setSource,
		Inputs: "from: one stream of 1, 2 or 2n channels, at the rate of the set", Outputs: "frames: 2n channels, as order says", Channels: "the one of 1; both of 2; of 2n the same",
		Fields: append(append([]Field(nil), setFields...),
			Field{Name: "order", Kind: Choice, Choices: []string{"serial", "interleaved"}, Default: "serial", Doc: "L0 L1 … R0 R1 …, or L0 R0 L1 R1 …"}),
		Example: `heads: {type: hrtf.bank, from: ears, set: kemar.sofa, select: elevation == 0}`,
		from:    minMax{1, 1},
		plan:    planHRTFBank,
	})
	register(&NodeType{
		Name: "hrtf.apply",
		Doc: "Lets a sound be heard from a direction: two channels, the left and the right ear. The direction is that of a response (index), or azimuth and elevation, between measured directions by interpolation. Expressions in t, " +
			"or times with a place each, let the source move: responses change every interval frames, counted from the start, and the output fades from one to the next. There is no latency beyond that of the responses.",
		Source: setSource,
		Inputs: "from: one stream of one channel, or of two, the first for the left ear, at the rate of the set", Outputs: "frames: 2 channels, left and right", Channels: "all",
		Fields: append(append([]Field(nil), setFields...),
			Field{Name: "azimuth", Kind: Expression, Limits: "a number without a unit", Doc: "degrees counter-clockwise from the front, 90 is left; an expression in t lets the source move, such as 360*t/(2*second)"},
			Field{Name: "elevation", Kind: Expression, Limits: "a number without a unit, -90 to 90", Doc: "degrees above the horizontal plane (default 0); an expression in t lets the source move, also on over the top, where 100 is 80 behind"},
			Field{Name: "index", Kind: Integer, Limits: "0 or more, below the number of responses", Doc: "the number of a response, instead of azimuth and elevation"},
			Field{Name: "times", Kind: Values, Unit: "s", Limits: "rising", Doc: "times of a path, instead of azimuth and elevation; before and after it the source rests"},
			Field{Name: "azimuths", Kind: Values, Unit: "1", Doc: "azimuth at each of the times, in degrees; linear in between, so that 350 and 370 pass the front"},
			Field{Name: "elevations", Kind: Values, Unit: "1", Limits: "-90 to 90", Doc: "elevation at each of the times, in degrees (default 0)"},
			Field{Name: "interpolation", Kind: Choice, Choices: []string{"barycentric", "nearest"}, Default: "barycentric", Doc: "barycentric mixes the three responses around a direction, nearest takes one"},
			Field{Name: "phase", Kind: Choice, Choices: []string{"measured", "minimum"}, Default: "measured", Doc: "minimum makes all responses minimum-phase with a delay of its own, which interpolate without cancelling each other"},
			Field{Name: "interval", Kind: Integer, Default: "64", Limits: "1 to 1048576", Doc: "frames from one response of a moving source to the next"}),
		Example: `ears: {type: hrtf.apply, from: sound, set: kemar.sofa, azimuth: 30, elevation: 15}`,
		from:    minMax{1, 1},
		plan:    planHRTFApply,
	})
}

// headSet opens the set that a node names, for an input of that rate.
func (p *planner) headSet(n *node, rate float64) (*hrtf.Set, bool) {
	set, ok := p.headPlaces(n, rate)
	if !ok || math.Abs(set.Rate()-rate) <= 1e-9*rate {
		return set, ok
	}
	v := n.values["set"]
	if n.text("resample") == "no" {
		n.fail(p, "set", "%s has %s, %s has %s: want equal rates; resample: yes changes that of the set", v.text, quantityText(set.Rate(), "Hz"), n.in[0].from.name, quantityText(rate, "Hz"))
		return nil, false
	}
	n.notes = append(n.notes, fmt.Sprintf("%s has %s and is resampled to %s", v.text, quantityText(set.Rate(), "Hz"), quantityText(rate, "Hz")))
	key := resampledSet{path: p.env.place(v.text, p.env.access.Folder), subject: n.text("subject"), raw: n.text("raw"), selected: n.text("select"), from: set.Rate(), to: rate}
	if known := p.env.resampled[key]; known != nil {
		return known, true
	}
	set, err := set.Resample(rate)
	if err != nil {
		n.fail(p, "resample", "%s", strings.TrimPrefix(err.Error(), "hrtf: "))
		return nil, false
	}
	if p.env.resampled == nil {
		p.env.resampled = map[resampledSet]*hrtf.Set{}
	}
	p.env.resampled[key] = set
	return set, true
}

// headPlaces opens the set that a node names, at the rate at which it was measured; headless has the given one.
func (p *planner) headPlaces(n *node, rate float64) (*hrtf.Set, bool) {
	if !n.within(p, "positions", 1, 1<<16, false, false) || !n.within(p, "set_rate", 0, math.Inf(1), true, true) {
		return nil, false
	}
	v := n.values["set"]
	fail := func(field string, err error) (*hrtf.Set, bool) {
		n.fail(p, field, "%s", strings.TrimPrefix(err.Error(), "hrtf: "))
		return nil, false
	}
	var set *hrtf.Set
	var err error
	if v.text == "headless" {
		if n.has("subject") {
			n.fail(p, "subject", "headless has no subjects; leave it out")
			return nil, false
		}
		if n.text("raw") == "yes" {
			n.fail(p, "raw", "headless was not measured, raw or otherwise; leave it out")
			return nil, false
		}
		set, err = hrtf.NewHeadless(hrtf.HeadlessParams{Positions: int(n.num("positions")), Fractional: n.text("fractional") == "yes", Rate: rate})
	} else {
		for _, f := range []string{"positions", "fractional"} {
			if n.values[f].given {
				n.fail(p, f, "%s is for the set headless only; leave it out", f)
				return nil, false
			}
		}
		var note string
		if set, note, err = p.env.headSet(v.text, v.trusted, hrtf.OpenParams{Subject: n.text("subject"), Raw: n.text("raw") == "yes"}); note != "" {
			n.notes = append(n.notes, note)
		}
	}
	if err != nil {
		return fail("set", err)
	}
	if n.has("set_rate") {
		if set, err = set.WithRate(n.num("set_rate")); err != nil {
			return fail("set_rate", err)
		}
	}
	if n.has("select") {
		some, err := set.Select(n.text("select"))
		var wrong *expr.Error
		if errors.As(err, &wrong) { // the place in the text tells more than the text
			var names []string
			angles := ""
			for _, c := range set.Columns() {
				names = append(names, c.Name)
				if c.Unit == "degree" {
					angles = ", angles being degrees without a unit"
				}
			}
			wrong.Msg += "; the coordinates of " + v.text + " are " + listed(names) + angles
			n.failIn(p, "select", wrong)
			return nil, false
		}
		if err != nil {
			return fail("select", err)
		}
		set = some
	}
	return set, true
}

// bytesOf is what the responses of a set take.
func bytesOf(set *hrtf.Set) int64 { return 2 * 8 * int64(set.Len()) * int64(set.Taps()) }

func planHRTFBank(p *planner, n *node) {
	if !p.needFrames(n) {
		return
	}
	s := n.in[0].shape()
	set, ok := p.headSet(n, s.rate)
	if !ok {
		return
	}
	flat, err := set.Flat()
	if err != nil {
		n.fail(p, "set", "%v", err)
		return
	}
	channels := 2 * flat.Len()
	if channels > maxChannels {
		n.fail(p, "set", "%d directions are %d channels; a node may have %d", flat.Len(), channels, maxChannels)
		return
	}
	wide := s.channels == channels && channels > 2
	switch {
	case wide || s.channels == 1:
		n.needs = n.same
	case s.channels != 2:
		n.fail(p, "from", "%s has %d channels: want 1, 2, or %d for %d directions", n.in[0].from.name, s.channels, channels, flat.Len())
		return
	}
	order, err := hrtf.ParseOrder(n.text("order"))
	if err != nil {
		n.fail(p, "order", "%v", err)
		return
	}
	s.channels, s.cf = channels, nil
	n.out = []outPort{{shape: s}}
	n.local = true
	n.fixed, n.perChan = bytesOf(flat), firBytes(flat.Taps())
	n.build = func(in []stages.Node, r stages.Range) ([]stages.Node, error) {
		src := in[0].(stages.Stage)
		if wide { // of which a slice may have two channels, which are not two ears
			return one(filterbank.NewFIR(src, filterbank.FIRParams{Responses: flat.Responses(order), Channels: r}))
		}
		return one(hrtf.NewBank(src, hrtf.BankParams{Set: flat, Order: order, Channels: r}))
	}
}

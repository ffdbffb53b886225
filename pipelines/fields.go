package pipelines

import (
	"fmt"
	"math"
	"strconv"

	"hearpipe/units"
)

// fail reports a mistake in a field, or in the node as a whole, and gives the node up.
func (n *node) fail(p *planner, field, format string, args ...any) {
	n.broken = true
	if v := n.values[field]; v != nil && v.el != nil {
		p.add(v.el.mistake(format, args...))
		return
	}
	path := n.path
	if field != "" {
		path = join(path, field)
	}
	p.add(n.el.src.mistake(n.el.at, path, format, args...))
}

// has reports whether a field has a value, its default included.
func (n *node) has(field string) bool { return n.values[field] != nil }

// num is a quantity (SI, dB) or integer that has a value.
func (n *node) num(field string) float64 { return n.values[field].num }

// list is the values of a field, nil if it has none.
func (n *node) list(field string) []float64 {
	if v := n.values[field]; v != nil {
		return v.list
	}
	return nil
}

// text is the text of a field, "" if it has none.
func (n *node) text(field string) string {
	if v := n.values[field]; v != nil {
		return v.text
	}
	return ""
}

// within checks a quantity or every one of the values of a field against limits; open limits are not allowed
// themselves. A field without a value passes.
func (n *node) within(p *planner, field string, min, max float64, minOpen, maxOpen bool) bool {
	v := n.values[field]
	if v == nil || !v.ok {
		return v == nil
	}
	x := v.list
	if v.field.Kind != Values {
		x = []float64{v.num}
	}
	for i, y := range x {
		if y > min && y < max || y == min && !minOpen || y == max && !maxOpen {
			continue
		}
		where := ""
		if len(x) > 1 {
			where = fmt.Sprintf("channel %d: ", i)
		}
		n.fail(p, field, "%s%s: want %s", where, quantityText(y, v.field.Unit), limitText(min, max, minOpen, maxOpen, v.field.Unit))
		return false
	}
	return true
}

// limitText writes limits in words.
func limitText(min, max float64, minOpen, maxOpen bool, unit string) string {
	lo, hi := quantityText(min, unit), quantityText(max, unit)
	switch {
	case math.IsInf(max, 1) && maxOpen && minOpen && min == 0:
		return "a positive, finite value"
	case math.IsInf(max, 1) && minOpen:
		return "more than " + lo
	case math.IsInf(max, 1):
		return "at least " + lo
	case math.IsInf(min, -1):
		return map[bool]string{true: "less than ", false: "at most "}[maxOpen] + hi
	case minOpen && min == 0 && maxOpen:
		return "a positive value below " + hi
	case minOpen && !maxOpen:
		return "more than " + lo + ", at most " + hi
	}
	return fmt.Sprintf("%s to %s", lo, hi)
}

// quantityText writes an SI value with a sensible prefix: "22.05 kHz".
func quantityText(x float64, unit string) string {
	switch unit {
	case "", "1", "any":
		if x == math.Trunc(x) && math.Abs(x) < 1<<53 {
			return strconv.FormatInt(int64(x), 10)
		}
		return fmt.Sprintf("%g", x)
	case "dB":
		return fmt.Sprintf("%g dB", x)
	}
	if d, ok := unitDims[unit]; ok {
		return units.Quantity{Value: x, Dim: d}.String()
	}
	return fmt.Sprintf("%g %s", x, unit)
}

package expr

import (
	"math"
	"strconv"

	"hearpipe/units"
)

// number parses a number and the unit directly after it.
func (p *parser) number() (Node, error) {
	t := p.tok
	value, err := strconv.ParseFloat(t.text, 64)
	if err != nil {
		return nil, p.src.Errorf(t.start, t.end, "the number %s is too large for a float64 (at most about 1.8e308)", t.text)
	}
	n := &Number{span: p.here(), Text: t.text, Value: value}
	for i := 0; i < len(t.text); i++ {
		if !isDigit(t.text[i]) {
			n.Decimal = true
		}
	}
	if !n.Decimal && value <= 1<<53 {
		n.Type.Kind = Integer
	}
	n.Type.Any = value == 0
	if err := p.advance(); err != nil {
		return nil, err
	}
	u := p.tok
	if u.kind != tokenName || isKeyword(u.text) {
		return n, nil
	}
	n.end, n.Unit = u.end, u.text
	if u.text == "dB" {
		n.Type = Type{Kind: Decibel}
		return n, p.advance()
	}
	unit, ok := units.LookupSymbol(u.text)
	if !ok {
		return nil, p.src.Errorf(u.start, u.end, "%s", units.UnknownUnit(u.text))
	}
	n.Value = float64(value * unit.Value)
	if math.IsInf(n.Value, 0) {
		return nil, p.src.Errorf(n.start, n.end, "the number %s %s is too large for a float64", t.text, u.text)
	}
	n.Type = FloatType(unit.Dim)
	return n, p.advance()
}

// ParseDimension reads the unit of a variable, such as "volt", "1", "siemens/metre**2" or
// "second**(-.5)", in the bytes start..end of the source and returns its dimension. Names are those
// of units only; the error is an *Error.
func (s *Source) ParseDimension(start, end int) (units.Dimension, error) {
	n, err := s.Parse(start, end, Options{})
	if err != nil {
		return units.Dimension{}, err
	}
	v, err := EvalNode(n, &Scope{})
	if err != nil {
		return units.Dimension{}, err
	}
	q, ok := v.Quantity()
	if !ok {
		src, start, end := n.Span()
		return units.Dimension{}, src.Errorf(start, end, "expected a unit such as volt or 1, found %s", v.Type)
	}
	return q.Dim, nil
}

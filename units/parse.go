package units

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Parse reads a literal: a number, optionally followed by a unit, which may be joined by "*" and
// continued by "*" or "/" and further units with whole powers:
//
//	20*ms   3 nS   -60 mV   44.1 kHz   5   100ms   0.3 mS/cm2   1 volt**2/second
//
// An error names the text, what is wrong with it, what is allowed, and a near unit name if there is
// one. Levels ("60 dB") are not quantities; see ParseDecibel.
func Parse(text string) (Quantity, error) {
	rest := strings.TrimSpace(text)
	if rest == "" {
		return Quantity{}, fmt.Errorf("empty text, need a number with an optional unit, such as 20 ms")
	}
	n := numberLength(rest)
	if n == 0 {
		return Quantity{}, fmt.Errorf("%q: need a number with an optional unit, such as 20 ms", text)
	}
	value, err := strconv.ParseFloat(rest[:n], 64)
	if err != nil {
		return Quantity{}, fmt.Errorf("%q: the number %s is too large for a float64", text, rest[:n])
	}
	q := Number(value)
	rest = strings.TrimSpace(rest[n:])
	divide := false
	for first := true; rest != ""; first = false {
		switch {
		case strings.HasPrefix(rest, "**"):
			return Quantity{}, fmt.Errorf("%q: a power belongs to a unit, such as volt**2", text)
		case rest[0] == '*' || rest[0] == '/':
			divide = rest[0] == '/'
			rest = strings.TrimSpace(rest[1:])
		case !first:
			return Quantity{}, fmt.Errorf("%q: expected * or / before %q", text, rest)
		}
		var unit Quantity
		unit, rest, err = parseUnit(text, rest)
		if err != nil {
			return Quantity{}, err
		}
		if divide {
			q = q.Div(unit)
		} else {
			q = q.Mul(unit)
		}
	}
	if !q.Dim.Valid() {
		return Quantity{}, fmt.Errorf("%q: powers of units out of range", text)
	}
	return q, nil
}

// parseUnit reads one unit name with an optional whole power from the start of rest.
func parseUnit(text, rest string) (Quantity, string, error) {
	n := strings.IndexFunc(rest, func(r rune) bool { return !unicode.IsLetter(r) && r != '_' && r != '\u2126' })
	for n > 0 && n < len(rest) && isDigit(rest[n]) {
		n++
	}
	if n < 0 {
		n = len(rest)
	}
	name := rest[:n]
	if n == 0 {
		return Quantity{}, "", fmt.Errorf("%q: expected the name of a unit, such as ms, mV or kHz", text)
	}
	if name == "dB" {
		return Quantity{}, "", fmt.Errorf("%q: a level in dB is not allowed here, need a number with an optional unit", text)
	}
	unit, ok := LookupSymbol(name)
	if !ok {
		return Quantity{}, "", fmt.Errorf("%q: %s", text, UnknownUnit(name))
	}
	rest = strings.TrimSpace(rest[n:])
	if power, found := strings.CutPrefix(rest, "**"); found {
		power = strings.TrimSpace(power)
		n := 0
		for n < len(power) && (isDigit(power[n]) || n == 0 && power[n] == '-') {
			n++
		}
		p, err := strconv.Atoi(power[:n])
		if err != nil || p < -9 || p > 9 {
			return Quantity{}, "", fmt.Errorf("%q: the power of %s must be a whole number from -9 to 9", text, name)
		}
		base := unit
		unit = Number(1)
		for range max(p, -p) {
			unit = unit.Mul(base)
		}
		if p < 0 {
			unit = Number(1).Div(unit)
		}
		rest = strings.TrimSpace(power[n:])
	}
	return unit, rest, nil
}

// UnknownUnit returns the message for a unit name that does not exist, with suggestions if some
// name is near.
func UnknownUnit(name string) string {
	near := Suggest(name)
	if near == nil {
		return fmt.Sprintf("unknown unit %q (units are s, ms, Hz, kHz, V, mV, nA, nS, pF, Pa, ... and long names such as mvolt)", name)
	}
	return fmt.Sprintf("unknown unit %q (did you mean %s?)", name, strings.Join(near, " or "))
}

// numberLength returns the length of the decimal number with optional sign, fraction and exponent
// at the start of s, 0 when there is none. An "e" that is not followed by digits is not part of it.
func numberLength(s string) int {
	i := 0
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		i++
	}
	digits := 0
	for i < len(s) && isDigit(s[i]) {
		i++
		digits++
	}
	if i < len(s) && s[i] == '.' {
		i++
		for i < len(s) && isDigit(s[i]) {
			i++
			digits++
		}
	}
	if digits == 0 {
		return 0
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		j := i + 1
		if j < len(s) && (s[j] == '-' || s[j] == '+') {
			j++
		}
		if j < len(s) && isDigit(s[j]) {
			for j < len(s) && isDigit(s[j]) {
				j++
			}
			i = j
		}
	}
	return i
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

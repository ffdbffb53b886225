package equations

import (
	"slices"
	"strings"
	"unicode"
)

// flag is one of the words in parentheses after a unit.
type flag struct {
	words string
	in    []Context // where it may stand
	kinds []Kind    // with what
	field func(*Flags) *bool
	// without is a flag that excludes it.
	without string
}

// everywhere is for flags of groups and of synapses.
var everywhere = []Context{OfCells, OfSynapses}

// flagTable lists all flags, in the order in which they are printed.
var flagTable = []flag{
	{words: "unless refractory", in: []Context{OfCells}, kinds: []Kind{Differential}, field: func(f *Flags) *bool { return &f.UnlessRefractory }},
	{words: "event-driven", in: []Context{OfSynapses}, kinds: []Kind{Differential}, field: func(f *Flags) *bool { return &f.EventDriven }},
	{words: "clock-driven", in: []Context{OfSynapses}, kinds: []Kind{Differential}, field: func(f *Flags) *bool { return &f.ClockDriven }, without: "event-driven"},
	{words: "constant", in: everywhere, kinds: []Kind{Parameter}, field: func(f *Flags) *bool { return &f.Constant }},
	{words: "shared", in: everywhere, kinds: []Kind{Parameter, Static}, field: func(f *Flags) *bool { return &f.Shared }},
	{words: "linked", in: []Context{OfCells}, kinds: []Kind{Parameter}, field: func(f *Flags) *bool { return &f.Linked }, without: "shared"},
	{words: "summed", in: []Context{OfSynapses}, kinds: []Kind{Static}, field: func(f *Flags) *bool { return &f.Summed }, without: "shared"},
}

// words lists the flags that are set.
func (f *Flags) words() []string {
	var list []string
	for k := range flagTable {
		if *flagTable[k].field(f) {
			list = append(list, flagTable[k].words)
		}
	}
	return list
}

// allowedFlags says which flags a definition may have.
func allowedFlags(kind Kind, in Context) string {
	what := [...]string{Differential: "a differential equation", Static: "a static equation", Parameter: "a parameter"}[kind]
	if in == OfSynapses {
		what += " of synapses"
	}
	var list []string
	for k := range flagTable {
		if f := &flagTable[k]; slices.Contains(f.in, in) && slices.Contains(f.kinds, kind) {
			list = append(list, "("+f.words+")")
		}
	}
	return what + " may have " + strings.Join(list, ", ")
}

// unitAndFlags reads what stands after the colon at the byte colon.
func (p *parser) unitAndFlags(q *Equation, colon, end int) error {
	start, end := p.trim(colon+1, end)
	if end > start && p.plain[end-1] == ')' {
		if open := p.open(start, end-1); open >= 0 && p.isFlags(start, open, end-1) {
			if err := p.flags(q, open+1, end-1); err != nil {
				return err
			}
			_, end = p.trim(start, open)
		}
	}
	if start >= end {
		return p.src.Errorf(colon, colon+1, "%s has no unit: write one after the colon, such as volt or 1", q.Name)
	}
	switch p.plain[start:end] {
	case "boolean", "bool", "integer", "string":
		return p.src.Errorf(start, end, "variables are real numbers: give %s a unit, such as volt or 1", q.Name)
	}
	var err error
	q.Dim, err = p.unit(start, end)
	return err
}

// open is the offset of the parenthesis that the one at closing closes, -1 if there is none.
func (p *parser) open(start, closing int) int {
	depth := 0
	for i := closing; i >= start; i-- {
		switch p.plain[i] {
		case ')':
			depth++
		case '(':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// isFlags tells a list of flags from parentheses that belong to the unit, as in second**(-.5) or volt/(metre*second).
func (p *parser) isFlags(start, open, closing int) bool {
	_, before := p.trim(start, open)
	if before > start && strings.IndexByte("*/", p.plain[before-1]) >= 0 {
		return false
	}
	if before == start {
		return false
	}
	for _, r := range p.plain[open+1 : closing] {
		if r != '_' && r != ',' && r != '-' && !unicode.IsLetter(r) && !unicode.IsSpace(r) {
			return false
		}
	}
	return true
}

// flags reads a list of flags.
func (p *parser) flags(q *Equation, start, end int) error {
	for start <= end {
		stop := end
		if i := strings.IndexByte(p.plain[start:end], ','); i >= 0 {
			stop = start + i
		}
		lo, hi := p.trim(start, stop)
		words := strings.Join(strings.Fields(p.plain[lo:hi]), " ")
		k := slices.IndexFunc(flagTable, func(f flag) bool {
			return f.words == words && slices.Contains(f.in, p.in) && slices.Contains(f.kinds, q.Kind)
		})
		if k < 0 {
			if words == "" {
				words = "nothing"
			}
			return p.src.Errorf(lo, max(hi, lo+1), "unknown flag for %s: %s; %s", q.Name, words, allowedFlags(q.Kind, p.in))
		}
		*flagTable[k].field(&q.Flags) = true
		for i := range flagTable {
			f := &flagTable[i]
			if f.without != "" && *f.field(&q.Flags) && slices.Contains(q.Flags.words(), f.without) {
				return p.src.Errorf(lo, hi, "%s cannot be both (%s) and (%s)", q.Name, f.without, f.words)
			}
		}
		start = stop + 1
	}
	return nil
}

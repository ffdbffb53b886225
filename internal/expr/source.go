package expr

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Source is a text in which expressions stand, and where that text itself stands, so that errors
// name the right line and column of a file. A Source is immutable after its first use.
type Source struct {
	// Name is the file, empty for none. It is printed before the line: "net.yaml: line 3, ...".
	Name string
	// Text is the whole text; a caller that parses an equation line itself gives ranges of it.
	Text string
	// Line is the number of the first line, counted from 1; 0 means 1.
	Line int
	// Column is how many columns stand before the text on its first line.
	Column int
	// Indent is how many columns stand before the text on each later line (a YAML block).
	Indent int
}

// NewSource returns a source without a file around it.
func NewSource(text string) *Source { return &Source{Text: text} }

// Position returns the line and the column, both counted from 1, of a byte offset. Columns count
// characters.
func (s *Source) Position(offset int) (line, column int) {
	offset = min(max(offset, 0), len(s.Text))
	before := s.Text[:offset]
	breaks := strings.Count(before, "\n")
	start := strings.LastIndexByte(before, '\n') + 1
	column = utf8.RuneCountInString(before[start:]) + 1
	if breaks == 0 {
		column += s.Column
	} else {
		column += s.Indent
	}
	return max(s.Line, 1) + breaks, column
}

// lineAt returns the line of the text around offset and the offset of its first byte.
func (s *Source) lineAt(offset int) (text string, start int) {
	offset = min(max(offset, 0), len(s.Text))
	start = strings.LastIndexByte(s.Text[:offset], '\n') + 1
	end := len(s.Text)
	if i := strings.IndexByte(s.Text[start:], '\n'); i >= 0 {
		end = start + i
	}
	return strings.TrimSuffix(s.Text[start:end], "\r"), start
}

// Errorf returns an error about the bytes start..end of the text. A nil Source, that of a node which
// was not parsed, counts as an empty text.
func (s *Source) Errorf(start, end int, format string, args ...any) *Error {
	if s == nil {
		s = &Source{}
	}
	line, column := s.Position(start)
	text, first := s.lineAt(start)
	start = min(max(start, 0), len(s.Text))
	caret := min(start-first, len(text))
	width := 1
	if end > start {
		width = max(1, utf8.RuneCountInString(text[caret:min(max(end-first, caret), len(text))]))
	}
	return &Error{
		Name:   s.Name,
		Line:   line,
		Column: column,
		Width:  width,
		Msg:    fmt.Sprintf(format, args...),
		Text:   text,
		caret:  caret,
	}
}

// Error is a mistake in a text, with its place.
type Error struct {
	Name   string // file, empty for none
	Line   int    // counted from 1
	Column int    // counted from 1, in characters
	Width  int    // how many characters are wrong, at least 1
	Msg    string // what is wrong and what is allowed, without the place
	Text   string // the line of the text

	caret int // byte offset of the place in Text
}

// Error prints the place, the message, the line of the text and a caret under the place:
//
//	line 1, column 8: cannot subtract El (s) from V (m^2 kg s^-3 A^-1)
//	    dV/dt=-(V-El)/tau
//	            ^~~~
func (e *Error) Error() string {
	var b strings.Builder
	if e.Name != "" {
		b.WriteString(e.Name + ": ")
	}
	fmt.Fprintf(&b, "line %d, column %d: %s\n    %s\n    ", e.Line, e.Column, e.Msg, e.Text)
	for _, r := range e.Text[:min(e.caret, len(e.Text))] {
		// A tab stays a tab so that the caret stands under its place at any tab width.
		if r == '\t' {
			b.WriteByte('\t')
		} else {
			b.WriteByte(' ')
		}
	}
	b.WriteString("^" + strings.Repeat("~", e.Width-1))
	return b.String()
}

// Errors is a list of mistakes, in the order of the text; it is never empty when returned.
type Errors []*Error

// Error prints all mistakes, separated by line breaks.
func (e Errors) Error() string {
	parts := make([]string, len(e))
	for i, one := range e {
		parts[i] = one.Error()
	}
	return strings.Join(parts, "\n")
}

// Unwrap gives errors.As and errors.Is access to the single mistakes.
func (e Errors) Unwrap() []error {
	list := make([]error, len(e))
	for i, one := range e {
		list[i] = one
	}
	return list
}

package expr

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokenKind is the kind of a token.
type tokenKind uint8

const (
	tokenEnd     tokenKind = iota // end of the text
	tokenNumber                   // 3, .5, 1e-3
	tokenName                     // identifier or keyword
	tokenParam                    // $name, text without the $
	tokenString                   // 'text', text without the quotes
	tokenOp                       // operator or punctuation
	tokenNewline                  // end of a statement: line break outside parentheses, or ;
)

// token is a word of the text.
type token struct {
	kind       tokenKind
	text       string
	start, end int // offsets in the source
	// spaced tells that white space or a comment stands before the token.
	spaced bool
}

// lexer cuts a part of a source into tokens.
type lexer struct {
	src        *Source
	at, end    int
	depth      int  // open parentheses and brackets
	statements bool // line breaks outside parentheses end a statement
}

// operators, longer ones first.
var operators = []string{
	"**", "//", "<=", ">=", "==", "!=", "+=", "-=", "*=", "/=",
	"+", "-", "*", "/", "%", "<", ">", "=", "(", ")", "[", "]", ",",
}

// foreign are operators of other languages, with the advice that helps.
var foreign = []struct{ text, advice string }{
	{"&&", "use and"},
	{"||", "use or"},
	{"&", "use and"},
	{"|", "use or"},
	{"^", "use ** for powers"},
	{"!", "use not"},
	{"~", "use not"},
	{"?", "use where(condition, a, b)"},
	{"{", "use ( ) or [ ]"},
	{":", "a unit or a slice is not part of an expression"},
}

// next returns the next token.
func (l *lexer) next() (token, error) {
	spaced := false
	text := l.src.Text
	for l.at < l.end {
		c := text[l.at]
		switch {
		case c == ' ' || c == '\t' || c == '\r':
			l.at++
		case c == '#':
			n := strings.IndexByte(text[l.at:l.end], '\n')
			if n < 0 {
				n = l.end - l.at
			}
			l.at += n
		case c == '\\':
			rest := strings.TrimLeft(text[l.at+1:l.end], " \t\r")
			if rest != "" && rest[0] != '\n' {
				return token{}, l.src.Errorf(l.at, l.at+1, `a backslash continues a line and must be the last character of it`)
			}
			l.at = l.end - len(rest)
			if rest != "" {
				l.at++
			}
		case c == '\n' && (!l.statements || l.depth > 0):
			l.at++
		case c == '\n' || c == ';' && l.statements:
			l.at++
			return token{tokenNewline, text[l.at-1 : l.at], l.at - 1, l.at, spaced}, nil
		default:
			return l.word(spaced)
		}
		spaced = true
	}
	return token{tokenEnd, "", l.end, l.end, spaced}, nil
}

// word returns the token that starts at l.at, which is not white space.
func (l *lexer) word(spaced bool) (token, error) {
	text := l.src.Text[:l.end]
	start := l.at
	take := func(kind tokenKind, n int) (token, error) {
		l.at = start + n
		return token{kind, text[start:l.at], start, l.at, spaced}, nil
	}
	c := text[start]
	if isDigit(c) || c == '.' && start+1 < l.end && isDigit(text[start+1]) {
		return take(tokenNumber, numberLength(text[start:]))
	}
	if n := identifierLength(text[start:]); n > 0 {
		return take(tokenName, n)
	}
	if c == '$' {
		n := identifierLength(text[start+1:])
		if n == 0 {
			return token{}, l.src.Errorf(start, start+1, "$ must be followed by the name of a parameter")
		}
		t, err := take(tokenParam, n+1)
		t.text = t.text[1:]
		return t, err
	}
	if c == '\'' || c == '"' {
		n := strings.IndexByte(text[start+1:], c)
		if n < 0 || strings.ContainsRune(text[start+1:start+1+n], '\n') {
			return token{}, l.src.Errorf(start, start+1, "this string does not end on its line")
		}
		t, err := take(tokenString, n+2)
		t.text = t.text[1 : 1+n]
		return t, err
	}
	for _, op := range operators {
		if strings.HasPrefix(text[start:], op) {
			switch op {
			case "(", "[":
				l.depth++
			case ")", "]":
				l.depth = max(0, l.depth-1)
			}
			return take(tokenOp, len(op))
		}
	}
	for _, f := range foreign {
		if strings.HasPrefix(text[start:], f.text) {
			return token{}, l.src.Errorf(start, start+len(f.text), "unexpected %s (%s)", f.text, f.advice)
		}
	}
	r, n := utf8.DecodeRuneInString(text[start:])
	if r == utf8.RuneError && n <= 1 {
		return token{}, l.src.Errorf(start, start+1, "the text is not valid UTF-8 here")
	}
	return token{}, l.src.Errorf(start, start+n, "unexpected character %q", r)
}

// identifierLength returns the length in bytes of the identifier at the start of s: letters (of any
// script), digits and underscores, not starting with a digit; 0 when there is none.
func identifierLength(s string) int {
	for i, r := range s {
		if r == '_' || unicode.IsLetter(r) || i > 0 && unicode.IsDigit(r) {
			continue
		}
		return i
	}
	return len(s)
}

// numberLength returns the length of the unsigned decimal number at the start of s, which begins
// with a digit or with a point before a digit. An "e" without digits after it is not part of it.
func numberLength(s string) int {
	i := 0
	digits := func() {
		for i < len(s) && isDigit(s[i]) {
			i++
		}
	}
	digits()
	if i < len(s) && s[i] == '.' {
		i++
		digits()
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		j := i
		i++
		if i < len(s) && (s[i] == '-' || s[i] == '+') {
			i++
		}
		if i == len(s) || !isDigit(s[i]) {
			return j
		}
		digits()
	}
	return i
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

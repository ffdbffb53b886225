package broker

import (
	"errors"
	"fmt"
	"strings"
)

// DefaultPrefix is what subjects begin with unless something else is asked for.
const DefaultPrefix = "hearpipe"

// maxSubject is the largest length of a subject that we make [bytes]. Servers take more, but refuse long lines.
const maxSubject = 255

// Subject names a stream: <prefix>.<pipeline>.<node>.<kind>.
type Subject struct {
	Prefix   string // one or more tokens with dots between them (default "hearpipe")
	Pipeline string // one token
	Node     string // one token
}

// What the last token of a subject says.
const (
	kindInfo    = "info"
	kindControl = "control"
)

// Check refuses what is no subject; the error names the token and what is allowed.
func (s Subject) Check() error {
	_, err := s.of("spikes")
	return err
}

// of is the subject of that kind.
func (s Subject) of(kind string) (string, error) {
	if s.Prefix == "" {
		s.Prefix = DefaultPrefix
	}
	for _, part := range append(strings.Split(s.Prefix, "."), s.Pipeline, s.Node) {
		if err := checkToken(part); err != nil {
			return "", fmt.Errorf("subject %s.%s.%s.%s: %w", s.Prefix, s.Pipeline, s.Node, kind, err)
		}
	}
	subject := strings.Join([]string{s.Prefix, s.Pipeline, s.Node, kind}, ".")
	if len(subject) > maxSubject {
		return "", fmt.Errorf("subject %.40s… has %d characters; want at most %d", subject, len(subject), maxSubject)
	}
	return subject, nil
}

// ControlSubject is where a running pipeline answers requests: <prefix>.<pipeline>.control.
func ControlSubject(prefix, pipeline string) (string, error) {
	if prefix == "" {
		prefix = DefaultPrefix
	}
	for _, part := range append(strings.Split(prefix, "."), pipeline) {
		if err := checkToken(part); err != nil {
			return "", fmt.Errorf("subject %s.%s.%s: %w", prefix, pipeline, kindControl, err)
		}
	}
	return strings.Join([]string{prefix, pipeline, kindControl}, "."), nil
}

func checkToken(token string) error {
	if token == "" {
		return errors.New("a token is empty; want letters, digits, - and _")
	}
	for _, r := range token {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' {
			return fmt.Errorf("%q has the character %q; a token has letters (a to z), digits, - and _", token, r)
		}
	}
	return nil
}

// CheckPattern refuses what is no subject to subscribe to. Wildcards are * for one token and > for all that follow. The
// error says what is wrong: a server would accept a malformed pattern, and nothing would ever arrive.
func CheckPattern(pattern string) error {
	if pattern == "" {
		return errors.New("the subject is empty; want one such as hearpipe.*.*.spikes")
	}
	if len(pattern) > maxSubject {
		return fmt.Errorf("subject %.40s… has %d characters; want at most %d", pattern, len(pattern), maxSubject)
	}
	tokens := strings.Split(pattern, ".")
	for i, token := range tokens {
		switch {
		case token == "*" || token == ">" && i == len(tokens)-1:
		case token == ">":
			return fmt.Errorf("subject %s: > stands for all that follows and must be last", pattern)
		default:
			if err := checkToken(token); err != nil {
				return fmt.Errorf("subject %s: %w; or the wildcards * and >", pattern, err)
			}
		}
	}
	return nil
}

// Token turns the name of a node's output into a token of a subject: cochlea.control becomes cochlea-control.
func Token(name string) string { return strings.ReplaceAll(name, ".", "-") }

// subjectParts splits the subject of a stream into the pipeline and the node, "" if it is none.
func subjectParts(subject string) (pipeline, node string) {
	t := strings.Split(subject, ".")
	if len(t) < 4 {
		return "", ""
	}
	return t[len(t)-3], t[len(t)-2]
}

//go:build linux

package devices

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jfreymuth/pulse/proto"
)

// session is a connection to a sound server. The library's own way to connect is not used: it crashes if the server hangs up
// while it connects, and says nothing if the connection fails in another way than by its end.
type session struct {
	c    *proto.Client
	conn net.Conn
	done chan struct{} // the goroutine that reads has ended
}

const (
	answerTime  = 5 * time.Second
	defaultPort = "4713"
)

// connect connects to the server that PULSE_SERVER names, else to that of the user. hear is told what the server says of its own
// accord, and of the end of the connection, on one goroutine; nil hears nothing.
func connect(hear func(message any)) (*session, error) {
	var errs []error
	for _, a := range servers() {
		conn, err := net.DialTimeout(a.network, a.address, answerTime)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		s, err := converse(conn, hear)
		if err == nil {
			return s, nil
		}
		errs = append(errs, fmt.Errorf("%s: %w", a.address, err))
	}
	if len(errs) == 0 {
		return nil, errors.New("there is no sound server (PulseAudio or PipeWire): PULSE_SERVER names none that can be reached from here")
	}
	return nil, fmt.Errorf("there is no sound server (PulseAudio or PipeWire): %w", inOneLine(errs))
}

// converse introduces the program to a server.
func converse(conn net.Conn, hear func(message any)) (*session, error) {
	s := &session{c: &proto.Client{}, conn: conn, done: make(chan struct{})}
	s.c.Callback = func(message any) {
		if hear != nil {
			hear(message)
		}
		if _, ok := message.(*proto.ConnectionClosed); ok {
			close(s.done)
		}
	}
	s.c.SetTimeout(answerTime)
	s.c.Open(ending{conn})
	var reply proto.AuthReply
	err := s.c.Request(&proto.Auth{Version: s.c.Version(), Cookie: cookie()}, &reply)
	if err == nil {
		s.c.SetVersion(reply.Version)
		err = s.c.Request(&proto.SetClientName{Props: proto.PropList{"application.name": proto.PropListString("pipe")}}, &proto.SetClientNameReply{})
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// close ends the connection and waits for its goroutine.
func (s *session) close() {
	s.conn.Close()
	<-s.done
}

// ending turns every failure to read into an end, which alone the library tells of.
type ending struct{ net.Conn }

// Read implements io.Reader.
func (e ending) Read(b []byte) (int, error) {
	n, err := e.Conn.Read(b)
	if err != nil {
		err = io.EOF
	}
	return n, err
}

// address is where a server listens.
type address struct{ network, address string }

// servers lists where to look for a server.
func servers() []address {
	if text, ok := os.LookupEnv("PULSE_SERVER"); ok {
		return parseServers(text)
	}
	var list []address
	for _, dir := range []string{os.Getenv("XDG_RUNTIME_DIR"), fmt.Sprintf("/run/user/%d", os.Getuid()), "/run"} {
		if dir != "" {
			list = append(list, address{"unix", filepath.Join(dir, "pulse/native")})
		}
	}
	return list
}

// parseServers reads the form of PULSE_SERVER: words such as unix:/path, /path, tcp:host:port or host, each perhaps after the {name}
// of the machine it is for.
func parseServers(text string) []address {
	var list []address
	name, _ := os.Hostname()
	for _, word := range strings.Fields(text) {
		if host, rest, ok := strings.Cut(strings.TrimPrefix(word, "{"), "}"); ok && word[0] == '{' {
			if host != name {
				continue
			}
			word = rest
		}
		network, where, ok := strings.Cut(word, ":")
		switch {
		case strings.HasPrefix(word, "/"):
			list = append(list, address{"unix", word})
		case ok && network == "unix":
			list = append(list, address{"unix", where})
		case ok && (network == "tcp" || network == "tcp4" || network == "tcp6"):
			list = append(list, address{network, withPort(where)})
		case word != "":
			list = append(list, address{"tcp", withPort(word)})
		}
	}
	return list
}

func withPort(host string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), defaultPort)
}

// cookie is the password of the user's server. One that lets everybody in takes zeros.
func cookie() []byte {
	home, _ := os.UserHomeDir()
	for _, path := range []string{os.Getenv("PULSE_COOKIE"), filepath.Join(home, ".config/pulse/cookie"), filepath.Join(home, ".pulse-cookie")} {
		if text, err := os.ReadFile(path); err == nil && len(text) == 256 {
			return text
		}
	}
	return make([]byte, 256)
}

package broker

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// ServerParams describes a server in this process.
type ServerParams struct {
	Host  string // where it listens (default 127.0.0.1: this machine only)
	Port  int    // 0 is any free one
	Token string // what clients must show (default: a random one)
	Store string // folder for what JetStream keeps; "" runs without JetStream
	Note  string // folder for the file that tells subscribers of this user where the server is; "" writes none
}

// Server is a NATS server in this process.
type Server struct {
	s     *server.Server
	token string
	note  string
}

// serverStart bounds how long a server may take to begin.
const serverStart = 5 * time.Second

// StartServer starts a server. Who has the token may publish and subscribe; nobody else gets in.
func StartServer(p ServerParams) (*Server, error) {
	if p.Host == "" {
		p.Host = "127.0.0.1"
	}
	if p.Port < 0 || p.Port > 65535 {
		return nil, fmt.Errorf("nats server: port %d: want 1 to 65535, or 0 for any", p.Port)
	}
	// The server would try for as long as it may take to begin, and not say why.
	probe, err := net.Listen("tcp", net.JoinHostPort(p.Host, strconv.Itoa(p.Port)))
	if err != nil {
		return nil, fmt.Errorf("nats server: %w", err)
	}
	probe.Close()
	if p.Port == 0 {
		p.Port = server.RANDOM_PORT
	}
	if p.Store != "" {
		if err := usable(p.Store); err != nil {
			return nil, err
		}
	}
	if p.Token == "" {
		var b [16]byte
		rand.Read(b[:]) // never fails
		p.Token = hex.EncodeToString(b[:])
	}
	s, err := server.NewServer(&server.Options{
		ServerName: "hearpipe", Host: p.Host, Port: p.Port, Authorization: p.Token, NoLog: true, NoSigs: true, MaxControlLine: 4096,
		JetStream: p.Store != "", StoreDir: p.Store, NoSystemAccount: true,
	})
	if err != nil {
		return nil, fmt.Errorf("nats server: %w", err)
	}
	s.Start()
	if !s.ReadyForConnections(serverStart) {
		s.Shutdown()
		s.WaitForShutdown()
		return nil, fmt.Errorf("nats server: not ready within %v", serverStart)
	}
	srv := &Server{s: s, token: p.Token}
	if p.Store != "" && !s.JetStreamEnabled() {
		srv.Close()
		return nil, fmt.Errorf("nats server: JetStream cannot use the folder %s", p.Store)
	}
	if p.Note != "" {
		if err := srv.announce(p.Note); err != nil {
			srv.Close()
			return nil, err
		}
	}
	return srv, nil
}

// usable makes sure that a folder is there and can be written to.
func usable(folder string) error {
	err := os.MkdirAll(folder, 0o700)
	var f *os.File
	if err == nil {
		f, err = os.CreateTemp(folder, ".hearpipe-*")
	}
	if err == nil {
		err = errors.Join(f.Close(), os.Remove(f.Name()))
	}
	if err != nil {
		return fmt.Errorf("nats server: the folder for what JetStream keeps cannot be used: %w", err)
	}
	return nil
}

// Address is where the server listens, without the token: nats://127.0.0.1:40123.
func (s *Server) Address() string { return s.s.ClientURL() }

// Token is what clients must show.
func (s *Server) Token() string { return s.token }

// URL is the address with the token, for the command line of a subscriber.
func (s *Server) URL() string {
	return strings.Replace(s.Address(), "://", "://"+s.token+"@", 1)
}

// Note is the path of the file that tells subscribers where the server is, "" if there is none.
func (s *Server) Note() string { return s.note }

// Connect connects to the server without a socket.
func (s *Server) Connect(ctx context.Context) (*Conn, error) {
	return Connect(ctx, ConnectParams{Token: s.token, inProcess: s.s})
}

// AwaitSubscriber waits until somebody is subscribed to a subject.
func (s *Server) AwaitSubscriber(ctx context.Context, subject string) error {
	for {
		subs, err := s.s.Subsz(&server.SubszOptions{Subscriptions: true, Test: subject})
		if err != nil {
			return fmt.Errorf("nats server: %w", err)
		}
		if subs.Total > 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// Drain waits until subscribers have taken what the server has for them, for that time at most.
func (s *Server) Drain(limit time.Duration) {
	for end := time.Now().Add(limit); time.Now().Before(end) && s.pending(); {
		time.Sleep(5 * time.Millisecond)
	}
}

// pending says whether something is on its way to a subscriber.
func (s *Server) pending() bool {
	conns, err := s.s.Connz(&server.ConnzOptions{})
	if err != nil {
		return false
	}
	for _, c := range conns.Conns {
		if c.Pending > 0 {
			return true
		}
	}
	if !s.s.JetStreamEnabled() {
		return false
	}
	info, err := s.s.Jsz(&server.JSzOptions{Accounts: true, Streams: true, Consumer: true})
	if err != nil {
		return false
	}
	for _, a := range info.AccountDetails {
		for _, st := range a.Streams {
			for _, c := range st.Consumer {
				if c.NumPending > 0 {
					return true
				}
			}
		}
	}
	return false
}

// Close ends the server and removes its note. What JetStream has kept stays.
func (s *Server) Close() {
	if s.note != "" {
		os.Remove(s.note)
	}
	s.s.Shutdown()
	s.s.WaitForShutdown()
}

// note is what the file says.
type note struct {
	URL   string `json:"url"`
	Token string `json:"token"`
	PID   int    `json:"pid"`
}

const noteSuffix = ".nats.json"

// announce writes the note: readable by this user only, and there from the first byte with these rights.
func (s *Server) announce(folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("nats server: %w", err)
	}
	text, err := json.Marshal(note{s.Address(), s.token, os.Getpid()})
	if err != nil {
		return err
	}
	port := s.Address()[strings.LastIndex(s.Address(), ":")+1:]
	path := filepath.Join(folder, fmt.Sprintf("%d-%s%s", os.Getpid(), port, noteSuffix))
	os.Remove(path)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("nats server: %w", err)
	}
	_, err = f.Write(append(text, '\n'))
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(path)
		return fmt.Errorf("nats server: %w", err)
	}
	s.note = path
	return nil
}

// NoteFolder is where the notes of this user's servers lie.
func NoteFolder() string {
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		return filepath.Join(dir, "hearpipe")
	}
	if dir, err := os.UserCacheDir(); err == nil {
		return filepath.Join(dir, "hearpipe")
	}
	return filepath.Join(os.TempDir(), fmt.Sprintf("hearpipe-%d", os.Getuid()))
}

// FindServer returns the address and token of the youngest server that has left a note in the folder and still answers.
// Notes of servers whose port is closed are removed. The error says that there is none.
func FindServer(ctx context.Context, folder string) (ConnectParams, error) {
	paths, _ := filepath.Glob(filepath.Join(folder, "*"+noteSuffix))
	age := map[string]time.Time{}
	for _, p := range paths {
		if info, err := os.Stat(p); err == nil {
			age[p] = info.ModTime()
		}
	}
	sort.Slice(paths, func(i, j int) bool { return age[paths[i]].After(age[paths[j]]) })
	for _, path := range paths {
		var n note
		text, err := os.ReadFile(path)
		if err != nil || json.Unmarshal(text, &n) != nil {
			continue
		}
		p := ConnectParams{URL: n.URL, Token: n.Token}
		c, err := Connect(ctx, p)
		if err == nil {
			c.Close()
			return p, nil
		}
		if ctx.Err() != nil {
			return ConnectParams{}, ctx.Err()
		}
		if nobodyListens(ctx, n.URL) { // else it may be there and slow
			os.Remove(path)
		}
	}
	return ConnectParams{}, errors.New("nats: no pipeline of yours publishes on this machine now; name a server, as in --nats nats://127.0.0.1:4222")
}

// nobodyListens reports whether connections to an address are refused.
func nobodyListens(ctx context.Context, address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	c, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", u.Host)
	if err == nil {
		c.Close()
	}
	return errors.Is(err, syscall.ECONNREFUSED)
}

package view

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"hearpipe/internal/queue"
)

//go:embed assets
var assets embed.FS

// Params describe a server.
type Params struct {
	// Title is the heading of the page, such as the name of the pipeline.
	Title string
	// Token is what every request must carry; "" makes a random one of 128 bits.
	Token string
	// Hosts are further names by which the server may be called, such as "ear.example.org:8642"; the address it listens on,
	// localhost, 127.0.0.1 and [::1] with its port are always among them.
	Hosts []string
	// Parameters gives what the page shows as parameters, to be written as JSON; nil shows none.
	Parameters func() any
	// Change makes the change that a page asks for, a JSON object, and returns the answer, to be written as JSON; nil
	// refuses all. An error is shown on the page.
	Change func(ctx context.Context, text []byte) (any, error)
	// Pages are further pages by their path, such as "/metrics". They need the token too.
	Pages map[string]http.Handler
}

// Server serves the page of one run. Make its sinks before the run, and close it after.
type Server struct {
	p   Params
	hub *hub

	mu       sync.Mutex
	pictures []Picture
	hosts    []string
	http     *http.Server
	closing  bool
	sockets  sync.WaitGroup
	stop     context.CancelFunc
	life     context.Context
}

// New makes a server that does not listen yet.
func New(p Params) (*Server, error) {
	if p.Token == "" {
		b := make([]byte, 16)
		if _, err := rand.Read(b); err != nil {
			return nil, err
		}
		p.Token = base64.RawURLEncoding.EncodeToString(b)
	}
	s := &Server{p: p, hub: newHub()}
	s.life, s.stop = context.WithCancel(context.Background())
	return s, nil
}

// add numbers a picture.
func (s *Server) add(p Picture) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.Index = len(s.pictures)
	s.pictures = append(s.pictures, p)
	return p.Index
}

// relabel replaces the description of a picture.
func (s *Server) relabel(p Picture) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pictures[p.Index] = p
}

// watched reports whether any page is open.
func (s *Server) watched() bool { return s.hub.count.Load() > 0 }

// Watchers is how many pages are open.
func (s *Server) Watchers() int { return int(s.hub.count.Load()) }

// First is closed when the first page has come.
func (s *Server) First() <-chan struct{} { return s.hub.first }

// Lost is what pages did not take in time and was dropped: columns, with the frames they stand for.
func (s *Server) Lost() queue.Losses { return s.hub.lost() }

// Tell sends something to all pages as JSON: an object with a "type" that the page knows.
func (s *Server) Tell(v any) {
	if !s.watched() {
		return
	}
	if text, err := json.Marshal(v); err == nil {
		s.hub.tell(text)
	}
}

// Listen begins to serve at an address such as "127.0.0.1:8642", whose host is the loopback interface if it has none and
// whose port is any free one if it is 0, and returns the address of the page, token included.
func (s *Server) Listen(address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", fmt.Errorf("address %q: want HOST:PORT such as 127.0.0.1:8642: %w", address, err)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		return "", err
	}
	_, port, _ = net.SplitHostPort(l.Addr().String())
	for _, name := range []string{host, "localhost", "127.0.0.1", "::1"} {
		s.hosts = append(s.hosts, net.JoinHostPort(name, port))
	}
	s.hosts = append(s.hosts, s.p.Hosts...)
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 1 << 15}
	go s.http.Serve(l) // ends with Close
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port) + "/?token=" + url.QueryEscape(s.p.Token), nil
}

// Close sends what waits, ends all pages and stops to listen, within the time of ctx. Pages that have not taken what waits
// for them by then are cut off.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closing = true
	s.mu.Unlock()
	s.hub.close()
	done := make(chan struct{})
	go func() {
		s.sockets.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
	s.stop()
	<-done
	if s.http == nil {
		return nil
	}
	if err := s.http.Shutdown(ctx); err != nil {
		return s.http.Close()
	}
	return nil
}

// ServeHTTP checks and answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	switch {
	case !slices.ContainsFunc(s.hosts, func(name string) bool { return strings.EqualFold(name, r.Host) }):
		http.Error(w, "this server is not called "+r.Host, http.StatusMisdirectedRequest)
	case !s.ownOrigin(r):
		http.Error(w, "a page of another origin may not ask", http.StatusForbidden)
	case strings.HasPrefix(r.URL.Path, "/assets/"):
		// The same for everybody: no secret.
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.Error(w, "want GET", http.StatusMethodNotAllowed)
			return
		}
		http.FileServerFS(assets).ServeHTTP(w, r)
	case !s.authorised(r):
		http.Error(w, "the address of this page has a token that was printed when the run began; it is missing or wrong", http.StatusForbidden)
	default:
		s.answer(w, r)
	}
}

// authorised checks the token, in the address or as a bearer token.
func (s *Server) authorised(r *http.Request) bool {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		token = r.URL.Query().Get("token")
	}
	return subtle.ConstantTimeCompare([]byte(token), []byte(s.p.Token)) == 1
}

// ownOrigin refuses what pages of other origins ask; what is no page sends no origin.
func (s *Server) ownOrigin(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" && r.Header.Get("Sec-Fetch-Mode") != "navigate" {
		return false
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && strings.EqualFold(u.Host, r.Host)
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request) {
	method := func(want string) bool {
		if r.Method == want {
			return true
		}
		w.Header().Set("Allow", want)
		http.Error(w, "want "+want, http.StatusMethodNotAllowed)
		return false
	}
	switch r.URL.Path {
	case "/":
		if method(http.MethodGet) {
			page, err := fs.ReadFile(assets, "assets/index.html")
			if err != nil {
				panic("view: the page is missing")
			}
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write(page)
		}
	case "/ws":
		if method(http.MethodGet) {
			s.socket(w, r)
		}
	case "/api/parameters":
		if method(http.MethodGet) {
			s.parameters(w)
		}
	case "/api/set":
		if method(http.MethodPost) {
			s.set(w, r)
		}
	default:
		if h := s.p.Pages[r.URL.Path]; h != nil {
			h.ServeHTTP(w, r)
			return
		}
		for path, h := range s.p.Pages {
			if strings.HasSuffix(path, "/") && strings.HasPrefix(r.URL.Path, path) {
				h.ServeHTTP(w, r)
				return
			}
		}
		http.NotFound(w, r)
	}
}

func (s *Server) parameters(w http.ResponseWriter) {
	var list any
	if s.p.Parameters != nil {
		list = s.p.Parameters()
	}
	writeJSON(w, http.StatusOK, list)
}

// changeTimeout is how long a change may wait for the run to take it: blocks are shorter than that.
const changeTimeout = 5 * time.Second

// maxRequest bounds what a page may send.
const maxRequest = 1 << 16

func (s *Server) set(w http.ResponseWriter, r *http.Request) {
	fail := func(status int, err error) { writeJSON(w, status, map[string]string{"error": err.Error()}) }
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		fail(http.StatusRequestEntityTooLarge, err)
		return
	}
	if s.p.Change == nil {
		fail(http.StatusForbidden, errors.New("this run cannot be changed"))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), changeTimeout)
	defer cancel()
	answer, err := s.p.Change(ctx, text)
	if err != nil {
		fail(http.StatusConflict, err)
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a client that went away does not matter
}

// greeting is the first message that a page gets.
type greeting struct {
	Type     string    `json:"type"` // hello
	Title    string    `json:"title"`
	Pictures []Picture `json:"pictures"`
	FloorDB  float64   `json:"floor"` // level of a byte of 0 [dB]
	Steps    float64   `json:"steps"` // per dB
}

func (s *Server) socket(w http.ResponseWriter, r *http.Request) {
	var page *page
	s.mu.Lock()
	hello, err := json.Marshal(greeting{"hello", s.p.Title, s.pictures, floorDB, stepsPerDB})
	if err == nil && !s.closing {
		page = s.hub.join(hello)
	}
	if page != nil {
		s.sockets.Add(1)
		defer s.sockets.Done()
		defer s.hub.leave(page)
	}
	s.mu.Unlock()
	if page == nil {
		http.Error(w, "too many pages, or the run has ended", http.StatusServiceUnavailable)
		return
	}
	c, err := websocket.Accept(w, r, nil) // which checks the origin once more
	if err != nil {
		return
	}
	defer c.CloseNow()
	ctx, cancel := context.WithCancel(s.life)
	defer cancel()
	gone := c.CloseRead(ctx)
	if err := page.run(gone, c); !errors.Is(err, io.EOF) {
		return
	}
	told := make(chan struct{})
	go func() {
		defer close(told)
		_ = c.Close(websocket.StatusNormalClosure, "the run has ended") // which waits for an answer
	}()
	select {
	case <-told:
	case <-s.life.Done():
	case <-time.After(goodbye):
	}
	c.CloseNow()
	<-told
}

// goodbye is how long a page may take to answer that the run has ended.
const goodbye = time.Second

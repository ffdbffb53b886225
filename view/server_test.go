package view

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// serving is a server that listens on a free port of the loopback interface.
func serving(t *testing.T, p Params) (*Server, *url.URL) {
	t.Helper()
	s, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	address, err := s.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return s, u
}

// request asks and returns status and body.
func request(t *testing.T, method string, u url.URL, path string, body string, header map[string]string) (int, string) {
	t.Helper()
	u.Path = path
	r, err := http.NewRequestWithContext(t.Context(), method, u.String(), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		if k == "Host" {
			r.Host = v
			continue
		}
		r.Header.Set(k, v)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return a.StatusCode, string(text)
}

func TestOnlyTheOneWithTheAddressGetsIn(t *testing.T) {
	_, u := serving(t, Params{
		Title:      "x",
		Hosts:      []string{"ear.example.org:80"},
		Parameters: func() any { return []string{"p"} },
		Change:     func(context.Context, []byte) (any, error) { return "changed", nil },
		Pages:      map[string]http.Handler{"/metrics": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "measures") })},
	})
	own := "http://" + u.Host
	none, wrong := *u, *u
	none.RawQuery, wrong.RawQuery = "", "token=wrong"
	for _, c := range []struct {
		what, method string
		u            url.URL
		path         string
		header       map[string]string
		status       int
		says         string
	}{
		{"page", "GET", *u, "/", nil, 200, "<!doctype html>"},
		{"script without token", "GET", none, "/assets/view.js", nil, 200, "WebSocket"},
		{"style", "GET", none, "/assets/view.css", nil, 200, "body"},
		{"no token", "GET", none, "/", nil, 403, "token"},
		{"wrong token", "GET", wrong, "/", nil, 403, "token"},
		{"bearer", "GET", none, "/metrics", map[string]string{"Authorization": "Bearer " + u.Query().Get("token")}, 200, "measures"},
		{"wrong bearer beside the right token", "GET", *u, "/metrics", map[string]string{"Authorization": "Bearer x"}, 403, "token"},
		{"other name", "GET", *u, "/", map[string]string{"Host": "evil.example.org"}, 421, "not called"},
		{"other port", "GET", *u, "/", map[string]string{"Host": "127.0.0.1:1"}, 421, "not called"},
		{"given name", "GET", *u, "/", map[string]string{"Host": "ear.example.org:80"}, 200, "<!doctype html>"},
		{"localhost", "GET", *u, "/api/parameters", map[string]string{"Host": "localhost:" + u.Port()}, 200, `["p"]`},
		{"own origin", "POST", *u, "/api/set", map[string]string{"Origin": own}, 200, "changed"},
		{"no origin", "POST", *u, "/api/set", nil, 200, "changed"},
		{"other origin", "POST", *u, "/api/set", map[string]string{"Origin": "http://evil.example.org"}, 403, "origin"},
		{"origin null", "POST", *u, "/api/set", map[string]string{"Origin": "null"}, 403, "origin"},
		{"another port's origin", "POST", *u, "/api/set", map[string]string{"Origin": "http://127.0.0.1:1"}, 403, "origin"},
		{"cross-site", "GET", *u, "/api/parameters", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403, "origin"},
		{"set by GET", "GET", *u, "/api/set", nil, 405, "want POST"},
		{"socket by POST", "POST", *u, "/ws", nil, 405, "want GET"},
		{"nothing there", "GET", *u, "/other", nil, 404, "not found"},
		{"out of assets", "GET", none, "/assets/../server.go", nil, 404, "not found"},
		{"writing assets", "POST", none, "/assets/view.js", nil, 405, "want GET"},
	} {
		status, text := request(t, c.method, c.u, c.path, "{}", c.header)
		if status != c.status || !strings.Contains(text, c.says) {
			t.Errorf("%s: %d %.100q, want %d with %q", c.what, status, text, c.status, c.says)
		}
	}
	socket := func(query string, origin string) error {
		c, _, err := websocket.Dial(t.Context(), "ws://"+u.Host+"/ws?"+query, &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {origin}}})
		if err == nil {
			c.CloseNow()
		}
		return err
	}
	if socket(u.RawQuery, own) != nil || socket("", own) == nil || socket(u.RawQuery, "http://evil.example.org") == nil {
		t.Error("a socket wants the token and an origin of its own")
	}
}

func TestTokensAreRandom(t *testing.T) {
	_, a := serving(t, Params{})
	_, b := serving(t, Params{})
	if x, y := a.Query().Get("token"), b.Query().Get("token"); len(x) < 22 || x == y {
		t.Errorf("tokens %q and %q", x, y)
	}
}

func TestWrongAddressIsAnError(t *testing.T) {
	for _, address := range []string{"nonsense", "127.0.0.1:99999", "256.1.1.1:0"} {
		s, err := New(Params{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Listen(address); err == nil {
			t.Errorf("%s: listens", address)
		}
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// dial opens a page's socket and reads the greeting.
func dial(t *testing.T, u *url.URL) *websocket.Conn {
	t.Helper()
	c, _, err := websocket.Dial(t.Context(), "ws://"+u.Host+"/ws?"+u.RawQuery, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.CloseNow() })
	_, text, err := c.Read(t.Context())
	var hello greeting
	if err != nil || json.Unmarshal(text, &hello) != nil || hello.Type != "hello" {
		t.Fatalf("%v: %s", err, text)
	}
	return c
}

func TestPageGetsEverythingUpToTheEnd(t *testing.T) {
	s, u := serving(t, Params{Title: "t"})
	bank := s.Bank(stagetest.NewSource(stagetest.Signal{Channels: 3, Frames: 8192}), "bank", nil)
	c := dial(t, u)
	<-s.First()
	if s.Watchers() != 1 {
		t.Errorf("%d pages", s.Watchers())
	}
	if _, err := stages.Run(t.Context(), stages.RunOptions{Workers: 1}, bank); err != nil {
		t.Fatal(err)
	}
	s.Tell(map[string]any{"type": "ended", "text": "over"})
	closed := make(chan error, 1)
	go func() { closed <- s.Close(t.Context()) }()
	columns, told := 0, ""
	for {
		kind, data, err := c.Read(t.Context())
		if err != nil {
			if websocket.CloseStatus(err) != websocket.StatusNormalClosure {
				t.Errorf("closed by %v", err)
			}
			break
		}
		if kind == websocket.MessageText {
			told = string(data)
			continue
		}
		columns += len(parse(t, data).columns)
	}
	if columns != 100 || !strings.Contains(told, `"ended"`) {
		t.Errorf("%d columns, then %q", columns, told)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if _, _, err := websocket.Dial(t.Context(), "ws://"+u.Host+"/ws?"+u.RawQuery, nil); err == nil {
		t.Error("a page came after the end")
	}
}

func TestPageThatDoesNotReadStopsNobody(t *testing.T) {
	before := runtime.NumGoroutine()
	s, u := serving(t, Params{})
	bank := s.Bank(stagetest.NewSource(stagetest.Signal{Channels: 256, Rate: 100, Frames: 60_000, Value: func(int64, int) float64 { return 1 }}), "bank", nil)
	dial(t, u) // and reads no more
	began := time.Now()
	if _, err := stages.Run(t.Context(), stages.RunOptions{Workers: 1, Block: 10}, bank); err != nil {
		t.Fatal(err)
	}
	if d := time.Since(began); d > 15*time.Second {
		t.Errorf("the run took %v", d)
	}
	lost := s.Lost()
	if lost.Count == 0 || len(lost.Ranges) == 0 || lost.Ranges[0].End <= lost.Ranges[0].Start {
		t.Errorf("lost %+v", lost)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began = time.Now()
	if err := s.Close(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if d := time.Since(began); d > 3*time.Second {
		t.Errorf("closing took %v", d)
	}
	if after := s.Lost(); after.Count < lost.Count {
		t.Errorf("the accounts say %d columns after the page has gone, %d before", after.Count, lost.Count)
	}
	http.DefaultClient.CloseIdleConnections()
	for range 100 {
		if runtime.NumGoroutine() <= before+3 { // those of the client, which is closed when the test ends
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

func TestChangesReachTheRunAndErrorsThePage(t *testing.T) {
	var asked string
	_, u := serving(t, Params{Change: func(ctx context.Context, text []byte) (any, error) {
		if _, ok := ctx.Deadline(); !ok {
			t.Error("a change may take for ever")
		}
		asked = string(text)
		if strings.Contains(asked, "bad") {
			return nil, errors.New("gain: want a number")
		}
		return map[string]int{"at": 7}, nil
	}})
	if status, text := request(t, "POST", *u, "/api/set", `{"set":{}}`, nil); status != 200 || text != "{\"at\":7}\n" || asked != `{"set":{}}` {
		t.Errorf("%d %s (%s)", status, text, asked)
	}
	if status, text := request(t, "POST", *u, "/api/set", `bad`, nil); status != 409 || text != "{\"error\":\"gain: want a number\"}\n" {
		t.Errorf("%d %s", status, text)
	}
	if status, _ := request(t, "POST", *u, "/api/set", strings.Repeat("x", 1<<17), nil); status != 413 {
		t.Errorf("a long request: %d", status)
	}
	_, u = serving(t, Params{})
	if status, text := request(t, "POST", *u, "/api/set", `{}`, nil); status != 403 || !strings.Contains(text, "cannot be changed") {
		t.Errorf("%d %s", status, text)
	}
	if status, text := request(t, "GET", *u, "/api/parameters", ``, nil); status != 200 || text != "null\n" {
		t.Errorf("%d %s", status, text)
	}
}

func TestNumberOfPagesIsBounded(t *testing.T) {
	s, _ := serving(t, Params{})
	var pages []*page
	for range maxPages {
		pages = append(pages, s.hub.join(nil))
	}
	if s.hub.join(nil) != nil {
		t.Error("one page too many was let in")
	}
	s.hub.leave(pages[0])
	if s.hub.join(nil) == nil {
		t.Error("there is room again, but not for a page")
	}
}

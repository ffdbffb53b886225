package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"hearpipe/sound/live/livetest"
)

// tuneable is a pipeline with parameters that may change, at 16 kHz, with an output that is easily compared.
const tuneable = `
name: tuneable
about: two tones, a bank and cells
params: {gain: 2, tau: 2 ms, n: 40, time: 3 s}
rate: 16 kHz
duration: $time
nodes:
  low:   {type: sound.tone, frequency: 500 Hz, amplitude: 0.03 Pa}
  high:  {type: sound.tone, frequency: 2 kHz, amplitude: 0.1 Pa}
  noise: {type: sound.whitenoise, sigma: 0.02 Pa, seed: 2}
  mix:   {type: stages.sum, from: [low, high, noise]}
  bank:  {type: filterbank.gammatone, from: mix, cf: "erbspace(100 Hz, 4 kHz, $n)"}
  ihc:   {type: filterbank.function, from: bank, expr: "$gain*clip(x, 0, inf)**(1/3)"}
  cells:
    type: neurons.group
    inputs: {I: ihc}
    equations: |
      dv/dt = (4*I-v)/$tau + 0.1*xi*(2/$tau)**.5 : 1
      I : 1
    threshold: v > 1
    reset: v = 0
    refractory: 2 ms
sinks:
  - {type: spikes, from: cells, path: cells.csv}
  - {type: frames, from: ihc, path: ihc.npy}
`

// shared is a buffer that several goroutines use.
type shared struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *shared) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// going is a command that goes on while a test looks at it.
type going struct {
	t              *testing.T
	signals        chan os.Signal
	stdout, stderr shared
	status         chan int
}

// start calls a command in the current folder, with a place of its own for notes.
func start(t *testing.T, args ...string) *going { return startWith(t, &app{}, args...) }

func startWith(t *testing.T, a *app, args ...string) *going {
	t.Helper()
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	g := &going{t: t, signals: make(chan os.Signal, 4), status: make(chan int, 1)}
	a.signals, a.stdin, a.stdout, a.stderr = g.signals, strings.NewReader(""), &g.stdout, &g.stderr
	go func() { g.status <- a.main(args) }()
	t.Cleanup(func() {
		select {
		case g.signals <- os.Interrupt:
		default:
		}
		select {
		case <-g.status:
		case <-time.After(20 * time.Second):
			t.Error("the command does not end")
		}
	})
	return g
}

// says waits until the command has written something that matches to standard error, and returns it.
func (g *going) says(pattern string) string {
	g.t.Helper()
	r := regexp.MustCompile(pattern)
	for range 2000 {
		if m := r.FindString(g.stderr.String()); m != "" {
			return m
		}
		select {
		case status := <-g.status:
			g.status <- status
			if m := r.FindString(g.stderr.String()); m != "" { // its last words
				return m
			}
			g.t.Fatalf("the command ends with %d and never says %s:\n%s", status, pattern, g.stderr.String())
		case <-time.After(10 * time.Millisecond):
		}
	}
	g.t.Fatalf("the command never says %s:\n%s", pattern, g.stderr.String())
	return ""
}

// page is the address that pipe serve prints.
func (g *going) page() *url.URL {
	g.t.Helper()
	u, err := url.Parse(g.says(`http://127\.0\.0\.1:\d+/\?token=\S+`))
	if err != nil {
		g.t.Fatal(err)
	}
	return u
}

// ends waits for the end.
func (g *going) ends(status int, says ...string) {
	g.t.Helper()
	select {
	case s := <-g.status:
		g.status <- s
		if s != status {
			g.t.Errorf("status %d, want %d:\n%s", s, status, g.stderr.String())
		}
	case <-time.After(20 * time.Second):
		g.t.Fatalf("the command does not end:\n%s", g.stderr.String())
	}
	for _, s := range says {
		if !strings.Contains(g.stderr.String(), s) {
			g.t.Errorf("it does not say %q:\n%s", s, g.stderr.String())
		}
	}
}

func get(t *testing.T, address string) (int, string) {
	t.Helper()
	a, err := http.Get(address)
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

func TestServedRunIsSeenChangedAndReplayed(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "p.yaml", tuneable)
	g := start(t, "serve", "p.yaml", "--record-changes", "changes.ndjson", "-o", "live", "--block", "256", "--set", "time=5s")
	u := g.page()
	g.says("begins when the page is open")
	if list, _ := os.ReadDir("live"); len(list) > 0 {
		t.Errorf("there are files before the run has begun: %v", list)
	}
	c, _, err := websocket.Dial(t.Context(), "ws://"+u.Host+"/ws?"+u.RawQuery, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow()
	type text struct {
		Type, Title, Text string
		Pictures          []struct {
			Kind, Name string
			Rows       int
		}
		Seconds, Speed, Rate float64
		Lag                  *float64
		Stages               []struct{ Name string }
		At                   int64
		Set                  map[string]string
	}
	columns := map[byte]int{}
	var told []text
	changed := false
	for {
		kind, data, err := c.Read(t.Context())
		if err != nil {
			if websocket.CloseStatus(err) != websocket.StatusNormalClosure {
				t.Errorf("the socket was closed by %v", err)
			}
			break
		}
		if kind == websocket.MessageText {
			var x text
			if err := json.Unmarshal(data, &x); err != nil {
				t.Fatal(err)
			}
			told = append(told, x)
			continue
		}
		columns[data[1]]++
		if !changed && columns[1] > 20 {
			changed = true
			if status, text := get(t, "http://"+u.Host+"/metrics?"+u.RawQuery); status != 200 ||
				!strings.Contains(text, `hearpipe_stage_seconds_count{pipeline="tuneable",stage="cells"}`) ||
				!strings.Contains(text, `hearpipe_frames_total{pipeline="tuneable"}`) || !strings.Contains(text, "go_goroutines") {
				t.Errorf("%d %.300s", status, text)
			}
			pipe(t, "set", "gain=3", "tau=1 ms").want(t, 0, "gain=3, tau=1 ms from sample")
			pipe(t, "set", "n=50").want(t, 1, "would give 50 channels")
			pipe(t, "set", "gain=1", "--at", "7").want(t, 1, "sample 7 (0.0004375 s) is computed already; the earliest possible is")
			pipe(t, "set", "gain").want(t, 2, "want NAME=VALUE")
			pipe(t, "set", "--at", "3").want(t, 2, "want NAME=VALUE")
			if list := pipe(t, "set").want(t, 0); !strings.Contains(list.stdout, "gain=3\n") || !strings.Contains(list.stdout, "# time=") {
				t.Errorf("%s", list.stdout)
			}
			pipe(t, "set", "gain=1", "--at", "1000000").want(t, 0, "from sample 1,000,000")
			pipe(t, "set", "gain=2", "--to", "http://"+u.Host+"/?token=x").want(t, 1, "token")
		}
	}
	g.ends(0, "changed: gain = 3, tau = 1 ms from sample", "a change was refused", "wrote live", "dropped = 0", "the change at sample 1,000,000 was not made")
	hello, last := told[0], told[len(told)-1]
	if hello.Type != "hello" || hello.Title != "tuneable" || len(hello.Pictures) != 3 || last.Type != "ended" || last.Text != "ended: end of stream" {
		t.Errorf("first %+v, last %+v", hello, last)
	}
	for i, want := range []string{"low level", "bank bank", "cells raster"} {
		if p := hello.Pictures[i]; p.Name+" "+p.Kind != want || columns[byte(i)] == 0 {
			t.Errorf("picture %d is %+v with %d messages, want %s", i, p, columns[byte(i)], want)
		}
	}
	facts, news := 0, 0
	for _, x := range told {
		if x.Type == "facts" && x.Seconds > 1.5 {
			facts++
			if x.Lag == nil || x.Speed <= 0 || len(x.Stages) < 3 || x.Rate <= 0 {
				t.Errorf("%+v", x)
			}
		}
		if x.Type == "changed" {
			news++
		}
	}
	if facts < 3 || news != 2 {
		t.Errorf("%d facts, %d changes were told", facts, news)
	}
	// What was recorded gives the same files again, without a page and in other blocks.
	pipe(t, "run", "p.yaml", "--changes", "changes.ndjson", "-o", "again", "--block", "1000", "--set", "time=5s").want(t, 0, "scheduled: gain = 3", "was not made")
	for _, name := range []string{"cells.csv", "ihc.npy"} {
		live, err1 := os.ReadFile("live/" + name)
		again, err2 := os.ReadFile("again/" + name)
		if err1 != nil || err2 != nil || len(live) < 1000 || !bytes.Equal(live, again) {
			t.Errorf("%s: %d bytes live, %d in the replay, not the same (%v, %v)", name, len(live), len(again), err1, err2)
		}
	}
	pipe(t, "set", "gain=2").want(t, 1, "no pipeline of yours is served")
}

func TestServeKeepsThePaceOfTheSound(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "p.yaml", tuneable)
	began := time.Now()
	g := start(t, "serve", "p.yaml", "--set", "time=700ms", "--start", "now", "--no-files")
	g.ends(0)
	if d := time.Since(began); d < 690*time.Millisecond {
		t.Errorf("700 ms of sound took %v", d)
	}
	onlyFiles(t, "p.yaml")
	began = time.Now()
	g = start(t, "serve", "p.yaml", "--set", "time=30s", "--start", "now", "--no-files", "--pace", "off")
	g.ends(0)
	if d := time.Since(began); d > 15*time.Second {
		t.Errorf("without pace 30 s took %v", d)
	}
}

func TestServedMicrophoneHasItsOwnPaceAndAccounts(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "p.yaml", `
params: {input: x.wav}
nodes:
  sound: {type: sound.file, path: $input}
  bank:  {type: filterbank.gammatone, from: sound, cf: "erbspace(100 Hz, 4 kHz, 3000)"}
sinks: [{type: statistic, from: bank, path: rms.csv}]
`)
	// They come at once, and are more than are kept for a run that falls behind.
	s := livetest.NewSystem(16000, 1, livetest.Script{Frames: 160000, Hurry: true})
	g := startWith(t, &app{mics: s}, "serve", "p.yaml", "--input", "mic", "--log", "json", "--no-files", "--show", "bank", "--workers", "1")
	g.page()
	g.says(`"msg":"dropped","count":\d+,"total":\d+`) // it began at once: nobody has opened a page
	g.ends(0)
	var end struct {
		Dropped, Frames int64
	}
	if err := json.Unmarshal([]byte(g.says(`.*"msg":"ended".*`)), &end); err != nil || end.Dropped < 10000 || end.Frames < 32000 {
		t.Errorf("%+v, %v", end, err)
	}
	for _, line := range strings.Split(strings.TrimSpace(g.stderr.String()), "\n") {
		if !strings.HasPrefix(line, "{") {
			t.Errorf("no record: %s", line)
		}
	}
}

func TestRunThatIsTooSlowSaysSo(t *testing.T) {
	t.Chdir(t.TempDir())
	// More channels than any machine of ours computes in real time.
	write(t, "p.yaml", strings.Replace(tuneable, "cf: \"erbspace(100 Hz, 4 kHz, $n)\"", "cf: \"erbspace(100 Hz, 4 kHz, 60000)\"", 1))
	g := start(t, "serve", "p.yaml", "--start", "now", "--no-files", "--workers", "1", "--set", "time=100s", "--show", "cells")
	u := g.page()
	lag := regexp.MustCompile(`hearpipe_lag_seconds\{.*\} (\S+)`)
	for range 400 {
		_, text := get(t, "http://"+u.Host+"/metrics?"+u.RawQuery)
		if m := lag.FindStringSubmatch(text); m != nil {
			if x, err := strconv.ParseFloat(m[1], 64); err == nil && x > 0.3 {
				return
			}
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Error("the run is not behind the clock")
}

func TestSignalEndsAServedRunWithinABound(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "p.yaml", tuneable)
	goroutines := runtime.NumGoroutine()
	g := start(t, "serve", "p.yaml", "--set", "time=1000s", "-o", "out", "--metrics", "127.0.0.1:0")
	u := g.page()
	c, _, err := websocket.Dial(t.Context(), "ws://"+u.Host+"/ws?"+u.RawQuery, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow() // a page that does not read, and does not answer
	time.Sleep(500 * time.Millisecond)
	began := time.Now()
	g.signals <- syscall.SIGTERM
	g.ends(130, "interrupted after", "the files are complete up to there")
	if d := time.Since(began); d > 4*time.Second {
		t.Errorf("the end took %v", d)
	}
	pipe(t, "info", "out/cells.csv").want(t, 0)
	c.CloseNow()
	http.DefaultClient.CloseIdleConnections()
	for range 300 {
		if runtime.NumGoroutine() <= goroutines {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > goroutines {
		stacks := make([]byte, 1<<16)
		t.Errorf("%d goroutines are left of %d:\n%s", n, goroutines, stacks[:runtime.Stack(stacks, true)])
	}

	// Before a page has come nothing runs, and nothing is written.
	g = start(t, "serve", "p.yaml", "-o", "none")
	g.says("begins when the page is open")
	g.signals <- syscall.SIGTERM
	g.ends(130)
	if list, _ := os.ReadDir("none"); len(list) > 0 {
		t.Errorf("files: %v", list)
	}
}

func TestMeasuresOfARun(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "p.yaml", tuneable)
	g := start(t, "run", "p.yaml", "--set", "time=10000s", "--metrics", "127.0.0.1:0", "--pprof", "--log", "json")
	address := "http://" + strings.TrimSuffix(strings.TrimPrefix(g.says(`"address":"[^"]*"`), `"address":"`), `"`)
	var text string
	for range 500 {
		if _, text = get(t, address+"/metrics"); !strings.Contains(text, "real_time_factor{pipeline=\"tuneable\"} 0") {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	for _, want := range []string{
		`hearpipe_frames_total{pipeline="tuneable"} \d`, `hearpipe_stream_seconds_total\{pipeline="tuneable"\} \d`, `hearpipe_dropped_total\{pipeline="tuneable"\} 0`,
		`hearpipe_stage_seconds_bucket\{pipeline="tuneable",stage="bank",le="0.00\d+"\} \d+`, `hearpipe_sink_seconds_sum\{pipeline="tuneable",sink="ihc.npy"\} \d`,
		`hearpipe_block_seconds_count\{pipeline="tuneable"\} [1-9]`, `hearpipe_spikes_total\{pipeline="tuneable",sink="cells.csv"\} [1-9]`,
		`hearpipe_real_time_factor\{pipeline="tuneable"\} [1-9]`, `process_cpu_seconds_total`,
	} {
		if !regexp.MustCompile(strings.Replace(want, "{pipeline=\"tuneable\"} \\d", `\{pipeline="tuneable"\} \d`, 1)).MatchString(text) {
			t.Errorf("the measures do not have %s:\n%.3000s", want, text)
		}
	}
	if status, text := get(t, address+"/debug/pprof/goroutine?debug=1"); status != 200 || !strings.Contains(text, "goroutine profile") {
		t.Errorf("%d %.200s", status, text)
	}
	r, err := http.NewRequest("GET", address+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "evil.example.org"
	if a, err := http.DefaultClient.Do(r); err != nil || a.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("by another name: %v, %v", a.Status, err)
	}
	g.signals <- os.Interrupt
	g.ends(130)
	for _, line := range strings.Split(strings.TrimSpace(g.stderr.String()), "\n") {
		var record struct{ Time, Level, Msg string }
		if err := json.Unmarshal([]byte(line), &record); err != nil || record.Msg == "" || record.Time == "" {
			t.Errorf("no record: %s", line)
		}
	}
	if !strings.Contains(g.stderr.String(), `"msg":"ended","pipeline":"tuneable","reason":"interrupted"`) {
		t.Errorf("%s", g.stderr.String())
	}
	pipe(t, "run", "p.yaml", "--pprof").want(t, 2, "--metrics")
	pipe(t, "run", "p.yaml", "--metrics", "nowhere").want(t, 2, "want HOST:PORT")
	if c := pipe(t, "run", "p.yaml", "--set", "time=50ms", "--log", "text").want(t, 0, "msg=ended pipeline=tuneable"); strings.Contains(c.stderr, "real time") {
		t.Errorf("sentences among records:\n%s", c.stderr)
	}
}

func TestChangesFromAFile(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "p.yaml", tuneable)
	write(t, "good.ndjson", "{\"at\": 8000, \"set\": {\"gain\": 3}}\n")
	write(t, "bad.ndjson", "{\"at\": 8000, \"set\": {\"gain\": 3}}\n{\"at\": 9000, \"set\": {\"n\": 3}}\n")
	write(t, "form.ndjson", "{\"at\": 8000, \"sit\": {\"gain\": 3}}\n")
	pipe(t, "run", "p.yaml", "--changes", "good.ndjson", "--record-changes", "same.ndjson", "--set", "time=1s").want(t, 0, "scheduled: gain = 3 from sample 8,000 (500 ms) on")
	recorded, err := os.ReadFile("same.ndjson")
	if err != nil || string(recorded) != "{\"at\":8000,\"rate\":16000,\"set\":{\"gain\":\"3\"}}\n" {
		t.Errorf("%s %v", recorded, err)
	}
	pipe(t, "run", "p.yaml", "--changes", "bad.ndjson", "--set", "time=1s").want(t, 1, "would give 3 channels")
	pipe(t, "run", "p.yaml", "--changes", "form.ndjson", "--set", "time=1s").want(t, 1, `form.ndjson:1:`, `unknown field "sit"`)
	pipe(t, "run", "p.yaml", "--changes", "missing.ndjson", "--set", "time=1s").want(t, 1, "missing.ndjson")
	pipe(t, "set", "gain=2", "--to", "nonsense").want(t, 2, "want the address")
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	pipe(t, "set").want(t, 1, "no pipeline of yours is served")
	if list := pipe(t, "nodes", "filterbank.gain"); !strings.Contains(list.stdout, "may change while it runs") {
		t.Errorf("%s", list.stdout)
	}
}

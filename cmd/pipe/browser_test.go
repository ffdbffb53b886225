package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// browser is a headless Chromium that is spoken to over its debugging protocol.
type browser struct {
	t  *testing.T
	c  *websocket.Conn
	id int
	// what the page asked for, and what it complained about
	requests, complaints []string
}

// chromium starts a browser on an empty page; a machine without one skips the test, unless HEARPIPE_TEST_BROWSER is set.
func chromium(t *testing.T) *browser {
	t.Helper()
	without := t.Skipf
	if os.Getenv("HEARPIPE_TEST_BROWSER") != "" {
		without = t.Fatalf
	}
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		without("there is no Chromium on this machine")
	}
	profile := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--window-size=1280,900", "--user-data-dir="+profile, "--remote-debugging-port=0", "about:blank")
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		cancel()
		without("Chromium does not start: %v", err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // it was killed
		for range 50 { // its children write to the profile for a moment
			if os.RemoveAll(profile) == nil {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
	})
	var port []byte
	for range 600 {
		if port, _ = os.ReadFile(filepath.Join(profile, "DevToolsActivePort")); len(port) > 0 {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if len(port) == 0 {
		without("Chromium does not come up in 30 s")
	}
	number, _, _ := strings.Cut(string(port), "\n")
	_, text := get(t, "http://127.0.0.1:"+number+"/json/list")
	var pages []struct {
		Type                 string
		WebSocketDebuggerURL string `json:"webSocketDebuggerUrl"`
	}
	if err := json.Unmarshal([]byte(text), &pages); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	b := &browser{t: t}
	for _, p := range pages {
		if p.Type == "page" {
			c, _, err := websocket.Dial(t.Context(), p.WebSocketDebuggerURL, nil)
			if err != nil {
				t.Fatal(err)
			}
			c.SetReadLimit(64 << 20)
			t.Cleanup(func() { c.CloseNow() })
			b.c = c
			for _, domain := range []string{"Page", "Runtime", "Network", "Log"} {
				b.call(domain+".enable", nil)
			}
			return b
		}
	}
	t.Fatalf("the browser has no page: %s", text)
	return nil
}

// call makes a call of the protocol and returns its result.
func (b *browser) call(method string, params any) json.RawMessage {
	b.t.Helper()
	b.id++
	text, err := json.Marshal(map[string]any{"id": b.id, "method": method, "params": params})
	if err != nil {
		b.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(b.t.Context(), 30*time.Second)
	defer cancel()
	if err := b.c.Write(ctx, websocket.MessageText, text); err != nil {
		b.t.Fatal(err)
	}
	for {
		_, text, err := b.c.Read(ctx)
		if err != nil {
			b.t.Fatalf("%s: %v", method, err)
		}
		var m struct {
			ID     int
			Method string
			Result json.RawMessage
			Error  *struct{ Message string }
			Params struct {
				Request          struct{ URL string }
				URL              string
				Entry            struct{ Text, URL string }
				ExceptionDetails *struct {
					Text      string
					Exception struct{ Description string }
				}
			}
		}
		if err := json.Unmarshal(text, &m); err != nil {
			b.t.Fatal(err)
		}
		switch {
		case m.Method == "Network.requestWillBeSent":
			b.requests = append(b.requests, m.Params.Request.URL)
		case m.Method == "Network.webSocketCreated":
			b.requests = append(b.requests, m.Params.URL)
		case m.Method == "Runtime.exceptionThrown":
			b.complaints = append(b.complaints, m.Params.ExceptionDetails.Text+" "+m.Params.ExceptionDetails.Exception.Description)
		case m.Method == "Log.entryAdded":
			b.complaints = append(b.complaints, m.Params.Entry.Text+" "+m.Params.Entry.URL)
		case m.ID == b.id && m.Error != nil:
			b.t.Fatalf("%s: %s", method, m.Error.Message)
		case m.ID == b.id:
			return m.Result
		}
	}
}

// evaluate computes an expression in the page; a promise is waited for.
func (b *browser) evaluate(expression string) string {
	b.t.Helper()
	var r struct {
		Result           struct{ Value any }
		ExceptionDetails *struct{ Exception struct{ Description string } }
	}
	if err := json.Unmarshal(b.call("Runtime.evaluate", map[string]any{"expression": expression, "awaitPromise": true, "returnByValue": true}), &r); err != nil {
		b.t.Fatal(err)
	}
	if r.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, r.ExceptionDetails.Exception.Description)
	}
	return fmt.Sprint(r.Result.Value)
}

// until waits until an expression has a value.
func (b *browser) until(expression, want string) {
	b.t.Helper()
	have := ""
	for range 400 {
		if have = b.evaluate(expression); have == want {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	b.t.Fatalf("%s is %q, want %q; the page complains: %v", expression, have, want, b.complaints)
}

// screenshot returns the picture of the page as a PNG file.
func (b *browser) screenshot() []byte {
	b.t.Helper()
	var r struct{ Data string }
	if err := json.Unmarshal(b.call("Page.captureScreenshot", map[string]any{"format": "png"}), &r); err != nil {
		b.t.Fatal(err)
	}
	data, err := base64.StdEncoding.DecodeString(r.Data)
	if err != nil {
		b.t.Fatal(err)
	}
	return data
}

// colours counts the different colours in a canvas of the page.
func (b *browser) colours(picture string) int {
	n, err := strconv.Atoi(b.evaluate(`(() => {
		const c = document.querySelector('canvas[data-picture="` + picture + `"]');
		const d = new Uint32Array(c.getContext("2d").getImageData(60, 0, c.width - 60, c.height - 30).data.buffer);
		return new Set(d).size;
	})()`))
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}

func TestPageInABrowser(t *testing.T) {
	b := chromium(t)
	t.Chdir(t.TempDir())
	write(t, "p.yaml", tuneable)
	g := start(t, "serve", "p.yaml", "--set", "time=600s", "--no-files")
	u := g.page()
	b.call("Page.navigate", map[string]any{"url": u.String()})
	b.until(`document.getElementById("state")?.textContent`, "live")
	b.until(`parseFloat(document.getElementById("time").textContent) >= 3 && document.getElementById("time").textContent.endsWith(" s") ? "far" : "not yet"`, "far")
	for _, c := range [][2]string{
		{`document.title`, "tuneable – Hearpipe"},
		{`document.querySelectorAll("canvas").length`, "2"},
		{`document.querySelector("figcaption").textContent.startsWith("bank 40 channels, 16 kHz")`, "true"},
		{`/^[\d.]+ ×$/.test(document.getElementById("speed").textContent)`, "true"},
		{`/^[\d,]+ \/s$/.test(document.getElementById("rate").textContent)`, "true"},
		{`document.getElementById("dropped").textContent`, "0"},
		{`parseFloat(document.querySelector(".meter span:last-child").textContent) > 50`, "true"}, // 0.03 Pa are 60 dB
		{`document.querySelectorAll(".cost").length >= 3`, "true"},
		{`[...document.querySelectorAll("#form input")].map(i => i.name + "=" + i.value).join()`, "gain=2,tau=2ms,n=40"},
		{`document.querySelectorAll("#form details p").length`, "1"}, // the duration
	} {
		if have := b.evaluate(c[0]); have != c[1] {
			t.Errorf("%s is %q, want %q", c[0], have, c[1])
		}
	}
	for picture, least := range map[string]int{"bank": 20, "cells": 4} { // of which one is silence
		n := b.colours(picture)
		if n < least {
			t.Errorf("the picture of %s has %d colours, want %d", picture, n, least)
		}
	}
	// A change from the page, one that is refused, and one from elsewhere.
	submit := func(name, value string) {
		b.evaluate(`(() => { const i = document.getElementById("set-` + name + `"); i.value = "` + value + `"; i.dispatchEvent(new Event("input")); document.getElementById("form").requestSubmit(); })()`)
	}
	submit("gain", "0.2")
	g.says(`changed: gain = 0.2 from sample`)
	b.until(`/gain = 0.2 from sample|holds from sample/.test(document.getElementById("answer").textContent)`, "true")
	submit("n", "41")
	b.until(`document.getElementById("answer").textContent.includes("would give 41 channels")`, "true")
	b.until(`document.getElementById("answer").className`, "bad")
	pipe(t, "set", "tau=3 ms").want(t, 0)
	b.until(`document.getElementById("set-tau").value`, "3 ms")

	shot := b.screenshot()
	if folder := os.Getenv("HEARPIPE_SCREENSHOTS"); folder != "" { // for people who want to look
		if err := os.WriteFile(filepath.Join(folder, "serve.png"), shot, 0o644); err != nil {
			t.Error(err)
		}
	}
	if img, err := png.Decode(bytes.NewReader(shot)); err != nil || img.Bounds().Dx() < 800 {
		t.Errorf("screenshot: %v", err)
	}
	g.signals <- os.Interrupt
	b.until(`document.getElementById("state").textContent`, "ended: interrupted")
	g.ends(130)
	for _, r := range b.requests {
		if !strings.HasPrefix(r, "http://"+u.Host+"/") && !strings.HasPrefix(r, "ws://"+u.Host+"/") && !strings.HasPrefix(r, "data:") && r != "about:blank" {
			t.Errorf("the page fetches %s", r)
		}
	}
	if len(b.requests) < 4 {
		t.Errorf("the requests were not seen: %v", b.requests)
	}
	for _, c := range b.complaints {
		if !strings.Contains(c, "409") { // the change that was refused
			t.Errorf("the page complains: %s", c)
		}
	}
}

// Silence is dark, also for a page that comes when there was nothing else yet.
func TestSilentPageInABrowser(t *testing.T) {
	b := chromium(t)
	t.Chdir(t.TempDir())
	write(t, "p.yaml", "name: still\nrate: 16 kHz\nnodes:\n  nothing: {type: sound.silence, duration: 600 s}\n  bank: {type: filterbank.gammatone, from: nothing, cf: \"erbspace(100*Hz, 4*kHz, 40)\"}\nsinks:\n  - {type: frames, from: bank, path: a.npy}\n")
	g := start(t, "serve", "p.yaml", "--no-files")
	b.call("Page.navigate", map[string]any{"url": g.page().String()})
	b.until(`parseFloat(document.getElementById("time")?.textContent) >= 1.5 && document.getElementById("time").textContent.endsWith(" s")`, "true")
	if have := b.evaluate(`(() => {
		const c = document.querySelector('canvas[data-picture="bank"]');
		const d = c.getContext("2d").getImageData(60, 0, c.width - 60, c.height - 30).data;
		return d.reduce((m, v, i) => i % 4 === 3 ? m : Math.max(m, v), 0) < 90;
	})()`); have != "true" {
		t.Error("silence is bright")
	}
	g.signals <- os.Interrupt
	g.ends(130)
}

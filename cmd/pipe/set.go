package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
	"unicode"

	"hearpipe/broker"
	"hearpipe/pipelines"
	"hearpipe/stages"
)

type setCommand struct {
	Assign  []string `arg:"" optional:"" name:"NAME=VALUE" help:"Parameters and their new values, which change together. Without any, the parameters are listed."`
	At      *int64   `placeholder:"SAMPLE" help:"Change at this sample of the source (default: the next block)."`
	To      string   `placeholder:"URL" help:"Address that pipe serve printed (default: the last pipe serve of this user)."`
	Subject string   `placeholder:"SUBJECT" help:"Ask over NATS, at this subject, which pipe run printed: hearpipe.PIPELINE.control."`
	JSON    bool     `name:"json" help:"Print JSON on standard output."`
	natsFlags
}

// Help is printed below the flags.
func (setCommand) Help() string {
	return `Changes parameters of a pipeline that runs, at one sample and without a break: states are kept. pipe nodes TYPE says which
fields may change. What has been computed already is refused with the earliest sample that is possible.

Examples:
  pipe set                          what can be changed, and the values that hold
  pipe set gain=2 tau=5ms           from the next block on
  pipe set gain=2 --at 441000
  pipe set gain=2 --subject hearpipe.ear.control --nats nats://host:4222`
}

// setTimeout is how long a running pipeline may take to answer.
const setTimeout = 10 * time.Second

// Run asks the running pipeline.
func (c *setCommand) Run(a *app) error {
	x := pipelines.Change{At: stages.Next}
	if c.At != nil {
		if x.At = *c.At; x.At < 0 {
			return usagef("--at %d: want a sample from 0 on", x.At)
		}
		if len(c.Assign) == 0 {
			return usagef("--at %d: want NAME=VALUE besides", x.At)
		}
	}
	for _, s := range c.Assign {
		name, value, ok := strings.Cut(s, "=")
		if !ok || name == "" || value == "" {
			return usagef("%s: want NAME=VALUE, such as gain=2", s)
		}
		x.Set = append(x.Set, pipelines.Setting{Name: name, Value: value})
	}
	var request []byte
	if len(x.Set) > 0 {
		request = x.Line(0)
	}
	text, err := c.ask(request)
	if err != nil {
		return err
	}
	if len(x.Set) == 0 {
		return c.list(a, text)
	}
	if c.JSON {
		_, err := a.stdout.Write(text)
		return err
	}
	var done changed
	if err := json.Unmarshal(text, &done); err != nil {
		return fmt.Errorf("the answer cannot be read: %w", err)
	}
	fmt.Fprintf(a.stderr, "%s from sample %s (%s) on\n", strings.Join(c.Assign, ", "), grouped(done.At), seconds(float64(done.At)/done.Rate))
	return nil
}

// ask sends a change to the run, or nothing, which asks for its parameters, and returns the answer.
func (c *setCommand) ask(request []byte) ([]byte, error) {
	if c.Subject != "" && c.To != "" {
		return nil, usagef("--to and --subject: want one of them")
	}
	if c.Subject != "" {
		return c.askBroker(request)
	}
	page, err := c.page()
	if err != nil {
		return nil, err
	}
	path := "/api/set"
	if request == nil {
		path = "/api/parameters"
	}
	return ask(page, path, request)
}

// askBroker sends a request over NATS.
func (c *setCommand) askBroker(request []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), setTimeout)
	defer cancel()
	p, err := c.connect()
	if err == nil && p.URL == "" {
		p, err = broker.FindServer(ctx, broker.NoteFolder())
	}
	if err != nil {
		return nil, err
	}
	conn, err := broker.Connect(ctx, p)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	text, err := conn.Ask(ctx, c.Subject, request)
	if err != nil {
		return nil, err
	}
	var refused refusal
	if json.Unmarshal(text, &refused) == nil && refused.Error != "" {
		return nil, fmt.Errorf("%s: %s", c.Subject, printable(refused.Error))
	}
	return text, nil
}

// printable is a text from elsewhere on one line and without characters that control a terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// list prints the parameters.
func (c *setCommand) list(a *app, text []byte) error {
	if c.JSON {
		_, err := a.stdout.Write(text)
		return err
	}
	var list []pipelines.Tunable
	if err := json.Unmarshal(text, &list); err != nil {
		return fmt.Errorf("the answer cannot be read: %w", err)
	}
	for _, p := range list {
		if p.Fixed == "" {
			fmt.Fprintln(a.stdout, printable(p.Name+"="+p.Value))
		}
	}
	for _, p := range list {
		if p.Fixed != "" {
			fmt.Fprintln(a.stdout, printable("# "+p.Name+"="+p.Value+"  "+p.Fixed))
		}
	}
	return nil
}

// page is the address of the run to change.
func (c *setCommand) page() (*url.URL, error) {
	address := c.To
	if address == "" {
		path, err := noteFile()
		if err != nil {
			return nil, err
		}
		text, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) {
			return nil, errors.New("no pipeline of yours is served; start one with pipe serve, or give its address with --to")
		}
		var n runNote
		if err == nil {
			err = json.Unmarshal(text, &n)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		address = n.Address
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, usagef("--to %s: want the address that pipe serve printed, such as http://127.0.0.1:8642/?token=…", address)
	}
	return u, nil
}

// ask sends a request to a run and returns the answer; text nil asks only.
func ask(page *url.URL, path string, text []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), setTimeout)
	defer cancel()
	u := *page
	u.Path, u.RawQuery = path, ""
	method := http.MethodPost
	if text == nil {
		method = http.MethodGet
	}
	r, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+page.Query().Get("token"))
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, fmt.Errorf("the pipeline at %s does not answer: %w", page.Host, errors.Unwrap(err))
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", page.Host, err)
	}
	if answer.StatusCode != http.StatusOK {
		var refused struct{ Error string }
		if json.Unmarshal(body, &refused) != nil || refused.Error == "" {
			refused.Error = strings.TrimSpace(string(body))
		}
		return nil, fmt.Errorf("%s: %s", page.Host, printable(refused.Error))
	}
	return body, nil
}

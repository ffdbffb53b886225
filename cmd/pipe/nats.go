package main

import (
	"fmt"
	"log/slog"
	"os"
	"strings"

	"hearpipe/broker"
	"hearpipe/pipelines"
)

// natsFlags say which NATS server to use. Secrets come from the URL or the environment, not from flags that others on the machine
// can see.
type natsFlags struct {
	Nats      string `name:"nats" env:"NATS_URL" placeholder:"URL" group:"NATS" help:"The NATS server, such as nats://host:4222, with user:password@ or token@ before the host if it wants them. Without it, run starts one of its own on this machine, and listen finds it."`
	NatsCreds string `env:"NATS_CREDS" placeholder:"FILE" group:"NATS" help:"Credentials file for the server."`
	NatsNkey  string `env:"NATS_NKEY" placeholder:"FILE" group:"NATS" help:"File with an nkey seed for the server."`
	NatsCA    string `name:"nats-ca" env:"NATS_CA" placeholder:"FILE" group:"NATS" help:"Certificates of the authorities that the server is checked against."`
	NatsCert  string `env:"NATS_CERT" placeholder:"FILE" group:"NATS" help:"Certificate of this client."`
	NatsKey   string `env:"NATS_KEY" placeholder:"FILE" group:"NATS" help:"Key of that certificate."`
	User      string `name:"nats-user" env:"NATS_USER" placeholder:"NAME" group:"NATS" help:"User name for the server; the password is read from the environment variable NATS_PASSWORD."`
}

// connect turns the flags into parameters.
func (f *natsFlags) connect() (broker.ConnectParams, error) {
	p := broker.ConnectParams{
		URL: f.Nats, User: f.User, Credentials: f.NatsCreds, NKey: f.NatsNkey, CA: f.NatsCA, Cert: f.NatsCert, Key: f.NatsKey,
	}
	if p.URL == "" {
		return p, nil
	}
	if p.User != "" {
		p.Password = os.Getenv("NATS_PASSWORD")
	}
	if p.User == "" && p.Credentials == "" && p.NKey == "" && !strings.Contains(p.URL, "@") {
		p.Token = os.Getenv("NATS_TOKEN")
	}
	if err := p.Check(); err != nil {
		return p, usageError{err}
	}
	return p, nil
}

// publishFlags say how nats sinks keep what the server has not taken yet, and where their own server listens.
type publishFlags struct {
	natsFlags
	NatsPort    int    `placeholder:"PORT" group:"NATS" help:"Port of the server that is started when no other is named (default: any free one)."`
	NatsStore   string `placeholder:"FOLDER" group:"NATS" help:"Folder in which that server keeps what is published with delivery: jetstream (default: a temporary one, gone after the run)."`
	NatsBuffer  string `placeholder:"SIZE" group:"NATS" help:"What each nats sink may hold in memory while the server is slow or away (default 8MB)."`
	Spill       string `placeholder:"SIZE" group:"NATS" help:"What each nats sink may hold on disk behind that, such as 1GiB (default: nothing)."`
	SpillFolder string `placeholder:"FOLDER" group:"NATS" help:"Where (default: the system's folder for temporary files)."`
}

// least is what a buffer and a spill must have [bytes].
const least = 1 << 16

// nats is what pipelines need of the flags.
func (f *publishFlags) nats(a *app) (pipelines.NATS, error) {
	var out pipelines.NATS
	for _, x := range []struct {
		name, text string
		to         *int64
	}{{"nats-buffer", f.NatsBuffer, &out.Buffer}, {"spill", f.Spill, &out.Spill}} {
		if x.text == "" {
			continue
		}
		n, err := parseSize(x.text)
		if err == nil && n < least {
			err = fmt.Errorf("%q: want at least 64KB", x.text)
		}
		if err != nil {
			return out, usagef("--%s %v", x.name, err)
		}
		*x.to = n
	}
	if f.NatsPort < 0 || f.NatsPort > 65535 {
		return out, usagef("--nats-port %d: want 1 to 65535, or 0 for any free one", f.NatsPort)
	}
	p, err := f.connect()
	if err != nil {
		return out, err
	}
	if p.URL != "" && (f.NatsPort != 0 || f.NatsStore != "") {
		return out, usagef("--nats-port, --nats-store: they describe a server that pipe starts, but --nats (or NATS_URL) names another; want one or the other")
	}
	p.Away = func(why error) {
		if why == nil {
			a.say(slog.LevelInfo, "nats: the server is back", "nats server back")
			return
		}
		a.say(slog.LevelWarn, fmt.Sprintf("nats: the server is away (%v); what is published waits for it as far as there is room", why), "nats server away", "error", why.Error())
	}
	out.Connect, out.SpillFolder = p, f.SpillFolder
	out.Server = broker.ServerParams{Port: f.NatsPort, Store: f.NatsStore, Note: broker.NoteFolder()}
	out.Started = func(s *broker.Server) {
		// Records are kept and sent around: they name the file with the token, not the token.
		a.say(slog.LevelInfo, fmt.Sprintf("NATS server at %s, token %s (also in %s)\n  pipe listen 'hearpipe.>'   on this machine", s.Address(), s.Token(), s.Note()),
			"nats server", "address", s.Address(), "token_file", s.Note())
	}
	return out, nil
}

package broker

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

// ConnectParams says how to reach a server. At most one of user, token, credentials and nkey is given, or the URL holds
// user and password (nats://user:password@host) or a token (nats://token@host).
type ConnectParams struct {
	URL         string // nats://host:4222, tls://…, ws://…, or several with commas between them
	User        string // user name
	Password    string // of the user
	Token       string // authentication token
	Credentials string // path of a credentials file (user JWT and nkey seed)
	NKey        string // path of a file with an nkey seed
	CA          string // path of a file with the certificates of authorities that servers are checked against
	Cert        string // path of the certificate of this client
	Key         string // path of its key
	Name        string // of this client, for the people who look after the server (default "hearpipe")

	// Away is told when a server goes away, and why, and with nil when it is back: on a goroutine of the connection's, which it must
	// not keep waiting. nil tells nobody.
	Away func(why error)

	inProcess nats.InProcessConnProvider // a server in this process: no socket
}

// Timings of a connection. A server that has hung is found within pingEvery × (pingsLost + 1); a write that does not get
// through ends the connection after writeTimeout, so that nothing waits for long at the end of a run.
const (
	dialTimeout  = 2 * time.Second
	pingEvery    = 2 * time.Second
	pingsLost    = 2
	writeTimeout = 2 * time.Second
	reconnectIn  = 100 * time.Millisecond
)

// Conn is a connection that comes back by itself. It is shared by the sinks and sources of a process.
type Conn struct {
	nc       *nats.Conn
	mu       sync.Mutex
	watchers map[chan struct{}]bool
	deadline time.Time // of publishers that end in a hurry
	lastErr  error     // why it was disconnected, or what the server objected to
}

// options turns the parameters into those of the client. The error names the parameter.
func (p ConnectParams) options() ([]nats.Option, error) {
	name := p.Name
	if name == "" {
		name = "hearpipe"
	}
	opts := []nats.Option{
		nats.Name(name), nats.Timeout(dialTimeout), nats.PingInterval(pingEvery), nats.MaxPingsOutstanding(pingsLost),
		nats.FlusherTimeout(writeTimeout), nats.MaxReconnects(-1), nats.ReconnectWait(reconnectIn),
		nats.ReconnectJitter(reconnectIn/2, reconnectIn), nats.IgnoreAuthErrorAbort(),
		// While the server is away messages stay in our own window, where they are counted.
		nats.ReconnectBufSize(-1), nats.ReconnectOnFlusherError(),
	}
	ways := 0
	for _, given := range []bool{p.User != "" || p.Password != "", p.Token != "", p.Credentials != "", p.NKey != ""} {
		if given {
			ways++
		}
	}
	if ways > 1 {
		return nil, errors.New("nats: more than one of user, token, credentials and nkey: want one of them")
	}
	if p.User != "" || p.Password != "" {
		opts = append(opts, nats.UserInfo(p.User, p.Password))
	}
	if p.Token != "" {
		opts = append(opts, nats.Token(p.Token))
	}
	if p.Credentials != "" {
		if err := readable("credentials", p.Credentials); err != nil {
			return nil, err
		}
		opts = append(opts, nats.UserCredentials(p.Credentials))
	}
	if p.NKey != "" {
		if err := readable("nkey", p.NKey); err != nil {
			return nil, err
		}
		opt, err := nats.NkeyOptionFromSeed(p.NKey)
		if err != nil {
			return nil, fmt.Errorf("nats: nkey %s: %w", p.NKey, err)
		}
		opts = append(opts, opt)
	}
	if p.CA != "" {
		if err := readable("authorities", p.CA); err != nil {
			return nil, err
		}
		opts = append(opts, nats.RootCAs(p.CA))
	}
	if (p.Cert == "") != (p.Key == "") {
		return nil, errors.New("nats: a certificate without its key or a key without its certificate: want both")
	}
	if p.Cert != "" {
		opts = append(opts, nats.ClientCert(p.Cert, p.Key))
	}
	if p.inProcess != nil {
		opts = append(opts, nats.InProcessServer(p.inProcess))
	}
	return opts, nil
}

func readable(what, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("nats: %s: %w", what, err)
	}
	return f.Close()
}

// Check refuses parameters that cannot be right, without connecting.
func (p ConnectParams) Check() error {
	if p.inProcess == nil {
		for _, one := range strings.Split(p.URL, ",") {
			u, err := url.Parse(strings.TrimSpace(one))
			if err == nil && !strings.Contains(one, "://") {
				u, err = url.Parse("nats://" + strings.TrimSpace(one))
			}
			if err != nil || u.Host == "" {
				return fmt.Errorf("nats: %s is no address of a server; want one such as nats://127.0.0.1:4222", withoutSecret(one))
			}
			switch u.Scheme {
			case "nats", "tls", "ws", "wss":
			default:
				return fmt.Errorf("nats: %s: want nats://, tls://, ws:// or wss://", withoutSecret(one))
			}
		}
	}
	_, err := p.options()
	return err
}

// withoutSecret is an address without user, password and token, for messages.
func withoutSecret(address string) string {
	if i := strings.LastIndex(address, "@"); i >= 0 {
		if j := strings.Index(address, "://"); j >= 0 && j < i {
			return address[:j+3] + address[i+1:]
		}
		return address[i+1:]
	}
	return address
}

// Connect connects to a server. The error says which server and why not; secrets are not repeated. Once connected, the
// connection comes back by itself for as long as it takes.
func Connect(ctx context.Context, p ConnectParams) (*Conn, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	opts, err := p.options()
	if err != nil {
		return nil, err
	}
	c := &Conn{watchers: map[chan struct{}]bool{}}
	opts = append(opts,
		nats.SetCustomDialer(&dialer{ctx: ctx, d: net.Dialer{Timeout: dialTimeout}}),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			c.note(err)
			if err != nil && p.Away != nil { // nil: we have closed it ourselves
				p.Away(err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) {
			c.note(nil)
			if p.Away != nil {
				p.Away(nil)
			}
		}),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) { c.note(err) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { c.note(err) }),
		nats.ClosedHandler(func(*nats.Conn) { c.note(nil) }),
	)
	address := p.URL
	if p.inProcess != nil {
		address = "nats://in-process"
	}
	if c.nc, err = nats.Connect(address, opts...); err != nil {
		return nil, fmt.Errorf("nats: %s: %w", withoutSecret(address), plain(err))
	}
	return c, nil
}

// plain gives errors of the client words that help.
func plain(err error) error {
	var authority x509.UnknownAuthorityError
	switch {
	case errors.As(err, &authority):
		return errors.New("the certificate of the server is signed by an authority that is not known; want a file with the certificates of its authorities")
	case errors.Is(err, nats.ErrNoServers):
		return errors.New("no server answers there")
	case errors.Is(err, nats.ErrAuthorization):
		return errors.New("the server refuses these credentials; want a user, a token, a credentials file or an nkey that it knows")
	case errors.Is(err, nats.ErrTimeout):
		return fmt.Errorf("no answer within %v", dialTimeout)
	}
	return err
}

// dialer lets a cancelled context end the first connecting. Later connects are not bound to it.
type dialer struct {
	ctx  context.Context
	d    net.Dialer
	once atomic.Bool
}

// Dial implements nats.CustomDialer.
func (d *dialer) Dial(network, address string) (net.Conn, error) {
	if d.once.Swap(true) {
		return d.d.Dial(network, address)
	}
	return d.d.DialContext(d.ctx, network, address)
}

// errAway is how a message fares that is sent while the connection is down: the client holds nothing back.
var errAway = errors.New("the server is away")

// note remembers an error and tells everybody who watches that something has changed.
func (c *Conn) note(err error) {
	if errors.Is(err, nats.ErrReconnectBufExceeded) {
		err = errAway
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.lastErr = err
	}
	for w := range c.watchers {
		select {
		case w <- struct{}{}:
		default:
		}
	}
}

// watch returns a channel that receives after each change of the connection, and a function that ends that.
func (c *Conn) watch() (<-chan struct{}, func()) {
	w := make(chan struct{}, 1)
	c.mu.Lock()
	c.watchers[w] = true
	c.mu.Unlock()
	return w, func() {
		c.mu.Lock()
		delete(c.watchers, w)
		c.mu.Unlock()
	}
}

// Connected says whether there is a connection at this moment.
func (c *Conn) Connected() bool { return c.nc.IsConnected() }

// Reconnects counts the times the connection has come back. The client counts under the lock under which it publishes: what
// was published between two calls with the same result went out on one connection, or not at all.
func (c *Conn) Reconnects() int64 { return int64(c.nc.Stats().Reconnects) }

// Err is the last thing that went wrong with the connection, nil if nothing has.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lastErr
}

// hurry is the time by which publishers that end in a hurry are to be done. The first one sets it.
func (c *Conn) hurry(limit time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.deadline.IsZero() {
		c.deadline = time.Now().Add(limit)
	}
	return c.deadline
}

// NATS is the connection of the client library, for what this package does not do.
func (c *Conn) NATS() *nats.Conn { return c.nc }

// Close ends the connection at once. Publishers and receivers on it must be closed before.
func (c *Conn) Close() { c.nc.Close() }

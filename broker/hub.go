package broker

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"
)

// drainTime is how long the end of a hub waits for subscribers to take what the server in this process has for them.
const drainTime = 2 * time.Second

// HubParams says where the sinks and sources of a pipeline find their server.
type HubParams struct {
	Connect ConnectParams // a server of the user's; with an empty URL one is started in this process when it is needed
	Server  ServerParams  // of the server in this process
	// Started is told when a server was started in this process: its address and token are what subscribers need.
	Started func(*Server)
}

// Hub holds the one connection that the sinks and sources of a pipeline share, and the server in this process if there
// is one. Nothing happens before it is asked.
type Hub struct {
	p      HubParams
	mu     sync.Mutex
	conn   *Conn
	server *Server
	keeps  bool   // somebody needs JetStream
	folder string // of our own, for what it keeps
}

// NewHub describes a hub.
func NewHub(p HubParams) *Hub { return &Hub{p: p} }

// NeedStore says that somebody will need JetStream. A server in this process without a folder for it gets a temporary one,
// which is removed with the server.
func (h *Hub) NeedStore() { h.keeps = true }

// Check refuses a connection that cannot be right, without connecting.
func (h *Hub) Check() error {
	if h.p.Connect.URL == "" {
		return nil
	}
	return h.p.Connect.Check()
}

// Conn is the connection; the first call makes it.
func (h *Hub) Conn(ctx context.Context) (*Conn, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.conn != nil {
		return h.conn, nil
	}
	var err error
	if h.p.Connect.URL != "" {
		h.conn, err = Connect(ctx, h.p.Connect)
		return h.conn, err
	}
	p := h.p.Server
	if h.keeps && p.Store == "" {
		if h.folder, err = os.MkdirTemp("", "hearpipe-jetstream-*"); err != nil {
			return nil, fmt.Errorf("nats server: %w", err)
		}
		p.Store = h.folder
	}
	if h.server, err = StartServer(p); err == nil {
		h.conn, err = h.server.Connect(ctx)
	}
	if err != nil {
		h.end()
		return nil, err
	}
	if h.p.Started != nil {
		h.p.Started(h.server)
	}
	return h.conn, nil
}

// Subscribing is the connection for a source: to the server of the user's, or to one that another process of this user
// has started. A source has no use for a server that nobody else knows.
func (h *Hub) Subscribing(ctx context.Context) (*Conn, error) {
	h.mu.Lock()
	if h.conn == nil && h.p.Connect.URL == "" {
		found, err := FindServer(ctx, h.noteFolder())
		if err != nil {
			h.mu.Unlock()
			return nil, err
		}
		h.p.Connect = found
	}
	h.mu.Unlock()
	return h.Conn(ctx)
}

func (h *Hub) noteFolder() string {
	if h.p.Server.Note != "" {
		return h.p.Server.Note
	}
	return NoteFolder()
}

// Close ends the connection and the server in this process. It may be called more than once; io.Closer.
func (h *Hub) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.end()
}

func (h *Hub) end() error {
	if h.conn != nil {
		h.conn.Close()
		h.conn = nil
	}
	if h.server != nil {
		h.server.Drain(drainTime)
		h.server.Close()
		h.server = nil
	}
	if h.folder == "" {
		return nil
	}
	folder := h.folder
	h.folder = ""
	return os.RemoveAll(folder)
}

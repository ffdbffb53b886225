package broker

import (
	"context"
	"sync"
)

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
}

// NewHub describes a hub.
func NewHub(p HubParams) *Hub { return &Hub{p: p} }

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
	if h.server, err = StartServer(h.p.Server); err != nil {
		return nil, err
	}
	if h.conn, err = h.server.Connect(ctx); err != nil {
		h.server.Close()
		h.server = nil
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
	if h.conn != nil {
		h.conn.Close()
		h.conn = nil
	}
	if h.server != nil {
		h.server.Close()
		h.server = nil
	}
	return nil
}

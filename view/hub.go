package view

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"hearpipe/internal/queue"
)

// How much a page may lag behind before columns are dropped, and how long one message may take on its way.
const (
	queueItems   = 512
	queueBytes   = 4 << 20
	writeTimeout = 10 * time.Second
	// maxPages is how many pages may watch at once.
	maxPages = 32
)

// hub hands messages to all pages.
type hub struct {
	mu     sync.Mutex
	pages  map[*page]bool
	count  atomic.Int32
	gone   queue.Losses // of pages that are closed; without ranges
	closed bool
	// first is closed when the first page has come.
	first chan struct{}
	once  sync.Once
}

// page is one browser's connection.
type page struct {
	q *queue.Queue[message]
}

// message is what goes over a web socket.
type message struct {
	text bool
	data []byte
}

func newHub() *hub { return &hub{pages: map[*page]bool{}, first: make(chan struct{})} }

// join adds a page, which gets the greeting first; nil if there are too many, or if the server is closing.
func (h *hub) join(greeting []byte) *page {
	q, err := queue.New(queue.Params[message]{Items: queueItems, Size: queueBytes, Policy: queue.DropOldest})
	if err != nil {
		panic("view: the parameters of a queue are wrong")
	}
	p := &page{q}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || len(h.pages) >= maxPages {
		return nil
	}
	_ = q.Push(context.Background(), queue.Item[message]{Value: message{text: true, data: greeting}}) // it is empty
	h.pages[p] = true
	h.count.Store(int32(len(h.pages)))
	h.once.Do(func() { close(h.first) })
	return p
}

func (h *hub) leave(p *page) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.pages, p)
	h.count.Store(int32(len(h.pages)))
	lost := p.q.Stats().Lost
	h.gone.Items += lost.Items
	h.gone.Count += lost.Count
	p.q.Close()
}

// broadcast queues columns that stand for frames start:end for every page. It does not wait.
func (h *hub) broadcast(data []byte, start, end, columns int64) {
	h.push(message{data: data}, start, end, columns)
}

// tell queues a text for every page.
func (h *hub) tell(text []byte) { h.push(message{text: true, data: text}, 0, 0, 0) }

func (h *hub) push(m message, start, end, columns int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for p := range h.pages {
		// A queue that drops what is oldest refuses nothing and does not wait.
		_ = p.q.Push(context.Background(), queue.Item[message]{Start: start, End: end, Count: columns, Size: int64(len(m.data)), Value: m})
	}
}

// lost is what pages did not take in time, in columns.
func (h *hub) lost() queue.Losses {
	h.mu.Lock()
	defer h.mu.Unlock()
	sum := h.gone
	for p := range h.pages {
		l := p.q.Stats().Lost
		sum.Items += l.Items
		sum.Count += l.Count
		sum.Ranges = append(sum.Ranges, l.Ranges...)
	}
	return sum
}

// close lets every page have what is in its queue, and ends it then.
func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for p := range h.pages {
		p.q.Close()
	}
}

// run writes the queue of a page to its socket until the queue is closed and empty, the page goes away, or ctx is done.
func (p *page) run(ctx context.Context, c *websocket.Conn) error {
	for {
		item, err := p.q.Pop(ctx)
		if err != nil {
			return err
		}
		kind := websocket.MessageBinary
		if item.Value.text {
			kind = websocket.MessageText
		}
		w, cancel := context.WithTimeout(ctx, writeTimeout)
		err = c.Write(w, kind, item.Value.data)
		cancel()
		if err != nil {
			return err
		}
	}
}

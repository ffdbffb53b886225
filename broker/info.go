package broker

import (
	"encoding/json"
	"strings"
	"sync/atomic"
	"time"

	"hearpipe/internal/queue"
	"hearpipe/stages"
)

// info is what is told about a stream besides its messages; docs/wire.md says when.
type info struct {
	Version  int       `json:"hpip"`
	Subject  string    `json:"subject"`
	Pipeline string    `json:"pipeline"`
	Node     string    `json:"node"`
	Kind     string    `json:"kind"`
	Form     Form      `json:"format"`
	Run      string    `json:"run"`
	Rate     float64   `json:"rate"`
	First    int       `json:"first"`
	Channels int       `json:"channels"`
	CF       []float64 `json:"cf,omitempty"`
	Started  time.Time `json:"started"`
	// The rest changes while the stream runs.
	End      int64        `json:"end"`
	Messages int64        `json:"messages"`
	Items    int64        `json:"items"`
	Lost     queue.Losses `json:"lost"`
	Ended    string       `json:"ended"`

	subject string
	at      atomic.Int64
}

func newInfo(subject string, kind string, f stages.Format, cf []float64, form Form) *info {
	pipeline, node := subjectParts(subject)
	return &info{
		Version: 1, Subject: subject, Pipeline: pipeline, Node: node, Kind: kind, Form: form, Rate: f.Rate, First: f.First,
		Channels: f.Channels, CF: cf, subject: subject[:strings.LastIndex(subject, ".")+1] + kindInfo,
	}
}

// reached says how far the stream has come.
func (n *info) reached(end int64) { n.at.Store(end) }

// send publishes the info. It is news for people: an error is that of the connection, which the messages notice too.
func (n *info) send(c *Conn, s PublisherStats, ended string) {
	m := info{
		Version: n.Version, Subject: n.Subject, Pipeline: n.Pipeline, Node: n.Node, Kind: n.Kind, Form: n.Form, Run: n.Run, Rate: n.Rate,
		First: n.First, Channels: n.Channels, CF: n.CF, Started: n.Started,
		End: n.at.Load(), Messages: s.Messages, Items: s.Items, Lost: s.Lost, Ended: ended,
	}
	text, err := json.Marshal(&m)
	if err == nil && c.Connected() {
		err = c.nc.Publish(n.subject, text)
	}
	if err != nil {
		c.note(err)
	}
}

// end sends the last info and sees that it leaves this process.
func (n *info) end(c *Conn, s PublisherStats, ended string) {
	if !c.Connected() {
		return
	}
	n.send(c, s, ended)
	if err := c.nc.FlushTimeout(writeTimeout); err != nil {
		c.note(err)
	}
}

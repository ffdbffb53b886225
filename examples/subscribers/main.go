// Subscribers shows both ends of a subject: a pipeline that publishes spikes as JSON through a NATS server in this process, and a
// subscriber that knows nothing of Hearpipe, only a NATS client and a JSON parser. The readers of the binary form beside it are in
// Python (hearpipe_wire.py, listen.py) and JavaScript (hearpipe-wire.mjs); docs/wire.md describes both forms.
//
//	go run ./examples/subscribers
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"time"

	"github.com/nats-io/nats.go"

	"hearpipe/broker"
	"hearpipe/filterbank"
	"hearpipe/neurons"
	"hearpipe/sound"
	"hearpipe/stages"
)

func main() {
	log.SetFlags(0)
	server, err := broker.StartServer(broker.ServerParams{}) // or one of yours
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	spikes, err := subscribe(server.URL())
	if err != nil {
		log.Fatal(err)
	}
	if err := publish(server.URL()); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("heard %d spikes\n", <-spikes)
}

// publish sends the spikes of ten nerve fibres that hear a tone of 1 kHz.
func publish(url string) error {
	tone, err := sound.NewTone(sound.ToneParams{Length: sound.Length{Seconds: 0.05}, Rate: 16000, Frequency: []float64{1000}})
	if err != nil {
		return err
	}
	cf, err := filterbank.ERBSpace(500, 2000, 10)
	if err != nil {
		return err
	}
	cochlea, err := filterbank.NewGammatone(tone, filterbank.GammatoneParams{CF: cf})
	if err != nil {
		return err
	}
	fibres, err := neurons.NewGroup(neurons.GroupParams{
		Name: "anf", N: len(cf), Equations: "dv/dt = (12*clip(I, 0, inf)-v)/(1*ms) : 1\nI : 1", Threshold: "v > 0.5", Reset: "v = 0",
		Refractory: "5 ms", Inputs: map[string]stages.Stage{"I": cochlea},
	})
	if err != nil {
		return err
	}
	hub := broker.NewHub(broker.HubParams{Connect: broker.ConnectParams{URL: url}})
	defer hub.Close()
	sink, err := broker.NewSpikeSink(fibres, hub, broker.SinkParams{
		Subject: broker.Subject{Pipeline: "tone", Node: "anf"}, PublisherParams: broker.PublisherParams{Form: broker.JSON},
	})
	if err != nil {
		return err
	}
	_, err = stages.Run(context.Background(), stages.RunOptions{Block: 160}, sink)
	return err
}

// subscribe prints what is published until the stream ends, and then sends the number of spikes.
func subscribe(url string) (<-chan int, error) {
	nc, err := nats.Connect(url)
	if err != nil {
		return nil, err
	}
	messages, err := nc.SubscribeSync("hearpipe.*.*.spikes")
	if err != nil {
		return nil, err
	}
	total := make(chan int, 1)
	go func() {
		defer nc.Close()
		n := 0
		defer func() { total <- n }()
		for {
			m, err := messages.NextMsg(10 * time.Second)
			if err != nil {
				log.Print(err)
				return
			}
			var block struct {
				Start, End int64
				Rate       float64
				Last       bool
				At         []int64
				Cell       []int
			}
			if err := json.Unmarshal(m.Data, &block); err != nil {
				log.Print(err)
				return
			}
			n += len(block.At)
			fmt.Printf("%s, frames %d to %d: %d spikes of cells %v\n", m.Subject, block.Start, block.End, len(block.At), block.Cell)
			if block.Last {
				return
			}
		}
	}()
	return total, nc.Flush()
}

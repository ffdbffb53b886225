// Latency measures how long it takes from a sample entering a pipeline to its spike being received by a subscriber in another
// process: noise at 44.1 kHz in blocks of 128 frames, paced by the clock of the machine as a sound card would, through a gammatone
// cochlea of 100 channels and a group of integrate-and-fire cells, over core NATS on loopback.
//
//	go run ./bench/latency [-seconds 20] [-channels 100] [-block 128]
//
// The program starts itself once more as the subscriber. Sample k enters at t0 + k/rate: a block is computed when its last sample
// has entered, so that half a block of waiting is part of every figure. Both processes read the same clock.
package main

import (
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"slices"
	"time"

	"hearpipe/broker"
	"hearpipe/filterbank"
	"hearpipe/neurons"
	"hearpipe/sound"
	"hearpipe/stages"
)

const rate = 44100.0

var (
	lasting  = flag.Float64("seconds", 20, "how long to measure")
	channels = flag.Int("channels", 100, "channels")
	block    = flag.Int("block", 128, "frames per block")
	from     = flag.String("from", "", "be the subscriber of this server")
)

// subject is where the spikes are, clock where the subscriber asks when frame 0 entered.
var subject = broker.Subject{Prefix: "bench", Pipeline: "latency", Node: "anf"}

const (
	spikes = "bench.latency.anf.spikes"
	clock  = "bench.latency.clock"
	ready  = "bench.latency.ready"
)

func main() {
	log.SetFlags(0)
	flag.Parse()
	var err error
	if *from != "" {
		err = subscribe(*from)
	} else {
		err = publish()
	}
	if err != nil {
		log.Fatal(err)
	}
}

// pacer hands frames on when the clock of the machine says that they have been recorded.
type pacer struct {
	src stages.Stage
	t0  time.Time
}

func (p *pacer) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	if at == 0 {
		p.t0 = time.Now()
	}
	time.Sleep(time.Until(p.t0.Add(time.Duration(float64(at+int64(dst.N)) / rate * 1e9))))
	f, err := p.src.Fetch(ctx, at, at+int64(dst.N))
	dst.CopyFrom(f, f.N)
	return f.N, err
}

func publish() error {
	ctx := context.Background()
	server, err := broker.StartServer(broker.ServerParams{})
	if err != nil {
		return err
	}
	defer server.Close()
	hub := broker.NewHub(broker.HubParams{Connect: broker.ConnectParams{URL: server.URL()}})
	defer hub.Close()
	conn, err := hub.Conn(ctx)
	if err != nil {
		return err
	}
	noise, err := sound.NewWhiteNoise(sound.NoiseParams{Rate: rate})
	if err != nil {
		return err
	}
	p := &pacer{src: noise}
	paced, err := stages.New("bench.pacer", noise.Format(), p, stages.From(noise)...)
	if err != nil {
		return err
	}
	cf, err := filterbank.ERBSpace(80, 16000, *channels)
	if err != nil {
		return err
	}
	cochlea, err := filterbank.NewGammatone(paced, filterbank.GammatoneParams{CF: cf})
	if err != nil {
		return err
	}
	hair, err := stages.NewFunction([]stages.Stage{cochlea}, stages.FunctionParams{Expr: "3*clip(x, 0, inf)**(1/3)"})
	if err != nil {
		return err
	}
	anf, err := neurons.NewGroup(neurons.GroupParams{
		Name: "anf", N: *channels, Equations: "dv/dt = (I-v)/(1*ms) : 1\nI : 1", Threshold: "v > 1", Reset: "v = 0",
		Inputs: map[string]stages.Stage{"I": hair},
	})
	if err != nil {
		return err
	}
	sink, err := broker.NewSpikeSink(anf, hub, broker.SinkParams{Subject: subject})
	if err != nil {
		return err
	}
	started := make(chan struct{})
	stop, err := conn.Answer(clock, func([]byte) []byte { return binary.LittleEndian.AppendUint64(nil, uint64(p.t0.UnixNano())) })
	if err != nil {
		return err
	}
	defer stop()
	unready, err := conn.Answer(ready, func([]byte) []byte { close(started); return nil })
	if err != nil {
		return err
	}
	defer unready()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	child := exec.Command(self, "-from", server.URL())
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	if err := child.Start(); err != nil {
		return err
	}
	select {
	case <-started:
	case <-time.After(10 * time.Second):
		return fmt.Errorf("the subscriber does not start: %v", child.Process.Kill())
	}
	if _, err := stages.Run(ctx, stages.RunOptions{Block: *block, Seconds: *lasting}, sink); err != nil {
		return err
	}
	s := sink.Stats()
	fmt.Printf("%d channels, blocks of %d frames at %g Hz, %g s: %d messages, %d spikes, %d lost\n", *channels, *block, rate, *lasting, s.Messages, s.Items, s.Lost.Count)
	return child.Wait()
}

// subscribe reads the spikes as any other program would, and prints how old they are.
func subscribe(url string) error {
	ctx := context.Background()
	conn, err := broker.Connect(ctx, broker.ConnectParams{URL: url})
	if err != nil {
		return err
	}
	defer conn.Close()
	r, err := broker.Subscribe(ctx, conn, broker.ReceiverParams{Subject: spikes})
	if err != nil {
		return err
	}
	defer r.Close()
	if _, err := conn.Ask(ctx, ready, nil); err != nil {
		return err
	}
	var ages []float64 // [ms]
	var t0 time.Time
	for {
		b, err := r.Next(ctx)
		if err != nil {
			return err
		}
		now := time.Now()
		if t0.IsZero() {
			answer, err := conn.Ask(ctx, clock, nil)
			if err != nil {
				return err
			}
			t0 = time.Unix(0, int64(binary.LittleEndian.Uint64(answer)))
			continue // asking has taken time
		}
		list, err := b.Spikes(nil)
		if err != nil {
			return err
		}
		for _, s := range list {
			entered := t0.Add(time.Duration(float64(s.At) / b.Rate * 1e9))
			ages = append(ages, float64(now.Sub(entered))/1e6)
		}
		if b.Last {
			break
		}
	}
	if len(ages) == 0 {
		return fmt.Errorf("no spikes were heard")
	}
	slices.Sort(ages)
	at := func(q float64) float64 { return ages[int(q*float64(len(ages)-1))] }
	fmt.Printf("from a sample entering to its spike received in another process: p50 %.2f ms, p90 %.2f, p99 %.2f, p99.9 %.2f, most %.2f (%d spikes)\n",
		at(0.5), at(0.9), at(0.99), at(0.999), at(1), len(ages))
	return nil
}

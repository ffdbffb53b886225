package broker

import (
	"bufio"
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"hearpipe/internal/queue"
	"hearpipe/stages"
)

// asServer makes the test binary be a server: its value is the folder of the store and the port.
const asServer = "HEARPIPE_TEST_IS_SERVER"

// serveForTests is the process that is killed.
func serveForTests() {
	var folder string
	var port int
	if _, err := fmt.Sscan(os.Getenv(asServer), &folder, &port); err != nil {
		panic(err)
	}
	s, err := StartServer(ServerParams{Store: folder, Port: port, Token: "t"})
	if err != nil {
		panic(err)
	}
	fmt.Println(s.Address())
	select {}
}

// victim is a server in a process of its own.
type victim struct {
	cmd     *exec.Cmd
	address string
	folder  string
}

func newVictim(t *testing.T, folder string, port int) *victim {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	v := &victim{cmd: exec.Command(self), folder: folder}
	v.cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d", asServer, folder, port))
	out, err := v.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := v.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.kill)
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatal("the server does not start")
	}
	v.address = lines.Text()
	return v
}

// kill ends the process as a power cut would: without a word.
func (v *victim) kill() {
	v.cmd.Process.Kill()
	v.cmd.Wait()
}

func (v *victim) port(t *testing.T) int {
	t.Helper()
	u, err := url.Parse(v.address)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// A broker that is killed at any moment, three times, and comes back with its disk: nothing is lost, nothing is twice.
func TestKilledBrokerLosesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("starts servers in other processes")
	}
	v := newVictim(t, t.TempDir(), 0)
	hub := NewHub(HubParams{Connect: ConnectParams{URL: v.address, Token: "t"}})
	defer hub.Close()
	const blocks = 3000
	kills := 0
	sink, err := NewSpikeSink(spikeStream(t, blocks*128, func(at int64) {
		switch block := at / 128; block {
		case 500, 1300, 2100:
			v.kill() // in the middle of whatever is on its way
			kills++
		case 600, 1500, 2200:
			v = newVictim(t, v.folder, v.port(t))
		default:
			time.Sleep(200 * time.Microsecond)
		}
	}), hub, SinkParams{Subject: anf, PublisherParams: PublisherParams{Delivery: JetStream, Policy: queue.Fail, Spill: 1 << 24, SpillFolder: t.TempDir(), Drain: 20 * time.Second}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stages.Run(context.Background(), stages.RunOptions{Block: 128}, sink); err != nil {
		t.Fatal(err)
	}
	s := sink.Stats()
	balanced(t, s)
	if kills != 3 || s.Reconnects < 3 || s.Lost.Items+s.Unsure.Items > 0 {
		t.Fatalf("accounts %+v", s)
	}
	t.Logf("%d messages, %d sent again, at most %d waited", s.Messages, s.Resent, s.Highest)
	reading := NewHub(HubParams{Connect: ConnectParams{URL: v.address, Token: "t"}})
	defer reading.Close()
	src, err := NewSpikeSource(reading, SourceParams{Subject: sink.Subject(), Rate: rate, Channels: cells, First: first, Delivery: JetStream})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	list, err := stages.CollectSpikes(context.Background(), src)
	if err != nil {
		t.Fatal(err)
	}
	same(t, list, spikesOf(0, blocks*128))
}

// A subscriber that reads what is stored goes on by itself after the broker was killed, with nothing missing.
func TestSubscriberOutlivesAKilledBroker(t *testing.T) {
	if testing.Short() {
		t.Skip("starts servers in other processes")
	}
	v := newVictim(t, t.TempDir(), 0)
	hub := NewHub(HubParams{Connect: ConnectParams{URL: v.address, Token: "t"}})
	defer hub.Close()
	const blocks = 1000
	begun := make(chan struct{})
	sink, err := NewSpikeSink(spikeStream(t, blocks*128, func(at int64) {
		switch block := at / 128; block {
		case 100:
			<-begun
		case 500:
			v.kill()
		case 600:
			v = newVictim(t, v.folder, v.port(t))
		}
	}), hub, SinkParams{Subject: anf, PublisherParams: PublisherParams{Delivery: JetStream, Drain: 20 * time.Second}})
	if err != nil {
		t.Fatal(err)
	}
	wait := published(context.Background(), sink)
	reading := NewHub(HubParams{Connect: ConnectParams{URL: v.address, Token: "t"}})
	defer reading.Close()
	conn, err := reading.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var r *Receiver
	for i := 0; ; i++ { // until the sink has made the stream
		if r, err = Subscribe(context.Background(), conn, ReceiverParams{Subject: sink.Subject(), Delivery: JetStream}); err == nil {
			break
		}
		if i == 100 {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	defer r.Close()
	close(begun)
	var list []stages.Spike
	for _, b := range hear(t, r, 60*time.Second) {
		if list, err = b.Spikes(list); err != nil {
			t.Fatal(err)
		}
	}
	if err := wait(); err != nil {
		t.Fatal(err)
	}
	same(t, list, spikesOf(0, blocks*128))
	if st := r.Stats()[0]; st.Missing.Items > 0 {
		t.Errorf("missing %+v", st.Missing)
	}
}

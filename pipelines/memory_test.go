package pipelines

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"hearpipe/stages"
)

// endlessANF is simple-anf on endless noise at about the level of speech, without files.
func endlessANF(t testing.TB, channels int, seconds float64) *Plan {
	t.Helper()
	d, err := Open("simple-anf")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(d.Text()), "type: sound.file, path: $input", "type: sound.whitenoise, sigma: 0.1 Pa, seed: 3")
	text = strings.ReplaceAll(text, "  input: speech.wav\n", "")
	if d, err = Parse("endless.yaml", []byte(text)); err != nil {
		t.Fatal(err)
	}
	p, err := d.Check(Options{
		Seconds: seconds, Access: Access{Folder: t.TempDir()},
		Set: []Setting{{Name: "channels", Value: fmt.Sprint(channels), Option: "--set"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Build(context.Background()); err != nil {
		t.Fatal(err)
	}
	return p
}

// counter is a sink that only counts.
type counter struct {
	in stages.SpikeStage
	n  int
}

func (c *counter) Input() stages.Node                        { return c.in }
func (c *counter) Open(context.Context, stages.Format) error { return nil }
func (c *counter) Finish(stages.Ending) error                { return nil }
func (c *counter) Abort(bool)                                {}
func (c *counter) WriteSpikes(_ context.Context, s stages.Spikes) error {
	c.n += len(s.List)
	return nil
}

// drain runs a plan into a counter and returns the stream time and what was allocated.
func drain(t testing.TB, p *Plan, opt stages.RunOptions) (seconds float64, mallocs, bytes uint64) {
	t.Helper()
	defer p.Close()
	c := &counter{in: p.built[0].Input().(stages.SpikeStage)}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	sum, err := stages.Run(context.Background(), opt, c)
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	if c.n == 0 {
		t.Fatal("nobody fired")
	}
	return sum.Seconds, after.Mallocs - before.Mallocs, after.TotalAlloc - before.TotalAlloc
}

// TestLongRunsAllocateNoMoreThanShortOnes is the law of memory for a whole pipeline: steady state allocates nothing.
func TestLongRunsAllocateNoMoreThanShortOnes(t *testing.T) {
	for _, block := range []int{32, 1000} {
		opt := stages.RunOptions{Block: block, Workers: 2}
		_, short, shortBytes := drain(t, endlessANF(t, 100, 0.3), opt)
		_, long, longBytes := drain(t, endlessANF(t, 100, 2.3), opt)
		// The runtime itself allocates a little now and then; a thousand blocks of ours would show.
		if long > short+200 || longBytes > shortBytes+200_000 {
			t.Errorf("blocks of %d: 2 s more made %d allocations more, of %d bytes", block, long-short, int64(longBytes)-int64(shortBytes))
		}
	}
}

func TestLimitsOfUntrustedFiles(t *testing.T) {
	var b strings.Builder
	b.WriteString("nodes:\n  a: {type: sound.silence, duration: 1 s}\n")
	for i := range maxNodes {
		fmt.Fprintf(&b, "  n%d: {type: stages.scale, from: a}\n", i)
	}
	b.WriteString("sinks: [{type: frames, from: a, path: x.npy}]\n")
	if have := verdict(t, "p.yaml", []byte(b.String()), Options{}); !strings.Contains(have, "1002 nodes and sinks; a pipeline may have 1000") {
		t.Errorf("%.300s", have)
	}
	text := "params: {n: 1000}\nnodes:\n  a: {type: sound.silence, duration: 1 s, channels: $n}\n  b: {type: filterbank.lowpass, from: a, cutoff: 1 kHz}\nsinks: [{type: statistic, from: b, path: x.csv}]\n"
	for n, says := range map[string]string{
		"2000000":  "the pipeline needs about",
		"20000000": "want 1 to 16777216",
		"1000":     "nothing",
	} {
		have := verdict(t, "p.yaml", []byte(text), Options{Memory: 100 << 20, Set: []Setting{{"n", n, "--set n"}}})
		if !strings.Contains(have, says) {
			t.Errorf("%s channels: %.300s", n, have)
		}
	}
	long := "# " + strings.Repeat("x", maxFileBytes) + "\n" + text
	if have := verdict(t, "p.yaml", []byte(long), Options{}); !strings.Contains(have, "a pipeline file may have 1048576") {
		t.Errorf("%.300s", have)
	}
	lists := "params:\n"
	for i := range 5 {
		lists += fmt.Sprintf("  p%d: linspace(0, 1, %d)\n", i, 1<<23)
	}
	if have := verdict(t, "p.yaml", []byte(lists+"nodes:\n  a: {type: sound.silence, duration: 1 s}\nsinks: [{type: frames, from: a, path: x.npy}]\n"), Options{}); !strings.Contains(have, "params.p4: the lists of the pipeline have more than") {
		t.Errorf("%.300s", have)
	}
}

// TestLinksDoNotLeadOutOfTheFolder reads and writes through symbolic links.
func TestLinksDoNotLeadOutOfTheFolder(t *testing.T) {
	root := t.TempDir()
	work, outside := filepath.Join(root, "work"), filepath.Join(root, "outside")
	for _, d := range []string{work, outside} {
		if err := os.Mkdir(d, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(outside, "in.wav"), speech, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(work, "link")); err != nil {
		t.Skip(err)
	}
	text := []byte("params: {input: link/in.wav}\nnodes:\n  a: {type: sound.file, path: $input}\nsinks: [{type: frames, from: a, path: link/x.npy}]\n")
	d, err := Parse("p.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		opt  Options
		says []string
	}{
		{Options{}, []string{"link/in.wav lies outside", "link/x.npy lies outside"}},
		{Options{Set: []Setting{{"input", "link/in.wav", "--input"}}}, []string{"link/x.npy lies outside"}},
		{Options{Access: Access{Allow: []string{outside}}}, nil},
	} {
		x.opt.Access.Folder = work
		p, err := d.Check(x.opt)
		if err == nil {
			p.Close()
		}
		have := fmt.Sprint(err)
		for _, s := range x.says {
			if !strings.Contains(have, s) {
				t.Errorf("%+v: %s, want %q", x.opt, have, s)
			}
		}
		if n := strings.Count(have, "lies outside"); n != len(x.says) {
			t.Errorf("%+v: %s, want %d refusals", x.opt, have, len(x.says))
		}
	}
}

// BenchmarkSimpleANF runs the whole chain. Metrics: time per frame and channel, and how many channels this machine
// computes in real time.
func BenchmarkSimpleANF(b *testing.B) {
	for _, channels := range []int{32, 300, 3000} {
		b.Run(fmt.Sprint(channels), func(b *testing.B) {
			const each = 0.02 // stream time of an iteration [s]
			p := endlessANF(b, channels, each*float64(b.N))
			b.ReportAllocs()
			b.ResetTimer()
			seconds, _, _ := drain(b, p, stages.RunOptions{})
			took := b.Elapsed().Seconds()
			b.ReportMetric(took*1e9/(seconds*44100*float64(channels)), "ns/frame·channel")
			b.ReportMetric(float64(channels)*seconds/took, "channels-in-real-time")
		})
	}
}

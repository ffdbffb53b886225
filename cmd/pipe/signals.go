package main

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"hearpipe/internal/atomicfile"
	"hearpipe/stages"
)

// heed makes the process hear signals from now on. While a run lasts they go to a.signals, where the run ends well by them; at
// any other time nothing is worth completing, and the process leaves at once.
func (a *app) heed() {
	list := []os.Signal{os.Interrupt, syscall.SIGTERM}
	// A terminal that is closed ends a run as Ctrl-C does, unless the run was started to survive that (nohup).
	if !signal.Ignored(syscall.SIGHUP) {
		list = append(list, syscall.SIGHUP)
	}
	// Standard output that nobody reads any more must not end the process before its files are dealt with: writing fails instead.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	heard := make(chan os.Signal, 4)
	signal.Notify(heard, list...)
	signals := make(chan os.Signal, 4)
	a.signals = signals
	go func() {
		for s := range heard {
			if a.running.Load() == 0 {
				a.leave("interrupted")
			}
			select {
			case signals <- s:
			default: // the run has more of them than it can want
			}
		}
	}()
}

// leave ends the process although something of it does not return.
func (a *app) leave(why string) {
	atomicfile.RemoveAll()
	fmt.Fprintln(a.stderr, why)
	os.Exit(statusInterrupted)
}

// patient is a reader that need not be waited for: after giveUp, a Read that waits returns [stages.ErrInterrupted], so that
// a run whose pipe is silent can complete its files.
type patient struct {
	r    io.Reader
	once sync.Once
	stop chan struct{}
	read chan answer
	buf  []byte
}

type answer struct {
	n   int
	err error
}

func newPatient(r io.Reader) *patient {
	return &patient{r: r, stop: make(chan struct{}), read: make(chan answer, 1), buf: make([]byte, 1<<16)}
}

// waitable is standard input as commands read it: a file has no need of patience, and can seek.
func waitable(f *os.File) io.Reader {
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		return f
	}
	return newPatient(f)
}

// Read implements io.Reader. The bytes come through a buffer of its own: a read that was given up may still write there.
func (p *patient) Read(dst []byte) (int, error) {
	select {
	case <-p.stop:
		return 0, stages.ErrInterrupted
	default:
	}
	b := p.buf[:min(len(dst), len(p.buf))]
	go func() {
		n, err := p.r.Read(b)
		p.read <- answer{n, err}
	}()
	select {
	case x := <-p.read:
		return copy(dst, b[:x.n]), x.err
	case <-p.stop:
		return 0, stages.ErrInterrupted
	}
}

// giveUp ends the waiting for good; it may be called more than once and from any goroutine.
func (p *patient) giveUp() { p.once.Do(func() { close(p.stop) }) }

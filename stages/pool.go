package stages

import (
	"sync"
	"sync/atomic"
)

// pool is a set of goroutines that share the slices of a block: the caller works too, so a pool of n workers has n-1
// goroutines. They live from newPool to close and are woken once per block.
type pool struct {
	wake []chan struct{}
	task func(i int)
	n    int32
	next atomic.Int32
	wg   sync.WaitGroup
	done sync.WaitGroup
}

func newPool(workers int) *pool {
	p := &pool{}
	for range workers - 1 {
		wake := make(chan struct{}, 1)
		p.wake = append(p.wake, wake)
		p.done.Add(1)
		go func() {
			defer p.done.Done()
			for range wake {
				p.work()
				p.wg.Done()
			}
		}()
	}
	return p
}

func (p *pool) work() {
	for {
		i := p.next.Add(1) - 1
		if i >= p.n {
			return
		}
		p.task(int(i))
	}
}

// do runs task(0) … task(n-1), in any order, and returns when all are done.
func (p *pool) do(n int, task func(i int)) {
	p.task, p.n = task, int32(n)
	p.next.Store(0)
	helpers := min(len(p.wake), n-1)
	p.wg.Add(helpers)
	for _, w := range p.wake[:helpers] {
		w <- struct{}{}
	}
	p.work()
	p.wg.Wait()
	p.task = nil
}

func (p *pool) close() {
	for _, w := range p.wake {
		close(w)
	}
	p.done.Wait()
}

package stages

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// pool is a set of goroutines that help to compute slices: who has slices to compute works too, so a pool of n workers has
// n-1 goroutines. They live from newPool to close. Several nodes may have slices in work at once.
type pool struct {
	jobs    chan *job
	helpers int
	done    sync.WaitGroup
}

// patience is how often a goroutine looks for work before it sleeps: some 20 µs, about what waking it takes. With small
// blocks the next one comes before that.
const patience = 200

func newPool(workers int) *pool {
	p := &pool{helpers: workers - 1, jobs: make(chan *job, 16*workers)}
	for range p.helpers {
		p.done.Add(1)
		go p.help()
	}
	return p
}

func (p *pool) help() {
	defer p.done.Done()
	for {
		j, open := await(p.jobs)
		if !open {
			return
		}
		j.work(true)
	}
}

// await receives, looking around for a while before it sleeps.
func await[T any](c <-chan T) (T, bool) {
	for range patience {
		select {
		case x, open := <-c:
			return x, open
		default:
			runtime.Gosched()
		}
	}
	x, open := <-c
	return x, open
}

// job is a number of tasks that do not depend on each other, again and again.
type job struct {
	task     func(i int)
	n        int32
	taken    atomic.Int32 // tasks
	front    atomic.Int32 // of them, by who has the job: from the first on
	back     atomic.Int32 // by helpers: from the last backwards
	left     atomic.Int32 // tasks that are not done
	finished chan struct{}
}

func newJob(n int, task func(i int)) *job {
	j := &job{task: task, n: int32(n), finished: make(chan struct{}, 1)}
	j.taken.Store(j.n)
	return j
}

// begin lets the helpers take tasks of a job that is not in work; finish must follow.
func (p *pool) begin(j *job) {
	j.left.Store(j.n)
	j.front.Store(0)
	j.back.Store(0)
	j.taken.Store(0) // from here on a helper that was called for an earlier round may take part
	for range min(p.helpers, int(j.n)) {
		select {
		case p.jobs <- j:
		default: // so many calls wait that nobody is free
			return
		}
	}
}

// finish takes part until all tasks are done.
func (j *job) finish() {
	j.work(false)
	await(j.finished)
}

// work takes tasks until none is left. Helpers begin at the other end: of two workers each has much the same tasks in every
// round, and what they keep stays in its cache.
func (j *job) work(helper bool) {
	for j.taken.Add(1) <= j.n {
		var i int32
		if helper {
			i = j.n - j.back.Add(1)
		} else {
			i = j.front.Add(1) - 1
		}
		j.task(int(i))
		if j.left.Add(-1) == 0 {
			j.finished <- struct{}{}
		}
	}
}

// close stops the helpers. No job is in work.
func (p *pool) close() {
	close(p.jobs)
	p.done.Wait()
}

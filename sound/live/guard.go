package live

import (
	"math"
	"time"
)

// guard compares the frames of a device with the clock of the machine, to find frames that were lost before they were delivered: most
// systems do not say. The lag is the time since the first frames, in frames, less the frames that have arrived. It jitters with every
// delivery, but its smallest value over some time is steady: it follows the drift of the two clocks, which is slow (parts in 10⁴ at
// most), and it jumps where frames are missing. Frames that are only late take it back when they arrive, so a jump counts once it
// has lasted for a window of regular deliveries. A device that begins by handing over what it has in store is early for a while: jumps
// count from a settled beginning on. What the lag cannot tell from a loss is a system that begins to hold frames back for good; no
// jump below that of a generous buffer counts for that reason.
type guard struct {
	rate  float64 // of the device [Hz]
	began time.Time
	last  time.Time // of the last delivery
	start time.Time // of the window
	least float64   // smallest lag in the window [frames]
	base  float64   // the lag without losses [frames]
}

const (
	guardWindow = 2 * time.Second
	guardSettle = 5 * time.Second
	guardJump   = 0.2   // a loss of less is not told from a change of delay [s]
	guardPause  = 0.1   // a longer pause between deliveries opens the window anew [s]
	guardDrift  = 0.002 // largest difference of the clocks: 2 frames in 1,000
)

// observe takes a delivery of n frames at a time, after which there are head frames. It returns how many are missing before the
// next one, for which the caller appends silence.
func (g *guard) observe(now time.Time, n, head int64) int64 {
	if g.began.IsZero() {
		g.began = now
		g.base = float64(-head)
		g.open(now)
		g.last = now
		return 0
	}
	irregular := now.Sub(g.last).Seconds() > guardPause+float64(n)/g.rate
	g.last = now
	lag := float64(now.Sub(g.began).Seconds()*g.rate) - float64(head)
	g.base = math.Min(g.base, lag) // never so early: the lag before was late
	if irregular {
		g.open(now) // what follows may be catching up
	}
	g.least = math.Min(g.least, lag)
	length := now.Sub(g.start)
	if length < guardWindow {
		return 0
	}
	jump := g.least - g.base
	g.open(now)
	if now.Sub(g.began) < guardSettle {
		g.base += jump
		return 0
	}
	if jump > guardJump*g.rate {
		return int64(math.Round(jump))
	}
	g.base += math.Min(jump, float64(guardDrift*length.Seconds()*g.rate))
	return 0
}

func (g *guard) open(now time.Time) { g.start, g.least = now, math.Inf(1) }

package kernel

// FlushInterval is the distance, in frames, of the absolute frame numbers at which filters flush their state: before
// frame 0, 1024, 2048, ... every state variable z with |z| < 1e-200 becomes +0. After a sound has ended the state of a filter
// decays into subnormal numbers, with which processors are a hundred times slower, and may stay there for ever. From 1e-200 most
// states do not get there, nor do their products, within 1024 frames. The rule is part of the arithmetic: it depends on the absolute
// frame number alone, not on blocks.
const FlushInterval = 1024

// Rows is a block of frames in memory: frame i of lane c is Data[i*Stride+c*Step]. Lanes are channels.
type Rows struct {
	Data   []float64
	Stride int // distance of frames
	Step   int // distance of lanes: 1, or 0 to feed one channel to all lanes
}

// Feed says where lanes Lo:Hi of a bank come from: from lane From of the source on, with steps of 1, or with a step of 0 all
// from that lane.
type Feed struct {
	Lo, Hi, From, Step int
}

// lane begins the rows at a lane, and goes on from there with the given step.
func (r Rows) lane(c, step int) Rows {
	r.Data = r.Data[c:]
	r.Step = step
	return r
}

// lanes are those from n on.
func (r Rows) lanes(n int) Rows { return r.lane(n*r.Step, r.Step) }

func (r Rows) from(frame int) Rows {
	r.Data = r.Data[frame*r.Stride:]
	return r
}

// Sections holds the coefficients of recursive filters: for every channel a series of sections of the same order, each with
// the transfer function Σ b_i·z^-i / (1 + Σ a_i·z^-i).
//
// With m the order, b_i of section k and channel c is B[(k*(m+1)+i)*Channels+c] for i = 0..m, a_i is
// A[(k*m+i-1)*Channels+c] for i = 1..m. The state of a bank is a slice of [Sections.States] numbers, zero at the start: z_i is
// at the place of a_i.
type Sections struct {
	Count, Order, Channels int
	B, A                   []float64
}

// together is how many sections of an order are computed in one pass.
var together = [...]int{1: 4, 2: 2}

// States is the number of state variables.
func (s *Sections) States() int { return s.Count * s.Order * s.Channels }

const errSections = "kernel: sections, state or blocks of impossible size"

// Run filters frames at:at+frames from src to dst, in the transposed direct form II: for every frame, section by section,
//
//	y   = fma(b_0, x, z_1)
//	z_i = fma(-a_i, y, fma(b_i, x, z_(i+1)))   for i = 1..m-1
//	z_m = fma(-a_m, y, b_m·x)
//
// where x is the input of the section and y the input of the next one; a section of order 0 is y = b_0·x. dst may be src
// where src.Step is 1. The state is flushed at multiples of [FlushInterval].
func (s *Sections) Run(dst, src Rows, at int64, frames int, state []float64) {
	if len(state) != s.States() || len(s.B) != s.Count*(s.Order+1)*s.Channels || len(s.A) != s.States() || s.Count < 1 || dst.Step != 1 {
		panic(errSections)
	}
	for frames > 0 {
		n := untilFlush(at, frames, state)
		in := src
		for k := 0; k < s.Count; {
			count := 1
			if s.Order == 1 || s.Order == 2 {
				count = min(s.Count-k, together[s.Order])
			}
			sections(s, k, count, dst, in, n, state)
			k += count
			in = dst
		}
		at += int64(n)
		frames -= n
		if frames > 0 {
			dst, src = dst.from(n), src.from(n)
		}
	}
}

// Gammatone holds the coefficients of a gammatone filterbank: for every channel a gain and four sections of order 2 with a
// common denominator 1 + a_1·z^-1 + a_2·z^-2 and numerators 1 + b·z^-1. What is not there need not be kept in registers nor
// computed: this is the form that runs fastest.
//
// The gain of channel c is Gain[c]; b of section k is B[k*Channels+c]; a_i is A[(i-1)*Channels+c] for i = 1, 2. The state is a
// slice of 8·Channels numbers, zero at the start: w_i of section k at (2*k+i-1)*Channels+c.
type Gammatone struct {
	Channels   int
	Gain, B, A []float64
}

// States is the number of state variables.
func (g *Gammatone) States() int { return 8 * g.Channels }

// Run filters frames at:at+frames from src to dst. The input is multiplied by the gain, a rounding of its own, and then goes
// through the sections in the canonical direct form II, with x the input of a section and y that of the next one:
//
//	w = fma(-a_1, w_1, fma(-a_2, w_2, x))
//	y = fma(b, w_1, w)
//	w_2 = w_1, w_1 = w
//
// Three operations a section are the fewest, and a section waits for one of them from frame to frame. The transposed form
// needs four. The w of a narrow filter at a low frequency are some hundred times its output, but what they round off goes
// through the numerator, so that the output is as good.
// dst may be src where src.Step is 1. The state is flushed at multiples of [FlushInterval].
func (g *Gammatone) Run(dst, src Rows, at int64, frames int, state []float64) {
	g.run(dst, src, nil, at, frames, state)
}

// RunFed is Run for lanes that come from other lanes of src than their own, as feeds say, which together have every lane once;
// src.Step counts for nothing. The bits are those of Run on a copy with the lanes in their places. dst is not src.
func (g *Gammatone) RunFed(dst, src Rows, feeds []Feed, at int64, frames int, state []float64) {
	lanes := 0
	for _, f := range feeds {
		if f.Lo < 0 || f.Hi <= f.Lo || f.Hi > g.Channels || f.From < 0 || f.Step&^1 != 0 {
			panic(errSections)
		}
		lanes += f.Hi - f.Lo
	}
	if lanes != g.Channels {
		panic(errSections)
	}
	g.run(dst, src, feeds, at, frames, state)
}

func (g *Gammatone) run(dst, src Rows, feeds []Feed, at int64, frames int, state []float64) {
	if len(state) != g.States() || len(g.Gain) != g.Channels || len(g.B) != 4*g.Channels || len(g.A) != 2*g.Channels || dst.Step != 1 {
		panic(errSections)
	}
	for frames > 0 {
		n := untilFlush(at, frames, state)
		if feeds == nil {
			gammatone(g, dst, src, n, state, 0, g.Channels)
		}
		for _, f := range feeds {
			gammatone(g, dst, src.lane(f.From, f.Step), n, state, f.Lo, f.Hi)
		}
		at += int64(n)
		frames -= n
		if frames > 0 {
			dst, src = dst.from(n), src.from(n)
		}
	}
}

// untilFlush flushes the state if it is time for that at frame at, and says how many of the frames come before the next
// time.
func untilFlush(at int64, frames int, state []float64) int {
	phase := int(at % FlushInterval)
	if phase == 0 {
		FlushState(state)
	}
	return min(frames, FlushInterval-phase)
}

// FlushState sets every z with |z| < 1e-200 to +0; filters with a recursion of their own call it at multiples of
// [FlushInterval].
func FlushState(state []float64) {
	flushVec(state, state)
}

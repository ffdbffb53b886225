package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// bank makes stable sections with random coefficients.
func bank(r *rand.Rand, count, order, channels int) *Sections {
	s := &Sections{
		Count: count, Order: order, Channels: channels,
		B: make([]float64, count*(order+1)*channels), A: make([]float64, count*order*channels),
	}
	for i := range s.B {
		s.B[i] = r.NormFloat64()
	}
	for i := range s.A {
		s.A[i] = (2*r.Float64() - 1) / float64(order+1) // Σ|a| < 1: stable
	}
	return s
}

// direct is the definition in the comment of Run, sample by sample, for one channel; frames count from 0.
func direct(s *Sections, c int, x []float64) []float64 {
	m := s.Order
	z := make([][]float64, s.Count)
	for k := range z {
		z[k] = make([]float64, m+1)
	}
	out := make([]float64, len(x))
	for n, v := range x {
		for k := range z {
			if n%FlushInterval == 0 {
				for i := range z[k] {
					if math.Abs(z[k][i]) < 1e-200 {
						z[k][i] = 0
					}
				}
			}
			b := func(i int) float64 { return s.B[(k*(m+1)+i)*s.Channels+c] }
			a := func(i int) float64 { return s.A[(k*m+i-1)*s.Channels+c] }
			if m == 0 {
				v = b(0) * v
				continue
			}
			y := math.FMA(b(0), v, z[k][0])
			for i := 1; i < m; i++ {
				z[k][i-1] = math.FMA(-a(i), y, math.FMA(b(i), v, z[k][i]))
			}
			z[k][m-1] = math.FMA(-a(m), y, float64(b(m)*v))
			v = y
		}
		out[n] = v
	}
	return out
}

func TestSectionsFollowTheirDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	const frames = 1100 // over one flush
	for _, count := range []int{1, 2, 3, 4, 5} {
		for _, order := range []int{0, 1, 2, 3, 7} {
			for _, channels := range []int{1, 2, 3, 8} {
				for _, step := range []int{0, 1} {
					s := bank(r, count, order, channels)
					name := fmt.Sprintf("%d sections of order %d, %d channels, step %d", count, order, channels, step)
					stride := channels + 3
					in := make([]float64, frames*stride)
					for i := range in {
						in[i] = r.NormFloat64()
						if i/stride > 60 {
							in[i] = 0 // long silence: the state decays to nothing
						}
					}
					out, intact := guarded(frames*stride, 1)
					for i := range out {
						out[i] = 99
					}
					state := make([]float64, s.States())
					// Blocks of random length, one of them empty.
					for at := 0; at < frames; {
						n := min(r.IntN(300), frames-at)
						s.Run(Rows{out[at*stride:], stride, 1}, Rows{in[at*stride:], stride, step}, int64(at), n, state)
						at += n
					}
					for c := range channels {
						x := make([]float64, frames)
						for i := range x {
							x[i] = in[i*stride+c*step]
						}
						for i, want := range direct(s, c, x) {
							if got := out[i*stride+c]; !same(got, want) {
								t.Fatalf("%s: frame %d channel %d: %v, want %v", name, i, c, got, want)
							}
						}
					}
					for i, v := range out {
						if i%stride >= channels && v != 99 {
							t.Fatalf("%s: wrote into the padding", name)
						}
					}
					if !intact() {
						t.Fatalf("%s: wrote outside of dst", name)
					}
				}
			}
		}
	}
}

func gammatoneBank(r *rand.Rand, channels int) (*Gammatone, *Sections) {
	g := &Gammatone{Channels: channels, Gain: make([]float64, channels), B: make([]float64, 4*channels), A: make([]float64, 2*channels)}
	s := &Sections{Count: 4, Order: 2, Channels: channels, B: make([]float64, 12*channels), A: make([]float64, 8*channels)}
	for c := range channels {
		radius, angle := 0.9+0.09*r.Float64(), 3*r.Float64()
		g.Gain[c], g.A[c], g.A[channels+c] = 1e-4*r.Float64(), -2*radius*math.Cos(angle), radius*radius
		for k := range 4 {
			g.B[k*channels+c] = r.NormFloat64()
			s.B[3*k*channels+c] = 1
			s.B[(3*k+1)*channels+c] = g.B[k*channels+c]
			if k == 0 {
				s.B[(3*k+1)*channels+c] *= g.Gain[c]
			}
			for i := range 2 {
				s.A[(2*k+i)*channels+c] = g.A[i*channels+c]
			}
		}
		s.B[c] = g.Gain[c]
	}
	return g, s
}

// directGammatone is the definition in the comment of Run, sample by sample, for one channel; frames count from 0.
func directGammatone(g *Gammatone, c int, x []float64) []float64 {
	var w [4][2]float64
	out := make([]float64, len(x))
	a1, a2 := g.A[c], g.A[g.Channels+c]
	for n, v := range x {
		v = float64(g.Gain[c] * v)
		for k := range w {
			s := &w[k]
			if n%FlushInterval == 0 {
				for i := range s {
					if math.Abs(s[i]) < 1e-200 {
						s[i] = 0
					}
				}
			}
			next := math.FMA(-a1, s[0], math.FMA(-a2, s[1], v))
			v = math.FMA(g.B[k*g.Channels+c], s[0], next)
			s[0], s[1] = next, s[0]
		}
		out[n] = v
	}
	return out
}

// TestGammatoneFollowsItsDefinition covers, in every tier, every tail of channels, padding, both kinds of input, blocks of any
// length and a flush, and finds nothing written outside.
func TestGammatoneFollowsItsDefinition(t *testing.T) {
	forAllTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(2, 2))
		const frames = 1100 // over one flush
		for channels := 1; channels <= 43; channels++ {
			g, _ := gammatoneBank(r, channels)
			for step := range 2 {
				stride := channels + r.IntN(4)
				in := normals(r, frames*stride)
				clear(in[60*stride:])
				if channels%2 == 0 { // so little that the state decays to nothing until it is flushed
					VecMulScalar(in, in, 1e-290)
				}
				out, intact := guarded(frames*stride, 1)
				for i := range out {
					out[i] = 99
				}
				state := make([]float64, g.States())
				for at := 0; at < frames; {
					n := min(1+r.IntN(50), frames-at)
					g.Run(Rows{out[at*stride:], stride, 1}, Rows{in[at*stride:], stride, step}, int64(at), n, state)
					at += n
				}
				for c := range channels {
					x := make([]float64, frames)
					for i := range x {
						x[i] = in[i*stride+c*step]
					}
					for i, want := range directGammatone(g, c, x) {
						if got := out[i*stride+c]; !same(got, want) {
							t.Fatalf("%d channels, step %d: frame %d channel %d: %v, want %v", channels, step, i, c, got, want)
						}
					}
				}
				for i, v := range out {
					if i%stride >= channels && v != 99 {
						t.Fatalf("%d channels: wrote into the padding", channels)
					}
				}
				if !intact() {
					t.Fatalf("%d channels: wrote outside of dst", channels)
				}
			}
		}
	})
}

// The gammatone is the same filter as four sections of [Sections], in another order of operations.
func TestGammatoneIsFourSections(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	const channels, frames = 5, 3000
	g, s := gammatoneBank(r, channels)
	in := make([]float64, frames*channels)
	for i := range 400 * channels {
		in[i] = r.NormFloat64()
	}
	want, got := make([]float64, frames*channels), make([]float64, frames*channels)
	s.Run(Rows{want, channels, 1}, Rows{in, channels, 1}, 0, frames, make([]float64, s.States()))
	g.Run(Rows{got, channels, 1}, Rows{in, channels, 1}, 0, frames, make([]float64, g.States()))
	for c := range channels {
		off, peak := 0.0, 0.0
		for i := c; i < len(want); i += channels {
			off, peak = max(off, math.Abs(got[i]-want[i])), max(peak, math.Abs(want[i]))
		}
		if off > 1e-11*peak { // poles of radius 0.9 to 0.99: roundings grow up to 10⁴-fold
			t.Errorf("channel %d: differs by %.3g, largest number %.3g", c, off, peak)
		}
	}
}

func TestFiltersWorkInPlace(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	const channels, frames = 4, 100
	g, s := gammatoneBank(r, channels)
	in := make([]float64, frames*channels)
	for i := range in {
		in[i] = r.NormFloat64()
	}
	for name, run := range map[string]func(dst, src Rows){
		"sections":  func(dst, src Rows) { s.Run(dst, src, 0, frames, make([]float64, s.States())) },
		"gammatone": func(dst, src Rows) { g.Run(dst, src, 0, frames, make([]float64, g.States())) },
	} {
		out, place := make([]float64, len(in)), append([]float64(nil), in...)
		run(Rows{out, channels, 1}, Rows{in, channels, 1})
		run(Rows{place, channels, 1}, Rows{place, channels, 1})
		for i := range out {
			if out[i] != place[i] {
				t.Fatalf("%s: element %d is %v in place, %v else", name, i, place[i], out[i])
			}
		}
	}
}

// A state below 1e-200 survives until the next multiple of 1024 frames and not beyond; NaN and larger numbers stay.
func TestStateIsFlushedAtAbsoluteFrames(t *testing.T) {
	s := &Sections{Count: 1, Order: 1, Channels: 3, B: make([]float64, 6), A: []float64{-1, -1, -1}} // holds its state
	run := func(at int64, frames int) []float64 {
		out := make([]float64, 3*frames)
		s.Run(Rows{out, 3, 1}, Rows{make([]float64, 3*frames), 3, 1}, at, frames, []float64{1e-201, -2e-200, math.NaN()})
		return out
	}
	for _, c := range []struct {
		at     int64
		frames int
		want   float64 // channel 0 in the last frame
	}{{1020, 4, 1e-201}, {1020, 5, 0}, {1024, 1, 0}, {1025, 1023, 1e-201}, {1025, 1024, 0}, {1 << 40, 1, 0}, {1<<40 + 1, 10, 1e-201}} {
		out := run(c.at, c.frames)
		if last := out[len(out)-3:]; last[0] != c.want || last[1] != -2e-200 || last[2] == last[2] {
			t.Errorf("%d frames from %d end with %v, want [%v -2e-200 NaN]", c.frames, c.at, last, c.want)
		}
	}
}

func TestImpossibleSizesPanic(t *testing.T) {
	g, s := gammatoneBank(rand.New(rand.NewPCG(4, 4)), 2)
	rows := Rows{make([]float64, 8), 2, 1}
	for name, f := range map[string]func(){
		"state of sections":  func() { s.Run(rows, rows, 0, 1, make([]float64, s.States()-1)) },
		"state of gammatone": func() { g.Run(rows, rows, 0, 1, make([]float64, g.States()+1)) },
		"step of dst":        func() { g.Run(Rows{rows.Data, 2, 0}, rows, 0, 1, make([]float64, g.States())) },
	} {
		func() {
			defer func() {
				if p := recover(); p != errSections {
					t.Errorf("%s: panic %v", name, p)
				}
			}()
			f()
		}()
	}
}

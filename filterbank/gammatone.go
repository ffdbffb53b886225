package filterbank

import (
	"context"
	"fmt"
	"math"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
)

// GammatoneParams describe a gammatone filterbank.
type GammatoneParams struct {
	// CF holds the centre frequency f_c of each channel [Hz], above 0 and below half the rate, in any order.
	CF []float64
	// B holds the factor b between the bandwidth parameter of the filters and their ERB, above 0: one for each channel,
	// or one for all; default 1.019.
	B            []float64
	ERBOrder     float64      // o of the ERB, see ERBParams; default 1
	EarQ         float64      // Q of the ERB; default 9.26449
	MinBandwidth float64      // m of the ERB [Hz]; default 24.7
	Channels     stages.Range // channels to compute; zero: all
}

// resolve checks everything but the centre frequencies and fills in the defaults: afterwards B has one value, or one per
// channel. It allocates nothing per channel, because each of many slices resolves the params of the whole bank.
func (p GammatoneParams) resolve() (GammatoneParams, ERBParams, error) {
	erb, err := ERBParams{EarQ: p.EarQ, MinBandwidth: p.MinBandwidth, Order: p.ERBOrder}.withDefaults()
	if err != nil {
		return p, erb, err
	}
	if len(p.CF) == 0 {
		return p, erb, fmt.Errorf("no centre frequencies: want one for each channel")
	}
	if len(p.B) == 0 {
		p.B = []float64{1.019}
	}
	if len(p.B) != 1 && len(p.B) != len(p.CF) {
		return p, erb, fmt.Errorf("%d bandwidth factors for %d channels: want 1 or %d", len(p.B), len(p.CF), len(p.CF))
	}
	for c, b := range p.B {
		if !(b > 0 && finite(b)) {
			return p, erb, fmt.Errorf("channel %d: bandwidth factor %g: want a positive number", c, b)
		}
	}
	return p, erb, nil
}

// factor is the bandwidth factor of a channel, once resolved.
func (p GammatoneParams) factor(channel int) float64 { return p.B[channel%len(p.B)] }

// gammatoneDesign is the filter of one channel, in a form that needs no large numbers.
type gammatoneDesign struct {
	gain     float64    // G/T⁴: the amplification at f_c of the four sections with numerators 1 + alpha·z^-1
	alpha    [4]float64 // A_k/T
	a1, a2   float64
	interval float64 // T [s]
}

// designGammatone follows Slaney (1993). With T = 1/rate, B = 2π·b·ERB(f_c), θ = 2π·f_c·T and E = exp(-B·T) the four
// sections are
//
//	(T + A_k·z^-1) / (1 - 2E·cos θ·z^-1 + E²·z^-2),   A_k = -T·E·(cos θ + s_k·sin θ),   s_k = ±√(3 ± 2√2)
//
// and G = Π|T + A_k·e^-jθ| / ((1-E)·|1 - E·e^-2jθ|)⁴ is their common gain at f_c. Written out in sines and 1-E, the
// differences in G lose no digits at low frequencies.
func designGammatone(rate float64, channel int, cf, b float64, erb ERBParams) (d gammatoneDesign, err error) {
	if err := checkFrequency(rate, channel, cf); err != nil {
		return d, err
	}
	d.interval = 1 / rate
	bt := 2 * math.Pi * b * erb.bandwidth(cf) * d.interval
	sin, cos := kernel.Sincos(2 * math.Pi * cf * d.interval)
	e, rest := kernel.Exp(-bt), -kernel.Expm1(-bt) // E, 1-E
	d.a1, d.a2 = -2*e*cos, kernel.Exp(-2*bt)
	// √(3+2√2) = √2+1 and √(3-2√2) = √2-1.
	d.gain = 1
	for k, s := range [4]float64{math.Sqrt2 + 1, -math.Sqrt2 - 1, math.Sqrt2 - 1, 1 - math.Sqrt2} {
		u := math.FMA(s, sin, cos)
		d.alpha[k] = -e * u
		// 1 + alpha·(cos θ - j·sin θ), with 1 = sin²θ + cos²θ.
		re := math.FMA(sin, math.FMA(-e*s, cos, sin), float64(rest*cos)*cos)
		d.gain *= kernel.Hypot(re, e*u*sin)
	}
	p := rest * kernel.Hypot(math.FMA(2*e*sin, sin, rest), 2*e*sin*cos)
	d.gain /= p * p * (p * p)
	return d, nil
}

// DesignGammatone gives the coefficients of a gammatone filterbank at a rate [Hz], in the form in which Slaney (1993)
// states them: four sections of order 2, with numerators T + A_k·z^-1, the first divided by the gain G, so that
// |H(f_c)| = 1. The factors b_0 of the first section are large, about 10¹² at low frequencies.
func DesignGammatone(rate float64, p GammatoneParams) (*Coefficients, error) {
	p, erb, err := p.resolve()
	if err != nil {
		return nil, err
	}
	coefficients := newCoefficients(0, len(p.CF), 4, 2)
	for c, cf := range p.CF {
		d, err := designGammatone(rate, c, cf, p.factor(c), erb)
		if err != nil {
			return nil, err
		}
		t := d.interval
		t4 := t * t * (t * t)
		for k, alpha := range d.alpha {
			b0 := t
			if k == 0 {
				b0 = t / (d.gain * t4)
			}
			if err := coefficients.Set(c, k, []float64{b0, b0 * alpha}, []float64{1, d.a1, d.a2}); err != nil {
				return nil, err
			}
		}
	}
	return coefficients, nil
}

// Gammatone is a bank of gammatone filters, whose impulse responses t³·exp(-2π·b·ERB(f_c)·t)·cos(2π·f_c·t) are a model of the
// auditory filter (Patterson et al. 1988), as the cascade of four second-order sections of Slaney (1993), with gain 1 at
// the centre frequency.
//
// The stage computes with numerators 1 + (A_k/T)·z^-1 and one gain T⁴/G, by which the input is multiplied, in the canonical
// direct form II: the same filter as that of [DesignGammatone], different by rounding only.
type Gammatone struct {
	*stages.Stream
	f *gammatoneFiller
}

// NewGammatone makes the filters of p on a source with as many channels or with one. Missing or impossible centre
// frequencies, among them those from half the rate on, and other params out of range are errors that name channel and
// value.
func NewGammatone(src stages.Stage, p GammatoneParams) (*Gammatone, error) {
	const kind = "filterbank.gammatone"
	f, err := newGammatoneFiller(kind, src, p)
	if err != nil {
		return nil, err
	}
	f.feeds = f.in.through()
	stream, err := stages.New(kind, f.in.format(), f, stages.Input{From: f.in.src})
	if err != nil {
		return nil, err
	}
	return &Gammatone{stream, f}, nil
}

// newGammatoneFiller makes the filters of p; kind is that of the bank they belong to.
func newGammatoneFiller(kind string, src stages.Stage, p GammatoneParams) (*gammatoneFiller, error) {
	p, erb, err := p.resolve()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	in, err := connect(kind, src, len(p.CF), p.Channels)
	if err != nil {
		return nil, err
	}
	n := in.channels.Len()
	f := &gammatoneFiller{
		in: in, rate: src.Format().Rate, erb: erb,
		cf: make([]float64, n), b: make([]float64, n),
		k: kernel.Gammatone{Channels: n, Gain: make([]float64, n), B: make([]float64, 4*n), A: make([]float64, 2*n)},
	}
	f.state = make([]float64, f.k.States())
	for c, cf := range p.CF {
		if i := c - in.channels.Lo; i >= 0 && i < n {
			f.b[i] = p.factor(c)
			err = f.setCF(c, cf)
		} else { // the whole bank has the same mistakes, whatever range of it is computed
			err = checkFrequency(f.rate, c, cf)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", kind, err)
		}
	}
	return f, nil
}

// SetCF changes the centre frequency [Hz] of a channel (absolute index) from the next frame on; the state is kept. It is
// meant for the updater of a control. A frequency out of range and a channel that is not computed are an error.
func (g *Gammatone) SetCF(channel int, cf float64) error {
	if r := g.f.in.channels; channel < r.Lo || channel >= r.Hi {
		return fmt.Errorf("filterbank.gammatone: channel %d: want channels %d:%d", channel, r.Lo, r.Hi)
	}
	if err := g.f.setCF(channel, cf); err != nil {
		return fmt.Errorf("filterbank.gammatone: %w", err)
	}
	return nil
}

// CF is the centre frequency [Hz] of a channel that is computed (absolute index), as it is now.
func (g *Gammatone) CF(channel int) float64 { return g.f.cf[channel-g.f.in.channels.Lo] }

// Coefficients are those in use, of the channels computed, as a series of sections with b_0 = 1 in all but the first: a copy.
func (g *Gammatone) Coefficients() *Coefficients { return g.f.coefficients() }

// gammatoneFiller fills a Gammatone. cf, b and k are those of the channels computed.
type gammatoneFiller struct {
	in    *input
	rate  float64
	erb   ERBParams
	cf, b []float64
	k     kernel.Gammatone
	feeds []kernel.Feed // nil: every lane is fed by its own channel, or all by the only one
	state []float64
}

func (f *gammatoneFiller) setCF(channel int, cf float64) error {
	i, n := channel-f.in.channels.Lo, f.k.Channels
	d, err := designGammatone(f.rate, channel, cf, f.b[i], f.erb)
	if err != nil {
		return err
	}
	f.cf[i] = cf
	f.k.Gain[i] = 1 / d.gain
	for k, alpha := range d.alpha {
		f.k.B[k*n+i] = alpha
	}
	f.k.A[i], f.k.A[n+i] = d.a1, d.a2
	return nil
}

func (f *gammatoneFiller) coefficients() *Coefficients {
	k, r := &f.k, f.in.channels
	c := newCoefficients(r.Lo, r.Len(), 4, 2)
	for i := range r.Len() {
		for s := range 4 {
			b0, _ := c.place(r.Lo+i, s, 0)
			b1, a1 := c.place(r.Lo+i, s, 1)
			_, a2 := c.place(r.Lo+i, s, 2)
			*b0, *b1, *a1, *a2 = 1, k.B[s*k.Channels+i], k.A[i], k.A[k.Channels+i]
			if s == 0 {
				*b0 = k.Gain[i]
				*b1 *= k.Gain[i]
			}
		}
	}
	return c
}

// Fill filters the next frames of the source.
func (f *gammatoneFiller) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	src, n, err := f.in.fetch(ctx, at, dst.N)
	switch {
	case n == 0:
	case f.feeds != nil:
		f.k.RunFed(rows(dst), src, f.feeds, at, n, f.state)
	default:
		f.k.Run(rows(dst), src, at, n, f.state)
	}
	return n, err
}

// AppendState appends centre frequencies, coefficients and state.
func (f *gammatoneFiller) AppendState(b []byte) []byte {
	for _, list := range f.lists() {
		b = stages.AppendFloats(b, list)
	}
	return b
}

// LoadState reads what AppendState wrote.
func (f *gammatoneFiller) LoadState(b []byte) error { return readAll(b, f.lists()...) }

func (f *gammatoneFiller) lists() [][]float64 {
	return [][]float64{f.cf, f.k.Gain, f.k.B, f.k.A, f.state}
}

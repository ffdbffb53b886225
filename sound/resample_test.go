package sound

import (
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"strings"
	"testing"

	"hearpipe/stages"
)

// rates are the pairs that the comment of Resampler speaks of.
var rates = [][2]float64{
	{44100, 48000}, {48000, 44100}, {16000, 44100}, {44100, 16000}, {96000, 44100}, {44100, 88200}, {97656.25, 44100},
}

// toneOf is frames of sin(2πft + 0.3) at a rate.
func toneOf(rate, f float64, frames int64) *Sound {
	return must(FromFunc(rate, frames, func(t float64) float64 { return math.Sin(2*math.Pi*f*t + 0.3) }))
}

// fit is the amplitude of the component at f [Hz], relative to sin(2πft + 0.3), and the root mean square of the rest, of the
// middle of a sound, where its ends are not heard.
func fit(s *Sound, f float64) (gain complex128, rest float64) {
	lo, hi := s.Len()/4, s.Len()*3/4
	var cc, ss, cs, xc, xs float64
	for i := lo; i < hi; i++ {
		a := 2*math.Pi*f*float64(i)/s.Rate() + 0.3
		c, n, x := math.Cos(a), math.Sin(a), s.At(i, 0)
		cc, ss, cs, xc, xs = cc+c*c, ss+n*n, cs+c*n, xc+x*c, xs+x*n
	}
	det := cc*ss - cs*cs
	b, a := (xc*ss-xs*cs)/det, (xs*cc-xc*cs)/det
	for i := lo; i < hi; i++ {
		w := 2*math.Pi*f*float64(i)/s.Rate() + 0.3
		d := s.At(i, 0) - a*math.Sin(w) - b*math.Cos(w)
		rest += d * d
	}
	return complex(a, b), math.Sqrt(rest / float64(hi-lo))
}

func decibels(x float64) float64 { return 20 * math.Log10(x) }

// The pass band is flat in amplitude and phase, and what does not belong there lies 120 dB below the tone: images of tones that
// can be kept, and what is left of tones that cannot.
func TestThePassBandIsFlatAndTheStopBandDeep(t *testing.T) {
	const n = 4000
	ripple, image, alias := 0.0, -999.0, -999.0
	for _, r := range rates {
		low := math.Min(r[0], r[1]) / 2
		for k := 1; k <= 8; k++ {
			f := low * 0.9 * float64(k) / 8
			gain, rest := fit(must(toneOf(r[0], f, n).Resample(r[1])), f)
			d := math.Max(math.Abs(real(gain)-1), math.Abs(imag(gain)))
			ripple = math.Max(ripple, d)
			image = math.Max(image, decibels(rest*math.Sqrt2))
			if d > 2e-6 || rest*math.Sqrt2 > 1e-6 {
				t.Errorf("%g Hz to %g Hz, tone of %g Hz: gain %v, rest %.1f dB", r[0], r[1], f, gain, decibels(rest*math.Sqrt2))
			}
		}
		for f := low; f < r[0]/2; f += (r[0]/2 - low) / 6 {
			s := must(toneOf(r[0], f, n).Resample(r[1]))
			lo, hi := s.Len()/4, s.Len()*3/4
			power := 0.0
			for i := lo; i < hi; i++ {
				power += s.At(i, 0) * s.At(i, 0)
			}
			left := decibels(math.Sqrt(2 * power / float64(hi-lo)))
			alias = math.Max(alias, left)
			if left > -120 {
				t.Errorf("%g Hz to %g Hz: %.1f dB are left of a tone of %g Hz", r[0], r[1], left, f)
			}
			if r[0]/2 == low {
				break
			}
		}
	}
	t.Logf("pass band ±%.2g (%.2g dB), images %.1f dB, aliases %.1f dB", ripple, decibels(1+ripple), image, alias)
}

// An impulse stays where it is in time, symmetric about it; a constant stays a constant.
func TestThereIsNoDelay(t *testing.T) {
	x := make([]float64, 441)
	x[147] = 1 // frame 160 at 48 kHz
	s := must(must(New(44100, x)).Resample(48000))
	for k := range 150 {
		if a, b := s.At(160-k, 0), s.At(160+k, 0); math.Abs(a-b) > 1e-15 {
			t.Fatalf("%d frames from the impulse: %g before, %g after", k, a, b)
		}
		if k > 0 && s.At(160+k, 0) >= s.At(160, 0) {
			t.Fatalf("the largest sample is %d frames late", k)
		}
	}
	c := must(must(FromFunc(44100, 3000, func(float64) float64 { return 0.7 })).Resample(16000))
	for i := 100; i < c.Len()-100; i++ {
		if math.Abs(c.At(i, 0)-0.7) > 1e-14 { // hundreds of taps are rounded and summed
			t.Fatalf("a constant of 0.7 becomes %g in frame %d", c.At(i, 0), i)
		}
	}
}

func TestLengthsAreRoundedHalfToEven(t *testing.T) {
	for _, c := range []struct {
		from, to float64
		n, want  int64
	}{
		{44100, 48000, 44100, 48000},
		{44100, 48000, 1, 1},
		{2, 1, 1, 0},
		{2, 1, 3, 2},
		{2, 1, 5, 2},
		{2, 1, 4, 2},
		{1, 3, 7, 21},
		{44100, 22050, 2205, 1102},
		{44100, 22050, 2207, 1104},
		{44100, 48000, 1 << 40, 1196747349960},
	} {
		src := must(NewSilence(SilenceParams{Rate: c.from, Length: Length{Frames: c.n}}))
		r := must(NewResample(src, c.to))
		if got := r.Format().Frames; got != c.want {
			t.Errorf("%d frames from %g to %g Hz: %d: want %d", c.n, c.from, c.to, got, c.want)
		}
	}
	s := must(must(New(2, []float64{1, 2, 3, 4, 5})).Resample(1))
	if s.Len() != 2 {
		t.Errorf("%d frames: want 2", s.Len())
	}
}

// The place of a frame in the input is found in integers that do not overflow: j·down = frame·up + phase.
func TestPlacesAreExactForEver(t *testing.T) {
	for _, r := range [][2]int64{{147, 160}, {999_999, 1_000_000}, {1_000_000, 999_999}, {1, 1000}} {
		b := &bank{up: r[0], down: r[1]}
		for _, j := range []int64{0, 1, 146, 147, 1 << 32, 1<<52 - 1, 1<<52 + 12345} {
			frame, phase := b.place(j)
			lh, ll := bits.Mul64(uint64(j), uint64(r[1]))
			rh, rl := bits.Mul64(uint64(frame), uint64(r[0]))
			rl, carry := bits.Add64(rl, uint64(phase), 0)
			if rh += carry; lh != rh || ll != rl || phase < 0 || phase >= r[0] {
				t.Errorf("frame %d at %d:%d is %d + %d/%d", j, r[0], r[1], frame, phase, r[0])
			}
		}
	}
}

func TestTheSameRateChangesNothing(t *testing.T) {
	s := sample(1000, 2)
	if !sameBits(must(s.Resample(44100)), s) {
		t.Error("samples changed")
	}
}

// A source that does not know its length gives the same frames as one that does.
func TestAnUnknownLengthMakesNoDifference(t *testing.T) {
	s := sample(1237, 2)
	for _, rate := range []float64{48000, 16000, 22050, 132300} {
		want := must(s.Resample(rate))
		for _, block := range []int{1, 7, 256, 5000} {
			got, err := drain(must(NewResample(unknown{s}, rate)), block)
			if err != io.EOF || !sameBits(got, want) {
				t.Errorf("to %g Hz in blocks of %d: %d frames, %v: want %d", rate, block, got.Len(), err, want.Len())
			}
		}
	}
}

// unknown hides the length of a stage.
type unknown struct{ stages.Stage }

func (u unknown) Format() stages.Format {
	f := u.Stage.Format()
	f.Frames = stages.Unbounded
	return f
}

// Every frame that can be computed before an input fails is delivered, whatever the block.
func TestAFailingInputFailsAtOneFrame(t *testing.T) {
	data := make([]float32, 2000)
	data[1500] = float32(math.NaN())
	var lengths []int
	for _, block := range []int{1, 13, 700, 4000} {
		f := must(newWAV("RIFF").format(tagFloat, 1, 44100, 4, 32).chunk("data", data).open(FileParams{}))
		s, err := drain(must(NewResample(f, 48000)), block)
		if err == nil || !strings.Contains(err.Error(), "frame 1500") {
			t.Fatalf("error %v", err)
		}
		lengths = append(lengths, s.Len())
	}
	for _, n := range lengths {
		if n != lengths[0] || n < 1400 || n > 1633 {
			t.Errorf("good frames by block: %v: want equal numbers just below 1632", lengths)
			break
		}
	}
}

// A ratio whose table would be too large has its taps computed for each frame, with the same result.
func TestLargeRatiosNeedNoTable(t *testing.T) {
	s := sample(300, 1)
	r := must(NewResample(s, 44101))
	if r.f.phases != nil {
		t.Fatal("a table of 44101 phases was made")
	}
	up, down := r.Ratio()
	if up != 44101 || down != 44100 {
		t.Errorf("ratio %d:%d", up, down)
	}
	got := must(Collect(t.Context(), r))
	b := must(newBank(44101, 44100, ResampleParams{}))
	b.phases = make([]float64, 300*2*b.half)
	for k := range int64(200) {
		b.design(b.phases[k*int64(2*b.half):(k+1)*int64(2*b.half)], (44100*k)%44101)
	}
	for _, j := range []int{0, 1, 150, 199} {
		frame, phase := b.place(int64(j))
		want := 0.0
		taps := make([]float64, 2*b.half)
		b.design(taps, phase)
		for i, h := range taps {
			if k := int(frame) + i - b.half + 1; k >= 0 && k < 300 {
				want += h * s.At(k, 0)
			}
		}
		if math.Abs(got.At(j, 0)-want) > 1e-15 {
			t.Errorf("frame %d is %g: want %g", j, got.At(j, 0), want)
		}
	}
}

func TestImpossibleRatesAreErrors(t *testing.T) {
	s := sample(10, 1)
	for want, err := range map[string]error{
		"rates 48000.001 Hz and 44100 Hz: want a ratio of integers up to 1,000,000": second(NewResample(s, 48000.001)),
		"sample rate 0 Hz":                    second(NewResample(s, 0)),
		"sample rate NaN Hz":                  second(NewResample(s, math.NaN())),
		"44100 Hz to 1 Hz: a filter of":       second(NewResample(s, 1)),
		"rates 1e-09 Hz and 44100 Hz":         second(NewResample(s, 1e-9)),
		"rates 1e+12 Hz and 44100 Hz":         second(NewResample(s, 1e12)),
		"attenuation 20 dB: want 40 to 160":   second(NewResampleWith(s, 48000, ResampleParams{Attenuation: 20})),
		"transition band of 2 of the Nyquist": second(NewResampleWith(s, 48000, ResampleParams{Transition: 2})),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	if errors.Is(second(NewResample(s, 48000)), io.EOF) {
		t.Error("a good ratio is refused")
	}
}

func TestRatiosAreInLowestTerms(t *testing.T) {
	for _, c := range []struct {
		a, b float64
		p, q int64
	}{
		{48000, 44100, 160, 147},
		{44100, 48000, 147, 160},
		{44100, 97656.25, 7056, 15625},
		{1, 3, 1, 3},
		{1e6, 1, 1_000_000, 1},
		{1, 1e6, 1, 1_000_000},
		{22050, 22050, 1, 1},
		{44100. / 3, 44100, 1, 3},
	} {
		if p, q, err := ratio(c.a, c.b); err != nil || p != c.p || q != c.q {
			t.Errorf("%g:%g is %d:%d, %v: want %d:%d", c.a, c.b, p, q, err, c.p, c.q)
		}
	}
}

func BenchmarkResample(b *testing.B) {
	for _, channels := range []int{1, 2, 64} {
		b.Run(fmt.Sprintf("%dch", channels), func(b *testing.B) {
			r := must(NewResample(must(NewWhiteNoise(NoiseParams{Width: channels})), 48000))
			at := int64(0)
			sum := 0.0
			b.ReportAllocs()
			for b.Loop() {
				f, err := r.Fetch(b.Context(), at, at+256)
				if err != nil {
					b.Fatal(err)
				}
				sum += f.At(255, 0)
				at += 256
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(at)/float64(channels), "ns/(frame·channel)")
			if sum == 0 {
				b.Fatal("silence")
			}
		})
	}
}

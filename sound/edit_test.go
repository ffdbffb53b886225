package sound

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// count is the sound 0, 1, ... n-1 in channel 0 and its hundredfold in channel 1.
func count(n int) *Sound {
	s, err := blank(10, int64(n), 2)
	if err != nil {
		panic(err)
	}
	for i := range n {
		s.data.Row(i)[0], s.data.Row(i)[1] = float64(i), float64(100*i)
	}
	return s
}

// TestPickFollowsPython compares with an index list made by the rules of the Python reference: element by element from the start,
// as long as it has not reached the stop.
func TestPickFollowsPython(t *testing.T) {
	for _, n := range []int64{0, 1, 2, 5} {
		s := count(int(n))
		bounds := []int64{Omitted, -1 << 60, -7, -6, -5, -4, -2, -1, 0, 1, 2, 4, 5, 6, 1 << 60}
		for _, start := range bounds {
			for _, stop := range bounds {
				for _, step := range []int64{1, 2, 3, 7, -1, -2, -5, math.MinInt64, math.MaxInt64} {
					var want []float64
					for i := range n { // i is picked if start + k·step hits it before stop
						want = append(want, float64(i))
					}
					want = pythonSlice(want, start, stop, step)
					got := must(s.Pick(start, stop, step))
					if x := must(got.Channel(0)); !slices.Equal(x, want) || got.Rate() != s.Rate() {
						t.Fatalf("%d frames [%d:%d:%d]: %v, want %v", n, start, stop, step, x, want)
					}
				}
			}
		}
	}
	if back := must(count(3).Pick(Omitted, Omitted, -1)); back.At(0, 1) != 200 || back.At(2, 0) != 0 {
		t.Error("channels are lost")
	}
}

// pythonSlice walks one by one instead of computing a count.
func pythonSlice(x []float64, start, stop, step int64) []float64 {
	n := int64(len(x))
	norm := func(b int64) int64 {
		if b < 0 {
			b += n
		}
		if step > 0 {
			return min(max(b, 0), n)
		}
		return min(max(b, -1), n-1)
	}
	first, last := int64(0), n
	if step < 0 {
		first, last = n-1, -1
	}
	if start != Omitted {
		first = norm(start)
	}
	if stop != Omitted {
		last = norm(stop)
	}
	y := []float64{}
	for i := first; step > 0 && i < last || step < 0 && i > last; i += step {
		y = append(y, x[i])
		if step > n || step < -n {
			break
		}
	}
	return y
}

func TestShiftsRepeatsAndSizes(t *testing.T) {
	s := must(New(10, []float64{1, 2, 3}))
	for _, c := range []struct {
		name string
		got  *Sound
		want []float64
	}{
		{"later", must(s.Shift(2)), []float64{0, 0, 1, 2, 3}},
		{"earlier", must(s.Shift(-2)), []float64{3}},
		{"gone", must(s.Shift(-5)), []float64{}},
		{"longer", must(s.Extend(1)), []float64{1, 2, 3, 0}},
		{"shorter", must(s.Extend(-1)), []float64{1, 2}},
		{"nothing", must(s.Extend(-7)), []float64{}},
		{"resized up", must(s.Resize(5)), []float64{1, 2, 3, 0, 0}},
		{"resized down", must(s.Resize(1)), []float64{1}},
		{"twice", must(s.Repeat(2)), []float64{1, 2, 3, 1, 2, 3}},
		{"never", must(s.Repeat(0)), []float64{}},
		{"between", must(s.Between(-0.1, 0.16)), []float64{0, 1, 2}},
		{"mapped", must(must(s.Offset(-2)).Map(math.Abs)), []float64{1, 0, 1}},
	} {
		if !slices.Equal(c.got.View().Data, c.want) {
			t.Errorf("%s: %v, want %v", c.name, c.got.View().Data, c.want)
		}
	}
	x := referenceSound(t, "input", 44100)
	near(t, "shifted_pos", must(must(x.Shift(must(x.Frames(0.001)))).Resize(400)).View().Data, reference(t, "shifted_pos").Data, 0)
}

// The reference arrays hold the result for frames that exist; the filter is that of Brian Hears, here summed in another order.
func TestFractionalDelaysEqualTheReference(t *testing.T) {
	x := referenceSound(t, "input", 44100)
	for name, frames := range map[string]float64{"shifted_frac_0p5": 0.5, "shifted_frac_3p25": 3.25, "shifted_frac_m2p5": -2.5} {
		near(t, name, must(x.Delay(DelayParams{Seconds: frames / 44100})).View().Data, reference(t, name).Data, 1e-13)
	}
	if got := must(x.Delay(DelayParams{Seconds: 3. / 44100})); !sameBits(got, must(x.Shift(3))) {
		t.Error("a delay by whole frames is filtered")
	}
	// In the middle of a tone a delay is a change of phase; the window leaves a ripple of some 1e-4.
	tone := func(phase float64) *Sound {
		return must(Tone(ToneParams{Rate: 10000, Frequency: []float64{1234, 700}, Phase: []float64{phase * 1234, phase * 700}, Length: Length{Frames: 4000}}))
	}
	delayed, want := must(tone(0).Delay(DelayParams{Seconds: 2.3e-4})), tone(-2*math.Pi*2.3e-4)
	for i := 1500; i < 2500; i++ {
		if d := delayed.At(i, 1) - want.At(i, 1); math.Abs(d) > 1e-3 {
			t.Fatalf("frame %d: off by %g", i, d)
		}
	}
}

func TestSequencesAreHeardAtTheHighestRate(t *testing.T) {
	low := must(Tone(ToneParams{Rate: 24000, Frequency: []float64{1000}, Length: Length{Seconds: 0.1}}))
	high := must(Tone(ToneParams{Rate: 48000, Frequency: []float64{1000}, Length: Length{Seconds: 0.1}}))
	s := must(Sequence(high, low))
	if s.Rate() != 48000 || s.Len() != 9600 {
		t.Fatalf("%g Hz, %d frames: want 48000 Hz, 9600 frames", s.Rate(), s.Len())
	}
	for i := 1000; i < 3800; i++ { // away from the ends of the tone, where the filter rings
		if d := s.At(4800+i, 0) - high.At(i, 0); math.Abs(d) > 2e-6 {
			t.Fatalf("frame %d of the second part is off by %g", i, d)
		}
	}
	if err := second(Sequence(high, must(Join(low, low)))); err == nil || !strings.Contains(err.Error(), "2 channels") {
		t.Errorf("got %v", err)
	}
}

func TestChannelsJoinAndPart(t *testing.T) {
	s := count(3)
	l, r := must(s.Left()), must(s.Right())
	if r.At(2, 0) != 200 || l.At(2, 0) != 2 || !sameBits(must(Join(l, r)), s) {
		t.Error("left and right do not join to the whole")
	}
	three := must(Join(r, s))
	near(t, "three", three.View().Data, []float64{0, 0, 0, 100, 1, 100, 200, 2, 200}, 0)
	for want, err := range map[string]error{
		"the left channel of a sound with 3 channels":              second(three.Left()),
		"part 1 has 10 Hz and 2 frames, part 0 has 10 Hz and 3 fr": second(Join(s, must(s.Resize(2)))),
		"nothing to join":           second(Join()),
		"step 0":                    second(s.Pick(0, 1, 0)),
		"-1 repetitions":            second(s.Repeat(-1)),
		"-1 frames: want 0 or more": second(s.Resize(-1)),
		"time NaN s":                second(s.Frames(math.NaN())),
		"delay +Inf s at 10 Hz":     second(s.Delay(DelayParams{Seconds: math.Inf(1)})),
		"a filter of 1 taps":        second(s.Delay(DelayParams{Seconds: 0.01, Taps: 1})),
		"2 frames from frame 2 on in a sound of 3 frames": second(s.Replace(2, count(2))),
		"cannot put 3 channels into 2":                    second(s.Replace(0, three)),
		"cannot put 20 Hz into 10 Hz":                     second(s.Replace(0, must(New(20, []float64{1})))),
		"channel 2: want 0 to 1":                          second(s.Fill(0, 1, 0, 2)),
		"frames 1:4 of a sound of 3 frames":               second(s.Fill(1, 4, 0)),
		"pressure NaN Pa":                                 second(s.Fill(1, 2, math.NaN())),
		"sample -Inf in frame 0 of channel 0":             second(s.Map(math.Log)),
		"9223372036854775807 more frames":                 second(s.Extend(math.MaxInt64)),
		"frames -9223372036854775807:3: want at most":     second(s.Shift(math.MaxInt64)),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

func TestPartsOfASoundCanBeReplaced(t *testing.T) {
	s := count(4)
	before := slices.Clone(s.View().Data)
	near(t, "silenced", must(s.Fill(1, 3, 0)).View().Data, []float64{0, 0, 0, 0, 0, 0, 3, 300}, 0)
	near(t, "one channel", must(s.Fill(0, 2, 7, 1)).View().Data, []float64{0, 7, 1, 7, 2, 200, 3, 300}, 0)
	part := must(New(10, []float64{-1, -2}))
	near(t, "mono into both", must(s.Replace(2, part)).View().Data, []float64{0, 0, 1, 100, -1, -1, -2, -2}, 0)
	near(t, "stereo, crossed", must(s.Replace(0, must(s.Slice(3, 4)), 1, 0)).View().Data, []float64{300, 3, 1, 100, 2, 200, 3, 300}, 0)
	if !slices.Equal(before, s.View().Data) {
		t.Error("the sound itself changed")
	}
}

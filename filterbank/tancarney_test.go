package filterbank

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// pick takes four of the sixteen channels of the references of Tan and Carney's model and Zhang's synapse.
func pick(list []float64) []float64 { return []float64{list[0], list[5], list[10], list[15]} }

func ExampleNewTanCarney() {
	// Tones at the characteristic frequency of a channel, behind the middle ear: 10 dB more of sound are 10 dB more of
	// motion at low levels, and much less at high ones.
	last := 0.0
	for level := 0.0; level <= 80; level += 10 {
		amplitude := 20e-6 * math.Sqrt2 * math.Pow(10, level/20)
		tone, err := stagetest.NewStream(stagetest.Signal{
			Rate: 50000, Frames: 2500, Value: func(at int64, _ int) float64 { return amplitude * kernel.Sin(2*math.Pi*2000*float64(at)/50000) },
		})
		if err != nil {
			fmt.Println(err)
		}
		ear, err := NewMiddleEar(tone, MiddleEarParams{})
		if err != nil {
			fmt.Println(err)
		}
		cochlea, err := NewTanCarney(ear, TanCarneyParams{CF: []float64{2000}})
		if err != nil {
			fmt.Println(err)
		}
		f, err := cochlea.Signal.Fetch(context.Background(), 0, 2500)
		if err != nil {
			fmt.Println(err)
		}
		peak := 0.0
		for i := 1500; i < 2500; i++ {
			peak = max(peak, math.Abs(f.At(i, 0)))
		}
		if level == 10 || level == 50 || level == 80 {
			fmt.Printf("%.0f dB: %+.1f dB\n", level, 20*math.Log10(peak/last))
		}
		last = peak
	}
	// Output:
	// 10 dB: +9.8 dB
	// 50 dB: +5.5 dB
	// 80 dB: +6.4 dB
}

func ExampleNewTanCarneyControl() {
	// The loop of the model, closed by hand: after every frame the control path moves the signal path and itself. At the
	// level of this tone the poles move away from the imaginary axis, and the response becomes smaller than at rest.
	amplitude := 20e-6 * math.Sqrt2 * math.Pow(10, 60./20)
	peak := func(closed bool) float64 {
		tone, err := stagetest.NewStream(stagetest.Signal{
			Rate: 50000, Frames: 2500, Value: func(at int64, _ int) float64 { return amplitude * kernel.Sin(2*math.Pi*1000*float64(at)/50000) },
		})
		if err != nil {
			fmt.Println(err)
		}
		p := TanCarneyParams{CF: []float64{1000}}
		signal, err := NewTanCarneySignal(tone, p)
		if err != nil {
			fmt.Println(err)
		}
		control, err := NewTanCarneyControl(tone, p)
		if err != nil {
			fmt.Println(err)
		}
		if closed {
			update := func(_ int64, in []stages.Frames) error {
				if err := signal.SetControl(0, in[0].At(0, 0)); err != nil {
					return err
				}
				return control.SetFeedback(0, in[1].At(0, 0))
			}
			targets := []stages.Node{signal, control}
			if _, err := stages.Control([]stages.Stage{control, control.Feedback}, targets, stages.UpdaterFunc(update), 1); err != nil {
				fmt.Println(err)
			}
		}
		f, err := signal.Fetch(context.Background(), 0, 2500)
		if err != nil {
			fmt.Println(err)
		}
		largest := 0.0
		for i := 1500; i < f.N; i++ {
			largest = max(largest, math.Abs(f.At(i, 0)))
		}
		return largest / amplitude
	}
	fmt.Printf("gain %.3f at rest, %.3f with the loop closed\n", peak(false), peak(true))
	// Output:
	// gain 0.332 at rest, 0.077 with the loop closed
}

func TestTanCarneyEqualsTheReference(t *testing.T) {
	cf := pick(load(t, "erbspace_200_8000_16").data)
	src := memory(t, 50000, load(t, "middle_ear_50k").frames())
	bank, err := NewTanCarney(src, TanCarneyParams{CF: cf})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		port stages.Stage
	}{{"tancarney_signal_60", bank.Signal}, {"tancarney_control_60", bank.Control}, {"tancarney_60", bank}} {
		t.Run(c.name, func(t *testing.T) {
			compare(t, collect(t, c.port), load(t, c.name).frames(), toleranceOutput, toleranceChannel)
		})
	}
}

// The sound of the reference through middle ear and cochlea of our own make.
func TestTanCarneyBehindItsMiddleEarEqualsTheReference(t *testing.T) {
	ear, err := NewMiddleEar(memory(t, 50000, load(t, "input50k_60dB").frames()), MiddleEarParams{})
	if err != nil {
		t.Fatal(err)
	}
	bank, err := NewTanCarney(ear, TanCarneyParams{CF: pick(load(t, "erbspace_200_8000_16").data)})
	if err != nil {
		t.Fatal(err)
	}
	compare(t, collect(t, bank), load(t, "tancarney_60").frames(), toleranceOutput, toleranceChannel)
}

// tanCarneyOfParts is the model with its loop closed by a control.
func tanCarneyOfParts(t *testing.T, src stages.Stage, p TanCarneyParams, interval int64) (potential, signal, control stages.Stage) {
	t.Helper()
	s, err := NewTanCarneySignal(src, p)
	if err != nil {
		t.Fatal(err)
	}
	k, err := NewTanCarneyControl(src, p)
	if err != nil {
		t.Fatal(err)
	}
	first := s.Format().First
	update := func(_ int64, in []stages.Frames) error {
		for c, u := range in[0].Row(in[0].N - 1) {
			if err := s.SetControl(first+c, u); err != nil {
				return err
			}
			if err := k.SetFeedback(first+c, in[1].At(in[1].N-1, c)); err != nil {
				return err
			}
		}
		return nil
	}
	if _, err := stages.Control([]stages.Stage{k, k.Feedback}, []stages.Node{s, k}, stages.UpdaterFunc(update), interval); err != nil {
		t.Fatal(err)
	}
	cell, err := NewInnerHairCell(s, InnerHairCellParams{})
	if err != nil {
		t.Fatal(err)
	}
	return cell, s, k
}

func TestTanCarneyIsTheLoopOfItsParts(t *testing.T) {
	cf := pick(load(t, "erbspace_200_8000_16").data)
	for _, interval := range []int{1, 2, 7, 16, 50, 100} {
		for _, r := range []stages.Range{{}, {Lo: 1, Hi: 3}} {
			p := TanCarneyParams{CF: cf, Interval: interval, Channels: r, ControlCutoff: 700, RestDamping: []float64{900, 1100, 1700, 2500}}
			src := memory(t, 50000, load(t, "middle_ear_50k").frames())
			for port := range 3 {
				bank, err := NewTanCarney(src, p)
				if err != nil {
					t.Fatal(err)
				}
				potential, signal, control := tanCarneyOfParts(t, src, p, int64(interval))
				got, want := []stages.Stage{bank, bank.Signal, bank.Control}[port], []stages.Stage{potential, signal, control}[port]
				compare(t, collect(t, got), collect(t, want), 0, 0)
			}
		}
	}
}

// With an interval longer than the sound both paths stay at rest; the interval makes a difference.
func TestUpdatesMoveTheFilters(t *testing.T) {
	cf := pick(load(t, "erbspace_200_8000_16").data)
	signal := func(p TanCarneyParams) stages.Frames {
		p.CF = cf
		bank, err := NewTanCarney(memory(t, 50000, load(t, "middle_ear_50k").frames()), p)
		if err != nil {
			t.Fatal(err)
		}
		return collect(t, bank.Signal)
	}
	rest, each, some := signal(TanCarneyParams{Interval: 2500}), signal(TanCarneyParams{}), signal(TanCarneyParams{Interval: 50})
	alone, err := NewTanCarneySignal(memory(t, 50000, load(t, "middle_ear_50k").frames()), TanCarneyParams{CF: cf})
	if err != nil {
		t.Fatal(err)
	}
	compare(t, rest, collect(t, alone), 0, 0)
	peak := func(f stages.Frames, c int) (p float64) {
		for i := range f.N {
			p = max(p, math.Abs(f.At(i, c)))
		}
		return p
	}
	for c := range cf {
		if a, b, m := peak(rest, c), peak(each, c), peak(some, c); !(b < 0.99*a) || m == b {
			t.Errorf("channel %d: peak %g without updates, %g with one in each frame, %g with one in fifty", c, a, b, m)
		}
	}
}

func TestSignalPathHasGainOneThirdAtRest(t *testing.T) {
	cf := load(t, "erbspace_200_8000_16").data
	bank, err := NewTanCarneySignal(stagetest.NewSource(stagetest.Signal{Rate: 1e6, Frames: 10}), TanCarneyParams{CF: cf})
	if err != nil {
		t.Fatal(err)
	}
	for c, f := range cf {
		h, err := bank.Coefficients().Response(c, f, 1e6)
		if err != nil {
			t.Fatal(err)
		}
		if g := math.Hypot(real(h), imag(h)); math.Abs(3*g-1) > 0.03 { // the transform bends frequencies, by 0.02 % at 8 kHz
			t.Errorf("channel %d: gain %v at %g Hz, want 1/3", c, g, f)
		}
	}
}

func TestTanCarneyHasThePublishedParameters(t *testing.T) {
	filters, err := DesignTanCarney(50000, TanCarneyParams{CF: []float64{1000}})
	if err != nil {
		t.Fatal(err)
	}
	f := filters[0]
	l := 3.0
	first := 2 * math.Pi * (1085.4 - 106.0034)
	span := math.Pow(10, 1.4292*l-1.1550) - 1000
	shift := (math.Pow(10, (11.9*math.Log10(0.8+1000/456.)+1.2)/11.9)-0.8)*456 - 1000
	rest := math.Pow(10, 0.4*l+1.9)
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"f_p1", f.PoleFrequency, 979.3966},
		{"t_a", f.DampingSpread, math.Pow(10, 1.0230*l+0.1607)},
		{"r_gain", f.RestDamping, rest},
		{"z_r", f.Zero, -math.Pow(10, 3.6)},
		{"nlgain", f.NonlinearGain, (math.Pow(10, 0.5732*l+1.5220) - rest) / 0.3357},
		{"ω_1", f.Frequencies[0], first},
		{"ω_2", f.Frequencies[1], first - span/2},
		{"ω_3", f.Frequencies[2], first - span},
		{"control frequency", f.ControlCF, 1000 + shift},
		{"control damping", f.ControlRest, 500 * math.Pi},
		{"σ_1", f.Damping(100)[0], -rest - 100},
		{"σ_2", f.Damping(100)[1], -rest - 100 - math.Pow(10, 1.0230*l+0.1607)/2},
		{"σ_3", f.Damping(100)[2], -rest - 100 - math.Pow(10, 1.0230*l+0.1607)},
	} {
		if math.Abs(c.got/c.want-1) > 1e-12 {
			t.Errorf("%s = %v, want %v", c.name, c.got, c.want)
		}
	}
	w := 600 / (2 * math.Pi)
	want := math.Pow(4*math.Pi*math.Pi*math.Sqrt(w*w+shift*shift)*math.Sqrt((2000+shift)*(2000+shift)+w*w), 3) / (2000 * math.Pi)
	if got := f.ControlGain(-600); math.Abs(got/want-1) > 1e-12 {
		t.Errorf("gain of the control path %v, want %v", got, want)
	}
}

func TestGivenParametersAreHonoured(t *testing.T) {
	cf := []float64{500, 1500}
	filters, err := DesignTanCarney(50000, TanCarneyParams{
		CF: cf, PoleFrequency: []float64{450, 1450}, DampingSpread: []float64{7}, FrequencySpan: []float64{100}, RestDamping: []float64{800, 1000},
		Zero: []float64{-3000}, Gain80: []float64{1500}, AverageControl: 0.5,
	})
	if err != nil {
		t.Fatal(err)
	}
	for c, want := range []TanCarneyFilter{{PoleFrequency: 450, RestDamping: 800, NonlinearGain: 1400}, {PoleFrequency: 1450, RestDamping: 1000, NonlinearGain: 1000}} {
		f := filters[c]
		if f.PoleFrequency != want.PoleFrequency || f.RestDamping != want.RestDamping || f.NonlinearGain != want.NonlinearGain ||
			f.DampingSpread != 7 || f.Zero != -3000 || math.Abs(f.Frequencies[0]-f.Frequencies[2]-100) > 1e-9 {
			t.Errorf("channel %d: %+v", c, f)
		}
	}
	filters, err = DesignTanCarney(50000, TanCarneyParams{CF: cf, Gain80: []float64{1500}, NonlinearGain: []float64{1234}})
	if err != nil || filters[0].NonlinearGain != 1234 {
		t.Errorf("a given nonlinear gain became %v (%v)", filters[0].NonlinearGain, err)
	}
}

// An impossible control value ends the stream with an error that names it, and the frames before are good.
func TestPolesStayInTheLeftHalfPlane(t *testing.T) {
	p := TanCarneyParams{CF: []float64{300, 1000}, NonlinearGain: []float64{0, -1e6}, Interval: 10}
	src := memory(t, 50000, load(t, "middle_ear_50k").frames())
	bank, err := NewTanCarney(src, p)
	if err != nil {
		t.Fatal(err)
	}
	f, err := bank.Signal.Fetch(context.Background(), 0, 2500)
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("update at frame %d: channel 1, characteristic frequency 1000 Hz: control value -", f.N)) ||
		!strings.Contains(err.Error(), "want above -rest damping, -1258.9") {
		t.Fatalf("%d frames, %v", f.N, err)
	}
	_, signal, _ := tanCarneyOfParts(t, src, p, 10)
	g, err := signal.Fetch(context.Background(), 0, 2500)
	if err == nil || !strings.Contains(err.Error(), "want above -rest damping") || f.N < 10 || f.N%10 != 0 {
		t.Fatalf("%d frames, %v", g.N, err)
	}
	compare(t, f, g, 0, 0)
}

func TestTanCarneyConforms(t *testing.T) {
	cf := []float64{300, 500, 800, 1300, 2100}
	for _, c := range []struct {
		inputs, interval int
		period           int64
	}{{1, 1, 1024}, {5, 16, 1024}, {1, 50, 25600}} {
		p := TanCarneyParams{CF: cf, Interval: c.interval}
		recipe := func(build func(in stages.Stage, p TanCarneyParams) ([]stages.Node, error)) stagetest.Recipe {
			return stagetest.Recipe{
				Inputs: []stagetest.Signal{{Channels: c.inputs}},
				Build: func(in []stages.Stage, r stages.Range) ([]stages.Node, error) {
					p := p
					p.Channels = r
					return build(in[0], p)
				},
				Sliced: true, Period: c.period,
			}
		}
		t.Run(fmt.Sprintf("source of %d, interval %d", c.inputs, c.interval), func(t *testing.T) {
			stagetest.Run(t, recipe(func(in stages.Stage, p TanCarneyParams) ([]stages.Node, error) {
				b, err := NewTanCarney(in, p)
				if err != nil {
					return nil, err
				}
				return []stages.Node{b, b.Signal, b.Control}, nil
			}))
		})
		if c.interval != 1 {
			continue
		}
		t.Run("control", func(t *testing.T) {
			stagetest.Run(t, recipe(func(in stages.Stage, p TanCarneyParams) ([]stages.Node, error) {
				b, err := NewTanCarneyControl(in, p)
				if err != nil {
					return nil, err
				}
				return []stages.Node{b, b.Feedback}, nil
			}))
		})
		t.Run("signal", func(t *testing.T) {
			stagetest.Run(t, recipe(func(in stages.Stage, p TanCarneyParams) ([]stages.Node, error) {
				return stagetest.Nodes(NewTanCarneySignal(in, p))
			}))
		})
	}
}

func TestImpossibleTanCarneysAreRefused(t *testing.T) {
	src := stagetest.NewSource(stagetest.Signal{Rate: 50000, Frames: 10})
	one := []float64{1000}
	for _, c := range []struct {
		p    TanCarneyParams
		want string
	}{
		{TanCarneyParams{}, "no centre frequencies"},
		{TanCarneyParams{CF: []float64{1000, 25000}}, "channel 1: centre frequency 25000 Hz: want above 0 Hz and below half the rate, 25000 Hz"},
		{TanCarneyParams{CF: []float64{math.NaN()}}, "channel 0: centre frequency NaN Hz"},
		{TanCarneyParams{CF: one, RestDamping: []float64{0}}, "channel 0: rest damping 0 /s: want a positive number"},
		{TanCarneyParams{CF: one, DampingSpread: []float64{-1}}, "channel 0: damping spread -1 /s: want 0 or a positive number"},
		{TanCarneyParams{CF: one, Zero: []float64{math.NaN()}}, "channel 0: zero NaN /s: want a finite number"},
		{TanCarneyParams{CF: one, PoleFrequency: []float64{1, 2}}, "2 values of pole frequency for one channel"},
		{TanCarneyParams{CF: one, NonlinearGain: []float64{math.Inf(1)}}, "channel 0: nonlinear gain +Inf /s"},
		{TanCarneyParams{CF: one, FrequencySpan: []float64{1e200}}, "characteristic frequency 1000 Hz: the gain of the signal path is"},
		{TanCarneyParams{CF: one, AverageControl: math.Inf(1)}, "average control +Inf"},
		{TanCarneyParams{CF: one, ControlCutoff: 30000}, "control cutoff 30000 Hz: want above 0 Hz and below half the rate, 25000 Hz"},
		{TanCarneyParams{CF: one, FeedbackCutoff: -1}, "feedback cutoff -1 Hz"},
		{TanCarneyParams{CF: one, Interval: -1}, "interval of -1 frames: want at least 1"},
		{TanCarneyParams{CF: one, Channels: rangeOf(1, 2)}, "channels 1:2"},
	} {
		for _, build := range []func() error{
			func() error { _, err := NewTanCarney(src, c.p); return err },
			func() error { _, err := NewTanCarneySignal(src, c.p); return err },
			func() error { _, err := NewTanCarneyControl(src, c.p); return err },
		} {
			if err := build(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %q does not say %q", err, c.want)
			}
		}
	}
	if _, err := NewTanCarney(nil, TanCarneyParams{CF: one}); err == nil {
		t.Error("a missing source was accepted")
	}
	signal, err := NewTanCarneySignal(src, TanCarneyParams{CF: []float64{500, 1000, 2000}, Channels: rangeOf(1, 2)})
	if err != nil {
		t.Fatal(err)
	}
	control, err := NewTanCarneyControl(src, TanCarneyParams{CF: one})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{signal.SetControl(0, 1), "channel 0: want channels 1:2"},
		{signal.SetControl(1, -2000), "channel 1, characteristic frequency 1000 Hz: control value -2000 /s"},
		{control.SetFeedback(1, 1), "channel 1: want channels 0:1"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("error %q does not say %q", c.err, c.want)
		}
	}
	if err := signal.SetControl(1, 100); err != nil {
		t.Error(err)
	}
}

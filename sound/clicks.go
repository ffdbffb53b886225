package sound

import (
	"context"
	"fmt"

	"hearpipe/stages"
)

// ClicksParams describes a train of clicks.
type ClicksParams struct {
	Click     Length       // duration of a click (default: one frame); what exceeds the interval is cut
	Interval  Length       // from the beginning of a click to the next one, at least one frame; required
	Count     int          // number of clicks (default 0: endless)
	Rate      float64      // sample rate [Hz] (default 44100)
	Amplitude float64      // pressure during the clicks [Pa] (default 1); PeakPressure(70) makes clicks of 70 dB
	Width     int          // number of channels (default 1)
	Channels  stages.Range // channels to compute (default: all)
}

// Clicks makes a sound of Count clicks; it lasts Count intervals. See [NewClicks].
func Clicks(p ClicksParams) (*Sound, error) { return render(NewClicks(p)) }

// NewClicks makes a stream of rectangular pulses. The interval is rounded to whole frames (half to even), so that each click is the
// same.
func NewClicks(p ClicksParams) (*Generator, error) {
	const kind = "sound.clicks"
	rate := rateOf(p.Rate)
	if p.Click == (Length{}) {
		p.Click.Frames = 1
	}
	if p.Amplitude == 0 {
		p.Amplitude = 1
	}
	t := &clicks{amplitude: p.Amplitude}
	var err error
	if t.click, err = p.Click.resolve(rate); err != nil {
		return nil, fmt.Errorf("%s: click: %w", kind, err)
	}
	if t.interval, err = p.Interval.resolve(rate); err != nil {
		return nil, fmt.Errorf("%s: interval: %w", kind, err)
	}
	switch {
	case p.Interval == (Length{}) || t.interval < 1:
		return nil, fmt.Errorf("%s: interval of %g s: want at least one frame (%g s)", kind, p.Interval.Seconds, 1/rate)
	case p.Count < 0 || int64(p.Count) > (1<<53)/t.interval:
		return nil, fmt.Errorf("%s: %d clicks at intervals of %d frames: want 0 (endless) or more, and at most 2^53 frames", kind, p.Count, t.interval)
	case p.Amplitude-p.Amplitude != 0:
		return nil, fmt.Errorf("%s: amplitude %g Pa: want a finite number", kind, p.Amplitude)
	}
	return generator(kind, rate, Length{Frames: int64(p.Count) * t.interval}, max(p.Width, 1), p.Channels, t)
}

// clicks fills frames with pulses.
type clicks struct {
	click, interval int64 // [frames]
	amplitude       float64
}

// Fill implements [stages.Filler].
func (t *clicks) Fill(_ context.Context, at int64, dst stages.Frames) (int, error) {
	for i := range dst.N {
		x := 0.0
		if (at+int64(i))%t.interval < t.click {
			x = t.amplitude
		}
		row := dst.Row(i)
		for c := range row {
			row[c] = x
		}
	}
	return dst.N, nil
}

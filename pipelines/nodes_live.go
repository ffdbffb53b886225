package pipelines

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"hearpipe/sound"
	"hearpipe/sound/live"
	"hearpipe/stages"
)

// liveBlock is the number of frames computed at once where a microphone is listened to and nothing else is asked for: 6 ms at
// 44.1 kHz, instead of 23.
const liveBlock = 256

func init() {
	register(&NodeType{
		Name: "sound.microphone",
		Doc: "Listens to a microphone or another input of the machine; pipe devices lists them. Frame 0 is the first that the device delivers. " +
			"A frame that is lost is silence at its own index, is counted, and is said. A device that vanishes ends the run, with everything complete up to there.",
		Inputs: sourceInput, Outputs: "frames: the first channels of the device", Channels: oneSource,
		Fields: []Field{
			{Name: "device", Kind: Text, Doc: "its ID, its name, or a part of either that no other device has (default: the default device)"},
			{Name: "rate", Kind: Quantity, Unit: "Hz", Limits: "more than 0 Hz", Doc: "sample rate (default: the pipeline's rate, else that of the device); a device that does not offer it is resampled"},
			{Name: "channels", Kind: Integer, Default: "1", Limits: "1 to those of the device", Doc: "channels to listen to, the first ones"},
			{Name: "period", Kind: Integer, Default: "128", Limits: "1 to 1048576", Doc: "frames that the device delivers at once, as far as it agrees: its latency"},
			{Name: "buffer", Kind: Quantity, Unit: "s", Default: "2 s", Limits: "more than 0 s, at most 600 s", Doc: "sound that is kept for a run that falls behind; when it is full, the oldest frames are dropped"},
			{Name: "patience", Kind: Quantity, Unit: "s", Default: "3 s", Limits: "more than 0 s, at most 3600 s", Doc: "a device that delivers nothing for so long has vanished"},
			{Name: "duration", Kind: Quantity, Unit: "s", Limits: "more than 0 s", Doc: "listen for so long (default: until Ctrl-C, or the duration of the pipeline)"},
			{Name: "full_scale", Kind: Quantity, Unit: "Pa", Default: "1 Pa", Limits: "more than 0 Pa", Doc: "pressure of full scale; where it is not given, --calibration says it"},
		},
		Example: "sound: {type: sound.microphone, device: USB, rate: 44.1 kHz}",
		plan:    planMicrophone,
	})
}

// microphoneName finds out whether a path means a microphone: mic, or mic:NAME.
func microphoneName(path string) (device string, ok bool) {
	if path == "mic" {
		return "", true
	}
	return strings.CutPrefix(path, "mic:")
}

func planMicrophone(p *planner, n *node) {
	inf := math.Inf(1)
	if !n.within(p, "rate", 0, inf, true, true) || !n.within(p, "channels", 1, maxChannels, false, false) || !n.within(p, "period", 1, 1<<20, false, false) ||
		!n.within(p, "buffer", 0, 600, true, false) || !n.within(p, "patience", 0, 3600, true, false) ||
		!n.within(p, "duration", 0, inf, true, true) || !n.within(p, "full_scale", 0, inf, true, true) {
		return
	}
	p.microphone(n, "device", n.text("device"), live.MicrophoneParams{
		Channels: int(n.num("channels")), Period: int(n.num("period")), Buffer: n.num("buffer"), Patience: n.num("patience"),
	})
	if n.broken || !n.has("duration") {
		return
	}
	s := &n.out[0].shape
	frames, ok := n.framesOf(p, "duration", s.rate)
	if !ok {
		return
	}
	if frames == 0 {
		n.fail(p, "duration", "%s is less than half a frame at %s", quantityText(n.num("duration"), "s"), quantityText(s.rate, "Hz"))
		return
	}
	s.frames, n.ends = frames, false
	inner := n.build
	n.build = func(in []stages.Node, r stages.Range) ([]stages.Node, error) {
		ports, err := inner(in, r)
		if err != nil {
			return nil, err
		}
		return one(stages.NewFit(ports[0].(stages.Stage), frames))
	}
}

// microphoneFile plans a node that reads sound files and was given a microphone instead.
func (p *planner) microphoneFile(n *node, device string, trusted bool) {
	params := live.MicrophoneParams{Channels: 1, Buffer: 2}
	if trusted && p.opt.MicChannels > 0 {
		params.Channels = p.opt.MicChannels
	}
	p.microphone(n, "path", device, params)
}

// microphone plans a source that records. field is where the device is named.
func (p *planner) microphone(n *node, field, name string, params live.MicrophoneParams) {
	params.FullScale = n.num("full_scale")
	if p.opt.FullScale > 0 && !n.values["full_scale"].given {
		params.FullScale = p.opt.FullScale
	}
	sys := p.env.access.Microphones
	if sys == nil {
		n.fail(p, field, "there is no microphone here")
		return
	}
	list, err := sys.Devices()
	if err != nil {
		n.fail(p, field, "no microphone can be listened to: %v", err)
		return
	}
	device, err := live.Find(list, name)
	if err != nil {
		n.fail(p, field, "%v; pipe devices describes them", err)
		return
	}
	want := p.rate
	if n.has("rate") {
		want = n.num("rate")
	}
	params.Rate = want
	tell, label := p.env.access.Tell, n.label()
	if tell != nil {
		params.Log = func(l live.Loss) { tell(label, l.String()) }
	}
	// What can be wrong with it is found now; nothing is opened yet.
	trial, err := live.NewMicrophone(sys, device, params)
	if err != nil {
		n.fail(p, "", "%v", err)
		return
	}
	f := trial.Format()
	s := shape{rate: f.Rate, channels: f.Channels, frames: stages.Unbounded}
	n.notes = append(n.notes, fmt.Sprintf("listens to %s (%s), %d of %d channels, %s", device.Name, device.ID, f.Channels, device.Channels, quantityText(f.Rate, "Hz")))
	if want != 0 && want != f.Rate {
		if _, err := sound.NewResample(trial, want); err != nil {
			n.fail(p, "", "%v", err)
			return
		}
		n.notes = append(n.notes, fmt.Sprintf("the device does not offer %s, it is resampled", quantityText(want, "Hz")))
		s.rate = want
	}
	n.ends, n.live, n.whole = true, true, true
	n.out = []outPort{{shape: s}}
	n.fixed = 1<<20 + int64(params.Buffer*f.Rate)*int64(f.Channels)*4
	n.build = func([]stages.Node, stages.Range) ([]stages.Node, error) {
		for _, h := range p.env.heard {
			if h.node == n {
				return nil, errors.New("a microphone can be listened to once only; a node that works in memory and another one cannot share it")
			}
		}
		m, err := live.NewMicrophone(sys, device, params)
		if err != nil {
			return nil, err
		}
		p.env.closers = append(p.env.closers, m)
		p.env.heard = append(p.env.heard, &heard{node: n, microphone: m})
		if s.rate != f.Rate {
			return one(sound.NewResample(m, s.rate))
		}
		return one(m, nil)
	}
}

// heard is a live source that has been built.
type heard struct {
	node       *node
	microphone *live.Microphone // nil if it is standard input
	broken     error            // why standard input ended
}

// account says what became of everything that was recorded.
func (env *environment) account(res *Result) {
	for _, h := range env.heard {
		ended := h.broken
		if h.microphone != nil {
			r := h.microphone.Report()
			res.Microphones = append(res.Microphones, r)
			res.Dropped += r.Lost()
			ended = r.Ended
			res.Notes = append(res.Notes, recordedNotes(h.node.label(), r)...)
		}
		if res.Ended == nil && ended != nil {
			res.Ended = fmt.Errorf("%s: %w", h.node.label(), ended)
		}
	}
}

// shownLosses is how many ranges are listed for people; the report has all.
const shownLosses = 10

func recordedNotes(name string, r live.Report) []string {
	list := []string{fmt.Sprintf("%s: %d frames were recorded at %s, %d were lost, %d came after the end", name, r.Captured, quantityText(r.Rate, "Hz"), r.Lost(), r.Unread)}
	for i, l := range r.Losses {
		if i == shownLosses {
			list = append(list, fmt.Sprintf("%s: and in %d more ranges", name, int64(len(r.Losses)-i)+r.Omitted))
			break
		}
		list = append(list, name+": "+l.String())
	}
	if r.Invalid > 0 {
		list = append(list, fmt.Sprintf("%s: %d samples were no finite numbers and are 0", name, r.Invalid))
	}
	return list
}

// Live reports whether the pipeline listens to something that does not wait for it.
func (p *Plan) Live() bool {
	for _, n := range p.nodes {
		if n.live && n.computed() {
			return true
		}
	}
	return false
}

// salvage passes a stream on whose failure is to end a run well: what came through a pipe before it broke cannot be had again.
type salvage struct {
	src   stages.Stage
	heard *heard
}

func newSalvage(src stages.Stage, h *heard) (stages.Stage, error) {
	return stages.New("sound.stdin", src.Format(), &salvage{src, h}, stages.From(src)...)
}

// Fill implements [stages.Filler].
func (s *salvage) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	f, err := s.src.Fetch(ctx, at, at+int64(dst.N))
	dst.CopyFrom(f, f.N)
	if err == nil || err == io.EOF || ctx.Err() != nil || errors.Is(err, stages.ErrInterrupted) {
		return f.N, err
	}
	s.heard.broken = &brokenError{err}
	return f.N, s.heard.broken
}

// brokenError is the failure of a stream that cannot be had again, by which a run ends well.
type brokenError struct{ cause error }

func (e *brokenError) Error() string        { return e.cause.Error() }
func (e *brokenError) Unwrap() error        { return e.cause }
func (e *brokenError) Is(target error) bool { return target == stages.ErrInterrupted }

//go:build cgo

package devices

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"
	"unsafe"

	"github.com/gen2brain/malgo"

	"hearpipe/sound/live"
)

// miniaudio records through the library of that name.
type miniaudio struct{}

// backend is a sound system that the library can use.
type backend struct {
	name string
	id   malgo.Backend
	text bool // its devices have names, not numbers
}

// backends are those of this machine, the best first.
func backends() []backend {
	switch runtime.GOOS {
	case "linux":
		list := []backend{{"pulseaudio", malgo.BackendPulseaudio, true}}
		// Without devices ALSA has nothing to say, and its library says so on standard error.
		if _, err := os.Stat("/dev/snd"); err == nil {
			list = append(list, backend{"alsa", malgo.BackendAlsa, true})
		}
		return list
	case "darwin":
		return []backend{{"coreaudio", malgo.BackendCoreaudio, true}}
	case "windows":
		return []backend{{"wasapi", malgo.BackendWasapi, false}}
	case "openbsd":
		return []backend{{"sndio", malgo.BackendSndio, true}}
	case "netbsd":
		return []backend{{"audio4", malgo.BackendAudio4, true}}
	}
	return []backend{{"oss", malgo.BackendOss, true}}
}

// context connects to a sound system. The caller releases it.
func (b backend) context() (*malgo.AllocatedContext, error) {
	ctx, err := malgo.InitContext([]malgo.Backend{b.id}, malgo.ContextConfig{}, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", b.name, err)
	}
	return ctx, nil
}

func release(ctx *malgo.AllocatedContext) {
	_ = ctx.Uninit() // it always succeeds
	ctx.Free()
}

// Devices lists the inputs of all sound systems that are there.
func (miniaudio) Devices() ([]live.Device, error) {
	var list []live.Device
	var errs []error
	for _, b := range backends() {
		found, err := b.devices()
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for _, d := range found {
			d.Default = d.Default && (len(list) == 0 || list[0].System == b.name)
			list = append(list, d)
		}
	}
	if len(list) == 0 {
		return nil, errors.Join(errs...)
	}
	return sorted(list), nil
}

func (b backend) devices() ([]live.Device, error) {
	ctx, err := b.context()
	if err != nil {
		return nil, err
	}
	defer release(ctx)
	infos, err := ctx.Devices(malgo.Capture)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", b.name, err)
	}
	var list []live.Device
	for _, info := range infos {
		d := live.Device{System: b.name, ID: b.idOf(info.ID), Name: info.Name(), Default: info.IsDefault != 0}
		d.Monitor = b.name == "pulseaudio" && strings.HasSuffix(d.ID, ".monitor") // the library does not say
		// The list has names only. A device that cannot be asked, because somebody else records from it alone, is left out of nothing.
		if whole, err := ctx.DeviceInfo(malgo.Capture, info.ID, malgo.Shared); err == nil {
			info = whole
		}
		for _, f := range info.Formats {
			d.Channels = max(d.Channels, int(f.Channels))
			if rate := float64(f.SampleRate); rate > 0 && d.Rate(rate) != rate || len(d.Rates) == 0 && rate > 0 {
				d.Rates = append(d.Rates, rate)
			}
		}
		if d.Channels == 0 {
			d.Channels = 2 // it takes any number
		}
		list = append(list, d)
	}
	return list, nil
}

// idOf is the name by which a system knows a device.
func (b backend) idOf(id malgo.DeviceID) string {
	if !b.text {
		return id.String()
	}
	text, _, _ := bytes.Cut(id[:], []byte{0})
	return string(text)
}

// reserve is how much sound the system may hold back while this program is not heard of [s].
const reserve = 0.5

// Open records from a device. Neither rate nor channels are converted: they are those of the device.
func (miniaudio) Open(d live.Device, c live.Capture, r live.Receiver) (io.Closer, error) {
	for _, b := range backends() {
		if b.name == d.System {
			return b.open(d, c, r)
		}
	}
	return nil, fmt.Errorf("there is no sound system %q", d.System)
}

func (b backend) open(d live.Device, c live.Capture, r live.Receiver) (_ io.Closer, err error) {
	ctx, err := b.context()
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			release(ctx)
		}
	}()
	infos, err := ctx.Devices(malgo.Capture)
	if err != nil {
		return nil, err
	}
	var id *malgo.DeviceID
	for i := range infos {
		if b.idOf(infos[i].ID) == d.ID {
			id = &infos[i].ID
		}
	}
	if id == nil {
		return nil, errGone
	}
	var pin runtime.Pinner
	defer pin.Unpin()
	pin.Pin(id)
	config := malgo.DefaultDeviceConfig(malgo.Capture)
	config.Capture.DeviceID = unsafe.Pointer(id)
	config.Capture.Format = malgo.FormatF32
	config.Capture.Channels = uint32(c.Channels)
	config.SampleRate = uint32(c.Rate)
	config.PeriodSizeInFrames = uint32(c.Period)
	config.Periods = uint32(min(max(2, math.Ceil(reserve*c.Rate/float64(c.Period))), 256))
	config.NoClip = 1
	config.Alsa.NoAutoResample = 1
	config.Pulse.StreamNameCapture = "pipe"
	x := &recording{ctx: ctx}
	x.device, err = malgo.InitDevice(ctx.Context, config, malgo.DeviceCallbacks{
		Data: func(_, in []byte, frames uint32) {
			if n := int(frames) * c.Channels; n > 0 && len(in) >= 4*n {
				r.Receive(unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(in))), n))
			}
		},
		Stop: func() { r.End(errors.New("the sound system has stopped it")) },
	})
	if err != nil {
		return nil, err
	}
	if err = x.device.Start(); err != nil {
		x.device.Uninit()
		return nil, err
	}
	return x, nil
}

// recording is a device that records.
type recording struct {
	ctx    *malgo.AllocatedContext
	device *malgo.Device
	once   sync.Once
}

// closeTime is how long a device may take to stop. The library waits for ever for some devices that have vanished (PulseAudio, when
// the server was killed): they are left to themselves then, with their thread.
const closeTime = 2 * time.Second

// Close ends the recording; nothing is received after it.
func (x *recording) Close() error {
	x.once.Do(func() {
		done := make(chan struct{})
		go func() {
			x.device.Uninit() // it forgets whom to call before anything else
			release(x.ctx)
			close(done)
		}()
		select {
		case <-done:
		case <-time.After(closeTime):
		}
	})
	return nil
}

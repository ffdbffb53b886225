// Package devices reaches the microphones of the machine.
//
// Built with cgo it records through miniaudio, which loads the sound system when it runs and needs nothing installed to build:
// PulseAudio (or PipeWire in its place) and ALSA on Linux, Core Audio, WASAPI and their like elsewhere. Built without cgo it
// speaks the protocol of PulseAudio itself, on Linux; elsewhere it says that it cannot record, and what can be done instead.
package devices

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"hearpipe/sound/live"
)

// Default is the system of this build: the first of its ways to the devices that leads anywhere.
func Default() live.System { return first(ways) }

// first is the first system that has devices.
type first []live.System

// Devices lists the devices of the first system that has any. The error is that of all, if none is there at all.
func (f first) Devices() ([]live.Device, error) {
	list, _, err := f.find()
	return list, err
}

func (f first) find() ([]live.Device, live.System, error) {
	var errs []error
	for _, s := range f {
		list, err := s.Devices()
		if len(list) > 0 {
			return list, s, nil
		}
		errs = append(errs, err)
	}
	if slices.Contains(errs, nil) { // it is there, but has no devices
		return nil, nil, nil
	}
	return nil, nil, inOneLine(errs)
}

// inOneLine joins errors where one message is expected.
func inOneLine(errs []error) error {
	all := errs[0]
	for _, err := range errs[1:] {
		all = fmt.Errorf("%w; %w", all, err)
	}
	return all
}

// Open records from a device of the list.
func (f first) Open(d live.Device, c live.Capture, r live.Receiver) (io.Closer, error) {
	list, s, err := f.find()
	switch {
	case err != nil:
		return nil, err
	case !slices.ContainsFunc(list, func(x live.Device) bool { return x.System == d.System && x.ID == d.ID }):
		return nil, errGone
	}
	return s.Open(d, c, r)
}

var errGone = errors.New("it is not there any more")

// sorted puts the default device first and the monitors of outputs last: few people look for those.
func sorted(list []live.Device) []live.Device {
	rank := func(d live.Device) int {
		switch {
		case d.Default:
			return 0
		case d.Monitor:
			return 2
		}
		return 1
	}
	slices.SortStableFunc(list, func(a, b live.Device) int { return rank(a) - rank(b) })
	return list
}

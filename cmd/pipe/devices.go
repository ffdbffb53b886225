package main

import (
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"hearpipe/pipelines"
	"hearpipe/sound"
	"hearpipe/sound/live"
	"hearpipe/sound/live/devices"
)

// microphones is what records: the devices of the machine, or those of a test.
func (a *app) microphones() live.System {
	if a.mics != nil {
		return a.mics
	}
	return devices.Default()
}

// liveFlags say what a sound is that does not say it itself.
type liveFlags struct {
	Raw         string `placeholder:"FORMAT" help:"--input has no header: s16le, f32le and so on; needs --raw-rate."`
	RawRate     string `placeholder:"RATE" help:"Sample rate of samples without a header."`
	RawChannels int    `default:"1" help:"Number of channels of samples without a header."`
	MicChannels int    `default:"1" help:"Number of channels of --input mic: the first ones of the device."`
}

// listen turns the flags into options.
func (f *liveFlags) listen(a *app, input string, opt *pipelines.Options) error {
	opt.Access.Microphones = a.microphones()
	opt.Access.Tell = func(node, text string) { a.say(slog.LevelWarn, node+": "+text, "lost", "node", node, "text", text) }
	if f.MicChannels < 1 {
		return usagef("--mic-channels %d: want 1 or more", f.MicChannels)
	}
	opt.MicChannels = f.MicChannels
	microphone := input == "mic" || strings.HasPrefix(input, "mic:")
	switch {
	case f.Raw != "" && microphone:
		return usagef("--raw %s: --input %s is a microphone; samples without a header are those of a file or of standard input", f.Raw, input)
	case f.MicChannels != 1 && input != "" && !microphone:
		return usagef("--mic-channels %d: --input %s is no microphone", f.MicChannels, input)
	case f.Raw == "" && (f.RawRate != "" || f.RawChannels != 1):
		return usagef("--raw-rate and --raw-channels describe samples without a header; --raw FORMAT says what they are")
	case f.Raw == "":
		return nil
	case input == "":
		return usagef("--raw %s says what --input is, which is not given", f.Raw)
	case f.RawRate == "":
		return usagef("--raw %s needs --raw-rate, the sample rate", f.Raw)
	case f.RawChannels < 1:
		return usagef("--raw-channels %d: want 1 or more", f.RawChannels)
	}
	if known := sound.RawFormats(); !slices.Contains(known, f.Raw) {
		return usagef("--raw %s: want one of %s", f.Raw, strings.Join(known, ", "))
	}
	rate, err := hertz("--raw-rate", f.RawRate)
	if err != nil {
		return err
	}
	opt.Raw = &sound.RawParams{Format: f.Raw, Rate: rate, Channels: f.RawChannels}
	return nil
}

type devicesCommand struct {
	JSON bool `name:"json" help:"Print the devices as JSON."`
}

// Help is printed below the flags.
func (devicesCommand) Help() string {
	return `A pipeline listens to a device by the node {type: sound.microphone, device: NAME}, or where it reads a sound file:
  pipe run simple-anf --input mic --duration 5s     the default device, which is marked with *
  pipe run simple-anf --input mic:usb               the device whose ID or name has usb in it

A device whose ID ends with .monitor hears what an output plays. Programs that record themselves can be listened to as well:
  arecord -t wav | pipe run simple-anf --input -

Example: pipe devices --json`
}

// Run lists the devices.
func (c *devicesCommand) Run(a *app) error {
	list, err := a.microphones().Devices()
	if err != nil {
		return err
	}
	if c.JSON {
		if list == nil {
			list = []live.Device{}
		}
		return printJSON(a, list)
	}
	if len(list) == 0 {
		fmt.Fprintln(a.stderr, "there is no device to record from")
		return nil
	}
	w := tabwriter.NewWriter(a.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "  DEVICE\tNAME\tCHANNELS\tRATE\tSYSTEM")
	for _, d := range list {
		mark := " "
		if d.Default {
			mark = "*"
		}
		fmt.Fprintf(w, "%s %s\t%s\t%d\t%s\t%s\n", mark, d.ID, d.Name, d.Channels, ratesText(d.Rates), d.System)
	}
	return w.Flush()
}

// ratesText writes sample rates for people.
func ratesText(rates []float64) string {
	if len(rates) == 0 {
		return "any"
	}
	var list []string
	for _, r := range rates {
		list = append(list, strconv.FormatFloat(r/1000, 'g', -1, 64))
	}
	return strings.Join(list, ", ") + " kHz"
}

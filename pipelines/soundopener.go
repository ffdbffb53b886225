package pipelines

import (
	"bytes"
	"errors"
	"io"

	"hearpipe/sound"
	"hearpipe/stages"
)

// soundOpener opens one sound, each time anew where that is possible.
type soundOpener struct {
	env    *environment
	path   string // "" for the recording in the binary, "-" for standard input
	params sound.FileParams
	raw    *sound.RawParams // of samples without a header
	note   string
	stdin  *sound.File // standard input is opened once
	used   bool
}

// opener finds out what a path means.
func (env *environment) opener(path string, trusted bool, params sound.FileParams, raw *sound.RawParams) (*soundOpener, error) {
	o := &soundOpener{env: env, params: params, raw: raw}
	if path == "-" {
		switch {
		case !trusted:
			return nil, errors.New("standard input is read only if - is given on the command line, as in --input -")
		case env.access.Stdin == nil:
			return nil, errors.New("there is no standard input")
		case env.stdin:
			return nil, errors.New("standard input is read by another node already")
		}
		env.stdin = true
		o.path, o.params.Name = "-", "standard input"
		return o, nil
	}
	full, err := env.input(path, trusted)
	var missing *missingError
	switch {
	case errors.As(err, &missing) && path == builtInSpeech && raw == nil:
		o.note = "speech.wav is the recording that comes with the program"
		return o, nil
	case err != nil:
		return nil, err
	}
	o.path = full
	return o, nil
}

// file opens the sound. For a run it is closed with the environment.
func (o *soundOpener) file(run bool) (*sound.File, error) {
	switch o.path {
	case "":
		return sound.NewReader(bytes.NewReader(speech), o.params)
	case "-":
		if run && o.used {
			return nil, errors.New("standard input can be read once only; a node that works in memory and another one cannot share it")
		}
		o.used = o.used || run
		if o.stdin == nil {
			f, err := o.read(o.env.access.Stdin)
			if err != nil {
				return nil, err
			}
			o.stdin = f
		}
		return o.stdin, nil
	}
	f, err := o.openPath()
	if err != nil {
		return nil, err
	}
	if run {
		o.env.closers = append(o.env.closers, f)
	}
	return f, nil
}

// stream opens the sound for a run. A failure of standard input ends the run well, since nothing of it can be read again.
func (o *soundOpener) stream(n *node) (stages.Stage, error) {
	f, err := o.file(true)
	if err != nil || o.path != "-" {
		return f, err
	}
	h := &heard{node: n}
	o.env.heard = append(o.env.heard, h)
	return newSalvage(f, h)
}

// read makes the stream of what has a header, or of raw samples.
func (o *soundOpener) read(r io.Reader) (*sound.File, error) {
	if o.raw == nil {
		return sound.NewReader(r, o.params)
	}
	o.raw.FileParams = o.params
	return sound.NewRawReader(r, *o.raw)
}

func (o *soundOpener) openPath() (*sound.File, error) {
	if o.raw == nil {
		return sound.OpenWith(o.path, o.params)
	}
	o.raw.FileParams = o.params
	return sound.OpenRaw(o.path, *o.raw)
}

// done closes a file that was opened to look at its format.
func (o *soundOpener) done(f *sound.File) {
	if f != o.stdin {
		f.Close()
	}
}

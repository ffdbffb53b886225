//go:build linux

package devices

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/jfreymuth/pulse/proto"
)

// playAhead is how much sound the server holds [s]: that long may the program be late.
const playAhead = 1.0

// mostHeard is the number of speakers that sound is played on.
const mostHeard = 2

// Play plays interleaved samples, of which full scale is 1, on an output of the sound server (PulseAudio, or PipeWire in its place),
// the default one if device is empty. fill writes whole frames of 1 or 2 channels and returns their samples; io.EOF ends, with or
// without samples, any other error ends too and is returned. Play returns when the last sample has been heard.
func Play(device string, rate, channels int, fill func(samples []float32) (int, error)) error {
	if channels < 1 || channels > mostHeard || rate < 1 {
		return fmt.Errorf("%d Hz with %d channels cannot be played: want at least 1 Hz, 1 or 2 channels", rate, channels)
	}
	p := &player{wants: make(chan int, 64), gone: make(chan error, 1)}
	s, err := connect(p.hear)
	if err != nil {
		return err
	}
	defer s.close()
	layout := proto.ChannelMap{proto.ChannelMono}
	if channels == 2 {
		layout = proto.ChannelMap{proto.ChannelLeft, proto.ChannelRight}
	}
	volumes := make(proto.ChannelVolumes, channels)
	for i := range volumes {
		volumes[i] = uint32(proto.VolumeNorm)
	}
	frame := 4 * channels
	var reply proto.CreatePlaybackStreamReply
	err = s.c.Request(&proto.CreatePlaybackStream{
		SampleSpec: proto.SampleSpec{Format: proto.FormatFloat32LE, Channels: byte(channels), Rate: uint32(rate)},
		ChannelMap: layout, SinkIndex: proto.Undefined, SinkName: device, Corked: true,
		BufferMaxLength: proto.Undefined, BufferTargetLength: uint32(math.Ceil(playAhead*float64(rate))) * uint32(frame),
		BufferPrebufferLength: proto.Undefined, BufferMinimumRequest: proto.Undefined, AdjustLatency: true,
		ChannelVolumes: volumes, Properties: proto.PropList{"media.name": proto.PropListString("pipe play")},
	}, &reply)
	if err != nil {
		return fmt.Errorf("the sound server does not play %d Hz with %d channels: %w", rate, channels, err)
	}
	if err := s.c.Request(&proto.CorkPlaybackStream{StreamIndex: reply.StreamIndex}, nil); err != nil {
		return err
	}
	if err := p.feed(s, reply.StreamIndex, int(reply.Missing), frame, fill); err != nil {
		return err
	}
	// What the server holds is heard before it answers.
	s.c.SetTimeout(time.Duration(float64(reply.BufferTargetLength)/float64(frame*rate)*float64(time.Second)) + answerTime)
	return s.c.Request(&proto.DrainPlaybackStream{StreamIndex: reply.StreamIndex}, nil)
}

// player hears how much a server wants.
type player struct {
	wants chan int
	gone  chan error
}

func (p *player) hear(message any) {
	switch m := message.(type) {
	case *proto.Request:
		p.wants <- int(m.Length)
	case *proto.PlaybackStreamKilled:
		p.end(errors.New("the sound server has removed the output"))
	case *proto.ConnectionClosed:
		p.end(errors.New("the sound server is gone"))
	}
}

func (p *player) end(err error) {
	select {
	case p.gone <- err:
	default: // it is known already
	}
}

// feed sends what the server wants until there is nothing more.
func (p *player) feed(s *session, stream uint32, want, frame int, fill func([]float32) (int, error)) error {
	var samples []float32
	var data []byte
	for {
		for want >= frame {
			n := want / frame * frame / 4
			if cap(samples) < n {
				samples = make([]float32, n)
			}
			n, err := fill(samples[:n])
			data = data[:0]
			for _, x := range samples[:n] {
				data = binary.LittleEndian.AppendUint32(data, math.Float32bits(x))
			}
			want -= len(data)
			if len(data) > 0 {
				if e := s.c.Send(stream, data); e != nil {
					return e
				}
			}
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return err
			}
		}
		select {
		case n := <-p.wants:
			want += n
		case err := <-p.gone:
			return err
		}
	}
}

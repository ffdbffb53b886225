//go:build linux

package devices

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"sync/atomic"

	"github.com/jfreymuth/pulse/proto"

	"hearpipe/sound/live"
)

// pulse speaks the protocol of PulseAudio, which PipeWire understands too. The device of a stream is fixed: the server neither
// moves the stream to another device nor mixes its channels nor changes its rate.
type pulse struct{}

// Devices lists the sources of the server.
func (pulse) Devices() ([]live.Device, error) {
	s, err := connect(nil)
	if err != nil {
		return nil, err
	}
	defer s.close()
	var server proto.GetServerInfoReply
	var sources proto.GetSourceInfoListReply
	if err := errors.Join(s.c.Request(&proto.GetServerInfo{}, &server), s.c.Request(&proto.GetSourceInfoList{}, &sources)); err != nil {
		return nil, fmt.Errorf("pulseaudio: %w", err)
	}
	var list []live.Device
	for _, x := range sources {
		list = append(list, live.Device{
			System: "pulseaudio", ID: x.SourceName, Name: x.Device, Rates: []float64{float64(x.Rate)},
			Channels: int(x.Channels), Default: x.SourceName == server.DefaultSourceName, Monitor: x.MonitorSourceIndex != proto.Undefined,
		})
	}
	return sorted(list), nil
}

// Open records from a source.
func (pulse) Open(d live.Device, c live.Capture, r live.Receiver) (io.Closer, error) {
	x := &stream{r: r}
	x.index.Store(-1)
	s, err := connect(x.hear)
	if err != nil {
		return nil, err
	}
	x.s = s
	if err := x.create(d, c); err != nil {
		s.close()
		if errors.Is(err, proto.ErrNoSuchEntity) {
			err = errGone
		}
		return nil, err
	}
	return x, nil
}

// stream is a source that is recorded.
type stream struct {
	s     *session
	r     live.Receiver
	index atomic.Int64 // of the stream, -1 while it has none
	rest  []byte       // of a frame that came in two packets
	buf   []float32
	frame int // bytes
	once  sync.Once
}

func (x *stream) create(d live.Device, c live.Capture) error {
	var source proto.GetSourceInfoReply
	if err := x.s.c.Request(&proto.GetSourceInfo{SourceIndex: proto.Undefined, SourceName: d.ID}, &source); err != nil {
		return err
	}
	if int(source.Channels) != c.Channels {
		return fmt.Errorf("it has %d channels now, not %d", source.Channels, c.Channels)
	}
	volumes := make(proto.ChannelVolumes, c.Channels)
	for i := range volumes {
		volumes[i] = uint32(proto.VolumeNorm)
	}
	x.frame = 4 * c.Channels
	var reply proto.CreateRecordStreamReply
	err := x.s.c.Request(&proto.CreateRecordStream{
		SampleSpec: proto.SampleSpec{Format: proto.FormatFloat32LE, Channels: byte(c.Channels), Rate: uint32(c.Rate)},
		ChannelMap: source.ChannelMap, SourceIndex: proto.Undefined, SourceName: d.ID,
		BufferMaxLength: proto.Undefined, Corked: true, BufferFragSize: uint32(c.Period * x.frame),
		NoRemap: true, NoRemix: true, NoMove: true, AdjustLatency: true,
		Properties:         proto.PropList{"media.name": proto.PropListString("pipe")},
		DirectOnInputIndex: proto.Undefined, ChannelVolumes: volumes,
	}, &reply)
	if err != nil {
		return err
	}
	if reply.Rate != uint32(c.Rate) || int(reply.Channels) != c.Channels {
		return fmt.Errorf("the sound server offers %d Hz with %d channels instead", reply.Rate, reply.Channels)
	}
	x.index.Store(int64(reply.StreamIndex))
	return x.s.c.Request(&proto.CorkRecordStream{StreamIndex: reply.StreamIndex}, nil)
}

// hear takes what the server says, on the goroutine that reads the connection.
func (x *stream) hear(message any) {
	index := x.index.Load()
	switch m := message.(type) {
	case *proto.DataPacket:
		if int64(m.StreamIndex) == index {
			x.receive(m.Data)
		}
	case *proto.RecordStreamKilled:
		if int64(m.StreamIndex) == index {
			x.r.End(errors.New("the sound server has removed it"))
		}
	case *proto.ConnectionClosed:
		x.r.End(errors.New("the sound server is gone"))
	}
}

// receive hands the whole frames of a packet on.
func (x *stream) receive(data []byte) {
	if len(x.rest) > 0 {
		x.rest = append(x.rest, data...)
		data = x.rest
	}
	whole := len(data) / x.frame * x.frame
	x.buf = x.buf[:0]
	for i := 0; i < whole; i += 4 {
		x.buf = append(x.buf, math.Float32frombits(binary.LittleEndian.Uint32(data[i:])))
	}
	if len(x.buf) > 0 {
		x.r.Receive(x.buf)
	}
	x.rest = append(x.rest[:0], data[whole:]...)
}

// Close ends the recording; nothing is received after it.
func (x *stream) Close() error {
	x.once.Do(func() { x.s.close() })
	return nil
}

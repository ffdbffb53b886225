package sound

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"

	"hearpipe/stages"
)

// RawParams says what the samples of a stream without a header are.
type RawParams struct {
	FileParams
	Format   string  // one of RawFormats, such as s16le; required
	Rate     float64 // sample rate [Hz]; required
	Channels int     // number of channels (default 1); those of a frame follow each other
}

// rawFormats are the layouts of samples under the names that ffmpeg gives them.
var rawFormats = map[string]struct {
	encoding Encoding
	bytes    int
	signed   bool
	order    binary.ByteOrder
}{
	"s8": {PCM, 1, true, binary.LittleEndian}, "u8": {PCM, 1, false, binary.LittleEndian},
	"s16le": {PCM, 2, true, binary.LittleEndian}, "s16be": {PCM, 2, true, binary.BigEndian},
	"s24le": {PCM, 3, true, binary.LittleEndian}, "s24be": {PCM, 3, true, binary.BigEndian},
	"s32le": {PCM, 4, true, binary.LittleEndian}, "s32be": {PCM, 4, true, binary.BigEndian},
	"f32le": {Float, 4, false, binary.LittleEndian}, "f32be": {Float, 4, false, binary.BigEndian},
	"f64le": {Float, 8, false, binary.LittleEndian}, "f64be": {Float, 8, false, binary.BigEndian},
	"alaw": {ALaw, 1, false, binary.LittleEndian}, "mulaw": {MuLaw, 1, false, binary.LittleEndian},
}

// RawFormats lists the formats of [RawParams]: s (signed), u (unsigned) or f (float), bits, little or big endian; alaw and mulaw.
func RawFormats() []string {
	var names []string
	for name := range rawFormats {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// OpenRaw opens a file without a header. The caller closes it.
func OpenRaw(path string, p RawParams) (*File, error) {
	p.Name = path
	return openFile(path, func(r io.Reader) (*File, error) { return NewRawReader(r, p) })
}

// NewRawReader reads samples without a header, from where r stands to its end. A stream that ends within a frame is an error, after the
// good frames; a file of known size leaves the rest out and notes it.
func NewRawReader(r io.Reader, p RawParams) (*File, error) {
	form, ok := rawFormats[p.Format]
	if !ok {
		return nil, fmt.Errorf("raw sound: format %q: want one of %s", p.Format, strings.Join(RawFormats(), ", "))
	}
	if p.Channels == 0 {
		p.Channels = 1
	}
	if p.Channels < 1 || p.Channels > 1<<20 {
		return nil, fmt.Errorf("raw sound: %d channels: want 1 to %d", p.Channels, 1<<20)
	}
	if err := checkRate(p.Rate); err != nil {
		return nil, fmt.Errorf("raw %w", err)
	}
	s, file, err := newScanner(r, p.FileParams)
	if err != nil {
		return nil, err
	}
	h := &header{container: "raw", order: form.order, declared: -1, layout: layout{
		encoding: form.encoding, rate: p.Rate, channels: p.Channels, bytes: form.bytes, bits: 8 * form.bytes, signed: form.signed,
	}}
	frames := stages.Unbounded
	if s.size >= 0 {
		if frames, err = s.length(h, file.AllowTruncated); err != nil {
			return nil, err
		}
	}
	return s.open(h, frames, file)
}

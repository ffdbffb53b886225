package sound

import (
	"encoding/binary"
	"fmt"
)

// Encoding is how samples are stored.
type Encoding string

// The encodings of samples.
const (
	PCM   Encoding = "PCM"
	Float Encoding = "float"
	MuLaw Encoding = "µ-law"
	ALaw  Encoding = "A-law"
)

// layout is how the frames of a file are stored.
type layout struct {
	encoding   Encoding
	rate       float64
	channels   int
	bytes      int // per sample
	bits       int // that count
	low        bool
	signed     bool // codes of one byte are signed, as in AIFF; in WAV they are not
	ambiguous  bool // whole bytes are unused: low is a guess that the samples may contradict
	extensible bool
	mask       uint32
}

// frame is the number of bytes of a frame.
func (l layout) frame() int { return l.bytes * l.channels }

// Format tags of the fmt chunk (RFC 2361, mmreg.h).
const (
	tagPCM        = 1
	tagFloat      = 3
	tagALaw       = 6
	tagMuLaw      = 7
	tagExtensible = 0xFFFE
)

// parseLayout decodes the 16 to 40 bytes of a fmt chunk. It returns a note where it repaired something.
func parseLayout(b []byte, order binary.ByteOrder) (l layout, note string, err error) {
	tag := order.Uint16(b)
	l.channels = int(order.Uint16(b[2:]))
	l.rate = float64(order.Uint32(b[4:]))
	byteRate := int64(order.Uint32(b[8:]))
	align := int(order.Uint16(b[12:]))
	bits := int(order.Uint16(b[14:]))
	valid := bits
	if tag == tagExtensible {
		if len(b) < 40 {
			return l, "", fmt.Errorf("extensible fmt chunk of %d bytes: want 40", len(b))
		}
		if v := int(order.Uint16(b[18:])); v != 0 { // 0: some writers leave it out; all bits count
			valid = v
		}
		l.extensible = true
		l.mask = order.Uint32(b[20:])
		if tag, err = subFormat(b[24:40], order); err != nil {
			return l, "", err
		}
	}
	switch {
	case l.channels == 0:
		return l, "", fmt.Errorf("0 channels: want 1 to 65535")
	case l.rate == 0:
		return l, "", fmt.Errorf("sample rate 0 Hz: want 1 Hz or more")
	}
	if l.encoding, err = encodingOf(tag); err != nil {
		return l, "", err
	}
	if align == 0 || align%l.channels != 0 || 8*align < bits*l.channels {
		// Believe the number of bits if the byte rate, which says the same in other words, agrees.
		whole := (bits + 7) / 8 * l.channels
		if bits == 0 || byteRate != int64(l.rate)*int64(whole) {
			return l, "", fmt.Errorf("a frame of %d channels of %d bits in %d bytes, %d bytes/s at %g Hz: want numbers that fit each other",
				l.channels, bits, align, byteRate, l.rate)
		}
		note = fmt.Sprintf("block of %d bytes contradicts %d channels of %d bits; bits and byte rate agree and are believed", align, l.channels, bits)
		align = whole
	}
	l.bytes, l.bits = align/l.channels, valid
	return l, note, l.check(bits)
}

// encodingOf names the format tag.
func encodingOf(tag uint16) (Encoding, error) {
	switch tag {
	case tagPCM:
		return PCM, nil
	case tagFloat:
		return Float, nil
	case tagALaw:
		return ALaw, nil
	case tagMuLaw:
		return MuLaw, nil
	}
	name := map[uint16]string{
		0: "unknown", 2: "MS ADPCM", 0x11: "IMA ADPCM", 0x31: "GSM 6.10", 0x50: "MPEG", 0x55: "MP3", 0x161: "WMA", 0x162: "WMA",
		0x2000: "AC-3", 0xF1AC: "FLAC", 0x674F: "Vorbis",
	}[tag]
	if name == "" {
		name = "compressed or unknown"
	}
	return "", fmt.Errorf("format tag 0x%04X (%s): want PCM, float, A-law or µ-law; convert it first, for example with ffmpeg -i in.wav out.wav", tag, name)
}

// check sorts out which combinations of encoding, bits and bytes can be read.
func (l *layout) check(bits int) error {
	switch l.encoding {
	case Float:
		if !(l.bytes == 4 && bits == 32 || l.bytes == 8 && bits == 64) {
			return fmt.Errorf("float samples of %d bits in %d bytes: want 32 in 4 or 64 in 8", bits, l.bytes)
		}
		l.bits = bits
	case MuLaw, ALaw:
		if bits != 8 || l.bytes != 1 {
			return fmt.Errorf("%s samples of %d bits in %d bytes: want 8 in 1", l.encoding, bits, l.bytes)
		}
		l.bits = bits
	default:
		if bits < 1 || l.bytes > 8 || l.bits > 8*l.bytes {
			return fmt.Errorf("PCM samples of %d bits in %d bytes: want 1 to 64 bits in 1 to 8 bytes", l.bits, l.bytes)
		}
		if l.bits <= 8 && l.bytes > 1 {
			return fmt.Errorf("PCM samples of %d bits in %d bytes: want 8 bits or fewer in 1 byte", l.bits, l.bytes)
		}
		// The bits that count are the upper ones of a sample (Microsoft, "Multiple Channel Audio Data and WAVE Files"), except
		// that ALSA's arecord writes 24 bits as the lower three of four bytes.
		l.ambiguous = 8*l.bytes-l.bits >= 8
		l.low = l.ambiguous && !l.extensible
	}
	return nil
}

// subFormat is the format tag within the GUID of an extensible fmt chunk, whose first three fields have the byte order of
// the file.
func subFormat(b []byte, order binary.ByteOrder) (uint16, error) {
	d1, d2, d3 := order.Uint32(b), order.Uint16(b[4:]), order.Uint16(b[6:])
	tail := [8]byte(b[8:16])
	switch {
	case d1 <= 0xFFFF && d2 == 0x0000 && d3 == 0x0010 && tail == [8]byte{0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71}:
		return uint16(d1), nil
	case (d1 == tagPCM || d1 == tagFloat) && d2 == 0x0721 && d3 == 0x11D3 && tail == [8]byte{0x86, 0x44, 0xC8, 0xC1, 0xCA, 0, 0, 0}:
		return uint16(d1), nil // Ambisonic B-format: channels W, X, Y, Z, otherwise the same
	}
	return 0, fmt.Errorf("sub-format %08X-%04X-%04X-%X-%X of the extensible fmt chunk: want PCM, float, A-law or µ-law", d1, d2, d3, tail[:2], tail[2:])
}

// align decides where the bits that count lie in samples that leave whole bytes unused, from the first samples of the file:
// a bit below them can only be set if they are the lower ones, a byte above them that is not their sign only if they are
// the upper ones. Silence decides nothing.
func (l *layout) align(data []byte, order binary.ByteOrder) {
	if !l.ambiguous {
		return
	}
	unused := uint(8*l.bytes - l.bits)
	for ; len(data) >= l.bytes; data = data[l.bytes:] {
		v := signed(data[:l.bytes], order)
		if v&(1<<unused-1) != 0 {
			l.low = true
			return
		}
		if top := v >> uint(l.bits-1); top != 0 && top != -1 && v>>uint(l.bits) != 0 {
			l.low = false
			return
		}
	}
}

// signed reads a two's complement number of 1 to 8 bytes.
func signed(b []byte, order binary.ByteOrder) int64 {
	var u uint64
	if order == binary.BigEndian {
		for _, x := range b {
			u = u<<8 | uint64(x)
		}
	} else {
		for i := len(b) - 1; i >= 0; i-- {
			u = u<<8 | uint64(b[i])
		}
	}
	shift := uint(64 - 8*len(b))
	return int64(u<<shift) >> shift
}

package sound

import (
	"encoding/binary"
	"math"

	"hearpipe/stages"
)

// decoder turns the bytes of frames into pressures.
type decoder struct {
	layout
	order binary.ByteOrder
	scale float64       // pressure of the code 1 [Pa]
	table *[256]float64 // pressures of the codes of one byte
}

// newDecoder makes a decoder in which full scale is a pressure [Pa]. Integer codes of b bits are divided by 2^(b-1), those of up to
// 8 bits are unsigned in WAV, and 2^(b-1) is subtracted first; A-law and µ-law are expanded to 16 bits. Powers of two are exact, so every
// sample is rounded once.
func newDecoder(l layout, order binary.ByteOrder, fullScale float64) *decoder {
	d := &decoder{layout: l, order: order, scale: fullScale}
	switch {
	case l.encoding == Float:
	case l.encoding == PCM && l.low:
		d.scale = math.Ldexp(fullScale, 1-l.bits)
	case l.encoding == PCM:
		d.scale = math.Ldexp(fullScale, 1-8*l.bytes)
	default:
		d.scale = math.Ldexp(fullScale, -15)
	}
	if l.bytes == 1 {
		d.table = new([256]float64)
		for i := range d.table {
			code := byte(i)
			v := int(code) - 128
			if l.signed {
				v = int(int8(code))
			} else if l.encoding == MuLaw {
				v = expandMuLaw(code)
			} else if l.encoding == ALaw {
				v = expandALaw(code)
			}
			d.table[i] = float64(v) * d.scale
		}
	}
	return d
}

// frames decodes n frames into the rows of dst from row at on.
func (d *decoder) frames(dst stages.Frames, at, n int, raw []byte) {
	size := d.frame()
	for i := range n {
		d.row(dst.Row(at+i), raw[i*size:(i+1)*size])
	}
}

// row decodes one frame.
func (d *decoder) row(row []float64, raw []byte) {
	little := d.order == binary.LittleEndian
	switch {
	case d.bytes == 1:
		for c := range row {
			row[c] = d.table[raw[c]]
		}
	case d.encoding == Float && d.bytes == 4:
		for c := range row {
			row[c] = float64(math.Float32frombits(d.order.Uint32(raw[4*c:]))) * d.scale
		}
	case d.encoding == Float:
		for c := range row {
			row[c] = math.Float64frombits(d.order.Uint64(raw[8*c:])) * d.scale
		}
	case d.low:
		shift := uint(64 - d.bits)
		for c := range row {
			v := signed(raw[d.bytes*c:d.bytes*(c+1)], d.order) << shift >> shift
			row[c] = float64(v) * d.scale
		}
	case d.bytes == 2 && little:
		for c := range row {
			row[c] = float64(int16(uint16(raw[2*c])|uint16(raw[2*c+1])<<8)) * d.scale
		}
	case d.bytes == 3 && little:
		for c := range row {
			u := uint32(raw[3*c])<<8 | uint32(raw[3*c+1])<<16 | uint32(raw[3*c+2])<<24
			row[c] = float64(int32(u)>>8) * d.scale
		}
	default:
		for c := range row {
			row[c] = float64(signed(raw[d.bytes*c:d.bytes*(c+1)], d.order)) * d.scale
		}
	}
}

// expandMuLaw decodes µ-law to 16 bits (ITU-T G.711, table 2: 14 bits, here in the upper ones).
func expandMuLaw(code byte) int {
	u := int(^code)
	v := ((u&0x0F)<<3+0x84)<<(u>>4&7) - 0x84
	if u&0x80 != 0 {
		return -v
	}
	return v
}

// expandALaw decodes A-law to 16 bits (ITU-T G.711, table 1: 13 bits, here in the upper ones).
func expandALaw(code byte) int {
	a := int(code ^ 0x55)
	v := (a&0x0F)<<4 + 8
	if e := a >> 4 & 7; e > 0 {
		v = (v + 0x100) << (e - 1)
	}
	if a&0x80 == 0 {
		return -v
	}
	return v
}

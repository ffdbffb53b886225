package sound

import (
	"bufio"
	"math/bits"
)

// bitReader reads big-endian bits and keeps the check sums of the bytes it has passed: CRC-8 with the polynomial x⁸+x²+x+1 and CRC-16
// with x¹⁶+x¹⁵+x²+1. The first error stays; zeros follow it.
type bitReader struct {
	br    *bufio.Reader
	acc   uint64 // the last bytes
	left  uint   // bits of acc that have not been read
	crc8  uint8
	crc16 uint16
	bytes int64 // read since the beginning of the frame
	err   error
}

var crc8Table, crc16Table = func() (a [256]uint8, b [256]uint16) {
	for i := range 256 {
		x, y := uint8(i), uint16(i)<<8
		for range 8 {
			if x&0x80 != 0 {
				x = x<<1 ^ 0x07
			} else {
				x <<= 1
			}
			if y&0x8000 != 0 {
				y = y<<1 ^ 0x8005
			} else {
				y <<= 1
			}
		}
		a[i], b[i] = x, y
	}
	return a, b
}()

// start begins a frame.
func (b *bitReader) start() { *b = bitReader{br: b.br} }

// pull takes one more byte.
func (b *bitReader) pull() bool {
	if b.err != nil {
		return false
	}
	c, err := b.br.ReadByte()
	if err != nil {
		b.err = err
		return false
	}
	b.crc8 = crc8Table[b.crc8^c]
	b.crc16 = b.crc16<<8 ^ crc16Table[uint8(b.crc16>>8)^c]
	b.bytes++
	b.acc = b.acc<<8 | uint64(c)
	b.left += 8
	return true
}

// read returns n bits, 0 <= n <= 56.
func (b *bitReader) read(n uint) uint64 {
	for b.left < n {
		if !b.pull() {
			return 0
		}
	}
	b.left -= n
	return b.acc >> b.left & (1<<n - 1)
}

// signed returns a two's complement number of n bits, 0 <= n <= 56.
func (b *bitReader) signed(n uint) int64 {
	if n == 0 {
		return 0
	}
	return int64(b.read(n)<<(64-n)) >> (64 - n)
}

// unary counts zeros up to a one, which it passes. A count beyond most is cut there.
func (b *bitReader) unary(most uint64) uint64 {
	n := uint64(0)
	for n <= most {
		if b.left == 0 && !b.pull() {
			return 0
		}
		zeros := uint(bits.LeadingZeros64(b.acc << (64 - b.left)))
		if zeros < b.left {
			b.left -= zeros + 1
			return n + uint64(zeros)
		}
		n += uint64(b.left)
		b.left = 0
	}
	return n
}

// align passes the bits up to the next byte.
func (b *bitReader) align() { b.left -= b.left % 8 }

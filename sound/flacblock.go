package sound

import (
	"errors"
	"fmt"
	"io"
)

// Mistakes of a block of FLAC.
var (
	errSync     = errors.New("no block begins here: want the sync code 11111111 111110")
	errReserved = errors.New("a reserved code")
	errSum      = errors.New("the check sum does not fit: the block is damaged")
	errRange    = errors.New("a residual beyond 32 bits")
)

// decode reads one block into r.block and returns its number of frames (RFC 9639, section 9).
func (r *flacReader) decode() (int, error) {
	b := &r.bits
	n, layout, err := r.blockHeader()
	if err != nil {
		return 0, err
	}
	for c := range r.block {
		width := r.info.bits
		if layout == sideRight && c == 0 || (layout == leftSide || layout == midSide) && c == 1 {
			width++ // a difference needs one bit more
		}
		if err := r.subframe(r.block[c][:n], width); err != nil {
			return 0, fmt.Errorf("channel %d: %w", c, err)
		}
	}
	b.align()
	sum := b.crc16
	if uint64(sum) != b.read(16) && b.err == nil {
		return 0, errSum
	}
	if layout >= leftSide {
		correlate(layout, r.block[0][:n], r.block[1][:n])
	}
	return n, b.err
}

// Channel assignments beyond independent channels.
const (
	leftSide  = 8
	sideRight = 9
	midSide   = 10
)

// correlate brings back left and right.
func correlate(layout int, x, y []int64) {
	for i := range x {
		switch layout {
		case leftSide:
			y[i] = x[i] - y[i]
		case sideRight:
			x[i] += y[i]
		default:
			mid, side := x[i]<<1|y[i]&1, y[i]
			x[i], y[i] = (mid+side)>>1, (mid-side)>>1
		}
	}
}

// blockHeader reads up to the first subframe; it returns the number of frames and the channel assignment.
func (r *flacReader) blockHeader() (n, layout int, err error) {
	b := &r.bits
	if sync := b.read(15); b.err != nil {
		return 0, 0, b.err
	} else if sync != 0x7FFC {
		return 0, 0, errSync
	}
	fixed := b.read(1) == 0
	size, rate := b.read(4), b.read(4)
	layout = int(b.read(4))
	width := b.read(3)
	if b.read(1) != 0 || size == 0 || rate == 15 || layout > midSide || width == 3 {
		return 0, 0, orEOF(b, errReserved)
	}
	number, err := coded(b)
	if err != nil {
		return 0, 0, err
	}
	switch {
	case size == 1:
		n = 192
	case size <= 5:
		n = 576 << (size - 2)
	case size == 6:
		n = int(b.read(8)) + 1
	case size == 7:
		n = int(b.read(16)) + 1
	default:
		n = 256 << (size - 8)
	}
	hz := [...]uint64{uint64(r.info.rate), 88200, 176400, 192000, 8000, 16000, 22050, 24000, 32000, 44100, 48000, 96000}
	var says uint64
	switch rate {
	case 12:
		says = b.read(8) * 1000
	case 13:
		says = b.read(16)
	case 14:
		says = b.read(16) * 10
	default:
		says = hz[rate]
	}
	sum := b.crc8
	if uint64(sum) != b.read(8) || b.err != nil {
		return 0, 0, orEOF(b, errSum)
	}
	channels := layout + 1
	if layout >= leftSide {
		channels = 2
	}
	bits := [...]int{r.info.bits, 8, 12, 0, 16, 20, 24, 32}[width]
	if says != uint64(r.info.rate) || channels != r.info.channels || bits != r.info.bits {
		return 0, 0, fmt.Errorf("%d Hz, %d channels, %d bits in a file of %d Hz, %d channels, %d bits: a stream cannot change them",
			says, channels, bits, r.info.rate, r.info.channels, r.info.bits)
	}
	if n > r.info.largest {
		return 0, 0, fmt.Errorf("%d frames in a file whose blocks have at most %d", n, r.info.largest)
	}
	return n, layout, r.follows(number, n, fixed)
}

// follows checks that no block is missing. A stream that was cut out of a longer one begins with any number.
func (r *flacReader) follows(number int64, n int, fixed bool) error {
	if r.started && (number != r.number || fixed != r.fixed) {
		return fmt.Errorf("its number is %d, want %d: blocks are missing", number, r.number)
	}
	r.started, r.fixed, r.number = true, fixed, number+int64(n)
	if fixed {
		r.number = number + 1
	}
	return nil
}

// orEOF is the error of the reader, if there is one: what was read after it means nothing.
func orEOF(b *bitReader, err error) error {
	if b.err != nil {
		return b.err
	}
	return err
}

// coded reads a number of up to 36 bits in the extended form of UTF-8.
func coded(b *bitReader) (int64, error) {
	first := b.read(8)
	more := 0
	for more < 8 && first&(0x80>>more) != 0 {
		more++
	}
	if more == 1 || more == 8 {
		return 0, orEOF(b, errReserved)
	}
	if more == 0 {
		return int64(first), b.err
	}
	v := first & (0x7F >> more)
	for range more - 1 {
		c := b.read(8)
		if c&0xC0 != 0x80 {
			return 0, orEOF(b, errReserved)
		}
		v = v<<6 | c&0x3F
	}
	return int64(v), b.err
}

// subframe decodes one channel of samples of some bits.
func (r *flacReader) subframe(x []int64, bits int) error {
	b := &r.bits
	if b.read(1) != 0 {
		return orEOF(b, errReserved)
	}
	kind := int(b.read(6))
	wasted := 0
	if b.read(1) != 0 {
		wasted = int(b.unary(64)) + 1
	}
	if bits -= wasted; bits < 1 {
		return orEOF(b, errReserved)
	}
	width := uint(bits)
	switch {
	case kind == 0: // constant
		v := b.signed(width)
		for i := range x {
			x[i] = v
		}
	case kind == 1: // verbatim
		for i := range x {
			x[i] = b.signed(width)
		}
	case kind >= 8 && kind <= 12:
		order := kind - 8
		if err := r.warmUp(x, order, width); err != nil {
			return err
		}
		if err := r.residual(x, order); err != nil {
			return err
		}
		fixedPrediction(x, order)
	case kind >= 32:
		if err := r.linear(x, kind-31, width); err != nil {
			return err
		}
	default:
		return orEOF(b, errReserved)
	}
	if wasted > 0 {
		for i := range x {
			x[i] <<= wasted
		}
	}
	if b.err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return b.err
}

func (r *flacReader) warmUp(x []int64, order int, width uint) error {
	if order > len(x) {
		return fmt.Errorf("a predictor of order %d in a block of %d frames", order, len(x))
	}
	for i := range order {
		x[i] = r.bits.signed(width)
	}
	return r.bits.err
}

// fixedPrediction adds to each residual the polynomial through the samples before it.
func fixedPrediction(x []int64, order int) {
	switch order {
	case 1:
		for i := 1; i < len(x); i++ {
			x[i] += x[i-1]
		}
	case 2:
		for i := 2; i < len(x); i++ {
			x[i] += 2*x[i-1] - x[i-2]
		}
	case 3:
		for i := 3; i < len(x); i++ {
			x[i] += 3*x[i-1] - 3*x[i-2] + x[i-3]
		}
	case 4:
		for i := 4; i < len(x); i++ {
			x[i] += 4*x[i-1] - 6*x[i-2] + 4*x[i-3] - x[i-4]
		}
	}
}

// linear decodes a subframe with a linear predictor.
func (r *flacReader) linear(x []int64, order int, width uint) error {
	b := &r.bits
	if err := r.warmUp(x, order, width); err != nil {
		return err
	}
	precision := uint(b.read(4)) + 1
	shift := b.signed(5)
	if precision == 16 || shift < 0 {
		return orEOF(b, errReserved)
	}
	var taps [32]int64
	for i := range order {
		taps[i] = b.signed(precision)
	}
	if err := r.residual(x, order); err != nil {
		return err
	}
	for i := order; i < len(x); i++ {
		sum := int64(0)
		past := x[i-order : i]
		for k, a := range taps[:order] {
			sum += a * past[order-1-k]
		}
		x[i] += sum >> uint(shift)
	}
	return nil
}

// residual reads the residuals of a predictor of some order: partitions of Rice codes.
func (r *flacReader) residual(x []int64, order int) error {
	b := &r.bits
	method := b.read(2)
	if method > 1 {
		return orEOF(b, errReserved)
	}
	parameter := 4 + uint(method)
	escape := uint64(1)<<parameter - 1
	parts := 1 << b.read(4)
	if len(x)%parts != 0 || len(x)/parts < order {
		return orEOF(b, fmt.Errorf("%d frames, %d of them given, in %d partitions", len(x), order, parts))
	}
	size := len(x) / parts
	for p := range parts {
		from := p * size
		if p == 0 {
			from = order
		}
		part := x[from : (p+1)*size]
		k := b.read(parameter)
		if k == escape {
			width := uint(b.read(5))
			for i := range part {
				part[i] = b.signed(width)
			}
		} else if err := r.rice(part, uint(k)); err != nil {
			return err
		}
		if b.err != nil {
			return b.err
		}
	}
	return nil
}

// rice reads Rice codes: the quotient by 2^k in unary, the rest in k bits; even numbers are 2v, odd ones -2v-1.
func (r *flacReader) rice(x []int64, k uint) error {
	b := &r.bits
	most := uint64(1) << (33 - k)
	for i := range x {
		q := b.unary(most)
		if q > most {
			return errRange
		}
		v := q<<k | b.read(k)
		x[i] = int64(v>>1) ^ -int64(v&1)
		if b.err != nil {
			return b.err
		}
	}
	return nil
}

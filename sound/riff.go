package sound

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// FormatError says what is wrong with a sound file and where.
type FormatError struct {
	Name   string // file
	Offset int64  // byte in the file
	Msg    string // what is there and what is allowed
}

// Error names the file, the byte and what is wrong.
func (e *FormatError) Error() string { return fmt.Sprintf("%s: byte %d: %s", e.Name, e.Offset, e.Msg) }

// Limits of what may come before the data. Real files stay far below: a few chunks, at most some megabytes of cover art.
const (
	mostChunks   = 10_000
	mostPreamble = 256 << 20 // bytes
	bufferBytes  = 64 << 10
	mostFmt      = 1 << 16 // a fmt chunk has 16 to 40 bytes; compressed formats some dozens more
)

// scanner walks the chunks of a RIFF stream from its beginning to the data. It never holds more than its buffer.
type scanner struct {
	name  string
	br    *bufio.Reader
	seek  io.Seeker // nil for a pipe
	base  int64     // position of the seeker where the stream begins
	raw   io.Reader
	pos   int64 // bytes consumed since the beginning
	size  int64 // bytes of the whole stream, -1 if not known
	notes []string
}

// header is what the scanner finds: the layout of the samples and where they are.
type header struct {
	container string // RIFF, RIFX, RF64, BW64, AIFF, AIFC
	order     binary.ByteOrder
	layout    layout
	dataAt    int64 // offset of the first sample
	declared  int64 // bytes of data according to the file, -1 if it does not say
	wide      bool  // declared stands in a ds64 chunk
	riffSize  int64
}

func (s *scanner) fail(at int64, format string, args ...any) error {
	return &FormatError{Name: s.name, Offset: at, Msg: fmt.Sprintf(format, args...)}
}

func (s *scanner) note(format string, args ...any) {
	s.notes = append(s.notes, fmt.Sprintf(format, args...))
}

// read fills b; what names the thing being read when the file ends in it.
func (s *scanner) read(b []byte, what string) error {
	n, err := io.ReadFull(s.br, b)
	at := s.pos
	s.pos += int64(n)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return s.fail(at, "the file ends after %d of the %d bytes of %s", n, len(b), what)
	}
	if err != nil {
		return fmt.Errorf("%s: byte %d: %w", s.name, at, err)
	}
	return nil
}

// skip passes over n bytes of the chunk id.
func (s *scanner) skip(n int64, id string) error {
	at := s.pos
	if s.size >= 0 && n > s.size-s.pos {
		return s.fail(at, "chunk %q declares %d bytes, the file ends after %d", id, n, s.size-s.pos)
	}
	if s.seek != nil && n > bufferBytes {
		if _, err := s.seek.Seek(s.base+s.pos+n, io.SeekStart); err != nil {
			return fmt.Errorf("%s: byte %d: %w", s.name, at, err)
		}
		s.br.Reset(s.raw)
		s.pos += n
		return nil
	}
	got, err := io.CopyN(io.Discard, s.br, n)
	s.pos += got
	if err == io.EOF {
		return s.fail(at, "chunk %q declares %d bytes, the file ends after %d", id, n, got)
	}
	if err != nil {
		return fmt.Errorf("%s: byte %d: %w", s.name, at, err)
	}
	return nil
}

// scan reads up to the first sample.
func (s *scanner) scan() (*header, error) {
	h := &header{order: binary.LittleEndian}
	if err := s.form(h); err != nil {
		return nil, err
	}
	if h.container == "AIFF" || h.container == "AIFC" {
		return s.scanAIFF(h)
	}
	var ds64 int64 = -1
	haveFormat := false
	for chunk := 0; ; chunk++ {
		if chunk == mostChunks || s.pos > mostPreamble {
			return nil, s.fail(s.pos, "%d chunks and no samples: want a data chunk within %d chunks and %d bytes", chunk, mostChunks, mostPreamble)
		}
		at := s.pos
		var b [8]byte
		if _, err := s.br.Peek(1); err == io.EOF {
			return nil, s.fail(at, "the file ends without a data chunk")
		}
		if err := s.read(b[:], "a chunk header"); err != nil {
			return nil, err
		}
		id, size := string(b[:4]), int64(h.order.Uint32(b[4:]))
		switch id {
		case "fmt ":
			if haveFormat {
				return nil, s.fail(at, "second fmt chunk: want one")
			}
			haveFormat = true
			if err := s.format(h, at, size); err != nil {
				return nil, err
			}
		case "ds64":
			d, err := s.ds64(h, at, size)
			if err != nil {
				return nil, err
			}
			ds64 = d
		case "data":
			if !haveFormat {
				return nil, s.fail(at, "data chunk before any fmt chunk: want fmt first")
			}
			h.dataAt, h.declared = s.pos, size
			if size == math.MaxUint32 && ds64 >= 0 {
				h.declared, h.wide = ds64, true
			}
			return h, s.settle(h)
		default:
			if err := s.skip(size, id); err != nil {
				return nil, err
			}
		}
		if err := s.pad(size); err != nil {
			return nil, err
		}
	}
}

// form reads the twelve bytes that say what kind of file it is.
func (s *scanner) form(h *header) error {
	head, err := s.br.Peek(12)
	if err != nil && err != io.EOF {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	if len(head) == 0 {
		return s.fail(0, "the file is empty (0 bytes): want a WAV, AIFF or FLAC file")
	}
	h.container = string(head[:min(4, len(head))])
	switch h.container {
	case "RIFF", "RF64", "BW64":
	case "RIFX", "FORM":
		h.order = binary.BigEndian
	default:
		return s.fail(0, "%s: want a WAV (RIFF, RIFX, RF64 or BW64), AIFF, AIFC or FLAC file", sniff(head))
	}
	if len(head) < 12 {
		return s.fail(0, "the file ends after %d of the 12 bytes of its header", len(head))
	}
	h.riffSize = int64(h.order.Uint32(head[4:8]))
	if form := string(head[8:12]); h.container == "FORM" {
		if form != "AIFF" && form != "AIFC" {
			return s.fail(8, "a FORM file of type %q: want AIFF or AIFC", form)
		}
		h.container = form
	} else if form != "WAVE" {
		kind := map[string]string{"ACON": " (an animated cursor)", "AVI ": " (a film)", "WEBP": " (a picture)"}[form]
		return s.fail(8, "a %s file of form %q%s: want form WAVE", h.container, form, kind)
	}
	_, err = s.br.Discard(12)
	s.pos += 12
	return err
}

// sniff names files that are often mistaken for WAV.
func sniff(head []byte) string {
	for _, k := range []struct{ magic, name string }{
		{"OggS", "an Ogg file; convert it first, for example with ffmpeg -i in.ogg out.wav"},
		{"ID3", "an MP3 file; convert it first, for example with ffmpeg -i in.mp3 out.wav"},
		{"\xff\xfb", "an MP3 file; convert it first, for example with ffmpeg -i in.mp3 out.wav"},
		{"riff\x2e\x91", "a Wave64 file; convert it first, for example with ffmpeg -i in.w64 out.wav"},
		{".snd", "an AU file; convert it first, for example with ffmpeg -i in.au out.wav"},
		{"caff", "a CAF file; convert it first, for example with ffmpeg -i in.caf out.wav"},
		{"CDF", "a netCDF file"},
		{"\x89HDF", "an HDF5 file (SOFA files are HRTFs, not sounds)"},
		{"MATLAB", "a MATLAB file"},
		{"\x93NUMPY", "a NumPy file"},
	} {
		if strings.HasPrefix(string(head), k.magic) {
			return k.name
		}
	}
	return fmt.Sprintf("not a sound file this program knows: it begins with %q", head[:min(4, len(head))])
}

// format reads the fmt chunk.
func (s *scanner) format(h *header, at, size int64) error {
	if size < 16 || size > mostFmt {
		return s.fail(at, "fmt chunk of %d bytes: want 16 to %d", size, mostFmt)
	}
	if s.size >= 0 && size > s.size-s.pos {
		return s.fail(at, "fmt chunk declares %d bytes, the file ends after %d", size, s.size-s.pos)
	}
	var b [40]byte
	n := min(size, int64(len(b)))
	if err := s.read(b[:n], "the fmt chunk"); err != nil {
		return err
	}
	l, note, err := parseLayout(b[:n], h.order)
	if err != nil {
		return s.fail(at+8, "%v", err)
	}
	if note != "" {
		s.note("%s", note)
	}
	h.layout = l
	return s.skip(size-n, "fmt ")
}

// ds64 reads the 64-bit size of the data in an RF64 or BW64 file.
func (s *scanner) ds64(h *header, at, size int64) (int64, error) {
	var b [24]byte
	if size < int64(len(b)) {
		return 0, s.fail(at, "ds64 chunk of %d bytes: want 24 or more", size)
	}
	if err := s.read(b[:], "the ds64 chunk"); err != nil {
		return 0, err
	}
	n := h.order.Uint64(b[8:])
	if n > 1<<62 {
		return 0, s.fail(at+16, "ds64 chunk declares %d bytes of data: want at most 2^62", n)
	}
	return int64(n), s.skip(size-int64(len(b)), "ds64")
}

// pad passes over the byte after a chunk of odd size. Some writers leave it out: then the identifier of the next chunk
// stands in its place.
func (s *scanner) pad(size int64) error {
	if size%2 == 0 {
		return nil
	}
	b, err := s.br.Peek(5)
	if err != nil && err != io.EOF {
		return fmt.Errorf("%s: byte %d: %w", s.name, s.pos, err)
	}
	if len(b) == 0 {
		return nil
	}
	if len(b) == 5 {
		switch string(b[:4]) {
		case "data", "fmt ", "fact", "LIST", "bext", "cue ", "PEAK", "id3 ":
			s.note("no padding after the chunk of odd size that ends at byte %d", s.pos)
			return nil
		}
	}
	_, err = s.br.Discard(1)
	s.pos++
	return err
}

// settle decides how much data there is: what the file declares, or, where a writer to a pipe could not know it, all
// there is.
func (s *scanner) settle(h *header) error {
	d := h.declared
	// SoX declares as many frames as fit into 0x7FFFF000 bytes.
	sox := d <= 0x7FFFF000 && d > 0x7FFFF000-int64(h.layout.frame())
	open := !h.wide && (d >= 0xFFFFFF00 || d >= 0x7FFFFF00 && d <= 0x80000000 || sox)
	if open && (s.size < 0 || d > s.size-h.dataAt) {
		s.note("the data chunk declares %d bytes, as writers to a pipe do: read to the end of the file", d)
		h.declared = -1
		return nil
	}
	if d != 0 {
		return nil
	}
	// A size of 0 is an empty chunk if the file was finished, that is, if its own size is right.
	unfinished := h.riffSize == 0 || h.riffSize >= 0xFFFFFF00 || h.riffSize+8 < h.dataAt
	if _, err := s.br.Peek(1); err != nil {
		if errors.Is(err, io.EOF) {
			return s.fail(h.dataAt-8, "the data chunk is empty: want at least one frame")
		}
		return fmt.Errorf("%s: byte %d: %w", s.name, h.dataAt, err)
	}
	if !unfinished {
		return s.fail(h.dataAt-8, "the data chunk is empty: want at least one frame")
	}
	s.note("the data chunk declares 0 bytes in a file that was never finished: read to the end of the file")
	h.declared = -1
	return nil
}

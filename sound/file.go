package sound

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"hearpipe/stages"
)

// FileParams says how a file is read. The zero value is right for most.
type FileParams struct {
	FullScale      float64 // pressure of full scale [Pa] (default 1)
	AllowTruncated bool    // a file that is shorter than it declares ends early and says so in Info.Notes, instead of an error
	Name           string  // what errors call a stream that has no path (default "sound stream")
}

// Info describes a sound file.
type Info struct {
	Name       string   `json:"name"`
	Container  string   `json:"container"` // RIFF, RIFX, RF64, BW64, AIFF, AIFC, FLAC or raw
	Encoding   Encoding `json:"encoding"`
	Bits       int      `json:"bits"`  // bits of a sample that count
	Bytes      int      `json:"bytes"` // bytes of a sample
	Rate       float64  `json:"rate"`  // [Hz]
	Channels   int      `json:"channels"`
	Frames     int64    `json:"frames"`  // -1 if the file does not say and cannot be measured
	Seconds    float64  `json:"seconds"` // -1 likewise
	Extensible bool     `json:"extensible"`
	Mask       uint32   `json:"mask"`            // speakers of an extensible file, 0 if not given
	Notes      []string `json:"notes,omitempty"` // what is unusual about the file and was put right
}

// File is a sound file as a stream of pressures [Pa], frames × channels. It holds one buffer, of FLAC one block besides, whatever
// the length of the file. The kind is found from the first bytes, not from the name.
//
// WAV: PCM of 1 to 64 bits in 1 to 8 bytes, float of 32 and 64 bits, A-law and µ-law, plain or extensible, in RIFF, RIFX, RF64 and
// BW64 containers. AIFF and AIFC: PCM of 1 to 32 bits in either order of bytes, float of 32 and 64 bits, A-law and µ-law. FLAC of 4 to 32
// bits. All from files and from pipes. Full scale is 1 Pa: a PCM code of b bits is divided by 2^(b-1), unsigned 8-bit codes after 128 has been
// subtracted. A sample that is not a finite number, and data that ends before its declared size, are errors that come after
// the good frames before them.
//
// Decoding is our own. The popular go-audio/wav, which the tests compare it with in both directions, needs a seeker, takes
// floats for integers, refuses RF64 and 12 bits, drops what a short read leaves, and allocates at every read: a stream
// here must not. Likewise go-audio/aiff, which hands out floats as integers, and mewkiz/flac, which allocates each block; the tests compare
// with both.
type File struct {
	*stages.Stream
	info   Info
	reader *fileReader
	closer io.Closer
}

// Open opens a sound file (default [FileParams]). The caller closes it.
func Open(path string) (*File, error) { return OpenWith(path, FileParams{}) }

// OpenWith opens a sound file. A missing file, a directory, a file of another kind, a malformed and a truncated one are errors that
// name the file and, where it applies, the byte, what is there and what is allowed. The caller closes it.
func OpenWith(path string, p FileParams) (*File, error) {
	p.Name = path
	return openFile(path, func(r io.Reader) (*File, error) { return NewReader(r, p) })
}

// openFile opens a file for one of the readers.
func openFile(path string, read func(r io.Reader) (*File, error)) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("sound file: %w", err)
	}
	st, err := f.Stat()
	if err == nil && st.IsDir() {
		err = fmt.Errorf("%s is a directory: want a sound file", path)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("sound file: %w", err)
	}
	file, err := read(f)
	if err != nil {
		f.Close()
		return nil, err
	}
	file.closer = f
	return file, nil
}

// NewReader reads a WAV, AIFF or FLAC stream from its beginning, which is where r stands. If r can seek, the stream can be resumed
// anywhere; if it is a pipe, it is read once, from the front, and only as far as frames are asked for (plus a buffer). Reading a
// pipe waits for data; close the pipe to end that. Close does not close r.
func NewReader(r io.Reader, p FileParams) (*File, error) {
	s, p, err := newScanner(r, p)
	if err != nil {
		return nil, err
	}
	if err := s.skipTag(); err != nil {
		return nil, err
	}
	if head, _ := s.br.Peek(4); string(head) == "fLaC" {
		return s.openFLAC(p)
	}
	h, err := s.scan()
	if err != nil {
		return nil, err
	}
	frames, err := s.length(h, p.AllowTruncated)
	if err != nil {
		return nil, err
	}
	return s.open(h, frames, p)
}

// newScanner prepares reading.
func newScanner(r io.Reader, p FileParams) (*scanner, FileParams, error) {
	if p.FullScale == 0 {
		p.FullScale = 1
	}
	if p.FullScale-p.FullScale != 0 {
		return nil, p, fmt.Errorf("sound file: full scale of %g Pa: want a finite pressure", p.FullScale)
	}
	if p.Name == "" {
		p.Name = "sound stream"
	}
	s := &scanner{name: p.Name, raw: r, br: bufio.NewReaderSize(r, bufferBytes), size: -1}
	return s, p, s.measure(r)
}

// openFLAC makes the stream of a FLAC file.
func (s *scanner) openFLAC(p FileParams) (*File, error) {
	info, err := s.scanFLAC()
	if err != nil {
		return nil, err
	}
	frames := info.frames
	if frames == 0 {
		frames = stages.Unbounded
	}
	h := &header{container: "FLAC", layout: layout{encoding: PCM, rate: float64(info.rate), channels: info.channels, bits: info.bits, bytes: (info.bits + 7) / 8}}
	f := &File{info: infoOf(s, h, frames)}
	f.Stream, err = stages.New("sound.file", stages.Format{Rate: h.layout.rate, Channels: info.channels, Frames: frames}, newFLACReader(s, info, p))
	if err != nil {
		return nil, err
	}
	return f, nil
}

// open makes the stream of samples of known layout at a known place.
func (s *scanner) open(h *header, frames int64, p FileParams) (*File, error) {
	var err error
	if h.layout.ambiguous {
		data, err := s.br.Peek(bufferBytes)
		if err != nil && err != io.EOF {
			return nil, fmt.Errorf("%s: byte %d: %w", s.name, h.dataAt, err)
		}
		h.layout.align(data[:len(data)/h.layout.bytes*h.layout.bytes], h.order)
	}
	if err := s.widen(h); err != nil {
		return nil, err
	}
	fr := &fileReader{scanner: s, header: h, decoder: newDecoder(h.layout, h.order, p.FullScale), allow: p.AllowTruncated}
	f := &File{reader: fr, info: infoOf(s, h, frames)}
	f.Stream, err = stages.New("sound.file", stages.Format{Rate: h.layout.rate, Channels: h.layout.channels, Frames: frames}, fr)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Read reads a whole sound file into memory.
func Read(path string) (*Sound, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Collect(context.Background(), f)
}

// Info describes the file.
func (f *File) Info() Info { return f.info }

// Close closes the file that [Open] opened. Frames fetched before stay good.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	err := f.closer.Close()
	f.closer = nil
	return err
}

func infoOf(s *scanner, h *header, frames int64) Info {
	in := Info{
		Name: s.name, Container: h.container, Encoding: h.layout.encoding, Bits: h.layout.bits, Bytes: h.layout.bytes,
		Rate: h.layout.rate, Channels: h.layout.channels, Frames: frames, Seconds: float64(frames) / h.layout.rate,
		Extensible: h.layout.extensible, Mask: h.layout.mask, Notes: s.notes,
	}
	if frames == stages.Unbounded {
		in.Frames, in.Seconds = -1, -1
	}
	return in
}

// measure finds out whether r can seek and how long it is. A device that pretends to seek is a pipe.
func (s *scanner) measure(r io.Reader) error {
	seeker, ok := r.(io.Seeker)
	if f, isFile := r.(*os.File); isFile {
		st, err := f.Stat()
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		ok = ok && st.Mode().IsRegular()
	}
	if !ok {
		return nil
	}
	base, err := seeker.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil // a pipe behind a seeker's name
	}
	end, err := seeker.Seek(0, io.SeekEnd)
	if err != nil {
		return nil
	}
	if _, err := seeker.Seek(base, io.SeekStart); err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	s.seek, s.base, s.size = seeker, base, end-base
	return nil
}

// Waits says whether the data come through a pipe, when they come. See [stages.Waiter].
func (s *scanner) Waits() bool { return s.size < 0 }

var _, _ stages.Waiter = (*fileReader)(nil), (*flacReader)(nil)

// widen makes the buffer large enough for a frame.
func (s *scanner) widen(h *header) error {
	size := h.layout.frame()
	if size <= bufferBytes {
		return nil
	}
	if s.seek == nil {
		s.br = bufio.NewReaderSize(s.br, size)
		return nil
	}
	if _, err := s.seek.Seek(s.base+h.dataAt, io.SeekStart); err != nil {
		return fmt.Errorf("%s: byte %d: %w", s.name, h.dataAt, err)
	}
	s.br = bufio.NewReaderSize(s.raw, size)
	return nil
}

// length is the number of frames of the file, stages.Unbounded if it ends where the pipe ends.
func (s *scanner) length(h *header, allowTruncated bool) (int64, error) {
	size := int64(h.layout.frame())
	data := h.declared
	if s.size >= 0 {
		there := s.size - h.dataAt
		switch {
		case data < 0:
			data = there
		case data > there && !allowTruncated:
			return 0, s.fail(h.dataAt, "the data chunk declares %d bytes (%d frames), the file ends after %d (%d frames): the file is truncated",
				data, data/size, there, there/size)
		case data > there:
			s.note("truncated: the data chunk declares %d bytes (%d frames), the file ends after %d (%d frames)", data, data/size, there, there/size)
			data = there
		}
	}
	if data < 0 {
		return stages.Unbounded, nil
	}
	if rest := data % size; rest != 0 {
		s.note("the last %d bytes of the data are less than a frame of %d bytes and are left out", rest, size)
	}
	if data < size {
		return 0, s.fail(h.dataAt, "%d bytes of data are less than one frame of %d bytes: want at least one frame", data, size)
	}
	return data / size, nil
}

// fileReader fills frames from the data of a file.
type fileReader struct {
	*scanner
	header  *header
	decoder *decoder
	next    int64 // frame at which the buffer stands
	allow   bool
}

// Fill implements [stages.Filler]. It depends on nothing but at: after a snapshot has been loaded, it looks for its place.
func (r *fileReader) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	if at != r.next {
		if err := r.find(at); err != nil {
			return 0, err
		}
	}
	size := r.header.layout.frame()
	for done := 0; done < dst.N; {
		if err := ctx.Err(); err != nil {
			return done, err
		}
		if r.br.Buffered() < size {
			if got, err := r.br.Peek(size); err != nil {
				return done, r.ended(at+int64(done), got, err)
			}
		}
		n := min(r.br.Buffered()/size, dst.N-done)
		raw, _ := r.br.Peek(n * size) // it is there
		r.decoder.frames(dst, done, n, raw)
		good, err := r.finite(dst, done, n, at)
		r.br.Discard(good * size)
		done += good
		r.next += int64(good)
		if err != nil {
			return done, err
		}
	}
	return dst.N, nil
}

// finite looks for NaN and infinities among n new rows; it returns the number of good ones before the first.
func (r *fileReader) finite(dst stages.Frames, from, n int, at int64) (int, error) {
	if r.decoder.encoding != Float {
		return n, nil
	}
	for i := range n {
		for c, v := range dst.Row(from + i) {
			if v-v != 0 {
				frame := at + int64(from+i)
				offset := r.header.dataAt + frame*int64(r.decoder.frame()) + int64(c*r.decoder.bytes)
				return i, r.fail(offset, "sample %g in frame %d (%g s) of channel %d: want finite numbers", v, frame, float64(frame)/r.decoder.rate, c)
			}
		}
	}
	return n, nil
}

// ended explains why the frame at is not there, of which only the bytes rest are.
func (r *fileReader) ended(at int64, rest []byte, err error) error {
	if !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: frame %d: %w", r.name, at, err)
	}
	offset := r.header.dataAt + at*int64(r.decoder.frame()) + int64(len(rest))
	switch {
	case r.allow:
		return io.EOF
	case r.header.declared >= 0:
		return r.fail(offset, "the data ends after %d frames, the data chunk declares %d: the file is truncated",
			at, r.header.declared/int64(r.decoder.frame()))
	case len(rest) > 0:
		return r.fail(offset, "the data ends within frame %d: %d of its %d bytes are there", at, len(rest), r.decoder.frame())
	}
	return io.EOF
}

// find moves to a frame: by seeking, or in a pipe by passing over what comes before it.
func (r *fileReader) find(at int64) error {
	size := int64(r.decoder.frame())
	if r.seek != nil {
		if _, err := r.seek.Seek(r.base+r.header.dataAt+at*size, io.SeekStart); err != nil {
			return fmt.Errorf("%s: frame %d: %w", r.name, at, err)
		}
		r.br.Reset(r.raw)
		r.next = at
		return nil
	}
	if at < r.next {
		return fmt.Errorf("%s: frame %d of a pipe that stands at frame %d: a pipe cannot go back", r.name, at, r.next)
	}
	n, err := io.CopyN(io.Discard, r.br, (at-r.next)*size)
	r.next += n / size
	if err != nil {
		return r.ended(r.next, nil, err)
	}
	return nil
}

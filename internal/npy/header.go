package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// maxHeader bounds the text of a header that is read. NumPy refuses more than 10,000 bytes by default.
const maxHeader = 1 << 16

// readHeader reads magic, version and text from the beginning of a file.
func readHeader(r io.Reader) (Header, error) {
	var start [8]byte
	if _, err := io.ReadFull(r, start[:]); err != nil {
		return Header{}, cut("the first 8 bytes", err)
	}
	if string(start[:6]) != magic {
		return Header{}, fmt.Errorf("npy: not an NPY file: begins with %q, want %q", start[:6], magic)
	}
	var size int64
	switch major := start[6]; major {
	case 1:
		var n [2]byte
		if _, err := io.ReadFull(r, n[:]); err != nil {
			return Header{}, cut("the header's length", err)
		}
		size = int64(binary.LittleEndian.Uint16(n[:]))
	case 2, 3:
		var n [4]byte
		if _, err := io.ReadFull(r, n[:]); err != nil {
			return Header{}, cut("the header's length", err)
		}
		size = int64(binary.LittleEndian.Uint32(n[:]))
	default:
		return Header{}, fmt.Errorf("npy: version %d.%d: want 1, 2 or 3", major, start[7])
	}
	if size > maxHeader {
		return Header{}, fmt.Errorf("npy: header of %d bytes: want at most %d", size, maxHeader)
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(r, text); err != nil {
		return Header{}, cut("the header", err)
	}
	h, err := parseHeader(string(text))
	if err != nil {
		return Header{}, fmt.Errorf("npy: header %q: %w", strings.TrimSpace(string(text)), err)
	}
	return h, nil
}

// cut explains a file that ends too early.
func cut(what string, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("npy: file ends within %s: %w", what, io.ErrUnexpectedEOF)
	}
	return fmt.Errorf("npy: read %s: %w", what, err)
}

// parseHeader reads the Python dictionary of a header: the keys descr, fortran_order and shape in any order.
func parseHeader(text string) (Header, error) {
	s := literal{rest: text}
	var h Header
	var seen [3]bool
	if err := s.want("{"); err != nil {
		return h, err
	}
	for !s.accept("}") {
		key, err := s.quoted()
		if err != nil {
			return h, err
		}
		if err := s.want(":"); err != nil {
			return h, err
		}
		switch key {
		case "descr":
			seen[0] = true
			if h.Type, err = s.elementType(); err != nil {
				return h, err
			}
		case "fortran_order":
			seen[1] = true
			switch {
			case s.accept("False"):
			case s.accept("True"):
				return h, errors.New("the array is in Fortran order, want C order: save it with numpy.ascontiguousarray")
			default:
				return h, errors.New("fortran_order: want True or False")
			}
		case "shape":
			seen[2] = true
			if h.Shape, err = s.tuple(); err != nil {
				return h, err
			}
		default:
			return h, fmt.Errorf("unknown key %q", key)
		}
		if !s.accept(",") {
			if err := s.want("}"); err != nil {
				return h, err
			}
			break
		}
	}
	for i, key := range []string{"descr", "fortran_order", "shape"} {
		if !seen[i] {
			return h, fmt.Errorf("key %q is missing", key)
		}
	}
	if strings.TrimSpace(s.rest) != "" {
		return h, fmt.Errorf("unexpected %q after the end", strings.TrimSpace(s.rest))
	}
	return h, nil
}

// literal scans the few forms of Python literals that occur in headers.
type literal struct{ rest string }

func (s *literal) accept(token string) bool {
	rest, ok := strings.CutPrefix(strings.TrimLeft(s.rest, " \t\r\n"), token)
	if ok {
		s.rest = rest
	}
	return ok
}

func (s *literal) want(token string) error {
	if s.accept(token) {
		return nil
	}
	found := strings.TrimLeft(s.rest, " \t\r\n")
	return fmt.Errorf("want %q before %q", token, found[:min(len(found), 20)])
}

func (s *literal) quoted() (string, error) {
	for _, quote := range []string{"'", `"`} {
		if s.accept(quote) {
			value, rest, ok := strings.Cut(s.rest, quote)
			if !ok {
				return "", errors.New("a quotation mark is missing")
			}
			s.rest = rest
			return value, nil
		}
	}
	return "", s.want("'")
}

func (s *literal) elementType() (Type, error) {
	if s.accept("[") {
		return "", errors.New("arrays of records are not supported: want numbers")
	}
	name, err := s.quoted()
	if err != nil {
		return "", err
	}
	t := Type(name)
	if t.Size() == 0 {
		return "", fmt.Errorf("type %q is not supported: want <f8, <f4, <i4 or <i8", name)
	}
	return t, nil
}

func (s *literal) tuple() ([]int64, error) {
	if err := s.want("("); err != nil {
		return nil, err
	}
	var shape []int64
	for !s.accept(")") {
		s.rest = strings.TrimLeft(s.rest, " \t\r\n")
		end := strings.IndexFunc(s.rest, func(r rune) bool { return r < '0' || r > '9' })
		if end <= 0 {
			return nil, errors.New("shape: want whole numbers in parentheses")
		}
		n, err := strconv.ParseInt(s.rest[:end], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("shape: extent %s: want at most 2^63-1", s.rest[:end])
		}
		s.rest = s.rest[end:]
		if shape = append(shape, n); len(shape) > maxDimensions {
			return nil, fmt.Errorf("shape: want at most %d dimensions", maxDimensions)
		}
		s.accept("L") // Python 2 marked long integers
		if !s.accept(",") {
			if err := s.want(")"); err != nil {
				return nil, err
			}
			break
		}
	}
	return shape, nil
}

package picture

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"hearpipe/internal/atomicfile"
	"hearpipe/sinks"
)

// checkPath refuses paths whose extension names no format of pictures.
func checkPath(path string) error {
	if path == "" {
		return errors.New("picture: the path is empty")
	}
	if ext := extension(path); ext != ".png" && ext != ".svg" {
		return fmt.Errorf("picture %s: extension %q: want .png or .svg", path, ext)
	}
	return nil
}

func extension(path string) string { return strings.ToLower(filepath.Ext(path)) }

// save draws the figure into the file and completes it; after an error there is none.
func (f figure) save(file *atomicfile.File, meta sinks.Meta) error {
	b, err := f.encode(extension(file.Path()), meta)
	if err == nil {
		_, err = file.Write(b)
	}
	if err != nil {
		file.Abort(false)
		return err
	}
	return file.Commit()
}

// encode draws the figure as PNG, or SVG if ext is .svg, with the metadata in it if there are any.
func (f figure) encode(ext string, meta sinks.Meta) ([]byte, error) {
	var text []byte
	if meta.Holds != "" {
		var err error
		if text, err = json.Marshal(meta); err != nil {
			return nil, err
		}
	}
	size, origin := f.layout()
	w, h := vg.Length(size.X)*pixel, vg.Length(size.Y)*pixel
	var b bytes.Buffer
	if ext == ".svg" {
		c := vgsvg.New(w, h)
		f.draw(draw.New(c), origin)
		if _, err := c.WriteTo(&b); err != nil {
			return nil, err
		}
		return describeSVG(b.Bytes(), text)
	}
	c := vgimg.NewWith(vgimg.UseWH(w, h), vgimg.UseDPI(resolution))
	f.draw(draw.New(c), origin)
	if _, err := (vgimg.PngCanvas{Canvas: c}).WriteTo(&b); err != nil {
		return nil, err
	}
	return describePNG(b.Bytes(), text), nil
}

const (
	pngHeader   = 8 + 25 // signature and the IHDR chunk, which is always first and 25 bytes long
	pngKeyword  = "Description"
	svgRoot     = `xmlns:xlink="http://www.w3.org/1999/xlink">`
	svgMetadata = "metadata"
)

// describePNG adds a text chunk after the header, unless the text is empty.
func describePNG(b, text []byte) []byte {
	if len(text) == 0 {
		return b
	}
	body := append([]byte("tEXt"+pngKeyword+"\x00"), text...)
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(body)-4))
	chunk = append(chunk, body...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(body))
	return bytes.Join([][]byte{b[:pngHeader], chunk, b[pngHeader:]}, nil)
}

// describeSVG adds a metadata element at the beginning, unless the text is empty. It also repairs what the library writes
// about embedded images, which are PNG but called JPG, and names fonts of equal widths beside the one that may be missing.
func describeSVG(b, text []byte) ([]byte, error) {
	if len(text) > 0 {
		at := bytes.Index(b, []byte(svgRoot))
		if at < 0 {
			return nil, errors.New("picture: the SVG has another root element than expected")
		}
		at += len(svgRoot)
		// Package json escapes what means something in XML.
		element := "\n<" + svgMetadata + ">" + string(text) + "</" + svgMetadata + ">"
		b = bytes.Join([][]byte{b[:at], []byte(element), b[at:]}, nil)
	}
	for _, repair := range [][2]string{
		{`"data:image/jpg;base64,`, `"data:image/png;base64,`},
		{"font-family:Liberation Sans;", "font-family:Liberation Sans,Arial,Helvetica,sans-serif;"},
	} {
		b = bytes.ReplaceAll(b, []byte(repair[0]), []byte(repair[1]))
	}
	return b, nil
}

// ReadMeta reads what a picture says about itself. ok is false if it was not drawn by this package.
func ReadMeta(path string) (m sinks.Meta, ok bool, err error) {
	if err := checkPath(path); err != nil {
		return sinks.Meta{}, false, err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return sinks.Meta{}, false, err
	}
	var text []byte
	if extension(path) == ".png" {
		text = descriptionOfPNG(b)
	} else {
		text = descriptionOfSVG(b)
	}
	if text == nil {
		return sinks.Meta{}, false, nil
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return sinks.Meta{}, false, fmt.Errorf("%s: metadata: %w", path, err)
	}
	return m, true, nil
}

func descriptionOfPNG(b []byte) []byte {
	key := []byte("tEXt" + pngKeyword + "\x00")
	if len(b) < pngHeader+8+len(key) {
		return nil
	}
	chunk := b[pngHeader:]
	size := int64(binary.BigEndian.Uint32(chunk))
	if !bytes.HasPrefix(chunk[4:], key) || size+8 > int64(len(chunk)) || size+4 < int64(len(key)) {
		return nil
	}
	return chunk[4+len(key) : 8+size]
}

func descriptionOfSVG(b []byte) []byte {
	d := xml.NewDecoder(bytes.NewReader(b))
	for {
		token, err := d.Token()
		if err != nil {
			return nil
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == svgMetadata {
			var text string
			if d.DecodeElement(&text, &start) != nil || !strings.HasPrefix(text, "{") {
				return nil
			}
			return []byte(text)
		}
	}
}

package pipelines

import (
	"bytes"
	"encoding/xml"
	"io"
	"os"
	"strings"
	"testing"
)

// planOf checks a pipeline.
func planOf(t *testing.T, text []byte, opt Options) *Plan {
	t.Helper()
	opt.Access.Folder = t.TempDir()
	d, err := Parse("test.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	p, err := d.Check(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func TestBoxesDoNotOverlapAndLinesRunToTheRight(t *testing.T) {
	text, err := os.ReadFile("testdata/good/everything.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]*Plan{"everything": planOf(t, text, Options{}), "control": planOf(t, []byte(strings.Replace(controlled, "SHIFT", "1", 1)), Options{})} {
		d := p.drawing()
		d.layout()
		for i, a := range d.boxes {
			if a.x < 0 || a.y < 0 || a.w <= 0 || a.h <= 0 {
				t.Errorf("%s: box %v lies outside", name, a.lines)
			}
			for _, b := range d.boxes[:i] {
				if a.x < b.x+b.w && b.x < a.x+a.w && a.y < b.y+b.h && b.y < a.y+a.h {
					t.Errorf("%s: %v and %v overlap", name, a.lines, b.lines)
				}
			}
		}
		for _, l := range d.links {
			chain := l.chain()
			for i := 1; i < len(chain) && !l.dashed; i++ {
				if chain[i].x < chain[i-1].x+chain[i-1].w {
					t.Errorf("%s: a line runs back at %v", name, l.to.lines)
				}
			}
		}
	}
}

func TestGraphIsWellFormed(t *testing.T) {
	p := planOf(t, []byte(strings.Replace(controlled, "SHIFT", "1", 1)), Options{})
	svg := p.SVG()
	d := xml.NewDecoder(bytes.NewReader(svg))
	texts := 0
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "text" {
			texts++
		}
	}
	if texts < 15 {
		t.Errorf("%d texts", texts)
	}
	if !bytes.Equal(svg, p.SVG()) {
		t.Error("drawn twice, the graph differs")
	}
	dot := string(p.DOT())
	for _, want := range []string{`"noise" -> "cochlea"`, `"shift" -> "cochlea" [label="cf", style=dashed`, `80 channels, 44.1 kHz`, "digraph"} {
		if !strings.Contains(dot, want) {
			t.Errorf("DOT has no %s:\n%s", want, dot)
		}
	}
}

package pipelines

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"hearpipe/stages"
)

func TestChangesAreReadAsTheyAreWritten(t *testing.T) {
	list := []Change{
		{At: 0, Set: []Setting{{Name: "gain", Value: "2"}, {Name: "tau", Value: "5 ms"}}},
		{At: 44100, Set: []Setting{{Name: "cf", Value: `[1 kHz, 2 kHz]`}}},
		{At: 44100, Set: []Setting{{Name: "word", Value: `a "b" \ ü`}}},
	}
	var b bytes.Buffer
	for _, x := range list {
		b.Write(x.Line(44100))
		b.WriteString("\n\n")
	}
	if first, _, _ := strings.Cut(b.String(), "\n"); first != `{"at":0,"rate":44100,"set":{"gain":"2","tau":"5 ms"}}` {
		t.Errorf("%s", first)
	}
	have, err := ReadChanges("c.ndjson", &b, 44100)
	if err != nil {
		t.Fatal(err)
	}
	for i := range have {
		for k := range have[i].Set {
			have[i].Set[k].Option = ""
		}
	}
	if !reflect.DeepEqual(have, list) {
		t.Errorf("%+v, want %+v", have, list)
	}
}

func TestWrongChangesAreRefusedWithTheirLine(t *testing.T) {
	for text, says := range map[string]string{
		`{"at": 3, "set": {"a": 1}, "who": 2}`:                               `c:1: want a change such as {"at": 44100, "set": {"gain": 2}}: json: unknown field "who"`,
		`{"at": 3}`:                                                          "sets nothing",
		`{"set": {"a": 1}}`:                                                  "has no sample",
		`{"at": -3, "set": {"a": 1}}`:                                        "sample -3: want 0 or more",
		`{"at": 3.5, "set": {"a": 1}}`:                                       "cannot unmarshal number 3.5",
		`{"at": 3, "set": {"a": [1]}}`:                                       "set a: [1]: want a number or a text",
		`{"at": 3, "set": {"a": null}}`:                                      "set a: null: want a number or a text",
		`{"at": 3, "rate": 48000, "set": {"a": 1}}`:                          "samples of 48000 Hz: the source has 44100 Hz",
		`{"at": 3, "set": {"a": 1}} {}`:                                      "something follows",
		"{\"at\": 3, \"set\": {\"a\": 1}}\n{\"at\": 2, \"set\": {\"a\": 1}}": "c:2: sample 2 comes after sample 3",
		strings.Repeat("x", maxChangeBytes+10):                               "c: bufio.Scanner: token too long",
	} {
		if _, err := ReadChanges("c", strings.NewReader(text), 44100); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.60s: %v\nwant %q", text, err, says)
		}
	}
	x, err := ParseChange([]byte(`{"set": {"a": -1.5e3, "b": "2 ms"}}`), 0)
	if err != nil || x.At != stages.Next || len(x.Set) != 2 || x.Set[0].Value != "-1.5e3" || x.Set[1].Value != "2 ms" {
		t.Errorf("%+v, %v", x, err)
	}
}

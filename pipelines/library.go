package pipelines

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"sort"
	"strings"
)

//go:embed library/*.yaml
var library embed.FS

// speech is the recording that comes with the program; data/README.md says where it is from.
//
//go:embed data/speech.wav
var speech []byte

// Names lists the ready-made pipelines.
func Names() []string {
	files, err := library.ReadDir("library")
	if err != nil {
		panic("pipelines: the ready-made pipelines are missing from the binary")
	}
	var names []string
	for _, f := range files {
		names = append(names, strings.TrimSuffix(f.Name(), ".yaml"))
	}
	sort.Strings(names)
	return names
}

// Open reads a pipeline: a ready-made one by its name, else a file. A name without a dot or slash is a ready-made
// pipeline; ./name is a file in any case. The error is [Mistakes] if the text is wrong.
func Open(name string) (*Description, error) {
	if !strings.ContainsAny(name, "./\\") {
		text, err := library.ReadFile(path.Join("library", name+".yaml"))
		if err == nil {
			return Parse(name, text)
		}
		if _, err := os.Stat(name); err != nil {
			return nil, fmt.Errorf("there is no pipeline %q%s, and no such file; ready-made are %s", name, suggest(name, Names()), listed(Names()))
		}
	}
	text, err := readSmall(name)
	if err != nil {
		return nil, err
	}
	return Parse(name, text)
}

// readSmall reads a file that must not be large.
func readSmall(name string) ([]byte, error) {
	f, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("there is no file %s", name)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, cause(err))
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s is a folder, want a pipeline file", name)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, cause(err))
	}
	return text, nil
}

package pipelines

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hearpipe/broker"
	"hearpipe/hrtf"
	"hearpipe/sound/live"
)

// Access says which files a pipeline may read and write. A pipeline may come from anywhere, so by default it stays
// below the working folder; paths that the user gives on the command line are the user's own business.
type Access struct {
	Folder string    // working folder, to which relative paths belong; "" is that of the process
	Out    string    // folder for relative output paths, "" is Folder
	Allow  []string  // further folders that may be read and written
	Stdin  io.Reader // what the path "-" reads; nil if there is none
	Stdout io.Writer // what the path "-" writes; nil if there is none

	Microphones live.System             // what records; nil if nothing does
	Tell        func(node, text string) // is told at once what goes wrong while the pipeline runs, on the goroutine of the run; nil if nobody is
	NATS        NATS                    // where nats sinks and sources connect to
}

// environment is what nodes and sinks need of the outside world.
type environment struct {
	ctx       context.Context // of the build, for nodes that compute while they are built
	access    Access
	folder    string
	out       string
	allow     []string
	closers   []io.Closer
	stdin     bool // standard input is taken
	outputs   map[string]string
	heard     []*heard      // live sources that have been built
	inputs    []os.FileInfo // files that nodes read
	resampled map[resampledSet]*hrtf.Set
	hub       *broker.Hub       // the connection of nats sinks and sources; nil if there are none
	after     []func() []string // what sources have to say after the run
}

func newEnvironment(a Access) (*environment, error) {
	env := &environment{ctx: context.Background(), access: a, outputs: map[string]string{}}
	var err error
	if env.folder, err = filepath.Abs(a.Folder); err != nil {
		return nil, err
	}
	env.out = env.folder
	if a.Out != "" {
		if env.out, err = filepath.Abs(a.Out); err != nil {
			return nil, err
		}
	}
	for _, d := range a.Allow {
		if d, err = filepath.Abs(d); err != nil {
			return nil, err
		}
		env.allow = append(env.allow, real(d))
	}
	return env, nil
}

// place is a path that belongs to a folder. It stays as short as the user wrote it where it can, since messages show it.
func (env *environment) place(path, folder string) string {
	if filepath.IsAbs(path) || folder == "" {
		return filepath.Clean(path)
	}
	return filepath.Join(folder, path)
}

// close releases the files that were opened.
func (env *environment) close() error {
	var errs []error
	for _, c := range env.closers {
		errs = append(errs, c.Close())
	}
	env.closers = nil
	return errors.Join(errs...)
}

// real is a path with symbolic links resolved as far as it exists.
func real(path string) string {
	rest := ""
	for p := path; ; {
		if r, err := filepath.EvalSymlinks(p); err == nil {
			return filepath.Join(r, rest)
		}
		parent := filepath.Dir(p)
		if parent == p {
			return path
		}
		rest = filepath.Join(filepath.Base(p), rest)
		p = parent
	}
}

// below reports whether path lies in folder, both with links resolved.
func below(path, folder string) bool {
	rel, err := filepath.Rel(folder, path)
	return err == nil && filepath.IsLocal(rel)
}

// permit refuses a path outside of the folders that are open to the pipeline.
func (env *environment) permit(full, shown string, folders ...string) error {
	abs, err := filepath.Abs(full)
	if err != nil {
		return err
	}
	r := real(abs)
	for _, f := range append(folders, env.allow...) {
		if below(r, real(f)) {
			return nil
		}
	}
	return fmt.Errorf("%s lies outside of the working folder; a pipeline reads and writes below it, unless --allow-path %s opens another or the path is given on the command line",
		shown, filepath.Dir(abs))
}

// input resolves the path of a file to read and checks that there is one.
func (env *environment) input(path string, trusted bool) (string, error) {
	full := env.place(path, env.access.Folder)
	if !trusted {
		if err := env.permit(full, path, env.folder); err != nil {
			return "", err
		}
	}
	info, err := os.Stat(full)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "", &missingError{path}
	case err != nil:
		return "", fmt.Errorf("%s: %v", path, cause(err))
	case info.IsDir():
		return "", fmt.Errorf("%s is a folder, want a file", path)
	}
	if info.Mode().IsRegular() {
		env.inputs = append(env.inputs, info)
	}
	return full, nil
}

// reads reports whether the file is one that a node reads, by this name or another.
func (env *environment) reads(full string) bool {
	info, err := os.Stat(full)
	return err == nil && slices.ContainsFunc(env.inputs, func(in os.FileInfo) bool { return os.SameFile(info, in) })
}

// missingError says that a file does not exist.
type missingError struct{ path string }

func (e *missingError) Error() string { return "there is no file " + e.path }

// output resolves the path of a file to write. Two sinks may not write the same file; see also reads.
func (env *environment) output(path string, trusted bool, who string) (string, error) {
	if strings.HasSuffix(path, "/") {
		return "", fmt.Errorf("%s is a folder, want a file", path)
	}
	full := env.place(path, env.access.Out)
	if env.access.Out == "" {
		full = env.place(path, env.access.Folder)
	}
	if !trusted {
		if err := env.permit(full, path, env.out); err != nil {
			return "", err
		}
	}
	if info, err := os.Stat(full); err == nil && info.IsDir() {
		return "", fmt.Errorf("%s is a folder, want a file", filepath.Join(env.access.Out, path))
	}
	abs, err := filepath.Abs(full)
	if err != nil {
		return "", err
	}
	if other := env.outputs[abs]; other != "" {
		return "", fmt.Errorf("%s writes %s already", other, path)
	}
	env.outputs[abs] = who
	if env.access.Out == "" {
		if info, err := os.Stat(filepath.Dir(full)); err != nil || !info.IsDir() {
			return "", fmt.Errorf("%s: there is no folder %s", path, filepath.Dir(path))
		}
	}
	return full, nil
}

// cause strips the operation and path that the system puts around an error.
func cause(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

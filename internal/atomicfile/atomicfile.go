// Package atomicfile writes files that appear whole or not at all: under a temporary name in the same folder, then synced
// and renamed. A reader never sees half a file, and an older file of the name survives a failed run.
package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
)

// begun are the temporary names of files that are neither committed nor aborted.
var begun struct {
	sync.Mutex
	names map[string]bool
}

func begin(name string) {
	begun.Lock()
	defer begun.Unlock()
	if begun.names == nil {
		begun.names = map[string]bool{}
	}
	begun.names[name] = true
}

func end(name string) {
	begun.Lock()
	defer begun.Unlock()
	delete(begun.names, name)
}

// RemoveAll removes the temporary files of everything that has not been committed. It is for a process that is about to
// exit although somebody who writes does not return; a Commit that comes later fails. It may be called from any goroutine.
func RemoveAll() {
	begun.Lock()
	defer begun.Unlock()
	for name := range begun.names {
		os.Remove(name)
	}
	clear(begun.names)
}

// File is a file that is being written. It is used by one goroutine at a time.
type File struct {
	path   string // as the caller gave it, for errors
	target string // with symbolic links resolved
	temp   string // "" if direct
	f      *os.File
	done   bool
}

// Create checks that a file can be written at path and begins it under the temporary name path.XXXXXXXX.part. An error
// says why it cannot: the folder is missing or not writable, path is a folder or a read-only file. An older file stays
// untouched until Commit.
//
// If path is a device or a pipe (such as /dev/null), there is nothing to rename: it is written directly.
func Create(path string) (*File, error) {
	if path == "" {
		return nil, errors.New("write file: the path is empty")
	}
	f := &File{path: path, target: path}
	// A link stays a link: what it points to is replaced.
	if real, err := filepath.EvalSymlinks(path); err == nil {
		f.target = real
	}
	info, err := os.Stat(f.target)
	switch {
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("write %s: it is a folder, want a file", path)
	case err == nil:
		old, err := os.OpenFile(f.target, os.O_WRONLY, 0)
		if err != nil {
			return nil, f.explain("write", err)
		}
		if !info.Mode().IsRegular() {
			f.f = old
			return f, nil
		}
		if err := old.Close(); err != nil {
			return nil, f.explain("write", err)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, f.explain("write", err)
	}
	folder, base := filepath.Split(f.target)
	if _, err := os.Stat(filepath.Clean(folder)); folder != "" && errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("write %s: folder %s does not exist", path, filepath.Clean(folder))
	}
	base = base[:min(len(base), 200)] // file names end at 255 bytes
	for {
		f.temp = filepath.Join(folder, fmt.Sprintf("%s.%s.part", base, name()))
		f.f, err = os.OpenFile(f.temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if err == nil {
			begin(f.temp)
			return f, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, f.explain("write", err)
		}
	}
}

// name is a random part of a temporary name. Uniqueness does not rest on it: O_EXCL refuses names that exist.
func name() string {
	const digits = 8
	s := strconv.FormatUint(uint64(rand.Uint32())|1<<32, 16)
	return s[len(s)-digits:]
}

// explain names the path the caller knows instead of the temporary one.
func (f *File) explain(verb string, err error) error {
	var pathError *fs.PathError
	var linkError *os.LinkError
	switch {
	case errors.As(err, &pathError):
		err = pathError.Err
	case errors.As(err, &linkError):
		err = linkError.Err
	}
	return fmt.Errorf("%s %s: %w", verb, f.path, err)
}

// Path is the name that Create was given.
func (f *File) Path() string { return f.path }

// Temporary is the name under which the file is written until Commit, "" for a device or a pipe.
func (f *File) Temporary() string { return f.temp }

// Write appends to the file. Errors name the path.
func (f *File) Write(p []byte) (int, error) {
	n, err := f.f.Write(p)
	if err != nil {
		return n, f.explain("write", err)
	}
	return n, nil
}

// WriteAt replaces bytes, such as a header that was not known at the beginning. Devices and pipes may refuse it.
func (f *File) WriteAt(p []byte, off int64) (int, error) {
	n, err := f.f.WriteAt(p, off)
	if err != nil {
		return n, f.explain("write", err)
	}
	return n, nil
}

// Commit completes the file: it is synced and gets its name. After an error there is no new file, and none under the
// temporary name.
func (f *File) Commit() error {
	if f.done {
		return fmt.Errorf("write %s: already closed", f.path)
	}
	f.done = true
	if f.temp == "" {
		if err := f.f.Close(); err != nil {
			return f.explain("close", err)
		}
		return nil
	}
	defer end(f.temp)
	err := f.f.Sync()
	if closing := f.f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(f.temp, f.target)
	}
	if err != nil {
		os.Remove(f.temp)
		return f.explain("write", err)
	}
	syncFolder(filepath.Dir(f.target))
	return nil
}

// syncFolder makes the new name durable. The file is complete and in place already, and some file systems cannot sync
// folders, so failures are of no consequence.
func syncFolder(folder string) {
	if runtime.GOOS == "windows" {
		return
	}
	if d, err := os.Open(folder); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}

// Abort gives the file up and removes it; keep leaves it under its temporary name. After Commit it does nothing.
func (f *File) Abort(keep bool) {
	if f.done {
		return
	}
	f.done = true
	f.f.Close()
	end(f.temp)
	if f.temp != "" && !keep {
		os.Remove(f.temp)
	}
}

package atomicfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func list(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func create(t *testing.T, path, text string) *File {
	t.Helper()
	f, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFilesAppearAtCommit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.txt")
	f := create(t, path, "hello")
	if _, err := os.Stat(path); err == nil {
		t.Error("the file has its name before Commit")
	}
	if _, err := f.WriteAt([]byte("J"), 0); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != "Jello" {
		t.Errorf("got %q, %v", got, err)
	}
	if names := list(t, filepath.Dir(path)); len(names) != 1 {
		t.Errorf("left behind: %v", names)
	}
	f.Abort(false)
	if _, err := os.Stat(path); err != nil {
		t.Errorf("Abort after Commit removed the file: %v", err)
	}
	if err := f.Commit(); err == nil {
		t.Error("a second Commit succeeded")
	}
}

func TestAbortLeavesTheOlderFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.txt")
	if err := os.WriteFile(path, []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	create(t, path, "new").Abort(false)
	kept := create(t, path, "partial")
	kept.Abort(true)
	if got, err := os.ReadFile(path); err != nil || string(got) != "old" {
		t.Errorf("got %q, %v", got, err)
	}
	if names := list(t, filepath.Dir(path)); len(names) != 2 {
		t.Errorf("want the old file and the one that was kept, got %v", names)
	}
	if got, err := os.ReadFile(kept.Temporary()); err != nil || string(got) != "partial" {
		t.Errorf("kept %q, %v", got, err)
	}
}

func TestWritersOfOneNameDoNotCollide(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.txt")
	a, b := create(t, path, "a"), create(t, path, "b")
	if a.Temporary() == b.Temporary() {
		t.Fatalf("both write %s", a.Temporary())
	}
	if err := a.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := b.Commit(); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(path); string(got) != "b" {
		t.Errorf("got %q, want the last one", got)
	}
}

func TestImpossiblePathsAreRefusedAtOnce(t *testing.T) {
	folder := t.TempDir()
	for _, c := range []struct{ path, want string }{
		{"", "empty"},
		{folder, "is a folder"},
		{filepath.Join(folder, "none", "a.txt"), "none does not exist"},
		{filepath.Join(folder, strings.Repeat("x", 300)), "name too long"},
	} {
		f, err := Create(c.path)
		if err == nil {
			f.Abort(false)
			t.Errorf("%.80s: accepted", c.path)
		} else if !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.path) {
			t.Errorf("%.80s: error %v, want one with %q", c.path, err, c.want)
		}
	}
	if os.Geteuid() != 0 { // nothing is forbidden to root
		if err := os.Chmod(folder, 0o555); err != nil {
			t.Fatal(err)
		}
		if _, err := Create(filepath.Join(folder, "a.txt")); err == nil || !strings.Contains(err.Error(), "permission denied") {
			t.Errorf("read-only folder: %v", err)
		}
	}
	if names := list(t, folder); len(names) != 0 {
		t.Errorf("left behind: %v", names)
	}
}

func TestLongNamesLeaveRoomForTheTemporaryName(t *testing.T) {
	path := filepath.Join(t.TempDir(), strings.Repeat("x", 250))
	if err := create(t, path, "x").Commit(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestLinksStayLinks(t *testing.T) {
	folder := t.TempDir()
	target, link := filepath.Join(folder, "target"), filepath.Join(folder, "link")
	if err := os.WriteFile(target, []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Skip(err)
	}
	if err := create(t, link, "new").Commit(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v", err)
	}
	if got, _ := os.ReadFile(target); string(got) != "new" {
		t.Errorf("target holds %q", got)
	}
}

func TestDevicesAreWrittenDirectly(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full")
	}
	f, err := Create("/dev/full")
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Write([]byte("x"))
	if got, want := fmt.Sprint(err), "write /dev/full: no space left on device"; got != want {
		t.Errorf("error %q, want %q", got, want)
	}
	f.Abort(false)
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Errorf("Abort removed the device: %v", err)
	}
	if err := create(t, os.DevNull, "x").Commit(); err != nil {
		t.Error(err)
	}
}

func TestRemoveAllLeavesNothingUnfinished(t *testing.T) {
	folder := t.TempDir()
	if err := create(t, filepath.Join(folder, "whole"), "x").Commit(); err != nil {
		t.Fatal(err)
	}
	kept := create(t, filepath.Join(folder, "kept"), "x")
	kept.Abort(true)
	open := create(t, filepath.Join(folder, "open"), "x")
	RemoveAll()
	if names := list(t, folder); len(names) != 2 || names[0] != filepath.Base(kept.Temporary()) || names[1] != "whole" {
		t.Errorf("left: %v, want what was committed and what was kept on purpose", names)
	}
	if err := open.Commit(); err == nil {
		t.Error("a file that was removed could be committed")
	}
}

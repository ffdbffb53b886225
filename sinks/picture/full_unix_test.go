//go:build unix

package picture

import (
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"hearpipe/stages"
)

func TestAFullDiskIsOneErrorAndNoPicture(t *testing.T) {
	folder := t.TempDir()
	pictures := all(t, folder, ".png")
	for _, s := range pictures {
		feed(t, s, 500, 100)
	}
	// Files may grow to 100 bytes, as on a disk that is full then.
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Skip(err)
	}
	limit := old
	limit.Cur = 100
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Skip(err)
	}
	errs := map[string]error{}
	for kind, s := range pictures {
		errs[kind] = s.Finish(stages.Ending{Frames: 500, Reason: stages.EndOfStream})
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	for kind, err := range errs {
		want := "write " + filepath.Join(folder, kind+".png") + ": "
		if !errors.Is(err, syscall.EFBIG) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", kind, err, want)
		}
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) > 0 {
		t.Errorf("left %v, %v", entries, err)
	}
}

//go:build unix

package sinks

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

// limitFiles lets files of this process grow to size bytes, as a disk does that is full then.
func limitFiles(t *testing.T, size uint64) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Skip(err)
	}
	limit := old
	limit.Cur = size
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
			t.Error(err)
		}
		signal.Reset(syscall.SIGXFSZ)
	})
}

func TestAFullDiskIsOneErrorAndNoFile(t *testing.T) {
	folder := t.TempDir()
	limitFiles(t, 300_000)
	for path, s := range fileSinks(t, folder) {
		if _, ok := s.(*StatisticFile); ok {
			continue // smaller than the limit
		}
		feed(t, s)
		err := fill(t, s)
		if err == nil {
			t.Errorf("%s: no error", path)
		} else if !strings.HasPrefix(err.Error(), "write "+path+": ") || !errors.Is(err, syscall.EFBIG) ||
			strings.Contains(err.Error(), "part") {
			t.Errorf("%s: error %v", path, err)
		}
		s.Abort(false)
		if left := list(t, folder); len(left) > 0 {
			t.Errorf("%s: left %v", path, left)
		}
	}
}

// fill writes until there is an error.
func fill(t *testing.T, s stages.Sink) error {
	t.Helper()
	for at := int64(1000); at < 2_000_000; at += 1000 {
		var err error
		switch s := s.(type) {
		case stages.SpikeSink:
			err = s.WriteSpikes(t.Context(), stages.Spikes{List: pattern(5, 1000), Start: at, End: at + 1000})
		case stages.FrameSink:
			err = s.WriteFrames(t.Context(), at, ramp(1000, 3))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func TestADiskThatFillsAtTheEndIsOneErrorAndNoFile(t *testing.T) {
	folder := t.TempDir()
	for path, s := range fileSinks(t, folder) {
		feed(t, s)
		t.Run(filepath.Base(path), func(t *testing.T) {
			limitFiles(t, 50)
			err := s.Finish(stages.Ending{Frames: 1000, Reason: stages.EndOfStream})
			if strings.HasSuffix(path, "r.csv") || strings.HasSuffix(path, "r.npy") {
				if err == nil { // these fit, but their metadata do not
					t.Error("no error")
				}
			} else if err == nil || !strings.HasPrefix(err.Error(), "write "+path+": ") {
				t.Errorf("error %v", err)
			}
		})
		if left := list(t, folder); len(left) > 0 {
			t.Errorf("%s: left %v", path, left)
		}
	}
}

func TestMetadataThatDoNotFitLeaveNothing(t *testing.T) {
	folder := t.TempDir()
	s, err := NewSpikeFile(cells(5, 0), SpikeFileParams{Path: filepath.Join(folder, "s.csv")})
	if err != nil {
		t.Fatal(err)
	}
	feedSpikes(t, s, nil, 10, 10)
	t.Run("full", func(t *testing.T) {
		limitFiles(t, 50) // more than the header of the table
		if err := s.Finish(stages.Ending{Frames: 10}); err == nil || !strings.Contains(err.Error(), metaSuffix) {
			t.Errorf("error %v", err)
		}
	})
	if left := list(t, folder); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

func TestAFullDeviceIsAnError(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full")
	}
	s, err := NewSpikeFile(cells(5, 0), SpikeFileParams{Path: "/dev/full", Format: CSV})
	if err != nil {
		t.Fatal(err)
	}
	feedSpikes(t, s, pattern(5, 100), 100, 10)
	err = s.Finish(stages.Ending{Frames: 100})
	if err == nil || err.Error() != "write /dev/full: no space left on device" {
		t.Errorf("error %v", err)
	}
}

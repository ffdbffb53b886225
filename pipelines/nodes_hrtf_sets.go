package pipelines

import (
	"errors"
	"fmt"
	"os"

	"hearpipe/hrtf"
)

// headSet opens a set of head-related transfer functions, a file or a folder. note says if it is the one in the binary.
func (env *environment) headSet(path string, trusted bool, p hrtf.OpenParams) (set *hrtf.Set, note string, err error) {
	full := env.place(path, env.access.Folder)
	if !trusted {
		if err := env.permit(full, path, env.folder); err != nil {
			return nil, "", err
		}
	}
	info, err := os.Stat(full)
	switch {
	case errors.Is(err, os.ErrNotExist) && path == hrtf.BuiltInName && (p.Subject != "" || p.Raw):
		return nil, "", fmt.Errorf("%s is the set that comes with the program: one subject, without raw measurements; leave subject and raw out", path)
	case errors.Is(err, os.ErrNotExist) && path == hrtf.BuiltInName:
		set, err = hrtf.BuiltIn()
		return set, path + " is the set that comes with the program, measured by Gardner & Martin (1994)", err
	case errors.Is(err, os.ErrNotExist):
		return nil, "", fmt.Errorf("there is no file or folder %s", path)
	case err != nil:
		return nil, "", fmt.Errorf("%s: %v", path, cause(err))
	case info.Mode().IsRegular():
		env.inputs = append(env.inputs, info)
	}
	set, err = hrtf.Open(full, p)
	return set, "", err
}

// resampledSet names a set at another rate than it was measured at. Sets never change, so that nodes share it: resampling is the slowest part of opening one.
type resampledSet struct {
	path, subject, raw, selected string
	from, to                     float64 // frames per second [Hz]
}

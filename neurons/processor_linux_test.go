package neurons_test

import "syscall"

func init() {
	processorTime = func() float64 {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			return 0
		}
		return float64(u.Utime.Nano()+u.Stime.Nano()) * 1e-9
	}
}

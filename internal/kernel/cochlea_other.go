//go:build purego || !amd64

package kernel

func tanCarneyControl(k *TanCarneyControl, u, q, src Rows, frames int, up updates) {
	tanCarneyControlGeneric(k, u, q, src, frames, up)
}

func tanCarneySignal(s *TanCarneySignal, dst, u, src Rows, frames int, up updates) (unstable bool) {
	return tanCarneySignalGeneric(s, dst, u, src, frames, up)
}

//go:build !linux

package pipelines

// machineMemory is the memory that is assumed where the system is not asked.
func machineMemory() int64 { return defaultMemory }

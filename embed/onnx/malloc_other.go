//go:build !linux

package onnx

// trimMalloc does nothing: only glibc's allocator is known to keep what is freed.
func trimMalloc() {}

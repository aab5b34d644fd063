// Package onnxtest finds ONNX Runtime for tests: a test binary runs from a
// temporary folder, so "beside the executable" never holds there. It is not for
// the product, which looks where onnx.LibraryOptions says.
package onnxtest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/seguedb/segue/embed/onnx"
)

// Runtime loads ONNX Runtime from bin/ of the module that the test runs in, or,
// when that is not there, from the product's own search order. Without a
// library the test fails: nothing that needs a model can be shown without one.
func Runtime(tb testing.TB) *onnx.Runtime {
	tb.Helper()
	r, err := onnx.Open(onnx.LibraryOptions{Path: inModule()})
	if err != nil {
		tb.Fatalf("load ONNX Runtime: %v", err)
	}
	return r
}

// inModule walks up from the working directory to the folder with go.mod and
// returns its bin/libonnxruntime.so.1, or "" when there is none.
func inModule() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			lib := filepath.Join(dir, "bin", "libonnxruntime.so.1")
			if _, err := os.Stat(lib); err != nil {
				return ""
			}
			return lib
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}

// Package onnxtest finds ONNX Runtime for tests, and compares what graphs say: a test binary runs from a
// temporary folder, so "beside the executable" never holds there. It is not for
// the product, which looks where onnx.LibraryOptions says.
package onnxtest

import (
	"math"
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

// MaxAbs is the largest difference; different lengths and NaN are infinitely far.
func MaxAbs(got, want []float32) float64 {
	if len(got) != len(want) || len(want) == 0 {
		return math.Inf(1)
	}
	worst := 0.0
	for i := range got {
		d := math.Abs(float64(got[i]) - float64(want[i]))
		if math.IsNaN(d) {
			return math.Inf(1)
		}
		worst = max(worst, d)
	}
	return worst
}

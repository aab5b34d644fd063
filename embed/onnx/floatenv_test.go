package onnx_test

import (
	"math"
	"runtime"
	"testing"
)

// tiny is a variable, so that the compiler does not do the sums below.
var tiny = math.SmallestNonzeroFloat64

// TestThreadKeepsItsFloats: loading and running a model leaves the arithmetic of the thread as it was. ONNX Runtime
// turns denormal numbers off for it and does not turn them on again.
func TestThreadKeepsItsFloats(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	s := session(t, double(t), "y")
	if 3*tiny == 0 {
		t.Error("loading a model turned denormal numbers off")
	}
	if _, err := s.Run(t.Context(), []float32{1}); err != nil {
		t.Fatal(err)
	}
	if 3*tiny == 0 {
		t.Error("running a model turned denormal numbers off")
	}
}

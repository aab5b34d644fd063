package build_test

import (
	"testing"

	"github.com/seguedb/segue/embed/onnx/build"
)

func TestQuantizeWeights(t *testing.T) {
	q := build.QuantizeWeights([]float32{1, -2, 0.5, 0, 0, 0}, 3, 2)
	if q.Scales[0] != 2.0/127 || q.Scales[1] != 1 {
		t.Errorf("%v", q.Scales)
	}
	for i, want := range []int8{64, 0, -127, 0, 32, 0} { // [in,out]
		if q.Values[i] != want {
			t.Errorf("%v", q.Values)
			break
		}
	}
}

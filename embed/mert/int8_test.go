package mert

import (
	"math"
	"testing"
	"time"

	"github.com/seguedb/segue/embed/onnx"
	"github.com/seguedb/segue/embed/onnx/build"
	"github.com/seguedb/segue/embed/onnx/onnxtest"
)

// product opens a model as the product does, for its means alone.
func product(tb testing.TB, model []byte, err error) *onnx.Session {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
	s, err := onnxtest.Runtime(tb).NewSession(model, onnx.SessionOptions{Input: InputName, Outputs: []string{OutputName}})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

// means runs a graph without a trace.
func means(t *testing.T, g *build.Graph, wave []float32) onnx.Tensor {
	t.Helper()
	model, err := g.Encode()
	out, err := product(t, model, err).Run(t.Context(), wave)
	if err != nil {
		t.Fatal(err)
	}
	return out[0]
}

// int8Cosine is the least cosine allowed between a layer's means in 8 bits and in
// PyTorch's float64.
const int8Cosine = 0.9995

// TestInt8Full holds the whole model in 8 bits to the reference, for a loud and for a
// quiet window, layer by layer.
func TestInt8Full(t *testing.T) {
	c := Base95M()
	want := readNPZ(t, "full_ref")
	wave := pcm(want["wave_i16"].data)
	model, err := Build(Options{Precision: Int8})
	s := product(t, model, err)
	t.Logf("model of %d bytes", len(model))
	for name, in := range map[string][]float32{"hidden_mean": wave, "quiet_hidden_mean": quietened(wave)} {
		start := time.Now()
		out, err := s.Run(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("five seconds in %v", time.Since(start))
		for l := range c.NumHiddenLayers + 1 {
			cos := cosine(rows(out[0], l), want[name].at(l))
			t.Logf("%s %2d  %.6f", name, l, cos)
			if !(cos >= int8Cosine) {
				t.Errorf("%s: layer %d has cosine %.6f", name, l, cos)
			}
		}
	}
}

// TestInt8Variants are the other members of the family in small, where rounding weighs
// more: the arrangement is what is tested.
func TestInt8Variants(t *testing.T) {
	for name, r := range readReference(t).Cases {
		if name == "full" {
			continue
		}
		want := readNPZ(t, name)
		g, err := Graph(r.Config, Generated(r.Config), Options{Precision: Int8})
		if err != nil {
			t.Fatal(err)
		}
		got := means(t, g, pcm(want["wave_i16"].at(0)))
		width := r.Config.HiddenSize
		for l := range r.Config.NumHiddenLayers + 1 {
			if cos := cosine(rows(got, l), timeMean(want["hidden"].at(l, 0), width)); !(cos > 0.999) {
				t.Errorf("%s: layer %d has cosine %.6f", name, l, cos)
			}
		}
	}
}

func cosine(a, b []float32) float64 {
	var ab, aa, bb float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
	}
	return ab / math.Sqrt(aa*bb)
}

func TestQuantise(t *testing.T) {
	q := quantise([]float32{1, -2, 0.5, 0, 0, 0}, 3, 2)
	if q.scales[0] != 2.0/127 || q.scales[1] != 1 {
		t.Errorf("%v", q.scales)
	}
	for i, want := range []int8{64, 0, -127, 0, 32, 0} { // [in,out]
		if q.values[i] != want {
			t.Errorf("%v", q.values)
			break
		}
	}
}

package dsp

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/seguedb/segue/embed/onnx"
	"github.com/seguedb/segue/embed/onnx/onnxtest"
)

func open(tb testing.TB, build func() ([]byte, error), output string) *onnx.Session {
	tb.Helper()
	model, err := build()
	if err != nil {
		tb.Fatal(err)
	}
	s, err := onnxtest.Runtime(tb).NewSession(model, onnx.SessionOptions{Input: InputName, Outputs: []string{output}})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

// vector runs the model and checks that what comes out can be made a unit vector.
func vector(tb testing.TB, s *onnx.Session, samples []float32) []float32 {
	tb.Helper()
	out, err := s.Run(tb.Context(), samples)
	if err != nil {
		tb.Fatal(err)
	}
	v := out[0].Data
	if len(v) != Dim {
		tb.Fatalf("%d numbers", len(v))
	}
	sum := 0.0
	for i, x := range v {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			tb.Fatalf("feature %d (%s) is %g", i, FeatureGroups()[i], x)
		}
		sum += float64(x) * float64(x)
	}
	if sum == 0 {
		tb.Fatal("a zero vector")
	}
	return v
}

func cosine(a, b []float32) float64 {
	var ab, aa, bb float64
	for i := range a {
		ab += float64(a[i]) * float64(b[i])
		aa += float64(a[i]) * float64(a[i])
		bb += float64(b[i]) * float64(b[i])
	}
	return ab / math.Sqrt(aa*bb)
}

func noise(seed uint64, n int, level float32) []float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	v := make([]float32, n)
	for i := range v {
		v[i] = level * (2*r.Float32() - 1)
	}
	return v
}

// BenchmarkWindow is one core's speed.
func BenchmarkWindow(b *testing.B) {
	s := open(b, Build, OutputName)
	wave := noise(1, WindowSamples, 0.3)
	for b.Loop() {
		vector(b, s, wave)
	}
	b.ReportMetric(float64(b.N)*WindowSamples/SampleRateHz/b.Elapsed().Seconds(), "audio-s/s")
}

func TestEveryLengthAndExtreme(t *testing.T) {
	for _, c := range []struct {
		build  func() ([]byte, error)
		output string
	}{{Build, OutputName}, {BuildRaw, RawOutput}} {
		s := open(t, c.build, c.output)
		for _, n := range []int{MinSamples, MinSamples + 1, 33333, WindowSamples, 2 * WindowSamples} {
			vector(t, s, noise(1, n, 0.3))
			vector(t, s, make([]float32, n))
			vector(t, s, noise(2, n, 1e-6))
			vector(t, s, noise(2, n, 60))
		}
		click := make([]float32, WindowSamples)
		click[50000] = 1
		vector(t, s, click)
		constant := make([]float32, WindowSamples)
		for i := range constant {
			constant[i] = 1
		}
		vector(t, s, constant)
	}
}

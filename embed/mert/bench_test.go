package mert

import (
	"sync"
	"testing"

	"github.com/seguedb/segue/embed/onnx"
	"github.com/seguedb/segue/embed/onnx/onnxtest"
)

// BenchmarkWindow embeds five-second windows: with one caller (the speed of one
// core), and with two callers of the same one-thread session.
func BenchmarkWindow(b *testing.B) {
	model, err := Build(Options{})
	if err != nil {
		b.Fatal(err)
	}
	s, err := onnxtest.Runtime(b).NewSession(model, onnx.SessionOptions{Input: InputName, Outputs: []string{OutputName}})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	wave := make([]float32, WindowSamples)
	for i := range wave {
		wave[i] = float32(uniform(uint64(i)))
	}
	for name, callers := range map[string]int{"callers=1": 1, "callers=2": 2} {
		b.Run(name, func(b *testing.B) {
			var group sync.WaitGroup
			for range callers {
				group.Go(func() {
					for range b.N {
						if _, err := s.Run(b.Context(), wave); err != nil {
							b.Error(err)
						}
					}
				})
			}
			group.Wait()
			b.ReportMetric(float64(callers*b.N*WindowSamples/SampleRateHz)/b.Elapsed().Seconds(), "audio-s/s")
		})
	}
}

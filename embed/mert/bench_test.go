package mert

import (
	"sync"
	"testing"

	"github.com/seguedb/segue/embed/generated"
)

// BenchmarkWindow embeds five-second windows: with one caller (the speed of one
// core), and with two callers of the same one-thread session.
func BenchmarkWindow(b *testing.B) {
	model, err := Build(Options{})
	s := product(b, model, err)
	wave := generated.Values("waveform", seed, []int{WindowSamples}, func(u float64) float64 { return u })
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

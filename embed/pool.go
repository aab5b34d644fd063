package embed

import (
	"errors"
	"fmt"
	"math"
)

// errNotFinite means that a model computed something that is no vector.
var errNotFinite = errors.New("the model's output is not a finite vector")

// normalise scales v to unit length in place, in float64, so that equal audio has equal
// bits on every machine that computed equal outputs.
func normalise(v []float32) error {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	length := math.Sqrt(sum)
	if !(length > 0) || math.IsInf(length, 0) {
		return fmt.Errorf("%w: length %g", errNotFinite, length)
	}
	for i := range v {
		v[i] = float32(float64(v[i]) / length)
	}
	return nil
}

// pooled is one window's result; start and length are in samples.
type pooled struct {
	start   int64
	length  int
	vector  []float32 // unit length
	audible bool
}

// pool makes the track's vector: the mean of the audible windows' vectors, or of all of
// them when none is audible, at unit length. It sums in order of time, so that the
// number of workers changes nothing.
func pool(list []*pooled) ([]float32, error) {
	anyAudible := false
	for _, p := range list {
		anyAudible = anyAudible || p.audible
	}
	sum := make([]float64, len(list[0].vector))
	for _, p := range list {
		if anyAudible && !p.audible {
			continue
		}
		for i, x := range p.vector {
			sum[i] += float64(x)
		}
	}
	track := make([]float32, len(sum))
	for i, x := range sum {
		track[i] = float32(x / float64(len(list)))
	}
	// Opposite windows could cancel out in theory; the first one then speaks for all.
	if normalise(track) != nil {
		copy(track, list[0].vector)
	}
	return track, normalise(track)
}

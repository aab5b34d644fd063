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
// number of workers changes nothing. With deviation, the numbers' standard deviations
// over the same windows follow the mean, before the whole is scaled.
func pool(list []*pooled, deviation bool) ([]float32, error) {
	audible := audibleOf(list)
	sum := make([]float64, len(list[0].vector))
	for _, p := range audible {
		for i, x := range p.vector {
			sum[i] += float64(x)
		}
	}
	if deviation {
		return withDeviation(audible, sum)
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

// audibleOf leaves the silent windows out, unless there are no others.
func audibleOf(list []*pooled) []*pooled {
	var audible []*pooled
	for _, p := range list {
		if p.audible {
			audible = append(audible, p)
		}
	}
	if audible == nil {
		return list
	}
	return audible
}

// withDeviation is the mean and the deviation of windows whose sum is known. Windows of
// unit length have one or the other.
func withDeviation(list []*pooled, sum []float64) ([]float32, error) {
	n := float64(len(list))
	track := make([]float32, 2*len(sum))
	for i, x := range sum {
		mean, squares := x/n, 0.0
		for _, p := range list {
			d := float64(p.vector[i]) - mean
			squares += d * d
		}
		track[i], track[len(sum)+i] = float32(mean), float32(math.Sqrt(squares/n))
	}
	return track, normalise(track)
}

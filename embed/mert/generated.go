package mert

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Weights gives a tensor by its canonical name: the key in the Hub's
// pytorch_model.bin without the "hubert." or "model." prefix, weight norm spelled
// weight_g and weight_v. The result is row-major, of exactly the given shape, and
// is only read. It is called from several goroutines at once.
type Weights func(name string, shape []int) ([]float32, error)

// seed is "MERT" in ASCII.
const seed = 0x4D455254

// Generated makes weights from their names: every value is a hash of name and
// position, scaled as the tensor's role asks. Go and Python make the same bits,
// so a model of 95 M parameters needs no file. The rules are those of the
// reference generator (testdata/mert/README.md).
func Generated(c Config) Weights {
	return func(name string, shape []int) ([]float32, error) {
		scale, offset, err := fillRule(c, name, shape)
		if err != nil {
			return nil, err
		}
		n := 1
		for _, d := range shape {
			n *= d
		}
		out := make([]float32, n)
		state := fnv1a64(name) ^ seed
		for i := range out {
			state += 0x9E3779B97F4A7C15
			// The conversion forbids fusing the multiplication into the addition,
			// which would round differently on processors that have FMA.
			out[i] = float32(offset + float64(scale(uniform(state))))
		}
		return out, nil
	}
}

// fillRule says how the uniform u becomes a value: offset + scale(u).
func fillRule(c Config, name string, shape []int) (scale func(u float64) float64, offset float64, err error) {
	times := func(a float64) func(float64) float64 { return func(u float64) float64 { return a * u } }
	switch {
	case strings.HasSuffix(name, "layer_norm.weight"):
		return times(0.2), 1, nil
	case strings.HasSuffix(name, ".bias"):
		return times(0.1), 0, nil
	case strings.HasSuffix(name, ".weight_g"):
		a := math.Sqrt(float64(c.HiddenSize) / float64(slices.Max(shape)))
		return func(u float64) float64 { return a * (1 + float64(0.5*u)) }, 0, nil
	case name == "masked_spec_embed":
		return times(1), 0, nil
	case len(shape) < 2:
		return nil, 0, fmt.Errorf("mert: no rule generates %q of shape %v", name, shape)
	}
	fanIn := 1.0
	for _, d := range shape[1:] {
		fanIn *= float64(d)
	}
	gain := 3.0
	if strings.HasPrefix(name, "feature_extractor.conv_layers.") {
		gain = 6
	}
	return times(math.Sqrt(gain / fanIn)), 0, nil
}

// uniform is splitmix64's output function (Steele, Lea and Flood, OOPSLA 2014)
// on an already advanced state, mapped to [-1, 1) in steps of 2^-23.
func uniform(z uint64) float64 {
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	z ^= z >> 31
	return float64(z>>40)*(1.0/(1<<23)) - 1
}

// fnv1a64 is the 64-bit FNV-1a hash.
func fnv1a64(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

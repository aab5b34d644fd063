package mert

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/seguedb/segue/embed/generated"
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
		// The conversion forbids fusing the multiplication into the addition,
		// which would round differently on processors that have FMA.
		return generated.Values(name, seed, shape, func(u float64) float64 { return offset + float64(scale(u)) }), nil
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

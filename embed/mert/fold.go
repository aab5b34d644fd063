package mert

import (
	"io"

	"github.com/seguedb/segue/embed/checkpoint"
)

// WriteWeights writes the weights of a configuration as safetensors under their
// canonical names, with weight norm folded: however a checkpoint spelled the same
// weights, the bytes are the same. [FromCheckpoint] reads them.
func WriteWeights(out io.Writer, c Config, w Weights) error {
	return checkpoint.WriteSafetensors(out, Tensors(c, true), func(s checkpoint.Spec) ([]float32, error) {
		if s.Name == positionConv+".weight" {
			return foldWeightNorm(w, positionConv, s.Shape)
		}
		return w(s.Name, s.Shape)
	})
}

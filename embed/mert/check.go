package mert

import (
	"fmt"
	"math"
	"slices"
)

// The largest sizes taken, some times those of the largest model of the family. A
// configuration is a stranger's file: the graph is made from it before any weight is
// looked at.
const (
	maxWidth  = 1 << 14
	maxLayers = 96
	maxConvs  = 16
	maxKernel = 1 << 10
)

// Check refuses configurations that this graph can't express, by the field's name.
func (c Config) Check() error {
	n := len(c.ConvDim)
	if n == 0 || n > maxConvs || len(c.ConvKernel) != n || len(c.ConvStride) != n {
		return fmt.Errorf("mert config: %d conv_dim, %d conv_kernel, %d conv_stride", n, len(c.ConvKernel), len(c.ConvStride))
	}
	for _, s := range c.sizes() {
		if s.value < 1 || s.value > s.most {
			return fmt.Errorf("mert config: %s is %d, not 1 to %d", s.field, s.value, s.most)
		}
	}
	switch {
	case c.HiddenSize%c.NumAttentionHeads != 0:
		return fmt.Errorf("mert config: num_attention_heads %d does not divide hidden_size %d", c.NumAttentionHeads, c.HiddenSize)
	case c.HiddenSize%c.NumConvPosGroups != 0:
		return fmt.Errorf("mert config: num_conv_pos_embedding_groups %d does not divide hidden_size %d",
			c.NumConvPosGroups, c.HiddenSize)
	case c.FeatExtractNorm != "group" && c.FeatExtractNorm != "layer":
		return fmt.Errorf("mert config: feat_extract_norm %q is not supported", c.FeatExtractNorm)
	case !(c.LayerNormEps > 0) || math.IsInf(c.LayerNormEps, 0):
		return fmt.Errorf("mert config: layer_norm_eps is %g", c.LayerNormEps)
	}
	if _, err := approximation(c.HiddenAct); err != nil {
		return fmt.Errorf("mert config: hidden_act: %w", err)
	}
	if _, err := approximation(c.FeatExtractActivation); err != nil {
		return fmt.Errorf("mert config: feat_extract_activation: %w", err)
	}
	return nil
}

// size is a field with its bound.
type size struct {
	field       string
	value, most int
}

func (c Config) sizes() []size {
	return []size{
		{"hidden_size", c.HiddenSize, maxWidth},
		{"num_hidden_layers", c.NumHiddenLayers, maxLayers},
		{"num_attention_heads", c.NumAttentionHeads, maxWidth},
		{"intermediate_size", c.IntermediateSize, 4 * maxWidth},
		{"num_conv_pos_embeddings", c.NumConvPosEmbeddings, maxKernel},
		{"num_conv_pos_embedding_groups", c.NumConvPosGroups, maxWidth},
		{"conv_dim", slices.Min(c.ConvDim), maxWidth}, {"conv_dim", slices.Max(c.ConvDim), maxWidth},
		{"conv_kernel", slices.Min(c.ConvKernel), maxKernel}, {"conv_kernel", slices.Max(c.ConvKernel), maxKernel},
		{"conv_stride", slices.Min(c.ConvStride), maxKernel}, {"conv_stride", slices.Max(c.ConvStride), maxKernel},
	}
}

// approximation maps transformers' name of an activation to ONNX Gelu's
// attribute.
func approximation(act string) (string, error) {
	switch act {
	case "gelu":
		return "none", nil
	case "gelu_new", "gelu_pytorch_tanh":
		return "tanh", nil
	}
	return "", fmt.Errorf("%q is not supported", act)
}

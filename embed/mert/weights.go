package mert

import (
	"fmt"
	"strings"

	"github.com/seguedb/segue/embed/checkpoint"
)

// FromCheckpoint gives a checkpoint's tensors by their canonical names, after holding
// them to the configuration: every tensor of the encoder there with its shape, and no
// other ([checkpoint.ErrLayout]). Heads beside the encoder (quantisers, classifiers) are
// passed over. The file must stay open while the weights are used.
func FromCheckpoint(c Config, f *checkpoint.File) (Weights, error) {
	named, err := checkpoint.Canonical(f, canonical)
	if err != nil {
		return nil, err
	}
	plain := named.Has(positionConv + ".weight")
	if err := named.Check(Tensors(c, plain), ofEncoder); err != nil {
		return nil, err
	}
	return named.Floats, nil
}

func ofEncoder(name string) bool {
	part, _, _ := strings.Cut(name, ".")
	return part == "feature_extractor" || part == "feature_projection" || part == "encoder"
}

// prefixes stand before the encoder's tensors, depending on the class that was saved.
var prefixes = []string{"module.", "hubert.", "wav2vec2.", "mert_model.", "model."}

// canonical undoes a checkpoint's spelling of a tensor's name.
func canonical(name string) string {
	for _, p := range prefixes {
		name = strings.TrimPrefix(name, p)
	}
	for _, s := range []struct{ from, to string }{
		{".parametrizations.weight.original0", ".weight_g"},
		{".parametrizations.weight.original1", ".weight_v"},
		{".gamma", ".weight"}, {".beta", ".bias"},
	} {
		if head, ok := strings.CutSuffix(name, s.from); ok {
			return head + s.to
		}
	}
	return name
}

// Tensors lists the weights that the graph of a configuration reads. plain means one
// weight for the position convolution, instead of a norm and a direction.
func Tensors(c Config, plain bool) []checkpoint.Spec {
	var list []checkpoint.Spec
	add := func(name string, shape ...int) { list = append(list, checkpoint.Spec{Name: name, Shape: shape}) }
	norm := func(name string, width int) { add(name+".weight", width); add(name+".bias", width) }
	linear := func(name string, in, out int) { add(name+".weight", out, in); add(name+".bias", out) }
	in := 1
	for i, out := range c.ConvDim {
		p := fmt.Sprintf("feature_extractor.conv_layers.%d.", i)
		add(p+"conv.weight", out, in, c.ConvKernel[i])
		if c.ConvBias {
			add(p+"conv.bias", out)
		}
		if c.FeatExtractNorm == "layer" || i == 0 {
			norm(p+"layer_norm", out)
		}
		in = out
	}
	if c.FeatProjLayerNorm {
		norm("feature_projection.layer_norm", in)
	}
	h := c.HiddenSize
	linear("feature_projection.projection", in, h)
	add(positionConv+".bias", h)
	if plain {
		add(positionConv+".weight", h, h/c.NumConvPosGroups, c.NumConvPosEmbeddings)
	} else {
		add(positionConv+".weight_g", 1, 1, c.NumConvPosEmbeddings)
		add(positionConv+".weight_v", h, h/c.NumConvPosGroups, c.NumConvPosEmbeddings)
	}
	norm("encoder.layer_norm", h)
	for l := range c.NumHiddenLayers {
		p := fmt.Sprintf("encoder.layers.%d.", l)
		for _, q := range []string{"q_proj", "k_proj", "v_proj", "out_proj"} {
			linear(p+"attention."+q, h, h)
		}
		norm(p+"layer_norm", h)
		linear(p+"feed_forward.intermediate_dense", h, c.IntermediateSize)
		linear(p+"feed_forward.output_dense", c.IntermediateSize, h)
		norm(p+"final_layer_norm", h)
	}
	return list
}

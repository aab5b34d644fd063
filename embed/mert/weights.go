package mert

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seguedb/segue/embed/checkpoint"
)

// ErrWeights is wrapped when a checkpoint does not have the tensors that its
// configuration asks for, or has others that would take part.
var ErrWeights = errors.New("checkpoint does not fit its configuration")

// FromCheckpoint gives a checkpoint's tensors by their canonical names, after holding
// them to the configuration: every tensor of the encoder there with its shape, and no
// other. Heads beside the encoder (quantisers, classifiers) are passed over. The file
// must stay open while the weights are used.
func FromCheckpoint(c Config, f *checkpoint.File) (Weights, error) {
	names := map[string]string{} // canonical to the file's own
	for _, name := range f.Names() {
		short := canonical(name)
		if other, twice := names[short]; twice {
			return nil, fmt.Errorf("%w: %q and %q are the same tensor", ErrWeights, other, name)
		}
		names[short] = name
	}
	plain := names[positionConv+".weight"] != ""
	if err := checkTensors(c, f, names, plain); err != nil {
		return nil, err
	}
	return func(name string, shape []int) ([]float32, error) {
		own, ok := names[name]
		if !ok {
			return nil, fmt.Errorf("tensor %q: %w", name, checkpoint.ErrNoTensor)
		}
		if t, _ := f.Tensor(own); !sameShape(t.Shape, shape) {
			return nil, fmt.Errorf("%w: %q has shape %v, not %v", ErrWeights, own, t.Shape, shape)
		}
		return f.Floats(own)
	}, nil
}

// checkTensors compares what is there with what belongs there.
func checkTensors(c Config, f *checkpoint.File, names map[string]string, plain bool) error {
	want := map[string]bool{}
	for _, t := range Tensors(c, plain) {
		own, ok := names[t.Name]
		if !ok {
			return fmt.Errorf("%w: %q is missing", ErrWeights, t.Name)
		}
		if got, _ := f.Tensor(own); !sameShape(got.Shape, t.Shape) {
			return fmt.Errorf("%w: %q has shape %v, not %v", ErrWeights, own, got.Shape, t.Shape)
		}
		want[t.Name] = true
	}
	for _, short := range sortedKeys(names) {
		part, _, _ := strings.Cut(short, ".")
		if slices.Contains([]string{"feature_extractor", "feature_projection", "encoder"}, part) && !want[short] {
			return fmt.Errorf("%w: it has %q, which the configuration has no place for", ErrWeights, names[short])
		}
	}
	return nil
}

func sameShape(got []int64, want []int) bool {
	return slices.EqualFunc(got, want, func(a int64, b int) bool { return a == int64(b) })
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

// Tensor is a weight's canonical name and shape.
type Tensor struct {
	Name  string
	Shape []int
}

// Tensors lists the weights that the graph of a configuration reads. plain means one
// weight for the position convolution, instead of a norm and a direction.
func Tensors(c Config, plain bool) []Tensor {
	var list []Tensor
	add := func(name string, shape ...int) { list = append(list, Tensor{name, shape}) }
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

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

package mert

import (
	"errors"
	"fmt"
	"slices"

	"github.com/seguedb/segue/embed/onnx/build"
)

// convNormEps is PyTorch's default for GroupNorm and LayerNorm, which the
// convolutions use whatever the configuration's layer_norm_eps says.
const convNormEps = 1e-5

// processorEps is Wav2Vec2FeatureExtractor's, under the root.
const processorEps = 1e-7

// Options say which part of a model is wanted.
type Options struct {
	// Layers are the hidden states whose means come out, in that order: 0 is the
	// transformer's input, i the output of its layer i. The graph ends with the highest.
	// None means all.
	Layers []int
	// Precision is of the large products; "" is FP32.
	Precision Precision
	// Trace asks for intermediate results as outputs beside the means.
	Trace bool
}

// Precision is how the weights of the large products are kept and multiplied.
type Precision string

const (
	// FP32 is float32 throughout.
	FP32 Precision = "fp32"
	// Int8 multiplies unsigned 8-bit activations, scaled anew for every product, by
	// signed 8-bit weights, scaled by output channel. Sums are exact; norms, attention and
	// the first convolution stay FP32.
	Int8 Precision = "int8"
)

// Names of the traced outputs; conv0 … conv6 are numbered.
const (
	HiddenOutput   = "hidden"   // [layers+1, T, hidden]
	ProjOutput     = "proj"     // [T, hidden]
	PositionOutput = "position" // [T, hidden], after GELU, before the addition
)

// ConvOutput names the traced output of convolution i, [1, C, T] after GELU.
func ConvOutput(i int) string { return fmt.Sprintf("conv%d", i) }

// Build writes the generated MERT-v1-95M: 378 MB in FP32 with all layers.
func Build(o Options) ([]byte, error) {
	c := Base95M()
	g, err := Graph(c, Generated(c), o)
	if err != nil {
		return nil, err
	}
	return g.Encode()
}

// Graph makes the model's graph; Encode on it asks for the weights.
func Graph(c Config, w Weights, o Options) (*build.Graph, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	layers, err := o.layers(c)
	if err != nil {
		return nil, err
	}
	b := &builder{Config: c, Graph: build.NewGraph(Name), weights: w, int8: o.Precision == Int8, traced: o.Trace}
	b.Metadata["segue.model"] = fmt.Sprintf("%s/%d", Name, Version)
	x := b.Input(InputName, build.Float32, build.Dim{Size: 1}, build.Dim{Name: "samples"})
	if c.RawInput {
		x = b.Unsqueeze("processor.channel", x, 1)
	} else {
		x = b.normalise(x)
	}
	h := b.project(b.convolutions(x))
	hidden := b.transformer(h, slices.Max(layers))
	b.means(hidden, layers)
	if o.Trace {
		b.trace(hidden)
	}
	return b.Graph, nil
}

// layers checks what is asked for.
func (o Options) layers(c Config) ([]int, error) {
	if o.Trace && o.Precision == Int8 {
		return nil, errors.New("mert: a trace is of fp32 alone")
	}
	if o.Precision != "" && o.Precision != FP32 && o.Precision != Int8 {
		return nil, fmt.Errorf("mert: precision %q is neither fp32 nor int8", o.Precision)
	}
	if len(o.Layers) == 0 {
		all := make([]int, c.NumHiddenLayers+1)
		for i := range all {
			all[i] = i
		}
		return all, nil
	}
	for _, l := range o.Layers {
		if l < 0 || l > c.NumHiddenLayers {
			return nil, fmt.Errorf("mert: there is no layer %d: the model has 0 to %d", l, c.NumHiddenLayers)
		}
	}
	return o.Layers, nil
}

// builder adds the model's parts to a graph.
type builder struct {
	Config
	*build.Graph
	weights Weights
	int8    bool
	traced  bool // the intermediate results are outputs
	// quantised are the values that products share in 8 bits, by name.
	quantised map[string]build.Quantized
}

// weight adds a tensor under its canonical name.
func (b *builder) weight(name string, shape ...int) string {
	return b.Weights(name, shape, func() ([]float32, error) { return b.weights(name, shape) })
}

// norm is a LayerNorm over width features.
func (b *builder) norm(name, x string, width int) string {
	return b.LayerNorm(name, x, b.weight(name+".weight", width), b.weight(name+".bias", width), float32(b.LayerNormEps))
}

// gelu applies an activation that Check has accepted.
func (b *builder) gelu(name, x, act string) string {
	approximate, _ := approximation(act)
	return b.Gelu(name, x, approximate)
}

// normalise is the processor: (x-mean)/sqrt(var+1e-7) over the window, in float64
// because a quiet window on a large offset loses its variance in float32.
func (b *builder) normalise(x string) string {
	x = b.Cast("processor.double", x, build.Float64)
	centred := b.Binary("processor.centred", "Sub", x, b.Reduce("processor.mean", "ReduceMean", x, 1))
	variance := b.Reduce("processor.var", "ReduceMean", b.Binary("processor.square", "Mul", centred, centred), 1)
	std := b.Unary("processor.std", "Sqrt", b.Binary("processor.var_eps", "Add", variance, b.Double("processor.eps", processorEps)))
	y := b.Cast("processor.out", b.Binary("processor.scaled", "Div", centred, std), build.Float32)
	return b.Unsqueeze("processor.channel", y, 1)
}

// means is the pooled output, [layers, H].
func (b *builder) means(hidden []string, layers []int) {
	pooled := make([]string, len(layers))
	for i, l := range layers {
		pooled[i] = b.Reduce(fmt.Sprintf("mean.%d.%d", i, l), "ReduceMean", hidden[l], 0)
	}
	b.Concat(OutputName, 0, pooled...)
	b.Output(OutputName, build.Float32, build.Dim{Size: int64(len(layers))}, build.Dim{Size: int64(b.HiddenSize)})
}

// trace declares the intermediate results as outputs.
func (b *builder) trace(hidden []string) {
	frames, width := build.Dim{Name: "frames"}, build.Dim{Size: int64(b.HiddenSize)}
	layers := make([]string, len(hidden))
	for i, h := range hidden {
		layers[i] = b.Unsqueeze(fmt.Sprintf("layer.%d", i), h, 0)
	}
	b.Concat(HiddenOutput, 0, layers...)
	b.Output(HiddenOutput, build.Float32, build.Dim{Size: int64(len(hidden))}, frames, width)
	b.Unary(ProjOutput, "Identity", "feature_projection.projection")
	b.Output(ProjOutput, build.Float32, frames, width)
	b.Output(PositionOutput, build.Float32, frames, width)
	for i, c := range b.ConvDim {
		b.Output(ConvOutput(i), build.Float32, build.Dim{Size: 1}, build.Dim{Size: int64(c)},
			build.Dim{Name: fmt.Sprintf("frames%d", i)})
	}
}

package mert

import (
	"fmt"
	"math"

	"github.com/seguedb/segue/embed/onnx/build"
)

// convNormEps is PyTorch's default for GroupNorm and LayerNorm, which the
// convolutions use whatever the configuration's layer_norm_eps says.
const convNormEps = 1e-5

// processorEps is Wav2Vec2FeatureExtractor's, under the root.
const processorEps = 1e-7

// Trace asks for intermediate results as outputs beside the means.
type Trace bool

// Names of the traced outputs; conv0 … conv6 are numbered.
const (
	HiddenOutput   = "hidden"   // [layers+1, T, hidden]
	ProjOutput     = "proj"     // [T, hidden]
	PositionOutput = "position" // [T, hidden], after GELU, before the addition
)

// ConvOutput names the traced output of convolution i, [1, C, T] after GELU.
func ConvOutput(i int) string { return fmt.Sprintf("conv%d", i) }

// Build writes the generated MERT-v1-95M: 378 MB.
func Build() ([]byte, error) {
	c := Base95M()
	g, err := Graph(c, Generated(c), false)
	if err != nil {
		return nil, err
	}
	return g.Encode()
}

// Graph makes the model's graph; Encode on it asks for the weights. With trace it
// has the outputs named above as well.
func Graph(c Config, w Weights, trace Trace) (*build.Graph, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	b := &builder{Config: c, Graph: build.NewGraph(Name), weights: w}
	b.Metadata["segue.model"] = fmt.Sprintf("%s/%d", Name, Version)
	x := b.Input(InputName, build.Float32, build.Dim{Size: 1}, build.Dim{Name: "samples"})
	h := b.convolutions(b.normalise(x))
	h = b.project(h)
	hidden := b.transformer(h)
	b.means(hidden)
	if trace {
		b.trace(hidden)
	}
	return b.Graph, nil
}

// builder adds the model's parts to a graph.
type builder struct {
	Config
	*build.Graph
	weights Weights
}

// weight adds a tensor under its canonical name.
func (b *builder) weight(name string, shape ...int) string {
	return b.Weights(name, shape, func() ([]float32, error) { return b.weights(name, shape) })
}

// linear is x·Wᵀ + bias of the layer called name.
func (b *builder) linear(name, x string, in, out int) string {
	return b.Gemm(name, x, b.weight(name+".weight", out, in), b.weight(name+".bias", out))
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

// convolutions turn [1,1,N] into [1,C,T].
func (b *builder) convolutions(x string) string {
	in := 1
	for i, out := range b.ConvDim {
		p := fmt.Sprintf("feature_extractor.conv_layers.%d.", i)
		bias := ""
		if b.ConvBias {
			bias = b.weight(p+"conv.bias", out)
		}
		w := b.weight(p+"conv.weight", out, in, b.ConvKernel[i])
		x = b.Conv(p+"conv", x, w, bias, build.ConvShape{Kernel: b.ConvKernel[i], Stride: b.ConvStride[i]})
		x = b.convNorm(p+"layer_norm", i, x, out)
		x = b.gelu(ConvOutput(i), x, b.FeatExtractActivation)
		in = out
	}
	return x
}

// convNorm is what follows convolution i: over time for the first one
// ("group", one channel a group), over channels for every one ("layer").
func (b *builder) convNorm(name string, i int, x string, width int) string {
	if b.FeatExtractNorm == "group" {
		if i > 0 {
			return x
		}
		return b.InstanceNorm(name, x, b.weight(name+".weight", width), b.weight(name+".bias", width), convNormEps)
	}
	x = b.Transpose(name+".in", x, 0, 2, 1)
	x = b.LayerNorm(name, x, b.weight(name+".weight", width), b.weight(name+".bias", width), convNormEps)
	return b.Transpose(name+".out", x, 0, 2, 1)
}

// project turns [1,C,T] into [T,H].
func (b *builder) project(x string) string {
	width := b.ConvDim[len(b.ConvDim)-1]
	x = b.Transpose("frames", b.Squeeze("features", x, 0), 1, 0)
	if b.FeatProjLayerNorm {
		x = b.norm("feature_projection.layer_norm", x, width)
	}
	return b.linear("feature_projection.projection", x, width, b.HiddenSize)
}

// position is the convolutional position embedding, [T,H] to [T,H]. An even
// kernel padded by half on both sides gives one frame too many, which the model
// cuts off at the end: one less of right padding.
func (b *builder) position(x string) string {
	const p = "encoder.pos_conv_embed.conv"
	k, groups := b.NumConvPosEmbeddings, b.NumConvPosGroups
	shape := []int{b.HiddenSize, b.HiddenSize / groups, k}
	w := b.Weights(p+".weight", shape, func() ([]float32, error) { return foldWeightNorm(b.weights, p, shape) })
	x = b.Unsqueeze(p+".batch", b.Transpose(p+".channels", x, 1, 0), 0)
	x = b.Conv(p, x, w, b.weight(p+".bias", b.HiddenSize), build.ConvShape{
		Kernel: k, Groups: groups, PadLeft: k / 2, PadRight: k/2 - (k+1)%2,
	})
	x = b.Transpose(p+".frames", b.Squeeze(p+".out", x, 0), 1, 0)
	return b.gelu(PositionOutput, x, b.FeatExtractActivation)
}

// foldWeightNorm is weight_norm(dim=2): every tap's slice v[:,:,k] scaled to norm
// g[k], in float64.
func foldWeightNorm(weights Weights, name string, shape []int) ([]float32, error) {
	k := shape[2]
	v, err := weights(name+".weight_v", shape)
	if err != nil {
		return nil, err
	}
	g, err := weights(name+".weight_g", []int{1, 1, k})
	if err != nil {
		return nil, err
	}
	if len(g) != k || len(v)%k != 0 {
		return nil, fmt.Errorf("weight norm of %s: %d norms and %d values for %d taps", name, len(g), len(v), k)
	}
	scale := make([]float64, k)
	for i, x := range v {
		scale[i%k] += float64(x) * float64(x)
	}
	for i := range scale {
		scale[i] = float64(g[i]) / math.Sqrt(scale[i])
	}
	w := make([]float32, len(v))
	for i, x := range v {
		w[i] = float32(float64(x) * scale[i%k])
	}
	return w, nil
}

// means is the pooled output, [layers+1, H].
func (b *builder) means(hidden []string) {
	pooled := make([]string, len(hidden))
	for i, h := range hidden {
		pooled[i] = b.Reduce(fmt.Sprintf("mean.%d", i), "ReduceMean", h, 0)
	}
	b.Concat(OutputName, 0, pooled...)
	b.Output(OutputName, build.Float32, build.Dim{Size: int64(len(hidden))}, build.Dim{Size: int64(b.HiddenSize)})
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

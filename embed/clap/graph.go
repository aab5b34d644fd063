package clap

import (
	"fmt"

	"github.com/seguedb/segue/embed/onnx/build"
)

// Names of the graphs' tensors.
const (
	AudioInput = "waveform"  // float32 [1,N] at the model's rate
	TextInput  = "tokens"    // float32 [1,T], with the first and the last token
	Output     = "embedding" // [1,ProjectionDim] of either tower, not yet of unit length
)

// Names of the outputs that a trace has beside it; those of stages are numbered.
const (
	MelOutput    = "mel"    // [T,mel] in decibels
	PooledOutput = "pooled" // [1,C], before the projection
	HiddenOutput = "hidden" // [T,hidden] of the last text layer
)

// StageOutput names what comes out of stage i with its merging, [patches,C]; 0 is what
// goes into the first one.
func StageOutput(i int) string { return fmt.Sprintf("stage%d", i) }

// Weights gives a tensor by its name in the Hub's checkpoints. The result is row-major, of
// exactly the given shape, and is only read. It is called from several goroutines at once.
type Weights func(name string, shape []int) ([]float32, error)

// normEps is PyTorch's default for LayerNorm, which the norms outside of the layers have
// whatever the configuration's layer_norm_eps says.
const normEps = 1e-5

// AudioOptions say what is wanted of the tower that hears.
type AudioOptions struct {
	// Int8 multiplies the transformer's rows in 8 bits, scaled anew for every product, by
	// weights in 8 bits, scaled by output. Spectrum, patches, norms, attention and the
	// projection stay in float32.
	Int8 bool
	// Trace asks for intermediate results as outputs beside the embedding.
	Trace bool
}

// builder adds the towers' parts to a graph.
type builder struct {
	Config
	*build.Graph
	weights Weights
	int8    bool
	// quantised are the values that products share in 8 bits, by name.
	quantised map[string]build.Quantized
}

func newBuilder(name string, c Config, w Weights) (*builder, error) {
	if err := c.Check(); err != nil {
		return nil, fmt.Errorf("clap config: %w", err)
	}
	b := &builder{Config: c, Graph: build.NewGraph(name), weights: w}
	b.Metadata["segue.model"] = fmt.Sprintf("%s/%d", name, Version)
	return b, nil
}

// AudioGraph makes the tower that hears; Encode on it asks for the weights.
func AudioGraph(c Config, w Weights, o AudioOptions) (*build.Graph, error) {
	b, err := newBuilder("clap-audio", c, w)
	if err != nil {
		return nil, err
	}
	b.int8 = o.Int8
	x := b.Input(AudioInput, build.Float32, build.Dim{Size: 1}, build.Dim{Name: "samples"})
	mel := b.spectrum(b.window(x))
	h := b.stages(b.patches(b.image(mel)))
	h = b.norm(encoder+"norm", h, b.Audio.outWidth(), normEps)
	pooled := b.Reduce(PooledOutput, "ReduceMean", h, 0)
	b.project("audio_projection", pooled, b.Audio.outWidth())
	if o.Trace {
		b.traceOutput(MelOutput)
		b.traceOutput(PooledOutput)
		for i := range len(c.Audio.Depths) + 1 {
			b.traceOutput(StageOutput(i))
		}
	}
	return b.Graph, nil
}

// TextGraph makes the tower that reads, in float32 whatever the other's precision: a text
// is short. trace asks for intermediate results as outputs beside the embedding.
func TextGraph(c Config, w Weights, trace bool) (*build.Graph, error) {
	b, err := newBuilder("clap-text", c, w)
	if err != nil {
		return nil, err
	}
	x := b.Input(TextInput, build.Float32, build.Dim{Size: 1}, build.Dim{Name: "tokens"})
	h := b.layers(b.embeddings(x))
	b.project("text_projection", b.firstToken(h), b.Text.HiddenSize)
	if trace {
		b.traceOutput(HiddenOutput)
	}
	return b.Graph, nil
}

// traceOutput declares a matrix as an output.
func (b *builder) traceOutput(name string) {
	b.Output(name, build.Float32, build.Dim{Name: name + ".rows"}, build.Dim{Name: name + ".width"})
}

// project ends a tower: [1,width] into the space that both share.
func (b *builder) project(name, x string, width int) {
	x = b.Unary(name+".relu", "Relu", b.linear(name+".linear1", x, width, b.ProjectionDim, true))
	b.Unary(Output, "Identity", b.linear(name+".linear2", x, b.ProjectionDim, b.ProjectionDim, true))
	b.Output(Output, build.Float32, build.Dim{Size: 1}, build.Dim{Size: int64(b.ProjectionDim)})
}

// weight adds a tensor under its own name.
func (b *builder) weight(name string, shape ...int) string {
	return b.Weights(name, shape, func() ([]float32, error) { return b.weights(name, shape) })
}

// linear is x·Wᵀ + bias of the layer called name.
func (b *builder) linear(name, x string, in, out int, bias bool) string {
	add := ""
	if bias {
		add = b.weight(name+".bias", out)
	}
	return b.Gemm(name, x, b.weight(name+".weight", out, in), add)
}

// dense is linear where there are many rows: in 8 bits when that is asked for.
func (b *builder) dense(name, x string, in, out int, bias bool) string {
	if !b.int8 {
		return b.linear(name, x, in, out, bias)
	}
	q, ok := b.quantised[x]
	if !ok {
		q = b.Quantize(x+".u8", x)
		if b.quantised == nil {
			b.quantised = map[string]build.Quantized{}
		}
		b.quantised[x] = q
	}
	add := ""
	if bias {
		add = b.weight(name+".bias", out)
	}
	return b.Int8Product(name, q, add, in, out, func() ([]float32, error) { return b.weights(name+".weight", []int{out, in}) })
}

// norm is a LayerNorm over width features.
func (b *builder) norm(name, x string, width int, eps float64) string {
	return b.LayerNorm(name, x, b.weight(name+".weight", width), b.weight(name+".bias", width), float32(eps))
}

// mlp is two products with a GELU between them, that of erf.
func (b *builder) mlp(p, x string, width, hidden int) string {
	x = b.dense(p+"intermediate.dense", x, width, hidden, true)
	return b.dense(p+"output.dense", b.Gelu(p+"gelu", x, "none"), hidden, width, true)
}

package main

import (
	"fmt"
	"math"

	"github.com/seguedb/segue/embed/mert"
	"github.com/seguedb/segue/embed/onnx/build"
)

// plainGraph is MERT-v1-95M as torch.onnx exports transformers' HubertModel: one node an operation of PyTorch, batch
// first, every hidden state computed. What ONNX Runtime can fuse by itself it still fuses. It is written apart from
// embed/mert, and its means are compared with ours.
func plainGraph(c mert.Config, w mert.Weights) *build.Graph {
	p := &plain{Graph: build.NewGraph("plain"), Config: c, weights: w}
	x := p.Input(mert.InputName, build.Float32, build.Dim{Size: 1}, build.Dim{Name: "samples"})
	h := p.features(p.normalise(x))
	hidden := p.encoder(h)
	means := make([]string, len(hidden))
	for i, h := range hidden {
		means[i] = p.Squeeze(fmt.Sprintf("mean.%d.row", i), p.Reduce(fmt.Sprintf("mean.%d", i), "ReduceMean", h, 1), 1)
	}
	p.Concat(mert.OutputName, 0, means...)
	p.Output(mert.OutputName, build.Float32, build.Dim{Size: int64(len(means))}, build.Dim{Size: int64(c.HiddenSize)})
	return p.Graph
}

type plain struct {
	*build.Graph
	mert.Config
	weights mert.Weights
}

func (p *plain) weight(name string, shape ...int) string {
	return p.Weights(name, shape, func() ([]float32, error) { return p.weights(name, shape) })
}

// normalise is the feature extractor's.
func (p *plain) normalise(x string) string {
	centred := p.Binary("wave.centred", "Sub", x, p.Reduce("wave.mean", "ReduceMean", x, 1))
	variance := p.Reduce("wave.var", "ReduceMean", p.Binary("wave.square", "Mul", centred, centred), 1)
	std := p.Unary("wave.std", "Sqrt", p.Binary("wave.eps_added", "Add", variance, p.Float("wave.eps", 1e-7)))
	return p.Unsqueeze("wave.channel", p.Binary("wave.scaled", "Div", centred, std), 1)
}

// gelu is x/2 · (1 + erf(x/√2)), an operation a node.
func (p *plain) gelu(name, x string) string {
	erf := p.Unary(name+".erf", "Erf", p.Binary(name+".div", "Div", x, p.Float(name+".sqrt2", math.Sqrt2)))
	y := p.Binary(name+".mul", "Mul", x, p.Binary(name+".add", "Add", erf, p.Float(name+".one", 1)))
	return p.Binary(name+".half", "Mul", y, p.Float(name+".0.5", 0.5))
}

func (p *plain) norm(name, x string, width int) string {
	return p.LayerNorm(name, x, p.weight(name+".weight", width), p.weight(name+".bias", width), float32(p.LayerNormEps))
}

// linear is MatMul and Add: the exporter turns the weight over.
func (p *plain) linear(name, x string, in, out int) string {
	w := p.Weights(name+".weight", []int{in, out}, func() ([]float32, error) {
		w, err := p.weights(name+".weight", []int{out, in})
		if err != nil {
			return nil, err
		}
		t := make([]float32, len(w))
		for o := range out {
			for i := range in {
				t[i*out+o] = w[o*in+i]
			}
		}
		return t, nil
	})
	return p.Binary(name, "Add", p.MatMul(name+".product", x, w), p.weight(name+".bias", out))
}

// features turns [1,1,N] into [1,T,H].
func (p *plain) features(x string) string {
	in := 1
	for i, out := range p.ConvDim {
		n := fmt.Sprintf("feature_extractor.conv_layers.%d.", i)
		shape := build.ConvShape{Kernel: p.ConvKernel[i], Stride: p.ConvStride[i]}
		x = p.Conv(n+"conv", x, p.weight(n+"conv.weight", out, in, p.ConvKernel[i]), "", shape)
		if i == 0 {
			x = p.InstanceNorm(n+"layer_norm", x, p.weight(n+"layer_norm.weight", out), p.weight(n+"layer_norm.bias", out), 1e-5)
		}
		x = p.gelu(n+"gelu", x)
		in = out
	}
	x = p.norm("feature_projection.layer_norm", p.Transpose("features.frames", x, 0, 2, 1), in)
	return p.linear("feature_projection.projection", x, in, p.HiddenSize)
}

// position is the convolutional position embedding; the frame too many of an even kernel is cut off.
func (p *plain) position(x string) string {
	const n = "encoder.pos_conv_embed.conv"
	k, width := p.NumConvPosEmbeddings, p.HiddenSize
	y := p.Conv(n, p.Transpose(n+".channels", x, 0, 2, 1), p.weight(n+".weight", width, width/p.NumConvPosGroups, k),
		p.weight(n+".bias", width), build.ConvShape{Kernel: k, Groups: p.NumConvPosGroups, PadLeft: k / 2, PadRight: k / 2})
	if k%2 == 0 {
		y = p.Slice(n+".cut", y, 2, 0, -1, 1)
	}
	return p.Transpose(n+".frames", p.gelu(n+".gelu", y), 0, 2, 1)
}

// encoder gives all hidden states, [1,T,H].
func (p *plain) encoder(x string) []string {
	width := p.HiddenSize
	h := p.norm("encoder.layer_norm", p.Binary("encoder.add", "Add", x, p.position(x)), width)
	hidden := []string{h}
	for i := range p.NumHiddenLayers {
		n := fmt.Sprintf("encoder.layers.%d.", i)
		h = p.norm(n+"layer_norm", p.Binary(n+"add", "Add", h, p.attention(n+"attention.", h)), width)
		y := p.gelu(n+"gelu", p.linear(n+"feed_forward.intermediate_dense", h, width, p.IntermediateSize))
		y = p.linear(n+"feed_forward.output_dense", y, p.IntermediateSize, width)
		h = p.norm(n+"final_layer_norm", p.Binary(n+"final_add", "Add", h, y), width)
		hidden = append(hidden, h)
	}
	return hidden
}

func (p *plain) attention(n, h string) string {
	width, heads := p.HiddenSize, p.NumAttentionHeads
	split := func(name, x string, perm ...int64) string {
		return p.Transpose(n+name+".heads", p.Reshape(n+name+".split", x, 0, 0, int64(heads), int64(width/heads)), perm...)
	}
	q := p.Binary(n+"scaled", "Mul", p.linear(n+"q_proj", h, width, width), p.Float(n+"scale", float32(1/math.Sqrt(float64(width/heads)))))
	q = split("q", q, 0, 2, 1, 3)
	k := split("k", p.linear(n+"k_proj", h, width, width), 0, 2, 3, 1)
	v := split("v", p.linear(n+"v_proj", h, width, width), 0, 2, 1, 3)
	weights := p.Node(n+"softmax", "Softmax", []string{p.MatMul(n+"scores", q, k)}, map[string]any{"axis": int64(-1)})
	y := p.Transpose(n+"joined", p.MatMul(n+"weighted", weights, v), 0, 2, 1, 3)
	return p.linear(n+"out_proj", p.Reshape(n+"frames", y, 0, 0, int64(width)), width, width)
}

package mert

import (
	"fmt"
	"math"
)

// transformer returns the names of the hidden states up to the last that is wanted,
// [T,H] each: the input of the first layer, then every layer's output.
//
// Two arrangements exist. Post-norm (MERT-v1-95M) normalises after each addition;
// "stable" (MERT-v1-330M) normalises what goes into attention and MLP, and once
// more, at the very end, the last hidden state alone.
func (b *builder) transformer(x string, last int) []string {
	const final = "encoder.layer_norm"
	h := b.Binary("encoder.in", "Add", x, b.position(x))
	if !b.DoStableLayerNorm {
		h = b.norm(final, h, b.HiddenSize)
	}
	hidden := []string{h}
	for i := range last {
		p := fmt.Sprintf("encoder.layers.%d.", i)
		if b.DoStableLayerNorm {
			h = b.stableLayer(p, h)
		} else {
			h = b.postNormLayer(p, h)
		}
		hidden = append(hidden, h)
	}
	if b.DoStableLayerNorm && last == b.NumHiddenLayers {
		hidden[last] = b.norm(final, h, b.HiddenSize)
	}
	return hidden
}

func (b *builder) postNormLayer(p, h string) string {
	h = b.addNorm(p+"layer_norm", h, b.attention(p+"attention.", h))
	return b.addNorm(p+"final_layer_norm", h, b.mlp(p+"feed_forward.", h))
}

func (b *builder) stableLayer(p, h string) string {
	width := b.HiddenSize
	h = b.Binary(p+"add", "Add", h, b.attention(p+"attention.", b.norm(p+"layer_norm", h, width)))
	return b.Binary(p+"final_add", "Add", h, b.mlp(p+"feed_forward.", b.norm(p+"final_layer_norm", h, width)))
}

// addNorm is LayerNorm(h + branch) in one operator.
func (b *builder) addNorm(name, h, branch string) string {
	width := b.HiddenSize
	return b.AddLayerNorm(name, h, branch, b.weight(name+".weight", width), b.weight(name+".bias", width), float32(b.LayerNormEps))
}

// attention is self-attention without a mask: a window has no padding.
func (b *builder) attention(p, h string) string {
	width := b.HiddenSize
	in := func(name string) string {
		return b.Unsqueeze(p+name+".batch", b.linear(p+name, h, width, width), 0)
	}
	scale := 1 / math.Sqrt(float64(width/b.NumAttentionHeads))
	y := b.Attention(p+"heads", in("q_proj"), in("k_proj"), in("v_proj"), b.NumAttentionHeads, float32(scale))
	return b.linear(p+"out_proj", b.Squeeze(p+"frames", y, 0), width, width)
}

func (b *builder) mlp(p, h string) string {
	h = b.linear(p+"intermediate_dense", h, b.HiddenSize, b.IntermediateSize)
	h = b.gelu(p+"gelu", h, b.HiddenAct)
	return b.linear(p+"output_dense", h, b.IntermediateSize, b.HiddenSize)
}

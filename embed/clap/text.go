package clap

import (
	"fmt"
	"math"

	"github.com/seguedb/segue/embed/onnx/build"
)

// textModel begins the names of the text tower's tensors.
const textModel = "text_model."

// embeddings turns tokens [1,T] into [T,H]: of each the word's vector, that of its place
// and that of the first type.
func (b *builder) embeddings(x string) string {
	const p = textModel + "embeddings."
	t := b.Text
	ids := b.Cast(p+"ids", b.Squeeze(p+"row", x, 0), build.Int64)
	words := b.Node(p+"words", "Gather",
		[]string{b.weight(p+"word_embeddings.weight", t.VocabSize, t.HiddenSize), ids}, map[string]any{"axis": int64(0)})
	count := b.Node(p+"count", "Shape", []string{ids}, nil)
	places := b.Node(p+"places", "Slice", []string{b.places(), b.Ints(p+"zero", 0), count, b.Ints(p+"axis", 0)}, nil)
	h := b.Binary(p+"sum", "Add", words, places)
	return b.norm(p+"LayerNorm", h, t.HiddenSize, t.LayerNormEps)
}

// places is the table of places [MaxTokens,H], the first type's vector already added. Their
// numbers begin after the padding's.
func (b *builder) places() string {
	const p = textModel + "embeddings."
	t := b.Text
	return b.Weights(p+"places_and_type", []int{t.MaxTokens(), t.HiddenSize}, func() ([]float32, error) {
		table, err := b.weights(p+"position_embeddings.weight", []int{t.MaxPositions, t.HiddenSize})
		if err != nil {
			return nil, err
		}
		types, err := b.weights(p+"token_type_embeddings.weight", []int{t.TypeVocabSize, t.HiddenSize})
		if err != nil {
			return nil, err
		}
		from := (t.PadToken + 1) * t.HiddenSize
		out := make([]float32, len(table)-from)
		for i := range out {
			out[i] = table[from+i] + types[i%t.HiddenSize]
		}
		return out, nil
	})
}

// layers are RoBERTa's: attention and an MLP, each added to what went in and normalised.
func (b *builder) layers(h string) string {
	t := b.Text
	addNorm := func(name, h, branch string) string {
		return b.AddLayerNorm(name, h, branch, b.weight(name+".weight", t.HiddenSize), b.weight(name+".bias", t.HiddenSize),
			float32(t.LayerNormEps))
	}
	for i := range t.Layers {
		p := fmt.Sprintf("%sencoder.layer.%d.", textModel, i)
		h = addNorm(p+"attention.output.LayerNorm", h, b.textAttention(p+"attention.", h))
		h = addNorm(p+"output.LayerNorm", h, b.mlp(p, h, t.HiddenSize, t.IntermediateSize))
	}
	return b.Unary(HiddenOutput, "Identity", h)
}

// textAttention is self-attention without a mask: one text is never padded.
func (b *builder) textAttention(p, h string) string {
	width, heads := b.Text.HiddenSize, b.Text.AttentionHeads
	in := func(name string) string {
		return b.Unsqueeze(p+"self."+name+".batch", b.linear(p+"self."+name, h, width, width, true), 0)
	}
	y := b.Attention(p+"heads", in("query"), in("key"), in("value"), heads, float32(1/math.Sqrt(float64(width/heads))))
	return b.linear(p+"output.dense", b.Squeeze(p+"rows", y, 0), width, width, true)
}

// firstToken is RoBERTa's pooler, [1,H].
func (b *builder) firstToken(h string) string {
	const p = textModel + "pooler."
	x := b.Slice(p+"first", h, 0, 0, 1, 1)
	return b.Unary(p+"tanh", "Tanh", b.linear(p+"dense", x, b.Text.HiddenSize, b.Text.HiddenSize, true))
}

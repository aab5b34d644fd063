package clap

import (
	"fmt"
	"io"
	"strings"

	"github.com/seguedb/segue/embed/checkpoint"
)

// FromCheckpoint gives a checkpoint's tensors by their names, after holding them to the
// configuration: every tensor of both towers there with its shape, and no other
// ([checkpoint.ErrLayout]). Tables of indexes and the scales of the training's loss are
// passed over. The file must stay open while the weights are used.
func FromCheckpoint(c Config, f *checkpoint.File) (Weights, error) {
	named, err := checkpoint.Canonical(f, func(name string) string {
		return strings.TrimPrefix(strings.TrimPrefix(name, "module."), "clap.")
	})
	if err != nil {
		return nil, err
	}
	if err := named.Check(Tensors(c), ofTower); err != nil {
		return nil, err
	}
	return named.Floats, nil
}

// indexes end the names of tensors that follow from the configuration.
var indexes = []string{".relative_position_index", ".num_batches_tracked", ".position_ids", ".token_type_ids"}

func ofTower(name string) bool {
	for _, s := range indexes {
		if strings.HasSuffix(name, s) {
			return false
		}
	}
	part, _, _ := strings.Cut(name, ".")
	return part == "audio_model" || part == "audio_projection" || part == "text_model" || part == "text_projection"
}

// WriteWeights writes the weights of a configuration as safetensors: however a checkpoint
// spelled the same weights, the bytes are the same. [FromCheckpoint] reads them.
func WriteWeights(out io.Writer, c Config, w Weights) error {
	return checkpoint.WriteSafetensors(out, Tensors(c), func(s checkpoint.Spec) ([]float32, error) {
		return w(s.Name, s.Shape)
	})
}

// specs collects tensors.
type specs []checkpoint.Spec

func (s *specs) add(name string, shape ...int) {
	*s = append(*s, checkpoint.Spec{Name: name, Shape: shape})
}

func (s *specs) norm(name string, width int) {
	s.add(name+".weight", width)
	s.add(name+".bias", width)
}

func (s *specs) linear(name string, in, out int, bias bool) {
	s.add(name+".weight", out, in)
	if bias {
		s.add(name+".bias", out)
	}
}

// Tensors lists the weights that the graphs of a configuration read.
func Tensors(c Config) []checkpoint.Spec {
	var s specs
	s.audio(c.Audio)
	s.text(c.Text)
	for name, in := range map[string]int{"audio_projection": c.Audio.outWidth(), "text_projection": c.Text.HiddenSize} {
		s.linear(name+".linear1", in, c.ProjectionDim, true)
		s.linear(name+".linear2", c.ProjectionDim, c.ProjectionDim, true)
	}
	return s
}

func (s *specs) audio(a Audio) {
	for _, p := range []string{"weight", "bias", "running_mean", "running_var"} {
		s.add(encoder+"batch_norm."+p, a.MelBins)
	}
	s.add(encoder+"patch_embed.proj.weight", a.EmbedDim, 1, a.PatchSize[0], a.PatchSize[1])
	s.add(encoder+"patch_embed.proj.bias", a.EmbedDim)
	if a.PatchNorm {
		s.norm(encoder+"patch_embed.norm", a.EmbedDim)
	}
	for i, depth := range a.Depths {
		width := a.width(i)
		for j := range depth {
			p := fmt.Sprintf("%slayers.%d.blocks.%d.", encoder, i, j)
			s.norm(p+"layernorm_before", width)
			s.norm(p+"layernorm_after", width)
			s.add(p+"attention.self.relative_position_bias_table", (2*a.WindowSize-1)*(2*a.WindowSize-1), a.AttentionHeads[i])
			for _, q := range []string{"query", "key", "value"} {
				s.linear(p+"attention.self."+q, width, width, a.QKVBias)
			}
			s.linear(p+"attention.output.dense", width, width, true)
			s.linear(p+"intermediate.dense", width, a.hidden(i), true)
			s.linear(p+"output.dense", a.hidden(i), width, true)
		}
		if i < len(a.Depths)-1 {
			p := fmt.Sprintf("%slayers.%d.downsample.", encoder, i)
			s.norm(p+"norm", 4*width)
			s.linear(p+"reduction", 4*width, 2*width, false)
		}
	}
	s.norm(encoder+"norm", a.outWidth())
}

func (s *specs) text(t Text) {
	const p = textModel + "embeddings."
	width := t.HiddenSize
	s.add(p+"word_embeddings.weight", t.VocabSize, width)
	s.add(p+"position_embeddings.weight", t.MaxPositions, width)
	s.add(p+"token_type_embeddings.weight", t.TypeVocabSize, width)
	s.norm(p+"LayerNorm", width)
	for i := range t.Layers {
		p := fmt.Sprintf("%sencoder.layer.%d.", textModel, i)
		for _, q := range []string{"self.query", "self.key", "self.value", "output.dense"} {
			s.linear(p+"attention."+q, width, width, true)
		}
		s.norm(p+"attention.output.LayerNorm", width)
		s.linear(p+"intermediate.dense", width, t.IntermediateSize, true)
		s.linear(p+"output.dense", t.IntermediateSize, width, true)
		s.norm(p+"output.LayerNorm", width)
	}
	s.linear(textModel+"pooler.dense", width, width, true)
}

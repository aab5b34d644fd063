package clap

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/seguedb/segue/embed/onnx/build"
	"github.com/seguedb/segue/embed/onnx/onnxtest"
)

// TestTextControls is TestControls of the tower that reads.
func TestTextControls(t *testing.T) {
	c := readConfig(t, "tiny")
	w := readWeights(t, c)
	want := readOutputs(t, filepath.Join(testdata, "tiny-outputs.safetensors"))
	noticed(t, c, w, func(c Config, w Weights) (*build.Graph, error) { return TextGraph(c, w, false) }, func(_ Config, g *build.Graph) float64 {
		worst := 0.0
		for i, got := range run(t, g, texts()...) {
			worst = max(worst, onnxtest.MaxAbs(unit(got[Output]), unit(want[fmt.Sprintf("text%d.projected", i)])))
		}
		return worst
	}, map[string]control{
		"places from 0": {w: func(n string, shape []int) ([]float32, error) {
			v, err := w(n, shape)
			if n == textModel+"embeddings.position_embeddings.weight" {
				v = append(v[2*c.Text.HiddenSize:], v[:2*c.Text.HiddenSize]...)
			}
			return v, err
		}},
		"tanh instead of erf":  {graph: tanh},
		"layer norm's epsilon": {change: func(c *Config) { c.Text.LayerNormEps = 1e-3 }},
		"no pooler":            {graph: func(g *build.Graph) { identity(g, textModel+"pooler.tanh", 0) }},
		"mean of the tokens":   {graph: meanOfTokens},
		"no ReLU":              {graph: func(g *build.Graph) { identity(g, "text_projection.relu", 0) }},
	})
}

// meanOfTokens gives the pooler all of the text, not its first token.
func meanOfTokens(g *build.Graph) {
	n := g.Find(textModel + "pooler.first")
	n.Op, n.Inputs = "ReduceMean", []string{n.Inputs[0], textModel + "embeddings.axis"}
	n.Attrs = map[string]any{"keepdims": int64(1)}
}

package clap

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/seguedb/segue/embed/onnx/build"
)

// TestTextControls is TestControls of the tower that reads.
func TestTextControls(t *testing.T) {
	c := readConfig(t, "tiny")
	w := readWeights(t, c)
	want := readOutputs(t, filepath.Join(testdata, "tiny-outputs.safetensors"))
	for name, control := range map[string]struct {
		change func(*Config)
		graph  func(*build.Graph)
		w      Weights
	}{
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
	} {
		t.Run(name, func(t *testing.T) {
			changed := c
			if control.change != nil {
				control.change(&changed)
			}
			if control.w == nil {
				control.w = w
			}
			g, err := TextGraph(changed, control.w, false)
			if err != nil {
				t.Fatal(err)
			}
			if control.graph != nil {
				control.graph(g)
			}
			worst := 0.0
			for i, got := range run(t, g, texts()...) {
				worst = max(worst, maxAbs(unit(got[Output]), unit(want[fmt.Sprintf("text%d.projected", i)])))
			}
			t.Logf("the embedding is off by %.1e", worst)
			if worst <= tinyTolerance {
				t.Errorf("not noticed: the embedding is off by %g", worst)
			}
		})
	}
}

// meanOfTokens gives the pooler all of the text, not its first token.
func meanOfTokens(g *build.Graph) {
	n := g.Find(textModel + "pooler.first")
	n.Op, n.Inputs = "ReduceMean", []string{n.Inputs[0], textModel + "embeddings.axis"}
	n.Attrs = map[string]any{"keepdims": int64(1)}
}

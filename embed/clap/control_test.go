package clap

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/seguedb/segue/embed/onnx/build"
)

// TestControls makes mistakes that would still give vectors that look right, and wants
// each noticed: in the embedding, where PyTorch's is the judge.
func TestControls(t *testing.T) {
	c := readConfig(t, "tiny")
	w := readWeights(t, c)
	want := readOutputs(t, filepath.Join(testdata, "tiny-outputs.safetensors"))
	const p = encoder + "layers.0.blocks.1."
	replaced := func(name string, value float32) Weights {
		return func(n string, shape []int) ([]float32, error) {
			v, err := w(n, shape)
			if n == name {
				v = make([]float32, len(v))
				for i := range v {
					v[i] = value
				}
			}
			return v, err
		}
	}
	noticed(t, c, w, func(c Config, w Weights) (*build.Graph, error) { return AudioGraph(c, w, AudioOptions{Trace: true}) }, func(c Config, g *build.Graph) float64 {
		errs := audioErrors(t, c, g, want)
		return max(errs["whole.embedding"], errs["short.embedding"])
	}, map[string]control{
		"no window shift":           {graph: func(g *build.Graph) { swapRows(g, p, encoder+"layers.0.blocks.0.") }},
		"no mask of the shift":      {graph: func(g *build.Graph) { g.Find(p + "attention.heads").Inputs[5] = p + "attention.self.bias" }},
		"no relative positions":     {w: replaced(encoder+"layers.0.blocks.0.attention.self.relative_position_bias_table", 0)},
		"tanh instead of erf":       {graph: tanh},
		"scores not scaled":         {graph: func(g *build.Graph) { g.Find(p + "attention.heads").Attrs["scale"] = float32(1) }},
		"layer norm's epsilon":      {change: func(c *Config) { c.Audio.LayerNormEps = 1e-3 }},
		"mel bands from 0 Hz":       {change: func(c *Config) { c.Audio.FrequencyMin = 0 }},
		"HTK's mel scale":           {graph: htk(c.Audio)},
		"natural logarithm":         {graph: func(g *build.Graph) { identity(g, MelOutput, 0) }},
		"ends not mirrored":         {graph: func(g *build.Graph) { g.Find("frames.mirrored").Attrs["mode"] = "constant" }},
		"image not turned":          {graph: func(g *build.Graph) { identity(g, "image.upright", 0) }},
		"query and key swapped":     {graph: swapQueryAndKey},
		"zeros instead of repeated": {graph: func(g *build.Graph) { g.Find("window.repeats").Inputs[1] = "window.one" }},
		"batch norm's deviation":    {w: replaced(encoder+"batch_norm.running_var", 400)},
	})
}

// control is a mistake in the configuration, the weights or the graph.
type control struct {
	change func(*Config)
	graph  func(*build.Graph)
	w      Weights // w itself when nil
}

// noticed sees that off, which compares a graph's embeddings with PyTorch's, notices every control.
func noticed(t *testing.T, c Config, w Weights, tower func(Config, Weights) (*build.Graph, error), off func(Config, *build.Graph) float64,
	controls map[string]control) {
	for name, control := range controls {
		t.Run(name, func(t *testing.T) {
			changed := c
			if control.change != nil {
				control.change(&changed)
			}
			if control.w == nil {
				control.w = w
			}
			g, err := tower(changed, control.w)
			if err != nil {
				t.Fatal(err)
			}
			if control.graph != nil {
				control.graph(g)
			}
			e := off(changed, g)
			t.Logf("the embedding is off by %.1e", e)
			if e <= tinyTolerance {
				t.Errorf("not noticed: the embedding is off by %g", e)
			}
		})
	}
}

// tanh makes every GELU the approximation.
func tanh(g *build.Graph) {
	for _, n := range g.Nodes {
		if n.Op == "Gelu" {
			n.Attrs["approximate"] = "tanh"
		}
	}
}

// swapRows gives one layer the windows of another.
func swapRows(g *build.Graph, to, from string) {
	for _, part := range []string{"windows", "image"} {
		g.Find(to + part).Inputs[1] = g.Find(from + part).Inputs[1]
	}
}

// identity lets an operator's input through as it is.
func identity(g *build.Graph, name string, input int) {
	n := g.Find(name)
	n.Op, n.Inputs, n.Attrs = "Identity", n.Inputs[input:input+1], nil
}

func swapQueryAndKey(g *build.Graph) {
	n := g.Find(encoder + "layers.1.blocks.0.attention.heads")
	n.Inputs[0], n.Inputs[1] = n.Inputs[1], n.Inputs[0]
}

// htk gives the spectrogram torchaudio's mel bands, which models with fusion have.
func htk(a Audio) func(*build.Graph) {
	return func(g *build.Graph) {
		filters, first := a.melFilters()
		scale := func(hz float64) float64 { return 2595 * math.Log10(1+hz/700) }
		hz := func(mel float64) float64 { return 700 * (math.Pow(10, mel/2595) - 1) }
		edge := func(i int) float64 {
			lo, hi := scale(a.FrequencyMin), scale(a.FrequencyMax)
			return hz(lo + (hi-lo)*float64(i)/float64(a.MelBins+1))
		}
		rows := make([][]float64, len(filters))
		for k := range rows {
			rows[k] = make([]float64, a.MelBins)
			at := float64(first+k) * float64(a.SampleRateHz) / float64(a.FFTSize)
			for m := range rows[k] {
				rise, fall := (at-edge(m))/(edge(m+1)-edge(m)), (edge(m+2)-at)/(edge(m+2)-edge(m+1))
				rows[k][m] = max(0, min(rise, fall)) * 2 / (edge(m+2) - edge(m))
			}
		}
		g.Find("mel.power").Inputs[1] = g.Doubles("mel.htk", rows)
	}
}

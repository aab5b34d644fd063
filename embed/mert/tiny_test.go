package mert

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/seguedb/segue/embed/onnx/build"
	"github.com/seguedb/segue/embed/onnx/onnxtest"
)

// tinyTolerance is the largest absolute difference allowed from PyTorch's
// float64; PyTorch's own float32 is at 4e-6.
const tinyTolerance = 2e-5

// TestTiny compares every intermediate result of the five small models, whole,
// for two windows each.
func TestTiny(t *testing.T) {
	ref := readReference(t)
	for _, name := range slices.Sorted(maps.Keys(ref.Cases)) {
		if !strings.HasPrefix(name, "tiny_") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			c := ref.Cases[name].Config
			want := readNPZ(t, name)
			m := newTraced(t, c, tracedGraph(t, c, Generated(c)))
			for w := range 2 {
				for key, e := range tinyErrors(m, want, w) {
					t.Logf("window %d %-9s %.1e", w, key, e)
					if !(e <= tinyTolerance) {
						t.Errorf("window %d: %s is off by %g", w, key, e)
					}
				}
			}
		})
	}
}

// TestTinyProduct runs the small models as the product does, their convolutions in pieces, and compares the means.
func TestTinyProduct(t *testing.T) {
	for name, r := range readReference(t).Cases {
		if !strings.HasPrefix(name, "tiny_") {
			continue
		}
		want := readNPZ(t, name)
		g, err := Graph(r.Config, Generated(r.Config), Options{})
		if err != nil {
			t.Fatal(err)
		}
		model, err := g.Encode()
		s := product(t, model, err)
		for w := range 2 {
			out, err := s.Run(t.Context(), pcm(want["wave_i16"].at(w)))
			if err != nil {
				t.Fatal(err)
			}
			for l := range r.Config.NumHiddenLayers + 1 {
				e := onnxtest.MaxAbs(rows(out[0], l), timeMean(want["hidden"].at(l, w), r.Config.HiddenSize))
				if !(e <= tinyTolerance) {
					t.Errorf("%s: window %d: layer %d is off by %g", name, w, l, e)
				}
			}
		}
	}
}

// tinyErrors is the largest error of every output for one window.
func tinyErrors(m traced, want map[string]array, w int) map[string]float64 {
	got := m.run(pcm(want["wave_i16"].at(w)))
	errs := map[string]float64{
		ProjOutput:     onnxtest.MaxAbs(got[ProjOutput].Data, want["proj"].at(w)),
		PositionOutput: onnxtest.MaxAbs(got[PositionOutput].Data, want["posconv"].at(w)),
	}
	for i := range 7 {
		errs[ConvOutput(i)] = onnxtest.MaxAbs(got[ConvOutput(i)].Data, want[fmt.Sprintf("conv%d", i)].at(w))
	}
	hidden := got[HiddenOutput]
	frames, width := int(hidden.Shape[1]), int(hidden.Shape[2])
	for i := range want["hidden"].shape[0] {
		layer := hidden.Data[i*frames*width : (i+1)*frames*width]
		errs[fmt.Sprintf("hidden%d", i)] = onnxtest.MaxAbs(layer, want["hidden"].at(i, w))
		mean := got[OutputName].Data[i*width : (i+1)*width]
		errs[fmt.Sprintf("mean%d", i)] = onnxtest.MaxAbs(mean, timeMean(layer, width))
	}
	return errs
}

func timeMean(layer []float32, width int) []float32 {
	sum := make([]float64, width)
	for i, x := range layer {
		sum[i%width] += float64(x)
	}
	mean := make([]float32, width)
	for i, s := range sum {
		mean[i] = float32(s / float64(len(layer)/width))
	}
	return mean
}

// TestTinyNotices breaks the graph in the ways an importer gets wrong, and asks
// that the comparison above sees each.
func TestTinyNotices(t *testing.T) {
	ref := readReference(t)
	mutations := map[string]struct {
		config func(*Config)
		graph  func(*build.Graph)
	}{
		"tanh gelu in the mlp":   {config: func(c *Config) { c.HiddenAct = "gelu_new" }},
		"tanh gelu in the convs": {config: func(c *Config) { c.FeatExtractActivation = "gelu_new" }},
		"wrong epsilon":          {config: func(c *Config) { c.LayerNormEps = 1e-12 }},
		"wrong padding": {graph: func(g *build.Graph) {
			pads := g.Find("encoder.pos_conv_embed.conv").Attrs["pads"].([]int64)
			pads[0], pads[1] = pads[1], pads[0]
		}},
		"swapped q and k": {graph: func(g *build.Graph) {
			in := g.Find("encoder.layers.1.attention.heads").Inputs
			in[0], in[1] = in[1], in[0]
		}},
		"missing q scale": {graph: func(g *build.Graph) {
			g.Find("encoder.layers.0.attention.heads").Attrs["scale"] = float32(1)
		}},
		"no processor": {graph: func(g *build.Graph) {
			g.Find("processor.channel").Inputs[0] = InputName
		}},
		"group norm epsilon": {graph: func(g *build.Graph) {
			g.Find("feature_extractor.conv_layers.0.layer_norm").Attrs["epsilon"] = float32(1e-3)
		}},
	}
	want := readNPZ(t, "tiny_post")
	for name, mutate := range mutations {
		t.Run(name, func(t *testing.T) {
			c := ref.Cases["tiny_post"].Config
			if mutate.config != nil {
				mutate.config(&c)
			}
			g := tracedGraph(t, c, Generated(c))
			if mutate.graph != nil {
				mutate.graph(g)
			}
			worst, where := 0.0, ""
			for key, e := range tinyErrors(newTraced(t, c, g), want, 0) {
				if e > worst {
					worst, where = e, key
				}
			}
			t.Logf("off by %.1e at %s", worst, where)
			if worst <= tinyTolerance {
				t.Errorf("not noticed: the worst error is %g", worst)
			}
		})
	}
}

package build_test

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/seguedb/segue/embed/onnx"
	"github.com/seguedb/segue/embed/onnx/build"
	"github.com/seguedb/segue/embed/onnx/onnxtest"
)

var (
	one  = build.Dim{Size: 1}
	free = build.Dim{Name: "n"}
)

// compute runs a graph of one input "x" [1,n] and returns the output "y".
func compute(t *testing.T, make func(g *build.Graph, x string) string, input ...float32) onnx.Tensor {
	t.Helper()
	g := build.NewGraph("test")
	y := make(g, g.Input("x", build.Float32, one, free))
	g.Output(y, build.Float32)
	model, err := g.Encode()
	if err != nil {
		t.Fatal(err)
	}
	s, err := onnxtest.Runtime(t).NewSession(model, onnx.SessionOptions{Input: "x", Outputs: []string{y}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	out, err := s.Run(t.Context(), input)
	if err != nil {
		t.Fatal(err)
	}
	return out[0]
}

// TestOperators runs every helper in ONNX Runtime on values small enough to
// check by hand.
func TestOperators(t *testing.T) {
	in := []float32{1, 2, 3, 4}
	for name, c := range map[string]struct {
		graph func(g *build.Graph, x string) string
		want  []float32
	}{
		"binary":    {func(g *build.Graph, x string) string { return g.Binary("y", "Sub", x, g.Float("k", 1)) }, []float32{0, 1, 2, 3}},
		"unary":     {func(g *build.Graph, x string) string { return g.Unary("y", "Neg", x) }, []float32{-1, -2, -3, -4}},
		"clip":      {func(g *build.Graph, x string) string { return g.Clip("y", x, 2, 3) }, []float32{2, 2, 3, 3}},
		"reduce":    {func(g *build.Graph, x string) string { return g.Reduce("y", "ReduceMean", x, 1) }, []float32{2.5}},
		"transpose": {func(g *build.Graph, x string) string { return g.MatMul("y", x, g.Transpose("xt", x, 1, 0)) }, []float32{30}},
		"slice":     {func(g *build.Graph, x string) string { return g.Slice("y", x, 1, 1, -1, 1) }, []float32{2, 3}},
		"reverse":   {func(g *build.Graph, x string) string { return g.Slice("y", x, 1, -1, math.MinInt64, -1) }, []float32{4, 3, 2, 1}},
		"concat":    {func(g *build.Graph, x string) string { return g.Concat("y", 1, x, x) }, []float32{1, 2, 3, 4, 1, 2, 3, 4}},
		"reshape": {func(g *build.Graph, x string) string {
			return g.Reduce("y", "ReduceSum", g.Reshape("r", x, 2, -1), 0)
		}, []float32{4, 6}},
		"squeeze": {func(g *build.Graph, x string) string { return g.Unsqueeze("y", g.Squeeze("s", x, 0), 1) }, in},
		"double": {func(g *build.Graph, x string) string {
			d := g.Binary("d", "Mul", g.Cast("c", x, build.Float64), g.Double("k", 1e300))
			return g.Cast("y", g.Binary("e", "Mul", d, g.Double("l", 1e-300)), build.Float32)
		}, in},
		"gemm": {func(g *build.Graph, x string) string {
			w := g.Floats("w", []float32{1, 0, 0, 0, 1, 1, 1, 1}, 2, 4)
			return g.Gemm("y", x, w, g.Floats("b", []float32{10, 20}, 2))
		}, []float32{11, 30}},
		"gemm columns": {func(g *build.Graph, x string) string {
			w := g.Floats("w", []float32{1, 0, 0, 0, 1, 1, 1, 1}, 2, 4)
			return g.GemmColumns("y", g.Transpose("xt", x, 1, 0), w, g.Floats("b", []float32{10, 20}, 2))
		}, []float32{11, 30}},
		// As many rounds as x is long, each of which reads its element.
		"loop": {func(g *build.Graph, x string) string {
			return g.Loop("y", g.Length("l", x, 1), func(round string) string {
				start := g.Unsqueeze("start", round, 0)
				end := g.Binary("end", "Add", start, g.Ints("k", 1))
				return g.Binary("b", "Mul", g.SliceAt("e", x, 1, start, end), g.Float("two", 2))
			}, one, one)
		}, []float32{2, 4, 6, 8}},
		"conv": {func(g *build.Graph, x string) string {
			w := g.Floats("w", []float32{1, 10}, 1, 1, 2)
			return g.Conv("y", g.Unsqueeze("u", x, 1), w, "", build.ConvShape{Kernel: 2, Stride: 2, PadLeft: 1, PadRight: 1})
		}, []float32{10, 32, 4}},
		"layer norm": {func(g *build.Graph, x string) string {
			return g.LayerNorm("y", x, g.Floats("s", []float32{1, 1, 1, 1}, 4), g.Floats("b", []float32{0, 0, 0, 0}, 4), 0)
		}, []float32{-1.3416408, -0.4472136, 0.4472136, 1.3416408}},
		"add layer norm": {func(g *build.Graph, x string) string {
			return g.AddLayerNorm("y", x, x, g.Floats("s", []float32{1, 1, 1, 1}, 4), g.Floats("b", []float32{1, 1, 1, 1}, 4), 0)
		}, []float32{-0.3416408, 0.5527864, 1.4472136, 2.3416408}},
		"instance norm": {func(g *build.Graph, x string) string {
			return g.InstanceNorm("y", g.Unsqueeze("u", x, 1), g.Floats("s", []float32{1}, 1), g.Floats("b", []float32{0}, 1), 0)
		}, []float32{-1.3416408, -0.4472136, 0.4472136, 1.3416408}},
		"gelu":      {func(g *build.Graph, x string) string { return g.Gelu("y", x, "none") }, []float32{0.8413447, 1.9544997, 2.9959502, 3.9998734}},
		"gelu tanh": {func(g *build.Graph, x string) string { return g.Gelu("y", x, "tanh") }, []float32{0.8411920, 1.9545977, 2.9963627, 3.9999298}},
		// One head, two steps of two features: the scores are 0.5*[5 11] and
		// 0.5*[11 25], so the second step weighs 1/(1+e^-3) and 1/(1+e^-7).
		"attention": {func(g *build.Graph, x string) string {
			q := g.Reshape("q", x, 1, 2, 2)
			return g.Attention("y", q, q, q, 1, 0.5)
		}, []float32{2.9051483, 3.9051483, 2.9981779, 3.9981779}},
	} {
		t.Run(name, func(t *testing.T) {
			got := compute(t, c.graph, in...).Data
			if len(got) != len(c.want) {
				t.Fatalf("%v, want %v", got, c.want)
			}
			for i := range got {
				if math.Abs(float64(got[i]-c.want[i])) > 2e-6 {
					t.Fatalf("%v, want %v", got, c.want)
				}
			}
		})
	}
}

// sample is a graph with something of everything.
func sample(fill float32) *build.Graph {
	g := build.NewGraph("sample")
	g.Metadata["b"], g.Metadata["a"] = "2", "1"
	x := g.Input("x", build.Float32, one, free)
	w := g.Weights("w", []int{3, 3}, func() ([]float32, error) {
		return []float32{fill, 1, 2, 3, 4, 5, 6, 7, 8}, nil
	})
	g.Gemm("y", g.LayerNorm("n", x, g.Floats("s", make([]float32, 3), 3), g.Floats("t", make([]float32, 3), 3), 1e-5), w, "")
	g.Output("y", build.Float32, one, build.Dim{Size: 3})
	return g
}

func TestSameGraphSameBytes(t *testing.T) {
	first, err := sample(0).Encode()
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		again, err := sample(0).Encode()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, again) {
			t.Fatal("the same graph gave other bytes")
		}
	}
	other, err := sample(1).Encode()
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(first, other) {
		t.Error("another weight gave the same bytes")
	}
}

func TestMistakesAreReported(t *testing.T) {
	broken := errors.New("no such tensor")
	for name, c := range map[string]struct {
		graph func(g *build.Graph, x string)
		want  string
	}{
		"unknown input":  {func(g *build.Graph, x string) { g.Unary("y", "Neg", "z") }, `"z", which does not exist`},
		"twice":          {func(g *build.Graph, x string) { g.Unary("x", "Neg", x) }, `"x" is defined twice`},
		"nameless":       {func(g *build.Graph, x string) { g.Unary("", "Neg", x) }, "without a name"},
		"unknown output": {func(g *build.Graph, x string) { g.Output("z", build.Float32) }, `"z" does not exist`},
		"attribute": {func(g *build.Graph, x string) {
			g.Node("y", "Neg", []string{x}, map[string]any{"k": 1})
		}, "type int"},
		"empty":     {func(g *build.Graph, x string) {}, "no nodes"},
		"zero size": {func(g *build.Graph, x string) { g.Floats("k", nil, 0) }, "shape [0]"},
		"wrong length": {func(g *build.Graph, x string) {
			g.Unary("y", "Neg", g.Floats("k", []float32{1}, 2))
			g.Output("y", build.Float32)
		}, "1 values for shape [2]"},
		"weights": {func(g *build.Graph, x string) {
			g.Unary("y", "Neg", g.Weights("k", []int{1}, func() ([]float32, error) { return nil, broken }))
			g.Output("y", build.Float32)
		}, broken.Error()},
		"too large": {func(g *build.Graph, x string) {
			g.Unary("y", "Neg", g.Weights("k", []int{1 << 15, 1 << 15}, nil))
			g.Output("y", build.Float32)
		}, "do not fit"},
	} {
		t.Run(name, func(t *testing.T) {
			g := build.NewGraph("broken")
			c.graph(g, g.Input("x", build.Float32, one, free))
			if _, err := g.Encode(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want something with %q", err, c.want)
			}
		})
	}
}

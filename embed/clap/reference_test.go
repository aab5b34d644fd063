package clap

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seguedb/segue/embed/checkpoint"
	"github.com/seguedb/segue/embed/onnx"
	"github.com/seguedb/segue/embed/onnx/build"
	"github.com/seguedb/segue/embed/onnx/onnxtest"
)

const testdata = "../../testdata/clap"

// models are the two small ones; see testdata/clap/README.md.
var models = []string{"tiny", "odd"}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(testdata, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func readConfig(t testing.TB, model string) Config {
	t.Helper()
	c, err := ParseConfig(readFile(t, model+"/config.json"), readFile(t, model+"/preprocessor_config.json"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func openCheckpoint(t *testing.T, path string) *checkpoint.File {
	t.Helper()
	f, err := checkpoint.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// readWeights reads tiny's checkpoint.
func readWeights(t *testing.T, c Config) Weights {
	t.Helper()
	w, err := FromCheckpoint(c, openCheckpoint(t, filepath.Join(testdata, "tiny", "pytorch_model.bin")))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// outputs are those of PyTorch.
type outputs map[string][]float32

func readOutputs(t *testing.T, path string) outputs {
	t.Helper()
	f := openCheckpoint(t, path)
	out := outputs{}
	for _, name := range f.Names() {
		v, err := f.Floats(name)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = v
	}
	return out
}

// run runs a graph on one input and returns its outputs by name.
func run(t *testing.T, g *build.Graph, inputs ...[]float32) []outputs {
	t.Helper()
	model, err := g.Encode()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, o := range g.Outputs {
		names = append(names, o.Name)
	}
	s, err := onnxtest.Runtime(t).NewSession(model, onnx.SessionOptions{Input: g.Inputs[0].Name, Outputs: names, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var list []outputs
	for _, in := range inputs {
		tensors, err := s.Run(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		byName := outputs{}
		for _, x := range tensors {
			byName[x.Name] = x.Data
		}
		list = append(list, byName)
	}
	return list
}

func unit(v []float32) []float32 {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(float64(x) / math.Sqrt(sum))
	}
	return out
}

// Tolerances against float64, as the design asks. A spectrogram is in decibels, up to a
// hundred of them, and float32 has seven digits.
const (
	tinyTolerance = 2e-5
	fullTolerance = 1e-4
	melTolerance  = 2e-5
)

// lengths are the reference's waveforms.
func lengths(c Config) map[string]int {
	n := c.Audio.WindowSamples()
	return map[string]int{"whole": n, "short": n * 2 / 7}
}

// audioErrors compares every traced output with PyTorch's.
func audioErrors(t *testing.T, c Config, g *build.Graph, want outputs) map[string]float64 {
	t.Helper()
	errs := map[string]float64{}
	for kind, n := range lengths(c) {
		got := run(t, g, waveform(n, c.Audio.SampleRateHz))[0]
		for name, v := range got {
			if name == Output {
				errs[kind+".embedding"] = onnxtest.MaxAbs(unit(v), unit(want[kind+".projected"]))
				name = "projected"
			}
			errs[kind+"."+name] = onnxtest.MaxAbs(v, want[kind+"."+name])
		}
	}
	return errs
}

// texts are the reference's tokens.
func texts() [][]float32 {
	long := []float32{0}
	for i := range 30 {
		long = append(long, float32(100+i))
	}
	return [][]float32{{0, 2}, {0, 7, 77, 177, 377, 2}, append(long, 2)}
}

func textErrors(t *testing.T, g *build.Graph, want outputs, tokens [][]float32) map[string]float64 {
	t.Helper()
	errs := map[string]float64{}
	for i, got := range run(t, g, tokens...) {
		p := fmt.Sprintf("text%d.", i)
		errs[p+"hidden"] = onnxtest.MaxAbs(got[HiddenOutput], want[p+"hidden"])
		errs[p+"projected"] = onnxtest.MaxAbs(got[Output], want[p+"projected"])
		errs[p+"embedding"] = onnxtest.MaxAbs(unit(got[Output]), unit(want[p+"projected"]))
	}
	return errs
}

// readModel is one of models, with PyTorch's outputs: the weights of tiny as torch.save wrote them, of others generated.
func readModel(t *testing.T, model string) (c Config, w Weights, want outputs) {
	t.Helper()
	c, w = readConfig(t, model), generatedWeights
	if model == "tiny" {
		w = readWeights(t, c)
	}
	return c, w, readOutputs(t, filepath.Join(testdata, model+"-outputs.safetensors"))
}

// TestTiny goes the whole way for both small models: config.json, the checkpoint as
// torch.save wrote it (of tiny), both graphs, and PyTorch's outputs.
func TestTiny(t *testing.T) {
	for _, model := range models {
		c, w, want := readModel(t, model)
		audio, err := AudioGraph(c, w, AudioOptions{Trace: true})
		if err != nil {
			t.Fatal(err)
		}
		text, err := TextGraph(c, w, true)
		if err != nil {
			t.Fatal(err)
		}
		errs := audioErrors(t, c, audio, want)
		for name, e := range textErrors(t, text, want, texts()) {
			errs[name] = e
		}
		for name, e := range errs {
			t.Logf("%s %-18s %.1e", model, name, e)
			tolerance := tinyTolerance
			if strings.HasSuffix(name, "."+MelOutput) {
				tolerance = melTolerance
			}
			if !(e <= tolerance) {
				t.Errorf("%s: %s is off by %g", model, name, e)
			}
		}
	}
}

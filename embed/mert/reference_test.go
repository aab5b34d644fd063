package mert

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/seguedb/segue/embed/onnx"
	"github.com/seguedb/segue/embed/onnx/build"
	"github.com/seguedb/segue/embed/onnx/onnxtest"
)

// reference is mert_ref.json.
type reference struct {
	Cases map[string]struct {
		Config  Config
		Frames  int
		Samples int
		Tensors map[string]struct {
			Shape []int
			CRC32 string
			Head  []float32
		}
	}
	SelfTest struct {
		FNV   string    `json:"fnv1a64_masked_spec_embed"`
		First []float64 `json:"u_first4"`
	} `json:"self_test"`
}

func readReference(t *testing.T) reference {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "testdata", "mert", "mert_ref.json"))
	if err != nil {
		t.Fatal(err)
	}
	var ref reference
	if err := json.Unmarshal(b, &ref); err != nil {
		t.Fatal(err)
	}
	return ref
}

// traced is a session that returns everything a graph with Trace can.
type traced struct {
	t       *testing.T
	session *onnx.Session
}

func newTraced(t *testing.T, c Config, g *build.Graph) traced {
	t.Helper()
	model, err := g.Encode()
	if err != nil {
		t.Fatal(err)
	}
	outputs := []string{OutputName, HiddenOutput, ProjOutput, PositionOutput}
	for i := range c.ConvDim {
		outputs = append(outputs, ConvOutput(i))
	}
	s, err := onnxtest.Runtime(t).NewSession(model, onnx.SessionOptions{Input: InputName, Outputs: outputs})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return traced{t, s}
}

func (m traced) run(wave []float32) map[string]onnx.Tensor {
	m.t.Helper()
	out, err := m.session.Run(m.t.Context(), wave)
	if err != nil {
		m.t.Fatal(err)
	}
	byName := map[string]onnx.Tensor{}
	for _, o := range out {
		byName[o.Name] = o
	}
	return byName
}

// tracedGraph is the graph with intermediate outputs and generated weights.
func tracedGraph(t *testing.T, c Config, w Weights) *build.Graph {
	t.Helper()
	g, err := Graph(c, w, Options{Trace: true})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// pcm turns the reference's 16-bit samples into the waveform.
func pcm(samples []float32) []float32 {
	wave := make([]float32, len(samples))
	for i, s := range samples {
		wave[i] = s / 32768
	}
	return wave
}

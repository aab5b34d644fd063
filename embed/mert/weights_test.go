package mert

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seguedb/segue/embed/checkpoint"
	"github.com/seguedb/segue/embed/onnx/onnxtest"
)

const fixtureDir = "../../testdata/mert"

func fixture(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(fixtureDir, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// processorJSON is what MERT-v1 ships beside its config.json.
const processorJSON = `{"do_normalize": true, "feature_extractor_type": "Wav2Vec2FeatureExtractor", "feature_size": 1,
	"padding_side": "right", "padding_value": 0, "return_attention_mask": true, "sampling_rate": 24000}`

// TestImportedCheckpoints goes the whole way for every fixture: its config.json, its
// checkpoint in each spelling, the graph, and PyTorch's outputs for every layer. The
// 16-bit ones are other weights and are only near.
func TestImportedCheckpoints(t *testing.T) {
	for _, model := range []string{"tiny_post", "tiny_stable"} {
		c, rate, err := ParseConfig(fixture(t, model+"_config.json"), []byte(processorJSON))
		if err != nil || rate != 24000 {
			t.Fatal(rate, err)
		}
		want := readNPZ(t, model)
		paths, err := filepath.Glob(filepath.Join(fixtureDir, model+"_*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if ext := filepath.Ext(path); ext != ".bin" && ext != ".safetensors" {
				continue
			}
			t.Run(filepath.Base(path), func(t *testing.T) {
				f, err := checkpoint.Open(path)
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				w, err := FromCheckpoint(c, f)
				if err != nil {
					t.Fatal(err)
				}
				tolerance := tinyTolerance
				if strings.Contains(path, "f16") {
					tolerance = 0.2
				}
				worst := 0.0
				for _, e := range tinyErrors(newTraced(t, c, tracedGraph(t, c, w)), want, 0) {
					worst = max(worst, e)
				}
				t.Logf("off by %.1e", worst)
				if !(worst <= tolerance) {
					t.Errorf("off by %g", worst)
				}
			})
		}
	}
}

// safetensors writes a file of float32 tensors.
func safetensors(t *testing.T, tensors map[string][]float32, shapes map[string][]int) *checkpoint.File {
	t.Helper()
	header := map[string]any{}
	var data []byte
	for _, name := range slices.Sorted(maps.Keys(tensors)) {
		from := len(data)
		for _, x := range tensors[name] {
			data = binary.LittleEndian.AppendUint32(data, math.Float32bits(x))
		}
		header[name] = map[string]any{"dtype": "F32", "shape": shapes[name], "data_offsets": []int{from, len(data)}}
	}
	text, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	b := append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...)
	b = append(b, data...)
	f, err := checkpoint.Read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// generatedTensors are a configuration's, in plain spelling or with norms.
func generatedTensors(t *testing.T, c Config, plain bool) (map[string][]float32, map[string][]int) {
	t.Helper()
	tensors, shapes := map[string][]float32{}, map[string][]int{}
	for _, tensor := range Tensors(c, plain) {
		v, err := Generated(c)(tensor.Name, tensor.Shape)
		if tensor.Name == positionConv+".weight" {
			v, err = foldWeightNorm(Generated(c), positionConv, tensor.Shape)
		}
		if err != nil {
			t.Fatal(err)
		}
		tensors[tensor.Name], shapes[tensor.Name] = v, tensor.Shape
	}
	return tensors, shapes
}

// TestPlainWeight is the third spelling of weight norm: none, the weight itself.
func TestPlainWeight(t *testing.T) {
	c := readReference(t).Cases["tiny_post"].Config
	tensors, shapes := generatedTensors(t, c, true)
	w, err := FromCheckpoint(c, safetensors(t, tensors, shapes))
	if err != nil {
		t.Fatal(err)
	}
	for key, e := range tinyErrors(newTraced(t, c, tracedGraph(t, c, w)), readNPZ(t, "tiny_post"), 1) {
		if !(e <= tinyTolerance) {
			t.Errorf("%s is off by %g", key, e)
		}
	}
}

// TestCheckpointsThatDoNotFit: what is missing, of another shape, too much or there
// twice is named.
func TestCheckpointsThatDoNotFit(t *testing.T) {
	c := readReference(t).Cases["tiny_post"].Config
	const q = "encoder.layers.1.attention.q_proj.weight"
	for name, change := range map[string]func(tensors map[string][]float32, shapes map[string][]int) (named string){
		"missing": func(v map[string][]float32, _ map[string][]int) string {
			delete(v, q)
			return q
		},
		"another shape": func(_ map[string][]float32, s map[string][]int) string {
			s[q] = []int{16, 64}
			return q
		},
		"one layer more": func(v map[string][]float32, s map[string][]int) string {
			const more = "encoder.layers.2.layer_norm.weight"
			v[more], s[more] = v["encoder.layers.1.layer_norm.weight"], []int{32}
			return more
		},
		"an adapter": func(v map[string][]float32, s map[string][]int) string {
			const more = "encoder.layers.0.adapter_layer.norm.weight"
			v[more], s[more] = []float32{1}, []int{1}
			return more
		},
		"twice": func(v map[string][]float32, s map[string][]int) string {
			v["hubert."+q], s["hubert."+q] = v[q], s[q]
			return q
		},
	} {
		tensors, shapes := generatedTensors(t, c, false)
		named := change(tensors, shapes)
		_, err := FromCheckpoint(c, safetensors(t, tensors, shapes))
		if !errors.Is(err, checkpoint.ErrLayout) || !strings.Contains(err.Error(), fmt.Sprintf("%q", named)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Heads beside the encoder do not take part.
	tensors, shapes := generatedTensors(t, c, false)
	tensors["quantizer.codevectors"], shapes["quantizer.codevectors"] = []float32{1}, []int{1}
	tensors["masked_spec_embed"], shapes["masked_spec_embed"] = make([]float32, 32), []int{32}
	if _, err := FromCheckpoint(c, safetensors(t, tensors, shapes)); err != nil {
		t.Error(err)
	}
}

// TestLayers cuts the graph: the means of the layers asked for are those of the whole,
// and nothing above them is in the graph.
func TestLayers(t *testing.T) {
	for _, name := range []string{"tiny_post", "tiny_stablegrp"} {
		c := readReference(t).Cases[name].Config
		want := readNPZ(t, name)
		whole := newTraced(t, c, tracedGraph(t, c, Generated(c))).run(pcm(want["wave_i16"].at(0)))[OutputName]
		for _, layers := range [][]int{{0}, {1}, {2, 0}, {c.NumHiddenLayers}} {
			g, err := Graph(c, Generated(c), Options{Layers: layers})
			if err != nil {
				t.Fatal(err)
			}
			if above := fmt.Sprintf("encoder.layers.%d.attention.heads", slices.Max(layers)); g.Find(above) != nil {
				t.Errorf("layers %v: %s is in the graph", layers, above)
			}
			got := means(t, g, pcm(want["wave_i16"].at(0)))
			for i, l := range layers {
				if e := onnxtest.MaxAbs(rows(got, i), rows(whole, l)); !(e < 1e-5) {
					t.Errorf("%s, layer %d: off by %g", name, l, e)
				}
			}
		}
		if _, err := Graph(c, Generated(c), Options{Layers: []int{c.NumHiddenLayers + 1}}); err == nil {
			t.Error("a layer above the highest")
		}
	}
}

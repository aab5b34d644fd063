// Package registrytest makes folders of models for tests.
package registrytest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/seguedb/segue/embed/onnx/build"
)

// Processor is MERT-v1's preprocessor_config.json.
const Processor = `{"do_normalize": true, "feature_extractor_type": "Wav2Vec2FeatureExtractor", "feature_size": 1,
	"padding_side": "right", "padding_value": 0, "return_attention_mask": true, "sampling_rate": 24000}`

// Card is a model card with a licence that must be accepted.
const Card = "---\nlanguage: en\nlicense: cc-by-nc-4.0\n---\n# A model\n"

// Directory makes a Hugging Face directory of a fixture: testdata is the path of
// testdata/mert, weights the fixture's suffix, for example "hub.bin".
func Directory(tb testing.TB, testdata, model, weights string) string {
	tb.Helper()
	dir := filepath.Join(tb.TempDir(), "Tiny-"+model)
	if err := os.Mkdir(dir, 0o700); err != nil {
		tb.Fatal(err)
	}
	target := "pytorch_model.bin"
	if filepath.Ext(weights) == ".safetensors" {
		target = "model.safetensors"
	}
	Write(tb, filepath.Join(dir, "config.json"), Read(tb, filepath.Join(testdata, "tiny_"+model+"_config.json")))
	Write(tb, filepath.Join(dir, target), Read(tb, filepath.Join(testdata, "tiny_"+model+"_"+weights)))
	Write(tb, filepath.Join(dir, "preprocessor_config.json"), []byte(Processor))
	Write(tb, filepath.Join(dir, "README.md"), []byte(Card))
	return dir
}

// Clap makes a Hugging Face directory of the small CLAP model: testdata is the path of
// testdata/clap.
func Clap(tb testing.TB, testdata string) string {
	tb.Helper()
	dir := filepath.Join(tb.TempDir(), "Tiny-Clap")
	if err := os.Mkdir(dir, 0o700); err != nil {
		tb.Fatal(err)
	}
	for _, name := range []string{"config.json", "preprocessor_config.json", "pytorch_model.bin", "vocab.json", "merges.txt",
		"tokenizer.json", "tokenizer_config.json"} {
		Write(tb, filepath.Join(dir, name), Read(tb, filepath.Join(testdata, "tiny", name)))
	}
	Write(tb, filepath.Join(dir, "README.md"), []byte("---\nlicense: apache-2.0\n---\n"))
	return dir
}

// Graph is an ONNX model of two numbers: the mean of the waveform and that of its square.
func Graph(tb testing.TB) []byte {
	tb.Helper()
	g := build.NewGraph("moments")
	x := g.Input("wave", build.Float32, build.Dim{Size: 1}, build.Dim{Name: "samples"})
	square := g.Binary("square", "Mul", x, x)
	g.Concat("moments", 1, g.Reduce("mean", "ReduceMean", x, 1), g.Reduce("power", "ReduceMean", square, 1))
	g.Output("moments", build.Float32, build.Dim{Size: 1}, build.Dim{Size: 2})
	g.Output(square, build.Float32, build.Dim{Size: 1}, build.Dim{Name: "samples"})
	b, err := g.Encode()
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// Read reads a file.
func Read(tb testing.TB, path string) []byte {
	tb.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// Write writes a file.
func Write(tb testing.TB, path string, b []byte) {
	tb.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		tb.Fatal(err)
	}
}

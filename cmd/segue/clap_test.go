package main

import (
	"path/filepath"
	"testing"

	"github.com/seguedb/segue/embed/hub/hubtest"
	"github.com/seguedb/segue/embed/registry/registrytest"
)

// TestModelClap adds a model of two towers from a folder and from a hub, which is asked for its tokenizer, too.
func TestModelClap(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	dir := registrytest.Clap(t, "../../testdata/clap")
	wantModel(t, data, "added tiny-clap: mean, fp32, 48000 Hz, licence apache-2.0\nembed(path, model => 'tiny-clap')", "add", dir,
		"--precision", "fp32")
	wantModel(t, data, "embed_text('words', model => 'two')", "add", dir, "--name", "two", "--pooling", "mean")
	wantModel(t, data, "added three: mean, int8", "add", dir, "--name", "three", "--precision", "int8")
	wantModelError(t, data, "no layers", "add", dir, "--name", "four", "--pooling", "layer:2")
	wantModel(t, data, "tiny-clap", "list")
	wantModel(t, data, "embed_text()", "show", "tiny-clap")
	wantModel(t, data, "dimensions   16", "show", "tiny-clap/mean+deviation")

	h := hubtest.Serve(t, "laion/Clap", dir)
	wantModel(t, data, "added clap", "add", "--hub-url", h.URL, "laion/Clap", "--accept-licence")
	asked := map[string]bool{}
	for _, path := range h.Requests() {
		asked[filepath.Base(path)] = true
	}
	if !asked["vocab.json"] || !asked["merges.txt"] || !asked["tokenizer_config.json"] || asked["tokenizer.json"] || asked["README.md"] {
		t.Errorf("%v", asked)
	}
}

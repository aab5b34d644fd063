package embed_test

import (
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seguedb/segue/embed"
	"github.com/seguedb/segue/embed/audio"
	"github.com/seguedb/segue/embed/checkpoint"
	"github.com/seguedb/segue/embed/onnx"
	"github.com/seguedb/segue/embed/onnx/onnxtest"
	"github.com/seguedb/segue/embed/pooling"
	"github.com/seguedb/segue/embed/registry"
	"github.com/seguedb/segue/embed/registry/registrytest"
)

const clapTestdata = "../testdata/clap"

// clapEngine has the small CLAP model as clap, and a cache.
func clapEngine(t *testing.T) (*embed.Engine, *mapCache) {
	t.Helper()
	r := registry.Open(t.TempDir())
	if _, err := r.AddDirectory(registrytest.Clap(t, clapTestdata), registry.AddOptions{Name: "clap"}); err != nil {
		t.Fatal(err)
	}
	cache := &mapCache{}
	root, err := audio.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	e, err := embed.New(embed.Options{Root: root, Registry: r, Cache: cache, Library: onnx.LibraryOptions{Path: onnxtest.Runtime(t).Path()}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(e.Close(), root.Close()); err != nil {
			t.Error(err)
		}
	})
	return e, cache
}

// TestEmbedText: the empty text is the first of PyTorch's three, and equal texts are
// computed once.
func TestEmbedText(t *testing.T) {
	e, cache := clapEngine(t)
	f, err := checkpoint.Open(filepath.Join(clapTestdata, "tiny-outputs.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want, err := f.Floats("text0.projected")
	if err != nil {
		t.Fatal(err)
	}
	got, err := e.EmbedText(t.Context(), "", "clap")
	if err != nil || cosine(got, want) < 0.999999*math.Sqrt(cosine(want, want)) {
		t.Errorf("%v, want the direction of %v: %v", got, want, err)
	}
	piano, err := e.EmbedText(t.Context(), "slow sad piano", "clap")
	if err != nil || len(piano) != 8 || slices.Equal(piano, got) {
		t.Errorf("%v %v", piano, err)
	}
	again, err := e.EmbedText(t.Context(), "slow sad piano", "clap")
	if err != nil || !slices.Equal(piano, again) || len(cache.entries) != 2 {
		t.Errorf("%v %v, %d entries", again, err, len(cache.entries))
	}
	if _, err := e.EmbedText(t.Context(), strings.Repeat("long ", 1000), "clap"); err != nil {
		t.Error(err)
	}
	// A file whose bytes are the text is no cached embedding of it.
	if _, err := e.EmbedBytes(t.Context(), []byte("slow sad piano"), "clap"); !errors.Is(err, audio.ErrNotAudio) {
		t.Error(err)
	}
}

// TestClapAudio: the tower that hears has windows of the model's length at its rate, and
// its vectors' fingerprint is the text's.
func TestClapAudio(t *testing.T) {
	e, _ := clapEngine(t)
	m, err := e.Model("clap")
	if err != nil || !m.Texts || m.Dim != 8 || m.SampleRateHz != 48000 || m.WindowSeconds != 1 || m.Pooling != "mean" {
		t.Errorf("%+v %v", m, err)
	}
	for _, seconds := range []float64{0.1, 1, 2.5} {
		v, err := e.EmbedBytes(t.Context(), tone(440, seconds), "clap")
		if err != nil || len(v) != 8 {
			t.Errorf("%g seconds: %v %v", seconds, v, err)
		}
	}
	if v, err := e.EmbedBytes(t.Context(), tone(440, 2.5), "clap/mean+deviation"); err != nil || len(v) != 16 {
		t.Errorf("%v %v", v, err)
	}
}

// TestNoText: most models embed no texts, and no model with deviations does.
func TestNoText(t *testing.T) {
	e, _ := clapEngine(t)
	for _, name := range []string{"", "music", "dsp", "mert", "clap/mean+deviation"} {
		if _, err := e.EmbedText(t.Context(), "x", name); !errors.Is(err, embed.ErrNoText) || !strings.Contains(err.Error(), name) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := e.EmbedText(t.Context(), "x", "nope"); !errors.Is(err, embed.ErrUnknownModel) {
		t.Error(err)
	}
	if _, err := e.EmbedText(t.Context(), "x", "clap/layer:3"); !errors.Is(err, pooling.ErrPooling) {
		t.Error(err)
	}
}

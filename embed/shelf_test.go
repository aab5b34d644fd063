package embed_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/seguedb/segue/embed"
	"github.com/seguedb/segue/embed/audio"
	"github.com/seguedb/segue/embed/onnx"
	"github.com/seguedb/segue/embed/onnx/onnxtest"
	"github.com/seguedb/segue/embed/pooling"
	"github.com/seguedb/segue/embed/registry"
	"github.com/seguedb/segue/embed/registry/registrytest"
)

// engineWith opens one over an empty folder with a registry.
func engineWith(t *testing.T, r *registry.Registry) *embed.Engine {
	t.Helper()
	root, err := audio.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	e, err := embed.New(embed.Options{Root: root, Registry: r, Library: onnx.LibraryOptions{Path: onnxtest.Runtime(t).Path()}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(e.Close(), root.Close()); err != nil {
			t.Error(err)
		}
	})
	return e
}

func addTiny(t *testing.T, r *registry.Registry, weights string, o registry.AddOptions) registry.Manifest {
	t.Helper()
	m, err := r.AddDirectory(registrytest.Directory(t, "../testdata/mert", "post", weights), o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestAddedModels come and go while the engine is open, and embed with any pooling.
func TestAddedModels(t *testing.T) {
	r := registry.Open(t.TempDir())
	e := engineWith(t, r)
	if _, err := e.Model("tiny"); !errors.Is(err, embed.ErrUnknownModel) {
		t.Fatal(err)
	}
	addTiny(t, r, "hub.bin", registry.AddOptions{Name: "tiny"})
	vectors := map[string][]float32{}
	for name, dim := range map[string]int{
		"tiny": 32, "tiny/layer:0": 32, "tiny/layer:2": 32, "tiny/all": 96, "tiny/layers:1-2": 64,
		"tiny/layer:1,mean+deviation": 64,
	} {
		v, err := e.EmbedBytes(t.Context(), tone(220, 12), name)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		wantUnit(t, v, dim)
		vectors[name] = v
	}
	if same, err := e.Model("tiny/layer:01,mean"); err != nil || same.Name != "tiny" || same.Pooling != "layer:1" {
		t.Errorf("%+v, %v", same, err)
	}
	if c := cosine(vectors["tiny"], vectors["tiny/layer:2"]); c > 0.999 {
		t.Errorf("layers 1 and 2 have cosine %g", c)
	}
	if c := cosine(vectors["tiny"], vectors["tiny/layer:1,mean+deviation"]); c < 0.9 {
		t.Errorf("with the deviation, the mean's cosine is %g", c)
	}
	for _, name := range []string{"tiny/layer:3", "tiny/mean", "music/layer:1", "tiny/all,max"} {
		if _, err := e.Model(name); !errors.Is(err, pooling.ErrPooling) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := r.Remove("tiny"); err != nil {
		t.Fatal(err)
	}
	if _, err := e.EmbedBytes(t.Context(), tone(220, 1), "tiny"); !errors.Is(err, embed.ErrUnknownModel) {
		t.Error(err)
	}
}

// TestFingerprints differ in whatever decides a vector: weights, layers, pooling,
// precision, window.
func TestFingerprints(t *testing.T) {
	r := registry.Open(t.TempDir())
	addTiny(t, r, "hub.bin", registry.AddOptions{Name: "a", Precision: "fp32"})
	addTiny(t, r, "legacy.bin", registry.AddOptions{Name: "same", Precision: "fp32"})
	addTiny(t, r, "hub.bin", registry.AddOptions{Name: "int8", Precision: "int8"})
	addTiny(t, r, "f16.bin", registry.AddOptions{Name: "half", Precision: "fp32"})
	addTiny(t, r, "hub.bin", registry.AddOptions{Name: "long", Precision: "fp32", WindowSeconds: 10})
	e := engineWith(t, r)
	seen := map[string]string{}
	for _, name := range []string{"a", "a/layer:0", "a/layers:0-1", "a/all", "a/layer:1,mean+deviation", "int8", "half", "long", "music", "mert"} {
		m, err := e.Model(name)
		if err != nil {
			t.Fatal(err)
		}
		if other := seen[m.Fingerprint]; other != "" {
			t.Errorf("%s and %s have one fingerprint", name, other)
		}
		seen[m.Fingerprint] = name
	}
	if m, err := e.Model("same"); err != nil || seen[m.Fingerprint] != "a" {
		t.Errorf("the same weights in another spelling: %v", err)
	}
	// Eight bits are near.
	v32, err := e.EmbedBytes(t.Context(), tone(220, 5), "a")
	if err != nil {
		t.Fatal(err)
	}
	v8, err := e.EmbedBytes(t.Context(), tone(220, 5), "int8")
	if err != nil || cosine(v32, v8) < 0.999 {
		t.Errorf("cosine %g, %v", cosine(v32, v8), err)
	}
}

// TestDefaultFollowsTheRegistry unless the options name one.
func TestDefaultFollowsTheRegistry(t *testing.T) {
	r := registry.Open(t.TempDir())
	addTiny(t, r, "hub.bin", registry.AddOptions{Name: "tiny"})
	e := engineWith(t, r)
	for _, name := range []string{"tiny", "dsp", "tiny/layer:2"} {
		if err := r.SetDefault(name); err != nil {
			t.Fatal(err)
		}
		if got := e.DefaultModel(); got != name {
			t.Errorf("the default is %s, not %s", got, name)
		}
	}
	if err := r.SetDefault("gone"); err != nil {
		t.Fatal(err)
	}
	if got := e.DefaultModel(); got != "music" {
		t.Errorf("instead of a model that is not there, the default is %s", got)
	}
	fixed, err := embed.New(embed.Options{Registry: r, DefaultModel: "dsp"})
	if err != nil || fixed.DefaultModel() != "dsp" {
		t.Error(err)
	}
	if err := fixed.Close(); err != nil {
		t.Error(err)
	}
	var names []string
	for _, m := range e.Models() {
		names = append(names, m.Name)
	}
	if got := strings.Join(names, " "); got != "music tune dsp mert tiny" {
		t.Error(got)
	}
}

package registry_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seguedb/segue/embed/checkpoint"
	"github.com/seguedb/segue/embed/hfconfig"
	"github.com/seguedb/segue/embed/onnx"
	"github.com/seguedb/segue/embed/onnx/onnxtest"
	"github.com/seguedb/segue/embed/registry"
	"github.com/seguedb/segue/embed/registry/registrytest"
)

const testdata = "../../testdata/mert"

// TestAddDirectory adds one model in four spellings: the same weights have the same hash.
func TestAddDirectory(t *testing.T) {
	r := registry.Open(t.TempDir())
	if list, err := r.List(); list != nil || err != nil || !r.Stamp().IsZero() {
		t.Fatalf("%v %v", list, err)
	}
	var first registry.Manifest
	for i, weights := range []string{"hub.bin", "legacy.bin", "prefixed_param.bin", "model.safetensors"} {
		dir := registrytest.Directory(t, testdata, "post", weights)
		m, err := r.AddDirectory(dir, registry.AddOptions{Name: "tiny" + string(rune('a'+i))})
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = m
		}
		if m.SHA256 != first.SHA256 || m.Identity() != first.Identity() || m.Licence != "cc-by-nc-4.0" ||
			m.Pooling != "layer:1" || m.SampleRateHz != 24000 || m.WindowSamples != 120000 || m.MinSamples != 400 {
			t.Errorf("%s: %+v", weights, m)
		}
		if got, err := r.Get(m.Name); err != nil || got.SHA256 != m.SHA256 || got.Source != "Tiny-post" {
			t.Errorf("%+v, %v", got, err)
		}
		if g, err := r.Load(m, []int{1}); err != nil || len(g) < 1000 {
			t.Errorf("%d bytes, %v", len(g), err)
		}
	}
	if list, err := r.List(); len(list) != 4 || err != nil {
		t.Errorf("%d models, %v", len(list), err)
	}
	other, err := r.AddDirectory(registrytest.Directory(t, testdata, "post", "f16.bin"), registry.AddOptions{})
	if err != nil || other.Name != "tiny-post" || other.SHA256 == first.SHA256 {
		t.Errorf("%+v, %v", other, err)
	}
	if want := string(registry.BestPrecision()); other.Precision != want {
		t.Errorf("precision %s, not %s", other.Precision, want)
	}
}

// TestAddRefuses leaves nothing behind.
func TestAddRefuses(t *testing.T) {
	data := t.TempDir()
	r := registry.Open(data)
	good := registrytest.Directory(t, testdata, "post", "hub.bin")
	if _, err := r.AddDirectory(good, registry.AddOptions{Name: "a"}); err != nil {
		t.Fatal(err)
	}
	broken := func(name string, content []byte) string {
		dir := registrytest.Directory(t, testdata, "post", "hub.bin")
		registrytest.Write(t, filepath.Join(dir, name), content)
		return dir
	}
	without := func(name string) string {
		dir := registrytest.Directory(t, testdata, "post", "hub.bin")
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	whole := registrytest.Read(t, filepath.Join(good, "pytorch_model.bin"))
	for name, c := range map[string]struct {
		dir  string
		o    registry.AddOptions
		kind error
	}{
		"there already":    {good, registry.AddOptions{Name: "a"}, registry.ErrExists},
		"a built-in name":  {good, registry.AddOptions{Name: "music"}, registry.ErrName},
		"a path":           {good, registry.AddOptions{Name: "../b"}, registry.ErrName},
		"a pooling":        {good, registry.AddOptions{Name: "b/all"}, registry.ErrName},
		"no such layer":    {good, registry.AddOptions{Name: "b", Pooling: "layer:3"}, nil},
		"no config":        {without("config.json"), registry.AddOptions{}, registry.ErrSource},
		"no processor":     {without("preprocessor_config.json"), registry.AddOptions{}, registry.ErrSource},
		"no weights":       {without("pytorch_model.bin"), registry.AddOptions{}, registry.ErrSource},
		"no folder":        {filepath.Join(data, "nothing"), registry.AddOptions{}, registry.ErrSource},
		"another model":    {broken("config.json", []byte(`{"model_type": "bert"}`)), registry.AddOptions{}, hfconfig.ErrConfig},
		"cut weights":      {broken("pytorch_model.bin", whole[:len(whole)/2]), registry.AddOptions{}, checkpoint.ErrMalformed},
		"a huge config":    {broken("config.json", bytes.Repeat([]byte(" "), 2<<20)), registry.AddOptions{}, registry.ErrSource},
		"a window of days": {good, registry.AddOptions{Name: "b", WindowSeconds: 1e6}, nil},
	} {
		m, err := r.AddDirectory(c.dir, c.o)
		if err == nil || c.kind != nil && !errors.Is(err, c.kind) {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
	entries, err := os.ReadDir(filepath.Join(data, registry.Folder))
	if err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}

func TestRemoveAndDefault(t *testing.T) {
	r := registry.Open(t.TempDir())
	dir := registrytest.Directory(t, testdata, "stable", "shared_views.bin")
	if _, err := r.AddDirectory(dir, registry.AddOptions{Name: "big"}); err != nil {
		t.Fatal(err)
	}
	if err := r.SetDefault("big"); err != nil {
		t.Fatal(err)
	}
	if d, err := r.Default(); d != "big" || err != nil {
		t.Error(d, err)
	}
	if err := r.Remove("big"); err != nil {
		t.Fatal(err)
	}
	if d, err := r.Default(); d != "" || err != nil {
		t.Error(d, err)
	}
	if err := r.Remove("big"); !errors.Is(err, registry.ErrNotFound) {
		t.Error(err)
	}
	if err := r.Remove("../../etc"); !errors.Is(err, registry.ErrNotFound) {
		t.Error(err)
	}
}

// TestDamagedModel: what lies in the folder is compared with what was added.
func TestDamagedModel(t *testing.T) {
	data := t.TempDir()
	r := registry.Open(data)
	m, err := r.AddDirectory(registrytest.Directory(t, testdata, "post", "hub.bin"), registry.AddOptions{Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(data, registry.Folder, "a", "weights.safetensors")
	b := registrytest.Read(t, path)
	b[len(b)-1] ^= 1
	registrytest.Write(t, path, b)
	if _, err := r.Load(m, nil); !errors.Is(err, registry.ErrDamaged) {
		t.Error(err)
	}
	registrytest.Write(t, filepath.Join(data, registry.Folder, "a", "manifest.json"), []byte(`{"format": 2}`))
	if _, err := r.List(); !errors.Is(err, registry.ErrManifest) {
		t.Error(err)
	}
}

const description = `{"sample_rate": 16000, "window_seconds": 3, "min_seconds": 0.5, "input": "wave", "output": "moments",
	"normalisation": "window", "licence": "MIT"}`

func TestAddONNX(t *testing.T) {
	lib := onnx.LibraryOptions{Path: onnxtest.Runtime(t).Path()}
	r := registry.Open(t.TempDir())
	dir := t.TempDir()
	path, beside := filepath.Join(dir, "Moments.onnx"), filepath.Join(dir, "Moments.json")
	graph := registrytest.Graph(t)
	registrytest.Write(t, path, graph)
	registrytest.Write(t, beside, []byte(description))
	m, err := r.AddONNX(t.Context(), path, beside, lib, registry.AddOptions{})
	if err != nil || m.Name != "moments" || m.Graph.Dim != 2 || !m.Graph.Normalise || m.WindowSamples != 48000 || m.MinSamples != 8000 ||
		m.Licence != "MIT" {
		t.Fatalf("%+v, %v", m, err)
	}
	if g, err := r.Load(m, nil); err != nil || !bytes.Equal(g, graph) {
		t.Error(err)
	}
	for name, change := range map[string][2]string{
		"sample_rate":   {"16000", "0"},
		"window":        {`"window_seconds": 3`, `"window_seconds": 1e9`},
		"min":           {"0.5", "5"},
		"normalisation": {`"window", "l`, `"loud", "l`},
		"input":         {`"wave"`, `""`},
		"no output":     {`"moments"`, `"nothing"`},
		"varying":       {`"moments"`, `"square"`},
		"field":         {`"licence"`, `"license"`},
		"more":          {`"MIT"}`, `"MIT"} {}`},
	} {
		registrytest.Write(t, beside, []byte(strings.Replace(description, change[0], change[1], 1)))
		if m, err := r.AddONNX(t.Context(), path, beside, lib, registry.AddOptions{Name: "b"}); !errors.Is(err, registry.ErrSource) {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
	registrytest.Write(t, beside, []byte(description))
	registrytest.Write(t, path, graph[:len(graph)/2])
	if _, err := r.AddONNX(t.Context(), path, beside, lib, registry.AddOptions{Name: "b"}); !errors.Is(err, registry.ErrSource) {
		t.Error(err)
	}
}

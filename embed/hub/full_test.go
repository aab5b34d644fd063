package hub

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/seguedb/segue/embed/hub/hubtest"
	"github.com/seguedb/segue/embed/mert"
	"github.com/seguedb/segue/embed/registry"
	"github.com/seguedb/segue/embed/registry/registrytest"
)

// TestFullSize downloads a MERT-95M of generated weights: damaged at first, then with a transfer that breaks off three times,
// and adds it.
func TestFullSize(t *testing.T) {
	source := t.TempDir()
	writeFull(t, source)
	h := hubtest.Serve(t, "m-a-p/MERT-generated", source)
	c := &Client{URL: h.URL}
	m, err := c.Describe(t.Context(), "m-a-p/MERT-generated", "")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "download")
	h.Corrupt(true)
	if err := c.Download(t.Context(), m, dir, ignore); !errors.Is(err, ErrCorrupt) {
		t.Fatal(err)
	}
	h.Corrupt(false)
	const part = 100 << 20
	h.Break(part, 3)
	if err := c.Download(t.Context(), m, dir, ignore); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if want := fmt.Sprintf("/store/model.safetensors bytes=%d-", (i+1)*part); !slices.Contains(h.Requests(), want) {
			t.Errorf("not asked for: %s", want)
		}
	}
	r := registry.Open(t.TempDir())
	added, err := r.AddDirectory(dir, registry.AddOptions{Name: "full"})
	if err != nil || added.SizeBytes < 370_000_000 || added.States() != mert.Layers {
		t.Fatalf("%+v, %v", added, err)
	}
	direct, err := r.AddDirectory(source, registry.AddOptions{Name: "direct"})
	if err != nil || direct.Identity() != added.Identity() {
		t.Errorf("%v\n%s\n%s", err, direct.Identity(), added.Identity())
	}
}

// writeFull makes the files of a repository.
func writeFull(t *testing.T, dir string) {
	t.Helper()
	c := mert.Base95M()
	fields := map[string]any{}
	text, err := json.Marshal(c)
	if err == nil {
		err = json.Unmarshal(text, &fields)
	}
	fields["model_type"] = "hubert"
	if err == nil {
		text, err = json.Marshal(fields)
	}
	if err != nil {
		t.Fatal(err)
	}
	registrytest.Write(t, filepath.Join(dir, "config.json"), text)
	registrytest.Write(t, filepath.Join(dir, "preprocessor_config.json"), []byte(registrytest.Processor))
	registrytest.Write(t, filepath.Join(dir, "README.md"), []byte(registrytest.Card))
	f, err := os.Create(filepath.Join(dir, "model.safetensors"))
	if err == nil {
		err = errors.Join(mert.WriteWeights(f, c, mert.Generated(c)), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

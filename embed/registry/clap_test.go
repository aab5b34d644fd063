package registry_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seguedb/segue/embed/bpe"
	"github.com/seguedb/segue/embed/checkpoint"
	"github.com/seguedb/segue/embed/hfconfig"
	"github.com/seguedb/segue/embed/mert"
	"github.com/seguedb/segue/embed/registry"
	"github.com/seguedb/segue/embed/registry/registrytest"
)

const clapTestdata = "../../testdata/clap"

// TestAddClap adds a model of two towers, whose tokenizer may lie in either of its forms.
func TestAddClap(t *testing.T) {
	r := registry.Open(t.TempDir())
	dir := registrytest.Clap(t, clapTestdata)
	m, err := r.AddDirectory(dir, registry.AddOptions{Precision: mert.FP32})
	if err != nil {
		t.Fatal(err)
	}
	if m.Name != "tiny-clap" || m.Family != registry.Clap || m.Licence != "apache-2.0" || m.SampleRateHz != 48000 || m.WindowSamples != 48000 ||
		m.Precision != "fp32" || m.Width() != 8 || m.States() != 0 {
		t.Errorf("%+v", m)
	}
	for _, gone := range []string{"merges.txt", "vocab.json"} {
		if err := os.Remove(filepath.Join(dir, gone)); err != nil {
			t.Fatal(err)
		}
	}
	other, err := r.AddDirectory(dir, registry.AddOptions{Name: "other", Precision: mert.FP32})
	if err != nil || other.Identity() != m.Identity() {
		t.Errorf("%v\n%s\n%s", err, other.Identity(), m.Identity())
	}
	m, err = r.Get("tiny-clap")
	if err != nil {
		t.Fatal(err)
	}
	if graph, err := r.Load(m, nil); err != nil || len(graph) < 1000 {
		t.Errorf("%d bytes, %v", len(graph), err)
	}
	graph, tokens, err := r.LoadText(m)
	if err != nil || len(graph) < 1000 {
		t.Fatalf("%d bytes, %v", len(graph), err)
	}
	if got := tokens.Encode("slow sad piano"); !slices.Equal(got, []int{0, 87, 267, 274, 284, 2}) {
		t.Errorf("%v", got)
	}
}

// TestAddClapInt8: 8 bits are of the tower that hears, and another model.
func TestAddClapInt8(t *testing.T) {
	r := registry.Open(t.TempDir())
	dir := registrytest.Clap(t, clapTestdata)
	var text [2][]byte
	var ids [2]string
	for i, p := range []mert.Precision{mert.FP32, mert.Int8} {
		m, err := r.AddDirectory(dir, registry.AddOptions{Name: string(p), Precision: p})
		if err != nil {
			t.Fatal(err)
		}
		if m, err = r.Get(m.Name); err != nil || m.Precision != string(p) {
			t.Fatalf("%+v, %v", m, err)
		}
		ids[i] = m.Identity()
		if text[i], _, err = r.LoadText(m); err != nil {
			t.Fatal(err)
		}
		audio, err := r.Load(m, nil)
		if err != nil || bytes.Contains(audio, []byte("MatMulIntegerToFloat")) != (p == mert.Int8) {
			t.Errorf("%s: %d bytes, %v", p, len(audio), err)
		}
	}
	if !bytes.Equal(text[0], text[1]) || ids[0] == ids[1] {
		t.Errorf("texts equal: %t, models equal: %t", bytes.Equal(text[0], text[1]), ids[0] == ids[1])
	}
	best, err := r.AddDirectory(dir, registry.AddOptions{Name: "auto"})
	if err != nil || best.Precision != string(registry.BestPrecision()) {
		t.Errorf("%q, %v", best.Precision, err)
	}
}

// TestAddClapRefuses: what is missing or asks for more is named.
func TestAddClapRefuses(t *testing.T) {
	r := registry.Open(t.TempDir())
	for name, c := range map[string]struct {
		change func(dir string)
		o      registry.AddOptions
		err    error
		named  string
	}{
		"window":    {o: registry.AddOptions{WindowSeconds: 5}, err: registry.ErrSource, named: "5 seconds"},
		"layer":     {o: registry.AddOptions{Pooling: "layer:3"}, named: "no layers"},
		"no tokens": {change: remover("vocab.json", "merges.txt", "tokenizer.json"), err: registry.ErrSource, named: "vocab.json"},
		"half":      {change: remover("vocab.json"), err: registry.ErrSource, named: "vocab.json"},
		"weights":   {change: remover("pytorch_model.bin"), err: registry.ErrSource, named: "pytorch_model.bin"},
		"fusion": {change: replacer(t, "config.json", `"enable_fusion": false`, `"enable_fusion": true`), err: hfconfig.ErrConfig,
			named: "enable_fusion"},
		"layout": {change: replacer(t, "config.json", `"intermediate_size": 32`, `"intermediate_size": 48`), err: checkpoint.ErrLayout,
			named: "intermediate"},
		"vocabulary": {change: replacer(t, "merges.txt", "a n", "a nzz"), err: bpe.ErrTokenizer, named: "nzz"},
		"prefix": {change: replacer(t, "tokenizer_config.json", `"add_prefix_space": false`, `"add_prefix_space": true`),
			err: hfconfig.ErrConfig, named: "add_prefix_space"},
	} {
		dir := registrytest.Clap(t, clapTestdata)
		if c.change != nil {
			c.change(dir)
		}
		c.o.Name = "a"
		_, err := r.AddDirectory(dir, c.o)
		if err == nil || c.err != nil && !errors.Is(err, c.err) || !strings.Contains(err.Error(), c.named) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if list, err := r.List(); len(list) != 0 || err != nil {
		t.Errorf("%v %v", list, err)
	}
}

func remover(names ...string) func(dir string) {
	return func(dir string) {
		for _, name := range names {
			_ = os.Remove(filepath.Join(dir, name)) // what is left is then refused for another reason
		}
	}
}

func replacer(t *testing.T, name, from, to string) func(dir string) {
	return func(dir string) {
		path := filepath.Join(dir, name)
		text := string(registrytest.Read(t, path))
		if !strings.Contains(text, from) {
			t.Fatalf("%s has no %s", name, from)
		}
		registrytest.Write(t, path, []byte(strings.Replace(text, from, to, 1)))
	}
}

// TestClapDamaged: another tokenizer than was added makes other tokens, and is noticed.
func TestClapDamaged(t *testing.T) {
	data := t.TempDir()
	r := registry.Open(data)
	m, err := r.AddDirectory(registrytest.Clap(t, clapTestdata), registry.AddOptions{})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(data, registry.Folder, m.Name, "tokenizer.json")
	text := registrytest.Read(t, path)
	registrytest.Write(t, path, append(text, ' '))
	if _, _, err := r.LoadText(m); !errors.Is(err, registry.ErrDamaged) {
		t.Error(err)
	}
	if _, err := r.Load(m, nil); err != nil {
		t.Errorf("the tower that hears: %v", err)
	}
}

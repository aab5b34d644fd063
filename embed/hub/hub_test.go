package hub

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/seguedb/segue/embed/hub/hubtest"
	"github.com/seguedb/segue/embed/registry"
	"github.com/seguedb/segue/embed/registry/registrytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const repo = "m-a-p/Tiny-post"

func serve(t *testing.T) (*hubtest.Hub, *Client) {
	t.Helper()
	h := hubtest.Serve(t, repo, registrytest.Directory(t, "../../testdata/mert", "post", "hub.bin"))
	return h, &Client{URL: h.URL, retryAfter: time.Millisecond}
}

func describe(t *testing.T, c *Client) Model {
	t.Helper()
	m, err := c.Describe(t.Context(), repo, "")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func ignore(File, int64) {}

// TestDownload fetches a model, which can then be added.
func TestDownload(t *testing.T) {
	h, c := serve(t)
	m := describe(t, c)
	if m.Commit != hubtest.Commit || m.Licence != "cc-by-nc-4.0" || len(m.Files) != 3 || m.Files[2].Name != "pytorch_model.bin" {
		t.Fatalf("%+v", m)
	}
	dir := filepath.Join(t.TempDir(), "download")
	done := map[string]int64{}
	if err := c.Download(t.Context(), m, dir, func(f File, n int64) { done[f.Name] = n }); err != nil {
		t.Fatal(err)
	}
	for _, f := range m.Files {
		if done[f.Name] != f.SizeBytes {
			t.Errorf("%s: %d of %d bytes", f.Name, done[f.Name], f.SizeBytes)
		}
	}
	if _, err := registry.Open(t.TempDir()).AddDirectory(dir, registry.AddOptions{Name: "tiny"}); err != nil {
		t.Error(err)
	}
	before := len(h.Requests())
	if err := c.Download(t.Context(), m, dir, ignore); err != nil || len(h.Requests()) != before {
		t.Errorf("a second time: %v, %v", err, h.Requests()[before:])
	}
}

// TestResume: a transfer that breaks off goes on where it was, within one call and in the
// next.
func TestResume(t *testing.T) {
	h, c := serve(t)
	m := describe(t, c)
	h.Break(50000, 2)
	if err := c.Download(t.Context(), m, t.TempDir(), ignore); err != nil {
		t.Fatal(err)
	}
	if got := h.Requests(); !slices.Contains(got, "/store/pytorch_model.bin bytes=50000-") ||
		!slices.Contains(got, "/store/pytorch_model.bin bytes=100000-") {
		t.Errorf("%v", got)
	}

	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	h.Break(30000, 1)
	err := c.Download(ctx, m, dir, func(f File, n int64) {
		if n >= 30000 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	part, err := os.Stat(filepath.Join(dir, "pytorch_model.bin.part"))
	if err != nil || part.Size() < 30000 {
		t.Fatal(err)
	}
	if err := c.Download(t.Context(), m, dir, ignore); err != nil {
		t.Fatal(err)
	}
	if last := h.Requests()[len(h.Requests())-1]; !strings.Contains(last, "bytes=") {
		t.Errorf("%s", last)
	}

	h.NoRange()
	registrytest.Write(t, filepath.Join(dir, "model.part"), nil)
	again := t.TempDir()
	registrytest.Write(t, filepath.Join(again, "pytorch_model.bin.part"), make([]byte, 1000))
	if err := c.Download(t.Context(), m, again, ignore); err != nil {
		t.Errorf("a hub that does not resume: %v", err)
	}
}

// TestCorrupted downloads are deleted, and come anew the next time.
func TestCorrupted(t *testing.T) {
	h, c := serve(t)
	m := describe(t, c)
	dir := t.TempDir()
	h.Corrupt(true)
	if err := c.Download(t.Context(), m, dir, ignore); !errors.Is(err, ErrCorrupt) {
		t.Fatal(err)
	}
	for _, name := range []string{"pytorch_model.bin", "pytorch_model.bin.part"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s was kept", name)
		}
	}
	h.Corrupt(false)
	if err := c.Download(t.Context(), m, dir, ignore); err != nil {
		t.Error(err)
	}
}

func TestNotFound(t *testing.T) {
	h, c := serve(t)
	for _, r := range [][2]string{{"m-a-p/Nothing", ""}, {repo, "v9"}, {"nothing", ""}, {"a/../b", ""}, {repo, "../x"}} {
		if _, err := c.Describe(t.Context(), r[0], r[1]); !errors.Is(err, ErrNotFound) {
			t.Errorf("%v: %v", r, err)
		}
	}
	m := describe(t, c)
	m.Files[0].Name = "gone.json"
	if err := c.Download(t.Context(), m, t.TempDir(), ignore); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	h.Close()
	if _, err := c.Describe(t.Context(), repo, ""); err == nil {
		t.Error("a hub that is down answered")
	}
}

// TestBadIndex is a hub that says nothing that can be checked.
func TestBadIndex(t *testing.T) {
	h, c := serve(t)
	const sha = `"sha": "` + hubtest.Commit + `"`
	file := func(name, rest string) string { return `{"rfilename": "` + name + `", ` + rest + `}` }
	small := `"size": 10, "blobId": "` + hubtest.Commit + `"`
	two := file("config.json", small) + "," + file("preprocessor_config.json", small)
	for name, text := range map[string]string{
		"text":        "<html>",
		"no commit":   `{}`,
		"a branch":    `{"sha": "main"}`,
		"no files":    `{` + sha + `}`,
		"no weights":  `{` + sha + `, "siblings": [` + two + `]}`,
		"no hash":     `{` + sha + `, "siblings": [` + two + `,` + file("model.safetensors", `"size": 10`) + `]}`,
		"a bad hash":  `{` + sha + `, "siblings": [` + two + `,` + file("model.safetensors", `"lfs": {"size": 10, "sha256": "00"}`) + `]}`,
		"negative":    `{` + sha + `, "siblings": [` + two + `,` + file("model.safetensors", `"size": -1, "blobId": "`+hubtest.Commit+`"`) + `]}`,
		"huge":        `{` + sha + `, "siblings": [` + two + `,` + file("model.safetensors", `"lfs": {"size": 99999999999999, "sha256": "`+strings.Repeat("a", 64)+`"}`) + `]}`,
		"huge config": `{` + sha + `, "siblings": [` + file("config.json", `"size": 10000000, "blobId": "`+hubtest.Commit+`"`) + `]}`,
	} {
		h.Index([]byte(text))
		if m, err := c.Describe(t.Context(), repo, ""); !errors.Is(err, ErrHub) && !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
}

// TestOnlyHTTPS leaves no other scheme, and no other machine's http.
func TestOnlyHTTPS(t *testing.T) {
	for _, u := range []string{"http://example.com", "ftp://127.0.0.1", "file:///etc", "http://10.0.0.1:80", "http://127.0.0.1.example.com"} {
		c := &Client{URL: u}
		if _, err := c.Describe(t.Context(), repo, ""); !errors.Is(err, ErrHub) {
			t.Errorf("%s: %v", u, err)
		}
	}
}

func FuzzParseIndex(f *testing.F) {
	f.Add([]byte(`{"sha": "` + hubtest.Commit + `", "siblings": [{"rfilename": "config.json", "size": 1, "blobId": "x", "lfs": null}]}`))
	f.Add([]byte(`{"sha": "main", "cardData": {"license": ["mit"]}, "tags": ["license:mit"]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := parseIndex(b)
		if err != nil {
			return
		}
		for _, file := range m.Files {
			if file.check() != nil || !slices.Contains(importable, file.Name) {
				t.Fatalf("%+v", file)
			}
		}
	})
}

// importable are all files that an import may read.
var importable = []string{"config.json", "preprocessor_config.json", "model.safetensors", "pytorch_model.bin", "vocab.json", "merges.txt",
	"tokenizer.json", "tokenizer_config.json"}

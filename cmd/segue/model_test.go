package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seguedb/segue/embed/hub/hubtest"
	"github.com/seguedb/segue/embed/onnx/onnxtest"
	"github.com/seguedb/segue/embed/registry/registrytest"
)

// segueModel runs `segue model …` on a data directory and returns what it prints.
func segueModel(t *testing.T, data string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	root := rootCommand()
	root.SetArgs(append(append([]string{"model"}, args...), "--data", data))
	root.SetOut(&out)
	root.SetErr(&out)
	root.SetIn(strings.NewReader("y\n")) // no terminal: nobody is asked
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

func wantModel(t *testing.T, data, want string, args ...string) {
	t.Helper()
	if out, err := segueModel(t, data, args...); err != nil || !strings.Contains(out, want) {
		t.Errorf("segue model %s: %v, want %q in\n%s", strings.Join(args, " "), err, want, out)
	}
}

func wantModelError(t *testing.T, data, want string, args ...string) {
	t.Helper()
	if out, err := segueModel(t, data, args...); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("segue model %s: %v, want %q\n%s", strings.Join(args, " "), err, want, out)
	}
}

const tinyFixtures = "../../testdata/mert"

func TestModelFolder(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data") // not there yet
	dir := registrytest.Directory(t, tinyFixtures, "post", "legacy.bin")
	wantModel(t, data, "added tiny-post: layer:1", "add", dir)
	wantModel(t, data, "added two: all", "add", dir, "--name", "two", "--pooling", "all", "--precision", "fp32")
	wantModelError(t, data, "already", "add", dir)
	wantModelError(t, data, "precision", "add", dir, "--name", "b", "--precision", "int4")
	wantModelError(t, data, "no folder", "add", filepath.Join(data, "nothing", "here"))
	wantModelError(t, data, "neither", "add", filepath.Join(dir, "config.json"))
	wantModel(t, data, "two", "list")
	wantModel(t, data, "cc-by-nc-4.0", "show", "tiny-post")
	wantModel(t, data, "dimensions   96", "show", "two")
	wantModel(t, data, "dimensions   64", "show", "tiny-post/layers:0-1")
	wantModel(t, data, "music", "default")
	wantModel(t, data, "", "default", "two")
	wantModel(t, data, "two", "default")
	wantModelError(t, data, "unknown", "default", "three")
	wantModel(t, data, "", "remove", "two")
	wantModel(t, data, "music", "default")
	wantModelError(t, data, "no added model", "remove", "music")
	wantModelError(t, data, "unknown", "show", "two")
}

func TestModelFile(t *testing.T) {
	data, dir := t.TempDir(), t.TempDir()
	path := filepath.Join(dir, "moments.onnx")
	registrytest.Write(t, path, registrytest.Graph(t))
	lib := onnxtest.Runtime(t).Path()
	wantModelError(t, data, "moments.json", "add", path, "--ort-lib", lib)
	registrytest.Write(t, filepath.Join(dir, "moments.json"), []byte(`{"sample_rate": 16000, "window_seconds": 2, "input": "wave",
		"output": "moments", "normalisation": "none"}`))
	wantModel(t, data, "added moments", "add", path, "--ort-lib", lib)
	wantModel(t, data, "dimensions   2", "show", "moments")
	wantModel(t, data, "licence      unknown", "show", "moments")
}

// TestModelFromHub downloads from a stand-in: the licence first, a transfer that breaks off, a damaged one, and what is
// not there.
func TestModelFromHub(t *testing.T) {
	data := t.TempDir()
	h := hubtest.Serve(t, "m-a-p/Tiny-post", registrytest.Directory(t, tinyFixtures, "post", "model.safetensors"))
	add := func(args ...string) []string { return append([]string{"add", "--hub-url", h.URL}, args...) }

	out, err := segueModel(t, data, add("m-a-p/Tiny-post")...)
	if err == nil || !strings.Contains(err.Error(), "--accept-licence") || !strings.Contains(out, "cc-by-nc-4.0") {
		t.Errorf("without a licence: %v\n%s", err, out)
	}
	if n := len(h.Requests()); n != 1 {
		t.Errorf("%d requests before the licence was accepted: %v", n, h.Requests())
	}
	wantModelError(t, data, "not on the model hub", add("m-a-p/Nothing", "--accept-licence")...)
	wantModelError(t, data, "not on the model hub", add("m-a-p/Tiny-post", "--accept-licence", "--revision", "v2")...)
	h.Corrupt(true)
	wantModelError(t, data, "damaged", add("m-a-p/Tiny-post", "--accept-licence")...)
	h.Corrupt(false)
	h.Break(40000, 1)
	wantModel(t, data, "added tiny-post", add("m-a-p/Tiny-post", "--accept-licence", "--revision", hubtest.Commit)...)
	wantModel(t, data, "m-a-p/Tiny-post@"+hubtest.Commit, "show", "tiny-post")
	wantModelError(t, data, "already", add("m-a-p/Tiny-post", "--accept-licence")...)
	entries, err := os.ReadDir(filepath.Join(data, "models"))
	if err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

// TestModelBeforeFirstStart: models may be added to a directory that no server has made yet.
func TestModelBeforeFirstStart(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	wantModel(t, data, "added tiny-post", "add", registrytest.Directory(t, tinyFixtures, "post", "hub.bin"))
	wantModel(t, data, "", "default", "tiny-post")
	server, address := startProcess(t, data)
	defer func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	}()
	out, err := segueModel(t, data, "list", "--connect", address)
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	for line := range strings.Lines(out) {
		if strings.Contains(line, "tiny-post") && strings.Contains(line, "| t ") {
			return
		}
	}
	t.Errorf("the server has another default:\n%s", out)
}

// TestModelInUse: a model that a column needs is not removed, whether a server has the directory open or not.
func TestModelInUse(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	dir := registrytest.Directory(t, tinyFixtures, "post", "hub.bin")
	wantModel(t, data, "added one", "add", dir, "--name", "one")
	wantModel(t, data, "added free", "add", dir, "--name", "free")
	cmd, address := startProcess(t, data)
	conn := dial(t, address)
	for _, sql := range []string{
		"CREATE TABLE tracks (path text, emb vector(32) GENERATED ALWAYS AS (embed(path, model => 'one')) STORED)",
		"CREATE TABLE later (path text, \"Emb\" vector GENERATED ALWAYS AS (embed(path, model => 'one', layer => 2)) STORED)",
	} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	_ = conn.Close(t.Context())
	const columns = `public.later."Emb", public.tracks.emb`
	wantModelError(t, data, columns, "remove", "one", "--connect", address)
	wantModel(t, data, "", "remove", "free", "--connect", address)
	wantModel(t, data, "added free", "add", dir, "--name", "free")
	wantModelError(t, data, "could not be asked", "remove", "free", "--connect", "127.0.0.1:1")
	_ = cmd.Process.Signal(os.Interrupt)
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	wantModelError(t, data, columns, "remove", "one")
	wantModel(t, data, "", "remove", "free")
	wantModel(t, data, "warning: model \"one\" is needed by "+columns, "remove", "one", "--force")
	wantModelError(t, data, "unknown", "show", "one")
}

package embed_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/seguedb/segue/embed"
	"github.com/seguedb/segue/embed/onnx"
	"github.com/seguedb/segue/embed/onnx/onnxtest"
	"github.com/seguedb/segue/embed/registry"
)

// engineOf opens one whose loaded models may take so many bytes.
func engineOf(t *testing.T, modelBytes int64) *embed.Engine {
	t.Helper()
	r := registry.Open(t.TempDir())
	addTiny(t, r, "hub.bin", registry.AddOptions{Name: "tiny"})
	e, err := embed.New(embed.Options{Registry: r, ModelBytes: modelBytes, Library: onnx.LibraryOptions{Path: onnxtest.Runtime(t).Path()}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

var tinyPoolings = []string{"tiny", "tiny/layer:0", "tiny/layer:2", "tiny/all", "tiny/layers:1-2"}

// TestUnusedModelsUnload: the memory of models is bounded, the one used longest ago goes, and all compute what they did.
func TestUnusedModelsUnload(t *testing.T) {
	e := engineOf(t, 0)
	for _, name := range tinyPoolings {
		if _, err := e.EmbedBytes(t.Context(), tone(220, 1), name); err != nil {
			t.Fatal(err)
		}
	}
	all := e.Stats()
	if all.Loaded != len(tinyPoolings) || all.LoadedBytes <= 0 {
		t.Fatalf("%d models of %d bytes are loaded", all.Loaded, all.LoadedBytes)
	}
	e.UnloadIdle()
	if s := e.Stats(); s.Loaded != 0 || s.LoadedBytes != 0 {
		t.Errorf("%d idle models of %d bytes are loaded", s.Loaded, s.LoadedBytes)
	}

	// Room for two, but not for three.
	small := engineOf(t, all.LoadedBytes/int64(len(tinyPoolings))*5/2)
	for i := range 12 {
		name := tinyPoolings[i%len(tinyPoolings)]
		got, err := small.EmbedBytes(t.Context(), tone(220, 1), name)
		if err != nil {
			t.Fatal(err)
		}
		want, err := e.EmbedBytes(t.Context(), tone(220, 1), name)
		if err != nil {
			t.Fatal(err)
		}
		if c := cosine(got, want); c < 0.9999 {
			t.Errorf("%s: cosine %g after it was loaded again", name, c)
		}
	}
	if n := small.Stats().Loaded; n != 2 {
		t.Errorf("%d models are loaded where two have room", n)
	}
}

// TestModelsInUseStay: with room for none, models that many use at once are loaded as long as somebody does.
func TestModelsInUseStay(t *testing.T) {
	e := engineOf(t, 1)
	var wg sync.WaitGroup
	errs := make(chan error, 64)
	for i := range 16 {
		wg.Go(func() {
			for k := range 4 {
				_, err := e.EmbedBytes(t.Context(), tone(200+float64(10*i+k), 12), tinyPoolings[(i+k)%len(tinyPoolings)])
				errs <- err
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Error(errors.Unwrap(err), err)
		}
	}
	if s := e.Stats(); s.Loaded != 0 || s.LoadedBytes != 0 {
		t.Errorf("%d models of %d bytes are loaded after their use", s.Loaded, s.LoadedBytes)
	}
}

package embed_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/seguedb/segue/embed"
	"github.com/seguedb/segue/embed/audio"
	"github.com/seguedb/segue/embed/audio/audiotest"
	"github.com/seguedb/segue/embed/onnx"
	"github.com/seguedb/segue/embed/onnx/onnxtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// mapCache is a Cache in memory that tests can look into and break.
type mapCache struct {
	mu      sync.Mutex
	entries map[string][]byte
	failing error
	gets    atomic.Int64
}

func (c *mapCache) Get(key []byte) ([]byte, bool, error) {
	c.gets.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	b, ok := c.entries[string(key)]
	return bytes.Clone(b), ok, c.failing
}

func (c *mapCache) Put(key, value []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failing != nil {
		return c.failing
	}
	if c.entries == nil {
		c.entries = map[string][]byte{}
	}
	c.entries[string(key)] = bytes.Clone(value)
	return nil
}

func (c *mapCache) change(f func(b []byte) []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, v := range c.entries {
		c.entries[k] = f(v)
	}
}

// engine opens one over a folder.
func engine(tb testing.TB, dir string, cache embed.Cache) *embed.Engine {
	tb.Helper()
	root, err := audio.OpenRoot(dir)
	if err != nil {
		tb.Fatal(err)
	}
	e, err := embed.New(embed.Options{
		Root: root, Cache: cache, Library: onnx.LibraryOptions{Path: onnxtest.Runtime(tb).Path()},
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := errors.Join(e.Close(), root.Close()); err != nil {
			tb.Error(err)
		}
	})
	return e
}

func write(tb testing.TB, dir, name string, b []byte) string {
	tb.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

func tone(hz, seconds float64) []byte {
	return audiotest.WAV(24000, 1, 16, audiotest.Tone(hz, seconds, 24000, 1))
}

func cosine(a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

func wantUnit(t *testing.T, v []float32, dim int) {
	t.Helper()
	if len(v) != dim || math.Abs(cosine(v, v)-1) > 1e-5 {
		t.Fatalf("%d dimensions, squared length %g", len(v), cosine(v, v))
	}
}

func stats(e *embed.Engine, model string) embed.ModelStats {
	for _, m := range e.Stats().Models {
		if m.Name == model {
			return m
		}
	}
	return embed.ModelStats{}
}

func TestEmbedFiles(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.wav", tone(220, 7))
	write(t, dir, "short.wav", tone(220, 1.5))
	write(t, dir, "silence.wav", audiotest.WAV(24000, 1, 16, make([]float32, 3*24000)))
	e := engine(t, dir, nil)
	var done atomic.Int64
	paths := []string{"a.wav", "short.wav", filepath.Join(dir, "a.wav"), "silence.wav"}
	list, err := e.EmbedFiles(t.Context(), paths, "", func() { done.Add(1) })
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range list {
		wantUnit(t, v, 768)
	}
	if done.Load() != int64(len(paths)) {
		t.Errorf("done was called %d times", done.Load())
	}
	if cosine(list[0], list[2]) < 1-1e-6 {
		t.Error("an absolute path inside the root is another vector")
	}
	b, err := e.EmbedBytes(t.Context(), tone(220, 7), "music")
	if err != nil {
		t.Fatal(err)
	}
	if cosine(b, list[0]) < 1-1e-6 {
		t.Error("the same bytes are another vector")
	}
	if list, err := e.EmbedFiles(t.Context(), nil, "music", nil); err != nil || len(list) != 0 {
		t.Errorf("no paths: %v %v", list, err)
	}
}

func TestModels(t *testing.T) {
	e := engine(t, t.TempDir(), nil)
	list := e.Models()
	if len(list) != 4 || list[0].Name != "music" || !list[0].Default || list[1].Name != "tune" || list[1].Default ||
		list[2].Name != "dsp" || list[3].Name != "mert" {
		t.Errorf("%+v", list)
	}
	for _, m := range list {
		if m.WindowSeconds != 5 || m.SampleRateHz != 24000 || len(m.Fingerprint) != 64 || m.Licence == "" {
			t.Errorf("%+v", m)
		}
	}
	if list[0].Fingerprint == list[1].Fingerprint {
		t.Error("two models have one fingerprint")
	}
	if m, err := e.Model(""); m.Dim != 768 || err != nil {
		t.Errorf("%d %v", m.Dim, err)
	}
	_, err := e.Model("vggish")
	if !errors.Is(err, embed.ErrUnknownModel) || !strings.Contains(err.Error(), "music, tune, dsp, mert") {
		t.Error(err)
	}
	if _, err := embed.New(embed.Options{DefaultModel: "vggish"}); !errors.Is(err, embed.ErrUnknownModel) {
		t.Error(err)
	}
}

// TestMert runs the second model once: it must come out of the same pipeline.
func TestMert(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.wav", tone(220, 6))
	write(t, dir, "b.wav", tone(400, 2))
	e := engine(t, dir, nil)
	list, err := e.EmbedFiles(t.Context(), []string{"a.wav", "b.wav"}, "mert", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range list {
		wantUnit(t, v, 768)
	}
	if s := stats(e, "mert"); s.Windows != 3 || s.AudioSeconds != 8 || s.ModelSeconds <= 0 || s.DecodeSeconds <= 0 {
		t.Errorf("%+v", s)
	}
}

func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	outside := write(t, t.TempDir(), "outside.wav", tone(220, 2))
	write(t, dir, "text.wav", []byte("not audio at all, though it has the name of it\n"))
	write(t, dir, "empty.wav", nil)
	claims := tone(220, 2)
	copy(claims[40:], []byte{0xf0, 0xff, 0xff, 0xff})
	write(t, dir, "claims.wav", claims)
	write(t, dir, "click.wav", tone(220, 0.2))
	flac := filepath.Join(dir, "cut.flac")
	if err := audiotest.Encode(flac, audiotest.FLAC, 24000, 1, audiotest.Tone(220, 20, 24000, 1), ""); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(flac, 100_000); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "dir"), 0o700), os.Symlink(outside, filepath.Join(dir, "link.wav")),
		syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600)); err != nil {
		t.Fatal(err)
	}
	cache := &mapCache{}
	e := engine(t, dir, cache)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for path, want := range map[string]error{
		"missing.wav": audio.ErrNotAccessible, "dir": audio.ErrNotAccessible, "fifo": audio.ErrNotAccessible,
		"link.wav": audio.ErrNotAccessible, outside: audio.ErrNotAccessible, "": audio.ErrNotAccessible,
		"../../etc/passwd": audio.ErrNotAccessible, "/etc/passwd": audio.ErrNotAccessible,
		"text.wav": audio.ErrNotAudio, "empty.wav": audio.ErrEmpty, "claims.wav": audio.ErrTruncated,
		"cut.flac": audio.ErrTruncated, "click.wav": audio.ErrTooShort,
	} {
		_, err := e.EmbedFiles(t.Context(), []string{path}, "", nil)
		var at *embed.PathError
		if !errors.Is(err, want) || !errors.As(err, &at) || at.Path != path || at.Index != 0 {
			t.Errorf("%q: %v", path, err)
		}
		if path != "" && !strings.Contains(err.Error(), path) {
			t.Errorf("%q is not named in: %v", path, err)
		}
		if _, err := e.Duration(t.Context(), path); err == nil && path != "click.wav" && path != "cut.flac" {
			t.Errorf("%q has a duration", path)
		}
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
		t.Errorf("bad input took %d MB", used>>20)
	}
	if len(cache.entries) != 0 {
		t.Errorf("%d failures were cached", len(cache.entries))
	}
	if _, err := e.EmbedBytes(t.Context(), nil, ""); !errors.Is(err, audio.ErrEmpty) {
		t.Error(err)
	}
}

// The path named is the first bad one of the list, whichever fails first.
func TestFirstFailureIsNamed(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "good.wav", tone(220, 30))
	write(t, dir, "text.wav", []byte("a text"))
	if err := audiotest.Encode(filepath.Join(dir, "slow-bad.flac"), audiotest.FLAC, 24000, 1,
		audiotest.Tone(220, 60, 24000, 1), ""); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(dir, "slow-bad.flac"), 300_000); err != nil {
		t.Fatal(err)
	}
	e := engine(t, dir, nil)
	for range 5 {
		_, err := e.EmbedFiles(t.Context(), []string{"good.wav", "slow-bad.flac", "text.wav", "missing.wav"}, "", nil)
		var at *embed.PathError
		if !errors.As(err, &at) || at.Index != 1 || at.Path != "slow-bad.flac" {
			t.Fatal(err)
		}
	}
}

func TestCacheAndSharing(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.wav", tone(220, 12))
	write(t, dir, "copy.wav", tone(220, 12))
	cache := &mapCache{}
	e := engine(t, dir, cache)
	paths := make([]string, 40)
	for i := range paths {
		paths[i] = []string{"a.wav", "copy.wav"}[i%2]
	}
	list, err := e.EmbedFiles(t.Context(), paths, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if s := stats(e, "music"); s.Embeddings != 1 || s.Windows != 3 || s.CacheMisses != 1 {
		t.Errorf("forty paths of one content: %+v", s)
	}
	// What is in the cache must be enough, and damage must not matter.
	for name, damage := range map[string]func(b []byte) []byte{
		"whole":         func(b []byte) []byte { return b },
		"cut":           func(b []byte) []byte { return b[:len(b)/2] },
		"empty":         func([]byte) []byte { return nil },
		"a bit":         func(b []byte) []byte { b[100] ^= 1; return b },
		"later version": func(b []byte) []byte { b[0]++; return b },
	} {
		cache.change(damage)
		e := engine(t, dir, cache)
		again, err := e.EmbedFiles(t.Context(), []string{"copy.wav"}, "", nil)
		if err != nil || cosine(again[0], list[0]) < 1-1e-6 {
			t.Errorf("%s: %v", name, err)
		}
		want := int64(1)
		if name == "whole" {
			want = 0
		}
		if s := stats(e, "music"); s.Embeddings != want || s.CacheHits != 1-want {
			t.Errorf("%s: %+v", name, s)
		}
	}
	cache.failing = errors.New("disk on fire")
	e = engine(t, dir, cache)
	again, err := e.EmbedFiles(t.Context(), []string{"a.wav"}, "", nil)
	if err != nil || cosine(again[0], list[0]) < 1-1e-6 {
		t.Errorf("a failing cache: %v", err)
	}
}

// A file that is written to is another file, even at the same size.
func TestChangedFile(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.wav", tone(220, 2))
	e := engine(t, dir, &mapCache{})
	first, err := e.EmbedFiles(t.Context(), []string{"a.wav"}, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "a.wav", tone(330, 2))
	second, err := e.EmbedFiles(t.Context(), []string{"a.wav"}, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if cosine(first[0], second[0]) > 0.999 {
		t.Error("the new content has the old vector")
	}
}

// One caller gives up; the others get their vector. When all give up, the computation
// ends and leaves nothing running.
func TestCancel(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "long.wav", tone(220, 300))
	e := engine(t, dir, nil)
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() {
		if _, err := e.EmbedFiles(ctx, []string{"long.wav"}, "", nil); !errors.Is(err, context.Canceled) {
			t.Errorf("the one who gave up: %v", err)
		}
	})
	group.Go(func() {
		list, err := e.EmbedFiles(t.Context(), []string{"long.wav"}, "", nil)
		if err != nil {
			t.Errorf("the one who waited: %v", err)
			return
		}
		wantUnit(t, list[0], 768)
	})
	for stats(e, "music").Windows == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	group.Wait()
	if s := stats(e, "music"); s.Embeddings != 1 {
		t.Errorf("%+v", s)
	}

	ctx, cancel = context.WithCancel(t.Context())
	before := stats(e, "music").Windows
	group.Go(func() {
		if _, err := e.EmbedBytes(ctx, tone(330, 300), ""); !errors.Is(err, context.Canceled) {
			t.Errorf("alone: %v", err)
		}
	})
	for stats(e, "music").Windows == before {
		time.Sleep(time.Millisecond)
	}
	cancel()
	group.Wait()
	for e.Stats().Busy > 0 {
		time.Sleep(time.Millisecond)
	}
	if s := stats(e, "music"); s.Embeddings != 1 || s.Windows-before > 50 {
		t.Errorf("after all had given up: %+v", s)
	}
}

func TestClose(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "long.wav", tone(220, 300))
	root, err := audio.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	e, err := embed.New(embed.Options{Root: root, Library: onnx.LibraryOptions{Path: onnxtest.Runtime(t).Path()}})
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	group.Go(func() {
		if _, err := e.EmbedFiles(t.Context(), []string{"long.wav"}, "", nil); !errors.Is(err, embed.ErrClosed) {
			t.Errorf("cut short: %v", err)
		}
	})
	for stats(e, "music").Windows == 0 {
		time.Sleep(time.Millisecond)
	}
	if err := errors.Join(e.Close(), e.Close()); err != nil {
		t.Error(err)
	}
	group.Wait()
	if _, err := e.EmbedFiles(t.Context(), []string{"long.wav"}, "", nil); !errors.Is(err, embed.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// An hour takes no more memory than a minute.
func TestMemoryIsFlat(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "hour.wav", audiotest.WAV(8000, 1, 8, audiotest.Tone(220, 3600, 8000, 1)))
	e := engine(t, dir, nil)
	// The first run loads the model and fills the arena.
	if _, err := e.EmbedBytes(t.Context(), tone(220, 30), ""); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	most := make(chan uint64)
	go func() {
		high := uint64(0)
		for ctx.Err() == nil {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			high = max(high, m.HeapInuse)
			time.Sleep(5 * time.Millisecond)
		}
		most <- high
	}()
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	list, err := e.EmbedFiles(t.Context(), []string{"hour.wav"}, "", nil)
	cancel()
	high := <-most
	if err != nil {
		t.Fatal(err)
	}
	wantUnit(t, list[0], 768)
	t.Logf("%d MB in use before, at most %d MB", before.HeapInuse>>20, high>>20)
	if high > before.HeapInuse+48<<20 {
		t.Errorf("an hour took %d MB", (high-before.HeapInuse)>>20)
	}
}

func TestFacts(t *testing.T) {
	dir := t.TempDir()
	if err := audiotest.Encode(filepath.Join(dir, "a.flac"), audiotest.FLAC, 44100, 2,
		audiotest.Tone(220, 3, 44100, 2), "Harbour"); err != nil {
		t.Fatal(err)
	}
	e := engine(t, dir, nil)
	if d, err := e.Duration(t.Context(), "a.flac"); d != 3 || err != nil {
		t.Errorf("%g %v", d, err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "a.flac"))
	if err != nil {
		t.Fatal(err)
	}
	if d, err := e.DurationBytes(t.Context(), b); d != 3 || err != nil {
		t.Errorf("%g %v", d, err)
	}
	if v, ok, err := e.Tag(t.Context(), "a.flac", "title"); v != "Harbour" || !ok || err != nil {
		t.Errorf("%q %v %v", v, ok, err)
	}
	if v, ok, err := e.Tag(t.Context(), "a.flac", "album"); v != "" || ok || err != nil {
		t.Errorf("%q %v %v", v, ok, err)
	}
	if _, _, err := e.Tag(t.Context(), "b.flac", "title"); !errors.Is(err, audio.ErrNotAccessible) {
		t.Error(err)
	}
}

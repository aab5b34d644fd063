package server

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"

	"github.com/seguedb/segue/embed"
	"github.com/seguedb/segue/embed/audio"
	"github.com/seguedb/segue/embed/onnx"
	"github.com/seguedb/segue/embed/pooling"
	"github.com/seguedb/segue/embed/registry"
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
)

// embedder gives package embed the shape that the executor asks for, and its errors their SQLSTATEs.
type embedder struct {
	engine *embed.Engine
	root   *audio.Root
}

func openEmbedder(c Config, cache *storage.Store) (*embedder, error) {
	root, err := audio.OpenRoot(c.AudioRoot)
	if err != nil {
		return nil, err
	}
	e, err := embed.New(embed.Options{
		Root: root, Cache: storeCache{cache}, Workers: c.Workers, ModelBytes: int64(c.ModelMiB) << 20,
		DefaultModel: c.DefaultModel, Logger: c.Logger,
		Registry: registry.Open(c.DataDir),
		Library:  onnx.LibraryOptions{Path: c.ORTLibrary, DataDir: c.DataDir},
	})
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return &embedder{engine: e, root: root}, nil
}

// Close ends the workers and lets go of the models.
func (e *embedder) Close() error { return errors.Join(e.engine.Close(), e.root.Close()) }

// storeCache keeps embeddings by content in the store.
type storeCache struct{ store *storage.Store }

func (c storeCache) Get(key []byte) ([]byte, bool, error) { return c.store.CacheGet(key) }
func (c storeCache) Put(key, value []byte) error          { return c.store.CachePut(key, value) }

// EmbedClips implements exec.Embedder.
func (e *embedder) EmbedClips(ctx context.Context, clips []exec.Clip, model string, done func()) ([][]float32, error) {
	list := make([]embed.Clip, len(clips))
	for i, c := range clips {
		list[i] = clipOf(c)
	}
	vecs, err := e.engine.EmbedClips(ctx, list, model, done)
	var p *embed.PathError
	if errors.As(err, &p) {
		return nil, &exec.RowError{Row: p.Index, Err: audioError(ctx, p.Err)}
	}
	return vecs, audioError(ctx, err)
}

func clipOf(c exec.Clip) embed.Clip {
	return embed.Clip{Path: c.Path, Data: c.Data, Span: embed.Span{From: c.From, To: c.To}}
}

// Windows implements exec.Embedder.
func (e *embedder) Windows(ctx context.Context, clip exec.Clip, model string) ([]float32, []exec.Window, error) {
	track, list, err := e.engine.Windows(ctx, clipOf(clip), model)
	out := make([]exec.Window, len(list))
	for i, w := range list {
		out[i] = exec.Window(w)
	}
	return track, out, audioError(ctx, err)
}

// EmbedText implements exec.Embedder.
func (e *embedder) EmbedText(ctx context.Context, text, model string) ([]float32, error) {
	v, err := e.engine.EmbedText(ctx, text, model)
	return v, audioError(ctx, err)
}

// Duration implements exec.Embedder.
func (e *embedder) Duration(ctx context.Context, path string) (float64, error) {
	d, err := e.engine.Duration(ctx, path)
	return d, audioError(ctx, err)
}

// DurationBytes implements exec.Embedder.
func (e *embedder) DurationBytes(ctx context.Context, data []byte) (float64, error) {
	d, err := e.engine.DurationBytes(ctx, data)
	return d, audioError(ctx, err)
}

// Tag implements exec.Embedder.
func (e *embedder) Tag(ctx context.Context, path, name string) (string, bool, error) {
	v, ok, err := e.engine.Tag(ctx, path, name)
	return v, ok, audioError(ctx, err)
}

// Facts implements exec.Embedder.
func (e *embedder) Facts(ctx context.Context, path string) (map[string]any, error) {
	facts, err := e.engine.Facts(ctx, path)
	return facts, audioError(ctx, err)
}

// FileState implements exec.Embedder.
func (e *embedder) FileState(ctx context.Context, path string) (exec.FileState, error) {
	f, err := e.engine.State(ctx, path)
	return exec.FileState{SizeBytes: f.SizeBytes, Modified: f.Modified, SHA256: hex.EncodeToString(f.SHA256[:]), ID: f.ID},
		audioError(ctx, err)
}

// AudioPath implements exec.Embedder.
func (e *embedder) AudioPath(path string) (string, error) {
	rel, err := e.engine.Relative(path)
	return rel, audioError(context.Background(), err)
}

// AudioFiles implements exec.Embedder.
func (e *embedder) AudioFiles(ctx context.Context, dir string) iter.Seq2[exec.AudioFile, error] {
	return func(yield func(exec.AudioFile, error) bool) {
		for f, err := range e.engine.Walk(ctx, dir) {
			found := exec.AudioFile{Path: f.Path, SizeBytes: f.SizeBytes, Modified: f.Modified, ID: f.ID, Folder: f.Folder}
			found.Err = audioError(ctx, f.Err)
			if !yield(found, audioError(ctx, err)) {
				return
			}
		}
	}
}

// DefaultModel implements exec.Embedder.
func (e *embedder) DefaultModel() string { return e.engine.DefaultModel() }

// Model implements exec.Embedder.
func (e *embedder) Model(name string) (catalog.Model, error) {
	m, err := e.engine.Model(name)
	return catalog.Model{Name: m.Name, Fingerprint: m.Fingerprint, Dim: m.Dim, Texts: m.Texts}, audioError(context.Background(), err)
}

// Models implements exec.Embedder.
func (e *embedder) Models() []exec.ModelRow {
	var out []exec.ModelRow
	for _, m := range e.engine.Models() {
		out = append(out, exec.ModelRow{
			Name: m.Name, Fingerprint: m.Fingerprint, Licence: m.Licence, Description: m.Description,
			Pooling: m.Pooling, Precision: m.Precision,
			Dim: m.Dim, SampleRateHz: m.SampleRateHz, WindowSeconds: m.WindowSeconds, Default: m.Default, Texts: m.Texts,
		})
	}
	return out
}

// audioCodes are the SQLSTATEs of what can be wrong with audio.
var audioCodes = []struct {
	kind error
	code sqlstate.Code
}{
	{audio.ErrNotAccessible, sqlstate.InsufficientPrivilege},
	{audio.ErrFolder, sqlstate.InsufficientPrivilege},
	{audio.ErrName, sqlstate.CharacterNotInRepertoire},
	{audio.ErrEmpty, sqlstate.DataException},
	{audio.ErrNotAudio, sqlstate.DataException},
	{audio.ErrUnsupported, sqlstate.FeatureNotSupported},
	{audio.ErrTruncated, sqlstate.DataException},
	{audio.ErrDamaged, sqlstate.DataException},
	{audio.ErrTooShort, sqlstate.DataException},
	{audio.ErrTooLong, sqlstate.ProgramLimitExceeded},
	{audio.ErrTooLarge, sqlstate.ProgramLimitExceeded},
}

// audioError gives an error of the embedding path its SQLSTATE.
func audioError(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("embed: %w", context.Cause(ctx))
	}
	var a *audio.Error
	if errors.As(err, &a) {
		for _, c := range audioCodes {
			if errors.Is(a, c.kind) {
				e := sqlstate.Wrap(err, c.code, "%s", a.Error())
				e.Hint = a.Hint
				return e
			}
		}
	}
	if errors.Is(err, audio.ErrNoFolder) {
		return sqlstate.Wrap(err, sqlstate.InsufficientPrivilege, "could not open %s", err.Error()).
			WithHint("Name a folder under the server's audio root, by its path from there or in full.")
	}
	var span *embed.SpanError
	if errors.As(err, &span) {
		return sqlstate.Wrap(err, sqlstate.InvalidParameterValue, "%s", span.Error())
	}
	if errors.Is(err, embed.ErrUnknownModel) {
		return sqlstate.Wrap(err, sqlstate.UndefinedObject, "%s", err.Error())
	}
	if errors.Is(err, embed.ErrNoText) {
		return sqlstate.Wrap(err, sqlstate.FeatureNotSupported, "%s", err.Error()).
			WithHint("A model of the CLAP family does: see \"segue model add\".")
	}
	if errors.Is(err, pooling.ErrPooling) {
		return sqlstate.Wrap(err, sqlstate.InvalidParameterValue, "%s", err.Error())
	}
	if errors.Is(err, registry.ErrDamaged) {
		return sqlstate.Wrap(err, sqlstate.DataCorrupted, "%s", err.Error())
	}
	if errors.Is(err, onnx.ErrLibraryNotFound) {
		return sqlstate.Wrap(err, sqlstate.UndefinedFile, "could not load the model: ONNX Runtime library not found").
			WithHint("Put libonnxruntime.so.1 beside the segue binary or in the data directory, or set SEGUE_ORT_LIB to its path.")
	}
	return err
}

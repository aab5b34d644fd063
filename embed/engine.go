package embed

import (
	"context"
	"log/slog"
	"runtime"

	"github.com/seguedb/segue/embed/audio"
	"github.com/seguedb/segue/embed/onnx"
	"github.com/seguedb/segue/embed/registry"
)

// Options make an Engine.
type Options struct {
	// Root is where files are read; it stays the caller's and must outlive the Engine.
	// Without one, only bytes can be embedded.
	Root *audio.Root
	// Library says where ONNX Runtime is. It is looked for when a model is first used.
	Library onnx.LibraryOptions
	// Cache keeps embeddings; nil means that nothing is kept.
	Cache Cache
	// Workers is how many windows are computed at once; 0 means one a core.
	Workers int
	// DefaultModel is what the name "" stands for; "" means the registry's default, or
	// "music" where it has none.
	DefaultModel string
	// Registry has the models that were added; nil means that there are none.
	Registry *registry.Registry
	// ModelBytes bounds what loaded models take together, but for those in use: DefaultModelBytes when 0. It is an estimate
	// from the size of their graphs.
	ModelBytes int64
	// Limits bound what audio is accepted; zero fields mean audio's defaults.
	Limits audio.Limits
	Logger *slog.Logger // nil is silent
}

// Engine embeds audio. All its methods may be called concurrently, until Close.
type Engine struct {
	root     *audio.Root
	cache    Cache
	limits   audio.Limits
	log      *slog.Logger
	sessions *sessions
	shelf    *shelf
	workers  *workers

	stop    context.CancelCauseFunc
	digests memo[digest]
	known   memo[audio.Facts]
	hashes  flights[audio.Identity, digest]
	tracks  flights[entryKey, *embedding]
}

// New makes an Engine. It loads nothing yet; the error is about DefaultModel.
func New(o Options) (*Engine, error) {
	if o.Workers <= 0 {
		o.Workers = runtime.NumCPU()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	sessions := newSessions(o.Library, o.ModelBytes, o.Logger)
	shelf, err := newShelf(o.Registry, o.DefaultModel, o.Logger, sessions.retire)
	if err != nil {
		return nil, err
	}
	base, stop := context.WithCancelCause(context.Background())
	e := &Engine{
		root: o.Root, cache: o.Cache, limits: o.Limits, log: o.Logger, sessions: sessions,
		shelf: shelf, workers: newWorkers(o.Workers), stop: stop,
	}
	e.digests.most, e.known.most = maxDigests, maxFacts
	e.hashes.base, e.tracks.base = base, base
	return e, nil
}

// Close ends what is running with ErrClosed, waits for it, and frees the models.
func (e *Engine) Close() error {
	e.stop(ErrClosed)
	e.tracks.close()
	e.hashes.close()
	e.shelf.close()
	return e.sessions.close()
}

// UnloadIdle frees the memory of the models that nobody uses. They are loaded again when somebody does.
func (e *Engine) UnloadIdle() { e.sessions.unloadIdle() }

// model finds a model by name; "" is the default.
func (e *Engine) model(name string) (*model, error) { return e.shelf.model(name) }

// Models lists the models, loaded or not, each with its own pooling.
func (e *Engine) Models() []ModelInfo {
	own, _, fallback := e.shelf.list()
	var list []ModelInfo
	for _, m := range own {
		info := m.ModelInfo
		info.Default = m.Name == fallback
		list = append(list, info)
	}
	return list
}

// Model describes the model of a name, NAME or NAME/POOLING; "" is the default.
func (e *Engine) Model(name string) (ModelInfo, error) {
	m, err := e.model(name)
	if err != nil {
		return ModelInfo{}, err
	}
	return m.ModelInfo, nil
}

// ModelsVersion changes when a model is added, replaced or removed, and when another
// becomes the default: what was decided by a model's name may then be decided anew.
func (e *Engine) ModelsVersion() uint64 { return e.shelf.now() }

// DefaultModel is the name that "" stands for.
func (e *Engine) DefaultModel() string {
	_, _, fallback := e.shelf.list()
	return fallback
}

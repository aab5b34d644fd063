package embed

import (
	"context"
	"errors"
	"log/slog"
	"runtime"

	"github.com/seguedb/segue/embed/audio"
	"github.com/seguedb/segue/embed/onnx"
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
	// DefaultModel is what the name "" stands for; "" means "music".
	DefaultModel string
	// Limits bound what audio is accepted; zero fields mean audio's defaults.
	Limits audio.Limits
	Logger *slog.Logger // nil is silent
}

// Engine embeds audio. All its methods may be called concurrently, until Close.
type Engine struct {
	root     *audio.Root
	library  onnx.LibraryOptions
	cache    Cache
	limits   audio.Limits
	log      *slog.Logger
	models   []*model
	fallback *model // what "" names
	workers  *workers

	stop   context.CancelCauseFunc
	memo   memo
	hashes flights[audio.Identity, digest]
	tracks flights[entryKey, *embedding]
}

// New makes an Engine. It loads nothing yet; the error is [ErrUnknownModel].
func New(o Options) (*Engine, error) {
	if o.Workers <= 0 {
		o.Workers = runtime.NumCPU()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	base, stop := context.WithCancelCause(context.Background())
	e := &Engine{
		root: o.Root, library: o.Library, cache: o.Cache, limits: o.Limits, log: o.Logger,
		models: models(), workers: newWorkers(o.Workers), stop: stop,
	}
	e.hashes.base, e.tracks.base = base, base
	e.fallback = e.models[0]
	m, err := e.model(o.DefaultModel)
	if err != nil {
		stop(ErrClosed)
		return nil, err
	}
	e.fallback, m.Default = m, true
	return e, nil
}

// Close ends what is running with ErrClosed, waits for it, and frees the models.
func (e *Engine) Close() error {
	e.stop(ErrClosed)
	e.tracks.close()
	e.hashes.close()
	var errs []error
	for _, m := range e.models {
		errs = append(errs, m.close())
	}
	return errors.Join(errs...)
}

// model finds a model by name; "" is the default.
func (e *Engine) model(name string) (*model, error) {
	if name == "" {
		return e.fallback, nil
	}
	var known []string
	for _, m := range e.models {
		if m.Name == name {
			return m, nil
		}
		known = append(known, m.Name)
	}
	return nil, &unknownModel{name: name, known: known}
}

// Models lists the models, loaded or not.
func (e *Engine) Models() []ModelInfo {
	list := make([]ModelInfo, len(e.models))
	for i, m := range e.models {
		list[i] = m.ModelInfo
	}
	return list
}

// DefaultModel is the name that "" stands for.
func (e *Engine) DefaultModel() string { return e.fallback.Name }

// ModelDim returns how many dimensions a model's vectors have.
func (e *Engine) ModelDim(name string) (int, error) {
	m, err := e.model(name)
	if err != nil {
		return 0, err
	}
	return m.Dim, nil
}

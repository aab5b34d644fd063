package embed

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/seguedb/segue/embed/onnx"
)

// tower is a graph of a model, which is loaded when it is first used.
type tower struct {
	loading chan struct{} // a mutex that can be waited for with a context
	session *onnx.Session // guarded by loading
}

func newTower() tower { return tower{loading: make(chan struct{}, 1)} }

// open returns the tower's session, making it on the first call of what graph gives. A
// failed call may be repeated. The engine's runtime comes through its library.
func (t *tower) open(
	ctx context.Context, e *Engine, name string, graph func() ([]byte, onnx.SessionOptions, error),
) (*onnx.Session, error) {
	select {
	case t.loading <- struct{}{}:
		defer func() { <-t.loading }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if t.session != nil {
		return t.session, nil
	}
	start := time.Now()
	runtime, err := onnx.Open(e.library)
	if err != nil {
		return nil, fmt.Errorf("loading model %q: %w", name, err)
	}
	model, options, err := graph()
	if err != nil {
		return nil, fmt.Errorf("building model %q: %w", name, err)
	}
	t.session, err = runtime.NewSession(model, options)
	if err != nil {
		return nil, fmt.Errorf("loading model %q: %w", name, err)
	}
	e.log.Info("embedding model loaded", slog.String("model", name), slog.Int("sizeBytes", len(model)),
		slog.Duration("took", time.Since(start)), slog.String("library", runtime.Path()))
	return t.session, nil
}

// close frees the session, if there is one, after the runs in flight.
func (t *tower) close() error {
	t.loading <- struct{}{}
	defer func() { <-t.loading }()
	if t.session == nil {
		return nil
	}
	return t.session.Close()
}

package embed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/seguedb/segue/embed/onnx"
)

// DefaultModelBytes is what loaded models may take where Options.ModelBytes says nothing: three of MERT-v1-95M's size in
// fp32, as files of 380 MB are estimated.
const DefaultModelBytes = 2 << 30

// sessions are the models that are loaded, a tower each: one that reads texts has two. One stays loaded after its
// use, for the next; what goes when they take more memory together than they may is the one that was used longest
// ago, of those that nobody uses. So what is in use at once may take more.
type sessions struct {
	library onnx.LibraryOptions
	log     *slog.Logger
	max     int64

	mu     sync.Mutex
	bytes  int64
	loaded map[*tower]*loadedModel
}

// loadedModel is a model's session; sessions.mu guards what changes.
type loadedModel struct {
	name    string
	session *onnx.Session
	bytes   int64
	users   int
	used    time.Time // when somebody began or ended using it
	gone    bool      // from sessions.loaded: its last user closes it
}

func newSessions(library onnx.LibraryOptions, maxBytes int64, log *slog.Logger) *sessions {
	return &sessions{library: library, log: log, max: cmp.Or(maxBytes, DefaultModelBytes), loaded: map[*tower]*loadedModel{}}
}

// largeGraph is the size of a graph from which on Go is asked to give its memory back at once.
const largeGraph = 64 << 20

// sessionBytes estimates a loaded model's memory from its graph's: the weights twice, as they came and as the kernels want
// them, and room for the numbers between the layers, which a model of any size needs some of.
func sessionBytes(graph int) int64 { return 2*int64(graph) + 4<<20 }

// use gives a tower's session, made of what graph gives where it is not loaded, until release is called. A call that
// failed may be repeated.
func (s *sessions) use(
	ctx context.Context, t *tower, name string, graph func() ([]byte, onnx.SessionOptions, error),
) (session *onnx.Session, release func(), err error) {
	select {
	case t.loading <- struct{}{}:
		defer func() { <-t.loading }()
	case <-ctx.Done():
		return nil, nil, context.Cause(ctx)
	}
	l := s.find(t)
	if l == nil {
		if l, err = s.load(name, graph); err != nil {
			return nil, nil, err
		}
		s.add(t, l)
	}
	return l.session, func() { s.release(l) }, nil
}

// find takes a use of a tower that is loaded, nil where it is not.
func (s *sessions) find(t *tower) *loadedModel {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.loaded[t]
	if l != nil {
		l.users, l.used = l.users+1, time.Now()
	}
	return l
}

func (s *sessions) load(name string, graph func() ([]byte, onnx.SessionOptions, error)) (*loadedModel, error) {
	start := time.Now()
	runtime, err := onnx.Open(s.library)
	if err != nil {
		return nil, fmt.Errorf("loading model %q: %w", name, err)
	}
	model, options, err := graph()
	if err != nil {
		return nil, fmt.Errorf("building model %q: %w", name, err)
	}
	size := len(model)
	session, err := runtime.NewSession(model, options)
	if err != nil {
		return nil, fmt.Errorf("loading model %q: %w", name, err)
	}
	if size > largeGraph {
		debug.FreeOSMemory() // or the graph stays until Go's next collection
	}
	s.log.Info("embedding model loaded", slog.String("model", name), slog.Int("sizeBytes", size),
		slog.Duration("took", time.Since(start)), slog.String("library", runtime.Path()))
	return &loadedModel{name: name, session: session, bytes: sessionBytes(size)}, nil
}

// add takes the first use of a tower that was loaded.
func (s *sessions) add(t *tower, l *loadedModel) {
	s.mu.Lock()
	l.users, l.used = 1, time.Now()
	s.loaded[t] = l
	s.bytes += l.bytes
	unused := s.evict(s.max)
	s.mu.Unlock()
	s.free(unused)
}

func (s *sessions) release(l *loadedModel) {
	s.mu.Lock()
	l.users, l.used = l.users-1, time.Now()
	var unused []*loadedModel
	if l.gone && l.users == 0 {
		unused = append(unused, l)
	}
	unused = append(unused, s.evict(s.max)...)
	s.mu.Unlock()
	s.free(unused)
}

// evict takes out models that nobody uses until the others take no more than so many bytes, to be freed without mu,
// which is held.
func (s *sessions) evict(limit int64) []*loadedModel {
	if s.bytes <= limit {
		return nil
	}
	var idle []*tower
	for t, l := range s.loaded {
		if l.users == 0 {
			idle = append(idle, t)
		}
	}
	slices.SortFunc(idle, func(a, b *tower) int { return s.loaded[a].used.Compare(s.loaded[b].used) })
	var out []*loadedModel
	for _, t := range idle {
		if s.bytes <= limit {
			break
		}
		l := s.remove(t)
		s.log.Info("embedding model unloaded", slog.String("model", l.name))
		out = append(out, l)
	}
	return out
}

// remove takes a tower out; mu is held.
func (s *sessions) remove(t *tower) *loadedModel {
	l := s.loaded[t]
	delete(s.loaded, t)
	s.bytes -= l.bytes
	l.gone = true
	return l
}

// unloadIdle frees the models that nobody uses.
func (s *sessions) unloadIdle() {
	s.mu.Lock()
	idle := s.evict(0)
	s.mu.Unlock()
	s.free(idle)
}

// retire frees models that are no more, each when its last user is done.
func (s *sessions) retire(models []*model) {
	var idle []*loadedModel
	for _, m := range models {
		for _, t := range []*tower{&m.audio, &m.text.tower} {
			t.loading <- struct{}{}
			s.mu.Lock()
			if s.loaded[t] != nil {
				if l := s.remove(t); l.users == 0 {
					idle = append(idle, l)
				}
			}
			s.mu.Unlock()
			<-t.loading
		}
	}
	s.free(idle)
}

func (s *sessions) free(list []*loadedModel) {
	for _, l := range list {
		if err := l.session.Close(); err != nil {
			s.log.Warn("embedding model could not be freed", slog.String("model", l.name), slog.Any("error", err))
		}
	}
}

// close frees every model. Nobody uses one any more.
func (s *sessions) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for t := range s.loaded {
		errs = append(errs, s.remove(t).session.Close())
	}
	return errors.Join(errs...)
}

// size is how many models are loaded, and about how much memory they take.
func (s *sessions) size() (models int, bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.loaded), s.bytes
}

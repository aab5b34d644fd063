package embed

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seguedb/segue/embed/pooling"
	"github.com/seguedb/segue/embed/registry"
)

// shelf is the models by name: NAME is a source with its own pooling, NAME/POOLING with
// another. What was added to or removed from the data directory is noticed at the next
// look.
type shelf struct {
	registry *registry.Registry // nil: nothing can be added
	log      *slog.Logger
	retire   func([]*model) // frees models that are no more

	mu      sync.Mutex
	sources []*source
	models  map[string]*model // by canonical name; each is made when it is first named
	// chosen is the default that the options name, "" for the registry's.
	chosen, fallback string
	stamp            time.Time
	closed           bool
	// content is what there is and what is the default; version counts its changes.
	content string
	version uint64
}

// settleTime is how long after a change the folder's time may hide another.
const settleTime = 2 * time.Second

// newShelf reads the registry. It fails when the default that was chosen is not there.
func newShelf(r *registry.Registry, chosen string, log *slog.Logger, retire func([]*model)) (*shelf, error) {
	s := &shelf{registry: r, log: log, retire: retire, chosen: chosen, sources: builtIn(), models: map[string]*model{}, version: 1}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refresh() // there are no models yet that could be gone
	if chosen != "" {
		if _, err := s.find(chosen); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// model finds a model by name; "" is the default.
func (s *shelf) model(name string) (*model, error) {
	s.mu.Lock()
	gone := s.refresh()
	if name == "" {
		name = s.fallback
	}
	m, err := s.find(name)
	s.mu.Unlock()
	s.retire(gone)
	return m, err
}

// list returns each source with its own pooling, in order, and what else has been named.
func (s *shelf) list() (own, others []*model, fallback string) {
	s.mu.Lock()
	gone := s.refresh()
	for _, src := range s.sources {
		if m, err := s.find(src.name); err == nil {
			own = append(own, m)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.models)) {
		if strings.Contains(name, "/") {
			others = append(others, s.models[name])
		}
	}
	fallback = s.fallback
	s.mu.Unlock()
	s.retire(gone)
	return own, others, fallback
}

// find is model with mu held.
func (s *shelf) find(name string) (*model, error) {
	base, text, _ := strings.Cut(name, "/")
	var known []string
	for _, src := range s.sources {
		known = append(known, src.name)
		if src.name != base {
			continue
		}
		p := src.pooling
		if text != "" {
			var err error
			if p, err = src.pooling.With(text, src.states); err != nil {
				return nil, fmt.Errorf("embedding model %q: %w", base, err)
			}
		}
		return s.pooled(src, p)
	}
	return nil, &unknownModel{name: name, known: known}
}

// pooled is a source with a pooling; mu is held.
func (s *shelf) pooled(src *source, p pooling.Pooling) (*model, error) {
	name := src.name
	if p != src.pooling {
		name += "/" + poolingText(p)
	}
	if m := s.models[name]; m != nil {
		return m, nil
	}
	if dim := p.Dim(src.width); dim > pooling.MaxDim {
		return nil, fmt.Errorf("embedding model %q: %w: it makes %d numbers, and a vector has at most %d",
			name, pooling.ErrPooling, dim, pooling.MaxDim)
	}
	m := newModel(name, src, p)
	s.models[name] = m
	return m, nil
}

// poolingText names a pooling where an empty text would be none.
func poolingText(p pooling.Pooling) string {
	if t := p.String(); t != "" {
		return t
	}
	return "mean"
}

// refresh reads the registry when it has changed, and returns the models that are no
// more, which retire must be given when mu is free. mu is held.
func (s *shelf) refresh() (gone []*model) {
	if s.fallback == "" {
		s.fallback = s.sources[0].name
		if s.chosen != "" {
			s.fallback = s.chosen
		}
	}
	if s.registry == nil || s.closed {
		return nil
	}
	stamp := s.registry.Stamp()
	if stamp.Equal(s.stamp) && time.Since(stamp) > settleTime {
		return nil
	}
	s.stamp = stamp
	list, err := s.registry.List()
	if err != nil {
		s.log.Warn("embedding models could not be read", slog.Any("error", err))
	}
	sources := builtIn()
	for _, m := range list {
		src, err := added(s.registry, m)
		if err != nil {
			s.log.Warn("embedding model could not be read", slog.Any("error", err))
			continue
		}
		sources = append(sources, src)
	}
	gone = s.replace(sources)
	s.chooseDefault()
	content := s.fallback
	for _, src := range sources {
		content += fmt.Sprintf("\n%s %s %s", src.name, src.identity, src.pooling)
	}
	if content != s.content {
		s.content = content
		s.version++
	}
	return gone
}

// now is the version, after a look at the registry.
func (s *shelf) now() uint64 {
	s.mu.Lock()
	gone := s.refresh()
	version := s.version
	s.mu.Unlock()
	s.retire(gone)
	return version
}

// replace takes the new sources, and drops the models whose source is another now.
func (s *shelf) replace(sources []*source) (gone []*model) {
	now := map[string]*source{}
	for _, src := range sources {
		now[src.name] = src
	}
	for name, m := range s.models {
		src := now[m.source.name]
		if src == nil || src.identity != m.source.identity || src.pooling != m.source.pooling {
			gone = append(gone, m)
			delete(s.models, name)
		}
	}
	s.sources = sources
	return gone
}

// chooseDefault follows the registry where the options name none.
func (s *shelf) chooseDefault() {
	if s.chosen != "" {
		return
	}
	s.fallback = s.sources[0].name
	name, err := s.registry.Default()
	if err == nil && name != "" {
		if _, err = s.find(name); err == nil {
			s.fallback = name
		}
	}
	if err != nil {
		s.log.Warn("the default embedding model cannot be used", slog.String("instead", s.fallback), slog.Any("error", err))
	}
}

// close ends the looks at the registry.
func (s *shelf) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.models = map[string]*model{}
}

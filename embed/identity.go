package embed

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"sync"

	"github.com/seguedb/segue/embed/audio"
)

// memo remembers something about files that have not changed: their content hash, so that a query does not read a file
// again to learn that it knows it, or what they say of themselves, so that a row's many columns read it once.
type memo[V any] struct {
	most   int
	mu     sync.Mutex
	values map[audio.Identity]V
}

// Bounds of the memos: about 10 MB of hashes, and a million-track library hashes the rest anew; facts of two batches of a
// COPY, each of which fills its rows column by column.
const (
	maxDigests = 1 << 16
	maxFacts   = 512
)

func (m *memo[V]) get(id audio.Identity) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.values[id]
	return v, ok
}

func (m *memo[V]) put(id audio.Identity, v V) {
	if !id.Settled() {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.values == nil {
		m.values = map[audio.Identity]V{}
	}
	if len(m.values) >= m.most {
		for old := range m.values { // any one
			delete(m.values, old)
			break
		}
	}
	m.values[id] = v
}

// identify opens a path and returns what file it is now and the hash of its content.
func (e *Engine) identify(ctx context.Context, path string) (audio.Identity, digest, error) {
	s, err := e.open(path)
	if err != nil {
		return audio.Identity{}, digest{}, err
	}
	defer s.Close()
	id, err := s.Identity()
	if err != nil {
		return audio.Identity{}, digest{}, err
	}
	if d, ok := e.digests.get(id); ok {
		return id, d, nil
	}
	// Not before hashing: a file of many gigabytes would be read only to be refused.
	if err := e.limits.CheckSize(s); err != nil {
		return audio.Identity{}, digest{}, err
	}
	d, _, err := e.hashes.do(ctx, id, func(ctx context.Context) (digest, error) {
		return e.hashFile(ctx, path, id)
	})
	return id, d, err
}

// hashFile hashes the file of that identity, and remembers it.
func (e *Engine) hashFile(ctx context.Context, path string, id audio.Identity) (digest, error) {
	s, err := e.reopen(path, id)
	if err != nil {
		return digest{}, err
	}
	defer s.Close()
	if err := e.workers.acquire(ctx); err != nil {
		return digest{}, err
	}
	defer e.workers.release()
	h := sha256.New()
	if _, err := io.Copy(h, untilDone{ctx, s.Reader()}); err != nil {
		return digest{}, fmt.Errorf("reading audio file %q: %w", path, err)
	}
	if err := unchanged(s, id); err != nil {
		return digest{}, err
	}
	d := digest(h.Sum(nil))
	e.digests.put(id, d)
	return d, nil
}

// open opens a path below the root.
func (e *Engine) open(path string) (*audio.Source, error) {
	if e.root == nil {
		return nil, &audio.Error{Kind: audio.ErrNotAccessible, Name: path, Hint: "There is no audio root."}
	}
	return e.root.Open(path)
}

// reopen opens a path that is expected to be the same file still.
func (e *Engine) reopen(path string, id audio.Identity) (*audio.Source, error) {
	s, err := e.open(path)
	if err != nil {
		return nil, err
	}
	if err := unchanged(s, id); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// unchanged is ErrChanged when s is not, or no longer, the file of that identity.
func unchanged(s *audio.Source, id audio.Identity) error {
	now, err := s.Identity()
	if err != nil {
		return err
	}
	if now != id {
		return fmt.Errorf("audio file %q: %w", s.Name(), ErrChanged)
	}
	return nil
}

// untilDone is a reader that ends with its context.
type untilDone struct {
	ctx context.Context
	r   io.Reader
}

func (u untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(p)
}

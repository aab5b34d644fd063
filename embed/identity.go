package embed

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/seguedb/segue/embed/audio"
)

// memo remembers the content hash of files that have not changed, so that a query does
// not read a file again to learn that it knows it.
type memo struct {
	mu      sync.Mutex
	digests map[audio.Identity]digest
}

// maxMemo bounds the memo: about 10 MB, and a million-track library hashes the rest anew.
const maxMemo = 1 << 16

// settledAfter is how old a file's last change must be for its identity to name its
// content: within one tick of the file system's clock (at most 10 ms on Linux, 2 s on
// some network file systems) a second write leaves no trace in it.
const settledAfter = 2 * time.Second

func (m *memo) get(id audio.Identity) (digest, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, ok := m.digests[id]
	return d, ok
}

func (m *memo) put(id audio.Identity, d digest) {
	if time.Since(time.Unix(0, id.ChangedNS)) < settledAfter {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.digests == nil {
		m.digests = map[audio.Identity]digest{}
	}
	if len(m.digests) >= maxMemo {
		for old := range m.digests { // any one
			delete(m.digests, old)
			break
		}
	}
	m.digests[id] = d
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
	if d, ok := e.memo.get(id); ok {
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
	e.memo.put(id, d)
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

package embed

import (
	"crypto/sha256"
	"log/slog"
)

// Cache keeps embeddings between runs. Its methods may be called concurrently; Get's
// result is the caller's, and Put does not keep its arguments. Losing an entry costs
// time and nothing else, so Put need not be durable.
type Cache interface {
	Get(key []byte) ([]byte, bool, error)
	Put(key, value []byte) error
}

// digest is the SHA-256 of an audio file's content.
type digest [sha256.Size]byte

// entryKey names one computation: this content through this model.
type entryKey struct {
	content digest
	model   digest
}

func (k entryKey) bytes() []byte {
	return append(k.content[:], k.model[:]...)
}

// load returns the cached embedding. A damaged entry, or a cache that fails, is a miss:
// the truth is the audio, and it can be computed again.
func (e *Engine) load(k entryKey, m *model) (*embedding, bool) {
	if e.cache == nil {
		return nil, false
	}
	b, ok, err := e.cache.Get(k.bytes())
	if err != nil {
		e.log.Warn("embedding cache could not be read", slog.String("model", m.Name), slog.Any("error", err))
		return nil, false
	}
	if !ok {
		return nil, false
	}
	t, err := decodeTrack(b, m.Dim)
	if err != nil {
		e.log.Warn("embedding cache entry is damaged; computing it again",
			slog.String("model", m.Name), slog.Any("error", err))
		return nil, false
	}
	return t, true
}

// store keeps an embedding. A failure is logged: the answer is right without it.
func (e *Engine) store(k entryKey, m *model, t *embedding) {
	if e.cache == nil {
		return
	}
	if err := e.cache.Put(k.bytes(), t.encode()); err != nil {
		e.log.Warn("embedding could not be cached", slog.String("model", m.Name), slog.Any("error", err))
	}
}

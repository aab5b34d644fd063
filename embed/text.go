package embed

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/seguedb/segue/embed/bpe"
	"github.com/seguedb/segue/embed/onnx"
)

// reader is the part of a model that reads texts.
type reader struct {
	tower
	tokenizer *bpe.Tokenizer // there once a session was; set once, under loading
	// digest is of the model's vectors of texts, in the cache: what audio and text have
	// in common is the space, not the computation.
	digest digest
}

// EmbedText returns the unit vector of a text, in the space of the model's vectors of
// audio. Words beyond the most that the model reads are left out. The error wraps
// ErrNoText when the model reads none.
func (e *Engine) EmbedText(ctx context.Context, text, modelName string) ([]float32, error) {
	m, err := e.model(modelName)
	if err != nil {
		return nil, err
	}
	if !m.Texts {
		return nil, fmt.Errorf("model %q %w", m.Name, ErrNoText)
	}
	key := entryKey{content: sha256.Sum256([]byte(text)), model: m.text.digest}
	t, shared, err := e.tracks.do(ctx, key, func(ctx context.Context) (*embedding, error) {
		if t, ok := e.load(key, m); ok {
			m.stats.cacheHits.Add(1)
			return t, nil
		}
		m.stats.cacheMisses.Add(1)
		v, err := m.read(ctx, e, text)
		if err != nil {
			return nil, err
		}
		t := &embedding{track: v}
		e.store(key, m, t)
		return t, nil
	})
	if shared {
		m.stats.shared.Add(1)
	}
	if err != nil {
		return nil, err
	}
	return slices.Clone(t.track), nil
}

// read computes a text's unit vector.
func (m *model) read(ctx context.Context, e *Engine, text string) ([]float32, error) {
	session, release, err := e.sessions.use(ctx, &m.text.tower, m.Name, func() ([]byte, onnx.SessionOptions, error) {
		graph, t, err := m.source.text()
		if m.text.tokenizer == nil {
			m.text.tokenizer = t
		}
		return graph, onnx.SessionOptions{Input: m.source.textInput, Outputs: []string{m.source.output}}, err
	})
	if err != nil {
		return nil, err
	}
	defer release()
	var tokens []float32
	for _, id := range m.text.tokenizer.Encode(text) {
		tokens = append(tokens, float32(id))
	}
	if err := e.workers.acquire(ctx); err != nil {
		return nil, err
	}
	defer e.workers.release()
	start := time.Now()
	out, err := session.Run(ctx, tokens)
	m.stats.modelNS.Add(time.Since(start).Nanoseconds())
	if err != nil {
		return nil, fmt.Errorf("running model %q: %w", m.Name, err)
	}
	return m.unit(out)
}

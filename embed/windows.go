package embed

import (
	"context"
	"log/slog"
	"slices"
)

// Window is one window of audio: where it lies, in seconds from the beginning of the audio, and its vector, which had unit
// length before its numbers were rounded to float16.
type Window struct {
	From, To float64
	Vector   []float32
}

// Windows returns a clip's vector and, in order of time, those of its windows that the vector was pooled from. What was
// computed before comes from the cache, where windows are kept beside the vector.
func (e *Engine) Windows(ctx context.Context, c Clip, modelName string) (track []float32, list []Window, err error) {
	m, err := e.model(modelName)
	if err != nil {
		return nil, nil, err
	}
	at, err := e.locate(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	key := entryKey{content: c.Span.of(at.content), model: m.digest}
	t, ok := e.loadWhole(key, m)
	if !ok {
		if _, err := e.share(ctx, m, at, c.Span); err != nil {
			return nil, nil, err
		}
		if t, ok = e.loadWhole(key, m); !ok { // there is no cache
			if t, err = e.computeClip(ctx, m, at, c.Span); err != nil {
				return nil, nil, err
			}
		}
	}
	for _, w := range t.windows {
		v := make([]float32, len(w.vector))
		for i, h := range w.vector {
			v[i] = halfFloat(h)
		}
		list = append(list, Window{From: w.startSeconds, To: w.startSeconds + w.seconds, Vector: v})
	}
	return slices.Clone(t.track), list, nil
}

// loadWhole is load with the windows.
func (e *Engine) loadWhole(k entryKey, m *model) (*embedding, bool) {
	if e.cache == nil {
		return nil, false
	}
	b, ok, err := e.cache.Get(k.bytes())
	if err != nil || !ok {
		return nil, false
	}
	t, err := decodeEntry(b, m.Dim)
	if err != nil {
		e.log.Warn("embedding cache entry is damaged; computing it again", slog.String("model", m.Name), slog.Any("error", err))
		return nil, false
	}
	return t, true
}

package embed

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seguedb/segue/embed/audio"
)

// EmbedBytes returns the unit vector of an encoded audio file in memory. b must not
// change until it returns.
func (e *Engine) EmbedBytes(ctx context.Context, b []byte, modelName string) ([]float32, error) {
	m, err := e.model(modelName)
	if err != nil {
		return nil, err
	}
	s, err := audio.FromBytes("", b)
	if err != nil {
		return nil, err
	}
	if err := e.limits.CheckSize(s); err != nil {
		return nil, err
	}
	t, err := e.share(ctx, m, sha256.Sum256(b), "", func() (*audio.Source, func(*audio.Source) error, error) {
		// The computation may outlive this call, when others wait for it too.
		s, err := audio.FromBytes("", bytes.Clone(b))
		return s, func(*audio.Source) error { return nil }, err
	})
	if err != nil {
		return nil, err
	}
	return slices.Clone(t.track), nil
}

// embedFile embeds one path.
func (e *Engine) embedFile(ctx context.Context, m *model, path string) (*embedding, error) {
	id, content, err := e.identify(ctx, path)
	if err != nil {
		return nil, err
	}
	return e.share(ctx, m, content, path, func() (*audio.Source, func(*audio.Source) error, error) {
		s, err := e.reopen(path, id)
		return s, func(s *audio.Source) error { return unchanged(s, id) }, err
	})
}

// opener opens the audio for a computation, and returns how to check, once it has been
// read, that it was the content that was asked for.
type opener func() (s *audio.Source, check func(*audio.Source) error, err error)

// share finds an embedding in the cache, in a running computation, or by computing it.
// name is what an error calls the audio.
func (e *Engine) share(ctx context.Context, m *model, content digest, name string, open opener) (*embedding, error) {
	key := entryKey{content: content, model: m.digest}
	t, shared, err := e.tracks.do(ctx, key, func(ctx context.Context) (*embedding, error) {
		if t, ok := e.load(key, m); ok {
			m.stats.cacheHits.Add(1)
			return t, nil
		}
		m.stats.cacheMisses.Add(1)
		s, check, err := open()
		if err != nil {
			return nil, err
		}
		defer s.Close()
		t, err := e.compute(ctx, m, s)
		if err != nil {
			return nil, err
		}
		if err := check(s); err != nil {
			return nil, err
		}
		e.store(key, m, t)
		t.windows = nil
		return t, nil
	})
	if shared {
		m.stats.shared.Add(1)
	}
	return t, renamed(err, name)
}

// renamed makes an error about audio name the caller's path: a shared computation's
// error names the path of whoever started it.
func renamed(err error, name string) error {
	var refusal *audio.Error
	if !errors.As(err, &refusal) || refusal.Name == name {
		return err
	}
	copied := *refusal
	copied.Name = name
	return &copied
}

// compute decodes the audio window by window and runs the model on each. Decoding waits
// for a free worker before every window, so memory holds about one window a worker and
// a vector a window, however long the audio.
func (e *Engine) compute(ctx context.Context, m *model, s *audio.Source) (*embedding, error) {
	session, err := m.open(ctx, e)
	if err != nil {
		return nil, err
	}
	r, err := audio.Open(ctx, s, m.SampleRateHz, e.limits)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	cut := &cutter{r: r, source: s, size: m.source.windowSamples, min: m.source.minSamples}
	var results []*pooled
	group, ctx := errgroup.WithContext(ctx)
	for {
		if err = e.workers.acquire(ctx); err != nil {
			break
		}
		start := time.Now()
		var w window
		w, err = cut.next(ctx)
		m.stats.decodeNS.Add(time.Since(start).Nanoseconds())
		if err != nil {
			e.workers.release()
			break
		}
		p := &pooled{start: w.start, length: len(w.samples)}
		results = append(results, p)
		group.Go(func() (err error) {
			defer e.workers.release()
			p.audible = w.audible()
			p.vector, err = m.run(ctx, session, w)
			return err
		})
	}
	// The model's failure comes first: it is why decoding was stopped.
	if failure := group.Wait(); failure != nil {
		return nil, failure
	}
	if !errors.Is(err, io.EOF) {
		return nil, err
	}
	return assemble(m, results, cut.total)
}

// assemble pools the windows of total samples.
func assemble(m *model, results []*pooled, total int64) (*embedding, error) {
	track, err := pool(results, m.pooling.Deviation)
	if err != nil {
		return nil, err
	}
	rate := float64(m.SampleRateHz)
	t := &embedding{seconds: float64(total) / rate, track: track}
	for _, p := range results {
		// One window has no deviation: beside the track's it is its vector with zeros.
		v := append(p.vector, make([]float32, m.Dim-m.windowDim)...)
		t.windows = append(t.windows, segment{
			startSeconds: float64(p.start) / rate, seconds: float64(p.length) / rate, vector: halves(v),
		})
	}
	m.stats.embeddings.Add(1)
	m.stats.audioNS.Add(int64(t.seconds * 1e9))
	return t, nil
}

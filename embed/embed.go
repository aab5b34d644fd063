package embed

import (
	"context"
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
	if b == nil {
		b = []byte{}
	}
	return e.embedClip(ctx, m, Clip{Data: b, Span: Whole})
}

// embedClip embeds one clip.
func (e *Engine) embedClip(ctx context.Context, m *model, c Clip) ([]float32, error) {
	at, err := e.locate(ctx, c)
	if err != nil {
		return nil, err
	}
	t, err := e.share(ctx, m, at, c.Span)
	if err != nil {
		return nil, err
	}
	return slices.Clone(t.track), nil
}

// share finds an embedding in the cache, in a running computation, or by computing it.
func (e *Engine) share(ctx context.Context, m *model, at located, span Span) (*embedding, error) {
	key := entryKey{content: span.of(at.content), model: m.digest}
	t, shared, err := e.tracks.do(ctx, key, func(ctx context.Context) (*embedding, error) {
		if t, ok := e.load(key, m); ok {
			m.stats.cacheHits.Add(1)
			return t, nil
		}
		m.stats.cacheMisses.Add(1)
		t, err := e.computeClip(ctx, m, at, span)
		if err != nil {
			return nil, err
		}
		e.store(key, m, t)
		t.windows = nil
		return t, nil
	})
	if shared {
		m.stats.shared.Add(1)
	}
	return t, renamed(err, at.name)
}

// computeClip opens the audio and computes, and makes sure that it was the content that was asked for.
func (e *Engine) computeClip(ctx context.Context, m *model, at located, span Span) (*embedding, error) {
	s, check, err := at.open()
	if err != nil {
		return nil, err
	}
	defer s.Close()
	t, err := e.compute(ctx, m, s, span)
	if err != nil {
		return nil, span.tooShort(err, m, at.name)
	}
	return t, check(s)
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
// a vector a window, however long the audio; where only some windows are wanted, four times as many as those.
func (e *Engine) compute(ctx context.Context, m *model, s *audio.Source, span Span) (*embedding, error) {
	session, release, err := m.use(ctx, e)
	if err != nil {
		return nil, err
	}
	defer release()
	r, err := audio.Open(ctx, s, m.SampleRateHz, e.limits)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	cut := &cutter{r: r, source: s, size: m.source.windowSamples, min: m.source.minSamples}
	var first int64
	if span != Whole {
		part := newStretch(r, s.Name(), span, m.SampleRateHz)
		cut.r, first = part, part.from()
	}
	var windows windowReader = cut
	if m.pooling.Windows > 0 {
		windows = &sampler{all: cut, most: m.pooling.Windows}
	}
	var results []*pooled
	group, ctx := errgroup.WithContext(ctx)
	for {
		if err = e.workers.acquire(ctx); err != nil {
			break
		}
		start := time.Now()
		var w window
		w, err = windows.next(ctx)
		m.stats.decodeNS.Add(time.Since(start).Nanoseconds())
		if err != nil {
			e.workers.release()
			break
		}
		p := &pooled{start: first + w.start, length: len(w.samples)}
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

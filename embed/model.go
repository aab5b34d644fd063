package embed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/seguedb/segue/embed/onnx"
	"github.com/seguedb/segue/embed/pooling"
)

// ModelInfo describes a model.
type ModelInfo struct {
	// Name is canonical: NAME, or NAME/POOLING where the pooling is not the model's own.
	Name, Description, Licence string
	// Pooling and Precision are as in embed/pooling and embed/mert.
	Pooling, Precision string
	Dim, SampleRateHz  int
	WindowSeconds      float64
	// Fingerprint names everything that decides a vector: equal fingerprints, equal
	// vectors; vectors of different ones must not be compared.
	Fingerprint string
	Default     bool
}

// poolingVersion stands for the rules in window.go and pool.go. Raise it when they
// change: it is part of every fingerprint.
const poolingVersion = 1

// model is a source with a pooling. Its session is made when it is first used.
type model struct {
	ModelInfo
	source    *source
	pooling   pooling.Pooling
	digest    digest // the fingerprint as bytes
	windowDim int    // numbers of one window

	loading chan struct{} // a mutex that can be waited for with a context
	session *onnx.Session // guarded by loading
	stats   modelStats
}

// modelStats are sums since the start.
type modelStats struct {
	embeddings, windows            atomic.Int64
	audioNS, modelNS, decodeNS     atomic.Int64
	cacheHits, cacheMisses, shared atomic.Int64
}

func newModel(name string, s *source, p pooling.Pooling) *model {
	m := &model{
		ModelInfo: ModelInfo{
			Name: name, Description: s.description, Licence: s.licence, Pooling: poolingText(p), Precision: s.precision,
			Dim: p.Dim(s.width), SampleRateHz: s.sampleRateHz,
			WindowSeconds: float64(s.windowSamples) / float64(s.sampleRateHz),
		},
		source: s, pooling: p, windowDim: p.WindowDim(s.width), loading: make(chan struct{}, 1),
	}
	identity := fmt.Appendf(nil, "%s\nrate %d window %d min %d row %d dim %d pooling %d",
		s.identity, s.sampleRateHz, s.windowSamples, s.minSamples, p.First, m.windowDim, poolingVersion)
	if p.Deviation {
		identity = append(identity, " deviation"...)
	}
	m.digest = sha256.Sum256(identity)
	m.Fingerprint = hex.EncodeToString(m.digest[:])
	return m
}

// open returns the model's session, making it on the first call. A failed call may be
// repeated. The engine's runtime comes through runtime.
func (m *model) open(ctx context.Context, e *Engine) (*onnx.Session, error) {
	select {
	case m.loading <- struct{}{}:
		defer func() { <-m.loading }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if m.session != nil {
		return m.session, nil
	}
	start := time.Now()
	runtime, err := onnx.Open(e.library)
	if err != nil {
		return nil, fmt.Errorf("loading model %q: %w", m.Name, err)
	}
	graph, err := m.source.graph(m.pooling.List())
	if err != nil {
		return nil, fmt.Errorf("building model %q: %w", m.Name, err)
	}
	m.session, err = runtime.NewSession(graph, m.source.sessionOptions())
	if err != nil {
		return nil, fmt.Errorf("loading model %q: %w", m.Name, err)
	}
	e.log.Info("embedding model loaded", slog.String("model", m.Name), slog.Int("sizeBytes", len(graph)),
		slog.Duration("took", time.Since(start)), slog.String("library", runtime.Path()))
	return m.session, nil
}

// run computes one window's unit vector.
func (m *model) run(ctx context.Context, s *onnx.Session, w window) ([]float32, error) {
	samples := w.samples
	if m.source.normalise {
		samples = standardised(samples)
	}
	start := time.Now()
	out, err := s.Run(ctx, samples)
	m.stats.modelNS.Add(time.Since(start).Nanoseconds())
	if err != nil {
		return nil, fmt.Errorf("running model %q: %w", m.Name, err)
	}
	v := out[0].Data
	if len(v) != m.windowDim {
		return nil, fmt.Errorf("running model %q: %d numbers came out, not %d", m.Name, len(v), m.windowDim)
	}
	if err := normalise(v); err != nil {
		return nil, fmt.Errorf("running model %q: %w", m.Name, err)
	}
	m.stats.windows.Add(1)
	return v, nil
}

// close frees the session, if there is one, after the runs in flight.
func (m *model) close() error {
	m.loading <- struct{}{}
	defer func() { <-m.loading }()
	if m.session == nil {
		return nil
	}
	return m.session.Close()
}

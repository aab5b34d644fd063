package embed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/seguedb/segue/embed/dsp"
	"github.com/seguedb/segue/embed/mert"
	"github.com/seguedb/segue/embed/music"
	"github.com/seguedb/segue/embed/onnx"
)

// ModelInfo describes a model.
type ModelInfo struct {
	Name, Description, Licence string
	Dim, SampleRateHz          int
	WindowSeconds              float64
	// Fingerprint names everything that decides a vector: equal fingerprints, equal
	// vectors; vectors of different ones must not be compared.
	Fingerprint string
	Default     bool
}

// poolingVersion stands for the rules in window.go and pool.go. Raise it when they
// change: it is part of every fingerprint.
const poolingVersion = 1

// model is a registered model. Its session is made when it is first used.
type model struct {
	ModelInfo
	digest        digest // the fingerprint as bytes
	windowSamples int
	minSamples    int
	input, output string
	graph         func() ([]byte, error)
	// row picks the vector from the output: row × Dim numbers from its start.
	row int

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

// register completes a model's description. identity names the graph and its weights.
func register(m *model, identity string) *model {
	m.WindowSeconds = float64(m.windowSamples) / float64(m.SampleRateHz)
	m.digest = sha256.Sum256(fmt.Appendf(nil, "%s\nrate %d window %d min %d row %d dim %d pooling %d",
		identity, m.SampleRateHz, m.windowSamples, m.minSamples, m.row, m.Dim, poolingVersion))
	m.Fingerprint = hex.EncodeToString(m.digest[:])
	m.loading = make(chan struct{}, 1)
	return m
}

// models lists what there is, the default first.
func models() []*model {
	return []*model{
		register(&model{
			ModelInfo: ModelInfo{
				Name: music.Name, Dim: music.Dim, SampleRateHz: music.SampleRateHz, Licence: "Apache-2.0",
				Description: "A transformer trained on free game music and synthesised music (embed/music/CARD.md).",
			},
			windowSamples: music.WindowSamples, minSamples: music.MinSamples,
			input: music.InputName, output: music.OutputName, graph: music.Build,
		}, music.Fingerprint()),
		register(&model{
			ModelInfo: ModelInfo{
				Name: dsp.Name, Dim: dsp.Dim, SampleRateHz: dsp.SampleRateHz, Licence: "Apache-2.0",
				Description: "The baseline: timbre, harmony and rhythm statistics by signal processing; not trained.",
			},
			windowSamples: dsp.WindowSamples, minSamples: dsp.MinSamples,
			input: dsp.InputName, output: dsp.OutputName, graph: dsp.Build,
		}, dsp.Fingerprint()),
		register(&model{
			ModelInfo: ModelInfo{
				Name: mert.Name, Dim: mert.Dim, SampleRateHz: mert.SampleRateHz, Licence: "Apache-2.0",
				Description: "MERT-v1-95M's graph with generated weights: it proves the runtime and is as slow as " +
					"the real one, and knows nothing about music.",
			},
			windowSamples: mert.WindowSamples, minSamples: mert.MinSamples,
			input: mert.InputName, output: mert.OutputName, row: mert.PoolingLayer,
			graph: func() ([]byte, error) { return mert.Build(mert.Options{}) },
		}, mert.Fingerprint()),
	}
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
	graph, err := m.graph()
	if err != nil {
		return nil, fmt.Errorf("building model %q: %w", m.Name, err)
	}
	m.session, err = runtime.NewSession(graph, onnx.SessionOptions{Input: m.input, Outputs: []string{m.output}})
	if err != nil {
		return nil, fmt.Errorf("loading model %q: %w", m.Name, err)
	}
	e.log.Info("embedding model loaded", slog.String("model", m.Name), slog.Int("sizeBytes", len(graph)),
		slog.Duration("took", time.Since(start)), slog.String("library", runtime.Path()))
	return m.session, nil
}

// run computes one window's unit vector.
func (m *model) run(ctx context.Context, s *onnx.Session, w window) ([]float32, error) {
	start := time.Now()
	out, err := s.Run(ctx, w.samples)
	m.stats.modelNS.Add(time.Since(start).Nanoseconds())
	if err != nil {
		return nil, fmt.Errorf("running model %q: %w", m.Name, err)
	}
	from, to := m.row*m.Dim, (m.row+1)*m.Dim
	if len(out[0].Data) < to {
		return nil, fmt.Errorf("running model %q: %d numbers came out, not %d", m.Name, len(out[0].Data), to)
	}
	v := make([]float32, m.Dim) // a copy: the tensor may be many times as large
	copy(v, out[0].Data[from:to])
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

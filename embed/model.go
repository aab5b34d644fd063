package embed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
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
	// Texts says that the model has vectors of texts, too, in the space of those of audio.
	Texts bool
}

// poolingVersion stands for the rules in window.go and pool.go. Raise it when they
// change: it is part of every fingerprint.
const poolingVersion = 1

// model is a source with a pooling. What it computes with is loaded when it is used (sessions).
type model struct {
	ModelInfo
	source    *source
	pooling   pooling.Pooling
	digest    digest // the fingerprint as bytes
	windowDim int    // numbers of one window

	audio tower
	text  reader
	stats modelStats
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
		source: s, pooling: p, windowDim: p.WindowDim(s.width), audio: newTower(), text: reader{tower: newTower()},
	}
	identity := fmt.Appendf(nil, "%s\nrate %d window %d min %d row %d dim %d pooling %d",
		s.identity, s.sampleRateHz, s.windowSamples, s.minSamples, p.First, m.windowDim, poolingVersion)
	if p.Deviation {
		identity = append(identity, " deviation"...)
	}
	if p.Windows > 0 {
		identity = fmt.Appendf(identity, " windows %d", p.Windows)
	}
	m.digest = sha256.Sum256(identity)
	// A text is no windows, which could deviate.
	m.Texts = s.text != nil && !p.Deviation
	m.text.digest = sha256.Sum256(append(m.digest[:], "text"...))
	m.Fingerprint = hex.EncodeToString(m.digest[:])
	return m
}

// use gives the session that embeds audio, until release is called.
func (m *model) use(ctx context.Context, e *Engine) (session *onnx.Session, release func(), err error) {
	return e.sessions.use(ctx, &m.audio, m.Name, func() ([]byte, onnx.SessionOptions, error) {
		graph, err := m.source.graph(m.pooling.List())
		return graph, m.source.sessionOptions(), err
	})
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
	v, err := m.unit(out)
	if err != nil {
		return nil, err
	}
	m.stats.windows.Add(1)
	return v, nil
}

// unit takes the vector out of what a graph gave.
func (m *model) unit(out []onnx.Tensor) ([]float32, error) {
	v := out[0].Data
	if len(v) != m.windowDim {
		return nil, fmt.Errorf("running model %q: %d numbers came out, not %d", m.Name, len(v), m.windowDim)
	}
	if err := normalise(v); err != nil {
		return nil, fmt.Errorf("running model %q: %w", m.Name, err)
	}
	return v, nil
}

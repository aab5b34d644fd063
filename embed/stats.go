package embed

import (
	"sync/atomic"
	"time"
)

// Stats are the engine's figures for a monitor; sums are since New.
type Stats struct {
	Workers int // the most windows at once
	Busy    int // workers that are decoding, hashing or running a model
	Queued  int // requests that wait for a worker
	Loaded  int // models in memory
	// LoadedBytes is about what those take.
	LoadedBytes int64
	Models      []ModelStats
}

// ModelStats are one model's figures.
type ModelStats struct {
	Name          string
	Embeddings    int64   // tracks computed
	Windows       int64   // windows computed
	AudioSeconds  float64 // of the tracks computed
	ModelSeconds  float64 // time within the model, summed over workers
	DecodeSeconds float64 // time within the decoder, summed over workers
	CacheHits     int64
	CacheMisses   int64
	Shared        int64 // requests that joined a computation under way
}

// Stats reads the figures; they may be some nanoseconds apart.
func (e *Engine) Stats() Stats {
	s := Stats{Workers: e.workers.size(), Busy: e.workers.busy(), Queued: int(e.workers.queued.Load())}
	s.Loaded, s.LoadedBytes = e.sessions.size()
	own, others, _ := e.shelf.list()
	for _, m := range append(own, others...) {
		s.Models = append(s.Models, ModelStats{
			Name:       m.Name,
			Embeddings: m.stats.embeddings.Load(), Windows: m.stats.windows.Load(),
			AudioSeconds: seconds(&m.stats.audioNS), ModelSeconds: seconds(&m.stats.modelNS),
			DecodeSeconds: seconds(&m.stats.decodeNS),
			CacheHits:     m.stats.cacheHits.Load(), CacheMisses: m.stats.cacheMisses.Load(), Shared: m.stats.shared.Load(),
		})
	}
	return s
}

func seconds(ns *atomic.Int64) float64 { return time.Duration(ns.Load()).Seconds() }

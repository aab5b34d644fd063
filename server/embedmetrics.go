package server

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/seguedb/segue/embed"
)

// embedCollector gives the embedding path's figures, which it counts itself, to Prometheus.
type embedCollector struct{ embedder *embedder }

func embedDesc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("segue_"+name, help, labels, nil)
}

// perModel are the counters of each model.
var perModel = []struct {
	desc  *prometheus.Desc
	value func(m *embed.ModelStats) float64
}{
	{embedDesc("embeddings_total", "Tracks embedded, cache hits not counted.", "model"),
		func(m *embed.ModelStats) float64 { return float64(m.Embeddings) }},
	{embedDesc("embedded_audio_seconds_total", "Seconds of audio that were embedded.", "model"),
		func(m *embed.ModelStats) float64 { return m.AudioSeconds }},
	{embedDesc("embedding_model_seconds_total", "Seconds within the model, summed over workers.", "model"),
		func(m *embed.ModelStats) float64 { return m.ModelSeconds }},
	{embedDesc("embedding_decode_seconds_total", "Seconds within the decoder, summed over workers.", "model"),
		func(m *embed.ModelStats) float64 { return m.DecodeSeconds }},
	{embedDesc("embedding_cache_hits_total", "Embeddings found in the content cache.", "model"),
		func(m *embed.ModelStats) float64 { return float64(m.CacheHits) }},
	{embedDesc("embedding_cache_misses_total", "Embeddings not found in the content cache.", "model"),
		func(m *embed.ModelStats) float64 { return float64(m.CacheMisses) }},
	{embedDesc("embeddings_shared_total", "Requests that joined a computation under way.", "model"),
		func(m *embed.ModelStats) float64 { return float64(m.Shared) }},
}

var (
	embedBusy   = embedDesc("embedding_workers_busy", "Workers that are decoding or running a model.")
	embedQueued = embedDesc("embedding_queue", "Requests that wait for a worker.")
	embedLoaded = embedDesc("embedding_models_loaded", "Models in memory.")
	embedMemory = embedDesc("embedding_models_bytes", "About the memory that those take.")
)

// Describe implements prometheus.Collector.
func (c embedCollector) Describe(out chan<- *prometheus.Desc) {
	for _, m := range perModel {
		out <- m.desc
	}
	out <- embedBusy
	out <- embedQueued
	out <- embedLoaded
	out <- embedMemory
}

// Collect implements prometheus.Collector.
func (c embedCollector) Collect(out chan<- prometheus.Metric) {
	s := c.embedder.engine.Stats()
	for i := range s.Models {
		m := &s.Models[i]
		for _, p := range perModel {
			out <- prometheus.MustNewConstMetric(p.desc, prometheus.CounterValue, p.value(m), m.Name)
		}
	}
	out <- prometheus.MustNewConstMetric(embedBusy, prometheus.GaugeValue, float64(s.Busy))
	out <- prometheus.MustNewConstMetric(embedQueued, prometheus.GaugeValue, float64(s.Queued))
	out <- prometheus.MustNewConstMetric(embedLoaded, prometheus.GaugeValue, float64(s.Loaded))
	out <- prometheus.MustNewConstMetric(embedMemory, prometheus.GaugeValue, float64(s.LoadedBytes))
}

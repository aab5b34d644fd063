package server

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// metrics is what /metrics shows. It has a registry of its own, so that two engines in one process (the
// embedded API) do not meet.
type metrics struct {
	registry *prometheus.Registry
	queries  *prometheus.HistogramVec
	rows     *prometheus.CounterVec
	kinds    sync.Map // *kindMetrics by kind of statement: the vectors' own look-up costs as much as the counting
}

// kindMetrics are those of one kind of statement.
type kindMetrics struct {
	queries prometheus.Observer
	rows    prometheus.Counter
}

// queryBuckets reach from a cached point query to an hour of ingest.
var queryBuckets = []float64{1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300, 3600}

func newMetrics(e *Engine) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		queries: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "segue_query_duration_seconds", Help: "Time to run a statement, by kind.", Buckets: queryBuckets,
		}, []string{"kind"}),
		rows: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "segue_rows_returned_total", Help: "Rows returned to clients, by kind of statement.",
		}, []string{"kind"}),
	}
	m.registry.MustRegister(m.queries, m.rows, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.registerEngine(e)
	return m
}

// registerEngine adds the figures that the engine's parts keep themselves.
func (m *metrics) registerEngine(e *Engine) {
	counter := func(name, help string, value func() float64) {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, value))
	}
	gauge := func(name, help string, value func() float64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
	}
	counter("segue_copy_rows_total", "Rows read by COPY FROM.", func() float64 { return float64(e.copies.rows.Load()) })
	m.registry.MustRegister(embedCollector{e.embedder})
	gauge("segue_connections", "Open sessions.", func() float64 { return float64(e.activity.len()) })
	gauge("segue_table_rows", "Rows in all tables, as the planner estimates.", e.tableRows)
	gauge("segue_uptime_seconds", "Seconds since the engine was opened.", func() float64 { return time.Since(e.started).Seconds() })
}

// observe counts a finished statement.
func (m *metrics) observe(kind string, took time.Duration, rows int64) {
	known, ok := m.kinds.Load(kind)
	if !ok {
		known, _ = m.kinds.LoadOrStore(kind, &kindMetrics{m.queries.WithLabelValues(kind), m.rows.WithLabelValues(kind)})
	}
	k := known.(*kindMetrics)
	k.queries.Observe(took.Seconds())
	k.rows.Add(float64(rows))
}

// tableRows sums the stored tables' rows.
func (e *Engine) tableRows() float64 {
	n := 0.0
	for _, t := range e.db.Catalog().Tables() {
		if t.Virtual == nil {
			n += e.db.TableRows(t)
		}
	}
	return n
}

package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
)

var errNotInstalled = errors.New("not installed (its log is beside the peers)")

// peer is somebody that does what we do.
type peer struct {
	name  string
	venv  string // the folder of its virtual environment, for Python's
	kind  string // faiss, python, chromem, pgvector
	sql   bool
	modes []mode
}

// mode is one way to ask a peer.
type mode struct {
	name    string
	filters bool      // takes the filter attr < n
	graph   bool      // builds a graph
	efforts []float64 // the knob's steps, cheapest first; none for the exact
	maxRows int       // building beyond takes hours; 0 has no bound
}

func (m mode) exact() bool { return m.efforts == nil }

var (
	efs    = []float64{10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 400, 800}
	probes = []float64{1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256, 512}
	flat   = mode{name: "flat", filters: true}
	graph  = mode{name: "hnsw", graph: true, efforts: efs}
	ivf    = mode{name: "ivf", efforts: probes}
)

var peers = []peer{
	{name: "FAISS (Debian)", kind: "faiss", modes: []mode{flat, graph, ivf}},
	{name: "faiss-cpu", kind: "python", venv: "faiss_cpu", modes: []mode{flat, graph, ivf,
		{name: "ivf-pq-fastscan", efforts: probes}, {name: "ivf-rabitq", efforts: probes}}},
	{name: "usearch", kind: "python", venv: "usearch_", modes: []mode{{name: "flat"}, graph,
		{name: "hnsw-i8", graph: true, efforts: efs}}},
	{name: "hnswlib", kind: "python", venv: "hnswlib_", modes: []mode{flat, graph}},
	{name: "sqlite-vec", kind: "python", venv: "sqlite_vec_", sql: true, modes: []mode{flat}},
	{name: "LanceDB", kind: "python", venv: "lancedb_", modes: []mode{flat, {name: "ivf-pq", efforts: probes},
		{name: "ivf-hnsw-sq", graph: true, efforts: probes}}},
	{name: "DuckDB", kind: "python", venv: "duckdb_", sql: true, modes: []mode{flat, graph}},
	{name: "libSQL", kind: "python", venv: "libsql_", sql: true, modes: []mode{flat,
		{name: "diskann", graph: true, efforts: efs, maxRows: 20_000}}},
	{name: "chromem-go", kind: "chromem", modes: []mode{flat}},
	{name: "pgvector", kind: "pgvector", sql: true, modes: []mode{flat, graph, {name: "ivfflat", efforts: probes}}},
	{name: "Qdrant (embedded)", kind: "python", venv: "qdrant", modes: []mode{flat}},
	{name: "Milvus (lite)", kind: "python", venv: "milvus", modes: []mode{flat, ivf}},
}

// start runs the peer with its data in dir.
func (p peer) start(ctx context.Context, o options, d *dataset, dir string) (subject, error) {
	log := dir + ".log"
	switch p.kind {
	case "faiss":
		return startSelf(d, dir, log, "faiss")
	case "pgvector":
		return startPgvector(ctx, o, d, dir)
	case "chromem":
		program := filepath.Join(o.peers, "chromem")
		if _, err := os.Stat(program); err != nil {
			return nil, errNotInstalled
		}
		return startWorker(d, dir, log, program)
	}
	python := filepath.Join(o.peers, strings.TrimSuffix(p.venv, "_"), "bin", "python")
	if _, err := os.Stat(python); err != nil {
		return nil, errNotInstalled
	}
	return startWorker(d, dir, log, python, filepath.Join(o.source, "peers", "serve.py"), p.venv)
}

// startSelf runs this program as a worker.
func startSelf(d *dataset, dir, log, engine string) (subject, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return startWorker(d, dir, log, self, "-worker", engine)
}

func lastLine(text []byte) string {
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	return string(lines[len(lines)-1])
}

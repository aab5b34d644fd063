package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/seguedb/segue/bench/rival"
)

// pgvectorConf gives PostgreSQL what an administrator would. Parallel workers are as they come.
const pgvectorConf = `
shared_buffers = 1GB
work_mem = 256MB
maintenance_work_mem = 1GB
max_wal_size = 4GB
fsync = on
jit = off
`

// pgvectorIndexes are a mode's statement, and its knob's setting.
var pgvectorIndexes = map[string]struct{ create, knob string }{
	"flat":    {},
	"hnsw":    {"CREATE INDEX ON items USING hnsw (emb vector_cosine_ops)", "hnsw.ef_search"},
	"ivfflat": {"CREATE INDEX ON items USING ivfflat (emb vector_cosine_ops) WITH (lists = %d)", "ivfflat.probes"},
}

// database is a subject behind a socket, asked by prepared statements in binary.
type database struct {
	server *rival.Server
	data   *dataset
	conn   *pgconn.PgConn
	knob   string // the setting that a turn's effort is for
	effort float64
	k      int
}

func startSegueServer(ctx context.Context, o options, d *dataset, dir string) (*database, error) {
	s, err := rival.StartSegue(ctx, o.segue, dir)
	return &database{server: s, data: d, knob: "segue.recall", k: o.k}, err
}

func startPgvector(ctx context.Context, o options, d *dataset, dir string) (*database, error) {
	found, err := filepath.Glob(filepath.Join(o.peers, "pgserver", "lib", "python3*", "site-packages", "pgserver", "pginstall", "bin"))
	if err != nil || len(found) == 0 {
		return nil, errors.Join(err, errNotInstalled)
	}
	bin, err := filepath.Abs(found[0])
	if err != nil {
		return nil, err
	}
	s, err := rival.StartPostgres(ctx, bin, dir, pgvectorConf)
	return &database{server: s, data: d, k: o.k}, err
}

func (b *database) pgvector() bool { return b.knob != "segue.recall" }

// build takes the load and the index.
func (b *database) build(ctx context.Context, mode string) (took built, err error) {
	cpu, err := b.server.CPU()
	if err != nil {
		return took, err
	}
	start := time.Now()
	if err := b.load(ctx, mode); err != nil {
		return took, err
	}
	took.took = time.Since(start)
	after, err := b.server.CPU()
	if err != nil {
		return took, err
	}
	took.cpu = after - cpu
	b.conn, err = b.connect(ctx)
	return took, err
}

func (b *database) load(ctx context.Context, mode string) error {
	if b.pgvector() {
		if err := b.server.Exec(ctx, "CREATE EXTENSION vector"); err != nil {
			return err
		}
	}
	if err := b.server.Exec(ctx, schema(b.data.dim, "")...); err != nil {
		return err
	}
	c, err := b.server.Connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	if _, err := c.PgConn().CopyFrom(ctx, copyStream(b.data.dim, 0, b.data.len(), b.data.row), copyItems); err != nil {
		return fmt.Errorf("%s: COPY: %w", b.server.Name, err)
	}
	if ix := pgvectorIndexes[mode]; b.pgvector() && ix.create != "" {
		statement := ix.create
		if mode == "ivfflat" {
			statement = fmt.Sprintf(statement, max(8, b.data.len()/1000))
		}
		if err := b.server.Exec(ctx, statement); err != nil {
			return err
		}
		b.knob = ix.knob
	}
	return b.server.Exec(ctx, settle...)
}

// connect opens a session with every filter's query prepared.
func (b *database) connect(ctx context.Context) (*pgconn.PgConn, error) {
	c, err := pgconn.Connect(ctx, b.server.TCP())
	if err != nil {
		return nil, err
	}
	for _, below := range selectivities {
		if _, err := c.Prepare(ctx, statementName(below), topK(b.k, below), nil); err != nil {
			return nil, errors.Join(err, c.Close(ctx))
		}
	}
	return c, nil
}

func statementName(below int) string { return fmt.Sprintf("below%d", below) }

func (b *database) search(ctx context.Context, t turn) (a answers, err error) {
	if b.knob != "" && t.effort != b.effort {
		value := t.effort
		if !b.pgvector() {
			value = exactWhenZero(value)
		}
		if _, err := b.conn.Exec(ctx, fmt.Sprintf("SET %s = %g", b.knob, value)).ReadAll(); err != nil {
			return a, err
		}
		b.effort = t.effort
	}
	cpu, err := b.server.CPU()
	if err != nil {
		return a, err
	}
	a, err = ask(ctx, t, b.data.queryCount(), func(ctx context.Context, q int) ([]int, error) {
		return topKRows(ctx, b.conn, b.data.query(q), t.below)
	})
	if err != nil {
		return a, err
	}
	after, err := b.server.CPU()
	a.cpu = after - cpu
	return a, err
}

var binaryFormat = []int16{pgx.BinaryFormatCode}

func topKRows(ctx context.Context, c *pgconn.PgConn, query []float32, below int) ([]int, error) {
	param := appendVector(make([]byte, 0, 4+4*len(query)), query)
	r := c.ExecPrepared(ctx, statementName(below), [][]byte{param}, binaryFormat, binaryFormat).Read()
	ids := make([]int, len(r.Rows))
	for i, row := range r.Rows {
		ids[i] = int(binary.BigEndian.Uint32(row[0]))
	}
	return ids, r.Err
}

// throughput is the queries a second of n clients at once, over a while, and the server's processor time of one.
func (b *database) throughput(ctx context.Context, n int, d time.Duration) (qps float64, cpu time.Duration, err error) {
	conns := make([]*pgconn.PgConn, n)
	for i := range conns {
		if conns[i], err = b.connect(ctx); err != nil {
			return 0, 0, err
		}
		defer conns[i].Close(ctx)
	}
	before, err := b.server.CPU()
	if err != nil {
		return 0, 0, err
	}
	var running sync.WaitGroup
	var calls atomic.Int64
	var failed atomic.Pointer[error]
	start := time.Now()
	for i, c := range conns {
		running.Go(func() {
			for q := i; time.Since(start) < d && failed.Load() == nil; q += n {
				if _, err := topKRows(ctx, c, b.data.query(q), 0); err != nil {
					failed.Store(&err)
					return
				}
				calls.Add(1)
			}
		})
	}
	running.Wait()
	took := time.Since(start)
	if err := failed.Load(); err != nil {
		return 0, 0, *err
	}
	after, err := b.server.CPU()
	return float64(calls.Load()) / took.Seconds(), (after - before) / time.Duration(calls.Load()), err
}

func (b *database) memory() (int64, error) { return b.server.Memory() }

func (b *database) close() error {
	if b.conn != nil {
		_ = b.conn.Close(context.Background()) // the server is told to stop anyway
	}
	return b.server.Stop()
}

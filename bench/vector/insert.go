package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// insertBatch rows are pipelined single-row INSERTs of one transaction.
const insertBatch = 100

// inserts: single rows with their vectors, committed, the index current, while another client searches.
func inserts(ctx context.Context, b *bench) (err error) {
	t, err := b.set(min(b.rows, 50_000)) // three seals and their merges
	if err != nil {
		return err
	}
	dir := b.folder()
	s, err := startSegueServer(ctx, b.options, t.data, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.server.Exec(ctx, schema(b.dim, "")...); err != nil {
		return err
	}
	if s.conn, err = s.connect(ctx); err != nil {
		return err
	}
	var stop atomic.Bool
	searches := make(chan []time.Duration, 1)
	go func() { searches <- searchUntil(ctx, s, &stop) }()
	start := time.Now()
	batches, err := insertAll(ctx, s)
	took := time.Since(start)
	stop.Store(true)
	waits := <-searches
	if err != nil {
		return err
	}
	n := t.data.len()
	b.section("%d single-row INSERTs over TCP, %d a transaction, pipelined, fsync on, while a client searches", n, insertBatch)
	rate := float64(n) / took.Seconds()
	b.line("rows a second", count(rate), rate, 5000, false)
	slices.Sort(batches)
	p99 := batches[len(batches)*99/100]
	b.line("a transaction in ms, p99", short(p99), p99.Seconds()*1e3, 0, true)
	b.line("longest transaction in ms", short(pause(batches)), pause(batches).Seconds()*1e3, 50, true)
	if len(waits) > 0 {
		b.line(fmt.Sprintf("longest of %d searches in ms", len(waits)), short(pause(waits)), pause(waits).Seconds()*1e3, 50, true)
		b.line("a search meanwhile, p50", short(median(waits)), 0, 0, true)
	}
	return b.atRest(ctx, s, dir, n)
}

// insertAll inserts the dataset. Now and then it looks whether the index has the row that was just committed.
func insertAll(ctx context.Context, s *database) (took []time.Duration, err error) {
	c, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Close(ctx)
	if _, err := c.Prepare(ctx, "insert", "INSERT INTO items VALUES ($1, $2, $3)", nil); err != nil {
		return nil, err
	}
	for first := 0; first < s.data.len(); first += insertBatch {
		last := min(first+insertBatch, s.data.len())
		start := time.Now()
		batch := &pgconn.Batch{}
		batch.ExecParams("BEGIN", nil, nil, nil, nil)
		for i := first; i < last; i++ {
			be := binary.BigEndian
			batch.ExecPrepared("insert", [][]byte{be.AppendUint32(nil, uint32(i)), be.AppendUint32(nil, uint32(attr(i))),
				appendVector(nil, s.data.row(i))}, binaryFormat, nil)
		}
		batch.ExecParams("COMMIT", nil, nil, nil, nil)
		if _, err := c.ExecBatch(ctx, batch).ReadAll(); err != nil {
			return nil, err
		}
		took = append(took, time.Since(start))
		if first/insertBatch%20 == 0 {
			ids, err := topKRows(ctx, c, s.data.row(last-1), 0)
			if err != nil || !slices.Contains(ids, last-1) {
				return nil, fmt.Errorf("row %d is committed, and not found: %v %w", last-1, ids, err)
			}
		}
	}
	return took, nil
}

func searchUntil(ctx context.Context, s *database, stop *atomic.Bool) (took []time.Duration) {
	for q := 0; !stop.Load(); q++ {
		start := time.Now()
		if _, err := topKRows(ctx, s.conn, s.data.query(q), 0); err != nil {
			return nil
		}
		took = append(took, time.Since(start))
	}
	return took
}

// restAfter is when a server is at rest, as in bench-sql.
const restAfter = 15 * time.Second

// atRest prints what a table of so many rows takes: memory, and the vector index's files.
func (b *bench) atRest(ctx context.Context, s *database, dir string, rows int) error {
	if err := s.server.Exec(ctx, settle...); err != nil {
		return err
	}
	select { // what loading left behind is given back when nothing has run for a while
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(restAfter):
	}
	memory, err := s.memory()
	if err != nil {
		return err
	}
	var bytes int64
	err = filepath.WalkDir(filepath.Join(dir, "segue", "vectors"), func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			bytes += info.Size()
		}
		return err
	})
	if err != nil {
		return err
	}
	each := float64(bytes) / float64(rows)
	b.line("bytes a vector on disk besides the row", count(each), each, 1000, true)
	bar := 0.0
	switch {
	case rows == 1_000_000:
		bar = 160
	case rows > 1_000_000:
		bar = 2048
	}
	b.line("memory (proportional set) at rest, 15 s later, in MiB", mib(memory), float64(memory>>20), bar, true)
	return nil
}

// pause is the longest of some durations.
func pause(all []time.Duration) (longest time.Duration) {
	for _, d := range all {
		longest = max(longest, d)
	}
	return longest
}

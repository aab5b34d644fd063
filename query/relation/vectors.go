package relation

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
	"github.com/seguedb/segue/vector"
)

// vectorIndexes is the vector operator's index of every vector column of a fixed width: a cache of the rows in files of
// its own, brought up to the last commit at Open and kept there by every commit since.
type vectorIndexes struct {
	db  *Database
	dir string

	mu     sync.RWMutex
	opened map[vectorColumn]*vector.Index

	// sealMu admits one sealer at a time, and guards trimmed: how far each column's log is gone.
	sealMu  sync.Mutex
	trimmed map[vectorColumn]uint64

	woken chan struct{}
	stop  context.CancelFunc
	done  chan struct{}
}

// open opens the indexes, replaying or rebuilding what their files lack, and starts the sealer.
func (v *vectorIndexes) open(ctx context.Context, db *Database) error {
	v.db, v.dir = db, db.opts.VectorDir
	v.opened, v.trimmed = map[vectorColumn]*vector.Index{}, map[vectorColumn]uint64{}
	v.woken, v.done = make(chan struct{}, 1), make(chan struct{})
	for col, dim := range indexedColumns(db.Catalog()) {
		ix, err := v.load(ctx, col, dim)
		if err != nil {
			return err
		}
		v.opened[col] = ix
		if err := v.replay(ctx, col, ix); err != nil {
			return fmt.Errorf("replay the log of %s: %w", v.path(col), err)
		}
	}
	v.removeStrays()
	ctx, v.stop = context.WithCancel(context.WithoutCancel(ctx))
	go v.sealer(ctx)
	return nil
}

func (v *vectorIndexes) path(col vectorColumn) string {
	return filepath.Join(v.dir, fmt.Sprintf("%d-%d", col.table, col.attNum))
}

// load opens one index. Files that are damaged, or ahead of the store, are made again from the rows.
func (v *vectorIndexes) load(ctx context.Context, col vectorColumn, dim int) (*vector.Index, error) {
	st, err := vector.OpenDir(v.path(col))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", v.path(col), err)
	}
	ix, err := vector.Open(st, vector.Options{Dim: dim, Logger: v.db.log})
	if err != nil && !errors.Is(err, vector.ErrCorrupt) {
		return nil, fmt.Errorf("open %s: %w", v.path(col), err)
	}
	if err == nil {
		reaches, rerr := v.logReaches(col, ix.Watermark())
		if rerr != nil {
			return nil, errors.Join(rerr, ix.Close())
		}
		if reaches && ix.Watermark() <= v.db.seq {
			return ix, nil
		}
	}
	v.db.log.Warn("relation: a vector index is made again from its rows", "files", v.path(col), "error", err)
	if err := v.rebuild(ctx, ix, col); err != nil {
		return nil, errors.Join(err, ix.Close())
	}
	return ix, nil
}

// logReaches says whether a column's log still has every commit after a watermark.
func (v *vectorIndexes) logReaches(col vectorColumn, watermark uint64) (bool, error) {
	trimmed, err := v.db.readUint64(storage.LogKey(col.table, col.attNum, 0))
	v.trimmed[col] = trimmed
	return trimmed <= watermark, err
}

// rebuild fills an index from the committed rows.
func (v *vectorIndexes) rebuild(ctx context.Context, ix *vector.Index, col vectorColumn) error {
	it, err := v.db.store.Iter(storage.VectorRange(col.table, col.attNum), false)
	if err != nil {
		return err
	}
	defer it.Close()
	err = ix.Rebuild(ctx, v.db.seq, func(yield func(row uint64, vec []float32) bool) {
		for it.Next() && yield(storage.RowOf(it.Key()), decodeVector(it.Value())) {
			continue
		}
	})
	return errors.Join(err, it.Err())
}

// replay brings an index up to the last commit: of the rows that the log names, the state that counts is the last one,
// which stands under the vectors' keys.
func (v *vectorIndexes) replay(ctx context.Context, col vectorColumn, ix *vector.Index) error {
	it, err := v.db.store.Iter(storage.LogRange(col.table, col.attNum, ix.Watermark(), v.db.seq), false)
	if err != nil {
		return err
	}
	defer it.Close()
	changed := map[uint64]bool{}
	for it.Next() {
		if err := readLog(it.Value(), func(row uint64) { changed[row] = true }); err != nil {
			return err
		}
	}
	if err := it.Err(); err != nil || len(changed) == 0 {
		return err
	}
	return v.applyRows(ctx, col, changed)
}

func (v *vectorIndexes) applyRows(ctx context.Context, col vectorColumn, rows map[uint64]bool) error {
	deltas := make([]vector.Delta, 0, len(rows))
	for row := range rows {
		value, ok, err := v.db.store.Get(storage.VectorKey(col.table, col.attNum, row))
		if err != nil {
			return err
		}
		d := vector.Delta{Row: row}
		if ok {
			d.Vec = decodeVector(value)
		}
		deltas = append(deltas, d)
	}
	slices.SortFunc(deltas, func(a, b vector.Delta) int { return int(int64(a.Row) - int64(b.Row)) })
	v.opened[col].Apply(v.db.seq, deltas)
	return ctx.Err()
}

// removeStrays removes the files of columns that are no more: a crash came between their commit and their end.
func (v *vectorIndexes) removeStrays() {
	entries, err := os.ReadDir(v.dir)
	if err != nil {
		return // nothing was made yet
	}
	for _, e := range entries {
		var col vectorColumn
		if n, _ := fmt.Sscanf(e.Name(), "%d-%d", &col.table, &col.attNum); n == 2 && v.opened[col] == nil {
			v.removeFiles(col)
		}
	}
}

func (v *vectorIndexes) removeFiles(col vectorColumn) {
	if err := os.RemoveAll(v.path(col)); err != nil {
		v.db.log.Warn("relation: remove a vector index", "files", v.path(col), "error", err)
	}
}

// create makes a new column's index, empty, in place of whatever a crash left under its name.
func (v *vectorIndexes) create(col vectorColumn, dim int) (*vector.Index, error) {
	if err := os.RemoveAll(v.path(col)); err != nil {
		return nil, fmt.Errorf("make a vector index: %w", err)
	}
	st, err := vector.OpenDir(v.path(col))
	if err != nil {
		return nil, fmt.Errorf("make a vector index: %w", err)
	}
	return vector.Open(st, vector.Options{Dim: dim, Logger: v.db.log})
}

func (v *vectorIndexes) get(col vectorColumn) *vector.Index {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.opened[col]
}

func (v *vectorIndexes) add(col vectorColumn, ix *vector.Index) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.opened[col] = ix
}

// forget closes and removes the indexes of dropped tables. A statement on an older snapshot that still wants one
// scans the rows instead.
func (v *vectorIndexes) forget(list []dropped) {
	for _, d := range list {
		if d.table == 0 {
			continue
		}
		v.mu.Lock()
		gone := map[vectorColumn]*vector.Index{}
		for col, ix := range v.opened {
			if col.table == d.table {
				gone[col] = ix
				delete(v.opened, col)
			}
		}
		v.mu.Unlock()
		for col, ix := range gone {
			if err := ix.Close(); err != nil {
				v.db.log.Warn("relation: close a vector index", "files", v.path(col), "error", err)
			}
			v.removeFiles(col)
		}
	}
}

// close stops the sealer and closes the indexes. What is not sealed is in the log.
func (v *vectorIndexes) close() error {
	if v.stop != nil {
		v.stop()
		<-v.done
	}
	var err error
	for _, ix := range v.opened {
		err = errors.Join(err, ix.Close())
	}
	v.opened = nil
	return err
}

// wake lets the sealer look whether there is something to do.
func (v *vectorIndexes) wake() {
	select {
	case v.woken <- struct{}{}:
	default: // it will look anyway
	}
}

// sealer seals the tails that have grown, in the background.
func (v *vectorIndexes) sealer(ctx context.Context) {
	defer close(v.done)
	for {
		select {
		case <-ctx.Done():
			return
		case <-v.woken:
		}
		err := v.sealAll(ctx, func(ix *vector.Index, oldest uint64) (bool, error) { return ix.SealIfNeeded(ctx, oldest) })
		if err != nil && ctx.Err() == nil {
			v.db.log.Error("relation: seal vector indexes", "error", err)
		}
	}
}

// Seal writes every vector index's tail to its files and merges them: VACUUM.
func (db *Database) Seal(ctx context.Context) error {
	return db.vectors.sealAll(ctx, func(ix *vector.Index, oldest uint64) (bool, error) { return true, ix.Seal(ctx, oldest) })
}

// sealAll seals indexes, and drops the part of the log that none of them needs any more. What an index holds must be
// durable in the store before it is in the index's files.
func (v *vectorIndexes) sealAll(ctx context.Context, seal func(ix *vector.Index, oldest uint64) (bool, error)) error {
	v.sealMu.Lock()
	defer v.sealMu.Unlock()
	v.mu.RLock()
	list := make(map[vectorColumn]*vector.Index, len(v.opened))
	for col, ix := range v.opened {
		list[col] = ix
	}
	v.mu.RUnlock()
	if err := v.db.store.Sync(); err != nil {
		return err
	}
	sealed := false
	for _, ix := range list {
		did, err := seal(ix, v.db.oldestSeq())
		if err != nil && !errors.Is(err, vector.ErrClosed) {
			return err
		}
		sealed = sealed || did
	}
	if !sealed {
		return nil
	}
	return v.trim(list)
}

// trim deletes what each index's files hold from the index's log, and marks how far the log is gone: files that turn up
// older than that, from a backup or a disk that lied, are made again.
func (v *vectorIndexes) trim(list map[vectorColumn]*vector.Index) error {
	batch := v.db.store.NewBatch()
	var err error
	for col, ix := range list {
		mark := ix.Watermark()
		if mark == v.trimmed[col] || v.get(col) != ix { // dropped meanwhile: its log went with it
			continue
		}
		err = errors.Join(err, batch.DeleteRange(storage.LogRange(col.table, col.attNum, 0, mark)),
			batch.Set(storage.LogKey(col.table, col.attNum, 0), uint64Value(mark)))
		v.trimmed[col] = mark
	}
	if err != nil {
		return errors.Join(err, batch.Close())
	}
	return v.db.store.Commit(batch)
}

// VectorIndex implements exec.Table: the operator's index of the column, at this statement's snapshot and with the
// transaction's own writes.
func (t *table) VectorIndex(ix *catalog.Index) (exec.VectorIndex, error) {
	if len(ix.Keys) != 1 {
		return nil, fmt.Errorf("vector index %s has %d columns", ix.Name, len(ix.Keys))
	}
	return &vectorSearch{table: t, col: vectorColumn{t.t.ID, ix.Keys[0].AttNum}}, nil
}

// vectorSearch is one column's index in one statement.
type vectorSearch struct {
	table *table
	col   vectorColumn
}

// Len implements exec.VectorIndex.
func (s *vectorSearch) Len() int {
	if ix := s.table.stmt.tx.db.vectors.get(s.col); ix != nil {
		return ix.Len()
	}
	return 0
}

// parallelRows is the size from which a scan is worth a second core: below it the goroutines cost more.
const parallelRows = 20_000

// Search implements exec.VectorIndex. Without an index (a table of this very transaction, or one that was dropped since
// the snapshot) it scans the column's rows.
func (s *vectorSearch) Search(ctx context.Context, q exec.VectorQuery) (exec.VectorResult, error) {
	stmt := s.table.stmt
	query := vector.Query{Vec: q.Vector, Metric: metrics[q.Metric], K: q.K, Seq: stmt.snap.seq,
		MaxDistance: q.Max, HasMax: q.HasMax, MaxInclusive: q.MaxInc}
	if q.Filter != nil {
		set, ok := q.Filter.(*roaring64.Bitmap)
		if !ok {
			return exec.VectorResult{}, fmt.Errorf("vector search: a row set of type %T", q.Filter)
		}
		query.Filter = set
	}
	if q.K < 0 && !q.HasMax {
		query.K = math.MaxInt32 // all that the snapshot has, which may be more than is alive now
	}
	if ix := stmt.tx.db.vectors.get(s.col); ix != nil {
		if ix.Len() >= parallelRows {
			query.Workers = runtime.GOMAXPROCS(0)
		}
		query.Overlay = s.overlay()
		r, err := ix.Search(ctx, query)
		if !errors.Is(err, vector.ErrClosed) {
			return asResult(r), err
		}
	}
	return s.scan(ctx, query)
}

var metrics = map[plan.Metric]vector.Metric{
	plan.Cosine: vector.Cosine, plan.NegInner: vector.InnerProduct, plan.L2: vector.L2, plan.L1: vector.L1,
}

func asResult(r vector.Result) exec.VectorResult {
	out := exec.VectorResult{Rows: make([]int64, len(r.Hits)), Distances: make([]float64, len(r.Hits)), Stats: exec.VectorStats{
		Exact: r.Stats.Exact, Scanned: r.Stats.Scanned, Filtered: r.Stats.Filtered, Reranked: r.Stats.Reranked, Segments: r.Stats.Segments}}
	for i, h := range r.Hits {
		out.Rows[i], out.Distances[i] = int64(h.Row), h.Distance
	}
	return out
}

// overlay is what the transaction's finished statements have written to the column, nil when nothing.
func (s *vectorSearch) overlay() *vector.Overlay {
	if len(s.table.stmt.layers) == 0 {
		return nil
	}
	o, any := &vector.Overlay{}, false
	for _, l := range s.table.stmt.layers {
		l.Range(storage.VectorRange(s.col.table, s.col.attNum), func(key, value []byte, deleted bool) {
			any = true
			if deleted {
				o.Delete(storage.RowOf(key))
			} else {
				o.Put(storage.RowOf(key), decodeVector(value))
			}
		})
	}
	if !any {
		return nil
	}
	return o
}

// scan answers from the rows of the view, by an index in memory that lives as long as the question.
func (s *vectorSearch) scan(ctx context.Context, query vector.Query) (exec.VectorResult, error) {
	it, err := s.table.stmt.view.Iter(storage.VectorRange(s.col.table, s.col.attNum), false)
	if err != nil {
		return exec.VectorResult{}, err
	}
	defer it.Close()
	dim := len(query.Vec)
	ix, err := vector.Open(vector.NewMemStore(), vector.Options{Dim: dim, Logger: s.table.stmt.tx.db.log})
	if err != nil {
		return exec.VectorResult{}, err
	}
	defer ix.Close()
	var deltas []vector.Delta
	for it.Next() {
		d := vector.Delta{Row: storage.RowOf(it.Key()), Vec: decodeVector(it.Value())}
		if len(d.Vec) != dim { // a column without a fixed width
			return exec.VectorResult{}, sqlstate.New(sqlstate.DataException, "different vector dimensions %d and %d", len(d.Vec), dim)
		}
		deltas = append(deltas, d)
	}
	if err := it.Err(); err != nil {
		return exec.VectorResult{}, err
	}
	ix.Apply(1, deltas)
	query.Seq, query.Overlay = 1, nil
	r, err := ix.Search(ctx, query)
	return asResult(r), err
}

package relation

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
	"github.com/seguedb/segue/vector"
)

// vectorColumn names the vectors of one column, or of a generation of one, by where they lie: see
// catalog.Column.VectorsAt.
type vectorColumn struct {
	table uint32
	place int16
}

// vectorsOf names the vectors of a table's column.
func vectorsOf(t *catalog.Table, attNum int16) vectorColumn {
	return vectorColumn{t.ID, t.Columns[t.Ordinal(attNum)].VectorsAt()}
}

// Commit makes the transaction's writes durable and then visible to others, all of them or none, and ends it. When it
// returns an error nothing was committed, with one exception: after 58030 or 53100, a disk that failed or is full,
// only the next Open can tell. A transaction that has ended has nothing to commit.
func (tx *Tx) Commit(ctx context.Context) (err error) {
	defer func() {
		tx.holder.committed = err == nil
		tx.end()
	}()
	if tx.ended || len(tx.state.layers) == 0 && tx.state.catalog == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	tx.abortOpen()
	if err := tx.checkDeferred(ctx, true); err != nil {
		return err
	}
	if err := tx.onCommit(ctx); err != nil {
		return err
	}
	c := &commit{tx: tx, db: tx.db}
	if err := c.run(ctx); err != nil {
		if errors.Is(err, storage.ErrFailed) {
			return sqlstate.Wrap(err, diskCode(err), "could not write to the data directory").
				WithHint("The database must be opened again; until then whether this transaction was committed is not known.")
		}
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// commit is one commit under way.
type commit struct {
	tx     *Tx
	db     *Database
	writes *storage.Layer
	deltas map[vectorColumn][]vector.Delta
	opened map[vectorColumn]*vector.Index // for columns that this commit makes
	result *snapshot
	large  *largeCommit // nil for one that is in memory
}

// run is: (1) make the files of new vector indexes, (2) write the batch and apply it in memory, (3) wait until it is
// durable, (4) let others see it. The transaction's locks are held to the end, so nobody builds on it before (4).
func (c *commit) run(ctx context.Context) (err error) {
	if c.writes, err = storage.MergeTo(c.db.opts.SpillDir, c.tx.state.layers); err != nil {
		return spilling(err)
	}
	c.collectDeltas()
	if err := c.openIndexes(); err != nil {
		return err
	}
	durable, err := c.writeAny(ctx)
	runtime.KeepAlive(c.writes) // deltas point into it
	if err != nil {
		c.closeIndexes()
		return err
	}
	if err := durable(); err != nil {
		c.db.dropSnapshot(c.result)
		return err
	}
	c.db.promote(c.result)
	c.db.vectors.forget(c.dropped())
	c.db.faiss.reconcile(ctx, c.tx.state.catalog)
	if c.tx.state.catalog != nil && c.db.opts.Defined != nil {
		c.db.opts.Defined()
	}
	if len(c.deltas) > 0 || c.tx.state.catalog != nil { // to wake it takes longer than a small commit's batch
		c.db.vectors.wake()
	}
	return nil
}

// collectDeltas reads the changes of vectors out of the writes.
func (c *commit) collectDeltas() {
	c.deltas = map[vectorColumn][]vector.Delta{}
	c.writes.Range(storage.AllVectorRange(), func(key, value []byte, deleted bool) {
		table, att, row, ok := storage.VectorKeyParts(key)
		if !ok || att == keptValues || att == enteredKeys {
			return
		}
		d := vector.Delta{Row: row}
		if !deleted {
			d.Vec = vectorView(value)
		}
		col := vectorColumn{table, att}
		c.deltas[col] = append(c.deltas[col], d)
	})
}

// openIndexes makes the indexes of the vector columns that the transaction defines. Files come before the commit: one
// that is left behind is removed when its name comes up again.
func (c *commit) openIndexes() error {
	c.opened = map[vectorColumn]*vector.Index{}
	if c.tx.state.catalog == nil {
		return nil
	}
	for col, dim := range indexedColumns(c.tx.state.catalog) {
		if c.db.vectors.get(col) != nil {
			continue
		}
		ix, err := c.db.vectors.create(col, dim)
		if err != nil {
			c.closeIndexes()
			return err
		}
		c.opened[col] = ix
	}
	return nil
}

func (c *commit) closeIndexes() {
	for col, ix := range c.opened {
		if err := ix.Close(); err != nil {
			c.db.log.Warn("relation: close an index that was not committed", "table", col.table, "error", err)
		}
	}
}

// writeAny is write, or that of a large commit.
func (c *commit) writeAny(ctx context.Context) (durable func() error, err error) {
	if !c.writes.Spilled() {
		return c.write()
	}
	c.tx.state.layers = []*storage.Layer{c.writes} // files that were merged can go
	if err := c.prepare(ctx); err != nil {
		return nil, err
	}
	defer c.dropPrepared()
	if err := c.take(ctx); err != nil {
		return nil, err
	}
	return c.db.store.Sync, nil // for commits that came before, which who sees this one sees, too
}

// write is the critical section.
func (c *commit) write() (durable func() error, err error) {
	db := c.db
	batch, err := db.store.NewBatchOf(c.writes)
	if err != nil {
		return nil, err
	}
	db.commitMu.Lock()
	defer db.commitMu.Unlock()
	seq, indexed, err := c.complete(batch)
	if err != nil {
		return nil, errors.Join(err, batch.Close())
	}
	if c.forgettable() {
		if err := db.store.WriteUnsynced(batch); err != nil {
			return nil, err
		}
		c.apply(seq, indexed)
		return func() error { return nil }, nil
	}
	synced, err := db.store.Write(batch)
	if err != nil {
		return nil, err
	}
	db.unsynced.Add(1)
	c.apply(seq, indexed)
	return func() error {
		defer db.unsynced.Add(-1)
		return synced()
	}, nil
}

// forgettable says that a crash may take the commit, so that nobody need wait for it: it is of temporary objects only. But
// while others wait for theirs to be durable it waits with them, because who sees it sees theirs, too.
func (c *commit) forgettable() bool {
	return !c.tx.state.permanent && len(c.deltas) == 0 && len(c.opened) == 0 && c.db.unsynced.Load() == 0
}

// indexed lists the columns with deltas that have an index, in a fixed order.
func (c *commit) indexed() []vectorColumn {
	var out []vectorColumn
	for col := range c.deltas {
		if c.opened[col] != nil || c.db.vectors.get(col) != nil {
			out = append(out, col)
		}
	}
	slices.SortFunc(out, func(a, b vectorColumn) int {
		if a.table != b.table {
			return int(a.table) - int(b.table)
		}
		return int(a.place) - int(b.place)
	})
	return out
}

// complete adds to the batch what only the critical section knows: the commit's number, and the log of the deltas of the columns
// that are indexed, counts, and what is dropped.
func (c *commit) complete(batch *storage.Batch) (seq uint64, indexed []vectorColumn, err error) {
	seq, indexed = c.db.seq, c.indexed()
	if len(indexed) > 0 {
		seq++
	}
	return seq, indexed, c.addTo(batch, seq, indexed)
}

func (c *commit) addTo(batch *storage.Batch, seq uint64, indexed []vectorColumn) error {
	for col := range c.opened { // a number that was used before a restart may have left something
		if err := dropLog(batch, col); err != nil {
			return err
		}
	}
	for _, col := range indexed {
		if err := batch.Set(storage.LogKey(col.table, col.place, seq), logEntry(c.deltas[col])); err != nil {
			return err
		}
	}
	if err := batch.Set(storage.MetaKey("seq"), uint64Value(seq)); err != nil {
		return err
	}
	for table, n := range c.tx.state.counts {
		if err := batch.Set(storage.CountKey(table), uint64Value(uint64(c.db.counts[table]+n))); err != nil {
			return err
		}
	}
	for _, d := range c.dropped() {
		if err := dropStorage(batch, d); err != nil {
			return err
		}
	}
	if err := c.db.rejects.trim(batch, c.writes); err != nil {
		return err
	}
	return c.db.statistics.forget(batch, c.db.latest, c.tx.state.catalog)
}

// dropped is the storage that goes.
func (c *commit) dropped() []dropped { return c.tx.state.dropped }

// dropStorage deletes a dropped object's keys. The transaction's own writes to it are in the batch before, so they go
// too.
func dropStorage(batch *storage.Batch, d dropped) error {
	var err error
	if d.table != 0 {
		err = errors.Join(batch.DeleteRange(storage.RowRange(d.table)), batch.DeleteRange(storage.TableVectorRange(d.table)),
			batch.DeleteRange(storage.TableLogRange(d.table)), batch.Delete(storage.CountKey(d.table)))
	}
	for _, c := range d.columns {
		err = errors.Join(err, batch.DeleteRange(storage.VectorRange(c.table, c.place)), dropLog(batch, c))
	}
	for _, ix := range d.indexes {
		err = errors.Join(err, batch.DeleteRange(storage.IndexRange(ix)), batch.DeleteRange(storage.TableVectorRange(ix)),
			batch.DeleteRange(storage.TableLogRange(ix)))
	}
	for _, q := range d.sequence {
		err = errors.Join(err, batch.Delete(storage.SequenceKey(q)))
	}
	return err
}

// dropLog deletes the log of one column.
func dropLog(batch *storage.Batch, c vectorColumn) error {
	return errors.Join(batch.DeleteRange(storage.LogRange(c.table, c.place, 0, math.MaxUint64-1)),
		batch.Delete(storage.LogKey(c.table, c.place, 0)))
}

// apply changes memory to what the store now says.
func (c *commit) apply(seq uint64, indexed []vectorColumn) {
	db := c.db
	for col, ix := range c.opened {
		db.vectors.add(col, ix)
	}
	for _, col := range indexed {
		if st := c.staged(col); st != nil {
			db.vectors.get(col).ApplyStaged(seq, st)
		} else {
			db.vectors.get(col).Apply(seq, c.deltas[col])
		}
	}
	db.faiss.note(c, indexed)
	db.statistics.note(c)
	db.columns.note(db.commits.Load()+1, c.writes, c.dropped(), c.tx.state.catalog)
	db.points.note(db.commits.Load()+1, c.writes, len(c.dropped()) > 0)
	db.kept.note(db.commits.Load()+1, c.writes, c.dropped())
	db.backfills.note(c.writes)
	db.rowSets.note(db.commits.Load()+1, c.writes, len(c.dropped()) > 0 || c.tx.state.catalog != nil)
	if c.tx.state.catalog != nil {
		published := c.tx.state.catalog.Clone()
		published.Version = db.latest.Version + 1
		db.latest = published
	}
	db.seq = seq
	db.commits.Add(1)
	c.count()
	c.result = db.take()
}

// count changes the row counts.
func (c *commit) count() {
	c.db.snapMu.Lock()
	defer c.db.snapMu.Unlock()
	for table, n := range c.tx.state.counts {
		c.db.counts[table] += n
	}
	for _, d := range c.dropped() {
		delete(c.db.counts, d.table)
	}
}

package relation

import (
	"context"
	"errors"
	"slices"

	"github.com/seguedb/segue/storage"
	"github.com/seguedb/segue/vector"
)

// largeCommit is what a commit whose writes are in a file makes before its critical section: tables of the store's, and
// segments of the vector indexes. What is left for the critical section does not depend on how much was written, but for
// the rows whose vectors were there before.
type largeCommit struct {
	incoming *storage.Incoming
	staged   map[vectorColumn]*vector.Staged
}

// staged is a column's segments, nil when there are none.
func (c *commit) staged(col vectorColumn) *vector.Staged {
	if c.large == nil {
		return nil
	}
	return c.large.staged[col]
}

// prepare writes the tables and segments.
func (c *commit) prepare(ctx context.Context) error {
	c.large = &largeCommit{staged: map[vectorColumn]*vector.Staged{}}
	var without []storage.Range
	for _, d := range c.dropped() {
		without = append(without, bulkRanges(d)...)
	}
	var err error
	if c.large.incoming, err = c.db.store.Prepare(ctx, c.writes, without); err != nil {
		return spilling(err)
	}
	seq := c.db.skipSeq()
	for _, col := range c.indexed() {
		ix := c.opened[col]
		if ix == nil {
			ix = c.db.vectors.get(col)
		}
		st := ix.Stage(seq)
		c.large.staged[col] = st
		if err := c.stage(ctx, st, c.deltas[col]); err != nil {
			c.dropPrepared()
			return spilling(err)
		}
	}
	return nil
}

// stage stages deltas, which are mapped, part by part.
func (c *commit) stage(ctx context.Context, st *vector.Staged, deltas []vector.Delta) error {
	for part := range slices.Chunk(deltas, sealDeltas) {
		if err := st.Add(ctx, part); err != nil {
			return err
		}
		c.writes.Unload()
	}
	return st.Finish(ctx)
}

// skipSeq is a number that no commit has or will have, higher than those before and lower than those to come.
func (db *Database) skipSeq() uint64 {
	db.commitMu.Lock()
	defer db.commitMu.Unlock()
	db.seq++
	return db.seq
}

// bulkRanges are the ranges of a dropped object's storage that the tables of a large commit could reach into.
func bulkRanges(d dropped) []storage.Range {
	var out []storage.Range
	if d.table != 0 {
		out = append(out, storage.RowRange(d.table), storage.TableVectorRange(d.table))
	}
	for _, c := range d.columns {
		out = append(out, storage.VectorRange(c.table, c.place))
	}
	for _, ix := range d.indexes {
		out = append(out, storage.IndexRange(ix), storage.TableVectorRange(ix))
	}
	return out
}

// dropPrepared removes what was not committed.
func (c *commit) dropPrepared() {
	c.large.incoming.Drop()
	for _, st := range c.large.staged {
		if err := st.Drop(); err != nil {
			c.db.log.Warn("relation: remove segments of a commit that failed", "error", err)
		}
	}
}

// take is the critical section. What it writes is durable when it returns.
func (c *commit) take(ctx context.Context) error {
	db := c.db
	batch := db.store.NewBatch()
	if err := c.large.incoming.Rest(batch); err != nil {
		return errors.Join(err, batch.Close())
	}
	db.commitMu.Lock()
	defer db.commitMu.Unlock()
	seq, indexed, err := c.complete(batch)
	if err != nil {
		return errors.Join(err, batch.Close())
	}
	if err := db.store.Take(ctx, c.large.incoming, batch); err != nil {
		return err
	}
	c.apply(seq, indexed)
	return nil
}

package relation

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/storage"
	"github.com/seguedb/segue/vector"
)

// vectorColumn names the vectors of one column.
type vectorColumn struct {
	table  uint32
	attNum int16
}

// Commit makes the transaction's writes visible and durable, all of them or none, and ends it. When it returns an
// error nothing was committed.
func (tx *Tx) Commit(ctx context.Context) error {
	defer tx.end()
	if tx.ended || len(tx.state.layers) == 0 && tx.state.catalog == nil {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	for s := range tx.open {
		s.Abort()
	}
	c := &commit{tx: tx, db: tx.db, writes: storage.Merge(tx.state.layers)}
	c.collectDeltas()
	if err := c.openIndexes(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	durable, err := c.publish()
	if err != nil {
		c.closeIndexes()
		return fmt.Errorf("commit: %w", err)
	}
	if err := durable(); err != nil {
		return err
	}
	tx.db.vectors.forget(c.dropped())
	tx.db.vectors.wake()
	return nil
}

// commit is one commit under way.
type commit struct {
	tx     *Tx
	db     *Database
	writes *storage.Layer
	deltas map[vectorColumn][]vector.Delta
	opened map[vectorColumn]*vector.Index // for columns that this commit makes
}

// collectDeltas reads the changes of vectors out of the writes.
func (c *commit) collectDeltas() {
	c.deltas = map[vectorColumn][]vector.Delta{}
	c.writes.Range(storage.AllVectorRange(), func(key, value []byte, deleted bool) {
		table, att, row, ok := storage.VectorKeyParts(key)
		if !ok {
			return
		}
		d := vector.Delta{Row: row}
		if !deleted {
			d.Vec = decodeVector(value)
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

// publish is the critical section: everybody sees all of the commit after it, and nothing before.
func (c *commit) publish() (durable func() error, err error) {
	db := c.db
	batch := db.store.NewBatch()
	if err := batch.Layer(c.writes); err != nil {
		return nil, errors.Join(err, batch.Close())
	}
	db.commitMu.Lock()
	defer db.commitMu.Unlock()
	seq := db.seq
	indexed := c.indexed()
	if len(indexed) > 0 {
		seq++
	}
	if err := c.complete(batch, seq, indexed); err != nil {
		return nil, errors.Join(err, batch.Close())
	}
	if durable, err = db.store.Write(batch); err != nil {
		return nil, err
	}
	c.apply(seq, indexed)
	return durable, nil
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
		return int(a.attNum) - int(b.attNum)
	})
	return out
}

// complete adds to the batch what only the critical section knows: the log of deltas, counts, and what is dropped.
func (c *commit) complete(batch *storage.Batch, seq uint64, indexed []vectorColumn) error {
	if len(indexed) > 0 {
		var entry []byte
		for _, col := range indexed {
			entry = appendLog(entry, col, c.deltas[col])
		}
		if err := errors.Join(batch.Set(storage.LogKey(seq), entry), batch.Set(storage.MetaKey("seq"), uint64Value(seq))); err != nil {
			return err
		}
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
	return nil
}

// dropped is the storage that goes.
func (c *commit) dropped() []dropped { return c.tx.state.dropped }

// dropStorage deletes a dropped object's keys. The transaction's own writes to it are in the batch before, so they go too.
func dropStorage(batch *storage.Batch, d dropped) error {
	var err error
	if d.table != 0 {
		err = errors.Join(batch.DeleteRange(storage.RowRange(d.table)), batch.DeleteRange(storage.TableVectorRange(d.table)),
			batch.Delete(storage.CountKey(d.table)))
	}
	for _, ix := range d.indexes {
		err = errors.Join(err, batch.DeleteRange(storage.IndexRange(ix)))
	}
	for _, q := range d.sequence {
		err = errors.Join(err, batch.Delete(storage.SequenceKey(q)))
	}
	return err
}

// apply changes memory to what the store now says.
func (c *commit) apply(seq uint64, indexed []vectorColumn) {
	db := c.db
	for col, ix := range c.opened {
		db.vectors.add(col, ix)
	}
	for _, col := range indexed {
		db.vectors.get(col).Apply(seq, c.deltas[col])
	}
	for table, n := range c.tx.state.counts {
		db.counts[table] += n
	}
	for _, d := range c.dropped() {
		delete(db.counts, d.table)
	}
	if c.tx.state.catalog != nil {
		published := c.tx.state.catalog.Clone()
		published.Version = db.Catalog().Version + 1
		db.catalog.Store(published)
	}
	db.seq = seq
	db.commits++
	if db.current != nil {
		if err := db.current.release(db); err != nil {
			db.log.Warn("relation: close a snapshot", "error", err)
		}
		db.current = nil
	}
}

// A log entry is, for each column: table, attribute number, number of rows, then their identities, as uvarints. The
// vectors themselves are under their own keys.
func appendLog(dst []byte, col vectorColumn, deltas []vector.Delta) []byte {
	dst = binary.AppendUvarint(dst, uint64(col.table))
	dst = binary.AppendUvarint(dst, uint64(col.attNum))
	dst = binary.AppendUvarint(dst, uint64(len(deltas)))
	for _, d := range deltas {
		dst = binary.AppendUvarint(dst, d.Row)
	}
	return dst
}

// readLog calls f for each row that a log entry names.
func readLog(entry []byte, f func(col vectorColumn, row uint64)) error {
	next := func() uint64 {
		v, n := binary.Uvarint(entry)
		if n <= 0 {
			entry = nil
			return 0
		}
		entry = entry[n:]
		return v
	}
	for len(entry) > 0 {
		col := vectorColumn{uint32(next()), int16(next())}
		n := next()
		if n > uint64(len(entry)) {
			return fmt.Errorf("%w: a log entry names %d rows in %d bytes", storage.ErrCorrupt, n, len(entry))
		}
		for range n {
			f(col, next())
		}
	}
	return nil
}

// indexedColumns are the vector columns of a catalog that have an index: those of a fixed width.
func indexedColumns(snap *catalog.Snapshot) map[vectorColumn]int {
	out := map[vectorColumn]int{}
	for _, t := range snap.Tables() {
		if t.Virtual != nil {
			continue
		}
		for i := range t.Columns {
			if c := &t.Columns[i]; isApart(c) && c.Typmod > 0 {
				out[vectorColumn{t.ID, c.AttNum}] = int(c.Typmod)
			}
		}
	}
	return out
}

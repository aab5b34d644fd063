package relation

import (
	"context"
	"fmt"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/storage"
)

// blockScan is a scan of a whole table by way of the column cache: block by block, reading only those that are not
// cached.
type blockScan struct {
	table *table
	spec  exec.ScanSpec
	cols  []*catalog.Column
	last  uint64 // the table's last block
	block uint64 // the next one
	cold  *coldRows
	at    *cachedBlock // being given out, from row next on
	next  int
	out   *datum.Batch
}

// blockScanOf starts one; it returns nil where the plain scan is to be had: on small tables, in the other direction, for
// columns that are kept apart, under own writes, and at a snapshot that the cache knows too little of.
func (t *table) blockScanOf(spec exec.ScanSpec) (*blockScan, error) {
	s := t.stmt
	if spec.Desc || s.tx.db.TableRows(t.t) < 2*blockRows || s.tx.db.columns.max == 0 {
		return nil, nil
	}
	out := &blockScan{table: t, spec: spec}
	for _, o := range spec.Ordinals {
		col := &t.t.Columns[o]
		if col.Type.Kind == datum.KindVector {
			return nil, nil
		}
		out.cols = append(out.cols, col)
	}
	for _, l := range s.view.Layers() {
		if l.Touches(storage.RowRange(t.t.ID)) {
			return nil, nil
		}
	}
	if !s.tx.db.columns.register(t.t, s.snap.commits) {
		return nil, nil
	}
	it, err := s.view.Iter(storage.RowRange(t.t.ID), true)
	if err != nil {
		return nil, err
	}
	if it.Next() {
		out.last = storage.RowOf(it.Key()) >> blockShift
	}
	if err := it.Err(); err != nil {
		_ = it.Close()
		return nil, err
	}
	out.out = datum.NewBatch(t.types(spec.Ordinals, spec.RowID), datum.BatchRows)
	return out, it.Close()
}

// Next implements exec.RowIter.
func (s *blockScan) Next(ctx context.Context) (*datum.Batch, error) {
	for s.at == nil || s.next >= len(s.at.rows) {
		if s.block > s.last {
			return nil, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		b, err := s.open(s.block)
		if err != nil {
			return nil, fmt.Errorf("scan table %s: %w", s.table.t.Name, err)
		}
		s.at, s.next = b, 0
		s.block++
	}
	lo, hi := s.next, min(s.next+datum.BatchRows, len(s.at.rows))
	s.next = hi
	resetBatch(s.out)
	for i, c := range s.cols {
		s.at.columns[c.AttNum].unpack(s.out.Cols[i], lo, hi)
	}
	if s.spec.RowID {
		ids := s.out.Cols[len(s.cols)]
		for _, off := range s.at.rows[lo:hi] {
			ids.I = append(ids.I, int64((s.block-1)<<blockShift+uint64(off)))
		}
	}
	s.out.Rows = hi - lo
	return s.out, nil
}

// open gives a block with every wanted column.
func (s *blockScan) open(block uint64) (*cachedBlock, error) {
	cache, id, at := &s.table.stmt.tx.db.columns, s.table.t.ID, s.table.stmt.snap.commits
	b := cache.get(id, block, at)
	want := s.cols
	if b != nil {
		missing := b.missing(s.cols)
		if len(missing) == 0 {
			return b, nil
		}
		want = nil
		for _, i := range missing {
			want = append(want, s.cols[i])
		}
	}
	rows, columns, err := s.read(block, want)
	if err != nil {
		return nil, err
	}
	if b == nil {
		b = &cachedBlock{built: at, rows: rows}
	}
	b = b.with(columns)
	cache.put(id, block, b)
	return b, nil
}

// read reads columns of a block's rows.
func (s *blockScan) read(block uint64, cols []*catalog.Column) ([]uint16, map[int16]*packedColumn, error) {
	ordinals := make([]int, len(cols))
	for i, c := range cols {
		ordinals[i] = s.table.t.Ordinal(c.AttNum)
	}
	if s.cold == nil || s.cold.block != block {
		if err := s.closeCold(); err != nil {
			return nil, nil, err
		}
		all := storage.RowRange(s.table.t.ID)
		it, err := s.table.stmt.view.Iter(storage.Range{Low: storage.RowKey(s.table.t.ID, block<<blockShift), High: all.High}, false)
		if err != nil {
			return nil, nil, err
		}
		s.cold = &coldRows{it: it, more: it.Next()}
	}
	rows, err := s.cold.read(block, newRowDecoder(s.table.t, ordinals), datum.NewBatch(s.table.types(ordinals, false), blockRows))
	if err != nil {
		return nil, nil, err
	}
	columns := map[int16]*packedColumn{}
	for i, c := range cols {
		columns[c.AttNum] = pack(s.cold.batch.Cols[i])
	}
	return rows, columns, nil
}

func (s *blockScan) closeCold() error {
	if s.cold == nil {
		return nil
	}
	it := s.cold.it
	s.cold = nil
	return it.Close()
}

// Close implements exec.RowIter.
func (s *blockScan) Close() {
	if err := s.closeCold(); err != nil {
		s.table.stmt.tx.db.log.Warn("relation: close a scan", "error", err)
	}
}

// coldRows walks rows that are not cached, at the first of block or after it.
type coldRows struct {
	it    *storage.Iter
	more  bool
	block uint64
	batch *datum.Batch
}

// read decodes the rows of a block.
func (c *coldRows) read(block uint64, dec *rowDecoder, into *datum.Batch) (rows []uint16, err error) {
	c.batch = into
	for ; c.more; c.more = c.it.Next() {
		row := storage.RowOf(c.it.Key())
		if row>>blockShift != block {
			break
		}
		if err := dec.decode(c.it.Value(), c.batch); err != nil {
			return nil, err
		}
		c.batch.Rows++
		rows = append(rows, uint16(row%blockRows))
	}
	c.block = block + 1
	return rows, c.it.Err()
}

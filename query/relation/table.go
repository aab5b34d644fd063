package relation

import (
	"context"
	"fmt"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/storage"
)

// table is one table in one statement. It implements exec.Table.
type table struct {
	stmt    *Stmt
	t       *catalog.Table
	writing bool // the table's lock is held
	// building says that the rows are written again: keys that are taken twice keep an index from being built.
	building bool
	// outgoing are the foreign keys of the table, incoming those to it, once they are needed.
	outgoing      []*reference
	incoming      []catalog.Reference
	knowsIncoming bool
	derived       *indexExprs
	counters      *relationCounters // see counted
}

func newTable(s *Stmt, t *catalog.Table) *table { return &table{stmt: s, t: t} }

func (t *table) beginWrite(ctx context.Context) error {
	if t.writing {
		return nil
	}
	if err := t.stmt.beginWrite(ctx, t.t); err != nil {
		return err
	}
	t.writing = true
	return nil
}

// pointRows is how many rows are looked up in the cache of single keys: more would drive out what others come back for.
const pointRows = 128

// Fetch implements exec.Table.
func (t *table) Fetch(_ context.Context, rowIDs []int64, ordinals []int) (out *datum.Batch, err error) {
	in, err := t.pointReader(rowIDs)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closed := in.close(); err == nil && closed != nil {
			out, err = nil, closed
		}
	}()
	out = datum.NewBatch(t.types(ordinals, false), len(rowIDs))
	dec := newRowDecoder(t.t, ordinals)
	for _, id := range rowIDs {
		value, ok, err := in.read(uint64(id))
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, t.noRow(uint64(id))
		}
		if err := dec.decode(value, out); err != nil {
			return nil, err
		}
		if err := t.appendVectors(uint64(id), ordinals, out); err != nil {
			return nil, err
		}
		out.Rows++
	}
	return out, nil
}

// pointReader reads rows by their identities: a few through the cache, many in order by one walk through the table. What it
// returns is good until the next read.
type pointReader struct {
	table *table
	walk  *storage.Points // nil for a few rows
	few   bool
	key   []byte
	room  []byte // for values
}

// pointBytes is the room made for a row's value; a longer one has its own.
const pointBytes = 48

func (t *table) pointReader(rowIDs []int64) (r pointReader, err error) {
	r = pointReader{table: t, few: len(rowIDs) <= pointRows, key: make([]byte, 0, 16)}
	switch {
	case r.few:
		r.room = make([]byte, 0, len(rowIDs)*pointBytes)
	case slices.IsSorted(rowIDs):
		r.walk, err = t.stmt.view.Points(storage.RowRange(t.t.ID))
	}
	return r, err
}

func (r *pointReader) read(row uint64) (value []byte, ok bool, err error) {
	r.key = storage.AppendRowKey(r.key[:0], r.table.t.ID, row)
	switch {
	case r.walk != nil:
		return r.walk.Get(r.key)
	case !r.few:
		return r.table.stmt.view.Get(r.key)
	}
	value, ok, err = r.table.stmt.lookUp(r.key, r.room[len(r.room):])
	r.room = r.room[:min(cap(r.room), len(r.room)+len(value))]
	return value, ok, err
}

func (r *pointReader) close() error {
	if r.walk == nil {
		return nil
	}
	return r.walk.Close()
}

// fetchOne reads one row by its identity, through the cache. buf is room for its bytes.
func (t *table) fetchOne(row uint64, ordinals []int, buf []byte) (*datum.Batch, error) {
	value, ok, err := t.stmt.lookUp(storage.RowKey(t.t.ID, row), buf)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, t.noRow(row)
	}
	out := datum.NewBatch(t.types(ordinals, false), 1)
	if err := newRowDecoder(t.t, ordinals).decode(value, out); err != nil {
		return nil, err
	}
	err = t.appendVectors(row, ordinals, out)
	out.Rows = 1
	return out, err
}

func (t *table) noRow(row uint64) error {
	return fmt.Errorf("%w: table %s has no row %d, which an index names", storage.ErrCorrupt, t.t.Name, row)
}

// appendVectors reads a row's wanted vectors one by one.
func (t *table) appendVectors(row uint64, ordinals []int, out *datum.Batch) error {
	for i, o := range ordinals {
		col := &t.t.Columns[o]
		if !isApart(col) {
			continue
		}
		value, ok, err := t.stmt.view.Get(storage.VectorKey(t.t.ID, col.VectorsAt(), row))
		if err != nil {
			return err
		}
		if !ok {
			out.Cols[i].Append(datum.Null)
			continue
		}
		out.Cols[i].Append(datum.NewVector(decodeVector(value)))
	}
	return nil
}

// types are the output types of ordinals, with the row identity where asked.
func (t *table) types(ordinals []int, rowID bool) []*datum.Type {
	types := make([]*datum.Type, 0, len(ordinals)+1)
	for _, o := range ordinals {
		types = append(types, t.t.Columns[o].Type)
	}
	if rowID {
		types = append(types, datum.Int8)
	}
	return types
}

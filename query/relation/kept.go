package relation

import (
	"bytes"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
)

// A vector index whose key is an expression, or a column of bits or of sparse vectors, keeps its key's values
// (catalog.Index.KeepsVectors), under its own number in the place of a table's: of vectors for the vector operator, which
// treats them as any column's, and of other types as datum.AppendValue writes them. A row whose key is NULL, or that a
// partial index leaves out, has none.

// The places of what an index keeps. They are no columns'.
const (
	keptVectors int16 = 0
	keptValues  int16 = -1
)

// columnOf is where the vectors of an index are.
func columnOf(t *catalog.Table, ix *catalog.Index) vectorColumn {
	switch {
	case !ix.KeepsVectors():
		return vectorsOf(t, ix.Keys[0].AttNum)
	case keyType(t, ix.Keys[0]).Kind == datum.KindVector:
		return vectorColumn{ix.ID, keptVectors}
	}
	return vectorColumn{ix.ID, keptValues}
}

// belongs says whether a vector column is a table's or one of its indexes'.
func (c vectorColumn) belongs(t *catalog.Table) bool {
	if c.table == t.ID {
		return true
	}
	for i := range t.Indexes {
		if t.Indexes[i].KeepsVectors() && t.Indexes[i].ID == c.table {
			return true
		}
	}
	return false
}

// keep brings what an index keeps of a row from before, nil for nothing, to row i of rows, which may be nil. They are
// extended.
func (t *table) keep(ix *catalog.Index, before []byte, rows *datum.Batch, i int, row uint64) error {
	after, err := t.keptOf(ix, rows, i)
	if err != nil {
		return err
	}
	col := columnOf(t.t, ix)
	switch key := storage.VectorKey(col.table, col.place, row); {
	case after == nil && before != nil:
		t.stmt.writes.Delete(key)
	case after != nil && !bytes.Equal(before, after):
		t.stmt.writes.Set(key, after)
	}
	return nil
}

// keptOf is what an index keeps of row i, nil for nothing.
func (t *table) keptOf(ix *catalog.Index, rows *datum.Batch, i int) ([]byte, error) {
	if rows == nil || !t.included(ix, rows, i) {
		return nil, nil
	}
	key := ix.Keys[0]
	v, typ := rows.Cols[t.keyColumn(ix, key)].Get(i), keyType(t.t, key)
	switch {
	case v.IsNull():
		return nil, nil
	case typ.Kind != datum.KindVector:
		return datum.AppendValue(nil, typ, v), nil
	case len(v.Vector()) != int(key.Typmod):
		return nil, sqlstate.New(sqlstate.DataException, "expected %d dimensions, not %d", key.Typmod, len(v.Vector()))
	}
	return encodeVector(typ, v.Vector()), nil
}

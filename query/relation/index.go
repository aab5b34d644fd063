package relation

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
)

// An index entry's key is the index's prefix, then each key column's order-preserving bytes, then, unless the entry
// must be unique, the row's identity. A unique entry's value is the row's identity, the others' is empty. NULLs are
// not equal to each other, so an entry with one is not unique, unless the index says NULLS NOT DISTINCT. Entries of a
// deferrable constraint's index are not unique either, and are counted when the constraint is checked.

// ordered says whether an index keeps entries here; the others are the vector operator's.
func ordered(ix *catalog.Index) bool { return ix.FindsEqual() || ix.Excludes() }

// immediate says whether a key may not even for a moment be there twice.
func immediate(ix *catalog.Index) bool { return ix.Unique && !ix.Deferrable }

// claimOf is what stands for row i's key where it must be unique: what is locked, and under a deferrable constraint the
// beginning of every entry with the key. It is nil where the key need not be unique. key is the row's entry.
func (t *table) claimOf(ix *catalog.Index, key []byte, rows *datum.Batch, i int) []byte {
	if ix.Excludes() && key != nil {
		return t.exclusionClaim(ix, rows, i)
	}
	if !ix.Unique || key == nil {
		return nil
	}
	if !ix.NullsNotDistinct && slices.ContainsFunc(ix.Keys, func(k catalog.KeyPart) bool {
		return rows.Cols[t.keyColumn(ix, k)].IsNull(i)
	}) {
		return nil
	}
	if ix.Deferrable {
		return key[:len(key)-8]
	}
	return key
}

// keepsEntries says whether an index is kept here, in one way or the other.
func keepsEntries(ix *catalog.Index) bool { return ordered(ix) || inverted(ix) || ix.KeepsVectors() }

// entryOf makes row i's entry, nil when a partial index has none. rows are extended.
func (t *table) entryOf(ix *catalog.Index, rows *datum.Batch, i int, row uint64) (key []byte, unique bool) {
	if !t.included(ix, rows, i) {
		return nil, false
	}
	key, unique = storage.IndexPrefix(ix.ID), immediate(ix)
	for _, k := range ix.Keys {
		v := rows.Cols[t.keyColumn(ix, k)].Get(i)
		if v.IsNull() && !ix.NullsNotDistinct {
			unique = false
		}
		key = datum.AppendKey(key, keyType(t.t, k), v, k.Desc, k.NullsFirst)
	}
	if !unique {
		key = binary.BigEndian.AppendUint64(key, row)
	}
	return key, unique
}

// entryValue is an entry's value.
func entryValue(unique bool, row uint64) []byte {
	if !unique {
		return []byte{}
	}
	return uint64Value(row)
}

// entryRow reads the row identity of an entry.
func entryRow(key, value []byte) (uint64, error) {
	switch {
	case len(value) == 8:
		return binary.BigEndian.Uint64(value), nil
	case len(value) == 0 && len(key) >= storage.IndexPrefixBytes+8:
		return storage.RowOf(key), nil
	}
	return 0, fmt.Errorf("%w: index entry %x", storage.ErrCorrupt, key)
}

// entryPrefix starts the entries with values for the index's leading keys; those for all keys of a unique one, none of
// them NULL, are its key.
func entryPrefix(t *catalog.Table, ix *catalog.Index, eq []datum.Datum) []byte {
	prefix := storage.IndexPrefix(ix.ID)
	for i, v := range eq {
		k := ix.Keys[i]
		prefix = datum.AppendKey(prefix, keyType(t, k), v, k.Desc, k.NullsFirst)
	}
	return prefix
}

// boundsRange turns index bounds into a range of keys. Descending keys are stored inverted, so their bounds change
// places. A range on a column never reaches its NULLs.
func boundsRange(t *catalog.Table, ix *catalog.Index, b *exec.IndexBounds) storage.Range {
	if b == nil {
		return storage.IndexRange(ix.ID)
	}
	prefix := entryPrefix(t, ix, b.Eq)
	typeOf := func(k catalog.KeyPart) *datum.Type { return keyType(t, k) }
	if b.Lo == nil && b.Hi == nil && !b.NotNull {
		return storage.PrefixRange(prefix)
	}
	k := ix.Keys[len(b.Eq)]
	end := func(v datum.Datum, row []datum.Datum) []byte {
		out := datum.AppendKey(append([]byte(nil), prefix...), typeOf(k), v, k.Desc, k.NullsFirst)
		for i, v := range row {
			k := ix.Keys[len(b.Eq)+1+i]
			out = datum.AppendKey(out, typeOf(k), v, k.Desc, k.NullsFirst)
		}
		return out
	}
	lo, hi, loInc, hiInc, loRow, hiRow := b.Lo, b.Hi, b.LoInc, b.HiInc, b.LoRow, b.HiRow
	if k.Desc {
		lo, hi, loInc, hiInc, loRow, hiRow = hi, lo, hiInc, loInc, hiRow, loRow
	}
	const valueMarker = 1 // datum.AppendKey's first byte of what is not NULL
	r := storage.PrefixRange(append(append([]byte(nil), prefix...), valueMarker))
	if lo != nil {
		if r.Low = end(*lo, loRow); !loInc {
			r.Low = storage.PrefixRange(r.Low).High
		}
	}
	if hi != nil {
		if r.High = end(*hi, hiRow); hiInc {
			r.High = storage.PrefixRange(r.High).High
		}
	}
	return r
}

// duplicateKey is the error of a second row with a unique key.
func (t *table) duplicateKey(ix *catalog.Index, rows *datum.Batch, i int) error {
	if t.building {
		return t.cannotBuild(ix, rows, i)
	}
	e := sqlstate.New(sqlstate.UniqueViolation, "duplicate key value violates unique constraint %q", ix.Name).
		WithDetail("Key %s already exists.", t.keyText(ix, rows, i))
	e.Schema, e.Table, e.Constraint = t.stmt.schemaName(t.t), t.t.Name, ix.Name
	return e
}

// cannotBuild is the error of a unique index over rows that have a key twice.
func (t *table) cannotBuild(ix *catalog.Index, rows *datum.Batch, i int) error {
	e := sqlstate.New(sqlstate.UniqueViolation, "could not create unique index %q", ix.Name).
		WithDetail("Key %s is duplicated.", t.keyText(ix, rows, i))
	e.Schema, e.Table, e.Constraint = t.stmt.schemaName(t.t), t.t.Name, ix.Name
	return e
}

// keyText prints a key as Postgres does: (a, b)=(1, 2).
func (t *table) keyText(ix *catalog.Index, rows *datum.Batch, i int) string {
	names, values := make([]string, len(ix.Keys)), make([]string, len(ix.Keys))
	for j, k := range ix.Keys {
		names[j], values[j] = t.t.KeyName(t.stmt.catalog, k), valueText(rows.Cols[t.keyColumn(ix, k)], i)
	}
	return fmt.Sprintf("(%s)=(%s)", strings.Join(names, ", "), strings.Join(values, ", "))
}

func keyList(t *catalog.Table, columns []int16, values []string) string {
	names := make([]string, len(columns))
	for i, att := range columns {
		names[i] = t.Columns[t.Ordinal(att)].Name
	}
	return fmt.Sprintf("(%s)=(%s)", strings.Join(names, ", "), strings.Join(values, ", "))
}

func valueText(col *datum.Vec, i int) string {
	if col.IsNull(i) {
		return "null"
	}
	return datum.Format(col.Type, col.Get(i), nil)
}

// keyColumns lists the columns of an index's key, 0 for an expression.
func keyColumns(ix *catalog.Index) []int16 {
	out := make([]int16, len(ix.Keys))
	for i, k := range ix.Keys {
		out[i] = k.AttNum
	}
	return out
}

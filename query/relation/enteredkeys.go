package relation

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/storage"
)

// A function of a user's that an index calls is IMMUTABLE because it says so. It may yet give another value later: another
// body was put in its place, or it was never true. An entry is found again by what the function gave when it was made, so
// an index whose expressions name what users made keeps the values of its expressions by row, under its own number in the
// place of a table's: for its predicate and each of its keys that is an expression, in order, a byte that is 0 for NULL and
// 1 before a value as datum.AppendValue writes it. PostgreSQL's entries are found by the row that they point to.

// enteredKeys is the place of those values beside what an index keeps (kept.go). Columns' places rise from 1, those of
// generations fall from -2.
const enteredKeys int16 = math.MinInt16

// remembers says whether an index keeps what its expressions gave.
func remembers(ix *catalog.Index) bool {
	return catalog.NamesUsers(ix.Where) ||
		slices.ContainsFunc(ix.Keys, func(k catalog.KeyPart) bool { return catalog.NamesUsers(k.Expr) })
}

// remembered is remembers once expressions are compiled.
func (t *table) remembered(ix *catalog.Index) bool {
	return t.derived != nil && t.derived.remembered[ix.ID]
}

// derivedOf lists the places of an index's expressions in extended rows, with their types.
func (t *table) derivedOf(ix *catalog.Index) (at []int, types []*datum.Type) {
	if ix.Where != "" {
		at, types = append(at, t.derived.at[exprOf{text: ix.Where}]), append(types, datum.Bool)
	}
	for _, k := range ix.Keys {
		if k.Expr != "" {
			at, types = append(at, t.keyColumn(ix, k)), append(types, keyType(t.t, k))
		}
	}
	return at, types
}

// remember keeps what the expressions of an index gave for row i. rows are extended.
func (t *table) remember(ix *catalog.Index, rows *datum.Batch, i int, row uint64) {
	if !t.remembered(ix) {
		return
	}
	var out []byte
	at, types := t.derivedOf(ix)
	for n, c := range at {
		if v := rows.Cols[c].Get(i); v.IsNull() {
			out = append(out, 0)
		} else {
			out = datum.AppendValue(append(out, 1), types[n], v)
		}
	}
	t.stmt.writes.Set(storage.VectorKey(ix.ID, enteredKeys, row), out)
}

// forget is for a row that is no more.
func (t *table) forget(ix *catalog.Index, row uint64) {
	if t.remembered(ix) {
		t.stmt.writes.Delete(storage.VectorKey(ix.ID, enteredKeys, row))
	}
}

// entered is row i of stored rows as it was entered into an index: the rows and which of them it is. The row is locked.
func (t *table) entered(ctx context.Context, ix *catalog.Index, old *datum.Batch, i int, row uint64) (*datum.Batch, int, error) {
	if !t.remembered(ix) {
		return old, i, nil
	}
	value, ok, err := t.stmt.latest(storage.VectorKey(ix.ID, enteredKeys, row))
	if err != nil {
		return nil, 0, err
	}
	one := rowsAt(old, []int{i})
	if !ok { // an entry of an earlier build
		one, err = t.extend(ctx, one)
		return one, 0, err
	}
	at, types := t.derivedOf(ix)
	values, err := decodeEntered(value, types)
	if err != nil {
		return nil, 0, fmt.Errorf("row %d of index %s: %w", row, ix.Name, err)
	}
	for n, c := range at {
		one.Cols[c] = datum.Constant(types[n], values[n], 1)
	}
	return one, 0, nil
}

// decodeEntered reads what remember wrote.
func decodeEntered(b []byte, types []*datum.Type) ([]datum.Datum, error) {
	out := make([]datum.Datum, len(types))
	for i, t := range types {
		if len(b) == 0 || b[0] > 1 {
			return nil, fmt.Errorf("%w: values of an index's expressions", storage.ErrCorrupt)
		}
		marker := b[0]
		if b = b[1:]; marker == 0 {
			out[i] = datum.Null
			continue
		}
		var err error
		if out[i], b, err = datum.DecodeValue(t, b); err != nil {
			return nil, err
		}
	}
	if len(b) > 0 {
		return nil, fmt.Errorf("%w: %d bytes behind the values of an index's expressions", storage.ErrCorrupt, len(b))
	}
	return out, nil
}

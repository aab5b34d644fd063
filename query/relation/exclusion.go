package relation

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
)

// An exclusion constraint is kept as the entries of a btree are. Before a row's entry is made, the values that its keys have
// to equal are locked to the end of the transaction: whoever could make a row that conflicts with it has the same ones, and
// waits. Then the entries with those values are looked at as they are now, the last commits' and the transaction's own. A
// constraint without = locks all of its index, so that its table has one writer at a time.

// exclusionClaim is what is locked for row i: what its keys have to equal. nil says that nothing conflicts with the row,
// because a key is NULL.
func (t *table) exclusionClaim(ix *catalog.Index, rows *datum.Batch, i int) []byte {
	claim := storage.IndexPrefix(ix.ID)
	for n, k := range ix.Keys {
		v := rows.Cols[t.keyColumn(ix, k)].Get(i)
		if v.IsNull() {
			return nil
		}
		if ix.ExcludeOperator(n) == "=" {
			claim = datum.AppendKey(claim, keyType(t.t, k), v, false, false)
		}
	}
	return claim
}

// exclusion looks for what a row conflicts with.
type exclusion struct {
	t     *table
	ix    *catalog.Index
	keys  []datum.Datum
	equal int    // how many keys, from the first, have the operator =
	start []byte // how the entries begin that have those values
}

// exclusionOf is what row i may not conflict with.
func (t *table) exclusionOf(ix *catalog.Index, rows *datum.Batch, i int) *exclusion {
	x := &exclusion{t: t, ix: ix, start: storage.IndexPrefix(ix.ID)}
	for n, k := range ix.Keys {
		v := rows.Cols[t.keyColumn(ix, k)].Get(i)
		if x.keys = append(x.keys, v); n == x.equal && ix.ExcludeOperator(n) == "=" {
			x.equal++
			x.start = datum.AppendKey(x.start, keyType(t.t, k), v, false, false)
		}
	}
	return x
}

// excluding finds an entry that row i conflicts with, and its keys; nil for none.
func (t *table) excluding(ix *catalog.Index, rows *datum.Batch, i int) (entry []byte, keys []datum.Datum, err error) {
	x := t.exclusionOf(ix, rows, i)
	span, nearest := storage.PrefixRange(x.start), false
	if x.ordered() {
		r := x.keys[x.equal].Range()
		if r.Empty {
			return nil, nil, nil
		}
		span, nearest = x.reach(r), true
	}
	return x.find(span, nearest)
}

// ordered says that what is left after the equal keys is one range that may not overlap another. Then the entries are of
// ranges apart, in order, and only the last that begins before the new one's end can overlap it.
func (x *exclusion) ordered() bool {
	return x.equal == len(x.keys)-1 && x.ix.ExcludeOperator(x.equal) == "&&" && x.keys[x.equal].Kind() == datum.KindRange
}

// reach is where the ranges are that begin before r's end.
func (x *exclusion) reach(r *datum.RangeValue) storage.Range {
	span := storage.PrefixRange(datum.AppendRangeStart(slices.Clip(x.start)))
	if !r.Upper.IsNull() {
		span.High = storage.PrefixRange(datum.AppendLowerBound(slices.Clip(x.start), r.Type, r.Upper)).High
	}
	return span
}

// find looks through the entries of a span, backwards: first those that are committed or of the transaction's earlier
// statements, then this statement's. nearest says that one which does not conflict ends the search of either.
func (x *exclusion) find(span storage.Range, nearest bool) (entry []byte, keys []datum.Datum, err error) {
	s := x.t.stmt
	it, err := s.tx.db.store.IterUnder(s.layers, span, true)
	if err != nil {
		return nil, nil, err
	}
	for it.Next() && err == nil && keys == nil {
		if _, _, found := s.writes.Get(it.Key()); found {
			continue // gone, or looked at below
		}
		stop := false
		if keys, stop, err = x.conflicts(it.Key()); keys != nil {
			entry = slices.Clone(it.Key())
		}
		if stop && nearest {
			break
		}
	}
	if err == nil {
		err = it.Err()
	}
	if closed := it.Close(); err == nil {
		err = closed
	}
	if err != nil || keys != nil {
		return entry, keys, err
	}
	own := s.exclusions[x.ix.ID]
	at, _ := slices.BinarySearch(own, string(span.High))
	for at--; at >= 0 && own[at] >= string(span.Low); at-- {
		key := []byte(own[at])
		if _, deleted, found := s.writes.Get(key); deleted || !found {
			continue
		}
		keys, stop, err := x.conflicts(key)
		if keys != nil || err != nil {
			return key, keys, err
		}
		if stop && nearest {
			break
		}
	}
	return nil, nil, nil
}

// conflicts reads an entry's keys, nil where the row does not conflict with it. stop is false for one that lies behind the
// row's range altogether.
func (x *exclusion) conflicts(key []byte) (keys []datum.Datum, stop bool, err error) {
	keys = slices.Clone(x.keys[:x.equal])
	rest := key[len(x.start):]
	for n := x.equal; n < len(x.keys); n++ {
		var v datum.Datum
		typ := keyType(x.t.t, x.ix.Keys[n])
		if v, rest, err = datum.DecodeKey(typ, rest, false, false); err != nil {
			return nil, true, fmt.Errorf("%w: entry of index %s: %w", storage.ErrCorrupt, x.ix.Name, err)
		}
		if v.IsNull() || !excludes(x.ix.ExcludeOperator(n), typ, x.keys[n], v) {
			return nil, v.Kind() != datum.KindRange || !x.keys[n].Range().Before(v.Range()), nil
		}
		keys = append(keys, v)
	}
	return keys, true, nil
}

// excludes is one of the operators that plan lets into exclusion constraints.
func excludes(op string, t *datum.Type, a, b datum.Datum) bool {
	switch op {
	case "=":
		return datum.Compare(t, a, b) == 0
	case "<>":
		return datum.Compare(t, a, b) != 0
	case "-|-":
		if a.Kind() == datum.KindMultirange {
			return a.Multirange().Adjacent(b.Multirange())
		}
		return a.Range().Adjacent(b.Range())
	}
	if a.Kind() == datum.KindMultirange {
		return a.Multirange().Overlaps(b.Multirange())
	}
	return a.Range().Overlaps(b.Range())
}

// exclude fails where row i conflicts with another, and notes the row's entry for the rows that follow. building is
// the constraint being added to rows that are there.
func (t *table) exclude(ix *catalog.Index, key []byte, rows *datum.Batch, i int, building bool) error {
	_, other, err := t.excluding(ix, rows, i)
	if err != nil {
		return err
	}
	if other != nil {
		return t.excluded(ix, rows, i, other, building)
	}
	if t.stmt.exclusions == nil {
		t.stmt.exclusions = map[uint32][]string{}
	}
	own := t.stmt.exclusions[ix.ID]
	if at, found := slices.BinarySearch(own, string(key)); !found {
		t.stmt.exclusions[ix.ID] = slices.Insert(own, at, string(key))
	}
	return nil
}

// excluded is the error of a row that conflicts with one of those keys.
func (t *table) excluded(ix *catalog.Index, rows *datum.Batch, i int, other []datum.Datum, building bool) error {
	names, values := make([]string, len(ix.Keys)), make([]string, len(ix.Keys))
	for n, k := range ix.Keys {
		names[n], values[n] = t.t.KeyName(t.stmt.catalog, k), datum.Format(keyType(t.t, k), other[n], nil)
	}
	existing := fmt.Sprintf("(%s)=(%s)", strings.Join(names, ", "), strings.Join(values, ", "))
	e := sqlstate.New(sqlstate.ExclusionViolation, "conflicting key value violates exclusion constraint %q", ix.Name).
		WithDetail("Key %s conflicts with existing key %s.", t.keyText(ix, rows, i), existing)
	if building {
		e = sqlstate.New(sqlstate.ExclusionViolation, "could not create exclusion constraint %q", ix.Name).
			WithDetail("Key %s conflicts with key %s.", t.keyText(ix, rows, i), existing)
	}
	e.Schema, e.Table, e.Constraint = t.stmt.schemaName(t.t), t.t.Name, ix.Name
	return e
}

// conflicting is the entry that row i conflicts with, nil for none; what the row's keys have to equal is locked first.
func (t *table) conflicting(ctx context.Context, ix *catalog.Index, key []byte, rows *datum.Batch, i int) ([]byte, error) {
	claim := t.claimOf(ix, key, rows, i)
	if claim == nil {
		return nil, nil
	}
	if err := t.lockKey(ctx, claim); err != nil {
		return nil, err
	}
	entry, _, err := t.excluding(ix, rows, i)
	return entry, err
}

package relation

import (
	"context"
	"errors"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/textsearch"
)

// partQuery is what an inverted index is asked for: the rows with a part, or with all, with any or with so many of several.
// What it finds is at least what the condition holds for.
type partQuery struct {
	part   []byte
	prefix bool // all parts that begin with it
	all    bool // of kids; else any of them
	least  int  // of kids, where it is more than any and fewer than all
	kids   []*partQuery
}

// queryOf turns a searched-for value into parts; nil is what the index cannot narrow down. empties is the index's.
func queryOf(t *datum.Type, op string, v datum.Datum, empties bool) *partQuery {
	switch {
	case t == datum.TSVector:
		n := v.TSQuery()
		if n == nil {
			return &partQuery{} // no row matches the empty query
		}
		return wordQuery(n)
	case t == datum.Hstore && op == "@>":
		return pairsQuery(v)
	case op == "?":
		return &partQuery{part: keyPart(t, v.Str())}
	case t == datum.JSONB && (op == "@?" || op == "@@"):
		return jsonPathQuery(op, v.Str())
	case (t == datum.JSONB || t == datum.Hstore) && op != "@>":
		return keysQuery(t, v, op == "?&")
	}
	q := &partQuery{all: op == "@>" || op == "="}
	for _, part := range valueParts(t, v) {
		q.kids = append(q.kids, &partQuery{part: part})
	}
	if op == "<@" || op == "=" && empties && len(v.Array().Elems) == 0 {
		q.kids = append(q.kids, &partQuery{part: emptyPart})
	}
	if q.all && len(q.kids) == 0 {
		return nil
	}
	return q
}

// keysQuery is ?| and ?&; NULLs count for nothing.
func keysQuery(t *datum.Type, v datum.Datum, all bool) *partQuery {
	q := &partQuery{all: all}
	for _, e := range v.Array().Elems {
		if !e.IsNull() {
			q.kids = append(q.kids, &partQuery{part: keyPart(t, e.Str())})
		}
	}
	if all && len(q.kids) == 0 {
		return nil
	}
	return q
}

func keyPart(t *datum.Type, key string) []byte {
	if t == datum.Hstore {
		return hstoreKey(key)
	}
	return jsonWord(key)
}

// wordQuery leaves out what lexemes alone do not tell: weights, distances, negation.
func wordQuery(n *textsearch.Node) *partQuery {
	switch {
	case n.Op == textsearch.OpNot:
		return nil
	case n.Left == nil:
		part := wordPart(n.Word)
		if n.Prefix {
			part = part[:len(part)-2] // without what closes a string
		}
		return &partQuery{part: part, prefix: n.Prefix}
	}
	left, right := wordQuery(n.Left), wordQuery(n.Right)
	all := n.Op != textsearch.OpOr
	switch {
	case left != nil && right != nil:
		return &partQuery{all: all, kids: []*partQuery{left, right}}
	case !all:
		return nil
	case left == nil:
		return right
	}
	return left
}

// fewRows are looked at sooner than more of the index is read to rule some of them out.
const fewRows = 16

// rows collects the rows that a query finds.
func (q *partQuery) rows(s *Stmt, ix *catalog.Index, key int) (*roaring64.Bitmap, error) {
	switch {
	case q.part != nil:
		return partRows(s, ix, key, q)
	case q.least > 1:
		return q.rowsOfMany(s, ix, key)
	case q.all && q.leaves() > 1:
		return q.rowsOfAll(s, ix, key)
	}
	out := roaring64.New()
	for i, kid := range q.kids {
		found, err := kid.rows(s, ix, key)
		switch {
		case err != nil:
			return nil, err
		case i == 0:
			out = found
		case q.all:
			out.And(found)
		default:
			out.Or(found)
		}
		if q.all && out.GetCardinality() <= fewRows {
			break
		}
	}
	return out, nil
}

func partRows(s *Stmt, ix *catalog.Index, key int, q *partQuery) (*roaring64.Bitmap, error) {
	l, err := openPostings(s, ix, key, q.part, q.prefix)
	if err != nil {
		return nil, err
	}
	out := roaring64.New()
	ok, err := l.next()
	for ; ok && err == nil; ok, err = l.next() {
		l.addTo(out)
	}
	return out, errors.Join(err, l.failed(l.close()))
}

// askedFor is the query of a search.
func (t *table) askedFor(ix *catalog.Index, b *exec.IndexBounds) *partQuery {
	k := ix.Keys[b.SearchKey]
	if k.OfTrigrams() {
		return trigramQuery(b.SearchOp, b.Search.Str(), b.SearchLimit)
	}
	return queryOf(keyType(t.t, k).Root(), b.SearchOp, *b.Search, ix.Empties)
}

// searchIndex reads the rows that an inverted index finds, in the order of the table; nil where it cannot be asked.
func (t *table) searchIndex(spec exec.ScanSpec) (exec.RowIter, error) {
	b := spec.Bounds
	q := t.askedFor(spec.Index, b)
	if q == nil {
		return nil, nil
	}
	rows, err := q.rows(t.stmt, spec.Index, b.SearchKey)
	if err != nil {
		return nil, err
	}
	x := t.stmt.tx.db.counters.of(spec.Index.OID)
	x.scans.Add(1)
	x.read.Add(int64(rows.GetCardinality()))
	return &countedScan{RowIter: &bitmapScan{table: t, spec: spec, rows: rows.Iterator()}, read: &t.counted().fetched}, nil
}

// bitmapScan reads a set of rows.
type bitmapScan struct {
	table *table
	spec  exec.ScanSpec
	rows  roaring64.IntPeekable64
	ids   []int64
}

// Next implements exec.RowIter. The first batches are small, as an index scan's are.
func (s *bitmapScan) Next(ctx context.Context) (*datum.Batch, error) {
	want := min(max(2*len(s.ids), 8), datum.BatchRows)
	s.ids = s.ids[:0]
	for len(s.ids) < want && s.rows.HasNext() {
		s.ids = append(s.ids, int64(s.rows.Next()))
	}
	if len(s.ids) == 0 {
		return nil, nil
	}
	return s.table.fetchFor(ctx, s.ids, s.spec)
}

// Close implements exec.RowIter.
func (s *bitmapScan) Close() {}

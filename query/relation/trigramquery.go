package relation

import (
	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/trigram"
)

// trigramQuery is what an index of trigrams is asked for by an operator with a text; nil where that does not narrow it down.
func trigramQuery(op, text string, limit float32) *partQuery {
	if op != trigram.Match && op != trigram.IMatch {
		return partsWith(trigram.Of(op, text, limit))
	}
	syntax, err := builtin.RegexpSyntax(text, op == trigram.IMatch)
	if err != nil { // a scan of the table reports it
		return nil
	}
	q, err := trigram.OfRegexp(syntax)
	if err != nil {
		return nil
	}
	return partsWith(q)
}

func partsWith(q *trigram.Query) *partQuery {
	switch {
	case q == nil:
		return nil
	case q.Kids == nil:
		return &partQuery{part: q.Trigram[:]}
	}
	out := &partQuery{all: q.Least == len(q.Kids), least: q.Least}
	if out.all {
		out.least = 0
	}
	for _, kid := range q.Kids {
		out.kids = append(out.kids, partsWith(kid))
	}
	return out
}

// rowsOfMany collects the rows that at least so many of the kids find: of[n] are those that n+1 have found.
func (q *partQuery) rowsOfMany(s *Stmt, ix *catalog.Index, key int) (*roaring64.Bitmap, error) {
	of := make([]*roaring64.Bitmap, q.least)
	for n := range of {
		of[n] = roaring64.New()
	}
	for _, kid := range q.kids {
		found, err := kid.rows(s, ix, key)
		if err != nil {
			return nil, err
		}
		for n := q.least - 1; n > 0; n-- {
			of[n].Or(roaring64.And(of[n-1], found))
		}
		of[0].Or(found)
	}
	return of[q.least-1], nil
}

package plan

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
)

// Growth makes a Sort read no more of a vector search below it than it must (the threshold algorithm of Fagin, Lotem and
// Naor, "Optimal aggregation algorithms for middleware", 2001): the search gives so many of the nearest rows, and more
// each time, until as many rows as wanted have a better first key than Bound, which no row not given yet can have a better
// one than. In the worst case all rows are read, as a Sort would have.
type Growth struct {
	Search *VectorSearch // its K is Outer slot Want
	Want   int
	Last   int  // Outer slot: the distance of the last row that the search gave
	Bound  Expr // over Last
	// Undefined says that rows of undefined distance (a zero vector's cosine) would come first: then all are read.
	Undefined bool
	// Each is how many rows to ask for at first, for each that is wanted.
	Each float64
	// Groups is how many groups there are whose first row is wanted, of rows that are equal in the Sort's first GroupKeys
	// keys; it stands in place of Bound, and Each is for each group. See growGroups.
	Groups    Expr
	GroupKeys int
}

// grow gives a Sort a Growth where its first key rises or falls with a distance of one scan below it: a weighted sum of a
// similarity and scalar columns, 1 - distance, or a distance whose scan is joined or filtered further up.
//
//	Limit                                   Limit
//	  Sort by 0.7 * sim + 0.3 * pop DESC      Sort, Bound 0.7 * (1 - last distance) + 0.3 * (SELECT max(pop))
//	    Project                        →        Project
//	      Scan                                    VectorSearch, as many as needed
func (o *optimizer) grow(l *Limit, s *Sort) {
	key := s.Keys[0]
	if len(l.WithTies) > 0 || volatile(key.Expr) || volatilePlan(s.Input) {
		return
	}
	leaf, over, above := rankedLeaf(&s.Input, key)
	if leaf == nil || !o.fewOfGroups(s.Input, l) {
		return
	}
	scan := (*leaf).(*Scan)
	d, ok := o.onlyDistance(scan, over)
	if !ok || scan.Index != nil || scan.RowID || scan.Mark != 0 || o.uniqueLookup(scan) {
		return
	}
	if key.NullsFirst && !o.nullOfAll(scan, over) {
		return
	}
	b := bounder{o: o, scan: scan, d: d, last: &Outer{Typed: Typed{datum.Float8, -1}, Slot: o.plan.Slots + 1, Name: "distance"}}
	bound, ok := b.bound(over, key.Desc)
	if !ok || !b.shrinks {
		return
	}
	v, ok := o.search(scan, d)
	if !ok {
		return
	}
	nullable := v.takeConditions(scan, d) && !o.filled(scan, d.key)
	v.NullsLast, v.Ties, v.Unordered = nullable, true, true
	v.K = &Outer{Typed: Typed{datum.Int8, -1}, Slot: o.plan.Slots}
	s.Grow = &Growth{Search: v, Want: o.plan.Slots, Last: o.plan.Slots + 1, Bound: bound, Each: o.growthStart(s.Input, scan),
		Undefined: key.Desc && d.metric == Cosine && !o.unitVectors(scan.Table, v.AttNum)}
	o.plan.Slots += 2
	read := func(list []Expr) {
		for i, e := range list {
			list[i] = replaceDistance(e, d, distanceColumn(v))
		}
	}
	switch x := above.(type) {
	case *Project:
		read(x.Exprs)
		*leaf = v
	case *Aggregate:
		read(x.Keys)
		for _, a := range x.Aggs {
			read(a.Args)
		}
		*leaf = v
	default:
		*leaf = dropDistance(v, scan.Cols)
	}
}

// growthStart guesses how many rows of the scan one row above takes.
func (o *optimizer) growthStart(input Node, scan *Scan) float64 {
	rows, all := o.estimate(input).Rows, scan.Cost.Rows
	if _, single := input.(*Project); single || rows <= 0 || groupsUnder(input) != nil {
		return 4
	}
	return min(max(2*all/rows, 2), 1000)
}

// rankedLeaf finds the one scan whose columns a key is over, below nodes that only take rows away, add columns, or keep the
// first row of each group by that key (rule_growthgroup.go). above is the node right over it, if its expressions are to
// read the distance.
func rankedLeaf(at *Node, by SortKey) (leaf *Node, over Expr, above Node) {
	key := by.Expr
	for {
		switch x := (*at).(type) {
		case *Scan:
			return at, key, above
		case *Project:
			key, above, at = substitute(key, x.Exprs), x, &x.Input
			continue
		case *Aggregate:
			if key = firstOfGroup(x, key, by.Desc); key == nil {
				return nil, nil, nil
			}
			above, at = x, &x.Input
			continue
		case *Dedup:
			by.Expr = key
			if at = firstRowOfGroup(x, by); at == nil {
				return nil, nil, nil
			}
		case *Filter:
			at = &x.Input
		case *Join:
			width := len(x.Left.Columns())
			key = withCall(withCall(key, x, x.Left, 0), x, x.Right, width)
			switch {
			case within(key, 0, width) && x.Kind != JoinRight && x.Kind != JoinFull:
				at = &x.Left
			case !freeOfColumns(key) && within(key, width, width+len(x.Right.Columns())) && !x.Lateral &&
				(x.Kind == JoinInner || x.Kind == JoinRight):
				key, at = shift(key, -width), &x.Right
			default:
				return nil, nil, nil
			}
		default:
			return nil, nil, nil
		}
		above = nil
	}
}

// withCall puts the function itself where a key reads the one column of a join's side that is a function of nothing:
// FROM tracks, to_tsquery('x') q ORDER BY … ts_rank(tsv, q).
func withCall(key Expr, j *Join, side Node, at int) Expr {
	f, ok := side.(*FunctionScan)
	if !ok || j.Lateral || !oneRow(f) || len(f.Calls) != 1 || len(f.Cols) != 1 || f.Calls[0].Proc.GivesRecord() ||
		!freeOfColumns(f.Calls[0]) {
		return key
	}
	return Transform(key, func(e Expr) Expr {
		if c, ok := e.(*Col); ok && c.Index == at {
			return f.Calls[0]
		}
		return e
	})
}

// onlyDistance is the one distance that an expression over a scan's row is made of; ok is false where there is none, or
// another beside it. One of an expression that no index has for its key is a scalar like others.
func (o *optimizer) onlyDistance(scan *Scan, e Expr) (found distanceTerm, ok bool) {
	same := Walk(e, func(x Expr) bool {
		call, isCall := x.(*Call)
		if !isCall || call.Proc.Schema != catalog.PublicOID {
			return true
		}
		d, isDistance := vectorCall(call)
		if !isDistance {
			return true
		}
		if _, column := d.vectorColumn(); !column && o.indexOn(scan, d) == nil {
			return true
		}
		if !ok {
			found, ok = d, true
		}
		return d.sameSearch(found)
	})
	return found, ok && same
}

// nullOfAll proves that an expression over a scan's row is NULL of no row, or of all of them: because a parameter is. Then
// nothing is near it, and all rows are read.
func (o *optimizer) nullOfAll(scan *Scan, e Expr) bool {
	if freeOfColumns(e) {
		return !volatile(e)
	}
	switch x := e.(type) {
	case *Cast:
		return o.nullOfAll(scan, x.Arg)
	case *Call:
		return filledCalls[x.Proc.Name] && !slices.ContainsFunc(x.Args, func(a Expr) bool { return !o.nullOfAll(scan, a) })
	}
	return o.filled(scan, e)
}

// filled proves that an expression over a scan's row is never NULL.
func (o *optimizer) filled(scan *Scan, e Expr) bool {
	switch x := e.(type) {
	case *Col:
		if x.Index >= len(scan.Ordinals) {
			return false
		}
		rejected := slices.ContainsFunc(conjuncts(scan.Filter), func(c Expr) bool {
			return rejectsNull(c, func(i int) bool { return i == x.Index })
		})
		return rejected || o.neverNull(scan.Table, attNumOf(scan, x.Index))
	case *Const:
		return !x.Value.IsNull()
	case *Cast:
		return o.filled(scan, x.Arg)
	case *Coalesce:
		return slices.ContainsFunc(x.Args, func(a Expr) bool { return o.filled(scan, a) })
	case *Call:
		return filledCalls[x.Proc.Name] && !slices.ContainsFunc(x.Args, func(a Expr) bool { return !o.filled(scan, a) })
	}
	return false
}

// filledCalls are functions that give no NULL unless an argument is.
var filledCalls = map[string]bool{"float8pl": true, "float8mi": true, "float8mul": true, "float8div": true, "float8um": true,
	"float84pl": true, "float84mi": true, "float84mul": true, "float84div": true, "float48pl": true, "float48mi": true,
	"float48mul": true, "float48div": true, "numeric_add": true, "numeric_sub": true, "numeric_mul": true, "numeric_div": true,
	"cosine_distance": true, "similarity": true, "similarity_pct": true, "neighbour_similarity": true,
	"l2_distance": true, "l1_distance": true, "inner_product": true,
	"hamming_distance": true, "jaccard_distance": true, "sparsevec_negative_inner_product": true,
	"vector_negative_inner_product": true, "halfvec_negative_inner_product": true, "vector": true, "halfvec": true,
	"vector_to_halfvec": true, "halfvec_to_vector": true, "sparsevec": true, "bit": true, "subvector": true,
	"binary_quantize": true, "l2_normalize": true, "ts_rank": true, "ts_rank_cd": true,
	"embed": true, "embed_text": true, "to_tsquery": true, "plainto_tsquery": true, "websearch_to_tsquery": true}

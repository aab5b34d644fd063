package plan

import (
	"slices"
	"strconv"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
)

// vectorSearch makes one VectorSearch of
//
//	Limit k                            Limit k
//	  Sort by distance(emb, q)           Project …, distance column for distance(emb, q)
//	    Project …                  →       VectorSearch K = k + offset, Filter F
//	      Scan, Filter F
//
// and of a Scan whose filter holds a cut-off distance(emb, q) < c. It wants predicates pushed into
// scans and projections merged, and joins as they were written. Where more than one scan or one key makes the order, the
// Sort stays and only its input becomes less: see nearest.
//
// When the order agrees. The vector operator yields rows nearest first and NaN distances (a zero
// vector under Cosine) last; rows without a vector it does not have at all. An ascending distance
// agrees with Postgres's order, where NaN is the largest number and NULLs come last: for those the
// node carries NullsLast, unless the column cannot be NULL. A descending term (1 - (emb <=> q) DESC) wants NaN and, by
// default, NULLs first: the rule takes it only where the column provably has neither. ORDER BY
// similarity(…), bare or DESC, was bound as ascending by its negative, so only NULLs matter there.
// Anything else stays a Sort, which is always right.
func (o *optimizer) vectorSearch(n Node) Node {
	if l, ok := n.(*Limit); ok {
		o.topKSearch(l)
	}
	if d, ok := n.(*Dedup); ok {
		o.growGroups(d)
	}
	mapInputs(n, o.vectorSearch)
	if scan, ok := n.(*Scan); ok {
		return o.cutOffSearch(scan)
	}
	return n
}

// chain is a Limit over a Sort over one scan: projections may stand between.
type chain struct {
	limit *Limit
	above *Node // where the Sort hangs
	sort  *Sort
	below []*Project // under the Sort, top down
	scan  *Scan
}

// sortUnder finds a Limit's Sort, with only projections between.
func sortUnder(l *Limit) (c chain, ok bool) {
	c = chain{limit: l, above: &l.Input}
	for {
		p, ok := (*c.above).(*Project)
		if !ok {
			break
		}
		c.above = &p.Input
	}
	c.sort, ok = (*c.above).(*Sort)
	return c, ok
}

func limitChain(l *Limit) (chain, bool) {
	c, ok := sortUnder(l)
	if !ok {
		return c, false
	}
	c.scan = c.under(c.sort.Input)
	return c, c.scan != nil && c.scan.Index == nil
}

// under is the scan under projections, which it keeps; nil where something else stands there.
func (c *chain) under(n Node) *Scan {
	for {
		p, isProject := n.(*Project)
		if !isProject {
			break
		}
		c.below = append(c.below, p)
		n = p.Input
	}
	scan, _ := n.(*Scan)
	return scan
}

// overScan rewrites an expression over the Sort's input to the scan's row.
func (c *chain) overScan(e Expr) Expr {
	for _, p := range c.below {
		e = substitute(e, p.Exprs)
	}
	return e
}

// topKSearch tries the rule on a Limit.
func (o *optimizer) topKSearch(l *Limit) {
	c, ok := sortUnder(l)
	if !ok || l.Count == nil {
		return
	}
	want := ranking{limit: l, key: c.sort.Keys[0], ties: len(c.sort.Keys) > 1 || len(l.WithTies) > 0}
	in, sorted := o.nearest(c.sort.Input, want)
	switch {
	case in == nil:
		o.grow(l, c.sort)
	case sorted && len(c.sort.Keys) == 1:
		*c.above = in
	default:
		c.sort.Input = in
	}
}

// cutOffSearch turns a scan with a cut-off on a distance into a search for all rows within it.
func (o *optimizer) cutOffSearch(scan *Scan) Node {
	if scan.Index != nil {
		return scan
	}
	for _, c := range conjuncts(scan.Filter) {
		cut, ok := cutOffOf(c)
		if ok && o.uniqueLookup(scan) {
			return scan
		}
		if !ok {
			continue
		}
		v, ok := o.search(scan, cut.term)
		if !ok || cut.term.sign < 0 && cut.term.metric == Cosine && !o.unitVectors(scan.Table, v.AttNum) {
			continue
		}
		v.takeConditions(scan, cut.term)
		return dropDistance(v, scan.Cols)
	}
	return scan
}

func attNumOf(scan *Scan, col int) int16 {
	if col >= len(scan.Ordinals) {
		return 0
	}
	return scan.Table.Columns[scan.Ordinals[col]].AttNum
}

// search starts a VectorSearch in place of a scan; ok is false when no index has the key.
func (o *optimizer) search(scan *Scan, d distanceTerm) (*VectorSearch, bool) {
	if scan.Table.Virtual != nil {
		return nil, false
	}
	ix := o.indexOn(scan, d)
	if ix == nil {
		return nil, false
	}
	key, err := (&binder{cat: o.cat}).indexKey(scan.Table, ix.Keys[0])
	if err != nil {
		return nil, false
	}
	v := &VectorSearch{Table: scan.Table, Alias: scan.Alias, Ordinals: slices.Clone(scan.Ordinals), Index: ix,
		AttNum: ix.Keys[0].AttNum, Key: key, Query: d.query, Metric: d.metric, RowID: scan.RowID, Recall: o.recall()}
	v.Cols = append(slices.Clone(scan.Cols), Column{Name: "distance", Type: datum.Float8, Typmod: -1})
	return v, true
}

// indexOn is the index that has a term's key for every row that meets the scan's conditions: a partial one has the fewest
// others. An index serves every distance of its key's type, whatever its operator class.
func (o *optimizer) indexOn(scan *Scan, d distanceTerm) (found *catalog.Index) {
	if col, ok := d.vectorColumn(); ok {
		if attNum := attNumOf(scan, col); attNum != 0 {
			return scan.Table.VectorIndex(attNum)
		}
		return nil
	}
	conds := conjuncts(scan.Filter)
	for i := range scan.Table.Indexes {
		ix := &scan.Table.Indexes[i]
		if !ix.KeepsVectors() || found != nil && ix.Where == "" {
			continue
		}
		if key := o.keyOver(scan, ix.Keys[0]); key != nil && equalExpr(key, d.key) && o.covers(scan, ix, conds) {
			found = ix
		}
	}
	return found
}

// recall is the session's segue.recall.
func (o *optimizer) recall() float64 {
	if v, ok := o.cat.Setting("segue.recall"); ok {
		if f, err := strconv.ParseFloat(v, 64); err == nil {
			return f
		}
	}
	return 1
}

// takeConditions makes the scan's filter the search's: one cut-off on the same distance becomes Max,
// emb IS NOT NULL goes without saying. It returns whether rows without a distance may pass the filter, as far as the
// cut-off tells.
func (v *VectorSearch) takeConditions(scan *Scan, d distanceTerm) (nullsPass bool) {
	var rest []Expr
	nullsPass = true
	for _, c := range conjuncts(scan.Filter) {
		if cut, ok := cutOffOf(c); ok && v.Max == nil && cut.term.sameSearch(d) && (cut.term.sign > 0 ||
			d.metric != Cosine) {
			v.Max, v.MaxInc, nullsPass = cut.max, cut.inc, false
			continue
		}
		if test, ok := c.(*NullTest); ok && test.Not && equalExpr(test.Arg, d.key) {
			continue
		}
		rest = append(rest, c)
	}
	v.Filter = allOf(rest)
	return nullsPass
}

func isColumn(e Expr, col int) bool {
	c, ok := e.(*Col)
	return ok && c.Index == col
}

// distanceColumn refers to the search's last column.
func distanceColumn(v *VectorSearch) *Col {
	return &Col{Typed: Typed{datum.Float8, -1}, Index: len(v.Cols) - 1, Name: "distance"}
}

// dropDistance gives the search the row of the scan that it replaces.
func dropDistance(v *VectorSearch, cols []Column) Node {
	p := &Project{Input: v, Exprs: colsOf(v)[:len(cols)]}
	p.Cols = cols
	return p
}

// uniqueLookup says whether the filter names at most one row by a unique index.
func (o *optimizer) uniqueLookup(scan *Scan) bool {
	r, _ := o.bestIndex(scan)
	return r != nil && r.Index.Unique && !r.Index.Deferrable && len(r.Eq) == len(r.Index.Keys) && len(r.Nulls) == 0
}

// neverNull proves that a column holds no NULLs: it is NOT NULL, or generated by a strict function of
// columns that are.
func (o *optimizer) neverNull(t *catalog.Table, attNum int16) bool {
	col := &t.Columns[t.Ordinal(attNum)]
	if col.NotNull {
		return true
	}
	call := o.generatingEmbed(t, col)
	if call == nil {
		return false
	}
	for _, a := range call.Args {
		c, isCol := a.(*Col)
		k, isConst := a.(*Const)
		if !(isCol && t.Columns[c.Index].NotNull || isConst && !k.Value.IsNull()) {
			return false
		}
	}
	return true
}

// unitVectors proves that a column holds no zero vectors: embed makes unit vectors.
func (o *optimizer) unitVectors(t *catalog.Table, attNum int16) bool {
	i := t.Ordinal(attNum)
	return i >= 0 && o.generatingEmbed(t, &t.Columns[i]) != nil
}

// generatingEmbed is the call of embed that generates a column, nil when something else does.
func (o *optimizer) generatingEmbed(t *catalog.Table, col *catalog.Column) *Call {
	if col.Generated == "" || col.Model == "" {
		return nil
	}
	e, err := (&binder{cat: o.cat}).columnGenerated(t, col)
	if err != nil {
		return nil
	}
	call, ok := stripCast(e).(*Call)
	if !ok || !isEmbed(call.Proc) {
		return nil
	}
	return call
}

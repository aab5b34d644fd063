package plan

import (
	"math"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
)

// Costs are in Postgres's units, with its default parameters (costsize.c), so that EXPLAIN reads
// alike: reading a page is 1.
const (
	cpuTupleCost      = 0.01
	cpuIndexTupleCost = 0.005
	cpuOperatorCost   = 0.0025
	randomPageCost    = 4.0
	pageBytes         = 8192
	// rowFetchPages is the pages' worth of a row that is fetched by its identity.
	rowFetchPages = 1
	// bitmapRowCost is what a row takes more that is fetched in the table's order than one of a scan: 1 µs, where a row of a scan
	// with LIKE takes 0.3 and costs some 0.02 (2026-12-01).
	bitmapRowCost = 0.05
	// entryPages is that of an index entry of which the keys are read and no row: measured, it takes as long as some thirty
	// rows of a scan, and a row that is fetched some ten times as long.
	entryPages = 0.07
)

// Selectivities without statistics, from Postgres's selfuncs.h.
const (
	eqSelectivity    = 0.005
	rangeSelectivity = 1.0 / 3
	bandSelectivity  = 0.005 // lo < x AND x < hi
	nullSelectivity  = 0.005
	matchSelectivity = 0.005
	anySelectivity   = 0.5
	defaultDistinct  = 200
	functionRows     = 1000
	groupFraction    = 0.1
)

// estimate fills in the estimates of n and everything below it, subplans included.
func (o *optimizer) estimate(n Node) *Estimate {
	for _, c := range n.Children() {
		o.estimate(c)
	}
	for _, q := range Subplans(n) {
		o.estimate(q.Plan)
	}
	e := n.Est()
	*e = Estimate{Width: rowWidth(n.Columns())}
	switch x := n.(type) {
	case *Values:
		e.Rows = float64(len(x.Rows))
		e.Total = e.Rows * cpuTupleCost
	case *Scan:
		estimateScan(x, e)
	case *VectorSearch:
		estimateVectorSearch(x, e, o.cat.TableRows(x.Table))
	case *FunctionScan:
		e.Rows = 1
		for _, c := range x.Calls {
			e.Rows = math.Max(e.Rows, functionScanRows(c))
		}
		e.Total = e.Rows * cpuTupleCost
	case *CTEScan:
		e.Rows = x.CTE.Plan.Est().Rows
		e.Total = e.Rows * cpuTupleCost
	case *TransitionScan:
		e.Rows = float64(x.Rows)
		e.Total = e.Rows * cpuTupleCost
	case *RecursiveUnion: // ten steps, as in Postgres
		base, step := x.Base.Est(), x.Step.Est()
		e.Startup, e.Total = base.Startup, base.Total+10*step.Total
		e.Rows = base.Rows + 10*step.Rows
		e.Total += e.Rows * cpuTupleCost
	case *WorkTableScan:
		e.Rows = 10
		e.Total = e.Rows * cpuTupleCost
	case *Join:
		estimateJoin(x, e)
	default:
		estimateUnary(n, e)
	}
	o.penalize(n, e)
	e.Rows = math.Max(e.Rows, 1)
	if v, ok := n.(*Values); ok && len(v.Rows) == 0 {
		e.Rows = 0
	}
	return e
}

func estimateScan(x *Scan, e *Estimate) {
	rows := math.Max(x.TableRows, 1)
	full := rowWidthOf(x.Table, x.Ordinals)
	quals := float64(len(conjuncts(x.Filter)))
	subplans := subplansCost(x.Filter)
	sel := selectivity(x.Filter, scanFacts(x))
	if x.Index == nil {
		e.Rows = rows * sel
		e.Total = rows*(cpuTupleCost+quals*cpuOperatorCost+subplans) + math.Ceil(rows*float64(full)/pageBytes)
		return
	}
	if x.Index.Search != nil {
		found := math.Max(1, rows*indexSelectivity(x, x.Index))
		e.Rows = rows * sel
		e.Startup = cpuIndexTupleCost * found
		e.Total = e.Startup + bitmapCost(rows*float64(full)/pageBytes, found) + found*(quals*cpuOperatorCost+subplans)
		return
	}
	found := math.Max(1, rows*indexSelectivity(x, x.Index))
	e.Rows = found * sel
	e.Startup = 0.25
	e.Total = e.Startup + indexCost(x, found, len(conjuncts(x.Filter))) + found*subplans
}

// indexCost is that of fetching so many rows by an index: each is a look into the table, wherever it lies, which takes
// about as much longer than the next row of a scan as Postgres supposes of a page.
func indexCost(x *Scan, found float64, quals int) float64 {
	pages := float64(rowFetchPages)
	if x.IndexOnly {
		pages = entryPages
	}
	return found * (randomPageCost*pages + cpuIndexTupleCost + cpuTupleCost + float64(quals)*cpuOperatorCost)
}

// bitmapCost is that of fetching rows of a table of so many pages in their order, as an inverted index finds them
// (cost_bitmap_heap_scan and index_pages_fetched in costsize.c): the more rows, the fewer pages lie between them.
func bitmapCost(tablePages, found float64) float64 {
	all := math.Max(1, math.Ceil(tablePages))
	pages := math.Min(all, math.Ceil(2*all*found/(2*all+found)))
	page := randomPageCost
	if pages >= 2 {
		page -= (randomPageCost - 1) * math.Sqrt(pages/all)
	}
	return pages*page + found*(cpuTupleCost+bitmapRowCost)
}

// indexSelectivity is the share of rows that bounds leave.
func indexSelectivity(x *Scan, r *IndexRange) float64 {
	if r.Search != nil {
		cond, _ := x.searchCondition(r)
		return selectivity(cond, scanFacts(x))
	}
	rows := math.Max(x.TableRows, 1)
	if r.Index.Unique && len(r.Eq) == len(r.Index.Keys) && len(r.Nulls) == 0 {
		return 1 / rows
	}
	key := func(i int) *Col { // a column of the table's whole row
		ord := x.Table.Ordinal(r.Index.Keys[i].AttNum)
		return &Col{Typed: Typed{x.Table.Columns[ord].Type, -1}, Index: ord}
	}
	facts := factsOf(func(ord int) *columnFacts { return tableFacts(x, ord) })
	sel := 1.0
	for i, v := range r.Eq {
		if r.Index.Keys[i].Expr != "" { // of which nothing is known
			sel *= eqSelectivity
			continue
		}
		if slices.Contains(r.Nulls, i) {
			sel *= one(&NullTest{Arg: key(i)}, facts)
			continue
		}
		sel *= facts.equalTo(key(i), v, eqSelectivity)
	}
	if r.Any != nil {
		left := key(len(r.Eq))
		return math.Min(1, sel*anySelectivityOf(&AnyAll{Op: "=", Left: left, Right: r.Any}, facts))
	}
	if r.Lo == nil && r.Hi == nil {
		if r.NotNull && r.Index.Keys[len(r.Eq)].Expr == "" {
			sel *= one(&NullTest{Arg: key(len(r.Eq)), Not: true}, facts)
		}
		return sel
	}
	if r.Index.Keys[len(r.Eq)].Expr != "" {
		return sel * rangeSelectivity
	}
	b, next := &band{lo: -1, hi: -1}, key(len(r.Eq))
	if r.Lo != nil {
		b.restrict(">", facts.rangeShare(next.Index, ">", r.Lo))
	}
	if r.Hi != nil {
		b.restrict("<", facts.rangeShare(next.Index, "<", r.Hi))
	}
	return sel * b.share(facts(next.Index).nullFrac())
}

// estimateVectorSearch: the scan of int8 codes costs about a hundredth of an operator call a row.
func estimateVectorSearch(x *VectorSearch, e *Estimate, rows float64) {
	rows = math.Max(rows, 1)
	share := x.Share
	if share == 0 { // not planned yet
		share = selectivity(x.Filter, nil)
	}
	matching := rows * share
	e.Rows = matching * rangeSelectivity
	if x.Max == nil {
		e.Rows = matching
	}
	if k, ok := constCount(x.K); ok {
		e.Rows = math.Min(e.Rows, k)
	} else if x.K != nil {
		e.Rows = math.Min(e.Rows, math.Max(1, matching*groupFraction))
	}
	e.Startup = rows * cpuOperatorCost / 100
	switch {
	case x.Filter == nil:
	case x.FilterAfter:
		e.Startup += x.Candidates(e.Rows) * fetchCost
	case x.FilterIndex != nil:
		e.Startup += matching * (randomPageCost*rowFetchPages + cpuIndexTupleCost)
	default:
		e.Startup += rows * (cpuTupleCost + float64(len(conjuncts(x.Filter)))*cpuOperatorCost)
	}
	e.Total = e.Startup + e.Rows*fetchCost
}

func constCount(e Expr) (float64, bool) {
	c, ok := e.(*Const)
	if !ok || c.Value.IsNull() || c.T != datum.Int8 {
		return 0, false
	}
	return float64(c.Value.Int()), true
}

func estimateJoin(j *Join, e *Estimate) {
	l, r := j.Left.Est(), j.Right.Est()
	sel := selectivity(j.Cond, nodeFacts(j))
	matched, keys := 1.0, 1.0 // share of left rows that have a match, of pairs that the keys let pass
	for i := range j.LeftKeys {
		nl, nr := distinct(j.LeftKeys[i], j.Left), distinct(j.RightKeys[i], j.Right)
		sel /= math.Max(nl, nr)
		keys /= math.Max(nl, nr)
		matched *= math.Min(1, math.Min(nr, r.Rows)/math.Max(nl, 1))
	}
	e.Rows = l.Rows * r.Rows * sel
	subplans := l.Rows * r.Rows * keys * subplansCost(j.Cond)
	if len(j.LeftKeys) == 0 {
		matched = math.Min(1, e.Rows/math.Max(l.Rows, 1))
	}
	switch j.Kind {
	case JoinLeft:
		e.Rows = math.Max(e.Rows, l.Rows)
	case JoinRight:
		e.Rows = math.Max(e.Rows, r.Rows)
	case JoinFull:
		e.Rows = math.Max(e.Rows, l.Rows+r.Rows)
	case JoinSemi:
		e.Rows = math.Max(1, l.Rows*matched)
	case JoinAnti:
		e.Rows = math.Max(1, l.Rows*(1-matched))
	}
	switch j.Algo {
	case Merge:
		e.Startup = l.Startup + r.Startup
		e.Total = l.Total + r.Total + (l.Rows+r.Rows)*cpuOperatorCost + e.Rows*cpuTupleCost + subplans
		return
	case Hash:
		table := r.Rows * (cpuOperatorCost + cpuTupleCost) // initial_cost_hashjoin in costsize.c
		e.Startup = r.Total + table + l.Startup
		e.Total = l.Total + r.Total + table + l.Rows*cpuOperatorCost + e.Rows*cpuTupleCost + subplans
		return
	}
	e.Startup = l.Startup + r.Startup
	inner := r.Total
	if !j.Lateral { // kept in memory after the first pass
		inner = r.Rows * cpuOperatorCost
	}
	e.Total = l.Total + r.Total + math.Max(0, l.Rows-1)*inner
	if m, ok := j.Right.(*Memoize); ok {
		e.Total = l.Total + l.Rows*m.each
	}
	e.Total += subplans + l.Rows*r.Rows*cpuOperatorCost + e.Rows*cpuTupleCost
}

func estimateUnary(n Node, e *Estimate) {
	kids := n.Children()
	if len(kids) == 0 {
		return
	}
	in := kids[0].Est()
	e.Rows, e.Startup, e.Total = in.Rows, in.Startup, in.Total
	switch x := n.(type) {
	case *Filter:
		e.Rows *= selectivity(x.Cond, nodeFacts(x.Input))
		e.Total += in.Rows * (cpuOperatorCost*float64(len(conjuncts(x.Cond))) + subplansCost(x.Cond))
	case *Project:
		e.Total += in.Rows * cpuOperatorCost * float64(computed(x.Exprs))
		for _, v := range x.Exprs {
			e.Total += in.Rows * subplansCost(v)
		}
	case *ProjectSet:
		e.Rows *= functionRows
		e.Total += e.Rows * cpuTupleCost
	case *Aggregate:
		estimateAggregate(x, e, in)
	case *Sample:
		share := 0.1
		if c, ok := x.Percent.(*Const); ok && !c.Value.IsNull() {
			share = min(max(c.Value.Float(), 0), 100) / 100
		}
		e.Rows *= share
		e.Total += in.Rows * cpuOperatorCost
	case *Dedup:
		on := x.On
		if on == nil {
			on = colsOf(x.Input)
		}
		e.Rows = groups(on, x.Input)
		e.Startup, e.Total = in.Total, in.Total+in.Rows*cpuOperatorCost
		if x.Ordered {
			e.Startup = in.Startup
		}
	case *Sort:
		estimateSort(x, e, in)
	case *Limit:
		estimateLimit(x, e, in)
	case *SetOp:
		estimateSetOp(x, e)
	case *Window:
		e.Total += in.Rows * (cpuTupleCost + cpuOperatorCost*float64(len(x.Calls)+len(x.PartitionBy)+len(x.OrderBy)))
	case *Insert, *Update, *Delete, *MergeRows, *LockRows:
		e.Total += in.Rows * cpuTupleCost
	}
}

func computed(es []Expr) int {
	n := 0
	for _, e := range es {
		if !trivial(e) {
			n++
		}
	}
	return n
}

func estimateAggregate(x *Aggregate, e, in *Estimate) {
	work := in.Rows * cpuOperatorCost * float64(len(x.Keys)+len(x.Aggs))
	e.Rows = 1
	if x.Sets != nil {
		e.Rows = 0
		for _, set := range x.Sets {
			e.Rows += groups(pick(x.Keys, set), x.Input)
		}
	} else if len(x.Keys) > 0 {
		e.Rows = groups(x.Keys, x.Input)
	}
	e.Startup = in.Total + work
	e.Total = e.Startup + e.Rows*cpuTupleCost
	if x.Sorted {
		e.Startup = in.Startup
	}
}

// groups guesses how many combinations of values there are (estimate_num_groups): of several columns, which seldom are
// independent, at most a tenth of the rows unless one of them alone has more.
func groups(keys []Expr, n Node) float64 {
	rows := math.Max(n.Est().Rows, 1)
	product, most := 1.0, 1.0
	for _, k := range keys {
		d := distinct(k, n)
		product, most = product*d, math.Max(most, d)
	}
	if len(keys) > 1 {
		product = math.Min(product, math.Max(rows*groupFraction, most))
	}
	return math.Min(product, rows)
}

func estimateSort(x *Sort, e, in *Estimate) {
	if x.Presorted > 0 {
		estimateIncrementalSort(x, e, in)
		return
	}
	kept := math.Max(in.Rows, 2)
	if k, ok := constCount(x.TopK); ok {
		kept = math.Min(kept, math.Max(2*k, 2))
	}
	e.Startup = in.Total + 2*cpuOperatorCost*math.Max(in.Rows, 1)*math.Log2(kept)
	e.Total = e.Startup + in.Rows*cpuOperatorCost
}

// estimateLimit takes the share of the input's run cost that its rows are of the whole.
func estimateLimit(x *Limit, e, in *Estimate) {
	skip, _ := constCount(x.Offset)
	want := math.Max(1, in.Rows*groupFraction)
	if n, ok := constCount(x.Count); ok {
		want = n
	} else if x.Count == nil {
		want = in.Rows
	}
	e.Rows = math.Max(0, math.Min(want, in.Rows-skip))
	share := math.Min(1, (skip+e.Rows)/math.Max(in.Rows, 1))
	e.Total = in.Startup + (in.Total-in.Startup)*share
}

func estimateSetOp(x *SetOp, e *Estimate) {
	l, r := x.Left.Est(), x.Right.Est()
	e.Rows, e.Startup, e.Total = l.Rows, l.Startup, l.Total+r.Total+(l.Rows+r.Rows)*cpuTupleCost
	switch x.Op {
	case Union:
		e.Rows += r.Rows
	case Intersect:
		e.Rows = math.Min(l.Rows, r.Rows)
	}
	if x.Op != Union || !x.All {
		e.Startup = e.Total
	}
}

// distinct guesses how many values an expression has over a node's rows.
func distinct(e Expr, n Node) float64 {
	rows := math.Max(n.Est().Rows, 1)
	facts := nodeFacts(n).of(e)
	if facts == nil || facts.distinct() == 0 {
		return math.Min(rows, defaultDistinct)
	}
	return math.Max(math.Min(facts.distinct(), rows), 1)
}

func stripCast(e Expr) Expr {
	if c, ok := e.(*Cast); ok {
		return stripCast(c.Arg)
	}
	return e
}

// columnSource follows an output column down to the scan it comes from.
func columnSource(n Node, col int) (*Scan, int) {
	switch x := n.(type) {
	case *Scan:
		if col < len(x.Ordinals) {
			return x, x.Ordinals[col]
		}
	case *Project:
		if c, ok := x.Exprs[col].(*Col); ok {
			return columnSource(x.Input, c.Index)
		}
	case *Filter:
		return columnSource(x.Input, col)
	case *Sort:
		return columnSource(x.Input, col)
	case *Limit:
		return columnSource(x.Input, col)
	case *LockRows:
		return columnSource(x.Input, col)
	case *Memoize:
		return columnSource(x.Input, col)
	case *Join:
		w := len(x.Left.Columns())
		if col < w {
			return columnSource(x.Left, col)
		}
		return columnSource(x.Right, col-w)
	}
	return nil, 0
}

func isUniqueColumn(t *catalog.Table, attNum int16) bool {
	for i := range t.Indexes {
		if ix := &t.Indexes[i]; ix.Unique && ix.Where == "" && len(ix.Keys) == 1 && ix.Keys[0].AttNum == attNum {
			return true
		}
	}
	return false
}

func rowWidth(cols []Column) int {
	w := 0
	for _, c := range cols {
		w += typeWidth(c.Type, c.Typmod)
	}
	return w
}

func rowWidthOf(t *catalog.Table, ordinals []int) int {
	w := 24 // a row's header
	for _, o := range ordinals {
		w += typeWidth(t.Columns[o].Type, t.Columns[o].Typmod)
	}
	return w
}

// typeWidth is get_typavgwidth: a variable-length type is taken for 32 bytes.
func typeWidth(t *datum.Type, mod int32) int {
	switch {
	case t == datum.Vector && mod > 0:
		return 4*int(mod) + 8
	case t == datum.Halfvec && mod > 0:
		return 2*int(mod) + 8
	case t.Len > 0:
		return int(t.Len)
	case (t == datum.Varchar || t == datum.Bpchar) && mod > 4:
		return min(int(mod-4), 32)
	}
	return 32
}

package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
)

func (e *explainer) scan(out *printed, x *Scan) {
	out.typ = "Seq Scan"
	out.title = e.tableTitle("Seq Scan", x.Table, e.alias(x, x.Alias))
	f := e.qual(x)
	if x.Index != nil && x.Index.Search != nil {
		e.bitmapScan(out, x, f)
		return
	}
	if r := x.Index; r != nil {
		direction, backward := "Forward", ""
		if out.typ = "Index Scan"; x.IndexOnly {
			out.typ = "Index Only Scan"
		}
		if r.Desc {
			direction, backward = "Backward", " Backward"
		}
		out.title = e.tableTitle(out.typ+backward+" using "+parse.QuoteIdent(r.Index.Name), x.Table, e.alias(x, x.Alias))
		out.of("Scan Direction", direction)
		out.of("Index Name", r.Index.Name)
		if cond := e.indexCond(x, f); cond != "" {
			out.add("Index Cond", cond)
		}
	}
	e.target(out, x.Table, e.alias(x, x.Alias))
	if _, rest := OneTime(x.Filter); rest != nil {
		out.add("Filter", f.condition(rest))
	}
	if x.IndexOnly && e.x.Analyze {
		out.add("Heap Fetches", "0") // an entry says by itself who sees it
	}
}

// sample prints a sample as the one node with its scan that it is in Postgres, which never finds the rows by an index first.
func (e *explainer) sample(out *printed, x *Sample) {
	scan := x.Input.(*Scan)
	out.typ = "Sample Scan"
	out.title = e.tableTitle(out.typ, scan.Table, e.alias(scan, scan.Alias))
	e.target(out, scan.Table, e.alias(scan, scan.Alias))
	f := e.with(nil)
	sampling := x.Method + " (" + f.expr(x.Percent) + ")"
	if x.Seed != nil {
		sampling += " REPEATABLE (" + f.expr(x.Seed) + ")"
	}
	out.add("Sampling", sampling)
	if x.plain() && scan.Filter != nil {
		out.add("Filter", e.qual(scan).condition(scan.Filter))
	}
}

// plain says that the sample is of every row of the table.
func (n *Sample) plain() bool { return n.Input.(*Scan).Index == nil }

// bitmapScan prints a scan by an inverted index as the two nodes that it is in Postgres: the rows that may do, in the
// order of the table, are fetched and looked at again.
func (e *explainer) bitmapScan(out *printed, x *Scan, f formatter) {
	out.typ = "Bitmap Heap Scan"
	out.title = e.tableTitle(out.typ, x.Table, e.alias(x, x.Alias))
	e.target(out, x.Table, e.alias(x, x.Alias))
	cond, rest := x.searchCondition(x.Index)
	asked, same := keyFirst(cond, x.Index)
	switch {
	case cond == nil:
	case same:
		out.add("Recheck Cond", f.condition(cond))
	default:
		rest = append([]Expr{cond}, rest...)
	}
	if len(rest) > 0 {
		out.add("Filter", f.condition(allOf(rest)))
	}
	out.kids = append(out.kids, bitmapIndex(x, asked, f))
}

// bitmapIndex prints what finds the rows of a bitmap.
func bitmapIndex(x *Scan, cond Expr, f formatter) *printed {
	kid := &printed{title: "Bitmap Index Scan on " + parse.QuoteIdent(x.Index.Index.Name), typ: "Bitmap Index Scan"}
	kid.of("Index Name", x.Index.Index.Name)
	kid.cost = Estimate{Rows: x.Est().Rows, Total: x.Est().Startup}
	if cond != nil {
		kid.add("Index Cond", f.condition(cond))
	}
	return kid
}

// filterIndex prints the index that finds the rows for a vector search's filter.
func (e *explainer) filterIndex(out *printed, x *VectorSearch, f formatter) {
	scan := &Scan{Table: x.Table, Alias: e.alias(x, x.Alias), Filter: x.Filter, Index: x.FilterIndex}
	scan.Cost = *x.Est()
	if x.FilterIndex.Search != nil {
		cond, _ := scan.searchCondition(x.FilterIndex)
		asked, _ := keyFirst(cond, x.FilterIndex)
		out.kids = append(out.kids, bitmapIndex(scan, asked, f))
		return
	}
	kid := &printed{typ: "Index Scan", cost: scan.Cost}
	kid.title = e.tableTitle("Index Scan using "+parse.QuoteIdent(x.FilterIndex.Index.Name), x.Table, scan.Alias)
	kid.of("Index Name", x.FilterIndex.Index.Name)
	e.target(kid, x.Table, scan.Alias)
	if cond := e.indexCond(scan, f); cond != "" {
		kid.add("Index Cond", cond)
	}
	out.kids = append(out.kids, kid)
}

func (e *explainer) indexCond(x *Scan, f formatter) string {
	r := x.Index
	var parts []string
	bound := func(key int, op string, v Expr) {
		parts = append(parts, "("+e.keyOperand(x, key)+" "+orderName(v.Type(), op)+" "+f.expr(v)+")")
	}
	null := func(key int, is string) { parts = append(parts, "("+e.keyName(x, key)+" IS "+is+")") }
	for i, v := range r.Eq {
		if slices.Contains(r.Nulls, i) {
			null(i, "NULL")
			continue
		}
		bound(i, "=", v)
	}
	if r.NotNull {
		null(len(r.Eq), "NOT NULL")
	}
	if r.Any != nil {
		parts = append(parts, "("+e.keyOperand(x, len(r.Eq))+" = ANY ("+f.expr(r.Any)+"))")
	}
	row := func(op string, v Expr, rest []Expr) {
		if len(rest) == 0 {
			bound(len(r.Eq), op, v)
			return
		}
		left, right := []string{e.keyOperand(x, len(r.Eq))}, []string{f.expr(v)}
		for i, v := range rest {
			left, right = append(left, e.keyOperand(x, len(r.Eq)+1+i)), append(right, f.expr(v))
		}
		parts = append(parts, "(ROW("+strings.Join(left, ", ")+") "+op+" ROW("+strings.Join(right, ", ")+"))")
	}
	if r.Lo != nil {
		row(map[bool]string{true: ">=", false: ">"}[r.LoInc], r.Lo, r.LoRow)
	}
	if r.Hi != nil {
		row(map[bool]string{true: "<=", false: "<"}[r.HiInc], r.Hi, r.HiRow)
	}
	if len(parts) > 1 {
		return "(" + strings.Join(parts, " AND ") + ")"
	}
	return strings.Join(parts, "")
}

// column is a scan's column in its own conditions.
func (e *explainer) column(n Node, alias, name string) string {
	if name = parse.QuoteIdent(name); e.x.Verbose {
		return parse.QuoteIdent(e.alias(n, alias)) + "." + name
	}
	return name
}

// keyOperand is a key of the scan's index as a condition has it: of a domain, what that is over.
func (e *explainer) keyOperand(x *Scan, key int) string {
	name, i := e.keyName(x, key), x.Table.Ordinal(x.Index.Index.Keys[key].AttNum)
	if i < 0 || !x.Table.Columns[i].Type.IsDomain() {
		return name
	}
	over := x.Table.Columns[i].Type.Root()
	if stringType(over) {
		over = datum.Text
	}
	return "(" + name + ")::" + over.SQL
}

// keyName is a key of the scan's index.
func (e *explainer) keyName(x *Scan, key int) string {
	part := x.Index.Index.Keys[key]
	if i := x.Table.Ordinal(part.AttNum); i >= 0 {
		return e.column(x, x.Alias, x.Table.Columns[i].Name)
	}
	if e.x.Snapshot == nil {
		return part.Expr
	}
	return catalog.ShowFrozen(e.x.Snapshot, e.x.Path, part.Expr)
}

// distanceOperators are pgvector's operators of the metrics.
var distanceOperators = map[Metric]string{Cosine: "<=>", L2: "<->", NegInner: "<#>", L1: "<+>",
	Hamming: "<~>", Jaccard: "<%>"}

func (e *explainer) vectorSearch(out *printed, x *VectorSearch) {
	out.typ = "Vector Search"
	verb := "Vector Search"
	if !x.Index.Implicit {
		verb += " using " + parse.QuoteIdent(x.Index.Name)
	}
	out.title = e.tableTitle(verb, x.Table, e.alias(x, x.Alias))
	out.of("Index Name", x.Index.Name)
	e.target(out, x.Table, e.alias(x, x.Alias))
	f := e.qual(x)
	distance := "(" + e.searchKey(x) + " " + distanceOperators[x.Metric] + " " + f.expr(x.Query) + ")"
	out.add("Order By", distance)
	if x.Max != nil {
		out.add("Distance Cond", "("+distance+map[bool]string{true: " <= ", false: " < "}[x.MaxInc]+f.expr(x.Max)+")")
	}
	if x.Index.Method == "faiss" && !e.x.Analyze { // ANALYZE says what it was
		out.add("Search", "approximate (faiss "+faissOption(x.Index, "factory")+")")
	}
	if x.K != nil {
		nearest := countText(x.K, f)
		if x.Unordered {
			nearest = "as many as needed"
		}
		if x.Ties && !x.Unordered {
			nearest += ", with ties"
		}
		out.add("Nearest", nearest)
	}
	if x.Recall < 1 && x.K != nil {
		out.add("Recall", strconv.FormatFloat(x.Recall, 'g', -1, 64))
	}
	if x.Filter != nil {
		out.add("Filter", f.condition(x.Filter))
	}
	if x.FilterAfter {
		out.add("Filter On", "Candidates")
	} else if x.FilterIndex != nil {
		e.filterIndex(out, x, f)
	}
}

// searchKey writes a search's key, which is over the table's row.
func (e *explainer) searchKey(x *VectorSearch) string {
	names := make([]string, len(x.Table.Columns))
	for i := range names {
		names[i] = e.column(x, x.Alias, x.Table.Columns[i].Name)
	}
	return e.with(names).expr(x.Key)
}

// countText writes a row count, a constant one without its type.
func countText(k Expr, f formatter) string {
	if n, ok := intConst(k); ok {
		return strconv.FormatInt(n, 10)
	}
	return f.expr(k)
}

func (e *explainer) join(out *printed, x *Join) {
	algo := map[JoinAlgo]string{NestedLoop: "Nested Loop", Hash: "Hash", Merge: "Merge"}[x.Algo]
	kind := map[JoinKind]string{JoinInner: "", JoinLeft: "Left", JoinRight: "Right", JoinFull: "Full",
		JoinSemi: "Semi", JoinAnti: "Anti"}[x.Kind]
	words := []string{algo}
	if kind != "" {
		words = append(words, kind)
	}
	if x.Algo != NestedLoop || kind != "" {
		words = append(words, "Join")
	}
	out.typ, out.title = algo, strings.Join(words, " ")
	if x.Algo != NestedLoop {
		out.typ += " Join"
	}
	if kind == "" {
		kind = "Inner"
	}
	out.of("Join Type", kind)
	left, right := e.prefixed(x.Left, e.labels), e.prefixed(x.Right, e.labels)
	if e.several { // both sides have relations
		left, right = e.labels(x.Left), e.labels(x.Right)
	}
	unique := Detail{Name: "Inner Unique", Value: innerUnique(x), In: InStructured}
	if e.x.Verbose && innerUnique(x) {
		unique.In = InAll
	}
	out.props = append(out.props, unique)
	var conds []string
	for i := range x.LeftKeys {
		conds = append(conds, "("+e.joinKey(x, x.LeftKeys[i], left)+" = "+e.joinKey(x, x.RightKeys[i], right)+")")
	}
	if len(conds) > 0 {
		cond := strings.Join(conds, " AND ")
		if len(conds) > 1 {
			cond = "(" + cond + ")"
		}
		out.add(algo+" Cond", cond)
	}
	if x.Cond != nil {
		out.add("Join Filter", e.with(append(append([]string{}, left...), right...)).condition(x.Cond))
	}
}

// joinKey writes one side of a join's key. That of a merge join is a column that the sort below has computed.
func (e *explainer) joinKey(x *Join, key Expr, labels []string) string {
	if key = unwidened(key); x.Algo == Merge {
		return e.exprs([]Expr{key}, e.with(labels))[0]
	}
	return e.with(labels).expr(key)
}

// innerUnique says whether a left row has one match at most: the keys cover a unique index of the right side.
func innerUnique(j *Join) bool {
	right := j.Right
	if m, ok := right.(*Memoize); ok {
		right = m.Input
	}
	scan, ok := right.(*Scan)
	if !ok {
		return false
	}
	if r := scan.Index; j.Lateral && r != nil {
		return r.Index.Unique && len(r.Eq) == len(r.Index.Keys) && plainIndex(r.Index)
	}
	for i := range scan.Table.Indexes {
		ix := &scan.Table.Indexes[i]
		if !ix.Unique || !plainIndex(ix) {
			continue
		}
		covered := true
		for _, k := range ix.Keys {
			covered = covered && slices.ContainsFunc(j.RightKeys, func(e Expr) bool {
				c, isCol := stripCast(e).(*Col)
				return isCol && c.Index < len(scan.Ordinals) && scan.Ordinals[c.Index] == scan.Table.Ordinal(k.AttNum)
			})
		}
		if covered {
			return true
		}
	}
	return false
}

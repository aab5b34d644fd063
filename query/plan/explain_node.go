package plan

import (
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
)

// describe gives a node its title and the properties that Postgres prints below it.
func (e *explainer) describe(out *printed, n Node) {
	switch x := n.(type) {
	case *Scan:
		e.scan(out, x)
	case *VectorSearch:
		e.vectorSearch(out, x)
	case *Join:
		e.join(out, x)
	case *Aggregate:
		e.aggregate(out, x)
	case *Sort:
		out.typ = "Sort"
		out.add("Sort Key", e.sortKeys(x.Keys, e.labels(x.Input)))
	case *Dedup:
		out.typ = "Unique"
		if x.On != nil {
			out.add("On", e.exprLabels(x.On, x.Input))
		}
	case *Filter:
		out.typ = "Filter"
		out.add("Filter", formatter{labels: e.labels(x.Input)}.condition(x.Cond))
	case *Limit:
		out.typ = "Limit"
	case *LockRows:
		out.typ = "LockRows"
	default:
		e.describeSource(out, n)
	}
	if out.title == "" {
		out.title = out.typ
	}
}

func (e *explainer) aggregate(out *printed, x *Aggregate) {
	switch keys := e.exprLabels(x.Keys, x.Input); {
	case len(x.Keys) == 0:
		out.typ = "Aggregate"
	case x.Sets == nil:
		out.typ = "HashAggregate"
		out.add("Group Key", keys)
	default:
		e.groupingSets(out, x, keys)
	}
}

// groupingSets prints the sets that are hashed, then those without keys.
func (e *explainer) groupingSets(out *printed, x *Aggregate, keys []string) {
	out.typ = "HashAggregate"
	for _, set := range x.Sets {
		if len(set) > 0 {
			out.add("Hash Key", pick(keys, set))
		}
	}
	for _, set := range x.Sets {
		if len(set) == 0 {
			out.typ = "MixedAggregate"
			out.add("Group Key", "()")
		}
	}
}

func (p *printed) add(name string, value any) { p.props = append(p.props, Detail{name, value}) }

func (e *explainer) describeSource(out *printed, n Node) {
	switch x := n.(type) {
	case *Values:
		out.typ = "Values Scan"
		if len(x.Rows) == 1 {
			out.typ = "Result"
		} else if len(x.Rows) == 0 {
			out.typ = "Result"
			out.add("One-Time Filter", "false")
		} else {
			out.title = `Values Scan on "*VALUES*"`
		}
	case *FunctionScan:
		out.typ = "Function Scan"
		out.title = "Function Scan on " + x.Calls[0].Proc.Name
		if x.Alias != x.Calls[0].Proc.Name {
			out.title += " " + parse.QuoteIdent(x.Alias)
		}
	case *CTEScan:
		out.typ = "CTE Scan"
		out.title = "CTE Scan on " + parse.QuoteIdent(x.CTE.Name)
		if x.Alias != x.CTE.Name {
			out.title += " " + parse.QuoteIdent(x.Alias)
		}
	case *RecursiveUnion:
		out.typ = "Recursive Union"
	case *WorkTableScan:
		out.typ = "WorkTable Scan"
		out.title = "WorkTable Scan on " + parse.QuoteIdent(x.Work.Name)
		if x.Alias != x.Work.Name {
			out.title += " " + parse.QuoteIdent(x.Alias)
		}
	case *Project, *ProjectSet:
		out.typ = "ProjectSet"
		if _, ok := n.(*Project); ok {
			out.typ = "Result"
		}
	case *SetOp:
		out.typ = setOpTitle(x)
	case *Window:
		out.typ = "WindowAgg"
	default:
		e.describeWrite(out, n)
	}
}

func setOpTitle(x *SetOp) string {
	word := map[SetOpKind]string{Union: "Union", Intersect: "Intersect", Except: "Except"}[x.Op]
	switch {
	case x.Op == Union && x.All:
		return "Append"
	case x.All:
		return "HashSetOp " + word + " All"
	}
	return "HashSetOp " + word
}

func (e *explainer) describeWrite(out *printed, n Node) {
	on := func(typ string, t *catalog.Table) {
		out.typ = typ
		out.title = typ + " on " + parse.QuoteIdent(t.Name)
	}
	switch x := n.(type) {
	case *Insert:
		on("Insert", x.Table)
		if x.Conflict != nil {
			out.add("Conflict Resolution", map[bool]string{true: "UPDATE", false: "NOTHING"}[x.Conflict.DoUpdate])
			if x.Conflict.Index != nil {
				out.add("Conflict Arbiter Indexes", x.Conflict.Index.Name)
			}
		}
	case *Update:
		on("Update", x.Table)
	case *Delete:
		on("Delete", x.Table)
	case *MergeRows:
		on("Merge", x.Table)
	case *CreateTable:
		on("Create Table", x.Table)
	default:
		out.typ = strings.TrimPrefix(strings.TrimPrefix(typeName(n), "*plan."), "plan.")
	}
}

func tableTitle(verb string, t *catalog.Table, alias string) string {
	s := verb + " on " + parse.QuoteIdent(t.Name)
	if alias != "" && alias != t.Name {
		s += " " + parse.QuoteIdent(alias)
	}
	return s
}

func (e *explainer) scan(out *printed, x *Scan) {
	out.typ = "Seq Scan"
	out.title = tableTitle("Seq Scan", x.Table, x.Alias)
	f := formatter{labels: e.labels(x)}
	if x.Index != nil && x.Index.Search != nil {
		e.bitmapScan(out, x, f)
		return
	}
	if r := x.Index; r != nil {
		out.typ = "Index Scan"
		verb := "Index Scan"
		if r.Desc {
			verb = "Index Scan Backward"
		}
		out.title = tableTitle(verb+" using "+parse.QuoteIdent(r.Index.Name), x.Table, x.Alias)
		if cond := e.indexCond(x, f); cond != "" {
			out.add("Index Cond", cond)
		}
	}
	if x.Filter != nil {
		out.add("Filter", f.condition(x.Filter))
	}
}

// bitmapScan prints a scan by an inverted index as the two nodes that it is in Postgres: the rows that may do, in the
// order of the table, are fetched and looked at again.
func (e *explainer) bitmapScan(out *printed, x *Scan, f formatter) {
	out.typ = "Bitmap Heap Scan"
	out.title = tableTitle(out.typ, x.Table, x.Alias)
	cond, rest := x.searchCondition(x.Index)
	if cond != nil {
		out.add("Recheck Cond", f.condition(cond))
	}
	if len(rest) > 0 {
		out.add("Filter", f.condition(allOf(rest)))
	}
	out.kids = append(out.kids, bitmapIndex(x, cond, f))
}

// bitmapIndex prints what finds the rows of a bitmap.
func bitmapIndex(x *Scan, cond Expr, f formatter) *printed {
	kid := &printed{title: "Bitmap Index Scan on " + parse.QuoteIdent(x.Index.Index.Name), typ: "Bitmap Index Scan"}
	kid.cost = Estimate{Rows: x.Est().Rows, Total: x.Est().Startup}
	if cond != nil {
		kid.add("Index Cond", f.condition(cond))
	}
	return kid
}

// filterIndex prints the index that finds the rows for a vector search's filter.
func (e *explainer) filterIndex(out *printed, x *VectorSearch, f formatter) {
	scan := &Scan{Table: x.Table, Alias: x.Alias, Filter: x.Filter, Index: x.FilterIndex}
	scan.Cost = *x.Est()
	if x.FilterIndex.Search != nil {
		cond, _ := scan.searchCondition(x.FilterIndex)
		out.kids = append(out.kids, bitmapIndex(scan, cond, f))
		return
	}
	kid := &printed{typ: "Index Scan", cost: scan.Cost}
	kid.title = tableTitle("Index Scan using "+parse.QuoteIdent(x.FilterIndex.Index.Name), x.Table, x.Alias)
	if cond := e.indexCond(scan, f); cond != "" {
		kid.add("Index Cond", cond)
	}
	out.kids = append(out.kids, kid)
}

func (e *explainer) indexCond(x *Scan, f formatter) string {
	r := x.Index
	var parts []string
	bound := func(key int, op string, v Expr) {
		col := r.Index.Keys[key].Expr
		if i := x.Table.Ordinal(r.Index.Keys[key].AttNum); i >= 0 {
			col = e.qualified(x.Alias, []Column{{Name: x.Table.Columns[i].Name}})[0]
		}
		parts = append(parts, "("+col+" "+op+" "+f.expr(v)+")")
	}
	for i, v := range r.Eq {
		bound(i, "=", v)
	}
	if r.Any != nil {
		col := e.qualified(x.Alias, []Column{{Name: x.Table.Columns[x.Table.Ordinal(r.Index.Keys[len(r.Eq)].AttNum)].Name}})[0]
		parts = append(parts, "("+col+" = ANY ("+f.expr(r.Any)+"))")
	}
	if r.Lo != nil {
		bound(len(r.Eq), map[bool]string{true: ">=", false: ">"}[r.LoInc], r.Lo)
	}
	if r.Hi != nil {
		bound(len(r.Eq), map[bool]string{true: "<=", false: "<"}[r.HiInc], r.Hi)
	}
	if len(parts) > 1 {
		return "(" + strings.Join(parts, " AND ") + ")"
	}
	return strings.Join(parts, "")
}

// distanceOperators are pgvector's operators of the metrics.
var distanceOperators = map[Metric]string{Cosine: "<=>", L2: "<->", NegInner: "<#>", L1: "<+>"}

func (e *explainer) vectorSearch(out *printed, x *VectorSearch) {
	out.typ = "Vector Search"
	verb := "Vector Search"
	if !x.Index.Implicit {
		verb += " using " + parse.QuoteIdent(x.Index.Name)
	}
	out.title = tableTitle(verb, x.Table, x.Alias)
	f := formatter{labels: e.labels(x)}
	col := e.qualified(x.Alias, []Column{{Name: x.Table.Columns[x.Table.Ordinal(x.AttNum)].Name}})[0]
	distance := "(" + col + " " + distanceOperators[x.Metric] + " " + f.expr(x.Query) + ")"
	out.add("Order By", distance)
	if x.Max != nil {
		out.add("Distance Cond", "("+distance+map[bool]string{true: " <= ", false: " < "}[x.MaxInc]+f.expr(x.Max)+")")
	}
	if x.K != nil {
		out.add("Nearest", countText(x.K, f))
	}
	if x.Filter != nil {
		out.add("Filter", f.condition(x.Filter))
	}
	if x.FilterIndex != nil {
		e.filterIndex(out, x, f)
	}
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
	out.typ = strings.Join(words, " ")
	left, right := e.labels(x.Left), e.labels(x.Right)
	var conds []string
	for i := range x.LeftKeys {
		conds = append(conds, "("+formatExpr(x.LeftKeys[i], left)+" = "+formatExpr(x.RightKeys[i], right)+")")
	}
	if len(conds) > 0 {
		cond := strings.Join(conds, " AND ")
		if len(conds) > 1 {
			cond = "(" + cond + ")"
		}
		out.add(algo+" Cond", cond)
	}
	if x.Cond != nil {
		out.add("Join Filter", formatter{labels: append(append([]string{}, left...), right...)}.condition(x.Cond))
	}
}

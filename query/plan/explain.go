package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seguedb/segue/query/parse"
)

// Actual is what a node did when it ran, for EXPLAIN ANALYZE: totals over all its loops.
type Actual struct {
	Rows, Loops        int64
	StartupMS, TotalMS float64
	// Details are further lines, such as how many codes a vector search scanned.
	Details []Detail
}

// Detail is a property of a node in EXPLAIN's output: a string, a number, or a list of strings.
type Detail struct {
	Name  string
	Value any
}

// Times are the summary of EXPLAIN (SUMMARY).
type Times struct{ PlanningMS, ExecutionMS float64 }

// FormatExplain prints the plan that x explains: lines of text, or for FORMAT JSON one string. actual
// gives what the nodes did, nil without ANALYZE; it returns false for a node that never ran.
//
// Projections are printed as part of the node that feeds them, as Postgres does.
func FormatExplain(p *Plan, x *Explain, actual func(Node) (Actual, bool), times Times) []string {
	e := &explainer{x: x, actual: actual}
	if x.Input == nil {
		return []string{"Utility statements have no plan structure"}
	}
	input := x.Input
	if c, ok := input.(*CreateTable); ok && c.Source != nil {
		input = c.Source // Postgres shows the query alone
	}
	e.several = relations(input) > 1
	root := e.node(input)
	for _, c := range p.CTEs {
		sub := e.node(c.Plan)
		sub.relation = "CTE " + c.Name
		root.kids = slices.Insert(root.kids, 0, sub)
	}
	if x.Format == "json" {
		return []string{root.json(x, times)}
	}
	lines := root.text(nil, "", x)
	if x.Summary {
		lines = append(lines, fmt.Sprintf("Planning Time: %.3f ms", times.PlanningMS))
		if x.Analyze {
			lines = append(lines, fmt.Sprintf("Execution Time: %.3f ms", times.ExecutionMS))
		}
	}
	return lines
}

// explainer turns nodes into what is printed of them.
type explainer struct {
	x       *Explain
	actual  func(Node) (Actual, bool)
	several bool // more than one relation: columns are printed with their alias
}

// printed is one node of the output, in either format.
type printed struct {
	title    string // "Seq Scan on tracks t"
	typ      string // "Seq Scan"
	props    []Detail
	details  []Detail
	kids     []*printed
	relation string // "InitPlan 1", "SubPlan 2" or "CTE x" where it is not an input
	cost     Estimate
	actual   *Actual // nil when it never ran
}

// relations counts the scans of a tree, subplans included.
func relations(n Node) int {
	count := 0
	walkNodes(n, func(x Node) bool {
		switch x.(type) {
		case *Scan, *VectorSearch, *FunctionScan, *CTEScan, *WorkTableScan:
			count++
		}
		return true
	})
	return count
}

func (e *explainer) node(n Node) *printed {
	if p, ok := n.(*Project); ok {
		if _, bare := p.Input.(*Values); !bare {
			return e.projected(p)
		}
	}
	if f, ok := n.(*Filter); ok && takesFilter(f.Input) {
		return e.filteredNode(f)
	}
	out := &printed{cost: *n.Est()}
	e.describe(out, n)
	e.run(out, n)
	e.subplans(out, n)
	for _, c := range n.Children() {
		out.kids = append(out.kids, e.node(c))
	}
	if j, ok := n.(*Join); ok && j.Algo == Hash {
		last := len(out.kids) - 1
		out.kids[last] = hashOf(out.kids[last])
	}
	if e.x.Verbose {
		out.props = append([]Detail{{"Output", e.output(n)}}, out.props...)
	}
	return out
}

// hashOf prints the hash table of a join's right side as a node of its own, as in Postgres.
func hashOf(in *printed) *printed {
	out := &printed{title: "Hash", typ: "Hash", cost: in.cost, actual: in.actual, kids: []*printed{in}}
	out.cost.Startup = in.cost.Total
	if in.actual != nil {
		a := *in.actual
		a.StartupMS, a.Details = a.TotalMS, nil
		out.actual = &a
	}
	return out
}

// projected prints a projection as part of its input: the input's line, with the projection's estimate.
func (e *explainer) projected(p *Project) *printed {
	out := e.node(p.Input)
	out.cost.Total, out.cost.Width = p.Est().Total, p.Est().Width
	if e.x.Verbose && len(out.props) > 0 && out.props[0].Name == "Output" {
		out.props[0].Value = e.output(p)
	}
	e.subplans(out, p)
	return out
}

// takesFilter says whether a filter is printed as a line of its input: where that has none of its own.
func takesFilter(n Node) bool {
	switch x := n.(type) {
	case *Project:
		return takesFilter(x.Input)
	case *CTEScan, *WorkTableScan, *FunctionScan, *Aggregate, *Join:
		return true
	}
	return false
}

func (e *explainer) filteredNode(f *Filter) *printed {
	out := e.node(f.Input)
	out.cost = *f.Est()
	out.add("Filter", formatter{labels: e.labels(f.Input)}.condition(f.Cond))
	e.run(out, f)
	e.subplans(out, f)
	return out
}

// output lists a node's columns for VERBOSE.
func (e *explainer) output(n Node) []string { return e.labels(n) }

func (e *explainer) run(out *printed, n Node) {
	if e.actual == nil {
		return
	}
	if a, ok := e.actual(n); ok {
		out.actual = &a
		for _, kid := range out.kids { // what an index does for the node itself
			index := a
			index.Details = nil
			kid.actual = &index
		}
		out.details = append(out.details, a.Details...)
	}
}

func (e *explainer) subplans(out *printed, n Node) {
	for _, q := range Subplans(n) {
		sub := e.node(q.Plan)
		sub.relation = q.Name
		out.kids = append(out.kids, sub)
	}
}

// labels name a node's output columns as expressions over its relations.
func (e *explainer) labels(n Node) []string {
	switch x := n.(type) {
	case *Scan:
		return e.qualified(x.Alias, x.Cols)
	case *VectorSearch:
		return e.qualified(x.Alias, x.Cols)
	case *FunctionScan:
		return e.qualified(x.Alias, x.Cols)
	case *CTEScan:
		return e.qualified(x.Alias, x.Cols)
	case *WorkTableScan:
		return e.qualified(x.Alias, x.Cols)
	case *Project:
		return e.exprLabels(x.Exprs, x.Input)
	case *ProjectSet:
		return e.exprLabels(x.Exprs, x.Input)
	case *Filter, *Sort, *Limit, *Dedup:
		return e.labels(n.Children()[0])
	case *Join:
		if x.Kind == JoinSemi || x.Kind == JoinAnti {
			return e.labels(x.Left)
		}
		return append(slices.Clone(e.labels(x.Left)), e.labels(x.Right)...)
	case *Aggregate:
		return e.aggregateLabels(x)
	case *SetOp:
		return e.labels(x.Left)
	case *Window:
		return e.windowLabels(x)
	}
	return e.qualified("", n.Columns())
}

func (e *explainer) qualified(alias string, cols []Column) []string {
	out := make([]string, len(cols))
	for i, c := range cols {
		out[i] = parse.QuoteIdent(c.Name)
		if e.several && alias != "" {
			out[i] = parse.QuoteIdent(alias) + "." + out[i]
		}
	}
	return out
}

func (e *explainer) exprLabels(exprs []Expr, input Node) []string {
	f := formatter{labels: e.labels(input)}
	out := make([]string, len(exprs))
	for i, x := range exprs {
		if out[i] = f.expr(x); !strings.HasPrefix(out[i], "(") && !trivial(x) {
			out[i] = "(" + out[i] + ")"
		}
	}
	return out
}

func (e *explainer) aggregateLabels(x *Aggregate) []string {
	out := e.exprLabels(x.Keys, x.Input)
	f := formatter{labels: e.labels(x.Input)}
	for _, a := range x.Aggs {
		args := f.list(a.Args)
		if len(a.Args) == 0 {
			args = "*"
		}
		if a.Distinct {
			args = "DISTINCT " + args
		}
		if len(a.OrderBy) > 0 {
			args += " ORDER BY " + strings.Join(e.sortKeys(a.OrderBy, f.labels), ", ")
		}
		s := a.Proc.Name + "(" + args + ")"
		if a.Proc.OrderedSet() != 0 {
			keys := formatter{labels: out[:len(x.Keys)]}
			by := strings.Join(e.sortKeys(a.OrderBy, f.labels), ", ")
			s = a.Proc.Name + "(" + keys.list(a.Direct) + ") WITHIN GROUP (ORDER BY " + by + ")"
		}
		if a.Filter != nil {
			s += " FILTER (WHERE " + f.expr(a.Filter) + ")"
		}
		out = append(out, "("+s+")")
	}
	for _, g := range x.Grouping {
		out = append(out, "(GROUPING("+strings.Join(pick(out, g), ", ")+"))")
	}
	return out
}

// windowLabels writes calls as Postgres does, which leaves their window out.
func (e *explainer) windowLabels(x *Window) []string {
	out := slices.Clone(e.labels(x.Input))
	f := formatter{labels: out}
	for _, c := range x.Calls {
		args := f.list(c.Args)
		if len(c.Args) == 0 && c.Proc.Kind == 'a' {
			args = "*"
		}
		s := c.Proc.Name + "(" + args + ")"
		if c.Filter != nil {
			s += " FILTER (WHERE " + f.expr(c.Filter) + ")"
		}
		out = append(out, s+" OVER (?)")
	}
	return out
}

// sortKeys writes ORDER BY items; what is the default for the direction is left out.
func (e *explainer) sortKeys(keys []SortKey, labels []string) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		s := formatExpr(k.Expr, labels)
		if k.Desc {
			s += " DESC"
		}
		if k.NullsFirst && !k.Desc {
			s += " NULLS FIRST"
		}
		if !k.NullsFirst && k.Desc {
			s += " NULLS LAST"
		}
		out[i] = s
	}
	return out
}

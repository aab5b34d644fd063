package plan

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Actual is what a node did when it ran, for EXPLAIN ANALYZE: totals over all its loops.
type Actual struct {
	Rows, Loops        int64
	StartupMS, TotalMS float64
	// Details are further lines, such as how many codes a vector search scanned; Hash those of a join's hash table.
	Details, Hash []Detail
	// TempRead and TempWritten are blocks of temporary files, of the node and those below it.
	TempRead, TempWritten int64
	// WALRecords and WALBytes are of what they have to put into the log, when the transaction commits.
	WALRecords, WALBytes int64
}

// Detail is a property of a node in EXPLAIN's output: a string, a number, a bool, or a list of strings.
type Detail struct {
	Name  string
	Value any
	// In says that only one kind of format has it.
	In DetailFormats
}

// DetailFormats are the formats that print a Detail.
type DetailFormats uint8

// What prints a Detail: every format; text, which writes the value alone; the others.
const (
	InAll DetailFormats = iota
	InText
	InStructured
)

// Run is what EXPLAIN prints apart from the plan itself.
type Run struct {
	// Actual gives what the nodes did, nil without ANALYZE; it returns false for a node that never ran.
	Actual func(Node) (Actual, bool)
	// PlanningMS and ExecutionMS are for SUMMARY.
	PlanningMS, ExecutionMS float64
	// Settings are the planner's parameters that differ from their presets, and their values.
	Settings [][2]string
}

// FormatExplain prints the plan that x explains: lines of text, or for other formats one string.
//
// Projections are printed as part of the node that feeds them, as Postgres does.
func FormatExplain(p *Plan, x *Explain, run Run) []string {
	e := &explainer{x: x, actual: run.Actual}
	if x.Input == nil {
		return utilityText(x.Format)
	}
	input := x.Input
	if c, ok := input.(*CreateTable); ok && c.Source != nil {
		input = c.Source // Postgres shows the query alone
	}
	e.several = relations(input) > 1
	e.nameRelations(p, input)
	e.nameParams(p, input)
	root := e.top(input)
	ctes := make([]*printed, len(p.CTEs))
	for i, c := range p.CTEs {
		ctes[i] = e.top(c.Plan)
		ctes[i].relation = "CTE " + c.Name
	}
	root.kids = slices.Concat(ctes, root.kids)
	if x.Format != "text" {
		return []string{root.structured(x, run)}
	}
	return append(root.text(nil, "", x), summary(x, run)...)
}

// nameParams gives the results of subqueries that run once the names that they have in expressions: $0, $1, …
func (e *explainer) nameParams(p *Plan, input Node) {
	e.params = map[string]string{}
	var all []*Subquery
	collect := func(n Node) {
		walkNodes(n, func(x Node) bool {
			all = append(all, Subplans(x)...)
			return true
		})
	}
	collect(input)
	for _, c := range p.CTEs {
		collect(c.Plan)
	}
	slices.SortStableFunc(all, func(a, b *Subquery) int { return cmp.Compare(subplanNumber(a), subplanNumber(b)) })
	at := 0
	for _, q := range all {
		if _, known := e.params[q.Name]; known {
			continue
		}
		if e.params[q.Name] = ""; q.once() {
			e.params[q.Name] = "$" + strconv.Itoa(at)
			at++
		}
		at += len(q.Slots)
	}
}

func subplanNumber(q *Subquery) int {
	n, _ := strconv.Atoi(q.Name[strings.LastIndexByte(q.Name, ' ')+1:])
	return n
}

// once says whether a subquery runs once and is then a value: Postgres's InitPlan.
func (q *Subquery) once() bool { return len(q.Deps) == 0 && q.Kind != Any && q.Kind != All }

// explainer turns nodes into what is printed of them.
type explainer struct {
	x       *Explain
	actual  func(Node) (Actual, bool)
	several bool              // more than one relation: columns are printed with their alias
	params  map[string]string // of InitPlans, by name
	first   []*printed        // InitPlans of the query being printed
	aliases map[Node]string   // of relations, each its own
}

// printed is one node of the output, in either format.
type printed struct {
	title    string   // "Seq Scan on tracks t"
	typ      string   // "Seq Scan"
	method   []Detail // structured only: how it works, before its relation to the parent
	target   []Detail // structured only: what it is about, after that
	props    []Detail
	kids     []*printed
	relation string // "InitPlan 1 (returns $0)", "SubPlan 2" or "CTE x" where it is not an input
	member   bool   // of an Append: one of many inputs
	cost     Estimate
	actual   *Actual // nil when it never ran
}

// relations counts the scans of a tree, subplans included.
func relations(n Node) int {
	count := 0
	walkNodes(n, func(x Node) bool {
		switch x.(type) {
		case *Scan, *VectorSearch, *FunctionScan, *CTEScan, *TransitionScan, *WorkTableScan:
			count++
		}
		return true
	})
	return count
}

func (e *explainer) node(n Node) *printed {
	switch x := n.(type) {
	case *Project:
		if _, bare := x.Input.(*Values); !bare {
			return e.projected(x)
		}
	case *Filter:
		if _, rest := OneTime(x.Cond); rest == nil || takesFilter(x.Input) {
			return e.filteredNode(x)
		}
	}
	out := &printed{cost: *n.Est()}
	e.describe(out, n)
	if e.x.Verbose {
		out.output(e.own(n))
	}
	e.run(out, n)
	for _, c := range e.inputs(n) {
		out.kids = append(out.kids, e.node(c))
	}
	switch x := n.(type) {
	case *Join:
		e.innerSide(out, x)
	case *SetOp:
		e.setOp(out, x)
	}
	e.subplans(out, n)
	if x, ok := n.(*Scan); ok {
		if once, _ := OneTime(x.Filter); once != nil {
			return e.gated(out, once)
		}
	}
	return out
}

// inputs are a node's children; those of nested UNION ALLs side by side.
func (e *explainer) inputs(n Node) []Node {
	if s, ok := n.(*Sample); ok && s.plain() {
		return nil
	}
	x, ok := n.(*SetOp)
	if !ok || x.Op != Union {
		return n.Children()
	}
	var out []Node
	for _, c := range n.Children() {
		if in, nested := c.(*SetOp); nested && in.Op == Union && in.All {
			out = append(out, e.inputs(in)...)
			continue
		}
		out = append(out, c)
	}
	return out
}

// innerSide prints what a join does with its right side's rows as a node of its own, as in Postgres: a hash table of
// them, or their copy.
func (e *explainer) innerSide(out *printed, x *Join) {
	last := len(out.kids) - 1
	in := out.kids[last]
	switch {
	case x.Algo == Hash:
		out.kids[last] = e.above("Hash", in)
		if out.actual != nil {
			out.kids[last].props = append(out.kids[last].props, out.actual.Hash...)
		}
	case x.Algo == NestedLoop && !x.Lateral && x.Left.Est().Rows > 1:
		if out.kids[last] = e.above("Materialize", in); in.actual != nil {
			a := *in.actual
			a.Details, a.Hash = nil, nil
			out.kids[last].actual = &a
		}
		out.kids[last].cost.Startup = in.cost.Startup
	}
}

func (e *explainer) above(typ string, in *printed) *printed {
	out := &printed{title: typ, typ: typ, cost: in.cost, actual: in.actual, kids: []*printed{in}}
	out.cost.Startup = in.cost.Total
	if len(in.props) > 0 && in.props[0].Name == "Output" {
		out.props = append(out.props, in.props[0])
	}
	if in.actual != nil {
		a := *in.actual
		a.StartupMS, a.Details, a.Hash = a.TotalMS, nil, nil
		out.actual = &a
	}
	return out
}

// setOp prints UNION as what it is done by: an Append, whose rows are grouped.
func (e *explainer) setOp(out *printed, x *SetOp) {
	if x.Op != Union {
		return
	}
	for _, k := range out.kids {
		k.member = true
	}
	if x.All {
		return
	}
	in := &printed{title: "Append", typ: "Append", kids: out.kids, target: []Detail{{Name: "Subplans Removed", Value: number(0, 0)}}}
	for _, c := range x.Children() {
		in.cost.Rows += c.Est().Rows
		in.cost.Total += c.Est().Total
	}
	in.cost.Width = out.cost.Width
	if out.actual != nil {
		in.actual = appended(out.kids)
	}
	out.kids = []*printed{in}
}

// appended is what an Append of nodes did.
func appended(kids []*printed) *Actual {
	var a Actual
	for _, k := range kids {
		if k.actual != nil {
			a.Rows, a.Loops = a.Rows+k.actual.Rows, max(a.Loops, k.actual.Loops)
			a.TotalMS += k.actual.TotalMS
		}
	}
	if len(kids) > 0 && kids[0].actual != nil {
		a.StartupMS = kids[0].actual.StartupMS
	}
	return &a
}

// projected prints a projection as part of its input: the input's line, with the projection's estimate.
func (e *explainer) projected(p *Project) *printed {
	out := e.node(p.Input)
	out.cost.Total, out.cost.Width = p.Est().Total, p.Est().Width
	if e.x.Verbose && len(out.props) > 0 && out.props[0].Name == "Output" {
		out.props[0].Value = e.own(p)
	}
	e.subplans(out, p)
	return out
}

// takesFilter says whether a filter is printed as a line of its input: where that has none of its own.
func takesFilter(n Node) bool {
	switch x := n.(type) {
	case *Project:
		return takesFilter(x.Input)
	case *CTEScan, *TransitionScan, *WorkTableScan, *FunctionScan, *Aggregate, *Join:
		return true
	}
	return false
}

func (e *explainer) filteredNode(f *Filter) *printed {
	out := e.node(f.Input)
	once, rest := OneTime(f.Cond)
	out.cost = *f.Est()
	if rest != nil {
		out.add("Filter", e.qual(f.Input).condition(rest))
		e.run(out, f)
	}
	if once == nil {
		e.subplans(out, f)
		return out
	}
	out = e.gated(out, once)
	e.run(out, f)
	e.subplans(out, f)
	return out
}

func (p *printed) output(cols []string) {
	if len(cols) > 0 {
		p.props = append([]Detail{{Name: "Output", Value: cols}}, p.props...)
	}
}

// run adds what a node did. Rows that a filter took away are told of below the filter.
func (e *explainer) run(out *printed, n Node) {
	if e.actual == nil {
		return
	}
	a, ok := e.actual(n)
	if !ok {
		return
	}
	if out.actual != nil && a.Hash == nil { // of a filter above
		a.Hash = out.actual.Hash
	}
	out.actual = &a
	for _, kid := range out.kids[:e.indexKids(n)] { // what an index does for the node itself
		index := a
		index.Details = nil
		kid.actual = &index
	}
	for _, d := range a.Details {
		at := len(out.props)
		if of, removed := strings.CutPrefix(d.Name, "Rows Removed by "); removed {
			if at = slices.IndexFunc(out.props, func(p Detail) bool { return p.Name == of }) + 1; at == 0 {
				at = len(out.props)
			}
		}
		out.props = slices.Insert(out.props, at, d)
	}
}

// indexKids counts the inputs that describe has printed of a scan: the index that it asks.
func (e *explainer) indexKids(n Node) int {
	switch x := n.(type) {
	case *Scan:
		return b2n(x.Index != nil && x.Index.Search != nil)
	case *VectorSearch:
		return b2n(x.FilterIndex != nil)
	}
	return 0
}

// subplans prints a node's subqueries.
func (e *explainer) subplans(out *printed, n Node) {
	for _, q := range Subplans(n) {
		sub := e.top(q.Plan)
		sub.relation = "SubPlan " + strconv.Itoa(subplanNumber(q))
		if !q.once() {
			out.kids = append(out.kids, sub)
			continue
		}
		sub.relation = "InitPlan " + strconv.Itoa(subplanNumber(q)) + " (returns " + e.params[q.Name] + ")"
		e.first = append(e.first, sub)
	}
}

// top prints a whole query: the subqueries that run once in it stand at its top, wherever they are used.
func (e *explainer) top(n Node) *printed {
	outer := e.first
	e.first = nil
	out := e.node(n)
	out.kids = slices.Concat(e.first, out.kids)
	e.first = outer
	return out
}

// qual writes a node's own condition: of a scan over its columns, which have no alias but under VERBOSE; of others over
// what they compute.
func (e *explainer) qual(n Node) formatter {
	if p, ok := n.(*Project); ok {
		f := e.qual(p.Input)
		return e.with(e.exprs(p.Exprs, f))
	}
	return e.with(e.prefixed(n, e.own))
}

// prefixed gives labels as conditions, sort keys and the like have them: with the relation's alias under VERBOSE, and
// without it in a scan otherwise.
func (e *explainer) prefixed(n Node, labels func(Node) []string) []string {
	several := e.several
	e.several = several || e.x.Verbose
	switch n.(type) {
	case *Scan, *VectorSearch, *FunctionScan, *CTEScan, *TransitionScan, *WorkTableScan:
		e.several = e.x.Verbose
	}
	out := labels(n)
	e.several = several
	return out
}

// own are a node's columns as itself computes them: calls of aggregates without the parentheses that they have above.
func (e *explainer) own(n Node) []string {
	out := e.labels(n)
	from := len(out)
	switch x := n.(type) {
	case *Aggregate:
		from = len(x.Keys)
	case *Project:
		f := e.over(x.Input)
		for i, v := range x.Exprs {
			out[i] = f.expr(v)
		}
	}
	for i := from; i < len(out); i++ {
		out[i] = strings.TrimSuffix(strings.TrimPrefix(out[i], "("), ")")
	}
	return out
}

// nameRelations gives every relation an alias of its own: one that others have too gets a number.
func (e *explainer) nameRelations(p *Plan, input Node) {
	e.aliases = map[Node]string{}
	taken := map[string]bool{}
	add := func(n Node, alias string) {
		name := alias
		for i := 1; taken[name]; i++ {
			name = alias + "_" + strconv.Itoa(i)
		}
		taken[name] = true
		e.aliases[n] = name
	}
	var later []Node
	var walk func(n Node)
	walk = func(n Node) {
		if alias, ok := aliasOf(n); ok {
			add(n, alias)
		}
		for _, q := range Subplans(n) {
			later = append(later, q.Plan)
		}
		for _, c := range n.Children() {
			walk(c)
		}
	}
	walk(input)
	for _, c := range p.CTEs {
		later = append(later, c.Plan)
	}
	for len(later) > 0 {
		next := later[0]
		later = later[1:]
		walk(next)
	}
}

// aliasOf is a relation's alias.
func aliasOf(n Node) (string, bool) {
	switch x := n.(type) {
	case *Scan:
		return x.Alias, x.Alias != ""
	case *VectorSearch:
		return x.Alias, x.Alias != ""
	case *FunctionScan:
		return x.Alias, x.Alias != ""
	case *CTEScan:
		return x.Alias, x.Alias != ""
	case *TransitionScan:
		return x.Alias, x.Alias != ""
	case *WorkTableScan:
		return x.Alias, x.Alias != ""
	case *Insert:
		return x.Table.Name, true
	}
	return "", false
}

// over writes expressions over a node's row.
func (e *explainer) over(n Node) formatter { return e.with(e.labels(n)) }

func (e *explainer) with(labels []string) formatter {
	return formatter{labels: labels, params: e.params}
}

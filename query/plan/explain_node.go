package plan

import (
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
		keys := e.sortKeys(x.Keys, e.upper(x.Input))
		out.add("Sort Key", keys)
		if x.Presorted > 0 {
			out.typ = "Incremental Sort"
			out.add("Presorted Key", keys[:x.Presorted])
		}
		if x.Grow != nil && x.Grow.Groups != nil {
			out.add("Groups", e.with(nil).expr(x.Grow.Groups))
		} else if x.Grow != nil {
			out.add("Bound", e.with(nil).expr(x.Grow.Bound))
		}
	case *Memoize:
		out.typ = "Memoize"
		keys := make([]string, len(x.Keys))
		for i, k := range x.Keys {
			keys[i] = e.with(nil).expr(k)
		}
		out.add("Cache Key", strings.Join(keys, ", "))
		out.add("Cache Mode", map[bool]string{true: "binary", false: "logical"}[x.Binary])
	case *Sample:
		e.sample(out, x)
	case *Dedup:
		e.dedup(out, x)
	case *Filter:
		out.typ, out.title = "Subquery Scan", "Subquery Scan"
		out.add("Filter", e.with(e.upper(x.Input)).condition(x.Cond))
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

// upper are the columns of an input as keys and conditions above it have them.
func (e *explainer) upper(n Node) []string {
	several := e.several
	e.several = several || e.x.Verbose
	out := e.labels(n)
	e.several = several
	return out
}

// dedup is done by a hash table, but for DISTINCT ON in order.
func (e *explainer) dedup(out *printed, x *Dedup) {
	if x.Ordered {
		out.typ = "Unique"
		return
	}
	on := x.On
	if on == nil {
		on = colsOf(x.Input)
	}
	out.hashed("Hashed")
	out.add("Group Key", e.exprs(on, e.with(e.upper(x.Input))))
}

// hashed makes it an aggregate of a strategy.
func (p *printed) hashed(strategy string) {
	p.typ, p.title = "Aggregate", map[string]string{"Hashed": "HashAggregate", "Sorted": "GroupAggregate",
		"Mixed": "MixedAggregate", "Plain": "Aggregate"}[strategy]
	p.method = []Detail{{Name: "Strategy", Value: strategy}, {Name: "Partial Mode", Value: "Simple"}}
}

func (e *explainer) aggregate(out *printed, x *Aggregate) {
	switch keys := e.exprs(x.Keys, e.with(e.upper(x.Input))); {
	case len(x.Keys) == 0:
		out.hashed("Plain")
	case x.Sets == nil:
		out.hashed(map[bool]string{true: "Sorted", false: "Hashed"}[x.Sorted])
		out.add("Group Key", keys)
	default:
		e.groupingSets(out, x, keys)
	}
}

// groupingSets prints the sets that are hashed, then those without keys.
func (e *explainer) groupingSets(out *printed, x *Aggregate, keys []string) {
	out.hashed("Hashed")
	for _, set := range x.Sets {
		if len(set) > 0 {
			out.add("Hash Key", pick(keys, set))
		}
	}
	for _, set := range x.Sets {
		if len(set) == 0 {
			out.hashed("Mixed")
			out.add("Group Key", "()")
		}
	}
}

func (p *printed) add(name string, value any) {
	p.props = append(p.props, Detail{Name: name, Value: value})
}

// of says what a node is about, for structured formats.
func (p *printed) of(name, value string) {
	if value != "" {
		p.target = append(p.target, Detail{Name: name, Value: value})
	}
}

func (e *explainer) describeSource(out *printed, n Node) {
	switch x := n.(type) {
	case *Values:
		e.values(out, x)
	case *FunctionScan:
		e.functionScan(out, x)
	case *CTEScan:
		e.cteScan(out, "CTE Scan", x.CTE.Name, e.alias(x, x.Alias))
	case *TransitionScan:
		e.cteScan(out, "Named Tuplestore Scan", x.Name, e.alias(x, x.Alias))
	case *RecursiveUnion:
		out.typ = "Recursive Union"
	case *WorkTableScan:
		e.cteScan(out, "WorkTable Scan", x.Work.Name, e.alias(x, x.Alias))
	case *Project, *ProjectSet:
		out.typ = "ProjectSet"
		if _, ok := n.(*Project); ok {
			out.typ = "Result"
		}
	case *SetOp:
		describeSetOp(out, x)
		if x.Op == Union && !x.All {
			out.add("Group Key", e.labels(x))
		}
	case *Window:
		out.typ = "WindowAgg"
	default:
		e.describeWrite(out, n)
	}
}

func (e *explainer) values(out *printed, x *Values) {
	out.typ = "Result"
	switch len(x.Rows) {
	case 0:
		out.add("One-Time Filter", "false")
	case 1:
	default:
		out.typ, out.title = "Values Scan", `Values Scan on "*VALUES*"`
		out.of("Alias", "*VALUES*")
	}
}

func (e *explainer) functionScan(out *printed, x *FunctionScan) {
	out.typ = "Function Scan"
	name := x.Calls[0].Proc.Name
	out.title = "Function Scan on " + e.inSchema("pg_catalog", parse.QuoteIdent(name))
	if len(x.Calls) > 1 {
		out.title = "Function Scan on " + parse.QuoteIdent(x.Alias)
	} else {
		if x.Alias != name {
			out.title += " " + parse.QuoteIdent(e.alias(x, x.Alias))
		}
		out.of("Function Name", name)
		e.schemaOf(out, "pg_catalog")
	}
	out.of("Alias", e.alias(x, x.Alias))
	if e.x.Verbose {
		calls := make([]string, len(x.Calls))
		for i, c := range x.Calls {
			calls[i] = e.with(nil).expr(c)
		}
		out.add("Function Call", strings.Join(calls, ", "))
	}
}

func (e *explainer) cteScan(out *printed, verb, name, alias string) {
	out.typ = verb
	out.title = verb + " on " + parse.QuoteIdent(name)
	if alias != name {
		out.title += " " + parse.QuoteIdent(alias)
	}
	out.of("CTE Name", name)
	out.of("Alias", alias)
}

// inSchema qualifies a name under VERBOSE.
func (e *explainer) inSchema(schema, name string) string {
	if !e.x.Verbose || schema == "" {
		return name
	}
	return parse.QuoteIdent(schema) + "." + name
}

func (e *explainer) schemaOf(out *printed, schema string) {
	if e.x.Verbose {
		out.of("Schema", schema)
	}
}

func describeSetOp(out *printed, x *SetOp) {
	word := map[SetOpKind]string{Union: "Union", Intersect: "Intersect", Except: "Except"}[x.Op]
	switch {
	case x.Op == Union && x.All:
		out.typ = "Append"
		out.of("Subplans Removed", "0")
		out.target[0].Value = number(0, 0)
		return
	case x.Op == Union:
		out.hashed("Hashed")
		return
	case x.All:
		word += " All"
	}
	out.typ, out.title = "SetOp", "HashSetOp "+word
	out.method = []Detail{{Name: "Strategy", Value: "Hashed"}}
	out.of("Command", word)
}

func (e *explainer) describeWrite(out *printed, n Node) {
	on := func(operation string, t *catalog.Table) {
		out.typ, out.title = "ModifyTable", e.tableTitle(operation, t, t.Name)
		out.method = []Detail{{Name: "Operation", Value: operation}}
		e.target(out, t, t.Name)
	}
	switch x := n.(type) {
	case *Insert:
		on("Insert", x.Table)
		e.conflict(out, x)
	case *Update:
		on("Update", x.Table)
	case *Delete:
		on("Delete", x.Table)
	case *MergeRows:
		on("Merge", x.Table)
	case *CreateTable:
		out.typ = "Create Table"
		out.title = "Create Table on " + parse.QuoteIdent(x.Table.Name)
	default:
		out.typ = strings.TrimPrefix(strings.TrimPrefix(typeName(n), "*plan."), "plan.")
	}
}

func (e *explainer) conflict(out *printed, x *Insert) {
	c := x.Conflict
	if c == nil {
		return
	}
	out.add("Conflict Resolution", map[bool]string{true: "UPDATE", false: "NOTHING"}[c.DoUpdate])
	if c.Index != nil {
		out.add("Conflict Arbiter Indexes", []string{c.Index.Name})
	}
	if c.Where != nil {
		var labels []string
		for _, table := range []string{x.Table.Name, "excluded"} {
			for _, col := range x.Table.Columns {
				labels = append(labels, parse.QuoteIdent(table)+"."+parse.QuoteIdent(col.Name))
			}
		}
		out.add("Conflict Filter", e.with(labels).condition(c.Where))
	}
}

func (e *explainer) tableTitle(verb string, t *catalog.Table, alias string) string {
	s := verb + " on " + e.inSchema(e.schemaName(t), parse.QuoteIdent(t.Name))
	if alias != "" && alias != t.Name {
		s += " " + parse.QuoteIdent(alias)
	}
	return s
}

func (e *explainer) target(out *printed, t *catalog.Table, alias string) {
	out.of("Relation Name", t.Name)
	e.schemaOf(out, e.schemaName(t))
	out.of("Alias", alias)
}

// schemaName is the schema's name as far as the explainer knows the catalog.
func (e *explainer) schemaName(t *catalog.Table) string { return e.x.Schemas[t.Schema] }

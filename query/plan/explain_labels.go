package plan

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/parse"
)

// labels name a node's output columns as expressions over its relations.
func (e *explainer) labels(n Node) []string {
	switch x := n.(type) {
	case *Scan:
		return e.qualified(e.alias(x, x.Alias), x.Cols)
	case *VectorSearch:
		return e.qualified(e.alias(x, x.Alias), x.Cols)
	case *FunctionScan:
		return e.qualified(e.alias(x, x.Alias), x.Cols)
	case *CTEScan:
		return e.qualified(e.alias(x, x.Alias), x.Cols)
	case *TransitionScan:
		return e.qualified(e.alias(x, x.Alias), x.Cols)
	case *WorkTableScan:
		return e.qualified(e.alias(x, x.Alias), x.Cols)
	case *Project:
		return e.exprLabels(x.Exprs, x.Input)
	case *ProjectSet:
		return e.exprLabels(x.Exprs, x.Input)
	case *Filter, *Sort, *Limit, *Dedup, *Sample, *Memoize:
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

// alias is a relation's name in the output.
func (e *explainer) alias(n Node, alias string) string {
	if own := e.aliases[n]; own != "" {
		return own
	}
	return alias
}

func (e *explainer) exprLabels(exprs []Expr, input Node) []string {
	return e.exprs(exprs, e.over(input))
}

// exprs writes expressions as columns that something above reads.
func (e *explainer) exprs(exprs []Expr, f formatter) []string {
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
	f := e.over(x.Input)
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
			keys := e.with(out[:len(x.Keys)])
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
	f := e.with(out)
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
		s := e.exprs([]Expr{k.Expr}, e.with(labels))[0]
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

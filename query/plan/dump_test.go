package plan

import (
	"fmt"
	"strings"

	"github.com/seguedb/segue/query/catalog"
)

// treeText prints a tree with every node and expression, projections too: what goldens of the
// binder and of single rules show.
func treeText(n Node) string {
	var out strings.Builder
	writeTree(&out, n, "")
	return out.String()
}

func writeTree(out *strings.Builder, n Node, indent string) {
	fmt.Fprintf(out, "%s%s", indent, strings.TrimPrefix(fmt.Sprintf("%T", n), "*plan."))
	if s := nodeText(n); s != "" {
		out.WriteString(" " + s)
	}
	out.WriteString("\n")
	for _, q := range Subplans(n) {
		fmt.Fprintf(out, "%s  [%s%s]\n", indent, q.Name, slotsText(q))
		writeTree(out, q.Plan, indent+"  ")
	}
	for _, c := range n.Children() {
		writeTree(out, c, indent+"  ")
	}
}

func slotsText(q *Subquery) string {
	var out string
	for i, s := range q.Slots {
		out += fmt.Sprintf(" $%d=%s", s, formatExpr(q.Args[i], nil))
	}
	return out
}

// numbered makes labels that show column numbers: #0.
func numbered(cols []Column) []string {
	out := make([]string, len(cols))
	for i := range cols {
		out[i] = fmt.Sprintf("#%d", i)
	}
	return out
}

func nodeText(n Node) string {
	in := func(i int) []string { return numbered(n.Children()[i].Columns()) }
	switch x := n.(type) {
	case *Values:
		var rows []string
		for _, r := range x.Rows {
			rows = append(rows, "("+exprList(r, nil)+")")
		}
		return strings.Join(rows, " ")
	case *Scan:
		s := x.Table.Name + columnNames(x.Cols)
		if x.Index != nil {
			s += fmt.Sprintf(" index=%s eq=%s", x.Index.Index.Name, exprList(x.Index.Eq, nil))
			if x.Index.Desc {
				s += " desc"
			}
		}
		return s + optional(" filter=", x.Filter, numbered(x.Cols))
	case *VectorSearch:
		s := x.Table.Name + columnNames(x.Cols) + " metric=" + distanceOperators[x.Metric] + optional(" query=",
			x.Query, nil) +
			optional(" k=", x.K, nil) + optional(" max=", x.Max, nil) + optional(" filter=", x.Filter, numbered(x.Cols))
		if x.NullsLast {
			s += " nulls-last"
		}
		if x.Ties {
			s += " ties"
		}
		return s
	case *Filter:
		return formatExpr(x.Cond, in(0))
	case *Project:
		return projectionText(x.Cols, x.Exprs, in(0))
	case *ProjectSet:
		return projectionText(x.Cols, x.Exprs, in(0))
	case *Join:
		return joinText(x)
	default:
		return upperText(n)
	}
}

func upperText(n Node) string {
	in := func(i int) []string { return numbered(n.Children()[i].Columns()) }
	switch x := n.(type) {
	case *Aggregate:
		var aggs []string
		for _, a := range x.Aggs {
			s := a.Proc.Name + "(" + exprList(a.Args, in(0)) + ")"
			if len(a.Args) == 0 {
				s = a.Proc.Name + "(*)"
			}
			if a.Distinct {
				s = "distinct " + s
			}
			aggs = append(aggs, s+optional(" filter=", a.Filter, in(0)))
		}
		return "keys=(" + exprList(x.Keys, in(0)) + ") aggs=(" + strings.Join(aggs, ", ") + ")"
	case *Sort:
		s := strings.Join((&explainer{}).sortKeys(x.Keys, in(0)), ", ") + optional(" top=", x.TopK, nil)
		if x.Grow != nil {
			s += optional(" bound=", x.Grow.Bound, nil) + optional(" groups=", x.Grow.Groups, nil)
		}
		return s
	case *Limit:
		return strings.TrimSpace(optional(" count=", x.Count, nil) + optional(" offset=", x.Offset, nil))
	case *Dedup:
		return "on=(" + exprList(x.On, in(0)) + ")"
	case *SetOp:
		return setOpWords(x)
	case *TransitionScan:
		return x.Name
	case *CTEScan:
		return x.CTE.Name
	case *FunctionScan:
		var calls []Expr
		for _, c := range x.Calls {
			calls = append(calls, c)
		}
		return exprList(calls, nil) + columnNames(x.Cols)
	default:
		return writeText(n)
	}
}

func writeText(n Node) string {
	switch x := n.(type) {
	case *Insert:
		s := x.Table.Name + returningText(x.Returning, x.Table)
		if c := x.Conflict; c != nil {
			s += fmt.Sprintf(" conflict: update=%v set=%v (%s)", c.DoUpdate, c.SetOrdinals, exprList(c.Set,
				nil)) + optional(" where=", c.Where, nil)
			if c.Index != nil {
				s += " arbiter=" + c.Index.Name
			}
		}
		return s
	case *Update:
		return fmt.Sprintf("%s changed=%v recomputed=%v new=(%s)", x.Table.Name, x.Changed, x.Recomputed,
			exprList(x.New, nil)) +
			returningText(x.Returning, x.Table)
	case *Delete:
		return x.Table.Name + returningText(x.Returning, x.Table)
	case *CopyFrom:
		return fmt.Sprintf("%s %v %+v", x.Table.Name, x.Ordinals, x.Options) + optional(" where=", x.Where, nil)
	case *CopyTo:
		return fmt.Sprintf("%+v", x.Options)
	case *CreateTable:
		return tableText(x)
	case *CreateIndex:
		return fmt.Sprintf("%s on %s %s", indexText(x.Table, x.Index), x.Table.Name, x.Index.Method)
	case *Drop:
		return fmt.Sprintf("%s tables=%d indexes=%d sequences=%d schemas=%d notices=%v", x.Kind, len(x.Tables),
			len(x.Indexes),
			len(x.Sequences), len(x.Schemas), x.Notices)
	case *Comment:
		return fmt.Sprintf("%s.%d %q", x.Table.Name, x.AttNum, x.Text)
	case *CreateSchema:
		return fmt.Sprintf("%s exists=%v", x.Schema.Name, x.Exists)
	case *Truncate:
		return fmt.Sprintf("%d tables restart=%v", len(x.Tables), x.RestartIdentity)
	}
	return ""
}

func tableText(x *CreateTable) string {
	if x.Exists {
		return x.Table.Name + " exists"
	}
	var out strings.Builder
	out.WriteString(x.Table.Name)
	for i := range x.Table.Columns {
		c := &x.Table.Columns[i]
		fmt.Fprintf(&out, "\n  %s %s", c.Name, c.Type.FormatTypmod(c.Typmod))
		if c.NotNull {
			out.WriteString(" not null")
		}
		for _, p := range [][2]string{{"default", c.Default}, {"generated", c.Generated}, {"model", c.Model}} {
			if p[1] != "" {
				fmt.Fprintf(&out, " %s=%s", p[0], p[1])
			}
		}
		if c.Identity != 0 {
			fmt.Fprintf(&out, " identity=%c", c.Identity)
		}
	}
	for i := range x.Table.Indexes {
		out.WriteString("\n  index " + indexText(x.Table, &x.Table.Indexes[i]))
	}
	for _, c := range x.Table.Checks {
		fmt.Fprintf(&out, "\n  check %s %s", c.Name, c.Expr)
	}
	for _, k := range x.Table.ForeignKeys {
		fmt.Fprintf(&out, "\n  foreign key %s %v of %d", k.Name, k.Columns, k.RefTable)
	}
	for _, q := range x.Sequences {
		fmt.Fprintf(&out, "\n  sequence %s for %d: start %d by %d, %d to %d", q.Name, q.OwnerAttNum, q.Start,
			q.Increment, q.Min, q.Max)
	}
	return out.String()
}

func indexText(t *catalog.Table, ix *catalog.Index) string {
	var keys []string
	for _, k := range ix.Keys {
		s := t.KeyName(catalog.Bootstrap(), k)
		if k.OpClass != "" {
			s += " " + k.OpClass
		}
		if k.Desc {
			s += " desc"
		}
		keys = append(keys, s)
	}
	s := ix.Name + "(" + strings.Join(keys, ", ") + ")"
	switch {
	case ix.Primary:
		s += " primary"
	case ix.Unique:
		s += " unique"
	case ix.Implicit:
		s += " implicit"
	}
	if len(ix.Options) > 0 {
		s += fmt.Sprintf(" %v", ix.Options)
	}
	if ix.Where != "" {
		s += " where " + ix.Where
	}
	return s
}

func returningText(es []Expr, t *catalog.Table) string {
	if len(es) == 0 {
		return ""
	}
	return " returning=(" + exprList(es, nil) + ")"
}

func joinText(x *Join) string {
	kind := map[JoinKind]string{JoinInner: "inner", JoinLeft: "left", JoinRight: "right", JoinFull: "full",
		JoinSemi: "semi", JoinAnti: "anti"}[x.Kind]
	left, right := numbered(x.Left.Columns()), numbered(x.Right.Columns())
	s := kind
	if x.Algo == Hash {
		s += " hash"
	}
	for i := range x.LeftKeys {
		s += " left." + formatExpr(x.LeftKeys[i], left) + "=right." + formatExpr(x.RightKeys[i], right)
	}
	both := numbered(append(append([]Column{}, x.Left.Columns()...), x.Right.Columns()...))
	s += optional(" on=", x.Cond, both)
	if x.Lateral {
		s += " lateral"
		for i, slot := range x.Slots {
			s += fmt.Sprintf(" $%d=%s", slot, formatExpr(x.Args[i], left))
		}
	}
	return s
}

func exprList(es []Expr, labels []string) string {
	parts := make([]string, len(es))
	for i, e := range es {
		parts[i] = formatExpr(e, labels)
	}
	return strings.Join(parts, ", ")
}

func projectionText(cols []Column, es []Expr, labels []string) string {
	parts := make([]string, len(es))
	for i, e := range es {
		parts[i] = formatExpr(e, labels) + " " + cols[i].Name
	}
	return strings.Join(parts, ", ")
}

func columnNames(cols []Column) string {
	parts := make([]string, len(cols))
	for i, c := range cols {
		parts[i] = c.Name
	}
	return "(" + strings.Join(parts, " ") + ")"
}

func optional(label string, e Expr, labels []string) string {
	if e == nil {
		return ""
	}
	return label + formatExpr(e, labels)
}

func setOpWords(x *SetOp) string {
	var out printed
	describeSetOp(&out, x)
	if x.Op == Union && !x.All {
		return "HashSetOp Union"
	}
	if out.title == "" {
		return out.typ
	}
	return out.title
}

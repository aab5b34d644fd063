package plan

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
)

// indexJoin makes inner a scan by an index whose leading keys are the join's keys, their values slots that each outer row
// fills; nil where there is no such index.
func (o *optimizer) indexJoin(j *Join, outer, inner Node, outerKeys, innerKeys []Expr) *Join {
	scan, ok := inner.(*Scan)
	if !ok || scan.Index != nil || scan.Table.Virtual != nil || scan.Mark != 0 {
		return nil
	}
	for i := range scan.Table.Indexes {
		r := &IndexRange{Index: &scan.Table.Indexes[i]}
		if !r.Index.FindsEqual() || !plainIndex(r.Index) {
			continue
		}
		out := &Join{Kind: j.Kind, Algo: NestedLoop, Left: outer, Lateral: true}
		covered := make([]bool, len(innerKeys))
		for _, key := range r.Index.Keys {
			ord := scan.Table.Ordinal(key.AttNum)
			k := slices.IndexFunc(innerKeys, func(e Expr) bool { return ord >= 0 && isColumn(stripCast(e), outputOf(scan, ord)) })
			if k < 0 {
				break
			}
			value := outerKeys[k]
			if c, widened := value.(*Cast); widened && c.Pos < 0 {
				value = c.Arg
			}
			t := scan.Table.Columns[ord].Type
			if value, ok = asKey(value, t); !ok {
				break
			}
			covered[k] = true
			slot := o.plan.Slots
			o.plan.Slots++
			r.Eq = append(r.Eq, &Outer{Typed: Typed{t, -1}, Slot: slot, Name: outerName(outer, value)})
			out.Slots, out.Args = append(out.Slots, slot), append(out.Args, value)
		}
		if !slices.Contains(covered, false) {
			by := *scan
			by.Index = r
			by.IndexOnly = o.readsKeys(&by, r)
			out.Right = &by
			return out
		}
	}
	return nil
}

// outerName is how EXPLAIN calls an outer row's value.
func outerName(outer Node, e Expr) string {
	cols := outer.Columns()
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.Name
		if scan, ord := columnSource(outer, i); scan != nil {
			names[i] = scan.Alias + "." + scan.Table.Columns[ord].Name
		}
	}
	return formatExpr(unwidened(e), names)
}

// swapSides gives a join whose left side is j's right one the row of j.
func swapSides(x, j *Join) Node {
	left, right := j.Left.Columns(), j.Right.Columns()
	x.Cols = append(slices.Clone(right), left...)
	to := func(i int) int {
		if i < len(left) {
			return len(right) + i
		}
		return i - len(left)
	}
	if j.Cond != nil {
		x.Cond = remap(j.Cond, to)
	}
	p := &Project{Input: x}
	p.Cols = j.Cols
	for i, c := range j.Cols {
		p.Exprs = append(p.Exprs, &Col{Typed: Typed{c.Type, c.Typmod}, Index: to(i), Name: c.Name})
	}
	return p
}

// plainIndex says whether an index is of all rows and of columns.
func plainIndex(ix *catalog.Index) bool {
	return ix.Where == "" && !slices.ContainsFunc(ix.Keys, func(k catalog.KeyPart) bool { return k.Expr != "" })
}

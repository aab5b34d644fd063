package plan

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
)

// targetAccess is what writing to a target takes: of the relation named, for the current role, and where that is a view
// of the table below it, for the view's owner.
type targetAccess struct {
	to    *target
	named *Access
	base  *Access // nil for a table
}

func (b *binder) writes(to *target, p catalog.Privileges) *targetAccess {
	out := &targetAccess{to: to, named: b.needsTable(to.relation(), p)}
	if to.view != nil {
		_ = b.asOwner(b.viewRole(to.view), func() error {
			out.base = b.needsTable(to.table, p)
			return nil
		})
	}
	return out
}

// viewRole is whose privileges a view's query is run with: its owner's, or with security_invoker the caller's.
func (b *binder) viewRole(v *catalog.Table) catalog.OID {
	if slices.Contains(v.View.Options, "security_invoker=true") {
		return b.as
	}
	return b.cat.Snapshot().Owner(catalog.ClassRelation, v.OID)
}

// names are the attribute numbers, in the relation named, of columns given by their ordinals in the table.
func (a *targetAccess) names(ordinals []int) []int16 {
	var out []int16
	for _, o := range ordinals {
		i := slices.IndexFunc(a.to.cols, func(c targetColumn) bool { return c.ordinal == o })
		if i >= 0 {
			out = append(out, a.to.cols[i].attNum)
		}
	}
	return out
}

func (a *targetAccess) inserts(ordinals []int) { a.named.Insert = a.names(ordinals) }

func (a *targetAccess) updates(ordinals []int) {
	a.named.Need |= catalog.PrivUpdate
	a.named.Update = a.names(ordinals)
}

// finish says of the table below what was noted of the view.
func (a *targetAccess) finish() {
	if a.base == nil {
		return
	}
	a.base.Need |= a.named.Need
	a.base.Select, a.base.Insert, a.base.Update = a.below(a.named.Select), a.below(a.named.Insert), a.below(a.named.Update)
	if a.to.qual == nil {
		return
	}
	a.base.Need |= catalog.PrivSelect
	a.base.Select = append(a.base.Select, a.columnsIn(a.to.qual)...)
}

// below are the table's columns that the view's columns are made of.
func (a *targetAccess) below(columns []int16) []int16 {
	var out []int16
	for _, c := range a.to.cols {
		if slices.Contains(columns, c.attNum) {
			out = append(out, a.columnsIn(c.expr)...)
		}
	}
	return out
}

func (a *targetAccess) columnsIn(e Expr) []int16 {
	var out []int16
	Walk(e, func(e Expr) bool {
		if c, ok := e.(*Col); ok && c.Index < len(a.to.table.Columns) {
			out = append(out, a.to.table.Columns[c.Index].AttNum)
		}
		return true
	})
	return out
}

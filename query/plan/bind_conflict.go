package plan

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// conflict binds ON CONFLICT; nil when there is none.
func (in *insertion) conflict(alias string) (*Conflict, error) {
	oc := in.s.OnConflict
	if oc == nil {
		return nil, nil
	}
	if oc.DoUpdate && len(oc.Targets) == 0 && oc.Constraint == "" {
		return nil, sqlstate.New(sqlstate.SyntaxError,
			"ON CONFLICT DO UPDATE requires inference specification or constraint name").
			WithHint("For example, ON CONFLICT (column_name).").At(oc.Pos())
	}
	out := &Conflict{DoUpdate: oc.DoUpdate}
	var err error
	if out.Index, err = in.arbiter(oc); err != nil {
		return nil, err
	}
	if oc.DoUpdate && out.Index != nil && out.Index.Excludes() {
		return nil, sqlstate.New(sqlstate.WrongObjectType, "ON CONFLICT DO UPDATE not supported with exclusion constraints")
	}
	if err := in.refuseDeferrable(out.Index); err != nil || !oc.DoUpdate {
		return out, err
	}
	return out, in.conflictUpdate(out, oc, alias)
}

// arbiter finds the unique index that ON CONFLICT (columns) or ON CONSTRAINT names.
func (in *insertion) arbiter(oc *parse.OnConflict) (*catalog.Index, error) {
	if oc.Constraint != "" {
		for i := range in.table.Indexes {
			if ix := &in.table.Indexes[i]; ix.Constraint != 0 && ix.Name == oc.Constraint {
				return ix, nil
			}
		}
		return nil, fail(oc.Pos(), sqlstate.UndefinedObject, "constraint %q for table %q does not exist",
			oc.Constraint, in.table.Name)
	}
	if len(oc.Targets) == 0 {
		return nil, nil
	}
	if out, err := in.exprArbiter(oc); out != nil || err != nil {
		return out, err
	}
	var want []int16
	var err error
	for _, e := range oc.Targets {
		ref, ok := e.(*parse.ColumnRef)
		if !ok {
			return nil, noArbiter()
		}
		i := in.to.named(ref.Name[0])
		if i < 0 {
			return nil, fail(ref.Pos(), sqlstate.UndefinedColumn, "column %q does not exist", ref.Name[0])
		}
		if i, err = in.to.assignable(i, "insert into"); err != nil {
			return nil, err
		}
		want = append(want, in.table.Columns[i].AttNum)
		in.note.arbitrates(in.to.cols[in.to.named(ref.Name[0])].expr)
	}
	for i := range in.table.Indexes {
		if ix := &in.table.Indexes[i]; ix.Unique && ix.Where == "" && sameColumns(ix, want) {
			return ix, nil
		}
	}
	return nil, noArbiter()
}

// refuseDeferrable keeps ON CONFLICT from constraints that may be broken for a while; a nil arbiter is every unique index.
func (in *insertion) refuseDeferrable(arbiter *catalog.Index) error {
	for i := range in.table.Indexes {
		ix := &in.table.Indexes[i]
		if (ix.Unique || ix.Excludes()) && ix.Deferrable && (arbiter == nil || arbiter == ix) {
			e := sqlstate.New(sqlstate.ObjectNotInPrerequisiteState,
				"ON CONFLICT does not support deferrable unique constraints/exclusion constraints as arbiters")
			e.Schema, e.Table, e.Constraint = in.b.schemaName(in.table.Schema), in.table.Name, ix.Name
			return e
		}
	}
	return nil
}

func noArbiter() error {
	return sqlstate.New(sqlstate.InvalidColumnReference,
		"there is no unique or exclusion constraint matching the ON CONFLICT specification")
}

// exprArbiter finds an arbiter among the unique indexes with expressions or a predicate: of the same keys, and with a
// predicate that ON CONFLICT's own implies. It returns nil when a plain index may do.
func (in *insertion) exprArbiter(oc *parse.OnConflict) (*catalog.Index, error) {
	plain := oc.Where == nil && !slices.ContainsFunc(oc.Targets, func(e parse.Expr) bool {
		_, ok := e.(*parse.ColumnRef)
		return !ok
	})
	if plain || in.to.view != nil {
		return nil, nil
	}
	var conds []Expr
	if oc.Where != nil {
		e, err := in.b.tableExpr(in.table, oc.Where, "ON CONFLICT")
		if err != nil {
			return nil, err
		}
		if e, err = in.b.toBool(e, "WHERE", exprStart(oc.Where)); err != nil {
			return nil, err
		}
		conds = conjuncts(e)
		if in.note != nil {
			in.note.arbiterWhere = e
		}
	}
	var want []Expr
	for _, t := range oc.Targets {
		e, err := in.b.tableExpr(in.table, t, "ON CONFLICT")
		if err != nil {
			return nil, err
		}
		want = append(want, e)
		in.note.arbitrates(e)
	}
	for i := range in.table.Indexes {
		ix := &in.table.Indexes[i]
		if !ix.Unique || ix.Method != "btree" {
			continue
		}
		ok := false
		if err := in.b.unwatched(func() (err error) {
			ok, err = in.b.arbitrates(in.table, ix, want, conds)
			return err
		}); ok || err != nil {
			return ix, err
		}
	}
	return nil, nil
}

func (b *binder) arbitrates(t *catalog.Table, ix *catalog.Index, want, conds []Expr) (bool, error) {
	if len(ix.Keys) != len(want) {
		return false, nil
	}
	for _, k := range ix.Keys {
		key, err := b.indexKey(t, k)
		if err != nil {
			return false, err
		}
		if !slices.ContainsFunc(want, func(e Expr) bool { return equalExpr(e, key) }) {
			return false, nil
		}
	}
	if ix.Where == "" {
		return true, nil
	}
	where, err := b.stored(t, ix.Where, inPredicate)
	if err != nil {
		return false, err
	}
	return implied(conds, where), nil
}

// sameColumns compares an index's keys with columns as sets.
func sameColumns(ix *catalog.Index, want []int16) bool {
	for _, k := range ix.Keys {
		if !slices.Contains(want, k.AttNum) {
			return false
		}
	}
	for _, a := range want {
		if !slices.ContainsFunc(ix.Keys, func(k catalog.KeyPart) bool { return k.AttNum == a }) {
			return false
		}
	}
	return true
}

// conflictUpdate binds SET and WHERE over the existing row followed by the proposed one, excluded.
func (in *insertion) conflictUpdate(out *Conflict, oc *parse.OnConflict, alias string) error {
	if err := in.b.reach(in.table); err != nil {
		return err
	}
	existing := in.to.scope(in.b, alias, 0, in.env)
	existing.reads(in.access.named)
	excluded := in.to.scope(in.b, "excluded", 0, in.env)
	excluded.rels[0].table = nil
	sc := concat(existing, excluded, len(in.table.Columns))
	sc.parent = in.env.parent
	set := &setClause{b: in.b, to: in.to, table: in.table, rows: in.rows, scope: sc, note: in.note}
	if in.note != nil {
		in.note.rows = sc
	}
	if err := set.bind(oc.Set); err != nil {
		return err
	}
	out.SetOrdinals, out.Set = set.ordinals, set.values
	in.access.updates(set.ordinals)
	out.Recomputed = in.rows.dependents(set.ordinals)
	if oc.UpdateWhere == nil {
		return nil
	}
	ec := &exprContext{b: in.b, scope: sc, clause: "WHERE"}
	var err error
	out.Where, err = ec.bindBool(oc.UpdateWhere, "WHERE")
	if in.note != nil {
		in.note.where = out.Where
	}
	return err
}

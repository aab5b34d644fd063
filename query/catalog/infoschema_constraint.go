package catalog

import "fmt"

// infoConstraint is a constraint as the standard counts them: NOT NULL is a CHECK.
type infoConstraint struct {
	table *Table
	name  string
	kind  string
	check string // what a NOT NULL says
	attrs []int16
	index *Index // of a key
	// of is the constraint itself; a NOT NULL has none.
	of constraint
}

func (s *Snapshot) infoConstraints() []infoConstraint {
	var out []infoConstraint
	for _, t := range s.Tables() {
		for _, c := range t.constraints() {
			if c.trigger != nil || c.kind == 'x' { // of exclusion constraints the standard knows nothing
				continue
			}
			ic := infoConstraint{table: t, name: c.name, kind: c.typeName(), attrs: c.attNums(), index: c.index, of: c}
			out = append(out, ic)
		}
		for i := range t.Columns {
			if c := &t.Columns[i]; c.NotNull {
				name := fmt.Sprintf("%d_%d_%d_not_null", t.Schema, t.OID, c.AttNum)
				out = append(out, infoConstraint{table: t, name: name, kind: "CHECK", check: c.Name + " IS NOT NULL"})
			}
		}
	}
	return out
}

// constraintName sets the three columns that name a constraint.
func (w *rowWriter) constraintName(env *VirtualEnv, c infoConstraint) *rowWriter {
	return w.str("constraint_catalog", env.Session.Database).
		str("constraint_schema", env.Snapshot.schemaName(c.table.Schema)).str("constraint_name", c.name)
}

func infoTableConstraintsRows(env *VirtualEnv, w *rowWriter) {
	w.yesNo("enforced", true).keep()
	for _, c := range env.Snapshot.infoConstraints() {
		w.constraintName(env, c).tableName(env, c.table).str("constraint_type", c.kind).
			yesNo("is_deferrable", c.of.deferrable()).yesNo("initially_deferred", c.of.deferred())
		if c.kind == "UNIQUE" {
			w.yesNo("nulls_distinct", !c.index.NullsNotDistinct)
		}
		w.end()
	}
}

func infoCheckConstraintsRows(env *VirtualEnv, w *rowWriter) {
	infoDomainChecksRows(env, w)
	for _, c := range env.Snapshot.infoConstraints() {
		if c.kind == "CHECK" {
			if c.of.check != nil {
				c.check = "(" + c.of.checkExpr(false, env.Views) + ")"
			}
			w.constraintName(env, c).str("check_clause", c.check).end()
		}
	}
}

func infoKeyColumnRows(env *VirtualEnv, w *rowWriter) {
	for _, c := range env.Snapshot.infoConstraints() {
		if c.index == nil && c.of.foreign == nil {
			continue
		}
		for i, att := range c.attrs {
			w.constraintName(env, c).tableName(env, c.table).str("column_name", c.table.columnName(att)).
				int("ordinal_position", int64(i+1))
			if at := env.Snapshot.placeInKey(c.of.foreign, i); at > 0 {
				w.int("position_in_unique_constraint", at)
			}
			w.end()
		}
	}
}

func infoConstraintColumnRows(env *VirtualEnv, w *rowWriter) {
	for _, c := range env.Snapshot.infoConstraints() {
		t, attrs := c.uses(env.Snapshot)
		for _, att := range attrs {
			w.constraintName(env, c).tableName(env, t).str("column_name", t.columnName(att)).end()
		}
	}
}

func infoConstraintTableRows(env *VirtualEnv, w *rowWriter) {
	for _, c := range env.Snapshot.infoConstraints() {
		if t, _ := c.uses(env.Snapshot); c.index != nil || c.of.foreign != nil {
			w.constraintName(env, c).tableName(env, t).end()
		}
	}
}
